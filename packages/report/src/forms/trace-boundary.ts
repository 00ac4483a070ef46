import type { Builder } from '../builder.js';
import { decodeEsr, decodeScause } from '../syndrome.js';
import { canonHex, digitsEnd, NARROW, numberEnd, skipBlanks, WIDE } from '../scan.js';
import { sparc64Trap } from '../trap-names.js';
import type { Boundary, Hex, Span } from '../types.js';

/*
 * The lines between the frames of a backtrace where an interrupt, a trap or a system call came in:
 * `--- trap 0xc, eip = 0xc02ac284, esp = 0xc35f0f24, ebp = 0xc35f0f24 ---`.
 */

/** `eip = 0xc02ac284` anywhere in the line. */
export function namedValue(low: string, names: readonly string[]): Hex | undefined {
  for (const name of names) {
    const at = low.indexOf(name);
    if (at < 0) continue;
    let i = skipBlanks(low, at + name.length);
    if (low.charCodeAt(i) === 61) i = skipBlanks(low, i + 1);
    const end = numberEnd(low, i);
    if (end > i) return canonHex(low.slice(i, end));
  }
  return undefined;
}

/** What a boundary line says it crosses. */
const BOUNDARIES: readonly [word: string, what: Boundary['what']][] = [
  ['trap', 'trap'],
  ['exception', 'trap'],
  ['system error', 'trap'],
  ['interrupt', 'interrupt'],
  ['syscall', 'syscall'],
  ['sigtramp', 'signal'],
  ['signal', 'signal'],
  // alpha's
  ['memory management fault', 'trap'],
  ['unaligned access fault', 'trap'],
  ['instruction fault', 'trap'],
  ['arithmetic trap', 'trap'],
  ['machine check', 'trap'],
];

/** Places of boundaries that give the trap's number in parentheses. */
const IN_PARENTHESES = new WeakSet<Span>();

/**
 * Whether a boundary gives the trap's number as `--- trap (number 6) ---`: so NetBSD and OpenBSD do on x86,
 * and the first FreeBSD did. Which trap it is only the system's own table tells.
 */
export function isInParentheses({ span }: Boundary): boolean {
  return IN_PARENTHESES.has(span);
}

/** `--- trap 0xc, eip = .., esp = .., ebp = .. ---` and its relatives. */
export function boundaryLine(b: Builder): boolean {
  const { low } = b;
  let i = 0;
  while (low.charCodeAt(i) === 45) i++;
  // A pasted mail can have lost two of the three dashes.
  i = skipBlanks(low, i);
  // alpha's debugger says that it has come to the end.
  if (low.startsWith('root of call graph', i)) {
    b.endOfStack();
    return true;
  }
  const c = low.charCodeAt(i);
  const sparc = sparc64Trap(low.slice(i));
  const known =
    sparc === undefined
      ? BOUNDARIES.find(([word]) => word.charCodeAt(0) === c && low.startsWith(word, i))
      : ([sparc, 'trap'] as const);
  if (known === undefined) return false;
  const [word, what] = known;
  // arm64's line of an interrupt is no longer than this.
  const closed = low.includes('--', i) || low === '--- interrupt';
  const told = closed ? low : withoutCutNumber(low);
  const ip = namedValue(told, ['eip', 'rip']);
  if (!closed && ip === undefined && !hasSyndrome(word) && !cutBoundary(b, i)) return false;
  const after = skipBlanks(low, i + word.length);
  const boundary: Omit<Boundary, 'after'> = { what, span: b.span() };
  const sp = namedValue(told, ['esp', 'rsp']);
  const fp = namedValue(told, ['ebp', 'rbp']);
  if (word === 'trap') {
    const trap = trapAfter(low, after);
    if (trap !== undefined) boundary.trap = trap;
    if (low.startsWith('(', after)) IN_PARENTHESES.add(boundary.span);
  } else if (hasSyndrome(word)) exceptionAfter(b, after, boundary);
  else if (what === 'syscall') {
    const syscall = syscallAfter(b, after);
    if (syscall !== undefined) boundary.syscall = syscall;
  } else if (what === 'trap') boundary.name = word;
  if (low.includes('%o7=')) b.sawArch('sparc64', 6);
  if (sparc !== undefined) sparcAddresses(low, boundary);
  if (ip !== undefined) {
    boundary.ip = ip;
    // The debugger names the register after its own kernel's.
    b.sawArch(low.includes('rip') ? 'amd64' : 'i386', 4);
  }
  if (sp !== undefined) boundary.sp = sp;
  if (fp !== undefined) boundary.fp = fp;
  // The trace of a new thread ends in an all-zero trap frame: nothing was interrupted.
  b.boundary(boundary, 'ddb', 'trace-ddb');
  if (closed || hasSyndrome(word) || b.trace === null) return true;
  // riscv's line of a system call has no more than the call.
  const entry = b.trace.frames.at(-1)?.function;
  if (what === 'syscall' && low.endsWith(')') && entry === 'cpu_exception_handler_user') b.trace.whole = true;
  else b.trace.cut = true;
  return true;
}

/** The low bits of sparc64's tag of an access say in which address space it was, not where in its page. */
const SPARC_TAG_BITS = 13;

/** `tar=0x2000 %o7=0xc03b2b54 --`, `sfar=0x15 sfsr=0x9 %o7=0xc03b2b54 --` */
function sparcAddresses(low: string, boundary: Omit<Boundary, 'after'>): void {
  const tag = namedValue(low, [' tar=']);
  const exact = namedValue(low, [' sfar=']);
  const call = namedValue(low, [' %o7=']);
  if (tag !== undefined) {
    const bits = BigInt(SPARC_TAG_BITS);
    boundary.faultAddress = `0x${((BigInt(tag) >> bits) << bits).toString(16)}`;
    boundary.pageOnly = true;
  } else if (exact !== undefined) boundary.faultAddress = exact;
  if (call !== undefined) boundary.lastCall = call;
}

/** A line that stops before its dashes may stop within its last number, unless that has all its digits. */
function withoutCutNumber(low: string): string {
  const m = /([er])[isb]p ?= ?(0x[0-9a-f]*|\d+)$/.exec(low);
  if (m === null || m[2]!.length === (m[1] === 'r' ? WIDE : NARROW)) return low;
  return low.slice(0, low.length - m[2]!.length);
}

/** Lines of arm64 and riscv: they end in the syndrome, without dashes. */
function hasSyndrome(word: string): boolean {
  return word === 'exception' || word === 'system error';
}

/** `--- trap 0` where a trace is being read: the line was cut. */
function cutBoundary(b: Builder, i: number): boolean {
  return b.trace !== null && b.low.startsWith('---') && b.trace.frames.length > 0 && b.low.length < i + 60;
}

/** Digits of a register of 64 bits. */
const HEX_DIGITS = 16;

function trapAfter(low: string, after: number): number | undefined {
  const at = /^\((?:number|type) /.test(low.slice(after, after + 8)) ? low.indexOf(' ', after) + 1 : after;
  const end = numberEnd(low, at);
  // Nothing after it: the number itself may be cut (`--- trap 0` of `0xc`).
  if (end === at || end === low.length) return undefined;
  // DragonFly's debugger prints it in sixteen hexadecimal digits, without a sign of it.
  const hex = low.startsWith('0x', at) || end - at === HEX_DIGITS;
  const trap = Number.parseInt(low.slice(at, end), hex ? 16 : 10);
  // A thread's first frame can have leftovers there.
  return trap >= 0 && trap <= 0xff ? trap : undefined;
}

/** `exception, esr 0x96000004` (arm64), `exception 13, tval = 0x10` (riscv). */
function exceptionAfter(b: Builder, after: number, boundary: Omit<Boundary, 'after'>): void {
  const { low } = b;
  const esr = low.indexOf('esr ', after);
  if (esr >= 0) {
    const at = skipBlanks(low, esr + 4);
    const end = numberEnd(low, at);
    if (end === at) return;
    const { syndrome, name } = decodeEsr(canonHex(low.slice(at, end)));
    boundary.syndrome = syndrome;
    if (name === null) boundary.what = 'syscall';
    return;
  }
  const end = digitsEnd(low, after);
  if (end === after) return;
  const { syndrome, name } = decodeScause(`0x${Number(low.slice(after, end)).toString(16)}`);
  boundary.syndrome = syndrome;
  if (name === null) boundary.what = 'syscall';
}

function syscallAfter(b: Builder, after: number): Boundary['syscall'] {
  const { low } = b;
  const open = low.indexOf('(', after);
  const close = open < 0 ? -1 : low.indexOf(')', open);
  if (close <= open) return undefined;
  const inner = b.line.text.slice(open + 1, close).replace(/^number /, '');
  const syscall: { number?: number; name?: string } = {};
  const end = digitsEnd(inner, 0);
  if (end > 0) syscall.number = Number(inner.slice(0, end));
  const parts = inner.split(',');
  if (parts.length > 1) syscall.name = parts[parts.length - 1]!.trim().replace(/^netbsd\.sys_/, '');
  // The handler of numbers that are no call, of the indirect call and of one whose number was not found; and
  // the indirect call itself, which is named where that number was.
  if (syscall.name !== 'nosys' && (syscall.name !== 'syscall' || syscall.number !== 0)) return syscall;
  delete syscall.name;
  // FreeBSD 12 to 14 look at a register that the call itself has changed, and find number 0.
  return syscall.number === 0 ? {} : syscall;
}
