/**
 * The device pager (vm/device_pager.c): maps what a driver's d_mmap gives out (/dev/mem). Its pages are
 * fictitious: page structures from a zone, for frames that need not be in vm_page_array or belong to somebody
 * else there. They hang on the object's un_pglist by their pageq links, on no page queue.
 */
import { devsw } from '../kern/kern_conf.js';
import { panic } from '../kern/kern_shutdown.js';
import { PAGE_MASK } from '../sys/param.h.js';
import type { vm_offset_t, vm_ooffset_t, vm_pindex_t, vm_prot_t } from '../sys/types.h.js';
import type { vm_object } from './vm_object.h.js';
import { OBJT_DEVICE } from './vm_object.h.js';
import { vm_object_allocate, vm_object_deallocate, vm_object_reference } from './vm_object.js';
import type { vm_page } from './vm_page.h.js';
import { PG_BUSY, PG_FICTITIOUS, PQ_NONE, VM_PAGE_BITS_ALL, vm_page_free } from './vm_page.h.js';
import { vm_page_insert } from './vm_page.js';
import type { pagerops } from './vm_pager.h.js';
import { VM_PAGER_OK } from './vm_pager.h.js';
import { vm_pager_object_lookup } from './vm_pager.js';
import { IDX_TO_OFF, OFF_TO_IDX, VM_PROT_READ, ptoa } from './vm_param.h.js';
import type { vm_zone } from './vm_zone.h.js';
import { zalloc, zfree, zinitna } from './vm_zone.js';

let dev_pager_object_list: embed<TAILQ_HEAD<vm_object>>;
let fakepg_zone: vm_zone = null;
let fakepg_zone_store: embed<vm_zone>;

export let devicepagerops: embed<pagerops> = $init({
  pgo_init: dev_pager_init,
  pgo_alloc: dev_pager_alloc,
  pgo_dealloc: dev_pager_dealloc,
  pgo_getpages: dev_pager_getpages,
  pgo_putpages: dev_pager_putpages,
  pgo_haspage: dev_pager_haspage,
  pgo_pageunswapped: null,
});

/** Locks: V held. May sleep. */
function* dev_pager_init(): Sleeps {
  TAILQ_INIT(dev_pager_object_list);
  fakepg_zone = fakepg_zone_store;
  yield* zinitna(fakepg_zone, null, 'DP fakepg', $i32($sizeof<vm_page>()), 0, 0, 1);
}

/**
 * The object of a device, made if there is none; null if the driver cannot map all of the range. The handle
 * is the dev_t. Locks: V held; let go while zones grow. May sleep.
 */
export function* dev_pager_alloc(
  handle: u32,
  size: vm_ooffset_t,
  prot: vm_prot_t,
  foff: vm_ooffset_t,
): Sleeps<vm_object> {
  const csw = devsw(handle);
  if (csw === null || csw.d_mmap === null) return null;
  if ((foff & PAGE_MASK) !== 0) return null;
  const pages = OFF_TO_IDX(foff + size + PAGE_MASK);
  for (let pi = OFF_TO_IDX(foff); pi < pages; pi++) {
    if (csw.d_mmap(handle, $u32(IDX_TO_OFF(pi)), prot) === -1) return null;
  }
  let object = vm_pager_object_lookup(dev_pager_object_list, handle);
  if (object === null) {
    const fresh = yield* vm_object_allocate(OBJT_DEVICE, pages);
    object = vm_pager_object_lookup(dev_pager_object_list, handle);
    if (object === null) {
      fresh.handle = handle;
      TAILQ_INSERT_TAIL(dev_pager_object_list, fresh, 'pager_object_list');
      return fresh;
    }
    yield* vm_object_deallocate(fresh);
  }
  vm_object_reference(object);
  if (pages > object.size) object.size = pages;
  return object;
}

/** A page structure for a frame of the device. Locks: V held; may be let go. May sleep. */
function* dev_pager_getfake(paddr: vm_offset_t): Sleeps<vm_page> {
  const m = $cast<vm_page>(yield* zalloc(fakepg_zone));
  m.flags = PG_BUSY | PG_FICTITIOUS;
  m.valid = VM_PAGE_BITS_ALL;
  m.dirty = 0;
  m.busy = 0;
  m.queue = PQ_NONE;
  m.pc = 0;
  m.object = null;
  m.hnext = null;
  m.wire_count = 1;
  m.hold_count = 0;
  m.act_count = 0;
  m.phys_addr = paddr;
  TAILQ_INIT(m.md_pv_list);
  m.md_pv_list_count = 0;
  return m;
}

/** Locks: V held. Does not sleep. */
function dev_pager_putfake(m: vm_page): void {
  if ((m.flags & PG_FICTITIOUS) === 0) panic('dev_pager_putfake: bad page');
  zfree(fakepg_zone, $addr(m));
}

/**
 * Gives the page structures back; vm_object_terminate has disowned them. Locks: V held. May sleep in form
 * only.
 */
function* dev_pager_dealloc(object: vm_object): Sleeps {
  if (object.handle !== 0) TAILQ_REMOVE(dev_pager_object_list, object, 'pager_object_list');
  for (let m = TAILQ_FIRST(object.un_pglist); m !== null; m = TAILQ_FIRST(object.un_pglist)) {
    TAILQ_REMOVE(object.un_pglist, m, 'pageq');
    dev_pager_putfake(m);
  }
}

/**
 * Puts a fictitious page for the device's frame in the place of the page that vm_fault allocated.
 * Locks: V held; let go while the zone grows: the busy page keeps the place. May sleep.
 */
function* dev_pager_getpages(object: vm_object, m: ptr<vm_page>, count: int, reqpage: int): Sleeps<int> {
  const offset = m[reqpage].pindex;
  const dev = object.handle;
  const ppn = devsw(dev).d_mmap(dev, $u32(IDX_TO_OFF(offset)), VM_PROT_READ);
  KASSERT(ppn !== -1, 'dev_pager_getpage: map function returns error');
  const page = yield* dev_pager_getfake(ptoa($u32(ppn)));
  TAILQ_INSERT_TAIL(object.un_pglist, page, 'pageq');
  for (let i = 0; i < count; i++) vm_page_free(m[i]);
  vm_page_insert(page, object, offset);
  m[reqpage] = page;
  return VM_PAGER_OK;
}

/** Nobody may ask. Locks: V held. May sleep in form only. */
function* dev_pager_putpages(
  object: vm_object,
  m: ptr<vm_page>,
  count: int,
  flags: int,
  rtvals: ptr<int>,
): Sleeps {
  panic('dev_pager_putpage called');
}

/** Every page of the range that was checked at the start. Locks: V held. Does not sleep. */
function dev_pager_haspage(
  object: vm_object,
  pindex: vm_pindex_t,
  before: ptr<int>,
  after: ptr<int>,
): boolean {
  if (before !== null) before[0] = 0;
  if (after !== null) after[0] = 0;
  return pindex < object.size;
}
