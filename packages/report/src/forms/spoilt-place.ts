import type { Builder } from '../builder.js';
import { markPlaceless } from '../culprit.js';
import type { Placed } from '../scan.js';
import type { Frame } from '../types.js';

/** Says of a frame that the number behind its plus has a letter in it: what it was is not known. */
export function noteSpoilt(b: Builder, frame: Frame, { spoilt }: Placed): void {
  if (spoilt === undefined) return;
  markPlaceless(frame);
  b.damage.push({
    kind: 'garbled',
    what: `offset in the line of ${frame.function}`,
    reason: `"${spoilt}" is no number: a letter stands where a digit should`,
    span: frame.span,
  });
}
