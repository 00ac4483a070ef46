import { around, type Decider, type DecisionKind, Prng, type Snapshot } from '@trap12/machine';
import { unlessCut } from '../cut.js';
import { type Who, whoAt } from '../processes.js';
import { type Examined, failureNow } from '../failure.js';
import type { Lab } from '../lab.js';
import { LOCK_FILES, type Place, runningStack } from '../places.js';
import { choicesAgain } from '../replay.js';
import type { WalkMaker } from '../walks/index.js';
import { Handover, jump } from './odds.js';

/** How likely the failure was at a moment of the failing run. */
export interface Moment {
  /** Decisions about processes before it, in the part of the run that is looked at */
  decision: number;
  /** Virtual time, ns since power-on */
  ns: number;
  /** Who runs there */
  process: string;
  pid: number;
  /** Undefined: not known */
  place: Place | undefined;
  /** Who is chosen there to run next, if that is what is decided */
  chosen: { process: string; pid: number } | undefined;
  /** Of so many runs from there, so many failed in the same way */
  failed: number;
  tries: number;
}

/** The failure's odds over the failing run of a command. */
export interface Fate {
  /** In order of time; the first is before the first choice */
  moments: Moment[];
  /**
   * Index of the moment of no return: from there on all runs failed, and from the moment before not all;
   * undefined: up to the last moment some did not, or from the first all did
   */
  noReturn: number | undefined;
  /** Nothing is decided between that moment and the one before it */
  exact: boolean;
  /** Index of the moment to which the odds rose most from the one before; undefined: they never rose */
  jump: number | undefined;
  /** Virtual time up to which runs were looked at, ns since power-on */
  endNs: number;
  /** It was ended before all moments were looked at; missing: it was not */
  ended?: FateEnd;
}

/** Where the search for the odds was ended, at a moment that is none of those that are known. */
export interface FateEnd {
  by: 'time' | 'interrupted';
  /** Runs that were made, at all moments with this one */
  runs: number;
  /** The moment: ns since power-on; so many of its runs were made, of so many at most */
  ns: number;
  tries: number;
  wanted: number;
}

export interface FateOptions {
  /** How the runs go on */
  walk: WalkMaker;
  seed: number;
  /** Runs from each moment, at most */
  tries: number;
  /** Lets the host's own events have their turn */
  turn?(): Promise<void>;
  /** Asked before each run and in the middle of it */
  stop?(): boolean;
  /** The same before each, of the time that the host has for it */
  isOver?(): boolean;
}

/** From the end backwards each moment is so many times as many decisions away from it as the one before. */
const FARTHER = 4;
/** Before so many moments in a row from which no run failed only the first one is looked at. */
const NEVER = 2;
/** The odds' greatest rise is narrowed down to this part of the run. */
const NARROW = 1 / 64;
/** Where so many runs from a moment have all passed, no more are made. */
const PASSED = 4;
/** Of a run without choices the last so much is looked at. */
const WITHOUT_NS = 0.1e9;
/** Runs are looked at for so much longer than the failing one. */
const BEHIND_NS = 5e6;

/**
 * Draws the odds of a command's failure over its failing run. At a number of its decisions about processes
 * all further ones are left to chance, again and again: a walk for the processor, new chance for the devices;
 * and the failures with the same signature are counted. Between the last moment from which some runs passed
 * and the next one the search goes on by halves, down to two decisions that are next to each other. So it
 * takes it that a failure which cannot be prevented any more stays so. How likely it was before, the walk
 * decides, too.
 * @param lab whose tries begin before the first choice
 * @returns undefined: nothing is decided in the run, or it was stopped before it was gone through; without
 * moments: it was ended before it knew anything
 */
export async function fateOf(lab: Lab, found: Examined, options: FateOptions): Promise<Fate | undefined> {
  const whole = lab.endNs;
  try {
    return await new FateSearch(lab, found, options).run();
  } finally {
    lab.endNs = whole;
  }
}

/** A decision about processes of the failing run: a moment of which the odds are not known yet. */
type Decided = Omit<Moment, 'decision' | 'failed' | 'tries'>;

class FateSearch {
  private readonly known = new Map<number, Moment>();
  private readonly seeds: Prng;
  private decided: Decided[] = [];
  /** The machine where it stands by itself, behind so many of the decisions, in order */
  private stands: { snapshot: Snapshot; behind: number }[] = [];
  private runs = 0;
  private ended: FateEnd | undefined;

  constructor(
    private readonly lab: Lab,
    private readonly found: Examined,
    private readonly options: FateOptions,
  ) {
    this.seeds = new Prng(options.seed);
  }

  async run(): Promise<Fate | undefined> {
    const { lab, found } = this;
    const deathNs = found.attempt.nowNs;
    const beginNs = found.firstNs ?? Math.max(lab.beginNs, deathNs - WITHOUT_NS);
    const gone = unlessCut(this.options.stop, () => {
      this.standBefore(beginNs);
      this.goThrough();
    });
    if (gone === undefined) return undefined;
    const last = this.decided.length - 1;
    if (last < 0) return undefined;
    const first = Math.max(
      0,
      this.decided.findIndex(({ ns }) => ns >= beginNs),
    );
    lab.endNs = deathNs + BEHIND_NS;
    const { endNs } = lab;
    if (await this.lookBack(first, last)) {
      await this.halve(noReturnOf, 2);
      await this.halve(jump, Math.max(2, (last - first) * NARROW));
    }
    const moments = this.moments();
    const noReturn = noReturnOf(moments);
    const exact = noReturn !== undefined && moments[noReturn]!.decision - moments[noReturn - 1]!.decision < 2;
    const fate = { moments, noReturn, exact, jump: jump(moments), endNs };
    return this.ended === undefined ? fate : { ...fate, ended: this.ended };
  }

  /** Looks at the first moment, and from the last one backwards. @returns false: stopped */
  private async lookBack(first: number, last: number): Promise<boolean> {
    if (!(await this.look(first))) return false;
    for (let back = 0, never = 0; last - back > first && never < NEVER; back = Math.max(1, back * FARTHER)) {
      if (!(await this.look(last - back))) return false;
      never = this.known.get(last - back)!.failed === 0 ? never + 1 : 0;
    }
    return true;
  }

  /** Looks between a moment and the one before it, as long as they are so many decisions apart or more. */
  private async halve(which: (moments: Moment[]) => number | undefined, apart: number): Promise<void> {
    for (;;) {
      const moments = this.moments();
      const at = which(moments);
      if (at === undefined) return;
      const [low, high] = [moments[at - 1]!.decision, moments[at]!.decision];
      if (high - low < apart || !(await this.look((low + high) >> 1))) return;
    }
  }

  private moments(): Moment[] {
    return [...this.known.values()].sort((a, b) => a.decision - b.decision);
  }

  private again(): Decider {
    return choicesAgain(this.lab.system, this.found.choices);
  }

  /** The machine shortly before a time, where it stands by itself. */
  private standBefore(ns: number): void {
    const { lab } = this;
    const { machine } = lab.system;
    lab.approach(ns);
    lab.begin(this.again());
    let snapshot = machine.save();
    while (machine.run(machine.now() + STEP_NS) === 'time' && machine.now() < ns) {
      snapshot = machine.save();
      lab.tellSlice();
    }
    this.stands = [{ snapshot, behind: 0 }];
  }

  /** Makes the failing run, notes its decisions about processes, and keeps the machine now and then. */
  private goThrough(): void {
    const { lab, decided, stands, found } = this;
    const { machine, memory } = lab.system;
    const again = this.again();
    const noting = around(again, (decision) => {
      const { context } = machine.cpu;
      const choice = again.decide(decision);
      const next = decision.kind === 'run' ? decision.objects[choice] : undefined;
      const who = (p: number): Who => whoAt(memory, p);
      if (isAboutProcesses(decision.kind))
        decided.push({
          ...{ ns: machine.now(), ...who(context), chosen: next === undefined ? undefined : who(next) },
          place: runningStack(memory, 1, LOCK_FILES)[0],
        });
      return choice;
    });
    lab.goTo(stands[0]!.snapshot, noting);
    const stepNs = Math.max(STEP_NS, (found.attempt.nowNs - machine.now()) / STANDS);
    while (machine.run(machine.now() + stepNs) === 'time' && machine.now() < lab.endNs) {
      stands.push({ snapshot: machine.save(), behind: decided.length });
      lab.tellSlice();
    }
  }

  /** Finds out the odds at a decision. @returns false: stopped */
  private async look(decision: number): Promise<boolean> {
    const { lab, options, known, found } = this;
    if (known.has(decision)) return true;
    const moment: Moment = { ...this.decided[decision]!, decision, failed: 0, tries: 0 };
    const seed = this.seeds.below(0x7fff_ffff);
    const { snapshot, behind } = this.stands.findLast((each) => each.behind <= decision)!;
    const isEnough = (): boolean =>
      moment.tries >= options.tries || (moment.tries >= PASSED && moment.failed === 0);
    const end = (by: FateEnd['by']): false => {
      this.ended = { by, runs: this.runs, ns: moment.ns, tries: moment.tries, wanted: options.tries };
      return false;
    };
    for (; !isEnough(); moment.tries++) {
      await options.turn?.();
      if (options.stop?.() === true) return end('interrupted');
      if (options.isOver?.() === true) return end('time');
      const ended = unlessCut(options.stop, () => {
        const then = byChance(options.walk(lab, seed, moment.tries), new Prng(seed + moment.tries));
        lab.goTo(snapshot, new Handover(this.again(), decision - behind, then));
        return lab.runOn();
      });
      if (ended === undefined) return end('interrupted');
      this.runs++;
      if (failureNow(lab, ended.is)?.signature === found.failure?.signature) moment.failed++;
    }
    known.set(decision, moment);
    return true;
  }
}

/** The machine is kept this often, where it stands by itself, and so many times at most. */
const STEP_NS = 1e6;
const STANDS = 32;

const isAboutProcesses = (kind: DecisionKind): boolean => kind === 'preempt' || kind === 'run';
/** What the machine draws evenly. */
const EVEN = new Set<DecisionKind>(['slice', 'seek', 'packet', 'clock']);

/** A walk decides about processes, chance of its own about devices. */
const byChance = (walk: Decider, prng: Prng): Decider =>
  around(walk, (decision) => (EVEN.has(decision.kind) ? prng.below(decision.n) : walk.decide(decision)));

const all = ({ failed, tries }: Moment): boolean => failed === tries;

function noReturnOf(moments: readonly Moment[]): number | undefined {
  const before = moments.findLastIndex((moment) => !all(moment));
  return before < 0 || before === moments.length - 1 ? undefined : before + 1;
}
