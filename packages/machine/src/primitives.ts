import { R_CYCLES, R_EBP, R_ESP, R_PCPU } from './constants.js';
import type { Machine } from './machine.js';
import { MachineStop } from './stop.js';

/** Moving or clearing memory takes two cycles a byte (500 MB/s), about what a PC of 2001 did. */
const CYCLES_PER_BYTE_SHIFT = 1;
/** Length of a call in the listing, as which int3 is shown. */
const CALL_BYTES = 5;

/**
 * The object that a lowered kernel is bound to: memory, TLB and register file as bare arrays, and the
 * primitives declared in the kernel's i386/cpufunc.h.ts. Kept in one place so that the kernel's factory
 * captures constants.
 */
export function primitives(machine: Machine) {
  const { ram, mmu, reg } = machine;
  const MEM8 = ram.u8;
  const MEM32 = ram.i32;
  const KR = mmu.kr;
  const KW = mmu.kw;

  const readPage = (va: number): number =>
    KR[va >>> 12]! >= 0 ? KR[va >>> 12]! : machine.traps.readMiss(va, 0);
  const writePage = (va: number): number =>
    KW[va >>> 12]! >= 0 ? KW[va >>> 12]! : machine.traps.writeMiss(va, 0);

  function hw_bcopy(src: number, dst: number, len: number): void {
    len >>>= 0;
    reg[R_CYCLES] = reg[R_CYCLES]! + (len << CYCLES_PER_BYTE_SHIFT);
    if (src >>> 0 < dst >>> 0 && dst >>> 0 < (src >>> 0) + len) {
      copyBackwards(src, dst, len);
      return;
    }
    while (len > 0) {
      const n = Math.min(len, 4096 - (src & 4095), 4096 - (dst & 4095));
      const from = readPage(src) | (src & 4095);
      MEM8.copyWithin(writePage(dst) | (dst & 4095), from, from + n);
      src = (src + n) | 0;
      dst = (dst + n) | 0;
      len -= n;
    }
  }

  function copyBackwards(src: number, dst: number, len: number): void {
    for (let i = len - 1; i >= 0; i--) {
      const s = (src + i) | 0;
      const d = (dst + i) | 0;
      MEM8[writePage(d) | (d & 4095)] = MEM8[readPage(s) | (s & 4095)]!;
    }
  }

  function hw_bzero(dst: number, len: number): void {
    len >>>= 0;
    reg[R_CYCLES] = reg[R_CYCLES]! + (len << CYCLES_PER_BYTE_SHIFT);
    while (len > 0) {
      const n = Math.min(len, 4096 - (dst & 4095));
      const at = writePage(dst) | (dst & 4095);
      if (((at | n) & 3) === 0) MEM32.fill(0, at >>> 2, (at + n) >>> 2);
      else MEM8.fill(0, at, at + n);
      dst = (dst + n) | 0;
      len -= n;
    }
  }

  function hw_bcmp(a: number, b: number, len: number): number {
    reg[R_CYCLES] = reg[R_CYCLES]! + (len << CYCLES_PER_BYTE_SHIFT);
    for (let i = 0; i < len; i++) {
      const x = (a + i) | 0;
      const y = (b + i) | 0;
      if (MEM8[readPage(x) | (x & 4095)] !== MEM8[readPage(y) | (y & 4095)]) return 1;
    }
    return 0;
  }

  return {
    MEM8,
    MEM16: ram.u16,
    MEM32,
    TLBR: KR,
    TLBW: KW,
    REG: reg,
    rmiss: (va: number, site: number) => machine.traps.readMiss(va, site),
    wmiss: (va: number, site: number) => machine.traps.writeMiss(va, site),
    STEP: machine.steps.counters,
    step: (site: number, address: number, from = 0, bytes = 0) =>
      machine.arrivedAtStep(site, address, from, bytes),
    returned: (frame: number, value: number | boolean) => machine.steps.returned(frame, value),
    leave: () => machine.traps.leave(),
    overwritten: (va: number, word: number) => machine.lent.overwritten(va, word),
    reloaded: (va: number) => machine.lent.reloaded(va),
    kpush: (site: number, bp: number, words: number[]) => machine.traps.storeWords(bp, site, words),
    divzero(site: number): number {
      machine.traps.kernelTrap(machine.vectors.frame.traps.divide, 0, site);
      return 0;
    },
    badcall(address: number, _site: number): never {
      const pa = mmu.walk(address, false, false);
      if (pa < 0) {
        machine.cpu.cr2 = address;
        machine.traps.kernelTrap(machine.vectors.frame.traps.pageFault, mmu.error, address);
      }
      machine.traps.kernelTrap(machine.vectors.frame.traps.privileged, 0, address);
      return machine.vectors.panic('resumed at an address that is no function');
    },
    undefined_symbol(name: string): never {
      return machine.vectors.panic(`undefined symbol ${name}`);
    },

    get_pcpu: () => reg[R_PCPU]!,
    read_esp: () => reg[R_ESP]!,
    read_ebp: () => reg[R_EBP]!,
    invlpg: (va: number) => mmu.invalidate(va),
    invltlb: () => mmu.flush(),
    load_cr3: (pa: number) => mmu.load(pa),
    rcr3: () => mmu.cr3,
    rcr2: () => machine.cpu.cr2,
    intr_disable: () => machine.processors.disableInterrupts(),
    intr_restore: (eflags: number) => machine.processors.restoreInterrupts(eflags),
    read_eflags: () => machine.processors.eflags(),
    rdtsc: () => machine.now(),
    cpu_delay(cycles: number): void {
      reg[R_CYCLES] = reg[R_CYCLES]! + cycles;
    },
    hw_bcopy,
    hw_bzero,
    hw_bcmp,
    irq_pending: () => machine.processors.takeInterrupt(),
    irq_mask: (irq: number, masked: number) => machine.processors.maskIrq(irq, masked !== 0),
    ipi_send: (mask: number, vector: number) => machine.processors.sendIpi(mask, vector),
    cpu_spinwait: () => (machine.spinWait() ? 1 : 0),
    slice_expired: () => (machine.sliceExpired() ? 1 : 0),
    hlt: () => machine.processors.halt(),
    cn_putc: (c: number) => machine.console.put(c),
    cn_getc: () => machine.console.get(),
    ata_command: (unit: number, cmd: number, lba: number, nsect: number, prdt: number) => {
      if (unit !== 0) machine.vectors.panic('ata_command: no such unit');
      machine.disk.command(cmd, lba, nsect, prdt);
    },
    ata_status: () => machine.disk.readStatus(),
    ata_error: () => machine.disk.readError(),
    ata_capacity: (unit: number) => (unit === 0 ? machine.disk.sectors : 0),
    ata_poll: (_unit: number, ms: number) => machine.pollDisk(ms),
    bios_memsize: () => ram.bytes | 0,
    bios_ncpu: () => machine.cpus.length,
    /** A breakpoint trap. The frame's eip is the instruction behind it. */
    int3: (site: number) =>
      machine.traps.kernelTrap(machine.vectors.frame.traps.breakpoint, 0, site + CALL_BYTES),
    machine_halt(how: number): never {
      throw new MachineStop(how === 0 ? 'halt' : 'reboot');
    },
    machine_stop: (why: number) => machine.stop(why === 0 ? 'panic' : 'debugger'),
    context_switch: (id: number, esp: number, ebp: number, eip: number) =>
      machine.contextSwitch(id, esp, ebp, eip),
    set_esp0(esp0: number): void {
      machine.cpu.esp0 = esp0;
    },
    smp_invlpg: (mask: number, va: number) => machine.processors.broadcastInvalidate(mask, va),
    smp_invltlb: (mask: number) => machine.processors.broadcastInvalidate(mask, -1),
    start_cpu: (cpuId: number, id: number, eip: number, esp: number, cr3: number) =>
      machine.processors.start(cpuId, id, eip, esp, cr3),
    hw_deciding: () => (machine.choosesContext() ? 1 : 0),
    hw_candidate: (p: number) => machine.addCandidate(p),
    hw_chosen: () => machine.chosen(),
    hw_point: (object: number) => (machine.point(object) ? 1 : 0),
    nic_present: () => ((machine.options.packetsPerSecond ?? 0) > 0 ? 1 : 0),
    hw_event: (kind: number, object: number, arg: number) => machine.happened(kind, object, arg),
    hw_trap: (trapno: number, error: number, va: number, eip: number, returnAddress: number) =>
      machine.traps.trapCall(trapno, error, va, eip, returnAddress),
    /** 0 if the supervisor can access a user page; otherwise 8 + the page-fault error code. */
    user_probe(va: number, write: number): number {
      if ((write !== 0 ? mmu.uw : mmu.ur)[va >>> 12]! >= 0) return 0;
      if (write !== 0 && mmu.warm(va, true) >= 0) return 0;
      const pa = mmu.walk(va, write !== 0, true);
      if (pa < 0) return 8 | (mmu.error & 3);
      mmu.fill(va, pa, write !== 0, true);
      return 0;
    },
  };
}

/** The bound primitives. */
export type Primitives = ReturnType<typeof primitives>;
