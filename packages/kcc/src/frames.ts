import type ts from 'typescript';
import * as asm from './asm.js';
import type { FnCx } from './fn.js';
import type { Form } from './program.js';
import { isI64, type Type, U32, wordsOf } from './types.js';
import { ENTRY_MARK, name, returnMark, siteMark, type Val, val } from './val.js';
import tsc, { unparenthesized } from './ts.js';

/*
 * Suspended functions are frames in memory. Most calls of may-sleep functions do not sleep, so f is an
 * ordinary JavaScript function, and only where it has to wait does it leave the host's stack. Two JavaScript
 * functions come of it:
 *
 *   f     the first tier: f from its beginning. Where it has to wait it stores its live locals into the scratch area of its frame on the
 *         simulated stack, and returns. REG[12] is not 0 then, so each caller up the stack does the same.
 *   f$r   the resumed tier: f from suspension point $k on, for the frame at $bp. It loads the locals that are alive there, and finds its way
 *         by skipping every statement before the point, and entering the conditions, loops and cases around
 *         it unasked.
 *
 * A suspension point is a call of a may-sleep function, an interrupt poll, or $switch and $cpupause. They are
 * numbered in the order of the text, so the points inside a statement are a range, and `$k<=last` says
 * whether to enter it. Each has a text address: the return address of the call, or the address of the poll.
 * So the return address in the frame above says where a frame goes on, and $go (output.ts) resumes a context
 * by walking its stack: f$r of the innermost frame, then, with its result, that of the one that its return
 * address leads to. Nothing of a suspended context is left in the host.
 *
 * A call may stand anywhere in an expression. What has been evaluated before it and is used after it is held:
 * put into a temporary by a line of its own, which is saved like a local.
 */
export type Tier = 'plain' | 'first' | 'resumed';

/**
 * Values of REG[12]: why lowered code leaves the host's stack. 1 and 2 are $switch and $cpupause; the others
 * are of user programs.
 */
export const WAIT_FAULT = 3;
export const WAIT_SYSCALL = 4;
export const WAIT_INTERRUPT = 5;
/** A trap other than a page fault; its number is in REG[14]. */
export const WAIT_TRAP = 6;
/** Nothing but that it goes on at REG[11], with nothing on the host's stack. */
export const WAIT_JUMP = 7;
/** The machine is to stand at a step. */
export const YIELD_STEP = 8;

/**
 * Registers of a user program for a function that has left the host's stack: what xregs of the kernel's
 * frame.h.ts has room for.
 */
export const REGISTERS = 120;

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
  /** They are in registers and not in the frame. */
  inRegisters: boolean;
  /** It is a step of the checked form: the machine can be made to stand there. */
  isStep: boolean;
  /** Its line is evaluated anew when it is gone on with. */
  again: boolean;
  /** Number of the line that can be left. */
  line: number;
}

/** May the evaluation of this node suspend the function? */
export function mayWait(cx: FnCx, node: ts.Node | undefined): boolean {
  if (node === undefined || !isTiered(cx)) return false;
  return cx.steps ? steps(cx, node) : yields(node);
}

const some = (node: ts.Node, is: (n: ts.Node) => boolean): boolean =>
  tsc.forEachChild(node, (child) => (is(child) ? true : undefined)) === true;

const yields = (node: ts.Node): boolean => tsc.isYieldExpression(node) || some(node, yields);

/** Does it access memory, call, or divide? Where that is not plain to see, it does. */
function steps(cx: FnCx, node: ts.Node): boolean {
  if (tsc.isPropertyAccessExpression(node) || tsc.isElementAccessExpression(node)) return true;
  if (tsc.isIdentifier(node))
    return cx.scope.find(node.text) === undefined && cx.p.syms.get(node.text)?.kind === 'var';
  if (tsc.isCallExpression(node)) {
    const id = tsc.isIdentifier(node.expression) ? node.expression.text : '';
    return !TOUCHES_NOTHING.has(id) || node.arguments.some((a) => steps(cx, a));
  }
  if (tsc.isBinaryExpression(node) && DIVISIONS.has(node.operatorToken.kind)) return true;
  return some(node, (child) => steps(cx, child));
}

const TOUCHES_NOTHING = new Set(
  [
    '$addr',
    '$cast',
    '$i32',
    '$int',
    '$u32',
    '$u16',
    '$u8',
    '$i64',
    '$sizeof',
    '$offsetof',
    '$idx',
    '$padd',
    '$pdiff',
  ].concat([
    '$ref',
    '$container',
    '$local',
    '$var',
    '$va',
    '$nva',
    '$ch',
    '$as',
    '$etext',
    '$edata',
    '$end',
    '$places',
    '$eplaces',
    '$ebp',
  ]),
);
const K = tsc.SyntaxKind;
const DIVISIONS = new Set<ts.SyntaxKind>([
  K.SlashToken,
  K.PercentToken,
  K.SlashEqualsToken,
  K.PercentEqualsToken,
]);

const ASSIGNMENTS = [K.FirstAssignment, K.LastAssignment] as const;

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
 * A value as it can be used after `later` has been evaluated: if that may wait, it is held in a temporary
 * until the caller takes back cx.pending. Values that cannot change stay as they are.
 */
export function held(cx: FnCx, v: Val, node: ts.Node, ...later: (ts.Node | undefined)[]): Val {
  if (!later.some((n) => mayWait(cx, n))) return v;
  if (v.type.k === 'void' || v.type.k === 'never') {
    stage(cx, `${v.js};`, node);
    return { ...v, js: '0', eff: 0 };
  }
  if (v.c !== undefined || v.symbol !== null || v.type.k === 'valist') return v;
  if (v.addr !== null && v.addr.base !== null) {
    const base = held(cx, baseOf(v), node, ...later);
    return heldPlace(v, base);
  }
  if (v.simple && cx.transients.has(v.js)) {
    cx.pending.push({ js: v.js, type: v.type });
    return v;
  }
  if (v.simple && !later.some((n) => n !== undefined && assigns(n, v.js))) return v;
  const t = inTemp(cx, v, node);
  cx.pending.push({ js: t.js, type: v.type });
  return t;
}

/** A value in a temporary, put there by a line of its own. */
export function inTemp(cx: FnCx, v: Val, node: ts.Node): Val {
  const t = cx.tempOf(v.type);
  stage(cx, `${t}=${v.js};`, node);
  return name(v.type, t);
}

/** A value that can be evaluated any number of times, with all that it takes to compute it done before. */
export const settled = (cx: FnCx, v: Val, node: ts.Node): Val =>
  v.c !== undefined || v.symbol !== null || v.simple ? v : inTemp(cx, v, node);

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
 * Opens a branch within an expression, where the lines that follow are emitted only if `condition` holds; the
 * function that it returns closes it, after what `otherwise` emits for the other case.
 */
export function branch(cx: FnCx, condition: string, node: ts.Node, otherwise?: () => void): () => void {
  const at = cx.lines.length;
  const before = cx.points;
  cx.line('', node);
  return () => {
    const inside = cx.points;
    const resumed = cx.tier === 'resumed' && (inside > before || otherwise !== undefined);
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

/** Words of a saved value, lowest first, as int32. */
export const savedWords = ({ js, type }: { js: string; type: Type }): string[] =>
  isI64(type) ? [`${js}|0`, `Math.floor(${js}/4294967296)|0`] : [type.k === 'bool' ? `${js}?1:0` : js];

/**
 * Stores what is alive here and leaves the function; it goes on at text address `at`, by evaluating `again`
 * once more, if that is given. The kernel stores into its frame. A user's stack may not be there: what runs
 * there stores into registers, which the kernel is entered with.
 */
function suspend(cx: FnCx, k: number, at: string, used = '', isStep = false): string {
  const saved = cx.savedHere(used);
  const inRegisters = cx.form === 'user';
  const again = used !== '';
  cx.suspensions.push({ k, at, saved, inRegisters, isStep, again, line: cx.lines.length });
  if (inRegisters) return `${toRegisters(saved.flatMap(savedWords))}return 0;`;
  return `${toFrame(cx, saved)
    .map(([address, word]) => `$w(${address},${word});`)
    .join('')}return 0;`;
}

/** The stores of what is saved into the frame: address and word. */
function toFrame(cx: FnCx, saved: readonly Saved[]): [string, string][] {
  return saved.flatMap((v) =>
    savedWords(v).map((w, i): [string, string] => [cx.slotAddress(v.slot - 4 * i), w]),
  );
}

/** The statements that return from the function with `value`, or with nothing. */
export function leaving(cx: FnCx, ret: Type, value: string | null): string {
  const pop = `${value === null ? '' : toldReturn(cx.form, value)}REG[0]=$sp;REG[1]=$obp;`;
  if (cx.form !== 'user' || cx.tier !== 'resumed') return `${pop}return${value === null ? '' : ` ${value}`};`;
  return `${pop}${value === null ? '' : toEax(ret, value)}REG[11]=$ra;return;`;
}

/**
 * Tells what a function returns, and from which frame, if somebody wants to know ($STEP[2]), as a statement:
 * it changes nothing in the machine.
 */
const toldReturn = (form: Form, value: string): string =>
  form === 'fast' ? '' : ofChecked(form, `if($STEP[2]!==0)hw.returned($bp,${value});`);

/** Puts a result where whoever goes on with the caller finds it. */
export function toEax(type: Type, js: string): string {
  const [low, high] = savedWords({ js, type });
  return high === undefined ? `REG[4]=${low};` : `REG[4]=${low};REG[6]=${high};`;
}

/** Stores words into the registers that hold a suspended function of a user program. */
export const toRegisters = (words: readonly string[]): string =>
  `${words.map((w, i) => `UREG[${i}]=${w};`).join('')}REG[13]=${words.length};`;

/**
 * A line that may be left before `action` and is then evaluated anew: `test` is true if it has to be left,
 * which it says only after it has entered the kernel or (in a user program) said why. In the checked form it
 * is a numbered step besides.
 * @param touched JavaScript of the address that it accesses; null: it is no step
 */
export function retried(
  cx: FnCx,
  node: ts.Node,
  insn: number,
  test: string,
  action: string,
  used = test,
  touched: string | null = '0',
): void {
  const k = ++cx.points;
  const isStep = cx.form !== 'fast' && touched !== null;
  const step = isStep ? ofChecked(cx.form, `${stepTest(siteMark(insn), touched)}||`) : '';
  const line = `if(${step}${test}){${suspend(cx, k, siteMark(insn), used, isStep)}}${action}`;
  cx.line(cx.tier === 'resumed' ? `if($k===0||$k===${k}){$k=0;${line}}` : line, node);
}

/**
 * Counts a step, and asks the machine if it has come to one that somebody waits for ($STEP[1]); true if the
 * machine is to stand here, before what is at `site` is done.
 */
const stepTest = (site: string, touched: string): string => `++$STEP[0]>=$STEP[1]&&$step(${site},${touched})`;

/**
 * What is of the checked form only. A program is lowered once, and has it as a comment, out of which
 * checkedProgram() (image.ts) takes it.
 */
export const ofChecked = (form: Form, js: string): string => (form === 'user' ? `/*?${js}?*/` : js);

/**
 * The step at the beginning of a function in the checked form, as a statement: at its address, with nothing
 * on the stack but what it was called with (in a program in registers). Of a variadic function of the kernel
 * it would not be known how far that reaches.
 */
export function entryStep(form: Form, words: readonly string[], rest: string | null): string {
  const all = rest === null ? words : [...words, `...${rest}`];
  const fits = rest === null ? '' : `${rest}.length<=${REGISTERS - words.length}&&`;
  return ofChecked(form, `if(${fits}${stepTest(ENTRY_MARK, '0')})return $enter([${all.join(',')}]);`);
}

/** What a call returned has been taken from the registers, as a statement. */
const TOOK = ofChecked('user', '$took();');

/**
 * The step before a program's system call, as a statement: all that is to be kept is in its frame.
 */
export const callStep = (site: string): string =>
  ofChecked('user', `if(${stepTest(site, '0')}){REG[13]=0;return 0;}`);

/** The statements that put back what was saved at a point. */
export function reload(cx: FnCx, point: Point): string {
  let register = 0;
  const take = cx.form === 'user' ? '$l' : '$t';
  return point.saved
    .map(({ js, type, slot }) => {
      const from = register;
      register += wordsOf(type);
      const word = (i: number): string =>
        point.inRegisters ? `UREG[${from + i}]` : `${take}(${cx.slotAddress(slot - 4 * i)})`;
      return `${js}=${loaded(type, word)};`;
    })
    .join('');
}

/** JavaScript of a value of some type, given that of its words. */
export function loaded(type: Type, word: (i: number) => string): string {
  if (isI64(type)) return `(${word(0)}>>>0)+${word(1)}*4294967296`;
  return type.k === 'bool' ? `${word(0)}!==0` : word(0);
}

/** The result of a function of a user program that was gone on with, as it comes in eax and edx. */
const inEax = (type: Type): string => loaded(type, (i) => (i === 0 ? 'REG[4]' : 'REG[6]'));

/** The call `js` of a function that may wait, on a line of its own. Returns the JavaScript of its value. */
export function sleepingCall(cx: FnCx, node: ts.Node, js: string, insn: number, type: Type | null): string {
  if (!isTiered(cx)) return js;
  const user = cx.form === 'user';
  if (user) spill(cx, node, insn, js);
  const k = ++cx.points;
  const at = returnMark(insn);
  const result = `$y${k}`;
  const to = type !== null ? `${result}=` : '';
  if (type !== null) {
    cx.results.push(result);
    cx.transients.set(result, type);
  }
  const waits = user ? left(cx, k, at) : suspend(cx, k, at);
  const leave = `if(REG[12]!==0){${waits}}`;
  if (cx.tier === 'first') cx.line(`${to}${js};${leave}`, node);
  else {
    const back = type === null ? '' : `${to}${user ? `${inEax(type)};${TOOK}` : '$val;'}`;
    cx.line(`if($k===${k}){$k=0;${back}}else if($k===0){${to}${js};${leave}}`, node);
  }
  return type !== null ? result : '0';
}

/**
 * Before a call a user program stores what it will need after it into its frame, as compiled code does with
 * what is in registers: below it on the stack there may soon be the kernel.
 */
export function spill(cx: FnCx, node: ts.Node, insn: number, used: string): void {
  const stores = toFrame(cx, cx.savedHere());
  if (stores.length === 0) return;
  const test = stores.map(([address, word]) => `$w(${address},${word},${siteMark(insn)})`).join('&&');
  retried(cx, node, insn, `!(${test})`, '', `${used},${test}`, null);
}

/** Leaves a user function whose frame has been brought up to date before. */
export function left(cx: FnCx, k: number, at: string, isStep = false): string {
  const saved = cx.savedHere();
  const point = { k, at, saved, inRegisters: false, isStep, again: false };
  cx.suspensions.push({ ...point, line: cx.lines.length });
  return 'return 0;';
}

/** $switch and $cpupause: leaves everything to the machine's loop, which `value` tells why. */
export function hostYield(cx: FnCx, node: ts.Node, value: number): string {
  if (!isTiered(cx)) return '0';
  const k = ++cx.points;
  const insn = cx.insn(asm.nop(), 'other', node);
  if (value === 1) cx.switchInsn = insn;
  const at = siteMark(insn);
  const leave = `REG[11]=${at};REG[12]=${value};${suspend(cx, k, at)}`;
  cx.line(cx.tier === 'first' ? leave : `if($k===${k})$k=0;else if($k===0){${leave}}`, node);
  return '0';
}

/** Whether polls are put in at all. */
export const polls = (cx: FnCx): boolean =>
  isTiered(cx) && (cx.form === 'user' || (cx.interruptible && cx.p.syms.get('Xintr')?.kind === 'func'));

/**
 * An interrupt poll at text address `site`, as a statement; `resume` is where a resumed tier comes in. A user
 * program is charged for the instructions of its loops there, `cycles`, as it might have no other end.
 */
export function poll(cx: FnCx, site: string, cycles: number): { resume: string; js: string } {
  const k = ++cx.points;
  const js =
    cx.form === 'user'
      ? `if((REG[2]+=${cycles})>=REG[3]){REG[11]=${site};REG[12]=${WAIT_INTERRUPT};${suspend(cx, k, site)}}`
      : `if(REG[2]>=REG[3]){Xintr(${site},${site});if(REG[12]!==0){${suspend(cx, k, site)}}}`;
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

/**
 * Has every temporary been saved wherever it is still needed? A walk from the end of the function's lines to
 * their beginning; what it finds is a defect of kcc, which would show as a wrong value in a program that has
 * to wait there.
 */
export function checkSaved(cx: FnCx): void {
  const points = new Map<number, Point[]>();
  for (const p of cx.suspensions) points.set(p.line, [...(points.get(p.line) ?? []), p]);
  const needed = new Set<string>();
  for (let i = cx.lines.length - 1; i >= 0; i--) {
    const text = (cx.lines[i] as { text: string }).text;
    const here = points.get(i) ?? [];
    const check = (p: Point, gets: string): void => {
      const lost = [...needed].find((js) => !p.saved.some((v) => v.js === js) && !gets.includes(`${js}=`));
      if (lost !== undefined)
        throw new Error(`kcc: ${cx.func?.name}: ${lost} is lost at point ${p.k}: ${text}`);
    };
    for (const p of here) check(p, text);
    const first = new Map<string, boolean>();
    for (const m of text.matchAll(/(?<![\w$])(\$y?\d+)\b(=(?!=))?/g)) {
      if (!first.has(m[1] as string)) first.set(m[1] as string, m[2] !== undefined);
    }
    for (const [js, assigned] of first) {
      if (assigned) needed.delete(js);
      else needed.add(js);
    }
    // What such a line takes is needed again.
    for (const p of here) if (p.again) check(p, '');
  }
}
