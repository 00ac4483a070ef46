/** The keywords of ps (keyword.c). */
import { err, errx } from '../../lib/libc/gen/err.js';
import { printf } from '../../lib/libc/stdio/printf.js';
import { putchar } from '../../lib/libc/stdio/putc.js';
import { free, malloc } from '../../lib/libc/stdlib/malloc.js';
import { strchr } from '../../lib/libc/string/strchr.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { strdup } from '../../lib/libc/string/strdup.js';
import { strsep } from '../../lib/libc/string/strsep.js';
import {
  command,
  cpu,
  cputime,
  flags,
  jobc,
  majflt,
  memlimit,
  minflt,
  paddr,
  pcpu,
  pgid,
  pmem,
  pnice,
  ppid,
  pri,
  procid,
  re,
  rss,
  sess,
  sl,
  started,
  state,
  tname,
  tsize,
  ucomm,
  uid,
  user,
  vsize,
  wchan,
  xstat,
} from './print.js';
import type { var_t, varent } from './ps.h.js';
import { COMM, LJUST } from './ps.h.js';

/**
 * Another name of a keyword.
 * @lock p the program
 */
interface alias extends struct {
  a_name: str; // (p) what it is called, too
  a_for: str; // (p) the keyword
}

const NVARS = 32;
/** By name. */
let vars: array<embed<var_t>, 32> = $init([
  { name: '%cpu', header: '%CPU', width: 4, oproc: pcpu },
  { name: '%mem', header: '%MEM', width: 4, oproc: pmem },
  { name: 'command', header: 'COMMAND', width: 16, flag: LJUST | COMM, oproc: command },
  { name: 'cpu', header: 'CPU', width: 3, oproc: cpu },
  { name: 'flags', header: 'F', width: 7, oproc: flags },
  { name: 'jobc', header: 'JOBC', width: 4, oproc: jobc },
  { name: 'lim', header: 'LIM', width: 5, oproc: memlimit },
  { name: 'majflt', header: 'MAJFLT', width: 4, oproc: majflt },
  { name: 'minflt', header: 'MINFLT', width: 4, oproc: minflt },
  { name: 'mwchan', header: 'MWCHAN', width: 6, flag: LJUST, oproc: wchan },
  { name: 'nice', header: 'NI', width: 2, oproc: pnice },
  { name: 'paddr', header: 'PADDR', width: 8, oproc: paddr },
  { name: 'pagein', header: 'PAGEIN', width: 6, oproc: majflt },
  { name: 'pgid', header: 'PGID', width: 5, oproc: pgid },
  { name: 'pid', header: 'PID', width: 5, oproc: procid },
  { name: 'ppid', header: 'PPID', width: 5, oproc: ppid },
  { name: 'pri', header: 'PRI', width: 3, oproc: pri },
  { name: 're', header: 'RE', width: 3, oproc: re },
  { name: 'rss', header: 'RSS', width: 4, oproc: rss },
  { name: 'sess', header: 'SESS', width: 6, oproc: sess },
  { name: 'sl', header: 'SL', width: 3, oproc: sl },
  { name: 'start', header: 'STARTED', width: 8, flag: LJUST, oproc: started },
  { name: 'state', header: 'STAT', width: 4, flag: LJUST, oproc: state },
  { name: 'time', header: 'TIME', width: 9, oproc: cputime },
  { name: 'tsiz', header: 'TSIZ', width: 4, oproc: tsize },
  { name: 'tt', header: 'TT ', width: 4, oproc: tname },
  { name: 'ucomm', header: 'UCOMM', width: 16, flag: LJUST, oproc: ucomm },
  { name: 'uid', header: 'UID', width: 5, oproc: uid },
  { name: 'user', header: 'USER', width: 8, flag: LJUST, oproc: user },
  { name: 'vsz', header: 'VSZ', width: 5, oproc: vsize },
  { name: 'wchan', header: 'WCHAN', width: 6, flag: LJUST, oproc: wchan },
  { name: 'xstat', header: 'XSTAT', width: 5, oproc: xstat },
]);

const NALIASES = 12;
let aliases: array<embed<alias>, 12> = $init([
  { a_name: 'args', a_for: 'command' },
  { a_name: 'comm', a_for: 'ucomm' },
  { a_name: 'cputime', a_for: 'time' },
  { a_name: 'etime', a_for: 'time' },
  { a_name: 'f', a_for: 'flags' },
  { a_name: 'ni', a_for: 'nice' },
  { a_name: 'pcpu', a_for: '%cpu' },
  { a_name: 'pmem', a_for: '%mem' },
  { a_name: 'rssize', a_for: 'rss' },
  { a_name: 'stat', a_for: 'state' },
  { a_name: 'tty', a_for: 'tt' },
  { a_name: 'vsize', a_for: 'vsz' },
]);

/** The columns, in their order. */
export let vhead: varent = null;

/** -L */
export function showkey(): void {
  for (let i = 0; i < NVARS; i++) printf('%s%s', i > 0 ? ' ' : '', vars[i].name);
  putchar($ch('\n'));
}

/** The keyword of a name, null if there is none. */
function findvar(name: str): var_t {
  let key = name;
  for (let i = 0; i < NALIASES; i++) if (strcmp(name, aliases[i].a_name) === 0) key = aliases[i].a_for;
  for (let i = 0; i < NVARS; i++) if (strcmp(key, vars[i].name) === 0) return vars[i];
  return null;
}

/** Forgets the columns. */
export function freefmt(): void {
  while (vhead !== null) {
    const ve = vhead;
    vhead = ve.next;
    free($addr(ve));
  }
}

/** The column of a word: keyword or keyword=header. Ends the program if there is none. */
function newcolumn(word: str): varent {
  const ve = $cast<varent>(malloc($sizeof<varent>()));
  const header = strchr(word, $ch('='));
  if (ve === null) err(1, null);
  if (header !== null) header[0] = 0;
  ve.v = findvar(word);
  if (ve.v === null) errx(1, '%s: keyword not found; ps -L lists them', word);
  ve.header = header !== null ? $padd(header, 1) : ve.v.header;
  ve.next = null;
  return ve;
}

/**
 * Enters the columns of a list, with commas or blanks between, behind the column `after` (null: at the end).
 */
export function parsefmt(list: str, after: varent): void {
  const text = $var<str>();
  let last = $ref(vhead);
  if (after !== null) last = $ref(after.next);
  while (after === null && last[0] !== null) last = $ref(last[0].next);
  text[0] = strdup(list);
  if (text[0] === null) err(1, null);
  for (let word = strsep(text, ', '); word !== null; word = strsep(text, ', ')) {
    if (word[0] === 0) continue;
    const ve = newcolumn(word);
    ve.next = last[0];
    last[0] = ve;
    last = $ref(ve.next);
  }
}
