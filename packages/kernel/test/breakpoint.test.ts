import { expect, it } from 'vitest';
import { SYS } from '../../userland/src/syscalls.js';
import { runInKernel } from './generators.js';

const T_BPTFLT = 3;
const PAGE = 4096;
const AT = 0x40000000;
const PAGES = 4000;
const PSL_RF = 0x10000;
/** A trap frame from kernel mode. */
const FRAME_BYTES = 64;

it('is what the debugger shows at a panic the frame that the processor has pushed?', async () => {
  /* The first completion of a pageout under this regime is a panic. */
  const { console, why, system } = await runInKernel(
    function* (c) {
      yield* c.sys(SYS.mmap, AT, PAGES * PAGE, 3, 0x1012, -1, 0, 0, 0);
      for (let i = 0; i < PAGES; i++) yield* c.cpu.store32(AT + i * PAGE, i);
      return 0;
    },
    { ramBytes: 8 << 20, locking: 'vm_mtx-20010519' },
  );
  expect(console).toContain('panic: mutex vm not owned at');
  expect(why).toBe('debugger');
  const { symbols } = system;
  const register = (name: string): number =>
    system.peek32(symbols.address('ddb_regs') + symbols.offset('trapframe', `tf_${name}`))! >>> 0;
  const pushed = (name: string): number =>
    system.peek32(register('esp') - FRAME_BYTES + symbols.offset('trapframe', `tf_${name}`))! >>> 0;
  for (const name of ['trapno', 'eip', 'cs', 'eflags', 'ebp', 'ds', 'es', 'fs'])
    expect([name, pushed(name)]).toEqual([name, register(name)]);
  expect(pushed('trapno')).toBe(T_BPTFLT);
  expect(pushed('eflags') & PSL_RF).toBe(0);
  /* eip: behind the breakpoint in Debugger; its frame: above the stack pointer, with the message as argument */
  const site = symbols.site(register('eip') - 1);
  expect(site?.instruction).toMatch(/^call\s+int3$/);
  expect(symbols.nearest(register('eip'))?.symbol.name).toBe('Debugger');
  expect(register('ebp')).toBeGreaterThanOrEqual(register('esp'));
  const caller = system.peek32(register('ebp') + 4)! >>> 0;
  expect(symbols.nearest(caller)?.symbol.name).toBe('panic');
});
