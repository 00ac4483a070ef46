/**
 * More than one processor (i386/mp_machdep.c). An invalidation on other processors is the machine's own
 * broadcast: the IPI, the other processor's handler and the wait for its answer take place at once, as
 * nothing else can run between them here.
 */
import { printf } from '../kern/subr_prf.js';
import { PAGE_SIZE, UPAGES } from '../sys/param.h.js';
import { bios_ncpu, start_cpu } from './cpufunc.h.js';
import { KSTACK_TOP } from './frame.h.js';
import { cpuid_to_pcpu } from './machdep.js';

export let mp_ncpus: int = 1;
export let smp_started: int = 0;

/** Starts the application processors on their idle processes. Locks: none (boot). */
export function* smp_start(): Sleeps {
  mp_ncpus = $int(bios_ncpu());
  for (let cpu = 1; cpu < mp_ncpus; cpu++) {
    const pc = cpuid_to_pcpu(cpu);
    const p = pc.idleproc;
    const pcb = p.p_addr.u_pcb;
    pc.curproc = p;
    pc.curpcb = pcb;
    p.p_oncpu = $u8(cpu);
    p.p_lastcpu = $u8(cpu);
    all_cpus |= $u32(1) << cpu;
    pc.esp0 = $addr(p.p_addr) + UPAGES * PAGE_SIZE - KSTACK_TOP;
    start_cpu(cpu, $addr(p), pcb.pcb_eip, pcb.pcb_esp, pcb.pcb_cr3);
  }
  smp_started = mp_ncpus > 1 ? 1 : 0;
  if (smp_started !== 0) printf('SMP: AP CPUs launched: %d\n', mp_ncpus - 1);
}
