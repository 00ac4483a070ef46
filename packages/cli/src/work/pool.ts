import { fileURLToPath } from 'node:url';
import type { Piscina } from 'piscina';
import { LoopError, SourceError, usageError } from '../exit.js';
import type { Answer } from './answer.js';

/** A worker has died of the same task twice. */
export class WorkerDied extends Error {
  override readonly name = 'WorkerDied';
}

/**
 * Threads that work off tasks. A task whose worker dies is given to another one, once; if that dies, too, the
 * task is what they died of.
 */
export class Pool<T> {
  private dropping = new AbortController();

  private constructor(
    private readonly piscina: Piscina,
    /** Tasks at the same time */
    readonly width: number,
  ) {}

  /** @param file the module that works off tasks */
  static async make<T>(width: number, file?: string): Promise<Pool<T>> {
    const { Piscina } = await import('piscina');
    const filename = file ?? fileURLToPath(import.meta.resolve('@trap12/cli/work/worker.cjs'));
    const piscina = new Piscina({
      filename,
      minThreads: width,
      maxThreads: width,
      // A worker that waits is to hear of the end of the process.
      atomics: 'disabled',
    });
    // Of a worker that dies while it has nothing to do there is nothing to be told.
    piscina.on('error', () => {});
    return new Pool<T>(piscina, width);
  }

  /**
   * @returns undefined: drop() or close() came before the end
   * @throws WorkerDied; CommandError or RangeError as the task threw it
   */
  async run<R>(task: T): Promise<R | undefined> {
    const { signal } = this.dropping;
    for (let left = 1; ; left--) {
      let answer: Answer;
      try {
        answer = (await this.piscina.run(task, { signal })) as Answer;
      } catch (error) {
        if (signal.aborted) return undefined;
        if (left > 0) continue;
        throw new WorkerDied((error as Error).message, { cause: error });
      }
      if ('result' in answer) return answer.result as R;
      throw thrown(answer.error);
    }
  }

  /** Gives up what is being done; the pool can be used again. */
  drop(): void {
    const { dropping } = this;
    this.dropping = new AbortController();
    dropping.abort();
  }

  /** Ends all workers. */
  async close(): Promise<void> {
    this.dropping.abort();
    await this.piscina.destroy();
  }
}

/** An error of a worker's, as this thread would have thrown it. */
function thrown({ name, message }: { name: string; message: string }): Error {
  if (name === 'RangeError') return new RangeError(message);
  if (name === 'SourceError') return new SourceError(message);
  if (name === 'LoopError') return new LoopError(message);
  if (name === 'CommandError') return usageError(message);
  const error = new Error(message);
  error.name = name;
  return error;
}

/** A pool as long as it is wanted: undefined with one job, for which nothing of it is loaded. */
export async function withPool<T, R>(
  jobs: number,
  use: (pool: Pool<T> | undefined) => Promise<R>,
): Promise<R> {
  if (jobs < 2) return use(undefined);
  const pool = await Pool.make<T>(jobs);
  try {
    return await use(pool);
  } finally {
    await pool.close();
  }
}
