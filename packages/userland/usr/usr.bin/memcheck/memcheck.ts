/**
 * memcheck [-r] size [seed]: fills `size` bytes with a pattern made of address and seed, reads them back and compares every byte. The
 * size may exceed the machine's memory: then it is paging and the swap space that are checked. With -r it reads a second time, in an
 * order that jumps about. Exit status 0 if all bytes were right, 1 otherwise.
 */
import { PAGE_SIZE } from '../../../../kernel/src/sys/param.h.js';
import { errx } from '../../lib/libc/gen/err.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf, printf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';
import { strtol } from '../../lib/libc/stdlib/strtol.js';
import { bzero } from '../../lib/libc/string/memset.js';
import { allocate, pages_operand } from '../../lib/libload/memory.js';
import type { findings, scatter } from '../../lib/libload/pattern.h.js';
import { check_pages, fill_pages, scatter_init, scatter_next } from '../../lib/libload/pattern.js';

function usage(): never {
  fprintf(stderr, 'usage: memcheck [-r] size [seed]\n');
  exit(1);
}

export function main(argc: int, argv: ptr<str>): int {
  const f = $local<findings>();
  const s = $local<scatter>();
  const ep = $var<str>();
  let rflag = false;
  for (let ch = 0; (ch = getopt(argc, argv, 'r')) !== -1; ) {
    if (ch !== $ch('r')) usage();
    rflag = true;
  }
  if (argc - optind < 1 || argc - optind > 2) usage();
  const pages = pages_operand(argv[optind]);
  let seed: u32 = 1;
  if (argc - optind === 2) {
    const text = argv[optind + 1];
    errno = 0;
    seed = $u32(strtol(text, ep, 0));
    if (ep[0] === text || ep[0][0] !== 0 || errno !== 0) errx(1, '%s: illegal seed', text);
  }
  bzero($addr(f), $sizeof<findings>());
  const at = allocate(pages);
  fill_pages(at, pages, seed);
  check_pages(at, pages, seed, f);
  const bytes = f.f_bytes;
  if (rflag) {
    scatter_init(s, pages, seed);
    for (let i: u32 = 0; i < pages; i++) check_pages(at + scatter_next(s) * PAGE_SIZE, 1, seed, f);
  }
  printf('memcheck: %lld bytes in %u pages verified, %d errors\n', bytes, pages, f.f_errors);
  return f.f_errors === 0 ? 0 : 1;
}
