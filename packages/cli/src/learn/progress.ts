import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** What somebody has done of a lesson. */
export interface Done {
  /** Questions that were answered, from 1 on */
  questions: number[];
  exercise: boolean;
}

type Kept = Record<string, Done>;

/** Where progress is kept: TRAP12_PROGRESS, or the user's folder of state. */
export function progressPath(env: NodeJS.ProcessEnv = process.env): string {
  if (env.TRAP12_PROGRESS) return env.TRAP12_PROGRESS;
  return join(env.XDG_STATE_HOME || join(homedir(), '.local/state'), 'trap12/progress.json');
}

/**
 * Progress in a file. It is written whole or not at all, and one that cannot be read is put aside, never
 * overwritten. Where it cannot be written, that is told once, and it is kept as long as the program runs.
 */
export class ProgressFile {
  private kept: Kept = {};
  private canWrite = true;

  /**
   * @param tell what is told of a file that could not be read, or cannot be written
   * @throws RangeError if it is a folder, which nobody may put aside
   */
  constructor(
    private readonly path = progressPath(),
    private readonly tell: (text: string) => void = () => {},
  ) {
    if (!existsSync(path)) return;
    if (statSync(path).isDirectory())
      throw new RangeError(`progress cannot be kept in ${path}, a folder; TRAP12_PROGRESS names a file`);
    try {
      const { lessons } = JSON.parse(readFileSync(path, 'utf8')) as { lessons: Kept };
      if (typeof lessons !== 'object' || lessons === null) throw new Error('it has no lessons');
      this.kept = lessons;
    } catch (error) {
      const aside = this.freeName(`${path}.damaged`);
      this.attempt(() => {
        renameSync(path, aside);
        tell(`the record of progress cannot be read (${(error as Error).message}); it is kept as ${aside}`);
      });
    }
  }

  of(id: string): Done {
    return this.kept[id] ?? { questions: [], exercise: false };
  }

  answered(id: string, question: number): void {
    const { questions, exercise } = this.of(id);
    if (!questions.includes(question))
      this.put(id, { questions: [...questions, question].sort((a, b) => a - b), exercise });
  }

  exercised(id: string): void {
    this.put(id, { ...this.of(id), exercise: true });
  }

  private put(id: string, done: Done): void {
    this.kept = { ...this.kept, [id]: done };
    if (!this.canWrite) return;
    this.attempt(() => {
      mkdirSync(dirname(this.path), { recursive: true });
      writeFileSync(`${this.path}.new`, `${JSON.stringify({ schema: 1, lessons: this.kept }, null, 2)}\n`);
      renameSync(`${this.path}.new`, this.path);
    });
  }

  /** Changes files; tells if that may not be, and changes none from then on. */
  private attempt(change: () => void): void {
    try {
      change();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
      this.canWrite = false;
      this.tell(
        `progress cannot be kept: ${(error as Error).message}; TRAP12_PROGRESS=FILE keeps it somewhere else`,
      );
    }
  }

  private freeName(path: string): string {
    for (let i = 0; ; i++) {
      const name = i === 0 ? path : `${path}.${i}`;
      if (!existsSync(name)) return name;
    }
  }
}
