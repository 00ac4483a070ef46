/**
 * Patterns in memory: each word is made of its address and a seed, so that a page in the wrong place shows.
 */
import { PAGE_SIZE } from '../../../../kernel/src/sys/param.h.js';
import { warnx } from '../libc/gen/err.js';
import type { findings, scatter } from './pattern.h.js';

/** Wrong words that are shown. */
const _PATTERN_SHOWN = 8;

/** Spreads the bits of a word. @inline */
function _pattern_mix(x: u32): u32 {
  return (x ^ (x >>> 15)) * 0x85ebca6b;
}

/** The word that belongs at an address. @inline */
export function pattern_word(va: u32, seed: u32): u32 {
  return _pattern_mix((va ^ seed) * 0x9e3779b1) ^ (va >>> 2);
}

/*
 * A page at a time: each call begins afresh in the form of the function that was never interrupted, which is
 * the fast one.
 */

function _fill_page(va: u32, seed: u32): void {
  const end = va + PAGE_SIZE;
  for (let p = va; p !== end; p += 4) $st32(p, pattern_word(p, seed));
}

/** Fills pages with the pattern. */
export function fill_pages(va: u32, pages: u32, seed: u32): void {
  for (let i: u32 = 0; i < pages; i++) _fill_page(va + i * PAGE_SIZE, seed);
}

function _check_page(va: u32, seed: u32, f: findings): void {
  const end = va + PAGE_SIZE;
  for (let p = va; p !== end; p += 4) {
    const found = $ld32(p);
    const expected = pattern_word(p, seed);
    if (found !== expected) _pattern_mismatch(f, p, found, expected);
  }
  f.f_bytes += PAGE_SIZE;
}

/** Reads pages back and compares every byte; complains about the first wrong ones. */
export function check_pages(va: u32, pages: u32, seed: u32, f: findings): void {
  for (let i: u32 = 0; i < pages; i++) _check_page(va + i * PAGE_SIZE, seed, f);
}

function _pattern_mismatch(f: findings, va: u32, found: u32, expected: u32): void {
  for (let i = 0; i < 4; i++) if (((found ^ expected) >>> (8 * i)) & 0xff) f.f_errors++;
  if (f.f_shown === _PATTERN_SHOWN) return;
  f.f_shown++;
  warnx('0x%08x: read 0x%08x, expected 0x%08x', va, found, expected);
}

/**
 * Words of the page at `at` that are not what belongs in the page at `va`: the pattern with `seed`, or with
 * seed 0 zeros. The places differ where a page has been read from a file or a pipe.
 */
export function bad_words(at: u32, va: u32, seed: u32): u32 {
  let bad: u32 = 0;
  for (let i: u32 = 0; i < PAGE_SIZE; i += 4)
    if ($ld32(at + i) !== (seed === 0 ? 0 : pattern_word(va + i, seed))) bad++;
  return bad;
}

function _gcd(a: u32, b: u32): u32 {
  return b === 0 ? a : _gcd(b, a % b);
}

/** Begins a walk through the pages 0 to count - 1. */
export function scatter_init(s: scatter, count: u32, seed: u32): void {
  s.s_count = count;
  s.s_at = seed % count;
  s.s_stride = $u32(($i64(count) * 618) / 1000) | 1;
  while (_gcd(s.s_stride, count) !== 1) s.s_stride += 2;
}

/** The next page: in `count` calls each of them once. */
export function scatter_next(s: scatter): u32 {
  const page = s.s_at;
  s.s_at = $u32(($i64(page) + $i64(s.s_stride)) % $i64(s.s_count));
  return page;
}
