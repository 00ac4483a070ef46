/**
 * Kernels of the past: which commit of a repository a kernel's image and the programs beside it were built
 * of, and that state of the house built anew. The hashes are of texts (kcc's hash.ts), so the commit is found
 * by looking at them, without building any.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { BUILD_OPTIONS, emitted, hashOf, hashOfPrograms, isOfPrograms, isSkipped } from '@trap12/kcc';

/** What can't be had of a repository, in one line. */
export class HistoryError extends Error {}

const KERNEL = 'packages/kernel/src/';
const COMPILER = 'packages/kcc/src/';
/** The more general one first. */
const CONFIGS = ['tsconfig.base.json', 'packages/kcc/tsconfig.json'];
const INPUTS = [KERNEL, COMPILER, 'packages/userland/usr/', ...CONFIGS];
/** Sources are some megabytes. */
const OUTPUT_MAX = 1 << 28;

function git(repository: string, args: readonly string[], input?: string, env?: NodeJS.ProcessEnv): Buffer {
  const { status, stdout, stderr, error } = spawnSync('git', ['-C', repository, ...args], {
    ...{ input, maxBuffer: OUTPUT_MAX },
    env: { ...process.env, ...env },
  });
  if (error !== undefined) throw new HistoryError(`git does not run: ${error.message}`);
  if (status !== 0)
    throw new HistoryError(`git ${args[0]}: ${stderr.toString().split('\n')[0] || `status ${status}`}`);
  return stdout;
}

/** Is a folder the root of a repository? */
export function isRepository(dir: string): boolean {
  try {
    const [bare, up] = git(dir, ['rev-parse', '--is-bare-repository', '--show-cdup']).toString().split('\n');
    return bare === 'true' || up === '';
  } catch (error) {
    if (error instanceof HistoryError) return false;
    throw error;
  }
}

/** Has a repository a state of this kernel in its history? */
export function hasKernels(repository: string): boolean {
  try {
    return git(repository, ['rev-list', '-1', '--all', '--', KERNEL]).length > 0;
  } catch (error) {
    if (error instanceof HistoryError) return false;
    throw error;
  }
}

/** What a build is known by. */
export interface BuildHashes {
  /** Of the kernel's image */
  kernel: string;
  /** Of all programs that a machine comes with */
  programs: string;
}

function builtHash(tree: string, file: string): string | undefined {
  const path = join(tree, 'packages', file);
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

/** Is a tree built, and has it these? */
export const isBuilt = (tree: string, { kernel, programs }: BuildHashes): boolean =>
  builtHash(tree, 'kernel/dist/image/kernel.hash') === kernel &&
  builtHash(tree, 'userland/dist/usr/programs.hash') === programs;

/** Files of a commit that the hashes depend on: path, and the name of the text. */
function inputsAt(repository: string, commit: string): Map<string, string> {
  const listed = git(repository, ['ls-tree', '-r', '-z', commit, '--', ...INPUTS]);
  const entries = listed
    .toString()
    .split('\0')
    .filter((line) => line !== '')
    .map((line): [string, string] => {
      const [head, path] = line.split('\t') as [string, string];
      return [path, head.split(' ')[2]!];
    });
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Texts by their names, each read once. */
class Texts {
  private readonly known = new Map<string, string>();
  private readonly modules = new Map<string, string>();

  constructor(private readonly repository: string) {}

  /** Reads all that are not known yet, in one go. */
  read(names: Iterable<string>): void {
    const wanted = [...new Set(names)].filter((name) => !this.known.has(name));
    if (wanted.length === 0) return;
    const all = git(this.repository, ['cat-file', '--batch'], `${wanted.join('\n')}\n`);
    let at = 0;
    for (const name of wanted) {
      const end = all.indexOf(10, at);
      const size = Number(all.toString('latin1', at, end).split(' ')[2]);
      if (!Number.isInteger(size)) throw new HistoryError(`git cat-file: ${name} is missing`);
      this.known.set(name, all.toString('utf8', end + 1, end + 1 + size));
      at = end + size + 2;
    }
  }

  get(name: string): string {
    return this.known.get(name)!;
  }

  /** A module of the compiler's, compiled. @param configs names of the texts that say how */
  module(name: string, file: string, configs: readonly string[]): string {
    const key = [name, file, ...configs].join(' ');
    const text =
      this.modules.get(key) ??
      emitted(
        file,
        this.get(name),
        configs.map((each) => this.get(each)),
      );
    this.modules.set(key, text);
    return text;
  }
}

/** The hashes that a build of a commit would have. */
function hashesAt(inputs: ReadonlyMap<string, string>, texts: Texts): BuildHashes {
  texts.read(inputs.values());
  const configs = CONFIGS.flatMap((path) => inputs.get(path) ?? []);
  const below = (folder: string): [string, string][] =>
    [...inputs].flatMap(([path, name]) =>
      path.startsWith(folder) ? [[path.slice(folder.length), name]] : [],
    );
  const modules = below(COMPILER)
    .filter(([path]) => /^[^/]+\.ts$/.test(path))
    .map(([path, name]): [string, string] => [`${path.slice(0, -3)}.js`, texts.module(name, path, configs)])
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, text]) => text);
  const text = ([path, name]: [string, string]): [string, string] => [path, texts.get(name)];
  const kernel = below(KERNEL).filter(([path]) => !isSkipped(path));
  const programs = below('packages/').filter(([path]) => isOfPrograms(path));
  return {
    kernel: hashOf(modules, new Map(kernel.map(text)), BUILD_OPTIONS),
    programs: hashOfPrograms(modules, programs.map(text)),
  };
}

/**
 * The newest commit of a repository that a build with these hashes can be made of; undefined: none.
 * @returns the commit, and how many states were looked at
 * @throws HistoryError: git can't say
 */
export function commitOf(repository: string, wanted: BuildHashes): { commit?: string; tried: number } {
  const listed = git(repository, ['rev-list', '--all', '--full-history', '--', ...INPUTS]).toString();
  const texts = new Texts(repository);
  const seen = new Set<string>();
  for (const commit of listed.split('\n').filter((line) => line !== '')) {
    const inputs = inputsAt(repository, commit);
    const key = [...inputs].flat().join(' ');
    if (seen.has(key)) continue;
    seen.add(key);
    const { kernel, programs } = hashesAt(inputs, texts);
    if (kernel === wanted.kernel && programs === wanted.programs) return { commit, tried: seen.size };
  }
  return { tried: seen.size };
}

/** Where trees that were built are kept: TRAP12_TREES, or the user's folder of what can be made anew. */
function keptTree({ kernel, programs }: BuildHashes): string {
  const { TRAP12_TREES, XDG_CACHE_HOME } = process.env;
  const trees = TRAP12_TREES || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'trap12/trees');
  return join(trees, `${kernel}-${programs}`);
}

/** Writes a commit's files into a folder; the repository's own checkout stays as it is. */
function checkOut(repository: string, commit: string, dir: string): void {
  const index = mkdtempSync(join(tmpdir(), 'trap12-index-'));
  try {
    const env = { GIT_INDEX_FILE: join(index, 'index') };
    git(repository, ['read-tree', commit], undefined, env);
    git(repository, ['checkout-index', '--all', `--prefix=${dir}/`], undefined, env);
  } finally {
    rmSync(index, { recursive: true, force: true });
  }
}

/** Packages that a checkout has installed serve another state that wants the same ones. */
function sharePackages(repository: string, dir: string): void {
  const [own, theirs] = [join(repository, 'node_modules'), join(dir, 'node_modules')];
  const installed = '.package-lock.json';
  const lock = (root: string): string => readFileSync(join(root, 'package-lock.json'), 'utf8');
  if (!existsSync(join(own, installed)) || lock(repository) !== lock(dir)) return;
  mkdirSync(join(theirs, '@trap12'), { recursive: true });
  for (const name of readdirSync(own))
    if (name !== '@trap12' && name !== installed) symlinkSync(join(own, name), join(theirs, name));
  // Packages of the house are its own.
  for (const name of readdirSync(join(dir, 'packages')))
    if (existsSync(join(dir, 'packages', name, 'package.json')))
      symlinkSync(`../../packages/${name}`, join(theirs, '@trap12', name));
  copyFileSync(join(own, installed), join(theirs, installed));
  // The set-up compares times: newer than the lock file is installed.
  const now = new Date();
  utimesSync(join(theirs, installed), now, now);
}

/** A folder of its own beside a tree that is to be made. @throws HistoryError: it may not be */
function folderFor(tree: string): string {
  try {
    mkdirSync(dirname(tree), { recursive: true });
    return mkdtempSync(`${tree}.`);
  } catch (error) {
    throw new HistoryError(
      `cannot keep what it builds in ${dirname(tree)}: ${(error as Error).message}; TRAP12_TREES=DIRECTORY names another place`,
    );
  }
}

/**
 * A built tree with these hashes, made of what a repository has in its history. It is kept for the next time.
 * Takes a minute or two; what the set-up does is told on stderr.
 * @param says told beforehand what is done
 * @throws HistoryError: no commit has it, or it does not build
 */
export function pastTree(repository: string, wanted: BuildHashes, says: (line: string) => void): string {
  const kept = keptTree(wanted);
  if (isBuilt(kept, wanted)) return kept;
  says(`looks for kernel ${wanted.kernel} and programs ${wanted.programs} in the history of ${repository}`);
  const { commit, tried } = commitOf(repository, wanted);
  if (commit === undefined)
    throw new HistoryError(`none of ${tried} states of its kernel, compiler and programs is that one`);
  says(`they are of commit ${commit.slice(0, 12)}; builds it in ${kept}`);
  const dir = folderFor(kept);
  try {
    checkOut(resolve(repository), commit, dir);
    sharePackages(resolve(repository), dir);
    const { status, error } = spawnSync(process.execPath, [join(dir, 'tools/setup.mjs')], {
      stdio: ['ignore', 2, 2],
    });
    if (error !== undefined) throw error;
    if (status !== 0) throw new HistoryError(`commit ${commit.slice(0, 12)} does not build`);
    if (!isBuilt(dir, wanted)) throw new HistoryError(`commit ${commit.slice(0, 12)} builds another kernel`);
    rmSync(kept, { recursive: true, force: true });
    renameSync(dir, kept);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  return kept;
}
