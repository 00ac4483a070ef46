import type ts from 'typescript';
import { unparenthesized } from './call.js';
import * as asm from './asm.js';
import type { FnCx } from './fn.js';
import { isI64, type Type, U32 } from './types.js';
import { name, returnMark, siteMark, type Val, val } from './val.js';
import tsc from './ts.js';

/*
 * Suspended functions are frames in memory. Most calls of may-sleep functions do not sleep, so f is an ordinary JavaScript function,
 * and only where it has to wait does it leave the host's stack. Two JavaScript functions come of it:
 *
 *   f     the first tier: f from its beginning. Where it has to wait it stores its live locals into the scratch area of its frame on the
 *         simulated stack, and returns. REG[12] is not 0 then, so each caller up the stack does the same.
 *   f$r   the resumed tier: f from suspension point $k on, for the frame at $bp. It loads the locals that are alive there, and finds its way
 *         by skipping every statement before the point, and entering the conditions, loops and cases around it unasked.
 *
 * A suspension point is a call of a may-sleep function, an interrupt poll, or $switch and $cpupause. They are numbered in the order of the
 * text, so the points inside a statement are a range, and `$k<=last` says whether to enter it. Each has a text address: the return
 * address of the call, or the address of the poll. So the return address in the frame above says where a frame goes on, and $go
 * (output.ts) resumes a context by walking its stack: f$r of the innermost frame, then, with its result, that of the one that its return
 * address leads to. Nothing of a suspended context is left in the host.
 *
 * A call may stand anywhere in an expression. What has been evaluated before it and is used after it is held: put into a temporary
 * by a line of its own, which is saved like a local.
 */
export type Tier = 'plain' | 'first' | 'resumed';

export const resumedOf = (name: string): string => `${name}$r`;

/** Does this tier have suspension points? */
export const isTiered = (cx: FnCx): boolean => cx.tier !== 'plain';

/** What is stored of a suspended function: a JavaScript variable, at ebp - offset. */
export interface Saved {
  js: string;
  type: Type;
  /** Distance below ebp of its lowest word, without the area of $local and $var. */
  slot: number;
}

/** Where a suspended function can go on. */
export interface Point {
  k: number;
  /** Mark of its text address. */
  at: string;
  saved: Saved[];
}

/** Words that a value takes in a frame. */
export const wordsOf = (t: Type): number => (isI64(t) ? 2 : 1);

/** May the evaluation of this node suspend the function? */
export function mayWait(node: ts.Node | undefined): boolean {
  if (node === undefined) return false;
  if (tsc.isYieldExpression(node)) return true;
  return tsc.forEachChild(node, (child) => (mayWait(child) ? true : undefined)) === true;
}

const ASSIGNMENTS = [tsc.SyntaxKind.FirstAssignment, tsc.SyntaxKind.LastAssignment] as const;

/** Does this node assign to the local of that name? */
function assigns(node: ts.Node, id: string): boolean {
  const is = (e: ts.Expression): boolean => {
    const x = unparenthesized(e);
    return tsc.isIdentifier(x) && x.text === id;
  };
  if (tsc.isBinaryExpression(node)) {
    const kind = node.operatorToken.kind;
    if (kind >= ASSIGNMENTS[0] && kind <= ASSIGNMENTS[1] && is(node.left)) return true;
  }
  if ((tsc.isPrefixUnaryExpression(node) || tsc.isPostfixUnaryExpression(node)) && is(node.operand))
    return true;
  return tsc.forEachChild(node, (child) => (assigns(child, id) ? true : undefined)) === true;
}

/** A line of the evaluation of an expression: on the way to a later point it is skipped. */
export function stage(cx: FnCx, text: string, node: ts.Node): void {
  cx.line(cx.tier === 'resumed' ? `if($k===0){${text}}` : text, node);
}

/**
 * A value as it can be used after `later` has been evaluated: if that may wait, it is held in a temporary until the caller takes back
 * cx.pending. Values that cannot change stay as they are.
 */
export function held(cx: FnCx, v: Val, node: ts.Node, ...later: (ts.Node | undefined)[]): Val {
  if (!isTiered(cx) || !later.some(mayWait)) return v;
  if (v.type.k === 'void' || v.type.k === 'never') {
    stage(cx, `${v.js};`, node);
    return { ...v, js: '0', eff: 0 };
  }
  if (v.c !== undefined || v.symbol !== null || v.type.k === 'valist') return v;
  if (v.addr !== null && v.addr.base !== null) {
    const base = held(cx, baseOf(v), node, ...later);
    return heldPlace(v, base);
  }
  if (v.simple && cx.isResult(v.js)) {
    cx.pending.push({ js: v.js, type: v.type });
    return v;
  }
  if (v.simple && !later.some((n) => n !== undefined && assigns(n, v.js))) return v;
  const t = cx.temp();
  stage(cx, `${t}=${v.js};`, node);
  cx.pending.push({ js: t, type: v.type });
  return { ...name(v.type, t) };
}

/** The base of a place, as a value. */
const baseOf = (v: Val): Val => {
  const { base, simple, eff } = v.addr as NonNullable<Val['addr']>;
  return { ...val(U32, base as string, eff, true), simple };
};

function heldPlace(v: Val, base: Val): Val {
  const addr = { ...(v.addr as NonNullable<Val['addr']>), base: base.js, simple: true, eff: 0 };
  const js =
    addr.disp === 0 ? base.js : addr.disp < 0 ? `${base.js}-${-addr.disp}|0` : `${base.js}+${addr.disp}|0`;
  return { ...v, js, atom: addr.disp === 0, simple: addr.disp === 0, eff: 0, addr };
}

/**
 * Opens a branch within an expression, where the lines that follow are emitted only if `condition` holds; the function that it returns
 * closes it, after what `otherwise` emits for the other case.
 */
export function branch(cx: FnCx, condition: string, node: ts.Node, otherwise?: () => void): () => void {
  const at = cx.lines.length;
  cx.line('', node);
  const resumed = cx.tier === 'resumed';
  return () => {
    const inside = cx.points;
    if (otherwise !== undefined) {
      cx.line('}else{', null);
      otherwise();
    }
    cx.line(resumed ? '}}' : '}', null);
    const line = cx.lines[at] as { text: string };
    line.text += resumed
      ? `if($k<=${cx.points}){if($k===0?${condition}:$k<=${inside}){`
      : `if(${condition}){`;
  };
}

/** Stores what is alive here and leaves the function; it goes on at text address `at`. */
function suspend(cx: FnCx, k: number, at: string): string {
  const saved = cx.savedHere();
  cx.suspensions.push({ k, at, saved });
  const stores = saved.map(({ js, type, slot }) => {
    const low = type.k === 'bool' ? `${js}?1:0` : isI64(type) ? `${js}|0` : js;
    const store = `$w(${cx.slotAddress(slot)},${low});`;
    return isI64(type) ? `${store}$w(${cx.slotAddress(slot - 4)},Math.floor(${js}/4294967296)|0);` : store;
  });
  return `${stores.join('')}return 0;`;
}

/** The statement that puts the local of a saved variable back. */
export function reload(cx: FnCx, { js, type, slot }: Saved): string {
  return `${js}=${loaded(type, (word) => cx.slotAddress(slot - 4 * word))};`;
}

/** JavaScript of a value of some type that lies in the words at the addresses that `at` gives. */
export function loaded(type: Type, at: (word: number) => string): string {
  if (isI64(type)) return `($l(${at(0)})>>>0)+$l(${at(1)})*4294967296`;
  return type.k === 'bool' ? `$l(${at(0)})!==0` : `$l(${at(0)})`;
}

/** The call `js` of a may-sleep function, on a line of its own. Returns the JavaScript of its value. */
export function sleepingCall(cx: FnCx, node: ts.Node, js: string, insn: number, wanted: boolean): string {
  if (!isTiered(cx)) return js;
  const k = ++cx.points;
  const at = returnMark(insn);
  const to = wanted ? `$y${k}=` : '';
  if (wanted) cx.results.push(`$y${k}`);
  const leave = `if(REG[12]!==0){${suspend(cx, k, at)}}`;
  if (cx.tier === 'first') cx.line(`${to}${js};${leave}`, node);
  else {
    const back = wanted ? `${to}$val;` : '';
    cx.line(`if($k===${k}){$k=0;${back}}else if($k===0){${to}${js};${leave}}`, node);
  }
  return wanted ? `$y${k}` : '0';
}

/** $switch and $cpupause: leaves everything to the machine's loop, which `value` tells why. */
export function hostYield(cx: FnCx, node: ts.Node, value: number): string {
  if (!isTiered(cx)) return '0';
  const k = ++cx.points;
  separate(cx, node);
  const insn = cx.insn(asm.nop(), 'other', node);
  if (value === 1) cx.switchInsn = insn;
  const at = siteMark(insn);
  const leave = `REG[11]=${at};REG[12]=${value};${suspend(cx, k, at)}`;
  cx.line(cx.tier === 'first' ? leave : `if($k===${k})$k=0;else if($k===0){${leave}}`, node);
  return '0';
}

/** Whether polls are put in at all. */
export const polls = (cx: FnCx): boolean => cx.interruptible && cx.p.syms.get('Xintr')?.kind === 'func';

/** Keeps the address of the next instruction apart from the return address of a call just before it, or the function's entry. */
export function separate(cx: FnCx, node: ts.Node): void {
  const last = cx.insns.at(-1);
  if (last === undefined || last.kind === 'call') cx.insn(asm.nop(), 'other', node);
}

/** An interrupt poll at text address `site`, as a statement; `resume` is where a resumed tier comes in. */
export function poll(cx: FnCx, site: string): { resume: string; js: string } {
  const k = ++cx.points;
  const js = `if(REG[2]>=REG[3]){Xintr(${site},${site});if(REG[12]!==0){${suspend(cx, k, site)}}}`;
  return { resume: cx.tier === 'resumed' ? `if($k===${k}){$k=0;}` : '', js };
}

/** Lowers a statement of a resumed tier so that it is skipped on the way to a point behind it. */
export function guarded(cx: FnCx, node: ts.Node, lower: () => void): void {
  const at = cx.lines.length;
  const before = cx.points;
  cx.line('', node);
  lower();
  const guard = cx.points === before ? 'if($k===0){' : `if($k<=${cx.points}){`;
  const line = cx.lines[at];
  if (line !== undefined) line.text += guard;
  cx.line('}', null);
}
