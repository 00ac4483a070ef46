import type ts from 'typescript';
import type { FnCx } from './fn.js';
import { unparenthesized } from './call.js';
import tsc from './ts.js';

/*
 * May-sleep functions in two tiers. A generator costs some 65 ns a level even if nothing sleeps, and most calls do not sleep. So
 * f becomes two JavaScript functions:
 *
 *   f$s  the first tier, an ordinary function. Where it has to wait it returns at once, and adds to the list $S (of $n) the
 *        generator that will go on from there. Each caller up the stack sees that $n is not 0 and does the same.
 *   f$r  the second tier, that generator: f from suspension point $k on, with the locals as they were. It finds its way there by
 *        skipping every statement before the point, and entering the conditions, loops and cases around it unasked.
 *
 * $resume (output.ts) hands the host what it waits for ($yv), and then runs the generators of the list, the innermost first; $val is what
 * the last one returned. So a switch costs what the frames cost that come back, however deep the stack is. A second tier calls first
 * tiers again; if one of them has to wait, it yields to $resume, which puts the new list on top.
 *
 * A suspension point is a call of a may-sleep function, an interrupt poll, or $switch and $cpupause. They are numbered in the order
 * of the text, so the points inside a statement are a range, and `$k<=last` says whether to enter it.
 *
 * A call as a point must stand where nothing with an effect has been evaluated before it in its statement, and where it is always
 * reached: it is moved to a line of its own. A function with a call elsewhere (the right side of &&, the condition of a loop) is
 * "generator only": it is lowered as a generator, and f$s starts that.
 */
export type Tier = 'plain' | 'first' | 'resumed' | 'generator';

export const firstOf = (name: string): string => `${name}$s`;
export const resumedOf = (name: string): string => `${name}$r`;

/** Does this tier split statements at suspension points? */
export const isTiered = (cx: FnCx): boolean => cx.tier === 'first' || cx.tier === 'resumed';

/** The first expression that evaluation of e comes to, if that is a yield*: it may become a line of its own. */
export function leadingYield(e: ts.Expression): ts.Node | null {
  const x = unparenthesized(e);
  if (tsc.isYieldExpression(x)) return x;
  if (tsc.isPrefixUnaryExpression(x)) return leadingYield(x.operand);
  if (tsc.isConditionalExpression(x)) return leadingYield(x.condition);
  if (tsc.isBinaryExpression(x)) {
    // What is on the left of an assignment is looked at by assign().
    return leadingYield(x.operatorToken.kind === tsc.SyntaxKind.EqualsToken ? x.right : x.left);
  }
  const intrinsic = tsc.isCallExpression(x) && tsc.isIdentifier(x.expression) && x.expression.text[0] === '$';
  if (intrinsic && x.arguments.length === 1) return leadingYield(x.arguments[0] as ts.Expression);
  return null;
}

/** Lowers the expression e of a statement: a leading yield* in it may be moved out. */
export function withLeadingYield<T>(cx: FnCx, e: ts.Expression, lower: () => T): T {
  cx.movable = isTiered(cx) ? leadingYield(e) : null;
  const r = lower();
  cx.movable = null;
  return r;
}

/** What suspends a first tier at point k. */
function suspend(cx: FnCx, k: number): string {
  const locals = cx.names.map((n) => (cx.live.includes(n) ? n : '0'));
  while (locals.at(-1) === '0') locals.pop();
  const args = [String(k), '$sp', '$obp', '$bp', ...locals].join(',');
  return `$S[$n++]=${resumedOf(cx.func?.name ?? '')}(${args});return 0;`;
}

/** The call `js` of a first tier, in the text of any tier. Returns the JavaScript of its value. */
export function sleepingCall(cx: FnCx, node: ts.Node, js: string, wanted: boolean): string {
  if (cx.tier === 'generator') {
    const t = cx.temp();
    return `(${t}=${js},$n===0?${t}:(yield* $resume()))`;
  }
  if (!isTiered(cx)) return js;
  if (!cx.atMovable) {
    cx.generatorOnly = true;
    return '0';
  }
  cx.atMovable = false;
  const k = ++cx.points;
  const to = wanted ? `$y${k}=` : '';
  if (cx.tier === 'first') {
    cx.line(`${wanted ? 'const ' : ''}${to}${js};if($n!==0){${suspend(cx, k)}}`, node);
  } else {
    if (wanted) cx.results.push(`$y${k}`);
    const call = wanted ? `${to}${js};if($n!==0){yield 0;${to}$val;}` : `${js};if($n!==0)yield 0;`;
    cx.line(`if($k===${k}){$k=0;${wanted ? `${to}$val;` : ''}}else if($k===0){${call}}`, node);
  }
  return wanted ? `$y${k}` : '0';
}

/** $switch and $cpupause: hands `value` to the host. */
export function hostYield(cx: FnCx, node: ts.Node, value: number): string {
  if (!isTiered(cx)) return `(yield ${value})`;
  if (!cx.atMovable) {
    cx.generatorOnly = true;
    return '0';
  }
  cx.atMovable = false;
  const k = ++cx.points;
  if (cx.tier === 'first') cx.line(`$yv=${value};${suspend(cx, k)}`, node);
  else cx.line(`if($k===${k})$k=0;else if($k===0)yield ${value};`, node);
  return '0';
}

/** Whether polls are put in at all. */
export const polls = (cx: FnCx): boolean => cx.interruptible && cx.p.syms.get('Xintr')?.kind === 'func';

/** An interrupt poll at text address `site`, as a statement; `resume` is where a resumed tier comes in. */
export function poll(cx: FnCx, site: string): { resume: string; js: string } {
  const call = `Xintr$s(${site},${site})`;
  if (cx.tier === 'generator')
    return { resume: '', js: `if(REG[2]>=REG[3]){${call};if($n!==0)yield* $resume();}` };
  const k = ++cx.points;
  if (cx.tier === 'first')
    return { resume: '', js: `if(REG[2]>=REG[3]){${call};if($n!==0){${suspend(cx, k)}}}` };
  return {
    resume: `if($k===${k}){$k=0;}`,
    js: `if(REG[2]>=REG[3]){${call};if($n!==0)yield 0;}`,
  };
}

/** The same as an expression, in the head of a loop of a generator-only function. */
export const pollExpression = (site: string): string =>
  `REG[2]>=REG[3]&&(Xintr$s(${site},${site}),$n!==0&&(yield* $resume()))`;

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
