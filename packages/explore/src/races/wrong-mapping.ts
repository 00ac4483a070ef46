import { queue } from '@trap12/kernel';
import type { Stepper, StepView } from '@trap12/machine';
import type { System } from '@trap12/system';
import { kernelConstants } from '@trap12/target';
import { ifMapped, whoAt, whoText } from '../processes.js';
import { type Place, placeText, runningStack, WAIT_FILES } from '../places.js';

/** Who did something, where, with which calls. */
interface Done {
  process: string;
  pid: number;
  ns: number;
  /** Innermost first */
  stack: Place[];
}

/** A page that an object has at an index. */
interface Identity {
  object: number;
  pindex: number;
}

/** A program's address leads to a page that its map does not give there. */
export interface WrongMapping {
  va: number;
  /** What is mapped there; null: a page of no object */
  page: Identity | null;
  /** What the map has there: object and index of the entry; null: nothing */
  given: Identity | null;
  entered: Done;
  /** The last change of that map by another process; null: none was seen */
  changed: Done | null;
}

interface Entered {
  ptePa: number;
  done: Done;
}

const K = kernelConstants(
  'HW_RELEASED',
  'PG_MANAGED',
  'PG_V',
  'PTDPTDI',
  'MAP_ENTRY_IS_SUB_MAP',
  'PAGE_SIZE',
);
const STACK_DEPTH = 4;
const FRAME = ~4095;
/** Bytes of page tables of an address space, by the map in which they appear as memory. */
const MAP_BYTES = 1 << 22;
/** Entries of a map, and objects behind an entry, that are looked at. */
const FAR = 1000;

/**
 * Holds each page-table entry of a program that is stored to against the map of its address space: when the
 * process that stored it gives back the lock of the vm system, what is mapped must be a page of the map
 * entry's object, or of one behind it. An address space that no process has yet is not looked at.
 */
export class WrongMappings implements Stepper {
  readonly found: WrongMapping[] = [];
  /** What a context has stored since it took the lock */
  private readonly entered = new Map<number, Entered[]>();
  /** By map: its last changes, one a context, latest last */
  private readonly changes = new Map<number, Map<number, Done>>();
  private readonly known = new Set<string>();
  private readonly maps: readonly number[];
  private readonly window: number;
  private readonly mutex: number;
  private readonly giant: number;
  private readonly stores = new Map<number, 'entry' | 'version' | null>();
  private readonly k: ReturnType<typeof K>;

  constructor(private readonly system: System) {
    const { symbols } = system;
    this.k = K(system);
    this.maps = [symbols.constant('PTmap') >>> 0, symbols.constant('APTmap') >>> 0];
    this.window = system.get('PADDR1') >>> 12;
    this.mutex = symbols.address('vm_mtx') | 0;
    this.giant = symbols.address('Giant') | 0;
  }

  step({ site, address, bytes }: StepView): boolean {
    if (address >= 0 || bytes !== 0) return false;
    const at = address >>> 0;
    const inTables = at >>> 12 === this.window || this.maps.some((map) => at >= map && at - map < MAP_BYTES);
    if (inTables) {
      if (this.kindOf(site) !== null) this.stored(site, at);
    } else if (this.kindOf(site) === 'version') this.versioned(site, at);
    return false;
  }

  /** What a store is of, as far as it matters; null: it is none. */
  private kindOf(address: number): 'entry' | 'version' | null {
    let kind = this.stores.get(address);
    if (kind === undefined) {
      const site = this.system.symbols.site(address);
      if (site === undefined || (site.kind !== 'store' && site.kind !== 'rmw')) kind = null;
      else kind = site.struct === 'vm_map' && site.field === 'timestamp' ? 'version' : 'entry';
      this.stores.set(address, kind);
    }
    return kind;
  }

  private done(address: number): Done {
    const { machine, memory, symbols } = this.system;
    const { context } = machine.cpu;
    const { file, line, function: within } = symbols.site(address)!;
    const stack = [{ function: within.name, file, line }, ...runningStack(memory, STACK_DEPTH, WAIT_FILES)];
    return { ...whoAt(memory, context), ns: machine.now(), stack };
  }

  private stored(site: number, at: number): void {
    const { machine } = this.system;
    const ptePa = machine.mmu.inspect(at).pa;
    if (ptePa < 0) return;
    const { context } = machine.cpu;
    const list = this.entered.get(context) ?? [];
    this.entered.set(context, list);
    list.push({ ptePa, done: this.done(site) });
  }

  private versioned(site: number, at: number): void {
    const map = at - this.system.symbols.offset('vm_map', 'timestamp');
    const { context } = this.system.machine.cpu;
    const changes = this.changes.get(map) ?? new Map<number, Done>();
    this.changes.set(map, changes);
    changes.delete(context);
    changes.set(context, this.done(site));
  }

  /** To be told of locks that are given back. */
  happened(kind: number, object: number, context: number): void {
    if (kind !== this.k.HW_RELEASED || !this.isVmLock(object | 0)) return;
    const list = this.entered.get(context);
    if (list === undefined || list.length === 0) return;
    this.entered.set(context, []);
    for (const each of list) ifMapped(() => this.look(each, context));
  }

  /** Is it the lock of the vm system? The regime says which that is, once the kernel has begun to run. */
  private isVmLock(lock: number): boolean {
    if (lock !== this.mutex && lock !== this.giant) return false;
    const { memory, symbols } = this.system;
    const own = memory.field('regime_t', symbols.address('regime'), 'vm_mtx') !== 0;
    return lock === (own ? this.mutex : this.giant);
  }

  private look({ ptePa, done }: Entered, context: number): void {
    const { memory, machine } = this.system;
    const pte = machine.ram.i32[ptePa >>> 2]!;
    if ((pte & this.k.PG_V) === 0 || (pte & this.k.PG_MANAGED) === 0) return;
    const table = this.pageAt(ptePa);
    const pindex = memory.field('vm_page', table, 'pindex');
    if (pindex >= this.k.PTDPTDI) return;
    const vm = this.spaceOf(memory.field('vm_page', table, 'object'));
    if (vm === undefined) return;
    const va = ((pindex << 22) | ((ptePa & 4095) << 10)) >>> 0;
    const map = memory.address('vmspace', vm, 'vm_map');
    const page = this.identity(this.pageAt(pte & FRAME));
    const given = this.given(map, va);
    if (given === undefined || (given !== null && page !== null && this.leadsTo(given, page))) return;
    const key = done.stack.map(({ function: name, line }) => `${name}:${line}`).join();
    if (this.known.has(key)) return;
    this.known.add(key);
    const others = [...(this.changes.get(map) ?? [])].filter(([by]) => by !== context);
    const changed = others.at(-1)?.[1] ?? null;
    this.found.push({ va, page, given, entered: done, changed });
  }

  private pageAt(pa: number): number {
    const { system } = this;
    const { size } = system.symbols.struct('vm_page');
    return (system.get('vm_page_array') + ((pa >>> 12) - system.get('first_page')) * size) >>> 0;
  }

  private identity(m: number): Identity | null {
    const { memory } = this.system;
    const object = memory.field('vm_page', m, 'object') >>> 0;
    return object === 0 ? null : { object, pindex: memory.field('vm_page', m, 'pindex') };
  }

  /** The address space whose page tables are in that object; undefined: no process has it. */
  private spaceOf(tables: number): number | undefined {
    const { memory, symbols } = this.system;
    if (tables === 0) return undefined;
    for (const p of queue(memory, symbols.address('allproc'), 'proc', 'p_list')) {
      const vm = memory.field('proc', p, 'p_vmspace');
      if (vm === 0) continue;
      const pmap = memory.address('vmspace', vm, 'vm_pmap');
      if (memory.field('pmap', pmap, 'pm_pteobj') === tables) return vm;
    }
    return undefined;
  }

  /** What a map has at an address; undefined: that is not followed. */
  private given(map: number, va: number): Identity | null | undefined {
    const { memory } = this.system;
    const header = memory.address('vm_map', map, 'header');
    let entry = memory.field('vm_map_entry', header, 'next');
    for (let i = 0; i < FAR && entry !== header; i++) {
      const get = (field: string): number => memory.field('vm_map_entry', entry, field) >>> 0;
      if (va >= get('start') && va < get('end')) {
        if ((get('eflags') & this.k.MAP_ENTRY_IS_SUB_MAP) !== 0) return undefined;
        const offset = memory.u32(memory.address('vm_map_entry', entry, 'offset'));
        return { object: get('object'), pindex: (offset + va - get('start')) >>> 12 };
      }
      entry = get('next');
    }
    return null;
  }

  /** Is a page that of an object at an index, or of one behind it? */
  private leadsTo({ object: first, pindex: at }: Identity, { object: wanted, pindex }: Identity): boolean {
    const { memory } = this.system;
    let [object, index] = [first, at];
    for (let i = 0; i < FAR && object !== 0; i++) {
      if (object === wanted && index === pindex) return true;
      index += memory.u32(memory.address('vm_object', object, 'backing_object_offset')) >>> 12;
      object = memory.field('vm_object', object, 'backing_object') >>> 0;
    }
    return false;
  }
}

const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;
const at = ({ stack }: Done): string => `      in ${stack.map(placeText).join(', called from ')}`;

export function wrongMappingText({ va, page, given, entered, changed }: WrongMapping): string[] {
  const is = (what: Identity | null, none: string): string =>
    what === null
      ? none
      : what.object === 0
        ? 'new memory'
        : `page ${what.pindex} of object ${hex(what.object)}`;
  const before = changed === null ? 0 : (entered.ns - changed.ns) / 1000;
  return [
    `wrong translation: ${hex(va)} leads to ${is(page, 'a page of no object')}, and its map has ${is(given, 'nothing')} there`,
    `  ${whoText(entered)} entered it`,
    at(entered),
    ...(changed === null
      ? []
      : [`  ${whoText(changed)} had the map to change it ${before.toFixed(2)} us before`, at(changed)]),
  ];
}
