import type { Builder } from '../builder.js';
import type { Line } from '../line.js';
import { canonHex, numberEnd, skipBlanks } from '../scan.js';
import type { Fact, PanicEvent } from '../types.js';
import type { Form } from './form.js';

const ID = 'netbsd-lockdebug';

/**
 * `Mutex error: mutex_vector_enter,543: locking against myself`, and the older form without a line number.
 */
const ERROR =
  /^(?:lockdebug: |lock error: )?(mutex|reader \/ writer lock|rwlock|spinlock|lock)(?: error)?: (\w{3,40})(?:,(\d+))?: ([a-z ]{3,60}?)(?:: lock (0x[0-9a-f]+).*)?$/i;

/** `last locked* : zorp_ioctl+0x5d`; the star says that it is still held. */
const PLACE =
  /^(initialized|last locked|unlocked) ?\*? *: (?:netbsd:)?([A-Za-z_][\w.$]*(?:\+0x[0-9a-f]{1,8})?|0x[0-9a-f]{8,16})$/i;
const PLACES: Record<string, string> = {
  initialized: 'lock initialized at',
  'last locked': 'lock last taken at',
  unlocked: 'lock last released at',
};

/** Where the lock of the error was made, taken and released; of other locks the debugger tells later. */
function lockPlace(line: Line, b: Builder): boolean {
  const m = PLACE.exec(line.text);
  if (m === null || b.current?.kind !== 'lock-error') return false;
  if (b.current.otherTraces.length > 0) return true;
  b.detail(b.current, PLACES[m[1]!.toLowerCase()]!, m[2]!, line.text.length - m[2]!.length);
  return true;
}

/** `current lwp  : 0x.. last held: 0x..`, `owner field  : 0x.. wait/spin: 0/0`. */
const LWPS =
  /^(?:current lwp *: *(0x[0-9a-f]{8,16})(?: +last held: *(0x[0-9a-f]{8,16}))?|owner field *: *(0x[0-9a-f]{8,16}))(?: |$)/;

/** Who asked for the lock of the error, and who has it. */
function lockOwner(b: Builder): boolean {
  const m = LWPS.exec(b.low);
  const { current } = b;
  if (m === null || current?.kind !== 'lock-error') return false;
  if (current.otherTraces.length > 0) return true;
  const [, asks, last, owner] = m;
  if (asks !== undefined) b.detail(current, 'current lwp', canonHex(asks));
  if (last !== undefined) b.detail(current, 'last held by lwp', canonHex(last));
  if (owner !== undefined) b.detail(current, 'owner field', canonHex(owner));
  return true;
}

/** Whose the lock was, where the numbers of both threads are there and equal. */
function explain({ kind, details }: PanicEvent): Explained[] {
  const asks = details['current lwp'];
  if (kind !== 'lock-error' || asks === undefined) return [];
  const owner = [details['owner field'], details['last held by lwp']].find(
    (each) => each?.value === asks.value,
  );
  // Who had it last has it still only where that is the error.
  const isHeld = owner === details['owner field'] || /against myself/.test(String(details.stable?.value));
  if (owner === undefined || !isHeld) return [];
  const text = `the thread that asked for the lock had it already: lwp ${asks.value}`;
  return [{ text, evidence: owner }];
}

type Explained = { text: string; evidence?: Fact<unknown> };

/** NetBSD's lock debugging: an error, then facts on the lock, one or two to a line. */
export const netbsdLockdebug: Form = {
  id: ID,
  reads: 'LOCKDEBUG: lock errors with the lock\u2019s address, owner and places',
  systems: 'NetBSD',
  leads: [
    'mutex error',
    'reader / writer',
    'rwlock error',
    'lock address',
    'spinlock error',
    'initialized ',
    'last locked',
    'unlocked ',
    'current lwp',
    'owner field',
  ],
  line(line: Line, b: Builder): boolean {
    const { low } = b;
    if (low.startsWith('lock address')) {
      if (b.current?.kind !== 'lock-error') return false;
      const colon = low.indexOf(':');
      const at = skipBlanks(low, colon + 1);
      const end = numberEnd(low, at);
      if (end > at) {
        b.current.locks.push({ name: 'lock', address: canonHex(low.slice(at, end)), span: b.span(at, end) });
      }
      return true;
    }
    if (lockPlace(line, b) || lockOwner(b)) return true;
    const m = ERROR.exec(line.text);
    if (m === null) return false;
    b.closeTraps();
    const event = b.begin('lock-error', ID);
    b.saw('NetBSD');
    event.message = b.fact(line.text);
    b.detail(event, 'by', m[2]!);
    b.detail(event, 'stable', `${m[1]}: ${m[4]!.trim()}`);
    return true;
  },
  explain,
  message(text: string) {
    const m = ERROR.exec(text);
    if (m === null) return null;
    const details: Record<string, string | number> = { by: m[2]!, stable: `${m[1]}: ${m[4]!.trim()}` };
    if (m[5] !== undefined) details.lock = canonHex(m[5]);
    return { kind: 'lock-error', details };
  },
};
