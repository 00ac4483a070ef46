/**
 * The traditional interface to data segments (vm/vm_unix.c): break.
 *
 * Locks. Giant comes before the vm lock. Growing the heap takes the vm lock alone; shrinking it takes Giant
 * too, since pages are freed and objects may go.
 */
import { Giant } from '../kern/kern_mutex.js';
import { vm_lock, vm_unlock } from '../kern/kern_regime.h.js';
import { EINVAL, ENOMEM } from '../sys/errno.h.js';
import { mtx_lock, mtx_unlock } from '../sys/mutex.h.js';
import type { proc } from '../sys/proc.h.js';
import { RLIMIT_DATA } from '../sys/resource.h.js';
import type { obreak_args } from '../sys/sysproto.h.js';
import type { vm_offset_t } from '../sys/types.h.js';
import type { vmspace } from './vm_map.h.js';
import { vm_map_find, vm_map_remove } from './vm_map.js';
import { KERN_SUCCESS, VM_MAXUSER_ADDRESS, VM_PROT_ALL, btoc, ptoa, round_page } from './vm_param.h.js';

/**
 * break(2), what brk() and sbrk() of the C library call: sets the end of the data segment.
 * Locks: none held but perhaps Giant; takes and drops the vm lock, and Giant to shrink. May sleep.
 */
export function* obreak(p: proc, uap: u32): Sleeps<int> {
  const vm = p.p_vmspace;
  const nsize: u32 = $cast<obreak_args>(uap).nsize;
  const newend: vm_offset_t = round_page(nsize);
  const base: vm_offset_t = round_page(vm.vm_daddr);
  if (newend < nsize) return ENOMEM;
  if (newend > base) {
    if ($i64(newend - base) > p.p_limit.pl_rlimit[RLIMIT_DATA].rlim_cur) return ENOMEM;
    if (newend >= VM_MAXUSER_ADDRESS) return ENOMEM;
  } else if (newend < base) {
    return EINVAL; /* mmap and munmap are there for fancy things */
  }
  const oldend: vm_offset_t = base + ptoa($u32(vm.vm_dsize));
  let rv: int = KERN_SUCCESS;
  if (newend > oldend) rv = yield* obreak_grow(vm, oldend, newend);
  else if (newend < oldend) rv = yield* obreak_shrink(vm, oldend, newend);
  return rv === KERN_SUCCESS ? 0 : ENOMEM;
}

/**
 * Moves the end of the heap up. KERN_*. Locks: none held but perhaps Giant; takes and drops the vm lock. May
 * sleep.
 */
function* obreak_grow(vm: vmspace, oldend: vm_offset_t, newend: vm_offset_t): Sleeps<int> {
  const addr = $var<vm_offset_t>();
  addr[0] = oldend;
  yield* vm_lock();
  const rv = yield* vm_map_find(
    vm.vm_map,
    null,
    0,
    addr,
    newend - oldend,
    false,
    VM_PROT_ALL,
    VM_PROT_ALL,
    0,
  );
  if (rv === KERN_SUCCESS) obreak_moved(vm, newend);
  vm_unlock();
  return rv;
}

/**
 * Moves the end of the heap down. KERN_*. Locks: none held but perhaps Giant; takes and drops Giant and the
 * vm lock. May sleep.
 */
function* obreak_shrink(vm: vmspace, oldend: vm_offset_t, newend: vm_offset_t): Sleeps<int> {
  yield* mtx_lock(Giant);
  yield* vm_lock();
  const rv = yield* vm_map_remove(vm.vm_map, newend, oldend);
  if (rv === KERN_SUCCESS) obreak_moved(vm, newend);
  vm_unlock();
  mtx_unlock(Giant);
  return rv;
}

/**
 * Notes where the heap ends. The size as such, not the difference: a sharer of the address space may have
 * moved the end while we slept. Locks: vm lock held. Does not sleep.
 */
function obreak_moved(vm: vmspace, newend: vm_offset_t): void {
  vm.vm_dsize = $i32(btoc(newend - round_page(vm.vm_daddr)));
}
