import { BOOL, ERROR, I32, isInt, type Type, U8 } from './types.js';

/** Where something lies in memory: base + disp, or symbol + disp, or disp alone (a constant address). */
export interface Addr {
  /** JS text of an int32 address, or null. */
  base: string | null;
  /** The base is a local name: it can be evaluated twice and nothing but an assignment changes it. */
  simple: boolean;
  symbol: string | null;
  disp: number;
  /** Effects of evaluating the base. */
  eff: number;
}

/** Effects of evaluating an expression. */
export const READ = 1; // memory is read: $A, $T, $V are overwritten
export const EFFECT = 2; // a call, a store
export const ASSIGN = 4; // a local is assigned

/** A lowered expression: its type and its JavaScript. */
export interface Val {
  type: Type;
  js: string;
  /** js needs no parentheses as an operand. */
  atom: boolean;
  /** A constant: the int32 for integers of 32 bits and less, 0 or 1 for booleans, 0 for null. */
  c: number | undefined;
  /** A name or temporary: may be evaluated any number of times. */
  simple: boolean;
  eff: number;
  /** A struct or array in place, whose address may be folded into an operand. */
  addr: Addr | null;
  /** A link-time address. */
  symbol: string | null;
  addend: number;
  /** js of the negation, if that is shorter than !(js). */
  not: string | null;
}

export function val(type: Type, js: string, eff: number, atom = false): Val {
  return { type, js, atom, c: undefined, simple: false, eff, addr: null, symbol: null, addend: 0, not: null };
}

export function constant(type: Type, c: number): Val {
  const js = type.k === 'bool' ? (c !== 0 ? 'true' : 'false') : String(c);
  return { ...val(type, js, 0, c >= 0), c, simple: true };
}

export const name = (type: Type, js: string): Val => ({ ...val(type, js, 0, true), simple: true });
export const errorVal = (): Val => ({ ...constant(I32, 0), type: ERROR, c: undefined });
/**
 * What is left of an operation one of whose operands has an error: evaluating them (one may be undefined).
 */
export const brokenVal = (type: Type, ...parts: Val[]): Val => ({
  ...val(type, `(${[...parts.map((v) => v.js), '0'].join(',')})`, EFFECT, true),
});
export const boolVal = (js: string, eff: number, not: string | null = null): Val => ({
  ...val(BOOL, js, eff),
  not,
});

/** A link-time constant address. */
export function symbolVal(type: Type, symbol: string, addend: number): Val {
  return { ...val(type, addressMark(symbol, addend), 0), simple: true, symbol, addend };
}

/** An aggregate in place: the value is the address. */
export function placeVal(type: Type, addr: Addr): Val {
  if (addr.symbol !== null) return { ...symbolVal(type, addr.symbol, addr.disp), addr };
  if (addr.base === null) return { ...constant(type, addr.disp | 0), addr };
  const js = addr.disp === 0 ? addr.base : addSub(addr.base, addr.disp);
  const atom = addr.disp === 0;
  return { ...val(type, js, addr.eff, atom), addr, simple: atom && addr.simple };
}

export const addSub = (js: string, n: number): string => (n < 0 ? `${js}-${-n}|0` : `${js}+${n}|0`);

/** js as an operand of any operator. */
export const par = (v: Val): string => (v.atom ? v.js : `(${v.js})`);

/** Marks that the linker replaces: addresses of symbols (whole, page number, offset in the page). */
export const addressMark = (symbol: string, addend: number): string => `\u0001A${symbol}+${addend}\u0002`;
export const pageMark = (symbol: string, addend: number): string => `\u0001P${symbol}+${addend}\u0002`;
export const offsetMark = (symbol: string, addend: number): string => `\u0001O${symbol}+${addend}\u0002`;
/** The address of instruction n of the function's body; of the one after it; of the body; of the function. */
export const siteMark = (n: number): string => `\u0001S${n}\u0002`;
export const returnMark = (n: number): string => `\u0001R${n}\u0002`;
/**
 * Distance below ebp of a slot of the scratch area; the address at which the function goes on after $switch.
 */
export const slotMark = (slot: number): string => `\u0001L${slot}\u0002`;
/** Bytes that the prologue reserves below ebp. */
export const LOCALS_MARK = '\u0001Z\u0002';
export const SWITCH_MARK = '\u0001W\u0002';
export const ENTRY_MARK = '\u0001F\u0002';

/** An int32 as an operand of an unsigned comparison or division. */
export function unsigned(v: Val): string {
  if (v.c !== undefined) return String(v.c >>> 0);
  if (isInt(v.type) && !v.type.signed && v.type.size < 4) return par(v);
  return `(${par(v)}>>>0)`;
}

/** An integer as an exact JS number, for 64-bit arithmetic. */
export function wide(v: Val): string {
  if (isInt(v.type) && v.type.size < 8 && !v.type.signed) return unsigned(v);
  return par(v);
}

/** The numeric value of a constant, by its type. */
export const constNumber = (v: Val): number => {
  const c = v.c as number;
  return isInt(v.type) && v.type.size === 4 && !v.type.signed ? c >>> 0 : c;
};

export const isCharPtr = (t: Type): boolean => t.k === 'ptr' && t.elem === U8;
