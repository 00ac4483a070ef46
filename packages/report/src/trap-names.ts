import type { FaultCode, Trap } from './types.js';

/** The names that trap_fatal hands to panic() after its block. */
const TRAP_NAMES = new Set([
  'page fault',
  'general protection fault',
  'privileged instruction fault',
  'breakpoint instruction fault',
  'arithmetic trap',
  'trace trap',
  'alignment fault',
  'integer divide fault',
  'non-maskable interrupt trap',
  'overflow trap',
  'fpu bounds check fault',
  'fpu device not available',
  'double fault',
  'fpu operand fetch fault',
  'invalid tss fault',
  'segment not present fault',
  'stack fault',
  'machine check trap',
  'simd floating-point exception',
  'reserved (unknown) fault',
  'unknown/reserved trap',
]);

/** Whether a panic message is the name of a trap, which trap_fatal hands on. */
export function isTrapName(message: string): boolean {
  return TRAP_NAMES.has(message.toLowerCase());
}

/** The one trap whose name begins so; undefined where several do, or none. */
export function trapBeginning(words: string): string | undefined {
  const low = words.toLowerCase();
  const found = [...TRAP_NAMES].filter((each) => each.startsWith(low));
  return found.length === 1 && low.length > 3 ? found[0] : undefined;
}

/** Traps by the name that OpenBSD and NetBSD print, with the number that FreeBSD gives them. */
const TRAPS: readonly [name: string, number: number][] = [
  ['page fault', 12],
  ['protection fault', 9],
  ['privileged instruction fault', 1],
  ['breakpoint trap', 3],
  ['trace trap', 10],
  ['alignment fault', 14],
  ['integer divide fault', 18],
  ['non-maskable interrupt', 19],
  ['overflow trap', 20],
  ['bounds check fault', 21],
  ['fpu not available fault', 22],
  ['device not available', 22],
  ['double fault', 23],
  ['fpu operand fetch fault', 24],
  ['invalid tss fault', 25],
  ['segment not present fault', 26],
  ['stack fault', 27],
  ['machine check', 28],
  ['reserved trap', 30],
];

/** The FreeBSD number of a trap that is named so. */
export function trapNumber(name: string): number | undefined {
  return TRAPS.find((each) => name.startsWith(each[0]))?.[1];
}

/** FreeBSD's names of x86 traps, for traces that give the number alone. */
const NUMBERS: Record<number, string> = {
  1: 'privileged instruction fault',
  3: 'breakpoint instruction fault',
  6: 'arithmetic trap',
  9: 'general protection fault',
  10: 'trace trap',
  12: 'page fault',
  14: 'alignment fault',
  18: 'integer divide fault',
  19: 'non-maskable interrupt trap',
  20: 'overflow trap',
  21: 'FPU bounds check fault',
  22: 'FPU device not available',
  23: 'double fault',
  24: 'FPU operand fetch fault',
  25: 'invalid TSS fault',
  26: 'segment not present fault',
  27: 'stack fault',
  28: 'machine check trap',
  29: 'SIMD floating-point exception',
};

export function trapNameOf(number: number): string | undefined {
  return NUMBERS[number];
}

/** The names of x86 traps by the numbers of NetBSD and OpenBSD, which count them from 0 and without gaps. */
const NATIVE: readonly (string | undefined)[] = [
  'privileged instruction fault',
  'breakpoint trap',
  'arithmetic trap',
  // An asynchronous trap on one, reserved on the other.
  undefined,
  'protection fault',
  'trace trap',
  'page fault',
  'alignment fault',
  'integer divide fault',
  'non-maskable interrupt',
  'overflow trap',
  'bounds check fault',
  'FPU not available fault',
  'double fault',
  'FPU operand fetch fault',
  'invalid TSS fault',
  'segment not present fault',
  'stack fault',
  'machine check',
  'SSE FP exception',
];

/** The name that NetBSD and OpenBSD give an x86 trap of this number; undefined where it has none, or two. */
export function nativeTrapName(number: number): string | undefined {
  return NATIVE[number];
}

/**
 * FreeBSD's names of sparc64's traps, which have no numbers for people, with what was done where the name
 * alone tells it. Those of the debugger and of the windows of registers are left out: they are no faults.
 */
const SPARC64: Record<string, FaultCode['access'] | null> = {
  'instruction access exception': 'execute',
  'instruction access error': 'execute',
  'instruction access protection': 'execute',
  'fast instruction access mmu miss': 'execute',
  'illtrap instruction': null,
  'illegal instruction': null,
  'privileged opcode': null,
  'privileged action': null,
  'floating point disabled': null,
  'floating point exception ieee 754': null,
  'floating point exception other': null,
  'tag overflow': null,
  'integer overflow': null,
  'range check': null,
  'division by zero': null,
  'data access exception': null,
  'data access error': null,
  'data access protection': null,
  'fast data access mmu miss': null,
  // Only a store needs more than that the page is there.
  'fast data access protection': 'write',
  'memory address not aligned': null,
  'lddf memory address not aligned': 'read',
  'stdf memory address not aligned': 'write',
  'async data error': null,
  'corrected ecc error': null,
  'physical address watchpoint': null,
  'virtual address watchpoint': null,
  'kernel stack fault': null,
  'red state exception': null,
  'resumable error': null,
  'nonresumable error': null,
};

const SPARC64_NAMES = Object.keys(SPARC64);

/** The name of a trap of sparc64 that stands at the beginning of these words (lower case). */
export function sparc64Trap(words: string): string | undefined {
  if (!SPARC64_NAMES.some((name) => words.startsWith(name))) return undefined;
  const end = words.search(/ +(?:[a-z]+=|%|--|\()|$/);
  const name = words.slice(0, end);
  return Object.hasOwn(SPARC64, name) ? name : undefined;
}

/** What such a trap says of the access, if it says anything. */
export function sparc64Code(name: string): FaultCode | undefined {
  const access = Object.hasOwn(SPARC64, name) ? SPARC64[name] : undefined;
  if (access === null || access === undefined) return undefined;
  const why = name.endsWith('protection')
    ? 'protection violation'
    : name.endsWith('mmu miss')
      ? 'page not present'
      : name.endsWith('not aligned')
        ? 'alignment'
        : 'unknown';
  return { by: 'supervisor', access, why };
}

/** Traps that a kernel makes itself to get into its debugger, in the words of the ports. */
const STOPS = /^(?:user )?break ?point|^trace trap|^unconditional trap/i;

/** Whether a trap behind a panic's message is only the way into the debugger, and none to report. */
export const isWayToDebugger = (name: string, told: unknown): boolean =>
  told !== undefined && STOPS.test(name);

/**
 * A breakpoint of which no pointer is told: by it a kernel goes into its debugger, which then shows the
 * instruction behind it.
 */
export function isBreakpoint(trap: Trap | undefined): boolean {
  return trap?.ip === undefined && /^(?:user )?break ?point(?: trap)?$/i.test(trap?.name?.value ?? '');
}
