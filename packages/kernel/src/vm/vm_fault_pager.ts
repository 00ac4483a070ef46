/**
 * The pager's part of a page fault (in BSD within vm/vm_fault.c): reads the page, and its neighbours if that
 * is cheap. The invariants are those at the top of vm_fault.ts.
 */
import { curproc } from '../i386/pcpu.h.js';
import { printf } from '../kern/subr_prf.js';
import type { faultstate } from './vm_fault.h.js';
import { VM_FAULT_READ, VM_FAULT_READ_AHEAD, VM_FAULT_READ_BEHIND } from './vm_fault.h.js';
import { VF_FOUND, VF_NEXT, VF_RETRY, unlock_and_deallocate, unlock_map } from './vm_fault.js';
import { kernel_map } from './vm_kern.js';
import { MAP_ENTRY_BEHAV_RANDOM, MAP_ENTRY_BEHAV_SEQUENTIAL, vm_map_entry_behavior } from './vm_map.h.js';
import { cnt } from './vm_meter.js';
import { OBJT_DEVICE, OBJT_PHYS } from './vm_object.h.js';
import type { vm_page } from './vm_page.h.js';
import {
  PG_BUSY,
  PG_FICTITIOUS,
  PG_UNMANAGED,
  VM_ALLOC_NORMAL,
  VM_PAGE_BITS_ALL,
  vm_page_free,
} from './vm_page.h.js';
import { vm_page_alloc, vm_page_lookup } from './vm_page.js';
import { vm_page_test_dirty } from './vm_page_valid.js';
import { pagedaemon_wakeup } from './vm_pageout.js';
import { vm_page_cache, vm_page_deactivate, vm_page_protect } from './vm_pageq.js';
import { VM_PAGER_BAD, VM_PAGER_ERROR, VM_PAGER_FAIL, VM_PAGER_OK } from './vm_pager.h.js';
import { vm_pager_get_pages, vm_pager_has_page } from './vm_pager.js';
import { KERN_FAILURE, KERN_PROTECTION_FAILURE, VM_PROT_NONE, atop } from './vm_param.h.js';

/**
 * A reader goes through an object sequentially: what lies behind him is hardly wanted again. Makes the pages
 * from 2 * VM_FAULT_READ behind the fault up to it cached, or inactive if they are dirty. Stops at the first
 * gap. Locks: V held. Does not sleep.
 */
function vm_fault_deactivate_behind(fs: faultstate): void {
  const object = fs.first_object;
  const far = 2 * VM_FAULT_READ;
  const firstpindex = fs.first_pindex < far ? 0 : fs.first_pindex - far;
  for (let pi = fs.first_pindex; pi > firstpindex; pi--) {
    const m = vm_page_lookup(object, pi - 1);
    if (m === null || m.valid !== VM_PAGE_BITS_ALL) return;
    if (m.busy !== 0 || m.hold_count !== 0 || m.wire_count !== 0) continue;
    if ((m.flags & (PG_BUSY | PG_FICTITIOUS | PG_UNMANAGED)) !== 0) continue;
    if (m.dirty === 0) vm_page_test_dirty(m);
    if (m.dirty !== 0) {
      vm_page_protect(m, VM_PROT_NONE);
      vm_page_deactivate(m);
    } else {
      vm_page_cache(m);
    }
  }
}

/**
 * Fills marray with page m and with new, busy pages around it that the pager can read along with it: at most
 * rbehind before and rahead behind, none that is resident, no more than memory allows. Returns their number,
 * 0 if the pager does not have m; *reqpage becomes the index of m. Locks: V held. Does not sleep.
 */
function vm_fault_additional_pages(
  m: vm_page,
  rbehind: int,
  rahead: int,
  marray: ptr<vm_page>,
  reqpage: ptr<int>,
): int {
  const object = m.object;
  const pindex = m.pindex;
  const cbehind = $var<int>();
  const cahead = $var<int>();
  reqpage[0] = 0;
  marray[0] = m;
  if (object.type === OBJT_DEVICE) return 1;
  if (!vm_pager_has_page(object, pindex, cbehind, cahead)) return 0;
  if (rahead > cahead[0]) rahead = cahead[0];
  if (rbehind > cbehind[0]) rbehind = cbehind[0];
  if (rahead + rbehind === 0) return 1;
  if (rahead + rbehind > $i32(cnt.v_free_count + cnt.v_cache_count) - $i32(cnt.v_free_reserved)) {
    pagedaemon_wakeup();
    return 1;
  }

  /* Behind: back to the first page that is here already. */
  let behind = 0;
  while (behind < rbehind && pindex > $u32(behind)) {
    if (vm_page_lookup(object, pindex - $u32(behind + 1)) !== null) break;
    behind++;
  }
  let n = 0;
  while (n < behind) {
    const rtm = vm_page_alloc(object, pindex - $u32(behind - n), VM_ALLOC_NORMAL);
    if (rtm === null) {
      /* No memory for luxury. */
      while (n > 0) {
        n--;
        vm_page_free(marray[n]);
      }
      marray[0] = m;
      return 1;
    }
    marray[n] = rtm;
    n++;
  }
  marray[n] = m;
  reqpage[0] = n;
  n++;

  let endpindex = pindex + 1 + $u32(rahead);
  if (endpindex > object.size) endpindex = object.size;
  for (let pi = pindex + 1; pi < endpindex; pi++) {
    if (vm_page_lookup(object, pi) !== null) break;
    const rtm = vm_page_alloc(object, pi, VM_ALLOC_NORMAL);
    if (rtm === null) break;
    marray[n] = rtm;
    n++;
  }
  return n;
}

/**
 * Chooses the pages to read with fs.m, by the entry's madvise and by whether the process seems to read
 * sequentially. Returns their number; see vm_fault_additional_pages. Locks: V and the map's lock held. Does
 * not sleep.
 */
function vm_fault_cluster(fs: faultstate, marray: ptr<vm_page>, reqpage: ptr<int>): int {
  const entry = fs.entry;
  const behavior = vm_map_entry_behavior(entry);
  let ahead = 0;
  let behind = 0;
  if (behavior !== MAP_ENTRY_BEHAV_RANDOM) {
    behind = $i32(atop(fs.vaddr - entry.start));
    if (behind > VM_FAULT_READ_BEHIND) behind = VM_FAULT_READ_BEHIND;
    ahead = $i32(atop(entry.end - fs.vaddr)) - 1;
    if (ahead > VM_FAULT_READ_AHEAD) ahead = VM_FAULT_READ_AHEAD;
    const follows = fs.pindex >= entry.lastr && fs.pindex < entry.lastr + VM_FAULT_READ;
    if (
      fs.first_object.type !== OBJT_DEVICE &&
      fs.first_object.type !== OBJT_PHYS &&
      (behavior === MAP_ENTRY_BEHAV_SEQUENTIAL || follows)
    ) {
      vm_fault_deactivate_behind(fs);
      ahead += behind;
      behind = 0;
    }
  }
  const faultcount = vm_fault_additional_pages(fs.m, behind, ahead, marray, reqpage);
  entry.lastr = fs.pindex + $u32(faultcount - behind);
  return faultcount;
}

/**
 * Asks the pager of fs.object for fs.m, a busy page of that object. Unless the pager has nothing, the map is
 * unlocked.
 *   VF_FOUND  fs.m holds the data
 *   VF_NEXT   the pager has nothing: look behind the object. fs.m is null, or the place holder in first_object.
 *   VF_RETRY  or KERN_*: everything was given back
 * Locks: V held, let go while it sleeps; drops the map's. May sleep.
 */
export function* vm_fault_getpages(fs: faultstate): Sleeps<int> {
  const marray = $local<array<vm_page, 16>>();
  const reqpage = $var<int>();
  let rv = VM_PAGER_FAIL;
  const faultcount = fs.lookup_still_valid !== 0 ? vm_fault_cluster(fs, $ref(marray[0]), reqpage) : 1;
  if (fs.lookup_still_valid === 0) {
    /* The entry may be gone, so it cannot say what else to read. */
    marray[0] = fs.m;
    reqpage[0] = 0;
  }
  if (faultcount !== 0) {
    KASSERT(faultcount <= VM_FAULT_READ, 'vm_fault: %d pages to read', faultcount);
    unlock_map(fs);
    rv = yield* vm_pager_get_pages(fs.object, $ref(marray[0]), faultcount, reqpage[0]);
  }
  if (rv === VM_PAGER_OK) {
    /* The pager may have put another page in its place. */
    fs.m = vm_page_lookup(fs.object, fs.pindex);
    if (fs.m === null) {
      yield* unlock_and_deallocate(fs);
      return VF_RETRY;
    }
    fs.hardfault++;
    return VF_FOUND;
  }
  const p = curproc();
  if (rv === VM_PAGER_ERROR) printf('vm_fault: pager read error, pid %d (%s)\n', p.p_pid, $addr(p.p_comm));
  /* In the kernel map an I/O error reads as zeros: there is nobody to send a signal to. */
  if ((rv === VM_PAGER_ERROR && fs.map !== kernel_map) || rv === VM_PAGER_BAD) {
    vm_page_free(fs.m);
    fs.m = null;
    /* The place holder is fs.m itself if we never left the top. */
    yield* unlock_and_deallocate(fs);
    return rv === VM_PAGER_ERROR ? KERN_FAILURE : KERN_PROTECTION_FAILURE;
  }
  if (fs.object !== fs.first_object) {
    vm_page_free(fs.m);
    fs.m = null;
  }
  return VF_NEXT;
}
