/** The memory of a program: pages that it was given are there, all others are a fault. */
const SIZE = 64 << 20;
const PAGE = 4096;

/** Thrown where a program touches what it has not: SIGSEGV. */
export class Fault extends Error {
  constructor(readonly va: number) {
    super(`segmentation fault at 0x${(va >>> 0).toString(16)}`);
  }
}

/** The host's memory, made once: a property asks a thousand programs. */
const buffer = new ArrayBuffer(SIZE);
const readable = new Int32Array(1 << 20).fill(-1);
const writable = new Int32Array(1 << 20).fill(-1);
let newest: Memory | undefined;

/** Only the newest one is good: all share the host's memory. */
export class Memory {
  readonly MEM8 = new Uint8Array(buffer);
  readonly MEM16 = new Uint16Array(buffer);
  readonly MEM32 = new Int32Array(buffer);
  readonly TLBR = readable;
  readonly TLBW = writable;
  /** Physical page by virtual page. */
  private readonly pages = new Map<number, number>();
  private readonly unused: number[] = [];
  private next = 0;

  constructor() {
    for (const vpn of newest?.pages.keys() ?? []) {
      readable[vpn] = -1;
      writable[vpn] = -1;
    }
    newest = this;
  }

  /** Gives zeroed pages to a range of addresses; false if there are not so many. */
  map(from: number, to: number): boolean {
    const wanted = (to - from) / PAGE;
    if (wanted > this.unused.length + (SIZE - this.next) / PAGE) return false;
    for (let va = from; va < to; va += PAGE) {
      if (this.pages.has(va / PAGE)) continue;
      const page = this.unused.pop() ?? this.next;
      if (page === this.next) this.next += PAGE;
      this.MEM8.fill(0, page, page + PAGE);
      this.pages.set(va / PAGE, page);
    }
    return true;
  }

  unmap(from: number, to: number): void {
    for (let vpn = from / PAGE; vpn < to / PAGE; vpn++) {
      const page = this.pages.get(vpn);
      if (page === undefined) continue;
      this.unused.push(page);
      this.pages.delete(vpn);
      this.TLBR[vpn] = -1;
      this.TLBW[vpn] = -1;
    }
  }

  /** The physical page of an address, entered into a TLB. */
  readonly miss = (tlb: Int32Array) => (va: number) => {
    const page = this.pages.get(va >>> 12);
    if (page === undefined) throw new Fault(va);
    tlb[va >>> 12] = page;
    return page;
  };

  /** The physical address of a virtual one; undefined if it is not mapped. */
  at(va: number): number | undefined {
    const page = this.pages.get(va >>> 12);
    return page === undefined ? undefined : page | (va & 4095);
  }

  private must(va: number): number {
    const at = this.at(va);
    if (at === undefined) throw 'EFAULT';
    return at;
  }

  get8(va: number): number {
    return this.MEM8[this.must(va)] as number;
  }
  get32(va: number): number {
    return this.MEM32[this.must(va) >>> 2] as number;
  }
  set32(va: number, v: number): void {
    this.MEM32[this.must(va) >>> 2] = v;
  }
  bytes(va: number, n: number): Uint8Array {
    return Uint8Array.from({ length: n }, (_, i) => this.get8(va + i));
  }
  write(va: number, data: Uint8Array): void {
    data.forEach((b, i) => {
      this.MEM8[this.must(va + i)] = b;
    });
  }
  string(va: number): string {
    let s = '';
    for (let p = va; this.get8(p) !== 0; p++) s += String.fromCharCode(this.get8(p));
    return s;
  }
  /** A vector of strings that ends in 0. */
  strings(va: number): string[] {
    const out: string[] = [];
    for (let p = va; this.get32(p) !== 0; p += 4) out.push(this.string(this.get32(p)));
    return out;
  }
}
