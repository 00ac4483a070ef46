/**
 * The kernel's general-purpose allocator, malloc(9): power-of-two buckets over kmem_map, as 4.4BSD has it.
 *
 * Small blocks (up to MAXALLOCSAVE) live on one free list a size; a page that became part of a bucket stays there.
 * Larger ones are whole pages that go back to kmem_map. INVARIANTS is always on: freed memory is filled with
 * WEIRD_ADDR, and malloc complains about a block that changed while it was free.
 *
 * Deviations. free() is a plain function here and so cannot wait for the vm lock: large blocks that are freed are put
 * aside and the next malloc that may sleep returns them to kmem_map. malloc_mtx is a spin mutex for the same reason.
 */
import { bcopy, bzero, copystr } from '../i386/support.js';
import type { freelist, kmembuckets, kmemusage_t, malloc_stat, malloc_type } from '../sys/malloc.h.js';
import { MAXALLOCSAVE, MINBUCKET, M_ASLEEP, M_MAGIC, M_NOWAIT, M_ZERO, WEIRD_ADDR } from '../sys/malloc.h.js';
import type { mtx } from '../sys/mutex.h.js';
import { MTX_SPIN } from '../sys/mutex.h.js';
import { PAGE_SHIFT, PAGE_SIZE, PSWP } from '../sys/param.h.js';
import type { sysctl_oid, sysctl_req } from '../sys/sysctlvar.h.js';
import {
  kernel_map,
  kmem_alloc,
  kmem_free,
  kmem_malloc,
  kmem_map,
  kmembase,
  kmemlimit,
  vm_kmem_init,
} from '../vm/vm_kern.js';
import { atop, ptoa, round_page } from '../vm/vm_param.h.js';
import { mtx_init, mtx_lock_spin, mtx_unlock_spin } from './kern_mutex.js';
import { panic } from './kern_shutdown.js';
import { hz, tsleep, wakeup } from './kern_synch.js';
import { SYSCTL_OUT } from './kern_sysctl.js';
import { printf } from './subr_prf.js';

/** Bytes of a freed block that are filled and checked. */
const MAX_COPY = 64;
/** Buckets 0 to 30: 1 << 30 bytes is more than kmem_map can hold. */
const MALLOC_NBUCKETS = 31; // length of kmembucket
export let M_TEMP: embed<malloc_type> = $init({ ks_shortdesc: 'temp' });
export let M_FREE: embed<malloc_type> = $init({ ks_shortdesc: 'free' });
export let M_SUBPROC: embed<malloc_type> = $init({ ks_shortdesc: 'subproc' });
export let M_ZOMBIE: embed<malloc_type> = $init({ ks_shortdesc: 'zombie' });
export let M_SYSCTLOID: embed<malloc_type> = $init({ ks_shortdesc: 'sysctloid' });
export let M_EXEC: embed<malloc_type> = $init({ ks_shortdesc: 'exec' });
export let M_PARGS: embed<malloc_type> = $init({ ks_shortdesc: 'proc-args' });

/** Guards everything below. A spin mutex: a leaf that nobody sleeps under. */
export let malloc_mtx: embed<mtx>;
/** All types that were ever used. */
export let kmemstatistics: malloc_type = null;
/** The buckets, by log2 of the size. */
export let kmembucket: array<embed<kmembuckets>, 31>;
/** One entry a page of kmem_map. */
export let kmemusage: kmemusage_t = null;
/** Large blocks that free() put aside, linked by fr_next. */
let kmem_putaside: freelist = null;

/** The bucket of a size: log2, rounded up, at least MINBUCKET. Locks: none. Does not sleep. */
export function BUCKETINDX(size: u32): int {
  let indx: int = MINBUCKET;
  while ($u32(1 << indx) < size) indx++;
  return indx;
}

/** The use record of a page of kmem_map. Locks: malloc_mtx. @inline */
export function btokup(addr: u32): kmemusage_t {
  return $idx(kmemusage, $i32((addr - kmembase) >>> PAGE_SHIFT));
}

/**
 * malloc(9). Returns the address of `size` bytes, or 0 under M_NOWAIT (or M_ASLEEP) if there are none now.
 * M_ZERO clears them. Locks: no spin mutex held; takes and drops malloc_mtx and the vm lock. May sleep unless M_NOWAIT, but
 * even then waits for the mutexes.
 */
export function* malloc(size: u32, type: malloc_type, flags: int): Sleeps<u32> {
  KASSERT(kmemusage !== null, 'malloc: called before kmeminit');
  KASSERT(size > 0 && size <= 0x40000000, 'malloc: size %u of type %s', size, type.ks_shortdesc);
  const indx = BUCKETINDX(size);
  if (kmem_putaside !== null && (flags & M_NOWAIT) === 0) yield* malloc_reap();
  let va: u32 = 0;
  for (;;) {
    if (malloc_overlimit(type)) {
      if ((flags & (M_NOWAIT | M_ASLEEP)) !== 0) return 0;
      /* The interlock is a spin mutex, so a wakeup can slip in before the sleep: look again every second. */
      yield* tsleep($addr(type), PSWP + 2, type.ks_shortdesc, hz);
      continue;
    }
    if (size > MAXALLOCSAVE) {
      va = yield* kmem_malloc(kmem_map, round_page(size), flags);
      if (va === 0) return 0;
      malloc_large(va, indx, round_page(size), type);
      break;
    }
    va = malloc_take(indx, size, type);
    if (va !== 0) break;
    const alloc: u32 = round_page($u32(1 << indx));
    va = yield* kmem_malloc(kmem_map, alloc, flags);
    if (va === 0) return 0;
    malloc_fill(va, indx, alloc);
  }
  if ((flags & M_ZERO) !== 0) bzero(va, size);
  return va;
}

/**
 * free(9). Locks: no need of any; takes and drops malloc_mtx. Does not sleep.
 */
export function free(addr: u32, type: malloc_type): void {
  KASSERT(type.ks_magic === M_MAGIC, 'free: type with unknown magic: %x', type.ks_magic);
  if (addr < kmembase || addr >= kmemlimit) panic('free: address %p out of range', addr);
  mtx_lock_spin(malloc_mtx);
  const kup = btokup(addr);
  const indx: int = kup.ku_indx;
  const kbp = kmembucket[indx];
  let size: u32 = $u32(1 << indx);
  const alloc: u32 = size > PAGE_SIZE ? PAGE_SIZE : size;
  if ((addr & (alloc - 1)) !== 0) {
    panic('free: unaligned addr %p, size %u, type %s, mask %u', addr, size, type.ks_shortdesc, alloc - 1);
  }
  const freep = $cast<freelist>(addr);
  if (size > MAXALLOCSAVE) {
    if (kup.ku_freecnt === 0) panic('free: multiple frees of large block %p', addr);
    size = ptoa(kup.ku_freecnt);
    freep.fr_npg = kup.ku_freecnt;
    kup.ku_freecnt = 0;
    kup.ku_indx = 0;
    freep.fr_next = kmem_putaside;
    kmem_putaside = freep;
  } else {
    malloc_junk(freep, size, kbp);
    freep.fr_type = type;
    kup.ku_freecnt++;
    if (kup.ku_freecnt > kbp.kb_elmpercl) panic('free: multiple frees');
    if (kup.ku_freecnt === kbp.kb_elmpercl && kbp.kb_totalfree > kbp.kb_highwat) kbp.kb_couldfree++;
    kbp.kb_totalfree++;
    /* To the tail, so that a stale user has as much time as possible to be caught. */
    freep.fr_next = null;
    if (kbp.kb_next === null) kbp.kb_next = freep;
    else kbp.kb_last.fr_next = freep;
    kbp.kb_last = freep;
  }
  KASSERT(
    type.ks_inuse > 0 && type.ks_memuse >= size,
    'free: type %s holds no such block',
    type.ks_shortdesc,
  );
  const was: u32 = type.ks_memuse;
  type.ks_memuse -= size;
  type.ks_inuse--;
  mtx_unlock_spin(malloc_mtx);
  if (was >= type.ks_limit && type.ks_memuse < type.ks_limit) wakeup($addr(type));
}

/**
 * Fills a freed block with junk, and finds a block that is free already.
 * Locks: malloc_mtx held, kept. Does not sleep.
 */
function malloc_junk(freep: freelist, size: u32, kbp: kmembuckets): void {
  /* A quick look whether it seems free before the laborious search of the list. */
  if (freep.fr_spare0 === WEIRD_ADDR) {
    for (let fp = kbp.kb_next; fp !== null; fp = fp.fr_next) {
      if (fp.fr_spare0 !== WEIRD_ADDR) panic('free: free item %p modified', fp);
      if (fp === freep) panic('free: multiple freed item %p', fp);
    }
  }
  const n: u32 = size < MAX_COPY ? size : MAX_COPY;
  const addr = $addr(freep);
  for (let off: u32 = 0; off < n; off += 4) $st32(addr + off, WEIRD_ADDR);
}

/** Is a type at its limit? Enters a new type into the list. Locks: takes and drops malloc_mtx. Does not sleep. */
function malloc_overlimit(type: malloc_type): boolean {
  mtx_lock_spin(malloc_mtx);
  if (type.ks_magic !== M_MAGIC) malloc_init(type);
  const over = type.ks_memuse >= type.ks_limit;
  if (over && type.ks_limblocks < 65535) type.ks_limblocks++;
  mtx_unlock_spin(malloc_mtx);
  return over;
}

/** Enters a type into the list of types. Locks: malloc_mtx held, kept. Does not sleep. */
function malloc_init(type: malloc_type): void {
  KASSERT(type.ks_magic === 0, 'malloc_init: type %s with magic %x', type.ks_shortdesc, type.ks_magic);
  /* No type may take more than six tenths of the map, so that one leak does not stop everybody. */
  type.ks_limit = ((kmemlimit - kmembase) / 10) * 6;
  type.ks_next = kmemstatistics;
  kmemstatistics = type;
  type.ks_magic = M_MAGIC;
}

/**
 * Takes a block from a bucket: its address, 0 if the bucket is empty.
 * Locks: takes and drops malloc_mtx. Does not sleep.
 */
function malloc_take(indx: int, size: u32, type: malloc_type): u32 {
  mtx_lock_spin(malloc_mtx);
  const kbp = kmembucket[indx];
  const freep = kbp.kb_next;
  if (freep === null) {
    mtx_unlock_spin(malloc_mtx);
    return 0;
  }
  const va = $addr(freep);
  if (va < kmembase || va >= kmemlimit) panic('malloc: free list of bucket %d leads to %p', indx, freep);
  const kup = btokup(va);
  if (kup.ku_indx !== indx) panic('malloc: wrong bucket');
  if (kup.ku_freecnt === 0) panic('malloc: lost data');
  kbp.kb_next = freep.fr_next;
  malloc_check(freep, indx, size);
  kup.ku_freecnt--;
  kbp.kb_totalfree--;
  kbp.kb_calls++;
  malloc_account(type, $u32(1 << indx), indx);
  mtx_unlock_spin(malloc_mtx);
  return va;
}

/**
 * Complains about a block that was written while it was free.
 * Locks: malloc_mtx held, kept. Does not sleep.
 */
function malloc_check(freep: freelist, indx: int, size: u32): void {
  const va = $addr(freep);
  const prev: str = freep.fr_type === null ? 'none' : freep.fr_type.ks_shortdesc;
  freep.fr_type = $cast<malloc_type>(WEIRD_ADDR);
  freep.fr_next = $cast<freelist>(WEIRD_ADDR);
  const n: u32 = $u32(1 << indx) < MAX_COPY ? $u32(1 << indx) : MAX_COPY;
  for (let off: u32 = 0; off < n; off += 4) {
    const word = $ld32(va + off);
    if (word === WEIRD_ADDR) continue;
    printf(
      'Data modified on freelist: word %d of object %p size %u previous type %s (0x%x != 0x%x)\n',
      off >>> 2,
      va,
      size,
      prev,
      word,
      WEIRD_ADDR,
    );
    break;
  }
  freep.fr_spare0 = 0;
}

/** Charges a block to a type. Locks: malloc_mtx held, kept. Does not sleep. */
function malloc_account(type: malloc_type, bytes: u32, indx: int): void {
  type.ks_size |= 1 << indx;
  type.ks_memuse += bytes;
  type.ks_inuse++;
  type.ks_calls++;
  if (type.ks_memuse > type.ks_maxused) type.ks_maxused = type.ks_memuse;
}

/** Cuts fresh pages into blocks of a bucket. Locks: takes and drops malloc_mtx. Does not sleep. */
function malloc_fill(va: u32, indx: int, alloc: u32): void {
  const size: u32 = $u32(1 << indx);
  const n: u32 = size < MAX_COPY ? size : MAX_COPY;
  mtx_lock_spin(malloc_mtx);
  const kbp = kmembucket[indx];
  const kup = btokup(va);
  kup.ku_indx = indx;
  kup.ku_freecnt = kbp.kb_elmpercl;
  kbp.kb_total += kbp.kb_elmpercl;
  kbp.kb_totalfree += kbp.kb_elmpercl;
  /* From the top down; behind what others may have put on the list while we waited for the pages. */
  let first = kbp.kb_next;
  const last = $cast<freelist>(va + alloc - size);
  if (first === null) kbp.kb_last = last;
  for (let cp: u32 = va + alloc; cp > va; ) {
    cp -= size;
    for (let off: u32 = 0; off < n; off += 4) $st32(cp + off, WEIRD_ADDR);
    const fp = $cast<freelist>(cp);
    fp.fr_type = M_FREE;
    fp.fr_next = first;
    first = fp;
  }
  kbp.kb_next = first;
  mtx_unlock_spin(malloc_mtx);
}

/** Enters a large block. Locks: takes and drops malloc_mtx. Does not sleep. */
function malloc_large(va: u32, indx: int, bytes: u32, type: malloc_type): void {
  mtx_lock_spin(malloc_mtx);
  const kup = btokup(va);
  kup.ku_indx = indx;
  kup.ku_freecnt = atop(bytes);
  kmembucket[indx].kb_calls++;
  malloc_account(type, bytes, indx);
  mtx_unlock_spin(malloc_mtx);
}

/** Returns the large blocks that free() put aside to kmem_map. Locks: as malloc. May sleep. */
function* malloc_reap(): Sleeps {
  mtx_lock_spin(malloc_mtx);
  let fp = kmem_putaside;
  kmem_putaside = null;
  mtx_unlock_spin(malloc_mtx);
  while (fp !== null) {
    const next = fp.fr_next;
    yield* kmem_free(kmem_map, $addr(fp), ptoa(fp.fr_npg));
    fp = next;
  }
}

/**
 * realloc(9): a block of another size with the same contents; addr 0 allocates. 0 if there is no memory (the old block stays).
 * Locks: as malloc. May sleep unless M_NOWAIT.
 */
export function* realloc(addr: u32, size: u32, type: malloc_type, flags: int): Sleeps<u32> {
  if (addr === 0) return yield* malloc(size, type, flags);
  const kup = btokup(addr);
  const alloc: u32 = $u32(1 << kup.ku_indx) > MAXALLOCSAVE ? ptoa(kup.ku_freecnt) : $u32(1 << kup.ku_indx);
  /* Reuse the block unless it is too small or far too big. */
  if (size <= alloc && (size > alloc >>> 1 || alloc === 1 << MINBUCKET)) return addr;
  const newaddr = yield* malloc(size, type, flags);
  if (newaddr === 0) return 0;
  bcopy(addr, newaddr, size < alloc ? size : alloc);
  free(addr, type);
  return newaddr;
}

/** Makes kmem_map and the buckets. Locks: Giant; the vm system is up. SYSINIT. May sleep (it does not at boot). */
export function* kmeminit(dummy: u32): Sleeps {
  KASSERT(kmemusage === null, 'kmeminit: called twice');
  mtx_init(malloc_mtx, 'malloc', MTX_SPIN);
  yield* vm_kmem_init();
  KASSERT(kmem_map !== null && kmemlimit > kmembase, 'kmeminit: no kmem_map');
  const npg: u32 = atop(kmemlimit - kmembase);
  const usage: u32 = yield* kmem_alloc(kernel_map, npg * $sizeof<kmemusage_t>());
  bzero(usage, npg * $sizeof<kmemusage_t>());
  kmemusage = $cast<kmemusage_t>(usage);
  for (let indx: int = 0; indx < MALLOC_NBUCKETS; indx++) {
    const kbp = kmembucket[indx];
    const size: u32 = $u32(1 << indx);
    kbp.kb_elmpercl = size >= PAGE_SIZE ? 1 : PAGE_SIZE / size;
    kbp.kb_highwat = 5 * kbp.kb_elmpercl;
  }
}

/** kern.malloc: an array of struct malloc_stat, for vmstat -m. Locks: none. Does not sleep. */
export function* sysctl_kern_malloc(oidp: sysctl_oid, arg1: u32, arg2: int, req: sysctl_req): Sleeps<int> {
  const ms = $local<malloc_stat>();
  /* The list only grows, at its head, so it can be walked without the lock. */
  for (let type = kmemstatistics; type !== null; type = type.ks_next) {
    bzero($addr(ms), $sizeof<malloc_stat>());
    copystr($addr(type.ks_shortdesc), $addr(ms.ms_name), 15, null);
    ms.ms_inuse = type.ks_inuse;
    ms.ms_memuse = type.ks_memuse;
    ms.ms_maxused = type.ks_maxused;
    ms.ms_limit = type.ks_limit;
    ms.ms_calls = type.ks_calls;
    ms.ms_limblocks = type.ks_limblocks;
    ms.ms_size = type.ks_size;
    const error = SYSCTL_OUT(req, $addr(ms), $sizeof<malloc_stat>());
    if (error !== 0) return error;
  }
  return 0;
}
