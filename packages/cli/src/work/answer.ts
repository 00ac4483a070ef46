import { CommandError, LoopError, SourceError } from '../exit.js';
import { workOff, type Task } from './tasks.js';

/** What a worker answers: an error of the task is an answer; a worker that does not answer has died. */
export type Answer = { result: unknown } | { error: { name: string; message: string } };

/** Of an error that is the user's to mend, which it is to be again. */
function kindOf(error: unknown): string | undefined {
  if (error instanceof SourceError) return 'SourceError';
  if (error instanceof LoopError) return 'LoopError';
  return error instanceof CommandError ? 'CommandError' : undefined;
}

/** Works off a task in a worker. */
export async function answer(task: Task): Promise<Answer> {
  try {
    return { result: await workOff(task) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { error: { name: kindOf(error) ?? name, message } };
  }
}
