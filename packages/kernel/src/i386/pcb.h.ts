/**
 * Process control block: machine state of a process that is not running.
 * @lock k the process itself, or sched_lock while it is switched out
 */
export interface pcb extends struct {
  pcb_cr3: u32; // (k) page directory
  pcb_edi: u32; // (k)
  pcb_esi: u32; // (k)
  pcb_ebp: u32; // (k)
  pcb_esp: u32; // (k)
  pcb_ebx: u32; // (k)
  pcb_eip: u32; // (k)
  pcb_onfault: u32; // (k) where copyin and copyout resume after a fault
  pcb_schednest: int; // (k) sched_lock depth across a switch
  pcb_flags: int; // (k)
}
