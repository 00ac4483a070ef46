import { writeFileSync } from 'node:fs';
import {
  DEFAULT_LOAD_SEARCHER,
  DEFAULT_SEARCHER,
  causeOf,
  causeText,
  type Examined,
  examine,
  explain,
  type Explanation,
  explanationText,
  type Lab,
  commandPair,
  pairText,
  focusOf,
  type KeyReport,
  keysText,
  lockOrderText,
  missedWakeups,
  missedWakeupsText,
  type Progress,
  type RaceReport,
  racesText,
  RaceWatch,
  type Schedule,
  scheduleText,
  search,
  type SearchResult,
  type StaleReport,
  staleText,
  SEARCHERS,
  searcherNamed,
  shrink,
  type Shrunk,
  STANDARD,
  StrictReplay,
  wrapped,
} from '@trap12/explore';
import { loadKernel, nodeTurn } from '@trap12/system/node.js';
import type { Command } from 'commander';
import { printLines, TabExpander, write } from './console.js';
import { EXIT, usageError } from './exit.js';
import { accepted, addMachineOptions, integer, type MachineFlags, patchOption, setupOf } from './options.js';
import { labOf, loadSubject, scheduleOf, type Subject } from './subject.js';
import { shellWord } from './words.js';

interface ExploreFlags extends MachineFlags {
  /** Undefined: by what is explored */
  strategy?: string;
  schedules: number;
  seconds?: number;
  virtual?: number;
  patch: string[];
  schedule?: string;
  shrink: number;
  odds: number;
  races: boolean;
  json: boolean;
}

/** trap12 explore: tries schedules of a scenario or a command until one fails. */
export function addExplore(program: Command, setStatus: (status: number) => void): void {
  addMachineOptions(program.command('explore'))
    .description('try schedules of a scenario, or of a command in the simulated shell, until one fails')
    .argument('<what...>', 'a scenario (FILE.ts, docs/scenarios.md), or after -- a command and its arguments')
    .option(
      '--strategy <name>',
      `how schedules are chosen: ${Object.keys(SEARCHERS).join(', ')} (default: ${DEFAULT_SEARCHER}; of a command ${DEFAULT_LOAD_SEARCHER})`,
      accepted(searcherNamed),
    )
    .option('--schedules <n>', 'schedules to try', integer(1, 1e9), 10_000)
    .option('--seconds <n>', 'seconds that it may take (default: no limit)', integer(1, 1_000_000))
    .option(
      '--virtual <n>',
      'virtual seconds of a schedule (default: what the scenario says, or 30)',
      integer(1, 100_000),
    )
    .addOption(patchOption())
    .option('--shrink <n>', 'seconds that shrinking may take, 0 for none', integer(0, 1_000_000), 60)
    .option('--odds <n>', 'runs by chance from each moment of the failing run', integer(0, 100_000), 50)
    .option('--schedule <file>', 'where to write the failing schedule (default: to standard output)')
    .option(
      '--races',
      'watch each access for data races and stale translations, whether a schedule fails or not',
      false,
    )
    .option('--json', 'print one JSON object (docs/json.md)', false)
    .addHelpText(
      'after',
      '\nMachine options are those of the scenario where it names them. Exit code 1: a schedule fails, or --races finds a race.\n\nExamples:\n  $ trap12 explore examples/scenarios/ab-ba.ts\n  $ trap12 explore --ram 16M --schedules 100 -- "churn 20 & memcheck 20m"\n',
    )
    .action(async (what: string[], flags: ExploreFlags) => setStatus(await explore(what, flags)));
}

async function explore(what: string[], flags: ExploreFlags): Promise<number> {
  const file = what.length === 1 && what[0]!.endsWith('.ts') ? what[0] : undefined;
  const options = { ...setupOf(flags), command: file === undefined ? what.join(' ') : undefined };
  const { patch: patches, virtual } = flags;
  const form = flags.races ? 'checked' : 'fast';
  const wanted = { file, patches, seconds: virtual };
  const subject = await loadSubject(wanted, options, form);
  const lab = labOf(subject);
  const strategy = flags.strategy ?? (lab.threads.length > 0 ? DEFAULT_SEARCHER : DEFAULT_LOAD_SEARCHER);
  if (lab.threads.length === 0 && subject.allReplaced.length > 0)
    lab.focus = focusOf(await loadKernel(), subject.allReplaced);
  const watch = flags.races ? new RaceWatch(lab.system) : undefined;
  let interrupted = false;
  const onInterrupt = (): void => {
    interrupted = true;
  };
  process.once('SIGINT', onInterrupt);
  const result = await search(lab, {
    searcher: searcherNamed(strategy),
    seed: flags.seed,
    schedules: flags.schedules,
    seconds: flags.seconds,
    clock: () => performance.now() / 1000,
    host: { turn: nodeTurn, stop: () => interrupted },
    onProgress: (progress) => showProgress(progress, flags),
    ...(watch === undefined ? {} : { onlooker: watch }),
  });
  watch?.end();
  const races =
    watch === undefined ? undefined : { races: watch.races, stale: watch.stale, keys: watch.keys };
  process.removeListener('SIGINT', onInterrupt);
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  if (result.found === undefined) return passed(lab, result, races, flags);
  const checked = flags.races ? subject : await loadSubject(wanted, options, 'checked');
  return failed(subject, lab, result, { races, checked, strategy }, flags);
}

const summaryOf = ({ tries, seconds }: Progress): string =>
  `${count(tries, 'schedule')} in ${seconds.toFixed(1)} s (${Math.round(tries / Math.max(seconds, 0.001))}/s)`;

/** What --races has seen. */
interface Seen {
  races: readonly RaceReport[];
  stale: readonly StaleReport[];
  keys: readonly KeyReport[];
}
type Races = Seen | undefined;

function passed(lab: Lab, result: SearchResult, races: Races, flags: ExploreFlags): number {
  const covered = result.covered === undefined ? '' : `; ${result.covered}`;
  if (flags.json) writeJson({ schema: 1, failed: false, ...jsonOf(result), ...races });
  else
    printLines([
      `no schedule failed: ${summaryOf(result)}${covered}${result.interrupted ? '; interrupted' : ''}`,
      ...(lab.threads.length > 0 ? lockOrderText(examine(lab, STANDARD, 'stacks', false).log!) : []),
      ...racesLines(races),
    ]);
  return isWrong(races) ? EXIT.notReproduced : EXIT.done;
}

const isWrong = (seen: Races): boolean =>
  seen !== undefined &&
  (seen.stale.length > 0 ||
    seen.keys.length > 0 ||
    seen.races.some((race) => race.judgement === 'unprotected'));

function racesLines(seen: Races): string[] {
  if (seen === undefined) return [];
  const { races, stale, keys } = seen;
  const none = isWrong(seen) ? [] : ['no access was seen that lacks a lock, and no stale translation'];
  const lines = [
    ...none,
    ...stale.flatMap((each) => [...staleText(each), '']),
    ...keysText(keys),
    ...racesText(races),
  ];
  return ['', ...lines.flatMap(wrapped)];
}

/** A schedule failed: it is made small, explained and printed with the command that replays it. */
async function failed(
  subject: Subject,
  lab: Lab,
  result: SearchResult,
  { races, checked, strategy }: { races: Races; checked: Subject; strategy: string },
  flags: ExploreFlags,
): Promise<number> {
  const found = result.found!;
  const until = performance.now() + 1000 * flags.shrink;
  const small =
    flags.shrink === 0 ? undefined : await shrink(lab, found, { stop: () => performance.now() >= until });
  const examined = small?.examined ?? found;
  const text = scheduleText(scheduleOf(subject, lab, examined));
  const failure = examined.failure!;
  const explained = lab.threads.length > 0 ? explanationOf(lab, examined, flags, checked) : undefined;
  if (flags.schedule !== undefined) writeSchedule(flags.schedule, text);
  if (flags.json) {
    const none = { tries: 0, before: found.choices.length, minimal: false, fewest: false, endNs: lab.endNs };
    const shrunk = shrunkJson(small ?? { examined, ...none });
    writeJson({ schema: 1, failed: true, ...jsonOf(result), shrunk, schedule: text, ...races });
    return EXIT.notReproduced;
  }
  printLines([failure.title, `found by ${strategy} after ${summaryOf(result)}`]);
  if (small !== undefined) printLines(shrunkText(small));
  printLines(['']);
  if (failure.text !== undefined) write(`${new TabExpander().expand(failure.text)}\n`);
  if (explained !== undefined) printLines(explanationText(explained));
  else printLines(commandText(lab, checked, examined, races).flatMap(wrapped));
  if (races !== undefined && explained !== undefined) printLines([...racesLines(races).slice(1), '']);
  else if (races !== undefined) printLines([...racesText(races.races).flatMap(wrapped), '']);
  if (flags.schedule === undefined) write(`${text}\n`);
  printLines([
    `replay: trap12 replay ${flags.schedule === undefined ? '- (the lines from "trap12 schedule" to "end")' : shellWord(flags.schedule)}`,
  ]);
  return EXIT.notReproduced;
}

/**
 * What is known of a command's failure: translations that were stale in it and locks that were lacking,
 * wakeups that were lost, what a process died over, what met.
 */
function commandText(lab: Lab, checked: Subject, examined: Examined, seen: Races): string[] {
  const observed = labOf(checked);
  const { ended } = examined.attempt;
  const { stale, keys } = seen ?? seenIn(observed, examined);
  return [
    ...stale.flatMap((each) => [...staleText(each), '']),
    ...keysText(keys),
    ...(ended === 'time' ? missedWakeupsText(missedWakeups(observed, examined.choices)) : []),
    ...(ended === 'panic' ? causeText(causeOf(observed, examined.choices)) : []),
    ...pairText(commandPair(lab, () => labOf(checked), examined)),
  ];
}

/** Makes the failing run once more and watches its accesses. */
function seenIn(lab: Lab, { choices }: Examined): Seen {
  const watch = new RaceWatch(lab.system);
  lab.attempt(new StrictReplay(lab, choices), watch);
  watch.told();
  watch.end();
  return { races: watch.races, stale: watch.stale, keys: watch.keys };
}

/** What shrinking has come to, for people. */
export function shrunkText({ before, tries, minimal, fewest, examined, endNs }: Shrunk): string[] {
  const end = minimal ? '' : ' (not to the end)';
  const out = [`${count(before, 'choice')}, shrunk to ${examined.choices.length} in ${tries} tries${end}`];
  if (fewest) out.push('with fewer interruptions at locks and sleeps it does not fail so');
  if (minimal && examined.choices.some(({ hold }) => hold !== undefined))
    out.push(
      `without ${examined.choices.length === 1 ? 'it' : 'one of them'}, or with the next shorter wait, it does not fail so (by ${(endNs / 1e9).toFixed(3)} virtual seconds)`,
    );
  return out;
}

/** The same as plain data. */
export function shrunkJson({ before, tries, minimal, fewest, examined, endNs }: Shrunk): object {
  return { tries, choicesBefore: before, choices: examined.choices.length, minimal, fewest, endNs };
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

function explanationOf(lab: Lab, examined: Examined, flags: ExploreFlags, checked: Subject): Explanation {
  return explain(lab, examined, {
    searcher: searcherNamed('random'),
    seed: flags.seed,
    tries: flags.odds,
    checked: () => labOf(checked),
  });
}

function writeJson(value: unknown): void {
  write(`${JSON.stringify(value, null, 2)}\n`);
}

function jsonOf(result: SearchResult): Record<string, unknown> {
  const { tries, seconds, covered, exhausted, interrupted, found } = result;
  return {
    tries,
    seconds,
    exhausted,
    interrupted,
    covered: covered ?? null,
    signature: found?.failure?.signature ?? null,
    title: found?.failure?.title ?? null,
  };
}

export function writeSchedule(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw usageError(`--schedule ${path}: ${(error as Error).message}`);
  }
}

function showProgress({ tries, seconds }: Progress, flags: ExploreFlags): void {
  if (!process.stderr.isTTY || flags.json) return;
  process.stderr.write(`\r\x1b[K${tries} schedules, ${Math.round(tries / Math.max(seconds, 0.001))}/s`);
}
