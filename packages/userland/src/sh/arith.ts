/** $((...)): the integer arithmetic of C in 32 bits, with variables and assignment. */

/** What an expression reads and sets. */
export interface Variables {
  get(name: string): string;
  set(name: string, value: string): void;
}

/** Thrown for what is no expression. */
export class ArithmeticError extends Error {}

const TOKEN =
  /\s*(0[xX][0-9a-fA-F]+|\d+|[A-Za-z_]\w*|<<=|>>=|&&|\|\||<<|>>|[-+*/%&|^=!<>]=|[-+*/%()<>!~&|^?:=])/y;
const LEVELS: string[][] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '<=', '>', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];
const ASSIGNMENTS = new Set(['=', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=', '<<=', '>>=']);

function apply(op: string, a: number, b: number): number {
  switch (op) {
    case '+':
      return (a + b) | 0;
    case '-':
      return (a - b) | 0;
    case '*':
      return Math.imul(a, b);
    case '/':
    case '%':
      if (b === 0) throw new ArithmeticError('division by zero');
      return op === '/' ? (a / b) | 0 : (a % b) | 0;
    case '<<':
      return a << b;
    case '>>':
      return a >> b;
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '&&':
      return a !== 0 && b !== 0 ? 1 : 0;
    case '||':
      return a !== 0 || b !== 0 ? 1 : 0;
    default:
      return compare(op, a, b) ? 1 : 0;
  }
}

function compare(op: string, a: number, b: number): boolean {
  if (op === '==') return a === b;
  if (op === '!=') return a !== b;
  if (op === '<') return a < b;
  if (op === '<=') return a <= b;
  return op === '>' ? a > b : a >= b;
}

function tokens(source: string): string[] {
  const out: string[] = [];
  TOKEN.lastIndex = 0;
  let at = 0;
  while (at < source.trimEnd().length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(source);
    if (match === null) throw new ArithmeticError('syntax error');
    out.push(match[1]!);
    at = TOKEN.lastIndex;
  }
  return out;
}

function literal(text: string): number {
  const value = /^0[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number(text === '' ? 0 : text);
  if (Number.isNaN(value)) throw new ArithmeticError('syntax error');
  return value | 0;
}

class Evaluator {
  private i = 0;
  constructor(
    private readonly words: string[],
    private readonly variables: Variables,
  ) {}

  value(): number {
    if (this.words.length === 0) return 0;
    const value = this.assignment();
    if (this.i < this.words.length) throw new ArithmeticError('syntax error');
    return value;
  }

  private assignment(): number {
    const name = this.words[this.i] ?? '';
    const op = this.words[this.i + 1] ?? '';
    if (!/^[A-Za-z_]/.test(name) || !ASSIGNMENTS.has(op)) return this.conditional();
    this.i += 2;
    const right = this.assignment();
    const value = op === '=' ? right : apply(op.slice(0, -1), literal(this.variables.get(name)), right);
    this.variables.set(name, String(value));
    return value;
  }

  private conditional(): number {
    const condition = this.binary(0);
    if (this.words[this.i] !== '?') return condition;
    this.i++;
    const yes = this.assignment();
    if (this.words[this.i++] !== ':') throw new ArithmeticError('syntax error');
    const no = this.conditional();
    return condition !== 0 ? yes : no;
  }

  private binary(level: number): number {
    const ops = LEVELS[level];
    if (ops === undefined) return this.unary();
    let left = this.binary(level + 1);
    while (ops.includes(this.words[this.i] ?? ''))
      left = apply(this.words[this.i++]!, left, this.binary(level + 1));
    return left;
  }

  private unary(): number {
    const t = this.words[this.i++];
    if (t === undefined) throw new ArithmeticError('syntax error');
    if (t === '(') {
      const value = this.assignment();
      if (this.words[this.i++] !== ')') throw new ArithmeticError('syntax error');
      return value;
    }
    if (t === '-') return -this.unary() | 0;
    if (t === '+') return this.unary();
    if (t === '!') return this.unary() === 0 ? 1 : 0;
    if (t === '~') return ~this.unary();
    if (/^\d/.test(t)) return literal(t);
    if (/^[A-Za-z_]/.test(t)) return literal(this.variables.get(t));
    throw new ArithmeticError('syntax error');
  }
}

/** The value of an expression; throws ArithmeticError. */
export function arithmetic(source: string, variables: Variables): number {
  return new Evaluator(tokens(source), variables).value();
}
