/** $((...)): the integer arithmetic of C in 32 bits, with variables and assignment (arith.y). */
import { isspace } from '../../lib/libc/locale/isctype.js';
import { snprintf } from '../../lib/libc/stdio/printf.js';
import { strtoul } from '../../lib/libc/stdlib/strtol.js';
import { strlen } from '../../lib/libc/string/strlen.js';
import { sh_error } from './error.js';
import type { arena } from './memalloc.js';
import { ar_drop, ar_new, stsavestr } from './memalloc.js';
import { is_digit, is_in_name, isprefix } from './mystring.js';
import { optval, uflag } from './options.js';
import { lookupvar, setvar } from './var.js';

/** Operators, the longest first. */
const NOPERATORS = 36;
let operators: array<str, 36> = $init([
  '<<=',
  '>>=',
  '&&',
  '||',
  '<<',
  '>>',
  '==',
  '!=',
  '<=',
  '>=',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '&=',
  '|=',
  '^=',
  '+',
  '-',
  '*',
  '/',
  '%',
  '&',
  '|',
  '^',
  '!',
  '~',
  '<',
  '>',
  '=',
  '(',
  ')',
  '?',
  ':',
  '',
]);
/** Tokens: an index into operators, or these. */
const ANUM = 100;
const AVAR = 101;
const AEND = 102;
const OP_SHL_ASSIGN = 0;
const OP_SHR_ASSIGN = 1;
const OP_LAND = 2;
const OP_LOR = 3;
const OP_SHL = 4;
const OP_SHR = 5;
const OP_EQ = 6;
const OP_NE = 7;
const OP_LE = 8;
const OP_GE = 9;
const OP_ADD_ASSIGN = 10;
const OP_XOR_ASSIGN = 17;
const OP_ADD = 18;
const OP_SUB = 19;
const OP_MUL = 20;
const OP_DIV = 21;
const OP_MOD = 22;
const OP_AND = 23;
const OP_OR = 24;
const OP_XOR = 25;
const OP_NOT = 26;
const OP_COMPL = 27;
const OP_LT = 28;
const OP_GT = 29;
const OP_ASSIGN = 30;
const OP_LPAREN = 31;
const OP_RPAREN = 32;
const OP_COND = 33;
const OP_COLON = 34;

/**
 * An expression that is being evaluated.
 * @lock s the shell
 */
interface arithstate extends struct {
  a_text: str; // (s) all of it, for complaints
  a_next: str; // (s) behind the token
  a_tok: int; // (s) the token
  a_num: int; // (s) value of an ANUM
  a_name: str; // (s) an AVAR
  a_arena: arena; // (s) where names are kept
  a_skip: int; // (s) above 0 what is evaluated does not count: no assignments, no division by zero
}

/** The value of an expression; after an error evalskip is set. */
export function arith(text: str): int {
  const a = $local<arithstate>();
  a.a_text = text;
  a.a_next = text;
  a.a_skip = 0;
  a.a_arena = ar_new();
  arithtoken(a);
  let value = 0;
  if (!arithis(a, AEND)) value = arithassign(a);
  if (!arithis(a, AEND)) aritherror(a, 'syntax error');
  ar_drop(a.a_arena);
  return value;
}

function aritherror(a: arithstate, msg: str): void {
  if (!evalskip) sh_error('arithmetic expression: %s: "%s"', msg, a.a_text);
}

/** Is the token this one? */
function arithis(a: arithstate, tok: int): boolean {
  return a.a_tok === tok;
}

/** Reads the next token; after an error it is AEND. */
function arithtoken(a: arithstate): void {
  let p = a.a_next;
  while (isspace(p[0])) p = $padd(p, 1);
  a.a_next = p;
  a.a_tok = AEND;
  if (p[0] === 0 || evalskip) return;
  let n = 0;
  while (is_in_name(p[n])) n++;
  if (n > 0) {
    const word = stsavestr(a.a_arena, p, $u32(n));
    a.a_next = $padd(p, n);
    a.a_tok = is_digit(word[0]) ? ANUM : AVAR;
    if (a.a_tok === AVAR) a.a_name = word;
    else a.a_num = arithnumber(a, word);
    return;
  }
  for (let i = 0; i < NOPERATORS - 1; i++) {
    if (!isprefix(operators[i], p)) continue;
    a.a_next = $padd(p, $i32(strlen(operators[i])));
    a.a_tok = i;
    return;
  }
  aritherror(a, 'syntax error');
}

/**
 * The value of a number as C writes it, of a variable's too: with blanks around it and a sign; an empty one
 * is 0.
 */
function arithnumber(a: arithstate, text: str): int {
  const end = $var<str>();
  let p = text;
  while (isspace(p[0])) p = $padd(p, 1);
  if (p[0] === 0) return 0;
  const negative = p[0] === $ch('-');
  if (negative || p[0] === $ch('+')) p = $padd(p, 1);
  const value = $i32(strtoul(p, end, 0));
  let rest = end[0];
  while (isspace(rest[0])) rest = $padd(rest, 1);
  if (!is_digit(p[0]) || rest[0] !== 0) aritherror(a, 'syntax error');
  return negative ? -value : value;
}

/** The value of a variable. */
function arithvar(a: arithstate, name: str): int {
  const val = lookupvar(name);
  if (val === null && optval[uflag] && !a.a_skip) {
    if (!evalskip) sh_error('%s: parameter not set', name);
    return 0;
  }
  return val === null ? 0 : arithnumber(a, val);
}

/** variable = value, or a condition. */
function arithassign(a: arithstate): int {
  if (!arithis(a, AVAR)) return arithcond(a);
  const name = a.a_name;
  const behind_name = a.a_next;
  arithtoken(a);
  const op = a.a_tok;
  if (op !== OP_ASSIGN && op > OP_SHR_ASSIGN && (op < OP_ADD_ASSIGN || op > OP_XOR_ASSIGN)) {
    a.a_tok = AVAR;
    a.a_name = name;
    a.a_next = behind_name;
    return arithcond(a);
  }
  arithtoken(a);
  let value = arithassign(a);
  if (op !== OP_ASSIGN) value = arithapply(a, plainop(op), arithvar(a, name), value);
  if (a.a_skip || evalskip) return value;
  const buf = $local<array<char, 12>>();
  snprintf(buf, 12, '%d', value);
  setvar(name, buf, 0);
  return value;
}

/** The operator in an assignment with one. */
function plainop(op: int): int {
  if (op === OP_SHL_ASSIGN) return OP_SHL;
  if (op === OP_SHR_ASSIGN) return OP_SHR;
  return op - OP_ADD_ASSIGN + OP_ADD;
}

/** condition ? yes : no */
function arithcond(a: arithstate): int {
  const cond = arithbinary(a, 1);
  if (!arithis(a, OP_COND)) return cond;
  arithtoken(a);
  if (cond === 0) a.a_skip++;
  const yes = arithassign(a);
  if (cond === 0) a.a_skip--;
  if (!arithis(a, OP_COLON)) aritherror(a, 'syntax error');
  arithtoken(a);
  if (cond !== 0) a.a_skip++;
  const no = arithcond(a);
  if (cond !== 0) a.a_skip--;
  return cond !== 0 ? yes : no;
}

/** How tightly an operator binds: 1 is the loosest; 0: it is none with two sides. */
function precedence(op: int): int {
  switch (op) {
    case OP_LOR:
      return 1;
    case OP_LAND:
      return 2;
    case OP_OR:
      return 3;
    case OP_XOR:
      return 4;
    case OP_AND:
      return 5;
    case OP_EQ:
    case OP_NE:
      return 6;
    case OP_LT:
    case OP_LE:
    case OP_GT:
    case OP_GE:
      return 7;
    case OP_SHL:
    case OP_SHR:
      return 8;
    case OP_ADD:
    case OP_SUB:
      return 9;
    case OP_MUL:
    case OP_DIV:
    case OP_MOD:
      return 10;
    default:
      return 0;
  }
}

/** Operators that bind at least as tightly as `level`. */
function arithbinary(a: arithstate, level: int): int {
  let left = arithunary(a);
  for (;;) {
    const op = a.a_tok;
    const prec = precedence(op);
    if (prec < level || prec === 0) return left;
    arithtoken(a);
    const decided = (op === OP_LOR && left !== 0) || (op === OP_LAND && left === 0);
    if (decided) a.a_skip++;
    const right = arithbinary(a, prec + 1);
    if (decided) a.a_skip--;
    left = arithapply(a, op, left, right);
  }
}

/** ! ~ - + and what they stand before. */
function arithunary(a: arithstate): int {
  const tok = a.a_tok;
  const num = a.a_num;
  const name = a.a_name;
  if (tok === AEND) {
    aritherror(a, 'syntax error');
    return 0;
  }
  arithtoken(a);
  switch (tok) {
    case ANUM:
      return num;
    case AVAR:
      return arithvar(a, name);
    case OP_SUB:
      return -arithunary(a);
    case OP_ADD:
      return arithunary(a);
    case OP_NOT:
      return arithunary(a) === 0 ? 1 : 0;
    case OP_COMPL:
      return ~arithunary(a);
    case OP_LPAREN: {
      const value = arithassign(a);
      if (!arithis(a, OP_RPAREN)) aritherror(a, 'syntax error');
      arithtoken(a);
      return value;
    }
    default:
      aritherror(a, 'syntax error');
      return 0;
  }
}

/** The value of an operator with two sides. */
function arithapply(a: arithstate, op: int, left: int, right: int): int {
  switch (op) {
    case OP_LOR:
      return left !== 0 || right !== 0 ? 1 : 0;
    case OP_LAND:
      return left !== 0 && right !== 0 ? 1 : 0;
    case OP_OR:
      return left | right;
    case OP_XOR:
      return left ^ right;
    case OP_AND:
      return left & right;
    case OP_SHL:
      return left << right;
    case OP_SHR:
      return left >> right;
    case OP_ADD:
      return left + right;
    case OP_SUB:
      return left - right;
    case OP_MUL:
      return left * right;
    case OP_DIV:
    case OP_MOD:
      if (right === 0) {
        if (!a.a_skip) aritherror(a, 'division by zero');
        return 0;
      }
      /* The smallest number divided by -1 is an overflow trap on this machine. */
      if (right === -1) return op === OP_DIV ? -left : 0;
      return op === OP_DIV ? $i32(left / right) : left % right;
    default:
      return arithcompare(op, left, right) ? 1 : 0;
  }
}

function arithcompare(op: int, left: int, right: int): boolean {
  switch (op) {
    case OP_EQ:
      return left === right;
    case OP_NE:
      return left !== right;
    case OP_LT:
      return left < right;
    case OP_LE:
      return left <= right;
    case OP_GT:
      return left > right;
    default:
      return left >= right;
  }
}
