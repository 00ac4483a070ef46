/**
 * getbsize(3): the unit of BLOCKSIZE in the environment, 512 if there is none: its size to `blocksizep`, its name as a header of
 * a column, whose length goes to `headerlenp`.
 */
import { toupper } from '../locale/isctype.js';
import { snprintf } from '../stdio/printf.js';
import { getenv } from '../stdlib/getenv.js';
import { strtol } from '../stdlib/strtol.js';
import { warnx } from './err.js';

let _bsize_header: array<char, 20>;

export function getbsize(headerlenp: ptr<int>, blocksizep: ptr<int>): str {
  const KB = 1024;
  const MB = 1024 * 1024;
  const GB = 1024 * 1024 * 1024;
  const ep = $var<str>();
  let form = '';
  let mul = 1;
  let n = 512;
  let blocksize = 512;
  const p = getenv('BLOCKSIZE');
  if (p !== null && p[0] !== 0) {
    n = strtol(p, ep, 10);
    if (n < 0) n = 0;
    if (n === 0) n = 1;
    switch (toupper(ep[0][0])) {
      case $ch('G'):
        form = 'G';
        mul = GB;
        break;
      case $ch('K'):
        form = 'K';
        mul = KB;
        break;
      case $ch('M'):
        form = 'M';
        mul = MB;
        break;
      case 0:
        break;
      default:
        warnx('%s: unknown blocksize', p);
        n = 512;
        mul = 1;
        break;
    }
    if (n > GB / mul) {
      warnx('maximum blocksize is %dG', 1);
      n = GB / mul;
    }
    blocksize = n * mul;
    if (blocksize < 512) {
      warnx('minimum blocksize is 512');
      form = '';
      n = 512;
      blocksize = 512;
    }
  }
  headerlenp[0] = snprintf(_bsize_header, 20, '%d%s-blocks', n, form);
  blocksizep[0] = blocksize;
  return _bsize_header;
}
