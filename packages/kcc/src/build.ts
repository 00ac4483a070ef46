import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { compileForms, isSkipped } from './compile.js';
import { type Diagnostic, format } from './diag.js';
import { hashInputs } from './hash.js';
import type { Options } from './program.js';

/** All files under a directory that kcc reads, by path relative to it, with `/`. */
export function readSources(dir: string): Map<string, string> {
  const out = new Map<string, string>();
  const names = readdirSync(dir, { recursive: true, withFileTypes: true });
  for (const e of names) {
    if (!e.isFile()) continue;
    const full = join(e.parentPath, e.name);
    const path = full.slice(dir.length).replaceAll('\\', '/').replace(/^\/+/, '');
    if (!isSkipped(path)) out.set(path, readFileSync(full, 'utf8'));
  }
  return new Map([...out].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export interface BuildResult {
  ok: boolean;
  /** Nothing had changed. */
  cached: boolean;
  errors: Diagnostic[];
  warnings: Diagnostic[];
}

/**
 * mkdir -p. Node's own `recursive` never returns where the file system answers ENOENT below a directory that
 * is there (as /proc does).
 */
export function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  const above = dirname(path);
  if (above !== path) makeDirectory(above);
  mkdirSync(path);
}

/**
 * Writes both forms of the kernel, their source maps and kernel.json; does nothing if they are up to date.
 */
export function build(
  src: string,
  out: string,
  given: Options,
  check: boolean,
  patchFiles: readonly string[] = [],
): BuildResult {
  const files = readSources(src);
  const patches = patchFiles.map((f) => `patch/${basename(f)}`);
  patchFiles.forEach((f, i) => {
    files.set(patches[i] as string, readFileSync(f, 'utf8'));
  });
  const options = { ...given, patches };
  const hash = hashInputs(files, options);
  const stamp = join(out, 'kernel.hash');
  if (!check && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) {
    return { ok: true, cached: true, errors: [], warnings: [] };
  }
  const { fast: r, checked: other } = compileForms(files, options);
  const { errors, warnings } = r;
  if (errors.length > 0 || check) return { ok: errors.length === 0, cached: false, errors, warnings };
  makeDirectory(out);
  r.image.hash = hash;
  const put = (name: string, text: string): void => {
    const path = join(out, name);
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  };
  put('kernel.js', r.js);
  put('kernel.js.map', r.map);
  put('kernel.checked.js', other.js);
  put('kernel.checked.js.map', other.map);
  put('kernel.json', JSON.stringify(r.image));
  put('kernel.hash', hash);
  return { ok: true, cached: false, errors, warnings };
}

/** One line for each undefined name: where it is used first, and how often. */
export function summary(prefix: string, list: Diagnostic[]): string {
  const byMessage = new Map<string, { first: Diagnostic; n: number }>();
  for (const d of list) {
    const e = byMessage.get(d.message);
    if (e === undefined) byMessage.set(d.message, { first: d, n: 1 });
    else e.n++;
  }
  return [...byMessage.values()]
    .map(({ first, n }) => `${prefix}/${format(first)}${n > 1 ? ` (${n} times)` : ''}\n`)
    .join('');
}

export const report = (prefix: string, list: Diagnostic[]): string =>
  list.map((d) => `${prefix}/${format(d)}\n`).join('');
