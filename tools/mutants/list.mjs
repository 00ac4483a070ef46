/**
 * All mutants as records: { id, file, fn, from, to, wrong, equivalent, tests, loads }. `equivalent` is the
 * proof that the change is none, where there is one. `tests` are files of packages/kernel/test that are about
 * the part, `loads` those of tools/loads.mjs that are.
 */
import { createHash } from 'node:crypto';
import map from './map.mjs';
import page from './page.mjs';
import pmap from './pmap.mjs';
import proc from './proc.mjs';

export const MUTANTS = [...pmap, ...page, ...map, ...proc].flatMap(({ file, tests, loads = [], mutants }) =>
  mutants.map(([fn, from, to, wrong, equivalent]) => {
    const hash = createHash('sha256')
      .update(JSON.stringify([file, fn, from, to]))
      .digest('hex');
    return { id: hash.slice(0, 8), file, fn, from, to, wrong, equivalent, tests, loads };
  }),
);

/** The mutants in an order in which each beginning of the list is a fair sample of all: by their hashes. */
export const shuffled = () => [...MUTANTS].sort((a, b) => (a.id < b.id ? -1 : 1));
