import type { Builder } from '../builder.js';
import type { Line } from '../line.js';
import { isHelper } from '../functions/index.js';
import { canonHex, hexOf, isHexPrefix, numberEnd, readFileLine, skipBlanks } from '../scan.js';
import type { Lock, PanicEvent } from '../types.js';
import type { Form } from './form.js';

const ID = 'witness-order';
const NTH = ['1st', '2nd', '3rd', '4th'];

/** What witness says of the order of locks; the machine runs on. */
export const LOCK_ORDERS: ReadonlySet<string> = new Set(['lock-order-reversal', 'duplicate-lock']);

/** Position of the last `@` that introduces a place, or the end. */
function placeMark(s: string): number {
  const at = s.lastIndexOf('@');
  return at < 0 ? s.length : at;
}

/** Where the type in parentheses begins: names and types can have some themselves (`vm map (user)`). */
function typeOpens(name: string): number {
  if (!name.endsWith(')')) return -1;
  let depth = 0;
  for (let i = name.length - 1; i > 0; i--) {
    const c = name.charCodeAt(i);
    if (c === 41) depth++;
    else if (c === 40 && --depth === 0) return name.charCodeAt(i - 1) === 32 ? i - 1 : -1;
  }
  return -1;
}

/**
 * ` 1st 0xADDR name (type) @ file:line`, ` 1st 0xADDR name (name, class) @ file:line` (2008 and later),
 * ` 1st name last acquired @ file:line` (2001), OpenBSD's ` 1st 0xADDR name (&sc->lock)`.
 */
function lockLine(b: Builder, nth: number): boolean {
  const s = b.line.text;
  if (/ (?:1st|2nd|3rd) 0x[0-9a-f]{6}/.test(s.slice(4))) {
    b.mixed ??= b.span();
    if (b.current === null || !isOrder(b.current)) b.begin('lock-order-reversal', ID);
    return true;
  }
  const lock: Lock = { name: '', nth, span: b.span() };
  let i = skipBlanks(s, 3);
  if (isHexPrefix(s, i)) {
    const end = numberEnd(s, i);
    // `0xfffff800...`: somebody has left out the rest of it.
    const left = s.startsWith('...', end) ? 3 : s.charCodeAt(end) === 0x2026 ? 1 : 0;
    if (left === 0) lock.address = canonHex(s.slice(i, end));
    i = skipBlanks(s, end + left);
  }
  const mark = placeMark(s);
  let name = s.slice(i, mark).trim();
  if (name.endsWith(' last acquired')) name = name.slice(0, -' last acquired'.length);
  const open = typeOpens(name);
  if (open > 0) {
    const inner = name.slice(open + 2, -1);
    name = name.slice(0, open);
    const comma = inner.lastIndexOf(', ');
    lock.type = comma > 0 ? inner.slice(0, comma) : inner;
    if (comma > 0) lock.class = inner.slice(comma + 2);
  }
  lock.name = name;
  if (mark < s.length) {
    const place = readFileLine(s, mark + 1);
    if (place !== null)
      lock.at = place.line === undefined ? { file: place.file } : { file: place.file, line: place.line };
  }
  if (lock.name === '' && lock.address === undefined && lock.at === undefined) return false;
  b.order(nth);
  if (b.current === null || !isOrder(b.current)) b.begin('lock-order-reversal', ID);
  b.lock(lock, ID);
  return true;
}

/** Whether an event has locks in the order in which they were taken. */
function isOrder({ kind }: PanicEvent): boolean {
  return LOCK_ORDERS.has(kind);
}

/**
 * `lock order ufs -> devfs established at:`, `... attempted at:`, OpenBSD's `lock order "a"(t) -> "b"(t)
 * first seen at:`
 */
function orderLine(b: Builder): boolean {
  const { low } = b;
  const arrow = low.indexOf(' -> ');
  if (arrow < 0) return false;
  const tail = [' established at', ' attempted at', ' first seen at'].find(
    (each) => low.indexOf(each, arrow) > 0,
  );
  if (tail === undefined) return missingData(b);
  const end = low.indexOf(tail, arrow);
  const event = b.event(ID);
  const which = tail.trim().split(' ')[0]!;
  b.detail(event, `${which} order`, b.line.text.slice('lock order '.length, end), 0);
  if (which === 'first') {
    b.openbsdOrders.add(event);
    b.announce({ purpose: openbsdOrder(event, b.line.text), firstSeen: true });
  } else b.announce({ purpose: which });
  return true;
}

/** `lock order data w2 -> w1 missing`: OpenBSD's witness does not know where an order was first seen. */
function missingData(b: Builder): boolean {
  const m = /^lock order data (w\d -> w\d) missing/.exec(b.low);
  if (m === null) return b.low.startsWith('lock order data');
  const event = b.event(ID);
  b.openbsdOrders.add(event);
  const old = event.details[MISSING];
  if (old === undefined) b.detail(event, MISSING, m[1]!);
  else if (!String(old.value).includes(m[1]!)) old.value = `${old.value}, ${m[1]}`;
  return true;
}

/** Orders of which witness has no data. */
export const MISSING = 'order data missing';

/**
 * OpenBSD gives of every order where it was first seen. That of the locks as they were taken now is checked,
 * and kept, at this very moment unless another lock was taken in between; the other order is the established
 * one.
 */
function openbsdOrder(event: PanicEvent, line: string): 'established' | 'attempted' {
  const m =
    /^lock order (?:\[\d\] )?"?([^"]+?)"?(?: ?\([^()]*\))? -> (?:\[\d\] )?"?([^"]+?)"?(?: ?\([^()]*\))? first/i.exec(
      line,
    );
  const ordered = event.locks.filter((lock) => lock.nth !== undefined);
  const [held, wanted] = [ordered[0], ordered.at(-1)];
  if (m === null || ordered.length !== 2) return 'established';
  const is = (lock: Lock | undefined, name: string) => lock?.type === name || lock?.name === name;
  return is(held, m[1]!) && is(wanted, m[2]!) ? 'attempted' : 'established';
}

/** What may follow the words where they are witness's heading; in a sentence or a subject other words do. */
const HEADING = /^lock order reversal:?\s*(?:\([^()]*\)\s*)*:?(?:\s*(?:kdb: |stack backtrace).*)?$/;

/** Lock order reversals, as witness has printed them since 2000, with two or three locks. */
export const witnessOrder: Form = {
  id: ID,
  reads:
    'lock order reversals: two and three locks, types in parentheses, the order established and attempted',
  systems: 'FreeBSD, OpenBSD',
  leads: ['lock order', 'witness: lock order', 'acquiring duplicate lock', 'where ', ...NTH],
  line(_line: Line, b: Builder): boolean {
    const { low } = b;
    const reversal = low.indexOf('lock order reversal');
    if (reversal >= 0 && reversal < 12 && HEADING.test(low.slice(reversal))) {
      b.closeTraps();
      b.order(0);
      const event = b.begin('lock-order-reversal', ID);
      b.saw(low.startsWith('witness:') ? 'OpenBSD' : 'FreeBSD', 2, low.startsWith('witness:'));
      if (low.startsWith('witness:')) b.openbsdOrders.add(event);
      const open = low.indexOf('(', reversal);
      const close = open < 0 ? -1 : low.indexOf(')', open);
      if (close > open) b.detail(event, 'reason', b.line.text.slice(open + 1, close), open + 1, close);
      return true;
    }
    if (low.startsWith('acquiring duplicate lock')) {
      b.closeTraps();
      b.order(0);
      const event = b.begin('duplicate-lock', ID);
      const type = /"([^"]+)"/.exec(b.line.text);
      if (type !== null) b.detail(event, 'type', type[1]!, type.index + 1, type.index + 1 + type[1]!.length);
      b.saw('FreeBSD');
      return true;
    }
    const nth = NTH.indexOf(low.slice(0, 3));
    if (nth >= 0 && low.charCodeAt(3) === 32) return lockLine(b, nth + 1);
    return low.startsWith('lock order ') ? orderLine(b) : false;
  },
  joins(text: string, next: string, low: string): string | false | null {
    const nth = NTH.indexOf(low.slice(0, 3));
    if (nth < 0 || text.charCodeAt(3) !== 32) return null;
    if (NTH.includes(next.slice(0, 3)) || /^(?:lock order|stack backtrace|kdb:|#\d)/i.test(next)) return null;
    const mark = text.lastIndexOf('@');
    if (mark < 0) return next.includes('@') || /^\(.*\)/.test(next) ? ' ' : null;
    const place = text.slice(mark + 1).trim();
    if (place === '') return next.includes('/') || next.includes('.c') ? ' ' : null;
    return /:$/.test(place) && /^\d+$/.test(next) ? '' : null;
  },
  explain(event: PanicEvent) {
    return event.locks
      .filter((lock) => lock.nth !== undefined)
      .map((lock) => ({
        text: `lock ${lock.nth}: ${lock.name || 'a lock'}${lock.type === undefined ? '' : ` (${lock.type})`}${partText(event, lock)}`,
        evidence: { value: null, span: lock.span },
        before: lock.part === 'held',
      }));
  },
};

/** A lock that is asked for has not been taken. */
function partText(event: PanicEvent, lock: Lock): string {
  const at = lock.at === undefined ? '' : ` at ${placeOf(lock)}`;
  if (lock.part === undefined) return at;
  if (lock.part === 'asked for') return `, asked for${at}`;
  if (at !== '') return `, held, taken${at}`;
  const taker = takerOf(event, lock);
  return taker === undefined ? ', held' : `, held, taken in ${taker}`;
}

/** The list of locks that are held may have the stack of where the same lock was taken below its line. */
function takerOf({ locks, otherTraces }: PanicEvent, { address, nth }: Lock): string | undefined {
  if (address === undefined) return undefined;
  const stack = otherTraces.find(({ purpose, span }) => {
    const above = locks.findLast((each) => each.span[1] <= span[0]);
    return purpose === 'acquired' && above?.address === address && above.nth !== nth;
  });
  const frame = stack?.frames.find(({ function: name }) => !isHelper(name));
  if (frame === undefined) return undefined;
  return frame.offset === undefined ? frame.function : `${frame.function}+${hexOf(frame.offset)}`;
}

function placeOf(lock: Lock): string {
  if (lock.at === undefined) return '';
  return lock.at.line === undefined ? lock.at.file : `${lock.at.file}:${lock.at.line}`;
}
