import { CommandError } from '../exit.js';
import { workOff, type Task } from './tasks.js';

/** What a worker answers: an error of the task is an answer; a worker that does not answer has died. */
export type Answer = { result: unknown } | { error: { name: string; message: string } };

/** Works off a task in a worker. */
export async function answer(task: Task): Promise<Answer> {
  try {
    return { result: await workOff(task) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { error: { name: error instanceof CommandError ? 'CommandError' : name, message } };
  }
}
