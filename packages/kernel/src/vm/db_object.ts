import { kernelConstants, kernelFlags, type Memory } from '@trap12/target';
import { complain, each, part } from '../../host/rows.js';
import {
  follow,
  type Followed,
  linked,
  mayBeOf,
  needStruct,
  queue,
  type ShowCommand,
  type ShowContext,
  structAt,
} from '../../host/show.js';
import { bits, nameOf, ptr } from '../kern/db_tools.js';

const TYPES = kernelFlags('OBJT_', 'DEFAULT', 'SWAP', 'VNODE', 'DEVICE', 'PHYS', 'DEAD');
const FLAGS = kernelFlags(
  'OBJ_',
  'ACTIVE',
  'DEAD',
  'NOSPLIT',
  'PIPWNT',
  'WRITEABLE',
  'MIGHTBEDIRTY',
  'CLEANING',
  'OPT',
  'ONEMAPPING',
);
const K = kernelConstants('OBJT_SWAP', 'PAGE_SIZE');
/** `memory:=` has so many pages on a line. */
const PAGES_A_LINE = 6;

function objectType(memory: Memory, type: number): string {
  return nameOf(type, TYPES(memory))?.toLowerCase() ?? `type ${type}`;
}

/** The two lines of 2001 for an object, and with `full` its pages. */
export function printObject(context: ShowContext, object: number, depth: number, full: boolean): void {
  const { memory } = context;
  const get = (field: string): number => memory.field('vm_object', object, field);
  const pad = ' '.repeat(depth * 2);
  context.print(
    `${pad}Object ${ptr(object)}: type=${get('type')}, size=${ptr(get('size'))}, res=${get('resident_page_count')}, ref=${get('ref_count')}, flags=${ptr(get('flags'))}`,
  );
  const backing = get('backing_object');
  const refs = part(context, 'backing_object', () =>
    backing === 0
      ? 0
      : memory.field('vm_object', structAt(memory, backing, ['vm_object'], 'object'), 'ref_count'),
  );
  context.print(
    `${pad} sref=${get('shadow_count')}, backing_object(${refs})=(${ptr(backing)})+${ptr(get('backing_object_offset'))}`,
  );
  if (full) printPages(context, object, pad);
}

/** The pages of an object. */
const pagesOf = ({ memory }: ShowContext, object: number): Followed =>
  follow(`memq of object ${ptr(object)}`, () =>
    queue(memory, memory.address('vm_object', object, 'memq'), 'vm_page', 'listq'),
  );

/** The resident pages: index in the object and physical address. */
function printPages(context: ShowContext, object: number, pad: string): void {
  const { memory } = context;
  let line = '';
  let count = 0;
  let total = 0;
  const pages = pagesOf(context, object);
  for (const m of pages.elements) {
    if (count === PAGES_A_LINE) {
      context.print(line);
      count = 0;
    }
    const page = `(off=${ptr(memory.field('vm_page', m, 'pindex'))},page=${ptr(memory.field('vm_page', m, 'phys_addr'))})`;
    if (count === 0) line = total === 0 ? `${pad}  memory:=${page}` : `${pad}   ...${page}`;
    else line += `,${page}`;
    count++;
    total++;
  }
  if (count !== 0) context.print(line);
  const said = memory.field('vm_object', object, 'resident_page_count');
  complain(context, pages.broken);
  if (pages.broken === undefined && total !== said)
    context.print(`${pad}  *** ${total} pages on memq, but resident_page_count=${said} ***`);
}

/** What the fields mean, for one object: words beside the numbers. */
function describe(context: ShowContext, object: number): string {
  const get = (field: string): number => context.memory.field('vm_object', object, field);
  const parts = [objectType(context.memory, get('type'))];
  const flags = bits(get('flags'), FLAGS(context.memory));
  if (flags !== '') parts.push(flags);
  if (get('paging_in_progress') !== 0) parts.push(`paging in progress ${get('paging_in_progress')}`);
  if (get('handle') !== 0) parts.push(`handle ${ptr(get('handle'))}`);
  if (get('type') === K(context.memory).OBJT_SWAP) parts.push(`${get('swp_bcount')} swap blocks`);
  return `  ${parts.join(', ')}`;
}

/** Is an object on the list of all of them? */
const mayBeAlive = (memory: Memory, object: number): boolean =>
  mayBeOf(
    () => queue(memory, memory.target.symbols.address('vm_object_list'), 'vm_object', 'object_list'),
    object,
  );

export const showObject: ShowCommand = {
  name: 'object',
  usage: '[/f] address',
  help: 'a vm object and the chain of objects that it shadows; /f with all resident pages',
  run(context) {
    const { memory } = context;
    const first = needStruct(context, 'vm_object', 'object');
    // One that was freed may be worth a look.
    if (!mayBeAlive(memory, first))
      context.print(`*** ${ptr(first)} is not on vm_object_list: no object, or a freed one ***`);
    let depth = 0;
    const chain = (): Iterable<number> => linked(memory, first, 'vm_object', 'backing_object');
    each(context, 'backing objects', chain, 'object', (object) => {
      printObject(context, object, depth, context.modifiers.includes('f'));
      context.print(`${'  '.repeat(depth)}${describe(context, object)}`);
      if (depth < 20) depth++;
    });
  },
};

export const showVmopag: ShowCommand = {
  name: 'vmopag',
  help: 'every vm object that has pages, with the runs of its resident pages',
  empty: 'no vm object has pages',
  run(context) {
    const { memory } = context;
    const head = memory.target.symbols.address('vm_object_list');
    const walk = (): Iterable<number> => queue(memory, head, 'vm_object', 'object_list');
    each(context, 'vm_object_list', walk, 'object', (object) => {
      if (memory.field('vm_object', object, 'resident_page_count') === 0) return;
      context.print(`new object: ${ptr(object)}`);
      const found = pagesOf(context, object);
      for (const run of pageRuns(context, found.elements)) context.print(run);
      complain(context, found.broken);
    });
  },
};

/** ` index(0x0)run(4)pa(0x123000)`: pages that follow each other in the object and in memory. */
function* pageRuns({ memory }: ShowContext, found: readonly number[]): Generator<string> {
  const { PAGE_SIZE } = K(memory);
  const pages = found.map((m) => ({
    index: memory.field('vm_page', m, 'pindex'),
    pa: memory.field('vm_page', m, 'phys_addr'),
  }));
  pages.sort((a, b) => a.index - b.index);
  for (let i = 0; i < pages.length; ) {
    const start = pages[i]!;
    let n = 1;
    while (pages[i + n]?.index === start.index + n && pages[i + n]?.pa === start.pa + n * PAGE_SIZE) n++;
    yield ` index(${start.index})run(${n})pa(${ptr(start.pa)})`;
    i += n;
  }
}
