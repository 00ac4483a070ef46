import { coreFile } from '@trap12/dump';
import {
  clashesOf,
  clashesText,
  clashMarks,
  coverageOf,
  coverageText,
  CHANCES,
  delaysText,
  examine,
  type Fate,
  fateOf,
  fateText,
  type Found,
  type FoundSetup,
  type Judged,
  labOfFound,
  machineOf,
  type Lab,
  type Load,
  reproduce,
  type Reproduction,
  type RunOutcome,
  scheduleText,
  shrinkFound,
  type Tried,
  type TryCrew,
  type TryTask,
  type Shrunk,
  type SmallFound,
  StrictReplay,
  unlessCut,
} from '@trap12/explore';
import type { Report } from '@trap12/report';
import { type Kernel, oneAtATime, type System } from '@trap12/system';
import { signalsTold } from '@trap12/system/interruption.js';
import { NodeHost } from '@trap12/system/node.js';
import { isDeepStrictEqual } from 'node:util';
import { printLines, TabExpander, write } from './console.js';
import type { Said } from './certificate.js';
import { besides, EXIT, unlessInterrupted } from './exit.js';
import { shrunkText } from './explore-text.js';
import {
  atText,
  dumpFromDebugger,
  FILES,
  inShort,
  jsonResult,
  lostLines,
  regimeList,
  type Run,
  runOf,
  type Told,
} from './found-run.js';
import { type MachineFlags, setupOf, type StrategyFlags } from './options.js';
import { replayLine, sayOfFiles, writeFor } from './output.js';
import { Progress, type SearchState, Stage, timeText } from './progress.js';
import {
  addedBy,
  chooseLoad,
  readReport,
  FailingLoad,
  refuseAbsent,
  refuseFailing,
  refuseHopeless,
  scheduleOfRun,
} from './find-schedule.js';
import { debugFound } from './reproduce-ddb.js';
import {
  cures,
  judgeRegime,
  judgingText,
  type FoundRecord,
  type JudgeTask,
  type Verdict,
  verdictLines,
} from './reproduce-judge.js';
import {
  absentLines,
  differenceLines,
  equivalenceLines,
  instead,
  leftLines,
  loadText,
  noteOn,
  othersLines,
  unnamedLines,
  regimeLine,
  unsearchedLines,
  replayText,
} from './reproduce-text.js';
import { sentinel } from './sentinel/sentinel.js';
import { writeSparse } from './sparse-file.js';
import { labOf, subjectOfSchedule } from './subject.js';
import { type Given, machineTold, type MachineTold } from './told-machine.js';
import { traceSchedule } from './trace-file.js';
import { sizeText } from './words.js';
import { type Pool, withPool } from './work/pool.js';
import { SeedCrew } from './work/seed-crew.js';
import { kernelWith, type Task } from './work/tasks.js';

/** Seconds of the host's that the odds of the shrunk run may take. */
const ODDS_SECONDS = 20;
const BY_ITSELF = 'It fails without any choice: as the machine does by itself.';
/** Tries that last less are made sooner here than by others, whose code is not warm. */
const LONG_TRY_NS = 3e9;

export interface ReproduceFlags extends MachineFlags, StrategyFlags {
  attempts: number;
  looks?: number;
  seconds: number;
  any: boolean;
  batch: boolean;
  schedule?: string;
  shrink: number;
  judge: number;
  odds: number;
  jobs: number;
  memory: number;
  trace?: string;
  html?: string;
  certificate?: string;
  json: boolean;
  core?: string;
  dump?: string;
  background: string;
  load?: string;
  regimes?: string;
  program: string[];
  patch: string[];
  /** What of the machine somebody has given; all of it if left out */
  given?: Given;
}

/** One call of the command. */
export class Search {
  private host!: NodeHost;
  private report!: Report;
  private kernel!: Kernel;
  private pool: Pool<Task> | undefined;
  private load!: Load;
  private told!: MachineTold;
  /** Of the last search */
  private progress: Progress | undefined;
  /** Locking regimes to be searched in turn */
  private list: readonly string[] | undefined;
  /** Of this thread: one machine at a time is needed, of the search or of what comes after it */
  private readonly make = oneAtATime();

  constructor(
    private readonly path: string,
    private flags: ReproduceFlags,
  ) {}

  async run(): Promise<number> {
    try {
      return await this.atWork(() => (this.list === undefined ? this.one() : this.several(this.list)));
    } catch (error) {
      // Standard output is one object then, or nothing.
      if (!(error instanceof FailingLoad) || this.flags.json) throw error;
      printLines([`${this.path}: ${this.report.title}`, error.message]);
      return error.status;
    }
  }

  /** Does something with all that is needed before the first seed: what is to be run, on what, by whom. */
  private async atWork<R>(what: () => Promise<R>): Promise<R> {
    const { path } = this;
    this.report = await readReport(path);
    this.told = machineTold(this.report, this.flags, this.flags.given);
    const flags = { ...this.flags, ram: this.told.ram };
    this.flags = flags;
    this.kernel = await kernelWith(flags);
    if (flags.regimes !== undefined) this.list = regimeList(flags.regimes, this.kernel);
    const coverage = coverageOf(this.report, this.kernel);
    if (!flags.json) process.stderr.write(`${coverageText(this.report, coverage)}\n`);
    this.load = chooseLoad(path, this.report, this.kernel, flags);
    // Who waits for a search should know at once.
    if (!flags.json)
      for (const line of [...leftLines(this.load), ...this.told.lines]) process.stderr.write(`${line}\n`);
    sentinel.start();
    this.host = new NodeHost(undefined, { twiceEnds: true, whileBusy: true });
    this.host.onStop(() => this.pool?.drop());
    try {
      return await withPool<Task, R>(flags.jobs, (pool) => {
        this.pool = pool;
        return what();
      });
    } finally {
      this.host.close();
    }
  }

  private async search(locking: string, prefix = ''): Promise<Reproduction> {
    const { flags } = this;
    const progress = new Progress(prefix, this.progress);
    this.progress = progress;
    const state: SearchState = {
      done: 0,
      total: flags.attempts,
      past: 0,
      seed: flags.seed,
      seconds: 0,
      limit: flags.seconds,
      look: false,
      beside: 0,
      last: '',
    };
    const shown = !flags.json || process.stderr.isTTY === true;
    const outcomes: RunOutcome[] = [];
    const { pool, kernel, host, make } = this;
    const crew = pool && new SeedCrew(pool, addedBy(flags), { kernel, host, make });
    const tick = (): void => {
      const [first, ...others] = crew?.progress ?? [];
      if (!shown || first === undefined) return;
      state.beside = others.reduce((sum, { seconds }) => sum + seconds, 0);
      progress.show(Object.assign(state, first));
    };
    const ticking = setInterval(tick, 1000);
    const result = await reproduce({
      report: this.report,
      kernel,
      setup: { ...setupOf(flags), locking },
      load: this.load,
      attempts: flags.attempts,
      looks: flags.looks,
      seconds: flags.seconds,
      strategy: flags.strategy,
      ...(flags.suspect === undefined ? {} : { suspect: flags.suspect }),
      anyPanic: flags.any,
      onOutcome: (outcome: RunOutcome) => {
        Object.assign(state, {
          done: state.done + (outcome.look === true ? 0 : 1),
          past: state.past + (outcome.look === true ? 0 : outcome.seconds),
          seed: outcome.look === true ? outcome.seed : outcome.seed + 1,
          seconds: 0,
          last: outcome.title,
        });
        outcomes.push(outcome);
        if (outcomes.length === 1) refuseHopeless(this.load, outcome);
        refuseFailing(this.load, outcomes);
        if (outcomes.every(({ absent }) => absent !== undefined)) refuseAbsent(flags.suspect, outcome);
        const note = shown ? noteOn(outcomes) : undefined;
        if (note !== undefined) progress.note(note);
      },
      onProgress: (seed, seconds, look) => {
        Object.assign(state, { seed, seconds, look });
        if (shown) progress.show(state);
      },
      ...{ host, make, ...(crew === undefined ? {} : { crew }) },
    }).finally(() => {
      clearInterval(ticking);
      progress.end();
    });
    return result;
  }

  /** What a page says of a run. */
  private saidOf(run: Run, { lab, shrunk }: SmallFound): Said {
    return {
      summary: [
        ...inShort(shrunk.examined.failure),
        ...(shrunk.before === 0 ? [BY_ITSELF] : shrunkText(shrunk)),
        this.path,
      ],
      printed: new TabExpander().expand(run.text).split('\n'),
      text: [
        ...(run.clashes === undefined ? delaysText(run.delays ?? []) : clashesText(run.clashes)),
        ...fateText(run.fate, run.clashes?.died.ns),
        ...verdictLines(run, { shrunk }, lab.system.symbols, this.flags.locking),
      ],
      marks: run.clashes === undefined ? [] : clashMarks(run.clashes),
      zeroNs: run.clashes?.waits.ns,
    };
  }

  /** A certificate of what was found and a page about it, if they are wanted. */
  private async writePages(run: Run, found: Found, schedule: string): Promise<void> {
    const { html, certificate, patch: patches } = this.flags;
    const { small } = run;
    const said = small === undefined ? undefined : this.saidOf(run, small);
    if (certificate !== undefined)
      await besides('--certificate', certificate, async () => {
        const { writeCertificate } = await import('./certificate.js');
        await writeCertificate(certificate, schedule, undefined, said);
      });
    if (html === undefined) return;
    await besides('--html', html, async () => {
      if (small === undefined || said === undefined)
        return this.writePageUnshrunk(html, run, found, schedule);
      const { writePage } = await import('./html/write.js');
      const subject = { file: undefined, patches };
      writePage(html, small.lab, small.shrunk.examined, subject, { ...said, schedule });
    });
  }

  /** A page about what was found and not made smaller. */
  private async writePageUnshrunk(html: string, run: Run, found: Found, schedule: string): Promise<void> {
    const { writePage } = await import('./html/write.js');
    const { kernel, flags, path } = this;
    const subject = { file: undefined, patches: flags.patch };
    const lab = labOfFound(found, { kernel, setup: setupOf(flags), seconds: flags.seconds });
    const examined = examine(lab, new StrictReplay(lab, found.choices));
    const printed = new TabExpander().expand(run.text).split('\n');
    const how = found.choices.length === 0 ? BY_ITSELF : 'Its schedule was not shrunk.';
    writePage(html, lab, examined, subject, {
      ...{ summary: [how, path], printed, text: delaysText(run.delays ?? []), schedule },
    });
  }

  private async one(): Promise<number> {
    const { flags } = this;
    const result = await this.search(flags.locking);
    const found = result.found ?? this.nearToWrite(result);
    const run = found === undefined ? undefined : await this.small(found);
    const { core, trace } = flags;
    if (run !== undefined && core !== undefined) {
      const { target } = this.standing(run, found!, '--core');
      await besides('--core', core, () => writeSparse('--core', core, coreFile(target)));
    }
    const made = run === undefined ? undefined : scheduleOfRun(run, found!, this.kernel, flags);
    if (made !== undefined && trace !== undefined)
      await besides('--trace', trace, async () =>
        traceSchedule(labOf(await subjectOfSchedule(made), made.from), made, trace),
      );
    const schedule = made === undefined ? undefined : scheduleText(made);
    if (schedule !== undefined && flags.schedule !== undefined)
      if (!writeFor('--schedule', flags.schedule, schedule)) delete flags.schedule;
    if (run !== undefined) await this.writePages(run, found!, schedule!);
    if (flags.json) {
      const object = { ...this.jsonHead(), ...jsonResult({ ...result, found }, run, schedule) };
      write(`${JSON.stringify(object, null, 2)}\n`);
    } else if (run === undefined) this.showInstead(flags.locking, result);
    else {
      this.showFound(result, found!, run);
      if (flags.dump !== undefined) dumpFromDebugger(this.standing(run, found!, '--dump'), flags.dump);
      this.host.close();
      if (!flags.batch && result.found !== undefined) await debugFound(run.system, made!, flags.memory);
    }
    this.sayUnwritten(result, found);
    return found?.same === true ? EXIT.done : EXIT.notReproduced;
  }

  /** The machine at the end of the run that is told of, made again if it does not stand there. */
  private standing(run: Run, found: Found, wants: string): System {
    if (run.system !== undefined) return run.system;
    const { kernel, flags, make } = this;
    process.stderr.write(`trap12: making the run once more, for ${wants}\n`);
    const setup = { kernel, setup: setupOf(flags), seconds: flags.seconds, make };
    run.system = machineOf({ ...found, system: undefined, choices: [...run.choices] }, setup);
    return run.system;
  }

  /** A panic that is the same but for little is worth a file that is wanted; nobody else waits for it. */
  private nearToWrite({ near }: Reproduction): Found | undefined {
    return FILES.some((name) => this.flags[name] !== undefined) ? near?.found : undefined;
  }

  /** Files that were asked for, and are not what somebody may take them for. */
  private sayUnwritten({ found }: Reproduction, written: Found | undefined): void {
    if (found !== undefined) return;
    const files = Object.fromEntries(FILES.map((name) => [name, this.flags[name]]));
    sayOfFiles(
      files,
      written === undefined
        ? 'not written: no run died as the report says, or nearly so'
        : `written of seed ${written.seed}, which died the same but for little`,
    );
  }

  /** Shrinks what was found, as long as it may take, and finds out about it. */
  private async small(found: Found): Promise<Run> {
    const { flags, kernel } = this;
    const setup = { setup: setupOf(flags), seconds: flags.seconds };
    if (flags.shrink === 0) return runOf(found, { kernel, ...setup });
    const stage = new Stage(new Progress('', this.progress));
    try {
      return await this.smallOf(found, setup, stage);
    } finally {
      stage.end();
    }
  }

  private async smallOf(found: Found, setup: Omit<FoundSetup, 'kernel'>, stage: Stage): Promise<Run> {
    const { flags, host, kernel, make } = this;
    const told = { nowNs: 0 };
    const onSlice = (nowNs: number): void => {
      told.nowNs = nowNs;
      stage.look();
    };
    const small = await this.shrunk(found, { kernel, ...setup, make, onSlice }, stage, told);
    const { lab, shrunk } = small;
    const list =
      flags.judge === 0 ? [] : cures(lab.system.symbols).filter((locking) => locking !== flags.locking);
    const judging = this.judged(small, found, list, { stage, told, onSlice });
    told.nowNs = 0;
    stage.at(() => `looking at what met, step by step${atText(told)}`);
    // Others judge meanwhile.
    await host.turn();
    const checked = host.interrupted
      ? undefined
      : await unlessInterrupted(() => kernelWith(flags, 'checked'));
    stage.look();
    const looked =
      checked === undefined
        ? undefined
        : unlessCut(host.stop, () => clashesOf(small, found, { kernel: checked, ...setup, onSlice }));
    // What was pressed meanwhile is told only now.
    await signalsTold();
    const again = (): unknown => lab.attempt(new StrictReplay(lab, shrunk.examined.choices));
    let stands = small.delays !== undefined;
    let fate: Fate | undefined;
    if (flags.odds > 0 && !host.interrupted) {
      fate = await this.fateOf(lab, shrunk, found.seed, stage, told);
      // The odds leave the machine elsewhere.
      stands = unlessCut(host.stop, again) !== undefined;
    }
    const verdicts = await judging();
    const { failure, choices, hash, attempt } = shrunk.examined;
    const { text = found.text, signature: ended = '' } = failure ?? {};
    const delays = small.delays ?? (isDeepStrictEqual(choices, found.choices) ? found.delays : undefined);
    const run = { text, delays, choices, ended, endedNs: attempt.nowNs, hash };
    const unjudged = list.filter((name) => verdicts.every(({ locking }) => locking !== name));
    const lost: Run['lost'] = [
      ...(delays === undefined ? (['delays'] as const) : []),
      ...(looked === undefined ? (['clashes'] as const) : []),
      ...(fate === undefined && flags.odds > 0 ? (['fate'] as const) : []),
    ];
    const system = stands ? lab.system : undefined;
    return { ...run, system, shrunk, clashes: looked?.is, fate, small, verdicts, unjudged, lost };
  }

  private shrunk(found: Found, setup: FoundSetup, stage: Stage, told: Told): Promise<SmallFound> {
    const { flags, host } = this;
    const began = performance.now();
    let { length: left } = found.choices;
    let tried = 0;
    stage.at(() => {
      const choices = `${left} choice${left === 1 ? '' : 's'}`;
      return `shrinking: ${choices}, try ${tried + 1}${atText(told)}; ${timeText(began, flags.shrink)}`;
    });
    return shrinkFound(found, setup, {
      turn: host.turn,
      stop: () => host.interrupted || performance.now() >= began + 1000 * flags.shrink,
      cut: host.stop,
      onTry: (choices, tries) => {
        [left, tried] = [choices, tries];
        // Others may make it.
        told.nowNs = 0;
        stage.look();
      },
      crew: this.tryCrew(found),
    });
  }

  /** What others have to know of a run that was found; programs and patches they compile themselves. */
  private recordOf({ seed, command }: Found): FoundRecord {
    const { executables: _, ...setup } = setupOf(this.flags);
    return { found: { seed, command }, setup, seconds: this.flags.seconds };
  }

  /** Others who make tries of a run that was found. */
  private tryCrew(found: Found): TryCrew | undefined {
    const { pool, flags } = this;
    if (pool === undefined) return undefined;
    const of = this.recordOf(found);
    const run = (task: TryTask): Promise<Tried | undefined> =>
      pool.run<Tried>({ job: 'try', of, task, added: addedBy(flags) });
    // A try that is over before it begins; each who has nothing to do gets one.
    const prepare = ({ near }: Pick<TryTask, 'near'>): void => {
      for (let i = 0; i < pool.width; i++) run({ choices: [], near, endNs: 0 }).catch(() => {});
    };
    return { width: pool.width, longNs: LONG_TRY_NS, run, prepare };
  }

  /** The odds over the small run; the lab then stands anywhere. */
  private async fateOf(
    lab: Lab,
    { examined }: Shrunk,
    seed: number,
    stage: Stage,
    told: Told,
  ): Promise<Fate | undefined> {
    const { host, flags } = this;
    const began = performance.now();
    const until = began + 1000 * ODDS_SECONDS;
    let runs = 0;
    stage.at(
      () =>
        `looking for the moment of no return: run ${runs}${atText(told)}; ${timeText(began, ODDS_SECONDS)}`,
    );
    const turn = (): Promise<void> => {
      runs++;
      stage.look();
      return host.turn();
    };
    return fateOf(lab, examined, {
      ...{ walk: CHANCES.random!, seed, tries: flags.odds, turn },
      stop: () => host.interrupted,
      isOver: () => performance.now() >= until,
    });
  }

  /** Judges regimes: at once if there are others who do it, otherwise when the verdicts are wanted. */
  private judged(
    { shrunk }: SmallFound,
    found: Found,
    list: readonly string[],
    { stage, told, onSlice }: { stage: Stage; told: Told; onSlice: (nowNs: number) => void },
  ): () => Promise<Verdict[]> {
    const { pool, host, kernel, flags } = this;
    if (host.interrupted) return async () => [];
    const { choices, failure, firstNs } = shrunk.examined;
    const task = (locking: string): JudgeTask => ({
      ...{ ...this.recordOf(found), locking, tries: flags.judge },
      small: { choices, failure, firstNs },
    });
    const collected = async (all: (Judged | undefined)[]): Promise<Verdict[]> =>
      list.flatMap((locking, i) => (all[i] === undefined ? [] : [{ locking, judged: all[i] }]));
    if (pool !== undefined) {
      const left = new Set(list);
      const judge = async (locking: string): Promise<Judged | undefined> => {
        const judged = await pool.run<Judged | undefined>({
          ...{ job: 'judge', task: task(locking), added: addedBy(flags) },
        });
        left.delete(locking);
        return judged;
      };
      const begun = Promise.all(list.map(judge));
      return async () => {
        const began = performance.now();
        stage.at(() => judgingText(list.length, [...left], performance.now() - began));
        return collected(await begun);
      };
    }
    return async () => {
      const all: (Judged | undefined)[] = [];
      for (const locking of list) {
        if (host.interrupted) break;
        stage.at(() => `judging ${locking}: ${all.length} of ${list.length} done${atText(told)}`);
        const { turn, stop } = host;
        all.push(await judgeRegime(kernel, task(locking), { turn, stop }, undefined, onSlice));
      }
      return collected(all);
    };
  }

  private showFound(result: Reproduction, found: Found, run: Run): void {
    const { seed, same } = found;
    const { flags, report, path } = this;
    const isNear = result.found === undefined;
    const outcome = isNear
      ? result.outcomes.find((each) => each.result === 'near')!
      : result.outcomes.at(-1)!;
    const { differences, equivalences, result: how } = outcome;
    write(`${path}: ${report.title}\n`);
    if (!same)
      printLines([
        how === 'near' ? 'the same but for:' : 'another panic:',
        ...differenceLines(differences, '    '),
      ]);
    const where = [...this.runLines(seed, flags.locking, run.endedNs / 1e9), ...absentLines(outcome)];
    printLines([...equivalenceLines(equivalences), ...where, '']);
    write(new TabExpander().expand(run.text));
    if (found.choices.length === 0) printLines([BY_ITSELF, '']);
    else if (run.shrunk !== undefined) printLines(shrunkText(run.shrunk));
    if (run.clashes === undefined) printLines(delaysText(run.delays ?? []));
    else printLines(['', ...clashesText(run.clashes)]);
    printLines(fateText(run.fate, run.clashes?.died.ns));
    printLines(lostLines(run));
    const { small } = run;
    if (small !== undefined) printLines(verdictLines(run, small, small.lab.system.symbols, flags.locking));
    const replay =
      flags.schedule === undefined
        ? replayText(path, outcome, flags.locking, flags)
        : replayLine(flags.schedule);
    printLines([replay]);
    if (isNear) printLines(['', ...instead(report, result, this.host.interrupted)]);
  }

  /** What came instead; the panic that is nearly the same first. */
  private showInstead(locking: string, result: Reproduction): void {
    const { near, outcomes } = result;
    if (near !== undefined) {
      const outcome = outcomes.find((each) => each.seed === near.seed)!;
      const { differences, seconds } = outcome;
      printLines(['the same but for:', ...differenceLines(differences, '    ')]);
      printLines([...this.runLines(near.seed, locking, seconds), ...absentLines(outcome), '']);
      write(new TabExpander().expand(near.text));
      printLines([replayText(this.path, outcome, locking, this.flags), '']);
    } else printLines(this.ranLines());
    printLines(instead(this.report, result, this.host.interrupted));
    if (!this.host.interrupted)
      printLines(othersLines(locking, regimeList('all', this.kernel), this.path, this.flags));
  }

  private runLines(seed: number, locking: string, seconds: number): string[] {
    return [
      `seed ${seed} of regime ${locking}, ${sizeText(this.flags.ram)} RAM, after ${seconds.toFixed(2)} virtual seconds`,
      ...this.ranLines(),
    ];
  }

  /** What was run, what not, and on what. */
  private ranLines(): string[] {
    const { patch, program } = this.flags;
    return [
      ...(patch.length === 0 ? [] : [`functions of the kernel replaced or added by ${patch.join(', ')}`]),
      ...(program.length === 0 ? [] : [`programs compiled from ${program.join(', ')}`]),
      loadText(this.load),
      ...leftLines(this.load),
      ...unnamedLines(this.report, this.flags.suspect),
      ...this.told.lines,
    ];
  }

  /** Each regime with the same seeds; then which of them died how. */
  private async several(list: readonly string[]): Promise<number> {
    const { flags, report, path } = this;
    const results: [locking: string, result: Reproduction][] = [];
    const lines: string[] = [];
    for (const locking of list) {
      if (this.host.interrupted) break;
      const result = await this.search(locking, `${locking}: `);
      results.push([locking, result]);
      lines.push(regimeLine(locking, result, this.host.interrupted));
      if (!flags.json) process.stderr.write(`${lines.at(-1)}\n`);
    }
    const some = results.some(([, { found }]) => found?.same === true);
    if (flags.json) {
      const regimes = results.map(([locking, result]) => ({ locking, ...jsonResult(result) }));
      write(`${JSON.stringify({ ...this.jsonHead(), reproduced: some, regimes }, null, 2)}\n`);
      return some ? EXIT.done : EXIT.notReproduced;
    }
    printLines([`${path}: ${report.title}`, ...this.ranLines(), '']);
    printLines([...lines, ...unsearchedLines(list.slice(results.length))]);
    for (const [locking, result] of results) {
      const { found } = result;
      if (found?.same === true)
        printLines(['', `${locking}:`, `    ${replayText(path, result.outcomes.at(-1)!, locking, flags)}`]);
      else if (result.outcomes.some(({ result: how }) => how === 'near' || how === 'other'))
        printLines(['', `${locking}:`, ...instead(report, result, this.host.interrupted).slice(1)]);
    }
    return some ? EXIT.done : EXIT.notReproduced;
  }

  private jsonHead(): object {
    const { ram, said } = this.told;
    const memory = said === undefined ? {} : { memory: { bytes: ram, said } };
    const { ncpu, swap, locking, diskErrors, patch, program } = this.flags;
    // Searched in turn, each regime is named with what came of it.
    const regime = this.list === undefined ? { locking } : {};
    const machine = { ram, ncpu, swap, ...regime, diskErrors, patches: patch, programs: program };
    return { schema: 1, wanted: this.report.signature, load: this.load, machine, ...memory };
  }
}
