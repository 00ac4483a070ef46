/** getc(3), fgetc(3) and getchar(3): a character, or EOF. */
import type { FILE } from '../../../include/stdio.h.js';
import { EOF } from '../../../include/stdio.h.js';
import { stdin } from './findfp.js';
import { __srefill } from './refill.js';

export function getc(fp: FILE): int {
  if (fp._r <= 0 && __srefill(fp) !== 0) return EOF;
  fp._r--;
  return $ld8(fp._p++);
}
export function fgetc(fp: FILE): int {
  return getc(fp);
}
export function getchar(): int {
  return getc(stdin);
}
