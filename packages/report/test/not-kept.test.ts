import { expect, it } from 'vitest';
import { parseReport } from '../src/index.js';

/** A panic as trap12 prints it. */
const TEXT = `panic: mutex vm not owned at 0xc0113043
Debugger("panic")
Stopped at      Debugger+0x1c:  leave
db> t
Debugger(c011e258) at Debugger+0x1c
panic(c011e0b8,c011da45,c0113043) at panic+0x90
vm_assert_failed(c013c414,1,c010dc98,0,0) at vm_assert_failed+0x25
swp_pager_iodone(c041c54c) at swp_pager_iodone+0x23
db> sh r
cs                 0x8
ds                0x10
es                0x10
fs                0x18
ss                0x10
eax           not kept
ecx           not kept
edx           not kept
ebx           not kept
esp         0xc223de9c
ebp         0xc223de9c
esi           not kept
edi           not kept
eip         0xc01043bc  Debugger+0x1c
efl                0x2
Debugger+0x1c:  leave
`;

it('is a register that is said to have no value neither read nor missed?', () => {
  const report = parseReport(TEXT);
  expect(report.registers.map((r) => r.name)).toEqual('cs ds es fs ss esp ebp eip efl'.split(' '));
  expect(report.details.registersNotKept?.value).toBe('eax ecx edx ebx esi edi');
  expect(report.damage.filter((damage) => damage.kind === 'unread')).toEqual([]);
  const cut = parseReport(TEXT.replace(/eax +not kept\n/, ''));
  expect(cut.damage.filter((damage) => damage.kind === 'unread').map((damage) => damage.what)).toEqual([
    'register eax',
  ]);
});
