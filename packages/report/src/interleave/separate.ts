import type { Builder } from '../builder.js';
import { isTrapName } from '../trap-names.js';
import { LOCKS_HELD } from '../forms/witness-held.js';
import { LOCK_ORDERS } from '../forms/witness-order.js';
import { culpritIndex } from '../culprit.js';
import { isPanicHelper } from '../functions/index.js';
import { isParted } from '../said-between.js';
import type { Boundary, Frame, PanicEvent, Span, Trace } from '../types.js';
import {
  addressValue,
  assignLanes,
  canFollow,
  interchangeable,
  isCoherent,
  isEnded,
  type Item,
  type Lane,
  overlap,
  stacksOf,
} from './lanes.js';

/** A line of a trace with the trace and the panic that it went to while the text was read. */
interface Printed {
  at: number;
  frame?: Frame;
  boundary?: Boundary;
  trace: Trace;
  event: PanicEvent;
}

/** Longer stretches are left as they are, which is said; two kernel stacks are not as deep. */
const ITEMS_MAX = 300;
/** Stretches of one text that are looked at; a text of nothing else must stay linear. */
const STRETCHES_MAX = 100;

/**
 * Tells apart the backtraces of two CPUs that printed at the same time. It is called where something is out
 * of order and leaves alone what was printed one after the other.
 */
export function separateTraces(b: Builder): void {
  const printed = linesOf(b);
  const breaks = [...b.breaks].sort((x, y) => x - y);
  let from = 0;
  let stretches = 0;
  for (let i = 1; i <= printed.length; i++) {
    if (i < printed.length && !isLeft(b, printed[i - 1]!, printed[i]!)) continue;
    const stretch = printed.slice(from, i);
    from = i;
    if (stretch.length < 4) continue;
    if (stretch.length > ITEMS_MAX || ++stretches > STRETCHES_MAX) noteLimit(b, stretch);
    else separateStretch(b, breaks, stretch);
  }
}

/** Whether a command, a stop or a writer's own words stand between two lines: nothing printed on there. */
function isLeft(b: Builder, before: Printed, next: Printed): boolean {
  if (b.breaks.some((at) => at > before.at && at < next.at)) return true;
  const [low, high] = before.at < next.at ? [before, next] : [next, before];
  return isParted(b.prose, (low.frame?.span ?? low.boundary!.span)[1], high.at);
}

/** Says that nobody looked, once a text. */
function noteLimit(b: Builder, stretch: readonly Printed[]): void {
  const what = 'search for backtraces that are mixed';
  if (b.damage.some((each) => each.what === what)) return;
  const { frame, boundary } = stretch[0]!;
  b.damage.push({
    kind: 'limit',
    what,
    reason: `something is out of order; stretches of up to ${ITEMS_MAX} lines, ${STRETCHES_MAX} of a text, are looked at`,
    span: frame?.span ?? boundary!.span,
  });
}

/** Whether a command or a stop lies between two places. */
function broken(breaks: readonly number[], x: number, y: number): boolean {
  const [from, to] = x < y ? [x, y] : [y, x];
  let lo = 0;
  let hi = breaks.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (breaks[mid]! <= from) lo = mid + 1;
    else hi = mid;
  }
  return lo < breaks.length && breaks[lo]! < to;
}

function linesOf(b: Builder): Printed[] {
  const out: Printed[] = [];
  for (const event of b.events) {
    for (const trace of event.otherTraces) {
      for (const frame of trace.frames) out.push({ at: frame.span[0], frame, trace, event });
      for (const boundary of trace.boundaries) out.push({ at: boundary.span[0], boundary, trace, event });
    }
  }
  // A text that is read from its end has its lines in the opposite order.
  return out.sort((x, y) => (b.backwards ? y.at - x.at : x.at - y.at));
}

function separateStretch(b: Builder, breaks: readonly number[], stretch: readonly Printed[]): void {
  const events = [...new Set(stretch.map((each) => each.event))];
  const items = itemsOf(stretch, blockPointers(b, breaks, stretch));
  const panics = b.events.filter((event) => near(breaks, event, stretch) || events.includes(event));
  if (panics.length < 2 && !isTwofold(items, stretch)) return;
  if (isAsPrinted(items, stretch, panics) || goesOutwards(items, stretch, panics)) return;
  const lanes = lanesOf(items, stretch);
  if (lanes === null) return;
  const traces = lanes.map((lane) => traceOf(items, lane, stretch));
  const unsure = unsureFrames(items, lanes);
  for (const { frame } of unsure) if (frame !== undefined) frame.unsure = true;
  for (const event of events) {
    const old = new Set(stretch.map((each) => each.trace));
    event.otherTraces = event.otherTraces.filter((trace) => !old.has(trace));
  }
  const sure = giveTraces(traces, panics);
  note(b, traces, unsure, sure || panics.length < 2, evidence(items));
}

/**
 * Whether every backtrace of the stretch is one stack as it was read: each begins with the way to a panic or
 * a warning, has a panic of its own, and each of its lines can stand outside the one before. Where no line
 * has a number or a pointer, nothing else decides: three arguments that lie together may point into one
 * structure, and a backtrace before this one may have been cut anywhere.
 */
function isAsPrinted(
  items: readonly Item[],
  stretch: readonly Printed[],
  panics: readonly PanicEvent[],
): boolean {
  if (items.some(({ pointer, frame }) => pointer !== undefined || frame?.number !== undefined)) return false;
  const seen = new Set<Trace>();
  for (let i = 0; i < items.length; i++) {
    const { trace } = stretch[i]!;
    if (i > 0 && trace === stretch[i - 1]!.trace) {
      if (!canFollow(items[i - 1]!, items[i]!)) return false;
      continue;
    }
    const first = items[i]!.frame?.function;
    if (seen.has(trace) || first === undefined || !isPanicHelper(first)) return false;
    seen.add(trace);
  }
  const owners = new Set(stretch.map((each) => each.event));
  return owners.size === seen.size && panics.every((event) => owners.has(event));
}

/**
 * Whether every backtrace of the stretch counts its frames upwards as it was read, or lies on one stack, and
 * no panic waits for one. Of two that are mixed one goes back somewhere, or jumps to where another stopped:
 * any other jump is a line that was left out.
 */
function goesOutwards(
  items: readonly Item[],
  stretch: readonly Printed[],
  panics: readonly PanicEvent[],
): boolean {
  const owners = new Set(stretch.map((each) => each.event));
  if (!panics.every((event) => owners.has(event))) return false;
  const left = new Map<Trace, Item>();
  for (let i = 0; i < items.length; i++) {
    const { trace } = stretch[i]!;
    const item = items[i]!;
    const last = left.get(trace);
    const opens = trace !== stretch[i - 1]?.trace;
    if (opens ? last !== undefined || isBegun(items[i - 1]) : !isOutside(last!, item)) return false;
    const number = item.frame?.number;
    if (number === undefined && (opens ? !isBegun(item) : item.pointer === undefined)) return false;
    const from = last?.frame?.number;
    // Only a stack that has come to its end gives way to another that goes on.
    const mayTurn = opens || isEnded(items, [i - 1]);
    if (number !== undefined && mayTurn && number > (opens ? 0 : (from ?? -1) + 1))
      for (const [other, { frame }] of left)
        if (other !== trace && frame?.number === number - 1) return false;
    left.set(trace, item);
  }
  return true;
}

/** Whether a stack was left within the way to its panic: nobody does that but another CPU. */
function isBegun(last: Item | undefined): boolean {
  return last?.frame !== undefined && isPanicHelper(last.frame.function);
}

/** Whether a line stands outside the one before it by its number, or by its pointer on the same stack. */
function isOutside(last: Item, item: Item): boolean {
  const [inner, outer] = [last.frame?.number, item.frame?.number];
  if (inner !== undefined && outer !== undefined)
    return outer > inner || (outer === inner && last.frame?.inlined === true);
  if (inner !== undefined || outer !== undefined) return false;
  if (last.pointer === undefined || item.pointer === undefined) return false;
  return last.stack === item.stack && last.pointer <= item.pointer;
}

/**
 * Whether anything but names speaks for a second stack: another heading, a function that panics twice, or
 * numbers and pointers, which tell of themselves.
 */
function isTwofold(items: readonly Item[], stretch: readonly Printed[]): boolean {
  if (new Set(stretch.map((each) => each.trace)).size > 1) return true;
  if (items.some((each) => each.stack >= 0 || each.frame?.number !== undefined)) return true;
  const entries = items.filter((each) => /^v?panic$/.test(each.frame?.function ?? ''));
  return entries.some((each, i) => entries.findIndex((other) => textOf(other) === textOf(each)) !== i);
}

function textOf({ frame }: Item): string {
  return frame?.function ?? '';
}

/** The stacks of the stretch, or null where the lines were read as they belong together. */
function lanesOf(items: readonly Item[], stretch: readonly Printed[]): Lane[] | null {
  const calm = assignLanes(items, false);
  const mixed = overlapping(calm).length > 0;
  if (!mixed) {
    // One stack was printed after the other, but the headings stand elsewhere. A stack that goes on inside is
    // no finding without a heading: a panic in a panic looks so.
    const traces = new Set(stretch.map((each) => each.trace)).size;
    const asRead =
      calm.length === traces &&
      calm.every((lane) => lane.every((i) => stretch[i]!.trace === stretch[lane[0]!]!.trace));
    const ended = calm.slice(0, -1).every((lane) => isEnded(items, lane));
    if ((calm.length > traces && !ended) || asRead) return null;
  }
  const lanes = mixed ? assignLanes(items, true) : calm;
  const odd = mixed ? overlapping(lanes) : lanes;
  // A typing error in a pointer or a number makes no second stack.
  return odd.length >= 2 && odd.every((lane) => isCoherent(items, lane)) ? lanes : null;
}

function overlapping(lanes: readonly Lane[]): Lane[] {
  return lanes.filter((x) => lanes.some((y) => y !== x && overlap(x, y)));
}

/** Panics that were begun shortly before the stretch and have no trace of their own. */
function near(breaks: readonly number[], event: PanicEvent, stretch: readonly Printed[]): boolean {
  if (event.otherTraces.length > 0) return false;
  const [first, last] = [stretch[0]!.at, stretch[stretch.length - 1]!.at];
  const [low, high] = first < last ? [first, last] : [last, first];
  const distance =
    event.span[1] < low ? low - event.span[1] : event.span[0] > high ? event.span[0] - high : 0;
  return distance < NEAR && !broken(breaks, event.span[1], low);
}

/** A panic and its backtrace are this near to each other, in characters. */
const NEAR = 4000;

/** Stack pointers that the trap blocks around the stretch give. */
function blockPointers(b: Builder, breaks: readonly number[], stretch: readonly Printed[]): number[] {
  const out: number[] = [];
  for (const event of b.events) {
    if (
      event.trap === undefined ||
      !(near(breaks, event, stretch) || stretch.some((each) => each.event === event))
    )
      continue;
    for (const fact of [event.trap.sp, event.trap.fp])
      if (fact !== undefined) out.push(addressValue(fact.value.address));
  }
  return out;
}

function itemsOf(stretch: readonly Printed[], anchors: readonly number[]): Item[] {
  const sure = [...anchors];
  const guesses: number[] = [];
  for (const { frame, boundary } of stretch) {
    const pointer = kernelPointer(frame, boundary);
    if (pointer !== undefined) sure.push(pointer);
    for (const arg of frame?.args ?? []) if (arg.length >= 10) guesses.push(addressValue(arg));
  }
  const stackAt = stacksOf(sure, guesses);
  let before: Trace | null = null;
  return stretch.map(({ frame, boundary, trace }) => {
    const pointer = kernelPointer(frame, boundary);
    const item: Item = { stack: -1, opens: trace !== before };
    before = trace;
    if (frame !== undefined) item.frame = frame;
    if (boundary !== undefined) item.boundary = boundary;
    if (pointer !== undefined) {
      item.pointer = pointer;
      item.stack = stackAt(pointer);
    } else {
      for (const arg of frame?.args ?? []) {
        const stack = arg.length >= 10 ? stackAt(addressValue(arg)) : -1;
        if (stack >= 0) item.stack = stack;
        if (stack >= 0) break;
      }
    }
    return item;
  });
}

/** User space ends here on i386, and begins and ends here among the lower 48 bits of an amd64 address. */
const USER_END = 0xbfc00000;
const LONG_FROM = 0x100000000;
const LONG_END = 0x800000000000;

/** Where on a kernel stack the line stands; the boundary of a system call gives the user's stack instead. */
function kernelPointer(frame: Frame | undefined, boundary: Boundary | undefined): number | undefined {
  if (boundary?.what === 'syscall') return undefined;
  const pointer = frame?.framePointer ?? boundary?.sp;
  const value = pointer === undefined ? 0 : addressValue(pointer);
  const user = value < USER_END || (value >= LONG_FROM && value < LONG_END);
  return user ? undefined : value;
}

function traceOf(items: readonly Item[], lane: Lane, stretch: readonly Printed[]): Trace {
  const first = stretch[lane[0]!]!;
  const trace: Trace = { style: first.trace.style, frames: [], boundaries: [], span: [0, 0] };
  if (first.trace.purpose !== undefined) trace.purpose = first.trace.purpose;
  if (first.trace.process !== undefined) trace.process = first.trace.process;
  let span: Span | null = null;
  for (const i of lane) {
    const { frame, boundary } = items[i]!;
    if (frame !== undefined) trace.frames.push(frame);
    if (boundary !== undefined) trace.boundaries.push({ ...boundary, after: trace.frames.length - 1 });
    const s = frame?.span ?? boundary!.span;
    span = span === null ? s : [Math.min(span[0], s[0]), Math.max(span[1], s[1])];
  }
  trace.span = span!;
  return trace;
}

/** Lines that could as well be the other stack's. */
function unsureFrames(items: readonly Item[], lanes: readonly Lane[]): Item[] {
  const unsure = new Set<number>();
  lanes.forEach((a, i) => {
    for (const c of lanes.slice(i + 1)) {
      if (overlap(a, c)) for (const each of interchangeable(items, a, c) ?? []) unsure.add(each);
    }
  });
  return [...unsure].sort((x, y) => x - y).map((i) => items[i]!);
}

/**
 * Gives every trace to the panic that it fits; whether something other than the order of printing decided.
 */
function giveTraces(traces: readonly Trace[], events: readonly PanicEvent[]): boolean {
  let sure = true;
  const left = [...events];
  const pairs = traces.flatMap((trace, t) => events.map((event, e) => ({ t, e, score: owns(event, trace) })));
  const owner = new Map<number, number>();
  pairs.sort((a, b) => b.score - a.score || a.t - b.t || a.e - b.e);
  for (const pair of pairs) {
    const event = events[pair.e]!;
    if (owner.has(pair.t) || (left.length > 0 && !left.includes(event))) continue;
    owner.set(pair.t, pair.e);
    if (left.includes(event)) left.splice(left.indexOf(event), 1);
    const rival = pairs.some(
      (each) => each.t === pair.t && each.e !== pair.e && each.score > pair.score - OWNER_MARGIN,
    );
    if (rival && events.length > 1) sure = false;
  }
  traces.forEach((trace, t) => {
    events[owner.get(t) ?? 0]!.otherTraces.push(trace);
  });
  return sure;
}

const OWNER_MARGIN = 2;
/** A trap block and a trace lie on one stack if their pointers are this near. */
const STACK_BYTES = 0x4000;

/** How well a trace fits a panic. */
function owns(event: PanicEvent, trace: Trace): number {
  let score = 0;
  const names = new Set(trace.frames.map((frame) => frame.function));
  const { trap } = event;
  const ip = trap?.ip?.value.address;
  if (ip !== undefined) {
    const same =
      trace.boundaries.some((each) => each.ip === ip) || trace.frames.some((each) => each.address === ip);
    const other = trace.boundaries.some((each) => each.what === 'trap' && each.ip !== undefined);
    score += same ? 10 : other ? -3 : 0;
  }
  const sp = trap?.sp?.value.address;
  const pointers = [
    ...trace.frames.map((each) => each.framePointer),
    ...trace.boundaries.map((each) => each.sp),
  ].filter((each) => each !== undefined && each !== '0x0') as string[];
  if (sp !== undefined && pointers.length > 0) {
    const near = pointers.some((each) => Math.abs(addressValue(each) - addressValue(sp)) < STACK_BYTES);
    score += near ? 6 : -3;
  }
  // A panic over a trap goes through trap_fatal; a debugger that stops at the trap itself does not.
  const trapped = names.has('trap_fatal') || (!names.has('panic') && names.has('calltrap'));
  if (event.kind === 'trap' || isTrapName(event.message?.value ?? '')) score += trapped ? 3 : -3;
  else if (names.has('trap_fatal')) score -= 3;
  const witness = trace.frames.some((each) => each.function.includes('witness'));
  const warns = LOCK_ORDERS.has(event.kind) || LOCKS_HELD.has(event.kind);
  if (witness !== warns) score -= 3;
  if (event.message !== undefined && (names.has('panic') || names.has('vpanic'))) score += 1;
  return score + messageNames(event, trace);
}

/** A message that names the function that panicked. */
function messageNames(event: PanicEvent, trace: Trace): number {
  const message = event.message?.value;
  if (message === undefined) return 0;
  const at = culpritIndex(trace.frames, trace.boundaries);
  const words = message.split(/[^\w.]+/, 4);
  return at >= 0 && words.includes(trace.frames[at]!.function) ? 4 : 0;
}

function note(
  b: Builder,
  traces: readonly Trace[],
  unsure: readonly Item[],
  sure: boolean,
  evidence: string,
): void {
  const span: Span = [
    Math.min(...traces.map((each) => each.span[0])),
    Math.max(...traces.map((each) => each.span[1])),
  ];
  b.damage.push({
    kind: 'interleaved',
    what: 'backtraces',
    reason: `the lines of ${traces.length} backtraces are mixed: CPUs printed at the same time; they were told apart by ${evidence}`,
    span,
  });
  if (unsure.length > 0) {
    const first = unsure[0]!;
    const where = first.frame?.span ?? first.boundary!.span;
    const names = unsure.flatMap((each) => (each.frame === undefined ? [] : [each.frame.function]));
    b.damage.push({
      kind: 'interleaved',
      what: `frames ${names.slice(0, 6).join(', ')}${names.length > 6 ? ` and ${names.length - 6} more` : ''}`,
      reason:
        'which of the backtraces they belong to cannot be told; they were dealt out in the order of printing',
      span: where,
    });
  }
  if (!sure)
    b.damage.push({
      kind: 'interleaved',
      what: 'owner of the backtraces',
      reason:
        'which backtrace belongs to which of the panics cannot be told; they were given in the order of printing',
      span,
    });
}

/** What the lines of the stretch give to tell stacks by. */
function evidence(items: readonly Item[]): string {
  const out: string[] = [];
  if (items.some((each) => each.frame?.number !== undefined)) out.push('the numbers of their frames');
  if (items.some((each) => each.pointer !== undefined)) out.push('the stacks that their frames lie on');
  else if (items.some((each) => each.stack >= 0)) out.push('stack addresses among their arguments');
  out.push('which function can call which');
  return out.join(', ');
}
