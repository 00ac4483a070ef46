import {
  type Lab,
  type Schedule,
  scheduleText,
  type Verdict,
  verify,
  type VerifyOptions,
  formOf,
} from '@trap12/explore';
import { DEFAULT_OPTIONS } from '@trap12/system';
import type { Command } from 'commander';
import { type Judge, writeCertificate } from './certificate.js';
import { printLines, TabExpander, write } from './console.js';
import { besides, EXIT, usageError } from './exit.js';
import { progressLine } from './explore-text.js';
import { junitXml } from './junit.js';
import { failuresOf } from './learn/explored.js';
import { collect, integer, jobsOption } from './options.js';
import { replayLine, sayOfFiles, writeFor } from './output.js';
import { Progress } from './progress.js';
import { readSchedule } from './replay.js';
import {
  labOf,
  loadSubject,
  recordOf,
  scheduleOf,
  type Subject,
  subjectOfSchedule,
  withLocking,
} from './subject.js';
import { suiteOfVerdict, survives, verdictText } from './verify-text.js';
import { Helpers } from './work/crew.js';
import { clock, orInterrupted, SearchHost } from './work/host.js';

interface VerifyFlags {
  locking?: string;
  patch: string[];
  schedules: number;
  seed: number;
  schedule?: string;
  certificate?: string;
  jobs: number;
  junit?: string;
  json: boolean;
}

/** trap12 verify: judges a change by schedules. */
export function addVerify(program: Command, setStatus: (status: number) => void): void {
  program
    .command('verify')
    .description(
      'judge a change of the kernel: replay what failed without it, try what is near, then as much of the rest as is wanted',
    )
    .argument(
      '<what...>',
      'a scenario (FILE.ts), which is explored without the change first, or failing schedules',
    )
    .option('--locking <regime>', 'the change: another locking regime')
    .option(
      '--patch <file>',
      'the change: functions that replace others (may be repeated)',
      collect,
      [] as string[],
    )
    .option('--schedules <n>', 'schedules to try with the change', integer(1, 1e9), 10_000)
    .option('--seed <n>', 'the number that the schedules by chance depend on', integer(0, 2 ** 31), 1)
    .option('--schedule <file>', 'where to write a schedule that fails with the change')
    .option(
      '--certificate <file>',
      'where to write a certificate of the failing schedule and its cure, if that survives',
    )
    .addOption(jobsOption())
    .option('--junit <file>', 'write the verdict as JUnit XML')
    .option('--json', 'print one JSON object (docs/json.md)', false)
    .addHelpText(
      'after',
      '\nExit code 0: the change survived, 1: it did not.\n\nExample:\n  $ trap12 verify examples/scenarios/dining.ts --patch examples/scenarios/dining.cure.ts\n',
    )
    .action(async (what: string[], flags: VerifyFlags) => setStatus(await judge(what, flags)));
}

async function judge(what: string[], flags: VerifyFlags): Promise<number> {
  if (flags.locking === undefined && flags.patch.length === 0)
    throw usageError('verify wants a change: --locking REGIME or --patch FILE');
  if (flags.certificate !== undefined && flags.locking !== undefined)
    throw usageError('--certificate is of a cure by patches: leave --locking out');
  const begun = clock();
  const scenario = what.length === 1 && what[0]!.endsWith('.ts') ? what[0] : undefined;
  const failing =
    scenario === undefined ? what.map(readSchedule) : await failuresOf(scenario, flags.schedules, flags.seed);
  if (flags.certificate !== undefined && failing.length !== 1)
    throw usageError(`--certificate is of one failing schedule; there are ${failing.length}`);
  const subject = await changed(scenario, failing, flags);
  const lab = await orInterrupted('nothing was tried', () => labOf(subject, failing[0]?.from ?? 'start'));
  const original = await originalOf(scenario, failing);
  const verdict = await verdictOn(subject, lab, failing, { ...flags, ...original });
  const seconds = clock() - begun;
  const survived = survives(verdict);
  const text =
    verdict.failed === undefined ? undefined : scheduleText(scheduleOf(subject, lab, verdict.failed));
  // Without its file it goes to standard output.
  if (text !== undefined && flags.schedule !== undefined && !writeFor('--schedule', flags.schedule, text))
    delete flags.schedule;
  if (flags.junit !== undefined)
    writeFor('--junit', flags.junit, junitXml(suiteOfVerdict(verdict, what.join(' '), text, seconds)));
  const { certificate } = flags;
  if (certificate !== undefined && survived)
    await besides('--certificate', certificate, () =>
      writeCertificate(certificate, scheduleText(failing[0]!), {
        ...{ patches: flags.patch, image: subject.kernel.image.hash },
        ...{ schedules: flags.schedules, seed: flags.seed, verdict },
      }),
    );
  if (text === undefined)
    sayOfFiles({ schedule: flags.schedule }, 'not written: no schedule failed with the change');
  if (!survived) sayOfFiles({ certificate }, 'not written: the change did not survive');
  if (flags.json) {
    const { failed, ...rest } = verdict;
    const title = failed?.failure?.title ?? null;
    write(`${JSON.stringify({ schema: 1, survived, title, ...rest, schedule: text ?? null }, null, 2)}\n`);
    return survived ? EXIT.done : EXIT.notReproduced;
  }
  printLines(verdictText(verdict, failing.length, seconds));
  if (text !== undefined) {
    const { failure } = verdict.failed!;
    if (failure?.text !== undefined) write(`\n${new TabExpander().expand(failure.text)}`);
    if (flags.schedule === undefined) write(`\n${text}`);
    else printLines(['', replayLine(flags.schedule)]);
  }
  return survived ? EXIT.done : EXIT.notReproduced;
}

async function verdictOn(
  subject: Subject,
  lab: Lab,
  failing: readonly Schedule[],
  {
    schedules,
    seed,
    jobs,
    json,
    original,
  }: Pick<VerifyFlags, 'schedules' | 'seed' | 'jobs' | 'json'> & Pick<VerifyOptions, 'original'>,
): Promise<Verdict> {
  const host = new SearchHost();
  const helpers = new Helpers(recordOf(subject, lab.from, subject.options.locking), jobs, host);
  const progress = new Progress();
  try {
    return await verify(lab, failing, {
      ...{ schedules, seed, host },
      ...(original === undefined ? {} : { original }),
      onProgress: (how) => {
        if (!json) progress.line(progressLine(how));
      },
      crew: (units) => helpers.crew(units),
    });
  } finally {
    progress.end();
    // Until they are gone Ctrl-C would end the process with what is known already.
    await helpers.close();
    host.close();
  }
}

/** Judges a certified cure as verify does. */
export const judgeOf = ({ schedules, seed }: { schedules: number; seed: number }, jobs: number): Judge => ({
  changed: (schedule, patches) => changed(undefined, [schedule], { patch: [...patches] }),
  verdict: async (subject, lab, schedule) => {
    const original = await originalOf(undefined, [schedule]);
    return verdictOn(subject, lab, [schedule], { schedules, seed, jobs, json: false, ...original });
  },
});

/** The kernel of the failing schedules, if it matters where it was at a step. */
async function originalOf(
  scenario: string | undefined,
  failing: readonly Schedule[],
): Promise<Pick<VerifyOptions, 'original'>> {
  const stalled = failing.find((each) => formOf(each) === 'checked');
  if (stalled === undefined) return {};
  const subject = await subjectOfSchedule({ ...stalled, scenario: scenario ?? stalled.scenario }, 'checked');
  // Of another build it is not known where its steps were.
  return subject.kernel.image.hash === stalled.image ? { original: () => labOf(subject, stalled.from) } : {};
}

/** What is judged: the subject of the schedules with the change in it. */
async function changed(
  scenario: string | undefined,
  failing: readonly Schedule[],
  flags: Pick<VerifyFlags, 'patch' | 'locking'>,
): Promise<Subject> {
  const [first] = failing;
  const other = failing.find(
    (s) =>
      JSON.stringify([s.scenario, s.command, s.machine]) !==
      JSON.stringify([first!.scenario, first!.command, first!.machine]),
  );
  if (other !== undefined) throw usageError('the schedules are of different scenarios, commands or machines');
  const file = scenario ?? first?.scenario;
  const options = { ...DEFAULT_OPTIONS, ...first?.machine, command: first?.command };
  const patches = [...(first?.patches ?? []), ...flags.patch];
  const form = failing.some((each) => formOf(each) === 'checked') ? 'checked' : 'fast';
  const subject = await loadSubject({ file, patches, seconds: first?.seconds }, options, form);
  if (flags.patch.length > 0 && subject.replaced.length === 0)
    throw usageError(`--patch ${flags.patch.at(-1)}: it replaces no function: there is no change to judge`);
  const kept = { ...subject.options, ...(first?.machine ?? {}) };
  return withLocking({ ...subject, options: kept }, flags.locking ?? subject.options.locking);
}
