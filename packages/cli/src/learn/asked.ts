/*
 * What only a machine knows of a teacher's file: commands of the debugger, names of processes and programs.
 * They are tried on the kernel as it is before anybody's work is judged by them.
 */
import { Ddb } from '@trap12/ddb';
import { lackingPrograms } from '@trap12/explore';
import { createSystem } from '@trap12/system';
import { loadExecutables, loadKernel } from '@trap12/system/node.js';
import { processes } from '@trap12/kernel';
import { commandName } from '@trap12/target';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { nearest } from '@trap12/system/nearest.js';
import { type Lesson, LessonError, type MachineRun, type Task, type Value } from './lesson.js';
import { examplePath } from './shipped.js';

/** A machine that is asked for, what is read from it, and where the file says so. */
interface Asked {
  where: string;
  run: MachineRun | undefined;
  value: Value | undefined;
  /** Somebody's patch is put in: it may have any names */
  isOpen: boolean;
}

/** After so many virtual ns all runs in a kernel that runs without being asked for. */
const START_NS = 2e9;

const askedOfTask = ({ give, run, checks }: Task, where: string): Asked[] => [
  { where: `${where}run`, run, value: undefined, isOpen: false },
  ...checks.flatMap((check, i): Asked[] => {
    if ('scenario' in check) return [];
    const at = `${where}checks[${i + 1}] "${check.name}"`;
    return [
      { where: `${at}.value`, run, value: check.value, isOpen: give === 'patch' },
      { where: `${at}.less`, run: check.less, value: undefined, isOpen: false },
    ];
  }),
];

const askedOfLesson = ({ steps, exercise }: Lesson): Asked[] => [
  ...steps.flatMap((step, i): Asked[] => {
    if (!('question' in step) || 'scenario' in step.question.run) return [];
    const { run, value, less } = step.question;
    const at = `steps[${i + 1}].question`;
    return [
      { where: `${at}.run`, run, value, isOpen: false },
      { where: `${at}.less`, run: less, value: undefined, isOpen: false },
    ];
  }),
  ...askedOfTask(exercise, 'exercise.'),
];

/** What the debugger says of a line that it does not take, whatever the machine's state is. */
const NOT_TAKEN =
  /^(?:\?|No such command|Symbol not found|Syntax error|Ambiguous: .*|Bad modifier.*|usage: .*|.* takes (?:no|one|two) arguments?|This machine does not go on .*)$/;

/**
 * Tries the commands of the debugger and looks for the processes and programs that a task or a lesson names.
 * @param path its file
 * @throws LessonError that names the file, the field and what is accepted
 */
export async function refuseUnknown(path: string, file: Task | Lesson): Promise<void> {
  const all = 'exercise' in file ? askedOfLesson(file) : askedOfTask(file, '');
  for (const each of all) {
    const fault = (await debuggerFault(each)) ?? (await suspectFault(each)) ?? commandFault(each);
    if (fault !== undefined) throw new LessonError(`${path}: ${fault}`);
  }
}

async function debuggerFault({ where, run, value, isOpen }: Asked): Promise<string | undefined> {
  if (value === undefined || !('ddb' in value)) return undefined;
  const system = createSystem(await loadKernel(), { command: 'true' });
  const said = new Ddb(system.target).execute(value.ddb)[0] ?? '';
  if (!NOT_TAKEN.test(said)) return undefined;
  const words = value.ddb.match(/[A-Za-z_]\w*/g) ?? [];
  const mayBeOwn = isOpen || words.some((word) => isIn(run?.patches, word));
  if (said === 'Symbol not found' && mayBeOwn) return undefined;
  return `${where}.ddb: to "${value.ddb}" the debugger says "${said}"; accepted: its commands, as docs/ddb.md has them`;
}

/** Does a word stand in one of the files? */
const isIn = (files: readonly string[] = [], word: string): boolean =>
  files.some((file) => new RegExp(`\\b${word}\\b`).test(readFileSync(examplePath(file), 'utf8')));

/** Names of the programs of a machine: the system's, and those that are put into it. */
function programsOf(run: MachineRun): string[] {
  const own = (run.programs ?? []).map((file) => basename(file).replace(/\.ts$/, ''));
  return [...loadExecutables().map(({ name }) => name), ...own];
}

/**
 * A misspelt program: no machine has the answer. Only a name that is like one is told, as a command of the
 * shell may define its own.
 */
function commandFault({ where, run }: Asked): string | undefined {
  if (run === undefined) return undefined;
  const programs = programsOf(run);
  const { command } = run;
  for (const lacking of lackingPrograms(command.replace(/\bANSWER\b/g, 'true'), programs)) {
    const near = nearest(lacking, programs);
    if (near === undefined || new RegExp(`\\b${lacking}\\s*\\(\\)`).test(command)) continue;
    return `${where}.command: the machine has no program "${lacking}" (did you mean "${near}"?); accepted: what \`trap12 run -- ls /bin /sbin\` lists`;
  }
  return undefined;
}

async function suspectFault({ where, run }: Asked): Promise<string | undefined> {
  const suspect = run?.suspect;
  if (suspect === undefined) return undefined;
  const kernel = await loadKernel();
  const system = createSystem(kernel, { command: 'sleep 10' });
  system.machine.run(START_NS);
  const { memory } = system;
  const programs = programsOf(run!);
  const running = [...processes(memory)].map((p) => commandName(memory, p));
  const own = running.filter((name) => !programs.includes(name));
  if ([...own, ...programs].includes(suspect)) return undefined;
  const near = nearest(suspect, [...own, ...programs]);
  const meant = near === undefined ? '' : ` (did you mean "${near}"?)`;
  return `${where}.suspect: no process "${suspect}"${meant}; accepted: ${own.join(', ')}, or a program`;
}
