import type { Builder } from '../builder.js';
import type { Line } from '../line.js';
import { stableMessage } from '../stable-message.js';
import { canonHex, digitsEnd, numberEnd, readFileLine, skipBlanks } from '../scan.js';
import type { Lock, PanicEvent } from '../types.js';
import type { Form } from './form.js';

const ID = 'witness-held';

/** Lock classes as witness names them, longest first. */
const CLASSES = [
  'sleepable after non-sleepable',
  'sleep mutex',
  'spin mutex',
  'spin lock',
  'sx lock',
  'lockmgr',
  'rwlock',
  'rrwlock',
  'kernel_lock',
  'mutex',
  'sx',
  'rw',
  'rm',
];

/**
 * `exclusive sleep mutex Giant (Giant) r = 0 (0xc0..) locked @ file:line`, and 2001's without mode or
 * address.
 */
function heldLock(b: Builder): boolean {
  const s = b.line.text;
  const { low } = b;
  let i = 0;
  let mode: string | undefined;
  for (const word of ['exclusive', 'shared']) {
    if (low.startsWith(`${word} `)) {
      mode = word;
      i = word.length + 1;
    }
  }
  const clazz = CLASSES.find((each) => low.startsWith(`${each} `, i));
  if (mode === undefined || clazz === undefined) return false;
  i = skipBlanks(s, i + clazz.length);
  const r = low.indexOf(' r = ', i);
  const locked = low.indexOf(' locked', i);
  const acquired = low.indexOf(' acquired at', i);
  let end = s.length;
  for (const at of [r, locked, acquired]) if (at >= 0) end = Math.min(end, at);
  if (end === s.length && !/\(/.test(s)) return false;
  const lock: Lock = { mode, class: clazz, name: s.slice(i, end).trim(), span: b.span() };
  const open = lock.name.endsWith(')') ? lock.name.lastIndexOf(' (') : -1;
  if (open > 0) {
    lock.type = lock.name.slice(open + 2, -1);
    lock.name = lock.name.slice(0, open);
  }
  if (r >= 0) readCount(s, low, r + 5, lock);
  const mark = s.indexOf('@', end);
  if (mark >= 0) {
    const place = readFileLine(s, mark + 1);
    if (place !== null)
      lock.at = place.line === undefined ? { file: place.file } : { file: place.file, line: place.line };
  }
  if (b.lockHolder !== null) lock.holder = b.lockHolder;
  b.lock(lock, ID);
  // OpenBSD prints under it where it was taken.
  b.hintAt('acquired');
  return true;
}

/** `r = 0 (0xc0..)`: recursion and address. */
function readCount(s: string, low: string, at: number, lock: Lock): void {
  const end = digitsEnd(low, at);
  if (end > at) lock.recursion = Number(low.slice(at, end));
  const paren = skipBlanks(low, end);
  if (low.charCodeAt(paren) !== 40) return;
  const stop = numberEnd(low, paren + 1);
  if (stop > paren + 1) lock.address = canonHex(s.slice(paren + 1, stop));
}

/** Locks that were held where none may be: in sleep, on the way back to user mode, at a thread's end. */
export const LOCKS_HELD: ReadonlySet<string> = new Set([
  'sleeping-with-locks',
  'returning-with-locks',
  'exiting-with-locks',
]);

/** What a thread did with the locks, by the words before `with the following locks held`. */
function kindOf(doing: string): string {
  if (/\breturning$/.test(doing)) return 'returning-with-locks';
  return /^thread .*\bexiting$/.test(doing) ? 'exiting-with-locks' : 'sleeping-with-locks';
}

/** `X with the following non-sleepable locks held:`, `could sleep with "vm" locked from file:line` */
function warning(b: Builder): boolean {
  const { low } = b;
  const s = b.line.text;
  const with_ = low.indexOf(' with the following');
  if (with_ > 0 && low.includes('locks held', with_)) {
    b.closeTraps();
    const witness = low.startsWith('witness: ');
    const from = low.startsWith('panic: ') ? 7 : witness ? 9 : 0;
    const event = b.begin(kindOf(low.slice(from, with_)), ID);
    b.saw(witness ? 'OpenBSD' : 'FreeBSD', 2, witness);
    event.message = b.fact(s.slice(from), from);
    b.detail(event, 'doing', s.slice(from, with_), from, with_);
    const which = /\bnon-sleepable\b/.test(low) ? ' non-sleepable' : '';
    b.detail(event, 'stable', `${stableMessage(s.slice(from, with_))} with${which} locks held`);
    const quote = s.indexOf('"', from);
    const close = quote < 0 ? -1 : s.indexOf('"', quote + 1);
    if (close > quote && close < with_) b.detail(event, 'on', s.slice(quote + 1, close), quote + 1, close);
    return true;
  }
  const could = low.indexOf('could sleep with "');
  if (could >= 0) {
    b.closeTraps();
    const event = b.begin('sleeping-with-locks', ID);
    b.saw('FreeBSD');
    event.message = b.fact(s);
    const from = could + 'could sleep with "'.length;
    const close = s.indexOf('"', from);
    if (close > from) {
      const lock: Lock = { name: s.slice(from, close), span: b.span(from) };
      const at = low.indexOf('locked from ', close);
      const place = at < 0 ? null : readFileLine(s, at + 12);
      if (place !== null)
        lock.at = place.line === undefined ? { file: place.file } : { file: place.file, line: place.line };
      event.locks.push(lock);
    }
    return true;
  }
  return false;
}

/** The same, where the line was cut behind the number of the thread. */
function isCutSleeping(low: string, at: number): boolean {
  return (
    at === 0 &&
    /^sleeping thread \((?:tid|pid) \d{1,9}(?:, (?:pid|tid)? ?\d{0,9})?\)?(?: owns?\b.{0,30})?$/.test(low)
  );
}

/** `Sleeping thread (tid 100069, pid 0) owns a non-sleepable lock` */
function sleepingThread(b: Builder): boolean {
  const { low } = b;
  const at = low.indexOf('sleeping thread (');
  if (at < 0 || !(low.includes('owns a non-sleepable lock') || isCutSleeping(low, at))) return false;
  b.closeTraps();
  const event = b.begin('sleeping-thread', ID);
  b.saw('FreeBSD');
  event.message = b.fact(b.line.text.slice(at), at);
  for (const key of ['tid', 'pid'] as const) {
    const k = low.indexOf(`${key} `, at);
    if (k < 0) continue;
    const end = digitsEnd(low, k + 4);
    // A number at the very end may have lost its last digits.
    if (end > k + 4 && end < low.length) b.detail(event, key, Number(low.slice(k + 4, end)), k + 4, end);
  }
  return true;
}

/** Whether a line begins like one of a lock that is held. */
function isHeld(low: string): boolean {
  const c = low.charCodeAt(0);
  return (c === 101 && low.startsWith('exclusive ')) || (c === 115 && low.startsWith('shared '));
}

/** The sentences of witness, whatever stands before them. */
function told(b: Builder): boolean {
  const { low } = b;
  if (low.includes('sleep')) {
    if (sleepingThread(b)) return true;
  } else if (!low.includes('locks held')) return false;
  return warning(b);
}

/** Locks of one event that are told of among what happened. */
const HELD_TOLD = 4;

function heldText({ name, type, at }: Lock): string {
  const what = `${name || 'a lock'}${type === undefined || type === name ? '' : ` (${type})`}`;
  if (at === undefined) return `lock held: ${what}`;
  return `lock held: ${what}, taken at ${at.file}${at.line === undefined ? '' : `:${at.line}`}`;
}

/** Locks held where they must not be, and the lock lists of `show locks` and `show alllocks`. */
export const witnessHeld: Form = {
  id: ID,
  reads:
    'sleeping with locks held, non-sleepable locks, sleeping threads that own locks, `show locks`, `show alllocks`',
  systems: 'FreeBSD, OpenBSD',
  leads: ['userret: returning with', 'exclusive ', 'shared ', 'sleeping ', 'panic: sleeping thread ('],
  first: './abcdefghijklmnopqrstuvwxyz',
  line(_line: Line, b: Builder): boolean {
    return isHeld(b.low) ? heldLock(b) : told(b);
  },
  joins(text: string, next: string, low: string): string | false | null {
    const last = low.charCodeAt(low.length - 1);
    // `g`, `s`
    if ((last === 103 || last === 115) && / with the following(?: non-sleepable)?(?: locks)?$/.test(low))
      return /^(?:non-sleepable|locks|held)/.test(next) ? ' ' : null;
    if (!isHeld(low)) return null;
    if (low.includes('@')) return /@$/.test(text) ? ' ' : null;
    return /^(?:@|locked|r =|\(|= \d)/.test(next) && next.includes('@') ? ' ' : null;
  },
  explain({ kind, locks }: PanicEvent) {
    if (!LOCKS_HELD.has(kind)) return [];
    // What the debugger lists for the threads is told of in its own place.
    return locks
      .filter((lock) => lock.nth === undefined && lock.holder === undefined && lock.mode !== undefined)
      .slice(0, HELD_TOLD)
      .map((lock) => ({ text: heldText(lock), evidence: { value: null, span: lock.span }, before: true }));
  },
  message(text: string) {
    const low = text.toLowerCase();
    if (low.startsWith('sleeping thread')) return { kind: 'sleeping-thread' };
    const m = /^sleeping with (\S+) held/.exec(low);
    if (m !== null) return { kind: 'sleeping-with-locks', details: { lock: m[1]! } };
    if (low.startsWith('blockable sleep lock')) return { kind: 'sleeping-with-locks' };
    if (low.startsWith('system call') && low.includes('returning with'))
      return { kind: 'returning-with-locks' };
    return null;
  },
};
