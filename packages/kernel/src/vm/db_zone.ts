import { kernelConstants } from '@trap12/target';
import { complain, countOf, each, nameAt } from '../../host/rows.js';
import {
  follow,
  queue,
  type ShowCommand,
  type ShowContext,
  ShowError,
  structArgument,
  walkList,
} from '../../host/show.js';
import { ptr } from '../kern/db_tools.js';

const K = kernelConstants('ZENTRY_FREE');

function zones(context: ShowContext): Generator<number> {
  const { memory } = context;
  return queue(memory, memory.target.symbols.address('zlist'), 'vm_zone', 'zent');
}

/** A line of `vmstat -z`, with the zone's address. */
function line(context: ShowContext, z: number): string {
  const { memory } = context;
  const get = (field: string): number => memory.field('vm_zone', z, field);
  const name = nameAt(context, 'zname', get('zname'), 15);
  const used = get('ztotal') - get('zfreecnt');
  return `${`${name}:`.padEnd(16)}${String(get('zsize')).padStart(5)}, ${String(get('zmax')).padStart(6)}, ${String(used).padStart(6)}, ${String(get('zfreecnt')).padStart(6)}, ${String(get('znalloc')).padStart(8)}  ${ptr(z)}`;
}

/** Walks a zone's free list, checking what INVARIANTS promise of it. */
function checkZone(context: ShowContext, z: number): void {
  const { memory } = context;
  const walk = (): Iterable<number> => walkList(memory.field('vm_zone', z, 'zitems'), (i) => memory.u32(i));
  const items = each(context, 'free list', walk, 'item', (item) => {
    if (memory.u32(item + 4) !== K(memory).ZENTRY_FREE)
      context.print(
        `*** item ${ptr(item)} on the free list does not hold ZENTRY_FREE: ${ptr(memory.u32(item + 4))} ***`,
      );
  });
  context.print(
    `${countOf(items)} items on the free list, zfreecnt=${memory.field('vm_zone', z, 'zfreecnt')}`,
  );
}

export const showZones: ShowCommand = {
  name: 'zones',
  aliases: ['zone'],
  usage: '[address]',
  help: 'zones of the zone allocator; with an address, a check of the free list of that one',
  run(context) {
    const wanted = structArgument(context, 'vm_zone');
    context.print('ITEM            SIZE     LIMIT    USED    FREE  REQUESTS  ZONE');
    if (wanted === undefined) {
      each(
        context,
        'zlist',
        () => zones(context),
        'zone',
        (z) => context.print(line(context, z)),
      );
      return;
    }
    const { elements, broken } = follow('zlist', () => zones(context));
    if (elements.includes(wanted)) {
      context.print(line(context, wanted));
      checkZone(context, wanted);
      return;
    }
    complain(context, broken);
    throw new ShowError(`no zone at ${ptr(wanted)}`);
  },
};
