import type { Builder } from '../builder.js';
import type { Line } from '../line.js';
import type { DumpState } from '../types.js';
import type { Form } from './form.js';
import { takeHeader } from './kernel-version.js';
import { takePanic } from '../panic-message.js';
import { showPanic } from '../show-panic.js';

const ID = 'dump';

/** The fields of savecore's info file, old and new spellings, by their canonical names. */
const FIELDS: Record<string, string> = {
  architecture: 'architecture',
  'architecture version': 'architecture version',
  'dump length': 'dump length',
  blocksize: 'blocksize',
  compression: 'compression',
  dumptime: 'dumptime',
  hostname: 'hostname',
  magic: 'magic',
  'version string': 'version',
  versionstring: 'version',
  'panic string': 'panic',
  panicstring: 'panic',
  'dump parity': 'parity',
  bounds: 'bounds',
  'dump status': 'status',
};

function state(b: Builder, to: DumpState['state'], detail?: string): true {
  b.dump ??= { state: to, span: b.span() };
  b.dump.state = to;
  b.dump.span = [Math.min(b.dump.span[0], b.span()[0]), Math.max(b.dump.span[1], b.span()[1])];
  if (detail !== undefined) b.dump.detail = detail;
  return true;
}

/** Lines of a dump that is under way. */
const UNDER_WAY = 3;

/** Fields that savecore alone prints: a header is known by them where its first line was left out. */
const DISTINCT = new Set(['architecture version', 'dump length', 'version', 'panic', 'parity']);

/** The most that a header ever held of a message, and the least: what is as long may have been longer. */
const PANIC_FIELD = 192;
const PANIC_FIELD_MIN = 174;

/** What NetBSD's debugger answers to `show panic`; savecore writes the second word with a capital. */
const SHOWN = 'Panic string: ';

/** The message of the panic that the debugger was asked for: no word of a dump. */
function shownString(b: Builder): boolean {
  if (b.current !== null) return showPanic(b, -1);
  const { text } = b.line;
  takePanic(b, text.slice(SHOWN.length), SHOWN.length, text.length);
  b.saw('NetBSD', 1);
  return true;
}

/** The message that somebody has copied out of the header of a dump. */
function quotedString(b: Builder, colon: number): boolean {
  const { text } = b.line;
  const from = colon + 1 + (text.slice(colon + 1).length - text.slice(colon + 1).trimStart().length);
  if (from < text.length) takePanic(b, text.slice(from), from, text.length);
  return true;
}

function headerField(b: Builder): boolean {
  const colon = b.low.indexOf(':');
  if (colon < 0) return false;
  const name = FIELDS[b.low.slice(0, colon).trim()];
  if (name === undefined) return false;
  if (b.dump?.header === undefined && b.line.text.startsWith(SHOWN)) return shownString(b);
  if (b.dump?.header === undefined) {
    if (!DISTINCT.has(name)) return false;
    // Whoever quotes the message alone says nothing of the dump.
    if (name === 'panic') return quotedString(b, colon);
    state(b, 'good');
    b.dump!.header ??= {};
  }
  const text = b.line.text;
  let i = colon + 1;
  while (text.charCodeAt(i) === 32) i++;
  const dump = b.dump!;
  dump.header![name] ??= b.fact(text.slice(i), i);
  dump.span = [dump.span[0], Math.max(dump.span[1], b.span()[1])];
  if (name === 'version' || name === 'architecture') takeHeader(b, name, text.slice(i), i);
  if (name === 'magic' && text.startsWith('FreeBSD', i)) b.saw('FreeBSD', 3);
  if (name === 'status') state(b, text.slice(i).toLowerCase() === 'good' ? 'good' : 'failed', text.slice(i));
  if (name === 'panic' && i < text.length) {
    const before = b.events.length;
    const end = Math.min(text.length, i + PANIC_FIELD);
    takePanic(b, text.slice(i, end), i, end);
    if (end - i >= PANIC_FIELD_MIN && b.messageLine !== null) b.messageLine.fact.likely = true;
    // What else the text tells of is another crash, of whatever kernel.
    if (b.events.length > before) b.headerOfAnother = b.current;
  }
  return true;
}

/** Crash dumps: what the console said while one was written, and savecore's header of one that was. */
export const dump: Form = {
  id: ID,
  reads: 'dump progress and outcome on the console, savecore\u2019s `info.N`',
  systems: 'all',
  leads: [
    'dump',
    'no dump device',
    'cannot dump',
    'good dump',
    '** dump failed',
    'physical memory',
    ...Object.keys(FIELDS),
    'savecore',
  ],
  line(_line: Line, b: Builder): boolean {
    const { low } = b;
    if (low.startsWith('dump header from device') || low.startsWith('good dump found on device')) {
      state(b, 'good');
      b.dump!.header ??= {};
      return true;
    }
    if (low.startsWith('dumping to dev') || low.startsWith('dumping ')) {
      if (low.includes('not possible')) return state(b, 'none', b.line.text);
      if (!/^dumping (?:to dev|\d+ (?:out of|mb))/.test(low)) return false;
      // A text may go on with another panic soon: of a dump that is under way little is printed.
      b.endsBy('the dump was written', 0, b.line.text.length, UNDER_WAY);
      return state(b, 'started', b.line.text);
    }
    if (low.startsWith('dump complete')) return state(b, 'succeeded');
    if (low.startsWith('cannot dump')) return state(b, 'none', b.line.text);
    if (low.startsWith('** dump failed')) return state(b, 'failed', b.line.text);
    return outcome(b) || headerField(b);
  },
  joins(_text: string, _next: string, low: string): false | null {
    // The line of the progress ends when the dump does, however long it is.
    return /^dumping \d+ (?:out of|mb)/.test(low) ? false : null;
  },
};

/** `dump device not configured / not set up`, `dump area unavailable`, `no dump device defined`. */
const NO_DEVICE =
  /^(?:no dump (?:device|area)|dump (?:device|area|partition)\b.{0,40}?\b(?:not (?:configured|set up|set|defined|specified|found|available|enabled)|unavailable|unconfigured|undefined|none)|dumps? (?:are |is |was )?(?:not possible|disabled|not enabled)|dump to dev .{1,30} not possible)\b/;

/** How a dump that was begun came to nothing, by the words of all systems. */
const OUTCOMES =
  /\b(?:device bad|device not ready|(?:device|area|partition) (?:improper|too small)|i\/o error|error \d{1,4}|failed|aborted(?: from console)?|unknown)\b/;

/**
 * `dump 255 254 253 ... succeeded`: the outcome is the last word of the countdown. A line about the device
 * alone tells of no dump that was begun.
 */
function outcome(b: Builder): boolean {
  const { low } = b;
  if (NO_DEVICE.test(low)) return state(b, 'none', b.line.text);
  if (low === 'dump skipping crash dump on recursive panic') return state(b, 'failed', 'recursive panic');
  // Of the countdown nothing else stands between the numbers and the outcome.
  if (
    !/^dump(?: \d+)*(?: (?:succeeded|device|area|partition|i\/o|error \d|aborted|failed|unknown)|$)/.test(low)
  )
    return /^dump(?: \d+)+[ .]*$/.test(low) ? state(b, 'started') : false;
  if (/^dump[ \d]* succeeded/.test(low)) return state(b, 'succeeded');
  const failed = OUTCOMES.exec(low);
  if (failed !== null) return state(b, 'failed', failed[0]);
  return /^dump \d/.test(low) ? state(b, 'started') : false;
}
