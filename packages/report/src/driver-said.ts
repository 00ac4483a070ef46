import type { Builder } from './builder.js';
import { type Line, spanOf } from './line.js';

/*
 * A driver that cannot go on says so, and goes to the debugger by a breakpoint of its own. What it says is
 * what happened: the breakpoint, and the place behind it at which the debugger stops, are the way in.
 */

/** What has happened where a driver has stopped the kernel. */
export const STOPPED_BY_DRIVER = 'driver-stop';

/** `zbic0: timeout`, `zd0(zbic0:0:1:0): drive offline`, `next: aborting asr 0xc0`. */
const SAID = /^([a-z][a-z\d_]{1,15})(?:\([\w:,. -]{1,40}\))?: (?=\S)[^?]{4,200}[^:?]$/;
/** What else begins so: the kernel's own words, a shell's, a boot loader's, a writer's. */
const NO_DRIVER =
  /^(?:kernel|panic|fatal|login|cpu\d*|root|swap|boot\w*|console|note|warning|db|ddb|kdb|sh|csh|mount|init|from|to|cc|subject|date|re|fwd|uname|version|system|machine|http|https|login|syncing|dump\w*)$/;

/** That something is wrong: a kernel that somebody has stopped as it starts has said other things. */
const TROUBLE =
  /\b(?:abort\w*|time(?:d )?-?out|err(?:or)?s?|fail\w*|fatal|dead|die[sd]|hung|stuck|lost|gone|reset\w*|invalid|bad|unexpected|corrupt\w*|halt\w*|overrun|underrun|underflow|overflow|cannot|can't|unable|no response|not respond\w*|offline|debugger|giving up|illegal|wrong|lock ?up|parity|uncorrectable|missing|impossible)\b/i;

/** The line of a driver at once above the one that is read; undefined: there is none. */
function saidAbove({ unread: above, line }: Builder): Line | undefined {
  if (above === null || line.afterBlank || line.row - above.endRow !== 1) return undefined;
  const name = SAID.exec(above.text)?.[1];
  return name === undefined || NO_DRIVER.test(name) || !TROUBLE.test(above.text) ? undefined : above;
}

/**
 * Begins the event that a driver has told of in the line above a breakpoint.
 * @returns whether there is one
 */
export function beginDriverStop(b: Builder, form: string): boolean {
  const said = saidAbove(b);
  if (said === undefined) return false;
  // What was read before it is an event of its own, unless it is waiting for its message.
  const { current } = b;
  if (current !== null && !b.isLater(current) && current.otherTraces.length === 0) return false;
  b.closeTraps();
  const event = b.begin(STOPPED_BY_DRIVER, form);
  event.message = { value: said.text, span: spanOf(said), likely: true };
  event.span = [event.message.span[0], event.span[1]];
  b.unread = null;
  if (b.prose.at(-1) === said) b.prose.pop();
  return true;
}
