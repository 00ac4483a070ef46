import { beforeAll, describe, expect, it } from 'vitest';
import { type Answers, inKernel } from './module.js';

/**
 * Sleeping and waking where it seldom comes to: a sleeper that is stopped or swapped out, and what a switch
 * counts.
 */
const TEST = `
const T_CHANNELS = 256;
let t_chan: array<int, 256>;
let t_done: int = 0;
let t_error: int = 0;

function t_is(what: boolean): int {
  return what ? 1 : 0;
}
function* t_nap(): Sleeps {
  yield* tsleep($addr($ref(t_done)), PVM, 'tnap', 3);
}
/** Another process, which sleeps for so many ticks; 0: for ever. */
export function* t_sleeper(arg: u32, frame: trapframe): Sleeps {
  yield* mtx_lock(Giant);
  t_error = yield* tsleep($addr($ref(t_chan[0])), PSWP, 'tsleep', $i32(arg));
  t_done = 1;
  yield* kthread_exit(0);
}
function* t_asleep(time: int): Sleeps<proc> {
  const pp = $var<proc>();
  t_done = 0;
  t_error = -1;
  yield* kthread_create(t_sleeper, $u32(time), pp, 0, 'tsleeper');
  yield* t_nap();
  KASSERT(pp[0].p_stat === SSLEEP && t_done === 0, 't_asleep: it is %d', pp[0].p_stat);
  return pp[0];
}
function t_wakeup(): void {
  wakeup($addr($ref(t_chan[0])));
}
/** How often a process stands on run queues. */
function t_queued(p: proc): int {
  let n = 0;
  for (let i = 0; i < RQ_NQS; i++)
    for (let q = TAILQ_FIRST(runq[i]); q !== null; q = TAILQ_NEXT(q, 'p_procq')) if (q === p) n++;
  return n;
}

function* t_stopped(): Sleeps {
  const p = yield* t_asleep(1000);
  p.p_stat = SSTOP;
  callout_stop(p.p_slpcallout);
  yield* endtsleep($addr(p));
  say('timeout of a stopped one: stopped', t_is(p.p_stat === SSTOP));
  say('timeout of a stopped one: waits', t_is(p.p_wchan !== 0));
  yield* t_nap();
  say('timeout of a stopped one: runs', t_done);
  setrunnable(p);
  yield* t_nap();
  say('timeout of a stopped one: done', t_done);
  say('timeout of a stopped one: told', t_is(t_error === EWOULDBLOCK));
  const q = yield* t_asleep(0);
  q.p_stat = SSTOP;
  t_wakeup();
  say('wakeup of a stopped one: stopped', t_is(q.p_stat === SSTOP));
  say('wakeup of a stopped one: waits', t_is(q.p_wchan !== 0));
  yield* t_nap();
  say('wakeup of a stopped one: runs', t_done);
  setrunnable(q);
  yield* t_nap();
  say('wakeup of a stopped one: done', t_done);
  say('wakeup of a stopped one: told', t_error);
}

/** One that is swapped out, as its flag says, is asked for and not run. */
function* t_swapped(how: int, name: str): Sleeps {
  const p = yield* t_asleep(0);
  p.p_sflag &= ~PS_INMEM;
  if (how === 0) t_wakeup();
  else setrunnable(p);
  printf('= %s: runnable %d\\n', name, t_is(p.p_stat === SRUN));
  printf('= %s: queued %d\\n', name, t_queued(p));
  printf('= %s: asked for %d\\n', name, t_is((p.p_sflag & PS_SWAPINREQ) !== 0));
  p.p_sflag = (p.p_sflag | PS_INMEM) & ~PS_SWAPINREQ;
  mtx_lock_spin(sched_lock);
  setrunqueue(p);
  mtx_unlock_spin(sched_lock);
  yield* t_nap();
  printf('= %s: done %d\\n', name, t_done);
}

function* t_channels(): Sleeps {
  const p = yield* t_asleep(0);
  for (let i = 1; i < T_CHANNELS; i++) wakeup($addr($ref(t_chan[i])));
  say('other channels: woken', t_is(p.p_stat !== SSLEEP));
  /* It is more important than who wakes it. */
  const me = curproc();
  me.p_priority = PUSER;
  me.p_sflag &= ~PS_NEEDRESCHED;
  t_wakeup();
  say('its channel: queued', t_queued(p));
  say('its channel: first', t_is((me.p_sflag & PS_NEEDRESCHED) !== 0));
  me.p_sflag |= PS_PREEMPT;
  yield* t_nap();
  say('its channel: told', t_error);
  say('switch: asked for once', me.p_sflag & (PS_NEEDRESCHED | PS_PREEMPT));
  say('switch: on this processor', t_is(me.p_oncpu === get_pcpu().cpuid));
  say('switch: with Giant', t_is(mtx_owned(Giant)));
  yield* t_asleep(5);
  yield* t_nap();
  yield* t_nap();
  say('timeout: told', t_is(t_error === EWOULDBLOCK));
}

/** Time asleep is nobody's, time at work is one's own. */
function* t_runtime(): Sleeps {
  const me = curproc();
  yield* t_nap();
  const before = me.p_runtime;
  for (let i = 0; i < 4; i++) yield* t_nap();
  const asleep = me.p_runtime - before;
  say('runtime: asleep', t_is(asleep < 10000));
  cpu_delay(20000000);
  yield* t_nap();
  say('runtime: at work', t_is(me.p_runtime - before - asleep >= 20000));
}

export function* sync(p: proc, uap: u32): Sleeps<int> {
  yield* t_stopped();
  yield* t_swapped(0, 'wakeup of a swapped one');
  yield* t_swapped(1, 'setrunnable of a swapped one');
  yield* t_channels();
  yield* t_runtime();
  say('end', 1);
  return 0;
}
`;

let answers: Answers;
beforeAll(async () => {
  answers = await inKernel(TEST, { locking: 'giant' });
}, 300_000);

const stopped = { stopped: 1, waits: 0, runs: 0, done: 1 };
const swapped = { runnable: 1, queued: 0, 'asked for': 1, done: 1 };
const expected: Record<string, Record<string, number>> = {
  'timeout of a stopped one': { ...stopped, told: 1 },
  'wakeup of a stopped one': { ...stopped, told: 0 },
  'wakeup of a swapped one': swapped,
  'setrunnable of a swapped one': swapped,
  'other channels': { woken: 0 },
  'its channel': { queued: 1, first: 1, told: 0 },
  switch: { 'asked for once': 0, 'on this processor': 1, 'with Giant': 1 },
  timeout: { told: 1 },
  runtime: { asleep: 1, 'at work': 1 },
};

it('comes to its end', () => {
  expect([answers.why, /panic|Fatal/.test(answers.console) ? answers.console : '']).toEqual(['halt', '']);
  expect(answers.said.get('end')).toBe(1);
});

describe('sleeping and waking', () => {
  for (const [name, facts] of Object.entries(expected))
    it(name, () => {
      const told = Object.keys(facts).map((k) => [k, answers.said.get(`${name}: ${k}`)]);
      expect(Object.fromEntries(told)).toEqual(facts);
    });
});
