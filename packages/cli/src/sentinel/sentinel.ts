import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { WORDS } from './words.js';

/**
 * Sees to it that Ctrl-C ends this process also where it never comes to see it: a kernel is ordinary code of
 * the host's, and while one loops in a function that looks at nothing, no handler of a signal is called. From
 * its start on a second process of the same group waits for the signal, too; it ends this one, by SIGTERM, if
 * there is no sign within two seconds that it was seen here. Where nobody here listens for the signal that is
 * not needed: then it ends the process by itself. A signal to this process alone, as by `kill -INT`, the
 * other does not get.
 */
class Sentinel {
  private child: ChildProcessByStdio<Writable, null, null> | undefined;
  private readonly seen = (): void => this.tell(WORDS.seen);

  /** To be called before what takes long without being a kernel's: compiling. */
  start(): void {
    if (this.child !== undefined || !isMainThread) return;
    const file = fileURLToPath(import.meta.resolve('@trap12/cli/sentinel/process.js'));
    const env = { ...process.env, NODE_OPTIONS: '' };
    const child = spawn(process.execPath, [file], { stdio: ['pipe', 'ignore', 'inherit'], env });
    this.child = child;
    child.on('error', () => {});
    child.stdin.on('error', () => {});
    // Neither keeps this process from its end.
    child.unref();
    (child.stdin as Writable & { unref(): void }).unref();
    this.listenWithOthers();
  }

  /** From now on a signal is to be seen soon. */
  arm(): void {
    this.tell(WORDS.arm);
  }

  /** What comes now may take its time, and comes to its end. */
  disarm(): void {
    this.tell(WORDS.disarm);
  }

  private tell(word: string): void {
    if (this.child?.stdin.writable === true) this.child.stdin.write(word);
  }

  /** A listener of its own as long as there is another: without any, the signal ends the process. */
  private listenWithOthers(): void {
    const { seen } = this;
    const isThere = (): boolean => process.listeners('SIGINT').includes(seen);
    process.on('newListener', (name, listener) => {
      if (name === 'SIGINT' && listener !== seen && !isThere()) process.prependListener('SIGINT', seen);
    });
    process.on('removeListener', (name, listener) => {
      if (name === 'SIGINT' && listener !== seen && isThere() && process.listenerCount('SIGINT') === 1)
        process.removeListener('SIGINT', seen);
    });
    if (process.listenerCount('SIGINT') > 0) process.prependListener('SIGINT', seen);
  }
}

/** This process's. */
export const sentinel = new Sentinel();
