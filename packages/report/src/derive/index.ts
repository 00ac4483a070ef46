import type { ParseOptions, Report } from '../types.js';

/** Adds what follows from the facts. */
export function derive(_report: Report, _options: ParseOptions): void {}
