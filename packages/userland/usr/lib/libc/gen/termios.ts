/** Terminals: isatty(3), tcgetattr(3), tcsetattr(3), tcgetpgrp(3), tcsetpgrp(3) and more. */
import { EINVAL } from '../../../../../kernel/src/sys/errno.h.js';
import {
  TIOCDRAIN,
  TIOCFLUSH,
  TIOCGETA,
  TIOCGPGRP,
  TIOCSETA,
  TIOCSETAF,
  TIOCSETAW,
  TIOCSPGRP,
} from '../../../../../kernel/src/sys/ioccom.h.js';
import type { termios } from '../../../../../kernel/src/sys/tty.h.js';
import type { pid_t } from '../../../../../kernel/src/sys/types.h.js';
import { ioctl } from '../sys/syscalls.js';

export const TCSANOW = 0;
export const TCSADRAIN = 1;
export const TCSAFLUSH = 2;

export function isatty(fd: int): boolean {
  const t = $local<termios>();
  return tcgetattr(fd, t) === 0;
}
export function tcgetattr(fd: int, t: termios): int {
  return ioctl(fd, TIOCGETA, $addr(t));
}
export function tcsetattr(fd: int, opt: int, t: termios): int {
  switch (opt) {
    case TCSANOW:
      return ioctl(fd, TIOCSETA, $addr(t));
    case TCSADRAIN:
      return ioctl(fd, TIOCSETAW, $addr(t));
    case TCSAFLUSH:
      return ioctl(fd, TIOCSETAF, $addr(t));
    default:
      errno = EINVAL;
      return -1;
  }
}
/** The foreground process group of a terminal. */
export function tcgetpgrp(fd: int): pid_t {
  const s = $var<int>();
  return ioctl(fd, TIOCGPGRP, $addr(s)) < 0 ? -1 : s[0];
}
export function tcsetpgrp(fd: int, pgrp: pid_t): int {
  const s = $var<int>();
  s[0] = pgrp;
  return ioctl(fd, TIOCSPGRP, $addr(s));
}
export function tcdrain(fd: int): int {
  return ioctl(fd, TIOCDRAIN, 0);
}
/** What was typed and not read, or written and not shown, is thrown away. */
export function tcflush(fd: int, which: int): int {
  const com = $var<int>();
  com[0] = which;
  return ioctl(fd, TIOCFLUSH, $addr(com));
}
