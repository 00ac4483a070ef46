import type { Builder } from '../builder.js';
import { type Line, spanOf } from '../line.js';
import { digitsEnd, skipBlanks } from '../scan.js';
import { doubtLatest, holdPanic, PANIC_FORM, takePanic } from '../panic-message.js';
import { roleOf } from '../functions/index.js';
import { quotedCheck } from './assertions.js';
import type { Form } from './form.js';

/** Panics that the debugger raises long after the one that matters, or a rump kernel's host over it. */
const SECONDARY = ['from debugger', 'because you said to!', 'sync', 'user kernel panic', 'rumpuser panic'];

/** Panics of the boot loader's library, before there is a kernel. */
const LOADER = /^(?:free|realloc|calloc|malloc): guard\d? ?fail|^zfs?ree: bad|^BTX loader/;

/** What programs in Go and Rust panic with; and the value of a key in a program or a setting. */
const PROGRAM =
  /^(?:runtime error: |called `(?:Option|Result)::|index out of bounds: the len|interface conversion: |assignment to entry in nil map|(?:send on|close of) closed channel|[A-Z][A-Z0-9]*_[A-Z0-9_]+ (?:must be|not|is not|isn't) set\b|(?:\d{1,10}|true|false|null|nil|yes|no|on|off)?[,;{}[\]() ]*$)/;

/** A program in Go has panicked: `goroutine 27 [running]:` */
function goProgram(b: Builder): boolean {
  if (!/^goroutine \d+ \[[\w ,]+\]:$/.test(b.low)) return false;
  const { current } = b;
  // What it said was no kernel's.
  if (current?.kind === 'panic' && current.otherTraces.length === 0 && current.stoppedAt === undefined)
    b.forget(current);
  return true;
}

/** `time = 1700000001` */
function timeLine(b: Builder): boolean {
  const at = skipBlanks(b.low, 6);
  const end = digitsEnd(b.low, at);
  if (end === at || b.current === null) return false;
  if (b.isBelowSecondary()) return true;
  // What stands at once behind the digits says that there were more.
  if (end === b.low.length || b.low.charCodeAt(end) === 32)
    b.current.time ??= b.fact(Number(b.low.slice(at, end)), at, end);
  return true;
}

/** A frame as another system's panic shows it: `zorp.kext: Zorp::get + 0x1ee`. */
const FRAME_PLACE = /^[\w.]+: [\w:~$]+ \+ 0x[0-9a-f]+$/i;

/** What stands before a panic at the head of its line. */
function isHead(low: string, at: number): boolean {
  return /^(?:[\w.-]{0,40} ?login: |[\w.-]{1,32}(?:@[\w.-]{0,32})?:\S{1,64} ?[#$%] |syslogd: |wheel|savecore: |savecore: reboot after (?:panic: )?|savecore \d+ - - reboot after |syncing disks\.\.\. |--- )$/.test(
    low.slice(0, at),
  );
}

/** What kernels say of a file system before they panic over it; a page can have put both into one line. */
const SAID_BEFORE =
  /^(?:\S{1,60}: bad dir ino \d+ at offset \d+: .{1,40} |mode = 0?\d+, inum = \d+, fs = \S{1,60} |dev ?= ?\S{1,40}, block = -?\d+, (?:size|fs|ino) = .{1,60} )$/i;

/** Facts that a file system prints on a line before it panics, by the names that they are given here. */
const SAID_NAMES: Record<string, string> = {
  fs: 'file system',
  dev: 'device',
  ino: 'inode',
  inum: 'inode',
  mode: 'file mode',
  block: 'block',
  bno: 'block',
};
/** `mode = 0100644, inum = 1203, fs = /zorp`, `dev = 0xa804, block = 4021, fs = /zorp` */
const SAID_LINE = /^(?:mode|dev|bno|ino|inum|start) ?= ?\S+,? .{0,100}\bfs = \S+$/;
/** Lines from there to the panic. */
const SAID_LINES = 2;
const said = new WeakMap<Builder, { line: Line; number: number }>();

/** Gives the panic that was just read what the file system said before it. */
function giveSaid(b: Builder): void {
  const before = said.get(b);
  const event = b.current;
  if (before === undefined || event === null || b.lineNumber - before.number > SAID_LINES) return;
  said.delete(b);
  // Of the panics of file systems alone such a line comes before.
  if (!/^\w*(?:ffs|ufs|lfs|ext2fs|inode|blk|dup|free|bad|alloc)\w*/i.test(event.message?.value ?? '')) return;
  for (const m of before.line.text.matchAll(/\b(\w+) ?= ?([^\s,]+)/g)) {
    const name = SAID_NAMES[m[1]!];
    if (name === undefined || event.details[name] !== undefined) continue;
    const at = m.index + m[0].length - m[2]!.length;
    const value = /^\d{1,15}$/.test(m[2]!) && !m[2]!.startsWith('0') ? Number(m[2]) : m[2]!;
    event.details[name] = { value, span: spanOf(before.line, at, at + m[2]!.length) };
  }
}

/**
 * Whether a panic begins in the middle of a line that the console had not ended: `[drm:init] panic: ..`,
 * `usb0: panic: ..`. In a sentence, `panic: ` is a heading or a quotation.
 */
function midLine(b: Builder, at: number): boolean {
  const before = b.line.text.slice(0, at);
  if (SAID_BEFORE.test(before)) return true;
  if (
    at > 60 ||
    // A setting that is named after it: `ddb.onpanic: 1 -> 0`.
    /\w\.\w*$/.test(before) ||
    /(?:^|\s)(?:subject|re|title|synopsis|summary|description|kernel|bug|message|string|reason|error|the|a|with|says?|got|in)\b[^\s]*\s*$/i.test(
      before,
    )
  )
    return false;
  const word = before.trim();
  // A longer name ends in the word: `KERNEL_PANIC: 4,`.
  if (/[_-]$/.test(before)) return false;
  // A word and a blank before it are a driver's (`adb panic: ..`), or a writer's.
  if (/\s$/.test(before) && /^[A-Za-z]+$/.test(word)) return false;
  return /^(?:\[[^\]]{1,40}\]|[\w.-]{1,24}:|\S{1,12})$/.test(word) && !/^[A-Z][a-z]+$/.test(word);
}

/** Whether a quotation mark opens one, by what stands around it. */
function opensQuote(text: string, at: number): boolean {
  return (at === 0 || /[\s(=]/.test(text[at - 1]!)) && /\S/.test(text.slice(at + 1, at + 2));
}

/** Quotations that a line opens and does not close. */
function openQuotes(text: string): number {
  let depth = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1))
    depth += opensQuote(text, at) ? 1 : -1;
  return depth;
}

/** Quotation marks that are not the same at both ends. */
const CURLY = new Map([
  ['\u201c', '\u201d'],
  ['\u201e', '\u201c'],
  ['\u00ab', '\u00bb'],
  ['\u300c', '\u300d'],
]);

/** Where the quotation ends whose mark stands before `at`. */
function endOfQuotation(text: string, at: number, from: number): number | undefined {
  const mark = text[at - 1] ?? '';
  if (mark === '"') return closingQuote(text, from);
  const close = CURLY.get(mark);
  const end = close === undefined ? -1 : text.indexOf(close, from);
  return end < 0 ? undefined : end;
}

/** Where the quotation ends that is open at `from`, if it does. */
function closingQuote(text: string, from: number): number | undefined {
  let depth = 1;
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) {
    depth += opensQuote(text, at) ? 1 : -1;
    if (depth === 0) return at;
  }
  return undefined;
}

/** `kprintf("`, `log.error('` */
const CALL = /\w ?\(l?["'`]$/;

/** What a writer adds to a message in its line, and no kernel says. */
const ADDED =
  /(?:[.;,]|\s[-\u2013\u2014]+|\s\()?\s+\(?(?:fixed (?:in|by|with|since)|introduced (?:in|by)|reported by|submitted by|test scenario|seen (?:in|on|with|by|at) r?\d|(?:was|is) seen[.:]?$).*$/i;

/** The back-tick of the sentence around a message, behind a word of it; one before a word opens a name. */
const CLOSING = /^[^`]*[^\s`(]`/;

/** A message without the sentence that follows on it: `zorp still held. Fixed in r250852.` */
function withoutSentence(message: string): string {
  const closed = message.includes('`') ? CLOSING.exec(message) : null;
  const own = (closed === null ? message : closed[0].slice(0, -1)).replace(/\s*(?:\*\/|-->)$/, '');
  const added = ADDED.exec(own);
  return added === null || added.index === 0 ? own : own.slice(0, added.index).trimEnd();
}

/** A message that a writer has set off as a whole: \`stack of zorp smashed\`. */
const SET_OFF = /^(["'`])([^"'`]+)\1[.,;]?$/;

/** A message without the marks around it, and without the half of a pair that belongs to the sentence. */
function unquoted(message: string, inParenthesis: boolean): string {
  const setOff = SET_OFF.exec(message);
  if (setOff !== null) return setOff[2]!.trim();
  const marks = message.split('"').length - 1;
  if (marks % 2 === 1 && message.startsWith('"')) return message.slice(1).trim();
  if (marks % 2 === 1 && /"[.,;]?$/.test(message)) return message.replace(/"[.,;]?$/, '').trim();
  const open = message.split('(').length - message.split(')').length;
  return inParenthesis && open < 0 && message.endsWith(')') ? message.slice(0, -1).trim() : message;
}

/** `# 20070505 newfs -b 4096 of 32 Mb: panic: lockmgr: locking against myself` */
const COMMENT = /^(?:#|\*|\/[/*]|;|--)\s[^"'\u2018\u201c`]{1,120}: $/;

/** Whether a comment tells of a panic at its end, with the message that may go on. */
export function toldBehindComment(text: string): boolean {
  const at = text.indexOf(' panic: ');
  return at > 0 && COMMENT.test(text.slice(0, at + 1));
}

/** The message at the end of a comment that tells of a panic, if it begins with a function's name. */
function toldInComment(text: string, from: number): { text: string; from: number } | null {
  if (!COMMENT.test(text.slice(0, from - 'panic:'.length))) return null;
  const m = /^\s*((\w{3,40}): \S.{3,120})$/.exec(text.slice(from));
  if (m === null || (!m[2]!.includes('_') && roleOf(m[2]!) === null)) return null;
  return { text: m[1]!, from: m[0].length - m[1]!.length };
}

/** A quotation of a panic that is a trap, whole and with the address where it was: one machine's own. */
function quotedTrap(b: Builder, from: number): { text: string; from: number } | null {
  const { text } = b.line;
  const quote = text[from - 'panic:'.length - 1];
  const end = quote === '`' || quote === '"' ? text.indexOf(quote, from) : -1;
  const message = text.slice(from, Math.max(from, end)).trim();
  return b.classify(message)?.trap?.ip === undefined
    ? null
    : { text: message, from: text.indexOf(message, from) - from };
}

/**
 * A sentence that tells of a failed check of the kernel, with its place in the sources: `fixes panic: mutex
 * zorp not owned at ../../../kern/kern_zorp.c:12`. No sentence has such words but as a quotation.
 */
function toldInSentence(b: Builder, from: number): boolean {
  if (b.current !== null) return false;
  const found =
    quotedCheck(b.line.text.slice(from)) ?? toldInComment(b.line.text, from) ?? quotedTrap(b, from);
  if (found === null) return false;
  const i = from + found.from;
  takePanic(b, found.text, i, i + found.text.length);
  doubtLatest(b);
  return true;
}

/** Words that begin a sentence of a comment, and no message of a kernel. */
const SENTENCE =
  /^(?:this|that|we|you|i|it|it's|when|because|since|otherwise|there|there's|these|those|here|then|so|but|and) /i;

/** What a writer says of the panic in a heading: of himself, or of what stands below; no kernel does. */
export const OF_WRITER =
  /^(?:(?:I|we)(?:'ve|'m|'re)? (?:\w+ )?(?:got|get|getting|have|had|see|saw|seen|am|are|was|were|ran|run|can|could|keep|hit|tried|found|think|believe|upgraded|updated|installed)\b|(?:this|these|those|that|it|here|below|above|following|the following)(?:'s)? (?:is|was|are|were|happens|happened|occurs|occurred|comes|came|one|box|machine|panic|crash|trace)\b|(?:my|our) \w+|(?:got|seen|hit|happens|happened|occurs|occurred) (?:this|it|on|when|with|while|after|during|again)\b|(?:with|on|after|during|when|while|since|upon) (?:the|a|an|my|our|this|boot|every|each|upgrad\w+|updat\w+|install\w+)\b|(?:any (?:ideas?|hints?|help)|help|please)\b)|^(?:any|anyone|anybody|what|why|how|who|where|is|does|do|can|could)\b.*\?$/i;

/** Where the word stands: not at the end of a setting's name (`debug.kdb.panic: 0panic: zorp`). */
function mark(low: string): number {
  const first = low.indexOf('panic:');
  if (first < 2 || low.charCodeAt(first - 1) !== 46) return first;
  const next = low.indexOf('panic:', first + 6);
  return next < 0 ? first : next;
}

/**
 * What programs of the host say on the line of a console that was taken from them: the emulator's serial
 * port, ssh and its kin.
 */
const HOST =
  /(?:serialport: VM (?:disconnected|reset)|client_loop: send disconnect|packet_write_wait: Connection|Connection to \S{1,60} (?:closed|timed out)|Connection (?:reset|closed|aborted) by |Write failed: Broken pipe|Timeout, server \S{1,60} not responding|ssh_exchange_identification: |kex_exchange_identification: |Warning: Permanently added )/;

/** An assertion whose quotation does not end. */
const OPEN_ASSERTION = /^(?:kernel )?(?:diagnostic |debugging )?assertion "[^"]*$/;

/** Says that the message goes on where something else was printed, or nothing. */
function noteCut(b: Builder, message: string, host: string | undefined): void {
  const told = b.current?.message;
  if (told === undefined || told.value !== message) return;
  if (host === undefined && !OPEN_ASSERTION.test(message)) return;
  told.cut = true;
  const reason =
    host === undefined
      ? 'the quotation in it does not end'
      : `what a program of the host says runs into it: "${host.trim()}"`;
  b.cutMessages.set(told, reason);
}

/** Reads the panic in a line that has one. */
function panicAt(line: Line, b: Builder): boolean {
  const { low } = b;
  const at = mark(low);
  if (at > 0 && !isHead(low, at) && !midLine(b, at)) {
    // Behind a quotation mark it is a quotation; behind a digit, what a command had printed before.
    if (!/[a-z_.'"\u2018\u201c`]/.test(low[at - 1]!)) holdPanic(b, at + 6);
    return toldInSentence(b, at + 6);
  }
  if (at < 0 || (at > 40 && !midLine(b, at))) {
    // NetBSD and old kernels name the CPU: `panic (cpu 0): message`
    if (!low.startsWith('panic (cpu') && !low.startsWith('panic(cpu')) return false;
    const colon = low.indexOf(':');
    if (colon < 0) return false;
    takePanic(b, line.text.slice(colon + 1).trim(), colon + 1, line.text.length);
    return true;
  }
  const i = skipBlanks(low, at + 6);
  // In quotation marks it ends with them.
  const quoted = endOfQuotation(line.text, at, i);
  // A call in a program, with the words as they are to be printed.
  if (CALL.test(low.slice(0, at))) return false;
  const whole = withoutSentence(
    unquoted(line.text.slice(i, quoted).trim(), at > 0 && low.charCodeAt(at - 1) === 40),
  );
  const host = HOST.exec(whole);
  const message = host === null ? whole : whole.slice(0, host.index).trimEnd();
  if (message === '') return true;
  if (SECONDARY.includes(message.toLowerCase())) {
    b.secondaryLine = b.lineNumber;
    return true;
  }
  if (LOADER.test(message) || PROGRAM.test(message)) return true;
  if (line.mark !== '' && SENTENCE.test(message)) return true;
  // The next line tells whether a kernel has printed it all the same.
  if (OF_WRITER.test(message)) {
    holdPanic(b, at + 6);
    return true;
  }
  const from = line.text.indexOf(message, i);
  takePanic(b, message, from, from + message.length);
  giveSaid(b);
  noteCut(b, message, host?.[0]);
  // No kernel writes the word so: it is a heading's.
  if (line.text.startsWith('Panic', at) && b.current !== null) b.headed.add(b.current);
  const said = b.current?.message;
  // The console had not ended its line, or this is no line of a kernel.
  if (at > 0 && said?.value === message && !isHead(low, at)) said.likely = true;
  return true;
}

/** A line of C: no message, though somebody has written `panic:` over it. */
const CODE = /^(?:if|for|while|return|else|switch)\b|[;{}]$/;

/** How the line begins that a console shows below a message: none goes on so. */
const NEXT =
  /^(?:#\d|[a-z_]\w*\([^)]*\) at |cpuid|kdb:|stopped|time|uptime|syncing|db|---|debugger|fatal|dump|https?:\/\/|done\.?$|automatic reboot|rebooting(?: in |\.|$)|giving up on |cpu_reset|cpu reset|physical memory: |waiting \(max |the operating system has halted|please press any key)/i;

/** `panic: message`, at the start of a line or after what the console had on it (`login: panic: ...`). */
export const panicLine: Form = {
  id: PANIC_FORM,
  reads: '`panic:` messages, with the CPU and time lines after them; the message decides the kind',
  systems: 'all',
  leads: [
    'panic',
    '"panic:',
    'login: panic',
    'syslogd: panic',
    'savecore ',
    'savecore: ',
    'syncing disks... panic',
    'time =',
    'wheelpanic',
    '--- panic',
    'goroutine ',
    'rump kernel halting',
  ],
  also: ['mode', 'dev ', 'dev=', 'bno ', 'ino ', 'inum', 'star'],
  line(line: Line, b: Builder): boolean {
    const { low } = b;
    if (low.startsWith('goroutine ')) return goProgram(b);
    if (low.startsWith('rump kernel halting')) {
      b.saw('NetBSD', 3, true);
      return true;
    }
    if (!low.includes('panic')) {
      if (low.startsWith('time =')) return timeLine(b);
      if (!SAID_LINE.test(line.text)) return false;
      said.set(b, { line, number: b.lineNumber });
      return true;
    }
    return panicAt(line, b);
  },
  rest(line: Line, b: Builder): boolean {
    // In the middle of a line that the console had not ended, or after a login prompt.
    return b.low.includes('panic: ') && panicAt(line, b);
  },
  joins(text: string, next: string, low: string): string | false | null {
    const at = low.indexOf('panic:');
    const marked = low.startsWith('"panic:') || (at > 0 && isHead(low, at)) ? at : 0;
    if (!low.startsWith('panic:', marked)) return low.startsWith('time =') ? false : null;
    if (NEXT.test(next) || FRAME_PLACE.test(next)) return false;
    // The quotation ends with the line.
    if (low.startsWith('"panic:') && closingQuote(text, 1) !== undefined) return false;
    if (low.length - marked === 6 && CODE.test(next)) return false;
    // A place in the sources is the last of a message that has one.
    if (/[\w)]\.[chsS]:\d{1,6}$/.test(low)) return false;
    // The quotation of an assertion goes on.
    if (openQuotes(text) > 0 && openQuotes(next) < 0) return ' ';
    // A path was broken in a name.
    if (/\/[\w.-]*[_.-]$/.test(text) && /^[\w-]*\.?[chsS]\b/.test(next)) return '';
    if (/(?:^|\s)\/\S*\/[\w-]+$/.test(text) && /^[\w.-]*\/[\w./-]+\.[chsS]\b/.test(next)) return '';
    if (/ fault l\d$/.test(low) && /^with \w+ access/.test(next)) return ' ';
    if (next.startsWith('@') || / failed: file$/.test(low)) return ' ';
    return /[@,;:(]$/.test(text) || / (?:at|of|in|with|from|to|on)$/.test(low) ? ' ' : null;
  },
};
