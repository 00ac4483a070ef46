import { nodeTurn } from '@trap12/system/node.js';
import { Interrupted } from '../exit.js';

/** Ctrl-C that came while nobody listened: between two machines, while a patch was compiled. */
let asked = false;

/** Does a work that Ctrl-C is to end, whenever it comes, and not the process. */
export async function interruptible<T>(work: () => Promise<T>): Promise<T> {
  const noted = (): void => {
    asked = true;
  };
  asked = false;
  process.on('SIGINT', noted);
  try {
    return await work();
  } finally {
    process.removeListener('SIGINT', noted);
    asked = false;
  }
}

/**
 * Before each piece of such a work.
 * @throws Interrupted if Ctrl-C has come
 */
export async function refuseInterrupted(): Promise<void> {
  // What came while this thread was at work is told by its loop: of the turn it is in, that may be over.
  await nodeTurn();
  await nodeTurn();
  if (asked) throw new Interrupted('not all of it has been tried');
}
