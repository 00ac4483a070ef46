import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { panicMessage } from '@trap12/explore';
import type { Executable } from '@trap12/system';
import { loadExecutables } from '@trap12/system/node.js';
import { CommandError, Interrupted, LoopError, SourceError, usageError } from '../exit.js';
import { alsoPattern, signalName } from './also.js';
import { compileAll } from '../own-programs.js';
import { exploredText, judgeBySchedules, replacedBy, SHRINK_SECONDS, type ShrinkTime } from './explored.js';
import type { Check, MachineRun, Question, Task, Value, ValueCheck } from './lesson.js';
import {
  commandOf,
  difference,
  found,
  kernelWith,
  lineFound,
  type Outcome,
  outcomeOf,
  plain,
  SECONDS,
} from './outcome.js';
import {
  isNameWithKind,
  isNone,
  isNumberWithWords,
  isProcess,
  isSame,
  isSignal,
  pathsOf,
  writingsOf,
} from './writings.js';
import { definesFunction } from './values.js';
import { shellWord } from '../words.js';
import { examplePath } from './shipped.js';

/** A learner's answer cannot even be tried; the message says why. */
export class GradeError extends RangeError {
  override readonly name = 'GradeError';
  /** The message is a compiler's: a line for each error */
  isOfSource = false;

  /** The same as what ends a command: what has lines keeps them. */
  asCommandError(): CommandError {
    return this.isOfSource ? new SourceError(this.message) : usageError(this.message);
  }
}

/** What the machine answers to a question. */
export interface RightAnswer {
  right: string;
  /** The whole line of its console in which it stands */
  line?: string;
  /** Of a process that a panic names: its id there */
  pid?: string;
}

export async function rightAnswer({ run, value, less }: Question): Promise<RightAnswer> {
  if ('scenario' in run)
    return { right: plain('explored' in value ? found(value.explored, await exploredText(run)) : 'nothing') };
  const outcome = await outcomeOf(run);
  const right = plain(await difference(outcome, value, less));
  const line =
    'console' in value && less === undefined ? lineFound(value.console, outcome.console) : undefined;
  const pid = 'panic' in value && less === undefined ? pidOf(outcome.panic, right) : undefined;
  return { right, ...(line === undefined ? {} : { line }), ...(pid === undefined ? {} : { pid }) };
}

/** What a panic says of the process that was running, if it is called so. */
function pidOf(panic: string, name: string): string | undefined {
  const [, pid, called] = /^current process\s+= (\d+) \((\S+)\)/m.exec(panic) ?? [];
  return called === name ? pid : undefined;
}

/** Is that the machine's answer? */
export async function isRight(question: Question, given: string): Promise<boolean> {
  return isTaken(question, given, await rightAnswer(question));
}

/** What a question takes beside the machine's answer, and what it names itself. */
type Taking = Partial<Pick<Question, 'also' | 'signal' | 'count' | 'ask' | 'run' | 'wrong'>>;

/** Is what somebody gives the right answer, or another writing of it that the question takes? */
export async function isTaken(
  { also = [], signal, count, ask = '', run, wrong = [] }: Taking,
  given: string,
  { right, line, pid }: RightAnswer,
): Promise<boolean> {
  const asked = `${ask} ${run !== undefined && 'command' in run ? run.command : ''}`;
  if (line !== undefined && isLineWith(right, line, asked) && isSameLine(given, line)) return true;
  const isTakenAs = (text: string): boolean =>
    isSame(text, right) || also.some((pattern) => alsoPattern(pattern, right).test(text.trim()));
  if (writingsOf(given, right).some(isTakenAs)) return true;
  if (count === true && right === '0' && isNone(given, ask)) return true;
  const name = signal === true ? await signalName(right) : undefined;
  if (name !== undefined && isSignal(given, right, name)) return true;
  // What people write beside an answer is taken unless its question says that it is wrong.
  if (wrong.some((each) => each.trim().toLowerCase() === given.trim().toLowerCase())) return false;
  if (isNumberWithWords(given, right, ask) || isNameWithKind(given, right, ask)) return true;
  if (pathsOf(given, right).some(isTakenAs)) return true;
  return pid !== undefined && /\bprocess\b/i.test(ask) && isProcess(given, pid, right);
}

const numbersIn = (text: string): string[] => text.match(/(?<![\w.])\d+(?![\w.])/g) ?? [];

/**
 * Is a number the only one of its line, but for those that the question names itself? Who gives such a line
 * has given the number; of a row of numbers nobody knows which one is meant.
 */
const isLineWith = (right: string, line: string, asked: string): boolean => {
  const named = numbersIn(asked);
  const left = numbersIn(line).filter((number) => !named.includes(number));
  return left.length === 1 && left[0] === right && !/0x|\d[a-z.]|[a-z.]\d/i.test(line);
};

const isSameLine = (given: string, line: string): boolean =>
  given.trim().replace(/\s+/g, ' ') === line.trim().replace(/\s+/g, ' ');

export interface Graded {
  name: string;
  passed: boolean;
  points: number;
  /** Of a check that failed: what was found, and why it matters */
  says: string;
  /** Of a check that failed: the command that shows it */
  show: string;
  /** Of one by schedules: the one that fails, as text */
  schedule?: string;
  /** And what happened in it, for people */
  happened?: string[];
}

/** What was handed in, made ready to be tried. */
interface Submission {
  machine: MachineRun | undefined;
  executables: Executable[];
  file: string;
  /** A kernel that dies is what is wanted */
  isToDie: boolean;
  /** Who is judged is to end the system, as reboot(8) does */
  isToEnd: boolean;
  /** It is to be alive when its time is over: that is no reason for what is missing */
  isToLast: boolean;
  /** How its kernel has died, where a check has said so */
  told: Set<string>;
}

/**
 * Tries what somebody hands in: a command or a regime as text, a program or a patch as the path of its file.
 * @returns a line a check
 * @throws GradeError if it cannot be tried
 */
export async function grade(task: Task, given: string): Promise<Graded[]> {
  try {
    const submission = await prepare(task, given);
    const graded: Graded[] = [];
    const outcomes = new Map<number, Outcome>();
    const trials: Trials = { shrink: { seconds: SHRINK_SECONDS }, loop: undefined };
    for (const check of task.checks) {
      if ('scenario' in check) graded.push(await bySchedules(check, given, trials));
      else {
        graded.push(await byMachines(check, submission, outcomes));
        if ([...outcomes.values()].some(({ loop }) => loop !== undefined)) trials.loop ??= 'no progress';
      }
    }
    return graded;
  } catch (error) {
    if (error instanceof GradeError || error instanceof Interrupted) throw error;
    // What the learner has written: a regime that is none, a program that does not compile.
    if (!(error instanceof RangeError || error instanceof CommandError)) throw error;
    const refused = new GradeError(error.message);
    refused.isOfSource = error instanceof SourceError;
    throw refused;
  }
}

async function prepare(task: Task, given: string): Promise<Submission> {
  const { give, run } = task;
  let executables: Executable[] = [];
  let answer = given;
  let own: Partial<MachineRun> = {};
  if ((give === 'program' || give === 'patch') && !existsSync(examplePath(given)))
    throw new GradeError(`${given}: no such file`);
  if ((give === 'program' || give === 'patch') && !given.endsWith('.ts'))
    throw new GradeError(`${given}: it is no file of TypeScript; accepted: NAME.ts`);
  if (give === 'program') {
    // By its path: the shell may have a builtin or a word of its own of that name.
    answer = `/bin/${programName(given)}`;
    executables = await compileAll([given]);
  } else if (give === 'locking') own = { locking: given.trim() };
  else if (give === 'patch') {
    if (definesFunction(examplePath(given), 'main'))
      throw new GradeError(`${given}: it is a program (it has main()); accepted: functions of the kernel`);
    refuseOthers(task, given, await replacedIn(task, given));
    own = { patches: [...(run?.patches ?? []), given] };
  }
  // Where more is run than what was given, it is to leave that alone: a shell of its own cannot end it.
  if (give === 'command' && run?.command.trim() !== 'ANSWER') answer = `sh -c ${shellWord(given)}`;
  const command = run?.command.replaceAll('ANSWER', () => answer);
  return {
    machine: command === undefined ? undefined : { ...run, ...own, command },
    executables,
    file: give === 'program' ? given : '',
    isToDie: task.checks.some(wantsDeath),
    isToEnd: wantsEnd(task, 'reboot') || endsItself(run),
    isToLast: wantsEnd(task, 'time'),
    told: new Set(),
  };
}

const wantsEnd = ({ checks }: Task, how: string): boolean =>
  checks.some((check) => 'value' in check && 'ended' in check.value && check.equals === how);

/** The task's own command ends the system. */
const endsItself = (run: MachineRun | undefined): boolean => /\b(?:reboot|halt)\b/.test(run?.command ?? '');

function wantsDeath(check: Check): boolean {
  if (!('value' in check)) return false;
  const { value, equals } = check;
  return ('panic' in value && equals !== 'no panic') || ('ended' in value && equals === 'panic');
}

/** How a program of a learner's is called in the machine: like its file. */
function programName(path: string): string {
  const name = basename(path).replace(/\.ts$/, '');
  if (!/^[\w-]{1,16}$/.test(name))
    throw new GradeError(
      `${path}: the name of a program's file is to have 1 to 16 letters, digits, _ and -, then .ts`,
    );
  if (loadExecutables().some((each) => each.name === name))
    throw new GradeError(`${path}: the system has a program ${name}; give the file another name`);
  return name;
}

/** Functions of the kernel, or of the scenario that it is for, that a patch replaces. */
async function replacedIn({ checks, run }: Task, file: string): Promise<readonly string[]> {
  const scenario = checks.find((check) => 'scenario' in check)?.scenario;
  if (scenario !== undefined) return replacedBy(scenario, file);
  return (await kernelWith([...(run?.patches ?? []), file])).replaced;
}

/** Who may replace anything may replace what checks. */
function refuseOthers({ only }: Task, file: string, replaced: readonly string[]): void {
  if (only === undefined) return;
  const accepted = only.map((name) => `${name}()`).join(', ');
  // A name with a letter wrong would leave the kernel's own function there.
  if (replaced.length === 0)
    throw new GradeError(`${file}: it replaces no function of the kernel; accepted: ${accepted}`);
  const other = replaced.find((name) => !only.includes(name));
  if (other !== undefined) throw new GradeError(`${file}: it replaces ${other}(); accepted: ${accepted}`);
}

/** What the checks of one work have to do with those by schedules that come after them. */
interface Trials {
  shrink: ShrinkTime;
  /** Of the first in which the kernel went round without an end: what was found */
  loop: string | undefined;
}

async function bySchedules(
  check: Extract<Check, { scenario: string }>,
  file: string,
  trials: Trials,
): Promise<Graded> {
  const { name, says, points = 1 } = check;
  const loops = (found: string): Graded => {
    const text = `found ${found}, wanted no schedule that fails: ${says}`;
    return { name, passed: false, points, says: text, show: '' };
  };
  // It would be waited for once more, as long as before; of a work that never ends nothing else is learnt.
  if (trials.loop !== undefined) return loops(`${trials.loop}, by a check above: this one was not tried`);
  let failed: Awaited<ReturnType<typeof judgeBySchedules>>;
  try {
    failed = await judgeBySchedules(check, file, trials.shrink);
  } catch (error) {
    if (!(error instanceof LoopError)) throw error;
    const happened = error.message.split('\n');
    trials.loop = goesRound(happened, file);
    return { ...loops(trials.loop), happened };
  }
  if (failed === undefined) return { name, passed: true, points, says: '', show: '' };
  if (!('schedule' in failed)) {
    const { title, happened } = failed;
    return { name, passed: false, points, says: `found ${title}, wanted none: ${says}`, show: '', happened };
  }
  const { title, isMeant, moved, schedule, happened } = failed;
  const how = moved ? 'it is the old failure by another schedule' : 'a schedule fails';
  const why = isMeant
    ? says
    : `${diedIn(title)}, which is another mistake than the one that this check looks for`;
  return {
    name,
    passed: false,
    points,
    says: `found ${title}, wanted no schedule that fails; ${how}: ${why}`,
    show: 'save the schedule (--schedule FILE), then trap12 replay FILE --ddb',
    schedule,
    happened,
  };
}

/** How a schedule has ended that fails by what its check is not about. */
const diedIn = (title: string): string =>
  title.startsWith('panic: ') ? 'the kernel died of that' : 'it ended so';

/** Of a kernel that has been taken out of a loop: who is in it, if it is somebody of that file. */
function goesRound(trace: readonly string[], file: string): string {
  const place = `-${basename(file)}:`;
  const frame = trace.find((line) => line.includes('[patch/') && line.includes(place));
  const name = frame === undefined ? undefined : /^\w+/.exec(frame)?.[0];
  return name === undefined
    ? 'no progress'
    : `that ${name}() goes round and lets nobody on (polling, or an endless loop)`;
}

/**
 * One machine, or several that differ in their seeds: the first that does not hold what is demanded is told.
 */
async function byMachines(
  check: ValueCheck,
  submission: Submission,
  outcomes: Map<number, Outcome>,
): Promise<Graded> {
  const { machine, executables, file } = submission;
  const { name, points = 1, seeds = 1 } = check;
  const run = machine!;
  for (let i = 0; i < seeds; i++) {
    const seed = (run.seed ?? 1) + i;
    const outcome =
      outcomes.get(seed) ?? (await outcomeOf(i === 0 ? run : { ...run, seed, attempts: 1 }, executables));
    outcomes.set(seed, outcome);
    const judged = await judge(check, outcome, submission, run.seconds ?? SECONDS);
    if (judged === '') continue;
    const says = toldOnce(judged, outcome, submission.told, run.seconds ?? SECONDS);
    const shown = file === '' ? run : { ...run, programs: [...(run.programs ?? []), file] };
    const isNew = outcome.loop !== undefined && !submission.told.has(outcome.loop);
    if (isNew) submission.told.add(outcome.loop!);
    const happened = isNew ? { happened: outcome.loop!.split('\n') } : {};
    return { name, passed: false, points, says, show: commandOf(shown, outcome), ...happened };
  }
  return { name, passed: true, points, says: '', show: '' };
}

/**
 * What a kernel died of, or why a run did not come to its end, is told by the first check that fails for it;
 * those below it refer to that.
 */
function toldOnce(says: string, outcome: Outcome, told: Set<string>, seconds: number): string {
  const end = endOf(outcome, seconds);
  if (end === '' || !says.includes(end)) return says;
  if (told.has(end)) return says.replace(end, () => AS_ABOVE[endKind(outcome)]);
  told.add(end);
  return says;
}

const AS_ABOVE = {
  death: 'the kernel died, as above',
  work: 'too much work, as above',
  time: 'not done in time, as above',
} as const;

const endKind = ({ panic, tooBusy }: Outcome): keyof typeof AS_ABOVE =>
  panic !== '' ? 'death' : tooBusy === undefined ? 'time' : 'work';

const diedOf = (outcome: Outcome): string => `the kernel died: ${deathOf(outcome)}`;

/** Is a value one of a machine that has come to its end in order? */
const isOfTheEnd = (value: Value): boolean =>
  'invariants' in value || 'counter' in value || 'status' in value || 'programs' in value || 'calls' in value;

/** Has somebody else ended the system than who does when the command is done? Then that was not awaited. */
const isCutShort = ({ ended, endedBy }: Outcome, { value, equals }: ValueCheck): boolean =>
  endedBy !== undefined && (isOfTheEnd(value) || ('ended' in value && equals === ended));

/** Empty if the check holds; otherwise what was found. What could not be judged does not hold. */
async function judge(
  check: ValueCheck,
  outcome: Outcome,
  { isToDie, isToEnd, isToLast }: Pick<Submission, 'isToDie' | 'isToEnd' | 'isToLast'>,
  seconds: number,
): Promise<string> {
  const { equals, atLeast, atMost, says } = check;
  // Of a machine that was taken out of a loop, or stopped at work, nothing can be said of its end, nor of one
  // that died before it;
  // and in the middle of its work not even a healthy kernel's structures add up.
  const died = outcome.panic !== '' && !isToDie && isOfTheEnd(check.value);
  const isAtWork = outcome.ended === 'time' && 'invariants' in check.value;
  const cutShort = isCutShort(outcome, check) && !isToEnd;
  const isStopped = outcome.loop !== undefined || outcome.tooBusy !== undefined;
  const unknown = isStopped || died || isAtWork || cutShort;
  const ended = cutShort ? `a system that ${outcome.endedBy} has ended` : outcome.ended;
  const found = unknown ? ended : plain(await difference(outcome, check.value, check.less));
  const n = Number(found);
  const wanted = [
    equals === undefined ? '' : `${equals}`,
    atLeast === undefined ? '' : `at least ${atLeast}`,
    atMost === undefined ? '' : `at most ${atMost}`,
  ].filter((part) => part !== '');
  const passed =
    !unknown &&
    (equals === undefined || plain(String(equals)) === found) &&
    (atLeast === undefined || n >= atLeast) &&
    (atMost === undefined || n <= atMost);
  if (passed) return '';
  const isOver = isToLast && outcome.ended === 'time';
  const isMissing = found === 'nothing';
  const because = (isOver ? '' : endOf(outcome, seconds)) || reasonOf(check, outcome, found);
  const why = because === '' || isMissing ? '' : ` (${because})`;
  return `found ${isMissing && because !== '' ? because : found}, wanted ${wanted.join(' and ')}: ${says}${why}`;
}

/** What the kernel says of a process that a signal has ended, or that it has ended itself, and why. */
const KILLED = /^pid \d+ \((\S+)\), uid \d+(?:: (exited on signal \d+)|, (was killed: .*))/gm;

/** Why a run was cut short: the kernel's death, too much work, its time's end. Empty: it was not. */
function endOf(outcome: Outcome, seconds: number): string {
  if (outcome.panic !== '') return diedOf(outcome);
  if (outcome.tooBusy !== undefined) return outcome.tooBusy;
  if (outcome.ended === 'time') return `not done in ${seconds} virtual second${seconds === 1 ? '' : 's'}`;
  return '';
}

/** A status from here on is that of a command which a signal has ended (sh(1)). */
const BY_SIGNAL = 128;

/**
 * Why a run that has come to its end lacks a value, or has a status that is not the wanted one. That a
 * process was killed is no reason for what is there all the same: it may be killed on a right kernel, too.
 */
function reasonOf({ value }: ValueCheck, outcome: Outcome, found: string): string {
  const status = outcome.system.exitStatus ?? 0;
  const [, name, bySignal, byKernel] = [...outcome.console.matchAll(KILLED)].at(-1) ?? [];
  const killed = name === undefined ? '' : `${name} ${bySignal ?? byKernel}`;
  if ('status' in value) return (status > BY_SIGNAL ? killed : '') || complaintOf(outcome);
  if (found !== 'nothing' || status === 0) return found === 'nothing' ? killed : '';
  const said = (status > BY_SIGNAL ? killed : '') || complaintOf(outcome);
  return `nothing, which may not have been reached: the command ended with status ${status}${said === '' ? '' : `, ${said}`}`;
}

/** The last thing that the kernel says before the first process runs (kern/vfs_init.ts). */
const STARTED = /^Mounting root from .*$/m;

/** What was said last, which is why a command has ended with that status, where a program says so. */
function complaintOf({ console }: Outcome): string {
  const said = console.split(STARTED)[1] ?? '';
  const last = said.trimEnd().split('\n').at(-1)!.trim();
  return last === '' ? '' : `said last: ${last}`;
}

/** Why a kernel died: what panic() was told, of a trap the kernel's own line, of neither where it stopped. */
function deathOf({ system, panic }: Outcome): string {
  const message = panicMessage(system.target);
  return message !== '' ? message : panic.split('\n')[0]!;
}
