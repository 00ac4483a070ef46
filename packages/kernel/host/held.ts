import { kernelConstants, type Memory } from '@trap12/target';
import { queue } from './show.js';

const K = kernelConstants('NSWAPDEV', 'OBJT_VNODE');

/** Variables that count what is there. */
const COUNTERS = [
  'nprocs',
  'nfiles',
  'vm_object_count',
  'pv_entry_count',
  'amountpipekva',
  'memfs_pages',
  'numvnodes',
  'vm_swap_size',
  'nswapbad',
];
/** How many entries a list may have before it is taken for a ring. */
const MOST = 1000;

/**
 * What the kernel holds at the moment, by name: blocks of each type of malloc(9), swap, files, mappings ...
 * For finding leaks.
 */
export function heldByKernel(memory: Memory): Record<string, number> {
  const held: Record<string, number> = {};
  for (const name of COUNTERS) held[name] = memory.global(name);
  let type = memory.global('kmemstatistics');
  for (let n = 0; type !== 0 && n < MOST; n++) {
    const name = memory.string(memory.field('malloc_type', type, 'ks_shortdesc'), 32);
    held[`malloc ${name}`] = memory.field('malloc_type', type, 'ks_inuse');
    type = memory.field('malloc_type', type, 'ks_next');
  }
  const { symbols } = memory.target;
  const cnt = symbols.address('cnt');
  held.v_wire_count = memory.field('vmmeter', cnt, 'v_wire_count');
  for (let i = 0; i < K(memory).NSWAPDEV; i++) {
    const device = symbols.address('swdevt') + i * symbols.struct('swdevt_t').size;
    held[`swap ${i}`] = memory.field('swdevt_t', device, 'sw_used');
  }
  held['references of vnodes'] = 0;
  for (const mp of queue(memory, symbols.address('mountlist'), 'mount', 'mnt_list'))
    for (const vp of queue(memory, memory.address('mount', mp, 'mnt_vnodelist'), 'vnode', 'v_mntvnodes'))
      held['references of vnodes'] += memory.field('vnode', vp, 'v_usecount');
  held['wired pages of files'] = wiredPagesOfFiles(memory);
  held['bytes of exec_map'] = memory.field('vm_map', memory.global('exec_map'), 'size');
  return held;
}

/**
 * Pages of files that somebody has wired, and wired ones of nobody: what is left of a file whose page was not
 * unwired. While nobody executes a program or has locked its memory there are none.
 */
function wiredPagesOfFiles(memory: Memory): number {
  const { size } = memory.target.symbols.struct('vm_page');
  const base = memory.global('vm_page_array');
  let count = 0;
  for (let i = 0; i < memory.global('vm_page_array_size'); i++) {
    const m = base + i * size;
    if (memory.field('vm_page', m, 'wire_count') === 0) continue;
    const object = memory.field('vm_page', m, 'object');
    if (object === 0 || memory.field('vm_object', object, 'type') === K(memory).OBJT_VNODE) count++;
  }
  return count;
}
