import { kernelConstants, type Memory } from '@trap12/target';
import { queue } from './show.js';

const K = kernelConstants('NSWAPDEV');

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
  return held;
}
