import type ts from 'typescript';
import { words } from './access.js';
import * as asm from './asm.js';
import type { Position } from './diag.js';
import { expr } from './expr.js';
import { FnCx, type Line, NO_META, type SiteInsn } from './fn.js';
import { checkJumps } from './jumps.js';
import { convert } from './ops.js';
import type { FuncSym, Program } from './program.js';
import { alignUp } from './resolve.js';
import { statement } from './stmt.js';
import { isI64, VALIST } from './types.js';
import { firstOf, poll, polls, resumedOf, type Tier } from './tiers.js';
import { BODY_MARK, ENTRY_MARK, name, placeVal } from './val.js';
import tsc from './ts.js';

/** A lowered function: its JavaScript (with marks for addresses) and its instructions. */
export interface LoweredFunction {
  func: FuncSym;
  lines: Line[];
  prologue: SiteInsn[];
  body: SiteInsn[];
}

/** Lowers a function; an inline one only to find its errors. */
export function lowerFunction(p: Program, f: FuncSym): LoweredFunction | null {
  const before = p.diags.hardCount;
  const two = f.sleeps && f.inline === null;
  let cx = lowerBody(p, f, two ? 'first' : 'plain');
  for (const st of f.node.body?.statements ?? []) checkJumps(cx, st);
  if (cx.generatorOnly && two) cx = lowerBody(p, f, 'generator');
  if (f.inline !== null) return null;
  if (p.options.allowErrors && p.diags.hardCount > before) return stub(p, f);
  const lowered = finish(cx, f);
  if (cx.tier === 'first') {
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
    const { resume, js } = poll(cx, BODY_MARK);
    cx.line(resume !== '' ? resume : js, f.node.name ?? f.node);
  }
  for (const st of statements) statement(cx, st);
  return cx;
}

function bindParameters(cx: FnCx, f: FuncSym): void {
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
    } else {
      cx.declare(q.name, type, true);
    }
  });
  cx.scratch = 0;
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

/** JavaScript that puts saved ebp, return address and arguments on the simulated stack. */
function pushFrame(w: Words): string[] {
  const all = ['$obp', '$ra|0', ...w.js];
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

/** The names of the parameters in JavaScript, without the trap frame that lies on the stack. */
const parameterNames = (cx: FnCx, f: FuncSym): string[] =>
  f.node.parameters
    .map((q) => (tsc.isIdentifier(q.name) ? { q, b: cx.scope.names.get(q.name.text) } : null))
    .filter((x) => x?.b !== undefined && x.b.val.js !== '$sp')
    .map((x) => `${x?.q.dotDotDotToken ? '...' : ''}${x?.b?.val.js}`);

const temporaries = (cx: FnCx): string =>
  Array.from({ length: cx.maxTemps }, (_, i) => `,$${i + 1}=0`).join('');

/** The end of a function's JavaScript: what a body that runs to its end returns. */
function ending(f: FuncSym): Line[] {
  const last = f.node.body?.statements.at(-1);
  const lines: Line[] = [{ text: '}', position: null }];
  if (last !== undefined && tsc.isReturnStatement(last)) return lines;
  const none = f.ret.k === 'bool' ? ' false' : f.ret.k === 'void' || f.ret.k === 'never' ? '' : ' 0';
  return [{ text: ` REG[0]=$sp;REG[1]=$obp;return${none};`, position: endPosition(f) }, ...lines];
}

function finish(cx: FnCx, f: FuncSym): LoweredFunction {
  const at = f.position;
  const locals = alignUp(cx.frame, 4) + cx.scratch;
  const prologue = asm.prologue(locals).map((i) => listed(cx, i, 'prologue', at));
  const body = [...cx.insns, ...asm.epilogue().map((i) => listed(cx, i, 'epilogue', endPosition(f)))];
  const cost = Math.max(8, prologue.length + body.filter((i) => i.untimed !== true).length);
  const params = ['$ra', ...parameterNames(cx, f)].join(',');
  const head =
    cx.tier === 'generator'
      ? `function* ${f.name}`
      : `function ${cx.tier === 'first' ? firstOf(f.name) : f.name}`;
  const lines: Line[] = [
    { text: `${head}(${params}){`, position: at },
    { text: ` let $A=0,$T=0,$V=0${temporaries(cx)};`, position: at },
    ...pushFrame(argumentWords(cx, f)).map((text) => ({ text: ` ${text}`, position: at })),
    { text: ` REG[1]=$bp;REG[0]=$bp-${locals}|0;REG[2]+=${cost};`, position: at },
    ...cx.lines,
    ...ending(f),
  ];
  if (cx.tier !== 'plain') lines.push({ text: otherEntry(cx.tier, f.name, params), position: at });
  return { func: f, lines, prologue, body };
}

/** The entry of a may-sleep function that its body is not: the generator for the host, or the first tier. */
function otherEntry(tier: Tier, name: string, params: string): string {
  if (tier === 'generator') return `function ${firstOf(name)}(${params}){return $start(${name}(${params}));}`;
  const call = `const $r=${firstOf(name)}(${params});`;
  return `function* ${name}(${params}){${call}return $n===0?$r:yield* $resume();}`;
}

/** The second tier: all locals are parameters, so that a first tier can hand over those that it has. */
function resumedLines(cx: FnCx, f: FuncSym): Line[] {
  const at = f.position;
  const params = ['$k', '$sp', '$obp', '$bp', ...cx.names].join(',');
  const results = cx.results.map((n) => `,${n}=0`).join('');
  return [
    { text: `function* ${resumedOf(f.name)}(${params}){`, position: at },
    { text: ` let $A=0,$T=0,$V=0${temporaries(cx)}${results};`, position: at },
    ...cx.lines,
    ...ending(f),
  ];
}

function endPosition(f: FuncSym): Position {
  const at = f.sf.getLineAndCharacterOfPosition(Math.max(0, f.node.end - 1));
  return { file: f.sf.fileName, line: at.line + 1, column: at.character + 1 };
}

/** What stands for a function with errors. */
function stub(p: Program, f: FuncSym): LoweredFunction {
  const cx = new FnCx(p, f, f.sf);
  const body = `(){return $undef(${JSON.stringify(`${f.name} (errors)`)});}`;
  const text = f.sleeps
    ? `function* ${f.name}${body}function ${firstOf(f.name)}${body}`
    : `function ${f.name}${body}`;
  return {
    func: f,
    lines: [{ text, position: f.position }],
    prologue: asm.prologue(0).map((i) => listed(cx, i, 'prologue', f.position)),
    body: asm.epilogue().map((i) => listed(cx, i, 'epilogue', f.position)),
  };
}
