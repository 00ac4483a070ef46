import { isPanicHelper } from '../functions/index.js';
import { hexNumber } from '../scan.js';
import type { Boundary, Frame } from '../types.js';
import { boundaryScore, chainScore, startScore } from './chains.js';

/** One line of a backtrace, with what tells whose it is. */
export interface Item {
  frame?: Frame;
  boundary?: Omit<Boundary, 'after'>;
  /** The stack that its frame pointer, or an argument that points into a stack, lies on; -1 if not known. */
  stack: number;
  /** A heading stands before it. */
  opens: boolean;
  /** The frame pointer (or the stack pointer of a boundary), where the line gives one. */
  pointer?: number;
}

/** The items of one stack, innermost first; indices into the list of items. */
export type Lane = readonly number[];

/** Weights. A number or a pointer that goes on exactly outweighs what names alone suggest. */
const NUMBER_GOES_ON = 4;
const NUMBER_JUMPS = -3;
const SAME_STACK = 6;
const SAME_STACK_ARGS = 3;
const IMPOSSIBLE = -12;
/** A trap can have come in on another stack (double faults, non-maskable interrupts). */
const STACK_CHANGE_AT_TRAP = -3;
/** Stacks kept apart in one stretch of text, and hypotheses that are followed at a time. */
const LANES_MAX = 4;
const BEAM = 24;

/** Functions at which a stack begins: nothing stands outside them. */
const ENDS = new Set(
  `fork_trampoline fast_syscall_common Xfast_syscall Xint0x80_syscall Xsyscall Xlcall_syscall mi_startup btext
   begin lwp_trampoline proc_trampoline`.split(/\s+/),
);

/**
 * How well `item` goes on where `last` was the latest item of a stack; `stack` is the last that was known of
 * it.
 */
export function junction(last: Item | undefined, stack: number, item: Item): number {
  const name = item.frame?.function;
  if (last === undefined) return startOf(item);
  let score = 0;
  const before = last.frame;
  if (item.frame?.number !== undefined && before?.number !== undefined) {
    const step = item.frame.number - before.number;
    // What was inlined into a function has the number of its line.
    const next = step === 1 || (step === 0 && before.inlined === true);
    score += next ? NUMBER_GOES_ON : step > 1 ? NUMBER_JUMPS : IMPOSSIBLE;
  }
  score += stackScore(last, stack, item);
  if (before === undefined) return score + (name === undefined ? IMPOSSIBLE : startScore(name, true));
  const ended = ENDS.has(before.function);
  if (name !== undefined) return score + (ended ? IMPOSSIBLE : chainScore(before.function, name));
  return score + boundaryScore(before.function, item.boundary!.what);
}

/**
 * Whether a line can stand outside the line before it in a backtrace that one CPU printed, by what is known
 * of their functions: the stack was not at its end, and no panic begins.
 */
export function canFollow(last: Item, item: Item): boolean {
  const [inner, outer] = [last.frame, item.frame];
  if (inner === undefined) return last.boundary!.what !== 'syscall' && outer !== undefined;
  if (outer === undefined) return true;
  if (ENDS.has(inner.function)) return false;
  if (isPanicHelper(outer.function) && !isPanicHelper(inner.function)) return false;
  return chainScore(inner.function, outer.function) > -3;
}

function startOf(item: Item): number {
  if (item.frame === undefined) return IMPOSSIBLE;
  const { number } = item.frame;
  const counted = number === undefined ? 0 : number === 0 ? NUMBER_GOES_ON : NUMBER_JUMPS;
  return counted + startScore(item.frame.function, false);
}

function stackScore(last: Item, stack: number, item: Item): number {
  if (item.stack < 0 || stack < 0) return 0;
  const atTrap = last.boundary !== undefined;
  const exact = item.pointer !== undefined;
  if (item.stack !== stack) return atTrap ? STACK_CHANGE_AT_TRAP : exact ? IMPOSSIBLE : -SAME_STACK_ARGS;
  if (exact && last.pointer !== undefined && item.pointer! < last.pointer) return IMPOSSIBLE;
  return exact ? SAME_STACK : SAME_STACK_ARGS;
}

/** One way of sorting the items so far; it shares its past with others. */
interface Hypothesis {
  /** Which stack the latest item went to, and what was before. */
  lane: number;
  before: Hypothesis | null;
  /** The latest item of every stack, and the stack in memory that it is known to be. */
  tails: readonly number[];
  stacks: readonly number[];
  score: number;
  /** What decides between equals. */
  order: number;
}

/**
 * Sorts items, in the order of printing, into stacks: the assignment in which the neighbours on each stack
 * fit best.
 *
 * @param alternating what decides where nothing else does: lines alternate, or they stay with the stack that
 * is printing
 */
export function assignLanes(items: readonly Item[], alternating: boolean): Lane[] {
  let beam: Hypothesis[] = [{ lane: -1, before: null, tails: [], stacks: [], score: 0, order: 0 }];
  items.forEach((_, i) => {
    const next: Hypothesis[] = [];
    for (const h of beam) {
      const usual = alternating ? h.tails.indexOf(Math.min(...h.tails)) : h.lane;
      for (let k = 0; k <= h.tails.length && k < LANES_MAX; k++)
        next.push(extend(h, k, items, i, usual, alternating));
    }
    next.sort((a, b) => b.score - a.score || b.order - a.order);
    beam = next.slice(0, BEAM);
  });
  const total = (h: Hypothesis) => h.score + NO_END * h.tails.filter((tail) => !endsAt(items[tail]!)).length;
  const best = beam.reduce((a, b) => (total(b) > total(a) ? b : a));
  const lanes: number[][] = best.tails.map(() => []);
  let i = items.length - 1;
  for (let h = best; h.before !== null; h = h.before) lanes[h.lane]!.push(i--);
  return lanes.map((lane) => lane.reverse());
}

/** A stack more has to be worth it; a heading before the line speaks for one. */
const NEW_STACK = -2;
const HEADING = 4;
/** Text that is printed one after the other turns from one stack to another at headings only. */
const TURN = -3;

/** What is on a stack that has not come to its end is not the beginning of another. */
const STACK_IN_USE = -4;
/** Most stacks are printed to their end. */
const NO_END = -2;

function openScore(h: Hypothesis, item: Item, items: readonly Item[]): number {
  const score = item.opens ? NEW_STACK + HEADING : NEW_STACK;
  const used = h.stacks.some((stack, k) => stack === item.stack && !endsAt(items[h.tails[k]!]!));
  return item.stack >= 0 && used ? score + STACK_IN_USE : score;
}

function endsAt(last: Item): boolean {
  return last.frame === undefined ? last.boundary!.what === 'syscall' : ENDS.has(last.frame.function);
}

function extend(
  h: Hypothesis,
  k: number,
  items: readonly Item[],
  i: number,
  usual: number,
  alternating: boolean,
): Hypothesis {
  const item = items[i]!;
  const tail = h.tails[k];
  const last = tail === undefined ? undefined : items[tail];
  const stack = h.stacks[k] ?? -1;
  const tails = h.tails.slice();
  const stacks = h.stacks.slice();
  tails[k] = i;
  stacks[k] = item.stack >= 0 ? item.stack : stack;
  return {
    lane: k,
    before: h,
    tails,
    stacks,
    score:
      h.score +
      junction(last, stack, item) +
      (last === undefined ? openScore(h, item, items) : !alternating && k !== h.lane ? TURN : 0),
    order: h.order + (k === usual ? 1 : 0),
  };
}

/** Whether two stacks were printed at the same time: a line of one stands between lines of the other. */
export function overlap(a: Lane, b: Lane): boolean {
  const [a0, a1, b0, b1] = [a[0]!, a[a.length - 1]!, b[0]!, b[b.length - 1]!];
  return a0 < b1 && b0 < a1;
}

/** Whether the stack's outermost line is one at which stacks begin. */
export function isEnded(items: readonly Item[], lane: Lane): boolean {
  return endsAt(items[lane[lane.length - 1]!]!);
}

/** Whether a stack has more than one line and no neighbours that cannot be. */
export function isCoherent(items: readonly Item[], lane: Lane): boolean {
  let stack = -1;
  for (let n = 1; n < lane.length; n++) {
    const last = items[lane[n - 1]!]!;
    if (last.stack >= 0) stack = last.stack;
    if (junction(last, stack, items[lane[n]!]!) <= IMPOSSIBLE / 2) return false;
  }
  return lane.length > 1;
}

/**
 * Differences of scores below this are no evidence: names that begin alike are not enough, a known caller is.
 */
const MARGIN = 3;

/**
 * The items of two stacks that could as well be exchanged: from some line on, what went to one could have
 * gone to the other, and the two differ. Null if every line is told by something.
 */
export function interchangeable(items: readonly Item[], a: Lane, b: Lane): number[] | null {
  const merged = [...a, ...b].sort((x, y) => x - y);
  for (let cut = 1; cut < merged.length; cut++) {
    const at = merged[cut]!;
    const headA = a.filter((i) => i < at);
    const headB = b.filter((i) => i < at);
    const tailA = a.filter((i) => i >= at);
    const tailB = b.filter((i) => i >= at);
    // Two stacks that are the same so far, or from here on, can be exchanged without a difference.
    if (sameText(items, headA, headB) || sameText(items, tailA, tailB)) continue;
    const now = seam(items, headA, tailA) + seam(items, headB, tailB);
    const swapped = seam(items, headA, tailB) + seam(items, headB, tailA);
    if (swapped > now - MARGIN) return [...tailA, ...tailB].sort((x, y) => x - y);
  }
  return movable(items, a, b) ?? movable(items, b, a);
}

/** A single line of `from` that would fit as well into `to`. */
function movable(items: readonly Item[], from: Lane, to: Lane): number[] | null {
  for (let n = 0; n < from.length; n++) {
    const i = from[n]!;
    const at = to.findIndex((each) => each > i);
    const k = at < 0 ? to.length : at;
    // A line outside the stretch that the other stack was printed in is not in question.
    if (k === 0 || (k === to.length && n === from.length - 1 && n > 0 && from[n - 1]! > to[k - 1]!)) continue;
    const rest = from.slice(n + 1);
    const now = seam(items, from.slice(0, n), from.slice(n)) + seam(items, from.slice(0, n + 1), rest);
    const closed = seam(items, from.slice(0, n), rest);
    const opened = seam(items, to.slice(0, k), to.slice(k));
    const moved =
      closed + seam(items, to.slice(0, k), [i]) + seam(items, [...to.slice(0, k), i], to.slice(k));
    if (moved > now + opened - MARGIN) return [i];
  }
  return null;
}

function sameText(items: readonly Item[], a: Lane, b: Lane): boolean {
  return a.length === b.length && a.every((i, n) => textOf(items[i]!) === textOf(items[b[n]!]!));
}

function textOf(item: Item): string {
  const { frame, boundary } = item;
  return frame === undefined
    ? `-- ${boundary!.what} ${boundary!.ip} ${boundary!.sp}`
    : `${frame.function}+${frame.offset} ${frame.framePointer} ${frame.args.join(',')}`;
}

/** How well one part of a stack goes on in another. */
function seam(items: readonly Item[], head: Lane, tail: Lane): number {
  if (tail.length === 0) return 0;
  let stack = -1;
  for (const i of head) if (items[i]!.stack >= 0) stack = items[i]!.stack;
  const last = head.length === 0 ? undefined : items[head[head.length - 1]!]!;
  let score = junction(last, stack, items[tail[0]!]!);
  // What the first line of the tail does not tell, a later one may: the first that knows its stack.
  if (items[tail[0]!]!.stack < 0 && stack >= 0) {
    const known = tail.find((i) => items[i]!.stack >= 0);
    if (known !== undefined) score += items[known]!.stack === stack ? SAME_STACK_ARGS : -SAME_STACK_ARGS;
  }
  return score;
}

/**
 * Addresses on one stack lie this near to the next; between two stacks lies a guard page and what is not in
 * use.
 */
const STACK_GAP = 0x2000;
/** An argument counts as an address on a stack if so many different ones lie together. */
const STACK_MIN = 3;

/** Groups addresses into stacks; the answer gives the stack of an address, or -1. */
export function stacksOf(sure: readonly number[], guesses: readonly number[]): (address: number) => number {
  const known = new Set(sure);
  const all = [...new Set([...sure, ...guesses])].sort((a, b) => a - b);
  const groups: { from: number; to: number }[] = [];
  let start = 0;
  for (let i = 1; i <= all.length; i++) {
    if (i < all.length && all[i]! - all[i - 1]! <= STACK_GAP) continue;
    const members = all.slice(start, i);
    if (members.some((each) => known.has(each)) || members.length >= STACK_MIN)
      groups.push({ from: members[0]!, to: members[members.length - 1]! });
    start = i;
  }
  return (address) => groups.findIndex((each) => address >= each.from && address <= each.to);
}

/**
 * The value of an address as a number; of 64 bits the lowest 48 are kept, and those tell kernel addresses
 * apart.
 */
export function addressValue(hex: string): number {
  return hex.length > 14 ? hexNumber(`0x${hex.slice(-12)}`) : hexNumber(hex);
}
