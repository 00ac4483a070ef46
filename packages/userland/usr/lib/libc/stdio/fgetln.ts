import type { FILE } from '../../../include/stdio.h.js';
import { __SERR } from '../../../include/stdio.h.js';
import { realloc } from '../stdlib/malloc.js';
import { memcpy } from '../string/bcopy.js';
import { memchr } from '../string/memchr.js';
import { __srefill } from './refill.js';

/**
 * fgetln(3): a line of any length with its newline (the last may lack it), not ended by a NUL; its length in `lenp`. It stays
 * until the next read of the stream. Null at the end of the file, or where a long line does not fit into memory.
 */
export function fgetln(fp: FILE, lenp: ptr<u32>): str {
  if (fp._r <= 0 && __srefill(fp) !== 0) {
    lenp[0] = 0;
    return null;
  }
  const nl = memchr(fp._p, 10, $u32(fp._r));
  if (nl !== 0) {
    const line = fp._p;
    lenp[0] = nl + 1 - line;
    fp._p = nl + 1;
    fp._r -= $i32(lenp[0]);
    return $cast<str>(line);
  }
  return _longline(fp, lenp);
}

/** Where lines are put together that end beyond the buffer. */
let _lbuf: u32 = 0;
let _lbufsize: u32 = 0;

function _longline(fp: FILE, lenp: ptr<u32>): str {
  let len: u32 = 0;
  for (let last = false; !last && fp._r > 0; ) {
    const nl = memchr(fp._p, 10, $u32(fp._r));
    const n = nl !== 0 ? nl + 1 - fp._p : $u32(fp._r);
    if (len + n > _lbufsize) {
      const more = realloc(_lbuf, 2 * (len + n));
      if (more === 0) {
        fp._flags |= __SERR;
        lenp[0] = 0;
        return null;
      }
      _lbuf = more;
      _lbufsize = 2 * (len + n);
    }
    memcpy(_lbuf + len, fp._p, n);
    len += n;
    fp._p += n;
    fp._r -= $i32(n);
    last = nl !== 0 || (fp._r === 0 && __srefill(fp) !== 0);
  }
  lenp[0] = len;
  return $cast<str>(_lbuf);
}
