import type { Libc, Program, User } from '../libc.js';
import { left, right, strftime } from '../lib/fmt.js';
import { userName } from '../lib/files.js';
import {
  FSCALE,
  MAXSLP,
  type Proc,
  processArgs,
  processes,
  PS_INMEM,
  PS_SINTR,
  P_PPWAIT,
  P_SYSTEM,
  P_WEXIT,
  PZERO,
  SIDL,
  SMTX,
  SRUN,
  SSLEEP,
  SSTOP,
  SWAIT,
  SZOMB,
} from '../lib/kinfo.js';
import { sysctlInt } from '../lib/sysctl.js';

const USAGE = 'ps [-acjlmruvwx] [-O fmt] [-o fmt] [-p pid] [-U user]\n       ps -L';
const KB_PER_PAGE = 4;
/** Columns of a line, by the number of w options; there is no telling how wide the console is. */
const LINE_WIDTHS = [79, 131, Number.POSITIVE_INFINITY];
const HOUR = 3600;

/** What the columns need besides the process. */
interface World {
  now: number;
  /** Pages of memory in all. */
  memory: number;
  foreground: number;
  /** What each process executed, by pid. */
  args: Map<number, string[]>;
}

interface Column {
  header: string;
  width: number;
  left?: boolean;
  show(p: Proc, w: World): string;
}

/** The STAT column: state, then what else is worth a letter. */
export function stateLetters(p: Proc, w: Pick<World, 'foreground'>): string {
  let s = '?';
  switch (p.stat) {
    case SSTOP:
      s = 'T';
      break;
    case SSLEEP:
      if ((p.sflag & PS_SINTR) !== 0) s = p.slptime >= MAXSLP ? 'I' : 'S';
      else s = 'D';
      break;
    case SRUN:
    case SIDL:
      s = 'R';
      break;
    case SWAIT:
      s = 'W';
      break;
    case SMTX:
      s = 'M';
      break;
    case SZOMB:
      s = 'Z';
      break;
  }
  if ((p.sflag & PS_INMEM) === 0 && p.stat !== SZOMB) s += 'W';
  if (p.nice < 0) s += '<';
  else if (p.nice > 0) s += 'N';
  if ((p.flag & P_WEXIT) !== 0 && p.stat !== SZOMB) s += 'E';
  if ((p.flag & P_PPWAIT) !== 0) s += 'V';
  if ((p.flag & P_SYSTEM) !== 0 || p.lock > 0) s += 'L';
  if (p.sid === p.pid && (p.flag & P_SYSTEM) === 0) s += 's';
  if (w.foreground !== 0 && p.pgid === w.foreground) s += '+';
  return s;
}

/** m:ss.cc */
function cpuTime(micros: number): string {
  const hundredths = Math.round(micros / 10_000);
  const seconds = Math.floor(hundredths / 100);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}.${String(hundredths % 100).padStart(2, '0')}`;
}

/**
 * The arguments; behind them in parentheses the program's name if the first argument is another. Processes of the system, those that
 * are no more and those whose arguments are too long to be kept have only that.
 */
function command(p: Proc, w: World): string {
  const args = p.stat === SZOMB ? [] : (w.args.get(p.pid) ?? []);
  if (args.length === 0) return `(${p.comm})`;
  const called = args[0]!.replace(/^-/, '').split('/').at(-1);
  return called === p.comm ? args.join(' ') : `${args.join(' ')} (${p.comm})`;
}

/** Everybody but the system's own processes and init has the console: there is no other terminal. */
function hasTerminal(p: Proc): boolean {
  return (p.flag & P_SYSTEM) === 0 && p.pid > 1;
}

function waitingFor(p: Proc): string {
  if (p.stat === SMTX) return `*${p.mtxname}`.slice(0, 6);
  return p.wmesg !== '' && p.stat === SSLEEP ? p.wmesg.slice(0, 6) : '-';
}

function started(p: Proc, w: World): string {
  if (p.start === 0) return '-';
  const age = w.now - p.start;
  return strftime(age < 24 * HOUR ? '%l:%M%p' : age < 7 * 24 * HOUR ? '%a%I%p' : '%e%b%y', p.start);
}

/** Seconds since it was swapped in or out fall off after 127, as in 2001. */
const upTo127 = (n: number): string => String(Math.min(n, 127));

const COLUMNS: Record<string, Column> = {
  '%cpu': { header: '%CPU', width: 4, show: (p) => ((100 * p.pctcpu) / FSCALE).toFixed(1) },
  '%mem': { header: '%MEM', width: 4, show: (p, w) => ((100 * p.rssize) / w.memory).toFixed(1) },
  command: { header: 'COMMAND', width: 16, left: true, show: command },
  cpu: { header: 'CPU', width: 3, show: (p) => String(p.estcpu) },
  flags: { header: 'F', width: 7, show: (p) => p.flag.toString(16) },
  jobc: { header: 'JOBC', width: 4, show: () => '0' },
  lim: { header: 'LIM', width: 5, show: () => '-' },
  mwchan: { header: 'MWCHAN', width: 6, left: true, show: waitingFor },
  nice: { header: 'NI', width: 2, show: (p) => String(p.nice) },
  paddr: { header: 'PADDR', width: 8, show: (p) => p.paddr.toString(16) },
  pgid: { header: 'PGID', width: 5, show: (p) => String(p.pgid) },
  pid: { header: 'PID', width: 5, show: (p) => String(p.pid) },
  ppid: { header: 'PPID', width: 5, show: (p) => String(p.ppid) },
  pri: { header: 'PRI', width: 3, show: (p) => String(p.priority - PZERO) },
  re: { header: 'RE', width: 3, show: (p) => upTo127(p.swtime) },
  rss: { header: 'RSS', width: 4, show: (p) => String(p.rssize * KB_PER_PAGE) },
  sess: { header: 'SESS', width: 6, show: (p) => String(p.sid) },
  sl: { header: 'SL', width: 3, show: (p) => upTo127(p.slptime) },
  start: { header: 'STARTED', width: 8, left: true, show: started },
  state: { header: 'STAT', width: 4, left: true, show: stateLetters },
  time: { header: 'TIME', width: 9, show: (p) => cpuTime(p.runtime) },
  tsiz: { header: 'TSIZ', width: 4, show: (p) => String(p.tsize * KB_PER_PAGE) },
  tt: { header: 'TT ', width: 4, show: (p) => `${hasTerminal(p) ? 'con' : '??'} ` },
  ucomm: { header: 'UCOMM', width: 16, left: true, show: (p) => p.comm },
  uid: { header: 'UID', width: 5, show: (p) => String(p.uid) },
  user: { header: 'USER', width: 8, left: true, show: (p) => userName(p.uid) },
  vsz: { header: 'VSZ', width: 5, show: (p) => String(p.vsize >>> 10) },
  wchan: { header: 'WCHAN', width: 6, left: true, show: waitingFor },
  xstat: { header: 'XSTAT', width: 5, show: (p) => p.xstat.toString(16) },
};
const ALIASES: Record<string, string> = {
  args: 'command',
  comm: 'ucomm',
  cputime: 'time',
  etime: 'time',
  f: 'flags',
  ni: 'nice',
  pcpu: '%cpu',
  pmem: '%mem',
  rssize: 'rss',
  stat: 'state',
  tty: 'tt',
  vsize: 'vsz',
};
const FORMATS = {
  default: 'pid,tt,state,time,command',
  j: 'user,pid,ppid,pgid,sess,jobc,state,tt,time,command',
  l: 'uid,pid,ppid,cpu,pri,nice,vsz,rss,mwchan,state,tt,time,command',
  u: 'user,pid,%cpu,%mem,vsz,rss,tt,state,start,time,command',
  v: 'pid,state,time,sl,re,vsz,rss,lim,tsiz,%cpu,%mem,command',
} as const;

interface Options {
  all: boolean;
  withoutTerminal: boolean;
  commOnly: boolean;
  wide: number;
  sort: 'pid' | 'cpu' | 'memory';
  format: string;
  extra: string;
  pid: number | undefined;
}

function* parseOptions(c: Libc): User<Options> {
  const o: Options = {
    all: false,
    withoutTerminal: false,
    commOnly: false,
    wide: 0,
    sort: 'pid',
    format: FORMATS.default,
    extra: '',
    pid: undefined,
  };
  const args = c.argv.slice(1);
  for (let i = 0; i < args.length; i++) {
    const letters = args[i]!.replace(/^-/, '');
    for (let k = 0; k < letters.length; k++) {
      const letter = letters[k]!;
      if ('oOp'.includes(letter)) {
        const value = letters.slice(k + 1) || args[++i];
        if (value === undefined) return yield* c.usage(USAGE);
        if (letter === 'p') [o.pid, o.all, o.withoutTerminal] = [Number(value), true, true];
        else if (letter === 'o') o.format = value;
        else o.extra = value;
        break;
      }
      if (/\d/.test(letter)) {
        [o.pid, o.all, o.withoutTerminal] = [Number(letters.slice(k)), true, true];
        break;
      }
      if (!(yield* letterOption(c, o, letter))) return yield* c.usage(USAGE);
    }
  }
  return o;
}

function* letterOption(c: Libc, o: Options, letter: string): User<boolean> {
  if (letter === 'a' || letter === 'A') o.all = true;
  if (letter === 'x' || letter === 'A') o.withoutTerminal = true;
  else if (letter === 'c') o.commOnly = true;
  else if (letter === 'w') o.wide++;
  else if (letter === 'm') o.sort = 'memory';
  else if (letter === 'r') o.sort = 'cpu';
  else if (letter === 'j' || letter === 'l' || letter === 'u' || letter === 'v') {
    o.format = FORMATS[letter];
    if (letter === 'u') o.sort = 'cpu';
    if (letter === 'v') o.sort = 'memory';
  } else if (letter === 'L') {
    yield* c.print(`${Object.keys(COLUMNS).sort().join(' ')}\n`);
    return yield* c.leave(0);
  }
  return 'aAxcmrjluvwh'.includes(letter);
}

function* columnsOf(c: Libc, o: Options): User<Column[]> {
  const names = o.format.split(/[, ]+/);
  if (o.extra !== '') names.splice(1, 0, ...o.extra.split(/[, ]+/));
  const out: Column[] = [];
  for (const word of names) {
    const [name, header] = word.split('=') as [string, string | undefined];
    const column = COLUMNS[ALIASES[name] ?? name];
    if (column === undefined) return yield* c.fail(`${name}: keyword not found`);
    out.push(header === undefined ? column : { ...column, header });
  }
  return out;
}

function order(list: Proc[], by: Options['sort']): Proc[] {
  const key = (p: Proc): number => (by === 'cpu' ? -p.pctcpu : by === 'memory' ? -p.rssize : 0);
  return [...list].sort((a, b) => key(a) - key(b) || a.pid - b.pid);
}

/** One line; the last column is not padded but cut where the line ends. */
function line(table: Column[], cells: string[], widths: number[], width: number): string {
  return table
    .map((col, i) => {
      const last = i === table.length - 1;
      return col.left === true
        ? last
          ? cells[i]!
          : left(cells[i]!, widths[i]!)
        : right(cells[i]!, widths[i]!);
    })
    .join(' ')
    .slice(0, width)
    .trimEnd();
}

/** ps(1): a, c, j, l, m, o, O, p, r, u, v, x and L, with or without a dash. */
export const ps: Program = function* (c) {
  const o = yield* parseOptions(c);
  const list = yield* processes(c, o.pid);
  if (typeof list === 'number') return yield* c.fail(`kern.proc: ${c.strerror(list)}`);
  const table = yield* columnsOf(c, o);
  if (o.commOnly)
    table.forEach((col, i) => {
      if (col.header === 'COMMAND') table[i] = { ...col, show: (p) => p.comm };
    });
  const world: World = {
    now: (yield* c.now()) / 1e6,
    memory: yield* sysctlInt(c, 'vm.stats.vm.v_page_count'),
    foreground: yield* c.foregroundGroup(),
    args: new Map(),
  };
  const shown = order(
    list.filter((p) => o.withoutTerminal || hasTerminal(p)),
    o.sort,
  );
  const named = table.some((col) => col.show === command);
  for (const p of named ? shown : []) world.args.set(p.pid, yield* processArgs(c, p.pid));
  const last = table.length - 1;
  /* Arguments have no end; where something stands behind them they have to keep to their column. */
  const cell = (p: Proc, col: Column, i: number): string =>
    col.show === command && i < last ? command(p, world).slice(0, col.width) : col.show(p, world);
  const rows = shown.map((p) => table.map((col, i) => cell(p, col, i)));
  const widths = table.map((col, i) =>
    Math.max(col.width, col.header.length, ...rows.map((r) => r[i]!.length)),
  );
  const width = LINE_WIDTHS[Math.min(o.wide, 2)]!;
  const lines = [table.map((col) => col.header), ...rows].map((r) => line(table, r, widths, width));
  yield* c.print(`${lines.join('\n')}\n`);
  return shown.length > 0 ? 0 : 1;
};
