/** Buffers (makebuf.c, setvbuf.c). */
import type { FILE } from '../../../include/stdio.h.js';
import {
  BUFSIZ,
  EOF,
  _IOFBF,
  _IOLBF,
  _IONBF,
  __SEOF,
  __SLBF,
  __SMBF,
  __SNBF,
  __SWR,
  __UNGETROOM,
} from '../../../include/stdio.h.js';
import type { struct_stat } from '../../../include/sys/stat.h.js';
import { S_ISCHR } from '../../../include/sys/stat.h.js';
import { isatty } from '../gen/termios.js';
import { free, malloc } from '../stdlib/malloc.js';
import { fstat } from '../sys/syscalls.js';
import { __sflush } from './fflush.js';

/** The buffer of a stream that does without one, as large as ungetc wants it. */
const _TINY = 1;

/** Gives a stream its buffer when it is first used: as large as the file system likes, by lines for a terminal. */
export function __smakebuf(fp: FILE): void {
  let size = _TINY;
  if ((fp._flags & __SNBF) === 0) {
    const st = $local<struct_stat>();
    const known = fp._file >= 0 && fstat(fp._file, st) === 0;
    size = known && st.st_blksize !== 0 ? $i32(st.st_blksize) : BUFSIZ;
    if (known && S_ISCHR(st.st_mode) && isatty(fp._file)) fp._flags |= __SLBF;
  }
  __ssetbuf(fp, malloc($u32(size + __UNGETROOM)), size, true);
}

/** Enters a buffer of which the first __UNGETROOM bytes are ungetc's. Without memory the stream is unbuffered. */
export function __ssetbuf(fp: FILE, room: u32, size: int, allocated: boolean): void {
  if (room === 0) {
    fp._flags |= __SNBF;
    fp._bf = $addr($ref(__stiny[__UNGETROOM]));
    fp._bfsize = _TINY;
  } else {
    if (allocated) fp._flags |= __SMBF;
    fp._bf = room + __UNGETROOM;
    fp._bfsize = size;
  }
  fp._p = fp._bf;
}

/** What streams share for which there is no memory: no more than one byte is ever in it. */
let __stiny: array<char, 8>;

/** Gives the buffer back. */
export function __sfreebuf(fp: FILE): void {
  if (fp._flags & __SMBF) free(fp._bf - __UNGETROOM);
  fp._flags &= ~(__SMBF | __SLBF);
  fp._bf = 0;
  fp._bfsize = 0;
  fp._p = 0;
  fp._r = 0;
  fp._w = 0;
}

/**
 * setvbuf(3): how a stream is buffered, before it is used or in between. `buf` 0: a buffer from malloc(3). EOF if `mode` is none.
 */
export function setvbuf(fp: FILE, buf: str, mode: int, size: u32): int {
  if (mode !== _IONBF && mode !== _IOLBF && mode !== _IOFBF) return EOF;
  let ret = fp._flags & __SWR ? __sflush(fp) : 0;
  __sfreebuf(fp);
  fp._flags &= ~(__SNBF | __SEOF);
  if (mode === _IONBF) {
    fp._flags |= __SNBF;
    __smakebuf(fp);
    return ret;
  }
  const given = buf !== null && size > __UNGETROOM;
  const n: int = given ? $i32(size - __UNGETROOM) : size === 0 ? BUFSIZ : $i32(size);
  __ssetbuf(fp, given ? $addr(buf) : malloc($u32(n + __UNGETROOM)), n, !given);
  if (fp._flags & __SNBF) ret = EOF;
  if (mode === _IOLBF) fp._flags |= __SLBF;
  if (fp._flags & __SWR) fp._w = fp._bfsize;
  return ret;
}
export function setbuf(fp: FILE, buf: str): void {
  setvbuf(fp, buf, buf === null ? _IONBF : _IOFBF, BUFSIZ);
}
export function setlinebuf(fp: FILE): int {
  return setvbuf(fp, null, _IOLBF, 0);
}
