/** The three streams that every program has, and where the others come from (findfp.c). */
import type { FILE } from '../../../include/stdio.h.js';
import { __SNBF, __SRD, __SWR } from '../../../include/stdio.h.js';
import { calloc } from '../stdlib/malloc.js';
import { __sflush } from './fflush.js';

export let stderr: embed<FILE> = $init({ _flags: __SWR | __SNBF, _file: 2 });
export let stdout: embed<FILE> = $init({ _flags: __SWR, _file: 1, _next: stderr });
export let stdin: embed<FILE> = $init({ _flags: __SRD, _file: 0, _next: stdout });

/** A FILE that is not in use, or null: no memory. */
export function __sfp(): FILE {
  let fp: FILE = stdin;
  for (;;) {
    if (fp._flags === 0) break;
    if (fp._next === null) {
      const more = $cast<FILE>(calloc(1, $sizeof<FILE>()));
      if (more === null) return null;
      fp._next = more;
      fp = more;
      break;
    }
    fp = fp._next;
  }
  fp._p = 0;
  fp._r = 0;
  fp._w = 0;
  fp._bf = 0;
  fp._bfsize = 0;
  return fp;
}

/** Writes out what all streams hold: EOF if one cannot. */
export function _fwalk_flush(): int {
  let ret = 0;
  for (let fp: FILE = stdin; fp !== null; fp = fp._next) if (fp._flags & __SWR) ret |= __sflush(fp);
  return ret;
}
