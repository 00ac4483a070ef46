/** Word expansion: ~, variables and their operators, $(...), `...`, $((...)), field splitting, file name patterns, quotes. */
import type { User } from '../libc.js';
import { arithmetic, ArithmeticError } from './arith.js';
import { skipQuoted } from './lex.js';
import { quotePattern, glob, isPattern, matches, plainText } from './pattern.js';
import type { Shell } from './sh.js';

/**
 * A piece of an expanded word. Quoted: neither split nor a pattern. Literal: not split, for blanks end words in the lexer
 * already. Split: the value of something unquoted. Field: the border between two of "$@".
 */
interface Piece {
  kind: 'quoted' | 'literal' | 'split' | 'field';
  text: string;
}

/** Thrown when an expansion fails: the command is not executed. */
export class ExpansionError extends Error {}

/** A field as a pattern: what was quoted is escaped. */
interface Field {
  pattern: string;
}

/** Expands words into arguments. */
export function* expandWords(shell: Shell, words: readonly string[]): User<string[]> {
  const out: string[] = [];
  for (const word of words) {
    for (const { pattern } of fields(yield* pieces(shell, word), shell)) {
      const found = isPattern(pattern) && !shell.options.has('f') ? yield* glob(shell.c, pattern) : [];
      if (found.length > 0) out.push(...found);
      else out.push(plainText(pattern));
    }
  }
  return out;
}

/** Expands one word into one string, without splitting. */
export function* expandWord(shell: Shell, word: string): User<string> {
  return (yield* pieces(shell, word)).map((p) => (p.kind === 'field' ? ' ' : p.text)).join('');
}

/** Expands one word into a pattern: what was quoted stands for itself. */
export function* expandPattern(shell: Shell, word: string): User<string> {
  return (yield* pieces(shell, word))
    .map((p) => (p.kind === 'quoted' ? quotePattern(p.text) : p.text))
    .join('');
}

/** Expands the body of a here-document, which is as if in double quotes. */
export function* expandHere(shell: Shell, body: string): User<string> {
  const out: Piece[] = [];
  yield* doubleQuoted(shell, body, 0, out, true);
  return out.map((p) => (p.kind === 'field' ? ' ' : p.text)).join('');
}

function fields(parts: Piece[], shell: Shell): Field[] {
  const separators = shell.c.env.get('IFS') ?? ' \t\n';
  const out: Field[] = [];
  let current: string | undefined;
  const end = (): void => {
    if (current !== undefined) out.push({ pattern: current });
    current = undefined;
  };
  for (const { kind, text } of parts) {
    if (kind === 'field') end();
    else if (kind === 'quoted') current = (current ?? '') + quotePattern(text);
    else if (kind === 'literal') current = (current ?? '') + text;
    else {
      const backslashed = text.replace(/\\/g, '\\\\');
      splitText(backslashed, separators).forEach((part, i) => {
        if (i > 0) end();
        if (part !== '') current = (current ?? '') + part;
      });
    }
  }
  end();
  return out;
}

/** Splits at runs of separators; other separators than blanks each end a field. */
function splitText(text: string, separators: string): string[] {
  if (separators === '') return [text];
  const set = separators.replace(/[\]\\^-]/g, '\\$&');
  return text.split(new RegExp(`[${set}]`));
}

function* pieces(shell: Shell, word: string): User<Piece[]> {
  const out: Piece[] = [];
  let i = 0;
  const tilde = /^~(?=$|\/)/.exec(word);
  if (tilde !== null) {
    out.push({ kind: 'quoted', text: shell.c.env.get('HOME') ?? '~' });
    i = 1;
  }
  while (i < word.length) {
    const c = word[i]!;
    if (c === '\\') {
      if (word[i + 1] !== '\n') out.push({ kind: 'quoted', text: word[i + 1] ?? '' });
      i += 2;
    } else if (c === "'") {
      const end = word.indexOf("'", i + 1);
      out.push({ kind: 'quoted', text: word.slice(i + 1, end) });
      i = end + 1;
    } else if (c === '"') {
      i = yield* doubleQuoted(shell, word, i + 1, out, false);
    } else if (c === '$' || c === '`') {
      i = yield* substitution(shell, word, i, out, false);
    } else {
      const length = word.slice(i).search(/[\\'"$`]/);
      const text = length < 0 ? word.slice(i) : word.slice(i, i + length);
      out.push({ kind: 'literal', text });
      i += text.length;
    }
  }
  return out;
}

/** Expands quoted text from `i` to its closing quote (or, in a here-document, to the end): the index behind it. */
function* doubleQuoted(shell: Shell, word: string, i: number, out: Piece[], here: boolean): User<number> {
  let text = '';
  const before = out.length;
  const special = here ? /[$\\`]/ : /[$"\\`]/;
  while (i < word.length && (here || word[i] !== '"')) {
    const c = word[i]!;
    if (c === '\\' && (special.test(word[i + 1] ?? '') || word[i + 1] === '\n')) {
      if (word[i + 1] !== '\n') text += word[i + 1];
      i += 2;
    } else if (c === '$' || c === '`') {
      if (text !== '') out.push({ kind: 'quoted', text });
      text = '';
      i = yield* substitution(shell, word, i, out, true);
    } else {
      text += c;
      i++;
    }
  }
  // "" is an argument; "$@" without parameters is none.
  const nothing = out.length === before && !/^\$(@|\{@\})$/.test(word.slice(1, i));
  if (text !== '' || nothing) out.push({ kind: 'quoted', text });
  return i + 1;
}

/** Expands what begins with the $ or ` at `i`: the index behind it. */
function* substitution(shell: Shell, word: string, i: number, out: Piece[], quoted: boolean): User<number> {
  const kind = quoted ? 'quoted' : 'split';
  if (word[i] === '`') {
    const end = skipQuoted(word, i);
    const source = word.slice(i + 1, end - 1).replace(quoted ? /\\([$`\\"])/g : /\\([$`\\])/g, '$1');
    out.push({ kind, text: yield* shell.capture(source) });
    return end;
  }
  if (word.startsWith('$((', i)) {
    const end = skipQuoted(word, i);
    if (word[end - 2] === ')') {
      const source = yield* expandHere(shell, word.slice(i + 3, end - 2));
      out.push({ kind, text: String(evaluate(shell, source)) });
      return end;
    }
  }
  if (word.startsWith('$(', i)) {
    const end = skipQuoted(word, i);
    out.push({ kind, text: yield* shell.capture(word.slice(i + 2, end - 1)) });
    return end;
  }
  if (word.startsWith('${', i)) {
    const end = skipQuoted(word, i);
    yield* braced(shell, word.slice(i + 2, end - 1), out, quoted);
    return end;
  }
  const plain = /^\$([A-Za-z_]\w*|[0-9?$!#@*-])/.exec(word.slice(i));
  if (plain === null) {
    out.push({ kind: 'quoted', text: '$' });
    return i + 1;
  }
  yield* parameter(shell, plain[1]!, out, quoted);
  return i + plain[0].length;
}

function evaluate(shell: Shell, source: string): number {
  const { env } = shell.c;
  try {
    return arithmetic(source, { get: (n) => env.get(n) ?? '', set: (n, v) => env.set(n, v) });
  } catch (error) {
    if (!(error instanceof ArithmeticError)) throw error;
    throw new ExpansionError(`arithmetic expression: ${error.message}: "${source}"`);
  }
}

/** Puts the value of a parameter; "$@" as fields of their own. */
function* parameter(shell: Shell, name: string, out: Piece[], quoted: boolean): User {
  const kind = quoted ? 'quoted' : 'split';
  if (name === '@' || (name === '*' && !quoted)) {
    shell.positional.forEach((text, i) => {
      if (i > 0) out.push({ kind: 'field', text: '' });
      out.push({ kind, text });
    });
    return;
  }
  const value = yield* shell.parameter(name);
  if (value === undefined && shell.options.has('u')) throw new ExpansionError(`${name}: parameter not set`);
  out.push({ kind, text: value ?? '' });
}

const BRACED = /^([A-Za-z_]\w*|[0-9]+|[?$!#@*-])(?:(:?[-=+?]|##?|%%?)([\s\S]*))?$/;

/** ${...} */
function* braced(shell: Shell, text: string, out: Piece[], quoted: boolean): User {
  const kind = quoted ? 'quoted' : 'split';
  const length = /^#([A-Za-z_]\w*|[0-9]+|[?$!@*-])$/.exec(text);
  if (length !== null) {
    out.push({ kind: 'quoted', text: String(((yield* shell.parameter(length[1]!)) ?? '').length) });
    return;
  }
  const match = BRACED.exec(text);
  if (match === null) throw new ExpansionError(`\${${text}}: Bad substitution`);
  const [, name, op, operand = ''] = match as unknown as [
    string,
    string,
    string | undefined,
    string | undefined,
  ];
  if (op === undefined) return yield* parameter(shell, name, out, quoted);
  const value = yield* shell.parameter(name);
  if (op.startsWith('#') || op.startsWith('%')) {
    out.push({ kind, text: trim(value ?? '', op, yield* expandPattern(shell, operand)) });
    return;
  }
  const missing = value === undefined || (op.startsWith(':') && value === '');
  const action = op[op.length - 1];
  if (action === '+') {
    if (!missing) out.push(...(yield* operandPieces(shell, operand, quoted)));
  } else if (!missing) {
    yield* parameter(shell, name, out, quoted);
  } else if (action === '-') {
    out.push(...(yield* operandPieces(shell, operand, quoted)));
  } else if (action === '=') {
    const assigned = yield* expandWord(shell, operand);
    shell.set(name, assigned);
    out.push({ kind, text: assigned });
  } else {
    const message = yield* expandWord(shell, operand);
    throw new ExpansionError(`${name}: ${message === '' ? 'parameter not set or null' : message}`);
  }
}

/** The word in ${name-word}: unquoted it may be split. */
function* operandPieces(shell: Shell, operand: string, quoted: boolean): User<Piece[]> {
  if (quoted) return [{ kind: 'quoted', text: yield* expandWord(shell, operand) }];
  return (yield* pieces(shell, operand)).map((p) => (p.kind === 'literal' ? { ...p, kind: 'split' } : p));
}

/** ${name#pattern} and its three relatives. */
function trim(value: string, op: string, pattern: string): string {
  const lengths = Array.from({ length: value.length + 1 }, (_, i) => i);
  if (op.length === 2) lengths.reverse();
  for (const n of lengths) {
    const part = op.startsWith('#') ? value.slice(0, n) : value.slice(value.length - n);
    if (matches(pattern, part)) return op.startsWith('#') ? value.slice(n) : value.slice(0, value.length - n);
  }
  return value;
}
