/** ls(1): how files are shown (print.c). */
import { S_ISBLK, S_ISCHR, S_ISDIR, S_ISFIFO, S_ISLNK, S_ISREG } from '../../include/sys/stat.h.js';
import { group_from_gid, user_from_uid } from '../../lib/libc/gen/pwcache.js';
import { time } from '../../lib/libc/gen/time.js';
import { isprint } from '../../lib/libc/locale/isctype.js';
import { stdout } from '../../lib/libc/stdio/findfp.js';
import { fputs } from '../../lib/libc/stdio/fputs.js';
import { printf, snprintf } from '../../lib/libc/stdio/printf.js';
import { putchar } from '../../lib/libc/stdio/putc.js';
import { localtime } from '../../lib/libc/stdtime/localtime.js';
import { strftime } from '../../lib/libc/stdtime/strftime.js';
import { strlen } from '../../lib/libc/string/strlen.js';
import { strmode } from '../../lib/libc/string/strmode.js';
import type { display, item } from './ls.h.js';
import {
  f_across,
  f_column,
  f_inode,
  f_longform,
  f_nonprint,
  f_numeric,
  f_sectime,
  f_size,
  f_slash,
  f_type,
  termwidth,
} from './ls.js';

/** A time further away than this is shown with its year. */
const SIXMONTHS = (365 / 2) * 86400;

/** The owner's name or number. */
function owner(it: item): str {
  if (f_numeric === 0) return user_from_uid(it.i_sb.st_uid, 0);
  snprintf(owner_buf, 12, '%u', it.i_sb.st_uid);
  return owner_buf;
}
function group(it: item): str {
  if (f_numeric === 0) return group_from_gid(it.i_sb.st_gid, 0);
  snprintf(owner_buf, 12, '%u', it.i_sb.st_gid);
  return owner_buf;
}
let owner_buf: array<char, 12>;

function wider(width: int, n: i64): int {
  let len = 1;
  for (let left = n; left >= 10; left /= 10) len++;
  return len > width ? len : width;
}

function longer(width: int, s: str): int {
  const len = $i32(strlen(s));
  return len > width ? len : width;
}

function special(it: item): boolean {
  return S_ISCHR(it.i_sb.st_mode) || S_ISBLK(it.i_sb.st_mode);
}

/** Blocks in the unit of BLOCKSIZE. */
function blocks(it: item): i64 {
  return (it.i_sb.st_blocks + $i64(blocksize - 1)) / $i64(blocksize);
}

/** Takes a file into account for the widths of the columns. */
export function measure(it: item, d: display): void {
  d.d_maxlen = longer(d.d_maxlen, it.i_name);
  d.d_btotal += it.i_sb.st_blocks;
  d.d_inode = wider(d.d_inode, it.i_sb.st_ino);
  d.d_block = wider(d.d_block, blocks(it));
  d.d_nlink = wider(d.d_nlink, $i64(it.i_sb.st_nlink));
  d.d_user = longer(d.d_user, owner(it));
  d.d_group = longer(d.d_group, group(it));
  if (special(it)) d.d_special = 1;
  else d.d_size = wider(d.d_size, it.i_sb.st_size);
}

export function printitems(d: display): void {
  if (d.d_n === 0) return;
  if (f_longform !== 0) printlong(d);
  else if (f_column !== 0) printcol(d);
  else {
    for (let i = 0; i < d.d_n; i++) {
      printname(d.d_list[i], f_inode !== 0 ? d.d_inode : 0, f_size !== 0 ? d.d_block : 0);
      putchar($ch('\n'));
    }
  }
}

function printlong(d: display): void {
  const buf = $local<array<char, 20>>();
  const now = time(null);
  /* A device's two numbers take eight places. */
  const sizewidth = d.d_special !== 0 && d.d_size < 8 ? 8 : d.d_size;
  for (let i = 0; i < d.d_n; i++) {
    const it = d.d_list[i];
    const sp = it.i_sb;
    if (f_inode !== 0) printf('%*u ', d.d_inode, sp.st_ino);
    if (f_size !== 0) printf('%*lld ', d.d_block, blocks(it));
    strmode(sp.st_mode, buf);
    printf('%s %*u %-*s  ', buf, d.d_nlink, sp.st_nlink, d.d_user, owner(it));
    printf('%-*s  ', d.d_group, group(it));
    if (special(it)) printf('%*s%3u, %3u ', sizewidth - 8, '', (sp.st_rdev >>> 8) & 0xff, sp.st_rdev & 0xff);
    else printf('%*lld ', sizewidth, sp.st_size);
    printtime(sp.st_mtime, now);
    printname(it, 0, 0);
    putchar($ch('\n'));
  }
}

function printtime(ftime: int, now: int): void {
  const buf = $local<array<char, 40>>();
  const clock = $var<int>();
  clock[0] = ftime;
  const recent = ftime + SIXMONTHS > now && ftime < now + SIXMONTHS;
  strftime(
    buf,
    40,
    f_sectime !== 0 ? '%b %e %H:%M:%S %Y ' : recent ? '%b %e %H:%M ' : '%b %e  %Y ',
    localtime(clock),
  );
  fputs(buf, stdout);
}

/** A name with what goes before and behind it; how many characters that is. Widths of 0: not wanted. */
function printname(it: item, inodewidth: int, sizewidth: int): int {
  let chcnt = 0;
  if (inodewidth !== 0) chcnt += printf('%*u ', inodewidth, it.i_sb.st_ino);
  if (sizewidth !== 0) chcnt += printf('%*lld ', sizewidth, blocks(it));
  for (let i = 0; it.i_name[i] !== 0; i++) {
    const c: int = it.i_name[i];
    putchar(f_nonprint !== 0 && !isprint(c) ? $ch('?') : c);
    chcnt++;
  }
  const sign = f_type !== 0 ? printtype(it.i_sb.st_mode) : 0;
  if (sign === 0) return chcnt;
  putchar(sign);
  return chcnt + 1;
}

/** What -F puts behind a name; -p only the slash. */
function printtype(mode: int): int {
  if (S_ISDIR(mode)) return $ch('/');
  if (f_slash !== 0) return 0;
  if (S_ISFIFO(mode)) return $ch('|');
  if (S_ISLNK(mode)) return $ch('@');
  return S_ISREG(mode) && (mode & 0o111) !== 0 ? $ch('*') : 0;
}

/** In columns, downwards or (-x) across, each as wide as the longest name rounded up to a tab. */
function printcol(d: display): void {
  const TAB = 8;
  let colwidth = d.d_maxlen;
  if (f_inode !== 0) colwidth += d.d_inode + 1;
  if (f_size !== 0) colwidth += d.d_block + 1;
  if (f_type !== 0) colwidth += 1;
  colwidth = (colwidth + TAB) & ~(TAB - 1);
  const numcols = termwidth < 2 * colwidth ? 1 : termwidth / colwidth;
  const numrows = (d.d_n + numcols - 1) / numcols;
  for (let row = 0; row < numrows; row++) {
    let base = f_across !== 0 ? row * numcols : row;
    let chcnt = 0;
    for (let col = 0; col < numcols && base < d.d_n; col++) {
      chcnt += printname(d.d_list[base], f_inode !== 0 ? d.d_inode : 0, f_size !== 0 ? d.d_block : 0);
      base += f_across !== 0 ? 1 : numrows;
      if (base >= d.d_n || col + 1 === numcols) break;
      for (
        let next = (chcnt + TAB) & ~(TAB - 1);
        next <= (col + 1) * colwidth;
        next = (chcnt + TAB) & ~(TAB - 1)
      ) {
        putchar($ch('\t'));
        chcnt = next;
      }
    }
    putchar($ch('\n'));
  }
}
