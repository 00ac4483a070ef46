#!/usr/bin/env node
import { statSync } from 'node:fs';

/** When a file of the build was written; 0 if there is none. */
const written = (path) => statSync(new URL(path, import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? 0;

// The bundle of tools/quick-start.mjs, unless something was compiled after it was made.
const quick = '../dist/quick/main.js';
const compiled = ['../dist/tsconfig.tsbuildinfo', '../../report/dist/tsconfig.tsbuildinfo'].map(written);
const { main } = await import(written(quick) > Math.max(...compiled) ? quick : '../dist/main.js');

process.exitCode = await main(process.argv.slice(2));
