import type ts from 'typescript';
import { words } from './access.js';
import * as asm from './asm.js';
import type { Position } from './diag.js';
import { constValue } from './consts.js';
import { expr, operands, target } from './expr.js';
import type { Lowering } from './recursion.js';
import { FnCx, type Line, type Local, NO_META, type SiteInsn } from './fn.js';
import { checkJumps } from './jumps.js';
import { convert } from './ops.js';
import type { FuncSym, Program } from './program.js';
import { alignUp } from './resolve.js';
import { statement } from './stmt.js';
import { isI64, U32, VALIST, wordsOf } from './types.js';
import { assignedNames } from './inline.js';
import {
  checkSaved,
  entryStep,
  leaving,
  loaded,
  type Point,
  poll,
  polls,
  reload,
  resumedOf,
  type Tier,
} from './frames.js';
import { ENTRY_MARK, name, placeVal } from './val.js';
import tsc from './ts.js';

/** A lowered function: its JavaScript (with marks for addresses) and its instructions. */
/** All of lowering, for its own recursion. */
export const LOWERING: Lowering = { expr, operands, target, statement, constValue };

export interface LoweredFunction {
  func: FuncSym;
  lines: Line[];
  prologue: SiteInsn[];
  body: SiteInsn[];
  /** Bytes below ebp: before the first slot of the scratch area, and in all. */
  frame: number;
  locals: number;
  scratch: number;
  /** Where it can go on after it was suspended. */
  points: Point[];
  /** Its parameters, in order, then its other locals. */
  variables: Local[];
  /** Instruction of the body at which it goes on after $switch, or -1. */
  switchInsn: number;
}

/** Lowers a function; an inline one only to find its errors. */
export function lowerFunction(p: Program, f: FuncSym): LoweredFunction | null {
  const before = p.diags.hardCount;
  const two = f.inline === null && (f.sleeps || (p.options.form ?? 'fast') !== 'fast');
  const cx = lowerBody(p, f, two ? 'first' : 'plain');
  for (const st of f.node.body?.statements ?? []) checkJumps(cx, st);
  if (f.inline !== null) return null;
  if (p.options.allowErrors && p.diags.hardCount > before) return stub(p, f);
  const lowered = finish(cx, f);
  if (two) {
    checkSaved(cx);
    const resumed = lowerBody(p, f, 'resumed');
    if (resumed.insns.length !== cx.insns.length || resumed.points !== cx.points)
      throw new Error(`kcc: the two tiers of ${f.name} differ`);
    lowered.lines.push(...resumedLines(resumed, f));
  }
  return lowered;
}

function lowerBody(p: Program, f: FuncSym, tier: Tier): FnCx {
  const cx = new FnCx(p, f, f.sf, tier);
  bindParameters(cx, f);
  const statements = f.node.body?.statements ?? [];
  if (f.inline === 'expr') {
    const ret = statements[0] as ts.ReturnStatement;
    const v = expr(cx, ret.expression as ts.Expression);
    convert(cx, v, f.ret, ret, `return value of ${f.name}`);
    return cx;
  }
  if (f.inline === null && polls(cx)) {
    const at = f.node.name ?? f.node;
    const { resume, js } = poll(cx, cx.site(asm.nop(), 'other', at), 0);
    cx.line(resume !== '' ? resume : js, at);
  }
  for (const st of statements) statement(cx, st);
  return cx;
}

function bindParameters(cx: FnCx, f: FuncSym): void {
  // How far the variable arguments reach.
  if (f.variadic && cx.tier !== 'plain') cx.hold('$sp', U32);
  f.node.parameters.forEach((q, i) => {
    if (!tsc.isIdentifier(q.name)) return;
    const type = q.dotDotDotToken ? VALIST : (f.params[i]?.type ?? VALIST);
    if (type.k === 'embed') {
      cx.declare(q.name, type, false);
      const at = { base: '$sp', simple: true, symbol: null, disp: 0, eff: 0 };
      const v = placeVal({ k: 'sp', s: type.s }, at);
      cx.scope.names.set(q.name.text, { type: v.type, val: v, mutable: false, text: null, field: null });
      cx.names.pop();
      cx.live.pop();
      (cx.locals.at(-1) as Local).slot = 0;
    } else {
      cx.declare(q.name, type, true);
      // Where its argument lies it keeps its value, unless it is assigned to.
      if (type !== VALIST && assignedNames(f).has(q.name.text)) return;
      cx.live.pop();
      (cx.locals.at(-1) as Local).slot = 0;
    }
  });
  cx.scratch = cx.live.at(-1)?.slot ?? 0;
}

function listed(_cx: FnCx, i: asm.Insn, kind: SiteInsn['kind'], position: Position): SiteInsn {
  return { ...i, kind, position, disp: 0, width: 0, meta: NO_META };
}

interface Words {
  js: string[];
  /** Words of the fixed arguments. */
  count: number;
  rest: string | null;
}

/** The words of the arguments as they lie on the stack, lowest address first. */
function argumentWords(cx: FnCx, f: FuncSym): Words {
  const out: Words = { js: [], count: 0, rest: null };
  for (const q of f.node.parameters) {
    const b = tsc.isIdentifier(q.name) ? cx.scope.names.get(q.name.text) : undefined;
    if (b === undefined || b.type.k === 'embed' || b.val.js === '$sp') continue;
    if (b.type === VALIST) out.rest = b.val.js;
    else if (isI64(b.type)) {
      const w = words(name(b.type, b.val.js));
      out.js.push(w.low.js, w.high.js);
      // V8 would take a bare name for any number, and go through a double.
    } else out.js.push(b.type.k === 'bool' ? `${b.val.js}?1:0` : `${b.val.js}|0`);
  }
  out.count = out.js.length;
  return out;
}

/**
 * JavaScript that puts saved ebp, return address and arguments on the simulated stack. Where that is a
 * user's, the page may not be there: then the function has not begun, and will be entered again with what it
 * was called with.
 */
function pushFrame(cx: FnCx, w: Words): string[] {
  const all = ['$obp', '$ra|0', ...w.js];
  if (cx.form === 'user') return pushUserFrame(w, all);
  if (w.rest !== null) {
    return [
      `const $sp=REG[0],$obp=REG[1],$bp=$sp-${8 + 4 * w.count}-(${w.rest}.length<<2)|0;`,
      `kpush(${ENTRY_MARK},$bp,[${[...all, `...${w.rest}`].join(',')}]);`,
    ];
  }
  const size = 8 + 4 * w.count;
  const stores = all.map((js, i) => `MEM32[${i === 0 ? '$T' : `$T+${i}`}]=${js};`).join('');
  return [
    `const $sp=REG[0],$obp=REG[1],$bp=$sp-${size}|0;`,
    `if(($bp&4095)<=${4096 - size}&&($T=TLBW[$bp>>>12])>=0){$T=($T|$bp&4095)>>>2;${stores}}` +
      `else kpush(${ENTRY_MARK},$bp,[${all.join(',')}]);`,
  ];
}

function pushUserFrame(w: Words, all: readonly string[]): string[] {
  const size = 8 + 4 * w.count;
  const rest = w.rest === null ? '' : `-(${w.rest}.length<<2)`;
  const head = `const $sp=REG[0],$obp=REG[1],$bp=$sp-${size}${rest}|0;`;
  const stores = all.map((js, i) => `MEM32[${i === 0 ? '$T' : `$T+${i}`}]=${js};`).join('');
  const words = w.rest === null ? all : [...all, `...${w.rest}`];
  const slow = `if(!$push(${ENTRY_MARK},$bp,[${words.join(',')}]))return 0;`;
  if (w.rest !== null) return [head, slow];
  return [
    head,
    `if($bp>$lim&&($bp&4095)<=${4096 - size}&&($T=TLBW[$bp>>>12])>=0){$T=($T|$bp&4095)>>>2;${stores}}else ${slow}`,
  ];
}

/** The names of the parameters in JavaScript, without the trap frame that lies on the stack. */
const parameterNames = (cx: FnCx, f: FuncSym): string[] =>
  f.node.parameters
    .map((q) => (tsc.isIdentifier(q.name) ? { q, b: cx.scope.names.get(q.name.text) } : null))
    .filter((x) => x?.b !== undefined && x.b.val.js !== '$sp')
    .map((x) => `${x?.q.dotDotDotToken ? '...' : ''}${x?.b?.val.js}`);

const temporaries = (cx: FnCx): string =>
  Array.from({ length: cx.maxTemps }, (_, i) => `,$${i + 1}=0`).join('');

/** The end of a function's JavaScript: what a body that runs to its end returns. */
function ending(cx: FnCx, f: FuncSym): Line[] {
  const last = f.node.body?.statements.at(-1);
  const lines: Line[] = [{ text: '}', position: null }];
  if (last !== undefined && tsc.isReturnStatement(last)) return lines;
  const none = f.ret.k === 'bool' ? 'false' : f.ret.k === 'void' || f.ret.k === 'never' ? null : '0';
  return [{ text: ` ${leaving(cx, f.ret, none)}`, position: endPosition(f) }, ...lines];
}

function finish(cx: FnCx, f: FuncSym): LoweredFunction {
  const at = f.position;
  const frame = alignUp(cx.frame, 4);
  const scratch = cx.p.options.scratch?.get(f.name) ?? cx.scratch;
  if (scratch < cx.scratch) throw new Error(`kcc: the frames of ${f.name} differ between the forms`);
  const locals = frame + scratch;
  const prologue = asm.prologue(locals).map((i) => listed(cx, i, 'prologue', at));
  const body = [...cx.insns, ...asm.epilogue().map((i) => listed(cx, i, 'epilogue', endPosition(f)))];
  const cost = Math.max(8, prologue.length + body.filter((i) => i.untimed !== true).length);
  const params = ['$ra', ...parameterNames(cx, f)].join(',');
  const results = cx.results.map((n) => `,${n}=0`).join('');
  const hoisted = cx.hoisted.map((n) => `,${n}=0`).join('');
  const arguments_ = argumentWords(cx, f);
  const entry =
    cx.form === 'user' || (cx.form === 'checked' && !f.variadic)
      ? [entryStep(cx.form, ['$ra|0', ...arguments_.js], arguments_.rest)]
      : [];
  const lines: Line[] = [
    { text: `function ${f.name}(${params}){`, position: at },
    { text: ` let $A=0,$T=0,$V=0${temporaries(cx)}${results}${hoisted};`, position: at },
    ...entry.map((text) => ({ text: ` ${text}`, position: at })),
    ...pushFrame(cx, arguments_).map((text) => ({ text: ` ${text}`, position: at })),
    { text: ` REG[1]=$bp;REG[0]=$bp-${locals}|0;REG[2]+=${cost};`, position: at },
    ...cx.lines,
    ...ending(cx, f),
  ];
  cx.endLives(0, 0);
  const { suspensions: points, locals: variables, switchInsn } = cx;
  return { func: f, lines, prologue, body, frame, locals, scratch, points, variables, switchInsn };
}

/** The resumed tier: it finds everything in the frame at $bp. */
function resumedLines(cx: FnCx, f: FuncSym): Line[] {
  const at = f.position;
  const saved = new Set(cx.suspensions.flatMap((s) => s.saved.map((v) => v.js)));
  const args = argumentPlaces(cx, f);
  const inFrame = new Set(args.loads.map((a) => a.js));
  const locals = cx.names.filter((n) => !inFrame.has(n) && n !== '$sp').map((n) => `,${n}=0`);
  const results = cx.results.map((n) => `,${n}=0`).join('');
  const top = f.variadic ? '' : `,$sp=$bp+${args.bytes}|0`;
  const user = cx.form === 'user';
  const lines = [
    `function ${resumedOf(f.name)}($k,$bp${user ? '' : ',$val'}){`,
    ` let $A=0,$T=0,$V=0${temporaries(cx)}${locals.join('')}${results}${f.variadic ? ',$sp=0' : ''};`,
    ` let $obp=$l($bp)${cx.steps ? ',$ra=$l($bp+4|0)' : ''}${top};`,
    ...args.loads.filter((a) => !saved.has(a.js) && !a.rest).map((a) => ` let ${a.js}=${a.load};`),
    ...args.loads.filter((a) => saved.has(a.js)).map((a) => ` let ${a.js}=0;`),
    ...reloads(cx),
    ...args.loads.filter((a) => a.rest).map((a) => ` const ${a.js}=${a.load};`),
    // What is to be read back may not be there: then this has not begun, and will be tried again.
    ...(user ? [' if(REG[12]!==0)return;'] : []),
  ];
  return [...lines.map((text) => ({ text, position: at })), ...cx.lines, ...ending(cx, f)];
}

/** Puts back what was saved at the point, for points that saved the same together. */
function reloads(cx: FnCx): string[] {
  const groups = new Map<string, number[]>();
  for (const point of cx.suspensions) {
    const js = reload(cx, point);
    if (js !== '') groups.set(js, [...(groups.get(js) ?? []), point.k]);
  }
  if (groups.size === 0) return [];
  const cases = [...groups].map(([js, ks]) => `${ks.map((k) => `case ${k}:`).join('')}${js}break;`);
  return [` switch($k){${cases.join('')}}`];
}

interface ArgumentPlaces {
  loads: { js: string; load: string; rest: boolean }[];
  /** From ebp to behind the fixed arguments. */
  bytes: number;
}

/** How the parameters are read back from the frame. */
function argumentPlaces(cx: FnCx, f: FuncSym): ArgumentPlaces {
  const out: ArgumentPlaces = { loads: [], bytes: 8 };
  for (const q of f.node.parameters) {
    const b = tsc.isIdentifier(q.name) ? cx.scope.names.get(q.name.text) : undefined;
    if (b === undefined || b.val.js === '$sp') continue;
    const { js } = b.val;
    const from = out.bytes;
    if (b.type === VALIST) {
      out.loads.push({ js, load: `$words($bp+${from}|0,$sp)`, rest: true });
      continue;
    }
    out.loads.push({ js, load: loaded(b.type, (word) => `$l($bp+${from + 4 * word}|0)`), rest: false });
    out.bytes += 4 * wordsOf(b.type);
  }
  return out;
}

function endPosition(f: FuncSym): Position {
  const at = f.sf.getLineAndCharacterOfPosition(Math.max(0, f.node.end - 1));
  return { file: f.sf.fileName, line: at.line + 1, column: at.character + 1 };
}

/** What stands for a function with errors. */
function stub(p: Program, f: FuncSym): LoweredFunction {
  const cx = new FnCx(p, f, f.sf);
  const text = `function ${f.name}(){return $undef(${JSON.stringify(`${f.name} (errors)`)});}`;
  return {
    func: f,
    lines: [{ text, position: f.position }],
    prologue: asm.prologue(0).map((i) => listed(cx, i, 'prologue', f.position)),
    body: asm.epilogue().map((i) => listed(cx, i, 'epilogue', f.position)),
    frame: 0,
    locals: 0,
    scratch: 0,
    points: [],
    variables: [],
    switchInsn: -1,
  };
}
