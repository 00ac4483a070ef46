/** The kernel's memory allocator, malloc(9) (sys/malloc.h). Code in kern/kern_malloc.ts. */
export const M_WAITOK = 0x0000;
export const M_NOWAIT = 0x0001;
export const M_USE_RESERVE = 0x0002;
export const M_ASLEEP = 0x0004;
export const M_ZERO = 0x0100;

/** Smallest bucket: 1 << MINBUCKET bytes. */
export const MINBUCKET = 4;
/** Blocks larger than this are whole pages and have no free list. */
export const MAXALLOCSAVE = 8192;
/** Marks a malloc_type that malloc has entered into the list of types. */
export const M_MAGIC = 877983977;
/** Junk that fills freed memory (INVARIANTS). */
export const WEIRD_ADDR = 0xdeadc0de;

/**
 * A type of memory with its statistics. Define one as `export let M_FOO: embed<malloc_type> = $init({
 * ks_shortdesc: "foo" })`; malloc enters it into the list at first use.
 * @lock m malloc_mtx
 * @lock c constant
 */
export interface malloc_type extends struct {
  ks_shortdesc: str; // (c) name for vmstat -m
  ks_magic: u32; // (m) M_MAGIC once it is in the list
  ks_next: malloc_type; // (m) next in kmemstatistics
  ks_memuse: u32; // (m) bytes held
  ks_limit: u32; // (m) most bytes it may hold
  ks_size: u32; // (m) sizes in use: bit of each bucket
  ks_inuse: u32; // (m) blocks held
  ks_calls: u32; // (m) blocks ever allocated
  ks_maxused: u32; // (m) high-water mark of ks_memuse
  ks_limblocks: u16; // (m) times it waited at its limit
}

/**
 * Use of one page of kmem_map.
 * @lock m malloc_mtx
 * @size 4
 */
export interface kmemusage_t extends struct {
  ku_indx: u16; // (m) bucket
  ku_freecnt: u16; // (m) small blocks: free blocks in the page; large: number of pages (ku_pagecnt)
}

/**
 * A power-of-two bucket.
 * @lock m malloc_mtx
 */
export interface kmembuckets extends struct {
  kb_next: freelist; // (m) free blocks
  kb_last: freelist; // (m) last of them
  kb_calls: u32; // (m) allocations
  kb_total: u32; // (m) blocks that exist
  kb_elmpercl: u32; // (m) blocks a page
  kb_totalfree: u32; // (m) free blocks
  kb_highwat: u32; // (m) most free blocks to keep
  kb_couldfree: u32; // (m) times above kb_highwat
}

/**
 * The head of a free block.
 * @lock m malloc_mtx
 * @size 16
 */
export interface freelist extends struct {
  fr_next: freelist; // (m) next free block
  fr_spare0: u32; // (m) junk
  fr_type: malloc_type; // (m) type that held the block last
  fr_npg: u32; // (m) large blocks that wait for kmem_free: pages
}

/**
 * One type of memory as sysctl kern.malloc gives it to vmstat -m.
 * @lock x copied out
 * @size 44
 */
export interface malloc_stat extends struct {
  ms_name: array<char, 16>; // (x) name
  ms_inuse: u32; // (x) blocks held
  ms_memuse: u32; // (x) bytes held
  ms_maxused: u32; // (x) most bytes ever held
  ms_limit: u32; // (x) limit in bytes
  ms_calls: u32; // (x) blocks ever allocated
  ms_limblocks: u32; // (x) times it waited at its limit
  ms_size: u32; // (x) sizes in use: bit of each bucket
}
