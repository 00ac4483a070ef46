import type { PanicEvent, Span } from './types.js';

/** An event of which nothing is known yet but what it is, which forms read it, and where. */
export const newEvent = (kind: string, forms: string[], span: Span): PanicEvent => ({
  kind,
  forms,
  frames: [],
  boundaries: [],
  otherTraces: [],
  registers: [],
  locks: [],
  details: {},
  span,
});
