import type { Builder } from './builder.js';
import { separateTraces } from './interleave/separate.js';
import { hexNumber } from './scan.js';
import type { Arch, Frame, PanicEvent, Span, System, Trace, Trap } from './types.js';

/** Kinds that warn and let the machine run on. */
const WARNINGS = new Set(['lock-order-reversal', 'sleeping-with-locks', 'splassert', 'warning']);

export interface Finished {
  primary: PanicEvent;
  others: PanicEvent[];
  system: System;
  arch: Arch;
}

/** Completes what the forms collected: merges repetitions, picks the main traces and the panic that matters. */
export function finish(b: Builder, text: string): Finished | null {
  if (b.suspect) separateTraces(b);
  const events = merge(b.events);
  for (const event of events) complete(event);
  const real = events.filter(isReal);
  if (real.length === 0) return null;
  const primary = real.reduce((best, event) => (weight(event) > weight(best) ? event : best));
  return {
    primary,
    others: real.filter((event) => event !== primary),
    system: systemOf(b),
    arch: archOf(primary, real, text),
  };
}

/** A frame that says more than a name: a place in the function, in the text or in the source. */
function isPlaced(frame: Frame): boolean {
  return frame.offset !== undefined || frame.address !== undefined || frame.source !== undefined;
}

/** Characters in which the lines of one backtrace or register dump stand; two in 30 MB of noise look like a frame each, but apart. */
const TOGETHER = 4000;

/** Do `n` of these stand together? */
function together(facts: readonly { span: Span }[], n: number): boolean {
  const starts = facts.map((fact) => fact.span[0]).sort((a, b) => a - b);
  return starts.some((start, i) => i + 1 >= n && start - starts[i + 1 - n]! <= TOGETHER);
}

/** A lone register line or a word that looks like a frame does not make a report. */
function isReal(event: PanicEvent): boolean {
  if (event.kind === 'unknown') {
    return (
      together(event.frames.filter(isPlaced), 2) ||
      together(event.registers, 4) ||
      (event.stoppedAt?.offset !== undefined && event.stoppedAt.instruction !== undefined)
    );
  }
  if (event.kind !== 'trap' || event.trap === undefined) return true;
  return Object.keys(event.trap).length >= 2 || event.trap.number !== undefined;
}

function weight(event: PanicEvent): number {
  if (event.kind === 'unknown') return 0;
  return WARNINGS.has(event.kind) ? 1 : 2;
}

/** The same panic printed twice (console and message buffer in kgdb) becomes one. */
function merge(events: readonly PanicEvent[]): PanicEvent[] {
  const out: PanicEvent[] = [];
  const byKey = new Map<string, PanicEvent>();
  for (const event of events) {
    const key = keyOf(event);
    const old = key === null ? undefined : byKey.get(key);
    if (old === undefined) {
      out.push(event);
      if (key !== null) byKey.set(key, event);
    } else absorb(old, event);
  }
  return out;
}

function keyOf(event: PanicEvent): string | null {
  const { trap } = event;
  if (trap?.ip === undefined || trap.number === undefined) return null;
  return [trap.number.value, trap.ip.value.address, trap.faultAddress?.value, trap.sp?.value.address].join(
    ' ',
  );
}

function absorb(old: PanicEvent, event: PanicEvent): void {
  const into = old.trap as Record<keyof Trap, unknown>;
  for (const [name, value] of Object.entries(event.trap ?? {})) into[name as keyof Trap] ??= value;
  old.message ??= event.message as NonNullable<PanicEvent['message']>;
  if (old.message === undefined) delete old.message;
  if (old.stoppedAt === undefined && event.stoppedAt !== undefined) old.stoppedAt = event.stoppedAt;
  old.otherTraces.push(...event.otherTraces);
  if (old.registers.length === 0) old.registers = event.registers;
  old.locks.push(...event.locks);
  for (const form of event.forms) if (!old.forms.includes(form)) old.forms.push(form);
}

function complete(event: PanicEvent): void {
  const traces = event.otherTraces.filter((trace) => trace.frames.length > 0 || trace.boundaries.length > 0);
  for (const trace of traces) implyBoundaries(trace);
  const main = mainTrace(event, traces);
  if (main !== undefined) {
    event.frames = main.frames;
    event.boundaries = main.boundaries;
  }
  event.otherTraces = traces.filter((trace) => trace !== main);
  if (event.process === undefined && event.trap?.process !== undefined) event.process = event.trap.process;
  else if (event.process !== undefined && event.trap?.process !== undefined) {
    const tid = event.process.value.tid;
    event.process = {
      value: { ...event.process.value, ...event.trap.process.value },
      span: event.trap.process.span,
    };
    if (tid !== undefined) event.process.value.tid = tid;
  }
  if (event.process === undefined && main?.process !== undefined)
    event.process = { value: main.process, span: main.span };
  if (event.trap !== undefined && Object.keys(event.trap).length === 0) delete event.trap;
}

/** Entry code of traps: the frame outside it is the interrupted one. */
const ENTRY = /^(?:calltrap|alltraps\w*|Xpage|Xprot)$/;

function implyBoundaries(trace: Trace): void {
  trace.frames.forEach((frame, i) => {
    if (!ENTRY.test(frame.function) || i + 1 >= trace.frames.length) return;
    if (trace.boundaries.some((each) => each.after === i || each.after === i - 1)) return;
    trace.boundaries.push({ after: i, what: 'trap', implied: true, span: frame.span });
    trace.boundaries.sort((a, b) => a.after - b.after);
  });
}

/**
 * The first trace is that of the panic. A later trace takes its place only if it is the same stack printed with more
 * (kgdb after KDB, `trace` after the automatic backtrace).
 */
function mainTrace(event: PanicEvent, traces: readonly Trace[]): Trace | undefined {
  if (event.kind === 'lock-order-reversal') {
    return (
      traces.find((trace) => trace.purpose === 'attempted') ??
      traces.find((t) => t.purpose === undefined) ??
      traces[0]
    );
  }
  let best = traces.find((trace) => trace.purpose === undefined) ?? traces[0];
  if (best === undefined) return undefined;
  for (const trace of traces) {
    if (
      trace !== best &&
      trace.purpose === undefined &&
      richness(trace) > richness(best) &&
      sameStack(best, trace)
    )
      best = trace;
  }
  return best;
}

function richness(trace: Trace): number {
  let n = Math.min(trace.frames.length, 64) + 4 * trace.boundaries.length;
  if (trace.frames.some((frame) => frame.args.length > 0)) n += 12;
  if (trace.frames.some((frame) => frame.source !== undefined)) n += 6;
  return n;
}

function sameStack(a: Trace, b: Trace): boolean {
  const names = new Set(a.frames.map((frame) => frame.function));
  let common = 0;
  for (const frame of b.frames) if (names.has(frame.function)) common++;
  return common * 2 >= Math.min(a.frames.length, b.frames.length);
}

function systemOf(b: Builder): System {
  if (b.kernel !== undefined) return b.kernel.system;
  const votes = b.systems;
  let best: System = 'FreeBSD';
  let most = votes.FreeBSD ?? 0;
  for (const system of ['OpenBSD', 'NetBSD'] as const) {
    if ((votes[system] ?? 0) > most) {
      best = system;
      most = votes[system] ?? 0;
    }
  }
  return best;
}

function archOf(primary: PanicEvent, all: readonly PanicEvent[], text: string): Arch {
  for (const event of [primary, ...all]) {
    const ip = event.trap?.ip?.value.address ?? event.boundaries.find((each) => each.ip !== undefined)?.ip;
    if (event.trap?.codeSegment?.value.long === 1) return 'amd64';
    if (ip !== undefined && ip !== '0x0') return hexNumber(ip) > 0xffffffff ? 'amd64' : 'i386';
    if (event.registers.some((register) => register.name === 'rip' || register.name === 'r8')) return 'amd64';
    if (event.registers.some((register) => register.name === 'eip')) return 'i386';
    const address = event.frames.find(
      (frame) => frame.address !== undefined || frame.framePointer !== undefined,
    );
    if (address !== undefined)
      return (address.address ?? address.framePointer)!.length > 10 ? 'amd64' : 'i386';
    for (const frame of event.frames) {
      for (const arg of frame.args) if (arg.length > 10) return 'amd64';
    }
  }
  return /\bamd64\b|\bx86_64\b|0xffffffff[0-9a-f]{8}/.test(text.slice(0, 65536)) ? 'amd64' : 'i386';
}
