/**
 * Patterns (expand.c): * ? [...], for strings and for the names of files. A character behind a CTLESC stands
 * for itself.
 */
import type { struct_stat } from '../../include/sys/stat.h.js';
import { closedir, opendir, readdir } from '../../lib/libc/gen/opendir.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { strlen } from '../../lib/libc/string/strlen.js';
import { lstat } from '../../lib/libc/sys/syscalls.js';
import type { expdest, strlist } from './expand.js';
import { e_add } from './expand.js';
import type { arena } from './memalloc.js';
import { ar_drop, ar_new, stalloc, stsavestr } from './memalloc.js';
import type { sbuf } from './mystring.js';
import { sb_free, sb_init, sb_putc, sb_puts, sb_str } from './mystring.js';
import { CTLESC } from './parser.h.js';

/** Do the first n characters of a pattern have one with a meaning? */
export function hasmeta(pattern: str, n: int): boolean {
  for (let i = 0; i < n; i++) {
    const c = pattern[i];
    if (c === CTLESC) i++;
    else if (c === $ch('*') || c === $ch('?') || c === $ch('[')) return true;
  }
  return false;
}

/** Does a pattern match a string? After a failure it is the last * that takes one character more. */
export function patmatch(pattern: str, s: str): boolean {
  let p = pattern;
  let q = s;
  let star: str = null;
  let starq: str = null;
  for (;;) {
    if (p[0] === $ch('*')) {
      p = $padd(p, 1);
      star = p;
      starq = q;
      continue;
    }
    if (q[0] === 0) return p[0] === 0;
    const n = matchchar(p, q[0]);
    if (n > 0) {
      p = $padd(p, n);
      q = $padd(q, 1);
      continue;
    }
    if (star === null) return false;
    p = star;
    starq = $padd(starq, 1);
    q = starq;
  }
}

/** Length of what matches c at the beginning of a pattern, 0 if that does not. */
function matchchar(p: str, c: int): int {
  switch (p[0]) {
    case CTLESC:
      return p[1] === c ? 2 : 0;
    case $ch('?'):
      return 1;
    case $ch('['):
      return matchset(p, c);
    default:
      return p[0] === c ? 1 : 0;
  }
}

/** The same for a [...]; without an end it is a character like any other. */
function matchset(p: str, c: int): int {
  let i = 1;
  let found = false;
  const invert = p[1] === $ch('!') || p[1] === $ch('^');
  if (invert) i++;
  const first = i;
  while (p[i] !== $ch(']') || i === first) {
    if (p[i] === CTLESC) i++;
    if (p[i] === 0) return c === $ch('[') ? 1 : 0;
    const from = p[i++];
    let to = from;
    if (p[i] === $ch('-') && p[i + 1] !== $ch(']') && p[i + 1] !== 0) {
      i += p[i + 1] === CTLESC ? 2 : 1;
      to = p[i++];
    }
    if (c >= from && c <= to) found = true;
  }
  return found !== invert ? i + 1 : 0;
}

/** Enters the files that a pattern matches, sorted; false if there are none. */
export function expandmeta(e: expdest, pattern: str): boolean {
  const found = $local<expdest>();
  const path = $local<sbuf>();
  found.e_arena = e.e_arena;
  found.e_first = null;
  sb_init(path);
  expmeta(found, path, pattern);
  sb_free(path);
  for (let sp = msort(found.e_first); sp !== null; sp = sp.next) e_add(e, sp.text);
  return found.e_first !== null;
}

function addfile(found: expdest, path: sbuf): void {
  const sb = $local<struct_stat>();
  if (path.sb_len > 0 && lstat(sb_str(path), sb) === 0)
    e_add(found, stsavestr(found.e_arena, sb_str(path), $u32(path.sb_len)));
}

/** Is there a slash at p, quoted or not? Its length. */
function slash(p: str): int {
  if (p[0] === CTLESC) return p[1] === $ch('/') ? 2 : 0;
  return p[0] === $ch('/') ? 1 : 0;
}

/**
 * Enters the files below `path`, which ends in a slash or is empty, that the rest of a pattern matches.
 * `path` is as before after it.
 */
function expmeta(found: expdest, path: sbuf, rest: str): void {
  const len = path.sb_len;
  let p = rest;
  while (slash(p) > 0) {
    sb_putc(path, $ch('/'));
    p = $padd(p, slash(p));
  }
  let n = 0;
  while (p[n] !== 0 && slash($padd(p, n)) === 0) n += p[n] === CTLESC ? 2 : 1;
  if (hasmeta(p, n)) {
    const ar = ar_new();
    const name = stsavestr(ar, p, $u32(n));
    for (let sp = matchdir(sb_str(path), name, ar); sp !== null; sp = sp.next) {
      const before = path.sb_len;
      sb_puts(path, sp.text);
      if (p[n] === 0) addfile(found, path);
      else expmeta(found, path, $padd(p, n));
      path.sb_len = before;
    }
    ar_drop(ar);
  } else {
    for (let i = 0; i < n; i++) {
      if (p[i] === CTLESC) i++;
      sb_putc(path, p[i]);
    }
    if (p[n] === 0) addfile(found, path);
    else expmeta(found, path, $padd(p, n));
  }
  path.sb_len = len;
}

/** The names in a directory that a pattern matches. */
function matchdir(dir: str, pattern: str, ar: arena): strlist {
  let first: strlist = null;
  const dirp = opendir(dir[0] === 0 ? '.' : dir);
  if (dirp === null) return null;
  for (let dp = readdir(dirp); dp !== null; dp = readdir(dirp)) {
    /* A dot in front is not matched by a pattern. */
    if (dp.d_name[0] === $ch('.') && pattern[0] !== $ch('.') && pattern[0] !== CTLESC) continue;
    if (!patmatch(pattern, dp.d_name)) continue;
    const sp = $cast<strlist>(stalloc(ar, $sizeof<strlist>()));
    sp.text = stsavestr(ar, dp.d_name, strlen(dp.d_name));
    sp.next = first;
    first = sp;
  }
  closedir(dirp);
  return first;
}

/** Sorts a list, by merging its sorted halves. */
export function msort(first: strlist): strlist {
  if (first === null || first.next === null) return first;
  let middle = first;
  for (let end = first.next; end !== null && end.next !== null; end = end.next.next) middle = middle.next;
  const second = msort(middle.next);
  middle.next = null;
  return merge(msort(first), second);
}

function merge(first: strlist, second: strlist): strlist {
  const head = $var<strlist>();
  let last = head;
  let a = first;
  let b = second;
  while (a !== null && b !== null) {
    const less = strcmp(a.text, b.text) <= 0;
    last[0] = less ? a : b;
    if (less) a = a.next;
    else b = b.next;
    last = $ref(last[0].next);
  }
  last[0] = a !== null ? a : b;
  return head[0];
}
