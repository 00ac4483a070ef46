import { type Schedule, scheduleText, type Verdict, verify } from '@trap12/explore';
import { DEFAULT_OPTIONS } from '@trap12/system';
import { nodeTurn } from '@trap12/system/node.js';
import type { Command } from 'commander';
import { printLines, TabExpander, write } from './console.js';
import { EXIT, usageError } from './exit.js';
import { writeSchedule } from './explore.js';
import { failuresOf } from './learn/explored.js';
import { collect, integer } from './options.js';
import { readSchedule } from './replay.js';
import { labOf, loadSubject, scheduleOf, type Subject } from './subject.js';
import { shellWord } from './words.js';

interface VerifyFlags {
  locking?: string;
  patch: string[];
  schedules: number;
  seed: number;
  schedule?: string;
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
    .option('--json', 'print one JSON object (docs/json.md)', false)
    .addHelpText(
      'after',
      '\nExit code 0: the change survived, 1: it did not.\n\nExample:\n  $ trap12 verify examples/scenarios/dining.ts --patch examples/scenarios/dining.cure.ts\n',
    )
    .action(async (what: string[], flags: VerifyFlags) => setStatus(await judge(what, flags)));
}

const HOST = { turn: nodeTurn };
const clock = (): number => performance.now() / 1000;

async function judge(what: string[], flags: VerifyFlags): Promise<number> {
  if (flags.locking === undefined && flags.patch.length === 0)
    throw usageError('verify wants a change: --locking REGIME or --patch FILE');
  const begun = clock();
  const scenario = what.length === 1 && what[0]!.endsWith('.ts') ? what[0] : undefined;
  const failing =
    scenario === undefined ? what.map(readSchedule) : await failuresOf(scenario, flags.schedules, flags.seed);
  const subject = await changed(scenario, failing, flags);
  const lab = labOf(subject, failing[0]?.from ?? 'start');
  const { schedules, seed } = flags;
  const verdict = await verify(lab, failing, { schedules, seed, clock, host: HOST });
  const survived = verdict.failed === undefined;
  const text = survived ? undefined : scheduleText(scheduleOf(subject, lab, verdict.failed!));
  if (text !== undefined && flags.schedule !== undefined) writeSchedule(flags.schedule, text);
  if (flags.json) {
    const { failed, ...rest } = verdict;
    const title = failed?.failure?.title ?? null;
    write(`${JSON.stringify({ schema: 1, survived, title, ...rest, schedule: text ?? null }, null, 2)}\n`);
    return survived ? EXIT.done : EXIT.notReproduced;
  }
  printLines(verdictText(verdict, clock() - begun));
  if (text !== undefined) {
    const { failure } = verdict.failed!;
    if (failure?.text !== undefined) write(`\n${new TabExpander().expand(failure.text)}`);
    if (flags.schedule === undefined) write(`\n${text}`);
    else printLines(['', `replay: trap12 replay ${shellWord(flags.schedule)}`]);
  }
  return survived ? EXIT.done : EXIT.notReproduced;
}

/** What is judged: the subject of the schedules with the change in it. */
async function changed(
  scenario: string | undefined,
  failing: readonly Schedule[],
  flags: VerifyFlags,
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
  const subject = await loadSubject({ file, patches, seconds: first?.seconds }, options);
  const locking = flags.locking ?? subject.options.locking;
  const kept = { ...subject.options, ...(first?.machine ?? {}), locking };
  return {
    ...subject,
    options: kept,
    scenario:
      subject.scenario === undefined
        ? undefined
        : { ...subject.scenario, machine: { ...subject.scenario.machine, locking } },
  };
}

/** A share of `of` tries; what none of them showed is below one in so many. */
function share(p: number, of: number): string {
  return p === 0 ? `below ${percent(1 / of)}` : `about ${percent(p)}`;
}

const percent = (p: number): string => `${(100 * p).toFixed(p < 0.01 ? 3 : 1)} %`;

/** A verdict for people. */
function verdictText(verdict: Verdict, seconds: number): string[] {
  const { replayed, around, systematic, sampled, failed, moved } = verdict;
  const out: string[] = [];
  if (replayed.length === 0) out.push('without the change no schedule failed, so there is nothing to replay');
  for (const { was, now, made, choices } of replayed)
    out.push(
      `replayed: ${was}`,
      `    with the change: ${now ?? 'it ends in order'} (${made} of ${choices} choices came by)`,
    );
  if (around > 0) out.push(`near it: ${around} schedule${around === 1 ? '' : 's'}`);
  if (systematic !== undefined)
    out.push(`in order: ${systematic.covered ?? `${systematic.tries} schedules`}`);
  if (sampled !== undefined) {
    const { tries, distinct, singletons, estimate, half } = sampled;
    out.push(
      `by chance: ${tries} schedules, ${distinct} distinct orders of locks and wakeups, ${singletons} of them seen once:`,
      `    the next one shows a new order with a probability of ${share(estimate, tries)}`,
    );
    if (half !== undefined)
      out.push(
        `    (after half of them it was ${share(half.estimate, tries / 2)}, and ${percent(half.came)} of the others showed one)`,
      );
  }
  out.push('');
  if (failed === undefined) out.push(`survived (${seconds.toFixed(1)} s)`);
  else {
    out.push(`failed: ${failed.failure!.title}`);
    if (moved) out.push('the change has only moved the window: it is the same failure by another schedule');
  }
  return out;
}
