/**
 * Writing a file's dirty pages back (in BSD a part of vm/vm_object.c).
 */
import { vm_assert } from '../kern/kern_regime.h.js';
import type { vm_pindex_t } from '../sys/types.h.js';
import type { vnode } from '../sys/vnode.h.js';
import { VOBJDIRTY } from '../sys/vnode.h.js';
import type { vm_object } from './vm_object.h.js';
import {
  OBJPC_INVAL,
  OBJPC_NOSYNC,
  OBJPC_SYNC,
  OBJT_VNODE,
  OBJ_CLEANING,
  OBJ_MIGHTBEDIRTY,
  OBJ_WRITEABLE,
  vm_object_clear_flag,
  vm_object_set_flag,
} from './vm_object.h.js';
import type { vm_page } from './vm_page.h.js';
import {
  PG_BUSY,
  PG_CLEANCHK,
  PG_NOSYNC,
  VM_PAGE_INCACHE,
  vm_page_flag_clear,
  vm_page_flag_set,
} from './vm_page.h.js';
import { vm_page_lookup, vm_page_sleep_busy } from './vm_page.js';
import { vm_page_test_dirty } from './vm_page_valid.js';
import { vm_pageout_flush } from './vm_pageout_scan.js';
import { vm_page_protect } from './vm_pageq.js';
import { VM_PAGER_PUT_INVAL, VM_PAGER_PUT_SYNC } from './vm_pager.h.js';
import { VM_PROT_READ } from './vm_param.h.js';

/** Pages in one write (vm_pageout_page_count). */
const CLEAN_RUN = 16;

/**
 * The pages of one write.
 * @lock k the process that cleans
 */
interface clean_run extends struct {
  page: array<vm_page, 31>; // (k) the first page in the middle, so that the run can grow to both sides
}

/**
 * May the page join a run? It must be dirty, marked for cleaning, and in nobody's hands. A page that turns
 * out to need no cleaning loses its mark. Locks: V held. Does not sleep.
 */
function vm_object_page_cleanable(m: vm_page): boolean {
  if (m === null || (m.flags & PG_BUSY) !== 0 || m.busy !== 0) return false;
  if ((m.flags & PG_CLEANCHK) === 0) return false;
  if (VM_PAGE_INCACHE(m)) {
    vm_page_flag_clear(m, PG_CLEANCHK);
    return false;
  }
  vm_page_test_dirty(m);
  if ((m.dirty & m.valid) === 0) {
    vm_page_flag_clear(m, PG_CLEANCHK);
    return false;
  }
  return true;
}

/**
 * Writes a page together with its dirty neighbours. Every page of the run loses its mark, so a failed write
 * is not tried again by this scan: the page simply stays dirty. Locks: V held, p in nobody's hands; V is let
 * go during the write. May sleep.
 */
function* vm_object_page_collect_flush(object: vm_object, p: vm_page, pagerflags: int): Sleeps {
  const run = $local<clean_run>();
  let first = CLEAN_RUN - 1;
  let last = first;
  run.page[first] = p;
  vm_page_flag_clear(p, PG_CLEANCHK);
  while (last - first + 1 < CLEAN_RUN) {
    const m = vm_page_lookup(object, p.pindex + $u32(last - (CLEAN_RUN - 1) + 1));
    if (!vm_object_page_cleanable(m)) break;
    last++;
    run.page[last] = m;
    vm_page_flag_clear(m, PG_CLEANCHK);
  }
  while (last - first + 1 < CLEAN_RUN && p.pindex >= $u32(CLEAN_RUN - first)) {
    const m = vm_page_lookup(object, p.pindex - $u32(CLEAN_RUN - first));
    if (!vm_object_page_cleanable(m)) break;
    first--;
    run.page[first] = m;
    vm_page_flag_clear(m, PG_CLEANCHK);
  }
  yield* vm_pageout_flush($ref(run.page[first]), last - first + 1, pagerflags);
}

/**
 * Marks every page for the scan and makes it read-only, so that a later write is noticed. If the whole object
 * is going to be cleaned, it is not dirty any more from here on. Locks: V held. Does not sleep.
 */
function vm_object_page_clean_mark(object: vm_object, whole: boolean, nosync: boolean): void {
  let clearobjflags = whole;
  for (let p = TAILQ_FIRST(object.memq); p !== null; p = TAILQ_NEXT(p, 'listq')) {
    vm_page_flag_set(p, PG_CLEANCHK);
    if (nosync && (p.flags & PG_NOSYNC) !== 0) clearobjflags = false;
    else vm_page_protect(p, VM_PROT_READ);
  }
  if (!clearobjflags) return;
  vm_object_clear_flag(object, OBJ_WRITEABLE | OBJ_MIGHTBEDIRTY);
  const vp = $cast<vnode>(object.handle);
  if (vp !== null) vp.v_flag &= ~VOBJDIRTY;
}

/**
 * Writes the dirty pages of a vnode's object in [start, end) back to the file; end 0 stands for the object's
 * end. Flags:
 *   OBJPC_SYNC    waits for the writes
 *   OBJPC_INVAL   the same, and the pager may drop the pages
 *   OBJPC_NOSYNC  leaves pages alone that are not to be synced (MAP_NOSYNC)
 * Pages that become dirty meanwhile are left dirty, and the object with them.
 * Locks: V held, let go during the writes; the vnode is referenced. May sleep.
 */
export function* vm_object_page_clean(
  object: vm_object,
  start: vm_pindex_t,
  end: vm_pindex_t,
  flags: int,
): Sleeps {
  vm_assert();
  if (object.type !== OBJT_VNODE || (object.flags & OBJ_MIGHTBEDIRTY) === 0) return;
  const nosync = (flags & OBJPC_NOSYNC) !== 0;
  const tend = end === 0 ? object.size : end;
  let pagerflags = (flags & (OBJPC_SYNC | OBJPC_INVAL)) !== 0 ? VM_PAGER_PUT_SYNC : 0;
  if ((flags & OBJPC_INVAL) !== 0) pagerflags |= VM_PAGER_PUT_INVAL;
  vm_object_set_flag(object, OBJ_CLEANING);
  vm_object_page_clean_mark(object, start === 0 && tend === object.size, nosync);

  let np: vm_page = null;
  for (let p = TAILQ_FIRST(object.memq); p !== null; p = np) {
    np = TAILQ_NEXT(p, 'listq');
    if ((p.flags & PG_CLEANCHK) === 0) continue;
    if (p.pindex < start || p.pindex >= tend || p.valid === 0 || (nosync && (p.flags & PG_NOSYNC) !== 0)) {
      vm_page_flag_clear(p, PG_CLEANCHK);
      continue;
    }
    const generation = object.generation;
    if ((yield* vm_page_sleep_busy(p, 1, 'vpcwai')) === 0) {
      if (!vm_object_page_cleanable(p)) continue;
      yield* vm_object_page_collect_flush(object, p, pagerflags);
    } else if (object.generation === generation) {
      np = p;
    }
    /*
     * Slept: if pages came or went, neither p nor the next one can be relied upon. The marks remember what is
     * left.
     */
    if (object.generation !== generation) np = TAILQ_FIRST(object.memq);
  }
  vm_object_clear_flag(object, OBJ_CLEANING);
}
