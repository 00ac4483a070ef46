import { existsSync } from 'node:fs';
import { readText } from '@trap12/system/read-file.js';
import { CommandError, EXIT, usageError, whyNot } from '../exit.js';
import { refuseUnknown } from './asked.js';
import { lessons, readTask, type Task } from './lesson.js';
import { examplePath } from './shipped.js';

/** Seeds on which a work is tried of which nobody has said what it is to do. */
const SEEDS = 3;

/** Seconds of the processor that it has: one that never ends is to be told of soon. */
const PROGRAM_SECONDS = 3;

/** And all that it starts, together: of who forks for ever each one has that limit, and there is no end. */
const PROGRAM_BUSY = 3 * PROGRAM_SECONDS;

/** A program, of which no more is known than that it is one. */
const PROGRAM: Task = {
  give: 'program',
  run: { command: `ulimit -t ${PROGRAM_SECONDS}; ANSWER`, busy: PROGRAM_BUSY },
  checks: [
    {
      name: `it ends with status 0, within ${PROGRAM_SECONDS} seconds of the processor`,
      value: { status: true },
      equals: 0,
      seeds: SEEDS,
      says: 'a program that did well says so by its status',
    },
    {
      name: 'the system goes down in order',
      value: { ended: true },
      equals: 'halt',
      seeds: SEEDS,
      says: 'no program may bring the kernel down, or take for ever',
    },
    {
      name: "the kernel's structures add up when it has ended",
      value: { invariants: true },
      equals: 'none',
      seeds: SEEDS,
      says: 'what a program leaves behind is counted somewhere',
    },
  ],
};

/** Seconds of two processors that a patched kernel has for a load that takes the kernel as it is 0.8. */
const PATCH_BUSY = 10;

/** A patch of the kernel: two processors, memory that is short, processes that come and go. */
const PATCH: Task = {
  give: 'patch',
  run: {
    ram: '16M',
    ncpu: 2,
    seconds: 60,
    busy: PATCH_BUSY,
    command: 'pool 4 1500 1 & memcheck 20m; stress storm 200; kill %1',
  },
  checks: [
    {
      name: 'the system works under load and goes down in order',
      value: { ended: true },
      equals: 'halt',
      seeds: SEEDS,
      says: 'a kernel with the patch dies, or does not get on',
    },
    {
      name: 'what programs keep in memory is there again',
      value: { status: true },
      equals: 0,
      seeds: SEEDS,
      says: 'the load compares every byte',
    },
    {
      name: "the kernel's structures add up at the end",
      value: { invariants: true },
      equals: 'none',
      seeds: SEEDS,
      says: 'each count is held against what it counts',
    },
  ],
};

/** A cure of a scenario. */
const cureOf = (scenario: string): Task => ({
  give: 'patch',
  checks: [
    {
      name: `no schedule of ${scenario} fails with it`,
      scenario,
      schedules: 2000,
      says: 'what must hold in the scenario does not',
    },
  ],
});

/**
 * What a file is judged by: a teacher's file, a lesson's number, a scenario; or, where nothing is said, what
 * its kind and its name tell.
 * @throws CommandError, LessonError
 */
export async function taskFor(
  file: string,
  { task, scenario }: { task?: string; scenario?: string },
): Promise<Task> {
  if (task !== undefined && scenario !== undefined) throw usageError('--task and --scenario: choose one');
  if (scenario !== undefined) return readable(file, cureOf(scenario));
  if (task !== undefined && /^\d+$/.test(task)) {
    const lesson = lessons().find((each) => String(each.number) === task);
    if (lesson === undefined)
      throw usageError(`--task ${task}: no such lesson; accepted: 1 to ${lessons().length}, or a file`);
    return readable(file, lesson.exercise);
  }
  if (task !== undefined) {
    const judgedBy = readTask(task);
    await refuseUnknown(task, judgedBy);
    return readable(file, judgedBy);
  }
  const text = textOf(file);
  if (/^\s*\$scenario\(/m.test(text))
    throw usageError(`${file}: it is a scenario; grade judges a change (trap12 explore tries a scenario)`);
  if (/^(?:export )?function main\(/m.test(text)) return PROGRAM;
  const beside = file.replace(/\.\w+\.ts$/, '.ts');
  return beside !== file && existsSync(examplePath(beside)) ? cureOf(beside) : PATCH;
}

/** The file that was handed in cannot be read. */
export class Unreadable extends CommandError {
  constructor(file: string, error: unknown) {
    super(`cannot read ${file}: ${whyNot(error)}`, EXIT.usage);
  }
}

/** The task, if the file that it asks for can be read. */
function readable(file: string, task: Task): Task {
  if (task.give === 'program' || task.give === 'patch') textOf(file);
  return task;
}

function textOf(file: string): string {
  try {
    return readText(examplePath(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new Unreadable(file, error);
  }
}
