import type { Stepper, StepView } from '@trap12/machine';
import type { System } from '@trap12/system';

/** A store to a page-table entry. */
export interface EntryStore {
  step: number;
  /** The entry before it */
  old: number;
  /** The store before this one; so many are kept */
  before: EntryStore | undefined;
  site: number;
  context: number;
  cpu: number;
  /**
   * The first step of each of the next functions in which the process went on, text addresses: where the
   * invalidation is made, or should have been
   */
  next: number[];
}

/** So many functions behind a store are kept. */
const THEN = 6;
/** And so many stores to the same entry. */
const STORES = 4;

/** A processor has a translation that its page tables do not give any more, and goes on with it. */
export interface StaleTranslation {
  /** Virtual address of the page */
  page: number;
  /** Whose TLB */
  cpu: number;
  /** Physical pages, -1 for none: where the TLB leads, and where the tables do */
  cached: number;
  mapped: number;
  /**
   * The store that made the page-table entry another one than the TLB has; the last one if that is not
   * known
   */
  store: EntryStore;
  /**
   * 'used': the kernel accessed memory by it, at this step and text address; 'left': it was there when
   * another processor had its turn
   */
  how: 'used' | 'left';
  step: number;
  site: number;
}

const PTE_PRESENT = 1;
const PTE_WRITE = 2;
const FRAME = ~4095;
const NOTHING: readonly number[] = [-1, -1, -1, -1];
/** Bytes of page tables of an address space, by the map in which they appear as memory. */
const MAP_BYTES = 1 << 22;

/**
 * Follows stores to page-table entries, and looks whether a processor goes on with what its TLB had before:
 * an access of the kernel's own by a page that leads elsewhere, or one that may be written and must not be
 * (exact); or, when the machine's turn passes to another processor, a translation left in the TLB of one
 * whose turn is over. A shootdown takes effect at once here, and no turn ends in a plain function: so whoever
 * changes an entry has no reason to let a turn end before it has told the others. What a program then does
 * with a translation that was left to it is not seen.
 */
export class StaleTlb implements Stepper {
  readonly found: StaleTranslation[] = [];
  /** Page-table entries that were stored to, by their physical address */
  private readonly stores = new Map<number, EntryStore>();
  /** Those since all processors were looked at last */
  private readonly fresh = new Set<number>();
  /** Pages of the kernel whose entries were stored to, ever */
  private readonly pages = new Uint8Array(1 << 20);
  private readonly loads = new Map<number, boolean>();
  private readonly functions = new Map<number, string>();
  /** Stores behind which not all functions are known yet */
  private following: EntryStore[] = [];
  private readonly known = new Set<string>();
  private cpu = -1;
  private readonly maps: readonly number[];
  private readonly userPages: number;
  private readonly window: number;

  constructor(private readonly system: System) {
    const { symbols } = system;
    this.maps = [symbols.constant('PTmap') >>> 0, symbols.constant('APTmap') >>> 0];
    this.userPages = this.maps[0]! >>> 12;
    this.window = system.get('PADDR1') >>> 12;
  }

  step({ number, site, address }: StepView): boolean {
    const { machine } = this.system;
    // Before it, the machine was put back to where it was.
    if (this.cpu < 0) this.cpu = machine.cpu.id;
    if (machine.cpu.id !== this.cpu) {
      if (this.fresh.size > 0) this.look(number, site);
      this.cpu = machine.cpu.id;
    }
    if (this.following.length > 0) this.follow(site);
    if (address === 0) return false;
    const at = address >>> 0;
    const page = at >>> 12;
    if (page < this.userPages || this.pages[page] !== 0) this.used(number, site, page);
    for (const map of this.maps)
      if (at >= map && at - map < MAP_BYTES) {
        this.pages[(at - map) >>> 2] = 1;
        this.stored(number, site, at);
      }
    // Another map's page table appears here.
    if (page === this.window) this.stored(number, site, at);
    return false;
  }

  private follow(site: number): void {
    const { context } = this.system.machine.cpu;
    for (const store of this.following) {
      if (store.context !== context) continue;
      if (this.functionOf(site) !== this.functionOf(store.next.at(-1) ?? store.site))
        store.next.push(site >>> 0);
    }
    this.following = this.following.filter(({ next }) => next.length < THEN);
  }

  private functionOf(site: number): string {
    let name = this.functions.get(site);
    if (name === undefined) {
      name = this.system.symbols.site(site)?.function.name ?? '';
      this.functions.set(site, name);
    }
    return name;
  }

  private isLoad(site: number): boolean {
    let is = this.loads.get(site);
    if (is === undefined) {
      is = this.system.symbols.site(site)?.kind === 'load';
      this.loads.set(site, is);
    }
    return is;
  }

  private stored(step: number, site: number, at: number): void {
    if (this.isLoad(site)) return;
    const { machine } = this.system;
    const pa = machine.mmu.inspect(at).pa;
    if (pa < 0) return;
    const { id, context } = machine.cpu;
    const old = machine.ram.i32[pa >>> 2]!;
    const before = this.stores.get(pa);
    const store = { step, site: site >>> 0, context, cpu: id, next: [], old, before };
    let last: EntryStore | undefined = store;
    for (let i = 1; i < STORES && last !== undefined; i++) last = last.before;
    if (last !== undefined) last.before = undefined;
    this.stores.set(pa, store);
    this.following = [...this.following.filter((each) => each.context !== context), store];
    this.fresh.add(pa);
  }

  /** The kernel is about to access a page whose entry was stored to. */
  private used(step: number, site: number, page: number): void {
    const { mmu, cpu } = this.system.machine;
    const [kr, kw] = mmu.entry(page);
    if (kr < 0) return;
    const { pa, pte, ptePa } = mmu.inspect(page << 12);
    const mapped = pa < 0 ? -1 : pa & FRAME;
    const store = this.stores.get(ptePa);
    if (store === undefined || (kr === mapped && (kw < 0 || (pte & PTE_WRITE) !== 0))) return;
    this.add({ page, cpu: cpu.id, cached: kr, mapped, store, how: 'used', step, site });
  }

  /**
   * Another processor has its turn: what does each have of the entries that were stored to? What one has that
   * has had its turn since, with programs in it that took no step here, it had before, too.
   */
  private look(step: number, site: number): void {
    const { cpus, cpu, mmu } = this.system.machine;
    for (const { id, savedTlb, parked } of cpus) {
      if (parked) continue;
      if (id === cpu.id) this.lookAt(id, mmu.cr3, (page) => mmu.entry(page), step, site);
      else {
        const { entries, cr3, dropped } = savedTlb;
        const at = new Map<number, number>();
        for (let i = 0; i < entries.length; i += 5) at.set(entries[i]!, i);
        for (const page of dropped) at.delete(page);
        const entry = (page: number): readonly number[] => {
          const i = at.get(page);
          return i === undefined ? NOTHING : entries.slice(i + 1, i + 5);
        };
        this.lookAt(id, cr3, entry, step, site);
      }
    }
    this.fresh.clear();
  }

  private lookAt(
    cpu: number,
    cr3: number,
    entry: (page: number) => readonly number[],
    step: number,
    site: number,
  ): void {
    const { i32 } = this.system.machine.ram;
    const tables = new Map<number, number>();
    const directory = (cr3 & FRAME) >>> 2;
    // The kernel may leave a translation that it drops before it uses the page again: its own uses are seen.
    for (let i = 0; i < this.userPages >>> 10; i++)
      if ((i32[directory + i]! & PTE_PRESENT) !== 0) tables.set(i32[directory + i]! & FRAME, i);
    for (const ptePa of this.fresh) {
      const table = tables.get(ptePa & FRAME);
      if (table === undefined) continue;
      const page = (table << 10) | ((ptePa & 4095) >>> 2);
      const [kr, kw, , uw] = entry(page);
      const pte = i32[ptePa >>> 2]!;
      const mapped = (pte & PTE_PRESENT) === 0 ? -1 : pte & FRAME;
      const writes = kw! >= 0 || uw! >= 0;
      if (kr! < 0 || (kr === mapped && (!writes || (pte & PTE_WRITE) !== 0))) continue;
      const store = this.stores.get(ptePa)!;
      this.add({ page, cpu, cached: kr!, mapped, store, how: 'left', step, site });
    }
  }

  private add(found: StaleTranslation): void {
    const stale = { ...found, store: culprit(found) };
    const key = `${stale.store.site} ${stale.how}`;
    if (this.known.has(key)) return;
    this.known.add(key);
    this.found.push({ ...stale, page: (stale.page << 12) >>> 0, site: stale.site >>> 0 });
  }
}

/** The latest store that changed an entry which led where the TLB leads. */
function culprit({ store: last, cached }: StaleTranslation): EntryStore {
  for (let store: EntryStore | undefined = last; store !== undefined; store = store.before)
    if ((store.old & PTE_PRESENT) !== 0 && (store.old & FRAME) === cached) return store;
  return last;
}
