/** Signals (trap.c): trap, and what the shell itself does with them. */
import type { sigaction_t } from '../../../../kernel/src/sys/signal.h.js';
import {
  NSIG,
  SIGINT,
  SIGQUIT,
  SIGTERM,
  SIGTSTP,
  SIGTTIN,
  SIGTTOU,
  SIG_DFL,
  SIG_IGN,
} from '../../../../kernel/src/sys/signal.h.js';
import { sys_signame } from '../../lib/libc/gen/siglist.js';
import { toupper } from '../../lib/libc/locale/isctype.js';
import { strcasecmp } from '../../lib/libc/string/strcasecmp.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { _exit, sigaction } from '../../lib/libc/sys/syscalls.js';
import { getsignum } from '../../lib/libcmd/kill.js';
import { sh_warnx } from './error.js';
import { evalstring } from './eval.js';
import { rootshell } from './jobs.js';
import { ckfree, savestr } from './memalloc.js';
import { iflag, optval } from './options.js';
import { flushall, out1c, out1qstr, out1str } from './output.js';

/** How a signal is handled; the last: it was ignored when the shell was started, and no trap changes that. */
const S_DFL = 1;
const S_CATCH = 2;
const S_IGN = 3;
const S_HARD_IGN = 4;

/** What to do on a signal, from ckmalloc: null the default, "" nothing. 0 is the exit of the shell. */
let traps: array<str, 32>;
/** How each signal is handled now: S_*, 0 not known. */
let sigmode: array<char, 32>;
/** Signals that have come and whose traps are to be run. */
let gotsig: array<char, 32>;
/** There are such. */
export let pendingsigs: int = 0;

/** trap's name of a signal. */
function out1signame(sig: int): void {
  if (sig === 0) {
    out1str('EXIT');
    return;
  }
  const name = sys_signame[sig];
  for (let i = 0; name[i] !== 0; i++) out1c(toupper(name[i]));
}

function showtraps(): void {
  for (let sig = 0; sig < NSIG; sig++) {
    if (traps[sig] === null) continue;
    out1str('trap -- ');
    out1qstr(traps[sig]);
    out1c($ch(' '));
    out1signame(sig);
    out1c($ch('\n'));
  }
}

/** trap [action | -] [signal ...] */
export function trapcmd(argc: int, argv: ptr<str>): int {
  let i = argc > 1 && strcmp(argv[1], '--') === 0 ? 2 : 1;
  if (argv[i] === null) {
    showtraps();
    return 0;
  }
  let action: str = null;
  if (strcmp(argv[i], '-') === 0) i++;
  else if (argv[i + 1] !== null && getsignum(argv[i]) < 0) action = argv[i++];
  for (; argv[i] !== null; i++) {
    const sig = strcasecmp(argv[i], 'EXIT') === 0 ? 0 : getsignum(argv[i]);
    if (sig < 0) {
      sh_warnx('trap: bad signal %s', argv[i]);
      return 1;
    }
    settrap(sig, action === null ? null : savestr(action));
  }
  return 0;
}

/** Is there something to be done on a signal, or at the exit? */
export function hastraps(): boolean {
  for (let sig = 0; sig < NSIG; sig++) if (traps[sig] !== null && traps[sig][0] !== 0) return true;
  return false;
}

function settrap(sig: int, action: str): void {
  if (traps[sig] !== null) ckfree($addr(traps[sig]));
  traps[sig] = action;
  if (sig !== 0) setsignal(sig);
}

/** A child of the shell has none of its traps, but ignores what it ignores. */
export function cleartraps(): void {
  pendingsigs = 0;
  for (let sig = 0; sig < NSIG; sig++) {
    gotsig[sig] = 0;
    if (traps[sig] !== null && traps[sig][0] !== 0) settrap(sig, null);
  }
}

/** What the shell does with a signal now. */
function actionfor(sig: int): int {
  if (traps[sig] !== null) return traps[sig][0] !== 0 ? S_CATCH : S_IGN;
  if (!rootshell || !optval[iflag]) return S_DFL;
  switch (sig) {
    case SIGINT:
      return S_CATCH;
    case SIGQUIT:
    case SIGTERM:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
      return S_IGN;
    default:
      return S_DFL;
  }
}

/** Handles a signal as traps and options want it. */
function setsignal(sig: int): void {
  const sa = $local<sigaction_t>();
  const action = actionfor(sig);
  if (sigmode[sig] === 0) {
    if (sigaction(sig, null, sa) < 0) return;
    sigmode[sig] = sa.sa_handler === SIG_IGN ? S_HARD_IGN : S_DFL;
    if (sigmode[sig] === S_HARD_IGN && rootshell && optval[iflag]) sigmode[sig] = S_IGN;
  }
  if (sigmode[sig] === S_HARD_IGN || sigmode[sig] === action) return;
  sa.sa_handler = SIG_DFL;
  if (action === S_CATCH) sa.sa_handler = $addr(onsig);
  if (action === S_IGN) sa.sa_handler = SIG_IGN;
  /* Not SA_RESTART: a read or a wait of the shell's ends when a signal comes. */
  sa.sa_flags = 0;
  sa.sa_mask = 0;
  sigmode[sig] = action;
  sigaction(sig, sa, null);
}

/** Ignores a signal for good. */
export function ignoresig(sig: int): void {
  const sa = $local<sigaction_t>();
  sa.sa_handler = SIG_IGN;
  sa.sa_flags = 0;
  sa.sa_mask = 0;
  sigaction(sig, sa, null);
  sigmode[sig] = S_HARD_IGN;
}

/** Handles the signals of the keyboard as a shell at a terminal does, or its child that is none. */
export function setinteractive(): void {
  setsignal(SIGINT);
  setsignal(SIGQUIT);
  setsignal(SIGTERM);
  setsignal(SIGTSTP);
  setsignal(SIGTTIN);
  setsignal(SIGTTOU);
}

/** The handler: it only takes a note. */
function onsig(sig: int): void {
  if (sig === SIGINT && traps[sig] === null) {
    intpending = 1;
    return;
  }
  gotsig[sig] = 1;
  pendingsigs = 1;
}

/** The lowest signal whose trap has not been run, 0 if there is none. */
export function pendingsig(): int {
  for (let sig = 1; sig < NSIG; sig++) if (gotsig[sig]) return sig;
  return 0;
}

/** Runs the traps of the signals that have come. */
export function dotrap(): void {
  while (pendingsigs && !evalskip) {
    pendingsigs = 0;
    for (let sig = 1; sig < NSIG && !evalskip; sig++) {
      if (!gotsig[sig]) continue;
      gotsig[sig] = 0;
      if (traps[sig] === null) continue;
      const saved = exitstatus;
      const action = savestr(traps[sig]);
      evalstring(action);
      ckfree($addr(action));
      exitstatus = saved;
    }
    /* Those that came to nothing because a trap has ended the command are run later. */
    if (pendingsig() !== 0) pendingsigs = 1;
  }
}

/** Ends the shell, after the trap on its exit. */
export function exitshell(status: int): never {
  const action = traps[0];
  if (action !== null) {
    traps[0] = null;
    exitstatus = status;
    evalskip = 0;
    evalstring(action);
  }
  flushall();
  _exit(status);
}
