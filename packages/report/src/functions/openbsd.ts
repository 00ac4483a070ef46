import { type FunctionLists, words } from './lists.js';

/** OpenBSD 3 to 7. */
export const OPENBSD: FunctionLists = {
  panic: words(`
    panic vpanic __assert assert db_enter Debugger db_trap db_ktrap db_command db_command_loop db_stack_dump db_save_stack_trace
    stacktrace_print stacktrace_save stacktrace_save_at splassert_fail splassert_check boot reboot dumpsys kdb_trap
    kdbint x86_ipi_db x86_ipi_handler Xresume_lapic_ipi Xipi_db __stack_smash_handler __stack_chk_fail assertwaitok
    db_machine_ddbcpu_cmd db_show_panic_cmd savectx
  `),
  trap: words(`
    trap usertrap kerntrap kpageflttrap upageflttrap pageflttrap calltrap recall_trap alltraps alltraps_kern
    alltraps_kern_meltdown Xalltraps trap0e trap06 trap0d Xtrap0e Xtrap06 Xtrap0d Xtrap_page Xtrap_prot
    do_el1h_sync handle_el1h_sync kdata_abort udata_abort data_abort instr_abort handle_el1h_error do_el1h_error
    do_trap_supervisor do_trap_user data_trap cpu_exception_handler_supervisor dumpframe
    Lslowtrap_reenter Ldatafault_internal Lslowtrap data_access_fault data_access_error text_access_fault winfixfill
    trapagain s_trap s_dsitrap s_isitrap dsitrap isitrap itsa u_general k_general XentMM XentUna XentIF XentArith
    Ltextfault_internal text_access_error winfault winfixspill winfixsave datafault textfault udatafault utextfault
    data_error data_recover data_miss data_fault text_error text_recover text_miss text_fault instr_miss
    dmmu_write_fault winfix dataerror texterror slowtrap return_from_trap k_tlb_inv k_tlb_miss u_tlb_miss cache_err trapexit realtrap disitrap faultstkadj m88100_trap
    m88110_trap data_exception_handler instruction_access_handler misaligned_handler unimplemented_handler
    privilege_handler
  `),
  fault: words(`
    uvm_fault uvm_fault_check uvm_fault_upper uvm_fault_upper_lookup uvm_fault_lower uvm_fault_lower_lookup uvm_fault_inner
    uvmfault_lookup uvmfault_anonget
  `),
  check: words(`
    mtx_enter mtx_enter_try mtx_leave _mtx_init_flags mtx_init rw_enter rw_enter_read rw_enter_write rw_exit rw_exit_read
    rw_exit_write rw_enter_diag rw_do_enter_read rw_do_enter_write rw_do_exit rw_downgrade rw_upgrade rw_assert_wrlock
    rw_assert_rdlock rw_assert_anylock rw_assert_unlocked _rw_enter _rw_exit _rw_enter_read _rw_enter_write
    _rw_init_flags rrw_enter rrw_exit _rrw_enter _rrw_exit rrwlock rw_status
    _kernel_lock _kernel_unlock _kernel_lock_init __mp_lock __mp_unlock ___mp_lock ___mp_unlock __mp_lock_spin
    __mp_release_all mtx_abort lockmgr
    refcnt_take refcnt_rele refcnt_rele_wake refcnt_finalize refcnt_init cond_wait cond_signal smr_barrier_impl
    solock solock_shared solock_nonet solock_pair sounlock sounlock_shared sounlock_nonet sounlock_pair kernel_lock kernel_unlock
    pool_get pool_put pool_do_get pool_do_put pool_p_alloc pool_p_free pool_chk pool_chk_page pool_cache_get pool_cache_put
    pool_cache_item_magic_check pool_cache_list_put pool_destroy pool_runqueue pool_getm
    m_copydata m_copyback m_apply m_copym pool_page_alloc pool_page_free pool_multi_alloc pool_multi_free
    sbflush sbrelease sbdrop sbcheck
    pool_multi_alloc_ni pool_multi_free_ni pool_large_alloc pool_large_free pool_allocator_alloc pool_allocator_free
    pool_prime pool_reclaim pool_update_curpage pr_find_pagehead uvm_km_alloc uvm_km_alloc1 uvm_km_zalloc uvm_km_free
    uvm_km_kmemalloc uvm_km_getpage uvm_km_putpage
    malloc free mallocarray km_alloc km_free kmem_alloc uvm_km_kmemalloc_pla poison_check poison_mem
    tsleep tsleep_nsec msleep msleep_nsec rwsleep rwsleep_nsec sleep_setup sleep_finish sleep_finish_all sleep_signal_check
    vm_map_lock_ln vm_map_lock_read_ln vm_map_lock_try_ln vm_map_unlock_ln vm_map_unlock_read_ln mi_switch cpu_switchto sched_chooseproc vn_lock vrele vput VOP_LOCK VOP_UNLOCK ufs_lock nullop
    m_get m_gethdr m_clget m_getclr
    memcpy memmove bcopy bzero memset memcmp bcmp strlen strncmp strcmp strlcpy strlcat copyin copyout copyinstr copyoutstr
    kcopy copyin32 _copyin _copyout _copyinstr copy_fault fault_fault snprintf vsnprintf memcpy_erms
    timeout_set timeout_set_flags timeout_set_proc timeout_set_kclock _timeout_set timeout_add timeout_add_ts
    timeout_add_tv timeout_add_bt timeout_add_sec timeout_add_msec timeout_add_usec timeout_add_nsec timeout_at_ts
    timeout_abs_ts timeout_rel_nsec timeout_del timeout_del_barrier timeout_barrier timeout_barrier_timeout
    timeout_sync_order timeout_sync_leave
    kqueue_do_check unhandled_af
    witness_checkorder witness_lock witness_unlock witness_warn witness_debugger witness_assert
  `),
  way: words(`
    syscall Xsyscall Xsyscall_meltdown Xsyscall_untramp Xosyscall Xosyscall1 mi_syscall mi_syscall_return mi_ast userret ast proc_trampoline
    intr_handler Xsoftclock Xsoftnet Xsofttty Xresume_lapic_ltimer lapic_clockintr softintr_dispatch softclock
    softclock_thread timeout_run taskq_thread sched_idle cpu_idle_cycle if_netisr intr_user_exit intr_fast_exit
    handle_el0_sync handle_el0_irq handle_el1h_irq do_el0_sync svc_handler cpu_exception_handler_user
    extint extint_call ext_intr openpic_ext_intr sparc_interrupt sparc_intr_retry sparc_intr_check_flag
    interrupt_vector softnet intrhand intr_dispatch extintr decrint decrintr ext_intr_openpic interrupt k_intr u_intr
    XentInt irq_entry
    clockintr_dispatch hardclock hardclock_dispatch start start_init main cpu_hatch cpu_boot_secondary
  `),
  base: words(`
    Xsyscall Xsyscall_meltdown Xsyscall_untramp Xosyscall Xosyscall1 proc_trampoline main start cpu_hatch
    handle_el0_sync handle_el0_irq intr_user_exit cpu_exception_handler_user syscall alltraps
    cpu_boot_secondary_processors sched_idle esym taskq_thread usb_task_thread usb_abort_task_thread
    uvm_aiodone_daemon uvm_pagezero_thread smr_thread acpi_thread acpi_isr_thread apm_thread sdmmc_task_thread
    sr_rebuild_thread k_intr u_intr XentSys XentInt trap0
  `),
  only: words(`
    db_enter kpageflttrap upageflttrap pageflttrap kerntrap usertrap Xsyscall_meltdown Xsyscall_untramp
    alltraps_kern_meltdown mtx_enter mtx_leave rw_enter_read rw_enter_write rw_exit_read rw_exit_write splassert_fail
    splassert_check taskq_thread x86_ipi_db Xresume_lapic_ipi pool_do_get mi_syscall refcnt_rele refcnt_rele_wake if_netisr
    kdata_abort ___mp_lock __mp_lock _kernel_lock tsleep_nsec rwsleep_nsec msleep_nsec
  `),
  arches: {
    amd64: words('Xsyscall_meltdown alltraps_kern_meltdown'),
    i386: words('i386_ipi_db i386_ipi_handler i386_softintlock Xosyscall1'),
    arm64: words(
      'do_el1h_sync handle_el1h_sync do_el0_sync handle_el0_sync kdata_abort udata_abort svc_handler',
    ),
    sparc64: words('Lslowtrap_reenter Ldatafault_internal sparc_interrupt'),
    alpha: words('XentMM XentUna XentIF XentArith XentInt XentSys'),
    riscv: words(
      'do_trap_supervisor do_trap_user cpu_exception_handler_supervisor cpu_exception_handler_user',
    ),
  },
  families: {
    way: /^(?:sys|doas|linux_sys)_\w+$|^Xintr_\w+$|^Xresume_\w+$|^Xsoft\w+$/,
    // What stands in a file system's table for an operation that it has not.
    check: /^(?:witness_\w+|_?(?:rw|rrw|mtx)_\w+|_?copy(?:in|out)\w*|(?:\w+_)?(?:badop|eopnotsupp))$/,
    panic: /^(?:db|ddb)_(?:enter|trap|command)\w*$|^db_\w+_cmd$/,
    trap: /^m881[01]0_\w+$/,
  },
};
