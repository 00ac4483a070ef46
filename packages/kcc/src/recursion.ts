import type ts from 'typescript';
import type { Target } from './expr.js';
import type { FnCx } from './fn.js';
import type { Program } from './program.js';
import type { Val } from './val.js';

/**
 * What lowers whatever stands inside of something: an expression within a call, a statement within a macro, a constant within a type. Calls,
 * intrinsics, macros and types ask for it here, and so need not know the files that know them.
 */
export interface Lowering {
  expr(cx: FnCx, node: ts.Expression, discard?: boolean): Val;
  operands(cx: FnCx, left: ts.Expression, right: ts.Expression): [Val, Val];
  target(cx: FnCx, node: ts.Expression): Target | null;
  statement(cx: FnCx, node: ts.Statement): void;
  constValue(p: Program, id: string): Val | null;
}

/** Lowers an expression (expr.ts). @param discard nobody wants its value */
export const expr: Lowering['expr'] = (cx, node, discard) => cx.p.lowering.expr(cx, node, discard);
/** Two operands, the left one held if the right one may wait. */
export const operands: Lowering['operands'] = (cx, left, right) => cx.p.lowering.operands(cx, left, right);
/** What an lvalue denotes; null after an error. */
export const target: Lowering['target'] = (cx, node) => cx.p.lowering.target(cx, node);
/** Lowers a statement (stmt.ts). */
export const statement: Lowering['statement'] = (cx, node) => cx.p.lowering.statement(cx, node);
/** The value of a top-level constant, or null if there is none of that name (consts.ts). */
export const constValue: Lowering['constValue'] = (p, id) => p.lowering.constValue(p, id);
