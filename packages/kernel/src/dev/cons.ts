/**
 * The console driver: keyboard and screen of the machine (in place of BSD's syscons or sio). IRQ 1 on input.
 */
import { cn_getc } from '../i386/cpufunc.h.js';
import { inthand_add } from '../kern/kern_intr.js';
import { panic } from '../kern/kern_shutdown.js';
import { ttyinit, ttyinput } from '../kern/tty.js';
import { cnputc } from '../kern/tty_cons.js';
import { CONS_MAJOR, makedev } from '../sys/conf.h.js';
import { PI_TTYHIGH } from '../sys/param.h.js';
import type { tty } from '../sys/tty.h.js';
import { TS_ISOPEN } from '../sys/tty.h.js';

export const CONS_IRQ = 1;
/** The console's terminal. */
export let constty: embed<tty>;

/** Connects keyboard and terminal. Locks: Giant, at startup. May sleep. */
export function* cninit(): Sleeps {
  ttyinit(constty, makedev(CONS_MAJOR, 0), cnputc);
  const error = yield* inthand_add('atkbd0', CONS_IRQ, cons_intr, $addr(constty), PI_TTYHIGH, 0, null);
  if (error !== 0) panic('console: no interrupt thread, error %d', error);
}

/** Characters were typed. Nobody has the console open: they are lost. Locks: Giant. May sleep. */
function* cons_intr(arg: u32): Sleeps {
  const tp = $cast<tty>(arg);
  let c: int = 0;
  while ((c = cn_getc()) !== -1) {
    if (tp.t_state & TS_ISOPEN) yield* ttyinput(c, tp);
  }
}
