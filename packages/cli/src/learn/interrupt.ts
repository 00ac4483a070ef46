import { Interruption, signalsTold } from '@trap12/system/interruption.js';
import { Interrupted } from '../exit.js';

/** The work that is going on. */
let work: Interruption | undefined;

/**
 * Does a work that Ctrl-C is to end, whenever it comes, and not the process.
 * @throws Interrupted if Ctrl-C has come before the end of it, however late
 */
export async function interruptible<T>(whole: () => Promise<T>): Promise<T> {
  return leftAlone(async () => {
    const result = await whole();
    // What had no turn at its end has not heard of it.
    await refuseInterrupted();
    return result;
  });
}

/** Does a work at which Ctrl-C is somebody else's: it ends neither that nor the process. */
export async function leftAlone<T>(whole: () => Promise<T>): Promise<T> {
  const around = work;
  const interruption = new Interruption();
  work = interruption;
  try {
    return await whole();
  } finally {
    work = around;
    await signalsTold();
    interruption.close();
  }
}

/**
 * Before each piece of such a work, and behind one that has no turns.
 * @throws Interrupted if Ctrl-C has come
 */
export async function refuseInterrupted(): Promise<void> {
  await signalsTold();
  if (work?.interrupted === true) throw new Interrupted('not all of it has been tried');
}

/** Calls a function at Ctrl-C during the work that is going on. */
export function atInterruption(call: () => void): void {
  work?.onPress(call);
}
