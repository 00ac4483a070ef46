import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeFolder, whileLocked } from './locked.js';

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

/** The form of the file. One of another may have what would be lost if this one were written over it. */
const SCHEMA = 1;

/** What a file of progress holds, each lesson in its form. @throws Error that says what is wrong with it */
function parsed(text: string): Kept {
  const { schema, lessons } = JSON.parse(text) as { schema: unknown; lessons: Kept };
  if (schema !== SCHEMA)
    throw new Error(`it is of schema ${JSON.stringify(schema) ?? 'none'}, and this trap12 knows ${SCHEMA}`);
  if (typeof lessons !== 'object' || lessons === null) throw new Error('it has no lessons');
  for (const [id, done] of Object.entries(lessons))
    if (!Array.isArray(done?.questions) || typeof done.exercise !== 'boolean')
      throw new Error(`its lesson ${id} has no questions and exercise`);
  return lessons;
}

/** What was done by either. */
const both = (a: Done, b: Done): Done => ({
  questions: [...new Set([...a.questions, ...b.questions])].sort((m, n) => m - n),
  exercise: a.exercise || b.exercise,
});

/** Nothing of a lesson was done. */
const NOTHING: Done = { questions: [], exercise: false };

/**
 * Progress in a file. It is written whole or not at all, and one that cannot be read is put aside, never
 * overwritten. What others have written meanwhile is kept: it is read again, under a lock, before it is
 * written. Where it cannot be written, that is told once, and it is kept as long as the program runs.
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
    this.readAgain();
  }

  /** Takes in what the file has. */
  private readAgain(): void {
    const { path } = this;
    if (!existsSync(path)) return;
    try {
      for (const [id, done] of Object.entries(parsed(readFileSync(path, 'utf8'))))
        this.kept = { ...this.kept, [id]: both(this.of(id), done) };
    } catch (error) {
      this.attempt(() => {
        const aside = this.freeName(`${path}.damaged`);
        renameSync(path, aside);
        const why = (error as Error).message;
        this.tell(`the record of progress cannot be read (${why}); it is kept as ${aside}`);
      });
    }
  }

  of(id: string): Done {
    return this.kept[id] ?? NOTHING;
  }

  /** Of which lessons something was done. */
  get lessons(): string[] {
    return Object.keys(this.kept);
  }

  answered(id: string, question: number): void {
    this.put(id, { questions: [question], exercise: false });
  }

  exercised(id: string): void {
    this.put(id, { questions: [], exercise: true });
  }

  private put(id: string, done: Done): void {
    const { path } = this;
    this.kept = { ...this.kept, [id]: both(this.of(id), done) };
    if (!this.canWrite) return;
    this.attempt(() => {
      makeFolder(dirname(path));
      whileLocked(`${path}.lock`, () => {
        this.readAgain();
        const own = `${path}.${process.pid}.new`;
        try {
          writeFileSync(own, `${JSON.stringify({ schema: SCHEMA, lessons: this.kept }, null, 2)}\n`);
          renameSync(own, path);
        } finally {
          // Of a full disk it is what could be written; once it is renamed there is none.
          rmSync(own, { force: true });
        }
      });
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
