import { Mmu, PhysicalMemory, PTE_P } from '../src/index.js';

export const MB = 1 << 20;
/** Physical addresses of the page directory and of page tables. */
export const DIRECTORY = 0x1000;
const FIRST_TABLE = 0x10000;

/** RAM with a page directory of its own, entries of which tests set by hand. */
export class Tables {
  readonly ram: PhysicalMemory;
  readonly mmu: Mmu;
  private nextTable = FIRST_TABLE;

  constructor(ram = new PhysicalMemory(8 * MB), mmu = new Mmu(ram)) {
    this.ram = ram;
    this.mmu = mmu;
    mmu.load(DIRECTORY);
  }

  word(pa: number): number {
    return this.ram.i32[pa >>> 2]!;
  }

  pdeAt(va: number): number {
    return DIRECTORY + (va >>> 22) * 4;
  }

  pteAt(va: number): number {
    return (this.word(this.pdeAt(va)) & 0xfffff000) + ((va >>> 12) & 1023) * 4;
  }

  /** Maps a 4 KB page; directory entries get `pdeBits` when they are made. */
  map(va: number, pa: number, pteBits: number, pdeBits: number): void {
    const pde = this.pdeAt(va);
    if ((this.word(pde) & PTE_P) === 0) {
      this.ram.i32[pde >>> 2] = this.nextTable | pdeBits;
      this.nextTable += 4096;
    }
    this.ram.i32[this.pteAt(va) >>> 2] = pa | pteBits;
  }

  /** Maps a 4 MB page. */
  mapLarge(va: number, pa: number, bits: number): void {
    this.ram.i32[this.pdeAt(va) >>> 2] = pa | bits;
  }
}
