import type ts from 'typescript';

/** The types of kernel TypeScript. An `sp` is a pointer to a struct; an `embed` is the struct in place. */
export type Type =
  | IntType
  | { k: 'bool' }
  | { k: 'void' }
  | { k: 'never' }
  | { k: 'null' }
  | { k: 'error' }
  | { k: 'valist' }
  | SpType
  | { k: 'embed'; s: Struct }
  | ArrayType
  | PtrType
  | FnType;

export interface IntType {
  k: 'int';
  name: string;
  size: 1 | 2 | 4 | 8;
  signed: boolean;
}
export interface SpType {
  k: 'sp';
  s: Struct;
}
export interface ArrayType {
  k: 'array';
  elem: Type;
  n: number;
}
export interface PtrType {
  k: 'ptr';
  elem: Type;
}
export interface FnType {
  k: 'fn';
  params: Type[];
  ret: Type;
  sleeps: boolean;
  variadic: boolean;
}

export interface Field {
  name: string;
  type: Type;
  offset: number;
  lock: string[];
  comment: string;
}

/** A struct: declared by an interface, or an instance of a queue head or entry. */
export interface Struct {
  name: string;
  sf: ts.SourceFile | null;
  decl: ts.InterfaceDeclaration | null;
  fields: Map<string, Field>;
  locks: Map<string, string>;
  size: number;
  align: number;
  /** 0 not laid out, 1 in progress, 2 done. */
  state: 0 | 1 | 2;
}

const int = (name: string, size: 1 | 2 | 4 | 8, signed: boolean): IntType => ({
  k: 'int',
  name,
  size,
  signed,
});
export const I8 = int('i8', 1, true);
export const U8 = int('u8', 1, false);
export const I16 = int('i16', 2, true);
export const U16 = int('u16', 2, false);
export const I32 = int('int', 4, true);
export const U32 = int('u32', 4, false);
export const I64 = int('i64', 8, true);
export const U64 = int('u64', 8, false);
export const BOOL: Type = { k: 'bool' };
export const VOID: Type = { k: 'void' };
export const NEVER: Type = { k: 'never' };
export const NULL: Type = { k: 'null' };
export const ERROR: Type = { k: 'error' };
export const VALIST: Type = { k: 'valist' };
export const STR: PtrType = { k: 'ptr', elem: U8 };

/** Type names that need no declaration. */
export const BUILTIN_TYPES = new Map<string, Type>([
  ['i8', I8],
  ['u8', U8],
  ['char', U8],
  ['i16', I16],
  ['u16', U16],
  ['i32', I32],
  ['int', I32],
  ['u32', U32],
  ['u_int', U32],
  ['i64', I64],
  ['u64', U64],
  ['bool', BOOL],
  ['str', STR],
  ['va_list', VALIST],
]);

export const isInt = (t: Type): t is IntType => t.k === 'int';
export const isI64 = (t: Type): boolean => t.k === 'int' && t.size === 8;
export const isPointer = (t: Type): boolean =>
  t.k === 'sp' || t.k === 'ptr' || t.k === 'fn' || t.k === 'null';
/** Lies in place in memory: an expression of this type is an address. */
export const isAggregate = (t: Type): boolean => t.k === 'embed' || t.k === 'array';

export function typeName(t: Type): string {
  switch (t.k) {
    case 'int':
      return t.name;
    case 'bool':
      return 'boolean';
    case 'sp':
      return t.s.name;
    case 'embed':
      return `embed<${t.s.name}>`;
    case 'array':
      return `array<${typeName(t.elem)}, ${t.n}>`;
    case 'ptr':
      return t.elem === U8 ? 'str' : `ptr<${typeName(t.elem)}>`;
    case 'fn': {
      const params = t.params.map(typeName).join(', ');
      return `(${params}${t.variadic ? ', ...' : ''}) => ${t.sleeps ? `Sleeps<${typeName(t.ret)}>` : typeName(t.ret)}`;
    }
    case 'valist':
      return 'va_list';
    default:
      return t.k;
  }
}

/** The same representation and meaning; integers of one size are interchangeable behind pointers. */
export function sameType(a: Type, b: Type): boolean {
  if (a === b || a.k === 'error' || b.k === 'error') return true;
  if (a.k === 'int' && b.k === 'int') return a.size === b.size;
  if ((a.k === 'sp' && b.k === 'sp') || (a.k === 'embed' && b.k === 'embed')) return a.s === b.s;
  if (a.k === 'array' && b.k === 'array') return a.n === b.n && sameType(a.elem, b.elem);
  if (a.k === 'ptr' && b.k === 'ptr') return sameType(a.elem, b.elem);
  if (a.k === 'fn' && b.k === 'fn') {
    return a.params.length === b.params.length && sameCall(a, b);
  }
  return a.k === b.k;
}

/** Function a may stand where b is called: it may have fewer parameters, since the caller cleans up. */
const sameCall = (a: FnType, b: FnType): boolean =>
  a.sleeps === b.sleeps &&
  a.variadic === b.variadic &&
  a.params.length <= b.params.length &&
  sameReturn(a.ret, b.ret) &&
  a.params.every((p, i) => sameType(p, b.params[i] as Type));

const sameReturn = (a: Type, b: Type): boolean => sameType(a, b) || (a.k === 'never' && b.k === 'void');

/** Can a value of type `from` be stored into `to` without a cast? (Integers convert freely, as in C.) */
export function assignable(to: Type, from: Type): boolean {
  if (to.k === 'error' || from.k === 'error') return true;
  if (to.k === 'int' || to.k === 'bool') return to.k === from.k;
  if (from.k === 'null') return isPointer(to);
  if (to.k === 'ptr' && from.k === 'array') return sameType(to.elem, from.elem);
  if (to.k === 'array' && from.k === 'array') return sameType(to, from);
  if (to.k === 'fn' && from.k === 'fn') return sameCall(from, to);
  return isPointer(to) && sameType(to, from);
}

/** The type an integer has in an expression: small ones become int. */
export const promote = (t: IntType): IntType =>
  t.size < 4 ? I32 : t.size === 4 ? (t.signed ? I32 : U32) : t;

/** C's usual arithmetic conversions. */
export function usual(a: IntType, b: IntType): IntType {
  const x = promote(a);
  const y = promote(b);
  if (x.size === 8 || y.size === 8)
    return (x.size === 8 && !x.signed) || (y.size === 8 && !y.signed) ? U64 : I64;
  return x.signed && y.signed ? I32 : U32;
}

/** What an expression of in-memory type `t` has as its type. */
export const valueType = (t: Type): Type => (t.k === 'embed' ? { k: 'sp', s: t.s } : t);

/** Words that a value takes in a frame. */
export const wordsOf = (t: Type): number => (isI64(t) ? 2 : 1);
