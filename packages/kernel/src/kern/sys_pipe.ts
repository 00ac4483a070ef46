/**
 * Pipes (kern/sys_pipe.c), without BSD's direct writes: every byte goes through the 16 KB ring buffer of the
 * end that it is read from. All under Giant, so between two sleeps a pipe does not change.
 *
 * Invariants:
 *  1. pipe_busy counts the system calls that may sleep with a pointer to the end; pipeclose waits for them.
 *  2. Whoever moves data or the indices holds PIPE_LOCKFL, for uiomove may sleep.
 *  3. 0 <= cnt <= size; in === (out + cnt) mod size.
 */
import { bzero } from '../i386/support.js';
import { EAGAIN, ENOMEM, ENOTTY, EPIPE } from '../sys/errno.h.js';
import { FNONBLOCK, FREAD, FWRITE } from '../sys/fcntl.h.js';
import type { file, fileops } from '../sys/file.h.js';
import { DTYPE_PIPE } from '../sys/file.h.js';
import { FIOASYNC, FIONBIO, FIONREAD } from '../sys/ioccom.h.js';
import type { malloc_type } from '../sys/malloc.h.js';
import { M_WAITOK, M_ZERO } from '../sys/malloc.h.js';
import { PCATCH, PRIBIO } from '../sys/param.h.js';
import type { pipe_t, pipebuf } from '../sys/pipe.h.js';
import {
  PIPE_BUF,
  PIPE_EOF,
  PIPE_LOCKFL,
  PIPE_LWANT,
  PIPE_SIZE,
  PIPE_WANT,
  PIPE_WANTR,
  PIPE_WANTW,
} from '../sys/pipe.h.js';
import type { proc } from '../sys/proc.h.js';
import type { stat } from '../sys/stat.h.js';
import { S_IFIFO } from '../sys/stat.h.js';
import type { uio } from '../sys/uio.h.js';
import { kernel_map, kmem_alloc, kmem_free } from '../vm/vm_kern.js';
import { badfileops, falloc, fdrop, fdundo, fhold } from './kern_descrip.js';
import { free, malloc } from './kern_malloc.js';
import { uiomove } from './kern_subr.js';
import { tsleep, wakeup } from './kern_synch.js';
import { time_second } from './kern_tc.js';

export let M_PIPE: embed<malloc_type> = $init({ ks_shortdesc: 'pipe' });
export let amountpipekva: u_int = 0;

export let pipeops: embed<fileops> = $init({
  fo_read: pipe_read,
  fo_write: pipe_write,
  fo_ioctl: pipe_ioctl,
  fo_poll: pipe_poll,
  fo_stat: pipe_stat,
  fo_close: pipe_close,
});

/**
 * pipe(2): two connected ends; both descriptors are results, in p_retval. `uap` is not looked at: the call
 * had no arguments in 2001. Locks: Giant. May sleep.
 */
export function* pipe(p: proc, uap: u32): Sleeps<int> {
  const rfp = $var<file>();
  const wfp = $var<file>();
  const fds = $local<array<int, 2>>();
  const rpipe = yield* pipe_create();
  if (rpipe === null) return ENOMEM;
  const wpipe = yield* pipe_create();
  if (wpipe === null) {
    yield* pipeclose(rpipe);
    return ENOMEM;
  }
  let error = yield* falloc(p, rfp, $ref(fds[0]));
  if (error !== 0) {
    yield* pipeclose(rpipe);
    yield* pipeclose(wpipe);
    return error;
  }
  pipe_file(rfp[0], rpipe);
  /*
   * While we sleep for the other one, a sharer of the table may close the first: the pipe must not go with
   * it.
   */
  fhold(rfp[0]);
  error = yield* falloc(p, wfp, $ref(fds[1]));
  if (error !== 0) {
    yield* fdundo(p, rfp[0], fds[0]);
    yield* pipeclose(wpipe);
  } else {
    pipe_file(wfp[0], wpipe);
    rpipe.pipe_peer = wpipe;
    wpipe.pipe_peer = rpipe;
    p.p_retval[0] = fds[0];
    p.p_retval[1] = fds[1];
  }
  yield* fdrop(rfp[0], p);
  return error;
}

/** Makes an open file an end of a pipe. Pipes are bidirectional. Locks: Giant. Does not sleep. */
function pipe_file(fp: file, cpipe: pipe_t): void {
  fp.f_flag = FREAD | FWRITE;
  fp.f_type = DTYPE_PIPE;
  fp.f_data = $addr(cpipe);
  fp.f_ops = pipeops;
}

/** One end with its buffer, null if there is no kernel memory. Locks: Giant. May sleep. */
function* pipe_create(): Sleeps<pipe_t> {
  const cpipe = $cast<pipe_t>(yield* malloc($sizeof<pipe_t>(), M_PIPE, M_WAITOK | M_ZERO));
  const buffer = yield* kmem_alloc(kernel_map, PIPE_SIZE);
  if (buffer === 0) {
    free($addr(cpipe), M_PIPE);
    return null;
  }
  cpipe.pipe_buffer.buffer = buffer;
  cpipe.pipe_buffer.size = PIPE_SIZE;
  amountpipekva += PIPE_SIZE;
  cpipe.pipe_ctime = time_second;
  cpipe.pipe_atime = cpipe.pipe_ctime;
  cpipe.pipe_mtime = cpipe.pipe_ctime;
  return cpipe;
}

/** Takes the right to move data. With `catches`, EINTR or ERESTART on a signal. Locks: Giant. May sleep. */
function* pipelock(cpipe: pipe_t, catches: boolean): Sleeps<int> {
  while (cpipe.pipe_state & PIPE_LOCKFL) {
    cpipe.pipe_state |= PIPE_LWANT;
    const error = yield* tsleep(
      $addr(cpipe.pipe_buffer) + 4,
      catches ? PRIBIO | PCATCH : PRIBIO,
      'pipelk',
      0,
    );
    if (error !== 0) return error;
  }
  cpipe.pipe_state |= PIPE_LOCKFL;
  return 0;
}

/** Gives that right back. Locks: Giant. Does not sleep. */
function pipeunlock(cpipe: pipe_t): void {
  KASSERT(cpipe.pipe_state & PIPE_LOCKFL, 'pipeunlock: not locked');
  cpipe.pipe_state &= ~PIPE_LOCKFL;
  if (cpipe.pipe_state & PIPE_LWANT) {
    cpipe.pipe_state &= ~PIPE_LWANT;
    wakeup($addr(cpipe.pipe_buffer) + 4);
  }
}

/** Wakes whoever waits for `what` (PIPE_WANTR, PIPE_WANTW). Locks: Giant. Does not sleep. */
function pipewakeup(cpipe: pipe_t, what: u_int): void {
  if (!(cpipe.pipe_state & what)) return;
  cpipe.pipe_state &= ~what;
  wakeup($addr(cpipe));
}

/** Moves a piece that lies in one run out of the buffer. Locks: Giant; PIPE_LOCKFL. May sleep. */
function* pipe_out(pb: pipebuf, uio: uio): Sleeps<int> {
  let n: u_int = pb.size - pb.out;
  if (n > pb.cnt) n = pb.cnt;
  if (n > $u32(uio.uio_resid)) n = $u32(uio.uio_resid);
  const error = yield* uiomove(pb.buffer + pb.out, $i32(n), uio);
  if (error !== 0) return error;
  pb.out += n;
  if (pb.out >= pb.size) pb.out = 0;
  pb.cnt -= n;
  /* An empty buffer starts over, so that short messages stay in the same cache lines, as BSD has it. */
  if (pb.cnt === 0) {
    pb.in = 0;
    pb.out = 0;
  }
  return 0;
}

/** read(2) on a pipe: what there is, at least a byte unless at end of file. Locks: Giant. May sleep. */
function* pipe_read(fp: file, uio: uio, flags: int, p: proc): Sleeps<int> {
  const rpipe = $cast<pipe_t>(fp.f_data);
  const pb = rpipe.pipe_buffer;
  let nread: int = 0;
  rpipe.pipe_busy++;
  let error = yield* pipelock(rpipe, true);
  while (error === 0 && uio.uio_resid > 0) {
    if (pb.cnt > 0) {
      const before = uio.uio_resid;
      error = yield* pipe_out(pb, uio);
      nread += before - uio.uio_resid;
      if (error !== 0) pipeunlock(rpipe);
      continue;
    }
    if (rpipe.pipe_state & PIPE_EOF) break;
    pipewakeup(rpipe, PIPE_WANTW);
    if (nread > 0) break;
    pipeunlock(rpipe);
    if (fp.f_flag & FNONBLOCK) {
      error = EAGAIN;
    } else {
      rpipe.pipe_state |= PIPE_WANTR;
      error = yield* tsleep($addr(rpipe), PRIBIO | PCATCH, 'piperd', 0);
      if (error === 0) error = yield* pipelock(rpipe, true);
    }
  }
  if (error === 0) {
    pipeunlock(rpipe);
    rpipe.pipe_atime = time_second;
  }
  pipe_idle(rpipe);
  /* Hysteresis: a writer goes on when there is room for an atomic write. */
  if (pb.size - pb.cnt >= PIPE_BUF) pipewakeup(rpipe, PIPE_WANTW);
  return error;
}

/** A system call is done with an end: pipeclose may be waiting for it. Locks: Giant. Does not sleep. */
function pipe_idle(cpipe: pipe_t): void {
  KASSERT(cpipe.pipe_busy > 0, 'pipe_idle: busy %d', cpipe.pipe_busy);
  cpipe.pipe_busy--;
  if (cpipe.pipe_busy === 0 && cpipe.pipe_state & PIPE_WANT) {
    cpipe.pipe_state &= ~(PIPE_WANT | PIPE_WANTR | PIPE_WANTW);
    wakeup($addr(cpipe));
  }
}

/** Fills the buffer from uio, at most `n` bytes. Locks: Giant; PIPE_LOCKFL. May sleep. */
function* pipe_fill(pb: pipebuf, n: u_int, uio: uio): Sleeps<int> {
  while (n > 0) {
    let run: u_int = pb.size - pb.in;
    if (run > n) run = n;
    const error = yield* uiomove(pb.buffer + pb.in, $i32(run), uio);
    if (error !== 0) return error;
    pb.in += run;
    if (pb.in >= pb.size) pb.in = 0;
    pb.cnt += run;
    n -= run;
    KASSERT(pb.cnt <= pb.size, 'Pipe buffer overflow');
  }
  return 0;
}

/**
 * Moves what fits now; with `whole`, all of what is left or nothing. 0 and nothing moved if there is no room.
 * Locks: Giant. May sleep.
 */
function* pipe_put(wpipe: pipe_t, uio: uio, whole: boolean): Sleeps<int> {
  const pb = wpipe.pipe_buffer;
  let error = yield* pipelock(wpipe, true);
  if (error !== 0) return error;
  let n: u_int = pb.size - pb.cnt;
  if (n >= $u32(uio.uio_resid)) n = $u32(uio.uio_resid);
  else if (whole) n = 0;
  if (wpipe.pipe_state & PIPE_EOF) error = EPIPE;
  else error = yield* pipe_fill(pb, n, uio);
  pipeunlock(wpipe);
  return error;
}

/**
 * write(2) on a pipe: all of it, unless interrupted; EPIPE if nobody can read it. Locks: Giant. May sleep.
 */
function* pipe_write(fp: file, uio: uio, flags: int, p: proc): Sleeps<int> {
  const rpipe = $cast<pipe_t>(fp.f_data);
  const wpipe = rpipe.pipe_peer;
  if (wpipe === null || wpipe.pipe_state & PIPE_EOF) return EPIPE;
  const whole = uio.uio_resid <= PIPE_BUF;
  let error: int = 0;
  wpipe.pipe_busy++;
  while (error === 0 && uio.uio_resid > 0) {
    const before = uio.uio_resid;
    error = yield* pipe_put(wpipe, uio, whole);
    if (error !== 0 || uio.uio_resid !== before) continue;
    /* No room: let the readers make some. */
    pipewakeup(wpipe, PIPE_WANTR);
    if (fp.f_flag & FNONBLOCK) {
      error = EAGAIN;
      break;
    }
    wpipe.pipe_state |= PIPE_WANTW;
    error = yield* tsleep($addr(wpipe), PRIBIO | PCATCH, 'pipewr', 0);
    if (error === 0 && wpipe.pipe_state & PIPE_EOF) error = EPIPE;
  }
  if (wpipe.pipe_buffer.cnt > 0) pipewakeup(wpipe, PIPE_WANTR);
  wpipe.pipe_mtime = time_second;
  pipe_idle(wpipe);
  return error;
}

/** ioctl(2): FIONREAD. Locks: Giant. Does not sleep. */
function* pipe_ioctl(fp: file, com: u32, data: u32, p: proc): Sleeps<int> {
  const mpipe = $cast<pipe_t>(fp.f_data);
  switch (com) {
    case FIONBIO:
    case FIOASYNC:
      return 0;
    case FIONREAD:
      $st32(data, $i32(mpipe.pipe_buffer.cnt));
      return 0;
    default:
      return ENOTTY;
  }
}

/** No poll(2) in this kernel: always ready. Locks: Giant. Does not sleep. */
function pipe_poll(fp: file, events: int, p: proc): int {
  return events;
}

/** fstat(2). Locks: Giant. Does not sleep. */
function* pipe_stat(fp: file, sb: stat, p: proc): Sleeps<int> {
  const cpipe = $cast<pipe_t>(fp.f_data);
  bzero($addr(sb), $sizeof<stat>());
  sb.st_mode = S_IFIFO;
  sb.st_blksize = cpipe.pipe_buffer.size;
  sb.st_size = $i64(cpipe.pipe_buffer.cnt);
  sb.st_blocks = (sb.st_size + $i64(511)) / $i64(512);
  sb.st_atime = cpipe.pipe_atime;
  sb.st_mtime = cpipe.pipe_mtime;
  sb.st_ctime = cpipe.pipe_ctime;
  sb.st_uid = fp.f_cred;
  return 0;
}

/** The last descriptor of an end is closed. Locks: Giant. May sleep. */
function* pipe_close(fp: file, p: proc): Sleeps<int> {
  const cpipe = $cast<pipe_t>(fp.f_data);
  fp.f_ops = badfileops;
  fp.f_data = 0;
  yield* pipeclose(cpipe);
  return 0;
}

/** Frees an end: the other one reads end of file, its writes fail. Locks: Giant. May sleep. */
function* pipeclose(cpipe: pipe_t): Sleeps {
  while (cpipe.pipe_busy > 0) {
    wakeup($addr(cpipe));
    cpipe.pipe_state |= PIPE_WANT | PIPE_EOF;
    yield* tsleep($addr(cpipe), PRIBIO, 'pipecl', 0);
  }
  const ppipe = cpipe.pipe_peer;
  if (ppipe !== null) {
    KASSERT(ppipe.pipe_peer === cpipe, 'pipeclose: peer of peer');
    ppipe.pipe_state |= PIPE_EOF;
    ppipe.pipe_state &= ~(PIPE_WANTR | PIPE_WANTW);
    wakeup($addr(ppipe));
    ppipe.pipe_peer = null;
  }
  const buffer = cpipe.pipe_buffer.buffer;
  amountpipekva -= cpipe.pipe_buffer.size;
  cpipe.pipe_buffer.buffer = 0;
  yield* kmem_free(kernel_map, buffer, PIPE_SIZE);
  free($addr(cpipe), M_PIPE);
}
