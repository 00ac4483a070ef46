import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Task } from '@trap12/campaign';
import type { Bundle } from '@trap12/campaign/queue/index.js';
import type { Command } from 'commander';
import { printLines } from './console.js';
import { CommandError, EXIT } from './exit.js';
import { count } from './explore-text.js';
import { integer } from './options.js';
import { buildHash, workerBuild } from './work/build-hash.js';
import { described, named } from './work/campaign-subject.js';
import type { CampaignRecord } from './work/campaign-task.js';
import { clock, SearchHost } from './work/host.js';
import { LocalCrew } from './work/local-crew.js';

interface WorkerFlags {
  /** undefined: as many as it has processors */
  workers?: number;
  seconds?: number;
  units?: number;
}

/** trap12 worker: works off the units that campaigns put into a queue. */
export function addWorker(program: Command, setStatus: (status: number) => void): void {
  program
    .command('worker')
    .description('work off units of campaigns that are handed out by a queue (docs/campaigns.md)')
    .argument('<url>', 'the queue: nats://HOST[:PORT]')
    .option(
      '--workers <n>',
      'threads of this computer that work at it, 1 to 256 (default: all)',
      integer(1, 256),
    )
    .option('--seconds <n>', 'take no unit after so many seconds (default: go on)', integer(1, 1e8))
    .option('--units <n>', 'take no more than so many units (default: go on)', integer(1, 1e9))
    .addHelpText('after', '\nExample:\n  $ trap12 worker nats://127.0.0.1\n')
    .action(async (url: string, flags: WorkerFlags) => setStatus(await named(() => work(url, flags))));
}

async function work(url: string, flags: WorkerFlags): Promise<number> {
  const { runWorker } = await import('@trap12/campaign/queue/index.js');
  const host = new SearchHost();
  const width = flags.workers ?? availableParallelism();
  const until = clock() + (flags.seconds ?? Number.POSITIVE_INFINITY);
  const places = new Places();
  let crew: LocalCrew | undefined;
  try {
    const units = await runWorker({
      ...{ url, width, build: workerBuild() },
      ...(flags.units === undefined ? {} : { units: flags.units }),
      stop: () => host.interrupted || clock() >= until,
      says: (line) => process.stderr.write(`trap12: ${line}\n`),
      run: async (task, bundle) => {
        crew ??= await LocalCrew.make(width, host);
        return forOthers(task, crew.run(await places.placed(task, bundle)));
      },
    });
    printLines([`${count(units, 'unit')} done`]);
    return EXIT.done;
  } finally {
    host.close();
    await crew?.close();
    places.remove();
  }
}

/** A unit that cannot be worked off is no reason to leave those behind it. @throws ForeignUnit */
async function forOthers<T>({ subject: { name } }: Task, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    // What this computer has to do with, as a full disk, is.
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    const { ForeignUnit } = await import('@trap12/campaign/queue/index.js');
    throw new ForeignUnit(`${name}: ${(error as Error).message.split('\n')[0]}`);
  }
}

/** What a scenario's files are called where they come from. Undefined: that is not said. */
function namesIn(record: string): Pick<CampaignRecord, 'file' | 'patches'> | undefined {
  const { file, patches } = parsed(record) as Partial<CampaignRecord>;
  if (typeof file !== 'string' || !Array.isArray(patches)) return undefined;
  return patches.every((each) => typeof each === 'string') ? { file, patches } : undefined;
}

function parsed(json: string): object {
  try {
    return Object(JSON.parse(json)) as object;
  } catch {
    return {};
  }
}

/** Where the files of units lie here. */
class Places {
  private readonly folder = mkdtempSync(join(tmpdir(), 'trap12-worker-'));
  private readonly known = new Map<Bundle, { build: string; at: NonNullable<CampaignRecord['at']> }>();

  /** The unit, of files on this machine. @throws ForeignUnit: here they come to another build */
  async placed(task: Task, bundle: Bundle): Promise<Task> {
    const { ForeignUnit } = await import('@trap12/campaign/queue/index.js');
    const { name, build, record } = task.subject;
    const place = this.known.get(bundle) ?? (await this.lay(bundle));
    this.known.set(bundle, place);
    if (place.build !== build)
      throw new ForeignUnit(`${name}: here its files come to build ${place.build}, not to ${build}`);
    const names = namesIn(record);
    if (names === undefined) throw new ForeignUnit(`${name}: it does not say which files it is of`);
    const here: CampaignRecord = { ...names, at: place.at };
    return { ...task, subject: { ...task.subject, record: JSON.stringify(here) } };
  }

  private async lay({ scenario, patches, files }: Bundle) {
    const { ForeignUnit } = await import('@trap12/campaign/queue/index.js');
    const folder = join(this.folder, String(this.known.size));
    for (const { path, text } of files) {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    const at = { file: join(folder, scenario), patches: patches.map((path) => join(folder, path)) };
    try {
      return { at, build: buildHash(await described(at.file, at.patches)) };
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw new ForeignUnit(`the files of a unit are no scenario here: ${error.message.split('\n')[0]}`);
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
