import { type Machine, PAGE_SIZE } from '@trap12/machine';
import type { Watchpoint } from '@trap12/target';

/** A part of watched memory within one page, and the entries by which it was found there. */
interface Piece {
  va: number;
  bytes: number;
  cr3: number;
  pdeIndex: number;
  pde: number;
  pteIndex: number;
  pte: number;
  /** -1: nothing is mapped */
  pa: number;
  /** Where its contents are in those of the whole */
  offset: number;
}

/**
 * Memory of which somebody wants to know when it changes. It is asked at each step of a machine, so it looks
 * at page tables only if the entries that it went by have changed.
 */
export class Watched implements Watchpoint {
  readonly address: number;
  readonly bytes: number;
  private readonly pieces: Piece[] = [];
  private last: Uint8Array;
  private mapped = true;

  constructor(
    private readonly machine: Machine,
    { address, bytes }: Watchpoint,
  ) {
    this.address = address >>> 0;
    this.bytes = bytes;
    for (let done = 0; done < bytes; ) {
      const va = (address + done) >>> 0;
      const n = Math.min(bytes - done, PAGE_SIZE - (va & (PAGE_SIZE - 1)));
      const piece: Piece = {
        ...{ va, bytes: n, offset: done },
        ...{ cr3: -1, pdeIndex: 0, pde: 0, pteIndex: 0, pte: 0, pa: -1 },
      };
      this.pieces.push(piece);
      done += n;
    }
    this.last = this.look();
  }

  /** What is there; empty if not all of it is mapped. */
  look(): Uint8Array {
    const out = new Uint8Array(this.bytes);
    this.mapped = true;
    for (const p of this.pieces) {
      this.find(p);
      if (p.pa < 0) this.mapped = false;
      else out.set(this.machine.ram.u8.subarray(p.pa, p.pa + p.bytes), p.offset);
    }
    return this.mapped ? out : new Uint8Array(0);
  }

  /** What was there before, if that is not what is there now. */
  changed(): { old: Uint8Array; now: Uint8Array } | undefined {
    let same = true;
    for (const p of this.pieces) same = this.isSame(p) && same;
    if (same) return undefined;
    const old = this.last;
    this.last = this.look();
    const alike = old.length === this.last.length && old.every((byte, i) => byte === this.last[i]);
    return alike ? undefined : { old, now: this.last };
  }

  private isSame(p: Piece): boolean {
    const { ram, mmu } = this.machine;
    if (mmu.cr3 !== p.cr3 || ram.i32[p.pdeIndex] !== p.pde || ram.i32[p.pteIndex] !== p.pte) {
      const was = p.pa;
      this.find(p);
      if (p.pa < 0 || was < 0) return p.pa === was;
    }
    if (p.pa < 0) return true;
    if (this.last.length === 0) return false;
    const { u8 } = ram;
    for (let i = 0; i < p.bytes; i++) if (u8[p.pa + i] !== this.last[p.offset + i]) return false;
    return true;
  }

  private find(p: Piece): void {
    const { mmu, ram } = this.machine;
    const found = mmu.inspect(p.va | 0);
    p.cr3 = mmu.cr3;
    p.pdeIndex = found.pdePa >>> 2;
    p.pteIndex = (found.ptePa < 0 ? found.pdePa : found.ptePa) >>> 2;
    p.pde = ram.i32[p.pdeIndex] ?? 0;
    p.pte = ram.i32[p.pteIndex] ?? 0;
    p.pa = found.pa;
  }
}
