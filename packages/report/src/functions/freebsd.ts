import { type FunctionLists, words } from './lists.js';

/** FreeBSD 3 to 15 and its kin, i386 to riscv. */
export const FREEBSD: FunctionLists = {
  panic: words(`
    panic vpanic vop_panic kassert_panic _kassert_panic panic_internal kern_assert __assert __assert_fail
    kdb_enter kdb_enter_why kdb_backtrace kdb_backtrace_thread kdb_trap kdb_reenter kdb_reenter_silent kdb_break
    db_trace_self db_trace_self_wrapper db_trace_self_depth db_trace_thread db_backtrace db_stack_trace db_stack_trace_cmd
    db_fncall db_fncall_generic db_fncall_cmd db_dump db_command db_command_loop db_command_script db_script_exec
    db_script_kdbenter db_trap db_panic db_panic_cmd diediedie db_reset db_doadump Debugger breakpoint
    doadump dumpsys dumpsys_generic minidumpsys cpu_minidumpsys dump_savectx savectx savectx2 boot kern_reboot panic_boot poweroff_wait
    shutdown_panic stack_print stack_print_ddb stack_save stack_save_td stack_capture stack_ddb backtrace
    __curthread get_curthread curthread spl_panic spl_dumpstack vcmn_err cmn_err assfail assfail3 zfs_panic_recover
    deadlkres deadlres_td_sleep_q deadlres_td_on_lock vdev_deadman vdev_deadman_impl spa_deadman
    linux_dump_stack dump_stack __stack_chk_fail stack_chk_fail
  `),
  trap: words(`
    trap trap_fatal trap_pfault trap_check trap_is_smap trap_is_pti trap_diag trapwrite user_trap
    calltrap mca_intr cmc_intr mchk_calltrap alltraps alltraps_with_regs_pushed alltraps_pushregs alltraps_pushregs_no_rdi alltraps_kern
    Xpage Xprot Xalltraps Xtrap Xnmi Xbpt Xdbg Xill Xmchk Xdiv Xdna Xfpu Xtss Xmissing Xstk Xalign Xxmm
    dblfault_handler Xdblfault nmi_call_kdb nmi_call_kdb_smp nmi_calltrap nmi_handle_intr nmi_handle_intr_smp
    data_abort instr_abort align_abort external_abort cap_abort unhandled_exception do_el1h_sync handle_el1h_sync do_el1h_serror
    handle_el1h_serror handle_serror do_serror unhandled_trap print_registers print_gp_register
    do_trap_supervisor page_fault_handler dump_regs cpu_exception_handler_supervisor cpu_exception_handler
    powerpc_interrupt generictrap trapexit printtrap handle_onfault
    abort_handler abort_fatal data_abort_entry prefetch_abort_entry exception_exit undefinedinstruction prefetch_abort_handler
    tl1_trap tl0_trap MipsKernGenException MipsTLBMissException
  `),
  fault: words(`
    vm_fault vm_fault1 vm_fault_hold vm_fault_trap vm_fault_internal vm_fault_lookup vm_fault_allocate vm_fault_object
    vm_fault_soft_fast vm_fault_prefault vm_fault_dirty vm_fault_getpages vm_fault_next
  `),
  check: words(`
    _mtx_assert vm_assert_failed __mtx_assert _mtx_lock_flags __mtx_lock_flags _mtx_lock_sleep __mtx_lock_sleep _mtx_unlock_sleep
    __mtx_unlock_sleep _mtx_lock_spin _mtx_lock_spin_cookie _mtx_lock_spin_flags __mtx_lock_spin_flags
    __mtx_unlock_spin_flags _mtx_unlock_flags __mtx_unlock_flags _mtx_lock_spin_failed _mtx_lock_indefinite_check
    _thread_lock_flags thread_lock_flags_ _thread_lock thread_lock_validate mtx_lock_flags thread_lock_set _mtx_trylock _mtx_trylock_flags_
    _mtx_init mtx_init _mtx_destroy mtx_destroy mtx_spin_wait_unlocked mtx_wait_unlocked lock_init lock_destroy
    lock_delay lock_spin_wait
    _sx_assert sx_assert _sx_xlock _sx_slock _sx_slock_int _sx_xlock_hard _sx_slock_hard _sx_xunlock _sx_sunlock
    _sx_xunlock_hard _sx_sunlock_hard _sx_sunlock_int sx_xlock sx_slock sx_xunlock sx_sunlock sx_destroy sx_init_flags
    sx_try_xlock_ sx_try_slock_ sx_downgrade_ sx_downgrade_int_ sx_try_upgrade_
    _rw_assert __rw_assert _rw_wlock _rw_wlock_cookie __rw_wlock_hard _rw_rlock __rw_rlock __rw_rlock_int __rw_rlock_hard
    _rw_wunlock _rw_wunlock_cookie __rw_wunlock_hard _rw_runlock _rw_runlock_cookie _rw_runlock_cookie_int
    __rw_runlock_hard __rw_try_upgrade __rw_downgrade _rw_destroy rw_destroy _rw_init_flags
    _rm_rlock _rm_rlock_debug _rm_wlock _rm_wlock_debug _rm_runlock _rm_runlock_debug _rm_assert rm_destroy rm_init_flags
    _lockmgr_assert __lockmgr_args _lockmgr_args lockmgr lockmgr_lock_flags lockmgr_lock_fast_path lockmgr_xlock
    lockmgr_xlock_hard lockmgr_xlock_adaptive lockmgr_slock lockmgr_slock_hard lockmgr_slock_adaptive lockmgr_unlock
    lockmgr_unlock_fast_path lockmgr_upgrade _lockmgr_disown lockmgr_disown lockdestroy lockinit debuglockmgr acquire sleeplk sleeplk_hard
    vrele vput vunref m_free m_freem vputx vput_final vop_stdlock vop_stdunlock vop_sharedlock vop_lock vop_unlock vn_lock _vn_lock _vn_lock_fallback vget vget_finish vfs_hash_get vfs_hash_insert
    vget_abort ffs_lock ufs_lock nfs_lock null_lock null_unlock unionfs_lock unionfs_unlock zfs_lock msdosfs_lock
    VOP_LOCK VOP_LOCK1 VOP_UNLOCK VOP_LOCK_APV VOP_LOCK1_APV VOP_UNLOCK_APV vfs_badlock assert_vop_locked assert_vop_elocked
    assert_vop_unlocked assert_vi_locked assert_vi_unlocked vop_lock_pre vop_lock_post vop_lock_debugpre
    vop_lock_debugpost vop_unlock_pre vop_unlock_debugpre vop_unlock_post
    propagate_priority turnstile_wait turnstile_broadcast turnstile_signal turnstile_unpend turnstile_claim
    turnstile_trywait turnstile_free turnstile_adjust_thread
    sleepq_add sleepq_switch sleepq_wait sleepq_timedwait sleepq_catch_signals sleepq_wait_sig sleepq_timedwait_sig
    _sleep msleep msleep_spin msleep_spin_sbt tsleep pause_sbt _cv_wait _cv_wait_unlock _cv_timedwait_sbt _cv_wait_sig
    _cv_timedwait_sig_sbt cv_wait cv_destroy _sema_wait mi_switch sched_switch sched_switch_in sched_throw
    sched_add sched_wakeup setrunnable sleepq_resume_thread sleepq_signal sleepq_broadcast sleepq_remove_thread wakeup
    wakeup_one cv_signal cv_broadcastpri
    vm_wait vm_wait_doms vm_wait_domain vm_wait_domain_flags vm_wait_min vm_wait_severe vm_waitpfault
    critical_enter critical_exit critical_exit_preempt spinlock_enter spinlock_exit
    epoch_enter_preempt _epoch_enter_preempt epoch_exit_preempt _epoch_exit_preempt epoch_enter epoch_exit
    epoch_wait_preempt epoch_block_handler_preempt
    refcount_init refcount_acquire refcount_acquiren refcount_release refcount_releasen refcount_load
    refcount_release_if_last refcount_acquire_if_not_zero refcount_sleep _refcount_sleep _refcount_update_saturated
    _blockcount_wakeup _blockcount_sleep blockcount_release counter_u64_free
    malloc malloc_dbg malloc_large malloc_domainset malloc_type_allocated malloc_aligned _malloc _free free_domain free free_dbg free_save_type zfree
    realloc reallocf contigmalloc contigfree kmem_malloc kmem_alloc kmem_alloc_wait kmem_free kmem_malloc_domainset
    kmem_malloc_domain kmem_alloc_contig kmem_alloc_attr kmem_bootstrap_free malloc_uninit free_large
    zfs_kmem_alloc zfs_kmem_free zfs_kmem_zalloc spl_kmem_alloc spl_kmem_zalloc spl_kmem_free spl_kmem_cache_alloc
    spl_kmem_cache_free spl_vmem_alloc spl_vmem_zalloc spl_vmem_free kmem_cache_alloc kmem_cache_free kmem_zalloc
    zio_buf_alloc zio_buf_free zio_data_buf_alloc zio_data_buf_free abd_alloc abd_alloc_linear abd_alloc_chunks
    abd_alloc_for_io abd_alloc_sametype abd_free lkpi_kmalloc lkpi___kmalloc linux_kmalloc lkpi_kmem_cache_alloc
    lkpi_kmem_cache_free kvmalloc kvfree linux_kfree AcpiOsAllocate AcpiOsAllocateZeroed AcpiOsFree
    mtrash_ctor mtrash_dtor mtrash_init mtrash_fini trash_ctor trash_dtor trash_init trash_fini
    uma_zalloc_arg uma_zalloc_smr uma_zalloc_domain uma_zalloc_pcpu_arg uma_zfree_arg uma_zfree_smr uma_zfree_domain
    uma_zfree_pcpu_arg uma_dbg_free uma_dbg_alloc uma_dbg_fail uma_dbg_getslab uma_zalloc_debug uma_zfree_debug
    uma_large_malloc uma_large_free item_ctor item_dtor item_domain bucket_alloc bucket_free bucket_drain
    cache_alloc cache_alloc_retry cache_alloc_item cache_ctor cache_free keg_alloc_slab keg_fetch_slab keg_fetch_free_slab
    keg_first_slab slab_alloc_item slab_free_item zone_alloc_item zone_alloc_bucket zone_import zone_release zone_free_item
    slab_zalloc slab_zfree uma_zone_slab uma_zone_alloc_arg uma_slab_alloc uma_slab_free uma_small_alloc uma_small_free
    uma_reclaim uma_reclaim_domain uma_reclaim_locked uma_reclaim_worker
    startup_alloc obj_alloc noobj_alloc page_free bucket_enable bucket_cache_drain malloc_type_zone_allocated
    malloc_type_freed kmem_alloc_nofault kmem_alloc_pageable kmem_back kmem_back_domain kmem_unback kva_alloc kva_free
    zone_free_bucket zone_fetch_bucket zone_put_bucket zone_alloc_limit zone_dtor page_alloc pcpu_page_alloc
    memguard_alloc memguard_free redzone_setup redzone_check vmem_alloc vmem_xalloc vmem_free vmem_xfree
    zalloc zalloci zfreei _zalloc _zfree zerror mb_ctor_mbuf mb_dtor_mbuf mb_ctor_clust mb_dtor_clust mb_ctor_pack
    mb_dtor_pack mb_zinit_pack mb_zfini_pack
    m_copydata m_copyback m_apply m_append m_copym m_copypacket
    sbflush sbflush_locked sbflush_internal sbrelease sbrelease_locked sbrelease_internal sbdestroy sbdrop sbdrop_locked
    sbdrop_internal sbcut_locked sbcut_internal sbcheck
    m_get m_gethdr m_getcl m_get2 m_get3 m_getm2 m_getjcl m_clget m_cljget
    bcopy memcpy memmove bzero memset memcmp bcmp strlen strnlen strcmp strncmp strcpy strncpy strlcpy strlcat strchr strdup
    copystr copyin copyout copyinstr copyin_nofault copyout_nofault copyinstr_nofault
    callout_init _callout_init_lock callout_reset callout_reset_on callout_reset_sbt_on callout_schedule
    callout_schedule_on callout_stop _callout_stop_safe callout_drain callout_async_drain callout_lock callout_cc_add
    callout_cc_del callout_when callout_deactivate timeout untimeout callout_handle_init
    ovbcopy generic_bcopy generic_bzero i486_bzero i586_bcopy i586_bzero i686_pagezero fillw pagezero pagezero_std
    pagezero_erms pagecopy pagecopy_erms sse2_pagezero
    bcopy_std memcpy_std memcpy_erms memmove_std memmove_erms memset_std memset_erms
    copyin_std copyin_erms copyout_std copyout_erms snprintf vsnprintf
  `),
  way: words(`
    amd64_syscall ia32_syscall syscall syscallenter syscall_thread_enter fast_syscall_common Xfast_syscall Xfast_syscall_pti
    Xint0x80_syscall int0x80_syscall int0x80_syscall_common Xsyscall Xlcall_syscall i386_syscall userret ast ast_handler
    ithread_loop ithread_execute_handlers intr_event_execute_handlers intr_execute_handlers intr_event_handle
    intr_isrc_dispatch intr_irq_handler lapic_handle_intr lapic_handle_timer lapic_handle_cmc atpic_handle_intr
    Xapic_isr1 Xapic_isr2 Xapic_isr3 Xapic_isr4 Xapic_isr5 Xapic_isr6 Xapic_isr7 Xtimerint Xcpustop Xipi_intr_bitmap_handler
    ipi_bitmap_handler cpustop_handler swi_net doreti doreti_swi doreti_ast splz softclock softclock_thread softclock_call_cc
    callout_process hardclock hardclock_cpu hardclock_device_poll statclock handleevents timercb netisr_dispatch_src
    swi_sched swi_execute ipi_preempt sched_preempt Xresume0 Xresume1 Xintr0
    taskqueue_run taskqueue_run_locked taskqueue_thread_loop taskqueue_swi_run gtaskqueue_run_locked gtaskqueue_thread_loop
    linux_work_fn linux_kthread_fn fork_exit fork_trampoline fork_return kproc_start sched_idletd cpu_idle idle_proc
    cpu_idle_acpi cpu_idle_mwait cpu_idle_hlt acpi_cpu_idle acpi_cpu_c1 mi_startup start_init kthread_start smp_init
    do_el0_sync handle_el0_sync handle_el0_irq handle_el1h_irq do_el0_error handle_el0_serror svc_handler arm64_syscall
    do_trap_user cpu_exception_handler_user ecall_handler riscv_syscall swi_entry swi_handler swi_exit
    dmapbase begin btext init386 hammer_time initriscv initarm virtdone
  `),
  base: words(`
    fork_trampoline fork_exit syscall amd64_syscall ia32_syscall Xsyscall Xint0x80_syscall int0x80_syscall
    int0x80_syscall_common fast_syscall_common Xfast_syscall Xfast_syscall_pti Xlcall_syscall
    mi_startup begin btext main start start_init locore sched_idletd cpu_idle idle_loop init_x86_64 hammer_time init386
    init_secondary mp_ap_tramp init_secondary_tail mpentry
    handle_el0_sync handle_el0_irq handle_el0_serror do_el0_sync virtdone aarch64_user_entry
    cpu_exception_handler_user do_trap_user va swi_entry swi_exit doreti_ast MipsUserGenException user_trap
  `),
  only: words(`
    doadump kdb_enter kdb_enter_why kdb_backtrace kdb_reenter db_trace_self_wrapper kassert_panic _kassert_panic
    amd64_syscall fast_syscall_common ia32_syscall _mtx_lock_flags __mtx_lock_flags _mtx_lock_sleep __mtx_lock_sleep
    __mtx_assert _mtx_assert __rw_wlock_hard _sx_xlock _sx_xlock_hard ithread_loop ithread_execute_handlers
    intr_event_execute_handlers fork_exit uma_zalloc_arg uma_zfree_arg vm_fault_trap vm_fault_hold syscallenter
    softclock_call_cc gtaskqueue_thread_loop __lockmgr_args lockmgr_lock_flags sched_idletd
  `),
  arches: {
    amd64: words(
      'amd64_syscall fast_syscall_common Xfast_syscall_pti ia32_syscall hammer_time alltraps_pushregs_no_rdi',
    ),
    i386: words('Xlcall_syscall init386 i386_syscall generic_bcopy generic_bzero i686_pagezero'),
    arm64: words(`
      do_el1h_sync handle_el1h_sync do_el0_sync handle_el0_sync handle_el1h_irq handle_el0_irq svc_handler initarm64
      do_el1h_serror
    `),
    riscv: words(
      'do_trap_supervisor do_trap_user cpu_exception_handler_supervisor cpu_exception_handler_user ecall_handler initriscv',
    ),
    powerpc: words('powerpc_interrupt trapexit generictrap asttrapexit'),
    sparc64: words('tl0_syscall tl1_trap tl0_intr tl1_intr tl0_utrap'),
    arm: words('data_abort_entry prefetch_abort_entry abort_handler swi_entry swi_handler'),
    mips: words('MipsKernGenException MipsUserGenException MipsKernIntr'),
  },
  families: {
    panic: /^(?:kdb|db)_(?:enter|trap|command|script|alt_break|break)_?\w*$|^db_\w+_cmd$/,
    trap: /^(?:alltraps|nmi|dblfault)_?\w*$/,
    check:
      /^(?:_*(?:mtx|sx|rw|rm|lockmgr)_\w+|witness_\w+|_witness_\w+|(?:copyin|copyout|copyinstr|subyte|fubyte|suword|fuword|fueword|casuword|casueword)(?:\d+|_\w+)?|vop_\w+_debug(?:pre|post)|VOP_[A-Z]+_APV|uma_zfree\w*|uma_zalloc\w*|keg_(?:alloc|free|fetch|first|get|put|drain|reclaim)\w*|zone_(?:alloc|free|fetch|put|import|release|drain|reclaim)\w*|_?xen_(?:flush_queue|queue_pt_update|queue_\w+)|_?HYPERVISOR_\w+)$/,
    // Linux's system calls; not the layer for Linux's drivers, whose functions are named alike.
    way: /^(?:(?:sys|kern|freebsd\d*|freebsd32|ibcs2|svr4|compat\d*|cloudabi\d*)_|linux_(?!cdev|file|dev_|rcu|pci|dma|timer|irq|napi|poll|iommu|xa_|idr|complet|wait|sched|queue|cancel|flush|delayed|usb|skb|set_|alloc_|free_|root_|synchron|kq_|mm_|handle|class|device|kobject|sysctl|shrinker|seq|radix|hrtimer|tasklet|i2c|acpi|backlight))\w+$/,
  },
};
