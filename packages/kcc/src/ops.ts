import type ts from 'typescript';
import { divide } from './asm.js';
import type { FnCx } from './fn.js';
import { retried, settled } from './frames.js';
import {
  assignable,
  BOOL,
  ERROR,
  I32,
  type IntType,
  isI64,
  isInt,
  isPointer,
  promote,
  sameType,
  type Type,
  typeName,
  U32,
  usual,
} from './types.js';
import {
  boolVal,
  brokenVal,
  constant,
  constNumber,
  EFFECT,
  errorVal,
  name,
  par,
  siteMark,
  unsigned,
  type Val,
  val,
  wide,
} from './val.js';

const bothEff = (a: Val, b: Val): number => a.eff | b.eff;

/** An integer operand, or null after an error. */
function operand(cx: FnCx, v: Val, node: ts.Node, op: string): IntType | null {
  if (isInt(v.type)) return v.type;
  if (v.type.k !== 'error') {
    const hint =
      v.type.k === 'bool' ? '; write x ? 1 : 0' : isPointer(v.type) ? '; use $addr, $idx or $padd' : '';
    cx.error(node, `operand of ${op} is ${typeName(v.type)}, not an integer${hint}`);
  }
  return null;
}

/** a op b for arithmetic and bit operations, with C's types. */
export function binary(cx: FnCx, node: ts.Node, op: string, a: Val, b: Val): Val {
  const ta = operand(cx, a, node, op);
  const tb = operand(cx, b, node, op);
  if (ta === null || tb === null) return brokenVal(ERROR, a, b);
  if (op === '<<' || op === '>>' || op === '>>>') return shift(cx, node, op, a, b, promote(ta));
  const t = usual(ta, tb);
  if (t.size === 8) return binary64(cx, node, op, a, b, t);
  const fold = a.c !== undefined && b.c !== undefined ? foldInt(op, a.c, b.c, t.signed) : undefined;
  if (fold !== undefined) return constant(t, fold);
  const eff = bothEff(a, b);
  switch (op) {
    case '+':
      if (a.symbol !== null && b.c !== undefined) return symbolSum(t, a, b.c);
      if (b.c === 0) return { ...a, type: t };
      return val(t, `${par(a)}+${par(b)}|0`, eff);
    case '-':
      if (b.c === 0) return { ...a, type: t };
      return val(t, `${par(a)}-${par(b)}|0`, eff);
    case '*':
      return val(t, `Math.imul(${a.js},${b.js})`, eff, true);
    case '&':
    case '|':
    case '^':
      return val(t, `${par(a)}${op}${par(b)}`, eff);
    default:
      return division(cx, node, op, a, b, t);
  }
}

const symbolSum = (t: Type, a: Val, n: number): Val => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the marks are control characters on purpose
  const js = a.js.replace(/\+(-?\d+)\u0002$/, (_, old: string) => `+${Number(old) + n}\u0002`);
  return { ...a, type: t, js, addr: null, addend: a.addend + n };
};

function foldInt(op: string, a: number, b: number, signed: boolean): number | undefined {
  switch (op) {
    case '+':
      return (a + b) | 0;
    case '-':
      return (a - b) | 0;
    case '*':
      return Math.imul(a, b);
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '/':
      return b === 0 ? undefined : signed ? (a / b) | 0 : ((a >>> 0) / (b >>> 0)) | 0;
    case '%':
      return b === 0 ? undefined : signed ? (a % b) | 0 : ((a >>> 0) % (b >>> 0)) | 0;
    default:
      return undefined;
  }
}

function division(cx: FnCx, node: ts.Node, op: string, a: Val, b: Val, t: IntType): Val {
  const eff = bothEff(a, b);
  if (b.c !== undefined && b.c !== 0) {
    const n = b.c >>> 0;
    if (!t.signed && (n & (n - 1)) === 0) {
      if (op === '%') return val(t, `${par(a)}&${n - 1}`, eff);
      const k = 31 - Math.clz32(n);
      return k === 0 ? { ...a, type: t } : val(t, `${par(a)}>>>${k}`, eff);
    }
    return val(t, t.signed ? `${par(a)}${op}${par(b)}|0` : `${unsigned(a)}${op}${n}|0`, eff);
  }
  const at = cx.insn(divide(t.signed), 'other', node, { text: cx.textOf(node), struct: '', field: '' });
  if (cx.steps) return divideStep(cx, node, op, a, b, t, at);
  const site = siteMark(at);
  const helper = `${t.signed ? '$' : '$u'}${op === '/' ? 'div' : 'rem'}`;
  return val(t, `${helper}(${a.js},${b.js},${site})`, eff | EFFECT, true);
}

/** A division as a line of its own, which a zero leaves for the kernel. */
function divideStep(cx: FnCx, node: ts.Node, op: string, x: Val, y: Val, t: IntType, at: number): Val {
  const [a, b] = [settled(cx, x, node), settled(cx, y, node)];
  const site = siteMark(at);
  const d = cx.tempOf(t);
  const quotient =
    t.size === 8
      ? op === '/'
        ? `Math.trunc(${wide(a)}/${wide(b)})+0`
        : `${wide(a)}%${wide(b)}+0`
      : t.signed
        ? `${par(a)}${op}${par(b)}|0`
        : `${unsigned(a)}${op}${unsigned(b)}|0`;
  retried(cx, node, at, `${par(b)}===0&&$divzero(${site})`, `${d}=${quotient};`, `${a.js},${b.js}`);
  return name(t, d);
}

function shift(cx: FnCx, node: ts.Node, op: string, a: Val, b: Val, t: IntType): Val {
  if (t.size === 8) return shift64(cx, node, op, a, b, t);
  const n = isI64(b.type) ? convert(cx, b, I32, node, 'shift count') : b;
  const logical = op === '>>>' || (op === '>>' && !t.signed);
  const rt = op === '>>>' ? U32 : t;
  if (a.c !== undefined && n.c !== undefined) {
    return constant(rt, op === '<<' ? a.c << n.c : logical ? (a.c >>> n.c) | 0 : a.c >> n.c);
  }
  const eff = bothEff(a, n);
  if (op === '<<') return val(rt, `${par(a)}<<${par(n)}`, eff);
  if (!logical) return val(rt, `${par(a)}>>${par(n)}`, eff);
  const js = `${par(a)}>>>${par(n)}`;
  return val(rt, n.c !== undefined && (n.c & 31) !== 0 ? js : `${js}|0`, eff);
}

function shift64(cx: FnCx, node: ts.Node, op: string, a: Val, b: Val, t: IntType): Val {
  if (b.c === undefined || b.c < 0 || b.c > 62) {
    cx.error(node, `${op} on a 64-bit integer needs a constant count`);
    return errorVal();
  }
  const factor = 2 ** b.c;
  const f = (n: number): number => (op === '<<' ? n * factor : Math.floor(n / factor));
  if (a.c !== undefined) return constant(t, f(constNumber(a)));
  return op === '<<'
    ? val(t, `${wide(a)}*${factor}`, a.eff)
    : val(t, `Math.floor(${wide(a)}/${factor})`, a.eff, true);
}

function binary64(cx: FnCx, node: ts.Node, op: string, a: Val, b: Val, t: IntType): Val {
  const eff = bothEff(a, b);
  if (op === '&') return and64(cx, node, a, b, t);
  if (op === '|' || op === '^') {
    cx.error(node, `${op} is not available on 64-bit integers`);
    return errorVal();
  }
  if (a.c !== undefined && b.c !== undefined && !((op === '/' || op === '%') && b.c === 0)) {
    const x = constNumber(a);
    const y = constNumber(b);
    const r =
      op === '+' ? x + y : op === '-' ? x - y : op === '*' ? x * y : op === '/' ? Math.trunc(x / y) : x % y;
    return constant(t, r + 0);
  }
  if (op === '/' || op === '%') {
    if (b.c !== undefined && b.c !== 0) {
      const y = constNumber(b);
      const js = op === '/' ? `Math.trunc(${wide(a)}/${y})+0` : `${wide(a)}%${y}+0`;
      return val(t, js, eff);
    }
    const at = cx.insn(divide(t.signed), 'other', node, { text: cx.textOf(node), struct: '', field: '' });
    if (cx.steps) return divideStep(cx, node, op, a, b, t, at);
    const site = siteMark(at);
    return val(t, `$${op === '/' ? 'div' : 'rem'}64(${wide(a)},${wide(b)},${site})`, eff | EFFECT, true);
  }
  // + 0 turns -0 into 0.
  return val(t, `${wide(a)}${op}${wide(b)}${op === '*' ? '+0' : ''}`, eff);
}

/** Bits of a 64-bit value: with a non-negative or 32-bit unsigned mask the low word, with a negative one all but some. */
function and64(cx: FnCx, node: ts.Node, x: Val, y: Val, t: IntType): Val {
  const [a, m] = isI64(x.type) && (y.c !== undefined || !isI64(y.type)) ? [x, y] : [y, x];
  const eff = bothEff(a, m);
  if (isI64(m.type) && (m.c === undefined || m.c > 0xffffffff || m.c < -0x80000000)) {
    cx.error(node, '& on a 64-bit integer needs a constant or a u32 on the other side');
    return errorVal();
  }
  if (isInt(m.type) && m.type.signed && m.c === undefined && m.type.size === 4) {
    cx.error(node, '& on a 64-bit integer needs a constant or a u32 on the other side');
    return errorVal();
  }
  const value = m.c === undefined ? undefined : constNumber(m);
  if (value !== undefined && value < 0) {
    if (a.c !== undefined) return constant(t, a.c - ((a.c & ~value) >>> 0));
    if (!a.simple && cx.steps) return and64(cx, node, settled(cx, a, node), m, t);
    if (!a.simple) {
      const temp = cx.temp();
      return val(t, `(${temp}=${a.js})-((${temp}&${~value})>>>0)`, eff);
    }
    return val(t, `${par(a)}-((${par(a)}&${~value})>>>0)`, eff);
  }
  if (a.c !== undefined && value !== undefined) return constant(t, (a.c & value) >>> 0);
  return val(t, `(${par(a)}&${value === undefined ? par(m) : value})>>>0`, eff);
}

/** a < b and so on, === and !==. */
export function compare(cx: FnCx, node: ts.Node, op: string, a: Val, b: Val): Val {
  const equality = op === '===' || op === '!==';
  if (a.type.k === 'error' || b.type.k === 'error') return brokenVal(BOOL, a, b);
  if (isInt(a.type) && isInt(b.type)) return compareInts(op, a, b, usual(a.type, b.type));
  const pointers = assignable(a.type, b.type) || assignable(b.type, a.type);
  const comparable = (a.type.k === 'bool' && b.type.k === 'bool') || (pointers && !isInt(a.type));
  if (!comparable || !equality) {
    const hint = equality ? '' : '; compare addresses with $addr';
    cx.error(node, `cannot compare ${typeName(a.type)} ${op} ${typeName(b.type)}${comparable ? hint : ''}`);
    return { ...errorVal(), type: BOOL };
  }
  if (a.c !== undefined && b.c !== undefined) return constant(BOOL, (a.c === b.c) === (op === '===') ? 1 : 0);
  return equals(op, par(a), par(b), bothEff(a, b));
}

const equals = (op: string, a: string, b: string, eff: number): Val =>
  boolVal(`${a}${op}${b}`, eff, `${a}${op === '===' ? '!==' : '==='}${b}`);

function compareInts(op: string, a: Val, b: Val, t: IntType): Val {
  const eff = bothEff(a, b);
  if (a.c !== undefined && b.c !== undefined) {
    const [x, y] =
      t.size === 8 ? [constNumber(a), constNumber(b)] : t.signed ? [a.c, b.c] : [a.c >>> 0, b.c >>> 0];
    const r = { '<': x < y, '<=': x <= y, '>': x > y, '>=': x >= y, '===': x === y, '!==': x !== y }[op];
    return constant(BOOL, r ? 1 : 0);
  }
  if (t.size === 8) return relation(op, wide(a), wide(b), eff);
  if (op === '===' || op === '!==') return equals(op, par(a), par(b), eff);
  return t.signed ? relation(op, par(a), par(b), eff) : relation(op, unsigned(a), unsigned(b), eff);
}

const OPPOSITE: Record<string, string> = {
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
  '===': '!==',
  '!==': '===',
};
const relation = (op: string, a: string, b: string, eff: number): Val =>
  boolVal(`${a}${op}${b}`, eff, `${a}${OPPOSITE[op]}${b}`);

/** An expression as a condition. */
export function condition(cx: FnCx, v: Val, node: ts.Node): Val {
  if (v.type.k === 'bool' || v.type.k === 'error') return v;
  if (isInt(v.type) || isPointer(v.type)) {
    if (v.c !== undefined) return constant(BOOL, v.c !== 0 ? 1 : 0);
    return boolVal(`${par(v)}!==0`, v.eff, `${par(v)}===0`);
  }
  cx.error(node, `${typeName(v.type)} used as a condition`);
  return { ...errorVal(), type: BOOL };
}

export function negate(v: Val): Val {
  if (v.c !== undefined) return constant(BOOL, v.c === 0 ? 1 : 0);
  if (v.not !== null) return boolVal(v.not, v.eff, v.js);
  return boolVal(`!${par(v)}`, v.eff, v.js);
}

/** Narrows JS text of an int32 to the range of a small integer type. */
export function narrow(t: IntType, v: Val): Val {
  if (t.size >= 4) return v;
  if (v.c !== undefined) return constant(t, narrowNumber(t, v.c));
  const from = v.type;
  if (
    isInt(from) &&
    (from.size < t.size ? !from.signed || t.signed : from.size === t.size && from.signed === t.signed)
  ) {
    return { ...v, type: t };
  }
  const bits = 32 - 8 * t.size;
  const js = t.signed ? `${par(v)}<<${bits}>>${bits}` : `${par(v)}&${t.size === 1 ? 255 : 65535}`;
  return val(t, js, v.eff);
}

export function narrowNumber(t: IntType, n: number): number {
  if (t.size >= 4) return n | 0;
  const bits = 32 - 8 * t.size;
  return t.signed ? (n << bits) >> bits : (n << bits) >>> bits;
}

/** Converts between integer types as C does. */
export function convertInt(v: Val, to: IntType): Val {
  const from = v.type as IntType;
  if (to.size === 8) {
    if (from.size === 8) return { ...v, type: to };
    if (v.c !== undefined) return constant(to, constNumber(v));
    return from.signed || from.size < 4 ? { ...v, type: to } : { ...val(to, wide(v), v.eff, true) };
  }
  if (from.size === 8) {
    const low = v.c !== undefined ? constant(I32, v.c | 0) : val(I32, `${par(v)}|0`, v.eff);
    return { ...narrow(to, low), type: to };
  }
  return { ...narrow(to, v), type: to };
}

/** Converts a value to the type it is stored, passed or returned as; reports an incompatible type. */
export function convert(cx: FnCx, v: Val, to: Type, node: ts.Node, what: string): Val {
  if (to.k === 'error' || v.type.k === 'error') return v;
  if (isInt(to) && isInt(v.type)) return convertInt(v, to);
  if (assignable(to, v.type)) return v.type.k === 'fn' || sameType(v.type, to) ? v : { ...v, type: to };
  cx.error(node, `${what}: ${typeName(v.type)} is not ${typeName(to)}${castHint(v.type, to)}`);
  return { ...v, type: to };
}

function castHint(from: Type, to: Type): string {
  if (isInt(to) && isPointer(from)) return ' (use $addr)';
  if (isInt(to) && from.k === 'bool') return ' (write x ? 1 : 0)';
  if (to.k === 'bool' && (isInt(from) || isPointer(from))) return ' (compare it with 0 or null)';
  if (to.k === 'fn' && from.k === 'fn' && from.sleeps !== to.sleeps) return ' (one may sleep, the other not)';
  if (isPointer(to) && (isPointer(from) || isInt(from))) return ' (use $cast)';
  if (to.k === 'embed') return ' (copy a struct with $copy)';
  return '';
}

/** An argument that must be an integer or a pointer, as an int32. */
export function asWord(cx: FnCx, v: Val, node: ts.Node): Val {
  if (isI64(v.type)) return convert(cx, v, I32, node, 'argument');
  if (isInt(v.type) || isPointer(v.type) || v.type.k === 'array' || v.type.k === 'error') return v;
  if (v.type.k === 'bool') return { ...val(I32, `${par(v)}?1:0`, v.eff), c: v.c, simple: v.c !== undefined };
  cx.error(node, `${typeName(v.type)} is not an integer or a pointer`);
  return errorVal();
}
