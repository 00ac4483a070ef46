import { availableParallelism } from 'node:os';
import {
  campaignPage,
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
import type { CampaignFlags } from './campaign.js';
import { printLines } from './console.js';
import { EXIT, usageError } from './exit.js';
import { count } from './explore-text.js';
import { writeFor } from './output.js';
import { Progress } from './progress.js';
import { workerBuild } from './work/build-hash.js';
import {
  bundleOf,
  CANARY,
  COMMAND_COUNT,
  COMMAND_STRATEGIES,
  subjectOf,
  THREADS_STRATEGIES,
} from './work/campaign-subject.js';
import { clock, SearchHost } from './work/host.js';
import { LocalCrew } from './work/local-crew.js';

/** Seconds between two writings of the page. */
const PAGE_SECONDS = 5;

/** Works at a campaign, or says what it has come to; the exit code. */
export async function campaign(dir: string, files: readonly string[], flags: CampaignFlags): Promise<number> {
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
