/**
 * The terminal line discipline (kern/tty.c, tty_subr.c): canonical input with echo and editing, signals from
 * the keyboard, raw input, settings. Output goes to the device at once, so there is no output queue and
 * nothing to drain. Not here: literal-next, flow control, VMIN/VTIME other than one character, sessions (a
 * terminal has a foreground process group, and whoever reads it from another one gets SIGTTIN).
 *
 * All under Giant; characters come in from the console's interrupt thread.
 */
import { curproc } from '../i386/pcpu.h.js';
import { bcopy } from '../i386/support.js';
import { PS_SINTR, P_PPWAIT, SIDL, SMTX, SRUN, SZOMB } from '../sys/_proc.h.js';
import { EIO, ENOTTY, EPERM, EWOULDBLOCK } from '../sys/errno.h.js';
import { FREAD, FWRITE } from '../sys/fcntl.h.js';
import {
  FIOASYNC,
  FIONBIO,
  FIONREAD,
  TIOCDRAIN,
  TIOCFLUSH,
  TIOCGETA,
  TIOCGPGRP,
  TIOCGWINSZ,
  TIOCOUTQ,
  TIOCSCTTY,
  TIOCSETA,
  TIOCSETAF,
  TIOCSETAW,
  TIOCSPGRP,
  TIOCSWINSZ,
} from '../sys/ioccom.h.js';
import { PAGE_SIZE, PCATCH, PI_TTYHIGH } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import { SIGINFO, SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGWINCH } from '../sys/signal.h.js';
import { SIGISMEMBER } from '../sys/signalvar.h.js';
import { FSCALE, FSHIFT } from '../sys/systm.h.js';
import type { timeval } from '../sys/time.h.js';
import type { clist, termios, tty, winsize } from '../sys/tty.h.js';
import {
  ECHO,
  ECHOCTL,
  ECHOE,
  ECHOK,
  ECHOKE,
  ECHONL,
  ICANON,
  ICRNL,
  IGNCR,
  INLCR,
  ISIG,
  ISTRIP,
  NCCS,
  NOFLSH,
  NOKERNINFO,
  OBUFSIZ,
  TOSTOP,
  TS_CONNECTED,
  TS_ISOPEN,
  TTYDEF_IFLAG,
  TTYDEF_LFLAG,
  TTYDEF_OFLAG,
  TTYHOG,
  VEOF,
  VEOL,
  VERASE,
  VINTR,
  VKILL,
  VQUIT,
  VREPRINT,
  VSTATUS,
  VSUSP,
  VWERASE,
  _POSIX_VDISABLE,
} from '../sys/tty.h.js';
import type { dev_t } from '../sys/types.h.js';
import type { uio } from '../sys/uio.h.js';
import { IO_NDELAY } from '../sys/vnode.h.js';
import { vmspace_resident_count } from '../vm/vm_map.h.js';
import { mtx_lock_spin, mtx_unlock_spin, sched_lock } from './kern_mutex.js';
import { allproc, allproc_lock, pgfind } from './kern_proc.js';
import { vm_lock, vm_owned, vm_unlock } from './kern_regime.h.js';
import { calcru } from './kern_resource.js';
import { averunnable } from './kern_sched.js';
import { pgsignal } from './kern_sig.js';
import { uiomove } from './kern_subr.js';
import { sx_slock, sx_sunlock } from './kern_sx.js';
import { lbolt, tsleep, wakeup } from './kern_synch.js';
import { kvprintf } from './subr_prf_fmt.js';

/** Locks: none. Does not sleep. @inline */
function CCEQ(val: int, c: int): boolean {
  return c === val && val !== _POSIX_VDISABLE;
}

/** Appends a character. False if the queue is full. Locks: Giant. Does not sleep. */
function putc(c: int, q: clist): boolean {
  if (q.c_cc >= TTYHOG) return false;
  q.c_data[(q.c_cf + q.c_cc) % TTYHOG] = c;
  q.c_cc++;
  return true;
}

/** Takes the first character, -1 if there is none. Locks: Giant. Does not sleep. */
function getc(q: clist): int {
  if (q.c_cc === 0) return -1;
  const c = q.c_data[q.c_cf];
  q.c_cf = (q.c_cf + 1) % TTYHOG;
  q.c_cc--;
  return c;
}

/** Takes the last character, -1 if there is none. Locks: Giant. Does not sleep. */
function unputc(q: clist): int {
  if (q.c_cc === 0) return -1;
  q.c_cc--;
  return q.c_data[(q.c_cf + q.c_cc) % TTYHOG];
}

/** Moves a complete line from `from` to `to`; what does not fit is lost. Locks: Giant. Does not sleep. */
function catq(from: clist, to: clist): void {
  let c: int = 0;
  while ((c = getc(from)) !== -1) putc(c, to);
}

/** Prepares a terminal. Locks: startup. Does not sleep. */
export function ttyinit(tp: tty, dev: dev_t, putfn: (c: int) => void): void {
  const t = tp.t_termios;
  tp.t_dev = dev;
  tp.t_putc = putfn;
  tp.t_winsize.ws_row = 25;
  tp.t_winsize.ws_col = 80;
  t.c_iflag = TTYDEF_IFLAG;
  t.c_oflag = TTYDEF_OFLAG;
  t.c_lflag = TTYDEF_LFLAG;
  t.c_ispeed = 9600;
  t.c_ospeed = 9600;
  for (let i: int = 0; i < NCCS; i++) t.c_cc[i] = _POSIX_VDISABLE;
  t.c_cc[VEOF] = 4;
  t.c_cc[VERASE] = 127;
  t.c_cc[VWERASE] = 23;
  t.c_cc[VKILL] = 21;
  t.c_cc[VREPRINT] = 18;
  t.c_cc[VINTR] = 3;
  t.c_cc[VQUIT] = 28;
  t.c_cc[VSUSP] = 26;
  t.c_cc[VSTATUS] = 20;
}

/** Opens. Locks: Giant. Does not sleep. */
export function ttyopen(tp: tty, p: proc): int {
  if (!(tp.t_state & TS_ISOPEN)) tp.t_state |= TS_ISOPEN | TS_CONNECTED;
  return 0;
}

/** The last close: forgets input and foreground group. Locks: Giant. Does not sleep. */
export function ttyclose(tp: tty): int {
  ttyflush(tp, FREAD);
  tp.t_pgid = 0;
  tp.t_state &= ~TS_ISOPEN;
  return 0;
}

/** Throws input away. Locks: Giant. Does not sleep. */
export function ttyflush(tp: tty, rw: int): void {
  if (rw & FREAD) {
    tp.t_rawq.c_cc = 0;
    tp.t_canq.c_cc = 0;
    tp.t_rocol = tp.t_column;
    ttwakeup(tp);
  }
}

/** There is input: wakes the readers. Locks: Giant. Does not sleep. */
export function ttwakeup(tp: tty): void {
  wakeup($addr(tp.t_rawq));
}

/** Puts a character, keeping track of the column. The host makes \r\n of \n. Locks: Giant. Does not sleep. */
function ttyoutput(c: int, tp: tty): void {
  tp.t_putc(c);
  tp.t_outcc++;
  if (c === 10 || c === 13) tp.t_column = 0;
  else if (c === 8) tp.t_column -= tp.t_column > 0 ? 1 : 0;
  else if (c === 9) tp.t_column = (tp.t_column + 8) & ~7;
  else if (c >= 32) tp.t_column++;
}

/** Echoes a typed character, control characters as ^X. Locks: Giant. Does not sleep. */
function ttyecho(c: int, tp: tty): void {
  const lflag = tp.t_termios.c_lflag;
  if (!(lflag & ECHO) && !(c === 10 && lflag & ECHONL)) return;
  if (lflag & ECHOCTL && (c < 32 || c === 127) && c !== 9 && c !== 10) {
    ttyoutput(94, tp);
    ttyoutput(c === 127 ? 63 : c + 64, tp);
    return;
  }
  ttyoutput(c, tp);
}

/** Takes a typed character back from the screen. Locks: Giant. Does not sleep. */
function ttyrub(c: int, tp: tty): void {
  const lflag = tp.t_termios.c_lflag;
  if (!(lflag & ECHO)) return;
  /* Something else stands where the line was: it is shown again, without the character. */
  if (tp.t_rocol < 0) {
    ttyretype(tp);
    return;
  }
  if (!(lflag & ECHOE)) {
    ttyecho(tp.t_termios.c_cc[VERASE], tp);
    return;
  }
  if (c === 9) {
    ttyretype(tp);
    return;
  }
  const width = lflag & ECHOCTL && (c < 32 || c === 127) ? 2 : 1;
  for (let i: int = 0; i < width; i++) {
    ttyoutput(8, tp);
    ttyoutput(32, tp);
    ttyoutput(8, tp);
  }
}

/** Shows the line being typed once more, on a new line. Locks: Giant. Does not sleep. */
function ttyretype(tp: tty): void {
  const q = tp.t_rawq;
  ttyecho(tp.t_termios.c_cc[VREPRINT], tp);
  ttyoutput(10, tp);
  tp.t_rocol = 0;
  for (let i: int = 0; i < q.c_cc; i++) ttyecho(q.c_data[(q.c_cf + i) % TTYHOG], tp);
}

/** A character that makes a signal? Then sends it to the foreground group. Locks: Giant. May sleep. */
function* ttysig(c: int, tp: tty): Sleeps<boolean> {
  const t = tp.t_termios;
  let sig: int = 0;
  if (!(t.c_lflag & ISIG)) return false;
  if (CCEQ(t.c_cc[VINTR], c)) sig = SIGINT;
  else if (CCEQ(t.c_cc[VQUIT], c)) sig = SIGQUIT;
  else if (CCEQ(t.c_cc[VSUSP], c)) sig = SIGTSTP;
  else return false;
  if (!(t.c_lflag & NOFLSH)) ttyflush(tp, FREAD);
  ttyecho(c, tp);
  if (tp.t_pgid !== 0) yield* pgsignal(tp.t_pgid, sig, 0);
  return true;
}

/** An editing character of canonical input: does it and says so. Locks: Giant. Does not sleep. */
function ttyedit(c: int, tp: tty): boolean {
  const t = tp.t_termios;
  const q = tp.t_rawq;
  if (CCEQ(t.c_cc[VERASE], c) || (c === 8 && t.c_cc[VERASE] === 127)) {
    const last = unputc(q);
    if (last !== -1) ttyrub(last, tp);
    return true;
  }
  if (CCEQ(t.c_cc[VKILL], c)) {
    if (t.c_lflag & ECHOKE && t.c_lflag & ECHOE) {
      while (q.c_cc > 0) ttyrub(unputc(q), tp);
    } else {
      ttyecho(c, tp);
      if (t.c_lflag & ECHOK) ttyoutput(10, tp);
      q.c_cc = 0;
    }
    return true;
  }
  if (CCEQ(t.c_cc[VWERASE], c)) {
    let last = unputc(q);
    while (last === 32 || last === 9) {
      ttyrub(last, tp);
      last = unputc(q);
    }
    while (last !== -1 && last !== 32 && last !== 9) {
      ttyrub(last, tp);
      last = unputc(q);
    }
    if (last !== -1) putc(last, q);
    return true;
  }
  if (CCEQ(t.c_cc[VREPRINT], c)) {
    ttyretype(tp);
    return true;
  }
  return false;
}

/** A character from the keyboard. Locks: Giant. May sleep (to send a signal). */
export function* ttyinput(c: int, tp: tty): Sleeps {
  const t = tp.t_termios;
  tp.t_rawcc++;
  if (t.c_iflag & ISTRIP) c &= 0x7f;
  if (yield* ttysig(c, tp)) return;
  if (c === 13) {
    if (t.c_iflag & IGNCR) return;
    if (t.c_iflag & ICRNL) c = 10;
  } else if (c === 10 && t.c_iflag & INLCR) {
    c = 13;
  }
  if (!(t.c_lflag & ICANON)) {
    if (putc(c, tp.t_rawq)) ttyecho(c, tp);
    ttwakeup(tp);
    return;
  }
  if (ttyedit(c, tp)) return;
  if (CCEQ(t.c_cc[VSTATUS], c)) {
    if (t.c_lflag & ISIG && tp.t_pgid !== 0) yield* pgsignal(tp.t_pgid, SIGINFO, 0);
    if (!(t.c_lflag & NOKERNINFO)) yield* ttyinfo(tp);
    return;
  }
  const q = tp.t_rawq;
  const brk = c === 10 || CCEQ(t.c_cc[VEOF], c) || CCEQ(t.c_cc[VEOL], c);
  /* A place is kept for the end of the line; and the readers must be able to take the whole line. */
  if (q.c_cc + tp.t_canq.c_cc >= TTYHOG - 1 && (!brk || q.c_cc + tp.t_canq.c_cc >= TTYHOG)) {
    ttyoutput(7, tp);
    return;
  }
  if (q.c_cc === 0) tp.t_rocol = tp.t_column;
  putc(c, q);
  if (brk) {
    catq(q, tp.t_canq);
    ttwakeup(tp);
  }
  /* ^D shows nothing, so that what a program prints next follows the line. */
  if (!CCEQ(t.c_cc[VEOF], c)) ttyecho(c, tp);
}

/** One character of a message for a terminal (arg: the tty). Locks: Giant. Does not sleep. */
function ttyputchar(c: int, arg: u32): void {
  ttyoutput(c, $cast<tty>(arg));
}

/** Prints on a terminal. Formats: subr_prf_fmt.ts. Locks: Giant. Does not sleep. */
function ttyprintf(tp: tty, fmt: str, ...args: va_list): int {
  return kvprintf(fmt, ttyputchar, $addr(tp), 10, ...args);
}

/** Does it run, or is it about to? Locks: sched_lock. @inline */
function ISRUN(p: proc): boolean {
  return p.p_stat === SRUN || p.p_stat === SIDL;
}

/**
 * Of two processes, does the second say more of what its group is doing? One that runs before one that does
 * not, and of those that run the one with more processor time of late; anything before a zombie; the shorter
 * sleep, and at that the one that cannot be interrupted; the younger. p1 may be null. Locks: sched_lock. Does
 * not sleep.
 */
function proc_compare(p1: proc, p2: proc): boolean {
  if (p1 === null) return true;
  if (ISRUN(p1) !== ISRUN(p2)) return ISRUN(p2);
  if (ISRUN(p1)) {
    if (p1.p_estcpu !== p2.p_estcpu) return p2.p_estcpu > p1.p_estcpu;
    return p2.p_pid > p1.p_pid;
  }
  const dead = p1.p_stat === SZOMB;
  if (dead !== (p2.p_stat === SZOMB)) return dead;
  if (dead) return p2.p_pid > p1.p_pid;
  if (p1.p_slptime !== p2.p_slptime) return p2.p_slptime < p1.p_slptime;
  if ((p1.p_sflag & PS_SINTR) !== (p2.p_sflag & PS_SINTR)) return (p1.p_sflag & PS_SINTR) !== 0;
  return p2.p_pid > p1.p_pid;
}

/** Whom ttyinfo tells of, or null. Locks: allproc_lock; takes and drops sched_lock. Does not sleep. */
function ttypick(pgid: int): proc {
  let pick: proc = null;
  mtx_lock_spin(sched_lock);
  for (let p = LIST_FIRST(allproc); p !== null; p = LIST_NEXT(p, 'p_list')) {
    if (p.p_pgid === pgid && proc_compare(pick, p)) pick = p;
  }
  mtx_unlock_spin(sched_lock);
  return pick;
}

/**
 * Reports what the foreground group is doing: the status character. Locks: Giant; takes and drops
 * allproc_lock, sched_lock and the vm lock. May sleep.
 */
function* ttyinfo(tp: tty): Sleeps {
  const tmp = (averunnable.ldavg[0] * 100 + FSCALE / 2) >>> FSHIFT;
  ttyprintf(tp, 'load: %d.%02d ', tmp / 100, tmp % 100);
  if (tp.t_pgid === 0) {
    ttyprintf(tp, 'no foreground process group\n');
  } else {
    yield* sx_slock(allproc_lock);
    const pick = ttypick(tp.t_pgid);
    if (pick === null) ttyprintf(tp, 'empty foreground process group\n');
    else yield* ttyinfo_proc(tp, pick);
    sx_sunlock(allproc_lock);
  }
  tp.t_rocol = -1;
}

/**
 * The second half of that line, of one process. Locks: Giant, allproc_lock; takes and drops sched_lock and
 * the vm lock. May sleep.
 */
function* ttyinfo_proc(tp: tty, pick: proc): Sleeps {
  const utime = $local<timeval>();
  const stime = $local<timeval>();
  let state: str = 'iowait';
  let resident: u_int = 0;
  mtx_lock_spin(sched_lock);
  if (pick.p_stat === SRUN) state = 'running';
  else if (pick.p_stat === SMTX && pick.p_mtxname !== null) state = pick.p_mtxname;
  else if (pick.p_wmesg !== null) state = pick.p_wmesg;
  const blocked = pick.p_stat === SMTX;
  const pctcpu = (pick.p_pctcpu * 10000 + FSCALE / 2) >>> FSHIFT;
  calcru(pick, utime, stime, null);
  mtx_unlock_spin(sched_lock);
  const had = vm_owned();
  if (!had) yield* vm_lock();
  if (pick.p_stat !== SIDL && pick.p_stat !== SZOMB && pick.p_vmspace !== null) {
    resident = vmspace_resident_count(pick.p_vmspace) * (PAGE_SIZE / 1024);
  }
  if (!had) vm_unlock();
  ttyprintf(tp, ' cmd: %s %d [%s%s] ', $addr(pick.p_comm), pick.p_pid, blocked ? '*' : '', state);
  ttyprintf(tp, '%d.%02du ', utime.tv_sec, utime.tv_usec / 10000);
  ttyprintf(tp, '%d.%02ds ', stime.tv_sec, stime.tv_usec / 10000);
  ttyprintf(tp, '%d%% %uk\n', pctcpu / 100, resident);
}

/** Is the process in another group than the foreground one? Locks: Giant. Does not sleep. */
function isbackground(p: proc, tp: tty): boolean {
  return tp.t_pgid !== 0 && p.p_pgid !== tp.t_pgid;
}

/**
 * A reader or changer in the background: stops its group, or EIO if it does not want to be stopped.
 * Locks: Giant. May sleep.
 */
function* ttybackground(tp: tty, sig: int, wmesg: str): Sleeps<int> {
  const p = curproc();
  while (isbackground(p, tp)) {
    if (SIGISMEMBER(p.p_sigignore, sig) || SIGISMEMBER(p.p_sigmask, sig) || p.p_flag & P_PPWAIT) return EIO;
    yield* pgsignal(p.p_pgid, sig, 0);
    const error = yield* ttysleep(tp, $addr($ref(lbolt)), PI_TTYHIGH | PCATCH, wmesg, 0);
    if (error !== 0) return error;
  }
  return 0;
}

/** Sleeps for a terminal. Locks: Giant. Sleeps. */
export function* ttysleep(tp: tty, chan: u32, pri: int, wmesg: str, timo: int): Sleeps<int> {
  return yield* tsleep(chan, pri, wmesg, timo);
}

/**
 * read(2): one line, or with ICANON off what there is. A terminal whose foreground group is none, or has died
 * out, takes its reader's: in BSD a session leader acquires the terminal by opening it, and there are no
 * sessions here. Locks: Giant. May sleep.
 */
export function* ttread(tp: tty, uio: uio, flag: int): Sleeps<int> {
  const p = curproc();
  let vacant = tp.t_pgid === 0;
  if (isbackground(p, tp)) vacant = !(yield* pgfind(tp.t_pgid));
  if (vacant) tp.t_pgid = p.p_pgid;
  for (;;) {
    const error = yield* ttybackground(tp, SIGTTIN, 'ttybg1');
    if (error !== 0) return error;
    const canon = tp.t_termios.c_lflag & ICANON;
    if (tp.t_canq.c_cc > 0 || (!canon && tp.t_rawq.c_cc > 0)) break;
    if (flag & IO_NDELAY) return EWOULDBLOCK;
    const slept = yield* ttysleep(tp, $addr(tp.t_rawq), PI_TTYHIGH | PCATCH, 'ttyin', 0);
    if (slept !== 0) return slept;
  }
  return yield* ttread_take(tp, uio);
}

/** Gives the reader its characters, up to the end of a line in canonical mode. Locks: Giant. May sleep. */
function* ttread_take(tp: tty, uio: uio): Sleeps<int> {
  const t = tp.t_termios;
  const line = $local<array<char, 128>>();
  let error: int = 0;
  let done = false;
  while (uio.uio_resid > 0 && !done && error === 0) {
    let n: int = 0;
    while (n < 128 && n < uio.uio_resid) {
      /* Lines first: characters that were typed before ICANON was turned off. */
      let c = getc(tp.t_canq);
      const canon = (t.c_lflag & ICANON) !== 0;
      if (c === -1 && !canon) c = getc(tp.t_rawq);
      if (c === -1) {
        done = true;
        break;
      }
      /* The end-of-file character ends the line and is not part of it: alone, it reads as 0 bytes. */
      if (canon && CCEQ(t.c_cc[VEOF], c)) {
        done = true;
        break;
      }
      line[n++] = c;
      if (canon && (c === 10 || CCEQ(t.c_cc[VEOL], c))) {
        done = true;
        break;
      }
    }
    if (n > 0) error = yield* uiomove($addr(line), n, uio);
  }
  return error;
}

/** write(2). Locks: Giant. May sleep. */
export function* ttwrite(tp: tty, uio: uio, flag: int): Sleeps<int> {
  const obuf = $local<array<char, 100>>();
  let error: int = 0;
  if (tp.t_termios.c_lflag & TOSTOP) {
    error = yield* ttybackground(tp, SIGTTOU, 'ttybg2');
    if (error !== 0) return error;
  }
  while (uio.uio_resid > 0 && error === 0) {
    const n: int = uio.uio_resid < OBUFSIZ ? uio.uio_resid : OBUFSIZ;
    error = yield* uiomove($addr(obuf), n, uio);
    if (error !== 0) break;
    for (let i: int = 0; i < n; i++) ttyoutput(obuf[i], tp);
  }
  return error;
}

/** Is the ioctl one that a background process may not do? Locks: none. Does not sleep. */
function ttchanges(cmd: u32): boolean {
  return (
    cmd === TIOCSETA ||
    cmd === TIOCSETAW ||
    cmd === TIOCSETAF ||
    cmd === TIOCSPGRP ||
    cmd === TIOCSWINSZ ||
    cmd === TIOCFLUSH
  );
}

/** ioctl(2). ENOTTY if it is none of a terminal's. Locks: Giant. May sleep. */
export function* ttioctl(tp: tty, cmd: u32, data: u32, flag: int): Sleeps<int> {
  if (ttchanges(cmd)) {
    const p = curproc();
    /* A shell that takes the terminal back blocks or ignores SIGTTOU, and then may. */
    const may = SIGISMEMBER(p.p_sigignore, SIGTTOU) || SIGISMEMBER(p.p_sigmask, SIGTTOU);
    if (!may) {
      const error = yield* ttybackground(tp, SIGTTOU, 'ttybg2');
      if (error !== 0) return error;
    }
  }
  switch (cmd) {
    case FIONBIO:
    case FIOASYNC:
    case TIOCDRAIN:
      return 0;
    case FIONREAD:
      $st32(data, tp.t_canq.c_cc + (tp.t_termios.c_lflag & ICANON ? 0 : tp.t_rawq.c_cc));
      return 0;
    case TIOCOUTQ:
      $st32(data, 0);
      return 0;
    case TIOCFLUSH:
      ttyflush(tp, $ld32(data) === 0 ? FREAD | FWRITE : $i32($ld32(data)));
      return 0;
    case TIOCGETA:
      bcopy($addr(tp.t_termios), data, $sizeof<termios>());
      return 0;
    case TIOCSETAF:
    case TIOCSETAW:
    case TIOCSETA:
      ttsetattr(tp, cmd, data);
      return 0;
    case TIOCGPGRP:
      $st32(data, tp.t_pgid);
      return 0;
    case TIOCSPGRP: {
      const pgid = $i32($ld32(data));
      const there = yield* pgfind(pgid);
      if (!there) return EPERM;
      tp.t_pgid = pgid;
      return 0;
    }
    case TIOCSCTTY:
      tp.t_pgid = curproc().p_pgid;
      return 0;
    case TIOCGWINSZ:
      bcopy($addr(tp.t_winsize), data, $sizeof<winsize>());
      return 0;
    case TIOCSWINSZ:
      bcopy(data, $addr(tp.t_winsize), $sizeof<winsize>());
      if (tp.t_pgid !== 0) yield* pgsignal(tp.t_pgid, SIGWINCH, 0);
      return 0;
    default:
      return ENOTTY;
  }
}

/** New settings. Turning ICANON off makes the line being typed readable. Locks: Giant. Does not sleep. */
function ttsetattr(tp: tty, cmd: u32, data: u32): void {
  const was = tp.t_termios.c_lflag;
  if (cmd === TIOCSETAF) ttyflush(tp, FREAD);
  bcopy(data, $addr(tp.t_termios), $sizeof<termios>());
  if ((was ^ tp.t_termios.c_lflag) & ICANON) {
    catq(tp.t_rawq, tp.t_canq);
    ttwakeup(tp);
  }
}
