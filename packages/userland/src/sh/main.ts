/** sh(1): scripts, -c, standard input, and a person at a terminal. */
import { isatty } from '../lib/files.js';
import { IOBUF_ADDR, type Program, type User } from '../libc.js';
import { EINTR, ENOENT, SYS } from '../syscalls.js';
import { ExpansionError } from './expand.js';
import { type List, parseShell, ShellSyntaxError } from './parse.js';
import { Leave } from './leave.js';
import { Shell } from './sh.js';

const OPTION_LETTERS = 'aefimnuvxs';
const SIGINT = 2;
const IGNORED_INTERACTIVELY = [3, 15, 18, 21, 22];

/** Runs what can end a shell early: its status. */
function* ending(shell: Shell, body: User): User<number> {
  try {
    yield* shell.guarded(body);
  } catch (error) {
    if (!(error instanceof Leave)) throw error;
  }
  try {
    yield* shell.guarded(shell.exitTrap());
  } catch (error) {
    if (!(error instanceof Leave)) throw error;
  }
  return shell.status;
}

/** Runs one complete command of a reader of lines; false if it ended the shell. */
function* oneCommand(shell: Shell, list: List, interactive: boolean): User<boolean> {
  try {
    yield* shell.run(list);
  } catch (error) {
    if (error instanceof ExpansionError) {
      yield* shell.complain(error.message);
      return interactive;
    }
    if (error instanceof ShellSyntaxError) {
      yield* shell.complain(`Syntax error: ${error.message}`);
      return interactive;
    }
    if (!(error instanceof Leave)) throw error;
    if (error.what === 'exit') return false;
    if (error.what === 'interrupt') yield* shell.c.puts(2, '\n');
  }
  return true;
}

/** Tells of background jobs that have ended since the last prompt. */
function* tellJobs(shell: Shell): User {
  yield* shell.jobs.poll();
  for (const job of [...shell.jobs.list]) {
    if (!shell.jobs.done(job)) continue;
    yield* shell.c.puts(2, shell.jobs.describe(job));
    shell.jobs.remove(job);
  }
}

/** Reads standard input line by line and runs each command as soon as it is complete. */
function* readLines(shell: Shell, interactive: boolean): User {
  const { c } = shell;
  let pending = '';
  for (;;) {
    if (interactive) {
      if (pending === '') yield* tellJobs(shell);
      yield* c.puts(2, pending === '' ? (c.env.get('PS1') ?? '# ') : (c.env.get('PS2') ?? '> '));
    }
    const n = yield* c.read(0, IOBUF_ADDR, 4096);
    if (n === -EINTR) {
      pending = '';
      shell.interrupted = false;
      if (interactive) yield* c.puts(2, '\n');
      continue;
    }
    if (n > 0) pending += new TextDecoder().decode(yield* c.cpu.read(IOBUF_ADDR, n));
    let list: List;
    try {
      list = parseShell(pending, n <= 0);
    } catch (error) {
      if (!(error instanceof ShellSyntaxError)) throw error;
      if (error.incomplete && n > 0) continue;
      pending = '';
      yield* shell.complain(`Syntax error: ${error.message}`);
      if (!interactive || n <= 0) return;
      continue;
    }
    pending = '';
    if (!(yield* oneCommand(shell, list, interactive))) return;
    if (n <= 0) {
      if (interactive) yield* c.puts(2, '\n');
      return;
    }
  }
}

/** Makes the shell leader of the terminal's foreground group, deaf to the signals of the keyboard but SIGINT. */
function* interactive(shell: Shell): User {
  const { c } = shell;
  shell.options.add('i');
  for (const sig of IGNORED_INTERACTIVELY) yield* c.signal(sig, 'ignore');
  yield* shell.catchSignal(SIGINT);
  const pid = yield* c.sys(SYS.getpid);
  yield* c.sys(SYS.setpgid, 0, 0);
  if (yield* isatty(c, 2)) {
    shell.jobs.control = true;
    shell.options.add('m');
    yield* shell.jobs.terminalTo(pid);
  }
  yield* readLines(shell, true);
}

/** sh(1) */
export const sh: Program = function* (c) {
  const args = c.argv.slice(1);
  let letters = '';
  while (/^-[^-]/.test(args[0] ?? '')) letters += args.shift()!.slice(1);
  if (args[0] === '--') args.shift();
  const wantsText = letters.includes('c');
  const text = wantsText ? args.shift() : undefined;
  if (wantsText && text === undefined) return yield* c.fail('-c requires an argument', 2);
  c.env.delete('$');
  const script = wantsText || letters.includes('s') ? undefined : args[0];
  const shell = new Shell(c, args[0] ?? c.argv[0] ?? 'sh', args.slice(1));
  if (letters.includes('s')) shell.positional = args;
  for (const letter of letters) {
    if (letter === 'c') continue;
    if (!OPTION_LETTERS.includes(letter)) return yield* c.fail(`Illegal option -${letter}`, 2);
    if (letter !== 's') shell.options.add(letter);
  }
  if (text !== undefined) {
    if (args[0] !== undefined) shell.complainer = args[0];
    return yield* ending(shell, shell.runText(text));
  }
  if (script !== undefined) {
    const source = yield* c.slurp(script);
    if (typeof source === 'number')
      return yield* c.fail(`Can't open ${script}: ${c.strerror(source)}`, source === -ENOENT ? 127 : 126);
    shell.complainer = script;
    return yield* ending(shell, shell.runText(source));
  }
  const terminal = (yield* isatty(c, 0)) && (yield* isatty(c, 2));
  if (letters.includes('i') || terminal) return yield* ending(shell, interactive(shell));
  return yield* ending(shell, readLines(shell, false));
};
