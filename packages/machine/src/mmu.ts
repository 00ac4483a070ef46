import { PF_P, PF_U, PF_W, PTE_A, PTE_D, PTE_FRAME, PTE_P, PTE_PS, PTE_U, PTE_W } from './constants.js';
import type { PhysicalMemory } from './memory.js';

/**
 * How many translations a CPU holds for each of supervisor and user accesses; the oldest goes first (as on hardware, a TLB may forget but
 * never invent). They have room of their own so that a program that walks through memory does not push the kernel's out.
 */
export const TLB_CAPACITY = 1024;
const PAGES = 1 << 20;

/** What an inspector learns from a walk; see Mmu.inspect. */
export interface Translation {
  /** Physical address, or -1 */
  pa: number;
  pde: number;
  pte: number;
  pdePa: number;
  ptePa: number;
  large: boolean;
}

/**
 * The paging unit. The arrays are the TLB of the CPU that is running: kernel code indexes `kr`/`kw` (supervisor read and
 * write) with va >>> 12 and finds the physical address of the page, or -1. On a switch of CPUs the entries are
 * swapped for those of the other CPU. An entry stays until the kernel drops it, the CPU forgets it for room, or CR3 is
 * loaded; page tables are read only on a miss, so a missing invalidation has the effect that it has on hardware.
 */
export class Mmu {
  readonly kr = new Int32Array(PAGES).fill(-1);
  readonly kw = new Int32Array(PAGES).fill(-1);
  readonly ur = new Int32Array(PAGES).fill(-1);
  readonly uw = new Int32Array(PAGES).fill(-1);
  cr3 = 0;
  /** Error code of the last failed walk. */
  error = 0;
  /** Completed walks with side effects. */
  walks = 0;

  private readonly supervisor = new Room();
  private readonly user = new Room();
  /** 1 for pages that have a place in one of the rooms; they keep it when their translation is dropped. */
  private readonly placed = new Uint8Array(PAGES);
  private readonly i32: Int32Array;
  private readonly ramBytes: number;

  constructor(ram: PhysicalMemory) {
    this.i32 = ram.i32;
    this.ramBytes = ram.bytes;
  }

  /**
   * Walks the two-level page table. CR0.WP is taken as set: supervisor writes obey the write bit.
   * @returns the physical address of the page, or -1 with `error` set to the page-fault error code
   */
  walk(va: number, write: boolean, user: boolean): number {
    const i32 = this.i32;
    const pdeIndex = (this.cr3 >>> 2) + (va >>> 22);
    const pde = pdeIndex < i32.length ? i32[pdeIndex]! : 0;
    const code = (write ? PF_W : 0) | (user ? PF_U : 0);
    if ((pde & PTE_P) === 0) return this.fail(code);
    let pte: number;
    let pteIndex = pdeIndex;
    if ((pde & PTE_PS) !== 0) {
      pte = (pde & 0xfff) | (pde & 0xffc00000) | (va & 0x3ff000);
    } else {
      pteIndex = ((pde & PTE_FRAME) >>> 2) + ((va >>> 12) & 1023);
      // Where there is no memory the bus reads all ones.
      pte = pteIndex < i32.length ? i32[pteIndex]! : -1;
      if ((pte & PTE_P) === 0) return this.fail(code);
    }
    const rights = pde & pte;
    if ((user && (rights & PTE_U) === 0) || (write && (rights & PTE_W) === 0)) return this.fail(code | PF_P);
    const pa = pte & PTE_FRAME;
    // An access behind the end of memory finds no device that answers: this machine faults instead.
    if (pa >>> 0 >= this.ramBytes) return this.fail(code);
    this.walks++;
    if ((pde & PTE_A) === 0) i32[pdeIndex] = pde | PTE_A;
    const marked = i32[pteIndex]! | PTE_A | (write ? PTE_D : 0);
    if (pteIndex < i32.length && marked !== i32[pteIndex]) i32[pteIndex] = marked;
    return pa;
  }

  /** The same walk for debuggers: reads only, any privilege. */
  inspect(va: number, cr3 = this.cr3): Translation {
    const pdePa = (cr3 + (va >>> 22) * 4) >>> 0;
    const pde = this.i32[pdePa >>> 2]!;
    const none = { pa: -1, pde, pte: 0, pdePa, ptePa: -1, large: false };
    if ((pde & PTE_P) === 0) return none;
    if ((pde & PTE_PS) !== 0) {
      const large = ((pde & 0xffc00000) | (va & 0x3fffff)) >>> 0;
      return large < this.ramBytes ? { ...none, pa: large, large: true } : none;
    }
    const ptePa = ((pde & PTE_FRAME) + ((va >>> 12) & 1023) * 4) >>> 0;
    if (ptePa >= this.ramBytes) return none;
    const pte = this.i32[ptePa >>> 2]!;
    const pa = ((pte & PTE_FRAME) | (va & 4095)) >>> 0;
    if ((pte & PTE_P) === 0 || pa >= this.ramBytes) return { ...none, pte, ptePa };
    return { ...none, pa, pte, ptePa };
  }

  /** Enters a translation found by walk() into the running CPU's TLB. */
  fill(va: number, pa: number, write: boolean, user: boolean): void {
    const vpn = va >>> 12;
    if (this.placed[vpn] === 0) this.place(vpn, user ? this.user : this.supervisor);
    this.kr[vpn] = pa;
    if (write) this.kw[vpn] = pa;
    if (user) {
      this.ur[vpn] = pa;
      if (write) this.uw[vpn] = pa;
    }
  }

  /** invlpg */
  invalidate(va: number): void {
    this.clear(va >>> 12);
  }

  /** Loads CR3: forgets everything. */
  load(cr3: number): void {
    this.cr3 = cr3 & PTE_FRAME;
    this.flush();
  }

  flush(): void {
    this.empty(this.supervisor, null);
    this.empty(this.user, null);
  }

  /** Takes the running CPU's state out of the arrays; restore() puts it back. */
  save(): TlbState {
    const entries: number[] = [];
    this.empty(this.supervisor, entries);
    this.empty(this.user, entries);
    return { cr3: this.cr3, entries, dropped: new Set() };
  }

  restore(state: TlbState): void {
    this.cr3 = state.cr3;
    const e = state.entries;
    for (let i = 0; i < e.length; i += 5) {
      const vpn = e[i]!;
      if (state.dropped.has(vpn)) continue;
      this.place(vpn, e[i + 3]! >= 0 ? this.user : this.supervisor);
      this.kr[vpn] = e[i + 1]!;
      this.kw[vpn] = e[i + 2]!;
      this.ur[vpn] = e[i + 3]!;
      this.uw[vpn] = e[i + 4]!;
    }
  }

  private place(vpn: number, room: Room): void {
    const old = room.enter(vpn);
    if (old >= 0) {
      this.clear(old);
      this.placed[old] = 0;
    }
    this.placed[vpn] = 1;
  }

  /** Drops all translations of a room, after noting them in `entries` if that is wanted. */
  private empty(room: Room, entries: number[] | null): void {
    const { kr, kw, ur, uw } = this;
    for (let i = 0; i < room.used; i++) {
      const vpn = room.pages[i]!;
      this.placed[vpn] = 0;
      if (kr[vpn]! < 0) continue;
      if (entries !== null) entries.push(vpn, kr[vpn]!, kw[vpn]!, ur[vpn]!, uw[vpn]!);
      this.clear(vpn);
    }
    room.used = 0;
    room.next = 0;
  }

  private clear(vpn: number): void {
    this.kr[vpn] = -1;
    this.kw[vpn] = -1;
    this.ur[vpn] = -1;
    this.uw[vpn] = -1;
  }

  private fail(code: number): number {
    this.error = code;
    return -1;
  }
}

/** The pages that a part of the TLB has room for, in a ring. */
class Room {
  readonly pages = new Int32Array(TLB_CAPACITY);
  used = 0;
  next = 0;

  /** Enters a page and returns the one that has to go for it, or -1. */
  enter(vpn: number): number {
    if (this.used < TLB_CAPACITY) {
      this.pages[this.used++] = vpn;
      return -1;
    }
    const old = this.pages[this.next]!;
    this.pages[this.next] = vpn;
    this.next = (this.next + 1) & (TLB_CAPACITY - 1);
    return old;
  }
}

/** The TLB of a CPU that is not running: cr3 and (vpn, kr, kw, ur, uw) quintuples, but for the pages that were dropped since. */
export interface TlbState {
  cr3: number;
  entries: number[];
  /** Page numbers; searching the entries for each would cost more than the CPU's next turn */
  dropped: Set<number>;
}
