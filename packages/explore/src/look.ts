import { around, type Snapshot } from '@trap12/machine';
import { type Kernel, NoProgressError, type RunHost, type SystemMaker } from '@trap12/system';
import { coverageOf } from './coverage.js';
import { ownReport } from './crash-text.js';
import { unlessCut } from './cut.js';
import { type Examined, examine, failureNow } from './failure.js';
import { delaysIn, labOfFound } from './found.js';
import type { Beginning, Lab } from './lab.js';
import { type Match, matchReports } from './match.js';
import { LooseReplay, nameOf } from './record.js';
import type { Found, RunOutcome, SeedResult, SeedTask } from './reproduce.js';
import type { ScheduledChoice } from './schedule.js';
import { Gaps } from './strategies/gaps.js';
import { kernelView } from './view.js';

/** Of the time of a run so much is looked at. */
const PART = 1 / 3;
/** On the way the machine is kept this often. */
const KEPT_NS = 0.25e9;
/** The process is made to wait so long at most. */
const WAIT_MAX_NS = 1e9;
/** Ends of its wait are so far apart, or farther: where nobody was chosen in its place they are the same. */
const APART_NS = 0.02e9;
/** At the end of a wait the machine is watched until it was chosen and this is over, ... */
const AFTER_NS = 0.01e9;
/** ... or for so long. */
const AFTER_MAX_NS = 0.15e9;

/** A place at which the process stands in a gap. */
interface Gap {
  context: number;
  choice: ScheduledChoice;
  /** When it comes by if nobody is made to wait, ns since power-on */
  ns: number;
  /** Where tries may begin: before that */
  before: Beginning | undefined;
}

/**
 * Looks for the report's panic around one run of a load, that of a seed as the machine has it by itself. At
 * each gap between two critical sections of the suspect's (Gaps) it is made to wait, alone; and while it
 * does, the machine is kept again and again, and the wait is ended there, for a moment: if the machine does
 * not die of that, it goes on as if nothing had been, with the process still waiting. So one wait of a second
 * is a dozen waits of different lengths for a little more than the price of one; what is found is one wait
 * and nothing else.
 *
 * After K. Sen, "Race directed random testing of concurrent programs" (PLDI 2008), which has a thread wait
 * where it is about to race and looks what comes of each order. Deviations: the report says who waits, any of
 * its gaps will do, and all ends of one wait share the run up to there.
 * @returns the panic, or one that is the same but for little; null: none was met, which says nothing of the
 * seed's own run
 */
export async function lookAround(
  kernel: Kernel,
  task: SeedTask,
  host: RunHost,
  onProgress?: (seed: number, seconds: number) => void,
  make?: SystemMaker,
): Promise<SeedResult | null> {
  try {
    return await new Look(kernel, task, host, onProgress, make).run();
  } catch (error) {
    // The seed's own run will say so.
    if (error instanceof NoProgressError) return null;
    throw error;
  }
}

class Look {
  private readonly lab: Lab;
  private readonly endNs: number;
  private readonly missing: readonly string[];
  /** The first death that is the report's but for little */
  private near: SeedResult | null = null;

  constructor(
    kernel: Kernel,
    private readonly task: SeedTask,
    private readonly host: RunHost,
    private readonly onProgress: ((seed: number, seconds: number) => void) | undefined,
    make: SystemMaker | undefined,
  ) {
    const { setup, seconds, report } = task;
    const { seed, command = '' } = setup;
    this.lab = labOfFound({ seed, command }, { kernel, setup, seconds, make, guard: host.guard });
    this.endNs = this.lab.startNs + PART * seconds * 1e9;
    this.missing = coverageOf(report, kernel).missing;
  }

  async run(): Promise<SeedResult | null> {
    return (await this.look()) ?? this.near;
  }

  private async look(): Promise<SeedResult | null> {
    const { lab, task } = this;
    const suspect = task.suspect ?? task.report.process?.value.name;
    if (suspect === undefined) return null;
    while (lab.beginNs < this.endNs) {
      if (await this.stopped()) return null;
      const { beginNs } = lab;
      const gaps = this.unlessCut(() => this.gapsUpTo(beginNs + KEPT_NS, suspect));
      if (gaps === undefined) return null;
      const there = lab.beginning;
      for (const gap of gaps) {
        const found = await this.wait(gap);
        if (found !== null) return found;
      }
      lab.rewind(there);
      // It does not go on by itself.
      if (lab.beginNs === beginNs) return null;
    }
    return null;
  }

  /** Makes runs. @returns undefined: they were given up, as it is stopped */
  private unlessCut<T>(call: () => T): T | undefined {
    const { host } = this;
    return unlessCut(host.stop && ((): boolean => host.stop!()), call)?.is;
  }

  private async stopped(): Promise<boolean> {
    const { host, lab, task } = this;
    this.onProgress?.(task.setup.seed, lab.beginNs / 1e9);
    await host.turn();
    return host.stop?.() === true;
  }

  /** Has tries begin later, and says by which gaps the suspect comes up to there. */
  private gapsUpTo(ns: number, suspect: string): Gap[] {
    const { lab } = this;
    const { system } = lab;
    const { machine } = system;
    const before = lab.beginning;
    const watch = new Gaps(kernelView(system), suspect);
    const out: Gap[] = [];
    lab.advance(
      ns,
      (context, place, nth) => {
        if (watch.opened(context) === undefined) return;
        const process = nameOf(system, context);
        // A hold is found again by process, place and nth.
        const choice: ScheduledChoice = {
          ...({ kind: 'hold', number: 0, own: 0, choice: 1, chosen: undefined } as const),
          ...{ process, hold: { forNs: undefined, place, nth } },
        };
        out.push({ context, choice, ns: machine.now(), before });
      },
      { classes: Gaps.classes, happened: (...told) => void watch.happened(...told) },
    );
    return out;
  }

  /** Has the suspect wait in a gap, and ends that again and again. */
  private async wait({ context, choice, ns, before }: Gap): Promise<SeedResult | null> {
    const { lab } = this;
    const { machine } = lab.system;
    const waiting = new LooseReplay(lab, [choice]);
    let passedOver = true;
    const noting = around(waiting, (decision) => {
      const taken = waiting.decide(decision);
      passedOver ||= decision.kind === 'run' && decision.objects.slice(0, taken).includes(context);
      return taken;
    });
    lab.rewind(before);
    lab.begin(noting);
    for (let forNs = APART_NS; forNs <= WAIT_MAX_NS; forNs += APART_NS) {
      // It dies or ends by itself meanwhile.
      if (this.unlessCut(() => lab.run(ns + forNs)) !== 'time') return null;
      if (!passedOver) continue;
      passedOver = false;
      const held = machine.save();
      const waitedNs = machine.now() - ns;
      if (this.unlessCut(() => this.diesWhenFree(held, context)) === true) {
        const found = this.confirmed({ ...choice, hold: { ...choice.hold!, forNs: waitedNs } }, before);
        if (found !== null) return found;
      }
      if (await this.stopped()) return null;
      lab.goTo(held, noting);
    }
    return null;
  }

  /** Goes on from where a process is kept waiting as if it were not any more, until it has run. */
  private diesWhenFree(held: Snapshot, context: number): boolean {
    const { lab } = this;
    const { machine } = lab.system;
    let chosen = false;
    lab.goTo(held, {
      decide: ({ kind, standard, objects }) => {
        chosen ||= kind === 'run' && objects[standard] === context;
        return standard;
      },
    });
    const untilNs = machine.now() + AFTER_MAX_NS;
    for (let ran = false; !ran && machine.now() < untilNs; ) {
      ran = chosen;
      const why = lab.run(machine.now() + AFTER_NS);
      if (why !== 'time') return why === 'panic' || why === 'debugger';
    }
    return false;
  }

  /**
   * Makes the run whole with that one wait: is it the panic that is looked for? The first one that nearly is
   * is kept.
   */
  private confirmed(choice: ScheduledChoice, before: Beginning | undefined): SeedResult | null {
    const { lab } = this;
    const verdict = this.verdictNow();
    const isFirstNear = verdict === 'near' && this.near === null;
    if (!isFirstNear && !this.isWanted(verdict)) return null;
    const endNs = lab.system.machine.now() + AFTER_NS;
    lab.rewind(before);
    const whole = lab.endNs;
    lab.endNs = endNs;
    const run = examine(lab, new LooseReplay(lab, [choice]));
    lab.endNs = whole;
    const result = this.resultOf(run);
    if (result === null || result.found !== undefined) return result;
    this.near ??= result;
    return null;
  }

  /** How the panic of which the machine has just died is held against the report. */
  private verdictNow(): Match['verdict'] | undefined {
    const { report, text } = failureNow(this.lab, 'panic') ?? {};
    return report === undefined || text === undefined ? undefined : this.match(text).verdict;
  }

  private match(text: string): Match {
    return matchReports(this.task.report, ownReport(this.lab.system.target, text), this.missing);
  }

  private isWanted(verdict: Match['verdict'] | undefined): boolean {
    return verdict === 'same' || (verdict !== undefined && this.task.anyPanic === true);
  }

  private resultOf(run: Examined): SeedResult | null {
    const { lab, task } = this;
    const { report, text = '' } = run.failure ?? {};
    if (report === undefined) return null;
    const { verdict, differences, equivalences } = this.match(text);
    const { seed, command = '' } = task.setup;
    const { choices, firstNs, lastNs, hash, attempt } = run;
    const { nowNs } = attempt;
    const [title, seconds] = [report.title, nowNs / 1e9];
    const outcome: RunOutcome = {
      ...{ seed, result: verdict, title, seconds, look: true, differences, equivalences },
    };
    const isWanted = this.isWanted(verdict);
    if (!isWanted && verdict !== 'near') return null;
    const delays = delaysIn(lab, choices);
    const found: Found = {
      ...{ system: lab.system, nowNs, hash, text, seed, report, same: verdict === 'same' },
      ...{ delays, command, choices, firstNs, lastNs },
    };
    if (isWanted) return { outcome, text, found };
    return { outcome, text, found: undefined, near: { ...found, system: undefined } };
  }
}
