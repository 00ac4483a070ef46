/**
 * What torment knows of its pages: what it wrote there and what may become of it. Every process has a model
 * of its own.
 */
import { MAP_ANON, MAP_SHARED, PROT_READ, PROT_WRITE } from '../../../../kernel/src/sys/mman.h.js';
import { PAGE_SIZE } from '../../../../kernel/src/sys/param.h.js';
import type { FILE } from '../../include/stdio.h.js';
import { MAP_FAILED } from '../../include/sys/mman.h.js';
import { err } from '../../lib/libc/gen/err.js';
import { fprintf, snprintf } from '../../lib/libc/stdio/printf.js';
import { calloc } from '../../lib/libc/stdlib/malloc.js';
import { mmap } from '../../lib/libc/sys/offsets.js';
import { bad_words, fill_pages, pattern_word } from '../../lib/libload/pattern.js';
import { xorshift } from '../../lib/libload/random.js';

/**
 * A page.
 * @lock p the process
 */
export interface tpage extends struct {
  tp_mapped: boolean; // (p) is it there? All else is of use only then
  tp_seed: u32; // (p) seed of the pattern in it; 0: nothing was written yet, so zeros
  tp_shared: boolean; // (p) anonymous memory that others share
  tp_file: boolean; // (p) a page of the file
  tp_ro: boolean; // (p) not to be written
  tp_adv: boolean; // (p) MADV_FREE since it was written: zeros are right, too
  tp_inherit: int; // (p) what a child gets (VM_INHERIT_...)
}

/**
 * What all processes together have done, in memory that they share.
 * @lock a each access is one instruction
 */
interface totals extends struct {
  tt_pages: u32; // (a) pages that were verified
}

export const BASE: u32 = 0x50000000;
/** The first pages are shared anonymous memory, the next ones pages of a file, all others private. */
export const SHARED_PAGES = 48;
export const FILE_PAGES = 32;
export const PRIVATE_FROM = SHARED_PAGES + FILE_PAGES;

const NOTES = 6;
const NOTE_BYTES = 160;

export let npages: u32 = 0;
export let errors: int = 0;
let pages: tpage = null;
let random_state: u32 = 1;
/** Patterns made so far: each page gets another one. */
let serial: u32 = 1;
/** The first errors in words. */
let notes: array<char, 960>; // NOTES * NOTE_BYTES
let sum: totals = null;

/** Makes an empty model of `count` pages. */
export function model_init(count: u32): void {
  const shared = mmap(0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANON | MAP_SHARED, -1, 0);
  pages = $cast<tpage>(calloc(count, $sizeof<tpage>()));
  if (shared === MAP_FAILED || pages === null) err(1, null);
  sum = $cast<totals>(shared);
  npages = count;
}

export function page_of(i: u32): tpage {
  return $idx(pages, i);
}
export function address_of(i: u32): u32 {
  return BASE + i * PAGE_SIZE;
}

/** Are these pages all mapped? */
export function all_mapped(first: u32, count: u32): boolean {
  for (let i = first; i < first + count; i++) if (!page_of(i).tp_mapped) return false;
  return true;
}

/** Private to this process, as far as the kinds of mappings go. */
export function is_private(p: tpage): boolean {
  return p.tp_mapped && !p.tp_shared && !p.tp_file;
}

export function random_init(seed: u32): void {
  random_state = ((seed * 0x9e3779b1) ^ 0x5bd1e995) | 1;
}
/** A number below `n`. */
export function rnd(n: u32): u32 {
  return xorshift($ref(random_state), n);
}

/** A seed that no other page has, `factor` times a number that grows. */
export function next_seed(factor: u32, plus: u32): u32 {
  return ++serial * factor + plus;
}

/** Takes a note of an error. */
export function complain(fmt: str, ...args: va_list): void {
  if (errors < NOTES) snprintf($padd(notes, errors * NOTE_BYTES), NOTE_BYTES, fmt, ...args);
  errors++;
}

/** A call that gave what it must not. */
export function unexpected(what: str, result: int): void {
  complain('%s returned %d', what, result === -1 ? -errno : result);
}

/** A child begins without the errors of its parent. */
export function forget_errors(): void {
  errors = 0;
}

/** The errors noted, with `separator` between them. */
export function print_errors(fp: FILE, separator: str): void {
  for (let i = 0; i < errors && i < NOTES; i++)
    fprintf(fp, '%s%s', i === 0 ? '' : separator, $padd(notes, i * NOTE_BYTES));
}

/** Fills a page with a new pattern. */
export function fill(i: u32, seed: u32): void {
  const p = page_of(i);
  p.tp_seed = seed;
  p.tp_adv = false;
  fill_pages(address_of(i), 1, seed);
}

/** Pages that all processes together have verified. */
export function verified_pages(): u32 {
  return sum.tt_pages;
}

function yes(flag: boolean): str {
  return flag ? 'true' : 'false';
}

/** Compares every byte of a page with the model. */
export function check(i: u32, what: str): void {
  const p = page_of(i);
  const va = address_of(i);
  const bad = bad_words(va, va, p.tp_seed);
  sum.tt_pages++;
  if (bad === 0) return;
  if (p.tp_adv) {
    if (bad_words(va, va, 0) === 0) p.tp_seed = 0;
    return;
  }
  const want = p.tp_seed === 0 ? 0 : pattern_word(va, p.tp_seed);
  complain(
    '%s: va %x bad words %u got %x want %x seed %u shared %s file %s adv %s ro %s inh %d',
    what,
    va,
    bad,
    $ld32(va),
    want,
    p.tp_seed,
    yes(p.tp_shared),
    yes(p.tp_file),
    yes(p.tp_adv),
    yes(p.tp_ro),
    p.tp_inherit,
  );
}

/** Compares every byte of what has come from page `i` by way of a file or a pipe. */
export function check_copy(at: u32, i: u32, what: str): void {
  const bad = bad_words(at, address_of(i), page_of(i).tp_seed);
  sum.tt_pages++;
  if (bad > 0) complain('%s page bad %u', what, bad);
}

/** Checks all pages that are mapped. */
export function check_all(what: str): void {
  for (let i: u32 = 0; i < npages; i++) if (page_of(i).tp_mapped) check(i, what);
}
