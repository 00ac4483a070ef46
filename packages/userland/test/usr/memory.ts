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

/** Of those that have no memory of their own only the newest one is good. */
export class Memory {
  readonly MEM8: Uint8Array;
  readonly MEM16: Uint16Array;
  readonly MEM32: Int32Array;
  readonly TLBR: Int32Array;
  readonly TLBW: Int32Array;
  /** Physical page by virtual page. */
  private readonly pages = new Map<number, number>();
  private readonly unused: number[] = [];
  private next = 0;

  /**
   * @param size bytes that there are for the program
   * @param own not shared with others: for programs that run side by side
   */
  constructor(
    private readonly size = SIZE,
    own = false,
  ) {
    const memory = own ? new ArrayBuffer(size) : buffer;
    this.MEM8 = new Uint8Array(memory);
    this.MEM16 = new Uint16Array(memory);
    this.MEM32 = new Int32Array(memory);
    this.TLBR = own ? new Int32Array(1 << 20).fill(-1) : readable;
    this.TLBW = own ? new Int32Array(1 << 20).fill(-1) : writable;
    if (own) return;
    for (const vpn of newest?.pages.keys() ?? []) {
      readable[vpn] = -1;
      writable[vpn] = -1;
    }
    newest = this;
  }

  /** Gives zeroed pages to a range of addresses; false if there are not so many. */
  map(from: number, to: number): boolean {
    const wanted = (to - from) / PAGE;
    if (wanted > this.unused.length + (this.size - this.next) / PAGE) return false;
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
  /** Calls `body` for each piece of a range that lies in one page: its physical address, its place in the range, its length. */
  private pieces(va: number, n: number, body: (at: number, from: number, length: number) => void): void {
    for (let from = 0; from < n; ) {
      const length = Math.min(n - from, PAGE - ((va + from) & (PAGE - 1)));
      body(this.must(va + from), from, length);
      from += length;
    }
  }
  bytes(va: number, n: number): Uint8Array {
    const out = new Uint8Array(n);
    this.pieces(va, n, (at, from, length) => out.set(this.MEM8.subarray(at, at + length), from));
    return out;
  }
  write(va: number, data: Uint8Array): void {
    this.pieces(va, data.length, (at, from, length) => this.MEM8.set(data.subarray(from, from + length), at));
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
