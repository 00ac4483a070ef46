import { execFile } from 'node:child_process';
import { EXIT } from '../exit.js';
import { atInterruption, refuseInterrupted } from './interrupt.js';

/** Host time that a command of a lesson may take, ms. */
const HOST_MS = 600_000;

/** What the shell, the debugger or a program says of words that it does not take. */
const NOT_TAKEN =
  /^(?:\S.*: not found|Syntax error: .*|usage: .*|sysctl: unknown oid .*|No such command|Symbol not found|Bad modifier.*)$/m;

/** What such a command may print. */
const PRINTED_MAX = 1 << 28;

/** How a command has ended. */
interface Ended {
  status: number | undefined;
  stdout: string;
  stderr: string;
  /** Why it could not be run, or not to its end */
  failed: string | undefined;
}

/** Runs a command without input. Ctrl-C ends it, also where the signal came to this process alone. */
function ended(command: string, words: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [command, ...words],
      { encoding: 'utf8', timeout: HOST_MS, maxBuffer: PRINTED_MAX },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined;
        resolve({ status, stdout, stderr, failed: status === undefined ? error?.message : undefined });
      },
    );
    child.stdin?.on('error', () => {});
    child.stdin?.end();
    atInterruption(() => child.kill('SIGINT'));
  });
}

/**
 * Runs a command that a learner is to type, without input; what is wrong with it. That it ends with some
 * status, or with a panic, is not: a lesson may want to show that.
 * @param command the file of trap12's command
 * @param words what is typed after `trap12`
 * @throws Interrupted if Ctrl-C has come meanwhile
 */
export async function commandFault(command: string, words: readonly string[]): Promise<string | undefined> {
  const { status, stdout, stderr, failed } = await ended(command, words);
  // What Ctrl-C has ended says nothing of the command.
  await refuseInterrupted();
  if (failed !== undefined) return `it cannot be run: ${failed.split('\n')[0]}`;
  const refused = /^(?:trap12|error): .*$/m.exec(stderr)?.[0];
  if (status === EXIT.internal || (status === EXIT.usage && refused !== undefined))
    return `trap12 does not take it: ${refused ?? 'an internal error'}`;
  const said = NOT_TAKEN.exec(stdout)?.[0];
  return said === undefined ? undefined : `what it is for does not take it: ${said}`;
}
