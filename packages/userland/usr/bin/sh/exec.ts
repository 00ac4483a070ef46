/** What a command's name means (exec.c): functions, builtins, programs along PATH. */
import { ENOENT, ENOEXEC, ENOTDIR } from '../../../../kernel/src/sys/errno.h.js';
import { X_OK } from '../../../../kernel/src/sys/fcntl.h.js';
import { strchr } from '../../lib/libc/string/strchr.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { strerror } from '../../lib/libc/string/strerror.js';
import { strlen } from '../../lib/libc/string/strlen.js';
import { access, execve } from '../../lib/libc/sys/syscalls.js';
import { findbuiltin } from './builtins.js';
import { sh_warnx } from './error.js';
import { FORK_FG, deletejob, foreground, forkshell, makejob } from './jobs.js';
import type { arena } from './memalloc.js';
import { ar_drop, ar_hold, ar_new, ckfree, ckmalloc, stalloc, stsavestr } from './memalloc.js';
import type { sbuf } from './mystring.js';
import { sb_free, sb_init, sb_putc, sb_puts, sb_str, sb_write } from './mystring.js';
import type { node } from './nodes.h.js';
import { flushall, out1fmt } from './output.js';
import { exitshell } from './trap.js';
import { environment, lookupvar } from './var.js';

const CMDTABLESIZE = 31;

/**
 * A function.
 * @lock s the shell
 */
export interface function_t extends struct {
  next: function_t; // (s) the next one of its hash
  name: str; // (s) its name, in the arena
  body: node; // (s) its command
  tree: arena; // (s) where these lie
  refs: int; // (s) the table, and whoever runs it
}

let cmdtable: array<function_t, 31>;

function hashname(name: str): int {
  let h: u32 = 0;
  for (let i = 0; name[i] !== 0; i++) h = 31 * h + name[i];
  return $i32(h % CMDTABLESIZE);
}

/** The function of a name, null if there is none. */
export function findfunc(name: str): function_t {
  let fp = cmdtable[hashname(name)];
  while (fp !== null && strcmp(fp.name, name) !== 0) fp = fp.next;
  return fp;
}

/** Keeps a function while it runs. */
export function holdfunc(fp: function_t): void {
  fp.refs++;
}

/** Lets go of a function. */
export function dropfunc(fp: function_t): void {
  if (--fp.refs > 0) return;
  ar_drop(fp.tree);
  ckfree($addr(fp));
}

/** Forgets a function. */
export function unsetfunc(name: str): void {
  let last = $ref(cmdtable[hashname(name)]);
  while (last[0] !== null && strcmp(last[0].name, name) !== 0) last = $ref(last[0].next);
  const fp = last[0];
  if (fp === null) return;
  last[0] = fp.next;
  dropfunc(fp);
}

/** Defines a function; the tree that is evaluated now stays for it. */
export function setfunc(name: str, body: node): void {
  unsetfunc(name);
  const h = hashname(name);
  const fp = $cast<function_t>(ckmalloc($sizeof<function_t>()));
  fp.next = cmdtable[h];
  fp.name = name;
  fp.body = body;
  fp.tree = ar_hold(evalarena);
  fp.refs = 1;
  cmdtable[h] = fp;
}

/** Executes a file. Comes back with errno in case it cannot. A file that is no program is a script. */
function tryexec(path: str, argv: ptr<str>, envp: ptr<str>, ar: arena): int {
  execve(path, argv, envp);
  if (errno !== ENOEXEC) return errno;
  let n = 0;
  while (argv[n] !== null) n++;
  const args = $cast<ptr<str>>(stalloc(ar, 4 * $u32(n + 2)));
  args[0] = 'sh';
  args[1] = path;
  for (let i = 1; i <= n; i++) args[i + 1] = argv[i];
  execve('/bin/sh', args, envp);
  return errno;
}

/**
 * Directories of a path, one after the other: their names followed by a slash and `name`.
 * @lock s the shell
 */
interface pathwalk extends struct {
  rest: str; // (s) what is left of the path; null: nothing
  full: embed<sbuf>; // (s) the last that was made
}

function startpath(pw: pathwalk, name: str): void {
  const path = lookupvar('PATH');
  pw.rest = path === null ? '/bin:/sbin:/usr/bin' : path;
  if (strchr(name, $ch('/')) !== null) pw.rest = '';
  sb_init(pw.full);
}

/** The next place where a program of that name may be, null if there are no more. */
function padvance(pw: pathwalk, name: str): str {
  const full = pw.full;
  if (pw.rest === null) {
    sb_free(full);
    return null;
  }
  const end = strchr(pw.rest, $ch(':'));
  const len = end === null ? $i32(strlen(pw.rest)) : $i32($addr(end) - $addr(pw.rest));
  full.sb_len = 0;
  sb_write(full, pw.rest, len);
  if (len > 0) sb_putc(full, $ch('/'));
  sb_puts(full, name);
  pw.rest = end === null ? null : $padd(end, 1);
  return sb_str(full);
}

/** Becomes a program. If that fails: what the status is, after a complaint. */
export function shellexec(argv: ptr<str>): int {
  const pw = $local<pathwalk>();
  const ar = ar_new();
  const envp = environment(ar);
  let error = ENOENT;
  flushall();
  startpath(pw, argv[0]);
  for (let path = padvance(pw, argv[0]); path !== null; path = padvance(pw, argv[0])) {
    const e = tryexec(path, argv, envp, ar);
    if (e !== ENOENT && e !== ENOTDIR) error = e;
  }
  sh_warnx('%s: %s', argv[0], error === ENOENT ? 'not found' : strerror(error));
  ar_drop(ar);
  return error === ENOENT ? 127 : 126;
}

/** The file of a name along PATH to which there is this access, in an arena; null if there is none. */
export function findfile(name: str, mode: int, ar: arena): str {
  const pw = $local<pathwalk>();
  let found: str = null;
  startpath(pw, name);
  for (let path = padvance(pw, name); path !== null; path = padvance(pw, name))
    if (found === null && access(path, mode) === 0) found = stsavestr(ar, path, strlen(path));
  return found;
}

/** Does a name mean a function, a builtin or a program? */
function isknown(name: str): boolean {
  if (findfunc(name) !== null || findbuiltin(name) !== null) return true;
  const ar = ar_new();
  const found = findfile(name, X_OK, ar) !== null;
  ar_drop(ar);
  return found;
}

/** hash [-rv] [name ...]: nothing is kept, so all that it has to say is which names there are not. */
export function hashcmd(argc: int, argv: ptr<str>): int {
  let status = 0;
  for (let i = 1; i < argc; i++) {
    if (argv[i][0] === $ch('-') || isknown(argv[i])) continue;
    sh_warnx('%s: not found', argv[i]);
    status = 1;
  }
  return status;
}

/** Tells what a name means, in words or (`brief`) as command -v does; false if it means nothing. */
function describecmd(name: str, brief: boolean): boolean {
  const ar = ar_new();
  let known = true;
  const func = findfunc(name) !== null;
  if (func || findbuiltin(name) !== null) {
    if (brief) out1fmt('%s\n', name);
    else out1fmt('%s is a shell %s\n', name, func ? 'function' : 'builtin');
  } else {
    const path = findfile(name, X_OK, ar);
    known = path !== null;
    if (known && brief) out1fmt('%s\n', path);
    else if (known) out1fmt('%s is %s\n', name, path);
    else if (!brief) out1fmt('%s: not found\n', name);
  }
  ar_drop(ar);
  return known;
}

/** type name ... */
export function typecmd(argc: int, argv: ptr<str>): int {
  let status = 0;
  for (let i = 1; i < argc; i++) if (!describecmd(argv[i], false)) status = 127;
  return status;
}

/** command [-pvV] name [arg ...]: no function */
export function commandcmd(argc: int, argv: ptr<str>): int {
  let i = 1;
  for (; i < argc && argv[i][0] === $ch('-'); i++) {
    const letter = argv[i][1];
    if (letter === $ch('-')) {
      i++;
      break;
    }
    if (letter !== $ch('v') && letter !== $ch('V')) continue;
    if (i + 1 >= argc) return 127;
    return describecmd(argv[i + 1], letter === $ch('v')) ? 0 : 127;
  }
  if (i >= argc) return 0;
  const args = $padd(argv, i);
  const bltin = findbuiltin(args[0]);
  if (bltin !== null) return bltin.func(argc - i, args);
  const jp = makejob(1, args[0], FORK_FG);
  const pid = forkshell(jp, FORK_FG);
  if (pid === 0) exitshell(shellexec(args));
  if (pid > 0) foreground(jp);
  else deletejob(jp);
  return exitstatus;
}
