import {
  follow,
  isKernelAddress,
  linked,
  PROCESS_LISTS,
  processList,
  queue,
  reasonOf,
  type ShowCommand,
  ShowError,
  structAt,
  walkList,
} from '../../host/show.js';
import { kernelConstants, type Memory } from '@trap12/target';
import { processName, ptr } from '../kern/db_tools.js';
import { queueName } from './db_page.js';

const K = kernelConstants(
  'MAP_ENTRY_IS_SUB_MAP',
  'NSWAPDEV',
  'OBJT_SWAP',
  'OBJT_VNODE',
  'PAGE_SIZE',
  'PG_BUSY',
  'PG_MANAGED',
  'PG_MARKER',
  'PG_V',
  'PQ_CACHE',
  'PQ_COUNT',
  'PQ_FREE',
  'PQ_L2_SIZE',
  'PTDPTDI',
  'SWAPBLK_NONE',
  'SWAP_META_PAGES',
  'ZENTRY_FREE',
);
/** More problems than so many are no help. */
const PROBLEMS_MAX = 100;

/**
 * Goes through the structures of the vm system and holds each count against what it counts. What is in the
 * middle of a fault, a pagein or a fork does not add up: it is for moments when nothing is under way. Each
 * check stands on its own: one that a wild pointer ends says so, and counts that it would have been part of
 * are not compared.
 */
class Walker {
  readonly problems: string[] = [];
  readonly seen = { pages: 0, mappings: 0, entries: 0, objects: 0, blocks: 0, items: 0 };
  /** Objects of zones: their pages stay busy for good */
  private readonly zoneObjects = new Set<number>();
  /** References to objects that were met: by map entries and by shadows */
  private readonly references = new Map<number, number>();
  /** Whether all of them were met */
  private metAll = true;

  private readonly k: ReturnType<typeof K>;

  constructor(private readonly memory: Memory) {
    this.k = K(memory);
  }

  private isFree(q: number): boolean {
    const { PQ_FREE, PQ_L2_SIZE } = this.k;
    return q >= PQ_FREE && q < PQ_FREE + PQ_L2_SIZE;
  }

  private isCache(q: number): boolean {
    const { PQ_CACHE, PQ_L2_SIZE } = this.k;
    return q >= PQ_CACHE && q < PQ_CACHE + PQ_L2_SIZE;
  }

  /** Walks everything. */
  run(): void {
    this.check('zones', () => this.zones());
    this.check('queues of pages', () => this.queues());
    this.check('pages', () => this.pages());
    for (const vm of this.addressSpaces()) {
      this.map(this.memory.address('vmspace', vm, 'vm_map'), `vmspace ${ptr(vm)}`);
      const pmap = this.memory.address('vmspace', vm, 'vm_pmap');
      this.check(`pmap ${ptr(pmap)}`, () => this.pmap(pmap));
    }
    this.map(this.memory.global('kernel_map'), 'kernel_map');
    this.check('objects', () => this.objects());
    this.check('swap', () => this.swap());
  }

  /** Makes a check; one that cannot be made to its end is a problem. @returns whether it was */
  private check(what: string, check: () => void): boolean {
    try {
      check();
      return true;
    } catch (error) {
      this.say(`${what}: ${reasonOf(error)}`);
      return false;
    }
  }

  /**
   * The elements of a list, each for itself.
   * @returns how many there are, undefined if the list breaks off
   */
  private each(
    list: string,
    walk: () => Iterable<number>,
    what: string,
    look: (at: number) => void,
  ): number | undefined {
    const { elements, broken } = follow(list, walk);
    for (const at of elements) this.check(`${what} ${ptr(at)}`, () => look(at));
    if (broken === undefined) return elements.length;
    this.say(broken);
    return undefined;
  }

  private say(text: string): void {
    if (this.problems.length < PROBLEMS_MAX) this.problems.push(text);
  }

  private same(what: string, counted: number | undefined, said: number): void {
    if (counted !== undefined && counted !== said) this.say(`${what}: ${counted}, but it says ${said}`);
  }

  // ---- pages
  // ---------------------------------------------------------------------------------------------------

  /** Each page of a queue says so, and the counters are the sums of the lengths. */
  private queues(): void {
    const { memory } = this;
    const { symbols } = memory.target;
    const sums = new Map<number, number | undefined>();
    for (let q = 1; q < this.k.PQ_COUNT; q++) {
      const head = symbols.address('vm_page_queues') + q * symbols.struct('vpgqueues').size;
      const name = queueName(memory, q);
      let markers = 0;
      const walk = (): Iterable<number> => queue(memory, head, 'vm_page', 'pageq');
      const all = this.each(`queue ${name}`, walk, 'page', (m) => {
        if ((memory.field('vm_page', m, 'flags') & this.k.PG_MARKER) !== 0) {
          markers++;
          return;
        }
        const own = memory.field('vm_page', m, 'queue');
        if (own !== q) this.say(`page ${ptr(m)} is on ${name} and says ${queueName(memory, own)}`);
      });
      const n = all === undefined ? undefined : all - markers;
      this.same(`pages of ${name}`, n, memory.field('vpgqueues', head, 'lcnt'));
      const counter = memory.field('vpgqueues', head, 'cntp');
      const before = sums.has(counter) ? sums.get(counter) : 0;
      sums.set(counter, before === undefined || n === undefined ? undefined : before + n);
    }
    for (const [counter, n] of sums)
      this.check(`counter ${ptr(counter)} of queues`, () =>
        this.same(`pages of the queues of ${ptr(counter)}`, n, memory.u32(counter)),
      );
  }

  private pages(): void {
    const { memory } = this;
    const base = structAt(memory, memory.global('vm_page_array'), ['vm_page'], 'array of pages');
    const { size } = memory.target.symbols.struct('vm_page');
    let states = 0;
    for (let i = 0; i < memory.global('vm_page_array_size'); i++) {
      const m = base + i * size;
      if (memory.field('vm_page', m, 'phys_addr') === 0) continue;
      this.seen.pages++;
      if (memory.field('vm_page', m, 'queue') !== 0) states++;
      this.page(m);
    }
    const cnt = memory.target.symbols.address('cnt');
    const wired = memory.field('vmmeter', cnt, 'v_wire_count');
    this.same('pages on queues or wired', states + wired, memory.field('vmmeter', cnt, 'v_page_count'));
  }

  /** What a page's state says that it must or must not have. */
  private page(m: number): void {
    const get = (field: string): number => this.memory.field('vm_page', m, field);
    const q = get('queue');
    const bad = (what: string): void => this.say(`page ${ptr(m)} (${queueName(this.memory, q)}) ${what}`);
    if (get('wire_count') !== 0 && q !== 0) bad(`is wired ${get('wire_count')} times and on a queue`);
    if (this.isFree(q) || this.isCache(q)) {
      if (get('dirty') !== 0) bad('is dirty');
      if (get('md_pv_list_count') !== 0) bad('is mapped');
      if (get('busy') !== 0 || (get('flags') & this.k.PG_BUSY) !== 0) bad('is busy');
    }
    if (this.isFree(q) !== (get('object') === 0) && q !== 0) bad(`has object ${ptr(get('object'))}`);
    if ((get('dirty') & ~get('valid')) !== 0) bad('is dirty where it is not valid');
    const walk = (): Iterable<number> =>
      queue(this.memory, this.memory.address('vm_page', m, 'md_pv_list'), 'pv_entry', 'pv_list');
    const n = this.each(`mappings of page ${ptr(m)}`, walk, `page ${ptr(m)}: pv entry`, (pv) =>
      this.mapping(m, pv),
    );
    this.same(`mappings of page ${ptr(m)}`, n, get('md_pv_list_count'));
  }

  /** A pv entry and the page-table entry that it stands for. */
  private mapping(m: number, pv: number): void {
    this.seen.mappings++;
    const pmap = this.memory.field('pv_entry', pv, 'pv_pmap');
    const va = this.memory.field('pv_entry', pv, 'pv_va');
    const pte = this.entryOf(structAt(this.memory, pmap, ['pmap', 'vmspace'], 'pmap'), va);
    const frame = this.memory.field('vm_page', m, 'phys_addr');
    if (pte === undefined || (pte & ~0xfff) >>> 0 !== frame || (pte & this.k.PG_MANAGED) === 0)
      this.say(
        `pv entry ${ptr(pv)} of page ${ptr(m)}: ${ptr(va)} of pmap ${ptr(pmap)} has ${ptr(pte ?? 0)}, not ${ptr(frame)}`,
      );
  }

  private physical(pa: number): number {
    const b = this.memory.target.readPhysical(pa >>> 0, 4);
    return b.length < 4 ? 0 : (b[0]! | (b[1]! << 8) | (b[2]! << 16) | (b[3]! << 24)) >>> 0;
  }

  private entryOf(pmap: number, va: number): number | undefined {
    const pde = this.memory.u32(this.memory.field('pmap', pmap, 'pm_pdir') + 4 * (va >>> 22));
    if ((pde & this.k.PG_V) === 0) return undefined;
    return this.physical((pde & ~0xfff) + 4 * ((va >>> 12) & 1023));
  }

  // ---- address spaces
  // --------------------------------------------------------------------------------------------

  /** Those of all processes, zombies included, once each; each has as many references as processes. */
  private addressSpaces(): Set<number> {
    const { memory } = this;
    const users = new Map<number, number>();
    let all = true;
    for (const list of PROCESS_LISTS) {
      const n = this.each(
        list,
        () => processList(memory, list),
        'process',
        (p) => {
          const vm = memory.field('proc', p, 'p_vmspace');
          if (vm === 0) return;
          users.set(vm, (users.get(vm) ?? 0) + 1);
          if (
            this.check(`p_vmspace of ${processName(memory, p)}`, () =>
              structAt(memory, vm, ['vmspace'], 'vmspace'),
            )
          )
            return;
          users.delete(vm);
          all = false;
        },
      );
      if (n === undefined) all = false;
    }
    if (!all) this.metAll = false;
    const proc0 = memory.field('proc', memory.target.symbols.address('proc0'), 'p_vmspace');
    for (const [vm, n] of users)
      if (vm !== proc0)
        this.same(
          `processes of vmspace ${ptr(vm)}`,
          all ? n : undefined,
          memory.field('vmspace', vm, 'vm_refcnt'),
        );
    return new Set(users.keys());
  }

  private map(map: number, name: string): void {
    const told = this.check(name, () =>
      this.entries(structAt(this.memory, map, ['vm_map', 'vmspace'], 'map'), name),
    );
    if (!told) this.metAll = false;
  }

  private entries(map: number, name: string): void {
    const { memory } = this;
    const get = (field: string): number => memory.field('vm_map', map, field);
    const header = memory.address('vm_map', map, 'header');
    const bad = (entry: number, what: string): void => this.say(`entry ${ptr(entry)} of ${name} ${what}`);
    const entries = new Set([header]);
    let [size, end, before] = [0, memory.field('vm_map_entry', header, 'start'), header];
    const next = (at: number): number => {
      const e = at === header ? at : structAt(memory, at, ['vm_map_entry'], 'entry');
      const to = memory.field('vm_map_entry', e, 'next');
      return to === header ? 0 : to;
    };
    const walk = (): Iterable<number> => walkList(next(header), next);
    const count = this.each(`entries of ${name}`, walk, `entry of ${name}`, (e) => {
      this.seen.entries++;
      const entry = (field: string): number => memory.field('vm_map_entry', e, field);
      entries.add(e);
      size += entry('end') - entry('start');
      if (entry('prev') !== before) bad(e, `has ${ptr(entry('prev'))} in front of it, not ${ptr(before)}`);
      if (entry('start') >= entry('end')) bad(e, 'is empty');
      if (entry('start') < end) bad(e, `begins at ${ptr(entry('start'))}, before ${ptr(end)}`);
      [end, before] = [entry('end'), e];
      if ((entry('eflags') & this.k.MAP_ENTRY_IS_SUB_MAP) !== 0)
        this.map(entry('object'), `submap ${ptr(entry('object'))}`);
      else if (entry('object') !== 0) this.refer(entry('object'));
    });
    if (count === undefined) {
      this.metAll = false;
      return;
    }
    this.same(`entries of ${name}`, count, get('nentries'));
    this.same(`bytes of ${name}`, size, get('size'));
    for (const field of ['hint', 'first_free'])
      if (!entries.has(get(field)))
        this.say(`${field} of ${name} is ${ptr(get(field))}, which is no entry of it`);
  }

  private refer(object: number): void {
    this.references.set(object, (this.references.get(object) ?? 0) + 1);
  }

  /** The page tables of a process: what they map is counted, page by page and in all. */
  private pmap(pmap: number): void {
    const { memory } = this;
    const pdir = memory.field('pmap', pmap, 'pm_pdir');
    // Without one it is being made, or gone.
    if (pdir === 0 || (isKernelAddress(memory, pdir) && memory.wordAt(pdir) === undefined)) return;
    const tables = this.tables(pmap);
    let [resident, managed] = [0, 0];
    for (let i = 0; i < this.k.PTDPTDI; i++) {
      const pde = memory.u32(pdir + 4 * i);
      if ((pde & this.k.PG_V) === 0) continue;
      const table = memory.target.readPhysical((pde & ~0xfff) >>> 0, this.k.PAGE_SIZE);
      let held = 0;
      for (let at = 0; at < this.k.PAGE_SIZE; at += 4) {
        if ((table[at]! & this.k.PG_V) === 0) continue;
        held++;
        if ((table[at + 1]! & (this.k.PG_MANAGED >>> 8)) !== 0) managed++;
      }
      resident += held + 1;
      const page = tables === undefined ? 0 : tables.get(i);
      if (page === undefined) this.say(`page table ${ptr(i)} of pmap ${ptr(pmap)} is no page of its object`);
      else if (page !== 0)
        this.same(
          `mappings in table ${ptr(i)} of pmap ${ptr(pmap)}`,
          held,
          memory.field('vm_page', page, 'hold_count'),
        );
    }
    this.same(`pages of pmap ${ptr(pmap)}`, resident, memory.field('pmap', pmap, 'pm_resident_count') | 0);
    const { elements, broken } = follow(`pm_pvlist of pmap ${ptr(pmap)}`, () =>
      queue(memory, memory.address('pmap', pmap, 'pm_pvlist'), 'pv_entry', 'pv_plist'),
    );
    if (broken === undefined) this.same(`managed mappings of pmap ${ptr(pmap)}`, managed, elements.length);
    else this.say(broken);
  }

  /** The pages that are page tables, by index; undefined if they cannot be found. */
  private tables(pmap: number): Map<number, number> | undefined {
    const { memory } = this;
    const { elements, broken } = follow(`page tables of pmap ${ptr(pmap)}`, () => {
      const object = structAt(memory, memory.field('pmap', pmap, 'pm_pteobj'), ['vm_object'], 'object');
      return queue(memory, memory.address('vm_object', object, 'memq'), 'vm_page', 'listq');
    });
    if (broken === undefined) return new Map(elements.map((m) => [memory.field('vm_page', m, 'pindex'), m]));
    this.say(broken);
    return undefined;
  }

  // ---- objects
  // ---------------------------------------------------------------------------------------------------

  private objects(): void {
    const { memory } = this;
    const list = memory.target.symbols.address('vm_object_list');
    const { elements, broken } = follow('vm_object_list', () =>
      queue(memory, list, 'vm_object', 'object_list'),
    );
    if (broken === undefined) this.same('objects', elements.length, memory.global('vm_object_count'));
    else {
      this.say(broken);
      this.metAll = false;
    }
    for (const object of elements) this.shadows(object);
    if (!this.metAll) this.say('references to objects are not compared: not all of them were met');
    for (const object of elements) this.check(`object ${ptr(object)}`, () => this.object(object));
  }

  /** The objects in front of one: each refers to it. */
  private shadows(object: number): void {
    const { memory } = this;
    const name = `shadows of object ${ptr(object)}`;
    const walk = (): Iterable<number> =>
      queue(memory, memory.address('vm_object', object, 'shadow_head'), 'vm_object', 'shadow_list');
    const n = this.each(name, walk, 'shadow', (shadow) => {
      this.refer(object);
      const backing = memory.field('vm_object', shadow, 'backing_object');
      if (backing !== object)
        this.say(`object ${ptr(shadow)} shadows ${ptr(backing)}, and is on the list of ${ptr(object)}`);
    });
    if (n === undefined) this.metAll = false;
    this.same(name, n, memory.field('vm_object', object, 'shadow_count'));
  }

  private object(object: number): void {
    const { memory } = this;
    const get = (field: string): number => memory.field('vm_object', object, field);
    this.seen.objects++;
    const name = `pages of object ${ptr(object)}`;
    const walk = (): Iterable<number> =>
      queue(memory, memory.address('vm_object', object, 'memq'), 'vm_page', 'listq');
    const n = this.each(name, walk, 'page', (m) => {
      const own = memory.field('vm_page', m, 'object');
      if (own !== object) this.say(`page ${ptr(m)} of object ${ptr(object)} says ${ptr(own)}`);
      const busy =
        memory.field('vm_page', m, 'busy') !== 0 ||
        (memory.field('vm_page', m, 'flags') & this.k.PG_BUSY) !== 0;
      if (busy && !this.zoneObjects.has(object)) this.say(`page ${ptr(m)} of object ${ptr(object)} is busy`);
    });
    this.same(name, n, get('resident_page_count'));
    if (get('paging_in_progress') !== 0) this.say(`object ${ptr(object)} has paging in progress`);
    /*
     * The kernel's own objects and those of page tables, stacks and files have one holder who is no map
     * entry.
     */
    if (!this.metAll) return;
    const known = this.references.get(object) ?? 0;
    const others = get('ref_count') - known;
    const most = get('type') === this.k.OBJT_VNODE || (known > 0 && !this.isKernels(object)) ? 0 : 1;
    if (others < 0 || others > most)
      this.say(
        `references to object ${ptr(object)}: ${known} of entries and shadows, but it says ${get('ref_count')}`,
      );
  }

  private isKernels(object: number): boolean {
    return ['kernel_object', 'kmem_object'].some((name) => this.memory.global(name) === object);
  }

  // ---- swap and zones
  // ----------------------------------------------------------------------------------------------

  /** Every block that is taken belongs to one page of one object, or could not be written. */
  private swap(): void {
    const { memory } = this;
    const hash = memory.global('swhash');
    if (hash !== 0) structAt(memory, hash, ['swblock'], 'table of swap metadata');
    const held = new Map<number, number>();
    const owned = new Map<number, number>();
    let all = true;
    for (let b = 0; hash !== 0 && b <= memory.global('swhash_mask'); b++) {
      const head = memory.u32(hash + 4 * b);
      const walk = (): Iterable<number> => linked(memory, head, 'swblock', 'swb_hnext');
      const n = this.each(`swhash[${b}]`, walk, 'swap metadata', (swb) => this.swblock(swb, held, owned));
      if (n === undefined) all = false;
    }
    for (const [object, n] of owned)
      this.check(`object ${ptr(object)} of swap metadata`, () =>
        this.same(
          `swap metadata of object ${ptr(object)}`,
          all ? n : undefined,
          memory.field('vm_object', object, 'swp_bcount'),
        ),
      );
    this.seen.blocks = held.size;
    const { symbols } = memory.target;
    let used = 0;
    for (let i = 0; i < this.k.NSWAPDEV; i++)
      used += memory.field(
        'swdevt_t',
        symbols.address('swdevt') + i * symbols.struct('swdevt_t').size,
        'sw_used',
      );
    const blocks = all ? held.size + memory.global('nswapbad') : undefined;
    this.same('blocks of objects, and bad ones', blocks, used);
  }

  private swblock(swb: number, held: Map<number, number>, owned: Map<number, number>): void {
    const { memory } = this;
    const object = memory.field('swblock', swb, 'swb_object');
    this.check(`object of swap metadata ${ptr(swb)}`, () => {
      const type = memory.field('vm_object', structAt(memory, object, ['vm_object'], 'object'), 'type');
      owned.set(object, (owned.get(object) ?? 0) + 1);
      if (type !== this.k.OBJT_SWAP)
        this.say(`object ${ptr(object)} has swap metadata ${ptr(swb)} and is no swap object`);
    });
    let n = 0;
    for (let i = 0; i < this.k.SWAP_META_PAGES; i++) {
      const block = memory.u32(memory.address('swblock', swb, 'swb_pages') + 4 * i);
      if (block === this.k.SWAPBLK_NONE >>> 0) continue;
      n++;
      const other = held.get(block);
      if (other !== undefined) this.say(`swap block ${block} is in ${ptr(other)} and in ${ptr(swb)}`);
      held.set(block, swb);
    }
    this.same(`blocks of swap metadata ${ptr(swb)}`, n, memory.field('swblock', swb, 'swb_count'));
  }

  /** Free items are marked as such, and as many as the zone says. */
  private zones(): void {
    const { memory } = this;
    const zones = (): Iterable<number> =>
      queue(memory, memory.target.symbols.address('zlist'), 'vm_zone', 'zent');
    this.each('zlist', zones, 'zone', (z) => {
      this.zoneObjects.add(memory.field('vm_zone', z, 'zobj'));
      let name = ptr(z);
      this.check(`name of zone ${name}`, () => {
        name = memory.string(memory.field('vm_zone', z, 'zname'), 20);
      });
      const items = (): Iterable<number> =>
        walkList(memory.field('vm_zone', z, 'zitems'), (at) => memory.u32(at));
      const n = this.each(`free items of zone ${name}`, items, `zone ${name}: item`, (item) => {
        if (memory.u32(item + 4) !== this.k.ZENTRY_FREE)
          this.say(`item ${ptr(item)} of zone ${name} is on its list and not free`);
      });
      this.seen.items += n ?? 0;
      this.same(`free items of zone ${name}`, n, memory.field('vm_zone', z, 'zfreecnt'));
    });
  }
}

/**
 * What does not add up in the vm system of a machine where nothing is under way: counts of pages, queues,
 * mappings, map entries, objects' pages, shadows and references, swap blocks, zones. Empty if all does.
 */
export function invariantProblems(memory: Memory): string[] {
  const walker = new Walker(memory);
  walker.run();
  return walker.problems;
}

export const showInvariants: ShowCommand = {
  name: 'invariants',
  help: 'holds the counts of the vm system against what they count; what is under way at the stop need not add up',
  run({ memory, print }) {
    if (memory.global('kernel_map') === 0) throw new ShowError('the vm system is not set up yet');
    const walker = new Walker(memory);
    walker.run();
    for (const problem of walker.problems) print(`*** ${problem} ***`);
    const { pages, mappings, entries, objects, blocks, items } = walker.seen;
    print(
      `${pages} pages, ${mappings} mappings, ${entries} map entries, ${objects} objects, ${blocks} swap blocks, ${items} free items of zones: ${walker.problems.length} problems`,
    );
  },
};
