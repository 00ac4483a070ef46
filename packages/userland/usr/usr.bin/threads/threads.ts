/**
 * threads [processes [steps [pages]]]: processes that share one address space (rfork), each of which maps,
 * fills, verifies and unmaps `pages` pages of its own in runs of 16, `steps` times one of them. The runs lie
 * among each other, so that they share page tables. Exit status 0 if every byte was right, 1 otherwise.
 */
import {
  MAP_ANON,
  MAP_FIXED,
  MAP_PRIVATE,
  PROT_READ,
  PROT_WRITE,
} from '../../../../kernel/src/sys/mman.h.js';
import { PAGE_SIZE } from '../../../../kernel/src/sys/param.h.js';
import type { pid_t } from '../../../../kernel/src/sys/types.h.js';
import { RFMEM, RFPROC } from '../../../../kernel/src/sys/unistd.h.js';
import { err, warn } from '../../lib/libc/gen/err.js';
import { rfork_thread } from '../../lib/libc/gen/rfork_thread.js';
import { waitpid } from '../../lib/libc/gen/wait.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf, printf, snprintf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { calloc } from '../../lib/libc/stdlib/malloc.js';
import { strlcat } from '../../lib/libc/string/strlcat.js';
import { mmap } from '../../lib/libc/sys/offsets.js';
import { mprotect, munmap } from '../../lib/libc/sys/syscalls.js';
import { count_operand } from '../../lib/libload/child.js';
import { bad_words, fill_pages } from '../../lib/libload/pattern.js';
import { xorshift } from '../../lib/libload/random.js';

const RUN = 16; // pages mapped at once
const BASE: u32 = 0x50000000;
const STACKS: u32 = 0x48000000;
const STACK_BYTES: u32 = 0x4000;
const STACK_STRIDE: u32 = 0x10000;
/** Wrong pages that a thread tells of. */
const SHOWN = 5;

/**
 * One of the processes.
 * @lock p the thread; main, when it has ended
 */
interface thread extends struct {
  t_id: u32; // (p) its number
  t_random: u32; // (p) state of its random numbers
  t_pid: pid_t; // (p) process id; 0: main's own
  t_pages: u32; // (p) pages that it has verified
  t_errors: int; // (p) what was wrong
  t_first: array<char, 512>; // (p) the first of that, in words
  t_mapped: ptr<u32>; // (p) of each run: is it mapped?
  t_seeds: ptr<u32>; // (p) of each page of each run: its seed, 0: still zeros
}

/** Processes, and runs that each of them has. */
let nthreads: u32 = 0;
let nruns: u32 = 0;
let nsteps: u32 = 0;

function usage(): never {
  fprintf(stderr, 'usage: threads [processes [steps [pages]]]\n');
  exit(1);
}

/** Takes a note of an error. */
function complain(t: thread, fmt: str, ...args: va_list): void {
  const text = $local<array<char, 96>>();
  if (++t.t_errors > SHOWN) return;
  if (t.t_first[0] !== 0) strlcat(t.t_first, ' | ', 512);
  snprintf(text, 96, fmt, ...args);
  strlcat(t.t_first, text, 512);
}

function random_below(t: thread, n: u32): u32 {
  return xorshift($ref(t.t_random), n);
}

function run_address(t: thread, run: u32): u32 {
  return BASE + (run * nthreads + t.t_id) * (RUN * PAGE_SIZE);
}

function map_run(t: thread, run: u32): boolean {
  const at = run_address(t, run);
  const prot = PROT_READ | PROT_WRITE;
  if (mmap(at, RUN * PAGE_SIZE, prot, MAP_ANON | MAP_PRIVATE | MAP_FIXED, -1, 0) !== at) {
    complain(t, 'mmap of 0x%x failed', at);
    return false;
  }
  t.t_mapped[run] = 1;
  for (let p: u32 = 0; p < RUN; p++) t.t_seeds[run * RUN + p] = 0;
  return true;
}

function fill_run(t: thread, run: u32): void {
  for (let p: u32 = 0; p < RUN; p++) {
    const seed = random_below(t, 1 << 30) | 1;
    t.t_seeds[run * RUN + p] = seed;
    fill_pages(run_address(t, run) + p * PAGE_SIZE, 1, seed);
  }
}

function check_run(t: thread, run: u32): void {
  for (let p: u32 = 0; p < RUN; p++) {
    const va = run_address(t, run) + p * PAGE_SIZE;
    const bad = bad_words(va, va, t.t_seeds[run * RUN + p]);
    t.t_pages++;
    if (bad > 0) complain(t, 'thread %u va %x bad %u got %x', t.t_id, va, bad, $ld32(va));
  }
}

/** What one of the processes does. */
function body(arg: u32): int {
  const t = $cast<thread>(arg);
  for (let step: u32 = 0; step < nsteps; step++) {
    const run = random_below(t, nruns);
    const at = run_address(t, run);
    if (t.t_mapped[run] === 0 && !map_run(t, run)) continue;
    const what = random_below(t, 5);
    if (what < 2) fill_run(t, run);
    else check_run(t, run);
    if (what === 4) {
      if (munmap(at, RUN * PAGE_SIZE) !== 0) complain(t, 'munmap of 0x%x failed', at);
      t.t_mapped[run] = 0;
    }
    if (what === 3 && random_below(t, 3) === 0) {
      mprotect(at, RUN * PAGE_SIZE, PROT_READ);
      mprotect(at, RUN * PAGE_SIZE, PROT_READ | PROT_WRITE);
    }
  }
  return 0;
}

/** All that the processes keep is made before they run: malloc is not for several at a time. */
function make_threads(): thread {
  const threads = $cast<thread>(calloc(nthreads, $sizeof<thread>()));
  if (threads === null) err(1, null);
  for (let i: u32 = 0; i < nthreads; i++) {
    const t = $idx(threads, i);
    t.t_id = i;
    t.t_random = (i * 0x9e3779b1) | 1;
    t.t_mapped = $cast<ptr<u32>>(calloc(nruns, 4));
    t.t_seeds = $cast<ptr<u32>>(calloc(nruns, 4 * RUN));
    if (t.t_mapped === null || t.t_seeds === null) err(1, null);
  }
  return threads;
}

/** Starts a process on a stack of its own. */
function start_thread(t: thread): boolean {
  const at = STACKS + t.t_id * STACK_STRIDE;
  const flags = MAP_ANON | MAP_PRIVATE | MAP_FIXED;
  if (mmap(at, STACK_BYTES, PROT_READ | PROT_WRITE, flags, -1, 0) !== at) err(1, 'stack');
  t.t_pid = rfork_thread(RFPROC | RFMEM, at + STACK_BYTES, body, $addr(t));
  return t.t_pid > 0;
}

export function main(argc: int, argv: ptr<str>): int {
  const status = $var<int>();
  const none = $cast<str>(0);
  nthreads = count_operand(argc > 1 ? argv[1] : none, 4);
  nsteps = count_operand(argc > 2 ? argv[2] : none, 50);
  const npages = count_operand(argc > 3 ? argv[3] : none, 128);
  if (argc > 4 || nthreads === 0 || nsteps === 0 || npages === 0) usage();
  nruns = (npages + RUN - 1) / RUN;
  const threads = make_threads();
  let started: u32 = 1;
  while (started < nthreads && start_thread($idx(threads, started))) started++;
  if (started < nthreads) warn('rfork');
  body($addr(threads));
  let total: u32 = 0;
  let errors = 0;
  for (let i: u32 = 0; i < started; i++) {
    const t = $idx(threads, i);
    if (i > 0 && (waitpid(t.t_pid, status, 0) !== t.t_pid || status[0] !== 0))
      complain(t, 'thread %d status %d', t.t_pid, status[0]);
    total += t.t_pages;
    errors += t.t_errors;
  }
  printf('threads: %u pages verified, %d errors ', total, errors);
  let sep = '';
  for (let i: u32 = 0; i < started; i++) {
    const t = $idx(threads, i);
    if (t.t_first[0] === 0) continue;
    printf('%s%s', sep, t.t_first);
    sep = ' | ';
  }
  printf('\n');
  return errors === 0 ? 0 : 1;
}
