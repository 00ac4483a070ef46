import type { Crew, Outcome, Task } from '@trap12/campaign';
import { WORKER_DIES } from '@trap12/campaign/types.js';
import type { SearchHost } from './host.js';
import { Pool, WorkerDied } from './pool.js';
import type { Task as WorkTask } from './tasks.js';

/** Threads of this process. */
export class LocalCrew implements Crew {
  private constructor(private readonly pool: Pool<WorkTask>) {}

  static async make(width: number, host: SearchHost): Promise<LocalCrew> {
    const pool = await Pool.make<WorkTask>(width);
    host.onStop(() => pool.drop());
    return new LocalCrew(pool);
  }

  get width(): number {
    return this.pool.width;
  }

  async run(task: Task): Promise<Outcome | undefined> {
    try {
      return await this.pool.run<Outcome>({ job: 'campaign', task });
    } catch (error) {
      if (!(error instanceof WorkerDied)) throw error;
      const title = `a worker dies of it: ${error.message}`;
      const failure = { signature: WORKER_DIES, title, times: 1, at: 0, schedule: '', size: 0 };
      return { tries: task.count, failures: [failure] };
    }
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}
