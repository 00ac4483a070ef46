import { type Ran, type RunOptions, runPrograms } from '../../userland/test/compiled.js';

export type { RunOptions };

export interface Answer extends Ran {
  /** What the program said, a line each */
  said: string[];
}

/** In front of every program: how it tells what it finds. */
const PRELUDE = String.raw`
function say(what: str, n: int): void {
  printf('= %s %d\n', what, n);
}
/** What a system call gave: its result, or the negated error number. */
function got(result: int): int {
  return result === -1 ? -errno : result;
}
/** Waits for a child: its exit status, or 128 and the signal that ended it. */
function fate(pid: int): int {
  const status = $var<int>();
  if (waitpid(pid, status, 0) !== pid) return -errno;
  return WIFSIGNALED(status[0]) ? 128 + WTERMSIG(status[0]) : WEXITSTATUS(status[0]);
}
function nap(ms: int): void {
  usleep($u32(1000 * ms));
}
`;

/**
 * Boots the kernel as built and runs a program, which may use the functions above, as the only command.
 * Answers questions that need the whole kernel: system calls, paging, accounting.
 * @param text of the program; it is called `probe`
 * @param words its arguments
 */
export async function runInKernel(text: string, words: string, options: RunOptions = {}): Promise<Answer> {
  const files = { 'etc/data': 'The quick brown fox jumps over the lazy dog.\n', ...options.files };
  const ran = await runPrograms({ probe: PRELUDE + text }, `probe ${words}`, { ...options, files });
  return { ...ran, said: [...ran.console.matchAll(/^= (.*)$/gm)].map((m) => m[1]!) };
}
