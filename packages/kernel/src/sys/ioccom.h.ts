/**
 * ioctl commands (sys/ioccom.h, sys/filio.h, sys/ttycom.h): direction, size of the argument, group and
 * number.
 */
export const IOCPARM_MAX = 4096;
export const IOC_VOID = 0x20000000;
export const IOC_OUT = 0x40000000;
export const IOC_IN = 0x80000000;

export const FIOCLEX = 0x20006601;
export const FIONCLEX = 0x20006602;
export const FIONREAD = 0x4004667f;
export const FIONBIO = 0x8004667e;
export const FIOASYNC = 0x8004667d;

export const TIOCGETA = 0x402c7413;
export const TIOCSETA = 0x802c7414;
export const TIOCSETAW = 0x802c7415;
export const TIOCSETAF = 0x802c7416;
export const TIOCFLUSH = 0x80047410;
export const TIOCDRAIN = 0x2000745e;
export const TIOCSCTTY = 0x20007461;
export const TIOCOUTQ = 0x40047473;
export const TIOCSPGRP = 0x80047476;
export const TIOCGPGRP = 0x40047477;
export const TIOCGWINSZ = 0x40087468;
export const TIOCSWINSZ = 0x80087467;

/** Locks: none. Bytes of a command's argument. @inline */
export function IOCPARM_LEN(com: u32): u32 {
  return (com >>> 16) & 0x1fff;
}
