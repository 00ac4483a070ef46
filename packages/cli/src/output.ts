import { accessSync, type BigIntStats, constants, fstatSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { isReplaced, placeFile, realPlace, wholeContent } from '@trap12/system/place-file.js';
import { CommandError, unwritten, usageError, whyNot } from './exit.js';
import { examplePath } from './learn/shipped.js';
import { shellWord } from './words.js';

/** Options of commands that name a file to be written; `-` is standard output. */
export const WRITTEN = [
  ...['html', 'schedule', 'certificate', 'junit', 'results', 'disk'],
  ...['core', 'trace', 'dump', 'textdump', 'saveAt'],
];
/** And those that name one which is read. The disk, which is both, is what it is meant to be. */
export const READ = ['patch', 'program', 'task', 'scenario', 'canary', 'exercise'];
/** Arguments that name a file to be written. */
export const WRITTEN_ARGUMENTS = ['out'];
/** And those that name one which is read, or may do so. */
export const READ_ARGUMENTS = ['file', 'disk', 'report', 'what', 'scenario', 'lesson'];

/** A file that a command line names, and what names it: an option, or an argument. */
interface NamedFile {
  by: string;
  path: string;
}

/** What is looked at of a command that is about to begin. */
export interface CalledCommand {
  name(): string;
  opts(): Readonly<Record<string, unknown>>;
  readonly args: readonly string[];
  readonly registeredArguments: readonly { name(): string; readonly variadic: boolean }[];
}

/** What this command writes; none before checkOutputs(). */
let outputs: readonly NamedFile[] = [];

/**
 * Looks, before any work is done, whether the files can be written that a command line names, and whether
 * each is one of its own: none that the command reads, none that is written twice.
 * @throws CommandError of the first one of which that is not so
 */
export function checkOutputs(command: CalledCommand): void {
  const args = argumentsOf(command);
  outputs = [
    ...optionsOf(command, WRITTEN),
    ...args.filter(({ by }) => WRITTEN_ARGUMENTS.includes(by)).map(({ path }) => ({ by: '', path })),
  ];
  for (const { by, path } of outputs) {
    if (path === '-') continue;
    const why = whyUnwritable(path);
    if (why !== undefined) throw usageError(`${by === '' ? 'cannot write' : by} ${path}: ${why}`);
  }
  refuseTwice();
  const read = args
    .filter(({ by, path }) => READ_ARGUMENTS.includes(by) && isRead(command, by, path))
    .map(({ path }) => ({ by: '', path }));
  const stdin = command.name() === 'run' ? [{ by: '', path: '-' }] : [];
  refuseWritten([...read, ...stdin, ...optionsOf(command, READ)]);
}

/** What these options say, each time they are given. */
function optionsOf(command: CalledCommand, names: readonly string[]): NamedFile[] {
  const given = command.opts();
  return names.flatMap((name) => {
    const by = `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;
    const all = Array.isArray(given[name]) ? (given[name] as unknown[]) : [given[name]];
    return all.flatMap((each) => {
      const path = typeof each === 'object' && each !== null && 'file' in each ? each.file : each;
      return typeof path === 'string' ? [{ by, path }] : [];
    });
  });
}

/** The arguments, each by its name in the command's help. */
function argumentsOf({ args, registeredArguments }: CalledCommand): NamedFile[] {
  return args.flatMap((path, i) => {
    const argument = registeredArguments[Math.min(i, registeredArguments.length - 1)];
    return argument === undefined ? [] : [{ by: argument.name(), path }];
  });
}

/** May be a file's name or something else: a command, a lesson's number. */
const isRead = (command: CalledCommand, by: string, path: string): boolean =>
  command.name() === 'explore' ? path.endsWith('.ts') : by === 'lesson' ? path.endsWith('.json') : true;

/** @throws CommandError of two outputs that are one file */
function refuseTwice(): void {
  const seen = new Map<string, NamedFile>();
  for (const output of outputs) {
    const place = placeOf(output.path);
    if (place === undefined) continue;
    const other = seen.get(place);
    if (other !== undefined)
      throw usageError(`${spelt(other)} and ${spelt(output)} are one file: each needs its own`);
    seen.set(place, output);
  }
}

/**
 * Looks whether a file that the command reads is one of those that it writes.
 * @param files what names them, and their paths; `-` is standard input
 * @throws CommandError of the first one that is
 */
export function refuseWritten(files: readonly NamedFile[]): void {
  if (outputs.length === 0) return;
  for (const file of files) {
    const stat = file.path === '-' ? stdinStat() : statOf(examplePath(file.path));
    const read = stat === undefined ? undefined : identity(stat);
    if (read === undefined) continue;
    const output = outputs.find(({ path }) => placeOf(path) === read);
    if (output === undefined) continue;
    const what = file.path === '-' ? 'standard input' : spelt(file);
    throw usageError(`${spelt(output)} would overwrite ${what}, which the command reads`);
  }
}

const spelt = ({ by, path }: NamedFile): string => (by === '' ? path : `${by} ${path}`);

/** What a file is known by, whatever it is called; undefined of a device, which is not overwritten. */
function identity(stat: BigIntStats): string | undefined {
  return stat.isCharacterDevice() ? undefined : `${stat.dev}:${stat.ino}`;
}

/** The same of one that may not be there yet. */
function placeOf(path: string): string | undefined {
  // It is standard output where that is meant, and for the others a name.
  if (path === '-') return path;
  const stat = statOf(path);
  if (stat !== undefined) return identity(stat);
  try {
    return realPlace(path);
  } catch {
    return undefined;
  }
}

function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}

function stdinStat(): BigIntStats | undefined {
  try {
    const stat = fstatSync(0, { bigint: true });
    return stat.isFile() ? stat : undefined;
  } catch {
    return undefined;
  }
}

/** Why a file cannot be written, as far as that can be told without trying; undefined: nothing is known. */
function whyUnwritable(path: string): string | undefined {
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there?.isDirectory() === true) return 'it is a directory';
    if (there !== undefined) {
      accessSync(path, constants.W_OK);
      return undefined;
    }
    const folder = dirname(path);
    const found = statSync(folder, { throwIfNoEntry: false });
    if (found === undefined) return `no such directory: ${folder}`;
    if (!found.isDirectory()) return `${folder} is not a directory`;
    // A link may name what is to be made somewhere else.
    accessSync(dirname(realPlace(path)), constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return `${dirname(path)} is not a directory`;
    return whyNot(error);
  }
}

/**
 * Writes the file that an option names; if it cannot be written, that is said at the end of the command.
 * @returns whether it is written
 */
export function writeFor(option: string, path: string, text: string): boolean {
  try {
    writeNow(option, path, text);
    return true;
  } catch (error) {
    unwritten(error as CommandError);
    return false;
  }
}

/**
 * Says something of files that were asked for: that they are not written, where one of that name may be there
 * from before.
 * @param files the file of each option, by the option's name; undefined: it was not asked for
 */
export function sayOfFiles(files: Readonly<Record<string, string | undefined>>, what: string): void {
  for (const [option, file] of Object.entries(files))
    if (file !== undefined) process.stderr.write(`trap12: --${option} ${file}: ${what}\n`);
}

/**
 * The line that says how a schedule is replayed that was written.
 * @param path the file; undefined: it went to standard output
 */
export function replayLine(path: string | undefined): string {
  if (path === undefined || path === '-')
    return 'replay: trap12 replay - (the lines from "trap12 schedule" to "end")';
  return isKept(path)
    ? `replay: trap12 replay ${shellWord(path)}`
    : `replay: not from ${path}, which keeps nothing: give --schedule a file`;
}

/** Can what was written there be read again? Not from a device, a pipe or a socket. */
const isKept = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() !== false;

/**
 * Writes what is to be in a file until its result is written there, whatever ends the command before that:
 * none of before is to be taken for it. Not where the result would be added to it. What cannot be written is
 * told of when the result is.
 */
export function writeMeanwhile(option: string, path: string, text: string): void {
  try {
    if (isReplaced(path)) writeNow(option, path, text);
  } catch (error) {
    if (!(error instanceof CommandError) && (error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

/**
 * The same where nothing is lost by ending at once.
 * @throws CommandError if it cannot be written
 */
export function writeNow(option: string, path: string, text: string): void {
  try {
    placeFile(path, wholeContent(new TextEncoder().encode(text)));
  } catch (error) {
    throw usageError(`${option} ${path}: ${whyNot(error)}`);
  }
}
