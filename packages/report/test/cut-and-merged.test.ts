import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseReport, type Report, renderReport } from '../src/index.js';

/* Numbers that a text has in part only, or two in one: what is left of them is no value. */

const textOf = (name: string): string =>
  readFileSync(new URL(`./claims/${name}.txt`, import.meta.url), 'utf8');
const read = (name: string): Report => parseReport(textOf(name));

it('a line that stops within a number gives no value for it, and keeps those before', () => {
  const [boundary] = read('boundary-cut-in-its-number').boundaries;
  expect(boundary?.ip).toBe('0xffffffff80d71b30');
  expect(boundary?.sp).toBeUndefined();
});

it('a frame pointer that is the beginning of the one before it is none', () => {
  const { frames } = read('frame-pointer-cut');
  expect(frames.at(-2)?.framePointer).toBe('0xfffffe0010fdb7c0');
  expect(frames.at(-1)?.function).toBe('zorp_input');
  expect(frames.at(-1)?.framePointer).toBeUndefined();
});

it('two arguments whose comma was lost are not known', () => {
  const frame = read('blank-for-underscore').frames.find((each) => each.function === 'zifioctl');
  expect(frame?.args).toEqual(['0xfffffd802900d8c0', '?', '0xffff800014b1f7a8']);
});

it('a number of 64 bits keeps all its digits', () => {
  expect(read('asan-size-of-64-bits').details.size?.value).toBe('18446744073709551613');
});

it('what clings to a value in the text of a program is no part of it', () => {
  const segment = read('literal-of-csharp').trap?.codeSegment?.value;
  expect(segment).toMatchObject({ type: '0x1b', long: 1, gran: 1 });
});

it('a panic that entered the debugger is not told as the handling of a trap', () => {
  const source = textOf('lldb-debugger-of-a-panic');
  const text = renderReport(parseReport(source), { text: source }).replace(/\s+/g, ' ');
  expect(text).toContain('on to the panic: panic > vpanic > kdb_enter');
  expect(text).toMatch(/into the debugger: calltrap > trap > kdb_trap/);
  expect(text).not.toContain('the kernel handled the trap');
});

it('a field that stands behind the message tells nothing of the block before it', () => {
  const what = read('field-behind-the-message').damage.map((each) => each.what);
  expect(what).toContain('the fields of the trap block');
  expect(what).not.toContain('stack pointer');
});

it('a line as wide as a console ends where a blank line follows', () => {
  const { dump } = read('progress-line-of-a-consoles-width');
  expect(dump?.detail).toMatch(/81%\.\.91%$/);
});

it.each(['\n', '\r\n'])('a line that goes on in the next string of a program is one line: %j', (end) => {
  const { frames } = parseReport(
    [
      'log = "panic: zorp_get: bad magic\\ncpuid = 1\\nKDB: stack backtrace:\\npanic() at panic+0x43\\nzorp_get() at "',
      '  "zorp_get+0x16\\nkern_zorp() at kern_zorp+0x71\\n";',
    ].join(end),
  );
  expect(frames.map((each) => `${each.function}+${each.offset}`)).toEqual([
    'panic+67',
    'zorp_get+22',
    'kern_zorp+113',
  ]);
});
