import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  compile,
  compileForms,
  type Diagnostic,
  format,
  hashInputs,
  isFunctionName,
  type KernelImage,
  type NamedFunction,
  type Options,
  parseImage,
  readSources,
  type ScenarioValue,
  takeScenario,
} from '@trap12/kcc';
import { type Base, baseOf } from '@trap12/kcc/again.js';
import { checkNeeds, NEED, type Need } from '@trap12/target';
import {
  CompileError,
  compileFile,
  fitting,
  isCompiled,
  type MadeProgram,
  makeProgram,
  takeProgram,
} from './compile.js';
import type { BoundKernel, Executable, Kernel, KernelModule } from './kernel.js';
import { loadExecutables } from './node.js';
import { readText } from './read-file.js';
import type { Scenario, ScenarioMachine } from './scenario.js';
import { distance, nearest } from './nearest.js';

type KernelForm = BoundKernel['form'];

const KERNEL = fileURLToPath(new URL('../../kernel/', import.meta.url));
const GLUE = 'patch/kern_scenario.ts';
const TABLE = 'patch/scenario_table.ts';
/** As SCENARIO_MAX and MAXCOMLEN of the kernel. */
const THREADS_MAX = 128;
const NAME_MAX = 16;
const SECONDS_DEFAULT = 1;

const PATHS: Need = { is: NEED.texts.is, text: 'an array of paths of patches' };

/** A file of the user's: its text, and its name as errors give it. */
interface Given {
  path: string;
  text: string;
}

/** A kernel that was compiled for the occasion. */
export interface CompiledKernel extends Kernel {
  /** Functions of the kernel that patches have replaced. */
  replaced: string[];
  /** Functions that the last of several patches replaces: of the kernel, or of those before it. */
  replacedLast: string[];
  /** Patches that only add functions, which a debugger can call. */
  additions: Addition[];
}

/** A patch that replaces nothing. */
export interface Addition {
  path: string;
  /** The functions that it adds */
  names: string[];
}

/** What a scenario file becomes: a kernel that has its threads compiled in, and what runs beside it. */
export interface CompiledScenario {
  scenario: Scenario;
  kernel: CompiledKernel;
  /** Programs of the scenario's own */
  executables: Executable[];
  /** Files of those and of patches that it was made of */
  files: string[];
}

/**
 * Builds the kernel with patches: files of kernel TypeScript whose functions replace those of the same name,
 * and which may add some.
 * @throws CompileError: a line for each error, with the user's file, line and column; or if a patch replaces
 * nothing and seems to be meant to, or has no function; RangeError if those are no paths, or no form
 */
export function compileKernel(patches: readonly string[], form: KernelForm = 'fast'): CompiledKernel {
  checkNeeds('compileKernel', { patches, form }, { patches: PATHS, form: NEED.form });
  return compileAll({ more: new Map(), patches: patches.map(given), glue: [], own: new Map(), form });
}

/**
 * Compiles a scenario: its kernel TypeScript becomes part of the kernel, and so do patches, those that it
 * names and more.
 * @param path its file
 * @throws CompileError as above
 */
export function compileScenario(
  path: string,
  patches: readonly string[] = [],
  form: KernelForm = 'fast',
): CompiledScenario {
  checkNeeds(
    'compileScenario',
    { path, patches, form },
    { path: NEED.text, patches: PATHS, form: NEED.form },
  );
  const { scenario, programs, additions } = read(path, patches, form);
  const executables = programs.map(compileFile);
  const files = [...additions.patches.map((each) => each.path), ...programs];
  return { scenario, kernel: compileAll(additions), executables, files };
}

/** A scenario as it is before it is compiled. */
export interface DescribedScenario {
  scenario: Scenario;
  /** The image's hash that its kernel will have */
  image: string;
  /** All files that it is made of: the scenario, patches, programs */
  files: string[];
}

/**
 * What a scenario is, without compiling it.
 * @throws CompileError: it is none, or a patch replaces nothing
 */
export function describeScenario(path: string, patches: readonly string[] = []): DescribedScenario {
  checkNeeds('describeScenario', { path, patches }, { path: NEED.text, patches: PATHS });
  const { scenario, programs, additions } = read(path, patches, 'fast');
  const { hash } = inputsOf(additions);
  return { scenario, image: hash, files: [path, ...additions.patches.map((each) => each.path), ...programs] };
}

/** Reads a scenario's file and the patches that it names. */
function read(
  path: string,
  patches: readonly string[],
  form: KernelForm,
): { scenario: Scenario; programs: string[]; additions: Additions } {
  const text = readSource(path);
  const name = basename(path).replace(/\.ts$/, '');
  const key = `scenario/${name}.ts`;
  const { value, rest, errors } = takeScenario(key, text);
  const own = new Map([[key, path]]);
  if (errors.length > 0) throw compileError(errors, own);
  const reader = new Description(path, value);
  const { scenario, threads, setup, check } = reader.read(name);
  const relative = (file: string): string => join(dirname(path), file);
  const all = [...reader.texts('patches').map(relative), ...patches].map(given);
  const programs = reader.texts('programs').map(relative);
  if (scenario.command !== undefined)
    return {
      scenario,
      programs,
      additions: { more: new Map(), patches: all, glue: [], own: new Map(), form },
    };
  const files = new Map([
    [key, rest],
    [GLUE, readFileSync(`${KERNEL}scenario/kern_scenario.ts`, 'utf8')],
    [TABLE, tableText(threads, setup, check)],
  ]);
  return { scenario, programs, additions: { more: files, patches: all, glue: [GLUE, TABLE], own, form } };
}

const given = (path: string): Given => ({ path, text: readSource(path) });

/** @throws an error of Node's, which names the file also where Node's own does not */
function readSource(path: string): string {
  try {
    return readText(path);
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code !== 'EISDIR') throw error;
    throw Object.assign(new Error(`${path}: it is a directory`), { code: 'EINVAL', syscall });
  }
}

/** What is compiled into the kernel. */
interface Additions {
  more: ReadonlyMap<string, string>;
  patches: readonly Given[];
  glue: readonly string[];
  own: Map<string, string>;
  form: KernelForm;
}

/** The sources of a kernel with additions, and what is said to the compiler. */
interface Inputs {
  files: Map<string, string>;
  options: Options;
  hash: string;
  replaced: string[];
  replacedLast: string[];
  additions: Addition[];
}

function inputsOf({ more, patches, glue, own }: Additions): Inputs {
  const files = readSources(`${KERNEL}src`);
  for (const [path, text] of more) files.set(path, text);
  const functions = functionNames([...files.values()].join('\n'));
  const replaced: string[] = [];
  let replacedLast: string[] = [];
  const additions: Addition[] = [];
  const keys = patches.map(({ path, text }, i) => {
    const key = `patch/${i}-${basename(path)}`;
    files.set(key, text);
    own.set(key, path);
    const named = functionNames(text);
    replacedLast = [...named].filter((name) => functions.has(name));
    if (replacedLast.length === 0) additions.push(additionOf({ path, text }, [...named], [...functions]));
    replaced.push(...replacedLast);
    for (const name of named) functions.add(name);
    return key;
  });
  const options: Options = { patches: [...glue, ...keys], added: [...more.keys(), ...keys] };
  return { files, options, hash: hashInputs(files, options), replaced, replacedLast, additions };
}

/** Of a name with fewer letters another one is near by chance. */
const MEANT_MIN = 5;
/** Letters that are mistyped in a name. */
const MISTYPED = 2;

/**
 * What a patch adds that replaces nothing.
 * @param names its functions
 * @param functions the kernel's
 * @throws CompileError: it has none, or one that is likely to be meant as one of the kernel's
 */
function additionOf({ path, text }: Given, names: string[], functions: readonly string[]): Addition {
  if (names.length === 0) throw new CompileError(`${path}:1:1: it replaces no function of the kernel`);
  for (const name of names) {
    const meant = nearest(name, functions);
    if (name.length < MEANT_MIN || meant === undefined || distance(name, meant) > MISTYPED) continue;
    const before = text.slice(0, text.search(new RegExp(`\\bfunction\\*?\\s+${name}\\b`)));
    const line = before.split('\n').length;
    throw new CompileError(
      `${path}:${line}:1: it replaces no function of the kernel: did you mean ${meant} by ${name}?`,
    );
  }
  return { path, names };
}

/** What a kernel with additions is built of, how, and what it is called among those in use. */
function planOf(additions: Additions) {
  const { glue, form } = additions;
  const { files, options, hash, ...patched } = inputsOf(additions);
  // A load's run is made again in the other form, from the same memory: then both have to have one image.
  const kind = glue.length === 0 ? 'withBoth' : 'alone';
  const build = kind === 'withBoth' ? builtWithBoth : builtAlone;
  const built = (): Built | Failed => build(files, { ...options, form }, hash);
  return { key: `${kind} ${form} ${hash}`, kept: keptAs[kind](hash, form), patched, built };
}

function compileAll(additions: Additions): CompiledKernel {
  const { own } = additions;
  const { key, patched, built } = planOf(additions);
  const known = inUse.get(key);
  // The one that was asked for last is the last to be forgotten.
  inUse.delete(key);
  const { module, image } = known ?? fitting([...own.values()], () => evaluated(built(), own));
  inUse.set(key, { module, image });
  for (const old of [...inUse.keys()].slice(0, -IN_USE_MAX)) inUse.delete(old);
  return { module, image, executables: loadExecutables(), ...patched };
}

/**
 * Kernels that this process has compiled or read, by what they are made from: who judges a patch asks for the
 * same one several times, and one that has run before runs at full speed at once.
 */
const inUse = new Map<string, Pick<Kernel, 'module' | 'image'>>();
/** So many, for each takes some ten megabytes. */
const IN_USE_MAX = 4;

/** A form of a kernel that was built, as plain data, by what it is called among those that are kept. */
export interface MadeKernel {
  key: string;
  built: Built;
}

/** Kernels that another thread has built; the last so many are kept. */
const taken = new Map<string, Built>();
/** Those that were built here since somebody began to ask. */
let made: MadeKernel[] | undefined;

/** What compileScenario() compiles; without a path, what compileKernel() does. */
function additionsOf(path: string | undefined, patches: readonly string[], form: KernelForm) {
  if (path !== undefined) return read(path, patches, form);
  const additions = { more: new Map(), patches: patches.map(given), glue: [], own: new Map(), form };
  return { programs: [], additions };
}

/**
 * Builds what compileScenario() wants, or without a path compileKernel(), for another thread.
 * @returns the forms of the kernel that had to be built, and the programs
 * @throws as those
 */
export function makeKernel(
  path: string | undefined,
  patches: readonly string[],
  form: KernelForm,
): { kernels: MadeKernel[]; programs: MadeProgram[] } {
  const { programs, additions } = additionsOf(path, patches, form);
  made = [];
  try {
    const built = fitting([...additions.own.values()], planOf(additions).built);
    if ('errors' in built) throw compileError(built.errors, additions.own);
    return { kernels: made, programs: programs.map(makeProgram) };
  } finally {
    made = undefined;
  }
}

/** Takes over what another thread has made: compileScenario() and compileKernel() find it there. */
export function takeKernel({ kernels, programs }: ReturnType<typeof makeKernel>): void {
  for (const { key, built } of kernels) taken.set(key, built);
  for (const old of [...taken.keys()].slice(0, -IN_USE_MAX)) taken.delete(old);
  programs.forEach(takeProgram);
}

/** Has compileScenario(), or without a path compileKernel(), nothing to do? Then it has done it before. */
export function isInUse(path: string | undefined, patches: readonly string[], form: KernelForm): boolean {
  const { programs, additions } = additionsOf(path, patches, form);
  return inUse.has(planOf(additions).key) && programs.every(isCompiled);
}

/** The same of work that takes long: it may have been done before by another process. */
export function isBuilt(path: string | undefined, patches: readonly string[], form: KernelForm): boolean {
  const { programs, additions } = additionsOf(path, patches, form);
  const { key, kept } = planOf(additions);
  const isKept = (): boolean => taken.has(kept) || KINDS.every((kind) => existsSync(builtPath(kept, kind)));
  return (inUse.has(key) || isKept()) && programs.every(isCompiled);
}

function evaluated(
  built: Built | Failed,
  own: ReadonlyMap<string, string>,
): Pick<Kernel, 'module' | 'image'> {
  if ('errors' in built) throw compileError(built.errors, own);
  return { module: moduleOf(built.js), image: built.image };
}

/** A form of a kernel, compiled. */
export interface Built {
  js: string;
  image: KernelImage;
}

/**
 * What is known of the kernel's own functions in the fast form. Their frames are others where the kernel has
 * one image with the checked form: who compiles both kinds by turns would lower nearly all functions anew
 * each time.
 */
const lowered = new WeakMap<Base, Record<Kind, Base['kept']['fast']>>();

/** A kernel has one image with its other form, or is by itself. */
type Kind = 'withBoth' | 'alone';

/** Has the compiler go on from what it knows of kernels of that kind. */
function lowerAs(kind: Kind, files: ReadonlyMap<string, string>, { added = [] }: Options): void {
  if (added.length === 0) return;
  const base = baseOf(new Map([...files].filter(([path]) => !added.includes(path))));
  if (base === undefined) return;
  const known = lowered.get(base) ?? { withBoth: new Map(), alone: new Map() };
  lowered.set(base, known);
  base.kept.fast = known[kind];
}

/** What a form of a kernel is called among those that are kept. */
const keptAs: Readonly<Record<Kind, (hash: string, form: Options['form']) => string>> = {
  withBoth: (hash, form) => `${hash}-both-${form}`,
  alone: (hash, form) => (form === 'fast' ? hash : `${hash}-${form}`),
};

/** A form of a kernel that has one image with the other form. */
function builtWithBoth(files: ReadonlyMap<string, string>, options: Options, hash: string): Built | Failed {
  const keyOf = (form: KernelForm): string => keptAs.withBoth(hash, form);
  const form = options.form ?? 'fast';
  if (form === 'user') throw new Error('a kernel is wanted');
  const known = readBuilt(keyOf(form));
  if (known !== undefined) return known;
  lowerAs('withBoth', files, options);
  const { fast, checked } = compileForms(files, options);
  if (checked.errors.length > 0) return { errors: checked.errors };
  if (fast.errors.length > 0) return { errors: fast.errors };
  const built = {
    fast: keepBuilt(keyOf('fast'), hash, fast),
    checked: keepBuilt(keyOf('checked'), hash, checked),
  };
  return built[form];
}

/** A form of a kernel by itself. */
function builtAlone(files: ReadonlyMap<string, string>, options: Options, hash: string): Built | Failed {
  const key = keptAs.alone(hash, options.form);
  const known = readBuilt(key);
  if (known !== undefined) return known;
  lowerAs('alone', files, options);
  const result = compile(files, options);
  return result.errors.length > 0 ? { errors: result.errors } : keepBuilt(key, hash, result);
}

interface Failed {
  errors: Diagnostic[];
}

function keepBuilt(key: string, hash: string, { js, image }: Built): Built {
  image.hash = hash;
  writeBuilt(key, { js, image });
  made?.push({ key, built: { js, image } });
  return { js, image };
}

/** Kernels that were built before, by the hash of what they are made from; the last so many are kept. */
const BUILT = `${KERNEL}dist/built/`;
const BUILT_MAX = 64;
const KINDS = ['js', 'json'] as const;

const builtPath = (hash: string, kind: (typeof KINDS)[number]): string => `${BUILT}${hash}.${kind}.gz`;

function readBuilt(hash: string): Built | undefined {
  const known = taken.get(hash);
  if (known !== undefined) return known;
  const paths = KINDS.map((kind) => builtPath(hash, kind));
  let texts: string[];
  try {
    texts = paths.map((path) => gunzipSync(readFileSync(path)).toString());
    paths.forEach(renew);
  } catch (error) {
    // It is not there, or another process has just thrown it away.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return { js: texts[0]!, image: parseImage(texts[1]!, paths[1]!) };
}

/** What is in use is thrown away last: its time becomes that of a file which has just been written. */
function renew(path: string): void {
  try {
    const made = `${path}.${process.pid}`;
    copyFileSync(path, made);
    renameSync(made, path);
  } catch (error) {
    // Where nothing can be written, nothing is thrown away either; or another process just has.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

/** Where nothing can be written, nothing is kept. */
function writeBuilt(hash: string, { js, image }: Built): void {
  try {
    mkdirSync(BUILT, { recursive: true });
    const used = (name: string): number =>
      statSync(`${BUILT}${name}`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const all = readdirSync(BUILT).map((name) => ({ name, ms: used(name) }));
    const old = all.sort((a, b) => b.ms - a.ms).slice(KINDS.length * BUILT_MAX);
    for (const { name } of old) rmSync(`${BUILT}${name}`, { force: true });
    const texts = { js, json: JSON.stringify(image) };
    for (const kind of KINDS) {
      const path = builtPath(hash, kind);
      // Another process may write the same.
      const made = `${path}.${process.pid}`;
      writeFileSync(made, gzipSync(texts[kind], { level: 1 }));
      renameSync(made, path);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

const functionNames = (text: string): Set<string> =>
  new Set(
    [...text.matchAll(/^[ \t]*(?:export\s+)?function\b\s*\*?\s*(\w+)\s*\(/gm)].map((match) => match[1]!),
  );

/** Errors under the names of the user's files. What was made from those is wrong only because they are. */
function compileError(all: readonly Diagnostic[], own: ReadonlyMap<string, string>): CompileError {
  const theirs = all.filter((e) => own.has(e.file));
  const errors = theirs.length > 0 ? theirs : all;
  const named = (text: string): string =>
    text.replaceAll(/\b(?:patch|scenario)\/[^:\s]+/g, (path) => own.get(path) ?? path);
  return new CompileError(errors.map((e) => named(format(e))).join('\n'));
}

function moduleOf(js: string): KernelModule {
  const begin = js.indexOf('function createKernel');
  const text = js.slice(begin).replace(/\/\/# sourceMappingURL.*/, '');
  // In parentheses V8 takes it for called at once, and reads it once, not twice.
  return { createKernel: new Function(`return (${text});`)() };
}

interface Thread extends NamedFunction {
  name: string;
  arg: number;
}

/** The functions by which kern_scenario.ts knows the scenario. */
function tableText(
  threads: readonly Thread[],
  setup: NamedFunction | undefined,
  check: NamedFunction | undefined,
): string {
  const call = (f: NamedFunction, args: string): string =>
    `${f.sleeps ? 'yield* ' : ''}${f.function}(${args});`;
  const rows = threads.map(
    (t, i) => `    case ${i}:\n      ${call(t, t.params > 0 ? String(t.arg) : '')}\n      return;`,
  );
  const names = threads.map((t, i) => `  if (i === ${i}) return ${JSON.stringify(t.name)};`);
  return `export const SCENARIO_THREADS = ${threads.length};
export function scenario_name(i: int): str {
${names.join('\n')}
  return 'thread';
}
export function* scenario_thread(i: int): Sleeps {
  switch (i) {
${rows.join('\n')}
  }
}
export function* scenario_setup(): Sleeps {
  ${setup === undefined ? '' : call(setup, '')}
}
export function* scenario_check(): Sleeps {
  ${check === undefined ? '' : call(check, '')}
}
`;
}

type Fields = Record<string, ScenarioValue | undefined>;
const FIELDS = [
  'machine',
  'threads',
  'daemons',
  'setup',
  'check',
  'command',
  'programs',
  'patches',
  'seconds',
];
const MACHINE_FIELDS = ['ramBytes', 'ncpu', 'swapBytes', 'seed', 'locking', 'packetsPerSecond', 'tunables'];

/** Reads the argument of $scenario(). Ranges of the machine's options are createSystem's business. */
class Description {
  private readonly fields: Fields;

  constructor(
    private readonly path: string,
    value: ScenarioValue | undefined,
  ) {
    if (value === undefined)
      throw this.wrong('it is no scenario: it has no $scenario({ ... }) at its top level');
    this.fields = this.record('the argument of $scenario()', value, FIELDS);
  }

  read(name: string): {
    scenario: Scenario;
    threads: Thread[];
    setup: NamedFunction | undefined;
    check: NamedFunction | undefined;
  } {
    const { machine, command, seconds } = this.fields;
    const threads = this.threads();
    if (command !== undefined && typeof command !== 'string') throw this.wrong('command is no text');
    if ((command === undefined) === (threads.length === 0))
      throw this.wrong('a scenario has either threads or a command');
    if (command !== undefined && this.fields.daemons !== undefined)
      throw this.wrong('daemons go with threads: of a command every process may be kept waiting');
    const limit = seconds ?? SECONDS_DEFAULT;
    if (typeof limit !== 'number' || !(limit > 0 && limit <= 100_000))
      throw this.wrong('seconds: accepted: above 0, to 100000');
    return {
      scenario: {
        name,
        machine:
          machine === undefined
            ? {}
            : (this.record('machine', machine, MACHINE_FIELDS) as Partial<ScenarioMachine>),
        threads: threads.map((t) => ({ name: t.name })),
        daemons: this.texts('daemons', 'names of processes'),
        command,
        seconds: limit,
      },
      threads,
      setup: this.plain('setup'),
      check: this.plain('check'),
    };
  }

  /** A list of names. */
  texts(field: 'patches' | 'programs' | 'daemons', what = 'files'): string[] {
    const list = this.fields[field] ?? [];
    if (!Array.isArray(list) || !list.every((each) => typeof each === 'string'))
      throw this.wrong(`${field} is no list of ${what}`);
    return list as string[];
  }

  private threads(): Thread[] {
    const list = this.fields.threads ?? [];
    if (!Array.isArray(list)) throw this.wrong('threads is no list');
    const threads = list.flatMap((each, i) => this.alike(each, i));
    if (threads.length > THREADS_MAX) throw this.wrong(`threads: at most ${THREADS_MAX}`);
    const twice = threads.find((t, i) => threads.findIndex((other) => other.name === t.name) < i);
    if (twice !== undefined) throw this.wrong(`two threads are called ${twice.name}: give them names`);
    return threads;
  }

  /** The threads of one entry: one, or with `times` some that are numbered by their names and arguments. */
  private alike(each: ScenarioValue, i: number): Thread[] {
    const { run, name, arg, times } = this.record(`thread ${i}`, each, ['run', 'name', 'arg', 'times']);
    if (run === undefined || !isFunctionName(run) || run.params > 1)
      throw this.wrong(`thread ${i}: run is to be a function of this file with one parameter or none`);
    const called = name ?? run.function.slice(0, NAME_MAX);
    if (arg !== undefined && !Number.isInteger(arg)) throw this.wrong(`thread ${i}: arg is no integer`);
    const first = (arg as number | undefined) ?? 0;
    const count = times ?? 1;
    if (typeof count !== 'number' || !Number.isInteger(count) || count < 1 || count > THREADS_MAX)
      throw this.wrong(`thread ${i}: times: accepted: 1 to ${THREADS_MAX}`);
    return Array.from({ length: count }, (_, n) => {
      const full = times === undefined || typeof called !== 'string' ? called : `${called} ${n + 1}`;
      if (typeof full !== 'string' || full.length === 0 || full.length > NAME_MAX)
        throw this.wrong(`thread ${i}: name is to have 1 to ${NAME_MAX} characters`);
      return { ...run, name: full, arg: first + n };
    });
  }

  private plain(field: 'setup' | 'check'): NamedFunction | undefined {
    const value = this.fields[field];
    if (value === undefined) return undefined;
    if (!isFunctionName(value) || value.params > 0)
      throw this.wrong(`${field} is to be a function of this file without parameters`);
    return value;
  }

  private record(what: string, value: ScenarioValue, fields: readonly string[]): Fields {
    if (typeof value !== 'object' || Array.isArray(value) || isFunctionName(value))
      throw this.wrong(`${what} is no record`);
    const unknown = Object.keys(value).find((name) => !fields.includes(name));
    if (unknown !== undefined)
      throw this.wrong(`${what} has no field ${unknown}; accepted: ${fields.join(', ')}`);
    return value;
  }

  private wrong(message: string): CompileError {
    return new CompileError(`${this.path}: ${message}`);
  }
}
