import { PF_P, PF_U, PF_W, PTE_A, PTE_D, PTE_FRAME, PTE_P, PTE_PS, PTE_U, PTE_W } from './constants.js';
import type { PhysicalMemory } from './memory.js';

/**
 * How many translations a CPU holds for each of supervisor and user accesses; the oldest goes first (as on
 * hardware, a TLB may forget but never invent). They have room of their own so that a program that walks
 * through memory does not push the kernel's out.
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
 * The paging unit. The arrays are the TLB of the CPU that is running: kernel code indexes `kr`/`kw`
 * (supervisor read and write) with va >>> 12 and finds the physical address of the page, or -1. On a switch
 * of CPUs the entries are swapped for those of the other CPU. An entry stays until the kernel drops it, the
 * CPU forgets it for room, or CR3 is loaded; page tables are read only on a miss, so a missing invalidation
 * has the effect that it has on hardware.
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

  /** Where page() leaves what nobody looks at */
  private readonly trail: Translation = { pa: -1, pde: 0, pte: 0, pdePa: -1, ptePa: -1, large: false };
  private readonly supervisor = new Room();
  private readonly user = new Room();
  /** 1 for pages that have a place in one of the rooms; they keep it when their translation is dropped. */
  private readonly placed = new Uint8Array(PAGES);
  private readonly i32: Int32Array;
  private readonly ramBytes: number;
  /**
   * Translations for writing that are in the TLB but not in the arrays, because their page has not been
   * written to since the last snapshot: so the first write comes by, and is noted. They count as present: see
   * warm().
   */
  private readonly coldKernel = new Map<number, number>();
  private readonly coldUser = new Map<number, number>();

  constructor(private readonly ram: PhysicalMemory) {
    this.i32 = ram.i32;
    this.ramBytes = ram.bytes;
  }

  /**
   * The page for a write that missed the arrays although the TLB has it, which from now on they have, too;
   * -1: the TLB has it not. To be asked before walk() wherever a write misses.
   */
  warm(va: number, user: boolean): number {
    if (this.coldKernel.size === 0 && this.coldUser.size === 0) return -1;
    const vpn = va >>> 12;
    const page = (user ? this.coldUser : this.coldKernel).get(vpn);
    if (page === undefined) return -1;
    if (this.ram.isWatched(page)) {
      this.ram.touch(page);
      return page;
    }
    for (const [cold, hot] of [
      [this.coldKernel, this.kw],
      [this.coldUser, this.uw],
    ] as const) {
      const other = cold.get(vpn);
      if (other === undefined) continue;
      hot[vpn] = other;
      this.ram.touch(other);
      cold.delete(vpn);
    }
    return page;
  }

  /** After a snapshot, no page counts as written to; and a watch begins, of stores that come by. */
  cool(): void {
    for (const room of [this.supervisor, this.user])
      for (let i = 0; i < room.used; i++) this.coolPage(room.pages[i]!);
  }

  private coolPage(vpn: number): void {
    const [kw, uw] = [this.kw[vpn]!, this.uw[vpn]!];
    if (kw >= 0) this.coldKernel.set(vpn, kw);
    if (uw >= 0) this.coldUser.set(vpn, uw);
    this.kw[vpn] = -1;
    this.uw[vpn] = -1;
  }

  /**
   * What the running CPU's TLB has for a page: physical pages for supervisor and user reads and writes, -1
   * for none.
   */
  entry(vpn: number): [kr: number, kw: number, ur: number, uw: number] {
    const kw = this.coldKernel.get(vpn) ?? this.kw[vpn]!;
    const uw = this.coldUser.get(vpn) ?? this.uw[vpn]!;
    return [this.kr[vpn]!, kw, this.ur[vpn]!, uw];
  }

  /** Everything of the paging unit, in a row; what was written to memory is from now on noted anew. */
  snapshot(): Int32Array {
    const out = [this.cr3, this.error, this.walks % 2 ** 31, Math.floor(this.walks / 2 ** 31)];
    for (const room of [this.supervisor, this.user]) {
      out.push(room.used, room.next);
      for (let i = 0; i < room.used; i++) out.push(room.pages[i]!, ...this.entry(room.pages[i]!));
    }
    this.cool();
    return Int32Array.from(out);
  }

  /** Puts the paging unit back to what snapshot() gave. */
  recall(from: Int32Array): void {
    this.flush();
    this.cr3 = from[0]!;
    this.error = from[1]!;
    this.walks = from[2]! + from[3]! * 2 ** 31;
    let at = 4;
    for (const room of [this.supervisor, this.user]) {
      room.used = from[at]!;
      room.next = from[at + 1]!;
      at += 2;
      for (let i = 0; i < room.used; i++, at += 5) {
        const vpn = from[at]!;
        room.pages[i] = vpn;
        this.placed[vpn] = 1;
        this.kr[vpn] = from[at + 1]!;
        this.kw[vpn] = from[at + 2]!;
        this.ur[vpn] = from[at + 3]!;
        this.uw[vpn] = from[at + 4]!;
        this.coolPage(vpn);
      }
    }
  }

  /**
   * Walks the two-level page table. CR0.WP is taken as set: supervisor writes obey the write bit. There is
   * one walker for the processor, which marks entries as accessed and dirty and sets `error`, and for
   * inspectors, which get the trail and leave none.
   * @param trail gets the entries on the way; then the walk has no effect on the machine
   * @returns the physical address of the page, or -1 with `error` set to the page-fault error code
   */
  walk(va: number, write: boolean, user: boolean, cr3 = this.cr3, trail: Translation | null = null): number {
    const i32 = this.i32;
    const pdeIndex = (cr3 >>> 2) + (va >>> 22);
    const pde = pdeIndex < i32.length ? i32[pdeIndex]! : 0;
    const code = (write ? PF_W : 0) | (user ? PF_U : 0);
    if (trail !== null) trail.pdePa = pdeIndex * 4;
    if (trail !== null) trail.pde = pde;
    if ((pde & PTE_P) === 0) return this.fail(code, trail);
    let pte: number;
    let pteIndex = pdeIndex;
    if ((pde & PTE_PS) !== 0) {
      pte = (pde & 0xfff) | (pde & 0xffc00000) | (va & 0x3ff000);
      if (trail !== null) trail.large = true;
    } else {
      pteIndex = ((pde & PTE_FRAME) >>> 2) + ((va >>> 12) & 1023);
      const exists = pteIndex < i32.length;
      // Where there is no memory the bus reads all ones.
      pte = exists ? i32[pteIndex]! : -1;
      if (trail !== null && exists) trail.ptePa = pteIndex * 4;
      if (trail !== null && exists) trail.pte = pte;
      if ((pte & PTE_P) === 0) return this.fail(code, trail);
    }
    const rights = pde & pte;
    if ((user && (rights & PTE_U) === 0) || (write && (rights & PTE_W) === 0))
      return this.fail(code | PF_P, trail);
    const pa = pte & PTE_FRAME;
    // An access behind the end of memory finds no device that answers: this machine faults instead.
    if (pa >>> 0 >= this.ramBytes) return this.fail(code, trail);
    if (trail !== null) return pa;
    this.walks++;
    if ((pde & PTE_A) === 0) this.mark(pdeIndex, pde | PTE_A);
    const marked = i32[pteIndex]! | PTE_A | (write ? PTE_D : 0);
    if (pteIndex < i32.length && marked !== i32[pteIndex]) this.mark(pteIndex, marked);
    return pa;
  }

  private mark(index: number, entry: number): void {
    this.ram.storing(index * 4, 4, 0, 'processor');
    this.i32[index] = entry;
    this.ram.touch(index * 4);
  }

  /** Where the supervisor would read, and by which entries; for debuggers, without side effects. */
  inspect(va: number, cr3 = this.cr3): Translation {
    const trail = { pa: -1, pde: 0, pte: 0, pdePa: -1, ptePa: -1, large: false };
    const page = this.walk(va, false, false, cr3, trail);
    if (page >= 0) trail.pa = (page | (va & 4095)) >>> 0;
    return trail;
  }

  /** inspect() for who wants the physical address of the page alone, or -1, and often. */
  page(va: number, cr3 = this.cr3): number {
    return this.walk(va, false, false, cr3, this.trail);
  }

  /** Enters a translation found by walk() into the running CPU's TLB. */
  fill(va: number, pa: number, write: boolean, user: boolean): void {
    const vpn = va >>> 12;
    if (this.placed[vpn] === 0) this.place(vpn, user ? this.user : this.supervisor);
    if (write) {
      this.ram.touch(pa);
      if (this.coldKernel.size !== 0) this.coldKernel.delete(vpn);
      if (user && this.coldUser.size !== 0) this.coldUser.delete(vpn);
    }
    this.kr[vpn] = pa;
    if (write) this.kw[vpn] = pa;
    if (user) {
      this.ur[vpn] = pa;
      if (write) this.uw[vpn] = pa;
    }
    if (write && this.ram.isWatched(pa)) this.coolPage(vpn);
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
    return { cr3: this.cr3, entries, dropped: [] };
  }

  restore(state: TlbState): void {
    this.cr3 = state.cr3;
    const e = state.entries;
    const dropped = new Set(state.dropped);
    for (let i = 0; i < e.length; i += 5) {
      const vpn = e[i]!;
      if (dropped.has(vpn)) continue;
      this.place(vpn, e[i + 3]! >= 0 ? this.user : this.supervisor);
      this.kr[vpn] = e[i + 1]!;
      this.kw[vpn] = e[i + 2]!;
      this.ur[vpn] = e[i + 3]!;
      this.uw[vpn] = e[i + 4]!;
      if (!this.ram.tracked && this.ram.watch === null) continue;
      if (!this.isWritten(vpn)) this.coolPage(vpn);
    }
  }

  /** Have the pages that this entry lets through for writing been written to already, unwatched? */
  private isWritten(vpn: number): boolean {
    const hot = (pa: number): boolean => pa < 0 || (this.ram.isTouched(pa) && !this.ram.isWatched(pa));
    return hot(this.kw[vpn]!) && hot(this.uw[vpn]!);
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
    const { kr } = this;
    for (let i = 0; i < room.used; i++) {
      const vpn = room.pages[i]!;
      this.placed[vpn] = 0;
      if (kr[vpn]! < 0) continue;
      if (entries !== null) entries.push(vpn, ...this.entry(vpn));
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
    if (this.coldKernel.size !== 0) this.coldKernel.delete(vpn);
    if (this.coldUser.size !== 0) this.coldUser.delete(vpn);
  }

  private fail(code: number, trail: Translation | null): number {
    if (trail === null) this.error = code;
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

/**
 * The TLB of a CPU that is not running: cr3 and (vpn, kr, kw, ur, uw) quintuples, but for the pages that were
 * dropped since.
 */
export interface TlbState {
  cr3: number;
  entries: number[];
  /** Page numbers; searching the entries for each would cost more than the CPU's next turn */
  dropped: number[];
}

export function emptyTlb(cr3: number): TlbState {
  return { cr3, entries: [], dropped: [] };
}

/** Drops a page from the TLB of a CPU that is not running. */
export function dropFrom(state: TlbState, va: number): void {
  if (state.entries.length === 0) return;
  state.dropped.push(va >>> 12);
  // A CPU that sleeps for long would gather a list of everything that was ever unmapped.
  if (state.dropped.length > 2 * TLB_CAPACITY) {
    const gone = new Set(state.dropped);
    const kept: number[] = [];
    for (let i = 0; i < state.entries.length; i += 5)
      if (!gone.has(state.entries[i]!)) kept.push(...state.entries.slice(i, i + 5));
    state.entries = kept;
    state.dropped = [];
  }
}
