import { type FunctionLists, words } from './lists.js';

/** NetBSD 1.4 to 11. */
export const NETBSD: FunctionLists = {
  panic: words(`
    panic vpanic printf_panic cpu_Debugger Debugger breakpoint breakpoint_s db_panic db_trap kdb_trap db_command
    db_command_loop db_stack_trace_print cpu_reboot kern_reboot dumpsys dodumpsys dumpsys_seg kern_assert __kernassert __assert
    kern_kasan_panic cpu_reset x86_reset __stack_chk_fail ssp_panic
  `),
  trap: words(`
    trap usertrap calltrap alltraps trap_tss trapwrite startlwp startlwp_trap Xtrap06 Xtrap0d Xtrap0e trap00 trap01 trap02 trap03 trap06
    trap07 trap08 trap0d trap0e trap_return_fault trap_return_fault_return onfault_handler kgdb_trap
    data_abort_handler dab_fatal dab_align dab_buserr prefetch_abort_handler data_abort_entry trap_el1h_sync el1_trap trap_el1h_error el1_trap_exit
    cpu_trap trap_pagefault trap_panic cpu_exception_handler interpret_dsi trap_subr
    XentMM XentUna XentIF XentArith data_access_fault data_access_error text_access_fault text_access_error slowtrap
    Lslowtrap_reenter winfault winfixfill winfixspill winfixsave datafault textfault Ldatafault_internal
    Ltextfault_internal return_from_trap data_error data_recover data_miss data_fault text_error text_recover text_miss
    text_fault instr_miss dmmu_write_fault winfix udatafault utextfault dataerror texterror
    trapagain realtrap disitrap dsitrap isitrap s_trap s_dsitrap s_isitrap
    faultstkadj faultstkadjnotrap faultstkadjnotrap2 busaddrerr busaddrerr2030 busaddrerr4060 buserr buserr60 addrerr
    addrerr4060 fpfault coperr fmterr illinst zerodiv chkinst trapvinst privinst
    Xaccess_v Xtransl_v Xprivinflt Xxfcflt Xresopflt Xresadflt Xarithflt ptelen
    general_exception tlb_exception sh_vector_generic sh_vector_tlbmiss undefined_entry address_exception_entry
  `),
  fault: words(`
    uvm_fault uvm_fault_internal uvm_fault_check uvm_fault_upper uvm_fault_upper_lookup uvm_fault_lower
    uvm_fault_lower_lookup uvm_fault_lower_io uvmfault_lookup uvmfault_anonget
  `),
  check: words(`
    lockdebug_abort lockdebug_abort1 lockdebug_more lockdebug_wantlock lockdebug_locked lockdebug_unlocked lockdebug_alloc
    lockdebug_free lockdebug_barrier lockdebug_mem_check lockdebug_wakeup lockdebug_show_all_locks
    mutex_enter mutex_exit mutex_spin_enter mutex_spin_exit mutex_vector_enter mutex_vector_exit mutex_abort mutex_destroy
    mutex_init mutex_obj_free mutex_obj_hold mutex_spin_retry mutex_tryenter mutex_owned mutex_obj_alloc
    rw_enter rw_exit rw_vector_enter rw_vector_exit rw_abort rw_destroy rw_init rw_tryenter rw_downgrade rw_obj_free
    lockmgr _lockmgr simple_lock _simple_lock _simple_unlock lock_printf turnstile_block turnstile_wakeup turnstile_lookup
    sleepq_block sleepq_switch sleepq_enqueue sleepq_lwp cv_wait cv_timedwait cv_timedwait_sig cv_wait_sig cv_destroy
    cv_enter tsleep ltsleep mtsleep kpause mi_switch cpu_switchto preempt assert_sleepable membar_consumer
    kpreempt kpreempt_disabled spllower splx splassert
    pool_get pool_put pool_do_put pool_cache_get_paddr pool_cache_put_paddr pool_cache_get_slow pool_cache_put_slow
    pool_chk_page pool_chk pool_redzone_check pool_cache_redzone_check pool_quarantine_barrier pool_get_slow
    pool_catchup pool_grow pool_item_header_ctor pool_cache_kmsan
    uvm_km_kmem_alloc uvm_km_kmem_free uvm_km_alloc uvm_km_free uvm_km_check_empty uvm_km_pgremove m_copydata
    sbflush sbrelease sbdrop sbcheck
    m_copyback m_apply m_copym m_copypacket m_copyback_cow pool_prime pool_prime_page pool_reclaim pool_drain
    pool_page_alloc pool_page_free pool_allocator_alloc pool_allocator_free pool_update_curpage pr_rmpage
    pr_find_pagehead uvm_km_alloc1 uvm_km_zalloc uvm_km_kmemalloc uvm_km_kmemalloc1 uvm_km_alloc_poolpage
    uvm_km_alloc_poolpage1 uvm_km_alloc_poolpage_cache uvm_km_free_poolpage uvm_km_free_poolpage1
    kmem_alloc kmem_free kmem_zalloc kmem_intr_alloc kmem_intr_zalloc kmem_intr_free kmem_size_check kmem_redzone_check
    kmem_poison_check kern_malloc kern_free kern_realloc malloc free vmem_alloc vmem_xalloc vmem_free vmem_xfree
    vmem_check freecheck_in freecheck_out
    vn_lock VOP_LOCK VOP_UNLOCK vrele vput vrelel genfs_lock genfs_unlock layer_lock layer_unlock ufs_lock vnpanic
    m_get m_gethdr m_clget m_getclr
    memcpy memmove bcopy bzero memset memcmp bcmp strlen strcmp strncmp strlcpy strlcat copyin copyout copyinstr copyoutstr
    kcopy copystr copyin_proc copyin_vmspace memcpy_intel onfault ustore ufetch
    psref_held psref_acquire psref_release psref_target_destroy localcount_release localcount_acquire
    callout_init callout_setfunc callout_reset callout_schedule callout_stop callout_halt callout_wait callout_destroy
    callout_pending callout_expired callout_active callout_invoking callout_ack callout_bind
    curlwp_bind heartbeat snprintf vsnprintf
  `),
  way: words(`
    syscall handle_syscall Xsyscall Xosyscall syscall_plain syscall_fancy sy_call sy_invoke indirect_syscall userret
    child_return cpu_lwp_fork lwp_trampoline lwp_startup cpu_lwp_bootstrap intr_biglock_wrapper Xdoreti Xspllower Xsoftintr softint_dispatch
    softint_thread softint_execute softint_overlay callout_softclock callout_hardclock hardclock lapic_clockintr
    workqueue_worker workqueue_runlist threadpool_job threadpool_thread idle_loop cpu_idle x86_cpu_idle_halt
    x86_cpu_idle_mwait acpicpu_cstate_idle main start start_init configure cpu_hatch secondary_processor
    sparc_interrupt sparc_intr_retry sparc_intr_check_flag interrupt_vector intr_list_handler softnet
    intrhand intrhand_autovec intr_dispatch spurintr sh_vector_interrupt intc_intr XentInt irq_entry
    extint_call extint extintr decrint decrintr pic_handle_intr
    el0_trap el1_trap_intr lwp_trampoline_el0 config_process_deferred config_interrupts_thread Xintr kthread_exit
    exception_kernexit
  `),
  base: words(`
    Xsyscall Xosyscall handle_syscall syscall lwp_trampoline cpu_hatch main start lwp_startup softint_dispatch
    proc_trampoline cpu_lwp_bootstrap secondary_processor child_return intr_fast_syscall el0_trap lwp_trampoline_el0 idle_loop
    start_init XentSys XentInt syscall_setup softint_thread workqueue_worker threadpool_thread
    threadpool_dispatcher_thread threadpool_overseer_thread usb_task_thread usb_event_thread scsipi_completion_thread
    atabus_thread vdrain_thread xc_thread uvm_aiodone_worker linux_workqueue_thread rf_RaidIOThread nfssvc_iod
    entropy_thread npf_worker lfs_writerd trap0
    exception_kernexit
  `),
  only: words(`
    lockdebug_abort lockdebug_abort1 lockdebug_wantlock mutex_vector_enter mutex_enter mutex_exit mutex_spin_exit
    rw_vector_enter rw_vector_exit cpu_reboot handle_syscall lwp_trampoline kern_assert cpu_Debugger softint_dispatch
    softint_thread uvm_fault_internal pool_cache_get_paddr pool_cache_put_paddr assert_sleepable callout_softclock
    kern_free kern_malloc threadpool_thread turnstile_block sy_call
  `),
  arches: {
    amd64: words('handle_syscall init_x86_64'),
    alpha: words('XentMM XentUna XentIF XentArith XentInt XentSys'),
    sparc64: words('sparc_interrupt data_access_fault text_access_fault return_from_trap winfault'),
    riscv: words('exception_kernexit'),
    m68k: words('faultstkadj faultstkadjnotrap faultstkadjnotrap2 trapvinst'),
    arm64: words('trap_el1h_sync el1_trap el0_trap trap_el0_sync data_abort_handler'),
  },
  families: {
    panic: /^db_\w+_cmd$/,
    trap: /^[Mm]ips\w*(?:Kern|User)GenException$|^[Mm]ips\w*TLB\w*Exception$/,
    way: /^(?:sys|do_sys|compat_\d+_sys|netbsd32|linux_sys|linux32_sys)_\w+$|^do_(?:open|sys_\w+)$|^Xintr_\w+$|^Xresume_\w+$|^Xhandle_\w+$|^[Mm]ips\w*(?:Kern|User)Intr$/,
    check:
      /^(?:lockdebug_\w+|mutex_\w+|_?copy(?:in|out)\w*|pool_cache_\w+|pool_(?:page|allocator)_\w+|kmem_\w*(?:check|fill)|psref_\w+|_?xpq_\w+|_?HYPERVISOR_\w+)$/,
  },
};
