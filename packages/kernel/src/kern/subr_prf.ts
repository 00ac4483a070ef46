/**
 * printf and its like (kern/subr_prf.c). Output goes to the console and to the message buffer. The digits are made in
 * subr_prf_fmt.ts.
 */
import { cn_putc } from '../i386/cpufunc.h.js';
import { bzero } from '../i386/support.js';
import type { msgbuf } from '../sys/msgbuf.h.js';
import { MSG_MAGIC } from '../sys/msgbuf.h.js';
import { LOG_ERR, LOG_PRIMASK, TOCONS, TOLOG, TOTTY } from '../sys/systm.h.js';
import { panicstr } from './kern_shutdown.js';
import { kvprintf } from './subr_prf_fmt.js';

/** The message buffer, null until msgbufinit. */
export let msgbufp: msgbuf = null;
/** Set when something was logged: for the log device. */
export let msgbuftrigger: int = 0;
/** kern.msgbuf_clear and the console's switch: 1 mutes the console, not the buffer. */
export let cn_mute: int = 0;
/** The message being printed is at the start of a line. */
let putchar_bol: int = 1;

/**
 * Puts the message buffer into size bytes at ptr: text, then the header. What an earlier boot left there is kept if it
 * looks right. Locks: none. Does not sleep.
 */
export function msgbufinit(addr: u32, size: u_int): void {
  const room = size - $sizeof<msgbuf>();
  const mbp = $cast<msgbuf>(addr + room);
  if (mbp.msg_magic !== MSG_MAGIC || mbp.msg_size !== room || mbp.msg_bufx >= room || mbp.msg_bufr >= room) {
    bzero(addr, room);
    mbp.msg_magic = MSG_MAGIC;
    mbp.msg_size = room;
    mbp.msg_bufx = 0;
    mbp.msg_bufr = 0;
  }
  mbp.msg_ptr = addr;
  msgbufp = mbp;
}

/** Adds a character to the message buffer. Locks: none. Does not sleep. */
export function msglogchar(c: int): void {
  const mbp = msgbufp;
  /* No NULs, no carriage returns, no beeps. */
  if (mbp === null || mbp.msg_magic !== MSG_MAGIC || c === 0 || c === 13 || c === 7) return;
  $st8(mbp.msg_ptr + mbp.msg_bufx, c);
  mbp.msg_bufx = mbp.msg_bufx + 1 >= mbp.msg_size ? 0 : mbp.msg_bufx + 1;
  /* Full: the oldest goes. */
  if (mbp.msg_bufr === mbp.msg_bufx) mbp.msg_bufr = mbp.msg_bufr + 1 >= mbp.msg_size ? 0 : mbp.msg_bufr + 1;
}

/** Where the characters of a message go: TOCONS, TOTTY, TOLOG. Locks: none. Does not sleep. */
export function putchar(c: int, flags: u32): void {
  if ((flags & (TOCONS | TOTTY)) !== 0 && c !== 0 && (cn_mute === 0 || panicstr !== null)) cn_putc(c);
  if ((flags & TOLOG) !== 0) msglogchar(c);
}

/**
 * Prints a message on the console and into the message buffer. Formats: subr_prf_fmt.ts. Returns the number of characters.
 * Locks: any or none. Does not sleep.
 */
export function printf(fmt: str, ...args: va_list): int {
  const n = kvprintf(fmt, putchar, TOCONS | TOLOG, 10, ...args);
  msgbuftrigger = 1;
  return n;
}

/** Where snprintf puts characters: [next address, characters left]. Locks: none. Does not sleep. */
function snprintf_func(c: int, arg: u32): void {
  const left = $ld32(arg + 4);
  if (left < 2) return;
  const at = $ld32(arg);
  $st8(at, c);
  $st32(arg, $int(at + 1));
  $st32(arg + 4, $int(left - 1));
}

/**
 * Formats into size bytes at buf, NUL included. Returns the length that the whole text has.
 * Locks: any or none. Does not sleep.
 */
export function snprintf(buf: u32, size: int, fmt: str, ...args: va_list): int {
  const info = $local<array<u32, 2>>();
  info[0] = buf;
  info[1] = size > 0 ? $u32(size) : 0;
  const n = kvprintf(fmt, snprintf_func, $addr(info), 10, ...args);
  if (size > 0) $st8(info[0], 0);
  return n;
}

/** Formats into buf, which is large enough. Returns the length. Locks: any or none. Does not sleep. */
export function sprintf(buf: u32, fmt: str, ...args: va_list): int {
  return snprintf(buf, 0x7fffffff, fmt, ...args);
}

/**
 * Logs a message of a priority, LOG_*: into the message buffer with "<priority>" before it and, as no log daemon runs
 * here, on the console. Locks: any or none. Does not sleep.
 */
export function log(level: int, fmt: str, ...args: va_list): void {
  if (putchar_bol !== 0) kvprintf('<%d>', putchar, TOLOG, 10, level & LOG_PRIMASK);
  kvprintf(fmt, putchar, TOLOG, 10, ...args);
  kvprintf(fmt, putchar, TOCONS, 10, ...args);
  putchar_bol = 1;
  msgbuftrigger = 1;
}

/** Says that a table of the kernel is full. Locks: any or none. Does not sleep. */
export function tablefull(tab: str): void {
  log(LOG_ERR, '%s: table is full\n', tab);
}
