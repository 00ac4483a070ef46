/** cd and pwd (cd.c). */
import { getcwd } from '../../lib/libc/gen/getcwd.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { strlen } from '../../lib/libc/string/strlen.js';
import { chdir } from '../../lib/libc/sys/syscalls.js';
import { sh_warnx } from './error.js';
import { ar_drop, ar_new, stsavestr } from './memalloc.js';
import { out1fmt } from './output.js';
import { lookupvar, setvar } from './var.js';

const MAXDIR = 1024;

/** The working directory into buf, which is of MAXDIR bytes; empty if it cannot be told. */
function curdir(buf: str): void {
  if (getcwd(buf, MAXDIR) === null) buf[0] = 0;
}

/** cd [directory | -] */
export function cdcmd(argc: int, argv: ptr<str>): int {
  const buf = $local<array<char, 1024>>();
  let dest = argc > 1 ? argv[1] : lookupvar('HOME');
  const back = argc > 1 && strcmp(argv[1], '-') === 0;
  if (back) dest = lookupvar('OLDPWD');
  if (dest === null) dest = '/';
  curdir(buf);
  if (chdir(dest) < 0) {
    sh_warnx("cd: can't cd to %s", dest);
    return 2;
  }
  const ar = ar_new();
  const old = stsavestr(ar, buf, strlen(buf));
  curdir(buf);
  if (back) out1fmt('%s\n', buf);
  setvar('OLDPWD', old, 0);
  if (!evalskip) setvar('PWD', buf, 0);
  ar_drop(ar);
  return 0;
}

/** pwd */
export function pwdcmd(argc: int, argv: ptr<str>): int {
  const buf = $local<array<char, 1024>>();
  curdir(buf);
  out1fmt('%s\n', buf);
  return 0;
}
