/** sh(1) (main.c): scripts, -c, standard input, and a person at a terminal. */
import { ENOENT } from '../../../../kernel/src/sys/errno.h.js';
import { R_OK } from '../../../../kernel/src/sys/fcntl.h.js';
import { isatty } from '../../lib/libc/gen/termios.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { strerror } from '../../lib/libc/string/strerror.js';
import { SKIPFUNC, SKIPINT, sh_error } from './error.js';
import { evaltree } from './eval.js';
import { findfile } from './exec.js';
import { curfile, flushinput, popfile, setinputfd, setinputfile, setinputstring } from './input.js';
import { initjobs, setjobctl, showchanged } from './jobs.js';
import { ar_drop, ar_new } from './memalloc.js';
import { getnumber } from './mystring.js';
import { Iflag, iflag, mflag, optval, setoption, setoptname, setparam, sflag } from './options.js';
import { out2fmt, out2str } from './output.js';
import { NEOF, parsecmd } from './parser.js';
import { exitshell, setinteractive } from './trap.js';
import { initvar } from './var.js';

function shellusage(fmt: str, ...args: va_list): never {
  out2str('sh: ');
  out2fmt(fmt, ...args);
  out2str('\n');
  exitshell(2);
}

/** Takes options from argv[1] on; `minusc` gets whether there was a -c. Where the rest begins. */
function procargs(argv: ptr<str>, minusc: ptr<int>): int {
  let i = 1;
  minusc[0] = 0;
  for (; argv[i] !== null; i++) {
    const word = argv[i];
    const val = word[0] === $ch('-') ? 1 : 0;
    if ((!val && word[0] !== $ch('+')) || word[1] === 0) break;
    if (strcmp(word, '--') === 0) return i + 1;
    for (let k = 1; word[k] !== 0; k++) {
      if (word[k] === $ch('c')) {
        minusc[0] = 1;
      } else if (word[k] === $ch('o')) {
        i++;
        if (argv[i] === null || !setoptname(argv[i], val))
          shellusage('Illegal option -o %s', argv[i] === null ? '' : argv[i]);
      } else if (!setoption(word[k], val)) {
        shellusage('Illegal option %c%c', word[0], word[k]);
      }
    }
  }
  return i;
}

/** Opens the script of that name as the input, or ends the shell. */
function openscript(name: str): void {
  if (setinputfile(name) === 0) return;
  const error = errno;
  out2fmt("sh: Can't open %s: %s\n", name, strerror(error));
  exitshell(error === ENOENT ? 127 : 126);
}

export function main(argc: int, argv: ptr<str>, envp: ptr<str>): int {
  const minusc = $var<int>();
  initjobs();
  initvar(envp);
  if (argc > 0) arg0 = argv[0];
  let i = procargs(argv, minusc);
  const command = minusc[0] ? argv[i] : null;
  if (minusc[0] && command === null) shellusage('-c requires an argument');
  if (minusc[0]) {
    setinputstring(argv[i++]);
    commandname = argv[i];
  } else if (argv[i] !== null && !optval[sflag]) {
    openscript(argv[i]);
    commandname = argv[i];
  } else {
    optval[sflag] = 1;
    setinputfd(0);
    if (isatty(0) && isatty(2)) optval[iflag] = 1;
  }
  if (commandname !== null) arg0 = argv[i++];
  setparam($padd(argv, i > argc ? argc : i));
  if (optval[iflag]) {
    setinteractive();
    if (isatty(2)) optval[mflag] = 1;
    setjobctl(optval[mflag]);
  }
  cmdloop(true);
  exitshell(exitstatus);
}

/**
 * Reads and evaluates commands to the end of the input. At `top` an error or an interrupt of a terminal's
 * shell ends here.
 */
export function cmdloop(top: boolean): void {
  for (;;) {
    const prompts = top && optval[iflag];
    if (prompts) showchanged();
    const tree = ar_new();
    parsearena = tree;
    const n = parsecmd();
    const ended = $addr(n) === NEOF && !evalskip;
    if (!ended && n !== null && !evalskip) {
      const saved = evalarena;
      evalarena = tree;
      evaltree(n, 0);
      evalarena = saved;
    }
    ar_drop(tree);
    if (ended && prompts && optval[Iflag]) {
      out2str('\nUse "exit" to leave shell.\n');
      curfile.pf_eof = 0;
      continue;
    }
    if (ended && prompts) out2str('\n');
    if (ended || (evalskip && !prompts)) return;
    if (!evalskip) continue;
    if (evalskip === SKIPINT) out2str('\n');
    evalskip = 0;
    loopnest = 0;
    flushinput();
  }
}

/** . file: its commands in this shell */
export function dotcmd(argc: int, argv: ptr<str>): int {
  if (argc < 2) return 0;
  const ar = ar_new();
  const found = findfile(argv[1], R_OK, ar);
  const opened = setinputfile(found === null ? argv[1] : found) === 0;
  const error = errno;
  ar_drop(ar);
  if (!opened) {
    sh_error(".: can't open %s: %s", argv[1], strerror(error));
    return 2;
  }
  exitstatus = 0;
  cmdloop(false);
  popfile();
  if (evalskip === SKIPFUNC) evalskip = 0;
  return exitstatus;
}

/** exit [status] */
export function exitcmd(argc: int, argv: ptr<str>): int {
  const status = argc > 1 ? getnumber(argv[0], argv[1]) & 0xff : exitstatus;
  if (evalskip) return exitstatus;
  exitshell(status);
}
