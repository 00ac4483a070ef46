import type { Builder } from '../builder.js';
import { markPlaceless } from '../culprit.js';
import { isWayIn } from '../functions/index.js';
import type { Frame } from '../types.js';

/* Frames in a shape that no kernel prints: a writer has put them into a few lines of his own. */

const OFFSET_BEHIND = /^\+(0x[0-9a-f]{1,6})$/i;

/** A writer leaves out the second name: `zorp_get()  +0x1c`, in columns. */
export function offsetBehind(b: Builder, frame: Frame, s: string, i: number, form: string): boolean {
  const m = frame.args.length > 0 || s.charCodeAt(i) !== 43 ? null : OFFSET_BEHIND.exec(s.slice(i));
  if (m === null) return false;
  frame.offset = Number.parseInt(m[1]!, 16);
  b.frame(frame, b.trace?.style ?? 'ddb', form);
  return true;
}

const CHAIN = /^(?:(?:->|\u2192) ?[A-Za-z_][\w.$]*\(\) ?){1,12}$/;

/**
 * `zorp_scan() -> kern_zorp() -> sys_zorp()`, in a trace and from the inside outwards, as its end at the way
 * in shows. The arrows of others point from the caller to what it calls.
 */
export function chainOfFrames(b: Builder, frame: Frame, rest: string, form: string): boolean {
  const m = b.trace === null ? null : CHAIN.exec(rest);
  if (m === null) return false;
  const names = rest.match(/[A-Za-z_][\w.$]*(?=\()/g)!;
  if (isWayIn(frame.function) || !isWayIn(names.at(-1)!)) return false;
  for (const name of [frame.function, ...names]) {
    const one: Frame = { function: name, args: [], span: b.span() };
    markPlaceless(one);
    b.frame(one, b.trace!.style, form);
  }
  return true;
}
