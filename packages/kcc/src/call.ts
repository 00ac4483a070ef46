import type ts from 'typescript';
import { words } from './access.js';
import * as asm from './asm.js';
import { wrongCount } from './diag.js';
import { expr } from './recursion.js';
import { type FnCx, NO_META } from './fn.js';
import { expandExpression } from './inline.js';
import { INTRINSICS, type Intrinsic } from './intrinsics.js';
import { condition, convert, negate } from './ops.js';
import type { FuncSym } from './program.js';
import { ERROR, type FnType, I32, isI64, typeName, VALIST, VOID } from './types.js';
import { ASSIGN, EFFECT, errorVal, name, par, READ, returnMark, siteMark, type Val, val } from './val.js';
import { REGISTERS, branch, held, inTemp, isTiered, settled, sleepingCall } from './frames.js';
import tsc, { unparenthesized } from './ts.js';

export const undefinedVal = (id: string): Val => ({
  ...val(ERROR, `$undef(${JSON.stringify(id)})`, EFFECT, true),
});

/** Lowers a call; `yielded` if it is the operand of yield*. */
export function call(cx: FnCx, node: ts.CallExpression, yielded: boolean, discard: boolean): Val {
  if (node.questionDotToken) cx.error(node, 'unsupported: ?.');
  const callee = unparenthesized(node.expression);
  if (!tsc.isIdentifier(callee)) return pointerCall(cx, node, expr(cx, callee), yielded, discard);
  const id = callee.text;
  const local = cx.scope.find(id);
  if (local !== undefined) return pointerCall(cx, node, local.val, yielded, discard);
  const intrinsic: Intrinsic | undefined = INTRINSICS.get(id);
  if (intrinsic !== undefined) {
    if (yielded !== (intrinsic.sleeps === true)) {
      cx.error(node, yielded ? `yield* of ${id}, which does not sleep` : `${id} needs yield*`);
    }
    return intrinsic.lower(cx, node, discard);
  }
  const macro = cx.p.macros.get(id);
  if (macro !== undefined) return functionCall(cx, node, macro, yielded, discard);
  const sym = cx.p.syms.get(id);
  if (sym?.kind === 'func') return functionCall(cx, node, sym, yielded, discard);
  if (sym !== undefined) return pointerCall(cx, node, expr(cx, callee), yielded, discard);
  const missing = expr(cx, callee);
  for (const a of node.arguments) if (!tsc.isSpreadElement(a)) expr(cx, a);
  return missing;
}

function checkYield(cx: FnCx, node: ts.Node, what: string, sleeps: boolean, yielded: boolean): void {
  if (sleeps && !yielded) cx.error(node, `may-sleep function ${what} called without yield*`);
  if (!sleeps && yielded) cx.error(node, `yield* of ${what}, which is a plain function`);
}

function functionCall(
  cx: FnCx,
  node: ts.CallExpression,
  f: FuncSym,
  yielded: boolean,
  discard: boolean,
): Val {
  checkYield(cx, node, f.name, f.sleeps, yielded);
  if (f.inline === 'expr') return expandExpression(cx, node, f);
  if (f.inline === 'stmt') {
    cx.error(node, `${f.name} is an inline function of statements: use it as a statement only`);
    return errorVal();
  }
  const type = f.type as FnType;
  cx.p.reached.add(f);
  if (f.primitive) return primitiveCall(cx, node, f, type, discard);
  return finishCall(cx, node, f, type, yielded, discard);
}

interface Args {
  vals: Val[];
  js: string[];
  /** What is spread behind them */
  rest: string[];
  eff: number;
}

/** Evaluates arguments; reports wrong number and wrong types. */
function evalArgs(cx: FnCx, node: ts.Node, nodes: readonly ts.Expression[], t: FnType, what: string): Args {
  const args: Args = { vals: [], js: [], rest: [], eff: 0 };
  const fixed = t.params.length;
  const mark = cx.pending.length;
  const given = nodes.filter((n) => !tsc.isSpreadElement(n)).length;
  if (given < fixed || (given > fixed && !t.variadic)) {
    cx.error(node, wrongCount(what, fixed, given, t.variadic));
  }
  nodes.forEach((n, i) => {
    if (tsc.isSpreadElement(n)) {
      spread(cx, n, i, t, args);
      return;
    }
    let v = held(cx, expr(cx, n), n, ...nodes.slice(i + 1));
    const want = t.params[i];
    if (want !== undefined) v = convert(cx, v, want, n, `argument ${i + 1} of ${what}`);
    else if (v.type.k === 'void' || v.type.k === 'valist')
      cx.error(n, `argument ${i + 1} of ${what} is ${typeName(v.type)}`);
    else if (v.type.k === 'bool') v = { ...val(I32, `${par(v)}?1:0`, v.eff), c: v.c };
    args.eff |= v.eff;
    args.vals.push(v);
  });
  cx.pending.length = mark;
  if (cx.form === 'user' && isTiered(cx) && (args.eff & ASSIGN) !== 0) assignEarly(cx, node, args);
  args.vals.forEach((v, i) => {
    if (t.params[i] === undefined && isI64(v.type)) pushWide(cx, v, args);
    else args.js.push(v.js);
  });
  args.js.push(...args.rest);
  return args;
}

/**
 * Before a call a program stores its locals into its frame, with which it is gone on with if whom it calls
 * has to wait (spill): what an argument assigns must be assigned by then. Arguments are evaluated in their
 * order all the same.
 */
function assignEarly(cx: FnCx, node: ts.Node, args: Args): void {
  args.vals = args.vals.map((v) =>
    v.c !== undefined || v.symbol !== null ? v : { ...inTemp(cx, v, node), eff: v.eff & ~ASSIGN },
  );
  args.eff &= ~ASSIGN;
}

function pushWide(cx: FnCx, v: Val, args: Args): void {
  if (v.simple || cx.steps) {
    const w = words(settled(cx, v, cx.func?.node as ts.Node));
    args.js.push(w.low.js, w.high.js);
    return;
  }
  const t = cx.temp();
  const w = words(name(v.type, t));
  args.js.push(`(${t}=${v.js})|0`, w.high.js);
}

function spread(cx: FnCx, n: ts.SpreadElement, i: number, t: FnType, args: Args): void {
  const v = expr(cx, n.expression);
  if (v.type !== VALIST) {
    cx.error(n, 'unsupported: spread of anything but va_list');
    return;
  }
  if (!t.variadic || i < t.params.length) {
    cx.error(n, '...args to a function that is not variadic');
    return;
  }
  args.rest.push(`...${v.js}`);
}

/** Lists the pushes of the arguments, right to left; returns their number in words. */
function listPushes(cx: FnCx, node: ts.Node, vals: Val[]): number {
  let n = 0;
  for (let i = vals.length - 1; i >= 0; i--) {
    const v = vals[i] as Val;
    const wide = isI64(v.type);
    if (v.c !== undefined && !wide) cx.insn(asm.pushImm(v.c), 'push', node);
    else if (v.symbol !== null) cx.insn(asm.pushSymbol(v.symbol, v.addend), 'push', node);
    else cx.insn(asm.pushEax(), 'push', node);
    if (wide) cx.insn(asm.pushEax(), 'push', node);
    n += wide ? 2 : 1;
  }
  // One register is for the return address.
  if (cx.form === 'user' && n >= REGISTERS)
    cx.error(node, `a call has at most ${REGISTERS - 1} words of arguments, not ${n}`);
  return n;
}

/**
 * What follows a call. With nothing to clean up it is a nop: the return address must be nobody else's place
 * to go on at.
 */
function listCleanup(cx: FnCx, node: ts.Node, n: number): void {
  const insn = asm.cleanup(n);
  if (insn !== null) cx.insn(insn, 'cleanup', node);
  else cx.insn(asm.nop(), 'other', node);
}

/** The primitive that is a trap: where its handler stands, the machine may stand. */
const TRAPPING = 'int3';

function primitiveCall(cx: FnCx, node: ts.CallExpression, f: FuncSym, type: FnType, discard: boolean): Val {
  cx.p.usePrimitive(f.name);
  const args = evalArgs(cx, node, node.arguments, type, f.name);
  const single = asm.PRIMITIVE_INSNS.get(f.name);
  const meta = { ...NO_META, text: f.name };
  let insn: number;
  if (single !== undefined) insn = cx.insn(single, 'other', node, meta);
  else {
    const n = listPushes(cx, node, args.vals);
    insn = cx.insn(asm.call(f.name), 'call', node, meta);
    listCleanup(cx, node, n);
  }
  const site = f.sleeps ? returnMark(insn) : siteMark(insn);
  const js = `${f.name}(${[...args.js, site].join(',')})`;
  return f.sleeps || (cx.form === 'checked' && cx.steps && f.name === TRAPPING)
    ? sleeping(cx, node, type, js, insn, discard)
    : result(type, js, args.eff);
}

/** The call of a may-sleep function, on a line of its own. */
function sleeping(cx: FnCx, node: ts.Node, t: FnType, call: string, insn: number, discard: boolean): Val {
  const type = t.ret.k === 'never' ? VOID : t.ret;
  const js = sleepingCall(cx, node, call, insn, discard || type.k === 'void' ? null : type);
  return isTiered(cx) ? name(type, js) : result(t, js, 0);
}

const result = (t: FnType, js: string, eff: number): Val =>
  val(t.ret.k === 'never' ? VOID : t.ret, js, eff | READ | EFFECT, true);

/** A call of a kernel function by name. */
function finishCall(
  cx: FnCx,
  node: ts.CallExpression,
  f: FuncSym,
  t: FnType,
  yielded: boolean,
  discard: boolean,
): Val {
  const what = f.name;
  const mark = cx.pending.length;
  let nodes: readonly ts.Expression[] = node.arguments;
  let frame: Val | null = null;
  let fixed = t;
  if (f.frame !== null) {
    fixed = { ...t, params: t.params.slice(0, -1) };
    const last = nodes[t.params.length - 1];
    if (last !== undefined) {
      nodes = nodes.slice(0, -1);
      const given = convert(cx, expr(cx, last), { k: 'sp', s: f.frame }, last, `argument of ${what}`);
      frame = held(cx, given, last, ...nodes);
    }
  }
  const args = evalArgs(cx, node, nodes, fixed, what);
  cx.pending.length = mark;
  const n = listPushes(cx, node, args.vals);
  const at = cx.insn(asm.call(f.name), 'call', node, { ...NO_META, text: what });
  listCleanup(cx, node, n);
  const js = `${f.name}(${[returnMark(at), ...args.js].join(',')})`;
  if (frame === null)
    return yielded || cx.steps ? sleeping(cx, node, t, js, at, discard) : result(t, js, args.eff);
  if (yielded || cx.form === 'user')
    cx.error(node, `${what} takes its frame from the stack: the machine calls it`);
  // The frame argument is where esp points while the call lasts.
  const [sp, r] = [cx.temp(), cx.temp()];
  const eff = args.eff | frame.eff;
  return result(t, `(${sp}=REG[0],REG[0]=${frame.js},${r}=${js},REG[0]=${sp},${r})`, eff);
}

function pointerCall(
  cx: FnCx,
  node: ts.CallExpression,
  callee: Val,
  yielded: boolean,
  discard: boolean,
): Val {
  const mark = cx.pending.length;
  const fv = held(cx, callee, node, ...node.arguments);
  const what = cx.textOf(node.expression);
  if (fv.type.k !== 'fn') {
    if (fv.type.k !== 'error') cx.error(node, `${what} is ${typeName(fv.type)}, not a function`);
    for (const a of node.arguments) if (!tsc.isSpreadElement(a)) expr(cx, a);
    return fv.type.k === 'error' ? fv : errorVal();
  }
  const t = fv.type;
  checkYield(cx, node, what, t.sleeps, yielded);
  const args = evalArgs(cx, node, node.arguments, t, what);
  const n = listPushes(cx, node, args.vals);
  const at = cx.insn(asm.callEax(), 'call', node, { ...NO_META, text: what });
  listCleanup(cx, node, n);
  const js =
    cx.form === 'user'
      ? `$fn(${fv.js})(${[returnMark(at), ...args.js].join(',')})`
      : `$fn(${fv.js},${siteMark(at)})(${[returnMark(at), ...args.js].join(',')})`;
  cx.pending.length = mark;
  return yielded || cx.steps ? sleeping(cx, node, t, js, at, discard) : result(t, js, args.eff | fv.eff);
}

/** KASSERT(cond, fmt, ...) as a statement. */
export function kassert(cx: FnCx, node: ts.CallExpression): void {
  const [c, ...rest] = node.arguments;
  if (c === undefined || rest.length === 0) {
    cx.error(node, 'KASSERT takes a condition and a message');
    return;
  }
  const cond = condition(cx, expr(cx, c), c);
  if (cond.c === 1) {
    cx.dryRun(() => panicCall(cx, node, rest));
    return;
  }
  const close = branch(cx, negate(cond).js, node);
  const { js } = panicCall(cx, node, rest);
  if (js !== '0') cx.line(`${js};`, node);
  close();
}

function panicCall(cx: FnCx, node: ts.CallExpression, args: readonly ts.Expression[]): Val {
  const panic = cx.p.syms.get('panic');
  if (panic?.kind !== 'func') {
    cx.missing(node, 'KASSERT needs the function panic');
    for (const a of args) expr(cx, a);
    return undefinedVal('panic');
  }
  if (panic.sleeps) cx.error(node, 'panic must be a plain function');
  cx.p.reached.add(panic);
  const t = panic.type as FnType;
  const given = evalArgs(cx, node, args, t, 'panic');
  const n = listPushes(cx, node, given.vals);
  const at = cx.insn(asm.call('panic'), 'call', node, { ...NO_META, text: 'panic' });
  listCleanup(cx, node, n);
  const js = `panic(${[returnMark(at), ...given.js].join(',')})`;
  return cx.steps ? sleeping(cx, node, t, js, at, true) : result(t, js, given.eff);
}
