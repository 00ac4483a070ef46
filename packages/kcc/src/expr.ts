import type ts from 'typescript';
import { displaced, indexed, modify, type Place, pointee, read, write } from './access.js';
import { call, undefinedVal } from './call.js';
import { constOf } from './consts.js';
import { type Binding, type FnCx, NO_META } from './fn.js';
import type { VarSym } from './program.js';
import { binary, compare, condition, convert, convertInt, negate } from './ops.js';
import { layout, sizeOf } from './resolve.js';
import {
  BOOL,
  ERROR,
  I32,
  I64,
  isAggregate,
  isI64,
  isInt,
  isPointer,
  NULL,
  promote,
  STR,
  type Type,
  typeName,
  U32,
  usual,
  VOID,
} from './types.js';
import {
  ASSIGN,
  boolVal,
  constant,
  errorVal,
  name,
  par,
  placeVal,
  symbolVal,
  type Val,
  val,
  wide,
} from './val.js';
import { branch, held, mayWait, stage } from './frames.js';
import tsc, { unparenthesized } from './ts.js';

const K = tsc.SyntaxKind;

/** What an assignment can go to. */
export type Target = { local: Binding; name: string } | { local: null; place: Place };

const HOST_GLOBALS = new Set(
  'Math Date console process Object Array String Number Boolean Symbol Map Set WeakMap WeakSet Promise JSON Reflect Proxy globalThis window Buffer BigInt Int32Array Uint8Array Uint16Array Uint32Array ArrayBuffer DataView Error RegExp Function parseInt parseFloat isNaN setTimeout setInterval require module performance crypto fetch'.split(
    ' ',
  ),
);

/** Lowers an expression. With `discard` its value is not wanted. */
export function expr(cx: FnCx, node: ts.Expression, discard = false): Val {
  switch (node.kind) {
    case K.NumericLiteral:
      return number(cx, node as ts.NumericLiteral);
    case K.StringLiteral:
      return string(cx, node as ts.StringLiteral);
    case K.TrueKeyword:
      return constant(BOOL, 1);
    case K.FalseKeyword:
      return constant(BOOL, 0);
    case K.NullKeyword:
      return constant(NULL, 0);
    case K.Identifier:
      return identifier(cx, node as ts.Identifier);
    case K.ParenthesizedExpression:
      return expr(cx, (node as ts.ParenthesizedExpression).expression, discard);
    case K.PropertyAccessExpression:
    case K.ElementAccessExpression: {
      const t = target(cx, node);
      return t === null ? errorVal() : t.local !== null ? t.local.val : read(cx, t.place, node);
    }
    case K.PrefixUnaryExpression:
      return prefix(cx, node as ts.PrefixUnaryExpression, discard);
    case K.PostfixUnaryExpression: {
      const u = node as ts.PostfixUnaryExpression;
      return step(cx, u, u.operand, u.operator === K.PlusPlusToken ? '+' : '-', { discard, post: true });
    }
    case K.BinaryExpression:
      return binaryExpr(cx, node as ts.BinaryExpression, discard);
    case K.ConditionalExpression:
      return ternary(cx, node as ts.ConditionalExpression, discard);
    case K.CallExpression:
      return call(cx, node as ts.CallExpression, false, discard);
    case K.YieldExpression:
      return yieldExpr(cx, node as ts.YieldExpression, discard);
    default:
      cx.error(node, `unsupported: ${K[node.kind]}`);
      return errorVal();
  }
}

function number(cx: FnCx, node: ts.NumericLiteral): Val {
  const n = Number(node.text);
  if (!Number.isSafeInteger(n)) {
    cx.error(node, `${node.text} is not an integer of at most 2^53`);
    return errorVal();
  }
  if (n <= 0x7fffffff) return constant(I32, n);
  return n <= 0xffffffff ? constant(U32, n | 0) : constant(I64, n);
}

function string(cx: FnCx, node: ts.StringLiteral): Val {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a C string holds any byte
  if (!/^[\x00-\xff]*$/.test(node.text)) cx.error(node, 'a string may hold Latin-1 characters only');
  return symbolVal(STR, cx.p.intern(node.text), 0);
}

function identifier(cx: FnCx, node: ts.Identifier): Val {
  const id = node.text;
  const b = cx.scope.find(id);
  if (b !== undefined) return b.val;
  const sym = cx.p.syms.get(id);
  if (sym === undefined) return unknownName(cx, node);
  if (sym.kind === 'const') return constOf(cx.p, sym);
  if (sym.kind === 'var') return read(cx, globalPlace(cx, sym), node);
  if (sym.inline !== null) {
    cx.error(node, `${id} is an inline function: it has no address`);
    return errorVal();
  }
  if (sym.primitive) cx.p.usePrimitive(id);
  cx.p.reached.add(sym);
  return symbolVal(sym.type as Type, id, 0);
}

function globalPlace(cx: FnCx, sym: VarSym): Place {
  cx.p.reached.add(sym);
  const addr = { base: null, simple: true, symbol: sym.name, disp: 0, eff: 0 };
  return { addr, type: sym.type, meta: { ...NO_META, text: sym.name } };
}

function unknownName(cx: FnCx, node: ts.Identifier): Val {
  const id = node.text;
  if (id === 'undefined') cx.error(node, 'undefined does not exist in the kernel; use null');
  else if (HOST_GLOBALS.has(id)) cx.error(node, `use of the host's ${id}`);
  else {
    cx.missing(node, `unknown identifier ${id}`);
    return undefinedVal(id);
  }
  return errorVal();
}

/** What an lvalue denotes; null after an error. */
export function target(cx: FnCx, node: ts.Expression): Target | null {
  if (tsc.isParenthesizedExpression(node)) return target(cx, node.expression);
  if (tsc.isIdentifier(node)) {
    const b = cx.scope.find(node.text);
    if (b !== undefined) return { local: b, name: node.text };
    const sym = cx.p.syms.get(node.text);
    if (sym?.kind === 'var') return { local: null, place: globalPlace(cx, sym) };
    if (sym === undefined) unknownName(cx, node);
    else
      cx.error(node, `${node.text} is a ${sym.kind === 'const' ? 'constant' : 'function'}, not a variable`);
    return null;
  }
  if (tsc.isPropertyAccessExpression(node)) {
    if (node.questionDotToken) cx.error(node, 'unsupported: ?.');
    return property(cx, node, node.expression, node.name.text);
  }
  if (tsc.isElementAccessExpression(node)) {
    const arg = node.argumentExpression;
    const name = tsc.isStringLiteral(arg)
      ? arg.text
      : tsc.isIdentifier(arg)
        ? cx.scope.find(arg.text)?.field
        : null;
    if (name) return property(cx, node, node.expression, name);
    return element(cx, node);
  }
  cx.error(node, `cannot assign to or take the place of ${K[node.kind]}`);
  return null;
}

function property(cx: FnCx, node: ts.Expression, base: ts.Expression, field: string): Target | null {
  const v = expr(cx, base);
  if (v.type.k === 'error') return null;
  if (v.type.k !== 'sp') {
    cx.error(node, `.${field}: ${typeName(v.type)} is not a struct`);
    return null;
  }
  const s = layout(cx.p, v.type.s);
  const f = s.fields.get(field);
  if (f === undefined) {
    cx.error(node, `struct ${s.name} has no field ${field}`);
    return null;
  }
  const meta = { text: cx.textOf(node), struct: s.name, field };
  return { local: null, place: { addr: displaced(pointee(v), f.offset), type: f.type, meta } };
}

function element(cx: FnCx, node: ts.ElementAccessExpression): Target | null {
  const [v, i] = operands(cx, node.expression, node.argumentExpression);
  if (v.type.k === 'error' || i.type.k === 'error') return null;
  if (v.type.k === 'valist') {
    cx.error(node, 'read variadic arguments with $va(args, i)');
    return null;
  }
  if (v.type.k !== 'array' && v.type.k !== 'ptr') {
    cx.error(node, `[]: ${typeName(v.type)} is not an array${v.type.k === 'sp' ? ' (use $idx)' : ''}`);
    return null;
  }
  if (!isInt(i.type)) {
    cx.error(node.argumentExpression, `index is ${typeName(i.type)}, not an integer`);
    return null;
  }
  const addr = indexed(cx, pointee(v), i, sizeOf(cx.p, v.type.elem), node);
  return { local: null, place: { addr, type: v.type.elem, meta: { ...NO_META, text: cx.textOf(node) } } };
}

function prefix(cx: FnCx, node: ts.PrefixUnaryExpression, discard: boolean): Val {
  switch (node.operator) {
    case K.PlusPlusToken:
    case K.MinusMinusToken: {
      const op = node.operator === K.PlusPlusToken ? '+' : '-';
      return step(cx, node, node.operand, op, { discard, post: false });
    }
    case K.ExclamationToken:
      return negate(condition(cx, expr(cx, node.operand), node.operand));
  }
  const v = expr(cx, node.operand);
  if (!isInt(v.type)) {
    if (v.type.k !== 'error') cx.error(node, `operand is ${typeName(v.type)}, not an integer`);
    return errorVal();
  }
  const t = promote(v.type);
  if (node.operator === K.PlusToken) return convertInt(v, t);
  if (node.operator === K.MinusToken) {
    if (t.size === 8) return v.c !== undefined ? constant(t, 0 - v.c) : val(t, `0-${wide(v)}`, v.eff);
    return v.c !== undefined ? constant(t, -v.c | 0) : val(t, `-${par(v)}|0`, v.eff);
  }
  if (t.size === 8) {
    if (v.c !== undefined) return constant(t, -1 - v.c);
    cx.error(node, '~ is not available on 64-bit integers');
    return errorVal();
  }
  return v.c !== undefined ? constant(t, ~v.c) : val(t, `~${par(v)}`, v.eff);
}

/** ++ and --. */
function step(
  cx: FnCx,
  node: ts.Expression,
  operand: ts.Expression,
  op: string,
  mode: { discard: boolean; post: boolean },
): Val {
  const t = target(cx, operand);
  if (t === null) return errorVal();
  if (t.local === null) return modify(cx, t.place, op, constant(I32, 1), node, mode);
  const { type, val: v } = t.local;
  if (!isInt(type)) {
    if (type.k !== 'error') cx.error(node, `${op}${op} on ${typeName(type)}`);
    return errorVal();
  }
  const next = assignLocal(cx, t.local, t.name, binary(cx, node, op, v, constant(I32, 1)), node);
  if (mode.discard || !mode.post) return next;
  const temp = cx.temp();
  return val(type, `(${temp}=${v.js},${next.js},${temp})`, ASSIGN, true);
}

function assignLocal(cx: FnCx, b: Binding, id: string, v: Val, node: ts.Node): Val {
  if (!b.mutable) cx.error(node, `assignment to ${b.text !== null ? 'macro argument' : 'constant'} ${id}`);
  const c = convert(cx, v, b.type, node, `assignment to ${id}`);
  return val(b.type, `${b.val.js}=${c.js}`, c.eff | ASSIGN);
}

const COMPOUND = new Map<ts.SyntaxKind, string>([
  [K.PlusEqualsToken, '+'],
  [K.MinusEqualsToken, '-'],
  [K.AsteriskEqualsToken, '*'],
  [K.SlashEqualsToken, '/'],
  [K.PercentEqualsToken, '%'],
  [K.AmpersandEqualsToken, '&'],
  [K.BarEqualsToken, '|'],
  [K.CaretEqualsToken, '^'],
  [K.LessThanLessThanEqualsToken, '<<'],
  [K.GreaterThanGreaterThanEqualsToken, '>>'],
  [K.GreaterThanGreaterThanGreaterThanEqualsToken, '>>>'],
]);
const ARITHMETIC = new Set(['+', '-', '*', '/', '%', '&', '|', '^', '<<', '>>', '>>>']);
const RELATIONAL = new Set(['===', '!==', '<', '<=', '>', '>=']);

function binaryExpr(cx: FnCx, node: ts.BinaryExpression, discard: boolean): Val {
  const kind = node.operatorToken.kind;
  if (kind === K.EqualsToken) return assign(cx, node, discard);
  const compound = COMPOUND.get(kind);
  if (compound !== undefined) return compoundAssign(cx, node, compound, discard);
  if (kind === K.AmpersandAmpersandToken || kind === K.BarBarToken) return logical(cx, node);
  if (kind === K.CommaToken) {
    const a = held(cx, { ...expr(cx, node.left, true), type: VOID }, node.left, node.right);
    const b = expr(cx, node.right, discard);
    return { ...val(b.type, `(${a.js},${b.js})`, a.eff | b.eff, true) };
  }
  const op = tsc.tokenToString(kind) ?? '';
  // Outside a generator the parser takes `yield* f()` for a product.
  if (op === '*' && tsc.isIdentifier(node.left) && node.left.text === 'yield') {
    cx.error(node, `plain function ${cx.func?.name ?? ''} contains yield*: it cannot call what may sleep`);
    const e = unparenthesized(node.right);
    return tsc.isCallExpression(e) ? call(cx, e, true, discard) : errorVal();
  }
  const lower = ARITHMETIC.has(op) ? binary : RELATIONAL.has(op) ? compare : undefined;
  if (lower !== undefined) {
    const [a, b] = operands(cx, node.left, node.right);
    return lower(cx, node, op, a, b);
  }
  cx.error(
    node.operatorToken,
    `unsupported operator ${op}${op === '==' || op === '!=' ? `; write ${op}=` : ''}`,
  );
  return errorVal();
}

/** Two operands, the left one held if the right one may wait. */
export function operands(cx: FnCx, left: ts.Expression, right: ts.Expression): [Val, Val] {
  const mark = cx.pending.length;
  const a = held(cx, expr(cx, left), left, right);
  const b = expr(cx, right);
  cx.pending.length = mark;
  return [a, b];
}

/** The place or local on the left of an assignment, held if what is on its right may wait. */
function heldTarget(cx: FnCx, left: ts.Expression, right: ts.Expression): Target | null {
  const t = target(cx, left);
  if (t === null || t.local !== null || t.place.addr.base === null) return t;
  const { addr } = held(cx, placeVal(U32, t.place.addr), left, right);
  return { local: null, place: { ...t.place, addr: addr ?? t.place.addr } };
}

function assign(cx: FnCx, node: ts.BinaryExpression, discard: boolean): Val {
  const mark = cx.pending.length;
  const t = heldTarget(cx, node.left, node.right);
  const v = expr(cx, node.right);
  cx.pending.length = mark;
  if (t === null) return errorVal();
  if (t.local !== null) return assignLocal(cx, t.local, t.name, v, node);
  return assignPlace(cx, t.place, v, node, discard);
}

export function assignPlace(cx: FnCx, place: Place, v: Val, node: ts.Node, discard: boolean): Val {
  if (v.type.k === 'error' || place.type.k === 'error') return { ...errorVal(), js: v.js };
  if (isAggregate(place.type)) {
    cx.error(node, `cannot assign ${typeName(place.type)} (copy a struct with $copy)`);
    return errorVal();
  }
  // The memory array narrows by itself.
  const small = isInt(place.type) && place.type.size < 4 && isInt(v.type) && v.c === undefined;
  const to = small && isI64(v.type) ? I32 : small ? v.type : place.type;
  return write(cx, place, convert(cx, v, to, node, 'assignment'), node, discard);
}

function compoundAssign(cx: FnCx, node: ts.BinaryExpression, op: string, discard: boolean): Val {
  const mark = cx.pending.length;
  const t = heldTarget(cx, node.left, node.right);
  const v = expr(cx, node.right);
  cx.pending.length = mark;
  if (t === null || v.type.k === 'error') return errorVal();
  if (t.local === null) return modify(cx, t.place, op, v, node, { discard, post: false });
  return assignLocal(cx, t.local, t.name, binary(cx, node, op, t.local.val, v), node);
}

function logical(cx: FnCx, node: ts.BinaryExpression): Val {
  const and = node.operatorToken.kind === K.AmpersandAmpersandToken;
  const a = condition(cx, expr(cx, node.left), node.left);
  if (a.c !== undefined) {
    if ((a.c !== 0) === and) return condition(cx, expr(cx, node.right), node.right);
    cx.dryRun(() => condition(cx, expr(cx, node.right), node.right));
    return a;
  }
  if (mayWait(cx, node.right)) return branching(cx, node, a, and);
  const b = condition(cx, expr(cx, node.right), node.right);
  const not = (v: Val): string => (v.not !== null ? `(${v.not})` : `!${par(v)}`);
  const op = and ? '&&' : '||';
  return boolVal(`${par(a)}${op}${par(b)}`, a.eff | b.eff, `${not(a)}${and ? '||' : '&&'}${not(b)}`);
}

/** && and || whose right side may wait: a branch. */
function branching(cx: FnCx, node: ts.BinaryExpression, a: Val, and: boolean): Val {
  const t = cx.tempOf(BOOL);
  stage(cx, `${t}=${a.js};`, node);
  const close = branch(cx, and ? t : `!${t}`, node);
  const b = condition(cx, expr(cx, node.right), node.right);
  cx.line(`${t}=${b.js};`, node);
  close();
  return name(BOOL, t);
}

function ternary(cx: FnCx, node: ts.ConditionalExpression, discard: boolean): Val {
  const c = condition(cx, expr(cx, node.condition), node.condition);
  if (c.c !== undefined) {
    const [live, dead] = c.c !== 0 ? [node.whenTrue, node.whenFalse] : [node.whenFalse, node.whenTrue];
    let other: Type = ERROR;
    cx.dryRun(() => {
      other = expr(cx, dead, discard).type;
    });
    const v = expr(cx, live, discard);
    return isInt(v.type) && isInt(other) ? convertInt(v, usual(v.type, other)) : v;
  }
  if (mayWait(cx, node.whenTrue) || mayWait(cx, node.whenFalse)) {
    return waitingTernary(cx, node, c, discard);
  }
  const a = expr(cx, node.whenTrue, discard);
  const b = expr(cx, node.whenFalse, discard);
  const v = unified(cx, node, a, b);
  return val(v.type, `(${par(c)}?${v.a.js}:${v.b.js})`, c.eff | a.eff | b.eff, true);
}

/** ?: one of whose results may wait. */
function waitingTernary(cx: FnCx, node: ts.ConditionalExpression, c: Val, discard: boolean): Val {
  const t = cx.temp();
  // The branches must have one type before either is emitted.
  let type: Type = VOID;
  cx.dryRun(() => {
    type = unified(cx, node, expr(cx, node.whenTrue, discard), expr(cx, node.whenFalse, discard)).type;
  });
  cx.transients.set(t, type);
  const put = (e: ts.Expression): void => {
    const v = expr(cx, e, discard);
    const js = type.k === 'void' ? v.js : `${t}=${convert(cx, v, type, e, 'branches of ?:').js}`;
    cx.line(`${js};`, e);
  };
  const close = branch(cx, c.js, node, () => put(node.whenFalse));
  put(node.whenTrue);
  close();
  return type.k === 'void' ? { ...constant(I32, 0), type } : name(type, t);
}

/** The results of ?: in their common type. */
function unified(
  cx: FnCx,
  node: ts.ConditionalExpression,
  whenTrue: Val,
  whenFalse: Val,
): { type: Type; a: Val; b: Val } {
  let [a, b] = [whenTrue, whenFalse];
  let type = a.type;
  if (isInt(a.type) && isInt(b.type)) {
    type = usual(a.type, b.type);
    a = convertInt(a, type as typeof I32);
    b = convertInt(b, type as typeof I32);
  } else if (a.type.k === 'null' && isPointer(b.type)) {
    type = b.type;
  } else {
    b = convert(cx, b, a.type, node, 'branches of ?:');
  }
  return { type, a, b };
}

function yieldExpr(cx: FnCx, node: ts.YieldExpression, discard: boolean): Val {
  if (node.asteriskToken === undefined) {
    cx.error(node, 'unsupported: yield without *');
    return errorVal();
  }
  if (!cx.isGenerator) {
    cx.error(node, `plain function ${cx.func?.name ?? ''} contains yield*: it cannot call what may sleep`);
  }
  const e = node.expression === undefined ? undefined : unparenthesized(node.expression);
  if (e === undefined || !tsc.isCallExpression(e)) {
    cx.error(node, 'yield* of something that is not a call');
    return errorVal();
  }
  return call(cx, e, true, discard);
}
