import type { Memory } from '@trap12/kernel';
import { REGISTER_NAMES, type Registers } from './registers.js';

/** A mistake in an expression, in DDB's words. */
export class ExpressionError extends Error {}

/**
 * DDB's expressions: numbers (hexadecimal unless 0t decimal or 0 octal), symbols, $registers, . (dot), + - * / # << >> & | ( ), unary - ~ and *
 * (contents). Values are unsigned 32-bit.
 */
export function evaluate(text: string, memory: Memory, registers: Registers, dot: number): number {
  const parser = new ExpressionParser(text, memory, registers, dot);
  const value = parser.expression(0);
  parser.end();
  return value;
}

const LEVELS = [['|'], ['&'], ['<<', '>>'], ['+', '-'], ['*', '/', '%', '#']];
const TOKEN = /\s*(<<|>>|[-+*/%#&|()~.]|\$[a-z0-9]+|0t\d+|0x[0-9a-fA-F]+|[A-Za-z_][\w]*|\d[0-9a-fA-F]*)/y;

class ExpressionParser {
  private at = 0;
  private token: string | undefined;

  constructor(
    private readonly text: string,
    private readonly memory: Memory,
    private readonly registers: Registers,
    private readonly dot: number,
  ) {
    this.advance();
  }

  end(): void {
    if (this.token !== undefined || this.text.slice(this.at).trim() !== '') throw new ExpressionError('Syntax error');
  }

  expression(level: number): number {
    const operators = LEVELS[level];
    if (operators === undefined) return this.unary();
    let left = this.expression(level + 1);
    while (this.token !== undefined && operators.includes(this.token)) {
      const op = this.token;
      this.advance();
      left = this.apply(op, left, this.expression(level + 1));
    }
    return left;
  }

  private advance(): void {
    TOKEN.lastIndex = this.at;
    const match = TOKEN.exec(this.text);
    this.token = match?.[1];
    if (match !== null) this.at = TOKEN.lastIndex;
  }

  private unary(): number {
    const token = this.token;
    if (token === '-' || token === '~' || token === '*' || token === '+') {
      this.advance();
      const value = this.unary();
      if (token === '*') return this.memory.u32(value);
      return (token === '-' ? -value : token === '~' ? ~value : value) >>> 0;
    }
    return this.primary();
  }

  private primary(): number {
    const token = this.token;
    if (token === undefined) throw new ExpressionError('Syntax error');
    this.advance();
    if (token === '(') {
      const value = this.expression(0);
      if (this.token !== ')') throw new ExpressionError('Syntax error');
      this.advance();
      return value;
    }
    if (token === '.') return this.dot;
    if (token.startsWith('$')) return this.register(token.slice(1));
    const symbols = this.memory.target.symbols;
    if (/^[A-Za-z_]/.test(token)) {
      if (symbols.has(token)) return symbols.address(token);
      if (/^[0-9a-fA-F]+$/.test(token)) return Number.parseInt(token, 16) >>> 0;
      throw new ExpressionError('Symbol not found');
    }
    if (token.startsWith('0t')) return Number.parseInt(token.slice(2), 10) >>> 0;
    if (/^(0x)?[0-9a-fA-F]+$/.test(token)) return Number.parseInt(token.replace(/^0x/, ''), 16) >>> 0;
    throw new ExpressionError('Syntax error');
  }

  private register(name: string): number {
    const found = REGISTER_NAMES.find((r) => r === name);
    if (found === undefined) throw new ExpressionError('Unknown variable');
    return this.registers[found];
  }

  private apply(op: string, a: number, b: number): number {
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
        return (a << b) >>> 0;
      case '>>':
        return a >>> b;
      default:
        if (b === 0) throw new ExpressionError('Divide by 0');
        if (op === '/') return Math.floor(a / b);
        if (op === '%') return a % b;
        // a # b rounds a up to a multiple of b
        return (Math.ceil(a / b) * b) >>> 0;
    }
  }
}
