import type { FILE } from '../../../include/stdio.h.js';
import { EOF, __SEOF, __UNGETROOM } from '../../../include/stdio.h.js';
import { __smakebuf } from './makebuf.js';
import { __sreading } from './refill.js';

/** ungetc(3): puts a character back, EOF if there is no room: at least __UNGETROOM always fit. */
export function ungetc(c: int, fp: FILE): int {
  if (c === EOF) return EOF;
  if (__sreading(fp) !== 0) return EOF;
  if (fp._bf === 0) __smakebuf(fp);
  if (fp._p === fp._bf - __UNGETROOM) return EOF;
  fp._p--;
  fp._r++;
  $st8(fp._p, c);
  fp._flags &= ~__SEOF;
  return c & 0xff;
}
