import type ts from 'typescript';
import type { Insn } from './asm.js';
import { type Position, positionOf } from './diag.js';
import { type FuncSym, isReservedName, type Program } from './program.js';
import type { Type } from './types.js';
import type { Tier } from './tiers.js';
import { name, siteMark, type Val } from './val.js';
import tsc from './ts.js';

/** What a site is about, for the listing. */
export interface Meta {
  /** The lvalue as written, e.g. `fs.first_object.paging_in_progress`. */
  text: string;
  struct: string;
  field: string;
}
export const NO_META: Meta = { text: '', struct: '', field: '' };

export type SiteKind =
  | 'load'
  | 'store'
  | 'rmw'
  | 'call'
  | 'push'
  | 'cleanup'
  | 'prologue'
  | 'epilogue'
  | 'other';

/** One listed instruction of a function. */
export interface SiteInsn extends Insn {
  kind: SiteKind;
  position: Position;
  disp: number;
  width: number;
  meta: Meta;
  /** Takes no virtual time: part of a trace point */
  untimed?: boolean;
}

export interface Line {
  text: string;
  position: Position | null;
}

/** What a name means inside a function. */
export interface Binding {
  type: Type;
  val: Val;
  mutable: boolean;
  /** For a parameter of an expanded macro: the argument as written. */
  text: string | null;
  /** For the field parameter of a queue macro: the field's name. */
  field: string | null;
}

export class Scope {
  readonly names = new Map<string, Binding>();
  constructor(readonly parent: Scope | null) {}
  find(id: string): Binding | undefined {
    return this.names.get(id) ?? this.parent?.find(id);
  }
}

/** The state of lowering one function (or, with `func` null, of evaluating a constant expression). */
export class FnCx {
  insns: SiteInsn[] = [];
  lines: Line[] = [];
  scope = new Scope(null);
  sf: ts.SourceFile;
  /** Inside a macro: where it was used, which is where its sites belong. */
  macroAt: Position | null = null;
  expanding: FuncSym[] = [];
  /** Loops here are places where an interrupt may be taken. */
  interruptible: boolean;
  /** Bytes of $local and $var below ebp, and of the scratch area. */
  frame = 0;
  scratch = 0;
  depth = 1;
  private temps = 0;
  maxTemps = 0;
  expansions = 0;
  /** Number of the statement macro being expanded: its labels carry it. */
  macroNumber = 0;
  usesMemory = false;
  /** The number of the last suspension point so far (tiers.ts). */
  points = 0;
  /** JavaScript names of all locals so far, and of those that have a value here; results of moved calls. */
  names: string[] = [];
  live: string[] = [];
  results: string[] = [];
  /** The yield* of the statement being lowered that may be moved out of it, and whether its call is what is lowered now. */
  movable: ts.Node | null = null;
  atMovable = false;
  /** Set if a call stands where it cannot be a suspension point. */
  generatorOnly = false;
  /** Loops around, innermost last: their label, and the block that `continue` leaves. */
  loops: { label: string | null; body: string }[] = [];
  loopNumber = 0;
  /** The label just before the loop to come. */
  pendingLabel: string | null = null;

  constructor(
    readonly p: Program,
    readonly func: FuncSym | null,
    sf: ts.SourceFile,
    readonly tier: Tier = 'plain',
  ) {
    this.sf = sf;
    this.interruptible = func?.sleeps === true && !func.name.startsWith('Xintr');
  }

  get isGenerator(): boolean {
    return this.func?.sleeps === true;
  }

  error(node: ts.Node, message: string): void {
    if (this.macroAt !== null && this.expanding.at(-1)?.generic) this.p.diags.add(this.macroAt, message);
    else this.p.diags.error(this.sf, node, message);
  }

  missing(node: ts.Node, message: string): void {
    this.p.diags.add(positionOf(this.sf, node), message, true);
  }

  position(node: ts.Node): Position {
    return this.macroAt ?? positionOf(this.sf, node);
  }

  /** Adds a listed instruction and returns its number. */
  insn(i: Insn, kind: SiteKind, node: ts.Node, meta: Meta = NO_META, disp = 0, width = 0): number {
    const { bytes, text, reloc } = i;
    this.insns.push({ bytes, text, reloc, kind, position: this.position(node), disp, width, meta });
    return this.insns.length - 1;
  }

  site(i: Insn, kind: SiteKind, node: ts.Node, meta: Meta = NO_META, disp = 0, width = 0): string {
    return siteMark(this.insn(i, kind, node, meta, disp, width));
  }

  line(text: string, node: ts.Node | null): void {
    this.lines.push({
      text: `${' '.repeat(this.depth)}${text}`,
      position: node === null ? null : this.position(node),
    });
  }

  temp(): string {
    this.temps++;
    if (this.temps > this.maxTemps) this.maxTemps = this.temps;
    return `$${this.temps}`;
  }

  /** Runs f; temporaries taken in it are free again afterwards. */
  withTemps<T>(f: () => T): T {
    const mark = this.temps;
    const r = f();
    this.temps = mark;
    return r;
  }

  inScope<T>(f: () => T): T {
    this.scope = new Scope(this.scope);
    const live = this.live.length;
    const r = f();
    this.live.length = live;
    this.scope = this.scope.parent as Scope;
    return r;
  }

  /** Lowers something for its errors only: what it emitted is dropped. */
  dryRun(f: () => void): void {
    const insns = this.insns.length;
    const lines = this.lines.length;
    const { frame, scratch, points } = this;
    const live = this.live.length;
    const movable = this.movable;
    f();
    this.movable = movable;
    this.points = points;
    this.live.length = live;
    this.insns.length = insns;
    this.lines.length = lines;
    this.frame = frame;
    this.scratch = scratch;
  }

  /** Declares a local; returns its JavaScript name. */
  declare(id: ts.Identifier, type: Type, mutable: boolean): string {
    const text = id.text;
    if (this.scope.find(text) !== undefined) this.error(id, `${text} shadows another name of the function`);
    else if (this.p.syms.has(text)) this.error(id, `${text} shadows a kernel name`);
    const inMacro = this.expanding.length > 0;
    const js = inMacro ? `${text}$${this.expansions}` : isReservedName(text) ? `${text}$` : text;
    this.scope.names.set(text, { type, val: name(type, js), mutable, text: null, field: null });
    this.scratch += 4;
    this.hold(js);
    return js;
  }

  /** Notes a JavaScript name that has a value from here to the end of its scope. */
  hold(js: string): void {
    if (!this.names.includes(js)) this.names.push(js);
    this.live.push(js);
  }

  /** Source text of an expression, macro parameters replaced by their arguments. */
  textOf(node: ts.Node): string {
    if (tsc.isIdentifier(node)) {
      const b = this.scope.find(node.text);
      return b?.text ?? b?.field ?? node.text;
    }
    if (tsc.isParenthesizedExpression(node)) return this.textOf(node.expression);
    if (tsc.isPropertyAccessExpression(node)) return `${this.textOf(node.expression)}.${node.name.text}`;
    if (tsc.isElementAccessExpression(node)) {
      const arg = node.argumentExpression;
      const b = tsc.isIdentifier(arg) ? this.scope.find(arg.text) : undefined;
      if (b !== undefined && b.field !== null) return `${this.textOf(node.expression)}.${b.field}`;
      return `${this.textOf(node.expression)}[${this.textOf(arg)}]`;
    }
    const text = node.getText(this.sf).replace(/\s+/g, ' ');
    return text.length > 60 ? `${text.slice(0, 57)}...` : text;
  }
}
