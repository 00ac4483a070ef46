import type ts from 'typescript';
import { parseSource } from './deep.js';
import { Diagnostics, type Position, positionOf } from './diag.js';
import type { FnType, Struct, Type } from './types.js';
import type { Val } from './val.js';
import tsc from './ts.js';
import type { Lowering } from './recursion.js';

export interface Param {
  name: string;
  type: Type;
}

export interface FuncSym {
  kind: 'func';
  name: string;
  sf: ts.SourceFile;
  node: ts.FunctionDeclaration;
  params: Param[];
  ret: Type;
  sleeps: boolean;
  variadic: boolean;
  /** Expression macro, statement macro or neither. */
  inline: 'expr' | 'stmt' | null;
  /** A primitive of the machine (`declare function`). */
  primitive: boolean;
  /** A queue macro: parameters take the types of their arguments. */
  generic: boolean;
  /** The last parameter is a struct by value: it lies at the caller's esp. */
  frame: Struct | null;
  type: FnType | null;
  /** It asks where it will return to ($retaddr): its calls are in the table of places. */
  asksPlace: boolean;
  /** Names assigned to in the body (filled on demand, for inline expansion). */
  assigned: Set<string> | null;
  position: Position;
}

export interface VarSym {
  kind: 'var';
  name: string;
  sf: ts.SourceFile;
  node: ts.VariableDeclaration;
  type: Type;
  segment: 'data' | 'bss';
  /** What its doc comment says after "Locks:", in one line; '': it says nothing. */
  locks: string;
  position: Position;
}

export interface ConstSym {
  kind: 'const';
  name: string;
  sf: ts.SourceFile;
  node: ts.VariableDeclaration;
  value: Val | null;
  busy: boolean;
  position: Position;
}

export type Sym = FuncSym | VarSym | ConstSym;

export interface AliasSym {
  sf: ts.SourceFile;
  node: ts.TypeAliasDeclaration;
  resolved: Type | null;
  busy: boolean;
}

/**
 * What the lowered code is for. `fast`: the kernel, whose plain functions run to their end. `checked`: the
 * kernel, with every access and call a place where it can be left. `user`: a program in user space, any
 * access of which may fault and wait.
 */
export type Form = 'fast' | 'checked' | 'user';

export interface Options {
  /** `fast` unless given */
  form?: Form;
  /** Bytes of the scratch area by function, where they are to be those of another form. */
  scratch?: ReadonlyMap<string, number>;
  /** Only what these functions need is lowered; everything unless given. */
  roots?: readonly string[];
  /** Lower a use of an undefined name to a call of hw.undefined_symbol(name). */
  allowUndefined?: boolean;
  /** Replace a function with errors by one that calls hw.undefined_symbol(name). */
  allowErrors?: boolean;
  /**
   * Paths of files that are no part of the kernel's own: locals of the kernel's functions may be called like
   * what is in them.
   */
  added?: readonly string[];
  /** Paths of files whose functions replace those of the same name. */
  patches?: readonly string[];
}

/** What a piece of the program asks for while it is lowered, in order. */
export interface Uses {
  /** Names that were looked up, found or not */
  names: Set<string>;
  strings: Set<string>;
  primitives: Set<string>;
  generics: Map<string, Struct>;
}

const noUses = (): Uses => ({
  names: new Set(),
  strings: new Set(),
  primitives: new Set(),
  generics: new Map(),
});

/** A name space that can tell which names were looked up. */
class Names<T> extends Map<string, T> {
  asked: Set<string> | null = null;

  override get(name: string): T | undefined {
    this.asked?.add(name);
    return super.get(name);
  }

  override has(name: string): boolean {
    this.asked?.add(name);
    return super.has(name);
  }
}

/** Numbers of C strings, the same for all programs of a process. */
const stringNumbers = new Map<string, number>();

/** Everything that is known about the program as a whole: one flat name space over all files. */
export class Program {
  readonly diags = new Diagnostics();
  readonly files: ts.SourceFile[] = [];
  readonly syms = new Names<Sym>();
  readonly structs = new Map<string, Struct>();
  readonly aliases = new Map<string, AliasSym>();
  /** Functions that say `@indivisible`: file, first and last line. */
  readonly indivisible: [file: string, first: number, last: number][] = [];
  /** The queue macros. */
  readonly macros = new Map<string, FuncSym>();
  /** Instances such as TAILQ_HEAD<proc>. */
  readonly generics = new Map<string, Struct>();
  /**
   * Functions and variables that what has been lowered so far refers to, in the order in which they were met.
   */
  readonly reached = new Set<Sym>();
  readonly strings = new Map<string, number>();
  readonly usedPrimitives = new Set<string>();
  /** What is being lowered uses this, if anybody wants to know. */
  private uses: Uses | null = null;

  /** @param lowering what lowers inner parts (recursion.ts) */
  constructor(
    readonly options: Options,
    readonly lowering: Lowering,
  ) {}

  /** Interns a C string; its symbol is what stands for its address until link time. */
  intern(text: string): string {
    let n = stringNumbers.get(text);
    if (n === undefined) {
      n = stringNumbers.size;
      stringNumbers.set(text, n);
    }
    this.strings.set(text, n);
    this.uses?.strings.add(text);
    return stringSymbol(n);
  }

  /** A primitive of the machine is called, or its address taken. */
  usePrimitive(name: string): void {
    this.usedPrimitives.add(name);
    this.uses?.primitives.add(name);
  }

  /** An instance of a generic struct, made when it is first named. */
  generic(name: string, make: () => Struct): Struct {
    const s = this.generics.get(name) ?? make();
    this.generics.set(name, s);
    this.uses?.generics.set(name, s);
    return s;
  }

  /** Lowers something, and tells what it asked for. */
  watched<T>(lower: () => T): { value: T; uses: Uses } {
    const uses = noUses();
    this.uses = uses;
    this.syms.asked = uses.names;
    try {
      return { value: lower(), uses };
    } finally {
      this.uses = null;
      this.syms.asked = null;
    }
  }

  /** As if what was lowered before were lowered again. */
  use({ strings, primitives, generics }: Uses): void {
    for (const text of strings) this.intern(text);
    for (const name of primitives) this.usePrimitive(name);
    for (const [name, s] of generics) this.generic(name, () => s);
  }
}

/** What stands for the address of a C string, by its number. */
export const stringSymbol = (n: number): string => `.LC${n}`;

/** The text of the doc comment just before a declaration, or ''. */
export function docComment(sf: ts.SourceFile, node: ts.Node): string {
  const ranges = tsc.getLeadingCommentRanges(sf.text, node.pos);
  const last = ranges?.[ranges.length - 1];
  if (last === undefined) return '';
  const text = sf.text.slice(last.pos, last.end);
  return text.startsWith('/**') ? text : '';
}

/** The sentence of a doc comment that begins with "Locks:", without the word and the full stop. */
function locksOf(doc: string): string {
  const text = doc.replace(/\n[ \t]*\*[ \t]?/g, ' ').replace(/\s+/g, ' ');
  return (/\bLocks: (.*?)(?:\. |\.? ?\*\/)/.exec(text)?.[1] ?? '').trim();
}

const has = (node: ts.Node, kind: ts.SyntaxKind): boolean =>
  tsc.canHaveModifiers(node) && (tsc.getModifiers(node)?.some((m) => m.kind === kind) ?? false);

/** Parses one file and enters its declarations. */
export function addFile(p: Program, path: string, text: string): void {
  const { sf, tooDeep } = parsed(path, text);
  p.files.push(sf);
  if (tooDeep !== undefined) p.diags.tooDeep(tooDeep);
  const broken = (sf as unknown as { parseDiagnostics: ts.DiagnosticWithLocation[] }).parseDiagnostics;
  for (const d of broken) {
    const at = sf.getLineAndCharacterOfPosition(d.start);
    const message = tsc.flattenDiagnosticMessageText(d.messageText, ' ');
    p.diags.syntax({ file: path, line: at.line + 1, column: at.character + 1 }, message);
  }
  for (const st of sf.statements) declare(p, sf, st);
}

/** Files as they were last parsed: the programs of user space share most of theirs. */
const parsedFiles = new Map<string, ReturnType<typeof parseSource>>();

function parsed(path: string, text: string): ReturnType<typeof parseSource> {
  const known = parsedFiles.get(path);
  if (known?.sf.text === text) return known;
  const file = parseSource(path, text);
  parsedFiles.set(path, file);
  return file;
}

function declare(p: Program, sf: ts.SourceFile, st: ts.Statement): void {
  if (tsc.isImportDeclaration(st) || st.kind === tsc.SyntaxKind.EmptyStatement) return;
  if (tsc.isInterfaceDeclaration(st)) {
    declareStruct(p, sf, st);
    return;
  }
  if (tsc.isTypeAliasDeclaration(st)) {
    if (!typeNameFree(p, sf, st.name)) return;
    p.aliases.set(st.name.text, { sf, node: st, resolved: null, busy: false });
    return;
  }
  if (tsc.isFunctionDeclaration(st)) {
    declareFunction(p, sf, st);
    return;
  }
  if (tsc.isVariableStatement(st)) {
    declareVariables(p, sf, st);
    return;
  }
  p.diags.error(sf, st, `unsupported at top level: ${tsc.SyntaxKind[st.kind]}`);
}

function typeNameFree(p: Program, sf: ts.SourceFile, name: ts.Identifier): boolean {
  if (!p.structs.has(name.text) && !p.aliases.has(name.text)) return true;
  p.diags.error(sf, name, `duplicate type name ${name.text}`);
  return false;
}

function declareStruct(p: Program, sf: ts.SourceFile, node: ts.InterfaceDeclaration): void {
  if (!typeNameFree(p, sf, node.name)) return;
  const heritage = node.heritageClauses?.flatMap((h) => h.types) ?? [];
  const base = heritage[0]?.expression;
  if (heritage.length !== 1 || base === undefined || !tsc.isIdentifier(base) || base.text !== 'struct') {
    p.diags.error(sf, node.name, `interface ${node.name.text} must extend struct`);
  }
  if (node.typeParameters) p.diags.error(sf, node.name, 'unsupported: type parameters of a struct');
  const name = node.name.text;
  p.structs.set(name, {
    name,
    sf,
    decl: node,
    fields: new Map(),
    locks: new Map(),
    size: 0,
    align: 1,
    state: 0,
  });
}

const RESERVED_NAMES =
  /^(MEM8|MEM16|MEM32|TLBR|TLBW|REG|rmiss|wmiss|kpush|hw|FT|UREG|Math|KASSERT|eval|arguments|Infinity|NaN|undefined)$|^\$/;
export const isReservedName = (name: string): boolean => RESERVED_NAMES.test(name);

function enter(p: Program, sf: ts.SourceFile, name: ts.Identifier, sym: Sym): void {
  const old = p.syms.get(sym.name);
  const patch = p.options.patches?.includes(sf.fileName) === true && sym.kind === 'func';
  if (old !== undefined && !(patch && old.kind === 'func' && old.sf !== sf)) {
    p.diags.error(
      sf,
      name,
      `duplicate global name ${sym.name} (also in ${old.position.file}:${old.position.line})`,
    );
    return;
  }
  if (isReservedName(sym.name) || p.macros.has(sym.name))
    p.diags.error(sf, name, `reserved name ${sym.name}`);
  p.syms.set(sym.name, sym);
}

function declareFunction(p: Program, sf: ts.SourceFile, node: ts.FunctionDeclaration): void {
  if (node.name === undefined) {
    p.diags.error(sf, node, 'a function needs a name');
    return;
  }
  const sym = functionSym(sf, node, node.name.text);
  if (has(node, tsc.SyntaxKind.AsyncKeyword)) p.diags.error(sf, node.name, 'unsupported: async');
  if (node.typeParameters) p.diags.error(sf, node.name, 'unsupported: type parameters of a function');
  if (/@indivisible\b/.test(docComment(sf, node)))
    p.indivisible.push([
      sf.fileName,
      positionOf(sf, node).line,
      sf.getLineAndCharacterOfPosition(node.end).line + 1,
    ]);
  enter(p, sf, node.name, sym);
}

export function functionSym(sf: ts.SourceFile, node: ts.FunctionDeclaration, name: string): FuncSym {
  const inline = /@inline\b/.test(docComment(sf, node));
  const only = node.body?.statements.length === 1 ? node.body.statements[0] : undefined;
  const isExpr = only !== undefined && tsc.isReturnStatement(only) && only.expression !== undefined;
  return {
    kind: 'func',
    name,
    sf,
    node,
    params: [],
    ret: { k: 'void' },
    sleeps: false,
    variadic: false,
    inline: inline ? (isExpr ? 'expr' : 'stmt') : null,
    primitive: has(node, tsc.SyntaxKind.DeclareKeyword) || node.body === undefined,
    generic: false,
    asksPlace: false,
    frame: null,
    type: null,
    assigned: null,
    position: positionOf(sf, node.name ?? node),
  };
}

function declareVariables(p: Program, sf: ts.SourceFile, st: ts.VariableStatement): void {
  const isConst = (st.declarationList.flags & tsc.NodeFlags.BlockScoped) === tsc.NodeFlags.Const;
  const isLet = (st.declarationList.flags & tsc.NodeFlags.BlockScoped) === tsc.NodeFlags.Let;
  if (!isConst && !isLet) p.diags.error(sf, st, 'unsupported: var');
  const locks = locksOf(docComment(sf, st));
  for (const d of st.declarationList.declarations) {
    if (!tsc.isIdentifier(d.name)) {
      p.diags.error(sf, d, 'unsupported: destructuring');
      continue;
    }
    const name = d.name.text;
    const position = positionOf(sf, d.name);
    if (isConst) {
      enter(p, sf, d.name, { kind: 'const', name, sf, node: d, value: null, busy: false, position });
    } else {
      const segment = d.initializer === undefined ? 'bss' : 'data';
      const type: Type = { k: 'error' };
      enter(p, sf, d.name, { kind: 'var', name, sf, node: d, type, segment, locks, position });
    }
  }
}
