/**
 * System-wide counters (sys/vmmeter.h). The variable is `cnt`.
 * @lock v vm lock (Giant or vm_mtx, by regime); anybody reads
 * @lock n none: a counter, a lost update is accepted as in BSD
 */
export interface vmmeter extends struct {
  v_swtch: u_int; // (n) context switches
  v_trap: u_int; // (n) traps
  v_syscall: u_int; // (n) system calls
  v_intr: u_int; // (n) device interrupts
  v_soft: u_int; // (n) software interrupts
  v_vm_faults: u_int; // (n) address faults
  v_cow_faults: u_int; // (v) copy-on-write faults
  v_cow_optim: u_int; // (v) optimised copy-on-write faults
  v_zfod: u_int; // (v) zero-filled pages
  v_ozfod: u_int; // (v) of those, already zero
  v_swapin: u_int; // (v) swap pager pageins
  v_swapout: u_int; // (v) swap pager pageouts
  v_swappgsin: u_int; // (v) pages paged in from swap
  v_swappgsout: u_int; // (v) pages paged out to swap
  v_vnodein: u_int; // (v) vnode pager pageins
  v_vnodeout: u_int; // (v) vnode pager pageouts
  v_vnodepgsin: u_int; // (v) pages in from vnodes
  v_vnodepgsout: u_int; // (v) pages out to vnodes
  v_intrans: u_int; // (v) faults that waited for a page in transit
  v_reactivated: u_int; // (v) pages reactivated from the inactive queue
  v_pdwakeups: u_int; // (v) wakeups of the page daemon
  v_pdpages: u_int; // (v) pages scanned by it
  v_tcached: u_int; // (v) pages cached, total
  v_dfree: u_int; // (v) pages freed by the daemon
  v_pfree: u_int; // (v) pages freed by exiting processes
  v_tfree: u_int; // (v) pages freed, total
  v_page_size: u_int; // (v) page size
  v_page_count: u_int; // (v) pages in all
  v_free_reserved: u_int; // (v) reserved for deadlock avoidance
  v_free_target: u_int; // (v) wanted free
  v_free_min: u_int; // (v) below this, processes wait
  v_free_count: u_int; // (v) free
  v_wire_count: u_int; // (v) wired
  v_active_count: u_int; // (v) active
  v_inactive_target: u_int; // (v) wanted inactive
  v_inactive_count: u_int; // (v) inactive
  v_cache_count: u_int; // (v) cached
  v_cache_min: u_int; // (v) wanted cached, least
  v_cache_max: u_int; // (v) most
  v_pageout_free_min: u_int; // (v) reserved for the page daemon
  v_interrupt_free_min: u_int; // (v) reserved for interrupts
  v_free_severe: u_int; // (v) severe shortage
  v_forks: u_int; // (n) forks
  v_vforks: u_int; // (n) vforks
  v_rforks: u_int; // (n) rforks
  v_kthreads: u_int; // (n) kernel processes made
}
