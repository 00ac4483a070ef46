/** atexit(3): functions to be run at exit, the last one first. */
import { calloc } from './malloc.js';

const _ATEXIT_SIZE = 32;

/**
 * Some of them.
 * @lock p the program
 */
interface _atexit_fns extends struct {
  ax_next: _atexit_fns; // (p) those entered before
  ax_n: int; // (p) how many
  ax_fns: array<() => void, 32>; // (p) the functions
}

let __atexit0: embed<_atexit_fns>;
let __atexit: _atexit_fns = __atexit0;

/** 0, or -1 without memory. */
export function atexit(fn: () => void): int {
  if (__atexit.ax_n >= _ATEXIT_SIZE) {
    const more = $cast<_atexit_fns>(calloc(1, $sizeof<_atexit_fns>()));
    if (more === null) return -1;
    more.ax_next = __atexit;
    __atexit = more;
  }
  __atexit.ax_fns[__atexit.ax_n++] = fn;
  return 0;
}

export function __atexit_run(): void {
  for (; __atexit !== null; __atexit = __atexit.ax_next) while (__atexit.ax_n > 0) _last_fn()();
}

/** Taken off before it is called: it may call exit. */
function _last_fn(): () => void {
  __atexit.ax_n--;
  return __atexit.ax_fns[__atexit.ax_n];
}
