/** dd(1): from the input buffer to the output buffer (conv.c). */
import { tolower, toupper } from '../../lib/libc/locale/isctype.js';
import { memcpy } from '../../lib/libc/string/bcopy.js';
import { cbsz, ddflags } from './args.js';
import { C_LCASE, C_SWAB, C_UCASE } from './dd.h.js';
import { dd_out, in_, st } from './dd.js';

/** As it is: what comes in is what goes out, by blocks of the output. */
export function def(): void {
  let p = in_.db;
  let left = in_.dbcnt;
  while (left > 0) {
    const room = out.dbsz - out.dbcnt;
    const n = left < room ? left : room;
    memcpy(out.db + out.dbcnt, p, n);
    out.dbcnt += n;
    p += n;
    left -= n;
    if (out.dbcnt === out.dbsz) dd_out(false);
  }
  in_.dbcnt = 0;
}

function emit(c: int): void {
  $st8(out.db + out.dbcnt++, c);
  if (out.dbcnt === out.dbsz) dd_out(false);
}

/** Bytes of the record that is being made or taken apart. */
let reclen: u32 = 0;
/** Blanks of it that will count if something follows them. */
let blanks: u32 = 0;

/** conv=block: lines become records of cbs bytes, filled up with blanks. */
export function block(): void {
  for (let i: u32 = 0; i < in_.dbcnt; i++) {
    const c = $ld8(in_.db + i);
    if (c === 10) {
      block_close();
      continue;
    }
    if (reclen < cbsz) emit(c);
    else if (reclen === cbsz) st.trunc++;
    reclen++;
  }
  in_.dbcnt = 0;
}
/** The end of a line, or of the input within one. */
export function block_close(): void {
  for (; reclen < cbsz; reclen++) emit(32);
  reclen = 0;
}
/** At the end of the input a line may be open. */
export function block_end(): void {
  if (reclen !== 0) block_close();
}

/** conv=unblock: records of cbs bytes become lines without blanks at their end. */
export function unblock(): void {
  for (let i: u32 = 0; i < in_.dbcnt; i++) {
    const c = $ld8(in_.db + i);
    if (c === 32) {
      blanks++;
    } else {
      for (; blanks > 0; blanks--) emit(32);
      emit(c);
    }
    if (++reclen === cbsz) unblock_close();
  }
  in_.dbcnt = 0;
}
export function unblock_close(): void {
  emit(10);
  reclen = 0;
  blanks = 0;
}
export function unblock_end(): void {
  if (reclen !== 0) unblock_close();
}

/** conv=swab,lcase,ucase, in the input buffer. */
export function translate(n: u32): void {
  if (ddflags & C_SWAB) {
    for (let i: u32 = 0; i + 1 < n; i += 2) {
      const c = $ld8(in_.db + i);
      $st8(in_.db + i, $ld8(in_.db + i + 1));
      $st8(in_.db + i + 1, c);
    }
    if (n & 1) st.swab++;
  }
  if ((ddflags & (C_LCASE | C_UCASE)) === 0) return;
  const upper = (ddflags & C_UCASE) !== 0;
  for (let i: u32 = 0; i < n; i++) {
    const c = $ld8(in_.db + i);
    $st8(in_.db + i, upper ? toupper(c) : tolower(c));
  }
}
