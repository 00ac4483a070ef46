/**
 * A network card that hears other people's traffic and keeps none of it (the receive half of a driver,
 * without a network above it). What matters of it here is its interrupt: it comes when it likes, and its
 * thread takes the CPU from whatever runs.
 */
import { nic_present } from '../i386/cpufunc.h.js';
import { inthand_add } from '../kern/kern_intr.js';
import { printf } from '../kern/subr_prf.js';
import type { intrhand } from '../sys/interrupt.h.js';
import { IH_MPSAFE } from '../sys/interrupt.h.js';
import { PI_NET } from '../sys/param.h.js';

export const FXP_IRQ = 11;

/** Frames heard. */
export let fxp_rx_packets: u_int = 0;
let fxp_ih: intrhand = null;

/** Attaches the card, if there is one. Locks: Giant. May sleep. */
export function* fxp_attach(): Sleeps {
  if (nic_present() === 0) return;
  printf('fxp0: <TRAP12 VIRTUAL ETHERNET> irq %d on pci0\n', FXP_IRQ);
  const error = yield* inthand_add('fxp0', FXP_IRQ, fxp_intr, 0, PI_NET, IH_MPSAFE, $ref(fxp_ih));
  KASSERT(error === 0, 'fxp_attach: inthand_add error %d', error);
}

/** A frame has come: not for us. Locks: none. Does not sleep. */
function* fxp_intr(arg: u32): Sleeps {
  fxp_rx_packets++;
}
