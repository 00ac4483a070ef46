import type { Builder } from '../builder.js';
import { REGISTERS_NOT_KEPT } from '../details.js';
import type { Line } from '../line.js';
import {
  canonHex,
  isHexPrefix,
  isSymbolStart,
  numberEnd,
  readPlace,
  skipBlanks,
  symbolEnd,
} from '../scan.js';
import type { Register } from '../types.js';
import type { Form } from './form.js';

const ID = 'registers';
/** What trap12 prints where a register has no value. */
const NOT_KEPT = 'not kept';

const NAMES = new Set(
  (
    'cs ds es fs gs ss eax ecx edx ebx esp ebp esi edi eip efl eflags ' +
    'rax rcx rdx rbx rsp rbp rsi rdi rip r8 r9 r10 r11 r12 r13 r14 r15 rfl rflags ' +
    'cr0 cr2 cr3 cr4 dr0 dr1 dr2 dr3 dr4 dr5 dr6 dr7 fsbase gsbase kgsbase trapno err ' +
    'tf_trapno tf_err tf_cs tf_ss tf_rip tf_rsp'
  ).split(' '),
);
/** powerpc's beside r8 to r15: its debuggers print them without a sign. */
const POWERPC = new Set(
  (
    'r0 r1 r2 r3 r4 r5 r6 r7 r16 r17 r18 r19 r20 r21 r22 r23 r24 r25 r26 r27 r28 r29 r30 r31 ' +
    'pc iar srr0 srr1 msr lr ctr cr xer mq dar dsisr'
  ).split(' '),
);
for (const name of POWERPC) NAMES.add(name);

/** Digits that a hexadecimal number of 64 bits can have at most. */
const HEX_DIGITS_MAX = 16;

/** A value without `0x`: 0, hexadecimal in some debuggers, decimal if it is too long for that or negative. */
function bare(b: Builder, register: Register, negative: boolean): void {
  b.bareRegisters.push(register);
  if (negative || register.value.length - 2 > HEX_DIGITS_MAX) b.decimal = true;
}

/** Reads `name value [symbol]` pairs to the end of the line; null if the line holds anything else. */
function readPairs(b: Builder, s: string, low: string): Register[] | null {
  const out: Register[] = [];
  let i = 0;
  while (i < s.length) {
    const start = i;
    const end = symbolEnd(s, i);
    const name = low.slice(i, end);
    if (!NAMES.has(name)) return null;
    let v = skipBlanks(s, end);
    const c = s.charCodeAt(v);
    const marked = c === 58 || c === 61;
    if (marked && POWERPC.has(name)) return null;
    if (marked) v = skipBlanks(s, v + 1);
    else if (v === end) return null;
    const minus = s.charCodeAt(v) === 45 ? 1 : 0;
    const stop = numberEnd(s, v + minus);
    if (stop === v + minus) return null;
    const value = canonHex(s.slice(v + minus, stop));
    const register: Register = { name, value: minus === 1 ? `-${value}` : value, span: b.span(start, stop) };
    if (!marked && !isHexPrefix(s, v + minus)) bare(b, register, minus === 1);
    i = skipBlanks(s, stop);
    if (s.charCodeAt(i) === 44 || s.charCodeAt(i) === 59) i = skipBlanks(s, i + 1);
    if (i === stop && i < s.length) return null;
    if (i < s.length && (isSymbolStart(s.charCodeAt(i)) || s.charCodeAt(i) === 46))
      i = readSymbol(b, s, low, i, register, start);
    out.push(register);
  }
  return out;
}

/** The symbol that DDB puts after a value, if what stands at `i` is one and not the next register. */
function readSymbol(
  b: Builder,
  s: string,
  low: string,
  i: number,
  register: Register,
  start: number,
): number {
  const end = symbolEnd(s, i);
  if (NAMES.has(low.slice(i, end))) return i;
  const place = readPlace(s, i);
  if (place === null) return i;
  register.symbol =
    place.spoilt === undefined ? s.slice(i, place.end).replace(/^netbsd:/, '') : place.function;
  register.span = b.span(start, place.end);
  return skipBlanks(s, place.end);
}

/** The end of a register's line on CheriBSD, the function perhaps begun. */
const BOUNDS = /\[[rwx]{1,5},0x[^\]]{1,40}\](?: \([^)]*)?$/;

/**
 * `show registers`, trap_fatal's register block, the register lines of double faults; one or several to a
 * line.
 */
export const registers: Form = {
  id: ID,
  reads: 'registers: `show registers`, the block of trap_fatal and of double faults, several to a line',
  systems: 'all',
  first: 'cdefgrsktpimlx',
  line(line: Line, b: Builder): boolean {
    const { low } = b;
    const end = symbolEnd(low, 0);
    if (end > 9 || end < 2 || end === low.length || !NAMES.has(low.slice(0, end))) return false;
    const value = skipBlanks(low, end);
    if (low.charCodeAt(value) === 110 && low.slice(value).trimEnd() === NOT_KEPT) {
      const { details } = b.event(ID);
      const before = details[REGISTERS_NOT_KEPT];
      const name = low.slice(0, end);
      details[REGISTERS_NOT_KEPT] = b.fact(before === undefined ? name : `${before.value} ${name}`);
      return true;
    }
    const found = readPairs(b, line.text, low);
    if (found === null || found.length === 0) return false;
    // A trap block in the making keeps its place: registers stand inside it.
    for (const register of found) b.register(register, ID);
    return true;
  },
  joins(_text: string, next: string, low: string): string | false | null {
    // The bounds of a capability, and the function that it points into.
    if (low.includes(']') && BOUNDS.test(low)) return /^[(+]/.test(next) ? ' ' : null;
    const end = symbolEnd(low, 0);
    if (end > 9 || !NAMES.has(low.slice(0, end))) return null;
    let stop = low.length;
    while (low.charCodeAt(stop - 1) === 32) stop--;
    const mark = low.charCodeAt(stop - 1);
    if (mark === 58 || mark === 61) stop--;
    const last = low.slice(low.lastIndexOf(' ', stop - 1) + 1, stop);
    // Cut between a name and its value.
    if (NAMES.has(last)) return numberEnd(next, 0) > 0 && !NAMES.has(next.split(' ')[0]!) ? ' ' : null;
    return false;
  },
};
