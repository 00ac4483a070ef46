/**
 * Errors and interrupts (error.c).
 *
 * What ends a command early is no jump but a state, evalskip: whoever evaluates, expands or parses comes back
 * at once while it is not 0. An error ends a script's shell on the spot; at a terminal it goes back to the
 * prompt that way, and so does an interrupt.
 */
import { SIGINT } from '../../../../kernel/src/sys/signal.h.js';
import { rootshell } from './jobs.js';
import { iflag, optval } from './options.js';
import { out2fmt, out2str } from './output.js';
import { exitshell } from './trap.js';

/** evalskip: break and continue of skipcount loops, return from a function or a file, back to the prompt. */
export const SKIPBREAK = 1;
export const SKIPCONT = 2;
export const SKIPFUNC = 3;
export const SKIPERROR = 4;
export const SKIPINT = 5;

/** What commands are to be skipped, 0: none. */
export let evalskip: int = 0;
/** Loops that a break or continue still has to leave. */
export let skipcount: int = 0;
/** Status of the last command. */
export let exitstatus: int = 0;
/** The name of the script, for its complaints; null: it has none. */
export let commandname: str = null;
/** Builtins that are running whose errors end them alone, and no script. */
export let mildnest: int = 0;
/** SIGINT has come, and no trap wants it. */
export let intpending: int = 0;

/** Complains. */
export function sh_warnx(fmt: str, ...args: va_list): void {
  if (commandname !== null) out2fmt('%s: ', commandname);
  out2fmt(fmt, ...args);
  out2str('\n');
}

/**
 * Complains of what ends the command, and the shell if that is a script's; of a builtin that is no special
 * one, and of what `command` is put before, only that.
 */
export function sh_error(fmt: str, ...args: va_list): void {
  sh_warnx(fmt, ...args);
  raise_error(2);
}

/** What sh_error does when it has complained. */
export function raise_error(status: int): void {
  exitstatus = status;
  if (mildnest === 0 && !(rootshell && optval[iflag])) exitshell(status);
  evalskip = SKIPERROR;
}

/** Turns an interrupt that has come into the way back to the prompt. */
export function checkint(): void {
  if (!intpending) return;
  intpending = 0;
  exitstatus = 128 + SIGINT;
  evalskip = SKIPINT;
}
