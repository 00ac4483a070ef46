import type { Libc, Program, User } from '../libc.js';
import { isDirectory, isatty, S_IFCHR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, stat } from '../lib/files.js';
import { SYS } from '../syscalls.js';

/** Thrown for an expression that is none. */
class SyntaxFault extends Error {}

/** The operators of expr(1), loosest first. */
const LEVELS = [['|'], ['&'], ['=', '>', '>=', '<', '<=', '!='], ['+', '-'], ['*', '/', '%'], [':']];

function truth(value: string): boolean {
  return value !== '' && !/^[-+]?0+$/.test(value);
}

function integer(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new SyntaxFault('non-numeric argument');
  return Number(text);
}

function calculate(op: string, a: string, b: string): string {
  switch (op) {
    case '|':
      return truth(a) ? a : b;
    case '&':
      return truth(a) && truth(b) ? a : '0';
    case '+':
      return String(integer(a) + integer(b));
    case '-':
      return String(integer(a) - integer(b));
    case '*':
      return String(integer(a) * integer(b));
    case '/':
    case '%':
      if (integer(b) === 0) throw new SyntaxFault('division by zero');
      return String(op === '/' ? Math.trunc(integer(a) / integer(b)) : integer(a) % integer(b));
    case ':':
      return match(a, b);
    default:
      return compare(op, a, b) ? '1' : '0';
  }
}

function compare(op: string, a: string, b: string): boolean {
  const numbers = /^-?\d+$/.test(a) && /^-?\d+$/.test(b);
  const order = numbers ? Number(a) - Number(b) : a < b ? -1 : a > b ? 1 : 0;
  if (op === '=') return order === 0;
  if (op === '!=') return order !== 0;
  if (op === '<') return order < 0;
  if (op === '<=') return order <= 0;
  return op === '>' ? order > 0 : order >= 0;
}

/** string : pattern, a basic regular expression that begins at the start. */
function match(text: string, pattern: string): string {
  const re = pattern.replace(/\\[(){}]|[(){}+?|]/g, (m) => (m.length === 2 ? m[1]! : `\\${m}`));
  const found = new RegExp(`^(?:${re.replace(/^\^/, '')})`).exec(text);
  if (/\\\(/.test(pattern)) return found?.[1] ?? '';
  return String(found === null ? 0 : found[0].length);
}

/** The value of an expression in words; throws SyntaxFault. */
export function evaluate(words: readonly string[]): string {
  let i = 0;
  const level = (n: number): string => {
    const ops = LEVELS[n];
    if (ops === undefined) return primary();
    let value = level(n + 1);
    while (i < words.length && ops.includes(words[i]!)) value = calculate(words[i++]!, value, level(n + 1));
    return value;
  };
  const primary = (): string => {
    const word = words[i++];
    if (word === undefined) throw new SyntaxFault('syntax error');
    if (word !== '(') return word;
    const value = level(0);
    if (words[i++] !== ')') throw new SyntaxFault('syntax error');
    return value;
  };
  const value = level(0);
  if (i < words.length) throw new SyntaxFault('syntax error');
  return value;
}

/** expr(1) */
export const expr: Program = function* (c) {
  let value: string;
  try {
    value = evaluate(c.argv.slice(1));
  } catch (error) {
    if (!(error instanceof SyntaxFault) && !(error instanceof SyntaxError)) throw error;
    return yield* c.fail(error.message, 2);
  }
  yield* c.print(`${value}\n`);
  return truth(value) ? 0 : 1;
};

/** One test of a file: -e -f -d -c -p -h -L -r -w -x -s, or of a descriptor: -t. */
function* fileTest(c: Libc, op: string, path: string): User<boolean> {
  if (op === '-t') return yield* isatty(c, Number(path));
  const mode = { '-r': 4, '-w': 2, '-x': 1 }[op];
  if (mode !== undefined) return (yield* c.sys(SYS.access, yield* c.string(path), mode)) === 0;
  const s = path === '' ? -2 : yield* stat(c, path, op !== '-h' && op !== '-L');
  if (typeof s === 'number') return false;
  const type = s.mode & S_IFMT;
  switch (op) {
    case '-f':
      return type === S_IFREG;
    case '-d':
      return isDirectory(s);
    case '-c':
      return type === S_IFCHR;
    case '-p':
      return type === S_IFIFO;
    case '-h':
    case '-L':
      return type === S_IFLNK;
    case '-s':
      return s.size > 0;
    default:
      return true;
  }
}

const FILE_TESTS = new Set([
  '-e',
  '-f',
  '-d',
  '-c',
  '-p',
  '-h',
  '-L',
  '-r',
  '-w',
  '-x',
  '-s',
  '-t',
  '-b',
  '-S',
]);
const NUMBER_TESTS: Record<string, (a: number, b: number) => boolean> = {
  '-eq': (a, b) => a === b,
  '-ne': (a, b) => a !== b,
  '-gt': (a, b) => a > b,
  '-ge': (a, b) => a >= b,
  '-lt': (a, b) => a < b,
  '-le': (a, b) => a <= b,
};
const TEXT_TESTS: Record<string, (a: string, b: string) => boolean> = {
  '=': (a, b) => a === b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
};

/** test(1)'s grammar over words. */
class TestExpression {
  private i = 0;
  constructor(
    private readonly c: Libc,
    private readonly words: readonly string[],
  ) {}

  *value(): User<boolean> {
    if (this.words.length === 0) return false;
    const value = yield* this.or();
    if (this.i < this.words.length) throw new SyntaxFault(`${this.words[this.i]}: unexpected operator`);
    return value;
  }

  private *or(): User<boolean> {
    let value = yield* this.and();
    while (this.words[this.i] === '-o') {
      this.i++;
      value = (yield* this.and()) || value;
    }
    return value;
  }

  private *and(): User<boolean> {
    let value = yield* this.not();
    while (this.words[this.i] === '-a') {
      this.i++;
      value = (yield* this.not()) && value;
    }
    return value;
  }

  private *not(): User<boolean> {
    if (this.words[this.i] === '!' && this.i + 1 < this.words.length && !this.isBinary(this.i + 1)) {
      this.i++;
      return !(yield* this.not());
    }
    return yield* this.primary();
  }

  private isBinary(at: number): boolean {
    const op = this.words[at];
    return op !== undefined && at + 1 < this.words.length && (op in NUMBER_TESTS || op in TEXT_TESTS);
  }

  private *primary(): User<boolean> {
    const { c, words } = this;
    const a = words[this.i];
    if (a === undefined) throw new SyntaxFault('argument expected');
    if (this.isBinary(this.i + 1)) {
      const [op, b] = [words[this.i + 1]!, words[this.i + 2]!];
      this.i += 3;
      const text = TEXT_TESTS[op];
      return text !== undefined ? text(a, b) : NUMBER_TESTS[op]!(this.number(a), this.number(b));
    }
    if (a === '(') {
      this.i++;
      const value = yield* this.or();
      if (words[this.i++] !== ')') throw new SyntaxFault('closing paren expected');
      return value;
    }
    const operand = words[this.i + 1];
    if (operand !== undefined && (a === '-n' || a === '-z')) {
      this.i += 2;
      return (operand !== '') === (a === '-n');
    }
    if (operand !== undefined && FILE_TESTS.has(a)) {
      this.i += 2;
      return yield* fileTest(c, a, operand);
    }
    this.i++;
    return a !== '';
  }

  private number(text: string): number {
    if (!/^\s*[-+]?\d+\s*$/.test(text)) throw new SyntaxFault(`${text}: bad number`);
    return Number(text);
  }
}

/** test(1) of the words behind its name: 0 true, 1 false, 2 no expression. `complain` gets what is wrong. */
export function* testWords(c: Libc, argv: readonly string[], complain: (text: string) => User): User<number> {
  const words = argv.slice(1);
  try {
    if (argv[0]?.endsWith('[') && words.pop() !== ']') throw new SyntaxFault('missing ]');
    return (yield* new TestExpression(c, words).value()) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    yield* complain(error.message);
    return 2;
  }
}

/** test(1) and [ */
export const test: Program = function* (c) {
  return yield* testWords(c, c.argv, (text) => c.warn(text));
};
