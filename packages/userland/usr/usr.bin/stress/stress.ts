/**
 * stress load [steps [seed]]: loads that break kernels, each of which compares every byte that it can with
 * what it should be.
 *   rewrite  pages that are read, verified, rewritten and verified again
 *   files    files that are made, written, cut, renamed, removed, and read back
 *   calls    system calls with arbitrary arguments, from processes without privileges
 *   rawio    transfers from the disk into memory that another process unmaps
 *   sharers  many processes that map the same many pages
 *   brim     memory and swap full to the last page
 *   wire     mlock and munlock against paging
 *   mapfile  a mapped file against truncate, read and write
 *   storm    fork, vfork, rfork and exec
 *   signals  signals at every sleep
 *   leaks    takes and gives back one of everything that the kernel keeps
 *   wakes    whoever waits is woken in time, and what must not be is refused
 *   races    pages that are unmapped while another process waits for them
 *   remote   protections that other processors must hear of
 * Exit status 0 if every byte was right, 1 otherwise.
 */
import { EINTR } from '../../../../kernel/src/sys/errno.h.js';
import {
  MAP_ANON,
  MAP_FIXED,
  MAP_PRIVATE,
  PROT_READ,
  PROT_WRITE,
} from '../../../../kernel/src/sys/mman.h.js';
import { PAGE_SIZE } from '../../../../kernel/src/sys/param.h.js';
import { SIGKILL } from '../../../../kernel/src/sys/signal.h.js';
import type { pid_t } from '../../../../kernel/src/sys/types.h.js';
import { WEXITSTATUS, WTERMSIG } from '../../../../kernel/src/sys/wait.h.js';
import { WIFSIGNALED } from '../../include/sys/wait.h.js';
import { err } from '../../lib/libc/gen/err.js';
import { waitpid } from '../../lib/libc/gen/wait.js';
import { fflush } from '../../lib/libc/stdio/fflush.js';
import { stderr, stdout } from '../../lib/libc/stdio/findfp.js';
import { fprintf, printf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { mmap } from '../../lib/libc/sys/offsets.js';
import { _exit, fork } from '../../lib/libc/sys/syscalls.js';
import { count_operand } from '../../lib/libload/child.js';
import { bad_words } from '../../lib/libload/pattern.js';
import { xorshift } from '../../lib/libload/random.js';
import { calls } from './calls.js';
import { files, mapfile, rawio } from './files.js';
import { leaks, wakes } from './kernel.js';
import { brim, remote, rewrite, sharers, wire } from './pages.js';
import { signals, storm } from './procs.js';
import { races } from './races.js';
import type { load } from './stress.h.js';

/** Wrong things that are shown. */
const SHOWN = 8;

let loads: array<embed<load>, 14> = $init([
  { l_name: 'rewrite', l_steps: 6000, l_run: rewrite },
  { l_name: 'files', l_steps: 300, l_run: files },
  { l_name: 'calls', l_steps: 3000, l_run: calls },
  { l_name: 'rawio', l_steps: 60, l_run: rawio },
  { l_name: 'sharers', l_steps: 20, l_run: sharers },
  { l_name: 'brim', l_steps: 3, l_run: brim },
  { l_name: 'wire', l_steps: 300, l_run: wire },
  { l_name: 'mapfile', l_steps: 300, l_run: mapfile },
  { l_name: 'storm', l_steps: 60, l_run: storm },
  { l_name: 'signals', l_steps: 60, l_run: signals },
  { l_name: 'remote', l_steps: 200, l_run: remote },
  { l_name: 'races', l_steps: 20, l_run: races },
  { l_name: 'leaks', l_steps: 10, l_run: leaks },
  { l_name: 'wakes', l_steps: 1, l_run: wakes },
]);
const NLOADS = 14;

/** Bytes that were compared, and what was wrong. */
export let verified: i64 = 0;
export let wrongs: int = 0;
let shown: int = 0;
let random: u32 = 1;

function usage(): never {
  fprintf(stderr, 'usage: stress load [steps [seed]]\n');
  exit(1);
}

/** A number below n, which may be 2^32 - 1 at most. */
export function rnd(n: u32): u32 {
  return xorshift($ref(random), n);
}

/** Begins the random numbers again: what a child does, so as not to do what its parent does. */
export function rnd_from(seed: u32): void {
  random = seed * 2654435761 + 1;
  if (random === 0) random = 1;
  for (let i = 0; i < 4; i++) rnd(2);
}

/** Takes a note of something wrong. */
export function complain(fmt: str, ...args: va_list): void {
  wrongs++;
  if (shown++ >= SHOWN) return;
  printf('stress: ');
  printf(fmt, ...args);
  printf('\n');
  fflush(stdout);
}

/** Is the page at `at` as filled for `va` with seed (0: zeros)? */
export function verify(at: u32, va: u32, seed: u32): boolean {
  const bad = bad_words(at, va, seed);
  verified += PAGE_SIZE;
  if (bad === 0) return true;
  complain('page 0x%x of seed %u: %u words wrong, the first is 0x%x', at, seed, bad, $ld32(at));
  return false;
}

/** Maps anonymous memory, private unless told otherwise. */
export function map_at(at: u32, pages: u32, flags: int): void {
  const how = MAP_ANON | MAP_FIXED | (flags !== 0 ? flags : MAP_PRIVATE);
  if (mmap(at, pages * PAGE_SIZE, PROT_READ | PROT_WRITE, how, -1, 0) !== at) err(1, 'mmap');
}

/** A child, whose random numbers are its own; 0 in the child, -1 without processes or memory for it. */
export function spawn(number: u32): pid_t {
  fflush(stdout);
  const pid = fork();
  if (pid === 0) {
    rnd_from(rnd(1 << 30) + number);
    verified = 0;
    wrongs = 0;
  }
  return pid;
}

/** The end of a child: its exit status tells whether anything was wrong. */
export function finish(): never {
  fflush(stdout);
  _exit(wrongs === 0 ? 0 : 1);
}

/**
 * Waits for a child. One that the kernel has killed for want of memory is no error; one that said that
 * something was wrong is, and so is one that died otherwise, unless `may_die`.
 */
export function reap(pid: pid_t, may_die: boolean): void {
  const status = $var<int>();
  let got = 0;
  do got = waitpid(pid, status, 0);
  while (got < 0 && errno === EINTR);
  if (got !== pid) {
    complain('wait of %d: %d', pid, got);
    return;
  }
  const how = status[0];
  if (may_die) return;
  if (WIFSIGNALED(how)) {
    const sig = WTERMSIG(how);
    if (sig !== SIGKILL) complain('child %d: signal %d', pid, sig);
  } else if (WEXITSTATUS(how) !== 0) {
    complain('child %d: status %d', pid, WEXITSTATUS(how));
  }
}

/** A number from the command line, from 1 on. */
function operand(text: str, fallback: u32): u32 {
  const n = count_operand(text, fallback);
  if (n === 0) usage();
  return n;
}

export function main(argc: int, argv: ptr<str>): int {
  const none = $cast<str>(0);
  if (argc < 2 || argc > 4) usage();
  let i = 0;
  while (i < NLOADS && strcmp(argv[1], loads[i].l_name) !== 0) i++;
  if (i === NLOADS) usage();
  const steps = operand(argc > 2 ? argv[2] : none, loads[i].l_steps);
  rnd_from(operand(argc > 3 ? argv[3] : none, 1));
  loads[i].l_run(steps);
  printf('stress: %s: %lld bytes verified, %d errors\n', argv[1], verified, wrongs);
  return wrongs === 0 ? 0 : 1;
}
