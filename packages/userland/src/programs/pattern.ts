import type { Libc, User } from '../libc.js';
import { MAP_ANON, MAP_PRIVATE, PROT_READ, PROT_WRITE, SYS } from '../syscalls.js';
import { ddSize } from './dd.js';

export const PAGE = 4096;
const WORDS = PAGE / 4;
/** Cycles that filling or checking a page takes: two a word. */
const CYCLES_PER_PAGE = 2 * WORDS;

/** The word that belongs at virtual address `va` under `seed`. */
export function patternWord(va: number, seed: number): number {
  let x = Math.imul((va ^ seed) | 0, 0x9e3779b1);
  x ^= x >>> 15;
  return Math.imul(x, 0x85ebca6b) ^ (va >>> 2);
}

/** A place where memory did not hold what was written there. */
export interface Mismatch {
  va: number;
  read: number;
  expected: number;
}

/** What checks found. */
export interface Findings {
  bytes: number;
  /** Bytes that were wrong. */
  errors: number;
  /** The first few. */
  first: Mismatch[];
}

const SHOWN = 8;

/** Fills pages of the process's memory with the pattern. */
export function* fillPages(c: Libc, va: number, pages: number, seed: number): User {
  const { ram } = c.cpu.machine;
  yield* c.cpu.eachPage(va, pages, true, CYCLES_PER_PAGE, (at, page) => {
    const { i32 } = ram;
    const from = at >>> 2;
    for (let i = 0; i < WORDS; i++) i32[from + i] = patternWord((page + 4 * i) | 0, seed);
  });
}

/** Reads pages back and compares every byte. */
export function* checkPages(c: Libc, va: number, pages: number, seed: number, findings: Findings): User {
  const { ram } = c.cpu.machine;
  yield* c.cpu.eachPage(va, pages, false, CYCLES_PER_PAGE, (at, page) => {
    const { i32 } = ram;
    const from = at >>> 2;
    for (let i = 0; i < WORDS; i++) {
      const word = (page + 4 * i) | 0;
      const expected = patternWord(word, seed);
      if (i32[from + i] !== expected) mismatch(findings, word, i32[from + i]!, expected);
    }
    findings.bytes += PAGE;
  });
}

function mismatch(findings: Findings, va: number, read: number, expected: number): void {
  for (let i = 0; i < 4; i++) if (((read ^ expected) >>> (8 * i)) & 0xff) findings.errors++;
  if (findings.first.length < SHOWN) findings.first.push({ va, read, expected });
}

/** The pages 0 to count - 1, each once, in an order that jumps about: a walk by a stride that shares no factor with count. */
export function* scattered(count: number, seed: number): Generator<number, void, unknown> {
  let stride = Math.max(1, Math.floor(count * 0.618)) | 1;
  while (gcd(stride, count) !== 1) stride += 2;
  let at = (seed >>> 0) % count;
  for (let i = 0; i < count; i++) {
    yield at;
    at = (at + stride) % count;
  }
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** An operand that is a size in bytes (as dd's), rounded up to pages. Complains and ends the program if it is none. */
export function* pagesOperand(c: Libc, text: string | undefined, usage: string): User<number> {
  const bytes = text === undefined ? -1 : ddSize(text);
  if (text === undefined) return yield* c.usage(usage);
  if (bytes <= 0 || bytes > 0xc0000000) return yield* c.fail(`${text}: illegal size`);
  return Math.ceil(bytes / PAGE);
}

/** Pages from brk(2), or where the data limit forbids that, from mmap(2). Complains and ends the program if there are none. */
export function* allocate(c: Libc, pages: number): User<number> {
  const heap = yield* c.malloc(pages * PAGE);
  if (heap >= 0) return heap;
  const at = yield* mapAnonymous(c, pages);
  if (at < 0 && at > -100) return yield* c.fail(`cannot allocate ${pages * PAGE} bytes: ${c.strerror(heap)}`);
  return at;
}

/** mmap(2) of anonymous memory; -errno. */
export function* mapAnonymous(c: Libc, pages: number): User<number> {
  const bytes = (pages * PAGE) | 0;
  return yield* c.sys(SYS.mmap, 0, bytes, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE, -1, 0, 0, 0);
}
