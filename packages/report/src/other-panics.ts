import type { Builder } from './builder.js';
import { ownFrames } from './culprit.js';
import { isHelper, plainName } from './functions/index.js';
import { leadsToPanic } from './kind-by-trace.js';
import { LOCK_ORDERS } from './forms/witness-order.js';
import { isAnybodys, WARNINGS } from './merge-events.js';
import type { PanicEvent, Trace } from './types.js';

/*
 * A text can show the backtraces of several panics and the message of the first alone: the debugger's
 * sessions of two crashes, the session on a dump below another machine's console. Each is an event.
 */

/**
 * Takes from an event the backtraces that are another panic's: they come to panic() or to a trap as well,
 * by other functions.
 *
 * @param main its own backtrace; boundaries that no line shows are known in all of its traces
 * @returns events of an unknown kind, each with its one backtrace
 */
export function takeOtherPanics(event: PanicEvent, main: Trace, b: Builder): PanicEvent[] {
  // Of a text without a word of what happened, only what leads to a panic is known to be one.
  const ofLocks = LOCK_ORDERS.has(event.kind);
  if (ofLocks && leadsDown(main)) return [];
  if ((WARNINGS.has(event.kind) && !ofLocks) || (event.kind === 'unknown' && !leadsDown(main))) return [];
  // The other CPUs' panics, which `show panic` lists, have their events.
  if (b.cpuMessages.length > 0) return [];
  const others: PanicEvent[] = [];
  for (const trace of event.otherTraces) {
    // Witness lets the machine run on: a panic behind its warning is another event.
    const isOther = ofLocks ? isDeath(trace) : isOfAnother(main, trace);
    if (!isOther || others.some(({ otherTraces: [its] }) => !isOfAnother(its!, trace))) continue;
    others.push({
      kind: 'unknown',
      forms: [...event.forms],
      frames: [],
      boundaries: [],
      otherTraces: [trace],
      registers: [],
      locks: [],
      details: {},
      span: trace.span,
    });
  }
  if (others.length === 0) return [];
  const taken = new Set(others.map((each) => each.otherTraces[0]!));
  event.otherTraces = event.otherTraces.filter((trace) => !taken.has(trace));
  giveThread(event, main, others[0]!, b);
  return others;
}

/** Whether a backtrace came to panic() by functions of which the event's own has none. */
function isOfAnother(main: Trace, trace: Trace): boolean {
  if (trace.purpose !== undefined && trace.purpose !== 'thread') return false;
  if (!leadsDown(trace)) return false;
  const [its, own] = [trace, main].map(({ frames, boundaries }) =>
    ownFrames(frames, boundaries).filter((name) => !isHelper(name)),
  ) as [string[], string[]];
  if (its.length === 0 || own.length === 0 || Math.max(its.length, own.length) < OWN_MIN) return false;
  const names = new Set(main.frames.map((frame) => plainName(frame.function)));
  return trace.frames.every(({ function: name }) => isAnybodys(name) || !names.has(plainName(name)));
}

/** Whether a backtrace without a purpose of its own leads to a panic, and not by way of witness. */
function isDeath(trace: Trace): boolean {
  const { purpose, frames } = trace;
  return (
    purpose === undefined && leadsDown(trace) && !frames.some((each) => /^_?witness_/.test(each.function))
  );
}

/** Two single functions can be two readings of one stack. */
const OWN_MIN = 2;

/** Whether a backtrace is of a panic, or of a trap in the kernel that led into the debugger. */
function leadsDown(trace: Trace): boolean {
  if (leadsToPanic(trace)) return true;
  const { frames, boundaries } = trace;
  const at = boundaries.find((each) => each.what === 'trap' && each.after >= 0)?.after ?? -1;
  return (
    at >= 0 && at + 1 < frames.length && frames.slice(0, at + 1).every((each) => isHelper(each.function))
  );
}

/** Who was running, as the debugger told between the two backtraces: the session is that of the second. */
function giveThread(event: PanicEvent, main: Trace, other: PanicEvent, b: Builder): void {
  const running = b.currentThread.get(event);
  if (!running || running.span[0] < main.span[1] || running.span[0] > other.span[0]) return;
  b.currentThread.delete(event);
  b.currentThread.set(other, running);
}
