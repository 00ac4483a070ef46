/**
 * malloc(3), free, calloc and realloc, in the manner of BSD's malloc.c (phkmalloc): the heap is pages, of which a directory
 * says whose they are. Small requests share a page by powers of two, with a bit for each chunk; larger ones have whole pages.
 * So every pointer that comes back can be judged, and one that malloc did not give ends the program with BSD's words.
 */
import { ENOMEM } from '../../../../../kernel/src/sys/errno.h.js';
import { MAP_ANON, MAP_PRIVATE, PROT_READ, PROT_WRITE } from '../../../../../kernel/src/sys/mman.h.js';
import { PAGE_MASK, PAGE_SHIFT, PAGE_SIZE } from '../../../../../kernel/src/sys/param.h.js';
import { __progname } from '../../../csu/crt0.js';
import { MAP_FAILED } from '../../../include/sys/mman.h.js';
import { memcpy } from '../string/bcopy.js';
import { bzero } from '../string/memset.js';
import { strlen } from '../string/strlen.js';
import { brk, sbrk } from '../sys/brk.js';
import { mmap } from '../sys/offsets.js';
import { munmap, write } from '../sys/syscalls.js';
import { abort } from './abort.js';

const _MINSHIFT = 4; // the smallest chunk: 16 bytes
const _MAXSIZE = 2048; // the largest chunk: half a page
/** Free pages kept at the end of the heap before they are given back to the system. */
const _MALLOC_CACHE = 16;
/** What the directory says of a page; all above is the address of its pginfo. */
const _MALLOC_NOT_MINE = 0;
const _MALLOC_FREE = 1;
const _MALLOC_FIRST = 2; // the first of a run of pages
const _MALLOC_FOLLOW = 3; // another one of it
const _MALLOC_MAGIC = 4;

/**
 * A page of chunks.
 * @lock m malloc_active
 */
interface _pginfo extends struct {
  pi_next: _pginfo; // (m) the next page of this size with a free chunk
  pi_page: u32; // (m) its address
  pi_shift: int; // (m) log 2 of the size of its chunks
  pi_free: int; // (m) free chunks
  pi_total: int; // (m) chunks
  pi_bits: array<u32, 8>; // (m) one bit a chunk, 1: free
}

/**
 * A run of free pages.
 * @lock m malloc_active
 */
interface _pgfree extends struct {
  pf_next: _pgfree; // (m) the next, by address
  pf_prev: _pgfree; // (m) the one before
  pf_page: u32; // (m) the first page's address
  pf_end: u32; // (m) the end of the last one
}

/** Inside of malloc: a signal handler that calls it again is told so. */
let _malloc_active: int = 0;
let _malloc_func: str = null;
/** The first page of the heap, as an address; 0: nothing was asked for yet. */
let _malloc_origo: u32 = 0;
/** The end of the heap. */
let _malloc_brk: u32 = 0;
/** The directory: a word a page of the heap. */
let _page_dir: ptr<u32> = null;
let _page_dir_bytes: u32 = 0;
let _free_list: _pgfree = null;
/** A pgfree that is not in use. */
let _px: _pgfree = null;
/** Pages with a free chunk, by the shift of their size. */
let _chunk_pages: array<_pginfo, 12>;

function _wrterror(text: str): never {
  const parts = $local<array<str, 4>>();
  parts[0] = __progname;
  parts[1] = _malloc_func;
  parts[2] = ' error: ';
  parts[3] = text;
  for (let i = 0; i < 4; i++) write(2, $addr(parts[i]), strlen(parts[i]));
  _malloc_active = 0;
  abort();
}

/** The index of an address's page in the directory. */
function _ptr2index(p: u32): u32 {
  return (p - _malloc_origo) >>> PAGE_SHIFT;
}

/** Room in the directory for `pages` pages; it lies apart from the heap, so that the heap can grow. */
function _extend_pgdir(pages: u32): boolean {
  const need = (pages * 4 + PAGE_MASK) & ~PAGE_MASK;
  if (need <= _page_dir_bytes) return true;
  const bytes = 2 * need;
  const dir = mmap(0, bytes, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE, -1, 0);
  if (dir === MAP_FAILED) return false;
  if (_page_dir !== null) {
    memcpy(dir, $addr(_page_dir), _page_dir_bytes);
    munmap($addr(_page_dir), _page_dir_bytes);
  }
  _page_dir = $cast<ptr<u32>>(dir);
  _page_dir_bytes = bytes;
  return true;
}

/** More pages at the end of the heap; 0: the system has none. */
function _map_pages(pages: u32): u32 {
  if (_malloc_origo === 0) {
    _malloc_origo = (sbrk(0) + PAGE_MASK) & ~PAGE_MASK;
    _malloc_brk = _malloc_origo;
  }
  /* Somebody else may have moved the break. */
  const result = (sbrk(0) + PAGE_MASK) & ~PAGE_MASK;
  const tail = result + (pages << PAGE_SHIFT);
  if (pages >= 0xfffff || tail < result) return 0;
  if (!_extend_pgdir(_ptr2index(tail) + 1)) return 0;
  if (brk(tail) !== 0) return 0;
  for (let i = _ptr2index(_malloc_brk); i < _ptr2index(tail); i++) _page_dir[i] = _MALLOC_NOT_MINE;
  _malloc_brk = tail;
  return result;
}

/** A run of pages: the first one that is long enough. */
function _malloc_pages(size: u32): u32 {
  const bytes = (size + PAGE_MASK) & ~PAGE_MASK;
  if (bytes < size) return 0;
  let p: u32 = 0;
  let spare: _pgfree = null;
  for (let pf = _free_list; pf !== null; pf = pf.pf_next) {
    if (pf.pf_end - pf.pf_page < bytes) continue;
    p = pf.pf_page;
    pf.pf_page += bytes;
    if (pf.pf_page === pf.pf_end) spare = _drop_run(pf);
    break;
  }
  if (p === 0) p = _map_pages(bytes >>> PAGE_SHIFT);
  if (p === 0) return 0;
  const first = _ptr2index(p);
  _page_dir[first] = _MALLOC_FIRST;
  for (let i: u32 = 1; i < bytes >>> PAGE_SHIFT; i++) _page_dir[first + i] = _MALLOC_FOLLOW;
  if (spare !== null) _ifree($addr(spare));
  return p;
}

/**
 * Takes a run off the list. Its record is kept for the next one, or given back: by the caller, when it is done with the list, since giving it
 * back may free a page.
 */
function _drop_run(pf: _pgfree): _pgfree {
  if (pf.pf_prev !== null) pf.pf_prev.pf_next = pf.pf_next;
  else _free_list = pf.pf_next;
  if (pf.pf_next !== null) pf.pf_next.pf_prev = pf.pf_prev;
  if (_px !== null) return pf;
  _px = pf;
  return null;
}

/** A page of chunks of 1 << shift bytes, at the head of its list. */
function _malloc_make_chunks(shift: int): boolean {
  const page = _malloc_pages(PAGE_SIZE);
  if (page === 0) return false;
  const size: u32 = 1 << shift;
  /* The record lies in the page itself where the chunks are small: so its own chunk needs no record elsewhere. */
  const inside = size <= 2 * $sizeof<_pginfo>();
  const pi = $cast<_pginfo>(inside ? page : _imalloc($sizeof<_pginfo>()));
  if (pi === null) {
    _ifree(page);
    return false;
  }
  pi.pi_page = page;
  pi.pi_shift = shift;
  pi.pi_total = $i32(PAGE_SIZE >> shift);
  pi.pi_free = pi.pi_total;
  for (let i = 0; i < 8; i++) pi.pi_bits[i] = 0;
  for (let i = 0; i < pi.pi_total; i++) pi.pi_bits[i >> 5] |= 1 << (i & 31);
  if (inside) {
    for (let at: u32 = 0; at < $sizeof<_pginfo>(); at += size) {
      const i = at >> shift;
      pi.pi_bits[i >>> 5] &= ~(1 << (i & 31));
      pi.pi_free--;
    }
    pi.pi_total = pi.pi_free;
  }
  _page_dir[_ptr2index(page)] = $addr(pi);
  pi.pi_next = _chunk_pages[shift];
  _chunk_pages[shift] = pi;
  return true;
}

/** A chunk. */
function _malloc_bytes(size: u32): u32 {
  let shift = _MINSHIFT;
  while (1 << shift < $i32(size)) shift++;
  if (_chunk_pages[shift] === null && !_malloc_make_chunks(shift)) return 0;
  const pi = _chunk_pages[shift];
  let w = 0;
  while (pi.pi_bits[w] === 0) w++;
  let bit = 0;
  while ((pi.pi_bits[w] & (1 << bit)) === 0) bit++;
  pi.pi_bits[w] &= ~(1 << bit);
  pi.pi_free--;
  if (pi.pi_free === 0) {
    _chunk_pages[shift] = pi.pi_next;
    pi.pi_next = null;
  }
  return pi.pi_page + ((32 * w + bit) << shift);
}

function _imalloc(size: u32): u32 {
  return size <= _MAXSIZE ? _malloc_bytes(size) : _malloc_pages(size);
}

/** What the directory knows of a pointer that came from outside. */
function _page_of(p: u32): u32 {
  if (_malloc_origo === 0) _wrterror('malloc() has never been called\n');
  if (p < _malloc_origo) _wrterror('junk pointer, too low to make sense\n');
  if (p >= _malloc_brk) _wrterror('junk pointer, too high to make sense\n');
  return _page_dir[_ptr2index(p)];
}

/** The bytes of a run of pages. */
function _run_bytes(p: u32): u32 {
  const first = _ptr2index(p);
  const end = _ptr2index(_malloc_brk);
  let n: u32 = 1;
  while (first + n < end && _page_dir[first + n] === _MALLOC_FOLLOW) n++;
  return n << PAGE_SHIFT;
}

function _free_pages(p: u32, info: u32): void {
  if (info === _MALLOC_FREE) _wrterror('page is already free\n');
  if (info !== _MALLOC_FIRST) _wrterror('junk pointer, wrong page\n');
  if ((p & PAGE_MASK) !== 0) _wrterror('modified (page-) pointer\n');
  /* Now, not with the list in hand: it may take a run off. */
  if (_px === null) _px = $cast<_pgfree>(_imalloc($sizeof<_pgfree>()));
  const bytes = _run_bytes(p);
  const tail = p + bytes;
  for (let i = _ptr2index(p); i < _ptr2index(tail); i++) _page_dir[i] = _MALLOC_FREE;
  /* Between the run before it and the one behind it, both of which it may touch. */
  let before: _pgfree = null;
  let after = _free_list;
  while (after !== null && after.pf_page < p) {
    before = after;
    after = after.pf_next;
  }
  let run = before;
  let spare: _pgfree = null;
  if (before !== null && before.pf_end === p) {
    before.pf_end = tail;
    if (after !== null && after.pf_page === tail) {
      before.pf_end = after.pf_end;
      spare = _drop_run(after);
    }
  } else if (after !== null && after.pf_page === tail) {
    after.pf_page = p;
    run = after;
  } else {
    run = _new_run(p, tail, before, after);
  }
  _trim(run);
  if (spare !== null) _ifree($addr(spare));
}

function _new_run(p: u32, tail: u32, before: _pgfree, after: _pgfree): _pgfree {
  const run = _px;
  /* Without memory for its record the run is lost, not wrong. */
  if (run === null) return null;
  _px = null;
  run.pf_page = p;
  run.pf_end = tail;
  run.pf_prev = before;
  run.pf_next = after;
  if (before !== null) before.pf_next = run;
  else _free_list = run;
  if (after !== null) after.pf_prev = run;
  return run;
}

/** Gives the end of the heap back if much of it is free. */
function _trim(run: _pgfree): void {
  if (run === null || run.pf_end !== _malloc_brk || _malloc_brk !== sbrk(0)) return;
  if (run.pf_end - run.pf_page <= _MALLOC_CACHE << PAGE_SHIFT) return;
  const keep = run.pf_page + (_MALLOC_CACHE << PAGE_SHIFT);
  if (brk(keep) !== 0) return;
  run.pf_end = keep;
  _malloc_brk = keep;
}

function _free_bytes(p: u32, pi: _pginfo): void {
  const offset = p & PAGE_MASK;
  const i = offset >> pi.pi_shift;
  const mask = 1 << (i & 31);
  if ((offset & ((1 << pi.pi_shift) - 1)) !== 0) _wrterror('modified (chunk-) pointer\n');
  if (pi.pi_bits[i >>> 5] & mask) _wrterror('chunk is already free\n');
  pi.pi_bits[i >>> 5] |= mask;
  pi.pi_free++;
  if (pi.pi_free === 1) {
    pi.pi_next = _chunk_pages[pi.pi_shift];
    _chunk_pages[pi.pi_shift] = pi;
  }
  if (pi.pi_free === pi.pi_total) _free_chunk_page(pi);
}

/** The last chunk of a page has come back. */
function _free_chunk_page(pi: _pginfo): void {
  const shift = pi.pi_shift;
  if (_chunk_pages[shift] === pi) {
    _chunk_pages[shift] = pi.pi_next;
  } else {
    let q = _chunk_pages[shift];
    while (q.pi_next !== pi) q = q.pi_next;
    q.pi_next = pi.pi_next;
  }
  const page = pi.pi_page;
  _page_dir[_ptr2index(page)] = _MALLOC_FIRST;
  if ($addr(pi) !== page) _ifree($addr(pi));
  _ifree(page);
}

function _ifree(p: u32): void {
  const info = _page_of(p);
  if (info < _MALLOC_MAGIC) _free_pages(p, info);
  else _free_bytes(p, $cast<_pginfo>(info));
}

/** How many bytes a pointer was given. */
function _allocated(p: u32): u32 {
  const info = _page_of(p);
  if (info >= _MALLOC_MAGIC) {
    const pi = $cast<_pginfo>(info);
    const offset = p & PAGE_MASK;
    const i = offset >> pi.pi_shift;
    if ((offset & ((1 << pi.pi_shift) - 1)) !== 0) _wrterror('modified (chunk-) pointer\n');
    if (pi.pi_bits[i >>> 5] & (1 << (i & 31))) _wrterror('chunk is already free\n');
    return 1 << pi.pi_shift;
  }
  if (info === _MALLOC_FREE) _wrterror('page is already free\n');
  if (info !== _MALLOC_FIRST) _wrterror('modified (page-) pointer\n');
  if ((p & PAGE_MASK) !== 0) _wrterror('modified (page-) pointer\n');
  return _run_bytes(p);
}

function _irealloc(p: u32, size: u32): u32 {
  const old = _allocated(p);
  /* The same chunk or run would be chosen again. */
  if (size <= old && (size > old / 2 || old === 1 << _MINSHIFT) && old <= _MAXSIZE) return p;
  if (size <= old && size > old - PAGE_SIZE && old > _MAXSIZE) return p;
  const copy = _imalloc(size);
  if (copy === 0) return 0;
  memcpy(copy, p, old < size ? old : size);
  _ifree(p);
  return copy;
}

function _enter(func: str): void {
  _malloc_func = func;
  if (_malloc_active !== 0) _wrterror('recursive call\n');
  _malloc_active = 1;
}

function _leave(p: u32): u32 {
  _malloc_active = 0;
  if (p === 0) errno = ENOMEM;
  return p;
}

/** Memory of at least `size` bytes, aligned for everything, its contents undefined; 0 with ENOMEM if there is none. */
export function malloc(size: u32): u32 {
  _enter(' in malloc():');
  /* Ahead of what is asked for, so that the record of a run does not lie behind it and keep the heap from shrinking. */
  if (_px === null) _px = $cast<_pgfree>(_imalloc($sizeof<_pgfree>()));
  return _leave(_imalloc(size));
}
export function calloc(num: u32, size: u32): u32 {
  const bytes = num * size;
  if (size !== 0 && bytes / size !== num) {
    errno = ENOMEM;
    return 0;
  }
  const p = malloc(bytes);
  if (p !== 0) bzero(p, bytes);
  return p;
}
export function realloc(p: u32, size: u32): u32 {
  if (p === 0) return malloc(size);
  _enter(' in realloc():');
  return _leave(_irealloc(p, size));
}
/** If there is no memory, what there was is freed. */
export function reallocf(p: u32, size: u32): u32 {
  const q = realloc(p, size);
  if (q === 0 && p !== 0) free(p);
  return q;
}
export function free(p: u32): void {
  if (p === 0) return;
  _enter(' in free():');
  _ifree(p);
  _malloc_active = 0;
}
