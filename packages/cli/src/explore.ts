import { writeFileSync } from 'node:fs';
import {
  DEFAULT_SEARCHER,
  type Examined,
  type Lab,
  type Progress,
  type Schedule,
  scheduleText,
  search,
  SEARCHERS,
  searcherNamed,
} from '@trap12/explore';
import { nodeTurn } from '@trap12/system/node.js';
import type { Command } from 'commander';
import { printLines, TabExpander, write } from './console.js';
import { EXIT, usageError } from './exit.js';
import { accepted, addMachineOptions, collect, integer, type MachineFlags, setupOf } from './options.js';
import { labOf, loadSubject, type Subject, subjectOf } from './subject.js';
import { shellWord } from './words.js';

interface ExploreFlags extends MachineFlags {
  strategy: string;
  schedules: number;
  seconds?: number;
  virtual?: number;
  patch: string[];
  schedule?: string;
  json: boolean;
}

/** trap12 explore: tries schedules of a scenario or a command until one fails. */
export function addExplore(program: Command, setStatus: (status: number) => void): void {
  addMachineOptions(program.command('explore'))
    .description('try schedules of a scenario, or of a command in the simulated shell, until one fails')
    .argument('<what...>', 'a scenario (FILE.ts, docs/scenarios.md), or after -- a command and its arguments')
    .option(
      '--strategy <name>',
      `how schedules are chosen: ${Object.keys(SEARCHERS).join(', ')}`,
      accepted(searcherNamed),
      DEFAULT_SEARCHER,
    )
    .option('--schedules <n>', 'schedules to try', integer(1, 1e9), 10_000)
    .option('--seconds <n>', 'seconds that it may take (default: no limit)', integer(1, 1_000_000))
    .option(
      '--virtual <n>',
      'virtual seconds of a schedule (default: what the scenario says, or 30)',
      integer(1, 100_000),
    )
    .option(
      '--patch <file>',
      'functions that replace those of the kernel (may be repeated)',
      collect,
      [] as string[],
    )
    .option('--schedule <file>', 'where to write the failing schedule (default: to standard output)')
    .option('--json', 'print one JSON object (docs/json.md)', false)
    .addHelpText(
      'after',
      '\nMachine options are those of the scenario where it names them. Exit code 1: a schedule fails.\n\nExamples:\n  $ trap12 explore examples/scenarios/ab-ba.ts\n  $ trap12 explore --ram 16M --schedules 100 -- "churn 20 & memcheck 20m"\n',
    )
    .action(async (what: string[], flags: ExploreFlags) => setStatus(await explore(what, flags)));
}

async function explore(what: string[], flags: ExploreFlags): Promise<number> {
  const file = what.length === 1 && what[0]!.endsWith('.ts') ? what[0] : undefined;
  const options = { ...setupOf(flags), command: file === undefined ? what.join(' ') : undefined };
  const { patch: patches, virtual } = flags;
  const subject = await loadSubject({ file, patches, seconds: virtual }, options);
  const lab = labOf(subject);
  let interrupted = false;
  const onInterrupt = (): void => {
    interrupted = true;
  };
  process.once('SIGINT', onInterrupt);
  const result = await search(lab, {
    searcher: searcherNamed(flags.strategy),
    seed: flags.seed,
    schedules: flags.schedules,
    seconds: flags.seconds,
    clock: () => performance.now() / 1000,
    host: { turn: nodeTurn, stop: () => interrupted },
    onProgress: (progress) => showProgress(progress, flags),
  });
  process.removeListener('SIGINT', onInterrupt);
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  const { found, tries, seconds } = result;
  const rate = tries / Math.max(seconds, 0.001);
  const covered = result.covered === undefined ? '' : `; ${result.covered}`;
  const summary = `${tries} schedule${tries === 1 ? '' : 's'} in ${seconds.toFixed(1)} s (${Math.round(rate)}/s)`;
  if (found === undefined) {
    if (flags.json) writeJson({ schema: 1, failed: false, ...jsonOf(result) });
    else printLines([`no schedule failed: ${summary}${covered}${result.interrupted ? '; interrupted' : ''}`]);
    return EXIT.done;
  }
  const schedule = scheduleOf(subject, lab, found);
  const text = scheduleText(schedule);
  if (flags.schedule !== undefined) writeSchedule(flags.schedule, text);
  if (flags.json) writeJson({ schema: 1, failed: true, ...jsonOf(result), schedule: text });
  else {
    printLines([`${found.failure!.title}`, `found by ${flags.strategy} after ${summary}`, '']);
    if (found.failure!.text !== undefined) write(`${new TabExpander().expand(found.failure!.text)}\n`);
    if (flags.schedule === undefined) write(`${text}\n`);
    printLines([`replay: trap12 replay ${shellWord(flags.schedule ?? 'SCHEDULE')}`]);
  }
  return EXIT.notReproduced;
}

function writeJson(value: unknown): void {
  write(`${JSON.stringify(value, null, 2)}\n`);
}

function jsonOf(result: Awaited<ReturnType<typeof search>>): Record<string, unknown> {
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

/** The schedule of a try that was examined. */
export function scheduleOf(subject: Subject, lab: Lab, found: Examined): Schedule {
  return {
    ...subjectOf(subject),
    from: lab.from,
    choices: found.choices,
    ended: found.failure?.signature ?? 'in order',
    endedNs: found.attempt.nowNs,
    hash: found.hash,
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
