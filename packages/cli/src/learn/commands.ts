import { spawnSync } from 'node:child_process';
import { EXIT } from '../exit.js';

/** Host time that a command of a lesson may take, ms. */
const HOST_MS = 600_000;

/** What the shell, the debugger or a program says of words that it does not take. */
const NOT_TAKEN =
  /^(?:\S.*: not found|Syntax error: .*|usage: .*|sysctl: unknown oid .*|No such command|Symbol not found|Bad modifier.*)$/m;

/**
 * Runs a command that a learner is to type, without input; what is wrong with it. That it ends with some
 * status, or with a panic, is not: a lesson may want to show that.
 * @param command the file of trap12's command
 * @param words what is typed after `trap12`
 */
export function commandFault(command: string, words: readonly string[]): string | undefined {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [command, ...words], {
    ...{ encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: HOST_MS, maxBuffer: 1 << 28 },
  });
  if (error !== undefined) return `it cannot be run: ${error.message}`;
  const refused = /^(?:trap12|error): .*$/m.exec(stderr)?.[0];
  if (status === EXIT.internal || (status === EXIT.usage && refused !== undefined))
    return `trap12 does not take it: ${refused ?? 'an internal error'}`;
  const said = NOT_TAKEN.exec(stdout)?.[0];
  return said === undefined ? undefined : `what it is for does not take it: ${said}`;
}
