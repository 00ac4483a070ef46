/**
 * Wiring by the user and asking what is in memory (part of vm/vm_mmap.c): mlock, munlock, mincore.
 * Locks as in vm_mmap.ts.
 */
import { pmap_is_modified, pmap_mincore, pmap_ts_referenced } from '../i386/pmap_bits.js';
import { copyout } from '../i386/support.js';
import { Giant } from '../kern/kern_mutex.js';
import { vm_lock, vm_unlock } from '../kern/kern_regime.h.js';
import { EAGAIN, EFAULT, EINVAL, ENOMEM } from '../sys/errno.h.js';
import { MINCORE_INCORE, MINCORE_MODIFIED_OTHER, MINCORE_REFERENCED_OTHER } from '../sys/mman.h.js';
import { mtx_lock, mtx_unlock } from '../sys/mutex.h.js';
import type { proc } from '../sys/proc.h.js';
import { RLIMIT_MEMLOCK } from '../sys/resource.h.js';
import type { mincore_args, mlock_args, munlock_args } from '../sys/sysproto.h.js';
import type { vm_offset_t, vm_size_t } from '../sys/types.h.js';
import type { vm_map, vm_map_entry } from './vm_map.h.js';
import { MAP_ENTRY_IS_SUB_MAP } from './vm_map.h.js';
import { vm_map_lookup_entry } from './vm_map.js';
import { vm_map_lock_read, vm_map_unlock_read } from './vm_map_lock.js';
import { vm_map_user_pageable } from './vm_map_wire.js';
import { cnt } from './vm_meter.js';
import { vm_user_range_bad } from './vm_mmap.js';
import { PG_REFERENCED, vm_page_flag_set } from './vm_page.h.js';
import { vm_page_lookup } from './vm_page.js';
import { vm_page_max_wired } from './vm_pageout.js';
import {
  KERN_SUCCESS,
  OFF_TO_IDX,
  VM_MAXUSER_ADDRESS,
  atop,
  ptoa,
  round_page,
  trunc_page,
} from './vm_param.h.js';

/** Pages that mincore looks at in one hold of the map's lock. */
const MINCORE_CHUNK = 64; // length of mincore's array

/**
 * mlock(2). Limits: RLIMIT_MEMLOCK for this address space, vm_page_max_wired for the machine.
 * Locks: none held but perhaps Giant; takes and drops Giant and the vm lock. May sleep.
 */
export function* mlock(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<mlock_args>(uap);
  const addr: vm_offset_t = trunc_page(args.addr);
  const size: vm_size_t = round_page(args.len + (args.addr - addr));
  const vm = p.p_vmspace;
  if (vm_user_range_bad(addr, size)) return EINVAL;
  if (size === 0) return 0;
  if (atop(size) + cnt.v_wire_count > $u32(vm_page_max_wired)) return EAGAIN;
  const wired: u32 = ptoa($u32(vm.vm_pmap.pm_wired_count));
  if ($i64(size) + $i64(wired) > p.p_limit.pl_rlimit[RLIMIT_MEMLOCK].rlim_cur) return ENOMEM;
  yield* mtx_lock(Giant);
  yield* vm_lock();
  const rv = yield* vm_map_user_pageable(vm.vm_map, addr, addr + size, false);
  vm_unlock();
  mtx_unlock(Giant);
  return rv === KERN_SUCCESS ? 0 : ENOMEM;
}

/**
 * munlock(2).
 * Locks: none held but perhaps Giant; takes and drops Giant and the vm lock. May sleep.
 */
export function* munlock(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<munlock_args>(uap);
  const addr: vm_offset_t = trunc_page(args.addr);
  const size: vm_size_t = round_page(args.len + (args.addr - addr));
  if (vm_user_range_bad(addr, size)) return EINVAL;
  if (size === 0) return 0;
  yield* mtx_lock(Giant);
  yield* vm_lock();
  const rv = yield* vm_map_user_pageable(p.p_vmspace.vm_map, addr, addr + size, true);
  vm_unlock();
  mtx_unlock(Giant);
  return rv === KERN_SUCCESS ? 0 : ENOMEM;
}

/**
 * mincore(2): a byte of MINCORE_* for each page; 0 where nothing is mapped. Goes in chunks, since writing the
 * answer may fault: it is a picture of each chunk, not of the whole. Locks: none held but perhaps Giant;
 * takes and drops the vm lock. May sleep.
 */
export function* mincore(p: proc, uap: u32): Sleeps<int> {
  const args = $cast<mincore_args>(uap);
  const map: vm_map = p.p_vmspace.vm_map;
  const chunk = $local<array<u8, 64>>();
  const end: vm_offset_t = round_page(args.addr + args.len);
  let addr: vm_offset_t = trunc_page(args.addr);
  let vec: u32 = args.vec;
  if (end > VM_MAXUSER_ADDRESS || end < addr) return EINVAL;
  while (addr < end) {
    let n: u32 = atop(end - addr);
    if (n > MINCORE_CHUNK) n = MINCORE_CHUNK;
    yield* vm_lock();
    yield* vm_map_lock_read(map);
    for (let i: u32 = 0; i < n; i++) chunk[$i32(i)] = mincore_page(map, addr + ptoa(i));
    vm_map_unlock_read(map);
    vm_unlock();
    const error = yield* copyout($addr(chunk), vec, n);
    if (error !== 0) return EFAULT;
    addr += ptoa(n);
    vec += n;
  }
  return 0;
}

/**
 * MINCORE_* of one page: what our own mapping says or, if we have none, what the object's page says.
 * Locks: vm lock and the map's shared one held, kept. Does not sleep.
 */
function mincore_page(map: vm_map, va: vm_offset_t): int {
  const out = $var<vm_map_entry>();
  if (!vm_map_lookup_entry(map, va, out)) return 0;
  const entry = out[0];
  if ((entry.eflags & MAP_ENTRY_IS_SUB_MAP) !== 0 || entry.object === null) return 0;
  let info: int = pmap_mincore(map.pmap, va);
  if (info !== 0) return info;
  const m = vm_page_lookup(entry.object, OFF_TO_IDX(entry.offset + (va - entry.start)));
  if (m === null || m.valid === 0) return 0;
  info = MINCORE_INCORE;
  if (m.dirty !== 0 || pmap_is_modified(m)) info |= MINCORE_MODIFIED_OTHER;
  if ((m.flags & PG_REFERENCED) !== 0 || pmap_ts_referenced(m) !== 0) {
    vm_page_flag_set(m, PG_REFERENCED);
    info |= MINCORE_REFERENCED_OTHER;
  }
  return info;
}
