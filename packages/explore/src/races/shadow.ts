/** Where the fields of an access lie in a cell: the last write's first, then the last read's. */
export const THREAD = 0;
export const CLOCK = 1;
export const SITE = 2;
export const LOCKS = 3;
/** Number of its step, less that of the beginning */
export const AT = 4;
export const READ = 5;
/** Words that a cell has. THREAD is the thread's index and 1; 0: there was none. */
const CELL = 10;

/** THREAD of a write: the word's bytes have cells of their own. */
const SPLIT = -1;
/** THREAD of a read: there are several, which nothing orders; they are in `readers`. */
export const MANY = -1;

const WORDS = 1024;

/** What is known of a piece of memory: a row of words from `at` on in `cells`. */
export interface Cell {
  cells: Int32Array;
  at: number;
  /** The same for the same piece */
  key: number;
}

/**
 * For each word of memory that was accessed, its last write and its last read; for each byte, where bytes are
 * accessed alone. By physical address: a page may be mapped twice, and another page may come to its address.
 */
export class Shadow {
  private readonly pages: (Int32Array | undefined)[] = [];
  private readonly bytes = new Map<number, Int32Array>();
  /** Reads of a piece that nothing orders among themselves, a row of READ words each. */
  readonly readers = new Map<number, number[]>();
  private readonly cell: Cell = { cells: new Int32Array(0), at: 0, key: 0 };

  /** Calls `each` for every cell that an access of `width` bytes at a physical address comes to. */
  visit(pa: number, width: number, each: (cell: Cell) => void): void {
    if (width < 4) {
      const first = this.wordOf(pa);
      if (first.cells[first.at] !== SPLIT) this.split(pa & ~3, first);
      for (let i = 0; i < width; i++) each(this.byteOf(pa + i));
      return;
    }
    for (let i = 0; i < width; i += 4) {
      const word = this.wordOf(pa + i);
      if (word.cells[word.at] !== SPLIT) each(word);
      else for (let b = 0; b < 4; b++) each(this.byteOf(((pa + i) & ~3) + b));
    }
  }

  private wordOf(pa: number): Cell {
    let page = this.pages[pa >>> 12];
    if (page === undefined) {
      page = new Int32Array(WORDS * CELL);
      this.pages[pa >>> 12] = page;
    }
    const { cell } = this;
    cell.cells = page;
    cell.at = ((pa & 4095) >>> 2) * CELL;
    cell.key = pa & ~3;
    return cell;
  }

  private byteOf(pa: number): Cell {
    const { cell } = this;
    let cells = this.bytes.get(pa);
    if (cells === undefined) {
      cells = new Int32Array(CELL);
      this.bytes.set(pa, cells);
    }
    cell.cells = cells;
    cell.at = 0;
    // Words have keys of their own.
    cell.key = -1 - pa;
    return cell;
  }

  /** Each of a word's bytes knows of it what the word did. */
  private split(pa: number, { cells, at, key }: Cell): void {
    const known = cells.slice(at, at + CELL);
    for (let b = 0; b < 4; b++) {
      if (known[0] !== 0 || known[READ] !== 0) this.bytes.set(pa + b, known.slice());
      const readers = this.readers.get(key);
      if (readers !== undefined) this.readers.set(-1 - (pa + b), [...readers]);
    }
    this.readers.delete(key);
    cells[at] = SPLIT;
  }
}
