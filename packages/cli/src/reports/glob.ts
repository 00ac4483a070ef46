import { type Dirent, existsSync, readdirSync } from 'node:fs';

/** What a shell would expand: a name with these in it is a pattern, unless a file is called so. */
const SPECIAL = /[*?[]/;

/**
 * Expands patterns that a shell has left alone (in quotes, or on a system whose shell expands none): `*`,
 * `?`, `[a-z]` within a name, `**` for folders of any depth. A pattern that nothing fits stays as it is, and
 * is then a file that is not there. Names with a leading dot have to be asked for.
 */
export function expandNames(names: readonly string[]): string[] {
  return names.flatMap((name) => {
    if (!SPECIAL.test(name) || existsSync(name)) return [name];
    const found = expand(name);
    return found.length > 0 ? found : [name];
  });
}

function expand(pattern: string): string[] {
  const parts = pattern.split('/');
  let paths = [parts[0] === '' ? '/' : ''];
  for (const part of parts[0] === '' ? parts.slice(1) : parts) {
    if (part === '') continue;
    if (part === '**') paths = paths.flatMap((path) => [path, ...foldersUnder(path)]);
    else if (SPECIAL.test(part)) paths = paths.flatMap((path) => fitting(path, part));
    else paths = paths.map((path) => path + part).filter((path) => existsSync(path));
    if (part !== '**') paths = paths.map((path) => `${path}/`);
  }
  return [...new Set(paths.map((path) => (path === '/' ? path : path.replace(/\/$/, ''))))];
}

/** Entries of a folder (`''` is the current one, others end in `/`) that fit one part of a pattern. */
function fitting(folder: string, part: string): string[] {
  const wanted = expression(part);
  return entries(folder)
    .map((entry) => entry.name)
    .filter((name) => wanted.test(name) && (part.startsWith('.') || !name.startsWith('.')))
    .map((name) => folder + name);
}

function foldersUnder(folder: string): string[] {
  return entries(folder)
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .flatMap((entry) => [`${folder}${entry.name}/`, ...foldersUnder(`${folder}${entry.name}/`)]);
}

function entries(folder: string): Dirent[] {
  try {
    return readdirSync(folder === '' ? '.' : folder, { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    );
  } catch {
    return [];
  }
}

function expression(part: string): RegExp {
  const source = part.replace(
    /\[(!?)([^\]]+)\]|\*+|\?|[\\^$.+(){}|[\]]/g,
    (match, not?: string, set?: string) => {
      if (set !== undefined) return `[${not === '!' ? '^' : ''}${set.replace(/[\\^]/g, '\\$&')}]`;
      if (match.startsWith('*')) return '.*';
      return match === '?' ? '.' : `\\${match}`;
    },
  );
  try {
    return new RegExp(`^${source}$`, 's');
  } catch {
    // `[z-a]` fits nothing.
    return /^[^\s\S]$/;
  }
}
