import { expect, it } from 'vitest';
import { parseReport } from '../src/index.js';

it('takes from a message of KMSAN which memory was not set, and where it came from', () => {
  const text =
    'panic: MSan: Uninitialized UMA memory in copyout():/usr/src/sys/amd64/amd64/support.S, offset 20/64, addr 0xfffffe00b7b3d6d4, from zif_create+0x5e\ncpuid = 0\n';
  const { details, title } = parseReport(text);
  const values = Object.fromEntries(Object.entries(details).map(([name, { value }]) => [name, value]));
  expect(values).toMatchObject({
    memory: 'UMA',
    offset: 20,
    size: 64,
    address: '0xfffffe00b7b3d6d4',
    origin: 'zif_create+0x5e',
  });
  expect(title).toBe('panic: MSan: uninitialized UMA');
});
