/**
 * The vm system's statistics (vm/vm_meter.c): the counters, and the totals that vmstat(8) shows. The load
 * average, in BSD here too, is in kern/kern_sched.ts.
 */
import { curproc } from '../i386/pcpu.h.js';
import { bzero } from '../i386/support.js';
import { lockmgr_try } from '../kern/kern_lock.js';
import { mtx_lock_spin, mtx_unlock_spin, sched_lock } from '../kern/kern_mutex.js';
import { allproc, allproc_lock } from '../kern/kern_proc.js';
import { vm_lock, vm_unlock } from '../kern/kern_regime.h.js';
import { sx_slock, sx_sunlock } from '../kern/kern_sx.js';
import { PS_INMEM, P_SYSTEM, SIDL, SMTX, SRUN, SSLEEP, SSTOP, SWAIT } from '../sys/_proc.h.js';
import { LK_NOWAIT, LK_SHARED } from '../sys/lockmgr.h.js';
import { PZERO } from '../sys/param.h.js';
import type { proc } from '../sys/proc.h.js';
import type { vmmeter } from '../sys/vmmeter.h.js';
import type { vmtotal_t } from '../sys/vmtotal.h.js';
import type { vm_map } from './vm_map.h.js';
import { MAP_ENTRY_IS_SUB_MAP } from './vm_map.h.js';
import { vm_map_unlock_read } from './vm_map_lock.js';
import { OBJT_DEVICE, OBJ_ACTIVE, vm_object_clear_flag, vm_object_set_flag } from './vm_object.h.js';
import { kernel_object, vm_object_list } from './vm_object.js';

/** The counters. */
export let cnt: embed<vmmeter>;

/** Seconds asleep above which a process counts as idle: neither short-term asleep nor waiting for a page. */
const MAXSLP = 20;

/**
 * Counts a process in the totals by what it does. True if its memory counts as active.
 * Locks: allproc_lock; takes and drops sched_lock. Does not sleep.
 */
function vmtotal_proc(tp: vmtotal_t, p: proc): boolean {
  let active: boolean = false;
  if ((p.p_flag & P_SYSTEM) !== 0) return false;
  mtx_lock_spin(sched_lock);
  const inmem = (p.p_sflag & PS_INMEM) !== 0;
  switch (p.p_stat) {
    case SMTX:
    case SSLEEP:
    case SSTOP:
      if (!inmem) {
        tp.t_sw++;
      } else if (p.p_priority <= PZERO) {
        tp.t_dw++;
        active = true;
      } else if (p.p_slptime < MAXSLP) {
        tp.t_sl++;
        active = true;
      }
      break;
    case SWAIT:
      tp.t_sl++;
      break;
    case SRUN:
    case SIDL:
      if (inmem) tp.t_rq++;
      else tp.t_sw++;
      active = p.p_stat === SRUN;
      break;
    default:
      break;
  }
  mtx_unlock_spin(sched_lock);
  return active;
}

/**
 * Marks the objects of a process as active, and counts it if one of them is being paged. A map that is locked
 * is left out: this is statistics. Locks: allproc_lock and vm lock held, kept. Does not sleep.
 */
function vmtotal_objects(tp: vmtotal_t, map: vm_map): void {
  let paging: boolean = false;
  if (lockmgr_try(map.lock, LK_SHARED | LK_NOWAIT, curproc()) !== 0) return;
  for (let entry = map.header.next; entry !== map.header; entry = entry.next) {
    if ((entry.eflags & MAP_ENTRY_IS_SUB_MAP) !== 0 || entry.object === null) continue;
    vm_object_set_flag(entry.object, OBJ_ACTIVE);
    if (entry.object.paging_in_progress !== 0) paging = true;
  }
  vm_map_unlock_read(map);
  if (paging) tp.t_pw++;
}

/** Adds up all objects. Locks: vm lock held, kept. Does not sleep. */
function vmtotal_sum(tp: vmtotal_t): void {
  for (
    let object = TAILQ_FIRST(vm_object_list);
    object !== null;
    object = TAILQ_NEXT(object, 'object_list')
  ) {
    /*
     * Devices are not memory; an object without references is on its way out; the kernel's would dwarf
     * everything.
     */
    if (object.type === OBJT_DEVICE || object.ref_count === 0 || object === kernel_object) continue;
    const size = $i32(object.size);
    const active = (object.flags & OBJ_ACTIVE) !== 0;
    tp.t_vm += size;
    tp.t_rm += object.resident_page_count;
    if (active) {
      tp.t_avm += size;
      tp.t_arm += object.resident_page_count;
    }
    if (object.shadow_count <= 1) continue;
    tp.t_vmshr += size;
    tp.t_rmshr += object.resident_page_count;
    if (active) {
      tp.t_avmshr += size;
      tp.t_armshr += object.resident_page_count;
    }
  }
}

/**
 * Computes the system's totals.
 * Locks: vm lock not held; takes and drops allproc_lock (shared) and the vm lock. May sleep for them.
 */
export function* vmtotal(tp: vmtotal_t): Sleeps {
  bzero($addr(tp), $sizeof<vmtotal_t>());
  yield* sx_slock(allproc_lock);
  yield* vm_lock();
  for (
    let object = TAILQ_FIRST(vm_object_list);
    object !== null;
    object = TAILQ_NEXT(object, 'object_list')
  ) {
    vm_object_clear_flag(object, OBJ_ACTIVE);
  }
  for (let p = LIST_FIRST(allproc); p !== null; p = LIST_NEXT(p, 'p_list')) {
    if (vmtotal_proc(tp, p) && p.p_vmspace !== null) vmtotal_objects(tp, p.p_vmspace.vm_map);
  }
  sx_sunlock(allproc_lock);
  vmtotal_sum(tp);
  tp.t_free = $i32(cnt.v_free_count + cnt.v_cache_count);
  vm_unlock();
}
