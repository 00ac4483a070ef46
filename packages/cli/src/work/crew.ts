import type { Crew, Unit, UnitOptions, UnitResult } from '@trap12/explore';
import type { SubjectRecord } from '../subject.js';
import { clock, type SearchHost } from './host.js';
import { Pool, WorkerDied } from './pool.js';
import type { Task } from './tasks.js';

/**
 * A search has been going on for so many seconds before others are called in: to have them ready takes a
 * second or two of theirs.
 */
const ALONE_SECONDS = 1;

/**
 * Those who help with a search, each with a lab of its own. They come after a while, as most problems are
 * small; what is found is the same with and without them.
 */
export class Helpers {
  private readonly begun = clock();
  private pool: Pool<Task> | undefined;
  private coming: Promise<void> | undefined;
  private failed: unknown;
  private here = false;
  private closing = false;

  constructor(
    private readonly subject: SubjectRecord,
    private readonly jobs: number,
    host: SearchHost,
  ) {
    host.onStop(() => this.pool?.drop());
  }

  /** Who works off units now; undefined: nobody but who asks. @param options of every unit */
  crew(options: UnitOptions): Crew<Unit, UnitResult> | undefined {
    if (this.failed !== undefined) throw this.failed;
    const { pool, subject } = this;
    if (pool === undefined || !this.here) {
      if (this.jobs > 1 && clock() - this.begun >= ALONE_SECONDS) this.coming ??= this.come();
      return undefined;
    }
    return {
      width: pool.width,
      drop: () => pool.drop(),
      async run(unit) {
        try {
          return await pool.run<UnitResult>({ job: 'unit', subject, unit, options });
        } catch (error) {
          if (!(error instanceof WorkerDied)) throw error;
          return { tries: 0, failures: [], growth: [], turns: false, prints: [], died: error.message };
        }
      },
    };
  }

  private async come(): Promise<void> {
    try {
      const pool = await Pool.make<Task>(this.jobs);
      this.pool = pool;
      if (this.closing) return;
      const { subject } = this;
      const unit = { strategy: 'random', seed: 0, first: 0, count: 0 };
      const options = { all: false, novelty: false };
      await Promise.all(
        Array.from({ length: this.jobs }, () => pool.run({ job: 'unit', subject, unit, options })),
      );
      this.here = true;
    } catch (error) {
      this.failed = error;
    }
  }

  /** Sends them away, those as well that are not ready yet. */
  async close(): Promise<void> {
    this.closing = true;
    const { pool } = this;
    await pool?.close();
    await this.coming;
    if (pool === undefined) await this.pool?.close();
  }
}
