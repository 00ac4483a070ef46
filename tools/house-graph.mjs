/**
 * What only the whole tree shows: functions, constants and types that nobody uses, and files that import each
 * other in a circle.
 */
import { posix } from 'node:path';

/** A declaration at the left margin. */
const DECLARED =
  /^(?:export )?(?:async )?(?:abstract )?(?:function\*?|const|let|class|interface|type|enum)\s+([\w$]+)/gm;
const WORD = /[A-Za-z_$][\w$]*/g;

/**
 * What may stand there unused, with the reason. Kernel files that are a library: kernel code of scenarios and
 * patches calls them, and so do their own tests.
 */
export const LIBRARIES = [
  { file: /^packages\/kernel\/src\/i386\/atomic\.ts$/, reason: 'atomic operations for scenarios' },
  {
    file: /^packages\/kernel\/src\/(kern\/kern_(sx|lock|timeout|tc)\.ts|sys\/(mutex|sx)\.h\.ts)$/,
    reason: 'locks, timeouts and clocks for scenarios',
  },
  { file: /^packages\/kernel\/src\/.*\.h\.ts$/, reason: 'headers have what BSD’s have' },
  { file: /^packages\/userland\/usr\/(include|lib)\//, reason: 'libc, for programs of a user’s own' },
  { file: /^packages\/kernel\/src\/kern\/init_sysent\.ts$/, reason: 'numbers of all system calls' },
];

/**
 * Declarations whose name occurs nowhere else: not in their own file, not in any other, in no test and in no
 * string.
 * @param texts all sources by their path: packages, tools, bench, tests
 * @param isSource files whose declarations are looked at
 */
export function deadFindings(texts, isSource) {
  const files = new Map();
  for (const text of texts.values())
    for (const word of new Set(text.match(WORD) ?? [])) files.set(word, (files.get(word) ?? 0) + 1);
  const out = [];
  for (const [file, text] of texts) {
    if (!isSource(file) || LIBRARIES.some((each) => each.file.test(file))) continue;
    for (const m of text.matchAll(DECLARED)) {
      const name = m[1];
      // Of code that kcc writes, in a text.
      if (name.startsWith('$')) continue;
      if (files.get(name) > 1) continue;
      const here = text.match(new RegExp(`(?<![\\w$])${name.replace(/\$/g, '\\$')}(?![\\w$])`, 'g')).length;
      if (here > 1) continue;
      out.push({ file, line: text.slice(0, m.index).split('\n').length, what: `nobody uses ${name}` });
    }
  }
  return out;
}

/** Names that an import or export brings along at run time; types are gone by then. */
const IMPORT = /^(?:import|export)\s+(type\s+)?([^'";=]*?)from\s*'(\.[^']+)'/gm;

function importsAtRunTime(file, text) {
  const out = [];
  for (const [, type, names, module] of text.matchAll(IMPORT)) {
    const each = names
      .replace(/[{}]/g, '')
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean);
    if (type !== undefined || each.every((name) => name.startsWith('type '))) continue;
    out.push(posix.join(posix.dirname(file), module).replace(/\.js$/, '.ts'));
  }
  return out;
}

/**
 * Groups of files in which each one reaches each other by imports (Tarjan's strongly connected components).
 */
export function circles(texts) {
  const edges = new Map([...texts].map(([file, text]) => [file, importsAtRunTime(file, text)]));
  const number = new Map();
  const low = new Map();
  const stack = [];
  const out = [];
  const visit = (file) => {
    number.set(file, number.size);
    low.set(file, number.get(file));
    stack.push(file);
    for (const next of edges.get(file)) {
      if (!edges.has(next)) continue;
      if (!number.has(next)) visit(next);
      if (stack.includes(next)) low.set(file, Math.min(low.get(file), low.get(next)));
    }
    if (low.get(file) !== number.get(file)) return;
    const group = stack.splice(stack.indexOf(file));
    if (group.length > 1) out.push(group.sort());
  };
  for (const file of edges.keys()) if (!number.has(file)) visit(file);
  return out;
}

/**
 * Circles among host files. Kernel and programs are C in the syntax of TypeScript: their files know each
 * other as C's do.
 */
export function circleFindings(texts) {
  return circles(texts).map((group) => ({
    file: group[0],
    line: 1,
    what: `${group.length} files import each other in a circle: ${group.join(' ')}`,
  }));
}
