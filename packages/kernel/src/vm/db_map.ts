import { kernelConstants, kernelFlags } from '@trap12/target';
import { each, guarded, part } from '../../host/rows.js';
import {
  currentProcess,
  mayBeOf,
  needStruct,
  processArgument,
  processes,
  type ShowCommand,
  type ShowContext,
  ShowError,
  structAt,
  walkList,
} from '../../host/show.js';
import { alt, bits, hex, nameOf, processName, ptr } from '../kern/db_tools.js';
import { printObject } from './db_object.js';

/** ZENTRY_FREE: what INVARIANTS write into word 1 of a free item of a zone. */
const K = kernelConstants('MAP_ENTRY_COW', 'MAP_ENTRY_IS_SUB_MAP', 'MAP_ENTRY_NEEDS_COPY', 'ZENTRY_FREE');
/** The flags that have no words of their own in the line of an entry. */
const EFLAGS = kernelFlags(
  'MAP_ENTRY_',
  'NOSYNC',
  'NOFAULT',
  'USER_WIRED',
  'STACK',
  'NOCOREDUMP',
  'BEHAV_SEQUENTIAL',
  'BEHAV_RANDOM',
);
const INHERITANCE = kernelFlags('VM_INHERIT_', 'SHARE', 'COPY', 'NONE');
/** Submaps lie in submaps of the kernel map at most so deep. */
const SUBMAP_DEPTH = 3;

/** One entry, over two lines as in 2001, then its object or submap unless the entry before had the same. */
function printEntry(context: ShowContext, entry: number, header: number, depth: number): void {
  const { memory } = context;
  const get = (field: string): number => memory.field('vm_map_entry', entry, field);
  const pad = ' '.repeat(depth * 2);
  const eflags = get('eflags');
  const { MAP_ENTRY_COW, MAP_ENTRY_IS_SUB_MAP, MAP_ENTRY_NEEDS_COPY, ZENTRY_FREE } = K(memory);
  const submap = (eflags & MAP_ENTRY_IS_SUB_MAP) !== 0;
  const object = get('object');
  context.print(`${pad}map entry ${ptr(entry)}: start=${ptr(get('start'))}, end=${ptr(get('end'))}`);
  if (get('next') === ZENTRY_FREE) {
    context.print(`${pad} *** the entry holds ZENTRY_FREE: it was returned to its zone ***`);
    return;
  }
  const inheritance =
    nameOf(get('inheritance'), INHERITANCE(memory))?.toLowerCase() ?? ptr(get('inheritance'));
  let line = `${pad} prot=${hex(get('protection'))}/${hex(get('max_protection'))}/${inheritance}`;
  if (get('wired_count') !== 0) line += ', wired';
  line += `, ${submap ? 'share' : 'object'}=${ptr(object)}, offset=${ptr(get('offset'))}`;
  if ((eflags & MAP_ENTRY_COW) !== 0)
    line += `, copy (${(eflags & MAP_ENTRY_NEEDS_COPY) !== 0 ? 'needed' : 'done'})`;
  const flags = bits(eflags & ~(MAP_ENTRY_IS_SUB_MAP | MAP_ENTRY_COW | MAP_ENTRY_NEEDS_COPY), EFLAGS(memory));
  const before = get('prev');
  const objectBefore = part(context, 'prev', () =>
    before === header
      ? ''
      : memory.field('vm_map_entry', structAt(memory, before, ['vm_map_entry'], 'entry'), 'object'),
  );
  context.print(flags === '' ? line : `${line}, flags=${flags}`);
  if (objectBefore === String(object) || object === 0) return;
  const what = `${submap ? 'submap' : 'object'} ${ptr(object)} of entry ${ptr(entry)}`;
  guarded(context, what, () => {
    if (submap) printMap(context, structAt(memory, object, ['vm_map'], 'map'), true, depth + 1);
    else printObject(context, structAt(memory, object, ['vm_object'], 'object'), depth + 1, false);
  });
}

/** A map, and with `full` its entries. */
export function printMap(context: ShowContext, map: number, full: boolean, depth = 0): void {
  const { memory } = context;
  const get = (field: string): number => memory.field('vm_map', map, field);
  const pad = ' '.repeat(depth * 2);
  context.print(
    `${pad}Task map ${ptr(map)}: pmap=${ptr(get('pmap'))}, nentries=${get('nentries')}, version=${get('timestamp')}`,
  );
  if (!full || depth >= SUBMAP_DEPTH) return;
  const header = memory.address('vm_map', map, 'header');
  const next = (at: number): number => {
    const entry = at === header ? at : structAt(memory, at, ['vm_map_entry'], 'entry');
    const to = memory.field('vm_map_entry', entry, 'next');
    return to === header ? 0 : to;
  };
  let bytes = 0;
  const walk = (): Iterable<number> => walkList(next(header), next);
  const { elements, broken } = each(context, `entries of map ${ptr(map)}`, walk, 'entry', (entry) => {
    bytes += memory.field('vm_map_entry', entry, 'end') - memory.field('vm_map_entry', entry, 'start');
    printEntry(context, entry, header, depth + 1);
  });
  if (broken !== undefined) return;
  const count = elements.length;
  if (count !== get('nentries'))
    context.print(`${pad} *** ${count} entries, but nentries=${get('nentries')} ***`);
  if (bytes >>> 0 !== get('size'))
    context.print(`${pad} *** entries cover ${alt(bytes)}, but size=${alt(get('size'))} ***`);
}

/** The maps in use: those that variables of the kernel point to, and those of its processes. */
function* maps({ memory }: ShowContext): Generator<number> {
  const { symbols } = memory.target;
  for (const { kind, name, type } of symbols.image.symbols)
    if (kind !== 'text' && symbols.isPointerTo(type, 'vm_map')) yield memory.global(name);
  for (const p of processes(memory)) {
    const vm = memory.field('proc', p, 'p_vmspace');
    if (vm !== 0) yield memory.address('vmspace', vm, 'vm_map');
  }
}

export const showMap: ShowCommand = {
  name: 'map',
  usage: 'address',
  help: 'an address map (struct vm_map) with its entries and their objects; `show map kernel_map`',
  run(context) {
    const map = needStruct(context, 'vm_map', 'map');
    if (!mayBeOf(() => maps(context), map))
      context.print(`*** ${ptr(map)} is the map of no process, and none of the kernel's own ***`);
    printMap(context, map, true);
  },
};

export const showProcvm: ShowCommand = {
  name: 'procvm',
  usage: '[pid | address]',
  help: 'address space of a process (of the current one): vmspace, map, pmap',
  run(context) {
    const { memory } = context;
    const p =
      context.args[0] === undefined ? currentProcess(context) : processArgument(context, context.args[0]);
    if (p === 0) throw new ShowError('no current process');
    const vm = memory.field('proc', p, 'p_vmspace');
    if (vm === 0) throw new ShowError(`${processName(memory, p)} has no address space`);
    const map = memory.address('vmspace', vm, 'vm_map');
    context.print(
      `p = ${ptr(p)}, vmspace = ${ptr(vm)}, map = ${ptr(map)}, pmap = ${ptr(memory.address('vmspace', vm, 'vm_pmap'))}`,
    );
    guarded(context, `vmspace ${ptr(vm)}`, () => {
      structAt(memory, vm, ['vmspace'], 'vmspace');
      printSpace(context, vm);
      printMap(context, map, true);
    });
  },
};

/** What a process has, before its map. */
function printSpace(context: ShowContext, vm: number): void {
  const get = (field: string): number => context.memory.field('vmspace', vm, field);
  context.print(
    `refs = ${get('vm_refcnt') | 0}, text = ${get('vm_tsize')} pages at ${ptr(get('vm_taddr'))}, data = ${get('vm_dsize')} at ${ptr(get('vm_daddr'))}, stack = ${get('vm_ssize')} at ${ptr(get('vm_maxsaddr'))}, swrss = ${get('vm_swrss')}`,
  );
}
