import type { Span } from '../types.js';

/** One statement about a report, with the places of the text that it rests on. */
export interface Item {
  text: string;
  /** Empty where the statement is about the text as a whole (`no version in the text`). */
  spans: readonly Span[];
  /** What the text is the value of (`fault address`). */
  name?: string;
  /** The reason, where there is more of one than the places. */
  because?: string;
  /** How sure it is, where it is not certain. */
  sure?: string;
  mark?: 'culprit' | 'holds' | 'fails';
}

/** An item that rests on those of the places that there are. */
export function item(text: string, ...places: readonly (Span | undefined)[]): Item {
  return { text, spans: places.filter((each) => each !== undefined) };
}
