/**
 * Memory of the shell (memalloc.c): malloc that does not fail, and arenas, whose pieces are given back all at
 * once. A command's tree lies in an arena, and what expansion makes of its words in another.
 */
import { free, malloc, realloc } from '../../lib/libc/stdlib/malloc.js';
import { memcpy } from '../../lib/libc/string/bcopy.js';
import { memset } from '../../lib/libc/string/memset.js';
import { strcpy } from '../../lib/libc/string/strcpy.js';
import { strlen } from '../../lib/libc/string/strlen.js';
import { out2str } from './output.js';
import { exitshell } from './trap.js';

/** Bytes of a block of an arena, without its header. */
const MINSIZE = 504;

/**
 * A block: the header, and behind it the space.
 * @lock s the shell
 */
interface stack_block extends struct {
  prev: stack_block; // (s) the one before
}

/**
 * Pieces of memory with a common end.
 * @lock s the shell
 */
export interface arena extends struct {
  ar_block: stack_block; // (s) the newest block
  ar_next: u32; // (s) where the next piece begins
  ar_left: u32; // (s) bytes behind it
  ar_refs: int; // (s) who still needs it
}

/** Memory, or the end of the shell. */
export function ckmalloc(nbytes: u32): u32 {
  const p = malloc(nbytes);
  if (p === 0) outofspace();
  return p;
}

/** Another size for memory of ckmalloc's. */
export function ckrealloc(old: u32, nbytes: u32): u32 {
  const p = realloc(old, nbytes);
  if (p === 0) outofspace();
  return p;
}

/** Gives memory of ckmalloc's back. */
export function ckfree(p: u32): void {
  free(p);
}

function outofspace(): void {
  out2str('Out of space\n');
  exitshell(2);
}

/** A copy of a string, from ckmalloc. */
export function savestr(s: str): str {
  const p = $cast<str>(ckmalloc(strlen(s) + 1));
  strcpy(p, s);
  return p;
}

/** A new arena, with one reference. */
export function ar_new(): arena {
  const ar = $cast<arena>(ckmalloc($sizeof<arena>()));
  ar.ar_block = null;
  ar.ar_next = 0;
  ar.ar_left = 0;
  ar.ar_refs = 1;
  return ar;
}

/** Keeps an arena for one more. */
export function ar_hold(ar: arena): arena {
  ar.ar_refs++;
  return ar;
}

/** Gives up a reference; with the last one the memory. */
export function ar_drop(ar: arena): void {
  if (--ar.ar_refs > 0) return;
  let bp = ar.ar_block;
  while (bp !== null) {
    const prev = bp.prev;
    ckfree($addr(bp));
    bp = prev;
  }
  ckfree($addr(ar));
}

/** A piece of an arena, zeroed. */
export function stalloc(ar: arena, nbytes: u32): u32 {
  const n = (nbytes + 3) & ~3;
  if (n > ar.ar_left) {
    const size: u32 = n > MINSIZE ? n : MINSIZE;
    const bp = $cast<stack_block>(ckmalloc(size + $sizeof<stack_block>()));
    bp.prev = ar.ar_block;
    ar.ar_block = bp;
    ar.ar_next = $addr(bp) + $sizeof<stack_block>();
    ar.ar_left = size;
  }
  const p = ar.ar_next;
  ar.ar_next += n;
  ar.ar_left -= n;
  memset(p, 0, n);
  return p;
}

/** A copy of the first n bytes of a string, in an arena. */
export function stsavestr(ar: arena, s: str, n: u32): str {
  const p = $cast<str>(stalloc(ar, n + 1));
  memcpy($addr(p), $addr(s), n);
  return p;
}
