import { kernelConstants } from '@trap12/target';
import { type ShowCommand, type ShowContext, ShowError, structArgument, walkList } from '../../host/show.js';
import { ptr, text } from '../kern/db_tools.js';

const K = kernelConstants('ZENTRY_FREE');

function zones(context: ShowContext): Generator<number> {
  const { memory } = context;
  return walkList(memory.global('zlist'), (z) => memory.u32(memory.address('vm_zone', z, 'zent')));
}

/** A line of `vmstat -z`, with the zone's address. */
function line(context: ShowContext, z: number): string {
  const { memory } = context;
  const get = (field: string): number => memory.field('vm_zone', z, field);
  const name = text(memory, get('zname'), 15);
  const used = get('ztotal') - get('zfreecnt');
  return `${`${name}:`.padEnd(16)}${String(get('zsize')).padStart(5)}, ${String(get('zmax')).padStart(6)}, ${String(used).padStart(6)}, ${String(get('zfreecnt')).padStart(6)}, ${String(get('znalloc')).padStart(8)}  ${ptr(z)}`;
}

/** Walks a zone's free list, checking what INVARIANTS promise of it. */
function checkZone(context: ShowContext, z: number): void {
  const { memory } = context;
  let count = 0;
  for (const item of walkList(memory.field('vm_zone', z, 'zitems'), (i) => memory.u32(i))) {
    count++;
    if (memory.u32(item + 4) !== K(memory).ZENTRY_FREE)
      context.print(
        `*** item ${ptr(item)} on the free list does not hold ZENTRY_FREE: ${ptr(memory.u32(item + 4))} ***`,
      );
  }
  context.print(`${count} items on the free list, zfreecnt=${memory.field('vm_zone', z, 'zfreecnt')}`);
}

export const showZones: ShowCommand = {
  name: 'zones',
  aliases: ['zone'],
  usage: '[address]',
  help: 'zones of the zone allocator; with an address, a check of the free list of that one',
  run(context) {
    const wanted = structArgument(context, 'vm_zone');
    context.print('ITEM            SIZE     LIMIT    USED    FREE  REQUESTS  ZONE');
    let found = false;
    for (const z of zones(context)) {
      if (wanted !== undefined && z !== wanted) continue;
      found = true;
      context.print(line(context, z));
      if (wanted !== undefined) checkZone(context, z);
    }
    if (wanted !== undefined && !found) throw new ShowError(`no zone at ${ptr(wanted)}`);
  },
};
