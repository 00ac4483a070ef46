/** Objects of virtual memory (vm/vm_object.h of May 2001; paging_in_progress at 0x3a is pinned by the report). */
import { wakeup } from '../kern/kern_synch.js';
import type { objtype_t, vm_ooffset_t, vm_pindex_t } from '../sys/types.h.js';
import type { vm_page } from './vm_page.h.js';

export const OBJT_DEFAULT = 0;
export const OBJT_SWAP = 1;
export const OBJT_VNODE = 2;
export const OBJT_DEVICE = 3;
export const OBJT_PHYS = 4;
export const OBJT_DEAD = 5;
/** flags */
export const OBJ_ACTIVE = 0x0004;
export const OBJ_DEAD = 0x0008;
export const OBJ_NOSPLIT = 0x0010;
export const OBJ_PIPWNT = 0x0040;
export const OBJ_WRITEABLE = 0x0080;
export const OBJ_MIGHTBEDIRTY = 0x0100;
export const OBJ_CLEANING = 0x0200;
export const OBJ_OPT = 0x1000;
export const OBJ_ONEMAPPING = 0x2000;
/** vm_object_page_clean flags */
export const OBJPC_SYNC = 1;
export const OBJPC_INVAL = 2;
export const OBJPC_NOSYNC = 4;

/**
 * An object: pages and where their contents come from.
 * @lock V vm lock (Giant or vm_mtx, by regime)
 * @lock c constant after creation
 */
export interface vm_object extends struct {
  object_list: embed<TAILQ_ENTRY<vm_object>>; // (V) all objects
  shadow_head: embed<TAILQ_HEAD<vm_object>>; // (V) objects that this is backing
  shadow_list: embed<TAILQ_ENTRY<vm_object>>; // (V) link among them
  memq: embed<TAILQ_HEAD<vm_page>>; // (V) resident pages
  generation: int; // (V) changes with memq
  size: vm_pindex_t; // (V) size in pages
  ref_count: int; // (V) references
  shadow_count: int; // (V) length of shadow_head
  hash_rand: int; // (c) start in the page hash
  type: objtype_t; // (V) OBJT_*
  flags: u16; // (V) OBJ_*
  pg_color: u16; // (c) colour of the first page
  paging_in_progress: u16; // (V) @0x3a paging or collapse under way: do not destroy
  behavior: u16; // (V) madvise
  resident_page_count: int; // (V) length of memq
  backing_object: vm_object; // (V) shadowed object
  backing_object_offset: vm_ooffset_t; // (V) offset in it
  pager_object_list: embed<TAILQ_ENTRY<vm_object>>; // (V) pager's list
  handle: u32; // (c) vnode, device or anonymous handle
  un_size: vm_ooffset_t; // (V) vnode pager: size of the file
  un_pglist: embed<TAILQ_HEAD<vm_page>>; // (V) device pager: fictitious pages
  swp_bcount: int; // (V) swap pager: number of swap metadata blocks
}

/** Locks: V held. Does not sleep. @inline */
export function vm_object_set_flag(object: vm_object, bits: u16): void {
  object.flags |= bits;
}
/** Locks: V held. Does not sleep. @inline */
export function vm_object_clear_flag(object: vm_object, bits: u16): void {
  object.flags &= ~bits;
}
/** Announces paging or a collapse in the object, which then is not destroyed. Locks: V held. Does not sleep. @inline */
export function vm_object_pip_add(object: vm_object, i: int): void {
  object.paging_in_progress += i;
}

/** Takes an announcement back and wakes who waits for quiet. Locks: V held. Does not sleep. @inline */
export function vm_object_pip_wakeup(object: vm_object): void {
  KASSERT(object.paging_in_progress !== 0, 'vm_object_pip_wakeup: object %p', $addr(object));
  object.paging_in_progress--;
  if (object.paging_in_progress === 0 && (object.flags & OBJ_PIPWNT) !== 0) {
    object.flags &= ~OBJ_PIPWNT;
    wakeup($addr(object));
  }
}
/** The same for i of them (0 only looks). Locks: V held. Does not sleep. @inline */
export function vm_object_pip_wakeupn(object: vm_object, i: int): void {
  KASSERT(object.paging_in_progress >= i, 'vm_object_pip_wakeupn: object %p', $addr(object));
  object.paging_in_progress -= i;
  if (object.paging_in_progress === 0 && (object.flags & OBJ_PIPWNT) !== 0) {
    object.flags &= ~OBJ_PIPWNT;
    wakeup($addr(object));
  }
}
/** Anonymous memory: it has no name, so nobody can find it but through a reference. Locks: V held. @inline */
export function vm_object_is_anonymous(object: vm_object): boolean {
  return object.handle === 0 && (object.type === OBJT_DEFAULT || object.type === OBJT_SWAP);
}
