/** The table of the builtins (builtins.def). */
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { echocmd, sh_killcmd, sh_printfcmd, sh_testcmd } from './bltin.js';
import { cdcmd, pwdcmd } from './cd.js';
import { breakcmd, continuecmd, evalcmd, execcmd, falsecmd, returncmd, truecmd } from './eval.js';
import { commandcmd, hashcmd, typecmd } from './exec.js';
import { bgcmd, fgcmd, jobscmd, waitcmd } from './jobs.js';
import { dotcmd, exitcmd } from './main.js';
import { readcmd, timescmd, ulimitcmd, umaskcmd } from './miscbltin.js';
import { getoptscmd, setcmd, shiftcmd } from './options.js';
import { trapcmd } from './trap.js';
import { exportcmd, localcmd, readonlycmd, unsetcmd } from './var.js';

const NBUILTINS = 36;

/**
 * A builtin.
 * @lock s the shell
 */
export interface builtincmd extends struct {
  name: str; // (s) what it is called
  special: int; // (s) assignments in front of it last
  func: (argc: int, argv: ptr<str>) => int; // (s) does it and gives the status
}

let builtintab: array<embed<builtincmd>, 36> = $init([
  { name: ':', special: 1, func: truecmd },
  { name: '.', special: 1, func: dotcmd },
  { name: '[', special: 0, func: sh_testcmd },
  { name: 'bg', special: 0, func: bgcmd },
  { name: 'break', special: 1, func: breakcmd },
  { name: 'cd', special: 0, func: cdcmd },
  { name: 'command', special: 0, func: commandcmd },
  { name: 'continue', special: 1, func: continuecmd },
  { name: 'echo', special: 0, func: echocmd },
  { name: 'eval', special: 1, func: evalcmd },
  { name: 'exec', special: 1, func: execcmd },
  { name: 'exit', special: 1, func: exitcmd },
  { name: 'export', special: 1, func: exportcmd },
  { name: 'false', special: 0, func: falsecmd },
  { name: 'fg', special: 0, func: fgcmd },
  { name: 'getopts', special: 0, func: getoptscmd },
  { name: 'hash', special: 0, func: hashcmd },
  { name: 'jobs', special: 0, func: jobscmd },
  { name: 'kill', special: 0, func: sh_killcmd },
  { name: 'local', special: 0, func: localcmd },
  { name: 'printf', special: 0, func: sh_printfcmd },
  { name: 'pwd', special: 0, func: pwdcmd },
  { name: 'read', special: 0, func: readcmd },
  { name: 'readonly', special: 1, func: readonlycmd },
  { name: 'return', special: 1, func: returncmd },
  { name: 'set', special: 1, func: setcmd },
  { name: 'shift', special: 1, func: shiftcmd },
  { name: 'test', special: 0, func: sh_testcmd },
  { name: 'times', special: 1, func: timescmd },
  { name: 'trap', special: 1, func: trapcmd },
  { name: 'true', special: 0, func: truecmd },
  { name: 'type', special: 0, func: typecmd },
  { name: 'ulimit', special: 0, func: ulimitcmd },
  { name: 'umask', special: 0, func: umaskcmd },
  { name: 'unset', special: 1, func: unsetcmd },
  { name: 'wait', special: 0, func: waitcmd },
]);

/** The builtin of a name, null if there is none. */
export function findbuiltin(name: str): builtincmd {
  for (let i = 0; i < NBUILTINS; i++) if (strcmp(builtintab[i].name, name) === 0) return builtintab[i];
  return null;
}
