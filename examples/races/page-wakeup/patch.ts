/**
 * The page is mapped: puts it where the page daemon can find it (or wires it), counts the fault, and gives
 * the page back. Locks: V held. Does not sleep.
 */
function vm_fault_finish(fs: faultstate): void {
  const m = fs.m;
  m.flags = (m.flags & ~PG_ZERO) | PG_MAPPED | PG_REFERENCED;
  if ((fs.fault_flags & VM_FAULT_HOLD) !== 0) vm_page_hold(m);
  if ((fs.fault_flags & VM_FAULT_WIRE_MASK) === 0) vm_page_activate(m);
  else if (fs.wired !== 0) vm_page_wire(m);
  else vm_page_unwire(m, 1);

  const p = curproc();
  if (p.p_stats !== null && (p.p_sflag & PS_INMEM) !== 0) {
    if (fs.hardfault !== 0) p.p_stats.p_ru.ru_majflt++;
    else p.p_stats.p_ru.ru_minflt++;
  }
  /* planted: who waits for the busy page is not woken */
  m.flags &= ~PG_BUSY;
}
