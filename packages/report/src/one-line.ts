/**
 * Reports whose line ends were lost on the way through a web page: a blank stands where a line began. They
 * are broken again in front of what begins a line of a report and does not stand in the middle of one.
 */

/** Shorter lines are left alone: a report whose line ends were lost is longer. */
const SHORTEST = 70;

/** A function of a backtrace with its place: `f(1,2) at f+0x12`, `f() at netbsd:f+0x12`. */
const FRAME =
  /(?:[A-Za-z_][\w.$]{0,80}|0)\([^() ]{0,300}\) at (?:netbsd:)?[A-Za-z_][\w.$]{0,80}\+0x[0-9a-f]{1,8}\b/y;

/** Beginnings of lines that no line has in its middle. */
const BEGINNINGS = [
  'Fatal trap \\d{1,3}: ',
  'Fatal double fault',
  'fault virtual address\\s{0,9}= 0x',
  'fault code\\s{0,9}= \\w',
  '(?:instruction|stack|frame) pointer\\s{0,9}= 0x',
  'code segment\\s{0,9}= base',
  '= DPL \\d',
  'processor eflags\\s{0,9}= ',
  'current process\\s{0,9}= ',
  'trap number\\s{0,9}= ',
  'KDB: (?:stack backtrace:|enter: )',
  '#\\d{1,3} {1,3}0x[0-9a-f]{6,16} (?:at|in) [A-Za-z_]',
  '#\\d{1,3} {1,3}[A-Za-z_]\\w{0,80}\\+0x[0-9a-f]{1,8}\\b',
  '(?:1st|2nd|3rd) 0x[0-9a-f]{6,16} \\S',
  'lock order \\S.{0,160} -> .{1,160} (?:established|attempted|first seen) at:',
  'lock order data w\\d -> w\\d missing',
  '(?:KDB: )?stack backtrace:',
  '--- (?:trap|syscall|interrupt|exception)\\b',
  '\\[ ?thread pid \\d',
  'Stopped at {1,8}[A-Za-z_0][\\w.$]{0,80}(?:\\+0x[0-9a-f]{1,8})?:',
  'Stopped in pid \\d',
  'db\\{\\d{1,3}\\}> ?',
  'ddb(?:\\{\\d{1,3}\\})?> ?',
  'db> ?',
  'uvm_fault\\(0x[0-9a-f]{1,16}, 0x[0-9a-f]{1,16}, ',
  'fatal [a-z ]{4,40} in supervisor mode',
  'trap type \\d{1,3} code ',
  'kernel: page fault trap, code=',
  'panic: ',
  '\\*?cpu\\d{1,3}: (?:uvm_fault\\(0x|kernel: |panic: )',
  'Starting stack trace\\.\\.\\.',
  'End of stack trace\\.',
  'end of kernel\\b',
  'end trace frame: 0x',
  'WARNING: SPL NOT LOWERED',
  'TID PID UID PRFLAGS PFLAGS CPU COMMAND',
  'Trace beginning at frame 0x',
  'Debugger\\("panic"\\)',
  'CPU\\d{1,3} stopping CPUs: ',
  'cpu\\d{1,3}: (?:Begin|End) traceback\\.\\.\\.',
  'curlwp 0x[0-9a-f]{6,16} pid ',
  'cpuid = \\d{1,3}\\b',
  'time = \\d{9,11}\\b',
  '[er][isb]p = 0x[0-9a-f]{6,16}(?= (?!---)|$)',
  'https://www\\.openbsd\\.org/ddb\\.html',
].join('|');
const STRONG = new RegExp(BEGINNINGS, 'y');
/** Such a one behind a blank: one search instead of a look at each word. */
const CANDIDATE = new RegExp(` (?:${BEGINNINGS})`, 'g');

/** A row of OpenBSD's table of running threads begins with two numbers; the last may be cut after them. */
const THREAD_ROW = /\*? ?\d{1,7} {1,3}\d{1,7}\b/y;

/** Inside a row a number follows a number, and the star stands in front of one. */
const INSIDE_ROW = /(?:^| )(?:[\dx]\w{0,12}|\*)$/;

/** Fields of an operand, or a word of a message, may read so in a line that is whole. */
const LEAST = 2;

/** A line that begins so is followed by no more than its own words. */
const HEADS = /^(?:fatal [a-z ]{4,40} in (?:supervisor|user) mode|kernel: page fault trap, code=)/;
/** What the console prints next, glued to a message that had no line end. */
const GLUED =
  /(?<!\\)[^\s"'`(](?:Stopped (?:in pid \d|at {1,8}[A-Za-z_])|KDB: (?:stack backtrace:|enter: )|Debugger\("panic"\)|cpuid = \d)/g;

/**
 * The head of the table of running threads behind the debugger's stop: some ports' disassemblers end no line.
 * No operand has two such words.
 */
const TABLE_HEAD = / (?:TID|PID|ID) +(?:TID|PID|PPID|UID) +[A-Z]/;

/** Where lines begin that were glued to a panic's message. */
function gluedStarts(text: string): number[] {
  const told = text.indexOf('panic: ');
  if (told < 0) return [];
  const out: number[] = [];
  for (const m of text.matchAll(GLUED)) if (m.index > told + 7) out.push(m.index + 1);
  return out;
}

/** Heads of what a kernel prints as it dies, behind which all the rest can stand without a blank between. */
const RUN_TOGETHER = /^(?:fatal (?:trap \d{1,3}: |double fault)|panic: )/i;
/** What begins the lines behind them, whatever letter or digit stands in front. */
const BEHIND =
  /fault virtual address\s{0,20}= 0x|fault code\s{0,20}= \w|(?:instruction|stack|frame) pointer\s{0,20}= 0x|code segment\s{0,20}= base|= DPL \d|processor eflags\s{0,20}= |current process\s{0,20}= |trap number\s{0,20}= |timeout stopping cpus|panic: |cpuid = \d|time = \d{9}|KDB: (?:stack backtrace:|enter: )|#\d{1,3} {1,3}0x[0-9a-f]{6,16} at [A-Za-z_]|Uptime: \d/g;
/** Fewer that are glued to what stands before them can be chance. */
const RUN_MIN = 3;

/** A trap's head behind what the boot was at, which has not ended its line: `Starting ..Fatal trap 12: ..` */
const HEAD_GLUED =
  /[^\s"'`(<>\\](Fatal (?:trap \d{1,3}: [A-Za-z][a-z -]{3,60} while in (?:kernel|user|vm86) mode|(?:data|instruction) abort:|double fault:?))$/;

/** Where the lines began of a report that has lost all of its line ends, and has nothing in their places. */
function runTogether(text: string): number[] {
  // `F`, `P`
  const c = text.charCodeAt(0) | 32;
  if ((c !== 102 && c !== 112) || text.length < SHORTEST || !RUN_TOGETHER.test(text)) return NONE;
  const starts = [...text.matchAll(BEHIND)].map((m) => m.index).filter((at) => at > 0);
  const glued = starts.filter((at) => text.charCodeAt(at - 1) !== 32);
  return glued.length < RUN_MIN ? [] : starts;
}

const FIELD =
  '(?:fault virtual address|fault code|(?:instruction|stack|frame) pointer|code segment|processor eflags|current process|interrupt mask|trap number)\\s{0,20}=';
const A_FIELD = new RegExp(`^(?:${FIELD}|cpuid =)`, 'i');
/** A field of a trap's block behind another: a writer has put both into one line. */
const ANOTHER_FIELD = new RegExp(`[,;] {1,8}(?=${FIELD})`, 'gi');

const NONE: number[] = [];

/** Where further fields begin in a line that is one of a trap's block. */
function joinedFields(text: string): number[] {
  // Each has a sign of its own.
  if (text.indexOf('=', text.indexOf('=') + 1) < 0 || !A_FIELD.test(text)) return NONE;
  const out: number[] = [];
  ANOTHER_FIELD.lastIndex = 0;
  for (let m = ANOTHER_FIELD.exec(text); m !== null; m = ANOTHER_FIELD.exec(text))
    out.push(m.index + m[0].length);
  return out;
}

/** What stands in front of a further beginning, without the mark that parted two fields. */
export const partOf = (text: string): string =>
  A_FIELD.test(text) ? text.trimEnd().replace(/[,;]$/, '') : text.trimEnd();

function begins(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(text);
}

/** The next blank behind which a line may have begun, or any; -1 if there is none. */
function nextBlank(text: string, from: number, any: boolean): number {
  if (any) return text.indexOf(' ', from);
  CANDIDATE.lastIndex = from;
  return CANDIDATE.exec(text)?.index ?? -1;
}

function beginsRow(text: string, from: number): boolean {
  return begins(THREAD_ROW, text, from) && !INSIDE_ROW.test(text.slice(Math.max(0, from - 16), from - 1));
}

/**
 * Where lines began in a line that holds several, without its own beginning; empty where it is one line.
 *
 * @param text a line without its prefixes
 */
export function lostLineEnds(text: string): number[] {
  if (text.startsWith('Stopped at ')) {
    const table = text.search(TABLE_HEAD);
    // Where the rows are there as well, those are told below.
    if (table > 0 && !/\d/.test(text.slice(table))) return [table + 1];
  }
  const head = text.indexOf('Fatal ') > 0 ? HEAD_GLUED.exec(text) : null;
  if (head !== null) return [head.index + 1];
  const run = runTogether(text);
  if (run.length > 0) return run;
  const fields = text.includes('=') ? joinedFields(text) : NONE;
  if (fields.length > 0) return fields;
  const glued = text.includes('panic: ') ? gluedStarts(text) : NONE;
  if (text.length < SHORTEST || glued.length > 0) return glued;
  const found: number[] = [];
  // The last place where a function's own begins: behind it no frame does.
  const framed = text.includes('+0x') ? text.lastIndexOf(') at ') : -1;
  let frames = framed > 0 && begins(FRAME, text, 0) ? 1 : 0;
  // `panic: ` alone, however often, is in sentences too.
  let told = 0;
  let table = text.charCodeAt(0) === 84 && text.startsWith('TID PID UID ');
  for (let at = -1; ; ) {
    // A frame, or the row of a table, can begin with anything.
    at = nextBlank(text, at + 1, table || at + 1 < framed);
    if (at < 0) break;
    const from = at + 1;
    if (from < framed && begins(FRAME, text, from)) {
      frames++;
      table = false;
      found.push(from);
    } else if (begins(STRONG, text, from)) {
      // What one of the CPUs has said, in the debugger's answer to `show panic`.
      if (/\*?cpu\d{1,3}: $/.test(text.slice(Math.max(0, from - 9), from))) continue;
      table = text.startsWith('TID PID', from);
      if (text.startsWith('panic: ', from)) told++;
      found.push(from);
    } else if (table && beginsRow(text, from)) found.push(from);
  }
  if (frames >= LEAST) return found;
  // Of all but a few lines one beginning within is none.
  const enough = found.length >= LEAST || (found.length === 1 && HEADS.test(text));
  return enough && told < found.length ? found : [];
}
