import { follow, linked, processes } from '@trap12/kernel';
import type { Memory } from '@trap12/target';

/** A structure of the kernel's. */
export interface Thing {
  struct: string;
  at: number;
}

/** Structures of the kernel by the words in them, and what hangs on the links between them. */
export class Things {
  private readonly words = new Map<number, Thing[]>();
  private readonly known = new Map<string, Thing>();
  /** What a word leads to: the elements of a list behind it, as things */
  private readonly links = new Map<number, Thing[]>();
  /** Links that are shown, too */
  private readonly shown = new Set<number>();

  constructor(private readonly memory: Memory) {
    const { symbols } = memory.target;
    const at = (name: string): number => symbols.address(name);
    const procs = [...this.list(at('allproc'), 'proc', 'p_list'), ...processes(memory)];
    this.list(at('zombproc'), 'proc', 'p_list');
    this.array('slpque', 'proc', 'p_slpq');
    this.array('runq', 'proc', 'p_procq');
    this.array('callwheel', 'callout', 'c_links');
    for (const p of procs) {
      this.list(memory.address('proc', p, 'p_sleeplocks'), 'lock_list_entry', 'll_next');
      const vm = memory.field('proc', p, 'p_vmspace');
      if (vm !== 0) this.map(memory.address('vmspace', vm, 'vm_map'));
    }
    this.elements('ithd', at('ithd_pool'), memory.global('ithd_count')).forEach((it) => {
      this.list(memory.address('ithd', it, 'it_handlers'), 'intrhand', 'ih_next');
    });
    this.elements('witness', at('w_data'), memory.global('w_count'));
    this.elements('pcpu', at('__globaldata'), memory.global('mp_ncpus')).forEach((pc) => {
      this.list(memory.address('pcpu', pc, 'spinlocks'), 'lock_list_entry', 'll_next');
    });
    this.list(at('all_locks'), 'lock_object', 'lo_list');
    this.list(at('kmemstatistics'), 'malloc_type', 'ks_next');
    this.list(at('zlist'), 'vm_zone', 'zent');
    for (const mp of this.list(at('mountlist'), 'mount', 'mnt_list'))
      this.list(memory.address('mount', mp, 'mnt_vnodelist'), 'vnode', 'v_mntvnodes');
    this.list(at('bswlist'), 'buf', 'b_freelist');
    for (const object of this.list(at('vm_object_list'), 'vm_object', 'object_list')) {
      const pages = this.list(memory.address('vm_object', object, 'memq'), 'vm_page', 'listq');
      for (const m of pages) this.list(memory.address('vm_page', m, 'md_pv_list'), 'pv_entry', 'pv_list');
      const backing = memory.address('vm_object', object, 'backing_object');
      this.list(backing, 'vm_object', 'backing_object');
      this.shown.add(backing);
    }
  }

  /** Is it nothing but a link? */
  isLink(word: number): boolean {
    return this.links.has(word >>> 0) && !this.shown.has(word >>> 0);
  }

  /** The structures that a word lies in. */
  of(word: number): readonly Thing[] {
    return this.words.get(word >>> 0) ?? [];
  }

  /** Of a link or the head of a list: the elements behind it. */
  behind(word: number): readonly Thing[] | undefined {
    return this.links.get(word >>> 0);
  }

  private thing(struct: string, at: number): Thing {
    const key = `${struct} ${at}`;
    let thing = this.known.get(key);
    if (thing !== undefined) return thing;
    thing = { struct, at };
    this.known.set(key, thing);
    const { size } = this.memory.target.symbols.struct(struct);
    for (let word = (at & ~3) >>> 0; word < at + size; word += 4) {
      const all = this.words.get(word >>> 0);
      if (all === undefined) this.words.set(word >>> 0, [thing]);
      else all.push(thing);
    }
    return thing;
  }

  private elements(struct: string, first: number, count: number): number[] {
    const { size } = this.memory.target.symbols.struct(struct);
    const all = Array.from({ length: count }, (_, i) => first + i * size);
    for (const at of all) this.thing(struct, at);
    return all;
  }

  private list(head: number, struct: string, link: string): number[] {
    const { memory } = this;
    const { elements } = follow(link, () => linked(memory, memory.u32(head), struct, link));
    return this.chain(head, elements, struct, link);
  }

  private chain(head: number, elements: number[], struct: string, link: string): number[] {
    const things = elements.map((at) => this.thing(struct, at));
    const words = [head, ...elements.map((at) => this.memory.address(struct, at, link))];
    for (const [i, word] of words.entries()) this.links.set(word >>> 0, things.slice(i));
    return elements;
  }

  private array(name: string, struct: string, link: string): void {
    const { address, size } = this.memory.target.symbols.symbol(name);
    for (let head = address >>> 0; head < (address >>> 0) + size; head += 8) this.list(head, struct, link);
  }

  private map(map: number): void {
    const { memory } = this;
    this.thing('vm_map', map);
    const header = memory.address('vm_map', map, 'header');
    const entries: number[] = [];
    const next = (at: number): number => memory.field('vm_map_entry', at, 'next');
    for (let at = next(header); at !== header; at = next(at)) entries.push(at);
    this.chain(memory.address('vm_map_entry', header, 'next'), entries, 'vm_map_entry', 'next');
  }
}
