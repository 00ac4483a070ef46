/** Terminals (sys/tty.h, sys/termios.h). Code in kern/tty.ts. */
import type { dev_t, pid_t } from './types.h.js';

/** Most characters of one line of input, and of input in all. */
export const TTYHOG = 1024;
export const OBUFSIZ = 100;

/** Indices into c_cc */
export const VEOF = 0;
export const VEOL = 1;
export const VERASE = 3;
export const VWERASE = 4;
export const VKILL = 5;
export const VREPRINT = 6;
export const VINTR = 8;
export const VQUIT = 9;
export const VSUSP = 10;
export const VSTATUS = 18;
export const NCCS = 20;
export const _POSIX_VDISABLE = 0xff;
/** c_iflag */
export const ISTRIP = 0x00000020;
export const INLCR = 0x00000040;
export const IGNCR = 0x00000080;
export const ICRNL = 0x00000100;
/** c_oflag */
export const OPOST = 0x00000001;
export const ONLCR = 0x00000002;
/** c_lflag */
export const ECHOKE = 0x00000001;
export const ECHOE = 0x00000002;
export const ECHOK = 0x00000004;
export const ECHO = 0x00000008;
export const ECHONL = 0x00000010;
export const ECHOCTL = 0x00000040;
export const ISIG = 0x00000080;
export const ICANON = 0x00000100;
export const TOSTOP = 0x00400000;
export const NOKERNINFO = 0x02000000;
export const NOFLSH = 0x80000000;
export const TTYDEF_LFLAG = ECHOKE | ECHOE | ECHOK | ECHO | ECHOCTL | ISIG | ICANON;
export const TTYDEF_IFLAG = ICRNL;
export const TTYDEF_OFLAG = OPOST | ONLCR;
/** t_state */
export const TS_ISOPEN = 0x00020;
export const TS_CONNECTED = 0x80000;

/**
 * Terminal settings as programs see them (struct termios, 44 bytes).
 * @lock G Giant
 * @size 44
 */
export interface termios extends struct {
  c_iflag: u_int; // (G) input
  c_oflag: u_int; // (G) output
  c_cflag: u_int; // (G) hardware
  c_lflag: u_int; // (G) line discipline
  c_cc: array<char, 20>; // (G) control characters
  c_ispeed: u_int; // (G) input speed
  c_ospeed: u_int; // (G) output speed
}

/**
 * Window size (struct winsize).
 * @lock G Giant
 * @size 8
 */
export interface winsize extends struct {
  ws_row: u16; // (G) rows
  ws_col: u16; // (G) columns
  ws_xpixel: u16; // (G) width
  ws_ypixel: u16; // (G) height
}

/**
 * A queue of characters. BSD chains blocks of them; this is a ring.
 * @lock G Giant
 */
export interface clist extends struct {
  c_cc: int; // (G) characters in the queue
  c_cf: int; // (G) index of the first
  c_data: array<char, 1024>; // (G) the ring
}

/**
 * A terminal.
 * @lock G Giant
 * @lock c constant after startup
 */
export interface tty extends struct {
  t_rawq: embed<clist>; // (G) the line being typed (or all input, if not ICANON)
  t_canq: embed<clist>; // (G) complete lines
  t_state: int; // (G) TS_*
  t_termios: embed<termios>; // (G) settings
  t_winsize: embed<winsize>; // (G) window size
  t_pgid: pid_t; // (G) foreground process group, 0 if none
  t_column: int; // (G) column of the cursor
  t_rocol: int; // (G) column where the line being typed starts, -1: other text stands there now
  t_putc: (c: int) => void; // (c) puts a character
  t_dev: dev_t; // (c) device
  t_rawcc: u_int; // (G) statistics: characters in
  t_outcc: u_int; // (G) statistics: characters out
}
