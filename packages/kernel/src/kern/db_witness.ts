import { kernelConstants } from '@trap12/target';
import type { ShowCommand, ShowContext } from '../../host/show.js';
import { place, text } from './db_tools.js';

const K = kernelConstants('LC_SPINLOCK', 'WITNESS_COUNT');

interface Kind {
  index: number;
  name: string;
  spin: boolean;
  site: number;
  refs: number;
  /** Kinds that the tables of direct rules put behind it */
  children: number[];
}

/** The kinds of locks and the rules between them, from memory. */
function kinds(context: ShowContext): Kind[] {
  const { memory } = context;
  const { symbols } = memory.target;
  const { LC_SPINLOCK, WITNESS_COUNT } = K(memory);
  const size = symbols.struct('witness').size;
  const base = symbols.address('w_data');
  const count = Math.min(memory.global('w_count'), WITNESS_COUNT);
  const list: Kind[] = Array.from({ length: count }, (_, index) => {
    const get = (field: string): number => memory.field('witness', base + index * size, field);
    return {
      index,
      name: text(memory, get('w_name')),
      spin: (get('w_class.lc_flags') & LC_SPINLOCK) !== 0,
      site: get('w_site'),
      refs: get('w_refcount'),
      children: [],
    };
  });
  const edge = symbols.struct('witness_edge').size;
  const edges = symbols.address('w_edges');
  const most = symbols.symbol('w_edges').size / edge;
  for (let i = 0; i < Math.min(memory.global('w_edge_count'), most); i++) {
    const before = list[(memory.field('witness_edge', edges + i * edge, 'we_before') - base) / size];
    const after = (memory.field('witness_edge', edges + i * edge, 'we_after') - base) / size;
    if (list[after] !== undefined) before?.children.push(after);
  }
  return list;
}

/** A kind and, indented, what comes after it; what was shown before is not repeated. */
function descend(context: ShowContext, list: Kind[], kind: Kind, level: number, shown: Set<number>): void {
  const { symbols } = context.memory.target;
  const pad = ' '.repeat(Math.min(level, 40));
  const last = kind.site === 0 ? 'never acquired' : `last acquired @ ${place(symbols, kind.site)}`;
  if (shown.has(kind.index)) {
    context.print(`${pad}${kind.name} -- (already displayed)`);
    return;
  }
  shown.add(kind.index);
  context.print(`${pad}${kind.name} -- ${last}`);
  for (const child of kind.children) descend(context, list, list[child]!, level + 1, shown);
}

function tree(context: ShowContext, title: string, all: Kind[], pick: (k: Kind) => boolean): void {
  context.print(title);
  const isChild = new Set(all.flatMap((k) => k.children));
  const shown = new Set<number>();
  for (const kind of all) if (pick(kind) && !isChild.has(kind.index)) descend(context, all, kind, 0, shown);
  // A ring of rules has no start; witness refuses them, but memory may be corrupt.
  for (const kind of all) if (pick(kind) && !shown.has(kind.index)) descend(context, all, kind, 0, shown);
}

export const showWitness: ShowCommand = {
  name: 'witness',
  help: 'the order of locks that WITNESS has learnt',
  run(context) {
    const all = kinds(context);
    tree(context, 'Sleep locks:', all, (k) => !k.spin && k.site !== 0);
    context.print('');
    tree(context, 'Spin locks:', all, (k) => k.spin && k.site !== 0);
    context.print('');
    context.print('Locks which were never acquired:');
    for (const kind of all) if (kind.site === 0) context.print(kind.name);
    const { memory } = context;
    context.print('');
    context.print(
      `${all.length} kinds, ${memory.global('w_edge_count')} rules, ${memory.global('witness_reversals')} reversals, ${memory.global('witness_sleeps')} sleeps with locks; watching: ${memory.global('witness_watch') === 0 ? 'no' : 'yes'}`,
    );
  },
};
