import { kernelConstants, type Memory } from '@trap12/target';
import { complain, nameAt } from '../../host/rows.js';
import { reasonOf, type ShowCommand, type ShowContext, structAt } from '../../host/show.js';
import { place, ptr } from './db_tools.js';

const K = kernelConstants('LC_SPINLOCK', 'WITNESS_COUNT');

interface Kind {
  index: number;
  /** Address of its name */
  nameAt: number;
  spin: boolean;
  /** Why it is not known whether it is one of spin locks: it is then shown with the others */
  odd?: string;
  site: number;
  refs: number;
  /** Kinds that the tables of direct rules put behind it */
  children: number[];
}

/** Is a class of locks that of spin locks? */
function isSpin(memory: Memory, lc: number): Pick<Kind, 'spin' | 'odd'> {
  try {
    const flags = memory.field('lock_class', structAt(memory, lc, ['lock_class'], 'class'), 'lc_flags');
    return { spin: (flags & K(memory).LC_SPINLOCK) !== 0 };
  } catch (error) {
    return { spin: false, odd: `w_class: ${reasonOf(error)}` };
  }
}

/** The name of a kind for the row that is printed next. */
function nameOf(context: ShowContext, { nameAt: at, odd }: Kind): string {
  if (odd !== undefined) context.unsure(odd);
  return nameAt(context, 'w_name', at);
}

/** The kinds of locks and the rules between them, from memory; the rules that lead to none. */
function kinds(context: ShowContext): { list: Kind[]; lost: string[] } {
  const { memory } = context;
  const { symbols } = memory.target;
  const { WITNESS_COUNT } = K(memory);
  const size = symbols.struct('witness').size;
  const base = symbols.address('w_data');
  const count = Math.min(memory.global('w_count'), WITNESS_COUNT);
  const list: Kind[] = Array.from({ length: count }, (_, index) => {
    const get = (field: string): number => memory.field('witness', base + index * size, field);
    return {
      index,
      nameAt: get('w_name'),
      ...isSpin(memory, get('w_class')),
      site: get('w_site'),
      refs: get('w_refcount'),
      children: [],
    };
  });
  const edge = symbols.struct('witness_edge').size;
  const edges = symbols.address('w_edges');
  const most = symbols.symbol('w_edges').size / edge;
  const lost: string[] = [];
  for (let i = 0; i < Math.min(memory.global('w_edge_count'), most); i++) {
    const [before, after] = ['we_before', 'we_after'].map((field) => {
      const at = memory.field('witness_edge', edges + i * edge, field);
      const kind = list[(at - base) / size];
      if (kind === undefined) lost.push(`rule ${i}: ${field}: no kind of locks at ${ptr(at)}`);
      return kind;
    });
    if (after !== undefined) before?.children.push(after.index);
  }
  return { list, lost };
}

/** A kind and, indented, what comes after it; what was shown before is not repeated. */
function descend(context: ShowContext, list: Kind[], kind: Kind, level: number, shown: Set<number>): void {
  const { symbols } = context.memory.target;
  const pad = ' '.repeat(Math.min(level, 40));
  const last = kind.site === 0 ? 'never acquired' : `last acquired @ ${place(symbols, kind.site)}`;
  if (shown.has(kind.index)) {
    context.print(`${pad}${nameOf(context, kind)} -- (already displayed)`);
    return;
  }
  shown.add(kind.index);
  context.print(`${pad}${nameOf(context, kind)} -- ${last}`);
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
    const { list: all, lost } = kinds(context);
    tree(context, 'Sleep locks:', all, (k) => !k.spin && k.site !== 0);
    context.print('');
    tree(context, 'Spin locks:', all, (k) => k.spin && k.site !== 0);
    context.print('');
    context.print('Locks which were never acquired:');
    for (const kind of all) if (kind.site === 0) context.print(nameOf(context, kind));
    for (const odd of lost) complain(context, odd);
    const { memory } = context;
    context.print('');
    context.print(
      `${all.length} kinds, ${memory.global('w_edge_count')} rules, ${memory.global('witness_reversals')} reversals, ${memory.global('witness_sleeps')} sleeps with locks; watching: ${memory.global('witness_watch') === 0 ? 'no' : 'yes'}`,
    );
  },
};
