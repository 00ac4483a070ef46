import type { Libc, Program, User } from '../libc.js';
import { allocate, checkPages, type Findings, fillPages, pagesOperand, PAGE, scattered } from './pattern.js';

const USAGE = 'memcheck [-r] size [seed]';

function hex(word: number): string {
  return `0x${(word >>> 0).toString(16).padStart(8, '0')}`;
}

function* scatteredCheck(c: Libc, at: number, pages: number, seed: number, findings: Findings): User {
  for (const page of scattered(pages, seed)) {
    yield* checkPages(c, (at + page * PAGE) | 0, 1, seed, findings);
  }
}

/**
 * memcheck [-r] SIZE [seed]: fills SIZE bytes with a pattern made of address and seed, reads them back and compares every
 * byte. SIZE may exceed the machine's memory: then it is paging and the swap space that are checked. With -r it reads a second
 * time, in an order that jumps about. Exit status 0 if all bytes were right, 1 otherwise.
 */
export const memcheck: Program = function* (c) {
  const again = c.argv[1] === '-r';
  const args = c.argv.slice(again ? 2 : 1);
  if (args.length < 1 || args.length > 2) return yield* c.usage(USAGE);
  const pages = yield* pagesOperand(c, args[0], USAGE);
  const seed = args[1] === undefined ? 1 : Number(args[1]);
  if (!Number.isInteger(seed)) return yield* c.fail(`${args[1]}: illegal seed`);
  const at = yield* allocate(c, pages);
  const findings: Findings = { bytes: 0, errors: 0, first: [] };
  yield* fillPages(c, at, pages, seed);
  yield* checkPages(c, at, pages, seed, findings);
  const bytes = findings.bytes;
  if (again) yield* scatteredCheck(c, at, pages, seed, findings);
  for (const { va, read, expected } of findings.first)
    yield* c.warn(`${hex(va)}: read ${hex(read)}, expected ${hex(expected)}`);
  yield* c.print(`memcheck: ${bytes} bytes in ${pages} pages verified, ${findings.errors} errors\n`);
  return findings.errors === 0 ? 0 : 1;
};
