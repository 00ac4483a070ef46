/**
 * Crash dumps on a disk (sys/kerneldump.h, which came a year later; the layout is this kernel's own). Code in
 * i386/dump_machdep.ts.
 *
 * A sector before the first partition has the header. The dump itself lies at the end of its partition, where
 * swapping comes last: all of memory, page by page, or (KDH_MINI) groups of pages: a page that says how many
 * follow and where in memory they were, then those.
 */

/** 'TRAPDUMP' */
export const KDH_MAGIC0 = 0x50415254;
export const KDH_MAGIC1 = 0x504d5544;
export const KDH_VERSION = 1;
/** Sector of the disk with the header. */
export const KDH_SECTOR = 15;
/** kdh_form */
export const KDH_FULL = 0;
export const KDH_MINI = 1;
/** kdh_state */
export const KDH_STARTED = 0;
export const KDH_COMPLETE = 1;
/** kdh_state: savecore has been here. */
export const KDH_SAVED = 2;
/** Pages of a group, at most. */
export const KDH_GROUP = 1023;

/**
 * The header: one sector. kdh_parity makes the sum of its words 0.
 * @lock c constant once written
 * @size 512
 */
export interface kerneldumpheader extends struct {
  kdh_magic0: u32; // (c) KDH_MAGIC0
  kdh_magic1: u32; // (c) KDH_MAGIC1
  kdh_version: u32; // (c) KDH_VERSION
  kdh_form: u32; // (c) KDH_FULL or KDH_MINI
  kdh_state: u32; // (c) KDH_STARTED, _COMPLETE or _SAVED
  kdh_blkno: u32; // (c) first sector of the dump, from the start of the disk
  kdh_count: u32; // (c) its sectors
  kdh_pages: u32; // (c) pages of memory in it
  kdh_ramsize: u32; // (c) bytes of memory that the machine has
  kdh_sum: u32; // (c) sum of the dump's words
  kdh_time: int; // (c) when, seconds
  kdh_cr3: u32; // (c) page directory of the processor that dumped
  kdh_cpuid: u32; // (c) its number
  kdh_panic: array<char, 128>; // (c) why
  kdh_release: array<char, 128>; // (c) the kernel's version
  kdh_spare: array<u32, 50>; // (c) zeroes
  kdh_parity: u32; // (c) see above
}

/**
 * A dump under way.
 * @lock c the machine has panicked: nobody else runs
 */
export interface dumperinfo extends struct {
  di_unit: int; // (c) drive
  di_first: u32; // (c) first sector of the partition
  di_size: u32; // (c) its sectors
  di_blkno: u32; // (c) sector that comes next
  di_count: u32; // (c) sectors still to come
  di_write: (unit: int, pa: u32, lba: u32, nsect: u32) => int; // (c) writes sectors from physical memory
}
