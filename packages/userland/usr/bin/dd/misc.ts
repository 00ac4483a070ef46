/** dd(1): what it says at the end, on SIGINFO and on SIGINT (misc.c). */
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { now_us } from '../../lib/libutil/clock.js';
import { ddflags } from './args.js';
import { C_NOINFO, C_NOXFER } from './dd.h.js';
import { st } from './dd.js';

export function summary(): void {
  if (ddflags & C_NOINFO) return;
  let us = now_us() - st.start;
  if (us < 1) us = 1;
  fprintf(
    stderr,
    '%lld+%lld records in\n%lld+%lld records out\n',
    st.in_full,
    st.in_part,
    st.out_full,
    st.out_part,
  );
  if (st.swab !== 0)
    fprintf(stderr, '%lld odd length swab %s\n', st.swab, st.swab === 1 ? 'block' : 'blocks');
  if (st.trunc !== 0) fprintf(stderr, '%lld truncated %s\n', st.trunc, st.trunc === 1 ? 'block' : 'blocks');
  if (ddflags & C_NOXFER) return;
  /* bytes * 10^6 / us, without a product that is too large. */
  const rate = (st.bytes / us) * 1000000 + ((st.bytes % us) * 1000000 + us / 2) / us;
  fprintf(
    stderr,
    '%lld bytes transferred in %lld.%06d secs (%lld bytes/sec)\n',
    st.bytes,
    us / 1000000,
    $i32(us % 1000000),
    rate,
  );
}

export function summaryx(sig: int): void {
  const saved = errno;
  summary();
  errno = saved;
}

export function terminate(sig: int): void {
  exit(0);
}
