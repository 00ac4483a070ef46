#!/usr/bin/env node
import { statSync } from 'node:fs';

/** When a file of the build was written; never, if there is none. */
const written = (path, never) =>
  statSync(new URL(path, import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? never;

// The bundle of tools/quick-start.mjs, unless something may have been compiled after it was made, or somebody
// wants to see where an error came from. An installed package has no records of the compiler: it stays as it
// is. Where one is missing nobody knows.
const quick = '../dist/quick/main.js';
const compiled = ['../tsconfig.tsbuildinfo', '../../report/tsconfig.tsbuildinfo'].map((path) =>
  written(path, -1),
);
const known = compiled.every((time) => time < 0) || compiled.every((time) => time >= 0);
const fresh = known && written(quick, -1) > Math.max(...compiled) && process.env.TRAP12_DEBUG === undefined;
const compiledMain = '../dist/main.js';

if (!fresh && written(compiledMain, -1) < 0) {
  // A clone that nobody has built, or one whose build was interrupted.
  process.stderr.write('trap12: it has not been built; `npm run build` does that (after `npm ci`)\n');
  process.exitCode = 2;
} else {
  const { main, wasInterrupted } = await import(fresh ? quick : compiledMain);
  process.exitCode = await main(process.argv.slice(2));
  if (wasInterrupted()) process.kill(process.pid, 'SIGINT');
}
