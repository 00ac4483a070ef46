/**
 * Primitives of the machine, written in the host (packages/machine): what a C kernel has as inline assembly
 * and device registers. They never fault: support.ts probes memory with ordinary accesses first.
 */
import type { vm_offset_t } from '../sys/types.h.js';
import type { pcpu } from './pcpu.h.js';

/** The running CPU's struct pcpu (what %fs points to). */
export declare function get_pcpu(): pcpu;
/** Drops the TLB entry of one page on this CPU. */
export declare function invlpg(va: vm_offset_t): void;
/** Drops this CPU's whole TLB. */
export declare function invltlb(): void;
/** Loads CR3 (a physical address), which drops the TLB. */
export declare function load_cr3(pa: u32): void;
export declare function rcr3(): u32;
export declare function rcr2(): u32;
/** Clears the interrupt flag and returns the former EFLAGS (PSL_I = 0x200). */
export declare function intr_disable(): u32;
/** Restores the interrupt flag from what intr_disable returned. */
export declare function intr_restore(eflags: u32): void;
export declare function read_eflags(): u32;
/** Nanoseconds of virtual time since power-on (the TSC at 1 GHz). */
export declare function rdtsc(): i64;
/** Charges cycles to the running CPU. */
export declare function cpu_delay(cycles: u32): void;
/** Copies or clears memory through the TLB; every page touched was probed just before. */
export declare function hw_bcopy(src: u32, dst: u32, len: u32): void;
export declare function hw_bzero(dst: u32, len: u32): void;
/** 0 if equal. Stays within one page on both sides. */
export declare function hw_bcmp(a: u32, b: u32, len: u32): int;
/**
 * The pending interrupt of highest priority, acknowledged, or -1. IRQ 0 clock, 1 console, 14 ata0, 16+n IPI
 * n, 30 reschedule.
 */
export declare function irq_pending(): int;
/** Masks (1) or unmasks (0) an interrupt line at the controller. */
export declare function irq_mask(irq: int, masked: int): void;
/** Raises IPI `vector` on every CPU of `mask`. */
export declare function ipi_send(mask: u32, vector: int): void;
/** Stops this CPU until an interrupt: call with interrupts enabled, then yield* $cpupause(). */
export declare function hlt(): void;
/** Console: puts a byte; gets one or -1. */
export declare function cn_putc(c: int): void;
export declare function cn_getc(): int;
/**
 * ATA channel 0. cmd 0xC8 reads, 0xCA writes `nsect` sectors of 512 bytes from `lba` by bus-master DMA;
 * `prdt` is the physical address of a table of (physical address, byte count) pairs of words, the last with
 * bit 31 of the count set. IRQ 14 follows. Status: 0x80 busy, 0x40 ready, 0x01 error (error register: 0x04
 * aborted, 0x10 no such sector, 0x40 bad data).
 */
export declare function ata_command(unit: int, cmd: u32, lba: u32, nsect: u32, prdt: u32): void;
export declare function ata_status(unit: int): u32;
export declare function ata_error(unit: int): u32;
/** Capacity in sectors, 0 if there is no such disk. */
export declare function ata_capacity(unit: int): u32;
/**
 * Lets virtual time pass until the drive is no longer busy (polled operation for dumps); 0, or -1 after `ms`.
 */
export declare function ata_poll(unit: int, ms: u32): int;
/** Physical memory size in bytes as the BIOS reports it, number of CPUs. */
export declare function bios_memsize(): u32;
export declare function bios_ncpu(): u32;
/** Ends the run: 0 halt, 1 reboot. */
export declare function machine_halt(how: int): never;
/** A breakpoint trap: trap() runs with a frame that the processor has pushed. */
export declare function int3(): void;
/**
 * Stops the machine in the debugger; RAM stays as it is. `why` 0 panic, 1 Debugger(). In the fast form of the
 * kernel for good: the host unwinds; in the checked form it returns if the debugger is left.
 */
export declare function machine_stop(why: int): void;
/**
 * This CPU goes on with context `id` (a struct proc) at the next $switch, on that stack and at that text
 * address.
 */
export declare function context_switch(id: u32, esp: u32, ebp: u32, eip: u32): void;
export declare function read_esp(): u32;
export declare function read_ebp(): u32;
/** Ring-0 stack pointer for traps from user mode (the TSS). */
export declare function set_esp0(esp0: u32): void;
/**
 * Starts CPU `cpu` with context `id` at text address `eip`, with a stack pointer and page directory `cr3`.
 */
export declare function start_cpu(cpu: int, id: u32, eip: u32, esp: u32, cr3: u32): void;
/**
 * 1 if the machine decides who runs next: name all candidates in order by hw_candidate, then ask hw_chosen.
 * 0: the first of them does.
 */
export declare function hw_deciding(): int;
export declare function hw_candidate(p: u32): void;
/** The candidate that is to run, 0 for none of them. */
export declare function hw_chosen(): u32;
/**
 * 1 if the machine wants the running process to give the processor away here, before what it is about to do
 * with `object` (an address, or 0): an interrupt that does so is pending then.
 */
export declare function hw_point(object: u32): int;
/** 1 if there is a network card (IRQ 11). */
export declare function nic_present(): int;
/**
 * This CPU waits for a word that another one will change. 1: the others run before its next access, in the
 * checked form; 0: they cannot, or there are none.
 */
export declare function cpu_spinwait(): int;
/** 1 if this CPU has run its share and others should get theirs. */
export declare function slice_expired(): int;
/**
 * Takes a trap as if an instruction at `eip` had faulted; may sleep. 0, or 1 if the handler resumed elsewhere
 * (pcb_onfault).
 */
export declare function hw_trap(trapno: int, error: u32, va: u32, eip: u32): Sleeps<int>;
/**
 * 0 if the page of `va` can be accessed from user mode (and so by copyin), else 8 + the page-fault error
 * code.
 */
export declare function user_probe(va: u32, write: int): int;
/** A trace point: see sys/ktr.h.ts. Only if its class is in ktr_mask. */
export declare function hw_event(kind: int, object: u32, arg: u32): void;
/** Drops a page's translation, or all of them, on other processors (mask of CPUs). */
export declare function smp_invlpg(mask: u32, va: vm_offset_t): void;
export declare function smp_invltlb(mask: u32): void;
