import { kernelConstants, type KernelStore, type Memory, type Past, type Written } from '@trap12/target';
import { currentProcess, processes, type ShowContext, walkList } from '../../host/show.js';
import { kernelFrame } from '../i386/db_pmap.js';
import { processName, ptr, text } from '../kern/db_tools.js';
import { pageLine, pageOf, queueName } from './db_page.js';

const K = kernelConstants(
  ...['KERNBASE', 'MAXALLOCSAVE', 'PAGE_SHIFT', 'PAGE_SIZE', 'PQ_FREE', 'PQ_L2_SIZE'],
  ...['UPAGES', 'VM_MAXUSER_ADDRESS', 'ZENTRY_FREE'],
);

/** What an address belongs to that somebody has allocated, and how that is seen in the past. */
interface Books {
  /** "a block of malloc(9)" */
  readonly kind: string;
  readonly base: number;
  readonly bytes: number;
  readonly free: boolean;
  /** More of it, a line each */
  readonly notes: readonly string[];
  /** The word that the allocator stores to when it takes and gives back */
  readonly word: number;
  readonly wordBytes: number;
  readonly takes: (store: KernelStore) => boolean;
  readonly gives: (store: KernelStore) => boolean;
}

/** What is known of an address. */
export interface Owned {
  readonly lines: readonly string[];
  /** What lies there was never allocated. */
  readonly lasting: boolean;
  readonly allocated: Written | undefined;
  readonly freed: Written | undefined;
}

/** A judge of the allocator's own stores: in these functions, to this field (none: to no struct's). */
const by =
  (functions: readonly string[], field: string) =>
  ({ site }: KernelStore): boolean =>
    functions.includes(site.function.name) && site.field === field;

/**
 * To whom an address belongs: an item of a zone, a block of malloc(9), a struct vm_page or the page that it
 * stands for. All of it is read from memory and from the stores of the past.
 * @throws BadAddress where nothing is mapped
 */
export function whoOwns(context: ShowContext, past: Past, address: number): Owned {
  const { memory } = context;
  const { symbols } = memory.target;
  memory.u8(address);
  const near = symbols.nearest(address);
  if (near !== undefined) {
    const what = near.symbol.kind === 'text' ? 'function' : 'variable';
    return owned([`${ptr(address)} lies in the kernel's ${what} ${near.symbol.name}, never allocated`]);
  }
  const books =
    pageBooks(context, address) ?? mallocBooks(memory, address) ?? zoneBooks(memory, past, address);
  if (books === undefined) return pageBehind(context, past, address);
  return { lasting: false, ...story(past, books), lines: described(books, address) };
}

const owned = (lines: readonly string[]): Owned => ({
  lines,
  lasting: true,
  allocated: undefined,
  freed: undefined,
});

function described({ kind, base, bytes, free, notes }: Books, address: number): string[] {
  const into = ((address >>> 0) - base) >>> 0;
  const where = into === 0 ? '' : `, ${ptr(into)} into it`;
  return [`${kind}, ${bytes} bytes at ${ptr(base)}${where}: ${free ? 'free' : 'in use'}`, ...notes];
}

/** Who took it last, and who gave it back last. */
function story(past: Past, { word, wordBytes, takes, gives }: Books): Pick<Owned, 'allocated' | 'freed'> {
  const last = (accepts: Books['takes']): Written | undefined =>
    past.write('last', { address: word, bytes: wordBytes, accepts });
  return { allocated: last(takes), freed: last(gives) };
}

/** A struct vm_page: it lasts, and stands for a page that is taken and given back. */
function pageBooks(context: ShowContext, address: number): Books | undefined {
  const { memory } = context;
  const { size, fields } = memory.symbols.struct('vm_page');
  const array = memory.global('vm_page_array') >>> 0;
  const index = Math.floor((address - array) / size);
  if (array === 0 || index < 0 || index >= memory.global('vm_page_array_size')) return undefined;
  const base = array + index * size;
  const { PQ_FREE, PQ_L2_SIZE } = K(memory);
  const queue = memory.field('vm_page', base, 'queue');
  return {
    kind: 'the vm_page of a page',
    ...{ base, bytes: size, free: queue >= PQ_FREE && queue < PQ_FREE + PQ_L2_SIZE },
    notes: [pageLine(context, base), `queue ${queueName(memory, queue)}`],
    ...{ word: base + fields.flags!.offset, wordBytes: 2 },
    takes: by(['vm_page_alloc'], 'flags'),
    gives: by(['vm_page_free_toq'], 'flags'),
  };
}

/** A block of malloc(9): of a bucket, or of whole pages. */
function mallocBooks(memory: Memory, address: number): Books | undefined {
  const [from, to] = [memory.global('kmembase') >>> 0, memory.global('kmemlimit') >>> 0];
  if (from === 0 || address < from || address >= to) return undefined;
  const { MAXALLOCSAVE, PAGE_SHIFT, PAGE_SIZE } = K(memory);
  const { size } = memory.symbols.struct('kmemusage_t');
  const use = (page: number): number => (memory.global('kmemusage') >>> 0) + page * size;
  const get = (page: number, field: string): number => memory.field('kmemusage_t', use(page), field);
  let page = (address - from) >>> PAGE_SHIFT;
  // The first page of a block has its record.
  while (page > 0 && get(page, 'ku_indx') === 0 && get(page, 'ku_freecnt') === 0) page--;
  const bytes = 2 ** get(page, 'ku_indx');
  const first = from + page * PAGE_SIZE;
  if (bytes > MAXALLOCSAVE) {
    const length = get(page, 'ku_freecnt') * PAGE_SIZE;
    if (address >= first + length) return undefined;
    return {
      kind: 'a large block of malloc(9)',
      ...{ base: first, bytes: length, free: false, notes: [], word: use(page), wordBytes: size },
      takes: by(['malloc_large'], 'ku_freecnt'),
      gives: by(['free'], 'ku_freecnt'),
    };
  }
  const base = first + Math.floor((address - first) / bytes) * bytes;
  if (bytes === 1 || address >= first + Math.max(bytes, PAGE_SIZE)) return undefined;
  const free = isFree(memory, base, get(page, 'ku_indx'));
  return {
    kind: 'a block of malloc(9)',
    ...{ base, bytes, free, notes: free ? [`last of type ${lastType(memory, base)}`] : [] },
    ...{ word: memory.address('freelist', base, 'fr_type'), wordBytes: 4 },
    takes: by(['malloc_check'], 'fr_type'),
    gives: by(['free'], 'fr_type'),
  };
}

function isFree(memory: Memory, block: number, bucket: number): boolean {
  const head = memory.symbols.address('kmembucket') + bucket * memory.symbols.struct('kmembuckets').size;
  const next = (at: number): number => memory.field('freelist', at, 'fr_next');
  for (const at of walkList(memory.field('kmembuckets', head, 'kb_next'), next))
    if (at === block) return true;
  return false;
}

function lastType(memory: Memory, block: number): string {
  const type = memory.field('freelist', block, 'fr_type');
  return type === 0 ? 'none' : text(memory, memory.field('malloc_type', type, 'ks_shortdesc'));
}

const TAKES_ITEM = ['zone_pop'];
const GIVES_ITEM = ['zfree', 'zfreei'];
/** Where items are put on the free list of their zone for the first time. */
const MAKES_ITEM = ['zone_thread', 'zbootinit'];
/** From a frame pointer to the first argument: all of these functions have the zone there. */
const FIRST_ARGUMENT = 8;
/** No zone has larger items; where one seems to, memory is broken. */
const ITEM_MAX = 1 << 16;
/** Of an item, the word behind its link says that it is free. */
const MARK = 4;

/**
 * An item of a zone. Which memory a zone has is in no list of the kernel's, but each item but the one that it
 * was grown for was marked as free once: by the mark that was stored last in reach of the address, and by the
 * zone that was about it.
 */
function zoneBooks(memory: Memory, past: Past, address: number): Books | undefined {
  const zones = [
    ...walkList(memory.global('zlist'), (z) => memory.u32(memory.address('vm_zone', z, 'zent'))),
  ];
  const sizes = zones.map((z) => memory.field('vm_zone', z, 'zsize')).filter((size) => size <= ITEM_MAX);
  const largest = Math.max(0, ...sizes);
  const from = Math.max(K(memory).KERNBASE >>> 0, address - largest + 1);
  let zone = 0;
  let base = 0;
  past.write('last', {
    ...{ address: from, bytes: address - from + MARK + 1 },
    accepts: (store) => {
      if (!marks(memory, store, [...TAKES_ITEM, ...GIVES_ITEM, ...MAKES_ITEM])) return false;
      const item = from + store.offset - MARK;
      const z = memory.u32(store.ebp + FIRST_ARGUMENT);
      if (!zones.includes(z) || address < item || address >= item + memory.field('vm_zone', z, 'zsize'))
        return false;
      [zone, base] = [z, item];
      return true;
    },
  });
  if (zone === 0) return undefined;
  const name = text(memory, memory.field('vm_zone', zone, 'zname'));
  return {
    kind: `an item of zone "${name}"`,
    ...{ base, bytes: memory.field('vm_zone', zone, 'zsize') },
    free: memory.u32(base + MARK) === K(memory).ZENTRY_FREE,
    ...{ notes: [], word: base + MARK, wordBytes: 4 },
    takes: (store) => marks(memory, store, TAKES_ITEM),
    gives: (store) => marks(memory, store, [...GIVES_ITEM, ...MAKES_ITEM]),
  };
}

/** Does a store of the allocator's mark an item as free, or as taken? */
function marks(memory: Memory, store: KernelStore, functions: readonly string[]): boolean {
  const { instruction, function: f } = store.site;
  const value = TAKES_ITEM.includes(f.name) ? '$0x0,' : `$${ptr(K(memory).ZENTRY_FREE)},`;
  return by(functions, '')(store) && instruction.includes(value);
}

/** Of what no allocator keeps books: the page that is mapped there. */
function pageBehind(context: ShowContext, past: Past, address: number): Owned {
  const { memory } = context;
  const { KERNBASE, PAGE_SIZE, UPAGES, VM_MAXUSER_ADDRESS } = K(memory);
  const pa = kernelFrame(memory, address);
  const m = pa === undefined ? undefined : pageOf(context, pa);
  const stack = [...processes(memory)].find((p) => {
    const from = memory.field('proc', p, 'p_addr') >>> 0;
    return from !== 0 && address >= from && address < from + UPAGES * PAGE_SIZE;
  });
  const where =
    stack !== undefined
      ? `the kernel stack of ${processName(memory, stack)}`
      : address < VM_MAXUSER_ADDRESS >>> 0
        ? `memory of ${processName(memory, currentProcess(context))}`
        : address >= KERNBASE >>> 0
          ? 'memory of the kernel'
          : "the kernel's view of page tables";
  const what = `${ptr(address)} lies in ${where}`;
  if (m === undefined) return owned([`${what}, in a page that is not allocated by the page`]);
  const books = pageBooks(context, m)!;
  return { lasting: false, ...story(past, books), lines: [`${what}, in the page`, ...books.notes] };
}
