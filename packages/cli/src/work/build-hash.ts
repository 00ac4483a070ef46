import { createHash, type Hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VERSION } from '../exit.js';
import type { DescribedScenario } from '@trap12/system/compile-kernel.js';

/** Packages whose code decides what a unit comes to, beside the kernel's image. */
const DECIDE = ['machine', 'target', 'kernel', 'userland', 'system', 'ddb', 'report', 'explore'];
const PACKAGES = fileURLToPath(new URL('../../../', import.meta.url));
/** And the module of ours that works units off; this one may be part of a bundle, which lies elsewhere. */
const UNITS = join(PACKAGES, 'cli/dist/work/campaign-task.js');

/** Modules below a folder, in an order of their own. */
function modulesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.js') && !name.startsWith('built/') && !name.startsWith('image/'))
    .sort();
}

let house: string | undefined;

function houseHash(): string {
  if (house !== undefined) return house;
  const hash: Hash = createHash('sha256');
  for (const name of DECIDE) {
    const folder = join(PACKAGES, name, 'dist');
    for (const module of modulesIn(folder))
      hash.update(`\0${name}/${module}\0`).update(readFileSync(join(folder, module)));
  }
  hash.update('\0').update(readFileSync(UNITS));
  house = hash.digest('hex');
  return house;
}

/** The hash by which workers know units that they can do: of the house and the kernel in it. */
export function workerBuild(): string {
  const kernel = readFileSync(join(PACKAGES, 'kernel/dist/image/kernel.hash'));
  return createHash('sha256').update(VERSION).update(houseHash()).update(kernel).digest('hex').slice(0, 16);
}

/** The hash of all that decides what a unit of a scenario comes to; the same on every host. */
export function buildHash({ image, scenario, files }: DescribedScenario): string {
  const hash = createHash('sha256').update(houseHash()).update(image).update(JSON.stringify(scenario));
  // The image has the texts of scenario and patches; programs are beside it.
  for (const file of files) hash.update(`\0`).update(readFileSync(file));
  return hash.digest('hex').slice(0, 32);
}
