/**
 * A processor that idles stays on the map of the process that it ran last, which saves two loads of CR3 if the same
 * process comes again. But it is taken out of those that use the map, so nobody tells it what is invalid.
 */

/** As the kernel's, but for the idle process. Locks: sched_lock held; passes to newp. Does not sleep. */
export function switch_to(newp: proc): void {
  const pc = get_pcpu();
  const pcb = newp.p_addr.u_pcb;
  const old = pc.curproc;
  KASSERT((newp.p_sflag & PS_INMEM) !== 0, 'cpu_switch: process %d swapped out', newp.p_pid);
  if (old.p_vmspace !== newp.p_vmspace) {
    if (old.p_vmspace !== null) old.p_vmspace.vm_pmap.pm_active &= ~pc.cpumask;
    newp.p_vmspace.vm_pmap.pm_active |= pc.cpumask;
  }
  if (newp !== pc.idleproc && rcr3() !== pcb.pcb_cr3) load_cr3(pcb.pcb_cr3);
  pc.curproc = newp;
  pc.curpcb = pcb;
  pc.esp0 = $addr(newp.p_addr) + UPAGES * PAGE_SIZE - KSTACK_TOP;
  set_esp0(pc.esp0);
  newp.p_oncpu = pc.cpuid;
  newp.p_lastcpu = pc.cpuid;
  sched_lock.mtx_lock = $addr(newp) | (sched_lock.mtx_lock & MTX_FLAGMASK);
}
