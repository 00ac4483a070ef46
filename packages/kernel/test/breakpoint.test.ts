import { expect, it } from 'vitest';
import { runInKernel } from './boot.js';

const T_BPTFLT = 3;
const PSL_RF = 0x10000;
/** A trap frame from kernel mode. */
const FRAME_BYTES = 64;

/** Writes more than there is memory. */
const PROGRAM = `
const PAGES: u32 = 4000;

export function main(): int {
  const at = $u32(mmap(0, PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE, -1, 0));
  for (let i: u32 = 0; i < PAGES; i++) $st32(at + i * PAGE_SIZE, i);
  return 0;
}
`;

it('is what the debugger shows at a panic the frame that the processor has pushed?', async () => {
  /* The first completion of a pageout under this regime is a panic. */
  const { console, why, system } = await runInKernel(PROGRAM, '', {
    ramBytes: 8 << 20,
    locking: 'vm_mtx-20010519',
  });
  expect(console).toContain('panic: mutex vm not owned at');
  expect(why).toBe('debugger');
  const { memory, symbols } = system;
  const register = (name: string): number =>
    memory.u32(symbols.address('ddb_regs') + symbols.offset('trapframe', `tf_${name}`));
  const pushed = (name: string): number =>
    memory.u32(register('esp') - FRAME_BYTES + symbols.offset('trapframe', `tf_${name}`));
  for (const name of ['trapno', 'eip', 'cs', 'eflags', 'ebp', 'ds', 'es', 'fs'])
    expect([name, pushed(name)]).toEqual([name, register(name)]);
  expect(pushed('trapno')).toBe(T_BPTFLT);
  expect(pushed('eflags') & PSL_RF).toBe(0);
  /*
   * eip: behind the breakpoint in Debugger; its frame: above the stack pointer, with the message as argument
   */
  const site = symbols.site(register('eip') - 1);
  expect(site?.instruction).toMatch(/^call\s+int3$/);
  expect(symbols.nearest(register('eip'))?.symbol.name).toBe('Debugger');
  expect(register('ebp')).toBeGreaterThanOrEqual(register('esp'));
  const caller = memory.u32(register('ebp') + 4);
  expect(symbols.nearest(caller)?.symbol.name).toBe('panic');
});
