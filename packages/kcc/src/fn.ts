import type ts from 'typescript';
import type { Insn } from './asm.js';
import { type Position, positionOf } from './diag.js';
import { type Form, type FuncSym, isReservedName, type Program, type Sym } from './program.js';
import { type Type, wordsOf } from './types.js';
import type { Point, Saved, Tier } from './frames.js';
import { name, siteMark, slotMark, type Val } from './val.js';
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

/**
 * A local variable or parameter, for debuggers. Instructions are counted from the function's first behind the
 * prologue.
 */
export interface Local {
  name: string;
  type: Type;
  /**
   * Its slot in the scratch area (Saved), or 0 if it is never saved: a parameter that keeps its value where
   * it was passed.
   */
  slot: number;
  /** If not 0: its value is the address so many bytes below ebp, where a $local or $var lies. */
  below: number;
  /**
   * First instruction of the block that it is declared in, of its life, and the first behind both; -1 until
   * that is known.
   */
  block: number;
  from: number;
  to: number;
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
  /**
   * Bytes of $local and $var below ebp, and of the scratch area below those, where locals lie while the
   * function is suspended.
   */
  frame = 0;
  scratch = 0;
  depth = 1;
  private temps = 0;
  maxTemps = 0;
  expansions = 0;
  /** Number of the statement macro being expanded: its labels carry it. */
  macroNumber = 0;
  usesMemory = false;
  /** The number of the last suspension point so far, and what is known of each (frames.ts). */
  points = 0;
  suspensions: Point[] = [];
  /**
   * JavaScript names of all locals so far, and those that have a value here; results of calls that may wait.
   */
  names: string[] = [];
  live: Saved[] = [];
  /** The locals of the source with their lives, in order of declaration. */
  locals: Local[] = [];
  results: string[] = [];
  /** Values of the expression being lowered that are used after something in it has waited. */
  pending: { js: string; type: Type }[] = [];
  /**
   * Is the statement directly among the cases of a switch? Locals that are declared there, at the function's
   * top instead.
   */
  inCases = false;
  hoisted: string[] = [];
  caseNames: string[] = [];
  /** Types of temporaries ($1) and results of calls ($y1). */
  readonly transients = new Map<string, Type>();
  /** Instruction at which the function goes on after $switch. */
  switchInsn = -1;
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

  /** Is every access and every call of this function a suspension point? */
  get steps(): boolean {
    return this.tier !== 'plain' && this.form !== 'fast';
  }

  get form(): Form {
    return this.p.options.form ?? 'fast';
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

  /** A temporary that will hold a value of that type. */
  tempOf(type: Type): string {
    const t = this.temp();
    this.transients.set(t, type);
    return t;
  }

  /** Runs f; temporaries taken in it are free again afterwards. */
  withTemps<T>(f: () => T): T {
    const mark = this.temps;
    const r = f();
    this.temps = mark;
    return r;
  }

  /** Runs f with some of the state set for its time. */
  within(state: { inCases: boolean }, f: () => void): void {
    const before = this.inCases;
    this.inCases = state.inCases;
    f();
    this.inCases = before;
  }

  inScope<T>(f: () => T): T {
    this.scope = new Scope(this.scope);
    const live = this.live.length;
    const cases = this.inCases;
    const block = this.insns.length;
    const declared = this.locals.length;
    this.inCases = false;
    const r = f();
    this.inCases = cases;
    this.live.length = live;
    this.endLives(declared, block);
    this.scope = this.scope.parent as Scope;
    return r;
  }

  /**
   * A block that began at instruction `block` is over, and with it those that were declared in it, from
   * number `declared` on.
   */
  endLives(declared: number, block: number): void {
    for (const local of this.locals.slice(declared))
      if (local.to < 0) Object.assign(local, { block, to: this.insns.length });
  }

  /** Lowers something for its errors only: what it emitted is dropped. */
  dryRun(f: () => void): void {
    const insns = this.insns.length;
    const lines = this.lines.length;
    const { frame, scratch, points } = this;
    const [live, suspensions, pending] = [this.live.length, this.suspensions.length, this.pending.length];
    const [results, locals] = [this.results.length, this.locals.length];
    f();
    this.results.length = results;
    this.locals.length = locals;
    this.points = points;
    this.live.length = live;
    this.suspensions.length = suspensions;
    this.pending.length = pending;
    this.insns.length = insns;
    this.lines.length = lines;
    this.frame = frame;
    this.scratch = scratch;
  }

  /**
   * The name of the kernel that a local of that name would hide. Those of a file that was added to it are no
   * concern of the kernel's own.
   */
  private shadowed(text: string): Sym | undefined {
    const sym = this.p.syms.get(text);
    if (sym === undefined || this.form === 'user') return undefined;
    const file = sym.sf.fileName;
    return file === this.sf.fileName || this.p.options.added?.includes(file) !== true ? sym : undefined;
  }

  /**
   * A local hides a name of the kernel: the line that is at fault may be the local's, which stands here, or
   * the other one, which may be the newer.
   */
  private errorOfShadow(id: ts.Identifier, { sf, node }: Sym): void {
    const { file, line } = positionOf(sf, node.name ?? node);
    this.error(id, `${id.text} shadows a kernel name, that of ${file}:${line}`);
  }

  /**
   * Declares a local; returns its JavaScript name.
   * @param below see Local
   */
  declare(id: ts.Identifier, type: Type, mutable: boolean, below = 0): string {
    const text = id.text;
    const kernels = this.shadowed(text);
    if (this.scope.find(text) !== undefined) this.error(id, `${text} shadows another name of the function`);
    else if (kernels !== undefined) this.errorOfShadow(id, kernels);
    const inMacro = this.expanding.length > 0;
    const taken = isReservedName(text) || this.p.syms.has(text);
    const js = inMacro ? `${text}$${this.expansions}` : taken ? `${text}$` : text;
    this.scope.names.set(text, { type, val: name(type, js), mutable, text: null, field: null });
    this.hold(js, type);
    const { slot } = this.live.at(-1) as Saved;
    const from = this.insns.length;
    this.locals.push({ name: text, type, slot, below, block: -1, from, to: -1 });
    return js;
  }

  /**
   * Notes a JavaScript name that has a value from here to the end of its scope, and its place in the frame.
   */
  hold(js: string, type: Type): void {
    if (!this.names.includes(js)) this.names.push(js);
    this.live.push({ js, type, slot: this.room(this.live, type) });
  }

  /** The slot behind those of `list` for a value of some type; the scratch area grows to hold it. */
  private room(list: readonly Saved[], type: Type): number {
    const slot = (list.at(-1)?.slot ?? 0) + 4 * wordsOf(type);
    this.scratch = Math.max(this.scratch, slot);
    return slot;
  }

  /**
   * What has to be stored if the function is suspended here; `used` is text that is evaluated again when it
   * goes on.
   */
  savedHere(used = ''): Saved[] {
    const all = [...this.live];
    for (const { js, type } of [...this.pending, ...this.transientsIn(used)])
      if (!all.some((v) => v.js === js)) all.push({ js, type, slot: this.room(all, type) });
    return all;
  }

  /** JavaScript of the address of a slot; the linker knows how long the area above it is. */
  slotAddress(slot: number): string {
    return `$bp-${slotMark(slot)}|0`;
  }

  /**
   * The temporaries and results that a text uses and does not make itself: one that the text assigns before
   * it reads it is nobody's before the text runs, so there is nothing to keep while something waits in front
   * of it.
   */
  transientsIn(text: string): { js: string; type: Type }[] {
    const first = new Map<string, boolean>();
    for (const [, js, assigned] of text.matchAll(/(?<![\w$])(\$y?\d+)\b(=(?!=))?/g))
      if (js !== undefined && !first.has(js)) first.set(js, assigned !== undefined);
    const found: { js: string; type: Type }[] = [];
    for (const [js, made] of first) {
      const type = this.transients.get(js);
      if (type !== undefined && !made) found.push({ js, type });
    }
    return found;
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
