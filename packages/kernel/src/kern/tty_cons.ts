/**
 * The system console (kern/tty_cons.c): character I/O for the kernel itself, and the device /dev/console,
 * whose terminal is the console driver's (dev/cons.ts). /dev/tty is the same terminal: there is only one.
 */
import { constty } from '../dev/cons.js';
import { cn_getc, cn_putc } from '../i386/cpufunc.h.js';
import type { cdevsw } from '../sys/conf.h.js';
import { CONS_MAJOR, CTTY_MAJOR, D_TTY } from '../sys/conf.h.js';
import type { proc } from '../sys/proc.h.js';
import type { dev_t } from '../sys/types.h.js';
import type { uio } from '../sys/uio.h.js';
import { nodump, nommap, nopoll, nopsize, nostrategy, nullclose } from './kern_conf.js';
import { ttioctl, ttread, ttwrite, ttyclose, ttyopen } from './tty.js';

export let cn_cdevsw: embed<cdevsw> = $init({
  d_open: cnopen,
  d_close: cnclose,
  d_read: cnread,
  d_write: cnwrite,
  d_ioctl: cnioctl,
  d_poll: nopoll,
  d_mmap: nommap,
  d_strategy: nostrategy,
  d_name: 'console',
  d_maj: CONS_MAJOR,
  d_dump: nodump,
  d_psize: nopsize,
  d_flags: D_TTY,
});

export let ctty_cdevsw: embed<cdevsw> = $init({
  d_open: cnopen,
  d_close: nullclose,
  d_read: cnread,
  d_write: cnwrite,
  d_ioctl: cnioctl,
  d_poll: nopoll,
  d_mmap: nommap,
  d_strategy: nostrategy,
  d_name: 'ctty',
  d_maj: CTTY_MAJOR,
  d_dump: nodump,
  d_psize: nopsize,
  d_flags: D_TTY,
});

/** Puts a character on the console, NUL as well; -1 is none. Locks: any. Does not sleep. */
export function cnputc(c: int): void {
  if (c !== -1) cn_putc(c);
}

/** The next typed character, or -1, without waiting. Locks: any. Does not sleep. */
export function cncheckc(): int {
  return cn_getc();
}

/** Locks: Giant. Does not sleep. */
function* cnopen(dev: dev_t, oflags: int, devtype: int, p: proc): Sleeps<int> {
  return ttyopen(constty, p);
}

/** Locks: Giant. Does not sleep. */
function* cnclose(dev: dev_t, fflag: int, devtype: int, p: proc): Sleeps<int> {
  return ttyclose(constty);
}

/** Locks: Giant. May sleep. */
function* cnread(dev: dev_t, uio: uio, ioflag: int): Sleeps<int> {
  return yield* ttread(constty, uio, ioflag);
}

/** Locks: Giant. May sleep. */
function* cnwrite(dev: dev_t, uio: uio, ioflag: int): Sleeps<int> {
  return yield* ttwrite(constty, uio, ioflag);
}

/** Locks: Giant. May sleep. */
function* cnioctl(dev: dev_t, cmd: u32, data: u32, fflag: int, p: proc): Sleeps<int> {
  return yield* ttioctl(constty, cmd, data, fflag);
}
