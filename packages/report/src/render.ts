import type { Report } from './types.js';

/** The report for people. */
export function renderReport(report: Report): string {
  return `${report.title}\n`;
}
