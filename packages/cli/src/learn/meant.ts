/*
 * What cannot be meant in a teacher's file, though each field is of its kind: names that nothing has, numbers
 * that no machine takes, demands that none can meet or that all do. It is told when the file is read: where
 * it is met first, somebody's work would be judged by it.
 */
import { existsSync } from 'node:fs';
import { inRange, NCPU, SEED, accepted as acceptedBy } from '@trap12/system';
import { planNamed } from '@trap12/explore';
import { parseRegime } from '@trap12/kernel';
import { loadImage } from '@trap12/system/node.js';
import { SymbolTable } from '@trap12/target';
import { takesWithout } from './also.js';
import { nearest } from '@trap12/system/nearest.js';
import type {
  Check,
  MachineRun,
  Question,
  ScheduleCheck,
  ScheduleRun,
  Task,
  Value,
  ValueCheck,
} from './lesson.js';
import { accepted, ramSize, swapSize } from '../options.js';
import { examplePath } from './shipped.js';
import { definesFunction, patternFault, valueFault, yieldsNumber } from './values.js';

/** Virtual seconds that a machine may be given. */
const SECONDS_MAX = 1_000_000;

let known: SymbolTable | undefined;

/** The symbols of the kernel as it is; it is read once. */
export function kernelSymbols(): SymbolTable {
  known ??= new SymbolTable(loadImage());
  return known;
}

/** What is wrong, or undefined; the first of several that is not. */
type Fault = string | undefined;
const first = (...faults: readonly (() => Fault)[]): Fault => {
  for (const fault of faults) {
    const found = fault();
    if (found !== undefined) return found;
  }
  return undefined;
};

/** The message of an error that a parser of options throws; undefined: it takes the value. */
function refusal(parse: () => unknown): Fault {
  try {
    parse();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** A file that is named; `near` finds it. */
function fileFault(where: string, file: string, near: (file: string) => string): Fault {
  const path = examplePath(near(file));
  if (!existsSync(path)) return `${where}: no file ${path}`;
  return file.endsWith('.ts') ? undefined : `${where}: ${file} is no file of TypeScript; accepted: NAME.ts`;
}

const filesFault = (where: string, files: readonly string[] | undefined, near: (file: string) => string) =>
  first(...(files ?? []).map((file, i) => () => fileFault(`${where}[${i + 1}]`, file, near)));

/** @param hasAnswer what was handed in stands for `ANSWER` in its command */
function machineFault(
  run: MachineRun,
  where: string,
  hasAnswer: boolean,
  near: (file: string) => string,
): Fault {
  const { ram, swap, ncpu, seed, seconds, busy, locking, suspect, command } = run;
  const number = (field: string, value: number | undefined, range: typeof NCPU): Fault =>
    value === undefined || inRange(value, range)
      ? undefined
      : `${where}.${field} is ${value}; accepted: ${acceptedBy(range)}`;
  const parsed = (field: string, value: string | undefined, parse: (text: string) => unknown): Fault => {
    const why = value === undefined ? undefined : refusal(() => parse(value));
    return why && `${where}.${field} is "${value}"; ${why.replace(/\.$/, '')}`;
  };
  return first(
    () => (command === undefined ? `${where} has no command` : undefined),
    () => (command.trim() === '' ? `${where}.command is empty; accepted: a command of the shell` : undefined),
    () =>
      !hasAnswer && /\bANSWER\b/.test(command)
        ? `${where}.command has ANSWER, and nothing stands for it there; accepted: in the run of a task`
        : undefined,
    () => parsed('ram', ram, ramSize),
    () => parsed('swap', swap, swapSize),
    () => parsed('locking', locking, (text) => parseRegime(text, kernelSymbols())),
    () => number('ncpu', ncpu, NCPU),
    () => number('seed', seed, SEED),
    () =>
      seconds !== undefined && seconds > SECONDS_MAX
        ? `${where}.seconds is ${seconds}; accepted: up to ${SECONDS_MAX}`
        : undefined,
    () =>
      busy !== undefined && busy > SECONDS_MAX
        ? `${where}.busy is ${busy}; accepted: up to ${SECONDS_MAX}`
        : undefined,
    () => (suspect?.trim() === '' ? `${where}.suspect is empty; accepted: the name of a process` : undefined),
    () => filesFault(`${where}.patches`, run.patches, near),
    () => filesFault(`${where}.programs`, run.programs, near),
  );
}

const SCHEDULE_FIELDS = [
  ...['name', 'says', 'points', 'scenario', 'schedules', 'seed', 'strategy', 'races', 'about'],
];
const VALUE_FIELDS = ['name', 'says', 'points', 'value', 'less', 'equals', 'atLeast', 'atMost', 'seeds'];

/** A field of the other kind of check, which would be ignored. */
function kindFault(check: Check, where: string): Fault {
  const isOfSchedules = 'scenario' in check;
  const accepted = isOfSchedules ? SCHEDULE_FIELDS : VALUE_FIELDS;
  const other = Object.keys(check).find((field) => !accepted.includes(field));
  const kind = isOfSchedules ? 'by schedules' : 'by a machine';
  return other && `${where}: a check ${kind} has no ${other}; accepted: ${accepted.join(', ')}`;
}

/** Is what is read never a number? */
const isWord = (value: Value): boolean =>
  'ended' in value || 'invariants' in value || 'programs' in value || 'calls' in value;

/** Demands that no value meets. */
function demandFault({ value, less, equals, atLeast, atMost }: ValueCheck, where: string): Fault {
  const isNumber = less !== undefined || yieldsNumber(value);
  const canBeNumber = !isWord(value);
  const low = atLeast ?? Number.NEGATIVE_INFINITY;
  const high = atMost ?? Number.POSITIVE_INFINITY;
  const bounded = atLeast !== undefined || atMost !== undefined;
  if (less !== undefined && !canBeNumber)
    return `${where}.less: nothing can be taken off that value; leave it out`;
  if (bounded && !canBeNumber)
    return `${where}.${atLeast === undefined ? 'atMost' : 'atLeast'}: that value is no number; accepted: equals`;
  if (low > high)
    return `${where}: at least ${atLeast} and at most ${atMost} is nothing; accepted: atLeast up to atMost`;
  if (equals === undefined) return undefined;
  const n = Number(equals);
  const text = `${where}.equals is ${JSON.stringify(equals)}`;
  if (isNumber && !Number.isFinite(n)) return `${text}; accepted: a number`;
  if (
    'status' in value &&
    less === undefined &&
    equals !== 'none' &&
    !(Number.isInteger(n) && n >= 0 && n <= 255)
  )
    return `${text}; accepted: 0 to 255, or none`;
  if ('ended' in value && !ENDINGS.includes(String(equals)))
    return `${text}; accepted: ${ENDINGS.join(', ')}`;
  if (bounded && !(n >= low && n <= high)) return `${text}, which is not within atLeast and atMost`;
  return undefined;
}

/** How a run ends (outcome.ts). */
const ENDINGS = ['halt', 'panic', 'time', 'reboot', 'no progress'];

function checkFault(check: Check, where: string, near: (file: string) => string): Fault {
  const seed = (n: number | undefined): Fault =>
    n === undefined || inRange(n, SEED) ? undefined : `${where}.seed is ${n}; accepted: ${acceptedBy(SEED)}`;
  if ('scenario' in check)
    return first(
      () => kindFault(check, where),
      () => fileFault(`${where}.scenario`, check.scenario, near),
      () => seed(check.seed),
      () => {
        const why =
          check.strategy === undefined ? undefined : refusal(() => accepted(planNamed)(check.strategy!));
        return why && `${where}.strategy is "${check.strategy}"; ${why.replace(/\.$/, '')}`;
      },
      () =>
        check.races === true && check.strategy === undefined
          ? `${where}.races needs a strategy; accepted: strategy, as "random", beside it`
          : undefined,
      () =>
        first(
          ...(check.about ?? []).map((pattern, i) => () => {
            const why = patternFault(pattern);
            return why && `${where}.about[${i + 1}]: ${why}`;
          }),
        ),
    );
  const { value, less } = check;
  return first(
    () => kindFault(check, where),
    () => valueFault(value, `${where}.value`, false, kernelSymbols()),
    () => demandFault(check, where),
    () => (less === undefined ? undefined : machineFault(less, `${where}.less`, false, near)),
  );
}

/** Functions that a patch may replace: are they there to be replaced? */
function onlyFault({ give, only, run, checks }: Task, where: string, near: (file: string) => string): Fault {
  if (only === undefined) return undefined;
  if (give !== 'patch') return `${where}only is of a patch, and a ${give} is given; leave it out`;
  if (only.length === 0)
    return `${where}only is empty: a patch may replace nothing; accepted: names of functions`;
  const scenarios = checks.filter((check): check is ScheduleCheck => 'scenario' in check);
  const files = [...scenarios.map(({ scenario }) => scenario), ...(run?.patches ?? [])];
  const missing = only.find(
    (name) => !isFunction(name) && !files.some((file) => definesFunction(examplePath(near(file)), name)),
  );
  if (missing === undefined) return undefined;
  const own = files.length === 0 ? '' : ` or in ${files.join(', ')}`;
  return `${where}only: no function ${missing}()${meantBy(missing)} in the kernel${own}`;
}

const isFunction = (name: string): boolean =>
  kernelSymbols().has(name) && kernelSymbols().symbol(name).kind === 'text';

function meantBy(name: string): string {
  const near = nearest(
    name,
    kernelSymbols()
      .image.symbols.filter(({ kind }) => kind === 'text')
      .map((symbol) => symbol.name),
  );
  return near === undefined ? '' : ` (did you mean "${near}"?)`;
}

/** The checks as a whole. */
function sumFault({ checks }: Task, where: string): Fault {
  const twice = checks.find(({ name }, i) => checks.findIndex((each) => each.name === name) < i);
  if (twice !== undefined) return `${where}checks: two are called "${twice.name}"; accepted: a name for each`;
  if (checks.every(({ points }) => points === 0))
    return `${where}checks: their points are 0 in sum; accepted: more than 0 for one at least`;
  return undefined;
}

/**
 * What cannot be meant in a task, in one line; undefined: nothing.
 * @param where the way to it in its file: empty, or `exercise.`
 * @param near where a file lies that it names
 */
export function taskMeaning(task: Task, where: string, near: (file: string) => string): Fault {
  const { give, run, checks } = task;
  const takesText = give === 'command' || give === 'program';
  return first(
    () => sumFault(task, where),
    () => (run === undefined ? undefined : machineFault(run, `${where}run`, true, near)),
    () =>
      takesText && run !== undefined && !/\bANSWER\b/.test(run.command)
        ? `${where}run.command does not run the ${give} that is given; accepted: one with ANSWER in it`
        : undefined,
    () =>
      give === 'locking' && run?.locking !== undefined
        ? `${where}run.locking is what is given; leave it out`
        : undefined,
    () => onlyFault(task, where, near),
    ...checks.map((check, i) => () => checkFault(check, `${where}checks[${i + 1}] "${check.name}"`, near)),
  );
}

/** The same of a question. */
export function questionMeaning(question: Question, where: string, near: (file: string) => string): Fault {
  const { run, value, less } = question;
  const ofSchedules = 'scenario' in run;
  return first(
    () => (ofSchedules ? scheduleRunFault(run, where, near) : machineFault(run, `${where}.run`, false, near)),
    () => valueFault(value, `${where}.value`, ofSchedules, kernelSymbols()),
    () =>
      less !== undefined && ofSchedules
        ? `${where}.less: nothing can be taken off what is found among schedules; leave it out`
        : undefined,
    () =>
      less !== undefined && isWord(value)
        ? `${where}.less: nothing can be taken off that value; leave it out`
        : undefined,
    () => (less === undefined ? undefined : machineFault(less, `${where}.less`, false, near)),
    ...(question.also ?? []).map((pattern, i) => () => {
      const why = patternFault(pattern) ?? alsoFault(pattern);
      return why && `${where}.also[${i + 1}]: ${why}`;
    }),
  );
}

const alsoFault = (pattern: string): Fault =>
  takesWithout(pattern)
    ? `"${pattern}" takes a text without the machine's answer, so whatever it is; accepted: one with ANSWER in each`
    : undefined;

function scheduleRunFault(run: ScheduleRun, where: string, near: (file: string) => string): Fault {
  const accepted = ['scenario', 'patches'];
  const other = Object.keys(run).find((field) => !accepted.includes(field));
  return first(
    () => other && `${where}.run: one of a scenario has no ${other}; accepted: ${accepted.join(', ')}`,
    () => fileFault(`${where}.run.scenario`, run.scenario, near),
    () => filesFault(`${where}.run.patches`, run.patches, near),
  );
}
