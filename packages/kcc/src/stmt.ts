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
import { constant, errorVal, type Val } from './val.js';
import tsc from './ts.js';

const K = tsc.SyntaxKind;

/** Lowers one statement. */
export function statement(cx: FnCx, node: ts.Statement): void {
  switch (node.kind) {
    case K.EmptyStatement:
      return;
    case K.Block:
      block(cx, node as ts.Block);
      return;
    case K.VariableStatement:
      cx.withTemps(() => {
        for (const d of declarations(cx, (node as ts.VariableStatement).declarationList))
          cx.line(`${d};`, node);
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
      cx.line(b.label === undefined ? `${word};` : `${word} ${label(cx, b.label)};`, node);
      return;
    }
    case K.LabeledStatement: {
      const l = node as ts.LabeledStatement;
      cx.line(`${label(cx, l.label)}:`, node);
      statement(cx, l.statement);
      return;
    }
    default:
      cx.error(node, `unsupported: ${K[node.kind]}`);
  }
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

/** The JavaScript declarations of locals: `let a=0`. */
function declarations(cx: FnCx, list: ts.VariableDeclarationList): string[] {
  const flags = list.flags & tsc.NodeFlags.BlockScoped;
  if (flags !== tsc.NodeFlags.Let && flags !== tsc.NodeFlags.Const) cx.error(list, 'unsupported: var');
  const word = flags === tsc.NodeFlags.Const ? 'const' : 'let';
  return list.declarations.map((d) => {
    if (!tsc.isIdentifier(d.name)) {
      cx.error(d, 'unsupported: destructuring');
      return '';
    }
    const { type, js } = initial(cx, d, d.name);
    return `${word} ${cx.declare(d.name, type, word === 'let')}=${js}`;
  });
}

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
    const k = kassert(cx, node);
    if (k !== null && k.cond.c !== 1) cx.line(`if(${negate(k.cond).js})${k.panic.js};`, node);
    return;
  }
  cx.line(`${expr(cx, node, true).js};`, node);
}

function ifStatement(cx: FnCx, node: ts.IfStatement): void {
  const c = cx.withTemps(() => condition(cx, expr(cx, node.expression), node.expression));
  if (c.c !== undefined) {
    const [live, dead] =
      c.c !== 0 ? [node.thenStatement, node.elseStatement] : [node.elseStatement, node.thenStatement];
    if (dead !== undefined) cx.dryRun(() => cx.inScope(() => statement(cx, dead)));
    if (live !== undefined) cx.inScope(() => statement(cx, live));
    return;
  }
  cx.line(`if(${c.js}){`, node.expression);
  body(cx, node.thenStatement);
  if (node.elseStatement !== undefined) {
    cx.line('}else{', null);
    body(cx, node.elseStatement);
  }
  cx.line('}', null);
}

/** JS of the interrupt check at a loop's back edge, or ''; lists the jump. */
function backEdge(cx: FnCx, node: ts.Node, head: number): string {
  if (!cx.interruptible || cx.p.syms.get('Xintr')?.kind !== 'func') return '';
  const site = cx.site(asm.jump(head), 'other', node);
  return `REG[2]>=REG[3]&&(yield* Xintr(${site},${site}))`;
}

/** JS of the interrupt check at the entry of a may-sleep macro, or ''; a nop stands for it in the text. */
export function interruptPoll(cx: FnCx, node: ts.Node): string {
  if (!cx.interruptible || cx.p.syms.get('Xintr')?.kind !== 'func') return '';
  const site = cx.site(asm.nop(), 'other', node);
  return `if(REG[2]>=REG[3])yield* Xintr(${site},${site})`;
}

function loop(
  cx: FnCx,
  node: ts.Statement,
  init: ts.ForInitializer | null,
  cond: ts.Expression | null,
  update: ts.Expression | null,
  inner: ts.Statement,
): void {
  const start = cx.withTemps(() => initializer(cx, init));
  const head = cx.insns.length;
  const c = cond === null ? constant(BOOL, 1) : cx.withTemps(() => condition(cx, expr(cx, cond), cond));
  const at = cx.lines.length;
  cx.line('', node);
  body(cx, inner);
  const next = update === null ? '' : cx.withTemps(() => expr(cx, update, true).js);
  const check = backEdge(cx, node, head);
  const both = next !== '' && check !== '' ? `${next},${check}` : next + check;
  const line = cx.lines[at];
  if (line !== undefined) line.text += `for(${start};${c.c !== undefined && c.c !== 0 ? '' : c.js};${both}){`;
  cx.line('}', null);
}

function initializer(cx: FnCx, init: ts.ForInitializer | null): string {
  if (init === null) return '';
  if (!tsc.isVariableDeclarationList(init)) return expr(cx, init, true).js;
  const list = declarations(cx, init);
  return list.map((d, i) => (i === 0 ? d : d.replace(/^(let|const) /, ''))).join(',');
}

function doStatement(cx: FnCx, node: ts.DoStatement): void {
  const head = cx.insns.length;
  cx.line('do{', node);
  body(cx, node.statement);
  const c = cx.withTemps(() => condition(cx, expr(cx, node.expression), node.expression));
  const check = c.c === 0 ? '' : backEdge(cx, node, head);
  cx.line(check === '' ? `}while(${c.js});` : `}while((${c.js})&&((${check}),true));`, node.expression);
}

function switchStatement(cx: FnCx, node: ts.SwitchStatement): void {
  const v = cx.withTemps(() => expr(cx, node.expression));
  if (v.type.k !== 'error' && (!isInt(v.type) || isI64(v.type))) {
    cx.error(node.expression, `switch on ${typeName(v.type)}, not an integer of 32 bits`);
  }
  cx.line(`switch(${v.js}){`, node);
  cx.depth++;
  const seen = new Set<number>();
  cx.inScope(() => {
    for (const clause of node.caseBlock.clauses) {
      if (tsc.isCaseClause(clause)) cx.line(`case ${caseLabel(cx, clause, seen)}:`, clause);
      else cx.line('default:', clause);
      cx.depth++;
      for (const st of clause.statements) statement(cx, st);
      cx.depth--;
    }
  });
  cx.depth--;
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

const LEAVE = 'REG[0]=$sp;REG[1]=$obp;';

function returnStatement(cx: FnCx, node: ts.ReturnStatement): void {
  const f = cx.func as FuncSym;
  if (cx.expanding.length > 0 || f.inline === 'stmt') {
    cx.error(node, 'an inline function of statements cannot return');
    return;
  }
  const isVoid = f.ret.k === 'void' || f.ret.k === 'never';
  if (node.expression === undefined) {
    if (!isVoid && f.ret.k !== 'error') cx.error(node, `return without a value in ${f.name}`);
    cx.line(`{${LEAVE}return;}`, node);
    return;
  }
  const v = expr(cx, node.expression);
  if (isVoid) {
    if (v.type.k !== 'void' && v.type.k !== 'error') cx.error(node, `${f.name} returns void`);
    cx.line(`{${v.js};${LEAVE}return;}`, node);
    return;
  }
  const r = convert(cx, v, f.ret, node, `return value of ${f.name}`);
  if (isAggregate(r.type) && r.type.k === 'embed') cx.error(node, 'a struct cannot be returned by value');
  if (r.simple) {
    cx.line(`{${LEAVE}return ${r.js};}`, node);
    return;
  }
  cx.line(`{const $r=${r.js};${LEAVE}return $r;}`, node);
}
