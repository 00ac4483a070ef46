import { createSystem } from '@trap12/system';
import { describe, expect, test } from 'vitest';
import type { Mutation } from '@trap12/kcc';
import { mutate } from './mutant.js';

const CURE = 'vm_mtx-20010519+swaplocks+vmspace-ref';

interface Canary extends Mutation {
  question: string;
  command: string;
  ncpu?: number;
  /** What shows it: the machine's stop, and the console */
  found: (why: string, text: string) => boolean;
}

const panics = (message: string) => (why: string, text: string) =>
  why === 'debugger' && text.includes(`panic: ${message}`);

const CANARIES: Canary[] = [
  {
    question: 'a page freed without counting it on its queue',
    file: 'vm/vm_page.ts',
    fn: 'vm_page_free_toq',
    from: 'vpq.lcnt++;',
    to: '',
    command: 'churn 20 & memcheck 20m; echo done',
    found: panics('vm_page_unqueue'),
  },
  {
    question: 'a mapping taken out of its list and not out of its count',
    file: 'i386/pmap.ts',
    fn: 'pmap_unlink_entry',
    from: 'm.md_pv_list_count--;',
    to: '',
    command: 'true',
    found: panics('vm_page_free'),
  },
  {
    question: 'a contested mutex given back without waking who waits',
    file: 'kern/kern_mutex.ts',
    fn: '_mtx_unlock',
    from: 'mtx_hand_over(m, p);',
    to: 'm.mtx_lock = MTX_UNOWNED;',
    command: 'churn 20 & memcheck 20m; echo done',
    ncpu: 2,
    // An assertion, or processes that wait for ever.
    found: (why, text) =>
      (why === 'debugger' && text.includes('mutex')) || (why === 'time' && !text.includes('done')),
  },
  {
    question: 'memory that became free without waking who waits for it',
    file: 'vm/vm_page.ts',
    fn: 'vm_page_free_wakeup',
    from: 'wakeup($addr($ref(cnt.v_free_count)));',
    to: '',
    command: 'memcheck 20m; echo done',
    found: (why, text) => why === 'time' && !text.includes('done'),
  },
  {
    question: 'a page copied through a window whose old translation was not dropped',
    file: 'i386/pmap_kern.ts',
    fn: 'pmap_copy_page',
    from: 'invlpg(CADDR2);',
    to: '',
    command: 'hog fork 1m 1; echo status $?',
    found: (why, text) => why !== 'time' && !text.includes('status 0'),
  },
];

describe('is a deliberate bug found by a short run?', () => {
  for (const canary of CANARIES) {
    test(canary.question, async () => {
      const system = createSystem(await mutate(canary), {
        ramBytes: 16 << 20,
        locking: CURE,
        ncpu: canary.ncpu ?? 1,
        command: canary.command,
      });
      let text = '';
      system.machine.console.onOutput = (s) => {
        text += s;
      };
      const why = system.machine.run(12e9);
      expect(canary.found(why, text), `seed 1 ended by ${why}:\n${text}`).toBe(true);
    });
  }

  test('and is there none without the bug?', async () => {
    const same = { file: 'vm/vm_page.ts', fn: 'vm_page_free_toq', from: 'vpq.lcnt++;', to: 'vpq.lcnt++;' };
    const command = 'hog fork 1m 1; echo status $?; memcheck 20m; echo done';
    const system = createSystem(await mutate(same), { ramBytes: 16 << 20, locking: CURE, command });
    let text = '';
    system.machine.console.onOutput = (s) => {
      text += s;
    };
    expect(system.machine.run(60e9), text).toBe('halt');
    expect(text).toContain('status 0');
    expect(text).toContain('done');
  });
});
