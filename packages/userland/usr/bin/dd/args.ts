/** dd(1): its operands (args.c). */
import { err, errx } from '../../lib/libc/gen/err.js';
import { LONG_MAX } from '../../lib/libc/stdlib/strtol.js';
import { strchr } from '../../lib/libc/string/strchr.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { strdup } from '../../lib/libc/string/strdup.js';
import { strsep } from '../../lib/libc/string/strsep.js';
import { size_read } from '../../lib/libutil/size.js';
import type { io } from './dd.h.js';
import {
  C_BLOCK,
  C_BS,
  C_CBS,
  C_COUNT,
  C_IBS,
  C_IF,
  C_LCASE,
  C_NOERROR,
  C_NOINFO,
  C_NOTRUNC,
  C_NOXFER,
  C_OBS,
  C_OF,
  C_OSYNC,
  C_SEEK,
  C_SKIP,
  C_SWAB,
  C_SYNC,
  C_UCASE,
  C_UNBLOCK,
} from './dd.h.js';

export let ddflags: int = 0;
/** Records of conv=block and unblock. */
export let cbsz: u32 = 0;
/** Blocks to copy, -1: all. */
export let cpy_cnt: i64 = -1;

/**
 * An operand or a conversion.
 * @lock c constant
 */
interface arg extends struct {
  a_name: str; // (c) its name
  a_set: int; // (c) what it sets
  a_not: int; // (c) what it does not go with
}

const NARGS = 12;
let args_: array<embed<arg>, 12> = $init([
  { a_name: 'bs', a_set: C_BS, a_not: C_BS | C_IBS | C_OBS | C_OSYNC },
  { a_name: 'cbs', a_set: C_CBS, a_not: C_CBS },
  { a_name: 'conv', a_set: 0, a_not: 0 },
  { a_name: 'count', a_set: C_COUNT, a_not: C_COUNT },
  { a_name: 'ibs', a_set: C_IBS, a_not: C_BS | C_IBS },
  { a_name: 'if', a_set: C_IF, a_not: C_IF },
  { a_name: 'iseek', a_set: C_SKIP, a_not: C_SKIP },
  { a_name: 'obs', a_set: C_OBS, a_not: C_BS | C_OBS },
  { a_name: 'of', a_set: C_OF, a_not: C_OF },
  { a_name: 'oseek', a_set: C_SEEK, a_not: C_SEEK },
  { a_name: 'seek', a_set: C_SEEK, a_not: C_SEEK },
  { a_name: 'skip', a_set: C_SKIP, a_not: C_SKIP },
]);

const NCONVS = 9;
let convs: array<embed<arg>, 9> = $init([
  { a_name: 'block', a_set: C_BLOCK, a_not: C_UNBLOCK },
  { a_name: 'lcase', a_set: C_LCASE, a_not: C_UCASE },
  { a_name: 'noerror', a_set: C_NOERROR, a_not: 0 },
  { a_name: 'notrunc', a_set: C_NOTRUNC, a_not: 0 },
  { a_name: 'osync', a_set: C_OSYNC, a_not: C_BS },
  { a_name: 'swab', a_set: C_SWAB, a_not: 0 },
  { a_name: 'sync', a_set: C_SYNC, a_not: 0 },
  { a_name: 'ucase', a_set: C_UCASE, a_not: C_LCASE },
  { a_name: 'unblock', a_set: C_UNBLOCK, a_not: C_BLOCK },
]);

/** A number, which may be a product and have multipliers. */
export function get_num(text: str, oper: str): i64 {
  const num = size_read(text);
  if (num < 0) errx(1, '%s: illegal numeric value', oper);
  return num;
}

/** A block size. */
function get_bsz(text: str, oper: str): u32 {
  const n = get_num(text, oper);
  if (n < 1 || n > LONG_MAX) errx(1, '%s must be between 1 and %d', oper, LONG_MAX);
  return $u32(n);
}

function lookup(table: array<embed<arg>, 12>, n: int, name: str): arg {
  for (let i = 0; i < n; i++) {
    const a = table[i];
    if (strcmp(a.a_name, name) === 0) return a;
  }
  return null;
}

/** conv=a,b,c */
function f_conv(text: str): void {
  const rest = $var<str>();
  rest[0] = text;
  for (let name = strsep(rest, ','); name !== null; name = strsep(rest, ',')) {
    const cp = lookup($cast<array<embed<arg>, 12>>(convs), NCONVS, name);
    if (cp === null) errx(1, 'unknown conversion %s', name);
    if (ddflags & cp.a_not) errx(1, '%s: illegal conversion combination', name);
    ddflags |= cp.a_set;
  }
}

function f_status(text: str): void {
  if (strcmp(text, 'noxfer') === 0) ddflags |= C_NOXFER;
  else if (strcmp(text, 'none') === 0) ddflags |= C_NOINFO;
  else errx(1, 'unknown status %s', text);
}

function apply(oper: str, text: str, from: io, to: io): void {
  switch (oper[0]) {
    case $ch('b'):
      from.dbsz = get_bsz(text, oper);
      to.dbsz = from.dbsz;
      return;
    case $ch('i'):
      if (oper[1] === $ch('f')) from.name = text;
      else if (oper[1] === $ch('b')) from.dbsz = get_bsz(text, oper);
      else from.offset = get_num(text, oper);
      return;
    case $ch('o'):
      if (oper[1] === $ch('f')) to.name = text;
      else if (oper[1] === $ch('b')) to.dbsz = get_bsz(text, oper);
      else to.offset = get_num(text, oper);
      return;
    case $ch('s'):
      if (oper[1] === $ch('k')) from.offset = get_num(text, oper);
      else to.offset = get_num(text, oper);
      return;
    default:
      if (strcmp(oper, 'cbs') === 0) cbsz = get_bsz(text, oper);
      else if (strcmp(oper, 'count') === 0) cpy_cnt = get_num(text, oper);
      else f_conv(text);
      return;
  }
}

/** Takes all operands in; ends the program if they make no sense. */
export function jcl(argv: ptr<str>, from: io, to: io): void {
  from.dbsz = 512;
  to.dbsz = 512;
  for (let i = 1; argv[i] !== null; i++) {
    const oper = strdup(argv[i]);
    if (oper === null) err(1, null);
    const eq = strchr(oper, $ch('='));
    if (eq === null) errx(1, 'unknown operand %s', oper);
    eq[0] = 0;
    const text = $padd(eq, 1);
    if (text[0] === 0) errx(1, 'no value specified for %s', oper);
    if (strcmp(oper, 'status') === 0) {
      f_status(text);
      continue;
    }
    const ap = lookup(args_, NARGS, oper);
    if (ap === null) errx(1, 'unknown operand %s', oper);
    if (ddflags & ap.a_not) errx(1, '%s: illegal argument combination or already set', oper);
    ddflags |= ap.a_set;
    apply(oper, text, from, to);
  }
  if (ddflags & (C_BLOCK | C_UNBLOCK) && (ddflags & C_CBS) === 0) errx(1, 'record operations require cbs');
  if (ddflags & C_CBS && (ddflags & (C_BLOCK | C_UNBLOCK)) === 0)
    errx(1, 'cbs meaningless if not doing record operations');
  /* Records are put together in a buffer of their own. */
  if (ddflags & (C_BLOCK | C_UNBLOCK)) ddflags &= ~C_BS;
}
