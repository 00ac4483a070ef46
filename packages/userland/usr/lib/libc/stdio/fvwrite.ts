import type { FILE } from '../../../include/stdio.h.js';
import { EOF, __SERR, __SLBF, __SNBF, __SSTR, __SWR } from '../../../include/stdio.h.js';
import { memcpy } from '../string/bcopy.js';
import { memchr } from '../string/memchr.js';
import { write } from '../sys/syscalls.js';
import { __sflush } from './fflush.js';
import { __swsetup } from './wsetup.js';

/**
 * __sfvwrite (fvwrite.c): puts bytes into a stream as its buffering wants it. Every write to a stream ends here. EOF if not
 * all could be written.
 */
export function __sfvwrite(fp: FILE, buf: u32, len: u32): int {
  if (len === 0) return 0;
  if (fp._flags & __SSTR) {
    const n = $i32(len) < fp._w ? len : $u32(fp._w);
    memcpy(fp._p, buf, n);
    fp._p += n;
    fp._w -= $i32(n);
    return 0;
  }
  if (((fp._flags & __SWR) === 0 || fp._bf === 0) && __swsetup(fp) !== 0) return EOF;
  if (fp._flags & __SNBF) return _writeall(fp, buf, len);
  let p = buf;
  const end = buf + len;
  while (p !== end) {
    let next = end;
    if (fp._flags & __SLBF) {
      const nl = memchr(p, 10, end - p);
      if (nl !== 0) next = nl + 1;
    }
    if (_buffered(fp, p, next - p) !== 0) return EOF;
    if (fp._flags & __SLBF && $ld8(next - 1) === 10 && __sflush(fp) !== 0) return EOF;
    p = next;
  }
  return 0;
}

/** Through the buffer, or where it is empty and less than what comes, past it. */
function _buffered(fp: FILE, buf: u32, len: u32): int {
  let p = buf;
  let left = len;
  const end = fp._bf + $u32(fp._bfsize);
  while (left !== 0) {
    const room = end - fp._p;
    if (fp._p === fp._bf && left >= room) {
      const whole = left - (left % room);
      if (_writeall(fp, p, whole) !== 0) return EOF;
      p += whole;
      left -= whole;
      continue;
    }
    const n = left < room ? left : room;
    memcpy(fp._p, p, n);
    fp._p += n;
    p += n;
    left -= n;
    if (n === room && __sflush(fp) !== 0) return EOF;
  }
  fp._w = fp._flags & (__SLBF | __SNBF) ? 0 : $i32(end - fp._p);
  return 0;
}

function _writeall(fp: FILE, buf: u32, len: u32): int {
  for (let done: u32 = 0; done < len; ) {
    const n = write(fp._file, buf + done, len - done);
    if (n <= 0) {
      fp._flags |= __SERR;
      return EOF;
    }
    done += $u32(n);
  }
  return 0;
}
