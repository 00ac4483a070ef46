import type { StoredBy, StoreWatch } from './stores.js';

const PAGE_SHIFT = 12;
const PAGE_BYTES = 1 << PAGE_SHIFT;

/** Contents of a page, null if it is all zeroes. Shared between snapshots: never written to. */
export type Page = Uint8Array | null;

/** Physical memory: one buffer, three views. A CPU back end may supply the buffer. */
export class PhysicalMemory {
  readonly bytes: number;
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly i32: Int32Array;

  /**
   * @param bytes size, a multiple of the page size, 4 MiB to 2 GiB
   * @param buffer where it lives; a new, zeroed one by default
   */
  constructor(bytes: number, buffer: ArrayBufferLike = new ArrayBuffer(bytes)) {
    if (!Number.isInteger(bytes) || bytes < 4 << 20 || bytes > 0x8000_0000 || bytes % 4096 !== 0)
      throw new RangeError(`RAM size ${bytes} is not a multiple of 4096 between 4M and 2G`);
    if (buffer.byteLength < bytes) throw new RangeError('the supplied buffer is smaller than the RAM');
    this.bytes = bytes;
    this.u8 = new Uint8Array(buffer, 0, bytes);
    this.u16 = new Uint16Array(buffer, 0, bytes / 2);
    this.i32 = new Int32Array(buffer, 0, bytes / 4);
  }

  /**
   * Pages as the last snapshot taken or restored has them, null: zeroes; and which were written to since.
   * Null before the first.
   */
  private known: { pages: readonly Page[]; written: Uint8Array } | null = null;

  /** Who is told of stores to some pages; see Machine.watchStores. */
  watch: StoreWatch | null = null;

  /** Is somebody to be told of each store to the page at a physical address? */
  isWatched(pa: number): boolean {
    return this.watch !== null && pa >= 0 && this.watch.watches(pa);
  }

  /** A store is about to be made. @param bytes 0: not known */
  storing(pa: number, bytes: number, site: number, by: StoredBy): void {
    if (this.isWatched(pa)) this.watch!.stores({ pa, bytes, site, by });
  }

  /** Is it noted which pages are written to? Whoever writes then calls touch(). */
  get tracked(): boolean {
    return this.known !== null;
  }

  /** Notes that the page at a physical address is written to. */
  touch(pa: number): void {
    if (this.known !== null) this.known.written[pa >>> PAGE_SHIFT] = 1;
  }

  /** Has the page at a physical address been written to since the last snapshot? */
  isTouched(pa: number): boolean {
    return this.known?.written[pa >>> PAGE_SHIFT] === 1;
  }

  /** All zeroes; nothing of a snapshot is known, and nobody is told of stores. */
  clear(): void {
    this.u8.fill(0);
    this.known = null;
    this.watch = null;
  }

  /** All pages as they are now. Those that have not been written to since the last snapshot are its pages. */
  save(): readonly Page[] {
    const count = this.bytes >>> PAGE_SHIFT;
    const pages: Page[] = this.known === null ? new Array<Page>(count).fill(null) : this.known.pages.slice();
    for (let i = 0; i < count; i++)
      if (this.known === null || this.known.written[i] === 1) pages[i] = this.copyOf(i);
    this.known = { pages, written: new Uint8Array(count) };
    return pages;
  }

  /** Puts memory back to what save() gave: the pages that are other ones, or were written to. */
  restore(pages: readonly Page[]): void {
    const { known, u8 } = this;
    for (let i = 0; i < pages.length; i++) {
      const page = pages[i]!;
      if (known !== null && known.written[i] === 0 && known.pages[i] === page) continue;
      const at = i << PAGE_SHIFT;
      if (page === null) u8.fill(0, at, at + PAGE_BYTES);
      else u8.set(page, at);
    }
    this.known = { pages, written: new Uint8Array(pages.length) };
  }

  private copyOf(index: number): Page {
    const first = (index << PAGE_SHIFT) >>> 2;
    const { i32 } = this;
    for (let i = first; i < first + PAGE_BYTES / 4; i++)
      if (i32[i] !== 0) return this.u8.slice(index << PAGE_SHIFT, (index + 1) << PAGE_SHIFT);
    return null;
  }
}
