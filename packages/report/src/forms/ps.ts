import type { Builder } from '../builder.js';
import type { Line } from '../line.js';
import { digitsEnd } from '../scan.js';
import type { PsEntry } from '../types.js';
import type { Form } from './form.js';

const ID = 'ps';

/**
 * The table that is being read, by the builder that reads it: its columns, and the process of the latest row.
 */
const tables = new WeakMap<Builder, { heads: readonly string[]; pid: number }>();

/** NetBSD's columns; one of its headings is of three words. */
const NETBSD = ['pid', 'lid', 's', 'cpu', 'flags', 'lwp', 'name', 'wait'];
/** The same before kernels were told apart by CPU there. */
const NETBSD_OLD = NETBSD.filter((each) => each !== 'cpu');
/** Columns that hold numbers in every row. */
const NUMBERS = new Set(['pid', 'tid', 'ppid', 'pgrp', 'uid', 'jid']);
/** FreeBSD numbers its threads from here on. */
const TID_MIN = 100_000;

/**
 * A row of a table of processes or threads: no mail's wrapped line looks like one. A number that does not
 * fill its column has blanks between itself and the star.
 */
const ROW = /^(?:[*>] *)?\d{1,7}(?: +| *> *)\d{1,7} +(?:\d{1,7}|0x[0-9a-f]+|[A-Z][\w+<]{0,4}) /;

/** DDB's `ps`: FreeBSD's of both ages, OpenBSD's, and NetBSD's. The heading tells the columns. */
export const ps: Form = {
  id: ID,
  reads: '`ps` in DDB, by the columns of its heading, with the threads of FreeBSD\u2019s',
  systems: 'all',
  leads: ['pid ', 'tid ', '[new pid '],
  first: '0123456789*>',
  line(line: Line, b: Builder): boolean {
    const { low } = b;
    if (low.startsWith('pid ') || low.startsWith('tid ')) return heading(b);
    if (low.charCodeAt(0) === 91) return listedByDebugger(b);
    const table = tables.get(b);
    if (table === undefined) return false;
    const star = low.charCodeAt(0) === 42 || low.charCodeAt(0) === 62 ? 1 : 0;
    // NetBSD marks the running thread with a `>` of its own, which a long number leaves no blank around.
    const words = line.text
      .slice(star)
      .replace(/^(\d+ *)>/, '$1 > ')
      .split(' ')
      .filter((word) => word !== '' && word !== '>');
    const netbsd = table.heads === NETBSD || table.heads === NETBSD_OLD;
    const entry = netbsd
      ? netbsdRow(table.heads, table.pid, words)
      : (threadRow(table.pid, words) ?? readRow(table.heads, words));
    if (entry === null) return false;
    table.pid = entry.pid;
    // OpenBSD stars the thread that the debugger is in.
    if (table.heads === NETBSD && /^>|^\d+ *> *\d/.test(low)) noteRunning(b, line, entry);
    if (star === 1 && low.charCodeAt(0) === 42 && b.current !== null) starred(b, entry);
    b.process({ ...entry, span: b.span() });
    return true;
  },
  joins(text: string, _next: string, low: string): false | null {
    // A heading is as wide as a line that a mailer cuts, and its rows begin like nothing else.
    return / (?:cmd|command|name|wait)$/.test(low) || ROW.test(text) ? false : null;
  },
};

/** NetBSD marks the thread that runs on each CPU; the CPU stands in its row. */
function noteRunning(b: Builder, { text }: Line, { pid, tid, name }: Omit<PsEntry, 'span'>): void {
  const cpu = /^>?\d+ *(?:> *)?\d+ +\d+ +(\d{1,3}) /.exec(text)?.[1];
  if (b.current === null || cpu === undefined) return;
  const process = b.fact({ pid, ...(tid === undefined ? {} : { tid }), name });
  const rows = b.runningLwps.get(b.current) ?? [];
  if (rows.length < 1024) rows.push({ cpu: Number(cpu), process });
  b.runningLwps.set(b.current, rows);
}

const NAMES_MAX = 1024;

/** DragonFly's debugger on a dump says whom it has found, before all else: `[New pid 512/0, zorpd]` */
function listedByDebugger(b: Builder): boolean {
  const m = /^\[New pid (\d{1,7})\/\d{1,7}, ([^\]]{1,64})\]$/.exec(b.line.text);
  if (m === null) return false;
  b.saw('DragonFly', 2, true);
  const pid = Number(m[1]);
  if (!b.processNames.has(pid) && b.processNames.size < NAMES_MAX) b.processNames.set(pid, m[2]!);
  return true;
}

/** The row says which process the debugger is in; `show proc` may have given its name alone. */
function starred(b: Builder, entry: Omit<PsEntry, 'span'>): void {
  const event = b.current!;
  if (b.elsewhere.has(event) || b.stopsAside.has(event)) return;
  const known = event.process?.value;
  if (known !== undefined && (known.pid !== undefined || known.name !== entry.name)) return;
  event.process = b.fact({
    pid: entry.pid,
    ...(entry.tid === undefined ? {} : { tid: entry.tid }),
    name: entry.name,
  });
}

function heading(b: Builder): boolean {
  const words = b.low.split(' ').filter(Boolean);
  if (words.includes('lid') && words.includes('name')) {
    tables.set(b, { heads: words.includes('cpu') ? NETBSD : NETBSD_OLD, pid: 0 });
    return true;
  }
  if (!words.includes('pid') || !(words.includes('cmd') || words.includes('command'))) return false;
  // The table of running threads that OpenBSD prints on entry is read with the panic; its newer `ps` has both
  // columns of flags as well.
  if (words.includes('prflags') && words[0] === 'tid') {
    tables.delete(b);
    return false;
  }
  tables.set(b, { heads: words, pid: 0 });
  return true;
}

function isNumber(word: string | undefined): word is string {
  return word !== undefined && word !== '' && digitsEnd(word, 0) === word.length;
}

/** The column of NetBSD's addresses. */
const ADDRESS = /^(?:0x)?[0-9a-f]{7,16}$/;

/** A row of NetBSD's, by its heading; of a further thread of the process above, the first column is empty. */
function netbsdRow(
  heads: readonly string[],
  above: number,
  words: readonly string[],
): Omit<PsEntry, 'span'> | null {
  const at = heads.indexOf('lwp');
  const whole = ADDRESS.test(words[at] ?? '') && isNumber(words[0]) && isNumber(words[1]);
  const further = !whole && ADDRESS.test(words[at - 1] ?? '') && isNumber(words[0]);
  if (!whole && !further) return null;
  const [pid, lid, state] = further ? [String(above), ...words] : words;
  const [name, wait] = words.slice(further ? at : at + 1);
  if (name === undefined) return null;
  return {
    pid: Number(pid),
    ...(isNumber(lid) ? { tid: Number(lid) } : {}),
    name,
    state: state!,
    ...(wait === undefined ? {} : { wmesg: wait }),
  };
}

/** A thread of the process above: `100042   Run   CPU 0   [irq16: zorp0]` */
function threadRow(pid: number, words: readonly string[]): Omit<PsEntry, 'span'> | null {
  const [tid, state] = words;
  if (!isNumber(tid) || Number(tid) < TID_MIN || state === undefined || isNumber(state) || words.length < 3)
    return null;
  // A letter for each reason to stand still; the small one is of a suspended thread.
  if (!/^[A-Z]|^s$/.test(state)) return null;
  return { pid, tid: Number(tid), state, ...waitAndName(words.slice(2)) };
}

/** What follows the state: wait message and channel where it sleeps, the CPU where it runs, then the name. */
function waitAndName(rest: readonly string[]): { name: string; wmesg?: string } {
  const clean = (words: readonly string[]): string => words.join(' ').replace(/^[[]|[\]]$/g, '');
  // A thread that is on its way to or from a CPU is on the one of the number -1.
  if (rest[0] === 'CPU' && (isNumber(rest[1]) || rest[1] === '-1')) return { name: clean(rest.slice(2)) };
  if (rest[0] === '(threaded)') return { name: clean(rest.slice(1)) };
  if (rest.length >= 3 && /^0x[0-9a-f]{6,}$|^[c-f][0-9a-f]{7}$/.test(rest[1]!))
    return { wmesg: rest[0]!, name: clean(rest.slice(2)) };
  return { name: clean(rest) };
}

/** States of OpenBSD's table in which a process waits for something. */
const WAITS = new Set(['3', '4']);

/** Columns of flags from `i` on: one in older tables, the process's and the thread's in newer ones. */
function flagColumns(heads: readonly string[], i: number): number {
  let n = 0;
  // OpenBSD has headed one of them `PRLAGS`.
  while (/^(?:flags|prflags|prlags|pflags)$/.test(heads[i + n] ?? '')) n++;
  return n;
}

function readRow(heads: readonly string[], words: readonly string[]): Omit<PsEntry, 'span'> | null {
  if (words.length < 5) return null;
  const at = (name: string): string | undefined => {
    const i = heads.indexOf(name);
    return i < 0 ? undefined : words[i];
  };
  const stateAt = heads.findIndex((each) => each === 'state' || each === 'stat' || each === 's');
  const last = stateAt < 0 ? heads.length - 1 : stateAt;
  for (let i = 0; i < last; i++)
    if (NUMBERS.has(heads[i]!) && !isNumber(words[i]) && words[i] !== '-1') return null;
  const pid = at('pid');
  if (!isNumber(pid)) return null;
  const entry: Omit<PsEntry, 'span'> = { pid: Number(pid), name: '' };
  const [tid, ppid] = [at('tid'), at('ppid')];
  if (isNumber(tid)) entry.tid = Number(tid);
  if (isNumber(ppid)) entry.ppid = Number(ppid);
  const state = words[stateAt];
  if (stateAt >= 0 && state !== undefined) entry.state = state;
  let rest = words.slice(last + 1);
  const flags = flagColumns(heads, stateAt + 1);
  if (flags > 0) {
    rest = rest.slice(flags);
    const waits = rest.length > 1 && state !== undefined && WAITS.has(state);
    if (waits) entry.wmesg = rest[0]!;
    entry.name = rest.slice(waits ? 1 : 0).join(' ');
  } else Object.assign(entry, waitAndName(rest));
  return entry.name === '' ? null : entry;
}
