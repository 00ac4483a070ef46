import { statSync } from 'node:fs';
import {
  type Bucket,
  DEFAULT_LOAD_PLAN,
  DEFAULT_PLAN,
  type Examined,
  examine,
  type Fate,
  type Lab,
  lackingPrograms,
  lockOrderText,
  type Mark,
  needsSteps,
  PLANS,
  planNamed,
  racesText,
  RaceWatch,
  scheduleText,
  search,
  type SearchResult,
  shrink,
  type Shrunk,
  STANDARD,
  wrapped,
} from '@trap12/explore';
import type { Command } from 'commander';
import { writeCertificate } from './certificate.js';
import { printLines, TabExpander, write } from './console.js';
import { besides, EXIT, unlessInterrupted, usageError } from './exit.js';
import { COMMAND_ODDS, explained, seenBy, THREADS_ODDS } from './explained.js';
import {
  bucketsText,
  count,
  diedText,
  isWrong,
  progressLine,
  racesLines,
  type Seen,
  shrunkJson,
  shrunkText,
  suiteOfSearch,
  summaryOf,
} from './explore-text.js';
import { junitXml } from './junit.js';
import {
  accepted,
  addMachineOptions,
  integer,
  jobsOption,
  type MachineFlags,
  patchOption,
  setupOf,
  virtualSeconds,
} from './options.js';
import { replayLine, sayOfFiles, writeFor } from './output.js';
import { Progress, Stage, timeText } from './progress.js';
import { labOf, loadSubject, recordOf, scheduleOf, type Subject } from './subject.js';
import { Helpers } from './work/crew.js';
import { orInterrupted, SearchHost } from './work/host.js';

interface ExploreFlags extends MachineFlags {
  /** Undefined: by what is explored */
  strategy?: string;
  schedules: number;
  seconds?: number;
  virtual?: number;
  patch: string[];
  schedule?: string;
  certificate?: string;
  shrink: number;
  odds?: number;
  races: boolean;
  all: boolean;
  jobs: number;
  junit?: string;
  html?: string;
  json: boolean;
}

/** trap12 explore: tries schedules of a scenario or a command until one fails. */
export function addExplore(program: Command, setStatus: (status: number) => void): void {
  addMachineOptions(program.command('explore'))
    .description('try schedules of a scenario, or of a command in the simulated shell, until one fails')
    .argument('<what...>', 'a scenario (FILE.ts, docs/scenarios.md), or after -- a command and its arguments')
    .option(
      '--strategy <name>',
      `how schedules are chosen: ${Object.keys(PLANS).join(', ')} (default: ${DEFAULT_PLAN}; of a command ${DEFAULT_LOAD_PLAN})`,
      accepted(planNamed),
    )
    .option('--schedules <n>', 'schedules to try', integer(1, 1e9), 10_000)
    .option('--seconds <n>', 'seconds that it may take (default: no limit)', integer(1, 1_000_000))
    .option(
      '--virtual <n>',
      'virtual seconds of a schedule (default: what the scenario says, or 30)',
      virtualSeconds(100_000),
    )
    .addOption(patchOption())
    .option('--shrink <n>', 'seconds that shrinking may take, 0 for none', integer(0, 1_000_000), 60)
    .option(
      '--odds <n>',
      `runs by chance from each moment of the failing run (default: ${THREADS_ODDS} of threads, ${COMMAND_ODDS} of a command)`,
      integer(0, 100_000),
    )
    .option('--schedule <file>', 'where to write the failing schedule (default: to standard output)')
    .option(
      '--certificate <file>',
      'where to write a certificate of the failing schedule, for `trap12 certify`; a page if it is called .html',
    )
    .option(
      '--races',
      'watch each access for data races and stale translations, whether a schedule fails or not',
      false,
    )
    .option('--all', 'go on behind a failure, and count failures by signature', false)
    .addOption(jobsOption())
    .option('--junit <file>', 'write the result as JUnit XML')
    .option('--html <file>', 'write a page about the failing run, with lanes that can be clicked through')
    .option('--json', 'print one JSON object (docs/json.md)', false)
    .addHelpText(
      'after',
      '\nMachine options are those of the scenario where it names them. Exit code 1: a schedule fails, or --races finds a race. No debugger opens: `trap12 replay` runs what --schedule wrote.\n\nExamples:\n  $ trap12 explore examples/scenarios/ab-ba.ts\n  $ trap12 explore --ram 16M --schedules 100 -- "churn 20 & memcheck 20m"\n',
    )
    .action(async (what: string[], flags: ExploreFlags) => setStatus(await explore(what, flags)));
}

/** A command that no schedule can run; a file that is no scenario is taken for one, too. */
function refuseNoCommand(what: readonly string[], { kernel, options }: Subject): void {
  const programs = [...kernel.executables, ...options.executables].map(({ name }) => name);
  const lacking = lackingPrograms(what.join(' '), programs);
  const [path = ''] = what;
  if (lacking.length === 0) return;
  const stat = what.length === 1 ? statSync(path, { throwIfNoEntry: false }) : undefined;
  if (stat?.isDirectory() === true)
    throw usageError(`cannot read ${path}: it is a directory; accepted: FILE.ts, or a command`);
  if (stat !== undefined) throw usageError(`${path}: it is no scenario; accepted: FILE.ts, or a command`);
  throw usageError(
    `the machine has no program ${lacking.join(', ')}; accepted: FILE.ts, or a command: \`trap12 run -- ls /bin /sbin\` lists its programs`,
  );
}

async function explore(what: string[], flags: ExploreFlags): Promise<number> {
  const file = what.length === 1 && what[0]!.endsWith('.ts') ? what[0] : undefined;
  const options = { ...setupOf(flags), command: file === undefined ? what.join(' ') : undefined };
  const { patch: patches, virtual } = flags;
  const wanted = { file, patches, seconds: virtual };
  const form = flags.races || needsSteps(flags.strategy ?? '') ? 'checked' : 'fast';
  const subject = await loadSubject(wanted, options, form);
  if (file === undefined) refuseNoCommand(what, subject);
  const lab = await orInterrupted('nothing was tried', () => labOf(subject));
  const strategy = flags.strategy ?? (lab.threads.length > 0 ? DEFAULT_PLAN : DEFAULT_LOAD_PLAN);
  const watch = flags.races ? new RaceWatch(lab.system) : undefined;
  const host = new SearchHost();
  const helpers = new Helpers(recordOf(subject, lab.from), flags.jobs, host);
  const units = { all: flags.all, novelty: lab.threads.length > 0 };
  const progress = new Progress();
  try {
    const result = await search(lab, {
      ...{ plan: planNamed(strategy), seed: flags.seed, schedules: flags.schedules, host, ...units },
      ...(flags.seconds === undefined ? {} : { seconds: flags.seconds }),
      onProgress: (how) => {
        if (!flags.json) progress.line(progressLine(how));
      },
      ...(watch === undefined ? {} : { onlooker: watch }),
      crew: () => helpers.crew(units),
    });
    await helpers.close();
    watch?.end();
    progress.end();
    const races = watch === undefined ? undefined : seenBy(watch);
    if (result.found === undefined) return passed(lab, result, races, what.join(' '), flags);
    const checked =
      form === 'checked' ? subject : await unlessInterrupted(() => loadSubject(wanted, options, 'checked'));
    return await new Failed(
      subject,
      lab,
      result,
      { races, checked, host, strategy, what: what.join(' '), progress },
      flags,
    ).tell();
  } finally {
    host.close();
    await helpers.close();
  }
}

function passed(
  lab: Lab,
  result: SearchResult,
  races: Seen | undefined,
  what: string,
  flags: ExploreFlags,
): number {
  const covered = result.covered === undefined ? '' : `; ${result.covered}`;
  if (flags.junit !== undefined)
    writeFor('--junit', flags.junit, junitXml(suiteOfSearch(`explore ${what}`, result, '')));
  if (flags.json) writeJson({ schema: 1, failed: false, ...jsonOf(result), ...races });
  else
    printLines([
      `no schedule failed: ${summaryOf(result)}${covered}${result.interrupted ? '; interrupted' : ''}`,
      ...diedText(result.died),
      ...(lab.threads.length > 0 ? lockOrderText(examine(lab, STANDARD, 'stacks', false).log!) : []),
      ...racesLines(races),
    ]);
  const { schedule, certificate, html } = flags;
  sayOfFiles({ schedule, certificate, html }, 'not written: no schedule failed');
  // Of what was not tried to its end nobody is to think that it holds.
  return isWrong(races) || result.died.length > 0 || result.interrupted ? EXIT.notReproduced : EXIT.done;
}

/** What is at hand when a schedule has failed. */
interface Around {
  races: Seen | undefined;
  /** The same with the kernel's checked form; undefined: Ctrl-C came before it was there */
  checked: Subject | undefined;
  host: SearchHost;
  strategy: string;
  what: string;
  /** Of the search */
  progress: Progress;
}

/** What is said of a failure: in short; what the machine printed; the account of it. */
interface Told {
  head: string[];
  printed: string[];
  account: string[];
  /** What the account names, in order of time */
  marks: readonly Mark[];
}

/** A schedule failed: it is made small, explained and printed with the command that replays it. */
class Failed {
  private fate: Fate | undefined;

  constructor(
    private readonly subject: Subject,
    private readonly lab: Lab,
    private readonly result: SearchResult,
    private readonly around: Around,
    private readonly flags: ExploreFlags,
  ) {}

  async tell(): Promise<number> {
    const { flags, around } = this;
    // Where one object is wanted, nothing is shown on the way, as in the search.
    const stage = flags.json ? undefined : new Stage(new Progress('', around.progress));
    try {
      return await this.tellAt(stage);
    } finally {
      stage?.end();
    }
  }

  private async tellAt(stage: Stage | undefined): Promise<number> {
    const { subject, lab, result, flags, around } = this;
    const found = result.found!;
    const small = await this.small(stage);
    const examined = small?.examined ?? found;
    const schedule = scheduleText(scheduleOf(subject, lab, examined));
    // Without its file it goes to standard output.
    if (flags.schedule !== undefined && !writeFor('--schedule', flags.schedule, schedule))
      delete flags.schedule;
    const { head, printed, account, marks } = await this.told(small, examined, stage);
    stage?.end();
    const [told, summary] = [[...head, '', ...printed, ...account], head.slice(1)];
    const said = { summary, text: account, printed, marks };
    const { certificate, html } = flags;
    if (certificate !== undefined)
      await besides('--certificate', certificate, () =>
        writeCertificate(certificate, schedule, undefined, said),
      );
    if (flags.junit !== undefined) {
      const all = [...told, '', schedule].join('\n');
      writeFor('--junit', flags.junit, junitXml(suiteOfSearch(`explore ${around.what}`, result, all)));
    }
    if (html !== undefined)
      await besides('--html', html, async () => {
        const { writePage } = await import('./html/write.js');
        writePage(html, lab, examined, subject, { ...said, schedule });
      });
    if (flags.json) {
      const none = {
        tries: 0,
        before: found.choices.length,
        minimal: false,
        fewest: false,
        endNs: lab.endNs,
      };
      const shrunk = shrunkJson(small ?? { examined, ...none });
      writeJson({
        schema: 1,
        failed: true,
        ...jsonOf(result),
        shrunk,
        schedule,
        fate: this.fate ?? null,
        ...around.races,
      });
      return EXIT.notReproduced;
    }
    printLines(told);
    if (flags.schedule === undefined) write(`${schedule}\n`);
    printLines([replayLine(flags.schedule)]);
    return EXIT.notReproduced;
  }

  /** Makes the schedule as small as it can be in its time; undefined: not wanted, or Ctrl-C has come. */
  private async small(stage: Stage | undefined): Promise<Shrunk | undefined> {
    const { lab, flags, around } = this;
    const { host } = around;
    const found = this.result.found!;
    if (flags.shrink === 0 || host.interrupted) return undefined;
    const began = performance.now();
    let [left, tried] = [found.choices.length, 0];
    stage?.at(
      () => `shrinking: ${count(left, 'choice')}, try ${tried + 1}; ${timeText(began, flags.shrink)}`,
    );
    return shrink(lab, found, {
      stop: () => host.interrupted || performance.now() >= began + 1000 * flags.shrink,
      cut: host.cut,
      turn: host.turn,
      onTry: (choices, tries) => {
        [left, tried] = [choices, tries];
        stage?.look();
      },
    });
  }

  /** All that is said of it, but for the schedule. */
  private async told(small: Shrunk | undefined, examined: Examined, stage: Stage | undefined): Promise<Told> {
    const { lab, result, flags, around } = this;
    const failure = examined.failure!;
    const [{ after }] = result.buckets as [Bucket];
    const found = `found by ${around.strategy} after ${count(after, 'schedule')} in ${result.seconds.toFixed(1)} s`;
    const head = [
      failure.title,
      `${found} (${Math.round(result.tries / Math.max(result.seconds, 0.001))}/s)`,
    ];
    if (small !== undefined) head.push(...shrunkText(small));
    if (flags.all) head.push(...bucketsText(result));
    head.push(...diedText(result.died));
    const printed = failure.text === undefined ? [] : new TabExpander().expand(failure.text).split('\n');
    const { host, checked, races } = around;
    const {
      text: account,
      fate,
      marks,
    } = await explained(lab, examined, {
      ...{ checked, host, seen: races, seed: flags.seed, ...(stage === undefined ? {} : { stage }) },
      ...(flags.odds === undefined ? {} : { tries: flags.odds }),
    });
    this.fate = fate;
    if (around.races !== undefined && lab.threads.length > 0)
      account.push(...racesLines(around.races).slice(1), '');
    else if (around.races !== undefined) account.push(...racesText(around.races.races).flatMap(wrapped), '');
    return { head, printed, account, marks };
  }
}

function writeJson(value: unknown): void {
  write(`${JSON.stringify(value, null, 2)}\n`);
}

function jsonOf(result: SearchResult): Record<string, unknown> {
  const { tries, seconds, covered, exhausted, interrupted, buckets, died, estimate } = result;
  const [first] = buckets;
  return {
    tries,
    seconds,
    exhausted,
    interrupted,
    covered: covered ?? null,
    estimate: estimate ?? null,
    signature: first?.signature ?? null,
    title: first?.title ?? null,
    failures: buckets.map(({ signature, title, times, after }) => ({ signature, title, times, after })),
    died: died.map(({ unit, says }) => ({ unit, says })),
  };
}
