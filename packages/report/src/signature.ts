import { checkGiven, WANTED } from './given.js';
import { isPoison } from './poison.js';
import { checkAlone, isFoundDamage, spoiltObject } from './found-damage.js';
import { FORMS } from './forms/index.js';
import { isMisnamed } from './culprit.js';
import { byFramePointers, culpritName, findsLocks, unnamedFrames } from './fault-place.js';
import { isBreak, isHelper, isPanicHelper, isWayIn, plainName } from './functions/index.js';
import { stableMessage } from './stable-message.js';
import { fieldOffset } from './operand.js';
import { hexNumber } from './scan.js';
import { trapNameOf } from './trap-names.js';
import type { PanicEvent, SignatureParts, Trap } from './types.js';

const CHAIN_MAX = 24;

/** An address this near to 0 is a field of a structure whose pointer is null. */
export const NULL_PAGE = 0x1000;

/**
 * Names a fault address without giving it: near null, of freed memory, or by the displacement that made it.
 */
function addressClass(event: PanicEvent): string {
  // The BIOS has data of its own at the beginning of memory.
  if (event.trap?.mode?.value === 'vm86') return '';
  const address = event.trap?.faultAddress?.value;
  if (address !== undefined) {
    const value = hexNumber(address);
    if (value < NULL_PAGE)
      return event.trap?.pageOnly === undefined ? `null+0x${value.toString(16)}` : 'near null';
    if (isPoison(address)) return 'of freed memory';
  }
  if (event.stoppedAt?.debugger === true || event.registersOf === 'debugger') return '';
  const offset = fieldOffset(event.stoppedAt?.instruction);
  if (offset === null) return '';
  return offset < 0 ? `pointer-0x${(-offset).toString(16)}` : `pointer+0x${offset.toString(16)}`;
}

/** Whose code was running when a trap came, for a headline. */
export function ranFor({ mode, faultCode }: Trap): string {
  if (mode?.value === 'vm86') return 'vm86 mode';
  return mode?.value ?? (faultCode?.value.by === 'user' ? 'user' : 'kernel');
}

function whatOf(event: PanicEvent): string {
  const { trap } = event;
  if (event.kind === 'trap' && trap !== undefined) {
    const words: string[] = [ranFor(trap)];
    const jump = event.faultPlace?.jump;
    if (jump !== undefined) return `${words[0]} call through a ${jump} pointer`;
    if (trap.faultCode !== undefined) words.push(trap.faultCode.value.access);
    const where = addressClass(event);
    if (where !== '') words.push(where);
    return words.join(' ');
  }
  if (event.kind === 'double-fault') return '';
  if (event.locks.length >= 2 && event.kind === 'lock-order-reversal') {
    const ordered = event.locks.filter((lock) => lock.nth !== undefined);
    const asked = ordered.filter((lock) => lock.part === 'asked for');
    // Two orders that were first seen, and nothing that tells which of them is this one's.
    const open = event.otherTraces.filter((trace) => trace.purpose === 'order').length > 1;
    return [...ordered.filter((lock) => lock.part !== 'asked for'), ...asked]
      .map((lock) => lock.name)
      .join(open ? ' and ' : ' -> ');
  }
  if (event.kind === 'spin-lock-timeout') return spinLockName(event);
  if (event.kind === 'duplicate-lock') return duplicateLock(event);
  const stable = event.details.stable?.value;
  if (typeof stable === 'string') return stable;
  return event.message === undefined ? '' : stableMessage(event.message.value);
}

/** Two locks of one type: the type, or what the first of them is. */
function duplicateLock({ details, locks }: PanicEvent): string {
  const first = locks.find((lock) => lock.nth !== undefined);
  const type = details.type?.value ?? first?.type ?? first?.name;
  return `duplicate lock${typeof type === 'string' && type !== '' ? ` of type ${stableMessage(type)}` : ''}`;
}

/** The lock of one that is held too long is named in a line of its own, or in the message. */
function spinLockName({ details }: PanicEvent): string {
  const lock = details.lock?.value;
  const named = typeof lock === 'string' && !/^(?:\(null\)|)$/.test(lock);
  return `spin lock held too long${named ? `: ${stableMessage(lock)}` : ''}`;
}

/** Whether the trap's number is FreeBSD's and stands for the name that another system printed. */
export function hasBorrowedNumber({ forms }: PanicEvent): boolean {
  if (forms.includes('freebsd-trap')) return false;
  return forms.includes('netbsd-trap') || forms.includes('openbsd-fault');
}

function stableName(name: string): string {
  return name.replace(/\d+/g, '#');
}

/**
 * `trap12`, or the name of a trap where no number is given: on an architecture that has none, and of OpenBSD
 * and NetBSD, whose numbers are others than those that stand for the names while they are read.
 */
function classOf(event: PanicEvent, number: number | undefined): string {
  if (number !== undefined && !hasBorrowedNumber(event)) return `trap${number}`;
  return event.trap?.name === undefined ? 'trap?' : event.trap.name.value.toLowerCase().replaceAll(' ', '-');
}

/** The parts of a signature. They hold no address, so that two runs of one bug on two kernels agree. */
export function signatureParts(event: PanicEvent): SignatureParts {
  checkGiven('signatureParts', { event }, { event: WANTED.event });
  const { frames, boundaries, trap } = event;
  const number = trap?.number?.value;
  const culprit = isFoundDamage(event) ? undefined : culpritName(event);
  const chain: string[] = [];
  // What the debugger did with the breakpoint that a panic enters it by is no part of what happened.
  let first = frames.findLastIndex((each) => isBreak(each.function)) + 1;
  while (first < frames.length - 1 && isPanicHelper(frames[first]!.function)) first++;
  for (let i = first; i < frames.length && chain.length < CHAIN_MAX; i++) {
    const frame = frames[i]!;
    // The symbol behind a call that does not come back; where a writer has left out all places, nobody knows.
    const placed = frames[i + 1]?.offset !== undefined || frames[i + 2]?.offset !== undefined;
    if (i > 0 && placed && isMisnamed(frames, boundaries, i)) continue;
    if (i > first && boundaries.some((each) => each.after === i - 1)) chain.push('|');
    if (!frame.cut || frame.offset !== undefined) chain.push(plainName(frame.function));
  }
  const parts: SignatureParts = {
    class: event.kind === 'trap' ? classOf(event, number) : event.kind,
    what: whatOf(event),
    chain: isFoundDamage(event) ? checkAlone(chain) : chain,
  };
  if (culprit !== undefined) parts.culprit = plainName(culprit);
  const process = event.process?.value;
  if (process?.name !== undefined) parts.process = stableName(process.name);
  else if (process?.idle === true) parts.process = 'idle';
  return parts;
}

/** One line that is the same for the same bug. */
export function signatureText(parts: SignatureParts): string {
  checkGiven('signatureText', { parts }, { parts: WANTED.parts });
  let chain = '';
  for (let i = 0; i < parts.chain.length; i++) {
    const name = parts.chain[i]!;
    chain += name === '|' ? '|' : i === 0 || parts.chain[i - 1] === '|' ? name : `<${name}`;
  }
  return [parts.class, parts.what, parts.culprit ?? '', parts.process ?? '', chain].join('; ');
}

/** The trap's name for a headline. */
export function trapTitle(event: PanicEvent): string {
  const { trap } = event;
  if (trap?.name !== undefined) return trap.name.value;
  const number = trap?.number?.value;
  if (number !== undefined) return trapNameOf(number) ?? `trap ${number}`;
  return trap?.nativeType === undefined ? 'trap' : `trap ${trap.nativeType.value}`;
}

/** What faulted, where it has no name: the function that was called, or code further in. */
export function unnamedCode(event: PanicEvent): string {
  return unnamedFrames(event) > 1 ? 'unnamed code' : 'an unnamed function';
}

/** Where a trap was, for a headline; without a name, who led there. */
function trapPlace(parts: SignatureParts, event: PanicEvent): string {
  const { faultPlace } = event;
  // A stack that was read by frame pointers leaves out the function that jumped, too.
  const at =
    faultPlace?.jump !== undefined &&
    faultPlace.caller === undefined &&
    (faultPlace.lost === true || byFramePointers(event.frames) || isWayIn(parts.culprit ?? ''));
  if (at && parts.culprit !== undefined) return ` in an unnamed function called from ${parts.culprit}`;
  const caller = faultPlace?.caller?.function;
  if (
    faultPlace?.function === undefined &&
    caller !== undefined &&
    faultPlace?.jump === undefined &&
    (!isHelper(caller) || plainName(caller) === parts.culprit)
  )
    return ` in ${unnamedCode(event)} called from ${plainName(caller)}`;
  return parts.culprit === undefined ? '' : ` in ${parts.culprit}`;
}

/** What a lock's, an allocator's or a copy's function called is not theirs, and not the one that is named. */
function metBeyond({ culprit }: SignatureParts, event: PanicEvent): string {
  const { faultPlace: place } = event;
  const caller = place?.caller?.function;
  if (place?.function !== undefined || place?.jump !== undefined || caller === undefined) return '';
  if (culprit === undefined || !isHelper(caller) || plainName(caller) === culprit) return '';
  return `, met in ${unnamedCode(event)} called from ${plainName(caller)}`;
}

/** What a text has of an event of which it does not say what it was. */
export function leftOf({ frames, otherTraces, registers }: PanicEvent): string {
  if (frames.length > 0 || otherTraces.length > 0) return 'backtrace';
  return registers.length > 0 ? 'registers' : 'stop';
}

/** Who met damage that was done before: told, and not blamed. */
export function metBy(event: PanicEvent): string | undefined {
  const met = isFoundDamage(event) ? culpritName(event) : undefined;
  return met === undefined ? undefined : plainName(met);
}

/** Where nothing else is told of the damage, its text is told apart from others by that alone. */
function metIn(event: PanicEvent): string {
  const met = spoiltObject(event) === undefined ? metBy(event) : undefined;
  return met === undefined ? '' : `, met in ${met}`;
}

/** Who only found what somebody else had left has met it. */
const placeIn = (culprit: string, event: PanicEvent): string =>
  `${findsLocks(event, culprit) ? ', met in' : ' in'} ${culprit}`;

/**
 * A headline for people. It holds no address and no process, and is the same for every build.
 * @throws RangeError if those are none
 */
export function titleOf(parts: SignatureParts, event: PanicEvent): string {
  checkGiven('titleOf', { parts, event }, { parts: WANTED.parts, event: WANTED.event });
  const place = parts.culprit === undefined ? metIn(event) : placeIn(parts.culprit, event);
  if (event.kind === 'trap') {
    const at = event.faultPlace?.function;
    // Only a function further in than the culprit is where the fault was met: not the one that it was inlined
    // into.
    const depth = event.frames.findIndex((frame) => frame.function === at);
    const culprit = event.frames.findIndex((frame) => plainName(frame.function) === parts.culprit);
    const inner =
      at !== undefined &&
      depth >= 0 &&
      depth < culprit &&
      plainName(at) !== parts.culprit &&
      !isPanicHelper(at)
        ? `, met in ${plainName(at)}`
        : metBeyond(parts, event);
    return `${trapTitle(event)}${trapPlace(parts, event)} (${parts.what}${inner})`;
  }
  if (event.kind === 'double-fault') return `double fault${trapPlace(parts, event)}`;
  if (event.kind === 'lock-order-reversal')
    return `lock order reversal${parts.what === '' ? '' : `: ${parts.what}`}${place}`;
  if (event.kind === 'unknown') {
    if (event.details.entry !== undefined) return `debugger entered by hand (why was not read)`;
    return `${leftOf(event)}${place} (what happened was not read)`;
  }
  if (event.kind === 'panic' && event.message === undefined)
    return `panic${place} (its message was not read)`;
  const message = parts.what === '' ? event.kind.replaceAll('-', ' ') : parts.what;
  for (const form of FORMS) {
    const headline = form.headline?.(event);
    if (headline !== undefined && headline !== null) return `${headline}: ${message}${place}`;
  }
  return `${event.forms.includes('panic') ? 'panic: ' : ''}${message}${place}`;
}
