import { hexNumber } from './scan.js';
import type { FaultCode, Hex, Syndrome } from './types.js';

/*
 * Syndrome registers of architectures whose traps have no numbers: what they say, by the manuals of the
 * processors.
 */

/** A decoded syndrome, with the trap's common name and the fault code where it is a memory fault. */
export interface Decoded {
  syndrome: Syndrome;
  /** The trap's name as FreeBSD calls it (`data abort`), or null for what is no fault (a system call). */
  name: string | null;
  mode?: 'kernel' | 'user';
  code?: FaultCode;
}

/** Exception classes of arm64's esr: bits 26 to 31. */
const ESR_CLASSES: Record<number, [what: string, name: string | null]> = {
  0: ['unknown reason', 'undefined instruction'],
  1: ['trapped WFI or WFE', 'trapped instruction'],
  7: ['access to floating point registers', 'floating point access trap'],
  14: ['illegal execution state', 'illegal execution state'],
  21: ['system call (SVC)', null],
  24: ['access to a system register', 'system register trap'],
  32: ['instruction abort, lower level', 'instruction abort'],
  33: ['instruction abort, same level', 'instruction abort'],
  34: ['misaligned program counter', 'pc alignment fault'],
  36: ['data abort, lower level', 'data abort'],
  37: ['data abort, same level', 'data abort'],
  38: ['misaligned stack pointer', 'sp alignment fault'],
  44: ['floating point exception', 'floating point exception'],
  47: ['SError', 'system error'],
  50: ['software step, lower level', 'trace trap'],
  51: ['software step, same level', 'trace trap'],
  53: ['watchpoint, same level', 'watchpoint'],
  60: ['BRK instruction', 'breakpoint'],
};
const LOWER = new Set([21, 32, 36, 50]);

/** Fault status codes: the lowest six bits of an abort's esr. */
function abortStatus(bits: number): { status: string; why: FaultCode['why'] } {
  const level = bits & 3;
  switch (bits >> 2) {
    case 0:
      return { status: `address size fault, level ${level}`, why: 'unknown' };
    case 1:
      return { status: `translation fault, level ${level}`, why: 'page not present' };
    case 2:
      return { status: `access flag fault, level ${level}`, why: 'unknown' };
    case 3:
      return { status: `permission fault, level ${level}`, why: 'protection violation' };
    default:
      if (bits === 0x10) return { status: 'external abort', why: 'unknown' };
      if (bits === 0x21) return { status: 'alignment fault', why: 'alignment' };
      if (bits === 0x30) return { status: 'TLB conflict', why: 'unknown' };
      return { status: `fault status 0x${bits.toString(16)}`, why: 'unknown' };
  }
}

/** arm64's exception syndrome register. */
export function decodeEsr(value: Hex): Decoded {
  const bits = hexNumber(value);
  const kind = Math.floor(bits / 2 ** 26) & 0x3f;
  const [what, name] = ESR_CLASSES[kind] ?? [`exception class 0x${kind.toString(16)}`, 'exception'];
  const syndrome: Syndrome = { register: 'esr', value, what };
  const decoded: Decoded = { syndrome, name };
  if (kind in ESR_CLASSES) decoded.mode = LOWER.has(kind) ? 'user' : 'kernel';
  // Of the classes without a level in their name only the place of the handler tells.
  if (![32, 33, 36, 37].includes(kind)) {
    if (kind !== 21) delete decoded.mode;
    return decoded;
  }
  const { status, why } = abortStatus(bits & 0x3f);
  syndrome.status = status;
  // An atomic or exclusive access that the memory does not support: the architecture leaves open which.
  if (kind >= 36 && [0x31, 0x35].includes(bits & 0x3f)) return decoded;
  const write = Math.floor(bits / 64) % 2 === 1;
  decoded.code = {
    by: LOWER.has(kind) ? 'user' : 'supervisor',
    access: kind < 34 ? 'execute' : write ? 'write' : 'read',
    why,
  };
  return decoded;
}

const SCAUSES: Record<
  number,
  [what: string, name: string | null, access?: FaultCode['access'], why?: FaultCode['why']]
> = {
  0: ['misaligned instruction address', 'instruction address misaligned', 'execute', 'alignment'],
  1: ['instruction access fault', 'instruction access fault', 'execute', 'unknown'],
  2: ['illegal instruction', 'illegal instruction'],
  3: ['breakpoint', 'breakpoint'],
  4: ['misaligned load', 'load address misaligned', 'read', 'alignment'],
  5: ['load access fault', 'load access fault', 'read', 'unknown'],
  6: ['misaligned store', 'store address misaligned', 'write', 'alignment'],
  7: ['store access fault', 'store access fault', 'write', 'unknown'],
  8: ['system call', null],
  12: ['instruction page fault', 'page fault', 'execute', 'unknown'],
  13: ['load page fault', 'page fault', 'read', 'unknown'],
  15: ['store page fault', 'page fault', 'write', 'unknown'],
};

/** riscv's cause of an exception. */
export function decodeScause(value: Hex): Decoded {
  const cause = hexNumber(value);
  const [what, name, access, why] = SCAUSES[cause] ?? [`exception ${cause}`, 'exception'];
  const decoded: Decoded = { syndrome: { register: 'scause', value, what }, name };
  if (cause === 8) decoded.mode = 'user';
  if (access !== undefined) decoded.code = { by: 'supervisor', access, why: why ?? 'unknown' };
  return decoded;
}

/** powerpc's dsisr (of a data storage interrupt). */
export function decodeDsisr(value: Hex): Decoded {
  const bits = hexNumber(value);
  const has = (bit: number): boolean => Math.floor(bits / 2 ** bit) % 2 === 1;
  const why = has(30) ? 'page not present' : has(27) ? 'protection violation' : 'unknown';
  const syndrome: Syndrome = { register: 'dsisr', value, what: 'data storage interrupt' };
  if (why !== 'unknown') syndrome.status = why === 'page not present' ? 'no translation' : 'protection';
  return {
    syndrome,
    name: 'data storage interrupt',
    code: { by: 'supervisor', access: has(25) ? 'write' : 'read', why },
  };
}
