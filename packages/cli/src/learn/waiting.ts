import { Progress } from '../progress.js';

/** Says of long work behind a question or an exercise that it goes on: on standard error, as searches do. */
export const waiting = new Progress();
