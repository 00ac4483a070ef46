import type ts from 'typescript';
import type { Position } from './diag.js';
import tsc from './ts.js';

/*
 * What is nested more deeply than the host's stack holds: the parser and the compiler call themselves for
 * what stands inside of something. How deep that is depends on the host; where it is can be told everywhere.
 */

export const TOO_DEEP = 'nested too deeply';

/** Has the host's stack overflowed? */
export const isOverflow = (error: unknown): boolean =>
  error instanceof RangeError && /call stack/i.test(error.message);

/** The innermost node of something; of several as deep the first. */
export function innermost(root: ts.Node): ts.Node {
  let found = root;
  for (let level: ts.Node[] = [root]; level.length > 0; ) {
    found = level[0] as ts.Node;
    const next: ts.Node[] = [];
    for (const node of level) tsc.forEachChild(node, (child) => void next.push(child));
    level = next;
  }
  return found;
}

const OPTIONS: ts.CreateSourceFileOptions = {
  languageVersion: tsc.ScriptTarget.ES2022,
  jsDocParsingMode: tsc.JSDocParsingMode.ParseNone,
};

/** The parser's result; undefined: the host's stack does not hold it. */
function attempt(path: string, text: string): ts.SourceFile | undefined {
  try {
    return tsc.createSourceFile(path, text, OPTIONS);
  } catch (error) {
    if (isOverflow(error)) return undefined;
    throw error;
  }
}

/** A file as it is parsed; one that cannot be, as if it were empty, and where the parser has to give up. */
export function parseSource(path: string, text: string): { sf: ts.SourceFile; tooDeep?: Position } {
  const sf = attempt(path, text);
  if (sf !== undefined) return { sf };
  // What comes behind does not help: the shortest beginning that is too deep ends where it becomes so.
  let [fits, deep] = [0, text.length];
  while (deep - fits > 1) {
    const middle = (fits + deep) >>> 1;
    if (attempt(path, text.slice(0, middle)) === undefined) deep = middle;
    else fits = middle;
  }
  const lines = text.slice(0, deep).split('\n');
  const column = (lines.at(-1) as string).length;
  return {
    sf: tsc.createSourceFile(path, '', OPTIONS),
    tooDeep: { file: path, line: lines.length, column: Math.max(1, column) },
  };
}
