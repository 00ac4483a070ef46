import { isMainThread } from 'node:worker_threads';
import { type Examined, focusOf, Lab, type Schedule } from '@trap12/explore';
import {
  type BoundKernel,
  DEFAULT_OPTIONS,
  type Executable,
  type Kernel,
  type Scenario,
  type SystemOptions,
} from '@trap12/system';
import type { Addition } from '@trap12/system/compile-kernel.js';
import { loadKernel } from '@trap12/system/node.js';
import { guardFor } from './loop.js';
import { inOneLine, SourceError, usageError, whyNot } from './exit.js';
import { examplePath } from './learn/shipped.js';
import { refuseUnreadable } from './named-files.js';
import { refuseWritten } from './output.js';
import { sentinel } from './sentinel/sentinel.js';
import { compileAhead } from './work/compile-ahead.js';

/** What is explored: a kernel, perhaps with a scenario or patches in it, and what runs on it. */
export interface Subject {
  kernel: Kernel;
  scenario: Scenario | undefined;
  /** File of the scenario */
  file: string | undefined;
  patches: readonly string[];
  options: SystemOptions;
  /** Virtual seconds of a try */
  seconds: number;
  form: BoundKernel['form'];
  /** Functions of the kernel around what the patches replace */
  focus: ReadonlySet<string>;
}

export interface LoadedSubject extends Subject {
  /**
   * Functions that the last of the patches replaces: of the kernel, of the scenario or of the patches before
   * it
   */
  replaced: readonly string[];
  /** Functions that any of the patches replaces */
  allReplaced: readonly string[];
}

/** Virtual seconds of a try of a command, unless it is said otherwise. */
export const COMMAND_SECONDS = 30;

/**
 * Loads or compiles the kernel that is wanted; errors of the user's files are one line each, and exit 2. A
 * kernel that is not ours may loop where no signal is seen: from then on the sentinel sees to that.
 */
export async function loadSubject(
  wanted: {
    file: string | undefined;
    patches: readonly string[];
    seconds: number | undefined;
    /** What names the files, if that is no option */
    by?: string;
  },
  options: SystemOptions,
  form: BoundKernel['form'] = 'fast',
): Promise<LoadedSubject> {
  const { file, patches } = wanted;
  let kernel: Kernel;
  let scenario: Scenario | undefined;
  let executables: readonly Executable[] = options.executables;
  let replaced: readonly string[] = [];
  let allReplaced: readonly string[] = [];
  const isOurs = file === undefined && patches.length === 0;
  if (!isOurs || Boolean(process.env.TRAP12_KERNEL)) sentinel.watch();
  sentinel.disarm();
  if (isOurs) kernel = await loadKernel(undefined, form);
  else {
    refuseUnreadable(file, patches, wanted.by);
    const { compileKernel, compileScenario } = await import('@trap12/system/compile-kernel.js');
    const { CompileError } = await import('@trap12/system/compile.js');
    try {
      const files = patches.map(examplePath);
      const path = file === undefined ? undefined : examplePath(file);
      await compileAhead({ kernel: { file: path, patches: files, form } });
      const compiled =
        path === undefined
          ? { kernel: compileKernel(files, form), scenario: undefined, executables, files: [] }
          : compileScenario(path, files, form);
      ({ kernel, scenario, executables } = compiled);
      refuseWritten(compiled.files.map((path) => ({ by: `${file}: its`, path })));
      replaced = compiled.kernel.replacedLast;
      allReplaced = compiled.kernel.replaced;
      for (const each of compiled.kernel.additions) sayAddition(each);
    } catch (error) {
      if (error instanceof CompileError) throw new SourceError(error.message);
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
      throw usageError(whyNot(error));
    }
  }
  const seconds = wanted.seconds ?? scenario?.seconds ?? COMMAND_SECONDS;
  const all = { ...options, ...scenario?.machine, executables };
  const focus = allReplaced.length === 0 ? new Set<string>() : focusOf(await loadKernel(), allReplaced);
  sentinel.arm();
  return { kernel, scenario, file, patches, replaced, allReplaced, form, focus, options: all, seconds };
}

/** Patches of which it was said that they replace nothing. */
const saidOf = new Set<string>();

/** Says, once, that a patch replaces nothing: somebody may have thought otherwise. */
function sayAddition({ path, names }: Addition): void {
  // Workers compile what the command has compiled.
  if (!isMainThread || saidOf.has(path)) return;
  saidOf.add(path);
  process.stderr.write(
    `trap12: ${inOneLine(path)}: it replaces no function of the kernel, and adds ${names.join(', ')}\n`,
  );
}

/** A subject as a plain record, by which another process comes to the same. */
export interface SubjectRecord {
  file: string | undefined;
  patches: readonly string[];
  seconds: number;
  options: Omit<SystemOptions, 'executables'>;
  /** Another regime than the scenario says */
  locking: string | undefined;
  from: Schedule['from'];
  /** Hash of the kernel's image, as the files may have changed meanwhile */
  image: string;
  form: BoundKernel['form'];
}

/** The record of a subject. @param locking another regime than the scenario says */
export function recordOf(
  { file, patches, seconds, options, kernel, form }: Subject,
  from: Schedule['from'],
  locking?: string,
): SubjectRecord {
  const { executables: _, ...rest } = options;
  return { file, patches, seconds, options: rest, locking, from, image: kernel.image.hash, form };
}

/** @throws CommandError if the files have changed since the record was made */
export async function subjectOfRecord(record: SubjectRecord): Promise<Subject> {
  const { file, patches, seconds, options, locking, image, form } = record;
  const subject = await loadSubject({ file, patches, seconds }, { ...options, executables: [] }, form);
  if (subject.kernel.image.hash !== image)
    throw usageError(`${[file, ...patches].join(', ')}: the files have changed since this began`);
  const all = { ...options, executables: subject.options.executables };
  return withLocking({ ...subject, options: all }, locking);
}

/** A subject under another regime. @param locking undefined: as it is */
export function withLocking<S extends Subject>(subject: S, locking: string | undefined): S {
  if (locking === undefined) return subject;
  const { scenario, options } = subject;
  const machine = { ...scenario?.machine, locking };
  return {
    ...subject,
    options: { ...options, locking },
    scenario: scenario === undefined ? undefined : { ...scenario, machine },
  };
}

/** @param from where a try begins */
export function labOf(
  { kernel, scenario, options, seconds, focus }: Subject,
  from: Schedule['from'] = 'start',
  kind: Parameters<typeof guardFor>[1] = 'searchMs',
): Lab {
  const guard = guardFor(scenario === undefined || scenario.threads.length === 0 ? 0 : seconds, kind);
  const lab = new Lab({ kernel, scenario, options, seconds, from, guard });
  // Of a scenario's threads every place is looked at.
  if (lab.threads.length === 0) lab.focus = focus;
  return lab;
}

/** The part of a schedule that says what it is of. */
export function subjectOf({
  kernel,
  file,
  patches,
  options,
  seconds,
}: Omit<Subject, 'focus' | 'form'>): Pick<
  Schedule,
  'image' | 'scenario' | 'patches' | 'command' | 'machine' | 'seconds'
> {
  const { ramBytes, ncpu, swapBytes, seed, locking, packetsPerSecond, tunables, diskErrorRate } = options;
  return {
    image: kernel.image.hash,
    scenario: file,
    patches: [...patches],
    command: file === undefined ? options.command : undefined,
    machine: {
      ...{ ramBytes, ncpu, swapBytes, seed, locking, packetsPerSecond, tunables },
      ...(diskErrorRate > 0 ? { diskErrorRate } : {}),
    },
    seconds,
  };
}

/** The subject of a schedule, as it has to be for it to be replayed. */
export async function subjectOfSchedule(
  schedule: Schedule,
  form: BoundKernel['form'] = 'fast',
): Promise<Subject> {
  const options = { ...DEFAULT_OPTIONS, ...schedule.machine, command: schedule.command };
  const { scenario: file, patches, seconds } = schedule;
  const subject = await loadSubject({ file, patches, seconds, by: 'named in the schedule' }, options, form);
  return { ...subject, options };
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
