/** Loads on pages: rewrite, sharers, brim, wire, remote. */
import { EAGAIN, ENOMEM } from '../../../../kernel/src/sys/errno.h.js';
import {
  MAP_ANON,
  MAP_FIXED,
  MAP_PRIVATE,
  MAP_SHARED,
  PROT_READ,
  PROT_WRITE,
} from '../../../../kernel/src/sys/mman.h.js';
import { PAGE_SIZE } from '../../../../kernel/src/sys/param.h.js';
import { SIGBUS, SIGKILL, SIGSEGV } from '../../../../kernel/src/sys/signal.h.js';
import type { pid_t } from '../../../../kernel/src/sys/types.h.js';
import { RFMEM, RFPROC } from '../../../../kernel/src/sys/unistd.h.js';
import { err } from '../../lib/libc/gen/err.js';
import { rfork_thread } from '../../lib/libc/gen/rfork_thread.js';
import { signal } from '../../lib/libc/gen/signal.js';
import { usleep } from '../../lib/libc/gen/sleep.js';
import { mmap } from '../../lib/libc/sys/offsets.js';
import { kill, mincore, mlock, mprotect, munlock, munmap } from '../../lib/libc/sys/syscalls.js';
import { fill_pages } from '../../lib/libload/pattern.js';
import { complain, finish, map_at, reap, rnd, spawn, verify } from './stress.js';

const AT: u32 = 0x50000000;
const SHARED_AT: u32 = 0x40000000;
const PAGES: u32 = 700;
let seeds: array<u32, 700>;

/** Verifies a page, and most times gives it another contents and looks again. */
function again(i: u32): void {
  const va = AT + i * PAGE_SIZE;
  verify(va, va, seeds[i]);
  if (rnd(4) === 0) return;
  seeds[i] = rnd(1 << 30) | 1;
  fill_pages(va, 1, seeds[i]);
  if (rnd(4) === 0) verify(va, va, seeds[i]);
}

/** All pages. */
function sweep(): void {
  for (let i: u32 = 0; i < PAGES; i++) verify(AT + i * PAGE_SIZE, AT + i * PAGE_SIZE, seeds[i]);
}

export function rewrite(steps: u32): void {
  map_at(AT, PAGES, 0);
  /* Half of them is used much more than the other. */
  for (let n: u32 = 0; n < steps; n++) again(rnd(2) === 0 ? rnd(PAGES / 8) : rnd(PAGES));
  sweep();
  const pid = spawn(1);
  for (let n: u32 = 0; n < steps / 8; n++) again(rnd(PAGES));
  sweep();
  if (pid === 0) finish();
  if (pid > 0) reap(pid, false);
}

/** Many mappings of each page: more than there may be pv entries. */
export function sharers(steps: u32): void {
  const pids = $local<array<pid_t, 64>>();
  const count = steps < 64 ? steps : 64;
  map_at(SHARED_AT, PAGES, MAP_SHARED);
  for (let i: u32 = 0; i < PAGES; i++) fill_pages(SHARED_AT + i * PAGE_SIZE, 1, i + 1);
  for (let n: u32 = 0; n < count; n++) {
    pids[n] = spawn(n);
    if (pids[n] !== 0) continue;
    for (let round = 0; round < 3; round++) {
      for (let i: u32 = 0; i < PAGES; i++)
        verify(SHARED_AT + i * PAGE_SIZE, SHARED_AT + i * PAGE_SIZE, i + 1);
      usleep(50000);
    }
    finish();
  }
  for (let n: u32 = 0; n < count; n++) {
    if (pids[n] < 0) continue;
    reap(pids[n], false);
    verified += 3 * $i64(PAGES) * PAGE_SIZE;
  }
}

/** Takes memory until there is no more, and dies of it or ends. */
function gorge(): never {
  for (let n: u32 = 0; ; n++) {
    const at = AT + n * PAGE_SIZE;
    if (mmap(at, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANON | MAP_FIXED | MAP_PRIVATE, -1, 0) !== at)
      finish();
    fill_pages(at, 1, n + 1);
    if (n > 64) verify(at - 64 * PAGE_SIZE, at - 64 * PAGE_SIZE, n - 63);
    if (at > 0x58000000) finish();
  }
}

/** One that holds on to some pages beside several that take all. */
export function brim(steps: u32): void {
  const pids = $local<array<pid_t, 3>>();
  const keep: u32 = 64;
  map_at(SHARED_AT, keep, 0);
  for (let round: u32 = 0; round < steps; round++) {
    fill_pages(SHARED_AT, keep, round + 1);
    for (let n: u32 = 0; n < 3; n++) {
      pids[n] = spawn(n);
      if (pids[n] === 0) gorge();
    }
    for (let n: u32 = 0; n < 3; n++) if (pids[n] > 0) reap(pids[n], false);
    for (let i: u32 = 0; i < keep; i++)
      verify(SHARED_AT + i * PAGE_SIZE, SHARED_AT + i * PAGE_SIZE, round + 1);
  }
}

/** Some pages are wired, others not, and all are too many. */
export function wire(steps: u32): void {
  const flags = $local<array<char, 16>>();
  map_at(AT, PAGES, 0);
  for (let i: u32 = 0; i < PAGES; i++) {
    seeds[i] = i + 1;
    fill_pages(AT + i * PAGE_SIZE, 1, i + 1);
  }
  for (let n: u32 = 0; n < steps; n++) {
    const first = rnd(PAGES - 16);
    const count = rnd(15) + 1;
    const at = AT + first * PAGE_SIZE;
    if (mlock(at, count * PAGE_SIZE) !== 0) {
      if (errno !== EAGAIN && errno !== ENOMEM) complain('mlock: %d', errno);
      continue;
    }
    if (rnd(8) === 0) squeeze_some();
    if (mincore(at, count * PAGE_SIZE, flags) !== 0) complain('mincore: %d', errno);
    for (let i: u32 = 0; i < count; i++)
      if ((flags[i] & 1) === 0) complain('wired page %u is not in memory', first + i);
    for (let i: u32 = 0; i < count; i++) again(first + i);
    if (rnd(3) === 0) {
      const pid = spawn(n);
      if (pid === 0) {
        for (let i: u32 = 0; i < count; i++) again(first + i);
        finish();
      }
      if (pid > 0) reap(pid, false);
    }
    if (munlock(at, count * PAGE_SIZE) !== 0) complain('munlock: %d', errno);
  }
  sweep();
}

/** Makes memory short. */
export function squeeze_some(): void {
  const pages: u32 = 1200;
  const at: u32 = 0x70000000;
  if (mmap(at, pages * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANON | MAP_FIXED | MAP_PRIVATE, -1, 0) !== at)
    return;
  for (let i: u32 = 0; i < pages; i++) $st32(at + i * PAGE_SIZE, i);
  for (let i: u32 = 0; i < pages; i++)
    if ($ld32(at + i * PAGE_SIZE) !== i) complain('squeezed page %u is %u', i, $ld32(at + i * PAGE_SIZE));
  verified += $i64(pages) * 4;
  munmap(at, pages * PAGE_SIZE);
}

/** What a thread of remote() writes, again and again, to where it may. */
const REMOTE: u32 = 0x44000000;
const REMOTE_PAGES: u32 = 8;
let remote_stop: int = 0;
let remote_faults: u32 = 0;
let remote_writes: u32 = 0;
/*
 * Turns of waiting for the other thread. It sleeps for two ticks after each refusal, and on one processor
 * waits for its quantum: whoever goes on before it writes again never finds it with something in its TLB.
 */
const REMOTE_TURNS = 4000;

/** A store to a page that may not be written comes here: the write is over. */
function remote_fault(sig: int): void {
  remote_faults++;
  usleep(1000);
}

function remote_body(arg: u32): int {
  signal(SIGBUS, $addr(remote_fault));
  signal(SIGSEGV, $addr(remote_fault));
  for (let n: u32 = 1; remote_stop === 0; n++) {
    $st32(REMOTE + (n % REMOTE_PAGES) * PAGE_SIZE, n);
    remote_writes = n;
    if ((n & 63) === 0) $work(2000);
  }
  return 0;
}

/** Waits until the other has come by the page: it must have been refused there. */
function remote_refused(page: u32): void {
  const faults = remote_faults;
  const last = remote_writes;
  for (let turns = 0; turns < REMOTE_TURNS; turns++) {
    if (remote_faults !== faults) return;
    if (remote_writes - last > 2 * REMOTE_PAGES) {
      complain('a store to 0x%x went through although nobody may write there', page);
      return;
    }
    $work(20000);
  }
}

/**
 * A thread writes while this one takes the permission away, or the page: after that nothing may change,
 * whatever another processor still has in its TLB.
 */
export function remote(steps: u32): void {
  map_at(REMOTE, REMOTE_PAGES, 0);
  map_at(0x48000000, 4, 0);
  const pid = rfork_thread($i32(RFPROC | RFMEM), 0x48004000, remote_body, 0);
  if (pid < 0) err(1, 'rfork');
  while (remote_writes === 0) usleep(1000);
  for (let n: u32 = 0; n < steps; n++) {
    const page = REMOTE + rnd(REMOTE_PAGES) * PAGE_SIZE;
    const last = remote_writes;
    for (let turns = 0; remote_writes === last && turns < REMOTE_TURNS; turns++) $work(20000);
    const anew = rnd(2) === 0;
    if (anew) {
      if (munmap(page, PAGE_SIZE) !== 0) complain('munmap: %d', errno);
      if (mmap(page, PAGE_SIZE, PROT_READ, MAP_ANON | MAP_FIXED | MAP_PRIVATE, -1, 0) !== page)
        err(1, 'mmap');
    } else if (mprotect(page, PAGE_SIZE, PROT_READ) !== 0) {
      complain('mprotect: %d', errno);
    }
    const word = $ld32(page);
    if (anew && word !== 0) complain('0x%x is new and not zero', page);
    remote_refused(page);
    if ($ld32(page) !== word) complain('0x%x was written to although it is read-only', page);
    mprotect(page, PAGE_SIZE, PROT_READ | PROT_WRITE);
    verified += 4;
  }
  remote_stop = 1;
  kill(pid, SIGKILL);
  reap(pid, true);
}
