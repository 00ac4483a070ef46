import { availableParallelism } from 'node:os';
import {
  campaignPage,
  CampaignError,
  campaignText,
  type CampaignState,
  type Crew,
  type KeptSubject,
  runCampaign,
  stateOf,
  Store,
  type Subject,
  writeSchedules,
} from '@trap12/campaign';
import { CHANCES } from '@trap12/explore';
import type { Command } from 'commander';
import { printLines } from './console.js';
import { EXIT, usageError } from './exit.js';
import { count } from './explore-text.js';
import { collect, integer, patchOption } from './options.js';
import { writeFor } from './output.js';
import { Progress } from './progress.js';
import { workerBuild } from './work/build-hash.js';
import { bundleOf, COMMAND_COUNT, subjectOf } from './work/campaign-subject.js';
import { clock, SearchHost } from './work/host.js';
import { LocalCrew } from './work/local-crew.js';

interface CampaignFlags {
  canary: string[];
  patch: string[];
  strategy?: string[];
  workers: number;
  seconds?: number;
  units?: number;
  html?: string;
  queue?: string;
}

/** What a campaign looks for if it is not said otherwise. */
const CANARY = 'examples/scenarios/ab-ba.ts';
const THREADS_STRATEGIES = ['pct2', 'random', 'pos', 'pct', 'surw'];
const COMMAND_STRATEGIES = ['delays', 'random', 'pct2', 'pos', 'pct'];
/** Seconds between two writings of the page. */
const PAGE_SECONDS = 5;

/** trap12 campaign: searches scenarios for as long as it is left to, and never twice in the same place. */
export function addCampaign(program: Command, setStatus: (status: number) => void): void {
  program
    .command('campaign')
    .description(
      'search scenarios on and on; all of it is kept in a directory, goes on where it stood, and is never done twice (docs/campaigns.md)',
    )
    .argument('<dir>', "the campaign's directory; made if it is not there")
    .argument('[scenario...]', 'scenarios (FILE.ts) to search; without any, what is known is shown')
    .option(
      '--canary <file>',
      `a scenario that has to fail, or the campaign is red (may be repeated; default: ${CANARY})`,
      collect,
      [] as string[],
    )
    .addOption(patchOption())
    .option(
      '--strategy <name>',
      `how schedules are chosen: ${Object.keys(CHANCES).join(', ')} (may be repeated; default: ${THREADS_STRATEGIES.join(', ')}; of a command ${COMMAND_STRATEGIES.join(', ')})`,
      (value: string, before: string[] | undefined) => [...(before ?? []), value],
    )
    .option('--workers <n>', 'threads of this computer that work at it, 1 to 256', integer(1, 256), 0)
    .option('--seconds <n>', 'begin no unit after so many seconds (default: go on)', integer(1, 1e8))
    .option('--units <n>', 'begin no more than so many units (default: go on)', integer(1, 1e9))
    .option('--queue <url>', 'hand the units to `trap12 worker` by a NATS server, nats://HOST[:PORT]')
    .option('--html <file>', 'write a page of its state, every few seconds')
    .addHelpText(
      'after',
      '\nExit code 0: the canary failed, and nothing else did; 1: red; 2: no campaign, or another process has it.\n\nExample:\n  $ trap12 campaign night --seconds 3600 examples/scenarios/counter.ts\n',
    )
    .action(async (dir: string, scenarios: string[], flags: CampaignFlags) =>
      setStatus(await named(() => campaign(dir, scenarios, flags))),
    );
}

/** Errors of the campaign's are one line each, and exit 2. */
export async function named<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CampaignError) throw usageError(error.message);
    throw error;
  }
}

async function campaign(dir: string, files: readonly string[], flags: CampaignFlags): Promise<number> {
  const unknown = flags.strategy?.find((name) => !Object.hasOwn(CHANCES, name));
  if (unknown !== undefined)
    throw usageError(`no strategy "${unknown}"; accepted: ${Object.keys(CHANCES).join(', ')}`);
  const canaries = flags.canary.length > 0 ? flags.canary : [CANARY];
  const subjects =
    files.length === 0
      ? []
      : await Promise.all([
          ...canaries.map((file) => subjectOf(file, [], true)),
          ...files.map((file) => subjectOf(file, flags.patch, false)),
        ]);
  const store = Store.open(dir, subjects.length > 0);
  try {
    return await searchOn(store, subjects, flags);
  } finally {
    store.close();
  }
}

/** Searches, and says what has come of it; the status. */
async function searchOn(store: Store, wanted: readonly Subject[], flags: CampaignFlags): Promise<number> {
  const subjects = wanted.map((subject) => store.subject(subject));
  const current = subjects.length > 0 ? subjects : undefined;
  if (current !== undefined) {
    const host = new SearchHost();
    const watch = new Watch(store, subjects, flags.html);
    const crew =
      flags.queue === undefined
        ? await LocalCrew.make(flags.workers || availableParallelism(), host)
        : await queueCrew(flags.queue, store, subjects, host);
    try {
      await runCampaign(store, {
        subjects,
        strategies: (subject) =>
          flags.strategy ?? (subject.count === COMMAND_COUNT ? COMMAND_STRATEGIES : THREADS_STRATEGIES),
        ...{ crew, clock, stop: host.stop, onKept: () => watch.look() },
        ...(flags.units === undefined ? {} : { units: flags.units }),
        ...(flags.seconds === undefined ? {} : { seconds: flags.seconds }),
      });
    } finally {
      watch.end();
      host.close();
      await crew.close();
    }
  }
  const state = stateOf(store, current);
  writeSchedules(state, store.dir);
  if (flags.html !== undefined) writeFor('--html', flags.html, campaignPage(state, store.dir));
  printLines(campaignText(state, store.dir));
  return state.red.length === 0 ? EXIT.done : EXIT.notReproduced;
}

/** Workers behind a queue. */
async function queueCrew(
  url: string,
  store: Store,
  subjects: readonly KeptSubject[],
  host: SearchHost,
): Promise<Crew & { close(): Promise<void> }> {
  const { QueueCrew } = await import('@trap12/campaign/queue/index.js');
  const bundles = new Map(
    await Promise.all(subjects.map(async ({ record }) => [record, await bundleOf(record)] as const)),
  );
  const crew = await QueueCrew.open({
    ...{ url, id: store.id, build: workerBuild() },
    bundleOf: ({ subject: { record } }) => bundles.get(record)!,
    isDone: (unit) => store.isDone(unit),
    says: (line) => process.stderr.write(`trap12: ${line}\n`),
  });
  host.onStop(() => crew.drop());
  return crew;
}

/** Shows how far it is, in a line and as a page. */
class Watch {
  private readonly progress = new Progress();
  private written = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly store: Store,
    private readonly subjects: readonly KeptSubject[],
    private readonly html: string | undefined,
  ) {}

  look(): void {
    const lanes = this.store.allLanes();
    const sum = (what: 'units' | 'tries' | 'failed'): number => lanes.reduce((n, lane) => n + lane[what], 0);
    this.progress.line(
      `${count(sum('units'), 'unit')}, ${count(sum('tries'), 'schedule')}, ${sum('failed')} failed`,
    );
    if (this.html === undefined || clock() - this.written < PAGE_SECONDS) return;
    this.written = clock();
    const state: CampaignState = stateOf(this.store, this.subjects);
    writeFor('--html', this.html, campaignPage(state, this.store.dir, PAGE_SECONDS));
  }

  end(): void {
    this.progress.end();
  }
}
