/** The start of the vm system (vm/vm_init.c). */
import { avail_start, pmap_init, virtual_avail, virtual_end } from '../i386/pmap_boot.js';
import { vm_lock, vm_unlock } from '../kern/kern_regime.h.js';
import { kmem_init } from './vm_kern.js';
import { vm_map_startup } from './vm_map.js';
import { vm_object_init } from './vm_object.js';
import { vm_page_startup, vm_set_page_size } from './vm_page.js';
import { vm_pager_init } from './vm_pager.js';

/**
 * Starts the vm system: pages, objects, maps, kernel memory, physical maps, pagers. After it kmem_alloc
 * works. Locks: none held; takes and drops the vm lock (boot). May sleep (does not: nobody else runs).
 */
export function* vm_mem_init(): Sleeps<void> {
  yield* vm_lock();
  vm_set_page_size();
  /* The page array lies at the first free kernel addresses. */
  $ref(virtual_avail)[0] = vm_page_startup(avail_start, avail_end, virtual_avail);
  yield* vm_object_init();
  vm_map_startup();
  yield* kmem_init(virtual_avail, virtual_end);
  yield* pmap_init(avail_start, avail_end);
  yield* vm_pager_init();
  vm_unlock();
}
