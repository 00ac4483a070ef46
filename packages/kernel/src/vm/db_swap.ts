import { type ShowCommand, type ShowContext, ShowError } from '../../host/show.js';
import { hex, ptr } from '../kern/db_tools.js';

const NSWAPDEV = 4;
const BMAP_RADIX = 32;
const META_RADIX = 16;
const TERMINATOR = 0xffffffff;
/** Nodes that a bitmap has at most: more means that its numbers are corrupt. */
const NODES_MAX = 1 << 18;

/** A tree of the bitmap as it is in memory: runs of free blocks, and what disagrees. */
class BitmapWalk {
  readonly runs: [from: number, count: number][] = [];
  readonly odd: string[] = [];
  private nodes = 0;

  constructor(
    private readonly context: ShowContext,
    private readonly root: number,
  ) {}

  /** @returns free blocks below the node with index `at` */
  subtree(at: number, block: number, radix: number, skip: number): number {
    if (++this.nodes > NODES_MAX) throw new ShowError('*** the bitmap has more nodes than it can have ***');
    const node = this.root + at * 8;
    const u = this.context.memory.u32(node);
    if (radix <= BMAP_RADIX) return this.leaf(u, block);
    const sub = Math.floor(radix / META_RADIX);
    const step = Math.floor(skip / META_RADIX);
    if (step === 0) return 0;
    let free = 0;
    for (let i = 1, from = block; i <= skip; i += step, from += sub) {
      if (this.context.memory.u32(this.root + (at + i) * 8 + 4) === TERMINATOR) break;
      free += this.subtree(at + i, from, sub, step - 1);
    }
    if (free !== u) this.odd.push(`node at block ${block} counts ${u} free, its leaves have ${free}`);
    return free;
  }

  private leaf(bits: number, block: number): number {
    let free = 0;
    for (let i = 0; i < BMAP_RADIX; i++) {
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
  for (let i = 0; i < NSWAPDEV; i++) {
    const get = (field: string): number => memory.field('swdevt_t', base + i * size, field);
    if (get('sw_vp') === 0) continue;
    context.print(
      `swdevt[${i}]  ${ptr(get('sw_dev')).padStart(7)} ${String(get('sw_nblks')).padStart(8)} ${String(get('sw_used')).padStart(8)} ${String(get('sw_nblks') - get('sw_used')).padStart(8)}  ${hex(get('sw_flags'))}`,
    );
  }
}

export const showSwap: ShowCommand = {
  name: 'swap',
  usage: '[/f]',
  help: 'swap devices and the bitmap of their blocks, checked; /f with the runs of free blocks',
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
    const get = (field: string): number => memory.field('blist', blist, field);
    context.print(
      `blist ${ptr(blist)}: blocks=${get('bl_blocks')}, free=${get('bl_free')}, radix=${get('bl_radix')}, skip=${get('bl_skip')}, nodes=${get('bl_rootblks')}`,
    );
    const walk = new BitmapWalk(context, get('bl_root'));
    const free = walk.subtree(0, 0, get('bl_radix'), get('bl_skip'));
    const longest = walk.runs.reduce((n, run) => Math.max(n, run[1]), 0);
    context.print(`${free} blocks free in ${walk.runs.length} runs, the longest ${longest}`);
    if (free !== get('bl_free')) context.print(`*** bl_free is ${get('bl_free')} ***`);
    for (const text of walk.odd) context.print(`*** ${text} ***`);
    if (context.modifiers.includes('f'))
      for (const [from, n] of walk.runs) context.print(` ${from}-${from + n - 1} (${n})`);
  },
};
