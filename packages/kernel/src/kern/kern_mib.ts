/**
 * The nodes of the base system's sysctl tree (kern/kern_mib.c, and what other files declare with SYSCTL_*):
 * what vmstat, swapinfo, ps, top and sysctl(8) read.
 */
import { bios_ncpu } from '../i386/cpufunc.h.js';
import { Debugger } from '../i386/db_interface.js';
import { exit_status, physmem } from '../i386/machdep.js';
import { pv_entry_max, pv_entry_reclaim } from '../i386/pmap_boot.js';
import { idlezero_enable } from '../i386/vm_machdep.js';
import { EINVAL } from '../sys/errno.h.js';
import { ARG_MAX } from '../sys/imgact.h.js';
import { M_WAITOK } from '../sys/malloc.h.js';
import { PAGE_SIZE } from '../sys/param.h.js';
import type { loadavg } from '../sys/resource.h.js';
import {
  CTLFLAG_RD,
  CTLFLAG_RW,
  CTLTYPE_INT,
  CTLTYPE_NODE,
  CTLTYPE_OPAQUE,
  CTLTYPE_STRING,
  CTLTYPE_UINT,
  CTL_DEBUG,
  CTL_HW,
  CTL_KERN,
  CTL_MACHDEP,
  CTL_VM,
  HW_BYTEORDER,
  HW_MACHINE,
  HW_MODEL,
  HW_NCPU,
  HW_PAGESIZE,
  HW_PHYSMEM,
  HW_USERMEM,
  KERN_ARGMAX,
  KERN_BOOTTIME,
  KERN_CLOCKRATE,
  KERN_HOSTNAME,
  KERN_MAXFILES,
  KERN_MAXPROC,
  KERN_MAXPROCPERUID,
  KERN_OSRELDATE,
  KERN_OSRELEASE,
  KERN_OSREV,
  KERN_OSTYPE,
  KERN_PROC,
  KERN_PROC_ALL,
  KERN_PROC_ARGS,
  KERN_PROC_PGRP,
  KERN_PROC_PID,
  KERN_PROC_UID,
  KERN_SECURELVL,
  KERN_VERSION,
  OID_AUTO,
  VM_LOADAVG,
  VM_PAGEOUT_ALGORITHM,
  VM_SWAPPING_ENABLED,
  VM_TOTAL,
  VM_V_CACHE_MAX,
  VM_V_CACHE_MIN,
  VM_V_FREE_MIN,
  VM_V_FREE_RESERVED,
  VM_V_FREE_TARGET,
  VM_V_INACTIVE_TARGET,
  VM_V_PAGEOUT_FREE_MIN,
} from '../sys/sysctl.h.js';
import type { sysctl_oid, sysctl_req } from '../sys/sysctlvar.h.js';
import type { vmtotal_t } from '../sys/vmtotal.h.js';
import { nswapbad, swap_async_max } from '../vm/swap_pager_io.js';
import { cnt, vmtotal } from '../vm/vm_meter.js';
import { max_proc_mmap } from '../vm/vm_mmap.js';
import {
  defer_swap_pageouts,
  disable_swap_pageouts,
  vm_max_launder,
  vm_page_max_wired,
  vm_pageout_algorithm,
  vm_pageout_stats_interval,
  vm_pageout_stats_max,
  vm_swap_enabled,
  vm_swap_idle_enabled,
} from '../vm/vm_pageout.js';
import { ptoa } from '../vm/vm_param.h.js';
import { nswapdev, sysctl_vm_swap_info } from '../vm/vm_swap.js';
import { swap_idle_threshold1, swap_idle_threshold2 } from '../vm/vm_swapout.js';
import { sysctl_vm_zone } from '../vm/vm_zone.js';
import { clockrate, cp_time } from './kern_clock.js';
import { maxfiles, nfiles } from './kern_descrip.js';
import { ps_arg_cache_limit } from './kern_exec.js';
import { nextpid } from './kern_fork.js';
import { M_TEMP, free, malloc, sysctl_kern_malloc } from './kern_malloc.js';
import { maxproc, maxprocperuid, sysctl_kern_proc, sysctl_kern_proc_args } from './kern_proc.js';
import { regime_text } from './kern_regime.js';
import { averunnable } from './kern_sched.js';
import { bootverbose, debugger_on_panic, do_minidump, dodump, dumpdev, setdumpdev } from './kern_shutdown.js';
import { kern_logsigexit } from './kern_sig.js';
import { hz } from './kern_synch.js';
import {
  SYSCTL_ADD_CONST,
  SYSCTL_ADD_INT,
  SYSCTL_ADD_NODE,
  SYSCTL_ADD_OPAQUE,
  SYSCTL_ADD_PROC,
  SYSCTL_ADD_STRING,
  SYSCTL_ADD_UINT,
  SYSCTL_OUT,
  sysctl_add_oid,
  sysctl_handle_int,
  sysctl_handle_string,
} from './kern_sysctl.js';
import { boottime } from './kern_tc.js';
import {
  cpu_model,
  hostname,
  hw_machine,
  kern_ident,
  osreldate,
  osrelease,
  osrevision,
  ostype,
  version,
} from './kern_xxx.js';
import { strcmp } from './libkern.js';
import { msgbufp, snprintf } from './subr_prf.js';
import { witness_reversals } from './subr_witness.js';
import { numvnodes } from './vfs_subr.js';

/** kern.maxvnodes and others that only inform. */
let kern_argmax: int = ARG_MAX;
let kern_securelevel: int = -1;
/** vm.vmtotal: struct vmtotal_t. Locks: sysctl_lock. May sleep. */
function* sysctl_vmtotal(oidp: sysctl_oid, arg1: u32, arg2: int, req: sysctl_req): Sleeps<int> {
  const total = $local<vmtotal_t>();
  yield* vmtotal(total);
  return SYSCTL_OUT(req, $addr(total), $sizeof<vmtotal_t>());
}

/** vm.zone: the table of zones as text. Locks: sysctl_lock. May sleep. */
function* sysctl_zone_text(oidp: sysctl_oid, arg1: u32, arg2: int, req: sysctl_req): Sleeps<int> {
  const size: u32 = 4096;
  const buf: u32 = yield* malloc(size, M_TEMP, M_WAITOK);
  const len = sysctl_vm_zone(buf, size);
  const error = SYSCTL_OUT(req, buf, $u32(len) + 1);
  free(buf, M_TEMP);
  return error;
}

/** kern.msgbuf: the message buffer. Locks: sysctl_lock. Does not sleep. */
function* sysctl_kern_msgbuf(oidp: sysctl_oid, arg1: u32, arg2: int, req: sysctl_req): Sleeps<int> {
  const mbp = msgbufp;
  /* Oldest first: from the write position to the end, then from the start. */
  const error = SYSCTL_OUT(req, mbp.msg_ptr + mbp.msg_bufx, mbp.msg_size - mbp.msg_bufx);
  if (error !== 0) return error;
  return SYSCTL_OUT(req, mbp.msg_ptr, mbp.msg_bufx);
}

/** hw.usermem: bytes of memory that are not wired. Locks: sysctl_lock. Does not sleep. */
function* sysctl_hw_usermem(oidp: sysctl_oid, arg1: u32, arg2: int, req: sysctl_req): Sleeps<int> {
  return yield* sysctl_handle_int(oidp, 0, $i32(ptoa($u32(physmem) - cnt.v_wire_count)), req);
}

/** hw.physmem: bytes of memory. Locks: sysctl_lock. Does not sleep. */
function* sysctl_hw_physmem(oidp: sysctl_oid, arg1: u32, arg2: int, req: sysctl_req): Sleeps<int> {
  return yield* sysctl_handle_int(oidp, 0, $i32(ptoa($u32(physmem))), req);
}

/** hw.ncpu. Locks: sysctl_lock. Does not sleep. */
function* sysctl_hw_ncpu(oidp: sysctl_oid, arg1: u32, arg2: int, req: sysctl_req): Sleeps<int> {
  return yield* sysctl_handle_int(oidp, 0, $i32(bios_ncpu()), req);
}

/**
 * kern.dumpdev: where crash dumps go, a device number; dumpon(8) sets it. Locks: sysctl_lock, Giant. May
 * sleep.
 */
function* sysctl_kern_dumpdev(oidp: sysctl_oid, arg1: u32, arg2: int, req: sysctl_req): Sleeps<int> {
  const ndev = $var<int>();
  ndev[0] = $i32(dumpdev);
  const error = yield* sysctl_handle_int(oidp, $addr(ndev), 0, req);
  if (error !== 0 || req.newptr === 0) return error;
  return setdumpdev($u32(ndev[0]));
}

/**
 * kern.locking: the regime as `trap12 --locking` takes it: the name of the nearest one, then the switches
 * that differ from that. Locks: sysctl_lock. Does not sleep.
 */
function* sysctl_kern_locking(oidp: sysctl_oid, arg1: u32, arg2: int, req: sysctl_req): Sleeps<int> {
  const buf = $local<array<char, 256>>();
  const len = regime_text($addr(buf), 256);
  return SYSCTL_OUT(req, $addr(buf), $u32(len) + 1);
}

/** kern.*. Locks: Giant. May sleep. */
function* mib_kern(): Sleeps {
  const RD: u32 = CTLFLAG_RD;
  const kern = yield* SYSCTL_ADD_NODE(null, CTL_KERN, 'kern');
  yield* SYSCTL_ADD_STRING(kern, KERN_OSTYPE, 'ostype', RD, $addr(ostype), 8);
  yield* SYSCTL_ADD_STRING(kern, KERN_OSRELEASE, 'osrelease', RD, $addr(osrelease), 16);
  yield* SYSCTL_ADD_INT(kern, KERN_OSREV, 'osrevision', RD, $ref(osrevision));
  yield* SYSCTL_ADD_STRING(kern, KERN_VERSION, 'version', RD, $addr(version), 96);
  yield* SYSCTL_ADD_INT(kern, KERN_MAXPROC, 'maxproc', RD, $ref(maxproc));
  yield* SYSCTL_ADD_INT(kern, KERN_MAXFILES, 'maxfiles', CTLFLAG_RW, $ref(maxfiles));
  yield* SYSCTL_ADD_INT(kern, KERN_ARGMAX, 'argmax', RD, $ref(kern_argmax));
  yield* SYSCTL_ADD_UINT(kern, OID_AUTO, 'ps_arg_cache_limit', CTLFLAG_RW, $ref(ps_arg_cache_limit));
  yield* SYSCTL_ADD_INT(kern, KERN_SECURELVL, 'securelevel', RD, $ref(kern_securelevel));
  yield* SYSCTL_ADD_STRING(kern, KERN_HOSTNAME, 'hostname', CTLFLAG_RW, $addr(hostname), 64);
  yield* SYSCTL_ADD_OPAQUE(kern, KERN_CLOCKRATE, 'clockrate', RD, $addr(clockrate), 20, 'S,clockinfo');
  yield* SYSCTL_ADD_OPAQUE(kern, KERN_BOOTTIME, 'boottime', RD, $addr(boottime), 8, 'S,timeval');
  yield* SYSCTL_ADD_INT(kern, KERN_OSRELDATE, 'osreldate', RD, $ref(osreldate));
  yield* SYSCTL_ADD_INT(kern, KERN_MAXPROCPERUID, 'maxprocperuid', CTLFLAG_RW, $ref(maxprocperuid));
  yield* SYSCTL_ADD_STRING(kern, OID_AUTO, 'ident', RD, $addr(kern_ident), 16);
  yield* SYSCTL_ADD_OPAQUE(kern, OID_AUTO, 'cp_time', RD, $addr(cp_time), 20, 'LU');
  yield* SYSCTL_ADD_INT(kern, OID_AUTO, 'hz', RD, $ref(hz));
  yield* SYSCTL_ADD_INT(kern, OID_AUTO, 'lastpid', RD, $ref(nextpid));
  yield* SYSCTL_ADD_INT(kern, OID_AUTO, 'openfiles', RD, $ref(nfiles));
  yield* SYSCTL_ADD_INT(kern, OID_AUTO, 'logsigexit', CTLFLAG_RW, $ref(kern_logsigexit));
  yield* SYSCTL_ADD_INT(kern, OID_AUTO, 'dodump', CTLFLAG_RW, $ref(dodump));
  yield* SYSCTL_ADD_PROC(kern, OID_AUTO, 'dumpdev', CTLTYPE_UINT | CTLFLAG_RW, sysctl_kern_dumpdev, 'IU');
  yield* SYSCTL_ADD_PROC(kern, OID_AUTO, 'locking', CTLTYPE_STRING | RD, sysctl_kern_locking, 'A');
  yield* SYSCTL_ADD_PROC(kern, OID_AUTO, 'msgbuf', CTLTYPE_STRING | RD, sysctl_kern_msgbuf, 'A');
  yield* SYSCTL_ADD_PROC(kern, OID_AUTO, 'malloc', CTLTYPE_OPAQUE | RD, sysctl_kern_malloc, 'S,malloc_stat');
  const node: u32 = CTLTYPE_NODE | RD;
  const kproc = yield* SYSCTL_ADD_NODE(kern, KERN_PROC, 'proc');
  yield* SYSCTL_ADD_PROC(kproc, KERN_PROC_ALL, 'all', node, sysctl_kern_proc, 'S,proc');
  yield* SYSCTL_ADD_PROC(kproc, KERN_PROC_PID, 'pid', node, sysctl_kern_proc, '');
  yield* SYSCTL_ADD_PROC(kproc, KERN_PROC_PGRP, 'pgrp', node, sysctl_kern_proc, '');
  yield* SYSCTL_ADD_PROC(kproc, KERN_PROC_UID, 'uid', node, sysctl_kern_proc, '');
  yield* SYSCTL_ADD_PROC(kproc, KERN_PROC_ARGS, 'args', node, sysctl_kern_proc_args, '');
}

/** hw.*, machdep.*. Locks: Giant. May sleep. */
function* mib_hw(): Sleeps {
  const RD: u32 = CTLFLAG_RD;
  const hw = yield* SYSCTL_ADD_NODE(null, CTL_HW, 'hw');
  yield* SYSCTL_ADD_STRING(hw, HW_MACHINE, 'machine', RD, $addr(hw_machine), 8);
  yield* SYSCTL_ADD_STRING(hw, HW_MODEL, 'model', RD, $addr(cpu_model), 48);
  yield* SYSCTL_ADD_PROC(hw, HW_NCPU, 'ncpu', CTLTYPE_INT | RD, sysctl_hw_ncpu, 'I');
  yield* SYSCTL_ADD_CONST(hw, HW_BYTEORDER, 'byteorder', 1234);
  yield* SYSCTL_ADD_PROC(hw, HW_PHYSMEM, 'physmem', CTLTYPE_UINT | RD, sysctl_hw_physmem, 'IU');
  yield* SYSCTL_ADD_PROC(hw, HW_USERMEM, 'usermem', CTLTYPE_UINT | RD, sysctl_hw_usermem, 'IU');
  yield* SYSCTL_ADD_CONST(hw, HW_PAGESIZE, 'pagesize', PAGE_SIZE);
  const machdep = yield* SYSCTL_ADD_NODE(null, CTL_MACHDEP, 'machdep');
  yield* SYSCTL_ADD_INT(machdep, OID_AUTO, 'exit_status', CTLFLAG_RW, $ref(exit_status));
}

/** vm.stats.vm.* and vm.stats.sys.*: the counters of struct vmmeter. Locks: Giant. May sleep. */
function* mib_stats(vm: sysctl_oid): Sleeps {
  const stats = yield* SYSCTL_ADD_NODE(vm, OID_AUTO, 'stats');
  const s = yield* SYSCTL_ADD_NODE(stats, OID_AUTO, 'sys');
  const v = yield* SYSCTL_ADD_NODE(stats, OID_AUTO, 'vm');
  const m = yield* SYSCTL_ADD_NODE(stats, OID_AUTO, 'misc');
  yield* stat_oid(s, 'v_swtch', $ref(cnt.v_swtch));
  yield* stat_oid(s, 'v_trap', $ref(cnt.v_trap));
  yield* stat_oid(s, 'v_syscall', $ref(cnt.v_syscall));
  yield* stat_oid(s, 'v_intr', $ref(cnt.v_intr));
  yield* stat_oid(s, 'v_soft', $ref(cnt.v_soft));
  yield* stat_oid(v, 'v_vm_faults', $ref(cnt.v_vm_faults));
  yield* stat_oid(v, 'v_cow_faults', $ref(cnt.v_cow_faults));
  yield* stat_oid(v, 'v_cow_optim', $ref(cnt.v_cow_optim));
  yield* stat_oid(v, 'v_zfod', $ref(cnt.v_zfod));
  yield* stat_oid(v, 'v_ozfod', $ref(cnt.v_ozfod));
  yield* stat_oid(v, 'v_swapin', $ref(cnt.v_swapin));
  yield* stat_oid(v, 'v_swapout', $ref(cnt.v_swapout));
  yield* stat_oid(v, 'v_swappgsin', $ref(cnt.v_swappgsin));
  yield* stat_oid(v, 'v_swappgsout', $ref(cnt.v_swappgsout));
  yield* stat_oid(v, 'v_vnodein', $ref(cnt.v_vnodein));
  yield* stat_oid(v, 'v_vnodeout', $ref(cnt.v_vnodeout));
  yield* stat_oid(v, 'v_vnodepgsin', $ref(cnt.v_vnodepgsin));
  yield* stat_oid(v, 'v_vnodepgsout', $ref(cnt.v_vnodepgsout));
  yield* stat_oid(v, 'v_intrans', $ref(cnt.v_intrans));
  yield* stat_oid(v, 'v_reactivated', $ref(cnt.v_reactivated));
  yield* stat_oid(v, 'v_pdwakeups', $ref(cnt.v_pdwakeups));
  yield* stat_oid(v, 'v_pdpages', $ref(cnt.v_pdpages));
  yield* stat_oid(v, 'v_tcached', $ref(cnt.v_tcached));
  yield* stat_oid(v, 'v_dfree', $ref(cnt.v_dfree));
  yield* stat_oid(v, 'v_pfree', $ref(cnt.v_pfree));
  yield* stat_oid(v, 'v_tfree', $ref(cnt.v_tfree));
  yield* mib_stats_pages(v);
  yield* stat_oid(v, 'v_forks', $ref(cnt.v_forks));
  yield* stat_oid(v, 'v_vforks', $ref(cnt.v_vforks));
  yield* stat_oid(v, 'v_rforks', $ref(cnt.v_rforks));
  yield* stat_oid(v, 'v_kthreads', $ref(cnt.v_kthreads));
  yield* SYSCTL_ADD_INT(m, OID_AUTO, 'zero_page_count', CTLFLAG_RD, $ref(vm_page_zero_count));
}

/** The page counts and thresholds. Locks: Giant. May sleep. */
function* mib_stats_pages(v: sysctl_oid): Sleeps {
  yield* stat_oid(v, 'v_page_size', $ref(cnt.v_page_size));
  yield* stat_oid(v, 'v_page_count', $ref(cnt.v_page_count));
  yield* stat_oid(v, 'v_free_reserved', $ref(cnt.v_free_reserved));
  yield* stat_oid(v, 'v_free_target', $ref(cnt.v_free_target));
  yield* stat_oid(v, 'v_free_min', $ref(cnt.v_free_min));
  yield* stat_oid(v, 'v_free_count', $ref(cnt.v_free_count));
  yield* stat_oid(v, 'v_wire_count', $ref(cnt.v_wire_count));
  yield* stat_oid(v, 'v_active_count', $ref(cnt.v_active_count));
  yield* stat_oid(v, 'v_inactive_target', $ref(cnt.v_inactive_target));
  yield* stat_oid(v, 'v_inactive_count', $ref(cnt.v_inactive_count));
  yield* stat_oid(v, 'v_cache_count', $ref(cnt.v_cache_count));
  yield* stat_oid(v, 'v_cache_min', $ref(cnt.v_cache_min));
  yield* stat_oid(v, 'v_cache_max', $ref(cnt.v_cache_max));
  yield* stat_oid(v, 'v_pageout_free_min', $ref(cnt.v_pageout_free_min));
  yield* stat_oid(v, 'v_interrupt_free_min', $ref(cnt.v_interrupt_free_min));
  yield* stat_oid(v, 'v_free_severe', $ref(cnt.v_free_severe));
}

/** One counter. Locks: Giant. May sleep. */
function* stat_oid(parent: sysctl_oid, name: str, counter: ptr<u_int>): Sleeps {
  yield* SYSCTL_ADD_UINT(parent, OID_AUTO, name, CTLFLAG_RD, counter);
}

/** Swapping, by pages and by processes. Locks: Giant. May sleep. */
function* mib_swap(vm: sysctl_oid): Sleeps {
  const RD: u32 = CTLFLAG_RD;
  const RW: u32 = CTLFLAG_RW;
  yield* SYSCTL_ADD_INT(vm, VM_SWAPPING_ENABLED, 'swap_enabled', RW, $ref(vm_swap_enabled));
  yield* SYSCTL_ADD_INT(vm, OID_AUTO, 'swap_idle_enabled', RW, $ref(vm_swap_idle_enabled));
  yield* SYSCTL_ADD_INT(vm, OID_AUTO, 'swap_idle_threshold1', RW, $ref(swap_idle_threshold1));
  yield* SYSCTL_ADD_INT(vm, OID_AUTO, 'swap_idle_threshold2', RW, $ref(swap_idle_threshold2));
  yield* SYSCTL_ADD_INT(vm, OID_AUTO, 'nswapdev', RD, $ref(nswapdev));
  yield* SYSCTL_ADD_PROC(vm, OID_AUTO, 'swap_info', CTLTYPE_NODE | RD, sysctl_vm_swap_info, 'S,xswdev');
  yield* SYSCTL_ADD_INT(vm, OID_AUTO, 'swap_size', RD, $ref(vm_swap_size));
  yield* SYSCTL_ADD_INT(vm, OID_AUTO, 'swap_bad', RD, $ref(nswapbad));
  yield* SYSCTL_ADD_INT(vm, OID_AUTO, 'swap_async_max', RW, $ref(swap_async_max));
  yield* SYSCTL_ADD_INT(vm, OID_AUTO, 'defer_swapspace_pageouts', RW, $ref(defer_swap_pageouts));
  yield* SYSCTL_ADD_INT(vm, OID_AUTO, 'disable_swapspace_pageouts', RW, $ref(disable_swap_pageouts));
}

/**
 * Handler of the page daemon's thresholds: a number of pages that the machine has, at most. BSD takes any
 * number, and then waits for ever. Locks: sysctl_lock. Does not sleep.
 */
function* sysctl_handle_pages(oidp: sysctl_oid, arg1: u32, arg2: int, req: sysctl_req): Sleeps<int> {
  const before = $ld32(arg1);
  const error = yield* sysctl_handle_int(oidp, arg1, arg2, req);
  if (error === 0 && $u32($ld32(arg1)) > cnt.v_page_count) {
    $st32(arg1, before);
    return EINVAL;
  }
  return error;
}

/** One of them. Locks: Giant. May sleep. */
function* mib_threshold(vm: sysctl_oid, num: int, name: str, pages: ptr<u_int>): Sleeps {
  yield* sysctl_add_oid(vm, num, name, CTLTYPE_UINT | CTLFLAG_RW, $addr(pages), 0, sysctl_handle_pages, 'IU');
}

/**
 * The thresholds between free, cached and inactive pages (vm_pageout_thresholds). Locks: Giant. May sleep.
 */
function* mib_thresholds(vm: sysctl_oid): Sleeps {
  yield* mib_threshold(vm, VM_V_FREE_MIN, 'v_free_min', $ref(cnt.v_free_min));
  yield* mib_threshold(vm, VM_V_FREE_TARGET, 'v_free_target', $ref(cnt.v_free_target));
  yield* mib_threshold(vm, VM_V_FREE_RESERVED, 'v_free_reserved', $ref(cnt.v_free_reserved));
  yield* mib_threshold(vm, VM_V_INACTIVE_TARGET, 'v_inactive_target', $ref(cnt.v_inactive_target));
  yield* mib_threshold(vm, VM_V_CACHE_MIN, 'v_cache_min', $ref(cnt.v_cache_min));
  yield* mib_threshold(vm, VM_V_CACHE_MAX, 'v_cache_max', $ref(cnt.v_cache_max));
  yield* mib_threshold(vm, VM_V_PAGEOUT_FREE_MIN, 'v_pageout_free_min', $ref(cnt.v_pageout_free_min));
  yield* mib_threshold(vm, OID_AUTO, 'v_free_severe', $ref(cnt.v_free_severe));
}

/** vm.pmap.*. Locks: Giant. May sleep. */
function* mib_pmap(vm: sysctl_oid): Sleeps {
  const node = yield* SYSCTL_ADD_NODE(vm, OID_AUTO, 'pmap');
  yield* SYSCTL_ADD_INT(node, OID_AUTO, 'pv_entry_count', CTLFLAG_RD, $ref(pv_entry_count));
  yield* SYSCTL_ADD_INT(node, OID_AUTO, 'pv_entry_max', CTLFLAG_RD, $ref(pv_entry_max));
  yield* SYSCTL_ADD_INT(node, OID_AUTO, 'pv_entry_reclaim', CTLFLAG_RW, $ref(pv_entry_reclaim));
}

/** The page daemon's knobs. Locks: Giant. May sleep. */
function* mib_pageout(vm: sysctl_oid): Sleeps {
  const RW: u32 = CTLFLAG_RW;
  yield* SYSCTL_ADD_INT(vm, VM_PAGEOUT_ALGORITHM, 'pageout_algorithm', RW, $ref(vm_pageout_algorithm));
  yield* SYSCTL_ADD_INT(vm, OID_AUTO, 'idlezero_enable', RW, $ref(idlezero_enable));
  yield* SYSCTL_ADD_INT(vm, OID_AUTO, 'pageout_stats_max', RW, $ref(vm_pageout_stats_max));
  yield* SYSCTL_ADD_INT(vm, OID_AUTO, 'pageout_stats_interval', RW, $ref(vm_pageout_stats_interval));
  yield* SYSCTL_ADD_INT(vm, OID_AUTO, 'max_launder', RW, $ref(vm_max_launder));
  yield* SYSCTL_ADD_INT(vm, OID_AUTO, 'max_wired', RW, $ref(vm_page_max_wired));
  yield* SYSCTL_ADD_INT(vm, OID_AUTO, 'max_proc_mmap', RW, $ref(max_proc_mmap));
}

/** vm.*. Locks: Giant. May sleep. */
function* mib_vm(): Sleeps {
  const RD: u32 = CTLFLAG_RD;
  const vm = yield* SYSCTL_ADD_NODE(null, CTL_VM, 'vm');
  yield* SYSCTL_ADD_PROC(vm, VM_TOTAL, 'vmtotal', CTLTYPE_OPAQUE | RD, sysctl_vmtotal, 'S,vmtotal');
  yield* SYSCTL_ADD_OPAQUE(
    vm,
    VM_LOADAVG,
    'loadavg',
    RD,
    $addr(averunnable),
    $sizeof<loadavg>(),
    'S,loadavg',
  );
  yield* SYSCTL_ADD_PROC(vm, OID_AUTO, 'zone', CTLTYPE_STRING | RD, sysctl_zone_text, 'A');
  yield* mib_swap(vm);
  yield* mib_pageout(vm);
  yield* mib_thresholds(vm);
  yield* mib_pmap(vm);
  yield* mib_stats(vm);
}

/**
 * debug.enter_debugger: written, stops the machine in the debugger of that name, of which there is one.
 * Locks: sysctl_lock. May sleep.
 */
function* sysctl_debug_enter_debugger(oidp: sysctl_oid, arg1: u32, arg2: int, req: sysctl_req): Sleeps<int> {
  const dmode = $local<array<char, 64>>();
  snprintf($addr(dmode), $sizeof<array<char, 64>>(), 'ddb');
  const error = yield* sysctl_handle_string(oidp, $addr(dmode), $sizeof<array<char, 64>>(), req);
  if (error !== 0 || req.newptr === 0) return error;
  if (strcmp($cast<str>($addr(dmode)), 'ddb') !== 0) return EINVAL;
  Debugger('debug.enter_debugger');
  return 0;
}

/** debug.*. Locks: Giant. May sleep. */
function* mib_debug(): Sleeps {
  const debug = yield* SYSCTL_ADD_NODE(null, CTL_DEBUG, 'debug');
  const enter: u32 = CTLTYPE_STRING | CTLFLAG_RW;
  yield* SYSCTL_ADD_PROC(debug, OID_AUTO, 'enter_debugger', enter, sysctl_debug_enter_debugger, 'A');
  yield* SYSCTL_ADD_INT(debug, OID_AUTO, 'bootverbose', CTLFLAG_RW, $ref(bootverbose));
  yield* SYSCTL_ADD_INT(debug, OID_AUTO, 'debugger_on_panic', CTLFLAG_RW, $ref(debugger_on_panic));
  yield* SYSCTL_ADD_INT(debug, OID_AUTO, 'minidump', CTLFLAG_RW, $ref(do_minidump));
  yield* SYSCTL_ADD_INT(debug, OID_AUTO, 'witness_watch', CTLFLAG_RD, $ref(witness_watch));
  yield* SYSCTL_ADD_INT(debug, OID_AUTO, 'witness_reversals', CTLFLAG_RD, $ref(witness_reversals));
  yield* SYSCTL_ADD_INT(debug, OID_AUTO, 'numvnodes', CTLFLAG_RD, $ref(numvnodes));
}

/** Enters all of these. SYSINIT, when malloc works and the values exist. Locks: Giant. May sleep. */
export function* sysctl_register_all(dummy: u32): Sleeps {
  yield* mib_kern();
  yield* mib_vm();
  yield* mib_debug();
  yield* mib_hw();
}
