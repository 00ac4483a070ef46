import type ts from 'typescript';
import * as asm from './asm.js';
import { kassert } from './call.js';
import { constExpr } from './consts.js';
import { expr } from './expr.js';
import type { FnCx } from './fn.js';
import { expandStatement } from './inline.js';
import { condition, convert, convertInt, negate } from './ops.js';
import type { FuncSym } from './program.js';
import { resolveType } from './resolve.js';
import { BOOL, I32, isAggregate, isI64, isInt, promote, type Type, typeName } from './types.js';
import { constant, errorVal, par, type Val } from './val.js';
import { guarded, isTiered, leaving, mayWait, poll, polls } from './frames.js';
import tsc from './ts.js';

const K = tsc.SyntaxKind;

/** Lowers one statement. */
export function statement(cx: FnCx, node: ts.Statement): void {
  if (cx.tier === 'resumed') guarded(cx, node, () => lowerStatement(cx, node));
  else lowerStatement(cx, node);
}

function lowerStatement(cx: FnCx, node: ts.Statement): void {
  switch (node.kind) {
    case K.EmptyStatement:
      return;
    case K.Block:
      block(cx, node as ts.Block);
      return;
    case K.VariableStatement:
      cx.withTemps(() => {
        declarations(cx, (node as ts.VariableStatement).declarationList, (d) => cx.line(`${d};`, node));
      });
      return;
    case K.ExpressionStatement:
      cx.withTemps(() => expressionStatement(cx, (node as ts.ExpressionStatement).expression));
      return;
    case K.IfStatement:
      ifStatement(cx, node as ts.IfStatement);
      return;
    case K.WhileStatement: {
      const w = node as ts.WhileStatement;
      loop(cx, w, null, w.expression, null, w.statement);
      return;
    }
    case K.ForStatement: {
      const f = node as ts.ForStatement;
      cx.inScope(() =>
        loop(cx, f, f.initializer ?? null, f.condition ?? null, f.incrementor ?? null, f.statement),
      );
      return;
    }
    case K.DoStatement:
      doStatement(cx, node as ts.DoStatement);
      return;
    case K.SwitchStatement:
      switchStatement(cx, node as ts.SwitchStatement);
      return;
    case K.ReturnStatement:
      cx.withTemps(() => returnStatement(cx, node as ts.ReturnStatement));
      return;
    case K.BreakStatement:
    case K.ContinueStatement: {
      const b = node as ts.BreakOrContinueStatement;
      const word = b.kind === K.BreakStatement ? 'break' : 'continue';
      cx.line(jump(cx, word, b.label === undefined ? null : label(cx, b.label)), node);
      return;
    }
    case K.LabeledStatement: {
      const l = node as ts.LabeledStatement;
      const id = label(cx, l.label);
      cx.line(`${id}:`, node);
      cx.pendingLabel = id;
      statement(cx, l.statement);
      return;
    }
    default:
      cx.error(node, `unsupported: ${K[node.kind]}`);
  }
}

/**
 * break or continue. Where the update of a loop is part of its body, `continue` leaves a block before that.
 */
function jump(cx: FnCx, word: string, to: string | null): string {
  if (word === 'continue' && isTiered(cx)) {
    const found = to === null ? cx.loops.at(-1) : cx.loops.findLast((l) => l.label === to);
    if (found !== undefined) return `break ${found.body};`;
  }
  return to === null ? `${word};` : `${word} ${to};`;
}

const label = (cx: FnCx, id: ts.Identifier): string =>
  cx.expanding.length > 0 ? `${id.text}$${cx.macroNumber}` : id.text;

export function block(cx: FnCx, node: ts.Block): void {
  cx.line('{', node);
  cx.depth++;
  cx.inScope(() => {
    for (const st of node.statements) statement(cx, st);
  });
  cx.depth--;
  cx.line('}', null);
}

/** A statement that is the body of another: in braces. */
function body(cx: FnCx, node: ts.Statement): void {
  cx.depth++;
  if (tsc.isBlock(node)) {
    cx.inScope(() => {
      for (const st of node.statements) statement(cx, st);
    });
  } else {
    cx.inScope(() => statement(cx, node));
  }
  cx.depth--;
}

/** The JavaScript declarations of locals, `let a=0`, one by one: an initializer may have lines of its own. */
function declarations(cx: FnCx, list: ts.VariableDeclarationList, put: (js: string) => void): void {
  const flags = list.flags & tsc.NodeFlags.BlockScoped;
  if (flags !== tsc.NodeFlags.Let && flags !== tsc.NodeFlags.Const) cx.error(list, 'unsupported: var');
  const word = flags === tsc.NodeFlags.Const ? 'const' : 'let';
  for (const d of list.declarations) {
    if (!tsc.isIdentifier(d.name)) {
      cx.error(d, 'unsupported: destructuring');
      continue;
    }
    const { type, js } = initial(cx, d, d.name);
    const id = cx.declare(d.name, type, word === 'let', word === 'const' ? roomBelow(js) : 0);
    // Among the cases of a switch it may be alive without having been declared: see switchStatement.
    const hoist = cx.inCases;
    if (hoist) cx.caseNames.push(id);
    if (hoist && !cx.hoisted.includes(id)) cx.hoisted.push(id);
    put(cx.tier === 'resumed' || hoist ? `${id}=${js}` : `${word} ${id}=${js}`);
  }
}

/** How far below ebp the room lies whose address this is ($local, $var), or 0. */
const roomBelow = (js: string): number => Number(/^\$bp-(\d+)\|0$/.exec(js)?.[1] ?? 0);

function initial(cx: FnCx, d: ts.VariableDeclaration, id: ts.Identifier): { type: Type; js: string } {
  const annotated = d.type === undefined ? null : resolveType(cx.p, cx.sf, d.type);
  if (annotated !== null && (annotated.k === 'embed' || annotated.k === 'void')) {
    cx.error(d, `local ${id.text} cannot be ${typeName(annotated)} (use $local)`);
    return { type: errorVal().type, js: '0' };
  }
  if (d.initializer === undefined) {
    if (annotated === null) cx.error(d, `local ${id.text} needs a type or an initializer`);
    return { type: annotated ?? errorVal().type, js: annotated?.k === 'bool' ? 'false' : '0' };
  }
  const v = expr(cx, d.initializer);
  if (annotated !== null) {
    return { type: annotated, js: convert(cx, v, annotated, d, `initializer of ${id.text}`).js };
  }
  if (v.type.k === 'null' || v.type.k === 'void') {
    cx.error(d, `local ${id.text} needs a type: its initializer is ${typeName(v.type)}`);
  }
  return isInt(v.type) ? { type: promote(v.type), js: v.js } : { type: v.type, js: v.js };
}

/** The inline function of statements that this expression statement expands, if it is one. */
function macroCall(cx: FnCx, node: ts.Expression): { call: ts.CallExpression; f: FuncSym } | null {
  const yielded = tsc.isYieldExpression(node) && node.asteriskToken !== undefined;
  const call = yielded ? node.expression : node;
  if (call === undefined || !tsc.isCallExpression(call) || !tsc.isIdentifier(call.expression)) return null;
  const id = call.expression.text;
  if (cx.scope.find(id) !== undefined) return null;
  const sym = cx.p.macros.get(id) ?? cx.p.syms.get(id);
  if (sym?.kind !== 'func' || sym.inline !== 'stmt') return null;
  if (yielded !== sym.sleeps) {
    cx.error(
      node,
      sym.sleeps
        ? `may-sleep function ${id} called without yield*`
        : `yield* of ${id}, which is a plain function`,
    );
  } else if (yielded && !cx.isGenerator) {
    cx.error(node, `plain function ${cx.func?.name ?? ''} contains yield*: it cannot call what may sleep`);
  }
  return { call, f: sym };
}

function expressionStatement(cx: FnCx, expression: ts.Expression): void {
  const node = tsc.isParenthesizedExpression(expression) ? expression.expression : expression;
  const macro = macroCall(cx, node);
  if (macro !== null) {
    expandStatement(cx, macro.call, macro.f);
    return;
  }
  if (tsc.isCallExpression(node) && tsc.isIdentifier(node.expression) && node.expression.text === 'KASSERT') {
    kassert(cx, node);
    return;
  }
  const { js } = expr(cx, node, true);
  if (js !== '0') cx.line(`${js};`, node);
}

/** The kernel's switch for trace points: what it guards is for onlookers and must not take time. */
const TRACE_MASK = /\bktr_mask\b/;

function ifStatement(cx: FnCx, node: ts.IfStatement): void {
  const first = cx.insns.length;
  anyIfStatement(cx, node);
  if (TRACE_MASK.test(node.expression.getText(cx.sf)))
    for (const i of cx.insns.slice(first)) i.untimed = true;
}

function anyIfStatement(cx: FnCx, node: ts.IfStatement): void {
  const e = node.expression;
  const c = cx.withTemps(() => condition(cx, expr(cx, e), e));
  if (c.c !== undefined) {
    const [live, dead] =
      c.c !== 0 ? [node.thenStatement, node.elseStatement] : [node.elseStatement, node.thenStatement];
    if (dead !== undefined) cx.dryRun(() => cx.inScope(() => statement(cx, dead)));
    if (live !== undefined) cx.inScope(() => statement(cx, live));
    return;
  }
  const at = cx.lines.length;
  cx.line('', node.expression);
  body(cx, node.thenStatement);
  const line = cx.lines[at] as { text: string };
  line.text += cx.tier === 'resumed' ? `if($k===0?${c.js}:$k<=${cx.points}){` : `if(${c.js}){`;
  if (node.elseStatement !== undefined) {
    cx.line('}else{', null);
    body(cx, node.elseStatement);
  }
  cx.line('}', null);
}

function loop(
  cx: FnCx,
  node: ts.Statement,
  init: ts.ForInitializer | null,
  cond: ts.Expression | null,
  update: ts.Expression | null,
  inner: ts.Statement,
): void {
  if (isTiered(cx)) {
    tieredLoop(cx, node, init, cond, update, inner);
    return;
  }
  const start = cx.withTemps(() => initializer(cx, init));
  const c = cond === null ? constant(BOOL, 1) : cx.withTemps(() => condition(cx, expr(cx, cond), cond));
  const at = cx.lines.length;
  cx.line('', node);
  body(cx, inner);
  const next = update === null ? '' : cx.withTemps(() => expr(cx, update, true).js);
  const line = cx.lines[at] as { text: string };
  line.text += `for(${start};${c.c !== undefined && c.c !== 0 ? '' : c.js};${next}){`;
  cx.line('}', null);
}

/** Lowers `inner` as the block that a `continue` leaves. */
function loopBody(cx: FnCx, inner: ts.Statement): void {
  const id = `$c${++cx.loopNumber}`;
  cx.loops.push({ label: cx.pendingLabel, body: id });
  cx.pendingLabel = null;
  cx.line(`${id}:{`, null);
  body(cx, inner);
  cx.line('}', null);
  cx.loops.pop();
}

/**
 * A loop with its update and its poll as statements, so that they can be suspension points; its condition,
 * too, if it may wait.
 */
function tieredLoop(
  cx: FnCx,
  node: ts.Statement,
  init: ts.ForInitializer | null,
  cond: ts.Expression | null,
  update: ts.Expression | null,
  inner: ts.Statement,
): void {
  const resumed = cx.tier === 'resumed';
  const start = cx.withTemps(() => initializer(cx, init));
  const head = cx.insns.length;
  const waits = mayWait(cx, cond ?? undefined);
  const at = cx.lines.length;
  cx.line('', node);
  const c = cond === null ? constant(BOOL, 1) : cx.withTemps(() => condition(cx, expr(cx, cond), cond));
  if (waits) cx.line(`if(${resumed ? '$k===0&&' : ''}${par(negate(c))})break;`, node);
  loopBody(cx, inner);
  if (update !== null) cx.withTemps(() => cx.line(`${expr(cx, update, true).js};`, node));
  let entry = '';
  if (polls(cx)) {
    const { resume, js } = poll(cx, cx.site(asm.jump(head), 'other', node), cx.insns.length - head);
    entry = resume;
    cx.line(js, node);
  }
  const test = waits || (c.c !== undefined && c.c !== 0) ? '' : resumed ? `$k!==0||${par(c)}` : c.js;
  const first = resumed && start !== '' ? `if($k===0){${start};}` : '';
  const line = cx.lines[at] as { text: string };
  line.text += `${first}${entry}for(${resumed ? '' : start};${test};){`;
  cx.line('}', null);
}

function initializer(cx: FnCx, init: ts.ForInitializer | null): string {
  if (init === null) return '';
  if (!tsc.isVariableDeclarationList(init)) return expr(cx, init, true).js;
  const list: string[] = [];
  declarations(cx, init, (d) => list.push(d));
  return list.map((d, i) => (i === 0 ? d : d.replace(/^(let|const) /, ''))).join(',');
}

function doStatement(cx: FnCx, node: ts.DoStatement): void {
  const head = cx.insns.length;
  const tiered = isTiered(cx);
  const at = cx.lines.length;
  cx.line(tiered ? '' : 'do{', node);
  if (tiered) loopBody(cx, node.statement);
  else body(cx, node.statement);
  const c = cx.withTemps(() => condition(cx, expr(cx, node.expression), node.expression));
  if (!tiered) {
    cx.line(`}while(${c.js});`, node.expression);
    return;
  }
  cx.line(`if(${negate(c).js})break;`, node.expression);
  let entry = '';
  if (c.c !== 0 && polls(cx)) {
    const p = poll(cx, cx.site(asm.jump(head), 'other', node), cx.insns.length - head);
    entry = p.resume;
    cx.line(p.js, node);
  }
  (cx.lines[at] as { text: string }).text += `${entry}for(;;){`;
  cx.line('}', null);
}

function switchStatement(cx: FnCx, node: ts.SwitchStatement): void {
  const v = cx.withTemps(() => expr(cx, node.expression));
  if (v.type.k !== 'error' && (!isInt(v.type) || isI64(v.type))) {
    cx.error(node.expression, `switch on ${typeName(v.type)}, not an integer of 32 bits`);
  }
  const at = cx.lines.length;
  cx.line('', node);
  cx.depth++;
  const outer = cx.caseNames;
  cx.caseNames = [];
  const seen = new Set<number>();
  /* Where a resumed tier goes: the case that the point lies in. */
  let where = '';
  cx.inScope(() => {
    for (const clause of node.caseBlock.clauses) {
      const value = tsc.isCaseClause(clause) ? caseLabel(cx, clause, seen) : null;
      cx.line(value !== null ? `case ${value}:` : 'default:', clause);
      cx.depth++;
      const before = cx.points;
      // Locals of one case are in scope in the next, which may be entered without them.
      for (const st of clause.statements) cx.within({ inCases: true }, () => statement(cx, st));
      cx.depth--;
      if (cx.points > before) where += `$k<=${cx.points}?${value ?? 'NaN'}:`;
    }
  });
  cx.depth--;
  const line = cx.lines[at] as { text: string };
  // A local of a case that was jumped over is saved with the others: what is stored must not depend on the
  // past.
  const resumed = cx.tier === 'resumed';
  const fresh = cx.caseNames.map((id) => `${id}=0;`);
  cx.caseNames = outer;
  line.text += resumed && fresh.length > 0 ? `if($k===0){${fresh.join('')}}` : fresh.join('');
  line.text += resumed ? `switch($k===0?${v.js}:${where}NaN){` : `switch(${v.js}){`;
  cx.line('}', null);
}

function caseLabel(cx: FnCx, clause: ts.CaseClause, seen: Set<number>): number {
  const v: Val = constExpr(cx.p, cx.sf, clause.expression, 'case');
  if (v.type.k === 'error') return 0;
  if (!isInt(v.type) || v.c === undefined) {
    cx.error(clause.expression, `case: ${typeName(v.type)} is not an integer constant`);
    return 0;
  }
  const n = convertInt(v, I32).c as number;
  if (seen.has(n)) cx.error(clause.expression, `duplicate case ${n}`);
  seen.add(n);
  return n;
}

function returnStatement(cx: FnCx, node: ts.ReturnStatement): void {
  const f = cx.func as FuncSym;
  if (cx.expanding.length > 0 || f.inline === 'stmt') {
    cx.error(node, 'an inline function of statements cannot return');
    return;
  }
  const isVoid = f.ret.k === 'void' || f.ret.k === 'never';
  if (node.expression === undefined) {
    if (!isVoid && f.ret.k !== 'error') cx.error(node, `return without a value in ${f.name}`);
    cx.line(`{${leaving(cx, f.ret, null)}}`, node);
    return;
  }
  const value = node.expression;
  const v = expr(cx, value);
  if (isVoid) {
    if (v.type.k !== 'void' && v.type.k !== 'error') cx.error(node, `${f.name} returns void`);
    cx.line(`{${v.js};${leaving(cx, f.ret, null)}}`, node);
    return;
  }
  const r = convert(cx, v, f.ret, node, `return value of ${f.name}`);
  if (isAggregate(r.type) && r.type.k === 'embed') cx.error(node, 'a struct cannot be returned by value');
  if (r.simple) {
    cx.line(`{${leaving(cx, f.ret, r.js)}}`, node);
    return;
  }
  cx.line(`{const $r=${r.js};${leaving(cx, f.ret, '$r')}}`, node);
}
