import { isNameless } from '../culprit.js';
import { byName } from '../functions/by-name.js';
import { isCheck, isPanicHelper, isTrapHelper } from '../functions/index.js';

/*
 * Which function can stand outside which in a backtrace. General kernel knowledge, used to tell two stacks
 * apart.
 */

/** Functions on the way to a panic, from the innermost; on one stack their order never turns round. */
const ORDER: readonly (readonly string[])[] = [
  ['db_trace_self', 'db_trace_self_depth'],
  ['db_trace_self_wrapper'],
  ['kdb_backtrace', 'stack_print', 'backtrace'],
  ['_witness_debugger', 'witness_debugger'],
  ['witness_checkorder', 'witness_warn', 'witness_lock', 'witness_sleep'],
  ['vpanic'],
  ['panic', 'kassert_panic'],
  ['trap_fatal'],
  ['trap_pfault', 'kpageflttrap'],
  ['trap', 'kerntrap'],
  ['calltrap', 'alltraps', 'alltraps_kern', 'alltraps_kern_meltdown'],
];
const RANK = new Map(ORDER.flatMap((names, rank) => names.map((name) => [name, rank] as const)));
/** From here on outwards, other functions can stand inside: the handlers of a trap are called by it. */
const TRAP_RANK = RANK.get('trap_fatal')!;

/** Where a function has few callers: those. */
const CALLERS: Record<string, string> = {
  db_trace_self: 'db_trace_self_wrapper db_trace_self_depth',
  // A function whose last act is the call of another leaves no frame: vpanic() prints by way of such a one.
  db_trace_self_wrapper: 'kdb_backtrace stack_print backtrace vpanic panic',
  vpanic: 'panic kassert_panic _kassert_panic',
  trap_fatal: 'trap trap_pfault calltrap',
  trap_pfault: 'trap calltrap',
  trap: 'calltrap alltraps alltraps_kern alltraps_kern_meltdown user_trap nmi_calltrap',
  vm_fault1: 'vm_fault',
  vm_fault_trap: 'trap_pfault data_abort page_fault_handler',
  fork_exit: 'fork_trampoline',
  ithread_loop: 'fork_exit',
  ithread_execute_handlers: 'ithread_loop',
  intr_event_execute_handlers: 'ithread_loop',
  taskqueue_run_locked: 'taskqueue_thread_loop taskqueue_run taskqueue_drain',
  taskqueue_thread_loop: 'fork_exit',
  softclock_thread: 'fork_exit',
  gtaskqueue_thread_loop: 'fork_exit',
  gtaskqueue_run_locked: 'gtaskqueue_thread_loop',
  netisr_dispatch_src: '',
  syscall:
    'Xint0x80_syscall Xsyscall Xlcall_syscall Xfast_syscall fast_syscall_common int0x80_syscall Xsyscall_untramp Xsyscall_meltdown',
  amd64_syscall: 'fast_syscall_common Xfast_syscall',
};
const callers = new Map(
  Object.entries(CALLERS)
    .filter(([, names]) => names !== '')
    .map(([name, names]) => [name, new Set(names.split(' '))]),
);
/** Functions with one callee: `fork_trampoline` stands outside `fork_exit` and nothing else. */
const ONLY_CALLEE: Record<string, string> = {
  fork_trampoline: 'fork_exit',
  fast_syscall_common: 'amd64_syscall syscall',
};
const callees = new Map(
  Object.entries(ONLY_CALLEE).map(([name, names]) => [name, new Set(names.split(' '))]),
);
const SYSCALLS = new Set(['amd64_syscall', 'syscall', 'syscallenter']);
/** Functions after which a boundary of each kind stands. */
const BOUNDARY_AFTER: Record<string, RegExp> = {
  trap: /^(?:calltrap|alltraps\w*|fork_trampoline|trap|kpageflttrap)$/,
  syscall: /syscall|fast_syscall_common/,
  interrupt: /^X|intr|_int|handle_/,
  signal: /./,
};

const WITNESS = /^_?witness_/;
const PANICS = new Set(['panic', 'kassert_panic', 'vpanic']);

/** Whether the caller is another port's or a check that panics: `trap < XentUna`, `vpanic < spl_panic`. */
function isOtherPort(inner: string, outer: string): boolean {
  if (inner === 'trap' || inner === 'trap_fatal') return isTrapHelper(outer);
  if (inner === 'vpanic' || inner === 'db_trace_self_wrapper') return isPanicHelper(outer) || isCheck(outer);
  return false;
}

/** How well `outer` stands outside `inner`: positive for known neighbours, negative for what cannot be. */
export function chainScore(inner: string, outer: string): number {
  const known = callers.get(inner);
  if (known?.has(outer) === true) return 3;
  if (known !== undefined && !isOtherPort(inner, outer)) return -3;
  if (callees.has(outer)) return callees.get(outer)!.has(inner) ? 3 : -4;
  const a = RANK.get(inner);
  const b = RANK.get(outer);
  // What checks the locks can itself find fault and panic.
  if (PANICS.has(inner) && WITNESS.test(outer)) return 0;
  if (a !== undefined && b !== undefined) return b > a ? 2 : -5;
  // A panic's own functions stand inside all others, but for the debugger that it enters.
  // One without a name can be any.
  if (b !== undefined && b < TRAP_RANK) return isPanicHelper(inner) ? 1 : isNameless(inner) ? 0 : -4;
  if (SYSCALLS.has(outer)) return inner.startsWith('sys_') || inner.startsWith('kern_') ? 2 : 0;
  return stem(inner) === stem(outer) && stem(inner).length >= 2 ? 1 : 0;
}

/** How well a boundary of this kind stands outside `inner`. */
export function boundaryScore(inner: string, what: string): number {
  return BOUNDARY_AFTER[what]?.test(inner) === true ? 3 : -3;
}

/** How well `outer` can be the innermost function of a stack, or the first past a boundary. */
export function startScore(outer: string, past: boolean): number {
  const rank = RANK.get(outer);
  if (past) return rank === undefined ? 0 : -3;
  return rank === undefined ? 0 : rank < TRAP_RANK ? 2 : 0;
}

/** The subsystem that a function's name begins with. */
const stem = byName((name) => {
  const bare = name.replace(/^_+/, '');
  const at = bare.indexOf('_');
  return at < 0 ? '' : bare.slice(0, at);
});
