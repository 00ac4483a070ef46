import type ts from 'typescript';
import { expr } from './recursion.js';
import { FnCx } from './fn.js';
import { convert } from './ops.js';
import type { ConstSym, Program } from './program.js';
import { resolveType } from './resolve.js';
import { typeName } from './types.js';
import { errorVal, type Val } from './val.js';

/** The value of a top-level constant, or null if there is none of that name. */
export function constValue(p: Program, id: string): Val | null {
  const sym = p.syms.get(id);
  return sym?.kind === 'const' ? constOf(p, sym) : null;
}

export function constOf(p: Program, sym: ConstSym): Val {
  if (sym.value !== null) return sym.value;
  if (sym.busy) {
    p.diags.error(sym.sf, sym.node, `constant ${sym.name} refers to itself`);
    return errorVal();
  }
  sym.busy = true;
  const init = sym.node.initializer;
  let v = init === undefined ? errorVal() : constExpr(p, sym.sf, init, `constant ${sym.name}`);
  if (init !== undefined && sym.node.type !== undefined) {
    const cx = new FnCx(p, null, sym.sf);
    v = convert(cx, v, resolveType(p, sym.sf, sym.node.type), init, `constant ${sym.name}`);
  }
  sym.value = v;
  sym.busy = false;
  return v;
}

/** Evaluates an expression at compile (or link) time; anything else is an error. */
export function constExpr(p: Program, sf: ts.SourceFile, node: ts.Expression, what: string): Val {
  const v = expr(new FnCx(p, null, sf), node);
  if (v.c !== undefined || v.symbol !== null || v.type.k === 'error') return v;
  p.diags.error(sf, node, `${what}: not a constant expression (${typeName(v.type)})`);
  return errorVal();
}
