import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { hearBy, sayLast } from '@trap12/system/interruption.js';
import { nodeTurn } from '@trap12/system/node.js';
import { Notes } from './notes.js';
import { endedText, type Missed, NOTHING, parseMissed, WORDS } from './words.js';

/** Host time between two words to a sentinel that all is well, and without any, when it may have acted. */
const WORD_MS = 250;
const LATE_MS = 1000;
/** A sentinel that does not answer is taken to be gone. */
const ANSWER_MS = 5000;

/**
 * Sees to it that Ctrl-C ends this process also where it never comes to see it: a kernel is ordinary code of
 * the host's, and while one loops in a function that looks at nothing, no handler of a signal is called. From
 * its start on a second process of the same group waits for the signal, too; it ends this one, by SIGTERM, if
 * there is no sign for two seconds that it was seen here or that the kernel goes on. After a second signal
 * only the first of these counts. Where nobody here listens for the signal that is not needed: then it ends
 * the process by itself, and the other says so. A signal to this process alone, as by `kill -INT`, the other
 * does not get.
 *
 * A terminal in raw mode makes no signals. Who runs a machine there says so again and again; after two
 * seconds without a word the second process has the terminal make a signal of Ctrl-C, until there is one, and
 * reads what was typed up to then: a Ctrl-C in it counts. What it has read it gives back with its answer.
 */
class Sentinel {
  private child: ChildProcessByStdio<Writable, Readable, null> | undefined;
  /** Who waits for an answer */
  private asked: ((missed: Missed) => void) | undefined;
  /** When it was last told that a kernel goes on */
  private aliveMs = Number.NEGATIVE_INFINITY;
  /** When it last heard of a machine in raw mode; undefined: there is none */
  private toldMs: number | undefined;
  private mayLoop = false;
  private readonly seen = (): void => this.saw();

  /** A kernel may loop that is run here: from now on it is watched over. */
  watch(): void {
    this.mayLoop = true;
    this.start();
  }

  /** From now on it notes each Ctrl-C, for who is busy. */
  start(): void {
    if (this.child !== undefined || !isMainThread) return;
    const file = fileURLToPath(import.meta.resolve('@trap12/cli/sentinel/process.js'));
    const env = { ...process.env, NODE_OPTIONS: '' };
    const notes = Notes.make();
    const child = spawn(process.execPath, [file], {
      stdio: ['pipe', 'pipe', 'inherit', notes?.fd ?? 'ignore'],
      env,
    }) as ChildProcessByStdio<Writable, Readable, null>;
    this.child = child;
    if (notes !== undefined) hearBy(() => this.noted(notes));
    sayLast(() => process.stderr.write(endedText()));
    // Who comes to its own end has not died of a signal, whether it saw that or not.
    process.on('exit', this.seen);
    child.on('error', () => {});
    child.stdin.on('error', () => {});
    let answer = '';
    child.stdout.on('data', (more: Buffer) => {
      answer += more.toString('latin1');
      const missed = parseMissed(answer);
      if (missed === undefined) return;
      answer = '';
      this.asked?.(missed);
    });
    child.on('close', () => this.asked?.(NOTHING));
    // Neither keeps this process from its end.
    child.unref();
    for (const pipe of [child.stdin, child.stdout]) (pipe as typeof pipe & { unref(): void }).unref();
    this.listenWithOthers();
  }

  /** From now on a signal is to be seen soon, where a kernel may loop. */
  arm(): void {
    if (this.mayLoop) this.tell(WORDS.arm);
  }

  /** What comes now may take its time, and comes to its end. */
  disarm(): void {
    this.tell(WORDS.disarm);
  }

  /** A signal was seen, though no listener was called. */
  saw(): void {
    this.tell(WORDS.seen);
  }

  /**
   * The kernel has come back from a call: a signal that is not seen yet is still waited for. This goes out at
   * once, also where the host's events do not have their turn.
   */
  goesOn(): void {
    const now = performance.now();
    if (now - this.aliveMs < WORD_MS) return;
    this.aliveMs = now;
    this.tell(WORDS.alive);
  }

  /**
   * To be called again and again while a machine runs with the terminal in raw mode.
   * @returns whether Ctrl-C was a signal since the last time, which is then over: one that came was a key;
   * and what was typed before that
   */
  async running(): Promise<Missed> {
    const silentMs = performance.now() - (this.toldMs ?? -Infinity);
    if (silentMs < WORD_MS) return NOTHING;
    const isLate = this.toldMs !== undefined && silentMs >= LATE_MS;
    const missed = isLate ? await this.still() : NOTHING;
    this.tell(WORDS.running);
    this.toldMs = performance.now();
    return missed;
  }

  /**
   * To be awaited before the terminal's settings are changed by this process: the machine stands still.
   * @returns as running() does
   */
  async still(): Promise<Missed> {
    const { child } = this;
    if (this.toldMs === undefined) return NOTHING;
    this.toldMs = undefined;
    if (child?.stdin.writable !== true) return NOTHING;
    let timer: NodeJS.Timeout | undefined;
    const missed = await new Promise<Missed>((resolve) => {
      this.asked = resolve;
      // It also keeps this process from its end.
      timer = setTimeout(() => resolve(NOTHING), ANSWER_MS);
      this.tell(WORDS.still);
    });
    clearTimeout(timer);
    this.asked = undefined;
    // A signal that came with the answer is seen behind it.
    await nodeTurn();
    return missed;
  }

  /** Signals that it has noted: who is told of them has seen them. */
  private noted(notes: Notes): number[] {
    const signals = notes.signals();
    if (signals.length > 0) this.saw();
    return signals;
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
