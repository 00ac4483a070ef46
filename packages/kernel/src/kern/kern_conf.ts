/**
 * The device switch (kern/kern_conf.c): drivers by major number. A dev_t is a number here, major << 8 |
 * minor, not a pointer to a struct specinfo; there is no devfs, the file system holds device nodes.
 */
import { mem_cdevsw } from '../dev/mem.js';
import type { bio } from '../sys/bio.h.js';
import type { cdevsw } from '../sys/conf.h.js';
import { NODEV, NUMCDEVSW, major } from '../sys/conf.h.js';
import { EEXIST, ENOTTY, ENXIO } from '../sys/errno.h.js';
import type { proc } from '../sys/proc.h.js';
import type { dev_t } from '../sys/types.h.js';
import { panic } from './kern_shutdown.js';
import { cn_cdevsw, ctty_cdevsw } from './tty_cons.js';

/** Drivers by major number. Those without hardware, 0 to 2, are there from the start. */
let cdevsw_tab: array<cdevsw, 256> = $init([cn_cdevsw, ctty_cdevsw, mem_cdevsw]);

/** Enters a driver. EEXIST if the major number is taken. Locks: Giant, or startup. Does not sleep. */
export function cdevsw_add(newentry: cdevsw): int {
  KASSERT(
    newentry.d_maj >= 0 && newentry.d_maj < NUMCDEVSW,
    '%s: ERROR: driver has bogus cdevsw->d_maj',
    newentry.d_name,
  );
  if (cdevsw_tab[newentry.d_maj] !== null) return EEXIST;
  cdevsw_tab[newentry.d_maj] = newentry;
  return 0;
}

/** The driver of a device, null if there is none. Locks: none. Does not sleep. */
export function devsw(dev: dev_t): cdevsw {
  if (dev === NODEV) return null;
  return cdevsw_tab[major(dev)];
}

/** Entry points of devices that cannot do it. */

/** Always closes. Locks: Giant. Does not sleep. */
export function* nullclose(dev: dev_t, fflag: int, devtype: int, p: proc): Sleeps<int> {
  return 0;
}
/** ENOTTY. Locks: Giant. Does not sleep. */
export function* noioctl(dev: dev_t, cmd: u32, data: u32, fflag: int, p: proc): Sleeps<int> {
  return ENOTTY;
}
/** Everything is possible. Locks: Giant. Does not sleep. */
export function nopoll(dev: dev_t, events: int, p: proc): int {
  return events;
}
/** Cannot be mapped. Locks: none. Does not sleep. */
export function nommap(dev: dev_t, offset: u32, nprot: int): int {
  return -1;
}
/** No block device. Locks: none. Does not sleep. */
export function nostrategy(bp: bio): void {
  panic('nostrategy: device %x has no strategy', bp.bio_dev);
}
/** Takes no dump. Locks: none. Does not sleep. */
export function nodump(dev: dev_t): int {
  return ENXIO;
}
/** No size. Locks: none. Does not sleep. */
export function nopsize(dev: dev_t): int {
  return -1;
}
