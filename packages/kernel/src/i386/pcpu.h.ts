import type { proc } from '../sys/proc.h.js';
import { get_pcpu } from './cpufunc.h.js';
import type { pcb } from './pcb.h.js';
import type { pmap } from './pmap.h.js';

/**
 * Per-CPU data (2001: struct globaldata). `PCPU` is the address of the running CPU's own.
 * @lock o only the CPU itself
 * @lock c constant after startup
 */
export interface pcpu extends struct {
  curproc: proc; // (o) running process
  idleproc: proc; // (c) idle process of this CPU
  curpcb: pcb; // (o) its pcb
  currentpmap: pmap; // (o) pmap whose directory is loaded
  cpuid: u_int; // (c) number
  cpumask: u_int; // (c) 1 << cpuid
  esp0: u32; // (o) ring-0 stack for traps from user mode (TSS)
  switchtime: u64; // (o) when curproc was switched in, ns
  switchticks: int; // (o) the same in ticks
  intr_nesting_level: int; // (o) nesting of interrupts
  spinlocks: u32; // (o) witness: held spin locks
  need_resched: int; // (o) reschedule at the next chance
  in_ddb: int; // (o) stopped
}

/** Locks: none. The running process. @inline */
export function curproc(): proc {
  return get_pcpu().curproc;
}
