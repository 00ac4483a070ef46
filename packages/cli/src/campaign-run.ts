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
  type Task,
  writeSchedules,
} from '@trap12/campaign';
import { DEFAULT_OPTIONS } from '@trap12/system';
import type { CampaignFlags } from './campaign.js';
import { printLines } from './console.js';
import { EXIT } from './exit.js';
import { count } from './explore-text.js';
import { writeNow } from './output.js';
import { durationText, Progress } from './progress.js';
import { loadSubject } from './subject.js';
import { shellWord } from './words.js';
import { workerBuild } from './work/build-hash.js';
import {
  bundleOf,
  CANARY,
  COMMAND_COUNT,
  COMMAND_STRATEGIES,
  checkStrategies,
  finite,
  subjectOf,
  THREADS_STRATEGIES,
} from './work/campaign-subject.js';
import { type CampaignRecord, labNamed } from './work/campaign-task.js';
import { clock, SearchHost } from './work/host.js';
import { LocalCrew } from './work/local-crew.js';

/** Seconds between two writings of the page. */
const PAGE_SECONDS = 5;
/** After so many seconds without a unit it is said what is under way; then after four times as many. */
const QUIET_SECONDS = 60;

/** Works at a campaign, or says what it has come to; the exit code. */
export async function campaign(dir: string, files: readonly string[], flags: CampaignFlags): Promise<number> {
  checkStrategies(flags.strategy ?? []);
  const canaries = flags.canary.length > 0 ? flags.canary : [CANARY];
  const subjects =
    files.length === 0
      ? []
      : onceEach(
          await Promise.all([
            ...canaries.map((file) => subjectOf(file, [], true)),
            ...files.map((file) => subjectOf(file, flags.patch, false)),
          ]),
        );
  const store = Store.open(dir, subjects.length > 0);
  try {
    return await searchOn(store, subjects, flags);
  } finally {
    store.close();
  }
}

/** Scenarios that were named twice are searched once. */
function onceEach(subjects: readonly Subject[]): Subject[] {
  return [...new Map(subjects.map((each) => [`${each.canary} ${each.name}`, each])).values()];
}

/** Searches, and says what has come of it; the status. */
async function searchOn(store: Store, wanted: readonly Subject[], flags: CampaignFlags): Promise<number> {
  const subjects = wanted.map((subject) => store.subject(subject));
  const current = subjects.length > 0 ? subjects : undefined;
  const strategies = flags.strategy && [...new Set(flags.strategy)];
  if (current !== undefined) {
    const watch = new Watch(store, subjects, flags.html);
    const host = new SearchHost();
    const crew =
      flags.queue === undefined
        ? await LocalCrew.make(flags.workers ?? availableParallelism(), host)
        : await queueCrew(flags.queue, store, subjects, host);
    try {
      await runCampaign(store, {
        subjects,
        strategies: (subject) =>
          strategies ?? (subject.count === COMMAND_COUNT ? COMMAND_STRATEGIES : THREADS_STRATEGIES),
        ...{ finite, crew: watch.over(crew), clock, stop: host.stop, onKept: () => watch.look() },
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
  if (flags.html !== undefined) writeNow('--html', flags.html, campaignPage(state, store.dir, shellWord));
  printLines(campaignText(state, store.dir, shellWord));
  return state.red.length === 0 ? EXIT.done : EXIT.notReproduced;
}

/** What no machine can be made of is said here; workers would leave it to each other. */
async function checkRuns(record: string): Promise<void> {
  const { file, patches } = JSON.parse(record) as CampaignRecord;
  const subject = await loadSubject({ file, patches, seconds: undefined }, DEFAULT_OPTIONS);
  labNamed(subject);
}

/** Workers behind a queue. */
async function queueCrew(
  url: string,
  store: Store,
  subjects: readonly KeptSubject[],
  host: SearchHost,
): Promise<Crew & { close(): Promise<void> }> {
  const { QueueCrew } = await import('@trap12/campaign/queue/index.js');
  const isSearched = new Set(store.allLanes().flatMap((lane) => (lane.units > 0 ? [lane.subject] : [])));
  for (const { id, record } of subjects) if (!isSearched.has(id)) await checkRuns(record);
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
  private readonly underWay = new Set<Task>();
  private readonly timer: NodeJS.Timeout;
  private heard = clock();
  private quiet = QUIET_SECONDS;

  /** @throws CommandError: the page cannot be written */
  constructor(
    private readonly store: Store,
    private readonly subjects: readonly KeptSubject[],
    private readonly html: string | undefined,
  ) {
    this.writePage();
    this.timer = setInterval(() => this.listen(), 1000).unref();
  }

  /** A crew, of which is known what it does. */
  over(crew: Crew): Crew {
    const { underWay } = this;
    return {
      get width() {
        return crew.width;
      },
      async run(task) {
        underWay.add(task);
        try {
          return await crew.run(task);
        } finally {
          underWay.delete(task);
        }
      },
      kept: (results) => crew.kept?.(results),
    };
  }

  look(): void {
    this.heard = clock();
    this.quiet = QUIET_SECONDS;
    const lanes = this.store.allLanes();
    const sum = (what: 'units' | 'tries' | 'failed'): number => lanes.reduce((n, lane) => n + lane[what], 0);
    this.progress.line(
      `${count(sum('units'), 'unit')}, ${count(sum('tries'), 'schedule')}, ${sum('failed')} failed`,
    );
    this.writePage();
  }

  private writePage(): void {
    if (this.html === undefined || clock() - this.written < PAGE_SECONDS) return;
    this.written = clock();
    const state: CampaignState = stateOf(this.store, this.subjects);
    writeNow('--html', this.html, campaignPage(state, this.store.dir, shellWord, PAGE_SECONDS));
  }

  /** Where nothing has come for long, somebody may want to know what for. */
  private listen(): void {
    const [first] = this.underWay;
    if (first === undefined || clock() - this.heard < this.quiet) return;
    const { subject, strategy, number } = first;
    process.stderr.write(
      `trap12: no unit has come to its end for ${durationText(1000 * this.quiet)}; under way since before: ${subject.name}, ${strategy}, unit ${number}\n`,
    );
    this.quiet *= 4;
  }

  end(): void {
    clearInterval(this.timer);
    this.progress.end();
  }
}
