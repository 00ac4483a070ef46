import type { User } from '../libc.js';
import type { Shell } from './sh.js';

/** A piece of an expanded word; quoted pieces are not split into fields. */
interface Piece {
  text: string;
  quoted: boolean;
}

/** Expands words into arguments: variables, $(...), $((...)), quotes, field splitting. No file name patterns. */
export function* expandWords(shell: Shell, words: readonly string[]): User<string[]> {
  const out: string[] = [];
  for (const word of words) out.push(...fields(yield* pieces(shell, word)));
  return out;
}

/** Expands one word into one string, without splitting. */
export function* expandWord(shell: Shell, word: string): User<string> {
  return (yield* pieces(shell, word)).map((p) => p.text).join('');
}

function fields(parts: Piece[]): string[] {
  const out: string[] = [];
  let current: string | undefined;
  for (const { text, quoted } of parts) {
    if (quoted) {
      current = (current ?? '') + text;
      continue;
    }
    const split = text.split(/[ \t\n]+/);
    split.forEach((part, i) => {
      if (i > 0 && current !== undefined) {
        out.push(current);
        current = undefined;
      }
      if (part !== '') current = (current ?? '') + part;
    });
  }
  if (current !== undefined) out.push(current);
  return out;
}

function* pieces(shell: Shell, word: string): User<Piece[]> {
  const out: Piece[] = [];
  for (let i = 0; i < word.length; ) {
    const c = word[i]!;
    if (c === '\\') {
      out.push({ text: word[i + 1] ?? '', quoted: true });
      i += 2;
    } else if (c === "'") {
      const end = word.indexOf("'", i + 1);
      out.push({ text: word.slice(i + 1, end), quoted: true });
      i = end + 1;
    } else if (c === '"') {
      i = yield* doubleQuoted(shell, word, i + 1, out);
    } else if (c === '$') {
      const [text, next] = yield* dollar(shell, word, i);
      out.push({ text, quoted: false });
      i = next;
    } else {
      const end = word.slice(i).search(/[\\'"$]/);
      const text = end < 0 ? word.slice(i) : word.slice(i, i + end);
      // Literal text is never split: blanks end a word in the tokenizer already.
      out.push({ text, quoted: true });
      i += text.length;
    }
  }
  return out;
}

function* doubleQuoted(shell: Shell, word: string, i: number, out: Piece[]): User<number> {
  let text = '';
  while (i < word.length && word[i] !== '"') {
    if (word[i] === '\\' && /[$"\\`]/.test(word[i + 1] ?? '')) {
      text += word[i + 1];
      i += 2;
    } else if (word[i] === '$') {
      const [value, next] = yield* dollar(shell, word, i);
      text += value;
      i = next;
    } else {
      text += word[i];
      i++;
    }
  }
  out.push({ text, quoted: true });
  return i + 1;
}

/** Expands what begins with the $ at `i`: [value, index behind it]. */
function* dollar(shell: Shell, word: string, i: number): User<[string, number]> {
  if (word.startsWith('$((', i)) {
    const end = word.indexOf('))', i);
    if (end >= 0) return [String(arithmetic(shell, word.slice(i + 3, end))), end + 2];
  }
  if (word.startsWith('$(', i)) {
    let depth = 1;
    let end = i + 2;
    for (; end < word.length && depth > 0; end++) {
      if (word[end] === '(') depth++;
      else if (word[end] === ')') depth--;
    }
    return [yield* shell.capture(word.slice(i + 2, end - 1)), end];
  }
  const braced = /^\$\{([A-Za-z_]\w*|[0-9?$!#@*])(?::-([^}]*))?\}/.exec(word.slice(i));
  if (braced !== null) {
    const value = yield* variable(shell, braced[1]!);
    return [value === '' && braced[2] !== undefined ? braced[2] : value, i + braced[0].length];
  }
  const plain = /^\$([A-Za-z_]\w*|[0-9?$!#@*])/.exec(word.slice(i));
  if (plain === null) return ['$', i + 1];
  return [yield* variable(shell, plain[1]!), i + plain[0].length];
}

function* variable(shell: Shell, name: string): User<string> {
  switch (name) {
    case '?':
      return String(shell.status);
    case '$':
      return String(yield* shell.c.sys(20));
    case '!':
      return shell.lastBackground === 0 ? '' : String(shell.lastBackground);
    case '#':
      return String(shell.positional.length);
    case '@':
    case '*':
      return shell.positional.join(' ');
    case '0':
      return shell.name;
  }
  if (/^[1-9]$/.test(name)) return shell.positional[Number(name) - 1] ?? '';
  return shell.c.env.get(name) ?? '';
}

/** $((...)): integers, variables, + - * / % and parentheses, comparisons; a small precedence climber. */
function arithmetic(shell: Shell, source: string): number {
  const tokens = source.match(/\d+|[A-Za-z_]\w*|<=|>=|==|!=|[-+*/%()<>]/g) ?? [];
  const levels = [
    ['==', '!='],
    ['<', '>', '<=', '>='],
    ['+', '-'],
    ['*', '/', '%'],
  ];
  let i = 0;
  const primary = (): number => {
    const t = tokens[i++];
    if (t === undefined) return 0;
    if (t === '(') {
      const value = binary(0);
      i++;
      return value;
    }
    if (t === '-') return -primary();
    if (t === '+') return primary();
    return /^\d/.test(t) ? Number(t) : Number(shell.c.env.get(t) ?? 0);
  };
  const binary = (level: number): number => {
    const ops = levels[level];
    if (ops === undefined) return primary();
    let left = binary(level + 1);
    while (ops.includes(tokens[i] ?? '')) left = apply(tokens[i++]!, left, binary(level + 1));
    return left;
  };
  return binary(0);
}

function apply(op: string, a: number, b: number): number {
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0 ? 0 : Math.trunc(a / b);
    case '%':
      return b === 0 ? 0 : a % b;
    case '<':
      return a < b ? 1 : 0;
    case '>':
      return a > b ? 1 : 0;
    case '<=':
      return a <= b ? 1 : 0;
    case '>=':
      return a >= b ? 1 : 0;
    case '==':
      return a === b ? 1 : 0;
    default:
      return a !== b ? 1 : 0;
  }
}
