/** Where the parser's characters come from (input.c): files and strings, one inside the other. */
import { EINTR } from '../../../../kernel/src/sys/errno.h.js';
import { FD_CLOEXEC, F_DUPFD, F_SETFD, O_RDONLY } from '../../../../kernel/src/sys/fcntl.h.js';
import { strlen } from '../../lib/libc/string/strlen.js';
import { close, fcntl, open, read } from '../../lib/libc/sys/syscalls.js';
import { checkint } from './error.js';
import { ckfree, ckmalloc, savestr } from './memalloc.js';
import type { sbuf } from './mystring.js';
import { sb_free, sb_init, sb_putc } from './mystring.js';
import { iflag, optval, vflag } from './options.js';
import { out2str, xwrite } from './output.js';
import { PEOF } from './parser.h.js';
import { ps1val, ps2val } from './var.js';

const IBUFSIZ = 1024;
/** Characters in front of a buffer that pungetc may put there. */
const UNGETROOM = 4;

/**
 * A string that is read again before the input goes on.
 * @lock s the shell
 */
interface strpush extends struct {
  sp_prev: strpush; // (s) the one around it
  sp_buf: str; // (s) the string, from ckmalloc
  sp_next: ptr<char>; // (s) where the input goes on behind it
  sp_left: int; // (s) and how much of it is left
}

/**
 * An input.
 * @lock s the shell
 */
export interface parsefile extends struct {
  pf_prev: parsefile; // (s) the one around it
  pf_fd: int; // (s) descriptor, -1: a string
  pf_buf: u32; // (s) what read(2) fills, UNGETROOM bytes into memory of ckmalloc's; 0: none
  pf_next: ptr<char>; // (s) the next character
  pf_left: int; // (s) characters there
  pf_eof: int; // (s) the end has been seen
  pf_push: strpush; // (s) strings that are read again
  pf_text: embed<sbuf>; // (s) what the parser has taken of the command so far, as it was written
}

/** The input that is read now. */
export let curfile: parsefile = null;
/** The prompt for the next line that is read at a terminal: 1 or 2. */
export let whichprompt: int = 1;

/** A new input inside the one that is read now. */
function pushfile(fd: int): void {
  const pf = $cast<parsefile>(ckmalloc($sizeof<parsefile>()));
  pf.pf_prev = curfile;
  pf.pf_fd = fd;
  pf.pf_buf = 0;
  pf.pf_next = null;
  pf.pf_left = 0;
  pf.pf_eof = 0;
  pf.pf_push = null;
  sb_init(pf.pf_text);
  curfile = pf;
}

/** Takes characters from an open file. */
export function setinputfd(fd: int): void {
  pushfile(fd);
  curfile.pf_buf = ckmalloc(IBUFSIZ + UNGETROOM) + UNGETROOM;
}

/** Takes them from a string, which must stay. */
export function setinputstring(s: str): void {
  pushfile(-1);
  curfile.pf_next = s;
  curfile.pf_left = $i32(strlen(s));
}

/**
 * Opens a file out of the way of a script's own descriptors, and takes characters from it. -1 with errno if
 * that fails.
 */
export function setinputfile(fname: str): int {
  const fd = open(fname, O_RDONLY);
  if (fd < 0) return -1;
  const fd2 = fcntl(fd, F_DUPFD, 10);
  close(fd);
  if (fd2 < 0) return -1;
  fcntl(fd2, F_SETFD, FD_CLOEXEC);
  setinputfd(fd2);
  return 0;
}

/** Goes back to the input around this one. */
export function popfile(): void {
  const pf = curfile;
  while (pf.pf_push !== null) popstring(pf);
  if (pf.pf_fd > 0) close(pf.pf_fd);
  if (pf.pf_buf !== 0) ckfree(pf.pf_buf - UNGETROOM);
  sb_free(pf.pf_text);
  curfile = pf.pf_prev;
  ckfree($addr(pf));
}

/** Lets a string be read before the input goes on. */
export function pushstring(s: str): void {
  const pf = curfile;
  const sp = $cast<strpush>(ckmalloc($sizeof<strpush>()));
  sp.sp_prev = pf.pf_push;
  sp.sp_buf = savestr(s);
  sp.sp_next = pf.pf_next;
  sp.sp_left = pf.pf_left;
  pf.pf_push = sp;
  pf.pf_next = sp.sp_buf;
  pf.pf_left = $i32(strlen(s));
}

function popstring(pf: parsefile): void {
  const sp = pf.pf_push;
  pf.pf_next = sp.sp_next;
  pf.pf_left = sp.sp_left;
  pf.pf_push = sp.sp_prev;
  ckfree($addr(sp.sp_buf));
  ckfree($addr(sp));
}

function prompt(): void {
  if (whichprompt === 1) out2str(ps1val());
  else out2str(ps2val());
  whichprompt = 2;
}

/** Reads more of a file. The number of characters, 0 at the end, -1 if an interrupt ends the command. */
function preadfd(pf: parsefile): int {
  for (;;) {
    /* What came since the last command has ended: a read would wait for the next one. */
    checkint();
    if (evalskip) return -1;
    if (pf.pf_prev === null && optval[iflag]) prompt();
    const n = read(pf.pf_fd, pf.pf_buf, IBUFSIZ);
    if (n >= 0) return n;
    if (errno !== EINTR) return 0;
    checkint();
    if (evalskip) return -1;
  }
}

/** Makes characters available; false at the end of the input. */
function preadbuffer(): boolean {
  const pf = curfile;
  while (pf.pf_left === 0) {
    if (pf.pf_push !== null) {
      popstring(pf);
      continue;
    }
    if (pf.pf_fd < 0 || pf.pf_eof || evalskip) return false;
    const n = preadfd(pf);
    if (n <= 0) {
      pf.pf_eof = n === 0 ? 1 : 0;
      return false;
    }
    pf.pf_next = $cast<ptr<char>>(pf.pf_buf);
    pf.pf_left = n;
    if (optval[vflag]) xwrite(2, pf.pf_buf, n);
  }
  return true;
}

/** The next character, PEOF at the end. */
export function pgetc(): int {
  const pf = curfile;
  if (pf.pf_left === 0 && !preadbuffer()) return PEOF;
  const c = pf.pf_next[0];
  pf.pf_left--;
  pf.pf_next = $padd(pf.pf_next, 1);
  sb_putc(pf.pf_text, c);
  return c;
}

/** Gives the last character back, or the last two one after the other; PEOF comes again by itself. */
export function pungetc(c: int): void {
  const pf = curfile;
  if (c === PEOF) return;
  pf.pf_left++;
  pf.pf_next = $padd(pf.pf_next, -1);
  /* Unless it was the last of the buffer before, it is there. */
  if (pf.pf_next[0] !== c) pf.pf_next[0] = c;
  pf.pf_text.sb_len--;
}

/** The next character; a backslash and the newline behind it are none. */
export function pgetc_eatbnl(): int {
  for (;;) {
    const c = pgetc();
    if (c !== $ch('\\')) return c;
    const next = pgetc();
    if (next === $ch('\n')) continue;
    pungetc(next);
    return c;
  }
}

/** Forgets what is left of the line that was read. */
export function flushinput(): void {
  while (curfile.pf_push !== null) popstring(curfile);
  curfile.pf_left = 0;
}
