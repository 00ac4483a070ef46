import { kernelConstants, kernelFlags, type Memory } from '@trap12/target';
import { complain, each, guarded, part } from '../../host/rows.js';
import {
  elementAt,
  follow,
  isKernelAddress,
  mapped,
  mayBeOf,
  queue,
  type ShowCommand,
  type ShowContext,
  ShowError,
  structArgument,
  structAt,
} from '../../host/show.js';
import { bits, ptr } from '../kern/db_tools.js';

const K = kernelConstants(
  'OBJT_DEVICE',
  'PAGE_SHIFT',
  'PQ_ACTIVE',
  'PQ_CACHE',
  'PQ_FREE',
  'PQ_HOLD',
  'PQ_INACTIVE',
  'PQ_L2_SIZE',
  'PQ_NONE',
);
const FLAGS = kernelFlags(
  'PG_',
  'BUSY',
  'WANTED',
  'WINATCFLS',
  'FICTITIOUS',
  'WRITEABLE',
  'MAPPED',
  'ZERO',
  'REFERENCED',
  'CLEANCHK',
  'SWAPINPROG',
  'NOSYNC',
  'UNMANAGED',
  'MARKER',
);

/** Name of a page queue. */
export function queueName(memory: Memory, q: number): string {
  const { PQ_ACTIVE, PQ_CACHE, PQ_FREE, PQ_HOLD, PQ_INACTIVE, PQ_L2_SIZE, PQ_NONE } = K(memory);
  if (q === PQ_NONE) return 'none';
  if (q >= PQ_FREE && q < PQ_FREE + PQ_L2_SIZE) return `free[${q - PQ_FREE}]`;
  if (q === PQ_INACTIVE) return 'inactive';
  if (q === PQ_ACTIVE) return 'active';
  if (q >= PQ_CACHE && q < PQ_CACHE + PQ_L2_SIZE) return `cache[${q - PQ_CACHE}]`;
  return q === PQ_HOLD ? 'hold' : `queue ${q}`;
}

/** struct vm_page of a physical address, undefined where the kernel has none. */
export function pageOf(context: ShowContext, pa: number): number | undefined {
  const { memory } = context;
  const index = (pa >>> K(memory).PAGE_SHIFT) - memory.global('first_page');
  if (index < 0 || index >= memory.global('vm_page_array_size')) return undefined;
  return (memory.global('vm_page_array') + index * memory.target.symbols.struct('vm_page').size) >>> 0;
}

/** Pages that are in no array: those of a device's frames, and the mark of the pageout daemon. */
function* lonePages(memory: Memory): Generator<number> {
  const { symbols } = memory.target;
  yield symbols.address('vm_pageout_marker');
  const { OBJT_DEVICE } = K(memory);
  for (const object of queue(memory, symbols.address('vm_object_list'), 'vm_object', 'object_list'))
    if (memory.field('vm_object', object, 'type') === OBJT_DEVICE)
      yield* queue(memory, memory.address('vm_object', object, 'un_pglist'), 'vm_page', 'pageq');
}

/**
 * A struct vm_page by its address: nearly all are the elements of an array.
 * @throws BadAddress, ShowError
 */
function pageAt({ memory }: ShowContext, address: number): number {
  const m = mapped(memory, address);
  const pages = {
    struct: 'vm_page',
    first: memory.global('vm_page_array'),
    count: memory.global('vm_page_array_size'),
    what: 'page',
  };
  return elementAt(memory, m, pages, () => mayBeOf(() => lonePages(memory), m));
}

/**
 * What is wrong with an element of the array: the kernel keeps one for each frame between the first and the
 * last of RAM, and sets up those that it may use.
 */
function unlikePage({ memory }: ShowContext, m: number): string | undefined {
  const [first, count] = [memory.global('vm_page_array'), memory.global('vm_page_array_size')];
  const index = (m - first) / memory.target.symbols.struct('vm_page').size;
  if (index < 0 || index >= count) return undefined;
  const pa = ((index + memory.global('first_page')) << K(memory).PAGE_SHIFT) >>> 0;
  const said = memory.field('vm_page', m, 'phys_addr') >>> 0;
  if (said === pa) return undefined;
  const whose = `${ptr(m)} is the place of the page of physical address ${ptr(pa)}`;
  return said === 0 ? `${whose}: no page is set up there` : `${whose}, but says ${ptr(said)}`;
}

/** One page, in one line. */
export function pageLine(context: ShowContext, m: number): string {
  const get = (field: string): number => context.memory.field('vm_page', m, field);
  const flags = bits(get('flags'), FLAGS(context.memory));
  return `page ${ptr(m)}: pa=${ptr(get('phys_addr'))}, object=${ptr(get('object'))}, pindex=${ptr(get('pindex'))}, queue=${queueName(context.memory, get('queue'))}, flags=${flags === '' ? '0' : flags}`;
}

function printPage(context: ShowContext, m: number): void {
  const { memory } = context;
  const get = (field: string): number => memory.field('vm_page', m, field);
  context.print(pageLine(context, m));
  context.print(
    ` wire=${get('wire_count')}, hold=${get('hold_count')}, act=${get('act_count')}, busy=${get('busy')}, valid=${ptr(get('valid'))}, dirty=${ptr(get('dirty'))}, colour=${get('pc')}, mappings=${get('md_pv_list_count')}`,
  );
  const walk = (): Iterable<number> =>
    queue(memory, memory.address('vm_page', m, 'md_pv_list'), 'pv_entry', 'pv_list');
  each(context, 'md_pv_list', walk, 'pv entry', (pv) =>
    context.print(
      ` pv ${ptr(pv)}: pmap=${ptr(memory.field('pv_entry', pv, 'pv_pmap'))}, va=${ptr(memory.field('pv_entry', pv, 'pv_va'))}`,
    ),
  );
}

const COUNTERS = [
  'v_free_count',
  'v_cache_count',
  'v_inactive_count',
  'v_active_count',
  'v_wire_count',
  'v_free_reserved',
  'v_free_min',
  'v_free_target',
  'v_cache_min',
  'v_inactive_target',
];

export const showPage: ShowCommand = {
  name: 'page',
  usage: '[address]',
  help: 'counts of pages; with the address of a vm_page, or a physical address, that page and its mappings',
  run(context) {
    const { memory } = context;
    const at = structArgument(context, 'vm_page');
    if (at !== undefined) {
      const m = isKernelAddress(memory, at) ? pageAt(context, at) : pageOf(context, at);
      if (m === undefined) throw new ShowError(`no page for physical address ${ptr(at)}`);
      guarded(context, `page ${ptr(m)}`, () => {
        complain(context, unlikePage(context, structAt(memory, m, ['vm_page'], 'page')));
        printPage(context, m);
      });
      return;
    }
    const cnt = memory.target.symbols.address('cnt');
    for (const name of COUNTERS) context.print(`cnt.${name}: ${memory.field('vmmeter', cnt, name)}`);
  },
};

/** Lengths of queues, as the kernel counts them. */
function lengths(context: ShowContext, first: number, count: number): number[] {
  const { memory } = context;
  const base = memory.target.symbols.address('vm_page_queues');
  const { size } = memory.target.symbols.struct('vpgqueues');
  return Array.from({ length: count }, (_, i) =>
    memory.field('vpgqueues', base + (first + i) * size, 'lcnt'),
  );
}

/**
 * Pages that are really on a queue, undefined if it cannot be followed; what is on it but says otherwise is
 * told.
 */
function walkQueue(context: ShowContext, q: number): number | undefined {
  const { memory } = context;
  const head =
    memory.target.symbols.address('vm_page_queues') + q * memory.target.symbols.struct('vpgqueues').size;
  const offset = memory.target.symbols.offset('vm_page', 'queue');
  const name = queueName(memory, q);
  const walk = (): Iterable<number> => queue(memory, head, 'vm_page', 'pageq');
  const { elements, broken } = each(context, `queue ${name}`, walk, 'page', (m) => {
    if (memory.u16(m + offset) !== q)
      context.print(
        `*** page ${ptr(m)} is on ${name} but says ${queueName(memory, memory.u16(m + offset))} ***`,
      );
  });
  return broken === undefined ? elements.length : undefined;
}

/** A sum, unknown if one of the parts is. */
const sum = (values: readonly (number | undefined)[]): number | undefined =>
  values.reduce<number | undefined>((a, b) => (a === undefined || b === undefined ? undefined : a + b), 0);

/** A count that may not be known, in columns. */
const numberOf = (n: number | undefined): string => String(n ?? '?').padStart(7);

/** What stands behind two counts that should be the same. */
const oddIf = (n: number | undefined, counted: number): string =>
  n === undefined || n === counted ? '' : '  *** differ ***';

/**
 * One line a kind of page: what is on the queues against what the kernel counts; then whether all pages are
 * accounted for.
 */
function account(context: ShowContext): void {
  const { memory } = context;
  const { PQ_ACTIVE, PQ_CACHE, PQ_FREE, PQ_HOLD, PQ_INACTIVE, PQ_L2_SIZE } = K(memory);
  const cnt = (name: string): number => memory.field('vmmeter', memory.target.symbols.address('cnt'), name);
  const walked = (first: number, n: number): number | undefined =>
    sum(Array.from({ length: n }, (_, i) => walkQueue(context, first + i)));
  const rows: [string, number | undefined, number][] = [
    ['free', walked(PQ_FREE, PQ_L2_SIZE), cnt('v_free_count')],
    ['cache', walked(PQ_CACHE, PQ_L2_SIZE), cnt('v_cache_count')],
    ['inactive', walked(PQ_INACTIVE, 1), cnt('v_inactive_count')],
    ['active', walked(PQ_ACTIVE, 1), cnt('v_active_count')],
  ];
  const hold = walked(PQ_HOLD, 1);
  for (const [name, queued, counted] of rows)
    context.print(`${name.padEnd(9)}${numberOf(queued)} queued, cnt ${counted}${oddIf(queued, counted)}`);
  let { wired, zones, loose }: OffQueues = {};
  part(context, 'pages on no queue', () => {
    ({ wired, zones, loose } = wiredPages(context));
    return '';
  });
  const row = (name: string, n: number | undefined, text: string): void =>
    context.print(`${name.padEnd(9)}${numberOf(n)} pages,  ${text}`);
  const still = sum([wired, zones]);
  row(
    'wired',
    still,
    `cnt ${cnt('v_wire_count')}, of them ${zones ?? '?'} in zones${oddIf(still, cnt('v_wire_count'))}`,
  );
  row('other', sum([hold, loose]), `held ${hold ?? '?'}, busy ${loose ?? '?'}`);
  const all = sum([hold, ...rows.map(([, queued]) => queued), wired, zones, loose]);
  const pages = cnt('v_page_count');
  row('all', all, `cnt ${pages}${oddIf(all, pages)}`);
}

/** Pages on no queue; what of it is not known is undefined. */
interface OffQueues {
  wired?: number;
  zones?: number | undefined;
  loose?: number | undefined;
}

/**
 * Objects of zones: their pages count as wired, although no page says so (ZONE_INTERRUPT). Undefined if the
 * list of zones cannot be followed.
 */
function zoneObjects(context: ShowContext): Set<number> | undefined {
  const { memory } = context;
  const { elements, broken } = follow('zlist', () =>
    queue(memory, memory.target.symbols.address('zlist'), 'vm_zone', 'zent'),
  );
  if (broken === undefined) return new Set(elements.map((z) => memory.field('vm_zone', z, 'zobj')));
  context.unsure(broken);
  return undefined;
}

/** Pages on no queue: wired ones, those of zones, and those on their way. */
function wiredPages(context: ShowContext): OffQueues {
  const { memory } = context;
  const { symbols } = memory;
  const { PAGE_SHIFT, PQ_NONE } = K(memory);
  const { size } = symbols.struct('vm_page');
  const base = structAt(memory, memory.global('vm_page_array'), ['vm_page'], 'array of pages');
  const count = Math.min(memory.global('vm_page_array_size'), memory.target.ramBytes >>> PAGE_SHIFT);
  const objects = zoneObjects(context);
  const queueAt = symbols.offset('vm_page', 'queue');
  const wireAt = symbols.offset('vm_page', 'wire_count');
  const physAt = symbols.offset('vm_page', 'phys_addr');
  const objectAt = symbols.offset('vm_page', 'object');
  const n = { wired: 0, zones: 0, loose: 0 };
  for (let i = 0; i < count; i++) {
    const m = base + i * size;
    if (memory.u16(m + queueAt) !== PQ_NONE || memory.u32(m + physAt) === 0) continue;
    if (memory.u16(m + wireAt) !== 0) n.wired++;
    else if (objects?.has(memory.u32(m + objectAt)) === true) n.zones++;
    else n.loose++;
  }
  return objects === undefined ? { wired: n.wired } : n;
}

export const showPageq: ShowCommand = {
  name: 'pageq',
  help: 'length of each page queue, and whether every page is accounted for',
  run(context) {
    const { PQ_ACTIVE, PQ_CACHE, PQ_FREE, PQ_INACTIVE, PQ_L2_SIZE } = K(context.memory);
    context.print(`PQ_FREE: ${lengths(context, PQ_FREE, PQ_L2_SIZE).join(' ')}`);
    context.print(`PQ_CACHE: ${lengths(context, PQ_CACHE, PQ_L2_SIZE).join(' ')}`);
    context.print(
      `PQ_ACTIVE: ${lengths(context, PQ_ACTIVE, 1)[0]}, PQ_INACTIVE: ${lengths(context, PQ_INACTIVE, 1)[0]}`,
    );
    account(context);
  },
};

export const showVmmeter: ShowCommand = {
  name: 'vmmeter',
  aliases: ['cnt'],
  help: 'the counters of the vm system (struct vmmeter cnt)',
  run(context) {
    const { memory } = context;
    const cnt = memory.target.symbols.address('cnt');
    for (const [name, field] of Object.entries(memory.target.symbols.struct('vmmeter').fields))
      context.print(
        `${String(memory.field('vmmeter', cnt, name)).padStart(10)} ${name.padEnd(22)} ${field.comment}`,
      );
  },
};
