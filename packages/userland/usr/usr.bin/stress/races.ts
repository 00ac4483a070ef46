/**
 * races: two processes with one address space, of which one waits for the disk while the other changes what
 * it waits for.
 */
import { PROT_READ, PROT_WRITE } from '../../../../kernel/src/sys/mman.h.js';
import { PAGE_SIZE } from '../../../../kernel/src/sys/param.h.js';
import { SIGBUS, SIGKILL, SIGSEGV } from '../../../../kernel/src/sys/signal.h.js';
import { RFMEM, RFPROC } from '../../../../kernel/src/sys/unistd.h.js';
import { err } from '../../lib/libc/gen/err.js';
import { rfork_thread } from '../../lib/libc/gen/rfork_thread.js';
import { signal } from '../../lib/libc/gen/signal.js';
import { usleep } from '../../lib/libc/gen/sleep.js';
import { kill, mprotect, munmap } from '../../lib/libc/sys/syscalls.js';
import { fill_pages, pattern_word } from '../../lib/libload/pattern.js';
import { squeeze_some } from './pages.js';
import { complain, map_at, reap, rnd, verify } from './stress.js';

const RACE_AT: u32 = 0x41000000;
const RACE_PAGES: u32 = 128;
let race_stop: int = 0;
let race_sum: u32 = 0;
let race_faults: u32 = 0;

function race_fault(sig: int): void {
  race_faults++;
  usleep(2000);
}

let race_page: u32 = 0;
let race_refused: int = 0;

/** A store of ours to a read-only page: it is let through at the second try. */
function race_store(sig: int): void {
  race_refused = 1;
  mprotect(race_page, PAGE_SIZE, PROT_READ | PROT_WRITE);
}

/** Looks at pages, most of which have to come from swap. */
function race_body(arg: u32): int {
  signal(SIGBUS, $addr(race_fault));
  signal(SIGSEGV, $addr(race_fault));
  for (let n: u32 = 0; race_stop === 0; n += 7) {
    $work(400000);
    race_sum += $ld32(RACE_AT + (n % RACE_PAGES) * PAGE_SIZE);
  }
  return 0;
}

/**
 * The pages go to swap; while the other faults on them, they are unmapped and mapped anew, or made read-only.
 * What is mapped anew must be zero, now and later; what is read-only must stay as it is.
 */
export function races(steps: u32): void {
  map_at(RACE_AT, RACE_PAGES, 0);
  map_at(0x48000000, 4, 0);
  const pid = rfork_thread($i32(RFPROC | RFMEM), 0x48004000, race_body, 0);
  if (pid < 0) err(1, 'rfork');
  signal(SIGBUS, $addr(race_store));
  signal(SIGSEGV, $addr(race_store));
  for (let n: u32 = 0; n < steps; n++) {
    for (let i: u32 = 0; i < RACE_PAGES; i++) fill_pages(RACE_AT + i * PAGE_SIZE, 1, n + i + 1);
    squeeze_some();
    usleep(rnd(20000));
    for (let k = 0; k < 6; k++) {
      const i = rnd(RACE_PAGES - 4);
      const at = RACE_AT + i * PAGE_SIZE;
      if (rnd(2) === 0) {
        if (munmap(at, 4 * PAGE_SIZE) !== 0) complain('munmap: %d', errno);
        map_at(at, 4, 0);
        usleep(rnd(15000));
        for (let p: u32 = 0; p < 4; p++) verify(at + p * PAGE_SIZE, at + p * PAGE_SIZE, 0);
        for (let p: u32 = 0; p < 4; p++) fill_pages(at + p * PAGE_SIZE, 1, n + i + p + 1);
      } else {
        mprotect(at, 4 * PAGE_SIZE, PROT_READ);
        usleep(rnd(15000));
        for (let p: u32 = 0; p < 4; p++) {
          /* Whoever brought it in meanwhile may not have mapped it as it was before. */
          race_page = at + p * PAGE_SIZE;
          race_refused = 0;
          $st32(race_page, pattern_word(race_page, n + i + p + 1));
          if (race_refused === 0) complain('a store to the read-only page 0x%x went through', race_page);
          verify(race_page, race_page, n + i + p + 1);
        }
        mprotect(at, 4 * PAGE_SIZE, PROT_READ | PROT_WRITE);
      }
    }
    for (let i: u32 = 0; i < RACE_PAGES; i++)
      verify(RACE_AT + i * PAGE_SIZE, RACE_AT + i * PAGE_SIZE, n + i + 1);
  }
  race_stop = 1;
  kill(pid, SIGKILL);
  reap(pid, true);
}
