import type ts from 'typescript';
import * as asm from './asm.js';
import { wrongCount } from './diag.js';
import { displaced, pointee, write } from './access.js';
import { expr } from './recursion.js';
import { type FnCx, NO_META } from './fn.js';
import {
  branch,
  callStep,
  held,
  left,
  poll,
  settled,
  spill,
  stage,
  toRegisters,
  WAIT_JUMP,
  WAIT_SYSCALL,
} from './frames.js';
import type { Intrinsic } from './intrinsics.js';
import { convert } from './ops.js';
import { layout } from './resolve.js';
import { I32, I64, type IntType, typeName, U32, VOID } from './types.js';
import {
  constant,
  EFFECT,
  errorVal,
  LOCALS_MARK,
  name,
  READ,
  returnMark,
  siteMark,
  type Val,
  val,
} from './val.js';

/*
 * What only programs in user space have: the way into the kernel, and what setjmp and longjmp need.
 */

function only(cx: FnCx, node: ts.CallExpression, n: number): boolean {
  const id = cx.textOf(node.expression);
  if (cx.form !== 'user') cx.error(node, `${id} is for programs in user space`);
  else if (node.arguments.length !== n) cx.error(node, wrongCount(id, n, node.arguments.length));
  else return true;
  return false;
}

const argument = (cx: FnCx, node: ts.CallExpression, i: number): Val => {
  const a = node.arguments[i] as ts.Expression;
  return settled(cx, convert(cx, expr(cx, a), I32, a, cx.textOf(node.expression)), node);
};

/**
 * int $0x80, with the arguments of the function that it stands in where the kernel looks for them: behind the
 * return address. The kernel goes on behind the instruction, or at it (ERESTART). On an error, which the
 * carry flag tells, the number goes to errno and the result is -1, as BSD's cerror has it.
 */
function systemCall(type: IntType, kept = NOTHING_KEPT): Intrinsic {
  return {
    lower: (cx, node) => {
      if (!only(cx, node, 1)) return errorVal();
      enterKernel(cx, node, callNumber(cx, node), kept);
      return result(cx, node, type);
    },
  };
}

function callNumber(cx: FnCx, node: ts.CallExpression): Val {
  const number = argument(cx, node, 0);
  if (number.c === undefined) cx.error(node, 'the number of a system call is a constant');
  return number;
}

/**
 * What goes through the kernel in registers, and what is done with it behind the instruction, whose text
 * address is given.
 */
interface Kept {
  registers: readonly string[];
  back: (behind: string) => string;
}

const NOTHING_KEPT: Kept = { registers: [], back: () => '' };

/** A vfork's child may have used the stack: what lay there comes back from registers. */
const WAY_BACK: Kept = {
  registers: ['$obp', '$ra'],
  back: (behind) => {
    const store = `!$w($bp,UREG[0],${behind})||!$w($bp+4|0,UREG[1],${behind})`;
    return `if(${store})return;$obp=UREG[0];$ra=UREG[1];`;
  },
};

/**
 * Emits the instruction, and the two places where it is gone on with: at it and behind it. The frame is
 * brought up to date before.
 */
function enterKernel(cx: FnCx, node: ts.CallExpression, number: Val, kept: Kept): void {
  // The frame is brought up to date at an address of its own: the kernel goes on at the instruction without
  // registers.
  spill(cx, node, cx.insn(asm.nop(), 'other', node), '');
  const at = cx.insn(asm.int80(), 'other', node);
  cx.insn(asm.nop(), 'other', node);
  const [here, behind] = [siteMark(at), returnMark(at)];
  const [first, second] = [++cx.points, ++cx.points];
  const registers = toRegisters(kept.registers);
  const enter = `REG[4]=${number.js};REG[0]=$bp+4|0;REG[11]=${behind};REG[12]=${WAIT_SYSCALL};${registers}`;
  const leave = left(cx, first, here, true);
  left(cx, second, behind);
  const step = callStep(here);
  if (cx.tier === 'first') {
    cx.line(`${step}${enter}${leave}`, node);
    return;
  }
  cx.line(`if($k===0||$k===${first}){${step}${enter}${leave}}`, node);
  cx.line(`if($k===${second}){${kept.back(behind)}$k=0;REG[0]=$bp-${LOCALS_MARK}|0;}`, node);
}

/** What the kernel has left in eax (and edx), or -1 with the error number in errno. */
function result(cx: FnCx, node: ts.CallExpression, type: IntType): Val {
  const r = cx.tempOf(type);
  const failed = cx.tempOf(I32);
  stage(cx, `${r}=${type === I64 ? '(REG[4]>>>0)+REG[6]*4294967296' : 'REG[4]'};${failed}=REG[15]&1;`, node);
  const errno = cx.p.syms.get('errno');
  if (errno?.kind !== 'var') {
    cx.missing(node, 'a system call needs the variable errno');
    return errorVal();
  }
  cx.p.reached.add(errno);
  cx.pending.push({ js: r, type });
  const close = branch(cx, failed, node);
  const addr = { base: null, simple: true, symbol: 'errno', disp: 0, eff: 0 };
  write(cx, { addr, type: errno.type, meta: { ...NO_META, text: 'errno' } }, name(I32, r), node, true);
  stage(cx, `${r}=-1;`, node);
  close();
  cx.pending.pop();
  return name(type, r);
}

const register = (js: string): Intrinsic => ({
  lower: (cx, node) => (only(cx, node, 0) ? { ...name(U32, js) } : errorVal()),
});

/** Keeps where this function returns to in a jmp_buf: jb_eip, jb_ebp, jb_esp. */
const setjmp: Intrinsic = {
  lower: (cx, node) => {
    if (!only(cx, node, 1)) return errorVal();
    const env = settled(cx, expr(cx, node.arguments[0] as ts.Expression), node);
    if (env.type.k !== 'sp') {
      cx.error(node, `$setjmp takes a jmp_buf, not ${typeName(env.type)}`);
      return errorVal();
    }
    const { fields } = layout(cx.p, env.type.s);
    const keep = { jb_eip: '$ra', jb_ebp: '$obp', jb_esp: '$sp' };
    for (const [field, js] of Object.entries(keep)) {
      const f = fields.get(field);
      if (f === undefined) {
        cx.error(node, `struct ${env.type.s.name} has no field ${field}`);
        return errorVal();
      }
      const meta = { text: cx.textOf(node), struct: env.type.s.name, field };
      write(cx, { addr: displaced(pointee(env), f.offset), type: f.type, meta }, name(U32, js), node, true);
    }
    return constant(I32, 0);
  },
};

/** Goes on at a text address on another stack frame, where a call returns `val`. */
const longjmp: Intrinsic = {
  lower: (cx, node) => {
    if (!only(cx, node, 4)) return errorVal();
    const mark = cx.pending.length;
    const [eip, ebp, esp, value] = [0, 1, 2, 3].map(
      (i) => held(cx, argument(cx, node, i), node, ...node.arguments.slice(i + 1)).js,
    );
    cx.pending.length = mark;
    const to = `REG[11]=${eip};REG[1]=${ebp};REG[0]=${esp};REG[4]=${value};REG[12]=${WAIT_JUMP};REG[13]=0;`;
    cx.insn(asm.jumpEax(), 'other', node);
    return val(VOID, `{${to}return 0;}`, READ | EFFECT, true);
  },
};

/**
 * rfork(2) of a child that shares the memory: it goes on at a function of one argument, upon a stack of its
 * own, and touches nothing of its parent's before. All that it needs goes through the kernel in registers, as
 * a function that begins has its arguments there.
 */
const rfork: Intrinsic = {
  lower: (cx, node) => {
    if (!only(cx, node, 4)) return errorVal();
    const number = callNumber(cx, node);
    const mark = cx.pending.length;
    const [stack, start, arg] = [1, 2, 3].map((i) => {
      const v = argument(cx, node, i);
      if (cx.transients.has(v.js)) cx.pending.push({ js: v.js, type: v.type });
      return held(cx, v, node, ...node.arguments.slice(i + 1)).js;
    }) as [string, string, string];
    const child = `REG[11]=UREG[0];REG[0]=UREG[2];REG[1]=0;UREG[0]=0;REG[12]=${WAIT_JUMP};REG[13]=2;return;`;
    enterKernel(cx, node, number, {
      registers: [start, arg, stack],
      back: () => `if(REG[4]===0){${child}}`,
    });
    cx.insn(asm.jumpEax(), 'other', node);
    cx.pending.length = mark;
    return result(cx, node, I32);
  },
};

/** Charges cycles of computing. */
const work: Intrinsic = {
  lower: (cx, node) => {
    if (!only(cx, node, 1)) return errorVal();
    const n = argument(cx, node, 0);
    const at = cx.insn(asm.nop(), 'other', node);
    stage(cx, `REG[2]+=${n.js};`, node);
    const { resume, js } = poll(cx, siteMark(at), 0);
    cx.line(resume === '' ? js : `${resume}else if($k===0){${js}}`, node);
    return { ...constant(I32, 0), type: VOID };
  },
};

export const userOnly: [string, Intrinsic][] = [
  ['$syscall', systemCall(I32)],
  ['$syscall64', systemCall(I64)],
  ['$vfork', systemCall(I32, WAY_BACK)],
  ['$rfork', rfork],
  ['$edx', register('REG[6]')],
  ['$ebp', register('$bp')],
  ['$setjmp', setjmp],
  ['$longjmp', longjmp],
  ['$work', work],
];
