/**
 * The start of the vm system (vm/vm_init.c), and the submaps of kernel_map (part of i386 cpu_startup).
 */
import { avail_end, avail_start, pmap_init, virtual_avail, virtual_end } from '../i386/pmap_boot.js';
import { vm_lock, vm_unlock } from '../kern/kern_regime.h.js';
import { nswbuf } from '../kern/vfs_pbuf.js';
import { MAXPHYS, PAGE_SIZE } from '../sys/param.h.js';
import type { vm_offset_t, vm_size_t } from '../sys/types.h.js';
import {
  EXEC_MAP_ENTRIES,
  EXEC_MAP_ENTRY_SIZE,
  PAGER_MAP_SIZE,
  VM_KMEM_SIZE,
  VM_KMEM_SIZE_MAX,
  VM_KMEM_SIZE_SCALE,
} from './vm_kern.h.js';
import { clean_map, exec_map, kernel_map, kmem_init, kmem_map, kmem_suballoc, pager_map } from './vm_kern.js';
import { vm_init2, vm_map_startup } from './vm_map.js';
import { vmmapentry_rsrc_init } from './vm_mmap.js';
import { vm_object_init } from './vm_object.js';
import { vm_page_startup } from './vm_page.js';
import { vm_pager_init } from './vm_pager.js';
import { ptoa, round_page } from './vm_param.h.js';

/** Ranges of the submaps. */
export let kmembase: vm_offset_t = 0;
export let kmemlimit: vm_offset_t = 0;
export let clean_sva: vm_offset_t = 0;
export let clean_eva: vm_offset_t = 0;
export let pager_sva: vm_offset_t = 0;
export let pager_eva: vm_offset_t = 0;
export let exec_map_sva: vm_offset_t = 0;
export let exec_map_eva: vm_offset_t = 0;

/**
 * Starts the vm system: pages, objects, maps, kernel memory, physical maps, pagers. After it kmem_alloc works.
 * Locks: none held; takes and drops the vm lock (boot). May sleep (does not: nobody else runs).
 */
export function* vm_mem_init(): Sleeps<void> {
  yield* vm_lock();
  cnt.v_page_size = PAGE_SIZE;
  virtual_avail = vm_page_startup(avail_start, avail_end, virtual_avail);
  yield* vm_object_init();
  vm_map_startup();
  yield* kmem_init(virtual_avail, virtual_end);
  yield* pmap_init(avail_start, avail_end);
  yield* vm_pager_init();
  vm_unlock();
}

/** Bytes of kmem_map for this much RAM. Locks: none. Does not sleep. */
function vm_kmem_bytes(): vm_size_t {
  const mem: vm_size_t = ptoa(cnt.v_page_count);
  let size: vm_size_t = VM_KMEM_SIZE;
  KASSERT(mem !== 0, 'vm_kmem_bytes: no memory');
  if (mem / VM_KMEM_SIZE_SCALE > size) size = mem / VM_KMEM_SIZE_SCALE;
  if (size > VM_KMEM_SIZE_MAX) size = VM_KMEM_SIZE_MAX;
  if (size / 2 > mem) size = mem * 2;
  return round_page(size);
}

/**
 * Makes kmem_map, of which malloc lives. Called by kmeminit before the first malloc.
 * Locks: vm lock not held; takes and drops it. May sleep.
 */
export function* vm_kmem_init(): Sleeps<void> {
  KASSERT(kmem_map === null, 'vm_kmem_init: called twice');
  kmem_map = yield* kmem_suballoc(kernel_map, $ref(kmembase), $ref(kmemlimit), vm_kmem_bytes());
}

/**
 * Makes the submaps of kernel_map (but kmem_map, which kmeminit makes) and lets the zones of maps grow: cpu_startup's part
 * of the vm system. clean_map holds pager_map alone: there is no buffer cache.
 * Locks: none held; takes and drops the vm lock. May sleep.
 */
export function* vm_ksubmap_init(): Sleeps<void> {
  KASSERT(kmem_map !== null, 'vm_ksubmap_init: before kmeminit');
  yield* vm_lock();
  yield* vm_init2();
  const pbufs: vm_size_t = $u32(nswbuf) * MAXPHYS + PAGER_MAP_SIZE;
  clean_map = yield* kmem_suballoc(kernel_map, $ref(clean_sva), $ref(clean_eva), pbufs);
  pager_map = yield* kmem_suballoc(clean_map, $ref(pager_sva), $ref(pager_eva), pbufs);
  exec_map = yield* kmem_suballoc(
    kernel_map,
    $ref(exec_map_sva),
    $ref(exec_map_eva),
    EXEC_MAP_ENTRIES * EXEC_MAP_ENTRY_SIZE,
  );
  vmmapentry_rsrc_init();
  vm_unlock();
}
