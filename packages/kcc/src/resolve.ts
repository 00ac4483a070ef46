import type ts from 'typescript';
import { constValue } from './recursion.js';
import { positionOf } from './diag.js';
import { docComment, type FuncSym, type Program, type VarSym } from './program.js';
import {
  BOOL,
  BUILTIN_TYPES,
  ERROR,
  type Field,
  type FnType,
  isAggregate,
  NEVER,
  type Struct,
  type Type,
  typeName,
  U32,
  VALIST,
  VOID,
} from './types.js';
import { constNumber } from './val.js';
import tsc from './ts.js';

/** Fields of the queue heads and entries: a pointer to the element, then perhaps an address. */
const QUEUE_STRUCTS = new Map<string, string[]>([
  ['TAILQ_HEAD', ['tqh_first', 'tqh_last']],
  ['TAILQ_ENTRY', ['tqe_next', 'tqe_prev']],
  ['LIST_HEAD', ['lh_first']],
  ['LIST_ENTRY', ['le_next', 'le_prev']],
  ['SLIST_HEAD', ['slh_first']],
  ['SLIST_ENTRY', ['sle_next']],
  ['STAILQ_HEAD', ['stqh_first', 'stqh_last']],
  ['STAILQ_ENTRY', ['stqe_next']],
]);

const WIDTH_HINT = 'say which integer: int, u32, u16, u8, i64 ...';

export function resolveType(p: Program, sf: ts.SourceFile, node: ts.TypeNode): Type {
  switch (node.kind) {
    case tsc.SyntaxKind.BooleanKeyword:
      return BOOL;
    case tsc.SyntaxKind.VoidKeyword:
      return VOID;
    case tsc.SyntaxKind.NeverKeyword:
      return NEVER;
    case tsc.SyntaxKind.NumberKeyword:
      p.diags.error(sf, node, `number is not a type of kernel TypeScript; ${WIDTH_HINT}`);
      return ERROR;
    case tsc.SyntaxKind.StringKeyword:
      p.diags.error(sf, node, 'string is not a type of kernel TypeScript; a C string is str');
      return ERROR;
  }
  if (tsc.isParenthesizedTypeNode(node)) return resolveType(p, sf, node.type);
  if (tsc.isFunctionTypeNode(node)) return functionType(p, sf, node);
  if (tsc.isUnionTypeNode(node)) {
    const rest = node.types.filter(
      (t) => !(tsc.isLiteralTypeNode(t) && t.literal.kind === tsc.SyntaxKind.NullKeyword),
    );
    if (rest.length === 1) return resolveType(p, sf, rest[0] as ts.TypeNode);
  }
  if (tsc.isTypeReferenceNode(node) && tsc.isIdentifier(node.typeName))
    return named(p, sf, node, node.typeName.text);
  p.diags.error(sf, node, `unsupported type: ${tsc.SyntaxKind[node.kind]}`);
  return ERROR;
}

function named(p: Program, sf: ts.SourceFile, node: ts.TypeReferenceNode, name: string): Type {
  const args = node.typeArguments ?? [];
  const wantArgs =
    name === 'array' ? 2 : name === 'embed' || name === 'ptr' || QUEUE_STRUCTS.has(name) ? 1 : 0;
  if (name === 'Sleeps') {
    p.diags.error(sf, node, 'Sleeps<> is only the return type of a may-sleep function');
    return ERROR;
  }
  if (args.length !== wantArgs) {
    p.diags.error(sf, node, `${name} takes ${wantArgs} type argument${wantArgs === 1 ? '' : 's'}`);
    return ERROR;
  }
  if (name === 'embed') return embedded(p, sf, args[0] as ts.TypeNode);
  if (name === 'ptr') return pointerTo(p, sf, args[0] as ts.TypeNode);
  if (name === 'array') {
    return {
      k: 'array',
      elem: memoryType(p, sf, args[0] as ts.TypeNode),
      n: arrayLength(p, sf, args[1] as ts.TypeNode),
    };
  }
  if (QUEUE_STRUCTS.has(name))
    return { k: 'sp', s: queueStruct(p, name, resolveType(p, sf, args[0] as ts.TypeNode)) };
  const struct = p.structs.get(name);
  if (struct !== undefined) return { k: 'sp', s: struct };
  const builtin = BUILTIN_TYPES.get(name);
  if (builtin !== undefined) return builtin;
  return alias(p, sf, node, name);
}

function alias(p: Program, sf: ts.SourceFile, node: ts.Node, name: string): Type {
  const a = p.aliases.get(name);
  if (a === undefined) {
    p.diags.add(positionOf(sf, node), `unknown type ${name}`, true);
    return ERROR;
  }
  if (a.resolved === null) {
    if (a.busy) {
      p.diags.error(sf, node, `type ${name} refers to itself`);
      return ERROR;
    }
    a.busy = true;
    if (a.node.typeParameters) p.diags.error(a.sf, a.node.name, 'unsupported: type parameters');
    a.resolved = resolveType(p, a.sf, a.node.type);
    a.busy = false;
  }
  return a.resolved;
}

function embedded(p: Program, sf: ts.SourceFile, node: ts.TypeNode): Type {
  const t = resolveType(p, sf, node);
  if (t.k === 'sp') return { k: 'embed', s: t.s };
  if (t.k !== 'error' && !isAggregate(t)) p.diags.error(sf, node, `embed<${typeName(t)}>: not a struct`);
  return isAggregate(t) ? t : ERROR;
}

function pointerTo(p: Program, sf: ts.SourceFile, node: ts.TypeNode): Type {
  return { k: 'ptr', elem: memoryType(p, sf, node) };
}

/** A type that can lie in memory. */
function memoryType(p: Program, sf: ts.SourceFile, node: ts.TypeNode): Type {
  const t = resolveType(p, sf, node);
  if (t.k === 'void' || t.k === 'never' || t.k === 'valist') {
    p.diags.error(sf, node, `${typeName(t)} has no representation in memory`);
    return ERROR;
  }
  return t;
}

/** More than any kernel has, and small enough for the addresses of an image not to wrap. */
const MAX_ARRAY = 1 << 24;

/** N of array<T, N>, within what an image can hold. */
function arrayLength(p: Program, sf: ts.SourceFile, node: ts.TypeNode): number {
  const n = writtenLength(p, sf, node);
  if (Number.isInteger(n) && n >= 0 && n <= MAX_ARRAY) return n;
  p.diags.error(sf, node, `array length must be from 0 to ${MAX_ARRAY}`);
  return 1;
}

/** N as it is written: a number, or `typeof CONSTANT`. */
function writtenLength(p: Program, sf: ts.SourceFile, node: ts.TypeNode): number {
  if (tsc.isLiteralTypeNode(node) && tsc.isNumericLiteral(node.literal)) return Number(node.literal.text);
  const query = tsc.isTypeQueryNode(node)
    ? node.exprName
    : tsc.isTypeReferenceNode(node)
      ? node.typeName
      : undefined;
  if (query !== undefined && tsc.isIdentifier(query)) {
    const v = constValue(p, query.text);
    if (v !== null && v.c !== undefined) return constNumber(v);
    const named = p.aliases.get(query.text);
    if (v === null && named !== undefined) return writtenLength(p, named.sf, named.node.type);
    if (v === null && !p.syms.has(query.text)) {
      p.diags.add(positionOf(sf, node), `unknown identifier ${query.text}`, true);
      return 1;
    }
  }
  p.diags.error(sf, node, 'array length must be a number or `typeof CONSTANT`');
  return 1;
}

function functionType(p: Program, sf: ts.SourceFile, node: ts.FunctionTypeNode): FnType {
  const params: Type[] = [];
  let variadic = false;
  for (const q of node.parameters) {
    if (q.dotDotDotToken) variadic = true;
    else if (q.type === undefined) p.diags.error(sf, q, 'parameter without a type');
    else params.push(resolveType(p, sf, q.type));
  }
  return { k: 'fn', params, variadic, ...returnType(p, sf, node.type) };
}

function returnType(p: Program, sf: ts.SourceFile, node: ts.TypeNode): { ret: Type; sleeps: boolean } {
  if (tsc.isTypeReferenceNode(node) && tsc.isIdentifier(node.typeName) && node.typeName.text === 'Sleeps') {
    const arg = node.typeArguments?.[0];
    return { ret: arg === undefined ? VOID : resolveType(p, sf, arg), sleeps: true };
  }
  return { ret: resolveType(p, sf, node), sleeps: false };
}

function queueStruct(p: Program, kind: string, elem: Type): Struct {
  const name = `${kind}<${typeName(elem)}>`;
  return p.generic(name, () => {
    const fields = new Map<string, Field>();
    const s: Struct = { name, sf: null, decl: null, fields, locks: new Map(), size: 0, align: 4, state: 2 };
    for (const f of QUEUE_STRUCTS.get(kind) ?? []) {
      fields.set(f, { name: f, type: s.size === 0 ? elem : U32, offset: s.size, lock: [], comment: '' });
      s.size += 4;
    }
    return s;
  });
}

/** Completes the signature of a function. */
export function resolveSignature(p: Program, f: FuncSym): void {
  const { sf, node } = f;
  node.parameters.forEach((q, i) => {
    if (!tsc.isIdentifier(q.name)) {
      p.diags.error(sf, q, 'unsupported: destructuring');
      return;
    }
    if (q.initializer || q.questionToken) p.diags.error(sf, q, 'unsupported: default or optional parameter');
    if (q.dotDotDotToken) {
      f.variadic = true;
      if (q.type !== undefined && resolveType(p, sf, q.type) !== VALIST)
        p.diags.error(sf, q, '...args must be va_list');
      return;
    }
    if (q.type === undefined) p.diags.error(sf, q, `parameter ${q.name.text} without a type`);
    const type = q.type === undefined ? ERROR : resolveType(p, sf, q.type);
    if (type.k === 'embed') {
      if (i === node.parameters.length - 1) f.frame = type.s;
      else
        p.diags.error(
          sf,
          q,
          `a struct by value must be the last parameter (a pointer to it is ${type.s.name})`,
        );
    } else if (type.k === 'void') {
      p.diags.error(sf, q, `a parameter cannot be ${typeName(type)}`);
    }
    f.params.push({ name: q.name.text, type });
  });
  const star = node.asteriskToken !== undefined;
  if (node.type === undefined) {
    p.diags.error(sf, node.name ?? node, `function ${f.name} without a return type`);
    f.sleeps = star;
    f.ret = ERROR;
  } else {
    Object.assign(f, returnType(p, sf, node.type));
  }
  if (isAggregate(f.ret))
    p.diags.error(sf, node.name ?? node, 'a function cannot return a struct or array by value');
  if (!f.primitive && star !== f.sleeps) {
    const what = star
      ? 'function* must return Sleeps<...>'
      : 'a function that returns Sleeps<...> must be function*';
    p.diags.error(sf, node.name ?? node, `${f.name}: ${what}`);
    f.sleeps = star;
  }
  f.type = {
    k: 'fn',
    params: f.params.map((q) => q.type),
    ret: f.ret,
    sleeps: f.sleeps,
    variadic: f.variadic,
  };
}

/** Completes a variable. */
export function resolveVariable(p: Program, v: VarSym): void {
  if (v.node.type !== undefined) v.type = resolveType(p, v.sf, v.node.type);
  else p.diags.error(v.sf, v.node, `variable ${v.name} without a type`);
  if (v.type.k === 'void' || v.type.k === 'never' || v.type.k === 'valist') {
    p.diags.error(v.sf, v.node, `variable ${v.name} cannot be ${v.type.k}`);
  }
}

export function sizeOf(p: Program, t: Type): number {
  switch (t.k) {
    case 'int':
      return t.size;
    case 'embed':
      return layout(p, t.s).size;
    case 'array':
      return t.n * sizeOf(p, t.elem);
    default:
      return 4;
  }
}

export function alignOf(p: Program, t: Type): number {
  switch (t.k) {
    case 'int':
      return Math.min(t.size, 4);
    case 'embed':
      return layout(p, t.s).align;
    case 'array':
      return alignOf(p, t.elem);
    default:
      return 4;
  }
}

export const alignUp = (n: number, a: number): number => Math.ceil(n / a) * a;

/** Computes a struct's layout, as gcc does on i386, and checks what its comments assert. */
export function layout(p: Program, s: Struct): Struct {
  if (s.state === 2 || s.decl === null || s.sf === null) return s;
  if (s.state === 1) {
    p.diags.error(s.sf, s.decl.name, `struct ${s.name} contains itself`);
    return s;
  }
  s.state = 1;
  const { sf, decl } = s;
  const doc = docComment(sf, decl);
  for (const m of doc.matchAll(/@lock[ \t]+(\S+)[ \t]*([^\n*]*)/g))
    s.locks.set(m[1] as string, (m[2] ?? '').trim());
  let offset = 0;
  for (const member of decl.members) {
    const f = field(p, s, sf, member);
    if (f === null) continue;
    const align = alignOf(p, f.type);
    f.offset = alignUp(offset, align);
    offset = f.offset + sizeOf(p, f.type);
    s.align = Math.max(s.align, align);
    const want = /^@0x([0-9a-f]+)\b/i.exec(f.comment);
    if (want !== null && Number.parseInt(want[1] as string, 16) !== f.offset) {
      p.diags.error(
        sf,
        member,
        `${s.name}.${f.name} is at 0x${f.offset.toString(16)}, not at ${want[0].slice(1)}`,
      );
    }
    if (want !== null) f.comment = f.comment.slice(want[0].length).trim();
    if (s.fields.has(f.name)) p.diags.error(sf, member, `duplicate field ${f.name}`);
    s.fields.set(f.name, f);
  }
  s.size = alignUp(offset, s.align);
  const want = /@size[ \t]+(0x[0-9a-f]+|\d+)/i.exec(doc);
  if (want !== null && Number(want[1]) !== s.size) {
    p.diags.error(
      sf,
      decl.name,
      `struct ${s.name} has ${s.size} bytes (0x${s.size.toString(16)}), not ${want[1]}`,
    );
  }
  s.state = 2;
  return s;
}

function field(p: Program, s: Struct, sf: ts.SourceFile, member: ts.TypeElement): Field | null {
  if (!tsc.isPropertySignature(member) || !tsc.isIdentifier(member.name) || member.type === undefined) {
    p.diags.error(sf, member, `unsupported in a struct: ${tsc.SyntaxKind[member.kind]}`);
    return null;
  }
  const name = member.name.text;
  if (member.questionToken) p.diags.error(sf, member, 'unsupported: optional field');
  const type = memoryType(p, sf, member.type);
  const comment = fieldComment(sf, member);
  const keys = /^\(([^)]*)\)\s*/.exec(comment);
  const lock = keys === null ? [] : (keys[1] as string).split(',').map((k) => k.trim());
  if (keys === null)
    p.diags.error(
      sf,
      member,
      `field ${s.name}.${name} has no lock key: end it with a comment "// (key) ..."`,
    );
  for (const k of lock) {
    if (!s.locks.has(k))
      p.diags.error(sf, member, `lock key (${k}) of ${s.name}.${name} is not declared with @lock`);
  }
  return { name, type, offset: 0, lock, comment: keys === null ? comment : comment.slice(keys[0].length) };
}

/**
 * The comment after the field on its line, else the one before it; without the comment signs, in one line.
 */
function fieldComment(sf: ts.SourceFile, member: ts.TypeElement): string {
  const range =
    tsc.getTrailingCommentRanges(sf.text, member.end)?.[0] ??
    tsc.getLeadingCommentRanges(sf.text, member.pos)?.at(-1);
  if (range === undefined) return '';
  return sf.text
    .slice(range.pos, range.end)
    .replace(/^\/\/|^\/\*+|\*+\/$/g, '')
    .replace(/\s*\n\s*\*?\s*/g, ' ')
    .trim();
}
