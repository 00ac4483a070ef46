/** wc(1) */
import { EINTR } from '../../../../kernel/src/sys/errno.h.js';
import { O_RDONLY } from '../../../../kernel/src/sys/fcntl.h.js';
import { err, warn } from '../../lib/libc/gen/err.js';
import { isspace } from '../../lib/libc/locale/isctype.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf, printf } from '../../lib/libc/stdio/printf.js';
import { putchar } from '../../lib/libc/stdio/putc.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';
import { malloc } from '../../lib/libc/stdlib/malloc.js';
import { close, open, read } from '../../lib/libc/sys/syscalls.js';

/**
 * Counts.
 * @lock p the program
 */
interface counts extends struct {
  lines: i64; // (p) newlines
  words: i64; // (p) words
  chars: i64; // (p) bytes
}

const MAXBSIZE = 65536;
let total: embed<counts>;
let doline: int = 0;
let doword: int = 0;
let dochar: int = 0;
let buffer: u32 = 0;

function usage(): never {
  fprintf(stderr, 'usage: wc [-clmw] [file ...]\n');
  exit(1);
}

function show(c: counts, name: str): void {
  if (doline !== 0) printf(' %7lld', c.lines);
  if (doword !== 0) printf(' %7lld', c.words);
  if (dochar !== 0) printf(' %7lld', c.chars);
  if (name !== null) printf(' %s', name);
  putchar($ch('\n'));
}

/** A word goes on from the buffer before. */
let inword: int = 0;

/** Counts what is in a part of the buffer. */
function tally(c: counts, from: u32, len: int): void {
  let lines = 0;
  let words = 0;
  let within = inword;
  const end = from + $u32(len);
  for (let p = from; p !== end; p++) {
    const ch = $ld8(p);
    if (ch === 10) lines++;
    if (isspace(ch)) {
      within = 0;
    } else if (within === 0) {
      within = 1;
      words++;
    }
  }
  inword = within;
  c.lines += $i64(lines);
  c.words += $i64(words);
  c.chars += $i64(len);
}

/** Counts one file; null is the standard input. */
function cnt(file: str): int {
  const c = $local<counts>();
  c.lines = 0;
  c.words = 0;
  c.chars = 0;
  const fd = file === null ? 0 : open(file, O_RDONLY);
  if (fd < 0) {
    warn('%s: open', file);
    return 1;
  }
  inword = 0;
  let len = 0;
  while ((len = read(fd, buffer, MAXBSIZE)) !== 0) {
    if (len === -1) {
      if (errno === EINTR) continue;
      warn('%s: read', file === null ? 'stdin' : file);
      if (file !== null) close(fd);
      return 1;
    }
    tally(c, buffer, len);
  }
  if (file !== null) close(fd);
  show(c, file);
  total.lines += c.lines;
  total.words += c.words;
  total.chars += c.chars;
  return 0;
}

export function main(argc: int, argv: ptr<str>): int {
  for (let ch = 0; (ch = getopt(argc, argv, 'clmw')) !== -1; ) {
    switch (ch) {
      case $ch('l'):
        doline = 1;
        break;
      case $ch('w'):
        doword = 1;
        break;
      case $ch('c'):
      case $ch('m'):
        dochar = 1;
        break;
      default:
        usage();
    }
  }
  if ((doline | doword | dochar) === 0) {
    doline = 1;
    doword = 1;
    dochar = 1;
  }
  buffer = malloc(MAXBSIZE);
  if (buffer === 0) err(1, null);
  if (optind === argc) return cnt(null);
  let errors = 0;
  for (let i = optind; i < argc; i++) errors |= cnt(argv[i]);
  if (argc - optind > 1) show(total, 'total');
  return errors;
}
