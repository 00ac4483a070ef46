/**
 * top(1): the processes that use the processor most. On a terminal whose keys it gets it goes on until q;
 * with -b, or where there is no such terminal, it shows them once.
 */
import { EINTR } from '../../../../kernel/src/sys/errno.h.js';
import { TIOCGWINSZ } from '../../../../kernel/src/sys/ioccom.h.js';
import type { sigaction_t } from '../../../../kernel/src/sys/signal.h.js';
import { SIGALRM, SIGHUP, SIGINT, SIGTERM } from '../../../../kernel/src/sys/signal.h.js';
import { CPUSTATES } from '../../../../kernel/src/sys/systm.h.js';
import type { itimerval } from '../../../../kernel/src/sys/time.h.js';
import { ITIMER_REAL } from '../../../../kernel/src/sys/time.h.js';
import type { termios, winsize } from '../../../../kernel/src/sys/tty.h.js';
import { ECHO, ICANON } from '../../../../kernel/src/sys/tty.h.js';
import { TCSADRAIN, isatty, tcgetattr, tcgetpgrp, tcsetattr } from '../../lib/libc/gen/termios.js';
import { isdigit } from '../../lib/libc/locale/isctype.js';
import { fflush } from '../../lib/libc/stdio/fflush.js';
import { stderr, stdout } from '../../lib/libc/stdio/findfp.js';
import { fprintf, printf } from '../../lib/libc/stdio/printf.js';
import { putchar } from '../../lib/libc/stdio/putc.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optarg, optind } from '../../lib/libc/stdlib/getopt.js';
import { atoi } from '../../lib/libc/stdlib/strtol.js';
import { memset } from '../../lib/libc/string/memset.js';
import { getpgrp, ioctl, read, setitimer, sigaction } from '../../lib/libc/sys/syscalls.js';
import { show } from './display.js';
import type { system_info } from './machine.js';
import { get_system_info, machine_init } from './machine.js';

/** Processes that are shown where there is no saying how high the screen is. */
const NOMINAL_TOPN = 15;
/** Lines above the processes. */
const HEADER_LINES = 8;
const DEFAULT_DELAY = 5;

/** The terminal's settings as they were. */
let old_settings: embed<termios>;
/** SIGWINCH, SIGINT or the like: the screen is left. */
let leaving: int = 0;

function usage(): never {
  fprintf(stderr, 'usage: top [-bS] [-s time] [number]\n');
  exit(1);
}

/** May it draw on standard output and read keys from standard input? */
function interactive(): boolean {
  return isatty(0) && isatty(1) && tcgetpgrp(0) === getpgrp();
}

/** Keys one by one and without an echo. */
function init_screen(): void {
  const t = $local<termios>();
  tcgetattr(0, old_settings);
  $copy(t, old_settings);
  t.c_lflag &= ~(ICANON | ECHO);
  tcsetattr(0, TCSADRAIN, t);
}

function end_screen(): void {
  tcsetattr(0, TCSADRAIN, old_settings);
}

/** How many processes fit on the screen. */
function screenlines(): int {
  const ws = $local<winsize>();
  if (ioctl(1, TIOCGWINSZ, $addr(ws)) < 0 || ws.ws_row <= HEADER_LINES + 1) return NOMINAL_TOPN;
  return ws.ws_row - HEADER_LINES - 1;
}

/** The alarm only ends the read. */
function onalrm(sig: int): void {}

function leave(sig: int): void {
  leaving = 1;
}

/** A handler that ends system calls. */
function handle(sig: int, func: u32): void {
  const sa = $local<sigaction_t>();
  sa.sa_handler = func;
  sa.sa_flags = 0;
  sa.sa_mask = 0;
  sigaction(sig, sa, null);
}

/** Waits for a key, at most so many seconds: the key, 0 if none came. */
function readkey(delay: int): int {
  const it = $local<itimerval>();
  const buf = $local<array<char, 4>>();
  memset($addr(it), 0, $sizeof<itimerval>());
  it.it_value.tv_sec = delay;
  setitimer(ITIMER_REAL, it, null);
  const n = read(0, $addr(buf), 1);
  const error = errno;
  it.it_value.tv_sec = 0;
  setitimer(ITIMER_REAL, it, null);
  if (n === 1) return buf[0];
  return n < 0 && error === EINTR ? 0 : $ch('q');
}

/** Asks for a number on the screen's free line; -1 if what was typed is none. */
function asknumber(prompt: str): int {
  const buf = $local<array<char, 32>>();
  end_screen();
  printf('\x1b[7;1H\x1b[K%s', prompt);
  fflush(stdout);
  const n = read(0, $addr(buf), 31);
  init_screen();
  if (n <= 1) return -1;
  buf[n - 1] = 0;
  for (let i = 0; i < n - 1; i++) if (!isdigit(buf[i])) return -1;
  return atoi(buf);
}

function showhelp(): void {
  printf('\x1b[H\x1b[J');
  printf('These keys do something:\n\n');
  printf('space - show it now\n');
  printf('h ?   - this text\n');
  printf('n     - ask for the number of processes\n');
  printf('q     - leave\n');
  printf('s     - ask for the seconds between two screens\n');
  printf('S     - processes of the system, too, or no more\n\nAny key goes on: ');
  fflush(stdout);
}

/** Screens, until somebody leaves. */
function do_display(si: system_info, first: boolean, seconds: int, topn: int): void {
  const old = $local<array<u32, 5>>();
  let system = first;
  let delay = seconds;
  let lines = topn;
  for (let i = 0; i < CPUSTATES; i++) old[i] = 0;
  handle(SIGALRM, $addr(onalrm));
  handle(SIGINT, $addr(leave));
  handle(SIGTERM, $addr(leave));
  handle(SIGHUP, $addr(leave));
  init_screen();
  while (!leaving) {
    get_system_info(si);
    printf('\x1b[H\x1b[J');
    show(si, system, lines, old);
    fflush(stdout);
    const key = readkey(delay);
    if (key === $ch('q')) break;
    if (key === $ch('S')) system = !system;
    if (key === $ch('h') || key === $ch('?')) {
      showhelp();
      readkey(60);
    }
    if (key !== $ch('s') && key !== $ch('n')) continue;
    const n = asknumber(key === $ch('s') ? 'Seconds to delay: ' : 'Number of processes to show: ');
    if (n > 0 && key === $ch('s')) delay = n;
    if (n >= 0 && key === $ch('n')) lines = n;
  }
  end_screen();
  putchar($ch('\n'));
}

export function main(argc: int, argv: ptr<str>): int {
  const si = $local<system_info>();
  const old = $local<array<u32, 5>>();
  let batch = false;
  let system = false;
  let delay = DEFAULT_DELAY;
  for (let ch = getopt(argc, argv, 'bISs:'); ch !== -1; ch = getopt(argc, argv, 'bISs:')) {
    if (ch === $ch('b')) batch = true;
    else if (ch === $ch('S')) system = true;
    else if (ch === $ch('s')) delay = atoi(optarg);
    else if (ch !== $ch('I')) usage();
  }
  if (delay <= 0 || optind + 1 < argc || (optind < argc && !isdigit(argv[optind][0]))) usage();
  machine_init();
  const live = !batch && interactive();
  let topn = live ? screenlines() : NOMINAL_TOPN;
  if (optind < argc) topn = atoi(argv[optind]);
  if (live) {
    do_display(si, system, delay, topn);
    return 0;
  }
  for (let i = 0; i < CPUSTATES; i++) old[i] = 0;
  get_system_info(si);
  show(si, system, topn, old);
  return 0;
}
