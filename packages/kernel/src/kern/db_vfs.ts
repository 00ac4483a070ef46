import { kernelConstants, kernelFlags, type Memory } from '@trap12/target';
import { countOf, complain, each, nameAt, part } from '../../host/rows.js';
import {
  elementAt,
  follow,
  mayBeOf,
  needStruct,
  queue,
  type ShowCommand,
  type ShowContext,
  ShowError,
  structAt,
} from '../../host/show.js';
import { bits, nameOf, ptr, symbolic } from './db_tools.js';

const VTYPES = kernelConstants('VNON', 'VREG', 'VDIR', 'VBLK', 'VCHR', 'VLNK', 'VSOCK', 'VFIFO', 'VBAD');
const VFLAGS = kernelConstants(
  'VROOT',
  'VTEXT',
  'VSYSTEM',
  'VISTTY',
  'VXLOCK',
  'VOBJDIRTY',
  'VINACTQ',
  'VUNLINKED',
);
const MNT_FLAGS = kernelFlags('MNT_', 'RDONLY', 'ROOTFS');
const BFLAGS = kernelFlags(
  'B_',
  'ASYNC',
  'CACHE',
  'DIRTY',
  'DONE',
  'INVAL',
  'LOCKED',
  'MALLOC',
  'PHYS',
  'RAW',
  'RELBUF',
  'WANT',
  'PAGING',
  'CLUSTER',
);
const K = kernelConstants('BUF_NPAGES');
const BUFS_MAX = 1024;

function vnodeLine(context: ShowContext, vp: number): string {
  const { memory } = context;
  const get = (field: string): number => memory.field('vnode', vp, field);
  return `${ptr(vp)}: type ${nameOf(get('v_type'), VTYPES(memory)) ?? get('v_type')}, usecount ${get('v_usecount')}, writecount ${get('v_writecount')}, flags (${bits(get('v_flag'), VFLAGS(memory))}), object ${ptr(get('v_object'))}, op ${symbolic(memory.target.symbols, get('v_op'))}`;
}

/** The vnodes of all file systems. */
function* mountedVnodes(memory: Memory): Generator<number> {
  for (const mp of queue(memory, memory.target.symbols.address('mountlist'), 'mount', 'mnt_list'))
    yield* queue(memory, memory.address('mount', mp, 'mnt_vnodelist'), 'vnode', 'v_mntvnodes');
}

export const showVnode: ShowCommand = {
  name: 'vnode',
  usage: 'address',
  help: 'a vnode',
  run(context) {
    const { memory } = context;
    const vp = needStruct(context, 'vnode', 'vnode');
    const type = memory.field('vnode', vp, 'v_type');
    if (!mayBeOf(() => mountedVnodes(memory), vp))
      context.print(
        `*** ${ptr(vp)} is on no mount's list: no vnode, a freed one, or one of no file system ***`,
      );
    if (nameOf(type, VTYPES(memory)) === undefined)
      context.print(`*** ${ptr(vp)} has type ${type}, which no vnode has ***`);
    context.print(vnodeLine(context, vp));
    const get = (field: string): number => memory.field('vnode', vp, field);
    context.print(` mount ${ptr(get('v_mount'))}, data ${ptr(get('v_data'))}, id ${get('v_id')}`);
    const lock = memory.address('vnode', vp, 'v_lock');
    const excl = memory.field('lock', lock, 'lk_exclusivecount');
    const shared = memory.field('lock', lock, 'lk_sharecount');
    const state =
      excl !== 0
        ? `EXCL by pid ${memory.field('lock', lock, 'lk_lockholder')}`
        : shared !== 0
          ? `SHARED ${shared}`
          : 'UNLOCKED';
    context.print(` lock ${ptr(lock)}: ${state}`);
  },
};

export const showMount: ShowCommand = {
  name: 'mount',
  usage: '[/f]',
  help: 'mounted file systems; /f with their vnodes',
  empty: 'nothing is mounted',
  run(context) {
    const { memory } = context;
    const mounts = (): Iterable<number> =>
      queue(memory, memory.target.symbols.address('mountlist'), 'mount', 'mnt_list');
    each(context, 'mountlist', mounts, 'mount', (mp) => {
      const get = (field: string): number => memory.field('mount', mp, field);
      const vnodes = follow('mnt_vnodelist', () =>
        queue(memory, memory.address('mount', mp, 'mnt_vnodelist'), 'vnode', 'v_mntvnodes'),
      );
      const name = part(context, 'mnt_op', () => {
        const ops = structAt(memory, get('mnt_op'), ['vfsops'], 'vfsops');
        return nameAt(context, 'vfs_name', memory.field('vfsops', ops, 'vfs_name'));
      });
      context.print(
        `${ptr(mp)}: ${name}, dev ${ptr(get('mnt_dev'))}, flags (${bits(get('mnt_flag'), MNT_FLAGS(memory))}), ${countOf(vnodes)} vnodes`,
      );
      if (context.modifiers.includes('f'))
        for (const vp of vnodes.elements) context.print(` ${vnodeLine(context, vp)}`);
      complain(context, vnodes.broken);
    });
  },
};

function printBuf(context: ShowContext, bp: number): void {
  const get = (field: string): number => context.memory.field('buf', bp, field);
  context.print(
    `buf at ${ptr(bp)}: b_flags = <${bits(get('b_flags'), BFLAGS(context.memory))}>, b_iocmd = ${get('b_iocmd')}, b_error = ${get('b_error')}`,
  );
  context.print(
    ` b_bufsize = ${get('b_bufsize')}, b_bcount = ${get('b_bcount')}, b_resid = ${get('b_resid')}, b_dev = ${ptr(get('b_dev'))}, b_data = ${ptr(get('b_data'))}, b_blkno = ${get('b_blkno')}`,
  );
  const pages = context.memory.address('buf', bp, 'b_pages');
  const n = Math.min(get('b_npages'), K(context.memory).BUF_NPAGES);
  if (n > 0) {
    const list = Array.from({ length: n }, (_, i) => ptr(context.memory.u32(pages + 4 * i)));
    context.print(` b_npages = ${get('b_npages')}, pages: ${list.join(', ')}`);
  }
}

/** A struct buf by its address: they are the elements of an array. @throws ShowError */
function bufferAt({ memory }: ShowContext, bp: number): number {
  const [first, count] = [memory.global('swbuf'), memory.global('nswbuf')];
  return elementAt(memory, bp, { struct: 'buf', first, count, what: 'buffer' });
}

export const showBuf: ShowCommand = {
  name: 'buffer',
  aliases: ['buf'],
  usage: '[address]',
  help: 'a buffer; without an address, the physical buffers in use',
  run(context) {
    const { memory } = context;
    if (memory.global('swbuf') === 0) throw new ShowError('no physical buffers yet');
    if (context.args[0] !== undefined) {
      printBuf(context, bufferAt(context, needStruct(context, 'buf', 'buffer')));
      return;
    }
    const base = structAt(memory, memory.global('swbuf'), ['buf'], 'buffer');
    const list = follow('bswlist', () =>
      queue(memory, memory.target.symbols.address('bswlist'), 'buf', 'b_freelist'),
    );
    const free = new Set(list.elements);
    const { size } = memory.target.symbols.struct('buf');
    const count = Math.min(memory.global('nswbuf'), BUFS_MAX);
    if (list.broken !== undefined)
      complain(context, `${list.broken}; which of the others are in use is not known`);
    for (let i = 0; i < count && list.broken === undefined; i++) {
      const bp = base + i * size;
      if (!free.has(bp)) printBuf(context, bp);
    }
    context.print(`${count} physical buffers, ${countOf(list)} free`);
  },
};
