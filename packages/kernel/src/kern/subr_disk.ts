/**
 * Disks (kern/subr_disk.c, subr_disklabel.c): partitions, checks of a request against them, the sorted queue,
 * and the check before a crash dump. There is no label on the disk: each has 'c', the whole of it, and 'b'
 * for swapping, which is all but the first BBSECTORS sectors.
 */
import type { bio, bio_queue_head } from '../sys/bio.h.js';
import { BIO_ERROR } from '../sys/bio.h.js';
import type { disk, partition } from '../sys/disk.h.js';
import { BBSECTORS, RAW_PART, SWAP_PART, dkpart } from '../sys/disk.h.js';
import { EINVAL, ENXIO } from '../sys/errno.h.js';
import { DEV_BSHIFT, DEV_BSIZE } from '../sys/param.h.js';
import type { dev_t } from '../sys/types.h.js';

export let disklist: embed<LIST_HEAD<disk>>;

/** Enters a disk of `sectors` and makes its partitions. Locks: Giant, or startup. Does not sleep. */
export function disk_create(dp: disk, name: str, unit: int, sectors: u32): void {
  KASSERT(sectors > BBSECTORS, 'disk_create: %s%d has %d sectors', name, unit, sectors);
  dp.d_name = name;
  dp.d_unit = unit;
  dp.d_sectors = sectors;
  const raw = dp.d_partitions[RAW_PART];
  raw.p_offset = 0;
  raw.p_size = sectors;
  const swap = dp.d_partitions[SWAP_PART];
  swap.p_offset = BBSECTORS;
  swap.p_size = sectors - BBSECTORS;
  LIST_INSERT_HEAD(disklist, dp, 'd_list');
}

/** The partition of a device, null if the disk has none of that number. Locks: none. Does not sleep. */
export function dkpartition(dp: disk, dev: dev_t): partition {
  const pp = dp.d_partitions[dkpart(dev)];
  return pp.p_size !== 0 ? pp : null;
}

/**
 * Checks a request against its partition and sets bio_pblkno. 1: go on. 0: the request is finished, bio_resid
 * (and, on an error, bio_error) are set: reading at the end gives end of file, beyond it EINVAL; what reaches
 * over the end is cut short. Locks: none (the caller has the request). Does not sleep.
 */
export function dscheck(bp: bio, dp: disk): int {
  const pp = dkpartition(dp, bp.bio_dev);
  bp.bio_resid = bp.bio_bcount;
  if (pp === null) return bioerror(bp, ENXIO);
  if (bp.bio_blkno < 0 || bp.bio_bcount < 0 || bp.bio_bcount % DEV_BSIZE !== 0) return bioerror(bp, EINVAL);
  const blkno = $u32(bp.bio_blkno);
  const nblks = $u32(bp.bio_bcount) >>> DEV_BSHIFT;
  if (blkno > pp.p_size || nblks > pp.p_size - blkno) {
    if (blkno === pp.p_size) return 0;
    if (blkno > pp.p_size) return bioerror(bp, EINVAL);
    bp.bio_bcount = $i32((pp.p_size - blkno) << DEV_BSHIFT);
  }
  bp.bio_pblkno = $i32(blkno + pp.p_offset);
  return 1;
}

/** Marks a request as failed. Returns 0. Locks: the caller has the request. Does not sleep. */
function bioerror(bp: bio, error: int): int {
  bp.bio_error = error;
  bp.bio_flags |= BIO_ERROR;
  return 0;
}

/** An empty queue. Locks: startup. Does not sleep. */
export function bioq_init(head: bio_queue_head): void {
  TAILQ_INIT(head.bioq_queue);
  head.bioq_last_pblkno = 0;
  head.bioq_insert_point = null;
  head.bioq_switch_point = null;
}

/** The next request. Locks: the queue's. Does not sleep. */
export function bioq_first(head: bio_queue_head): bio {
  return TAILQ_FIRST(head.bioq_queue);
}

/**
 * Takes a request out. With the first of the next sweep, that sweep begins. Locks: the queue's. Does not
 * sleep.
 */
export function bioq_remove(head: bio_queue_head, bp: bio): void {
  const first = bp === TAILQ_FIRST(head.bioq_queue);
  if (bp === head.bioq_insert_point) head.bioq_insert_point = first ? null : TAILQ_NEXT(bp, 'bio_queue');
  if (first) head.bioq_last_pblkno = bp.bio_pblkno;
  TAILQ_REMOVE(head.bioq_queue, bp, 'bio_queue');
}

/**
 * Inserts a request in the order of a one-way sweep: the queue is a run of ascending blocks at or behind the
 * block taken last, then (from bioq_insert_point on) a run for the sweep after it. Within equal blocks the
 * order of arrival stays, so a read never passes the write before it. Locks: the queue's. Does not sleep.
 */
export function bioqdisksort(head: bio_queue_head, bp: bio): void {
  const block = bp.bio_pblkno;
  const behind = block < head.bioq_last_pblkno;
  let q: bio = behind ? head.bioq_insert_point : TAILQ_FIRST(head.bioq_queue);
  while (q !== null && (behind || q !== head.bioq_insert_point) && q.bio_pblkno <= block)
    q = TAILQ_NEXT(q, 'bio_queue');
  if (q !== null) TAILQ_INSERT_BEFORE(q, bp, 'bio_queue');
  else TAILQ_INSERT_TAIL(head.bioq_queue, bp, 'bio_queue');
  if (behind && q === head.bioq_insert_point) head.bioq_insert_point = bp;
}
