/**
 * savecore(8): saves the dump of the kernel that died here before, from the disk into a directory. -c takes
 * the dump away, -f saves one that has been saved before, -k leaves it as it is on the disk, -v tells more.
 */
import { O_CREAT, O_RDWR, O_TRUNC, O_WRONLY, SEEK_SET } from '../../../../kernel/src/sys/fcntl.h.js';
import type { kerneldumpheader } from '../../../../kernel/src/sys/kerneldump.h.js';
import {
  KDH_MAGIC0,
  KDH_MAGIC1,
  KDH_MINI,
  KDH_SAVED,
  KDH_SECTOR,
  KDH_STARTED,
  KDH_VERSION,
} from '../../../../kernel/src/sys/kerneldump.h.js';
import { err, errx, warn, warnx } from '../../lib/libc/gen/err.js';
import { fclose } from '../../lib/libc/stdio/fclose.js';
import { fgets } from '../../lib/libc/stdio/fgets.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fopen } from '../../lib/libc/stdio/fopen.js';
import { fprintf, printf, snprintf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';
import { free, malloc } from '../../lib/libc/stdlib/malloc.js';
import { atoi } from '../../lib/libc/stdlib/strtol.js';
import { lseek } from '../../lib/libc/sys/offsets.js';
import { close, open, read, unlink, write } from '../../lib/libc/sys/syscalls.js';

const DUMPDISK = '/dev/ad0';
const PIECE = 65536;

let vflag: int = 0;
let header: embed<kerneldumpheader>;

function usage(): never {
  fprintf(stderr, 'usage: savecore -c\n       savecore [-fkv] directory\n');
  exit(1);
}

/** Sum of the header's words. */
function header_sum(): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < $sizeof<kerneldumpheader>() / 4; i++) sum += $ld32($addr(header) + 4 * i);
  return sum;
}

/** Reads the header; false if there is no dump. */
function read_header(fd: int): boolean {
  const size: int = $i32($sizeof<kerneldumpheader>());
  if (lseek(fd, $i64(KDH_SECTOR * 512), SEEK_SET) === -1) err(1, '%s', DUMPDISK);
  const n = read(fd, $addr(header), $u32(size));
  if (n === -1) err(1, '%s', DUMPDISK);
  if (n !== size || header.kdh_magic0 !== KDH_MAGIC0 || header.kdh_magic1 !== KDH_MAGIC1) return false;
  if (header.kdh_version !== KDH_VERSION) {
    warnx('the dump is of version %d, not %d', header.kdh_version, KDH_VERSION);
    return false;
  }
  if (header_sum() !== 0) {
    warnx('the header of the dump is damaged');
    return false;
  }
  return true;
}

/** Writes the header back with another state. */
function write_header(fd: int, state: u32): void {
  header.kdh_state = state;
  header.kdh_parity = 0;
  header.kdh_parity = 0 - header_sum();
  const size: int = $i32($sizeof<kerneldumpheader>());
  if (lseek(fd, $i64(KDH_SECTOR * 512), SEEK_SET) === -1 || write(fd, $addr(header), $u32(size)) !== size)
    err(1, '%s', DUMPDISK);
}

/** The number of the next dump, from the directory's file bounds. */
function next_bounds(dir: str): int {
  const path = $local<array<char, 1024>>();
  snprintf($cast<str>($addr(path)), 1024, '%s/bounds', dir);
  let number: int = 0;
  let fp = fopen($cast<str>($addr(path)), 'r');
  if (fp !== null) {
    const line = $local<array<char, 32>>();
    if (fgets($cast<str>($addr(line)), 32, fp) !== null) number = atoi($cast<str>($addr(line)));
    fclose(fp);
  }
  fp = fopen($cast<str>($addr(path)), 'w');
  if (fp === null) err(1, '%s', $cast<str>($addr(path)));
  fprintf(fp, '%d\n', number + 1);
  fclose(fp);
  return number;
}

/** Copies the dump behind its header into a file. False if it did not fit: then there is no file. */
function copy_dump(fd: int, path: str): boolean {
  const out = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600);
  if (out === -1) err(1, '%s', path);
  const buf = malloc(PIECE);
  if (buf === 0) errx(1, 'no memory');
  let left: u32 = header.kdh_count * 512;
  let ok = write(out, $addr(header), 512) === 512;
  if (lseek(fd, $i64(header.kdh_blkno) * 512, SEEK_SET) === -1) err(1, '%s', DUMPDISK);
  while (ok && left > 0) {
    const n: u32 = left < PIECE ? left : PIECE;
    if (read(fd, buf, n) !== $i32(n)) err(1, '%s', DUMPDISK);
    ok = write(out, buf, n) === $i32(n);
    left -= n;
  }
  if (!ok) warn('%s', path);
  close(out);
  free(buf);
  if (!ok) unlink(path);
  return ok;
}

function save_core(fd: int, dir: str): int {
  const path = $local<array<char, 1024>>();
  if (header.kdh_panic[0] !== 0) printf('savecore: reboot after panic: %s\n', $addr(header.kdh_panic));
  else printf('savecore: dumped from the debugger, without a panic\n');
  if (header.kdh_state === KDH_STARTED) warnx('the kernel did not get to the end of its dump');
  snprintf($cast<str>($addr(path)), 1024, '%s/vmcore.%d', dir, next_bounds(dir));
  if (vflag !== 0) {
    printf('%s', $addr(header.kdh_release));
    printf(
      '%s of %d pages of %dK of memory\n',
      header.kdh_form === KDH_MINI ? 'minidump' : 'dump',
      header.kdh_pages,
      header.kdh_ramsize / 1024,
    );
  }
  printf('savecore: writing %s\n', $addr(path));
  return copy_dump(fd, $cast<str>($addr(path))) ? 0 : 1;
}

export function main(argc: int, argv: ptr<str>): int {
  let cflag: int = 0;
  let fflag: int = 0;
  let kflag: int = 0;
  for (let ch = getopt(argc, argv, 'cfkv'); ch !== -1; ch = getopt(argc, argv, 'cfkv')) {
    switch (ch) {
      case $ch('c'):
        cflag = 1;
        break;
      case $ch('f'):
        fflag = 1;
        break;
      case $ch('k'):
        kflag = 1;
        break;
      case $ch('v'):
        vflag = 1;
        break;
      default:
        usage();
    }
  }
  argc -= optind;
  if (argc !== (cflag !== 0 ? 0 : 1)) usage();
  const fd = open(DUMPDISK, O_RDWR);
  if (fd === -1) err(1, '%s', DUMPDISK);
  if (!read_header(fd) || (header.kdh_state === KDH_SAVED && fflag === 0 && cflag === 0)) {
    printf('savecore: no core dump\n');
    return 1;
  }
  let status = 0;
  if (cflag !== 0) {
    header.kdh_magic0 = 0;
    write_header(fd, header.kdh_state);
  } else {
    status = save_core(fd, argv[optind]);
    if (status === 0 && kflag === 0) write_header(fd, KDH_SAVED);
  }
  close(fd);
  return status;
}
