/**
 * hog seq|rand|loop|fork|burst size [seconds]: uses `size` bytes of memory for that time (10 s) by a pattern of access. Ends with status 1 if
 * a copy-on-write child or its parent saw what the other wrote.
 */
import { EINTR } from '../../../../kernel/src/sys/errno.h.js';
import { PAGE_SIZE } from '../../../../kernel/src/sys/param.h.js';
import { MAP_FAILED } from '../../include/sys/mman.h.js';
import { err } from '../../lib/libc/gen/err.js';
import { wait } from '../../lib/libc/gen/wait.js';
import { stderr, stdout } from '../../lib/libc/stdio/findfp.js';
import { fprintf, printf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { bzero } from '../../lib/libc/string/memset.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { fork, munmap } from '../../lib/libc/sys/syscalls.js';
import { allocate, map_anonymous, pages_operand, touch_pages } from '../../lib/libload/memory.js';
import type { findings, scatter } from '../../lib/libload/pattern.h.js';
import { check_pages, fill_pages, scatter_init, scatter_next } from '../../lib/libload/pattern.js';
import { now_us, sleep_us } from '../../lib/libutil/clock.js';
import type { decimal } from '../../lib/libutil/decimal.h.js';
import { decimal_print, decimal_read } from '../../lib/libutil/decimal.js';

/** Pages between two looks at the clock. */
const STRETCH = 64;
const CYCLES_PER_PAGE = 500;
const CHILDREN = 2;
/** A burst of work, and the rest after it, microseconds. */
const BURST_US = 1000000;

let pages: u32 = 0;
/** When to stop, microseconds of the system's clock. */
let end_us: i64 = 0;
let touched: i64 = 0;
let errors: int = 0;

function usage(): never {
  fprintf(stderr, 'usage: hog seq|rand|loop|fork|burst size [seconds]\n');
  exit(1);
}

function over(): boolean {
  return now_us() >= end_us;
}

function touch(at: u32, count: u32, writes: boolean): void {
  touch_pages(at, count, writes, CYCLES_PER_PAGE);
  touched += count;
}

/** All the pages in order, until the time is over. */
function sweep(at: u32, writes: boolean): void {
  for (let i: u32 = 0; i < pages && !over(); i += STRETCH)
    touch(at + i * PAGE_SIZE, pages - i < STRETCH ? pages - i : STRETCH, writes);
}

/** Fresh memory from one end to the other, given back, and again: a program that streams. */
function sequential(): void {
  while (!over()) {
    const at = map_anonymous(pages);
    if (at === MAP_FAILED) err(1, 'mmap');
    sweep(at, true);
    munmap(at, pages * PAGE_SIZE);
  }
}

/** Streams for a second, rests for one, and again: what compilers and mail deliveries do to a machine. */
function bursts(): void {
  const last = end_us;
  while (now_us() < last) {
    const t = now_us() + BURST_US;
    end_us = t < last ? t : last;
    sequential();
    sleep_us(BURST_US);
  }
}

/** The same memory in a scattered order, every other page written: a program with a large hash table. */
function random_(): void {
  const s = $local<scatter>();
  const at = allocate(pages);
  for (let pass: u32 = 1; ; pass++) {
    scatter_init(s, pages, pass);
    for (let n: u32 = 0; n < pages; n++) {
      if (n % STRETCH === 0 && over()) return;
      touch(at + scatter_next(s) * PAGE_SIZE, 1, n % 2 === 0);
    }
  }
}

/** The same memory in order, over and over, written the first time: the worst case of a queue of least recently used pages. */
function looping(): void {
  const at = allocate(pages);
  for (let writes = true; !over(); writes = false) sweep(at, writes);
}

/** A child that writes all over what it shares with its parent; 0 if it saw only its own. */
function writer(at: u32, seed: u32): int {
  const f = $local<findings>();
  bzero($addr(f), $sizeof<findings>());
  check_pages(at, pages, 0, f);
  fill_pages(at, pages, seed);
  check_pages(at, pages, seed, f);
  return f.f_errors === 0 ? 0 : 1;
}

/** Children that write all over the memory that they share with their parent; each looks whether it and the parent keep their own. */
function forking(): void {
  const f = $local<findings>();
  const status = $var<int>();
  bzero($addr(f), $sizeof<findings>());
  const at = allocate(pages);
  fill_pages(at, pages, 0);
  for (let round: u32 = 1; !over(); round++) {
    for (let i: u32 = 1; i <= CHILDREN; i++) {
      const pid = fork();
      if (pid < 0) err(1, 'fork');
      if (pid === 0) exit(writer(at, round * CHILDREN + i));
    }
    for (let left = CHILDREN; left > 0; ) {
      if (wait(status) < 0) {
        if (errno === EINTR) continue;
        err(1, 'wait');
      }
      if (status[0] !== 0) errors++;
      left--;
    }
    check_pages(at, pages, 0, f);
    touched += 2 * CHILDREN * $i64(pages);
  }
  errors += f.f_errors;
}

/**
 * A pattern of access.
 * @lock c constant
 */
interface access_pattern extends struct {
  ap_name: str; // (c) its name
  ap_run: () => void; // (c) what it does
}

const NPATTERNS = 5;
let access_patterns: array<embed<access_pattern>, 5> = $init([
  { ap_name: 'seq', ap_run: sequential },
  { ap_name: 'rand', ap_run: random_ },
  { ap_name: 'loop', ap_run: looping },
  { ap_name: 'fork', ap_run: forking },
  { ap_name: 'burst', ap_run: bursts },
]);

export function main(argc: int, argv: ptr<str>): int {
  const seconds = $local<decimal>();
  if (argc < 3 || argc > 4) usage();
  let k = 0;
  while (k < NPATTERNS && strcmp(access_patterns[k].ap_name, argv[1]) !== 0) k++;
  if (k === NPATTERNS) usage();
  pages = pages_operand(argv[2]);
  if (!decimal_read(argc > 3 ? argv[3] : '10', seconds) || seconds.d_value <= 0) usage();
  const begin = now_us();
  end_us = begin + seconds.d_value;
  access_patterns[k].ap_run();
  let took = now_us() - begin;
  if (took < 1) took = 1;
  printf('hog: %s: %lld pages touched in ', argv[1], touched);
  decimal_print(stdout, took, 2);
  printf(' secs (%lld pages/sec), %d errors\n', (touched * 1000000) / took, errors);
  return errors === 0 ? 0 : 1;
}
