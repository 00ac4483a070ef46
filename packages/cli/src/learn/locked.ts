import { closeSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Host time, ms, between two looks at a lock that somebody else has. */
const LOOK_MS = 10;
/** A lock is held for as long as a small file is read and written: one of this age, ms, is a crash's. */
const STALE_MS = 5000;
/** Host time, ms, that is waited for a lock: longer than one that was left takes to become stale. */
const WAIT_MS = 15_000;

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** Sleeps without letting anything else of this process on. */
const sleep = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/**
 * Makes a folder and those that it lies in. Not by mkdirSync's `recursive`, which never returns where a
 * folder that is there takes no new one and says that there is no such file, as /proc does.
 * @throws the system's error
 */
export function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST' || !statSync(path).isDirectory()) throw error;
  }
}

/**
 * Does something while no other process does the same: the lock is a file that only one can make.
 * @param lock its path
 * @throws the system's error where it cannot be made; ETIMEDOUT where others have had it all the time
 */
export function whileLocked<T>(lock: string, work: () => T): T {
  const until = performance.now() + WAIT_MS;
  while (!isTaken(lock)) {
    if (performance.now() >= until)
      throw Object.assign(new Error(`ETIMEDOUT: ${lock} is there all the time`), {
        code: 'ETIMEDOUT',
        syscall: 'open',
      });
    sleep(LOOK_MS);
  }
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function isTaken(lock: string): boolean {
  try {
    closeSync(openSync(lock, 'wx'));
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
    // It is made anew in the next turn, by one of those who see that it is old. Between look and removal
    // somebody else may have done both: then two write at once, once, behind a crash.
    if (since !== undefined && Date.now() - since > STALE_MS) rmSync(lock, { force: true });
    return false;
  }
}
