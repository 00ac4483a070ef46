/** rfork_thread(3) (i386/gen/rfork_thread.S). */
import { SYS_rfork } from '../../../../../kernel/src/sys/syscall.h.js';
import type { pid_t } from '../../../../../kernel/src/sys/types.h.js';
import { _exit } from '../sys/syscalls.js';

/**
 * What a thread begins with, at the top of its stack.
 * @lock p the thread
 */
interface _thread_args extends struct {
  ta_start: (arg: u32) => int; // (p) what it runs
  ta_arg: u32; // (p) what that is given
}

/**
 * rfork(2) for a child that shares the memory (RFMEM), upon a stack that ends at `stack_addr`: it runs
 * `func(arg)` and exits with what that gives. errno, stdio and malloc are one for all: who uses them sees to
 * it that nobody else does.
 */
export function rfork_thread(flags: int, stack_addr: u32, func: (arg: u32) => int, arg: u32): pid_t {
  const top = $cast<_thread_args>((stack_addr - $sizeof<_thread_args>()) & ~3);
  top.ta_start = func;
  top.ta_arg = arg;
  return _rfork(flags, $addr(top));
}

/** The call by itself: the kernel finds its flags here. */
function _rfork(flags: int, top: u32): int {
  return $rfork(SYS_rfork, top, $addr(_thread_begin), top);
}

function _thread_begin(top: u32): never {
  const args = $cast<_thread_args>(top);
  _exit(args.ta_start(args.ta_arg));
}
