import type { Boundary, Frame } from './types.js';

/** The detail that names registers which the text says have no value (`not kept`): they are not missing. */
export const REGISTERS_NOT_KEPT = 'registersNotKept';

/* Functions that are on the way of every panic and say nothing of its cause. General kernel knowledge, by system. */

function set(words: string): Set<string> {
  return new Set(words.split(/\s+/).filter(Boolean));
}

/** How a kernel enters its debugger or panics. */
const PANIC = set(`
  panic vpanic kdb_enter kdb_enter_why kdb_backtrace kdb_trap kdb_reenter db_trace_self db_trace_self_wrapper
  db_trace_self_depth Debugger breakpoint doadump dumpsys boot poweroff_wait kern_reboot db_fncall db_fncall_generic
  db_command db_command_loop db_trap db_dump db_enter cpu_Debugger cpu_reboot kassert_panic _kassert_panic
  kern_assert __assert __assert_fail vlog_panic panic_internal ch_voltag_convert_in printf_nolog snprintf
  savectx __curthread get_curthread mi_startup_panic backtrace stack_print stack_save dump_savectx vpanic_common
`);

/** How a trap reaches the panic. */
const TRAP = set(`
  trap_fatal trap_pfault trap trap_check calltrap alltraps alltraps_kern alltraps_kern_meltdown alltraps_pushregs_no_rdi
  alltraps_with_regs_pushed Xpage Xprot Xalltraps dblfault_handler Xdblfault kerntrap kpageflttrap pageflttrap
  trap_tss trapwrite user_trap fault_handler trap0e startlwp nmi_handle_intr nmi_calltrap uma_dbg_fail
`);

/** The fault handler of the vm system; past it, if a trap led here, stands the code that touched the address. */
const FAULT = set(
  'vm_fault vm_fault1 vm_fault_hold vm_fault_trap vm_fault_internal vm_fault_lookup uvm_fault uvm_fault_internal uvm_fault_check uvmfault_lookup kpageflttrap',
);

/** Assertions, locks and allocators: they find the damage that others did. */
const CHECKS = set(`
  _mtx_assert __mtx_assert _mtx_lock_flags __mtx_lock_flags _mtx_lock_sleep __mtx_lock_sleep _mtx_lock_spin
  _mtx_lock_spin_cookie _mtx_lock_spin_flags __mtx_lock_spin_flags _mtx_unlock_flags __mtx_unlock_flags
  _mtx_lock_spin_failed _thread_lock_flags thread_lock_flags_ _thread_lock mtx_lock_flags _mtx_trylock _mtx_init
  _sx_assert _sx_xlock _sx_slock _sx_xlock_hard _sx_slock_hard _sx_xunlock _rw_assert __rw_assert _rw_wlock
  _rw_wlock_cookie __rw_wlock_hard _rw_rlock __rw_rlock __rw_rlock_hard _rm_rlock rw_enter rw_enter_read rw_enter_write
  _lockmgr_assert __lockmgr_args lockmgr lockmgr_lock_flags lockmgr_xlock lockmgr_slock debuglockmgr acquire vop_stdlock
  vop_sharedlock vn_lock _vn_lock vget ffs_lock VOP_LOCK_APV VOP_LOCK1_APV
  witness_checkorder _witness_debugger witness_warn witness_assert witness_lock witness_sleep witness_debugger witness_unlock
  witness_upgrade witness_lock_list_get mtx_enter mtx_leave mutex_enter mutex_vector_enter mutex_abort lockdebug_abort
  lockdebug_abort1 lockdebug_more lockdebug_wantlock lockdebug_locked rw_vector_enter splassert_fail splassert_check
  propagate_priority turnstile_wait turnstile_broadcast sleepq_add sleepq_switch sleepq_wait sleepq_timedwait _sleep
  msleep tsleep _cv_wait cv_wait mi_switch sched_switch lock_spin_wait lock_delay
  malloc free realloc contigmalloc kmem_malloc kmem_alloc kmem_alloc_wait kmem_free mtrash_ctor mtrash_dtor trash_ctor
  trash_dtor trash_init trash_fini mtrash_init mtrash_fini uma_zalloc_arg uma_zfree_arg uma_dbg_free uma_dbg_alloc
  item_ctor item_dtor bucket_alloc cache_alloc_retry uma_zfree_smr keg_alloc_slab keg_fetch_slab slab_alloc_item
  zone_alloc_item zone_import zone_alloc_bucket page_alloc kmem_malloc_domainset kmem_malloc_domain malloc_large
  zalloc zalloci zfree zfreei _zalloc _zfree zerror zone_free_item zone_release pool_get pool_put pool_do_get
  pool_do_put pool_cache_get_paddr pool_cache_put_paddr pool_chk_page mutex_destroy bcopy memcpy memmove bzero memset
  memcmp strlen strcmp strcpy strncpy copystr copyin copyout generic_bcopy generic_bzero kasan_code_name kasan_report
  kasan_shadow_check kasan_memcpy __asan_load1_noabort __asan_load2_noabort __asan_load4_noabort __asan_load8_noabort
  __asan_store1_noabort __asan_store2_noabort __asan_store4_noabort __asan_store8_noabort kmsan_report
  kmsan_report_hook sched_switch_in critical_enter critical_exit vmem_alloc vmem_xalloc
`);

/** Functions at which a kernel stack begins. */
const BASES =
  /^(?:fork_trampoline|fork_exit|syscall|Xsyscall|Xint0x80_syscall|int0x80_syscall|fast_syscall_common|amd64_syscall|Xfast_syscall|mi_startup|begin|btext|main|start|lwp_trampoline|proc_trampoline|kernel_text|Xlcall_syscall|i386_.*_syscall|alltraps|calltrap|start_init|intr_fast_syscall|kern_sys_fork_return|sched_idletd|cpu_idle|idle_loop|init_x86_64|cpu_hatch|secondary_.*)$/;

/** Whether a kernel stack begins in this function. */
export function isStackBase(name: string): boolean {
  return BASES.test(name);
}

/** Whether a function tells nothing of the cause of a panic. */
export function isHelper(name: string): boolean {
  return PANIC.has(name) || TRAP.has(name) || CHECKS.has(name);
}

export function isPanicHelper(name: string): boolean {
  return PANIC.has(name);
}

export function isTrapHelper(name: string): boolean {
  return TRAP.has(name);
}

export function isFaultHandler(name: string): boolean {
  return FAULT.has(name);
}

/** Whether the frames past this boundary are the kernel's. */
export function interruptedKernel(frames: readonly Frame[], boundary: Boundary): boolean {
  return boundary.what !== 'syscall' && boundary.after + 1 < frames.length;
}

/**
 * The frame that an engineer would name: past panic, trap and assertion helpers and past the trap that they handle.
 * The fault handler of the vm system counts as a helper only where a trap in kernel mode led into it.
 */
export function culpritIndex(frames: readonly Frame[], boundaries: readonly Boundary[]): number {
  let i = 0;
  let fallback = -1;
  let handler = -1;
  while (i < frames.length) {
    const name = frames[i]!.function;
    if (isHelper(name) || name === '?' || name === '??') {
      if (CHECKS.has(name) && fallback < 0) fallback = i;
      i++;
      continue;
    }
    if (isFaultHandler(name)) {
      const past = pastFault(frames, boundaries, i);
      if (past > i) {
        handler = handler < 0 ? i : handler;
        i = past;
        continue;
      }
    }
    return i;
  }
  // Nothing but panic and trap code: the trace says nothing of the cause.
  return fallback >= 0 ? fallback : handler;
}

/** From a fault handler at `i` outwards: the frame past the trap boundary, if only helpers lie before it. */
function pastFault(frames: readonly Frame[], boundaries: readonly Boundary[], i: number): number {
  let j = i;
  while (j < frames.length && (isFaultHandler(frames[j]!.function) || isHelper(frames[j]!.function))) {
    const boundary = boundaries.find((each) => each.after === j);
    if (boundary !== undefined) return interruptedKernel(frames, boundary) ? j + 1 : i;
    j++;
  }
  return i;
}
