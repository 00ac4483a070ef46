import type { FILE } from '../../../include/stdio.h.js';
import { EOF } from '../../../include/stdio.h.js';
import { strlen } from '../string/strlen.js';
import { stdout } from './findfp.js';
import { __sfvwrite } from './fvwrite.js';
import { putc } from './putc.js';

/** fputs(3) and puts(3), which adds a newline: EOF or 0. */
export function fputs(s: str, fp: FILE): int {
  return __sfvwrite(fp, $addr(s), strlen(s));
}
export function puts(s: str): int {
  if (fputs(s, stdout) !== 0) return EOF;
  return putc(10, stdout) === EOF ? EOF : 10;
}
