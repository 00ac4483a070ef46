import type { Absent, PanicEvent, Report } from './types.js';

/*
 * What a text may be said to lack. That nothing was read is no proof: a line may stand in a form that nobody
 * knows. So the text itself is asked, and where it has anything that looks like the thing, nothing is said.
 */

/** Signs of a thing in a text, read or not. */
const SIGNS: Record<Absent, RegExp> = {
  message: /\bpanic\b ?(?:\(cpu ?\d{1,4}\) ?|\[cpu\d{1,4}\] ?)?:[ \t]*\S/i,
  // A place in a function that is neither a stop nor a register's, or a numbered line.
  backtrace:
    /^(?!.{0,60}(?:stopped |[re]ip\b|elr\b|\bpc\b|instruction pointer|[:=]\s{0,8}(?:0x)?[0-9a-f]{6,16}))(?:.*[\w)]\+0x[0-9a-f]|[^\w\n]{0,8}#\d{1,3} +\S|[ \t>]{0,8}[a-z_]\w{2,40}\([^)\n]{0,200}\)(?: at |[ \t]{0,8}(?:\+|$|\u2192|->|<-))|.*\bra (?:0x)?[0-9a-f]{8,16} sz )/im,
  version:
    /\b(?:(?:free|open|net|hardened|ghost|midnight|cheri|dragon ?fly ?)bsd|dragonfly|pfsense|opnsense|truenas|freenas|xigmanas|trueos)\b[^\n]{0,40}?\d\.\d|\b\d{1,2}\.\d{1,2}[- ](?:current|stable|release|beta|rc\d|prerelease)\b|\b\d{1,2}-(?:current|stable)\b/i,
  registers:
    /(?:^|\s)(?:[er]?[a-d]x|[er][sd]i|r(?:8|9|1[0-5])|x[12]?\d|[ast]\d{1,2}|[ast]\[\d{1,2}\]|elr|srr0|sepc|d[0-7])(?:[ \t]{0,12}[:=]{1,2}|[ \t])[ \t]{0,24}(?:0x)?[0-9a-f]{2,16}\b/im,
};

/** Where a text with the thing has been read, it is not absent, whatever its lines look like. */
function wasRead(what: Absent, report: Report): boolean {
  const events: readonly PanicEvent[] = [report, ...report.others];
  switch (what) {
    case 'message':
      return events.some((each) => each.message !== undefined);
    case 'backtrace':
      return events.some((each) => each.frames.length > 0 || each.otherTraces.length > 0);
    case 'version':
      return report.kernel !== undefined;
    case 'registers':
      return events.some((each) => each.registers.length > 0);
  }
}

const ALL = Object.keys(SIGNS) as readonly Absent[];

/** What of a report neither was read nor leaves a sign in the text. */
export function absentFrom(text: string, report: Report): Absent[] {
  return ALL.filter((what) => !wasRead(what, report) && !SIGNS[what].test(text));
}
