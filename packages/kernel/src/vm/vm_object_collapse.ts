/**
 * Collapse and bypass of shadow chains (in BSD a part of vm/vm_object.c). Copy-on-write leaves chains of
 * objects behind; when the other side of a fork is gone, the middle of such a chain serves nobody. Then
 * either
 *   collapse: the object is the only one to refer to its backing object, and swallows it, pages, swap and
 *   all; or bypass: the object covers everything that is resident in the backing object and refers to the
 *   next one directly.
 */
import { vm_assert } from '../kern/kern_regime.h.js';
import { swap_pager_copy, swap_pager_freespace } from './swap_pager.js';
import type { vm_object } from './vm_object.h.js';
import {
  OBJT_DEFAULT,
  OBJT_SWAP,
  OBJ_DEAD,
  vm_object_is_anonymous,
  vm_object_pip_add,
  vm_object_pip_wakeup,
  vm_object_set_flag,
} from './vm_object.h.js';
import {
  vm_object_deallocate,
  vm_object_free,
  vm_object_reference,
  vm_object_set_backing,
  vm_object_unshadow,
} from './vm_object.js';
import type { vm_page } from './vm_page.h.js';
import { PG_BUSY, VM_PAGE_INCACHE, vm_page_busy, vm_page_free } from './vm_page.h.js';
import { vm_page_lookup, vm_page_rename, vm_page_sleep_busy } from './vm_page.js';
import { vm_page_deactivate, vm_page_protect, vm_page_unwire, vm_page_wire } from './vm_pageq.js';
import { vm_pager_has_page } from './vm_pager.js';
import { OFF_TO_IDX, VM_PROT_NONE } from './vm_param.h.js';

/** What vm_object_backing_scan is to do. */
const OBSC_COLLAPSE_NOWAIT = 0x0002;
const OBSC_TEST_ALL_SHADOWED = 0x0004;
const OBSC_COLLAPSE_WAIT = 0x0001;

export let object_collapses: int = 0;
export let object_bypasses: int = 0;

/**
 * Does the parent cover every resident page of the backing object that it can see (with a valid page of its
 * own, or in its pager's store)? Swap of the backing object is not looked at: such an object fails the test.
 * Locks: V held. Does not sleep.
 */
function vm_object_all_shadowed(object: vm_object, backing: vm_object): boolean {
  if (backing.type !== OBJT_DEFAULT) return false;
  const offset = OFF_TO_IDX(object.backing_object_offset);
  for (let p = TAILQ_FIRST(backing.memq); p !== null; p = TAILQ_NEXT(p, 'listq')) {
    /* Whoever wired it will look for it on the way through this object. */
    if (p.wire_count !== 0) return false;
    const new_pindex = p.pindex - offset;
    if (p.pindex < offset || new_pindex >= object.size) continue;
    const pp = vm_page_lookup(object, new_pindex);
    if ((pp === null || pp.valid === 0) && !vm_pager_has_page(object, new_pindex, null, null)) return false;
  }
  return true;
}

/**
 * A page that is wired goes away because the object has its own: the wirings are for mappings that came
 * through the object (there are no others), so they pass to that page, if it is in memory. A correction: in
 * 2001 this was the panic "freeing wired page", which a sharer of a read-only, locked mapping could bring
 * about. Locks: V held. Does not sleep.
 */
function vm_object_collapse_wirings(p: vm_page, own: vm_page): void {
  while (p.wire_count !== 0) {
    if (own !== null) vm_page_wire(own);
    vm_page_unwire(p, 0);
  }
}

/**
 * Moves one page of the backing object up into the object, or frees it if the object cannot see it or has its
 * own. Locks: V held; the page is in nobody's hands. Does not sleep.
 */
function vm_object_collapse_page(object: vm_object, backing: vm_object, p: vm_page): void {
  const offset = OFF_TO_IDX(object.backing_object_offset);
  const new_pindex = p.pindex - offset;
  vm_page_busy(p);
  KASSERT(p.object === backing, 'vm_object_qcollapse(): object mismatch');
  /* The page is going to be dirty wherever it ends up: its copy on swap is good for nothing. */
  if (backing.type === OBJT_SWAP) swap_pager_freespace(backing, p.pindex, 1);
  const outside: boolean = p.pindex < offset || new_pindex >= object.size;
  const own: vm_page = outside ? null : vm_page_lookup(object, new_pindex);
  if (outside || own !== null || vm_pager_has_page(object, new_pindex, null, null)) {
    vm_page_protect(p, VM_PROT_NONE);
    vm_object_collapse_wirings(p, own);
    vm_page_free(p);
    return;
  }
  /* Mappings may stay: they show the same contents. */
  if (VM_PAGE_INCACHE(p)) vm_page_deactivate(p);
  vm_page_rename(p, object, new_pindex);
}

/**
 * Walks the pages of the object's backing object.
 *   OBSC_TEST_ALL_SHADOWED  only looks; returns whether a bypass is possible
 *   OBSC_COLLAPSE_WAIT      moves every page, waiting for busy ones; the backing object is marked dead first, so that
 *                           nobody takes a new interest in it
 *   OBSC_COLLAPSE_NOWAIT    moves those pages that are easy to move
 * Locks: V held; with OBSC_COLLAPSE_WAIT let go during sleeps. May sleep.
 */
function* vm_object_backing_scan(object: vm_object, op: int): Sleeps<boolean> {
  const backing = object.backing_object;
  vm_assert();
  if (op === OBSC_TEST_ALL_SHADOWED) return vm_object_all_shadowed(object, backing);
  if (op === OBSC_COLLAPSE_WAIT) vm_object_set_flag(backing, OBJ_DEAD);
  let p = TAILQ_FIRST(backing.memq);
  while (p !== null) {
    const next = TAILQ_NEXT(p, 'listq');
    if (op === OBSC_COLLAPSE_NOWAIT) {
      const easy = p.valid !== 0 && p.hold_count === 0 && p.wire_count === 0;
      if (!easy || p.busy !== 0 || (p.flags & PG_BUSY) !== 0) {
        p = next;
        continue;
      }
    } else if ((yield* vm_page_sleep_busy(p, 1, 'vmocol')) !== 0) {
      /* Anything may have happened, but a dead object cannot have got a new place in the chain. */
      KASSERT(object.backing_object === backing, 'vm_object_backing_scan: %p moved', $addr(object));
      p = TAILQ_FIRST(backing.memq);
      continue;
    }
    vm_object_collapse_page(object, backing, p);
    p = next;
  }
  return true;
}

/**
 * The part of a collapse that is possible while there is paging in progress. The backing object's references
 * are raised meanwhile. Locks: V held. May sleep in form only.
 */
function* vm_object_qcollapse(object: vm_object): Sleeps {
  const backing = object.backing_object;
  if (backing.ref_count !== 1) return;
  backing.ref_count += 2;
  yield* vm_object_backing_scan(object, OBSC_COLLAPSE_NOWAIT);
  backing.ref_count -= 2;
}

/**
 * Swallows the backing object, of which this object has the only reference.
 * Locks: V held; let go during sleeps. May sleep.
 */
function* vm_object_collapse_backing(object: vm_object): Sleeps {
  const backing = object.backing_object;
  yield* vm_object_backing_scan(object, OBSC_COLLAPSE_WAIT);
  if (backing.type === OBJT_SWAP) {
    vm_object_pip_add(backing, 1);
    vm_object_pip_add(object, 1);
    yield* swap_pager_copy(backing, object, OFF_TO_IDX(object.backing_object_offset), 1);
    vm_object_pip_wakeup(object);
    vm_object_pip_wakeup(backing);
  }
  /* The reference on the next object moves up with the place in the chain. */
  const next = backing.backing_object;
  vm_object_unshadow(object);
  vm_object_unshadow(backing);
  vm_object_set_backing(object, next);
  object.backing_object_offset += backing.backing_object_offset;
  KASSERT(
    backing.ref_count === 1,
    'backing_object %p was somehow re-referenced during collapse!',
    $addr(backing),
  );
  vm_object_free(backing);
  object_collapses++;
}

/**
 * Refers to the object behind the backing object, which others go on using.
 * Locks: V held; let go if dropping the reference sleeps. May sleep.
 */
function* vm_object_bypass(object: vm_object): Sleeps {
  const backing = object.backing_object;
  const next = backing.backing_object;
  vm_object_unshadow(object);
  if (next !== null) {
    vm_object_reference(next);
    vm_object_set_backing(object, next);
    object.backing_object_offset += backing.backing_object_offset;
  }
  /* It has another reference and does not go away. */
  yield* vm_object_deallocate(backing);
  object_bypasses++;
}

/**
 * Shortens the shadow chain behind an object as far as possible; returns silently where it is not.
 * Locks: V held, and a reference to the object; V is let go during sleeps. May sleep.
 */
export function* vm_object_collapse(object: vm_object): Sleeps {
  vm_assert();
  while (object !== null) {
    const backing = object.backing_object;
    if (backing === null) return;
    /* The backing object first: most of the time it is the one that does not allow it. */
    if (!vm_object_is_anonymous(backing) || (backing.flags & OBJ_DEAD) !== 0) return;
    if (!vm_object_is_anonymous(object) || (object.flags & OBJ_DEAD) !== 0) return;
    if (object.paging_in_progress !== 0 || backing.paging_in_progress !== 0) {
      yield* vm_object_qcollapse(object);
      return;
    }
    if (backing.ref_count === 1) {
      yield* vm_object_collapse_backing(object);
    } else {
      if (!(yield* vm_object_backing_scan(object, OBSC_TEST_ALL_SHADOWED))) return;
      yield* vm_object_bypass(object);
    }
  }
}
