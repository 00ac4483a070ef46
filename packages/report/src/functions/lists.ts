import type { Arch } from '../types.js';

/** Functions of one system's kernels that say nothing of a panic's cause, by what they do in a backtrace. */
export interface FunctionLists {
  /** How the kernel panics, prints its stack, enters its debugger, dumps and reboots. */
  panic: readonly string[];
  /** How a trap reaches the panic: handlers and entry code, of all architectures. */
  trap: readonly string[];
  /**
   * The fault handlers of the vm system; past them, if a trap led here, stands the code that touched the
   * address.
   */
  fault: readonly string[];
  /** Assertions, locks, allocators, copies: they find the damage that others did. */
  check: readonly string[];
  /**
   * Ways in: system calls, interrupts, kernel threads and their dispatchers. Not the event's own unless
   * nothing else is.
   */
  way: readonly string[];
  /** Functions at which a kernel stack begins. */
  base: readonly string[];
  /** Functions that no other system's kernels have. */
  only?: readonly string[];
  /** Functions that only kernels of one architecture have. */
  arches?: Partial<Record<Arch, readonly string[]>>;
  /** Families of functions, as patterns over the whole name. */
  families?: Partial<Record<Role, RegExp>>;
}

/** What a function does in a backtrace; `base` is told apart, since a base has a role as well. */
export type Role = 'panic' | 'trap' | 'fault' | 'check' | 'way';

export function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}
