import { kernelConstants } from '@trap12/target';
import { counted, each, guarded } from '../../host/rows.js';
import { linked, type ShowCommand, type ShowContext, ShowError, structAt } from '../../host/show.js';
import { hex, ptr } from '../kern/db_tools.js';

const K = kernelConstants(
  'BLIST_BMAP_RADIX',
  'BLIST_META_RADIX',
  'BLIST_TERMINATOR',
  'NSWAPDEV',
  'SWAPBLK_NONE',
  'SWAP_META_PAGES',
);
/** Nodes that a bitmap has at most: more means that its numbers are corrupt. */
const NODES_MAX = 1 << 18;

/** A tree of the bitmap as it is in memory: runs of free blocks, and what disagrees. */
class BitmapWalk {
  readonly runs: [from: number, count: number][] = [];
  readonly odd: string[] = [];
  private nodes = 0;
  private readonly k: ReturnType<typeof K>;

  constructor(
    private readonly context: ShowContext,
    private readonly root: number,
  ) {
    this.k = K(context.memory);
  }

  /** @returns free blocks below the node with index `at` */
  subtree(at: number, block: number, radix: number, skip: number): number {
    if (++this.nodes > NODES_MAX) throw new ShowError('*** the bitmap has more nodes than it can have ***');
    const node = this.root + at * 8;
    const { memory } = this.context;
    const { BLIST_BMAP_RADIX, BLIST_META_RADIX, BLIST_TERMINATOR } = this.k;
    const u = memory.u32(node);
    if (radix <= BLIST_BMAP_RADIX) return this.leaf(u, block);
    const sub = Math.floor(radix / BLIST_META_RADIX);
    const step = Math.floor(skip / BLIST_META_RADIX);
    if (step === 0) return 0;
    let free = 0;
    for (let i = 1, from = block; i <= skip; i += step, from += sub) {
      if (memory.i32(this.root + (at + i) * 8 + 4) === BLIST_TERMINATOR) break;
      free += this.subtree(at + i, from, sub, step - 1);
    }
    if (free !== u) this.odd.push(`node at block ${block} counts ${u} free, its leaves have ${free}`);
    return free;
  }

  private leaf(bits: number, block: number): number {
    let free = 0;
    for (let i = 0; i < this.k.BLIST_BMAP_RADIX; i++) {
      if ((bits & (1 << i)) === 0) continue;
      free++;
      const last = this.runs[this.runs.length - 1];
      if (last !== undefined && last[0] + last[1] === block + i) last[1]++;
      else this.runs.push([block + i, 1]);
    }
    return free;
  }
}

function printDevices(context: ShowContext): void {
  const { memory } = context;
  const { size } = memory.target.symbols.struct('swdevt_t');
  const base = memory.target.symbols.address('swdevt');
  context.print('Device      Dev     Pages     Used    Avail  Flags');
  for (let i = 0; i < K(memory).NSWAPDEV; i++) {
    const get = (field: string): number => memory.field('swdevt_t', base + i * size, field);
    if (get('sw_vp') === 0) continue;
    context.print(
      `swdevt[${i}]  ${ptr(get('sw_dev')).padStart(7)} ${String(get('sw_nblks')).padStart(8)} ${String(get('sw_used')).padStart(8)} ${String(get('sw_nblks') - get('sw_used')).padStart(8)}  ${hex(get('sw_flags'))}`,
    );
  }
}

/** Buckets of the hash of swap metadata at most: more means that its mask is corrupt. */
const BUCKETS_MAX = 1 << 16;

/**
 * Blocks of swap that objects say they have, held against what is allocated: nothing lost, nothing free,
 * nothing twice.
 */
function objectBlocks(context: ShowContext, runs: readonly [from: number, count: number][]): void {
  const { memory } = context;
  const { SWAPBLK_NONE, SWAP_META_PAGES } = K(memory);
  let hash = memory.global('swhash');
  const there =
    hash === 0 ||
    guarded(context, `swhash ${ptr(hash)}`, () => {
      structAt(memory, hash, ['swblock'], 'table');
    });
  if (!there) hash = 0;
  const buckets = hash === 0 ? 0 : Math.min((memory.global('swhash_mask') >>> 0) + 1, BUCKETS_MAX);
  const free = new Set<number>();
  for (const [from, n] of runs) for (let i = 0; i < n; i++) free.add(from + i);
  const held = new Set<number>();
  let count = 0;
  let whole = there;
  for (let b = 0; b < buckets; b++) {
    const walk = (): Iterable<number> => linked(memory, memory.u32(hash + 4 * b), 'swblock', 'swb_hnext');
    const { broken } = each(context, `swhash[${b}]`, walk, 'swblock', (swb) => {
      const pages = memory.address('swblock', swb, 'swb_pages');
      for (let i = 0; i < SWAP_META_PAGES; i++) {
        const block = memory.i32(pages + 4 * i);
        if (block === SWAPBLK_NONE) continue;
        count++;
        if (free.has(block)) context.print(`*** block ${block} of ${ptr(swb)} is free ***`);
        if (held.has(block)) context.print(`*** block ${block} of ${ptr(swb)} is another's, too ***`);
        held.add(block);
      }
    });
    if (broken !== undefined) whole = false;
  }
  context.print(`objects hold ${counted(count, whole)} blocks`);
  const { size } = memory.target.symbols.struct('swdevt_t');
  const devices = memory.target.symbols.address('swdevt');
  let used = 0;
  for (let i = 0; i < K(memory).NSWAPDEV; i++)
    used += memory.field('swdevt_t', devices + i * size, 'sw_used') | 0;
  const bad = memory.global('nswapbad');
  if (bad !== 0) context.print(`${bad} blocks could not be written and are out of use`);
  if (whole && used !== count + bad) context.print(`*** ${used} blocks are allocated ***`);
}

/** The bitmap of the blocks, checked: its runs of free ones, as far as it can be read. */
function freeRuns(context: ShowContext, blist: number): readonly [from: number, count: number][] {
  const { memory } = context;
  const get = (field: string): number => memory.field('blist', blist, field);
  let runs: readonly [from: number, count: number][] = [];
  guarded(context, `bitmap ${ptr(blist)}`, () => {
    structAt(memory, blist, ['blist'], 'bitmap');
    context.print(
      `blist ${ptr(blist)}: blocks=${get('bl_blocks')}, free=${get('bl_free')}, radix=${get('bl_radix')}, skip=${get('bl_skip')}, nodes=${get('bl_rootblks')}`,
    );
    const walk = new BitmapWalk(context, get('bl_root'));
    const free = walk.subtree(0, 0, get('bl_radix'), get('bl_skip'));
    const longest = walk.runs.reduce((n, run) => Math.max(n, run[1]), 0);
    context.print(`${free} blocks free in ${walk.runs.length} runs, the longest ${longest}`);
    if (free !== get('bl_free')) context.print(`*** bl_free is ${get('bl_free')} ***`);
    for (const text of walk.odd) context.print(`*** ${text} ***`);
    runs = walk.runs;
  });
  return runs;
}

export const showSwap: ShowCommand = {
  name: 'swap',
  usage: '[/f]',
  help: 'swap devices, the bitmap of their blocks, the blocks that objects hold, checked; /f with the runs of free blocks',
  run(context) {
    const { memory } = context;
    printDevices(context);
    const blist = memory.global('swapblist');
    context.print(
      `vm_swap_size=${memory.global('vm_swap_size') | 0}, full=${memory.global('swap_pager_full')}, almost_full=${memory.global('swap_pager_almost_full')}`,
    );
    if (blist === 0) {
      context.print('no bitmap: no swap device has been added');
      return;
    }
    const runs = freeRuns(context, blist);
    objectBlocks(context, runs);
    if (context.modifiers.includes('f'))
      for (const [from, n] of runs) context.print(` ${from}-${from + n - 1} (${n})`);
  },
};
