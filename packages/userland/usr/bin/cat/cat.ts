/** cat(1) */
import { EINTR } from '../../../../kernel/src/sys/errno.h.js';
import { O_RDONLY } from '../../../../kernel/src/sys/fcntl.h.js';
import type { FILE } from '../../include/stdio.h.js';
import { EOF, ferror } from '../../include/stdio.h.js';
import { err, warn } from '../../lib/libc/gen/err.js';
import { isascii, iscntrl } from '../../lib/libc/locale/isctype.js';
import { fclose } from '../../lib/libc/stdio/fclose.js';
import { stderr, stdin, stdout } from '../../lib/libc/stdio/findfp.js';
import { fdopen } from '../../lib/libc/stdio/fopen.js';
import { fputs } from '../../lib/libc/stdio/fputs.js';
import { clearerr } from '../../lib/libc/stdio/fseek.js';
import { getc } from '../../lib/libc/stdio/getc.js';
import { setbuf } from '../../lib/libc/stdio/makebuf.js';
import { fprintf, printf } from '../../lib/libc/stdio/printf.js';
import { putchar } from '../../lib/libc/stdio/putc.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';
import { malloc } from '../../lib/libc/stdlib/malloc.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { close, open, read, write } from '../../lib/libc/sys/syscalls.js';

let bflag: int = 0;
let eflag: int = 0;
let nflag: int = 0;
let sflag: int = 0;
let tflag: int = 0;
let vflag: int = 0;
let rval: int = 0;

const COPYBUF = 65536;
let copybuf: u32 = 0;

function usage(): never {
  fprintf(stderr, 'usage: cat [-benstuv] [-] [file ...]\n');
  exit(1);
}

export function main(argc: int, argv: ptr<str>): int {
  let ch = 0;
  while ((ch = getopt(argc, argv, 'benstuv')) !== -1) {
    switch (ch) {
      case $ch('b'):
        bflag = 1;
        nflag = 1;
        break;
      case $ch('e'):
        eflag = 1;
        vflag = 1;
        break;
      case $ch('n'):
        nflag = 1;
        break;
      case $ch('s'):
        sflag = 1;
        break;
      case $ch('t'):
        tflag = 1;
        vflag = 1;
        break;
      case $ch('u'):
        setbuf(stdout, null);
        break;
      case $ch('v'):
        vflag = 1;
        break;
      default:
        usage();
    }
  }
  const cook = (bflag | eflag | nflag | sflag | tflag | vflag) !== 0;
  if (optind === argc) one('-', cook);
  for (let i = optind; i < argc; i++) one(argv[i], cook);
  if (fclose(stdout) !== 0) err(1, 'stdout');
  return rval;
}

/** Copies one file; `-` is the standard input. */
function one(path: str, cook: boolean): void {
  const isstdin = strcmp(path, '-') === 0;
  const fd = isstdin ? 0 : open(path, O_RDONLY);
  if (fd < 0) {
    warn('%s', path);
    rval = 1;
    return;
  }
  const name = isstdin ? 'stdin' : path;
  if (!cook) {
    raw_cat(fd, name);
    if (!isstdin) close(fd);
    return;
  }
  const fp = isstdin ? stdin : fdopen(fd, 'r');
  if (fp === null) err(1, '%s', name);
  cook_buf(fp, name);
  if (isstdin) clearerr(stdin);
  else fclose(fp);
}

function raw_cat(rfd: int, name: str): void {
  if (copybuf === 0) copybuf = malloc(COPYBUF);
  if (copybuf === 0) err(1, 'buffer');
  for (;;) {
    const nr = read(rfd, copybuf, COPYBUF);
    if (nr < 0 && errno === EINTR) continue;
    if (nr < 0) {
      warn('%s', name);
      rval = 1;
    }
    if (nr <= 0) return;
    for (let off = 0; off < nr; ) {
      const nw = write(1, copybuf + $u32(off), $u32(nr - off));
      if (nw < 0 && errno === EINTR) continue;
      if (nw < 0) err(1, 'stdout');
      off += nw;
    }
  }
}

/** With numbers, visible characters, or fewer empty lines. */
function cook_buf(fp: FILE, name: str): void {
  let line = 0;
  let gobble = false;
  let prev: int = $ch('\n');
  for (let ch = getc(fp); ch !== EOF; prev = ch, ch = getc(fp)) {
    if (prev === $ch('\n')) {
      if (sflag !== 0) {
        if (ch === $ch('\n')) {
          if (gobble) continue;
          gobble = true;
        } else {
          gobble = false;
        }
      }
      if (nflag !== 0 && (bflag === 0 || ch !== $ch('\n'))) printf('%6d\t', ++line);
    }
    cook_char(ch);
    if (ferror(stdout)) err(1, 'stdout');
  }
  if (ferror(fp)) {
    warn('%s', name);
    rval = 1;
  }
}

function cook_char(c: int): void {
  let ch = c;
  if (ch === $ch('\n')) {
    if (eflag !== 0) putchar($ch('$'));
  } else if (ch === $ch('\t')) {
    if (tflag !== 0) {
      fputs('^I', stdout);
      return;
    }
  } else if (vflag !== 0) {
    if (!isascii(ch)) {
      fputs('M-', stdout);
      ch &= 0x7f;
    }
    if (iscntrl(ch)) {
      putchar($ch('^'));
      ch = ch === 0x7f ? $ch('?') : ch | 0x40;
    }
  }
  putchar(ch);
}
