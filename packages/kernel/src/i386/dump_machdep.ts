/**
 * Writes the memory of a machine that has panicked (i386/dump_machdep.c and minidump_machdep.c), through the
 * polled path of a driver.
 *
 * Everything here is plain: it sleeps never, takes no locks (any of them may be held by the process that
 * died), and needs no interrupts. What is written goes through dump_buf, so that the sum in the header is of
 * what is on the disk, although memory still changes under the dump (the console's buffer, this stack).
 */
import { panicstr } from '../kern/kern_shutdown.js';
import { time_second } from '../kern/kern_tc.js';
import { version } from '../kern/kern_xxx.js';
import { printf, snprintf } from '../kern/subr_prf.js';
import { cncheckc } from '../kern/tty_cons.js';
import { EINTR, EINVAL } from '../sys/errno.h.js';
import type { dumperinfo, kerneldumpheader } from '../sys/kerneldump.h.js';
import {
  KDH_COMPLETE,
  KDH_FULL,
  KDH_GROUP,
  KDH_MAGIC0,
  KDH_MAGIC1,
  KDH_MINI,
  KDH_SECTOR,
  KDH_STARTED,
  KDH_VERSION,
} from '../sys/kerneldump.h.js';
import { DEV_BSHIFT, DEV_BSIZE, PAGE_SIZE, PDRSHIFT } from '../sys/param.h.js';
import type { vm_offset_t } from '../sys/types.h.js';
import { PTD, PTmap } from '../vm/vm_param.h.js';
import { bios_memsize, get_pcpu, invlpg, rcr3 } from './cpufunc.h.js';
import { PG_A, PG_FRAME, PG_M, PG_RW, PG_V } from './pmap.h.js';
import { vtopte } from './pmap.js';
import { CADDR2, CMAP2 } from './pmap_boot.js';
import { pmap_kextract } from './pmap_kern.js';
import { bcopy, bzero } from './support.js';

let dump_header: embed<kerneldumpheader>;
/** Pages on their way to the disk, in bss and so physically contiguous. */
let dump_buf: array<u32, 8192>;
const DUMP_BUF = 32768;
let dump_fill: u32 = 0;
/** The group being written, of a minidump: its page. */
let dump_group: array<u32, 1024>;

/** Sums words. Locks: the machine has panicked. Does not sleep. */
function dump_sum(at: u32, words: u32): u32 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < words; i++) sum += $ld32(at + 4 * i);
  return sum;
}

/** Writes the header. 0 or an errno. Locks: the machine has panicked. Does not sleep. */
function dump_writeheader(di: dumperinfo, state: u32): int {
  const kdh = $addr(dump_header);
  dump_header.kdh_state = state;
  dump_header.kdh_parity = 0;
  dump_header.kdh_parity = 0 - dump_sum(kdh, $sizeof<kerneldumpheader>() / 4);
  return di.di_write(di.di_unit, pmap_kextract(kdh), KDH_SECTOR, 1);
}

/** Fills the header in, but for the sum. Locks: the machine has panicked. Does not sleep. */
function dump_mkheader(di: dumperinfo, form: u32, pages: u32): void {
  bzero($addr(dump_header), $sizeof<kerneldumpheader>());
  dump_header.kdh_magic0 = KDH_MAGIC0;
  dump_header.kdh_magic1 = KDH_MAGIC1;
  dump_header.kdh_version = KDH_VERSION;
  dump_header.kdh_form = form;
  dump_header.kdh_blkno = di.di_blkno;
  dump_header.kdh_count = di.di_count;
  dump_header.kdh_pages = pages;
  dump_header.kdh_ramsize = bios_memsize();
  dump_header.kdh_time = time_second;
  dump_header.kdh_cr3 = rcr3();
  dump_header.kdh_cpuid = $u32(get_pcpu().cpuid);
  if (panicstr !== null) snprintf($addr(dump_header.kdh_panic), 128, '%s', panicstr);
  snprintf($addr(dump_header.kdh_release), 128, '%s', version);
}

/**
 * Writes what has gathered in dump_buf. 0 or an errno; EINTR if ^C was typed.
 * Locks: the machine has panicked. Does not sleep.
 */
function dump_flush(di: dumperinfo): int {
  const nsect = dump_fill >>> DEV_BSHIFT;
  if (nsect === 0) return 0;
  dump_header.kdh_sum += dump_sum($addr(dump_buf), dump_fill / 4);
  const error = di.di_write(di.di_unit, pmap_kextract($addr(dump_buf)), di.di_blkno, nsect);
  if (error !== 0) return error;
  di.di_blkno += nsect;
  di.di_count -= nsect;
  dump_fill = 0;
  /* Megabytes to go, as each begins. */
  if ((di.di_count + nsect) >>> 11 !== di.di_count >>> 11) printf('%d ', di.di_count >>> 11);
  return cncheckc() === 3 ? EINTR : 0;
}

/** Adds a page. 0 or an errno. Locks: the machine has panicked. Does not sleep. */
function dump_page(di: dumperinfo, va: vm_offset_t): int {
  bcopy(va, $addr(dump_buf) + dump_fill, PAGE_SIZE);
  dump_fill += PAGE_SIZE;
  return dump_fill === DUMP_BUF ? dump_flush(di) : 0;
}

/**
 * All of memory, through the window CADDR2, whoever was using that. 0 or an errno. Locks: the machine has
 * panicked. Does not sleep.
 */
function fulldump(di: dumperinfo, pages: u32): int {
  for (let i: u32 = 0; i < pages; i++) {
    CMAP2[0] = PG_V | PG_RW | (i * PAGE_SIZE) | PG_A | PG_M;
    invlpg(CADDR2);
    const error = dump_page(di, CADDR2);
    if (error !== 0) return error;
  }
  return 0;
}

/**
 * The next page of the kernel's address space from `va` on that lies in memory; page tables and their window
 * belong to it. 0 if there is none. Locks: the machine has panicked. Does not sleep.
 */
function dump_nextpage(va: vm_offset_t): vm_offset_t {
  while (va >= PTmap) {
    if (($ld32(PTD + (va >>> PDRSHIFT) * 4) & PG_V) === 0) {
      va = ((va >>> PDRSHIFT) + 1) << PDRSHIFT;
      continue;
    }
    const pte = vtopte(va)[0];
    if ((pte & PG_V) !== 0 && (pte & PG_FRAME) < bios_memsize()) return va;
    va += PAGE_SIZE;
  }
  return 0;
}

/** How many pages a minidump has. Locks: the machine has panicked. Does not sleep. */
function minidump_pages(): u32 {
  let n: u32 = 0;
  for (let va = dump_nextpage(PTmap); va !== 0; va = dump_nextpage(va + PAGE_SIZE)) n++;
  return n;
}

/**
 * The pages that the kernel has mapped, in groups. 0 or an errno. Locks: the machine has panicked. Does not
 * sleep.
 */
function minidump(di: dumperinfo): int {
  let va = dump_nextpage(PTmap);
  while (va !== 0) {
    const start = va;
    let n: u32 = 0;
    for (; va !== 0 && n < KDH_GROUP; va = dump_nextpage(va + PAGE_SIZE)) {
      n++;
      dump_group[n] = vtopte(va)[0] & PG_FRAME;
    }
    dump_group[0] = n;
    let error = dump_page(di, $addr(dump_group));
    for (let at = start; error === 0 && n > 0; n--) {
      error = dump_page(di, at);
      at = dump_nextpage(at + PAGE_SIZE);
    }
    if (error !== 0) return error;
  }
  return 0;
}

/**
 * Writes a dump to the end of a partition: all of memory, or what the kernel has mapped if `mini` is set. 0,
 * EINVAL (does not fit) or what the driver says. The header says KDH_STARTED until the last sector is on the
 * disk. Locks: the machine has panicked. Does not sleep.
 */
export function dump_machdep(di: dumperinfo, mini: int): int {
  let pages: u32 = bios_memsize() / PAGE_SIZE;
  let blocks: u32 = pages;
  if (mini !== 0) {
    pages = minidump_pages();
    blocks = pages + (pages + KDH_GROUP - 1) / KDH_GROUP;
  }
  di.di_count = blocks * (PAGE_SIZE / DEV_BSIZE);
  if (di.di_count > di.di_size) return EINVAL;
  di.di_blkno = di.di_first + di.di_size - di.di_count;
  dump_fill = 0;
  dump_mkheader(di, mini !== 0 ? KDH_MINI : KDH_FULL, pages);
  let error = dump_writeheader(di, KDH_STARTED);
  if (error !== 0) return error;
  printf('%d ', di.di_count >>> 11);
  error = mini !== 0 ? minidump(di) : fulldump(di, pages);
  if (error === 0) error = dump_flush(di);
  return error === 0 ? dump_writeheader(di, KDH_COMPLETE) : error;
}
