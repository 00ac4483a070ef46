import type ts from 'typescript';
import { displaced, indexed, type Place, pointee, rawPlace, read, write } from './access.js';
import * as asm from './asm.js';
import { wrongCount } from './diag.js';
import { expr, operands, target } from './recursion.js';
import { type FnCx, NO_META } from './fn.js';
import { asWord, convert, convertInt } from './ops.js';
import { alignUp, layout, resolveType, sizeOf } from './resolve.js';
import {
  ERROR,
  I32,
  I64,
  type IntType,
  isAggregate,
  isInt,
  isPointer,
  type Struct,
  type Type,
  typeName,
  U16,
  U32,
  U8,
  VALIST,
  VOID,
  valueType,
} from './types.js';
import {
  constant,
  EFFECT,
  errorVal,
  name,
  par,
  placeVal,
  READ,
  siteMark,
  SWITCH_MARK,
  symbolVal,
  type Val,
  val,
} from './val.js';
import { held, hostYield as suspendByHost, inTemp, retried, settled } from './frames.js';
import { userOnly } from './user.js';
import tsc, { typeArg } from './ts.js';

export interface Intrinsic {
  sleeps?: boolean;
  lower(cx: FnCx, node: ts.CallExpression, discard: boolean): Val;
}

/** The arguments, or null after reporting that there are not n of them. */
function args(cx: FnCx, node: ts.CallExpression, n: number): ts.Expression[] | null {
  if (node.arguments.length === n) return [...node.arguments];
  cx.error(node, wrongCount(cx.textOf(node.expression), n, node.arguments.length));
  return null;
}

function typeOf(cx: FnCx, node: ts.CallExpression): Type {
  const t = typeArg(node);
  if (t !== undefined) return resolveType(cx.p, cx.sf, t);
  cx.error(node, `${cx.textOf(node.expression)} needs a type argument`);
  return ERROR;
}

/** T of $sizeof<T>() and the like: a struct name means the struct, not a pointer to it. */
function objectType(cx: FnCx, node: ts.CallExpression): Type {
  const t = typeOf(cx, node);
  return t.k === 'sp' ? { k: 'embed', s: t.s } : t;
}

const one =
  (f: (cx: FnCx, v: Val, node: ts.CallExpression) => Val): Intrinsic['lower'] =>
  (cx, node) => {
    const a = args(cx, node, 1);
    if (a === null) return errorVal();
    const v = expr(cx, a[0] as ts.Expression);
    return v.type.k === 'error' ? v : f(cx, v, node);
  };

const cast = (to: IntType): Intrinsic =>
  ({
    lower: one((cx, v, node) => {
      if (v.type.k === 'bool') return { ...val(to, `${par(v)}?1:0`, v.eff), c: v.c };
      if (isInt(v.type)) return convertInt(v, to);
      cx.error(
        node,
        `cannot cast ${typeName(v.type)} to ${to.name}${isPointer(v.type) ? ' (use $addr)' : ''}`,
      );
      return errorVal();
    }),
  }) satisfies Intrinsic;

const address = one((cx, v, node) => {
  if (isPointer(v.type) || isAggregate(v.type)) return { ...v, type: U32, addr: null };
  cx.error(node, `$addr of ${typeName(v.type)}, which is not a pointer`);
  return errorVal();
});

function pointerCast(cx: FnCx, node: ts.CallExpression): Val {
  const to = typeOf(cx, node);
  const a = args(cx, node, 1);
  if (a === null) return errorVal();
  const v = expr(cx, a[0] as ts.Expression);
  if (to.k === 'error' || v.type.k === 'error') return errorVal();
  const type = valueType(to);
  if (!isPointer(type) && type.k !== 'array') {
    cx.error(node, `$cast<${typeName(to)}>: not a pointer type`);
    return errorVal();
  }
  if (isInt(v.type)) return { ...convertInt(v, U32), type };
  if (isPointer(v.type) || isAggregate(v.type)) return { ...v, type };
  cx.error(node, `$cast of ${typeName(v.type)}`);
  return errorVal();
}

/** The name of a field given as a string literal (or as the parameter of a queue macro). */
function fieldName(cx: FnCx, node: ts.Expression): string | null {
  if (tsc.isStringLiteral(node)) return node.text;
  const b = tsc.isIdentifier(node) ? cx.scope.find(node.text) : undefined;
  if (b?.field) return b.field;
  cx.error(node, 'a field is named by a string literal');
  return null;
}

function fieldOffset(
  cx: FnCx,
  node: ts.CallExpression,
  t: Type,
  field: ts.Expression,
): { s: Struct; n: number } | null {
  const f = fieldName(cx, field);
  if (f === null || t.k === 'error') return null;
  if (t.k !== 'embed') {
    cx.error(node, `${typeName(t)} is not a struct`);
    return null;
  }
  const found = layout(cx.p, t.s).fields.get(f);
  if (found !== undefined) return { s: t.s, n: found.offset };
  cx.error(node, `struct ${t.s.name} has no field ${f}`);
  return null;
}

function elementSize(cx: FnCx, v: Val, node: ts.Node): number {
  if (v.type.k === 'sp') return layout(cx.p, v.type.s).size;
  if (v.type.k === 'ptr' || v.type.k === 'array') return sizeOf(cx.p, v.type.elem);
  cx.error(node, `${typeName(v.type)} is not a pointer`);
  return 1;
}

/** $idx and $padd: pointer plus i elements. */
function elementPointer(cx: FnCx, node: ts.CallExpression): Val {
  const a = args(cx, node, 2);
  if (a === null) return errorVal();
  const [v, i] = operands(cx, a[0] as ts.Expression, a[1] as ts.Expression);
  if (v.type.k === 'error' || i.type.k === 'error') return errorVal();
  const size = elementSize(cx, v, node);
  const index = convert(cx, i, isInt(i.type) ? i.type : I32, node, 'index');
  const type: Type =
    v.type.k === 'array'
      ? v.type.elem.k === 'embed'
        ? valueType(v.type.elem)
        : { k: 'ptr', elem: v.type.elem }
      : v.type;
  return placeVal(type, indexed(cx, pointee(v), index, size, node));
}

function pointerDifference(cx: FnCx, node: ts.CallExpression): Val {
  const a = args(cx, node, 2);
  if (a === null) return errorVal();
  const [p, q] = operands(cx, a[0] as ts.Expression, a[1] as ts.Expression);
  if (p.type.k === 'error' || q.type.k === 'error') return errorVal();
  convert(cx, q, p.type, node, '$pdiff');
  const size = elementSize(cx, p, node);
  return val(I32, size === 1 ? `${par(p)}-${par(q)}|0` : `(${par(p)}-${par(q)}|0)/${size}|0`, p.eff | q.eff);
}

function reference(cx: FnCx, node: ts.CallExpression): Val {
  const a = args(cx, node, 1);
  if (a === null) return errorVal();
  const t = target(cx, a[0] as ts.Expression);
  if (t === null) return errorVal();
  if (t.local !== null) {
    cx.error(node, `$ref of local ${t.name}: locals have no address (use $var)`);
    return errorVal();
  }
  const { addr, type } = t.place;
  if (type.k === 'embed') return placeVal(valueType(type), addr);
  return placeVal(type.k === 'array' ? type : { k: 'ptr', elem: type }, addr);
}

function container(cx: FnCx, node: ts.CallExpression): Val {
  const t = objectType(cx, node);
  const a = args(cx, node, 2);
  if (a === null) return errorVal();
  const v = expr(cx, a[0] as ts.Expression);
  const f = fieldOffset(cx, node, t, a[1] as ts.Expression);
  if (f === null || v.type.k === 'error') return errorVal();
  return placeVal({ k: 'sp', s: f.s }, displaced(pointee(v), -f.n));
}

/** Room on the kernel stack, below ebp. */
function stackRoom(cx: FnCx, node: ts.CallExpression, t: Type): string {
  if (cx.func === null) cx.error(node, 'not a constant expression');
  cx.frame = alignUp(cx.frame + sizeOf(cx.p, t), 4);
  return cx.frame === 0 ? '$bp' : `$bp-${cx.frame}|0`;
}

function local(cx: FnCx, node: ts.CallExpression): Val {
  const t = objectType(cx, node);
  if (t.k === 'error') return errorVal();
  if (!isAggregate(t)) {
    cx.error(node, `$local<${typeName(t)}>: not a struct or array (use $var)`);
    return errorVal();
  }
  return val(valueType(t), stackRoom(cx, node, t), 0);
}

function variable(cx: FnCx, node: ts.CallExpression): Val {
  const t = typeOf(cx, node);
  if (t.k === 'error') return errorVal();
  if (isAggregate(t)) cx.error(node, `$var<${typeName(t)}>: use $local`);
  return val({ k: 'ptr', elem: t }, stackRoom(cx, node, t), 0);
}

function copy(cx: FnCx, node: ts.CallExpression): Val {
  const a = args(cx, node, 2);
  if (a === null) return errorVal();
  const [dst, src] = operands(cx, a[0] as ts.Expression, a[1] as ts.Expression);
  if (dst.type.k === 'error' || src.type.k === 'error') return errorVal();
  convert(cx, src, dst.type, node, '$copy');
  const size =
    dst.type.k === 'array' ? sizeOf(cx.p, dst.type) : dst.type.k === 'sp' ? layout(cx.p, dst.type.s).size : 0;
  if (size === 0) cx.error(node, `$copy of ${typeName(dst.type)}`);
  const meta = { text: cx.textOf(a[0] as ts.Expression), struct: '', field: '' };
  const at = cx.insn(asm.repMovs(), 'other', node, meta);
  const site = siteMark(at);
  if (cx.steps)
    return moveStep(cx, node, at, settled(cx, dst, node), settled(cx, src, node), constant(I32, size));
  return val(VOID, `$copy(${dst.js},${src.js},${size},${site})`, dst.eff | src.eff | READ | EFFECT, true);
}

/**
 * `rep movs` as a line of its own, which goes on where it was left: a temporary counts what has been moved.
 */
function moveStep(cx: FnCx, node: ts.Node, at: number, dst: Val, src: Val, size: Val): Val {
  const done = inTemp(cx, constant(I32, 0), node).js;
  const test = `(${done}=$move(${dst.js},${src.js},${size.js},${done},${siteMark(at)}))!==${size.js}`;
  // A step is told of the whole copy; where the kernel's is split, the rest is told of again.
  const touched = `${dst.js},${src.js},${size.js}`;
  retried(cx, node, at, test, '', test, touched);
  return val(VOID, '0', 0, true);
}

/** The bulk instructions of a program: `rep movs` and `rep stos`, at two cycles a byte as the kernel's. */
const bulk = (helper: string): Intrinsic => ({
  lower: (cx, node) => {
    const a = args(cx, node, 3);
    if (a === null) return errorVal();
    if (cx.form !== 'user') cx.error(node, `${cx.textOf(node.expression)} is for programs in user space`);
    const mark = cx.pending.length;
    const [to, what, size] = a.map((e, i) => {
      const v = held(cx, settled(cx, asWord(cx, expr(cx, e), e), e), e, ...a.slice(i + 1));
      return v;
    }) as [Val, Val, Val];
    cx.pending.length = mark;
    const at = cx.insn(asm.repMovs(), 'other', node);
    const done = inTemp(cx, constant(I32, 0), node).js;
    const test = `(${done}=${helper}(${to.js},${what.js},${size.js},${done},${siteMark(at)}))!==${par(size)}`;
    const from = helper === '$move' ? what.js : '0';
    retried(cx, node, at, test, `REG[2]+=${par(size)}<<1;`, test, `${to.js},${from},${size.js}`);
    return val(VOID, '0', 0, true);
  },
});

/** $ld32(p.f + 4): the constant goes into the displacement, as in an operand. */
const rawLoad = (type: IntType): Intrinsic => ({
  lower: (cx, node) => {
    const place = rawOperand(cx, node, 1, type);
    return place === null ? errorVal() : read(cx, place, node);
  },
});

const rawStore = (type: IntType): Intrinsic => ({
  lower: (cx, node, discard) => {
    const mark = cx.pending.length;
    const place = rawOperand(cx, node, 2, type);
    if (place === null) return errorVal();
    const v = asWord(cx, expr(cx, node.arguments[1] as ts.Expression), node);
    cx.pending.length = mark;
    return v.type.k === 'error'
      ? v
      : write(cx, place, { ...v, type: isInt(v.type) ? v.type : U32 }, node, discard);
  },
});

function rawOperand(cx: FnCx, node: ts.CallExpression, n: number, type: IntType): Place | null {
  const a = args(cx, node, n);
  if (a === null) return null;
  const given = held(cx, expr(cx, a[0] as ts.Expression), node, ...a.slice(1));
  const v = asWord(cx, given, node);
  return v.type.k === 'error' ? null : rawPlace(v, type, cx.textOf(node));
}

function vaArg(cx: FnCx, node: ts.CallExpression): Val {
  const a = args(cx, node, 2);
  if (a === null) return errorVal();
  const v = expr(cx, a[0] as ts.Expression);
  const i = convert(cx, expr(cx, a[1] as ts.Expression), I32, node, 'index');
  if (v.type !== VALIST) cx.error(node, '$va takes the va_list of a variadic function');
  return val(I32, `${v.js}[${i.js}]|0`, v.eff | i.eff);
}

const vaCount = one((cx, v, node) => {
  if (v.type !== VALIST) cx.error(node, '$nva takes the va_list of a variadic function');
  return val(I32, `${v.js}.length`, 0, true);
});

function charCode(cx: FnCx, node: ts.CallExpression): Val {
  const a = node.arguments[0];
  if (a !== undefined && tsc.isStringLiteral(a) && a.text.length === 1 && a.text.charCodeAt(0) < 256) {
    return constant(I32, a.text.charCodeAt(0));
  }
  cx.error(node, '$ch takes a string literal of one character');
  return errorVal();
}

const hostYield = (n: number): Intrinsic => ({
  sleeps: true,
  lower: (cx, node) => {
    args(cx, node, 0);
    return val(VOID, suspendByHost(cx, node, n), READ | EFFECT, true);
  },
});

/**
 * The return address: what the call has put at 4(%ebp). A function that waits may be going on from memory,
 * and reads it there.
 */
const returnAddress: Intrinsic = {
  lower: (cx, node) => {
    args(cx, node, 0);
    if (cx.func === null || cx.func.inline !== null) {
      cx.error(node, '$retaddr is for functions that are not inline');
      return errorVal();
    }
    cx.func.asksPlace = true;
    if (cx.func.sleeps) {
      const frame = { base: '$bp', simple: true, symbol: null, disp: 4, eff: 0 };
      return read(cx, { addr: frame, type: U32, meta: { ...NO_META, text: '$retaddr()' } }, node);
    }
    cx.insn(asm.loadReturnAddress(), 'other', node);
    return name(U32, '$ra');
  },
};

/** Where the function goes on after its $switch. */
const switchAddress: Intrinsic = {
  lower: (cx, node) => {
    args(cx, node, 0);
    return { ...val(U32, SWITCH_MARK, 0, true), simple: true };
  },
};

const linkSymbol = (symbol: string): Intrinsic => ({ lower: () => ({ ...symbolVal(U32, symbol, 0) }) });

export const INTRINSICS = new Map<string, Intrinsic>([
  ['$addr', { lower: address }],
  ['$cast', { lower: pointerCast }],
  ['$i32', cast(I32)],
  ['$int', cast(I32)],
  ['$u32', cast(U32)],
  ['$u16', cast(U16)],
  ['$u8', cast(U8)],
  ['$i64', cast(I64)],
  ['$sizeof', { lower: (cx, node) => constant(U32, sizeOf(cx.p, objectType(cx, node))) }],
  [
    '$offsetof',
    {
      lower: (cx, node) => {
        const a = args(cx, node, 1);
        const f = a === null ? null : fieldOffset(cx, node, objectType(cx, node), a[0] as ts.Expression);
        return f === null ? errorVal() : constant(U32, f.n);
      },
    },
  ],
  ['$idx', { lower: elementPointer }],
  ['$padd', { lower: elementPointer }],
  ['$pdiff', { lower: pointerDifference }],
  ['$ref', { lower: reference }],
  ['$container', { lower: container }],
  ['$local', { lower: local }],
  ['$var', { lower: variable }],
  ['$copy', { lower: copy }],
  ['$va', { lower: vaArg }],
  ['$nva', { lower: vaCount }],
  ['$retaddr', returnAddress],
  ['$ld8', rawLoad(U8)],
  ['$ld16', rawLoad(U16)],
  ['$ld32', rawLoad(U32)],
  ['$st8', rawStore(U8)],
  ['$st16', rawStore(U16)],
  ['$st32', rawStore(U32)],
  ['$ch', { lower: charCode }],
  ['$switch', hostYield(1)],
  ['$cpupause', hostYield(2)],
  ['$switchpoint', switchAddress],
  ...userOnly,
  ['$movs', bulk('$move')],
  ['$stos', bulk('$fill')],
  ['$etext', linkSymbol('etext')],
  ['$edata', linkSymbol('edata')],
  ['$end', linkSymbol('end')],
  ['$places', linkSymbol('places')],
  ['$eplaces', linkSymbol('eplaces')],
  [
    'KASSERT',
    {
      lower: (cx, node) => {
        cx.error(node, 'KASSERT is a statement');
        return errorVal();
      },
    },
  ],
  [
    '$init',
    {
      lower: (cx, node) => {
        cx.error(node, '$init is for variables of the kernel only');
        return errorVal();
      },
    },
  ],
  [
    '$as',
    {
      // Queue macros only: the second argument, in the type of the first (which is not evaluated).
      lower: (cx, node) => {
        let type: Type = ERROR;
        cx.dryRun(() => {
          type = expr(cx, node.arguments[0] as ts.Expression).type;
        });
        return { ...expr(cx, node.arguments[1] as ts.Expression), type };
      },
    },
  ],
]);
