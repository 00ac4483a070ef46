/** Disks and their partitions (sys/disk.h, sys/disklabel.h). Code in kern/subr_disk.ts. */
import type { dev_t } from './types.h.js';

export const MAXPARTITIONS = 8;
/** The partition that is the whole disk ('c'). */
export const RAW_PART = 2;
export const SWAP_PART = 1;
/** Sectors kept free at the start of the disk: boot blocks and label. */
export const BBSECTORS = 16;
export const LABELSECTOR = 1;

/**
 * A partition.
 * @lock c constant after disk_create
 */
export interface partition extends struct {
  p_offset: u32; // (c) first sector
  p_size: u32; // (c) sectors, 0: not there
}

/**
 * A disk.
 * @lock c constant after disk_create
 * @lock G Giant
 */
export interface disk extends struct {
  d_unit: int; // (c) unit number
  d_name: str; // (c) driver name
  d_sectors: u32; // (c) capacity
  d_openmask: u_int; // (G) open partitions, one bit each
  d_partitions: array<embed<partition>, 8>; // (c) partitions a to h
  d_list: embed<LIST_ENTRY<disk>>; // (G) all disks
}

/** Locks: none. Partition of a disk's minor number. @inline */
export function dkpart(dev: dev_t): int {
  return $i32(dev & 7);
}
/** Locks: none. Unit of a disk's minor number. @inline */
export function dkunit(dev: dev_t): int {
  return $i32((dev >>> 3) & 0x1f);
}
