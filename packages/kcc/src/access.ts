import type ts from 'typescript';
import * as asm from './asm.js';
import { type FnCx, type Meta, NO_META } from './fn.js';
import { inTemp, retried, settled } from './frames.js';
import { binary, convert, convertInt, narrow } from './ops.js';
import { I32, type IntType, isAggregate, isI64, isInt, type Type, U32, valueType } from './types.js';
import {
  type Addr,
  ASSIGN,
  addSub,
  addressMark,
  EFFECT,
  name,
  offsetMark,
  pageMark,
  par,
  placeVal,
  READ,
  siteMark,
  type Val,
  val,
} from './val.js';

/** A place in memory that can be read and written. */
export interface Place {
  addr: Addr;
  type: Type;
  meta: Meta;
}

/** The place that a pointer value points to. */
export function pointee(v: Val): Addr {
  if (v.addr !== null) return v.addr;
  if (v.symbol !== null) return { base: null, simple: true, symbol: v.symbol, disp: v.addend, eff: 0 };
  if (v.c !== undefined) return { base: null, simple: true, symbol: null, disp: v.c, eff: 0 };
  return { base: par(v), simple: v.simple, symbol: null, disp: 0, eff: v.eff };
}

export const displaced = (a: Addr, n: number): Addr => ({ ...a, disp: (a.disp + n) | 0 });

const isFixed = (a: Addr): boolean => a.base === null;

/** JS text of the address. */
export function addressJs(a: Addr): string {
  if (a.symbol !== null) return addressMark(a.symbol, a.disp);
  if (a.base === null) return String(a.disp);
  return a.disp === 0 ? a.base : addSub(a.base, a.disp);
}

/** The address of element i of an array (or after a pointer), elements of `size` bytes. */
export function indexed(cx: FnCx, a: Addr, i: Val, size: number, node: ts.Node): Addr {
  const index = isI64(i.type) ? convert(cx, i, I32, node, 'index') : i;
  if (index.c !== undefined) return displaced(a, Math.imul(index.c, size));
  const scaled =
    size === 1
      ? par(index)
      : (size & (size - 1)) === 0
        ? `(${par(index)}<<${31 - Math.clz32(size)})`
        : `Math.imul(${index.js},${size})`;
  const base = a.base === null ? `(${addressJs(a)})` : a.base;
  const disp = a.base === null || a.disp === 0 ? '' : a.disp < 0 ? `-${-a.disp}` : `+${a.disp}`;
  return {
    base: `(${base}${disp}+${scaled}|0)`,
    simple: false,
    symbol: null,
    disp: 0,
    eff: a.eff | index.eff,
  };
}

const operandOf = (a: Addr): asm.Operand => ({ symbol: a.symbol, absolute: isFixed(a), disp: a.disp });

interface Access {
  /** Puts the physical page base into $T. */
  translate: string;
  /** The index into the memory array. */
  index: string;
  /** The address, for a step that is told of it. */
  address: string;
}

function access(cx: FnCx, a: Addr, size: number, site: string, write: boolean): Access {
  cx.usesMemory = true;
  const tlb = write ? 'TLBW' : 'TLBR';
  const miss = write ? 'wmiss' : 'rmiss';
  const shift = size === 4 ? '>>>2' : size === 2 ? '>>>1' : '';
  if (isFixed(a)) {
    const page = a.symbol !== null ? pageMark(a.symbol, a.disp) : String(a.disp >>> 12);
    const offset = a.symbol !== null ? offsetMark(a.symbol, a.disp) : String(a.disp & 4095);
    const translate = `($T=${tlb}[${page}])<0&&($T=${miss}(${addressJs(a)},${site})|0)`;
    const address = addressJs(a);
    return { translate, index: shift === '' ? `$T|${offset}` : `($T|${offset})${shift}`, address };
  }
  const translate = `($T=${tlb}[($A=${addressJs(a)})>>>12])<0&&($T=${miss}($A,${site})|0)`;
  const address = addressJs(a);
  return { translate, index: shift === '' ? '$T|$A&4095' : `($T|$A&4095)${shift}`, address };
}

const widthOf = (t: Type): 1 | 2 | 4 => (t.k === 'int' ? (t.size as 1 | 2 | 4) : 4);
const memory = (size: number): string => (size === 4 ? 'MEM32' : size === 2 ? 'MEM16' : 'MEM8');
const isSigned = (t: Type): boolean => t.k === 'int' && t.signed;

/** An address that can be used any number of times, where each access is a line of its own. */
function settledAddr(cx: FnCx, a: Addr, node: ts.Node): Addr {
  if (!cx.steps || isFixed(a) || (a.simple && a.eff === 0)) return a;
  const base = inTemp(cx, val(U32, a.base as string, a.eff, true), node);
  return { base: base.js, simple: true, symbol: null, disp: a.disp, eff: 0 };
}

/** The value of a place; structs and arrays in place are their addresses. */
export function read(cx: FnCx, place: Place, node: ts.Node): Val {
  const { type, meta } = place;
  if (isAggregate(type)) return placeVal(valueType(type), place.addr);
  if (isI64(type)) return read64(cx, place, node);
  const size = widthOf(type);
  const addr = settledAddr(cx, place.addr, node);
  const insn = asm.load(size, isSigned(type), operandOf(addr));
  const at = cx.insn(insn, 'load', node, meta, addr.disp, size);
  const to = access(cx, addr, size, siteMark(at), false);
  const { translate, index } = to;
  if (cx.steps) return readStep(cx, type, node, at, to, `${memory(size)}[${index}]`);
  const cell = `${memory(size)}[${index}]`;
  const eff = READ | addr.eff;
  if (type.k === 'bool') {
    return { ...val(type, `(${translate},${cell}!==0)`, eff, true), not: `(${translate},${cell}===0)` };
  }
  const bits = 32 - 8 * size;
  const js = isSigned(type) && size < 4 ? `${cell}<<${bits}>>${bits}` : cell;
  return val(type, `(${translate},${js})`, eff, true);
}

/** A load as a line of its own, into a temporary. */
function readStep(cx: FnCx, type: Type, node: ts.Node, at: number, to: Access, cell: string): Val {
  const bits = 32 - 8 * widthOf(type);
  const js =
    type.k === 'bool' ? `${cell}!==0` : isSigned(type) && bits > 0 ? `${cell}<<${bits}>>${bits}` : cell;
  const t = cx.tempOf(type);
  retried(cx, node, at, missed(to.translate), `${t}=${js};`, to.translate, to.address);
  return name(type, t);
}

/** The translation of an access as a test that fails only where the function has to be left. */
const missed = (translate: string): string => `(${translate.replace(/&&\((.*)\|0\)$/, '&&($1|0)<0')})`;

/**
 * Makes sure that the address can be used twice, and after v: evaluates its base into a temporary if need be.
 */
function pinned(cx: FnCx, a: Addr, v: Val | null = null): { before: string; addr: Addr } {
  const moves = v !== null && (v.eff & ASSIGN) !== 0;
  if (isFixed(a) || (a.simple && !moves)) return { before: '', addr: a };
  if (cx.steps)
    return { before: '', addr: settledAddr(cx, { ...a, simple: false }, cx.func?.node as ts.Node) };
  const t = cx.temp();
  return {
    before: `${t}=${a.base},`,
    addr: { base: t, simple: true, symbol: null, disp: a.disp, eff: 0 },
  };
}

function read64(cx: FnCx, place: Place, node: ts.Node): Val {
  const { before, addr } = pinned(cx, place.addr);
  const mark = cx.pending.length;
  const low = read(cx, { ...place, addr, type: U32 }, node);
  if (cx.steps) cx.pending.push({ js: low.js, type: U32 });
  const high = read(cx, { ...place, addr: displaced(addr, 4), type: I32 }, node);
  cx.pending.length = mark;
  const eff = READ | place.addr.eff;
  return val(place.type, `(${before}(${low.js}>>>0)+${high.js}*4294967296)`, eff, true);
}

/** What is stored for a value: booleans become 0 or 1. */
const stored = (v: Val): string =>
  v.type.k === 'bool' ? (v.c !== undefined ? String(v.c) : `(${v.js})?1:0`) : v.js;

function storeInsn(size: number, v: Val, addr: Addr): asm.Insn {
  if (v.c !== undefined) return asm.store(size, v.c, operandOf(addr));
  if (v.symbol !== null && size === 4) return asm.storeSymbol(v.symbol, v.addend, operandOf(addr));
  return asm.store(size, null, operandOf(addr));
}

/** place = v. With `discard` the value of the expression is not wanted. */
export function write(cx: FnCx, place: Place, v: Val, node: ts.Node, discard: boolean): Val {
  if (isI64(place.type)) return write64(cx, place, v, node, discard);
  const { type, meta } = place;
  const size = widthOf(type);
  if (cx.steps) return writeStep(cx, place, v, node, discard);
  const keep = (place.addr.eff !== 0 && v.eff !== 0) || (v.eff & ASSIGN) !== 0;
  const { before, addr } = keep ? pinned(cx, place.addr, v) : { before: '', addr: place.addr };
  const held = v.eff !== 0 || (!discard && !v.simple);
  const site = cx.site(storeInsn(size, v, addr), 'store', node, meta, addr.disp, size);
  const { translate, index } = access(cx, addr, size, site, true);
  const get = held ? `$V=${stored(v)},` : '';
  const put = `${memory(size)}[${index}]=${held ? '$V' : stored(v)}`;
  const eff = v.eff | place.addr.eff | READ | EFFECT;
  const js = `${before}${get}${translate},${put}`;
  if (discard) return val(type, `(${js})`, eff, true);
  return val(type, `(${js}${resultOf(type, held, v)})`, eff, true);
}

/** A store as a line of its own. */
function writeStep(cx: FnCx, place: Place, given: Val, node: ts.Node, discard: boolean): Val {
  const { type, meta } = place;
  const size = widthOf(type);
  const addr = settledAddr(cx, place.addr, node);
  const v = settled(cx, given, node);
  const at = cx.insn(storeInsn(size, v, addr), 'store', node, meta, addr.disp, size);
  const { translate, index, address } = access(cx, addr, size, siteMark(at), true);
  const action = `${memory(size)}[${index}]=${stored(v)};`;
  retried(cx, node, at, missed(translate), action, `${translate},${action}`, address);
  if (discard) return val(type, '0', 0, true);
  if (type.k === 'bool' || !isInt(type) || !isInt(v.type)) return { ...v, type };
  return { ...narrow(type, v), type };
}

/** The value of a store as an expression: what was stored, in the type of the place. */
function resultOf(type: Type, held: boolean, v: Val): string {
  if (type.k === 'bool') return held ? ',$V!==0' : `,${v.js}`;
  const raw: Val = held ? name(I32, '$V') : v;
  const r =
    isInt(type) && isInt(v.type)
      ? narrow(type, held && v.type.size < 4 ? { ...raw, type: v.type } : raw)
      : raw;
  return `,${r.js}`;
}

function write64(cx: FnCx, place: Place, v: Val, node: ts.Node, discard: boolean): Val {
  const a = pinned(cx, place.addr, v);
  let before = a.before;
  let value = v;
  if (cx.steps) value = settled(cx, v, node);
  else if (!v.simple) {
    const t = cx.temp();
    before += `${t}=${v.js},`;
    value = name(v.type, t);
  }
  const { low, high } = words(value);
  const mark = cx.pending.length;
  if (cx.steps) cx.pending.push(...cx.transientsIn(value.js));
  const one = write(cx, { ...place, addr: a.addr, type: I32 }, low, node, true);
  const two = write(cx, { ...place, addr: displaced(a.addr, 4), type: I32 }, high, node, true);
  cx.pending.length = mark;
  const eff = v.eff | place.addr.eff | READ | EFFECT;
  return val(place.type, `(${before}${one.js},${two.js}${discard ? '' : `,${value.js}`})`, eff, true);
}

/** The two words of a 64-bit value that may be evaluated twice. */
export function words(v: Val): { low: Val; high: Val } {
  if (v.c !== undefined) {
    return { low: convertInt(v, I32), high: convertInt({ ...v, c: Math.floor(v.c / 4294967296) }, I32) };
  }
  return {
    low: val(I32, `${par(v)}|0`, v.eff),
    high: val(I32, `Math.floor(${par(v)}/4294967296)|0`, v.eff),
  };
}

const RMW_OPS = new Set(['+', '-', '|', '&', '^']);

/**
 * place op= v as one instruction (or, where the i386 has none, as load and store). `post` asks for the old
 * value.
 */
export function modify(
  cx: FnCx,
  place: Place,
  op: string,
  v: Val,
  node: ts.Node,
  mode: { discard: boolean; post: boolean },
): Val {
  const type = place.type;
  if (!isInt(type)) {
    if (type.k !== 'error') cx.error(node, `${op}= on ${type.k === 'bool' ? 'a boolean' : 'a pointer'}`);
    return v;
  }
  if (type.size === 8 || isI64(v.type) || !RMW_OPS.has(op))
    return modifySlowly(cx, place, type, op, v, node, mode);
  if (!isInt(v.type)) return binary(cx, node, op, v, v);
  const size = widthOf(type);
  if (cx.steps) return modifyStep(cx, place, op, v, node, mode);
  const keep = (place.addr.eff !== 0 && v.eff !== 0) || (v.eff & ASSIGN) !== 0;
  const { before, addr } = keep ? pinned(cx, place.addr, v) : { before: '', addr: place.addr };
  const insn = asm.modify(op, size, v.c === undefined ? null : v.c, operandOf(addr));
  const site = cx.site(insn, 'rmw', node, place.meta, addr.disp, size);
  const { translate, index } = access(cx, addr, size, site, true);
  const get = v.eff !== 0 ? `$V=${v.js},` : '';
  const by = v.eff !== 0 ? '$V' : par(v);
  const cell = `${memory(size)}[$T]`;
  const trunc = size === 4 && (op === '+' || op === '-') ? '|0' : '';
  const eff = v.eff | place.addr.eff | READ | EFFECT;
  const start = `${before}${get}${translate},$T=${index}`;
  if (mode.discard) return val(type, `(${start},${cell}=${cell}${op}${by}${trunc})`, eff, true);
  const old = { ...name(I32, cell), type: size < 4 ? ({ ...type, signed: false } as IntType) : type };
  if (mode.post) {
    const was = narrow(type, { ...name(I32, '$V'), type: old.type });
    return val(type, `(${start},$V=${cell},${cell}=$V${op}${by}${trunc},${was.js})`, eff, true);
  }
  return val(type, `(${start},${cell}=${cell}${op}${by}${trunc},${narrow(type, old).js})`, eff, true);
}

/** A read-modify-write instruction as a line of its own. */
function modifyStep(
  cx: FnCx,
  place: Place,
  op: string,
  given: Val,
  node: ts.Node,
  mode: { discard: boolean; post: boolean },
): Val {
  const type = place.type as IntType;
  const size = widthOf(type);
  const addr = settledAddr(cx, place.addr, node);
  const v = settled(cx, given, node);
  const insn = asm.modify(op, size, v.c === undefined ? null : v.c, operandOf(addr));
  const at = cx.insn(insn, 'rmw', node, place.meta, addr.disp, size);
  const { translate, index, address } = access(cx, addr, size, siteMark(at), true);
  const cell = `${memory(size)}[$T]`;
  const next = `${cell}=${cell}${op}${par(v)}${size === 4 && (op === '+' || op === '-') ? '|0' : ''};`;
  const raw: Type = size < 4 ? { ...type, signed: false } : type;
  const t = mode.discard ? '' : cx.tempOf(type);
  const result = mode.discard ? '' : `${t}=${narrow(type, { ...name(I32, cell), type: raw }).js};`;
  const action = `$T=${index};${mode.post ? result + next : next + result}`;
  retried(cx, node, at, missed(translate), action, `${translate},${par(v)}`, address);
  return mode.discard ? val(type, '0', 0, true) : name(type, t);
}

function modifySlowly(
  cx: FnCx,
  place: Place,
  type: IntType,
  op: string,
  v: Val,
  node: ts.Node,
  mode: { discard: boolean; post: boolean },
): Val {
  const { before, addr } = pinned(cx, place.addr, v);
  const fixed = { ...place, addr };
  if (cx.steps) return modifyInSteps(cx, fixed, type, op, v, node, mode);
  let old = read(cx, fixed, node);
  let after = '';
  if (mode.post && !mode.discard) {
    const t = cx.temp();
    old = { ...old, js: `(${t}=${old.js})` };
    after = `,${t}`;
  }
  const next = convert(cx, binary(cx, node, op, old, v), type, node, 'assignment');
  const w = write(cx, fixed, next, node, mode.discard || after !== '');
  const eff = w.eff | place.addr.eff;
  return before === '' && after === '' ? w : val(type, `(${before}${w.js}${after})`, eff, true);
}

/** The same as two accesses that can each be left. */
function modifyInSteps(
  cx: FnCx,
  place: Place,
  type: IntType,
  op: string,
  given: Val,
  node: ts.Node,
  mode: { post: boolean },
): Val {
  const mark = cx.pending.length;
  const v = settled(cx, given, node);
  cx.pending.push(...cx.transientsIn(v.js));
  const old = settled(cx, read(cx, place, node), node);
  const next = settled(cx, convert(cx, binary(cx, node, op, old, v), type, node, 'assignment'), node);
  cx.pending.push(...cx.transientsIn(mode.post ? old.js : next.js));
  write(cx, place, next, node, true);
  cx.pending.length = mark;
  return mode.post ? old : next;
}

/** Raw access to an address held in an integer. */
export const rawPlace = (v: Val, type: Type, text: string): Place => ({
  addr: pointee(v),
  type,
  meta: { ...NO_META, text },
});
