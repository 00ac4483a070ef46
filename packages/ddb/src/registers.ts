import type { Memory } from '@trap12/kernel';

/** The registers as the debugger shows them; unsigned. */
export interface Registers {
  cs: number;
  ds: number;
  es: number;
  fs: number;
  ss: number;
  eax: number;
  ecx: number;
  edx: number;
  ebx: number;
  esp: number;
  ebp: number;
  esi: number;
  edi: number;
  eip: number;
  efl: number;
}

/** Names in the order of `show registers`. */
export const REGISTER_NAMES: readonly (keyof Registers)[] = [
  'cs', 'ds', 'es', 'fs', 'ss', 'eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi', 'eip', 'efl',
];

/** The registers that the kernel left in ddb_regs when it stopped. */
export function stopRegisters(memory: Memory): Registers {
  const frame = memory.target.symbols.address('ddb_regs');
  const get = (field: string): number => memory.field('trapframe', frame, `tf_${field}`) >>> 0;
  const out = { efl: get('eflags') } as Registers;
  for (const name of REGISTER_NAMES) if (name !== 'efl') out[name] = get(name);
  for (const name of ['cs', 'ds', 'es', 'fs', 'ss'] as const) out[name] &= 0xffff;
  return out;
}
