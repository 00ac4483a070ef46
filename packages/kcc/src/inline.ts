import type ts from 'typescript';
import { wrongCount } from './diag.js';
import { convert } from './ops.js';
import { expr, statement } from './recursion.js';
import { type FnCx, Scope } from './fn.js';
import type { FuncSym, Param } from './program.js';
import { held, isTiered, mayWait, poll, polls, stage } from './frames.js';
import * as asm from './asm.js';
import { type Type, U32, VOID } from './types.js';
import { ASSIGN, errorVal, name, placeVal, type Val, val } from './val.js';
import tsc from './ts.js';

const isAssignment = (kind: ts.SyntaxKind): boolean =>
  kind >= tsc.SyntaxKind.FirstAssignment && kind <= tsc.SyntaxKind.LastAssignment;

/** The names that a macro's body assigns to. */
export function assignedNames(f: FuncSym): Set<string> {
  if (f.assigned !== null) return f.assigned;
  const found = new Set<string>();
  const note = (e: ts.Expression): void => {
    if (tsc.isIdentifier(e)) found.add(e.text);
  };
  const walk = (n: ts.Node): void => {
    if (tsc.isBinaryExpression(n) && isAssignment(n.operatorToken.kind)) note(n.left);
    if (tsc.isPrefixUnaryExpression(n) || tsc.isPostfixUnaryExpression(n)) note(n.operand);
    tsc.forEachChild(n, walk);
  };
  if (f.node.body !== undefined) walk(f.node.body);
  f.assigned = found;
  return found;
}

interface Argument {
  param: string;
  type: Type;
  v: Val;
  text: string;
  field: string | null;
}

/** Evaluates the arguments of a macro in the caller's scope. */
function evaluate(cx: FnCx, node: ts.CallExpression, f: FuncSym): Argument[] | null {
  const names = f.node.parameters.map((q) => (tsc.isIdentifier(q.name) ? q.name.text : ''));
  if (node.arguments.length !== names.length) {
    cx.error(node, wrongCount(f.name, names.length, node.arguments.length));
    return null;
  }
  const list: Argument[] = [];
  for (let i = 0; i < names.length; i++) {
    const a = node.arguments[i] as ts.Expression;
    const text = cx.textOf(a);
    const param = names[i] as string;
    const passed = tsc.isIdentifier(a) ? cx.scope.find(a.text)?.field : undefined;
    if (f.generic && param === 'f') {
      const field = tsc.isStringLiteral(a) ? a.text : passed;
      if (!field) cx.error(a, `${f.name}: the field is named by a string literal`);
      list.push({ param, type: VOID, v: errorVal(), text, field: field ?? '?' });
      continue;
    }
    let v = held(cx, expr(cx, a), a, ...node.arguments.slice(i + 1));
    if (!f.generic) v = convert(cx, v, (f.params[i] as Param).type, a, `argument ${i + 1} of ${f.name}`);
    if (v.type.k === 'error') return null;
    list.push({ param, type: f.generic ? v.type : (f.params[i] as Param).type, v, text, field: null });
  }
  return list;
}

/**
 * Binds the arguments to names that may be used any number of times. `hold` puts js into a new name and
 * returns it.
 */
function bind(
  cx: FnCx,
  f: FuncSym,
  list: Argument[],
  scope: Scope,
  hold: (js: string, a: Argument) => string,
): void {
  const assigned = assignedNames(f);
  const risky = list.some((a) => (a.v.eff & ASSIGN) !== 0);
  // A temporary of this statement does not outlive a wait in the body.
  const passing = (js: string): boolean => isTiered(cx) && (f.sleeps || cx.steps) && /^\$(\d|y)/.test(js);
  for (const a of list) {
    const { v, type, text, field } = a;
    const mutable = assigned.has(a.param);
    const fixed = v.c !== undefined || v.symbol !== null;
    let bound = { ...v, type };
    if (field === null && (mutable || (!fixed && (!v.simple || risky || passing(v.js))))) {
      if (!mutable && v.addr !== null && v.addr.base !== null) {
        const base = v.addr.simple && !risky && !passing(v.addr.base) ? v.addr.base : hold(v.addr.base, a);
        bound = placeVal(type, { ...v.addr, base, simple: true, eff: 0 });
      } else {
        bound = name(type, hold(v.js, a));
      }
    }
    scope.names.set(a.param, { type, val: bound, mutable, text, field });
  }
}

function enter<T>(cx: FnCx, node: ts.CallExpression, f: FuncSym, scope: Scope, body: () => T): T {
  const saved = { scope: cx.scope, sf: cx.sf, macroAt: cx.macroAt, interruptible: cx.interruptible };
  cx.macroAt = cx.position(node);
  cx.scope = scope;
  cx.sf = f.sf;
  cx.interruptible = cx.interruptible && f.sleeps;
  cx.expanding.push(f);
  const r = body();
  cx.expanding.pop();
  Object.assign(cx, saved);
  return r;
}

function recursive(cx: FnCx, node: ts.Node, f: FuncSym): boolean {
  if (!cx.expanding.includes(f) && cx.func !== f) return false;
  cx.error(node, `inline function ${f.name} calls itself`);
  return true;
}

/** Substitutes a macro whose body is `return expression`. */
export function expandExpression(cx: FnCx, node: ts.CallExpression, f: FuncSym): Val {
  if (recursive(cx, node, f)) return errorVal();
  const body = (f.node.body as ts.Block).statements[0] as ts.ReturnStatement;
  const waits = mayWait(cx, body);
  const mark = cx.pending.length;
  const list = evaluate(cx, node, f);
  cx.pending.length = mark;
  if (list === null) return { ...errorVal(), type: f.generic ? errorVal().type : f.ret };
  const scope = new Scope(null);
  let before = '';
  let eff = 0;
  cx.expansions++;
  bind(cx, f, list, scope, (js, a) => {
    if (waits) {
      const t = cx.tempOf(a.type);
      stage(cx, `${t}=${js};`, node);
      cx.pending.push({ js: t, type: a.type });
      return t;
    }
    const t = cx.temp();
    before += `${t}=${js},`;
    eff |= a.v.eff;
    return t;
  });
  const r = enter(cx, node, f, scope, () => {
    const v = expr(cx, body.expression as ts.Expression);
    return f.generic ? v : convert(cx, v, f.ret, body, `return value of ${f.name}`);
  });
  cx.pending.length = mark;
  if (before === '') return r;
  // Of a place the distance stays apart: it is folded into the operand, as where the base is in a temporary.
  if (r.addr !== null && r.addr.base !== null) {
    const addr = { ...r.addr, base: `(${before}${r.addr.base})`, simple: false, eff: eff | r.addr.eff };
    return placeVal(r.type, addr);
  }
  return val(r.type, `(${before}${r.js})`, eff | r.eff, true);
}

/** Substitutes a macro of statements, as a block. */
export function expandStatement(cx: FnCx, node: ts.CallExpression, f: FuncSym): void {
  if (recursive(cx, node, f)) return;
  const mark = cx.pending.length;
  const list = evaluate(cx, node, f);
  cx.pending.length = mark;
  if (list === null) return;
  const scope = new Scope(null);
  const n = ++cx.expansions;
  const live = cx.live.length;
  const [declared, block] = [cx.locals.length, cx.insns.length];
  const resumed = cx.tier === 'resumed';
  cx.line('{', node);
  cx.depth++;
  bind(cx, f, list, scope, (js, a) => {
    const id = `${a.param}$${n}`;
    const word = assignedNames(f).has(a.param) ? 'let' : 'const';
    cx.line(resumed ? `if($k===0)${id}=${js};` : `${word} ${id}=${js};`, node);
    cx.hold(id, a.type.k === 'void' ? U32 : a.type);
    return id;
  });
  if (f.sleeps && cx.expanding.length === 0) {
    if (polls(cx)) {
      const { resume, js } = poll(cx, cx.site(asm.nop(), 'other', node), 0);
      cx.line(resumed ? `${resume}else if($k===0){${js}}` : js, node);
    }
  }
  const outer = cx.macroNumber;
  cx.macroNumber = n;
  enter(cx, node, f, scope, () => {
    for (const st of (f.node.body as ts.Block).statements) statement(cx, st);
  });
  cx.macroNumber = outer;
  cx.live.length = live;
  cx.endLives(declared, block);
  cx.depth--;
  cx.line('}', node);
}
