/** dd(1) */
import { EINTR } from '../../../../kernel/src/sys/errno.h.js';
import {
  O_CREAT,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
  SEEK_CUR,
} from '../../../../kernel/src/sys/fcntl.h.js';
import { SIGINFO, SIGINT } from '../../../../kernel/src/sys/signal.h.js';
import type { struct_stat } from '../../include/sys/stat.h.js';
import { DEFFILEMODE, S_ISFIFO, S_ISREG } from '../../include/sys/stat.h.js';
import { err, errx, warn } from '../../lib/libc/gen/err.js';
import { signal } from '../../lib/libc/gen/signal.js';
import { atexit } from '../../lib/libc/stdlib/atexit.js';
import { malloc } from '../../lib/libc/stdlib/malloc.js';
import { memset } from '../../lib/libc/string/memset.js';
import { ftruncate, lseek } from '../../lib/libc/sys/offsets.js';
import { fstat, open, read, write } from '../../lib/libc/sys/syscalls.js';
import { now_us } from '../../lib/libutil/clock.js';
import { cpy_cnt, ddflags, jcl } from './args.js';
import { block, block_end, def, translate, unblock, unblock_end } from './conv.js';
import type { io, stats } from './dd.h.js';
import {
  C_BLOCK,
  C_BS,
  C_NOERROR,
  C_NOTRUNC,
  C_OF,
  C_OSYNC,
  C_SEEK,
  C_SYNC,
  C_UNBLOCK,
  ISPIPE,
} from './dd.h.js';
import { summary, summaryx, terminate } from './misc.js';
import { pos_in, pos_out } from './position.js';

export let in_: embed<io>;
export let out: embed<io>;
export let st: embed<stats>;

/** What kind of a file a side is: can one go to a place in it? */
function getfdtype(side: io): void {
  const sb = $local<struct_stat>();
  if (fstat(side.fd, sb) < 0) err(1, '%s', side.name);
  if (lseek(side.fd, 0, SEEK_CUR) === -1 || S_ISFIFO(sb.st_mode)) side.flags |= ISPIPE;
}

/** Opens both sides, gets the buffers, goes to the first blocks. */
function setup(): void {
  const sb = $local<struct_stat>();
  in_.fd = 0;
  if (in_.name === null) in_.name = 'stdin';
  else in_.fd = open(in_.name, O_RDONLY);
  if (in_.fd < 0) err(1, '%s', in_.name);
  getfdtype(in_);
  out.fd = 1;
  if (out.name === null) {
    out.name = 'stdout';
  } else {
    const oflags = O_CREAT | (ddflags & (C_SEEK | C_NOTRUNC) ? 0 : O_TRUNC);
    out.fd = open(out.name, O_RDWR | oflags, DEFFILEMODE);
    /* Some files can only be written. */
    if (out.fd === -1) out.fd = open(out.name, O_WRONLY | oflags, DEFFILEMODE);
    if (out.fd === -1) err(1, '%s', out.name);
  }
  getfdtype(out);
  in_.db = malloc(in_.dbsz);
  if (in_.db === 0) err(1, 'input buffer');
  if (ddflags & C_BS) {
    out.db = in_.db;
  } else {
    out.db = malloc(out.dbsz);
    if (out.db === 0) err(1, 'output buffer');
  }
  if (in_.offset !== 0) pos_in();
  if (out.offset !== 0) pos_out();
  /* What lies behind the place is of the old file. */
  if ((ddflags & (C_OF | C_SEEK | C_NOTRUNC)) === (C_OF | C_SEEK)) {
    if (fstat(out.fd, sb) === 0 && S_ISREG(sb.st_mode)) ftruncate(out.fd, out.offset * $i64(out.dbsz));
  }
  st.start = now_us();
}

/** A block of the input did not come: -1 if it is to be passed by, else the program ends. */
function readerror(): void {
  if ((ddflags & C_NOERROR) === 0) err(1, '%s', in_.name);
  warn('%s', in_.name);
  summary();
  if ((in_.flags & ISPIPE) === 0 && lseek(in_.fd, $i64(in_.dbsz), SEEK_CUR) === -1) warn('%s', in_.name);
}

/** Reads blocks and passes them on, to the end or to the count. */
function dd_in(): void {
  while (cpy_cnt < 0 || st.in_full + st.in_part < cpy_cnt) {
    if (ddflags & C_SYNC) memset(in_.db, ddflags & (C_BLOCK | C_UNBLOCK) ? 32 : 0, in_.dbsz);
    let n = read(in_.fd, in_.db, in_.dbsz);
    if (n < 0 && errno === EINTR) continue;
    if (n === 0) return;
    if (n < 0) {
      readerror();
      if ((ddflags & C_SYNC) === 0) continue;
      n = 0;
    }
    let have = $u32(n);
    if (have === in_.dbsz) st.in_full++;
    else st.in_part++;
    if (ddflags & C_SYNC) have = in_.dbsz;
    translate(have);
    in_.dbcnt = have;
    if (ddflags & C_BS) {
      out.dbcnt = have;
      dd_out(true);
    } else if (ddflags & C_BLOCK) block();
    else if (ddflags & C_UNBLOCK) unblock();
    else def();
  }
}

/** Writes the output buffer; what is no whole block only if `force` says so. */
export function dd_out(force: boolean): void {
  if (out.dbcnt === 0 || (out.dbcnt < out.dbsz && !force)) return;
  let cnt = out.dbcnt;
  let p = out.db;
  while (cnt > 0) {
    const nw = write(out.fd, p, cnt);
    if (nw <= 0) {
      if (nw === 0) errx(1, '%s: end of device', out.name);
      if (errno === EINTR) continue;
      err(1, '%s', out.name);
    }
    p += $u32(nw);
    st.bytes += $i64(nw);
    cnt -= $u32(nw);
    if ($u32(nw) === out.dbsz) st.out_full++;
    else st.out_part++;
  }
  out.dbcnt = 0;
}

/** The last block: with osync filled up. */
function dd_close(): void {
  if (ddflags & C_BLOCK) block_end();
  else if (ddflags & C_UNBLOCK) unblock_end();
  if (ddflags & C_OSYNC && out.dbcnt > 0 && out.dbcnt < out.dbsz) {
    memset(out.db + out.dbcnt, ddflags & (C_BLOCK | C_UNBLOCK) ? 32 : 0, out.dbsz - out.dbcnt);
    out.dbcnt = out.dbsz;
  }
  dd_out(true);
}

export function main(argc: int, argv: ptr<str>): int {
  jcl(argv, in_, out);
  setup();
  signal(SIGINFO, $addr(summaryx));
  signal(SIGINT, $addr(terminate));
  atexit(summary);
  dd_in();
  dd_close();
  return 0;
}
