/** File name patterns: * ? [...] with \ taking the meaning from the next character. */
import { readDirectory, stat } from '../lib/files.js';
import type { Libc, User } from '../libc.js';

const cache = new Map<string, RegExp>();
const CACHE_LIMIT = 256;

/** A pattern as a regular expression over the whole text. */
function compile(pattern: string): RegExp {
  const known = cache.get(pattern);
  if (known !== undefined) return known;
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]!;
    const set = c === '[' ? /^\[([!^]?)(\]?[^\]]*)\]/.exec(pattern.slice(i)) : null;
    if (c === '*') source += '[^]*';
    else if (c === '?') source += '[^]';
    else if (set !== null) {
      source += `[${set[1] === '' ? '' : '^'}${set[2]!.replace(/[\]\\[^]/g, '\\$&')}]`;
      i += set[0].length - 1;
    } else source += (c === '\\' ? (pattern[++i] ?? '\\') : c).replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  }
  let re: RegExp;
  try {
    re = new RegExp(`^(?:${source})$`);
  } catch {
    // A range like [z-a] matches nothing.
    re = /(?!)/;
  }
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(pattern, re);
  return re;
}

export function matches(pattern: string, text: string): boolean {
  return compile(pattern).test(text);
}

/** Has the pattern a character with a meaning? */
export function isPattern(pattern: string): boolean {
  return /(?:^|[^\\])(?:\\\\)*[*?[]/.test(pattern);
}

/** The text that a pattern without meaning stands for. */
export function plainText(pattern: string): string {
  return pattern.replace(/\\([\s\S])/g, '$1');
}

/** Quotes text so that as a pattern it matches itself. */
export function quotePattern(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&');
}

/** The paths that a pattern matches, sorted; none if there are none. */
export function* glob(c: Libc, pattern: string): User<string[]> {
  const parts = pattern.split('/');
  let found = [''];
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    const last = i === parts.length - 1;
    const next: string[] = [];
    for (const base of found) {
      if (!isPattern(part)) {
        const path = base + plainText(part);
        if (last && path !== '' && typeof (yield* stat(c, path, false)) === 'number') continue;
        next.push(last ? path : `${path}/`);
        continue;
      }
      const entries = yield* readDirectory(c, base === '' ? '.' : base);
      if (typeof entries === 'number') continue;
      const names = entries
        .map((e) => e.name)
        .filter((n) => matches(part, n) && (!n.startsWith('.') || part.startsWith('.')));
      for (const name of names.sort()) next.push(last ? base + name : `${base}${name}/`);
    }
    found = next;
  }
  return found.sort();
}
