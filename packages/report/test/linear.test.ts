import { expect, it } from 'vitest';
import { parseReport } from '../src/index.js';

/** Texts that have brought scanners and regular expressions to their knees. */
const UNITS: Record<string, string> = {
  prose: 'the quick brown fox jumps over the lazy dog and 123\n',
  'one line': 'a',
  'empty lines': '\n',
  frames: 'a(1,2) at a+0x1\n',
  'frames on a line': 'a(1,2) at a+0x1 ',
  'threads on a line': 'TID PID UID PRFLAGS PFLAGS CPU COMMAND 1 2 0 0 0 0 a ',
  'cut frames': 'foo(c1,c2) at\n',
  ampersands: '&',
  'angle brackets': '<b ',
  'quote marks': '> ',
  parentheses: 'f(',
  'carriage returns': '\r',
  'escape sequences': '\u001b[',
  'back quotes': '```',
  'trap heads': 'Fatal trap 12: page fault while in kernel mode\n',
  panics: 'panic: x\n',
  'panics on a line': 'panic: ',
  'numbered frames': '#1 0x1 at a+0x1\n',
  'tar headers': 'ddb.txt ustar',
  locks: ' 1st 0x1 a @ f:1\n',
  registers: 'eax 0 ',
  commands: '"a" run dd if=X where N is ',
  boundaries: '--- trap ',
  stamps: '2024-01-09T09:02:31 ',
  blanks: ' ',
  'two CPUs':
    'KDB: stack backtrace:\nKDB: stack backtrace:\n#0 0x1 at a+0x1\n#0 0x2 at b+0x1\n#1 0x3 at c+0x1\n#1 0x4 at d+0x1\n',
  'CPU prefixes': 'cpu1: panic: a\ncpu2: #0 0x1 at f+0x1\n',
  'quoted-printable': 'Content-Transfer-Encoding: quoted-printable\na=3D=\n',
  'escaped line ends': 'panic: x\\ncpuid = 1\\n',
  strings: '"a": "\\n\\npanic: x\\ncpuid = \\"1\\"\\n", ',
  'back-slashes': '\\ncpuid = 1\\\\\\\\',
  'page directory':
    'trap_pfault(c35f0ee4,0,c38a5bfc) at trap_pfault+0x1ce\npmap_remove(c325faac,0,bfc00000) at pmap_remove+0x5c\n',
};

function cost(text: string): number {
  const start = process.cpuUsage();
  try {
    parseReport(text);
  } catch {
    // Not a report: the time is what is wanted.
  }
  const used = process.cpuUsage(start);
  return (used.user + used.system) / 1000;
}

/** The least of several: noise only adds. */
function best(text: string): number {
  return Math.min(cost(text), cost(text), cost(text));
}

const SMALL = 128 * 1024;
const FACTOR = 8;

for (const [name, unit] of Object.entries(UNITS)) {
  it(`time is linear in the length: ${name}`, { timeout: 120_000 }, () => {
    const small = unit.repeat(Math.ceil(SMALL / unit.length));
    const large = unit.repeat(Math.ceil((SMALL * FACTOR) / unit.length));
    best(small);
    // A quadratic scanner would take 64 times as long; 3 ms is below what the clock tells apart.
    const limit = Math.max(best(small), 3) * FACTOR * 3;
    // A worker that has run many files may collect their garbage meanwhile, several times.
    let least = best(large);
    for (let more = 0; more < 7 && least >= limit; more++) least = Math.min(least, cost(large));
    expect(least).toBeLessThan(limit);
  });
}
