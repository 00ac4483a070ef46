/** Variables (var.c): set, export, readonly, local, unset. */
import { snprintf } from '../../lib/libc/stdio/printf.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { strlen } from '../../lib/libc/string/strlen.js';
import { sh_error, sh_warnx } from './error.js';
import { funcnest } from './eval.js';
import { unsetfunc } from './exec.js';
import type { strlist } from './expand.js';
import { msort } from './expmeta.js';
import type { arena } from './memalloc.js';
import { ar_drop, ar_new, ckfree, ckmalloc, savestr, stalloc, stsavestr } from './memalloc.js';
import { goodname, namelen } from './mystring.js';
import { aflag, getoptsreset, optval } from './options.js';
import { out1c, out1qstr, out1str } from './output.js';

/** Flags of a variable. */
export const VEXPORT = 0x01;
const VREADONLY = 0x02;

const VTABSIZE = 39;

/**
 * A variable.
 * @lock s the shell
 */
interface var_t extends struct {
  next: var_t; // (s) the next one of its hash
  flags: int; // (s) VEXPORT, VREADONLY
  name: str; // (s) its name, from ckmalloc
  val: str; // (s) its value, from ckmalloc; null: it is not set
}

/**
 * A variable of a function that is running: what it was before.
 * @lock s the shell
 */
interface localvar extends struct {
  next: localvar; // (s) the one before it
  vp: var_t; // (s) the variable; null: here a function begins
  val: str; // (s) its value, from ckmalloc; null: it was not set
}

let vartab: array<var_t, 39>;
let localvars: localvar = null;
/** IFS, which each expansion asks for. */
let vifs: var_t = null;

function hashvar(name: str): int {
  let h: u32 = 0;
  for (let i = 0; name[i] !== 0; i++) h = 31 * h + name[i];
  return $i32(h % VTABSIZE);
}

/** The variable of a name, null if it was never set. */
function findvar(name: str): var_t {
  let vp = vartab[hashvar(name)];
  while (vp !== null && strcmp(vp.name, name) !== 0) vp = vp.next;
  return vp;
}

/** The variable of a name, made if need be. */
function makevar(name: str): var_t {
  const found = findvar(name);
  if (found !== null) return found;
  const h = hashvar(name);
  const vp = $cast<var_t>(ckmalloc($sizeof<var_t>()));
  vp.next = vartab[h];
  vp.flags = 0;
  vp.name = savestr(name);
  vp.val = null;
  vartab[h] = vp;
  return vp;
}

/** Replaces a value by one from ckmalloc, or null. */
function replaceval(vp: var_t, val: str): void {
  if (vp.val !== null) ckfree($addr(vp.val));
  vp.val = val;
}

/** Takes the variables of the environment, and sets those that a shell has. */
export function initvar(envp: ptr<str>): void {
  for (let i = 0; envp[i] !== null; i++) setvareq(envp[i], VEXPORT);
  vifs = makevar('IFS');
  replaceval(vifs, savestr(' \t\n'));
  setvar('OPTIND', '1', 0);
}

/** The value of a variable, null if it is not set. */
export function lookupvar(name: str): str {
  const vp = findvar(name);
  return vp === null ? null : vp.val;
}

/** What separates fields. */
export function ifsval(): str {
  return vifs.val === null ? ' \t\n' : vifs.val;
}

/** The prompts. */
export function ps1val(): str {
  const val = lookupvar('PS1');
  return val === null ? '# ' : val;
}
export function ps2val(): str {
  const val = lookupvar('PS2');
  return val === null ? '> ' : val;
}
export function ps4val(): str {
  const val = lookupvar('PS4');
  return val === null ? '+ ' : val;
}

/** May the variable be changed? Complains if not. */
function writable(vp: var_t): boolean {
  if (vp.flags & VREADONLY) sh_error('%s: is read only', vp.name);
  return !(vp.flags & VREADONLY);
}

/** Sets a variable, and flags of it besides. */
export function setvar(name: str, val: str, flags: int): void {
  if (!goodname(name)) {
    sh_error('%s: bad variable name', name);
    return;
  }
  const vp = makevar(name);
  if (!writable(vp)) return;
  replaceval(vp, savestr(val));
  vp.flags |= flags | (optval[aflag] ? VEXPORT : 0);
  if (strcmp(name, 'OPTIND') === 0) getoptsreset(val);
}

/** Sets a variable by "name=value"; what is no such is passed over. */
export function setvareq(text: str, flags: int): void {
  const n = namelen(text);
  if (n === 0 || text[n] !== $ch('=')) return;
  const ar = ar_new();
  setvar(stsavestr(ar, text, $u32(n)), $padd(text, n + 1), flags);
  ar_drop(ar);
}

/** "name=value" for each variable that is exported, and a null. */
export function environment(ar: arena): ptr<str> {
  let n = 0;
  for (let h = 0; h < VTABSIZE; h++)
    for (let vp = vartab[h]; vp !== null; vp = vp.next) if (vp.flags & VEXPORT && vp.val !== null) n++;
  const env = $cast<ptr<str>>(stalloc(ar, 4 * $u32(n + 1)));
  n = 0;
  for (let h = 0; h < VTABSIZE; h++) {
    for (let vp = vartab[h]; vp !== null; vp = vp.next) {
      if (!(vp.flags & VEXPORT) || vp.val === null) continue;
      const size = strlen(vp.name) + strlen(vp.val) + 2;
      env[n] = $cast<str>(stalloc(ar, size));
      snprintf(env[n++], size, '%s=%s', vp.name, vp.val);
    }
  }
  return env;
}

/**
 * Prints the variables with one of these flags (0: all that are set), sorted, each behind `head`, as they can
 * be read back.
 */
function showvars(head: str, flags: int): void {
  const ar = ar_new();
  let first: strlist = null;
  for (let h = 0; h < VTABSIZE; h++) {
    for (let vp = vartab[h]; vp !== null; vp = vp.next) {
      if (flags === 0 ? vp.val === null : (vp.flags & flags) === 0) continue;
      const sp = $cast<strlist>(stalloc(ar, $sizeof<strlist>()));
      sp.text = vp.name;
      sp.next = first;
      first = sp;
    }
  }
  for (let sp = msort(first); sp !== null; sp = sp.next) {
    out1str(head);
    out1str(sp.text);
    const val = lookupvar(sp.text);
    if (val !== null) {
      out1c($ch('='));
      out1qstr(val);
    }
    out1c($ch('\n'));
  }
  ar_drop(ar);
}

/** set without arguments. */
export function showvarscmd(): int {
  showvars('', 0);
  return 0;
}

/** export and readonly: `head` and `flag` say which. */
function flagcmd(argv: ptr<str>, head: str, flag: int): int {
  let i = 1;
  if (argv[1] !== null && strcmp(argv[1], '-p') === 0) i++;
  if (argv[i] === null) {
    showvars(head, flag);
    return 0;
  }
  for (; argv[i] !== null; i++) {
    const n = namelen(argv[i]);
    if (n === 0 || (argv[i][n] !== 0 && argv[i][n] !== $ch('='))) {
      sh_error('%s: bad variable name', argv[i]);
      return 2;
    }
    if (argv[i][n] === $ch('=')) setvareq(argv[i], flag);
    else makevar(argv[i]).flags |= flag;
    if (evalskip) return 2;
  }
  return 0;
}

export function exportcmd(argc: int, argv: ptr<str>): int {
  return flagcmd(argv, 'export ', VEXPORT);
}

export function readonlycmd(argc: int, argv: ptr<str>): int {
  return flagcmd(argv, 'readonly ', VREADONLY);
}

/** Begins the local variables of a function, or of a command: where poplocalvars goes back to. */
export function pushlocalvars(): void {
  savelocal(null);
}

function savelocal(vp: var_t): void {
  const lvp = $cast<localvar>(ckmalloc($sizeof<localvar>()));
  lvp.next = localvars;
  lvp.vp = vp;
  lvp.val = vp === null || vp.val === null ? null : savestr(vp.val);
  localvars = lvp;
}

/** Gives the variables that were made local since pushlocalvars their values back. */
export function poplocalvars(): void {
  for (;;) {
    const lvp = localvars;
    const vp = lvp.vp;
    localvars = lvp.next;
    if (vp !== null) replaceval(vp, lvp.val);
    ckfree($addr(lvp));
    if (vp === null) return;
  }
}

/** Makes a variable local, with a value if there is one behind its name. */
export function mklocal(text: str): void {
  const ar = ar_new();
  const n = namelen(text);
  const name = stsavestr(ar, text, $u32(n));
  if (n === 0 || (text[n] !== 0 && text[n] !== $ch('='))) {
    sh_error('%s: bad variable name', text);
  } else {
    const vp = makevar(name);
    if (writable(vp)) savelocal(vp);
    if (!evalskip && text[n] === $ch('=')) setvar(name, $padd(text, n + 1), 0);
  }
  ar_drop(ar);
}

export function localcmd(argc: int, argv: ptr<str>): int {
  if (funcnest === 0) {
    sh_error('local: Not in a function');
    return 2;
  }
  for (let i = 1; i < argc && !evalskip; i++) mklocal(argv[i]);
  return 0;
}

/** unset [-fv] name ... */
export function unsetcmd(argc: int, argv: ptr<str>): int {
  const functions = argc > 1 && strcmp(argv[1], '-f') === 0;
  const options = functions || (argc > 1 && strcmp(argv[1], '-v') === 0);
  for (let i = options ? 2 : 1; i < argc; i++) {
    if (functions) {
      unsetfunc(argv[i]);
      continue;
    }
    if (!goodname(argv[i])) {
      sh_warnx('unset: %s: bad variable name', argv[i]);
      return 2;
    }
    const vp = findvar(argv[i]);
    if (vp === null) continue;
    if (vp.flags & VREADONLY) {
      sh_warnx('%s: is read only', argv[i]);
      return 2;
    }
    replaceval(vp, null);
    vp.flags &= ~VEXPORT;
  }
  return 0;
}
