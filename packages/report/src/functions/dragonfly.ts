import { type FunctionLists, words } from './lists.js';

/** DragonFly 1 to 6; what it has from FreeBSD stands there. */
export const DRAGONFLY: FunctionLists = {
  panic: words(`
    panic Debugger breakpoint db_enter print_backtrace db_print_backtrace dumpsys md_dumpsys minidumpsys dumpsys_generic
    boot _get_mycpu get_mycpu kassert_panic db_dump db_trap db_command db_command_loop kdb_trap
  `),
  trap: words(`
    trap trap_fatal trap_pfault calltrap Xpage Xprot dblfault_handler Xdblfault trap_check trapwrite nmi_calltrap
    Xbreakpoint alltraps alltraps_with_regs_pushed
  `),
  fault: words('vm_fault vm_fault_object vm_fault_page vm_fault_bypass vm_fault_vpagetable vm_fault_quick'),
  check: words(`
    lockmgr lockmgr_shared lockmgr_exclusive lockmgr_release lockmgr_upgrade lockmgr_downgrade lockmgr_try debuglockmgr
    undo_shreq undo_upreq spin_lock spin_unlock _spin_lock_contested spin_lock_contested _spin_lock_shared_contested
    spin_init spin_uninit _mtx_lock_ex _mtx_lock_sh __mtx_lock_ex __mtx_lock_sh _mtx_unlock _mtx_lock_ex_link
    _mtx_spinlock mtx_wait_link mtx_uninit
    lwkt_gettoken lwkt_reltoken lwkt_trytoken lwkt_gettoken_shared lwkt_getalltokens lwkt_relalltokens _lwkt_tokref_init
    lwkt_switch lwkt_serialize_enter lwkt_serialize_exit lwkt_preempt tsleep ssleep lksleep mtxsleep zsleep
    _kmalloc kmalloc _kfree kfree krealloc kmalloc_debug _kmalloc_obj _kfree_obj chunk_mark_free chunk_mark_allocated
    kmem_slab_alloc kmem_slab_free slab_cleanup check_zone_free kmalloc_cachealign kmem_alloc3 kmem_alloc_stack
    kmem_alloc_swapbacked objcache_get objcache_put zalloc zfree zget vn_lock vn_unlock vrele vput vop_stdlock debug_vn_lock vget vx_lock vx_get
    callout_init callout_init_mp callout_init_lk callout_reset callout_reset_bycpu callout_stop callout_stop_sync
    callout_stop_async callout_cancel callout_drain callout_terminate callout_deactivate
    std_copyin std_copyout bcopy bzero memcpy memset
  `),
  way: words(`
    syscall2 syscall Xfast_syscall Xsyscall Xint0x80_syscall lwkt_process_ipiq lwkt_process_ipiq_core lwkt_ipiq
    lwkt_exit kthread_exit ithread_handler ithread_livelock softclock_handler hardclock_intr splz doreti
    taskqueue_run taskqueue_thread_loop netmsg_service_loop netisr_dispatch workqueue_worker cpu_idle
    fork_trampoline fork_return generic_lwp_return start_init mi_startup
  `),
  base: words(`
    Xfast_syscall Xsyscall Xint0x80_syscall syscall2 lwkt_exit fork_trampoline cpu_idle_restore cpu_kthread_start
    cpu_lwkt_restore kthread_exit generic_lwp_return mi_startup start_init
    hammer2_primary_xops_thread hammer2_bulkfree_thread hammer_flusher_master_thread hammer_flusher_slave_thread
    lwkt_idleloop vm_pageout_thread syncer_thread netmsg_service_loop netisr_thread ifnet_service_loop
    ithread_handler ithread_emergency softclock_handler dsched_thread tmpfs_move_pages_thread
    nfssvc_iod_reader nfssvc_iod_writer acpi_task_thread journal_wthread journal_rthread
  `),
  only: words(`
    _get_mycpu md_dumpsys lwkt_gettoken lwkt_reltoken lwkt_switch lwkt_exit lwkt_process_ipiq lwkt_serialize_enter
    lockmgr_exclusive lockmgr_shared _kmalloc _kfree netmsg_service_loop lksleep _spin_lock_contested print_backtrace
  `),
  families: {
    panic: /^db_\w+_cmd$/,
    way: /^(?:sys|kern)_\w+$/,
    check:
      /^(?:lwkt_(?:get|rel|try)tok\w*|_?(?:mtx|spin)_\w+|_?(?:kmalloc|kfree|krealloc|malloc_slab|malloc_mgt)_\w+|objcache_\w+)$/,
  },
};
