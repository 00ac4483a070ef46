import type { Builder } from '../builder.js';
import type { Line } from '../line.js';
import { doubtLatest, takePanic } from '../panic-message.js';
import type { Form, MessageClass } from './form.js';

const DIAGNOSTIC =
  /^kernel (?:diagnostic |debugging )?assertion "(.{1,300}?)" failed: file "([^"]{1,200})",? ?line (\d+)/i;
const ASSERTION = /^Assertion (.{1,300}?) failed at (\S{1,200}?):(\d+)/i;
/** DragonFly's KKASSERT. */
const KKASSERT = /^assertion "(.{1,300}?)" failed in (\w{1,80}) at (\S{1,200}?):(\d+)/i;
const LOCK_STATE =
  /^(?:mutex|lock|rw|sx|lockmgr|mtx|rwlock)? ?(.{1,60}?) (not owned|not locked|not exclusively (?:locked|owned)|not (?:read|write) locked|owned|recursed|locked) (?:at|@) (\S{1,200}?):(\d+)/i;
const RECURSED =
  /^(\w{3,40}): recursed on non-recursive (?:mutex|rwlock|lockmgr|sx) (.{1,60}?) @ (\S{1,200}?):(\d+)/i;
/** lockmgr's own words. */
const RECURSING = /^\w{3,40}: recursing on non recursive lockmgr (0x[0-9a-f]{4,16}) @ (\S{1,200}?):(\d+)/i;
const MYSELF = /^(?:(\w{3,40}): )?locking against myself/i;

function lockMessage(text: string): MessageClass | null {
  const recursed = RECURSED.exec(text) ?? RECURSING.exec(text);
  if (recursed !== null)
    return {
      kind: 'lock-recursion',
      details: { lock: recursed.at(-3)!, file: recursed.at(-2)!, line: Number(recursed.at(-1)) },
    };
  const myself = MYSELF.exec(text);
  if (myself !== null)
    return { kind: 'lock-recursion', details: myself[1] === undefined ? {} : { by: myself[1] } };
  const state = LOCK_STATE.exec(text);
  if (state === null) return null;
  return {
    kind: 'lock-assertion',
    details: { lock: state[1]!, state: state[2]!, file: state[3]!, line: Number(state[4]) },
  };
}

/** What ZFS checks, by its own macros and by those of its elder days. */
const VERIFY = /^VERIFY(?:[03][A-Z]?|_[A-Z]+)?\((.{1,300}?)\) failed\b/;
const SOLARIS = /^solaris assert: (.{1,300}?), file: (\S{1,200}), line: (\d+)/;

function zfsMessage(text: string): MessageClass | null {
  const verify = VERIFY.exec(text);
  if (verify !== null) return { kind: 'assertion', details: { assertion: verify[1]! } };
  const s = SOLARIS.exec(text);
  if (s === null) return null;
  return { kind: 'assertion', details: { assertion: s[1]!, file: unbroken(s[2]!), line: Number(s[3]) } };
}

/** Failed checks as they stand in the middle of a sentence. */
const QUOTED = [
  /\bkernel (?:diagnostic |debugging )?assertion "[^"]{1,200}(?:"[^"]{1,40}")?[^"]{0,100}" failed: file "[^"]{1,200}",? ?line \d+/i,
  /\bassertion [^"\s][^"]{0,200} failed at [\w./-]{1,200}\.[chsS]:\d+/i,
  /\bassertion "[^"]{1,200}" failed in \w{1,80} at [\w./-]{1,200}\.[chsS]:\d+/i,
  /\b(?:mutex|lock|rw|sx|lockmgr|mtx|rwlock) [\w .()-]{1,60} (?:not owned|not locked|not exclusively (?:locked|owned)|not (?:read|write) locked|recursed) (?:at|@) [\w./-]{1,200}\.[chsS]:\d+/i,
  /\brecursed on non-recursive (?:mutex|rwlock|lockmgr|sx) [\w .()-]{1,60} @ [\w./-]{1,200}\.[chsS]:\d+/i,
];

/** The words of a failed check with its place in the sources, wherever in a sentence they stand. */
export function quotedCheck(text: string): { text: string; from: number } | null {
  for (const pattern of QUOTED) {
    const m = pattern.exec(text);
    if (m !== null) return { text: m[0], from: m.index };
  }
  return null;
}

/** A failed check whose place in the sources is still to come. */
const OPENED =
  /\bkernel (?:diagnostic |debugging )?assertion "(?!.{1,300}" failed: file "[^"]{1,200}",? ?line \d)|\bassertion \S.{0,200} failed(?: at(?: [^\s:]*)?| in \w{1,80}(?: at)?)?$/i;

/** Whether a line ends within a failed check, wherever in a sentence it stands. */
export const opensCheck = (text: string): boolean => text.includes('ssertion ') && OPENED.test(text);

/** A path over two lines of a terminal that ends a broken one in a back-slash. */
function unbroken(path: string): string {
  return path.replace(/\\ ?/g, '');
}

/** Assertions that failed: KASSERT and MPASS, diagnostic assertions, assertions on locks. */
export const assertions: Form = {
  id: 'assertions',
  reads: "failed assertions with file and line, and ZFS's; assertions on locks; recursion on locks",
  systems: 'all',
  rest(line: Line, b: Builder): boolean {
    // A writer leaves out the word panic; once a panic is told, its words come again.
    if (b.current !== null || !b.low.includes('assertion ') || b.low.includes('panic')) return false;
    const found = quotedCheck(line.text);
    if (found === null) return false;
    takePanic(b, found.text, found.from, found.from + found.text.length);
    doubtLatest(b);
    return true;
  },
  message(text: string) {
    const d = DIAGNOSTIC.exec(text) ?? ASSERTION.exec(text);
    if (d !== null)
      return { kind: 'assertion', details: { assertion: d[1]!, file: unbroken(d[2]!), line: Number(d[3]) } };
    const k = KKASSERT.exec(text);
    if (k !== null)
      return {
        kind: 'assertion',
        details: { assertion: k[1]!, function: k[2]!, file: k[3]!, line: Number(k[4]) },
        system: 'DragonFly',
      };
    return zfsMessage(text) ?? lockMessage(text);
  },
};
