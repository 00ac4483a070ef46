import type {
  Clashes,
  Delay,
  Failure,
  Fate,
  Found,
  FoundSetup,
  Reproduction,
  ScheduledChoice,
  Shrunk,
  SmallFound,
} from '@trap12/explore';
import { machineOf } from '@trap12/explore';
import { parseRegime, regimes as knownRegimes } from '@trap12/kernel';
import { explain } from '@trap12/report';
import { callStopped, type Kernel, type System } from '@trap12/system';
import { SymbolTable } from '@trap12/target';
import { printLines, TabExpander, write } from './console.js';
import { saveDump } from './disk.js';
import { usageError } from './exit.js';
import { shrunkJson } from './explore-text.js';
import { verdictsJson, type Verdict } from './reproduce-judge.js';

/*
 * The run that `reproduce` has found, and what is told of it.
 */

/** Options that name a file which is written about the run that was found. */
export const FILES = ['dump', 'core', 'schedule', 'trace', 'html', 'certificate'] as const;

/**
 * The regimes of a list; what changes a switch belongs to the regime before it:
 * `giant,vm_mtx=1,vm_mtx-20010519` are two.
 * @throws CommandError that says what is accepted
 */
export function regimeList(text: string, kernel: Kernel): string[] {
  const symbols = new SymbolTable(kernel.image);
  if (text === 'all') return Object.keys(knownRegimes(symbols));
  const out: string[] = [];
  for (const word of text.split(',')) {
    if (word.includes('=') && out.length > 0) out.push(`${out.pop()},${word}`);
    else out.push(word);
  }
  // One that stands there twice, by whatever words, is searched once.
  const found = new Map<string, string>();
  for (const each of out) {
    try {
      const switches = JSON.stringify(parseRegime(each, symbols));
      if (!found.has(switches)) found.set(switches, each);
    } catch (error) {
      // Of a regime's name all of them can stand here, too.
      const { message } = error as RangeError;
      throw usageError(
        message.startsWith('no locking regime')
          ? message.replace('; accepted: ', '; accepted: all, ')
          : message,
      );
    }
  }
  return [...found.values()];
}

/** Has a machine that has stopped in the debugger dump. */
export function dumpFromDebugger(system: System, path: string): void {
  const tabs = new TabExpander();
  system.machine.console.onOutput = (chunk) => write(tabs.expand(chunk));
  printLines(['db> call doadump']);
  callStopped(system, 'doadump');
  saveDump(system, path);
}

/** The run that is told of: the one that was found, or what shrinking has made of it. */
export interface Run {
  /** Where it stands at its end; undefined: Ctrl-C came before, and it was not made again */
  system: System | undefined;
  text: string;
  /** Undefined: not known */
  delays: readonly Delay[] | undefined;
  choices: readonly ScheduledChoice[];
  ended: string;
  endedNs: number;
  /** stateHash() of its end */
  hash: string;
  shrunk: Shrunk | undefined;
  /** What met in it; undefined: not known */
  clashes: Clashes | undefined;
  /** How likely it was at its moments; undefined: not known */
  fate: Fate | undefined;
  small: SmallFound | undefined;
  verdicts: readonly Verdict[];
  /** Regimes that were to be judged and are not: Ctrl-C came before */
  unjudged: readonly string[];
  /** Parts of it that were not looked for: Ctrl-C came before */
  lost: readonly (keyof typeof LOST)[];
}

/** What a run lacks, for people. */
export const LOST = {
  delays: 'who was kept waiting',
  clashes: 'what raced',
  fate: 'how likely it was to fail so',
} as const;

/** The run that was found, as it is. */
export const runOf = (found: Found, setup: FoundSetup): Run => ({
  system: machineOf(found, setup),
  text: found.text,
  delays: found.delays,
  choices: found.choices,
  ended: found.report.signature,
  endedNs: found.nowNs,
  hash: found.hash,
  shrunk: undefined,
  clashes: undefined,
  fate: undefined,
  small: undefined,
  ...{ verdicts: [], unjudged: [], lost: [] },
});

/** How far a machine has come that is run again and again. */
export interface Told {
  nowNs: number;
}

export const atText = ({ nowNs }: Told): string =>
  nowNs === 0 ? '' : `, at ${(nowNs / 1e9).toFixed(2)} virtual seconds`;

/** What the reader makes of a panic, in one paragraph. */
export const inShort = (failure: Failure | undefined): string[] =>
  failure?.report === undefined ? [] : [explain(failure.report).inShort];

export function jsonResult({ found, near, outcomes }: Reproduction, run?: Run, schedule?: string): object {
  const small = run?.shrunk;
  return {
    reproduced: found?.same === true,
    seed: found?.seed ?? null,
    panic: run?.text ?? found?.text ?? null,
    delays: (run ?? found)?.delays ?? [],
    shrunk: small === undefined ? null : shrunkJson(small),
    schedule: schedule ?? null,
    clashes: run?.clashes ?? null,
    fate: run?.fate ?? null,
    verdicts: verdictsJson(run?.verdicts ?? []),
    ...(run === undefined || run.lost.length === 0 ? {} : { lost: run.lost }),
    near: near === undefined ? null : { seed: near.seed, panic: near.text },
    runs: outcomes,
  };
}

/** What Ctrl-C has left unknown of a run, in the place where it would stand. */
export const lostLines = ({ lost }: Pick<Run, 'lost'>): string[] =>
  lost.length === 0
    ? []
    : [`Not known, as Ctrl-C came before: ${lost.map((part) => LOST[part]).join('; ')}.`, ''];
