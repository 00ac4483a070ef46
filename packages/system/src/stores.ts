import {
  PAGE_SIZE,
  PTE_FRAME,
  PTE_P,
  PTE_PS,
  R_EBP,
  type Snapshot,
  type Store,
  type StoreWatch,
} from '@trap12/machine';
import type { Site, Sought, SymbolTable } from '@trap12/target';
import type { System } from './system.js';

/** A store that was found, as far as it is known when it is made. */
export interface Found {
  /** The last step that had begun */
  readonly step: number;
  readonly context: number;
  readonly nowNs: number;
  readonly by: Store['by'] | 'debugger';
  /** Text address of the instruction; 0: not known */
  readonly site: number;
  /** Listing that `site` is in */
  readonly symbols: SymbolTable | undefined;
  /** What is mapped there has changed, not what it holds. */
  readonly mapping: boolean;
  readonly old: Uint8Array;
  readonly now: Uint8Array;
}

/** Physical memory within one page. */
interface Piece {
  readonly pa: number;
  readonly bytes: number;
  /** Where it is in the whole */
  readonly offset: number;
}

/** Where some memory lies, and the entries of page tables that say so. */
export class Located {
  private readonly pieces: Piece[] = [];
  private readonly entries: readonly number[];
  private readonly seen: string;
  private readonly pages: ReadonlySet<number>;

  /** As the machine stands. @param directory physical address of the page directory to look in */
  private constructor(
    private readonly system: System,
    private readonly area: Area,
    private readonly directory: number,
  ) {
    const { mmu, ram } = system.machine;
    const entries = new Set<number>();
    for (const { va, bytes, offset } of piecesOf(area)) {
      const found = mmu.inspect(va, directory);
      entries.add(found.pdePa);
      if (found.ptePa >= 0) entries.add(found.ptePa);
      if (found.pa >= 0) this.pieces.push({ pa: found.pa, bytes, offset });
    }
    this.entries = [...entries].filter((pa) => pa >= 0 && pa < ram.bytes);
    this.seen = mappedBy(system, this.entries);
    this.pages = new Set([...this.entries, ...this.pieces.map((p) => p.pa)].map((pa) => pa >>> 12));
  }

  /**
   * As the machine stands, by the page directory of the processor; what the directory that the kernel began
   * with has as well by that one, for a process's is gone one day.
   */
  static of(system: System, area: Area): Located {
    const { mmu } = system.machine;
    const own = system.get('IdlePTD');
    const shared = piecesOf(area).every(({ va }) => {
      const { pa } = mmu.inspect(va);
      return pa >= 0 && pa === mmu.inspect(va, own).pa;
    });
    return new Located(system, area, shared ? own : mmu.cr3);
  }

  /** The same memory as it lies now. */
  again(): Located {
    return new Located(this.system, this.area, this.directory);
  }

  get mapped(): boolean {
    return this.pieces.reduce((sum, p) => sum + p.bytes, 0) === this.area.bytes;
  }

  has(pa: number): boolean {
    return this.pages.has(pa >>> 12);
  }

  /** What it holds; empty if not all of it is mapped. */
  contents(): Uint8Array {
    if (!this.mapped) return new Uint8Array(0);
    const out = new Uint8Array(this.area.bytes);
    const { u8 } = this.system.machine.ram;
    for (const p of this.pieces) out.set(u8.subarray(p.pa, p.pa + p.bytes), p.offset);
    return out;
  }

  /** Do the entries say that something else is mapped than when it was looked up? */
  moved(): boolean {
    return mappedBy(this.system, this.entries) !== this.seen;
  }

  /** Where a store to physical memory is in it; undefined: elsewhere. */
  offsetOf(pa: number, bytes: number): number | undefined {
    const piece = this.pieces.find((p) => pa < p.pa + p.bytes && pa + bytes > p.pa);
    return piece === undefined ? undefined : piece.offset + pa - piece.pa;
  }

  isEntry(pa: number, bytes: number): boolean {
    return this.entries.some((at) => pa < at + 4 && pa + bytes > at);
  }

  /**
   * Was nothing of it stored to between two snapshots? They share the pages that were not; of a page of
   * zeroes that cannot be told.
   */
  untouched(before: Snapshot, after: Snapshot): boolean {
    for (const page of this.pages)
      if (before.pages[page] === null || before.pages[page] !== after.pages[page]) return false;
    return true;
  }
}

/** Memory by its address, int32 or unsigned */
type Area = Pick<Sought, 'address' | 'bytes'>;

/** The parts of some memory within one page each. */
function piecesOf({ address, bytes }: Area): { va: number; bytes: number; offset: number }[] {
  const out: { va: number; bytes: number; offset: number }[] = [];
  for (let offset = 0; offset < bytes; ) {
    const va = (address + offset) | 0;
    const n = Math.min(bytes - offset, PAGE_SIZE - (va & (PAGE_SIZE - 1)));
    out.push({ va, bytes: n, offset });
    offset += n;
  }
  return out;
}

/** What entries of page tables say of where memory lies, without the marks of accesses. */
function mappedBy({ machine }: System, entries: readonly number[]): string {
  return entries.map((pa) => machine.ram.i32[pa >>> 2]! & (PTE_FRAME | PTE_P | PTE_PS)).join();
}

export const alike = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

const NOTHING = new Uint8Array(0);

/** A store that has come by, and is to be judged when it has been made. */
interface Pending extends Omit<Found, 'old' | 'now' | 'mapping'> {
  /** It counts whatever it stores */
  sure: boolean;
  old: Uint8Array;
}

/**
 * Watches stores to some memory while a machine goes through a stretch of its past: to where it lies, and to
 * the entries of page tables by which it lies there.
 */
export class StoreSpy implements StoreWatch {
  /** What happened last, and first, since the memory was mapped to where it is sought */
  last: Found | undefined;
  first: Found | undefined;
  /** It was mapped there in this stretch. */
  moved = false;
  /** What happened first of all */
  earliest: Found | undefined;
  private pending: Pending | undefined;
  /** Something else is mapped there now; undefined: not looked yet */
  private away: boolean | undefined;
  private readonly text: number;

  constructor(
    private readonly system: System,
    readonly place: Located,
    private readonly sought: Sought,
  ) {
    this.text = system.image.base;
  }

  watches(pa: number): boolean {
    return this.place.has(pa);
  }

  stores(store: Store): void {
    this.settle();
    // A function's locals, put there because it waits, are no store of the source's.
    if (this.isOwnFrame(store)) return;
    const { place, sought } = this;
    const { machine } = this.system;
    const { symbols, site } = this.listed(store);
    const single = site !== undefined && ['store', 'rmw'].includes(site.kind);
    const exact = store.bytes || (single ? site.width : 0);
    // A copy goes on to the end of what it has to copy, in this page.
    const bytes = exact || PAGE_SIZE - (store.pa & (PAGE_SIZE - 1));
    const offset = place.offsetOf(store.pa, bytes);
    if (offset === undefined && !place.isEntry(store.pa, bytes)) return;
    if (sought.accepts !== undefined) {
      if (offset === undefined || !single || store.by !== 'kernel') return;
      if (!sought.accepts({ site, offset, ebp: machine.reg[R_EBP]! >>> 0 })) return;
    }
    // The frame of a trap from user mode has an address of the program's.
    const by = store.by === 'kernel' && store.bytes > 4 ? 'processor' : store.by;
    const known = exact > 0 && ['kernel', 'program'].includes(by);
    this.pending = {
      ...{ step: machine.steps.number, context: machine.cpu.context, nowNs: machine.now() },
      ...{
        by,
        site: by === 'processor' ? 0 : store.site,
        symbols,
        old: sought.accepts === undefined ? this.contents() : NOTHING,
      },
      sure: sought.accepts !== undefined || (offset !== undefined && known && sought.changes !== true),
    };
  }

  /** What the machine does for its host's sake, or because a function waits, at no instruction. */
  private isOwnFrame({ bytes, site, by }: Store): boolean {
    return by === 'kernel' && (bytes === 4 ? site === 0 : site === this.text);
  }

  private listed({ by, site }: Store): { symbols: SymbolTable | undefined; site: Site | undefined } {
    const { machine, symbols: kernel, target } = this.system;
    let symbols = by === 'kernel' ? kernel : undefined;
    if (by === 'program') symbols = target.programs?.identified(...machine.vectors.user.running)?.symbols;
    return { symbols, site: site === 0 ? undefined : symbols?.site(site) };
  }

  /** What is there now, wherever it is mapped to. */
  private contents(): Uint8Array {
    const { place } = this;
    this.away ??= place.moved();
    return (this.away ? place.again() : place).contents();
  }

  /** The store that came by last has been made: was it one? */
  settle(): void {
    const { pending, place } = this;
    if (pending === undefined) return;
    this.pending = undefined;
    const { sure, ...found } = pending;
    const was = this.away;
    this.away = place.moved();
    if (this.sought.accepts !== undefined) this.note({ ...found, mapping: false, now: found.old });
    else if (was !== this.away) this.mapped(found);
    else if (!this.away) {
      const now = place.contents();
      if (sure || !alike(found.old, now)) this.note({ ...found, mapping: false, now });
    }
  }

  /** It was mapped to where it is sought, or there no more. */
  private mapped(found: Omit<Found, 'mapping' | 'now'>): void {
    const here = { ...found, mapping: true, now: this.contents() };
    if (!alike(here.old, here.now)) this.earliest ??= here;
    this.first = undefined;
    this.last = here;
    this.moved = true;
  }

  private note(found: Found): void {
    this.earliest ??= found;
    this.first ??= found;
    this.last = found;
  }

  /** The debugger changes the machine, as it did before. */
  debugged(change: () => void): void {
    this.settle();
    const { machine } = this.system;
    const old = this.contents();
    change();
    this.away = this.place.moved();
    const now = this.contents();
    if (this.sought.accepts !== undefined || alike(old, now)) return;
    const { context } = machine.cpu;
    this.note({
      ...{ step: machine.steps.number, context, nowNs: machine.now(), by: 'debugger', site: 0 },
      ...{ symbols: undefined, mapping: false, old, now },
    });
  }
}
