/** putc(3), fputc(3) and putchar(3): the character, or EOF. */
import type { FILE } from '../../../include/stdio.h.js';
import { EOF } from '../../../include/stdio.h.js';
import { stdout } from './findfp.js';
import { __sfvwrite } from './fvwrite.js';

export function putc(c: int, fp: FILE): int {
  /* _w is 0 for streams that may not wait for a full buffer. */
  if (fp._w > 0) {
    fp._w--;
    $st8(fp._p, c);
    fp._p++;
    return c & 0xff;
  }
  const one = $local<array<char, 4>>();
  one[0] = c;
  return __sfvwrite(fp, $addr(one), 1) === 0 ? c & 0xff : EOF;
}
export function fputc(c: int, fp: FILE): int {
  return putc(c, fp);
}
export function putchar(c: int): int {
  return putc(c, stdout);
}
