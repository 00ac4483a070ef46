/**
 * System-wide totals as sysctl vm.vmtotal gives them to vmstat(8) and top(1) (in BSD part of sys/vmmeter.h).
 * Computed by vmtotal() in vm/vm_meter.ts.
 * @lock x copied out
 * @size 48
 */
export interface vmtotal_t extends struct {
  t_rq: i16; // (x) processes in the run queues
  t_dw: i16; // (x) waiting for a disk
  t_pw: i16; // (x) waiting for a page
  t_sl: i16; // (x) asleep for a short time, in memory
  t_sw: i16; // (x) swapped out, or to be
  t_spare: i16; // (x) 0
  t_vm: i32; // (x) virtual memory, pages
  t_avm: i32; // (x) of it active
  t_rm: i32; // (x) real memory in use, pages
  t_arm: i32; // (x) of it active
  t_vmshr: i32; // (x) shared virtual memory
  t_avmshr: i32; // (x) of it active
  t_rmshr: i32; // (x) shared real memory
  t_armshr: i32; // (x) of it active
  t_free: i32; // (x) free and cached pages
}
