import { kernelTests } from './module.js';

/**
 * The alternate map and the window PADDR1 are one for all processors, and what is in their TLBs is not: on
 * two processors two kernel processes, which share a page directory, look at the page tables of others in
 * turn.
 */
const TEST = `
const AT: u32 = 0x30000000;
const ROUNDS = 24;
let t_first: pmap = null;
let t_second: pmap = null;
let t_first_page: u32 = 0;
let t_second_page: u32 = 0;
/** Counts the steps: the looker does the even ones, the other one the odd ones. */
let t_step: int = 0;
let t_done: int = 0;
let t_other_cpu: int = 0;
/** What the looker saw that was not so, and how often he and the other were on processors of their own. */
let t_wrong_map: int = 0;
let t_wrong_window: int = 0;
let t_apart: int = 0;

/** The page that a map has at AT, by one way or the other. */
function t_by_map(map: pmap): u32 {
  return $padd(get_ptbase(map), $int(AT >> 12))[0] & PG_FRAME;
}
function t_by_window(map: pmap): u32 {
  return pmap_pte_quick(map, AT)[0] & PG_FRAME;
}
function* t_await(step: int): Sleeps {
  while (t_step !== step) {
    mtx_lock_spin(sched_lock);
    mtx_unlock_spin(sched_lock);
  }
}
/** Sees the first map, then, after the other has seen the second one, that. */
export function* t_looker(arg: u32, frame: trapframe): Sleeps {
  for (let n = 0; n < ROUNDS; n++) {
    yield* t_await(2 * n);
    yield* mtx_lock(Giant);
    const before = t_by_map(t_first) === t_first_page && t_by_window(t_first) === t_first_page;
    const cpu = get_pcpu().cpuid;
    mtx_unlock(Giant);
    KASSERT(before, 't_looker: the first map is wrong');
    t_step++;
    yield* t_await(2 * n + 2);
    yield* mtx_lock(Giant);
    /* The window first: the look by the map drops all translations. */
    if (t_by_window(t_second) !== t_second_page) t_wrong_window++;
    if (t_by_map(t_second) !== t_second_page) t_wrong_map++;
    if (get_pcpu().cpuid === cpu && t_other_cpu !== cpu) t_apart++;
    mtx_unlock(Giant);
  }
  yield* mtx_lock(Giant);
  t_done = 1;
  yield* kthread_exit(0);
}
export function* t_other(arg: u32, frame: trapframe): Sleeps {
  for (let n = 0; n < ROUNDS; n++) {
    yield* t_await(2 * n + 1);
    yield* mtx_lock(Giant);
    const seen = t_by_map(t_second) === t_second_page && t_by_window(t_second) === t_second_page;
    t_other_cpu = get_pcpu().cpuid;
    mtx_unlock(Giant);
    KASSERT(seen, 't_other: the second map is wrong');
    t_step++;
  }
  yield* mtx_lock(Giant);
  yield* kthread_exit(0);
}

function* test(p: proc): Sleeps {
  const object = yield* vm_object_allocate(OBJT_DEFAULT, 2);
  t_first = vmspace_pmap(yield* vmspace_alloc(VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS));
  t_second = vmspace_pmap(yield* vmspace_alloc(VM_MIN_ADDRESS, VM_MAXUSER_ADDRESS));
  const m = yield* vm_page_grab(object, 0, VM_ALLOC_NORMAL | VM_ALLOC_RETRY);
  const n = yield* vm_page_grab(object, 1, VM_ALLOC_NORMAL | VM_ALLOC_RETRY);
  t_first_page = VM_PAGE_TO_PHYS(m);
  t_second_page = VM_PAGE_TO_PHYS(n);
  pmap_enter(t_first, AT, m, VM_PROT_READ, false);
  pmap_enter(t_second, AT, n, VM_PROT_READ, false);
  yield* kthread_create(t_looker, 0, null, 0, 'tlooker');
  yield* kthread_create(t_other, 0, null, 0, 'tother');
  for (let i = 0; i < 100 && t_done === 0; i++) yield* tsleep($addr($ref(t_done)), PVM, 'tcpus', 1);
  say('looker: done', t_done);
  say('looker: on another processor', t_is(t_apart > ROUNDS / 4));
  say('looker: not the second map', t_wrong_map);
  say('looker: not in the window', t_wrong_window);
}
`;

kernelTests(
  'page tables of others, on two processors',
  TEST,
  {
    looker: { done: 1, 'on another processor': 1, 'not the second map': 0, 'not in the window': 0 },
  },
  { ncpu: 2 },
);
