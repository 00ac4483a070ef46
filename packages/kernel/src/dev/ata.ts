/**
 * ATA disks (dev/ata/ata-disk.c, with what it needs of ata-all.c and ata-dma.c): one drive, ad0, on channel
 * 0; bus-master DMA with one command at a time, sorted requests, retries, timeouts; polled writing of crash
 * dumps. Left out: a second drive, tagged queueing, PIO, and a way to reset the channel, which this
 * controller does not have.
 *
 * Requests come from any context (adstrategy does not sleep); ad_mtx, a spin mutex, is the lock of the
 * driver. Finished requests are given back (biodone) by the interrupt thread, or by a software interrupt if
 * they never got to the drive, always without ad_mtx.
 */
import { ata_capacity, ata_command, ata_error, ata_poll, ata_status, cpu_delay } from '../i386/cpufunc.h.js';
import { dump_machdep } from '../i386/dump_machdep.js';
import { pmap_kextract } from '../i386/pmap_kern.js';
import { cdevsw_add, noioctl, nommap, nopoll, nullclose } from '../kern/kern_conf.js';
import { inthand_add, swi_add, swi_sched } from '../kern/kern_intr.js';
import { mtx_init, mtx_lock_spin, mtx_unlock_spin } from '../kern/kern_mutex.js';
import { physio } from '../kern/kern_physio.js';
import { regime } from '../kern/kern_regime.js';
import { do_minidump, dump_watchdog, panic } from '../kern/kern_shutdown.js';
import { hz } from '../kern/kern_synch.js';
import { callout_init, callout_pending, callout_reset, callout_stop } from '../kern/kern_timeout.js';
import {
  bioq_first,
  bioq_init,
  bioq_remove,
  bioqdisksort,
  disk_create,
  dkpartition,
  dscheck,
} from '../kern/subr_disk.js';
import { printf } from '../kern/subr_prf.js';
import { biodone } from '../kern/vfs_bio.js';
import type { bio } from '../sys/bio.h.js';
import { BIO_ERROR, BIO_READ, BIO_WRITE } from '../sys/bio.h.js';
import type { cdevsw } from '../sys/conf.h.js';
import { AD_MAJOR, D_DISK } from '../sys/conf.h.js';
import { BBSECTORS, dkpart, dkunit } from '../sys/disk.h.js';
import { EFAULT, EIO, ENXIO, EWOULDBLOCK } from '../sys/errno.h.js';
import type { intrhand, ithd } from '../sys/interrupt.h.js';
import { IH_MPSAFE, SWI_NOSWITCH, SWI_TQ } from '../sys/interrupt.h.js';
import type { dumperinfo } from '../sys/kerneldump.h.js';
import type { mtx } from '../sys/mutex.h.js';
import { MTX_SPIN } from '../sys/mutex.h.js';
import { DEV_BSHIFT, DEV_BSIZE, PAGE_MASK, PAGE_SIZE, PI_DISK } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import type { dev_t, vm_offset_t } from '../sys/types.h.js';
import type { uio } from '../sys/uio.h.js';
import type { ad_softc } from './ata.h.js';
import {
  AD_F_DEAD,
  ATA_C_READ_DMA,
  ATA_C_WRITE_DMA,
  ATA_DMA_EOT,
  ATA_E_ABORT,
  ATA_E_IDNF,
  ATA_IRQ,
  ATA_MAX_RETRIES,
  ATA_MAX_SECTORS,
  ATA_S_BUSY,
  ATA_S_ERROR,
  ATA_TIMEOUT,
} from './ata.h.js';

export let ad0_softc: embed<ad_softc>;
let ad_mtx: embed<mtx>;
let ad_ih: intrhand = null;
let ad_swih: intrhand = null;
let ad_swith: ithd = null;
/** Descriptor table: 33 pages are the most that MAXPHYS bytes touch. In bss, so physically contiguous. */
let ad_prdt: array<u32, 72>;

export let ad_cdevsw: embed<cdevsw> = $init({
  d_open: adopen,
  d_close: nullclose,
  d_read: adreadwrite,
  d_write: adreadwrite,
  d_ioctl: noioctl,
  d_poll: nopoll,
  d_mmap: nommap,
  d_strategy: adstrategy,
  d_name: 'ad',
  d_maj: AD_MAJOR,
  d_dump: addump,
  d_psize: adpsize,
  d_flags: D_DISK,
});

/** Finds the drive and enters it. Locks: Giant, at startup. May sleep. */
export function* ata_attach(): Sleeps {
  const adp = ad0_softc;
  const sectors = ata_capacity(0);
  if (sectors <= BBSECTORS) return;
  mtx_init(ad_mtx, 'ata0', MTX_SPIN);
  bioq_init(adp.ad_queue);
  TAILQ_INIT(adp.ad_doneq);
  callout_init(adp.ad_callout, 0);
  adp.ad_unit = 0;
  disk_create(adp.ad_disk, 'ad', 0, sectors);
  cdevsw_add(ad_cdevsw);
  let error = yield* inthand_add('ata0', ATA_IRQ, ad_intr, $addr(adp), PI_DISK, IH_MPSAFE, $ref(ad_ih));
  if (error === 0)
    error = yield* swi_add($ref(ad_swith), 'task queue', ad_taskq, $addr(adp), SWI_TQ, 0, $ref(ad_swih));
  if (error !== 0) panic('ata0: no interrupt thread, error %d', error);
  printf('ata0: at 0x1f0 irq %d on atapci0\n', ATA_IRQ);
  printf(
    'ad0: %dMB <TRAP12 VIRTUAL DISK> [%d/16/63] at ata0-master UDMA33\n',
    sectors >>> 11,
    sectors / (16 * 63),
  );
}

/** The softc of a device, null if there is no such drive. Locks: none. Does not sleep. */
function ad_lookup(dev: dev_t): ad_softc {
  if (dkunit(dev) !== 0 || ad0_softc.ad_disk.d_sectors === 0) return null;
  return ad0_softc;
}

/** Opens a partition. ENXIO. Locks: Giant. Does not sleep. */
function* adopen(dev: dev_t, oflags: int, devtype: int, p: proc): Sleeps<int> {
  const adp = ad_lookup(dev);
  if (adp === null || dkpartition(adp.ad_disk, dev) === null) return ENXIO;
  adp.ad_disk.d_openmask |= 1 << dkpart(dev);
  return 0;
}

/** Reads or writes past all caches. Locks: Giant. May sleep. */
function* adreadwrite(dev: dev_t, uio: uio, ioflag: int): Sleeps<int> {
  return yield* physio(dev, uio, ioflag);
}

/** Blocks of a partition, -1 if it is not there. Locks: none. Does not sleep. */
export function adpsize(dev: dev_t): int {
  const adp = ad_lookup(dev);
  if (adp === null) return -1;
  const pp = dkpartition(adp.ad_disk, dev);
  return pp === null ? -1 : $i32(pp.p_size);
}

/**
 * Takes a request. It comes back by biodone, in any case from another process. Locks: any. Does not sleep.
 */
export function adstrategy(bp: bio): void {
  const adp = ad_lookup(bp.bio_dev);
  KASSERT(adp !== null, 'adstrategy: no drive of device %x', bp.bio_dev);
  KASSERT(bp.bio_cmd === BIO_READ || bp.bio_cmd === BIO_WRITE, 'adstrategy: command %d', bp.bio_cmd);
  const go = dscheck(bp, adp.ad_disk) !== 0 && bp.bio_bcount > 0;
  mtx_lock_spin(ad_mtx);
  if (go && adp.ad_flags & AD_F_DEAD) {
    bp.bio_error = EIO;
    bp.bio_flags |= BIO_ERROR;
  }
  if (go && !(bp.bio_flags & BIO_ERROR)) {
    if (bp.bio_cmd === BIO_READ) adp.ad_reads++;
    else adp.ad_writes++;
    bioqdisksort(adp.ad_queue, bp);
    ad_start(adp);
    mtx_unlock_spin(ad_mtx);
    return;
  }
  TAILQ_INSERT_TAIL(adp.ad_doneq, bp, 'bio_queue');
  mtx_unlock_spin(ad_mtx);
  swi_sched(ad_swih, SWI_NOSWITCH);
}

/** Gives the drive the next request if it is idle. Locks: ad_mtx. Does not sleep. */
function ad_start(adp: ad_softc): void {
  if (adp.ad_active !== null) return;
  const bp = bioq_first(adp.ad_queue);
  if (bp === null) return;
  bioq_remove(adp.ad_queue, bp);
  adp.ad_active = bp;
  adp.ad_donecount = 0;
  adp.ad_retries = 0;
  ad_transfer(adp);
}

/** Starts the next command of the active request. Locks: ad_mtx. Does not sleep. */
function ad_transfer(adp: ad_softc): void {
  const bp = adp.ad_active;
  let chunk: int = bp.bio_bcount - adp.ad_donecount;
  if (chunk > ATA_MAX_SECTORS * DEV_BSIZE) chunk = ATA_MAX_SECTORS * DEV_BSIZE;
  KASSERT(chunk > 0 && chunk % DEV_BSIZE === 0, 'ad_transfer: %d bytes', chunk);
  adp.ad_chunk = chunk;
  ad_dmasetup(bp.bio_data + $u32(adp.ad_donecount), $u32(chunk));
  const lba = $u32(bp.bio_pblkno) + ($u32(adp.ad_donecount) >>> DEV_BSHIFT);
  const cmd = bp.bio_cmd === BIO_READ ? ATA_C_READ_DMA : ATA_C_WRITE_DMA;
  callout_reset(adp.ad_callout, ATA_TIMEOUT * hz, ad_timeout, $addr(adp));
  ata_command(adp.ad_unit, cmd, lba, $u32(chunk) >>> DEV_BSHIFT, pmap_kextract($addr(ad_prdt)));
}

/** Describes kernel memory to the DMA engine, page by page. Locks: ad_mtx. Does not sleep. */
function ad_dmasetup(va: vm_offset_t, len: u32): void {
  let i: int = 0;
  while (len > 0) {
    let n: u32 = PAGE_SIZE - (va & PAGE_MASK);
    if (n > len) n = len;
    const pa = pmap_kextract(va);
    KASSERT(pa !== 0, 'ad_dmasetup: %x is not mapped', va);
    KASSERT(i < 68, 'ad_dmasetup: too many pages');
    ad_prdt[i] = pa;
    ad_prdt[i + 1] = len === n ? n | ATA_DMA_EOT : n;
    i += 2;
    va += n;
    len -= n;
  }
}

/**
 * The drive's interrupt, in the thread "irq14: ata0". Locks: Giant; takes and drops ad_mtx. May sleep in
 * biodone.
 */
function* ad_intr(arg: u32): Sleeps {
  const adp = $cast<ad_softc>(arg);
  mtx_lock_spin(ad_mtx);
  /*
   * A late interrupt of a command that the timeout has dealt with: nothing active, or the next one still
   * busy.
   */
  if (adp.ad_active !== null) {
    const status = ata_status(adp.ad_unit);
    if (!(status & ATA_S_BUSY)) ad_complete(adp, status);
  }
  mtx_unlock_spin(ad_mtx);
  yield* ad_taskq(arg);
}

/** Gives back what is finished. Locks: Giant; takes and drops ad_mtx. May sleep in biodone. */
function* ad_taskq(arg: u32): Sleeps {
  const adp = $cast<ad_softc>(arg);
  for (;;) {
    mtx_lock_spin(ad_mtx);
    const bp = TAILQ_FIRST(adp.ad_doneq);
    if (bp !== null) TAILQ_REMOVE(adp.ad_doneq, bp, 'bio_queue');
    mtx_unlock_spin(ad_mtx);
    if (bp === null) return;
    yield* biodone(bp);
  }
}

/**
 * The command is over: goes on with the request, tries again, or finishes it. Locks: ad_mtx. Does not sleep.
 */
function ad_complete(adp: ad_softc, status: u32): void {
  const bp = adp.ad_active;
  KASSERT(bp !== null, 'ad_complete: nothing active');
  callout_stop(adp.ad_callout);
  if (status & ATA_S_ERROR) {
    const error = ata_error(adp.ad_unit);
    /* A sector that does not exist will not exist the next time. */
    if (!(error & (ATA_E_IDNF | ATA_E_ABORT)) && adp.ad_retries < ATA_MAX_RETRIES) {
      adp.ad_retries++;
      ad_transfer(adp);
      return;
    }
    printf(
      'ad%d: HARD %s ERROR blk# %d status=%02x error=%02x\n',
      adp.ad_unit,
      bp.bio_cmd === BIO_READ ? 'READ' : 'WRITE',
      bp.bio_pblkno + (adp.ad_donecount >> DEV_BSHIFT),
      status,
      error,
    );
    ad_finish(adp, EIO);
  } else {
    adp.ad_retries = 0;
    adp.ad_donecount += adp.ad_chunk;
    bp.bio_resid -= adp.ad_chunk;
    if (adp.ad_donecount < bp.bio_bcount) {
      ad_transfer(adp);
      return;
    }
    ad_finish(adp, 0);
  }
  ad_start(adp);
}

/** The active request is finished. Locks: ad_mtx. Does not sleep. */
function ad_finish(adp: ad_softc, error: int): void {
  const bp = adp.ad_active;
  adp.ad_active = null;
  if (error !== 0) {
    bp.bio_error = error;
    bp.bio_flags |= BIO_ERROR;
  }
  KASSERT(error !== 0 || bp.bio_resid >= 0, 'ad_finish: resid %d', bp.bio_resid);
  TAILQ_INSERT_TAIL(adp.ad_doneq, bp, 'bio_queue');
}

/**
 * The command took too long. If the drive is done, its interrupt was lost; if it comes to itself within a
 * second, all is well; if not, it is dead, and everything fails. Locks: Giant; takes and drops ad_mtx. May
 * sleep in biodone.
 */
function* ad_timeout(arg: u32): Sleeps {
  const adp = $cast<ad_softc>(arg);
  mtx_lock_spin(ad_mtx);
  const bp = adp.ad_active;
  if (bp === null || callout_pending(adp.ad_callout)) {
    mtx_unlock_spin(ad_mtx);
    return;
  }
  printf('ad%d: %s command timeout - resetting\n', adp.ad_unit, bp.bio_cmd === BIO_READ ? 'READ' : 'WRITE');
  printf('ata0: resetting devices .. ');
  if (ata_poll(adp.ad_unit, 1000) === 0) {
    printf('done\n');
    ad_complete(adp, ata_status(adp.ad_unit));
  } else {
    printf('failed\nad%d: removed from configuration\n', adp.ad_unit);
    adp.ad_flags |= AD_F_DEAD;
    ad_finish(adp, EIO);
    ad_failall(adp);
  }
  mtx_unlock_spin(ad_mtx);
  yield* ad_taskq(arg);
}

/** Fails everything that waits. Locks: ad_mtx. Does not sleep. */
function ad_failall(adp: ad_softc): void {
  for (;;) {
    const bp = bioq_first(adp.ad_queue);
    if (bp === null) return;
    bioq_remove(adp.ad_queue, bp);
    adp.ad_active = bp;
    ad_finish(adp, EIO);
  }
}

/**
 * Writes sectors from physical memory, polled. 0 or EIO, EFAULT. Locks: the machine has panicked. Does not
 * sleep.
 */
function ad_dumpwrite(unit: int, pa: u32, lba: u32, nsect: u32): int {
  const bytes = nsect << DEV_BSHIFT;
  const half: u32 = 0x10000;
  ad_prdt[0] = pa;
  if (bytes <= half) {
    ad_prdt[1] = bytes | ATA_DMA_EOT;
  } else {
    /* A descriptor counts to 64 KB. */
    ad_prdt[1] = half;
    ad_prdt[2] = pa + half;
    ad_prdt[3] = (bytes - half) | ATA_DMA_EOT;
  }
  for (let tries: int = 0; tries <= ATA_MAX_RETRIES; tries++) {
    ata_command(unit, ATA_C_WRITE_DMA, lba, nsect, pmap_kextract($addr(ad_prdt)));
    if (ata_poll(unit, ATA_TIMEOUT * 1000) !== 0) return EFAULT;
    if ((ata_status(unit) & ATA_S_ERROR) === 0) return 0;
  }
  return EIO;
}

/**
 * What the drivers of 1999 to 2001 did before a dump: they reset the channel, which forgot the command under
 * way, and which ended by giving the drive the next request of the queue, as after a timeout. Then the dump
 * has to wait for the channel; but nobody takes the interrupt of that request: its thread will not run again.
 * 0 or EWOULDBLOCK. Locks: the machine has panicked. Does not sleep.
 */
function ad_dumpreset(adp: ad_softc): int {
  printf('ata0: resetting devices .. ');
  ata_poll(adp.ad_unit, ATA_TIMEOUT * 1000);
  adp.ad_active = null;
  printf('done\n');
  ad_start(adp);
  for (let tenths: int = 0; adp.ad_active !== null; tenths++) {
    if (tenths >= dump_watchdog * 10) {
      printf(
        'ad%d: dump watchdog: for %d seconds the channel has been busy with block %d, whose interrupt nobody takes\n',
        adp.ad_unit,
        dump_watchdog,
        adp.ad_active.bio_pblkno,
      );
      return EWOULDBLOCK;
    }
    cpu_delay(100000000);
    ata_poll(adp.ad_unit, 0);
  }
  return 0;
}

/**
 * Writes a crash dump to the end of the partition, polled (i386/dump_machdep.ts). What the drive was doing
 * when the machine panicked is let finish first, and nobody is told. 0, ENXIO, EINVAL (area improper), EFAULT
 * (not ready), EIO, EINTR if ^C was typed, EWOULDBLOCK if the watchdog ended it. Locks: the machine has
 * panicked. Does not sleep.
 */
export function addump(dev: dev_t): int {
  const adp = ad_lookup(dev);
  if (adp === null) return ENXIO;
  const pp = dkpartition(adp.ad_disk, dev);
  if (pp === null) return ENXIO;
  const di = $local<dumperinfo>();
  di.di_unit = adp.ad_unit;
  di.di_first = pp.p_offset;
  di.di_size = pp.p_size;
  di.di_write = ad_dumpwrite;
  if (adp.ad_flags & AD_F_DEAD) return EFAULT;
  if (regime.addump_reset !== 0) {
    const error = ad_dumpreset(adp);
    if (error !== 0) return error;
  }
  if (ata_poll(adp.ad_unit, ATA_TIMEOUT * 1000) !== 0) return EFAULT;
  return dump_machdep(di, do_minidump);
}
