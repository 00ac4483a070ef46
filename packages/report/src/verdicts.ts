import { MIXED_LINES } from './mixed-letters.js';
import { isNameless } from './culprit.js';
import { findsLocks, isAsleep, lacksInnerEnd } from './fault-place.js';
import { isFoundDamage, isSpoiltList, spoiltObject } from './found-damage.js';
import { isPanicHelper } from './functions/index.js';
import { HARDWARE, NON_MASKABLE } from './hardware.js';
import { placeSaid } from './place-said.js';
import type { Damage, PanicEvent, Triage } from './types.js';

/*
 * What a triager wants to know before looking: whether a text can be counted with others at all, whether it
 * shows a defect of the kernel, and whether its title and frames can be trusted.
 */

/** Panics that people or hardware ask for, by message and function. */
const SUPPRESSED: readonly [pattern: RegExp, reason: string][] = [
  [/^kdb_sysctl_panic|^from debugger$|^panic from debugger/i, 'a person asked for the panic'],
  [/kmem_map too small|kmem_malloc: .*too small|out of (?:kernel )?memory|out of swap/i, 'out of memory'],
  [HARDWARE, 'hardware reported an error'],
  [NON_MASKABLE, 'a non-maskable interrupt: a button, a watchdog or hardware'],
  [/watchdog timeout/i, 'a watchdog asked for the panic'],
  [/^(?:init died|going nowhere without my init)/i, 'init died, which is a program'],
];

const BY_HAND = /^(?:kdb_sysctl_panic|kdb_sysctl_trap|db_fncall|sysctl_debug_panic|ddb_sysctl_panic)$/;

/** Why the panic is most likely no defect of the kernel, if it is none. */
function suppressed({ message, trap }: PanicEvent, own: readonly string[]): string | undefined {
  if (own.some((name) => BY_HAND.test(name))) return 'a person asked for the panic';
  const name = trap?.name?.value;
  const said = message?.value ?? name;
  if (said === undefined) return undefined;
  // Without a message, what is said is the trap's name.
  const both = name !== undefined && name !== said;
  return SUPPRESSED.find(([pattern]) => pattern.test(said) || (both && pattern.test(name)))?.[1];
}

const NO_TRACE = 'no backtrace of it was read';

/** Why title and frames cannot be trusted, if they cannot. */
function corrupted(event: PanicEvent, own: readonly string[], damage: readonly Damage[]): string | undefined {
  const { kind, frames } = event;
  if (kind === 'unknown') return 'what happened was not read';
  if (kind === 'panic' && event.message === undefined && frames.length > 0) {
    const whole = frames.some((frame) => isPanicHelper(frame.function));
    if (!whole) return 'no function of a panic was read in its backtrace';
  }
  // Whoever looked the address up in the symbols has named the function.
  if (frames.length === 0) return own.length > 0 || placeSaid(event) !== undefined ? undefined : NO_TRACE;
  if (frames.every((frame) => isNameless(frame.function))) return 'no function of the backtrace is named';
  if (own.length === 0 && event.traceEnd !== 'whole')
    return 'no function of its own was read, nor where the backtrace ends';
  if (frames.some((frame) => frame.unsure === true && own.includes(frame.function)))
    return "a frame could be another CPU's";
  if (damage.some((each) => each.kind === 'garbled' && each.what === MIXED_LINES))
    return 'its lines are mixed with those of another CPU';
  const mixed = damage.find(
    (each) => (each.kind === 'garbled' || each.kind === 'interleaved') && each.what === 'panic messages',
  );
  return mixed?.kind === 'garbled' ? 'its message is likely mixed with another' : undefined;
}

/**
 * Why the frame that met the damage is likely not the one that did it: an allocator looked at free memory,
 * and somebody had written to it before.
 */
function bystander(event: PanicEvent, own: readonly string[]): string | undefined {
  if (own.length === 0) return undefined;
  if (isFoundDamage(event)) return 'the memory was spoilt before';
  if (isSpoiltList(event)) return 'the links of the list were spoilt before';
  return findsLocks(event, own[0]!)
    ? 'it only looks whether locks are held, and they were taken before'
    : undefined;
}

/** Why a text without a function of its own stands alone. */
function alone(event: PanicEvent): string {
  if (event.frames.length === 0) return NO_TRACE;
  if (lacksInnerEnd(event)) return 'the inner end of the backtrace was not read';
  if (isAsleep(event)) return 'the backtrace is of a thread that had left its CPU';
  return 'no function of its own is in the backtrace';
}

/**
 * Adds the verdicts to a report, or to what sorts it.
 *
 * @param event the panic that it is about
 * @param damage as far as the lines tell of it: what is missing decides nothing here
 */
export function judge(report: Triage, event: PanicEvent, damage: readonly Damage[]): void {
  const { ownFrames: own } = report;
  if (isFoundDamage(event)) {
    if (spoiltObject(event) === undefined) report.unbucketed = 'who spoilt the memory is not in the text';
  } else if (own.length === 0 && placeSaid(event) === undefined) report.unbucketed = alone(event);
  const [reason, doubt] = [suppressed(event, own), corrupted(event, own, damage)];
  if (reason !== undefined) report.suppressed = reason;
  if (doubt !== undefined) report.corrupted = doubt;
  const met = bystander(event, own);
  if (met !== undefined) report.bystander = met;
}
