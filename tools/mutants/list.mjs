/**
 * All mutants as records: { id, file, fn, from, to, wrong, equivalent, tests, loads }. `equivalent` is the
 * proof that the change is none, where there is one. `tests` are files of packages/kernel/test that are about
 * the part, `loads` those of tools/loads.mjs that are.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import calls from './calls.mjs';
import locks from './locks.mjs';
import map from './map.mjs';
import mapLocks, { unlocked } from './map-locks.mjs';
import owed from './owed.mjs';
import page from './page.mjs';
import pmap from './pmap.mjs';
import proc from './proc.mjs';
import sleep from './sleep.mjs';
import spin, { outside } from './spin.mjs';

/** A mutant's name: from what its row says, so that it stays when the text around that changes. */
const idOf = (row) => createHash('sha256').update(JSON.stringify(row)).digest('hex').slice(0, 8);

const source = (file) => readFileSync(new URL(`../../packages/kernel/src/${file}`, import.meta.url), 'utf8');

/** Of a function's text: from the first of the pieces to the end of the last one, and that without any. */
function without(file, fn, pieces) {
  const text = source(file);
  const [head] = new RegExp(`^(export )?function\\*? ${fn}\\(`, 'm').exec(text) ?? [];
  if (head === undefined) throw new Error(`${file}: no function ${fn}`);
  const begin = text.indexOf(head);
  const body = text.slice(begin, text.indexOf('\n}\n', begin));
  for (const piece of pieces) if (!body.includes(piece)) throw new Error(`${file}: ${fn} has no ${piece}`);
  const first = Math.min(...pieces.map((piece) => body.indexOf(piece)));
  const last = Math.max(...pieces.map((piece) => body.lastIndexOf(piece) + piece.length));
  const from = body.slice(first, last);
  return { from, to: pieces.reduce((rest, piece) => rest.replaceAll(piece, ''), from) };
}

const UNLOCKED = [...locks, ...spin, ...unlocked].flatMap(({ file, tests, mutants }) =>
  mutants.map(([fn, pieces, wrong]) => {
    const id = idOf([file, fn, pieces, '']);
    return { id, file, fn, ...without(file, fn, pieces), wrong, equivalent: undefined, tests, loads: [] };
  }),
);

export const MUTANTS = [
  ...pmap,
  ...page,
  ...map,
  ...proc,
  ...calls,
  ...outside,
  ...sleep,
  ...mapLocks,
  ...owed,
]
  .flatMap(({ file, tests, loads = [], mutants }) =>
    mutants.map(([fn, from, to, wrong, equivalent]) => {
      const id = idOf([file, fn, from, to]);
      return { id, file, fn, from, to, wrong, equivalent, tests, loads };
    }),
  )
  .concat(UNLOCKED);

/** The mutants in an order in which each beginning of the list is a fair sample of all: by their hashes. */
export const shuffled = () => [...MUTANTS].sort((a, b) => (a.id < b.id ? -1 : 1));
