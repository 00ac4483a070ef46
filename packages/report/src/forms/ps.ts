import type { Builder } from '../builder.js';
import type { Line } from '../line.js';
import { digitsEnd } from '../scan.js';
import type { PsEntry } from '../types.js';
import type { Form } from './form.js';

const ID = 'ps';

/** The columns of the table that is being read, by the builder that reads it. */
const columns = new WeakMap<Builder, string[]>();

/** NetBSD's columns; one of its headings is of three words. */
const NETBSD = ['pid', 'lid', 's', 'cpu', 'flags', 'lwp', 'name', 'wait'];

/** DDB's `ps`: FreeBSD's of both ages, OpenBSD's, and NetBSD's. The heading tells the columns. */
export const ps: Form = {
  id: ID,
  reads: '`ps` in DDB, by the columns of its heading',
  systems: 'all',
  leads: ['pid ', 'tid '],
  first: '0123456789*',
  line(line: Line, b: Builder): boolean {
    const { low } = b;
    if (low.startsWith('pid ') || low.startsWith('tid ')) {
      const words = low.split(' ').filter(Boolean);
      if (words.includes('lid') && words.includes('name')) {
        columns.set(b, NETBSD);
        return true;
      }
      if (!words.includes('pid') || !(words.includes('cmd') || words.includes('command'))) return false;
      columns.set(b, words);
      return true;
    }
    const heads = columns.get(b);
    if (heads === undefined) return false;
    const star = low.charCodeAt(0) === 42 ? 1 : 0;
    // NetBSD marks the running thread with a `>` of its own.
    const words = line.text
      .slice(star)
      .split(' ')
      .filter((word) => word !== '' && word !== '>');
    const entry = heads === NETBSD ? netbsdRow(words) : readRow(heads, words);
    if (entry === null) return false;
    b.process({ ...entry, span: b.span() });
    return true;
  },
  joins(_text: string, _next: string, low: string): false | null {
    // A heading is as wide as a line that a mailer cuts, and its rows begin like nothing else.
    return / (?:cmd|command|name|wait)$/.test(low) ? false : null;
  },
};

function netbsdRow(words: readonly string[]): Omit<PsEntry, 'span'> | null {
  const [pid, , state, , , , name, wait] = words;
  if (name === undefined || digitsEnd(pid!, 0) !== pid!.length) return null;
  return { pid: Number(pid), name, state: state!, ...(wait === undefined ? {} : { wmesg: wait }) };
}

/**
 * Reads a row from both ends: a sleeping process fills the columns of its wait message and channel, a running one
 * leaves them empty, and nothing marks the gap.
 */
function readRow(heads: readonly string[], words: readonly string[]): Omit<PsEntry, 'span'> | null {
  const pidAt = heads.indexOf('pid');
  const pid = words[pidAt];
  if (pid === undefined || words.length < 5 || digitsEnd(pid, 0) !== pid.length) return null;
  const entry: Omit<PsEntry, 'span'> = {
    pid: Number(pid),
    name: words[words.length - 1]!.replace(/^[[]|[\]]$/g, ''),
  };
  const ppidAt = heads.indexOf('ppid');
  const ppid = ppidAt < 0 ? undefined : words[ppidAt];
  if (ppid !== undefined && digitsEnd(ppid, 0) === ppid.length) entry.ppid = Number(ppid);
  const stateAt = heads.findIndex((each) => each === 'state' || each === 'stat' || each === 's');
  const state = stateAt < 0 ? undefined : words[stateAt];
  if (state !== undefined) entry.state = state;
  const waitAt = heads.findIndex((each) => each === 'wmesg' || each === 'wait');
  if (waitAt >= 0 && words.length >= heads.length && words[waitAt] !== undefined)
    entry.wmesg = words[waitAt]!;
  return entry;
}
