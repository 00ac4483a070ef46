import { beforeAll, expect, it } from 'vitest';
import { type Answers, inKernel } from './module.js';

/** A processor that idles is told of a process that can run, and does not find it at its next tick only. */
const TEST = `
let t_ran: int = 0;
let t_begun: int = 0;

export function* t_other(arg: u32, frame: trapframe): Sleeps {
  t_ran = 1;
  yield* mtx_lock(Giant);
  yield* kthread_exit(0);
}

export function* sync(p: proc, uap: u32): Sleeps<int> {
  /* Whoever halts the machine calls it, too. */
  if (t_begun !== 0) return 0;
  t_begun = 1;
  /* Just after a tick, with all others asleep. */
  yield* tsleep($addr($ref(t_begun)), PVM, 'tidle', 20);
  const begun = ticks;
  yield* kthread_create(t_other, 0, null, 0, 'tother');
  for (let n = 0; n < 2000 && t_ran === 0; n++) {
    mtx_lock_spin(sched_lock);
    mtx_unlock_spin(sched_lock);
  }
  say('other: runs meanwhile', t_ran);
  say('ticks', ticks - begun);
  return 0;
}
`;

let answers: Answers;
beforeAll(async () => {
  answers = await inKernel(TEST, { locking: 'giant', ncpu: 2 });
}, 300_000);

it('runs what has become runnable', () => {
  expect([answers.why, /panic|Fatal/.test(answers.console) ? answers.console : '']).toEqual(['halt', '']);
  expect([...answers.said]).toEqual([
    ['other: runs meanwhile', 1],
    ['ticks', 0],
  ]);
});
