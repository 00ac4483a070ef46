import { _fwalk_flush } from '../stdio/findfp.js';
import { _exit } from '../sys/syscalls.js';
import { __atexit_run } from './atexit.js';

/** exit(3): runs what atexit(3) was given, writes out the streams, and ends. */
export function exit(status: int): never {
  __atexit_run();
  _fwalk_flush();
  _exit(status);
}
