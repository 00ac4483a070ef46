import { type FrameLayout, Mmu, PhysicalMemory, PTE_P } from '../src/index.js';

/** The trap frame of the kernel of 2001, as its headers have it. */
export const FRAME: FrameLayout = {
  kernelBytes: 0x40,
  userBytes: 0x48,
  fs: 0x00,
  es: 0x04,
  ds: 0x08,
  edi: 0x0c,
  esi: 0x10,
  ebp: 0x14,
  isp: 0x18,
  ebx: 0x1c,
  edx: 0x20,
  ecx: 0x24,
  eax: 0x28,
  trapno: 0x2c,
  err: 0x30,
  eip: 0x34,
  cs: 0x38,
  eflags: 0x3c,
  esp: 0x40,
  ss: 0x44,
  count: 0x48,
  registers: 0x4c,
  selectors: { kernelCode: 0x08, kernelData: 0x10, kernelPrivate: 0x18, userCode: 0x1f, userData: 0x2f },
  traps: { privileged: 1, breakpoint: 3, pageFault: 12, divide: 18, trace: 10 },
};

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
