/** Memory by the page, and the time. */
import { MAP_ANON, MAP_PRIVATE, PROT_READ, PROT_WRITE } from '../../../../kernel/src/sys/mman.h.js';
import { PAGE_MASK, PAGE_SIZE } from '../../../../kernel/src/sys/param.h.js';
import { MAP_FAILED } from '../../include/sys/mman.h.js';
import { errc, errx } from '../libc/gen/err.js';
import { brk, sbrk } from '../libc/sys/brk.js';
import { mmap } from '../libc/sys/offsets.js';
import { size_read } from '../libutil/size.js';

/** An operand that is a size in bytes (as dd's), in pages, rounded up. Complains and ends the program if it is none. */
export function pages_operand(text: str): u32 {
  const bytes = size_read(text);
  if (bytes <= 0 || bytes > 0xc0000000) errx(1, '%s: illegal size', text);
  return $u32((bytes + PAGE_MASK) / PAGE_SIZE);
}

/** mmap(2) of anonymous memory; MAP_FAILED. */
export function map_anonymous(pages: u32): u32 {
  return mmap(0, pages * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE, -1, 0);
}

/** Pages from brk(2), or where the data limit forbids that, from mmap(2). Complains and ends the program if there are none. */
export function allocate(pages: u32): u32 {
  const bytes = pages * PAGE_SIZE;
  const heap = (sbrk(0) + PAGE_MASK) & ~PAGE_MASK;
  if (heap + bytes >= heap && brk(heap + bytes) === 0) return heap;
  const heap_error = errno;
  const at = map_anonymous(pages);
  if (at === MAP_FAILED) errc(1, heap_error, 'cannot allocate %lld bytes', $i64(pages) * PAGE_SIZE);
  return at;
}

/** Reads or writes a word in each of some pages. */
export function touch_pages(at: u32, pages: u32, writes: boolean, cycles: int): void {
  for (let i: u32 = 0; i < pages; i++) {
    const va = at + i * PAGE_SIZE;
    if (writes) $st32(va, va ^ i);
    else $ld32(va);
    $work(cycles);
  }
}
