/**
 * What programs import of the package `trap12`: the modules, by the name behind `trap12/`, and what of the
 * house is in each. The build writes them into api/ (pack-files.mjs); `npm run docs:api` documents them.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const API = [
  {
    name: 'system',
    about: 'A machine: composed from the kernel, options and programs; run, saved, gone back in.',
    modules: ['@trap12/system', '@trap12/system/node.js'],
  },
  {
    name: 'compile',
    about: "Programs and kernels of one's own, compiled from kernel TypeScript.",
    modules: ['@trap12/system/compile.js', '@trap12/system/compile-kernel.js'],
  },
  {
    name: 'target',
    about: 'What a debugger sees of a machine or a dump: memory, processors, symbols, types, frames.',
    modules: ['@trap12/target'],
  },
  { name: 'ddb', about: 'The debugger: its commands as text, its traces as data.', modules: ['@trap12/ddb'] },
  {
    name: 'explore',
    about: 'The search for a panic or a schedule that fails; recording, replaying, shrinking, explaining.',
    modules: ['@trap12/explore'],
  },
  { name: 'dump', about: 'Crash dumps and cores, as targets.', modules: ['@trap12/dump'] },
  {
    name: 'report',
    about: 'Reads panic reports; needs nothing else of the house.',
    modules: ['@trap12/report', '@trap12/report/html'],
  },
];

/** Writes the modules into the folder. */
export function writeApi(folder) {
  for (const { name, about, modules } of API) {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    const text = modules.map((module) => `export * from '${module}';\n`).join('');
    writeFileSync(`${file}.js`, text);
    writeFileSync(`${file}.d.ts`, `/**\n * ${about}\n * @module ${name}\n */\n${text}`);
  }
}
