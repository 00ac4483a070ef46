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
const MYSELF = /^(?:(\w{3,40}): )?locking against myself/i;

function lockMessage(text: string): MessageClass | null {
  const recursed = RECURSED.exec(text);
  if (recursed !== null)
    return {
      kind: 'lock-recursion',
      details: { lock: recursed[2]!, file: recursed[3]!, line: Number(recursed[4]) },
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

/** A path over two lines of a terminal that ends a broken one in a back-slash. */
function unbroken(path: string): string {
  return path.replace(/\\ ?/g, '');
}

/** Assertions that failed: KASSERT and MPASS, diagnostic assertions, assertions on locks. */
export const assertions: Form = {
  id: 'assertions',
  reads: 'failed assertions with file and line; assertions on locks; recursion on locks',
  systems: 'all',
  message(text: string) {
    const d = DIAGNOSTIC.exec(text) ?? ASSERTION.exec(text);
    if (d !== null)
      return { kind: 'assertion', details: { assertion: d[1]!, file: unbroken(d[2]!), line: Number(d[3]) } };
    const k = KKASSERT.exec(text);
    if (k !== null)
      return {
        kind: 'assertion',
        details: { assertion: k[1]!, function: k[2]!, file: k[3]!, line: Number(k[4]) },
      };
    return lockMessage(text);
  },
};
