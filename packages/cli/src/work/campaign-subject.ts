import { readFileSync } from 'node:fs';
import { dirname, normalize, relative, resolve, sep } from 'node:path';
import type { Finite, Subject } from '@trap12/campaign';
import { CampaignError } from '@trap12/campaign/error.js';
import type { Bundle } from '@trap12/campaign/queue/index.js';
import { CHANCES, TREES } from '@trap12/explore';
import type { DescribedScenario } from '@trap12/system/compile-kernel.js';
import { SourceError, usageError } from '../exit.js';
import { examplePath } from '../learn/shipped.js';
import { refuseUnreadable } from '../named-files.js';
import { buildHash } from './build-hash.js';
import type { CampaignRecord } from './campaign-task.js';

/** Tries of a unit: of threads they take milliseconds each, of a command seconds. */
const THREADS_COUNT = 100;
export const COMMAND_COUNT = 1;

/** Tries of a strategy that goes through everything, beside those of a unit. */
const TREE_FACTOR = 100;

/** A strategy that goes through everything is one unit: its tries follow from each other. */
export const finite = ({ count }: Pick<Subject, 'count'>, strategy: string): Finite | undefined =>
  Object.hasOwn(TREES, strategy) ? { units: 1, count: TREE_FACTOR * count } : undefined;

/** Strategies that a campaign may have, as it is told. @throws CommandError that says what is accepted */
export function checkStrategies(names: readonly string[]): void {
  const accepted = [...Object.keys(CHANCES), ...Object.keys(TREES)];
  const unknown = names.find((name) => !accepted.includes(name));
  if (unknown !== undefined) throw usageError(`no strategy "${unknown}"; accepted: ${accepted.join(', ')}`);
}

/** What a campaign looks for if it is not said otherwise. */
export const CANARY = 'examples/scenarios/ab-ba.ts';
export const THREADS_STRATEGIES = ['pct2', 'random', 'pos', 'pct', 'surw'];
export const COMMAND_STRATEGIES = ['delays', 'random', 'pct2', 'pos', 'pct'];
/** Errors of the campaign's are one line each, and exit 2. */
export async function named<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // What the computer does not do, too: a full disk, a folder that may not be written.
    const { syscall, message } = error as NodeJS.ErrnoException;
    if (error instanceof CampaignError || syscall !== undefined) throw usageError(message);
    throw error;
  }
}

/** What a scenario is; errors of the user's files are one line each, and exit 2. */
export async function described(file: string, patches: readonly string[]): Promise<DescribedScenario> {
  refuseUnreadable(file, patches);
  const { describeScenario } = await import('@trap12/system/compile-kernel.js');
  const { CompileError } = await import('@trap12/system/compile.js');
  try {
    return describeScenario(examplePath(file), patches.map(examplePath));
  } catch (error) {
    const { syscall, message } = error as NodeJS.ErrnoException;
    if (error instanceof CompileError) throw new SourceError(message);
    if (syscall !== undefined) throw usageError(message);
    throw error;
  }
}

/** A scenario as a campaign knows it: by one name, whichever way its file was named. */
export async function subjectOf(
  named: string,
  namedPatches: readonly string[],
  canary: boolean,
): Promise<Subject> {
  const [file, ...patches] = [named, ...namedPatches].map((path) => normalize(path)) as [string, ...string[]];
  const what = await described(file, patches);
  return {
    name: [file, ...patches].join(' with '),
    build: buildHash(what),
    image: what.image,
    canary,
    record: JSON.stringify({ file, patches } satisfies CampaignRecord),
    count: what.scenario.threads.length > 0 ? THREADS_COUNT : COMMAND_COUNT,
  };
}

/** The files of a scenario, for another machine: by their places among each other. */
export async function bundleOf(record: string): Promise<Bundle> {
  const { file, patches } = JSON.parse(record) as CampaignRecord;
  const { files } = await described(file, patches);
  const paths = [...new Set(files.map((path) => resolve(path)))];
  let root = dirname(paths[0]!);
  while (!paths.every((path) => path.startsWith(root.endsWith(sep) ? root : root + sep)))
    root = dirname(root);
  const inside = (path: string): string => relative(root, resolve(path)).split(sep).join('/');
  return {
    scenario: inside(examplePath(file)),
    patches: patches.map((path) => inside(examplePath(path))),
    files: paths.map((path) => ({ path: inside(path), text: readFileSync(path, 'utf8') })),
  };
}
