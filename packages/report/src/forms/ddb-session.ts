import type { Builder } from '../builder.js';
import { dropFirst, type Line, wordEndOf } from '../line.js';
import { isNameless, isOptionSymbol } from '../culprit.js';
import { isToldToStop } from '../functions/index.js';
import { canonHex, digitsEnd, isHexPrefix, isSymbolStart, readPlace, skipBlanks } from '../scan.js';
import type { Fact, ProcessFact, StoppedAt } from '../types.js';
import { askDebugger } from './debugger-answers.js';
import { type Form, LETTERS } from './form.js';
import { askedAddress, goesToFrame } from './lldb.js';

const ID = 'ddb-session';

/** Length of a debugger prompt at the start of the line, with the blanks after it; 0 if there is none. */
function promptEnd(low: string): number {
  const first = low.charCodeAt(0);
  if (first !== 40 && first !== 99 && first !== 100) return 0;
  if (low.startsWith('(kgdb)')) return skipBlanks(low, 6);
  if (low.startsWith('(gdb)')) return skipBlanks(low, 5);
  // crash(8)'s.
  if (low.startsWith('crash>')) return skipBlanks(low, 6);
  if (!low.startsWith('db') && !low.startsWith('ddb')) return 0;
  let i = low.startsWith('ddb') ? 3 : 2;
  const c = low.charCodeAt(i);
  if (c === 123 || c === 58) {
    // db{0}>, ddb{1}>, db:0:kdb.enter.default>
    const gt = low.slice(i, i + 60).indexOf('>');
    if (gt < 0) return 0;
    i += gt;
  }
  if (low.charCodeAt(i) !== 62) return 0;
  return skipBlanks(low, i + 1);
}

/** How somebody enters the debugger of a machine that has not panicked. */
const BY_HAND = /^kdb: enter: (?:manual escape|sysctl debug\.kdb\.enter|(?:line )?break\b|break sequence)/;

function isTraceCommand(command: string): boolean {
  return /^(?:t|tr|tra|trac|trace|bt|where|backtrace|alltrace|trace\/t|bt full|tr\/u)(?: |$|\/)/.test(
    `${command} `,
  );
}

/**
 * `Stopped at vm_fault1+0x122: incw 0x3a(%eax)`, `Stopped in pid 0.0 (system) at netbsd:breakpoint+0x5:
 * leave`
 */
function stopped(b: Builder): boolean {
  const s = b.line.text;
  const { low } = b;
  let i = skipBlanks(low, 7);
  let process: ProcessFact | undefined;
  if (low.startsWith('in pid', i)) {
    const p = skipBlanks(low, i + 6);
    const end = digitsEnd(low, p);
    if (end > p) {
      process = { pid: Number(low.slice(p, end)) };
      const dot = low.charCodeAt(end) === 46 || low.charCodeAt(end) === 44 ? digitsEnd(low, end + 1) : end;
      if (dot > end + 1) process.tid = Number(low.slice(end + 1, dot));
      const open = low.indexOf('(', end);
      const close = open < 0 ? -1 : low.indexOf(')', open);
      if (close > open + 1) process.name = s.slice(open + 1, close);
      i = Math.max(close + 1, dot);
      i = skipBlanks(low, i);
    }
  }
  if (!low.startsWith('at', i)) return false;
  i = skipBlanks(low, i + 2);
  const at = readStop(b, i);
  if (at === null) return false;
  if (isRest(at, s.slice(i))) {
    b.damage.push({
      kind: 'garbled',
      what: 'place where the debugger stopped',
      reason: `no more of the line was read than "${s.slice(i, i + REST_SHOWN)}"`,
      span: b.span(),
    });
    return true;
  }
  if (process !== undefined) {
    // The others' debuggers name it on a line of its own, or not at all.
    b.saw('NetBSD', 6, true);
    at.process = process;
  }
  b.order(50);
  b.closeTraps();
  const event = b.event(ID);
  // What has its own words of what happened did not happen where a CPU was told to stop.
  const isTold = event.message !== undefined || event.trap !== undefined;
  if (event.stoppedAt === undefined && isTold && isToldToStop(at.function)) b.stopsAside.add(event);
  event.stoppedAt ??= at;
  if (at.function === 'x86_ipi_db' || at.function === 'db_enter') b.saw('OpenBSD', 2, true);
  const known = event.process?.value;
  if (
    process !== undefined &&
    !b.stopsAside.has(event) &&
    (known === undefined || (known.name === undefined && known.pid === process.pid))
  )
    event.process = b.fact({ ...known, ...process });
  b.breakHere();
  b.announce();
  return true;
}

/** So much of a line is shown that has lost its place. */
const REST_SHOWN = 24;

/**
 * What is left of a line whose place was lost: the end of it (`x32: movq ...`), the instruction alone, or a
 * piece of its operand (`78043(%rip)`).
 */
function isRest({ function: name, offset, address }: StoppedAt, text: string): boolean {
  if (offset !== undefined || address !== undefined || name === '??') return false;
  const isEnd = /^(?:x[0-9a-f]{1,4}(?::|$)|\d|(?:nop|leave|ret|int3|hlt|brk)$)/.test(text);
  return isEnd || /^[\w.$:]+(?:\(| +[^ :]*[%$(,])/.test(text);
}

/** An instruction whose line was cut within an operand. */
function isCutInstruction(text: string): boolean {
  if (/[=,(%$]$/.test(text)) return true;
  let open = 0;
  for (let i = text.indexOf('('); i >= 0; i = text.indexOf('(', i + 1)) open++;
  for (let i = text.indexOf(')'); i >= 0; i = text.indexOf(')', i + 1)) open--;
  return open > 0;
}

/** `symbol+0x12: instruction` from `i`. */
function readStop(b: Builder, i: number): StoppedAt | null {
  const s = b.line.text;
  const place = readPlace(s, i);
  if (place === null) return null;
  const at: StoppedAt = { function: place.function, span: b.span() };
  if (s.startsWith('netbsd:', skipBlanks(s, i))) b.saw('NetBSD', 3, true);
  if (isOptionSymbol(place.function)) at.function = '??';
  else if (place.offset !== undefined) {
    at.offset = place.offset;
    if (place.bare === true) b.barePlaces.push(at);
  } else if (isHexPrefix(s, skipBlanks(s, i)) || place.function === '0' || isNameless(place.function)) {
    at.function = '??';
    at.address = canonHex(place.function);
  }
  const colon = s.indexOf(':', place.end);
  if (colon >= 0 && colon - place.end < 3) {
    const rest = s.slice(colon + 1).trim();
    if (rest !== '' && !isCutInstruction(rest)) at.instruction = rest.split(' ').filter(Boolean).join(' ');
  }
  return at;
}

/**
 * `[thread pid 908 tid 100143 ]`, `Tracing pid 11 tid 100003 td 0x..`, `Tracing command idle pid 11 tid ...`
 */
function thread(b: Builder): boolean {
  const { low } = b;
  const s = b.line.text;
  const pid = numberAfter(low, ' pid ');
  const tid =
    numberAfter(low, ' tid ') ?? (low.startsWith('[thread') ? numberAfter(low, 'thread ') : undefined);
  if (low.charCodeAt(0) === 91) {
    if (pid === undefined && tid === undefined) return false;
    const event = b.event(ID);
    const process: ProcessFact = {};
    if (pid !== undefined) process.pid = pid;
    if (tid !== undefined) process.tid = tid;
    event.process ??= b.fact(process);
    if (pid !== undefined && tid !== undefined) b.addThread(event, pid, tid);
    b.saw('FreeBSD', 2, true);
    return true;
  }
  if (pid === undefined && tid === undefined) return false;
  if (low.includes(' td 0x')) b.saw('FreeBSD', 2, true);
  const about: { pid?: number; tid?: number; name?: string } = {};
  if (pid !== undefined) about.pid = pid;
  if (tid !== undefined) about.tid = tid;
  const c = low.indexOf('command ');
  if (c > 0) {
    const end = low.indexOf(' pid ', c);
    if (end > c + 8) about.name = s.slice(c + 8, end);
  }
  // The trace of another thread was asked for.
  b.breakHere();
  b.announce(about);
  return true;
}

/**
 * `curthread    = 0xfffff80003a1c000: pid 12 tid 100040 "swi1: netisr 2"` of `show pcpu`: the name of a thread
 * that other lines give by number, or who was running.
 */
function curthread(b: Builder): boolean {
  const m =
    /^curthread {1,12}= 0x[0-9a-f]+: pid (\d{1,9})(?: tid (\d{1,9}))?(?: critnest \d+)? "([^"]{1,64})"/i.exec(
      b.line.text,
    );
  if (m === null) return false;
  const process: ProcessFact = { pid: Number(m[1]), name: m[3]! };
  if (m[2] !== undefined) process.tid = Number(m[2]);
  const fact = b.fact(process);
  if (b.threads.length < 1024) b.threads.push(fact);
  b.saw('FreeBSD', 1);
  noteRunning(b, fact);
  return true;
}

/**
 * The thread of the CPU that panicked: of the debugger's own CPU, if no other was asked for. Of another it is
 * known only where the panic gave its number.
 */
function noteRunning(b: Builder, fact: Fact<ProcessFact>): void {
  const { current, cpuAsked: asked } = b;
  if (current === null || asked === 'all' || (asked !== null && (current.cpu?.value ?? asked) !== asked))
    return;
  const known = b.currentThread.get(current);
  if (known === undefined)
    b.currentThread.set(
      current,
      asked !== null && current.cpu === undefined ? { ...fact, likely: true } : fact,
    );
  else if (known?.value.pid !== fact.value.pid || known?.value.tid !== fact.value.tid)
    b.currentThread.set(current, null);
}

/** Which CPU a command asks about; null if it is the debugger's own, or none. */
function cpuAskedBy(low: string): number | 'all' | null {
  const m = /^sh(?:o|ow)? (all)?pcpu(\/a|all)?(?: +(?:0x)?([0-9a-f]{1,3}))?\b/.exec(low);
  if (m === null) return null;
  return m[1] !== undefined || m[2] !== undefined
    ? 'all'
    : m[3] === undefined
      ? null
      : Number.parseInt(m[3], 10);
}

/** `Process 2210 (blatter) at 0x..:` of `show proc`, `Thread 100311 at 0x..:` of `show thread`. */
function showProc(b: Builder): boolean {
  const { current } = b;
  if (b.low.startsWith('proc (')) return openbsdProc(b);
  if (lockHolder(b)) return true;
  const m = /^(?:process (\d{1,9}) \(([^)]{1,64})\) at 0x|thread (\d{1,9}) at 0x)/i.exec(b.line.text);
  if (m === null || current === null) return false;
  const known = current.process?.value;
  if (m[3] !== undefined) return true;
  const pid = Number(m[1]);
  if (known === undefined) current.process = b.fact({ pid, name: m[2]! });
  else if (known.pid === pid && known.name === undefined)
    current.process = { value: { ...known, name: m[2]! }, span: b.span() };
  return true;
}

/** `Process 31999 (zorkd) thread 0xffff8000215c1a20 (201234)`: the locks that follow are held by it. */
function lockHolder(b: Builder): boolean {
  const m = /^process (\d{1,9}) \(([^)]{1,64})\) thread (?:0x)?[0-9a-f]{8,16} ?\((?:tid )?(\d{1,9})\)$/i.exec(
    b.line.text,
  );
  if (m === null) return false;
  b.lockHolder = { pid: Number(m[1]), name: m[2]!, tid: Number(m[3]) };
  if (b.processNames.size < 1024) b.processNames.set(Number(m[1]), m[2]!);
  return true;
}

/**
 * OpenBSD's `PROC (zorkd) tid=266177 pid=61214 tcnt=2 stat=onproc`; without `tid=`, the number is the
 * thread's or not.
 */
function openbsdProc(b: Builder): boolean {
  const m = /^proc \(([^)]{1,64})\)(?: tid=(\d{1,9}))? pid=(\d{1,9})/i.exec(b.line.text);
  if (m === null || b.current === null) return false;
  const process: ProcessFact = { name: m[1]! };
  if (m[2] !== undefined) Object.assign(process, { tid: Number(m[2]), pid: Number(m[3]) });
  if (!b.elsewhere.has(b.current) && !b.stopsAside.has(b.current)) b.current.process ??= b.fact(process);
  b.saw('OpenBSD', 1);
  return true;
}

function numberAfter(low: string, word: string): number | undefined {
  const at = low.indexOf(word);
  if (at < 0) return undefined;
  const end = digitsEnd(low, at + word.length);
  return end > at + word.length ? Number(low.slice(at + word.length, end)) : undefined;
}

/** The location line that ends `show registers`: `vm_fault1+0x122:  incw 0x3a(%eax)` */
function location(b: Builder): boolean {
  const s = b.line.text;
  if (!isSymbolStart(s.charCodeAt(0))) return false;
  const end = wordEndOf(b.line);
  const c = s.charCodeAt(end);
  // Behind a colon stands the name, before it the module; most lines with one are a driver's.
  if (c !== 43 && (c !== 58 || !isSymbolStart(s.charCodeAt(end + 1)))) return false;
  const place = readPlace(s, 0);
  if (place === null || place.offset === undefined || s.charCodeAt(place.end) !== 58) return false;
  const at = readStop(b, 0);
  if (at === null || at.instruction === undefined) return false;
  if (b.examines !== null && b.examines.event === b.current) {
    const { of, answered } = b.examines;
    b.examines.answered = true;
    if (answered) return true;
    b.examined.push({ at, of });
    if (of !== null && !b.located.has(of))
      b.located.set(of, { function: at.function, offset: place.offset, span: at.span });
    return true;
  }
  const event = b.event(ID);
  event.stoppedAt ??= at;
  return true;
}

/** Headings of traces, with the system that prints them where it is one alone. */
const TRACE_HEADS: readonly [head: string, system: 'FreeBSD' | 'OpenBSD' | 'DragonFly' | null][] = [
  ['kdb: stack backtrace', 'FreeBSD'],
  ['stack backtrace', null],
  ['starting stack trace', 'OpenBSD'],
  ['trace beginning at frame', 'DragonFly'],
  ['backtrace:', null],
];

const TRACEBACK = /^cpu(\d{1,4}): (begin|end) traceback/;

/** Headings and ends of traces; null if the line is neither. */
function traceHead(b: Builder, c: number): true | null {
  const { low } = b;
  // `c`, `d`, `e`: none of these.
  for (let i = c > 98 && c < 107 ? TRACE_HEADS.length : 0; i < TRACE_HEADS.length; i++) {
    const [head, system] = TRACE_HEADS[i]!;
    if (head.charCodeAt(0) !== c || !low.startsWith(head)) continue;
    if (system !== null) b.saw(system, 3, true);
    b.order(30);
    // `KDB: stack backtrace of thread 100312:`
    const tid = numberAfter(low, 'stack backtrace of thread ');
    b.announce(tid === undefined ? {} : { tid });
    return true;
  }
  if (c === 99) {
    if (!low.startsWith('cpu')) return null;
    const stopping = /^cpu ?\d+ stopping cpus/.test(low);
    if (stopping) b.saw('DragonFly', 3, true);
    if (stopping) return true;
    const traceback = TRACEBACK.exec(low);
    if (traceback === null) return null;
    b.saw('NetBSD', 3, true);
    const [, cpu, edge] = traceback;
    if (edge === 'begin') {
      // The CPU that panics prints it.
      const { current } = b;
      const from = 'cpu'.length;
      if (current !== null && current.otherTraces.length === 0)
        current.cpu ??= b.fact(Number(cpu), from, from + cpu!.length);
      b.announce();
    } else b.endOfStack();
    return true;
  }
  if (low.startsWith('kdb: enter')) {
    b.saw('FreeBSD', 3, true);
    b.order(40);
    b.endTrace();
    // What entered the debugger is said here even where no other line of it is left.
    if (b.current !== null && /^kdb: enter: panic\b/.test(low)) b.enteredByPanic.add(b.current);
    if (BY_HAND.test(low)) {
      const event = b.unknownEvent(ID);
      if (event.kind === 'unknown') b.detail(event, 'entry', b.line.text.slice('KDB: enter: '.length), 12);
    }
    return true;
  }
  if (low.startsWith('end of stack trace')) {
    b.saw('OpenBSD', 3, true);
    b.endOfStack();
    return true;
  }
  if (low.startsWith('end trace frame') || low.startsWith('end of kernel')) {
    b.saw('OpenBSD', 2, true);
    b.endOfKernel(low.startsWith('end of kernel') || /^end trace frame: 0x0\b/.test(low));
    if (low.startsWith('end trace')) b.endTrace();
    return true;
  }
  return low.startsWith('debugger("') || low.startsWith('kdb: reentering') ? true : null;
}

/**
 * OpenBSD's kernels look at their priority on the way out of each system call and trap, and stop in the
 * debugger if it was not lowered.
 */
const SPL_LEFT = 'warning: spl not lowered on ';

/** A thread that leaves the kernel so, behind a panic: the stop that follows is its own. */
function splLeft({ current, stopsAside }: Builder): boolean {
  if (current !== null && current.stoppedAt === undefined && current.kind !== 'unknown')
    stopsAside.add(current);
  return true;
}

const THREAD = /^\[ ?thread/;

/** First characters of headings and ends of traces: b, c, d, e, k, s, t. */
function canHead(c: number): boolean {
  return (c >= 98 && c <= 101) || c === 107 || c === 115 || c === 116;
}

/**
 * What a debugger prints around its answers: prompts with commands, where it stopped, whose trace follows.
 */
export const ddbSession: Form = {
  id: ID,
  reads: 'debugger sessions: prompts and commands, `Stopped at`, thread lines, headings of traces',
  systems: 'all',
  leads: [
    'db>',
    'db{',
    'db:',
    'ddb>',
    'ddb{',
    'ddb:',
    '(kgdb)',
    '(gdb)',
    'crash>',
    'stopped ',
    '[ thread',
    '[thread',
    'tracing ',
    'kdb: enter',
    'kdb: reentering',
    'end of stack trace',
    'end trace frame',
    'end of kernel',
    'cpu',
    'curthread ',
    'debugger("',
    SPL_LEFT,
    'process ',
    'proc (',
    'thread ',
    '---<<boot>>---',
    'copyright (c) 1992',
    ...TRACE_HEADS.map((each) => each[0]),
  ],
  first: `${LETTERS}_`,
  line(line: Line, b: Builder): boolean {
    const { low } = b;
    const c = low.charCodeAt(0);
    if (c === 100 || c === 40 || (c === 99 && low.startsWith('crash>'))) {
      const prompt = promptEnd(low);
      if (prompt > 0) return session(b, line, prompt);
    }
    if (c === 115 && low.startsWith('stopped')) return stopped(b);
    // A letter of another CPU's line stands in front.
    if (
      low.charCodeAt(1) === 115 &&
      low.startsWith('stopped at ', 1) &&
      /^[A-Za-z]Stopped at +\S+\+0x[0-9a-f]+:/.test(line.text)
    ) {
      b.setLine(dropFirst(line, 1));
      return stopped(b);
    }
    if (c === 99 && low.startsWith('curthread ')) return curthread(b);
    // A bracket, or a `t`.
    if ((c === 91 && THREAD.test(low)) || (c === 116 && low.startsWith('tracing '))) return thread(b);
    if (
      (c === 45 && low.startsWith('---<<boot>>---')) ||
      (c === 99 && low.startsWith('copyright (c) 1992'))
    ) {
      b.bootMark();
      if (c === 99) b.startedAt = b.lineNumber;
      // DragonFly's kernel names whom it comes of, up to that year.
      if (c === 99 && /^copyright \(c\) 1992-20(?!03)\d\d the freebsd project\.?$/.test(low))
        b.saw('FreeBSD', 4, true);
      return true;
    }
    if (
      (c === 112 && (low.startsWith('process ') || low.startsWith('proc ('))) ||
      (c === 116 && low.startsWith('thread '))
    )
      return showProc(b);
    if (c === 119 && low.startsWith(SPL_LEFT)) return splLeft(b);
    if (canHead(c) && traceHead(b, c) !== null) return true;
    return location(b);
  },
  joins(text: string, next: string, low: string): string | false | null {
    if (promptEnd(low) > 0) return false;
    if (low.charCodeAt(0) !== 115 || !low.startsWith('stopped ')) return null;
    if (/ at$/.test(low)) return ' ';
    const i = low.indexOf(' at ');
    if (i < 0) return / in$| pid$|\)$/.test(low) ? ' ' : null;
    const place = readPlace(text, i + 4);
    if (place === null) return null;
    const rest = text.slice(place.end).trim();
    if (place.offset === undefined) return rest === '+' || next.startsWith('+') ? '' : null;
    // The instruction was pushed to the next line; it is a mnemonic, which no other line of a report looks
    // like.
    if (rest === ':') return /^[a-z]{2,9}(?: +[%$*0-9-]| *$)/.test(next) && !next.includes('=') ? ' ' : null;
    return /^: *[a-z]{2,9}$/.test(rest) && /^[%$*(0-9-]/.test(next) ? ' ' : false;
  },
};

/** `x/i 0xc05621da`, `examine/i zorp_poll+0x12` */
const EXAMINES = /^(?:x|ex|exa|examine)(?:\/\w{1,4})?(?:,\w{1,4})? +(\S{1,120})$/;

/** What DDB is asked to show: the line that it answers with is no place where it stopped. */
function examinedBy(b: Builder, low: string): Builder['examines'] {
  const asked = EXAMINES.exec(low)?.[1];
  if (asked === undefined || asked.startsWith('$') || asked === '.') return null;
  const address = /^(?:0x)?([0-9a-f]{6,16})$/.exec(asked)?.[1];
  return {
    event: b.current,
    answered: false,
    of: address === undefined ? null : canonHex(address),
  };
}

/** The prompts of the systems differ a little. */
function promptSigns(b: Builder): void {
  const { low } = b;
  if (low.startsWith('ddb')) b.saw('OpenBSD', 2, true);
  else if (low.startsWith('db{')) b.saw('NetBSD', 2, true);
  else if (low.startsWith('db:')) b.saw('FreeBSD', 2, true);
  else if (low.startsWith('(kgdb)')) b.saw('FreeBSD', 1);
}

/** First words of DDB's commands that may have a colon or a full stop behind what they are given. */
const COMMANDS = /^(?:call|capture|match|p|print|run|script|search|set|w|watch|write|x|examine)\b/;

/**
 * What stands behind DDB's prompt and was not typed there: a driver's line (`zd0: detached`), a sentence of
 * the program around the console (`Connection to zork closed.`). DDB's commands are words in small letters.
 */
function isNoCommand(command: string): boolean {
  if (COMMANDS.test(command)) return false;
  return /^[A-Z][\w-]*,? /.test(command) || /^[\w()-]{2,20}: /.test(command) || / .*\.$|\.{3}$/.test(command);
}

function session(b: Builder, line: Line, prompt: number): boolean {
  const command = line.text.slice(prompt).trim();
  const low = command.toLowerCase();
  // Output that the console put behind a prompt is a line of its own.
  if (/^(?:stopped at|panic: |fatal trap|#\d)/.test(low)) {
    b.setLine(dropFirst(line, prompt));
    return false;
  }
  b.closeTraps();
  b.breakHere();
  promptSigns(b);
  if (line.text.charCodeAt(0) !== 40 && isNoCommand(command)) {
    b.endTrace();
    b.setLine(dropFirst(line, prompt));
    return false;
  }
  if (
    /^(?:sync|(?:boot|reboot)(?: (?:sync|dump))?|dump|call (?:dumpsys|doadump|boot|cpu_reboot)\b.*|panic)$/.test(
      low,
    )
  )
    b.endsBy(`the debugger did as it was told, "${command}"`, prompt, line.text.length);
  b.lockHolder = null;
  b.promptCpu = Number(/^d?db\{(\d{1,3})\}/.exec(b.low)?.[1] ?? -1);
  if (b.promptCpu >= 0 && b.current !== null && !b.promptCpus.has(b.current))
    b.promptCpus.set(b.current, b.fact(b.promptCpu, 0, b.low.indexOf('}')));
  b.showing = low === 'show panic' || low === 'sh panic' ? 'panic' : null;
  b.asked = askedAddress(command);
  b.examines = examinedBy(b, low);
  b.cpuAsked = cpuAskedBy(low);
  if (command !== '') b.command(command, prompt, line.text.length);
  if (line.text.charCodeAt(0) === 40) askDebugger(b, command);
  b.showsFrame = line.text.charCodeAt(0) === 40 && goesToFrame(low);
  if (isTraceCommand(low)) b.announce(b.promptCpu < 0 ? {} : { cpu: b.promptCpu });
  else if (b.showsFrame) return true;
  else if (command !== '') b.endTrace();
  return true;
}
