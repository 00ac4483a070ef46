import type { KnownProgram, Memory, UserStand } from '@trap12/target';
import { DdbError } from './errors.js';
import type { OfSource } from './path.js';

/** A mistake in an expression, in DDB's words. */
export class ExpressionError extends DdbError {}

/**
 * What is asked for of something of the source's: its value, where it lies, or, by who shows it whole, its
 * value if a word holds it.
 */
export type Wanted = 'value' | 'place' | 'whole';

/** What the names in an expression mean. */
export interface Scope {
  memory: Memory;
  /** Base of numbers without a prefix: 16 unless $radix was set */
  radix: number;
  /** `.` */
  dot: number;
  /** `..`: the address before */
  prev: number;
  /** `+`: the address behind */
  next: number;
  /** `"`: the address used last */
  last: number;
  /** Value of `$name`, undefined if there is none */
  variable(name: string): number | undefined;
  /**
   * What a name of the source's, or a path of fields and elements from one, means; undefined: nothing.
   * @throws DdbError if it has no such part
   */
  typed(text: string): OfSource | undefined;
  /** Where the process stands in its program; undefined: in the kernel */
  readonly user?: UserStand | undefined;
}

const LEVELS = [['|'], ['&'], ['<<', '>>'], ['+', '-'], ['*', '/', '%', '#']];
/** Behind a name: fields and elements, as the source has them. A point with a blank before it is dot. */
export const PARTS = String.raw`(?:\s*->\s*[A-Za-z_]\w*|\.[A-Za-z_]\w*|\s*\[\s*\d+\s*\])*`;
const TOKEN = new RegExp(
  String.raw`\s*(<<|>>|\.\.|[-+*/%#&|()~."]|\$\w*|\d\w*|[A-Za-z_]\w*(?::\w+)?${PARTS})`,
  'y',
);
/** Deeper than any line that makes sense. */
const DEPTH_MAX = 100;
const WORD_MAX = 0xffffffff;
const RADIX = { o: 8, t: 10, x: 16 } as const;
const DIGITS: Record<number, RegExp> = { 8: /^[0-7]+$/, 10: /^\d+$/, 16: /^[\da-fA-F]+$/ };

/**
 * A pid as DDB takes it: digits alone are decimal, although numbers are hexadecimal. What says its base
 * itself (0t16, 0x10), or is reckoned or read, is what it is. @returns undefined of hexadecimal digits alone
 */
function pidOf(token: string, value: number): number | undefined {
  if (!/^\d/.test(token) || /^0[otx]/i.test(token)) return value;
  return /^\d+$/.test(token) ? Number(token) : undefined;
}

/**
 * DDB's expressions: numbers (hexadecimal unless 0t decimal or 0o octal), symbols, $variables, `.` `..` `+`
 * `"`, the operators `+ - * / % # << >> & |`, unary `-` `~` and `*` (contents), parentheses. `a # b` rounds a
 * up to a multiple of b. Values are unsigned 32-bit. What only the source has a name for (a field, a local,
 * curproc) stands for its value, as there; unary `&` is where it lies.
 */
export class ExpressionParser {
  private at = 0;
  /** Tokens that were gone past */
  private taken = 0;
  private token: string | undefined;
  private depth = 0;
  /** The program of the last name that was one of a program's */
  program: KnownProgram | undefined;
  /** What of the source the last expression was, if it was that alone */
  source: OfSource | undefined;
  /** The last expression as a pid, see pidOf */
  pid: number | undefined;

  constructor(
    private readonly text: string,
    private readonly scope: Scope,
  ) {
    this.advance();
  }

  /** The expression that begins here, or undefined where none does: at the end, or before a comma. */
  optional(wanted: Wanted = 'value'): number | undefined {
    this.source = undefined;
    this.pid = undefined;
    const first = this.token;
    if (first === undefined) return undefined;
    const { taken } = this;
    const value = this.asked(this.level(0), wanted);
    this.pid = this.taken === taken + 1 ? pidOf(first, value) : value;
    return value;
  }

  private asked(value: number, wanted: Wanted): number {
    const { source } = this;
    if (source === undefined) return value;
    if (wanted === 'place') return placeOf(source);
    return wanted === 'value' || source.values.isWord(source) ? wordOf(source) : 0;
  }

  /** Consumes a comma or an equals sign, if it is next. */
  separator(mark: ',' | '='): boolean {
    if (this.token !== undefined || this.remainder()[0] !== mark) return false;
    this.at = this.text.indexOf(mark, this.at) + 1;
    this.advance();
    return true;
  }

  /** The rest must be empty. */
  end(): void {
    if (this.token !== undefined || this.remainder() !== '') throw new ExpressionError('?');
  }

  private remainder(): string {
    return this.text.slice(this.at).trimStart();
  }

  private advance(): void {
    this.taken++;
    TOKEN.lastIndex = this.at;
    const match = TOKEN.exec(this.text);
    this.token = match?.[1];
    if (match !== null) this.at = TOKEN.lastIndex;
  }

  private level(n: number): number {
    const operators = LEVELS[n];
    if (operators === undefined) return this.unary();
    let left = this.level(n + 1);
    while (this.token !== undefined && operators.includes(this.token)) {
      const op = this.token;
      this.advance();
      left = this.settled(left);
      left = apply(op, left, this.settled(this.level(n + 1)));
    }
    return left;
  }

  /**
   * A value that is gone on with. That of the source's things is asked for here only: who wants to know where
   * one lies need not be able to read it.
   */
  private settled(value: number): number {
    const { source } = this;
    this.source = undefined;
    return source === undefined ? value : wordOf(source);
  }

  private unary(): number {
    if (this.depth >= DEPTH_MAX) throw new ExpressionError('Expression too deep');
    this.depth++;
    try {
      const { token } = this;
      if (token === undefined || !'-~*&'.includes(token)) return this.primary();
      this.advance();
      const value = this.unary();
      if (token === '*') return this.contents(value);
      if (token === '&') return this.address();
      const known = this.settled(value);
      return (token === '-' ? -known : ~known) >>> 0;
    } finally {
      this.depth--;
    }
  }

  /** `*`: the word there; of a pointer of the source's what it leads to, of its own type. */
  private contents(value: number): number {
    const { source } = this;
    const target = source?.value === 0 ? undefined : source?.values.part(source, '[0]');
    if (target === undefined) return this.scope.memory.u32(this.settled(value));
    this.source = { ...target, values: source!.values };
    return 0;
  }

  /** `&`: of something of the source's, where it lies. A symbol stands for its address without. */
  private address(): number {
    const { source } = this;
    if (source === undefined)
      throw new ExpressionError('&: accepted: something of the source; a symbol is an address without it');
    this.source = undefined;
    return placeOf(source);
  }

  private primary(): number {
    const { token, scope } = this;
    if (token === undefined) throw new ExpressionError('Syntax error');
    this.advance();
    switch (token) {
      case '(':
        return this.parenthesised();
      case '.':
        return scope.dot >>> 0;
      case '..':
        return scope.prev >>> 0;
      case '+':
        return scope.next >>> 0;
      case '"':
        return scope.last >>> 0;
    }
    if (token.startsWith('$')) return this.variable(token.slice(1));
    if (/^\d/.test(token)) return number(token, scope.radix);
    if (/^[A-Za-z_]/.test(token)) return this.name(token);
    throw new ExpressionError('Syntax error');
  }

  private parenthesised(): number {
    const value = this.level(0);
    if (this.token !== ')') throw new ExpressionError('Syntax error');
    this.advance();
    return value;
  }

  private variable(name: string): number {
    const value = this.scope.variable(name);
    if (value === undefined) throw new ExpressionError('Unknown variable');
    return value >>> 0;
  }

  /**
   * A symbol, of the program in which the process stands, else of the kernel; `PROGRAM:symbol` is that
   * program's, `kernel:symbol` the kernel's. Else, as no symbol is meant, a number that begins with a letter.
   */
  private name(token: string): number {
    const { memory, radix, user } = this.scope;
    const { programs, symbols } = memory.target;
    const [name = '', part] = token.split(':');
    if (part !== undefined && programs?.named(name) === undefined && symbols.has(name) && /^\d/.test(part))
      throw new ExpressionError(`Program not found: ${name} is a symbol, and lines are for break and delete`);
    if (part !== undefined && name !== 'kernel') return this.ofProgram(programs?.named(name), part);
    const program = user?.space.program;
    if (part === undefined && program?.symbols.has(name) === true) return this.ofProgram(program, name);
    const symbol = part ?? name;
    this.source = part === undefined ? this.scope.typed(token) : undefined;
    if (this.source !== undefined) return 0;
    if (symbols.has(symbol)) return symbols.address(symbol);
    if (part === undefined && radix === 16 && DIGITS[16]!.test(name)) return number(name, 16);
    throw new ExpressionError('Symbol not found');
  }

  private ofProgram(program: KnownProgram | undefined, part: string): number {
    if (program === undefined) throw new ExpressionError('Program not found');
    this.program = program;
    if (program.symbols.has(part)) return program.symbols.address(part);
    if (/^\d/.test(part)) return number(part, this.scope.radix);
    throw new ExpressionError(`Symbol not found in ${program.name}`);
  }
}

/**
 * A value of the source's as a word: of a signed number with its sign, of a struct or an array its address.
 * @throws DdbError if there is none
 */
function wordOf({ values, ...typed }: OfSource): number {
  const { expression, value } = typed;
  if (value === undefined) throw new ExpressionError(`${expression}: ${values.text(typed)}`);
  if (value < -(2 ** 31) || value > WORD_MAX)
    throw new ExpressionError(`${expression} is ${value}: no word holds it`);
  return value >>> 0;
}

/** Where something of the source's lies. @throws DdbError if it lies in no memory */
function placeOf({ address, expression }: OfSource): number {
  if (address !== undefined) return address >>> 0;
  throw new ExpressionError(`${expression} lies in no memory: its function has it in a register`);
}

/**
 * A number as typed. One that no word holds is a mistake of whoever typed it: what is left of it in a word is
 * not what was meant.
 */
function number(token: string, radix: number): number {
  const mark = /^0([otx])(.*)$/i.exec(token);
  const base = mark === null ? radix : RADIX[mark[1]!.toLowerCase() as keyof typeof RADIX];
  const digits = mark === null ? token : mark[2]!;
  if (DIGITS[base]?.test(digits) !== true) throw new ExpressionError('Bad character in number');
  let value = 0;
  for (const digit of digits) {
    value = value * base + Number.parseInt(digit, base);
    if (value > WORD_MAX) throw new ExpressionError('Number too large: accepted: up to 0xffffffff');
  }
  return value;
}

function apply(op: string, a: number, b: number): number {
  switch (op) {
    case '+':
      return (a + b) >>> 0;
    case '-':
      return (a - b) >>> 0;
    case '*':
      return Math.imul(a, b) >>> 0;
    case '&':
      return (a & b) >>> 0;
    case '|':
      return (a | b) >>> 0;
    case '<<':
      return b > 31 ? 0 : (a << b) >>> 0;
    case '>>':
      return b > 31 ? 0 : a >>> b;
    default:
      if (b === 0) throw new ExpressionError('Divide by 0');
      if (op === '/') return Math.floor(a / b);
      return op === '%' ? a % b : (Math.ceil(a / b) * b) >>> 0;
  }
}

/** Value of a whole text. */
export function evaluate(text: string, scope: Scope): number {
  const parser = new ExpressionParser(text, scope);
  const value = parser.optional();
  if (value === undefined) throw new ExpressionError('Syntax error');
  parser.end();
  return value;
}
