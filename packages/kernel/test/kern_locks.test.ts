import { beforeEach, describe, expect, it } from 'vitest';
import { LOCK_FILES, LOCK_STUBS } from './kern_locks.stubs.js';
import { type Patch, type Procs, procs } from './procs.js';
import { parseReport } from '@trap12/report';

let seed = 1;
/**
 * A small generator of numbers from 0 to 255: the choices of the processes and of the preempting interrupt.
 */
const dice = (): number => {
  seed = (Math.imul(seed, 1103515245) + 12345) | 0;
  return (seed >>> 16) & 0xff;
};

let k: Procs;
const word = (name: string, i = 0): number => k.load32(k.address(name) + 4 * i) | 0;
const order = (): number[] => Array.from({ length: word('test_norder') }, (_, i) => word('test_order', i));
/** File and line of each place where a function takes a mutex, as the listing of the image has them. */
function lockLines(name: string): string[] {
  const { sites, symbols, strings, files } = k.image;
  return sites
    .filter((s) => symbols[s[1]]?.name === name && strings[s[9]] === 'call _mtx_lock_quick')
    .map((s) => `${files[s[2]]}:${s[3]}`);
}
const fresh = async (s: number, patches: readonly Patch[] = []) => {
  seed = s;
  k = await procs(LOCK_FILES, LOCK_STUBS, dice, undefined, patches);
};

beforeEach(() => fresh(1));

/** Six processes of equal priority that use locks at random: null if all went well, else what went wrong. */
async function users(user: string, s: number, patches: readonly Patch[] = []): Promise<string | null> {
  await fresh(s, patches);
  for (let i = 0; i < 6; i++) k.spawn(i, user, 25);
  try {
    if (!k.schedule()) return 'some processes wait for ever';
  } catch (error) {
    return String(error);
  }
  if (word('test_rounds') <= 50) return `only ${word('test_rounds')} rounds`;
  return k.console() === '' ? null : k.console();
}
/**
 * With a mutant on trial (tools/mutants.mjs) the tests of the tests themselves have nothing to say, and time
 * is short.
 */
const ON_TRIAL = process.env.TRAP12_MUTANT !== undefined;
const FULL = process.env.TRAP12_FULL !== undefined;
/** npm run acceptance has thirty. */
const SEEDS = Array.from({ length: ON_TRIAL ? 8 : FULL ? 30 : 15 }, (_, i) => i + 1);

describe('does a lock exclude, whatever the order in which processes run?', () => {
  for (const [user, locks] of [
    ['mutex_user', 'sleep mutexes'],
    ['sx_user', 'sx locks'],
    ['lockmgr_user', 'lockmgr locks'],
  ] as const) {
    it(`${locks}: ${SEEDS.length} seeds of 6 processes`, async () => {
      for (const s of SEEDS) {
        expect(await users(user, s), `${user}, seed ${s}`).toBe(null);
        /* If each ran to its end, there was nothing to exclude. */
        expect(k.counts().switches, `${user}, seed ${s}: switches`).toBeGreaterThan(100);
      }
    });
  }

  const sx = 'kern/kern_sx.ts';
  const lockmgr = 'kern/kern_lock.ts';
  const mutex = 'kern/kern_mutex.ts';
  for (const [what, user, file, from, to] of [
    [
      'runs into a mutex that is held',
      'mutex_user',
      mutex,
      'function mtx_block(m: mtx): int {',
      `$& panic('reached');`,
    ],
    ['waits for an sx lock, shared', 'sx_user', sx, 's.sx_shrd_wcnt++;', `panic('reached');`],
    ['waits for an sx lock, exclusively', 'sx_user', sx, 's.sx_excl_wcnt++;', `panic('reached');`],
    ['waits for a lockmgr lock', 'lockmgr_user', lockmgr, 'lkp.lk_waitcount++;', `panic('reached');`],
  ] as const) {
    it.skipIf(ON_TRIAL)(`somebody ${what} there, with every seed`, async () => {
      const patch = { file, from, to: to.replace('$&', from) };
      for (const s of SEEDS) expect(await users(user, s, [patch]), `seed ${s}`).toContain('panic: reached');
    });
  }

  for (const [what, user, file, from, to] of [
    [
      'a mutex is taken though it is held',
      'mutex_user',
      mutex,
      'if (m.mtx_lock !== MTX_UNOWNED) return 0;',
      '',
    ],
    ['a mutex wakes nobody', 'mutex_user', mutex, '  p1.p_stat = SRUN;\n  setrunqueue(p1);\n', ''],
    ['a shared sx lock does not look again', 'sx_user', sx, 'while (s.sx_cnt < 0) {', 'if (s.sx_cnt < 0) {'],
    ['an exclusive one does not', 'sx_user', sx, 'while (s.sx_cnt !== 0) {', 'if (s.sx_cnt !== 0) {'],
    ['an sx lock is upgraded though shared', 'sx_user', sx, 'if (s.sx_cnt === 1) {', 'if (s.sx_cnt >= 1) {'],
    [
      'a writer wakes no writer',
      'sx_user',
      sx,
      'else if (s.sx_excl_wcnt > 0) wakeup_one($addr($ref(s.sx_excl_wcnt)));',
      '',
    ],
    [
      'lockmgr does not look again',
      'lockmgr_user',
      lockmgr,
      'while ((lkp.lk_flags & wanted) !== 0) {',
      'if ((lkp.lk_flags & wanted) !== 0) {',
    ],
    [
      'a release of a lockmgr lock wakes nobody',
      'lockmgr_user',
      lockmgr,
      'lk_count(p, -1);\n  }\n  if (lkp.lk_waitcount > 0) wakeup($addr(lkp));',
      'lk_count(p, -1);\n  }',
    ],
  ] as const) {
    it.skipIf(ON_TRIAL)(`would it be noticed if ${what}?`, async () => {
      for (const s of SEEDS) if ((await users(user, s, [{ file, from, to }])) !== null) return;
      expect.unreachable(`${SEEDS.length} seeds, and all is well`);
    });
  }
});

describe('a wakeup that nobody else would make up for', () => {
  /**
   * Two processes, the second of which waits for the first: did the second get what it waited for, and when
   * it should?
   */
  async function pair(first: string, second: string, patches: readonly Patch[] = []): Promise<boolean> {
    await fresh(1, patches);
    k.store32(k.address('test_preempt'), 0);
    k.spawn(0, first, 5);
    k.spawn(1, second, 0);
    return k.schedule() && word('test_rounds') === 1 && order().every((rounds) => rounds === 1);
  }
  const file = 'kern/kern_sx.ts';
  for (const [what, first, second, from] of [
    [
      'the last reader wakes a writer',
      'sx_reader',
      'sx_late_writer',
      'if (s.sx_cnt === 0) wakeup_one($addr($ref(s.sx_excl_wcnt)));',
    ],
    [
      'a writer that becomes a reader wakes readers at once',
      'sx_downgrader',
      'sx_late_reader',
      'if (s.sx_shrd_wcnt > 0) wakeup($addr($ref(s.sx_shrd_wcnt)));\n  witness_change',
    ],
  ] as const)
    it(what, async () => {
      expect(await pair(first, second)).toBe(true);
      const to = from.endsWith('witness_change') ? 'witness_change' : '';
      if (!ON_TRIAL) expect(await pair(first, second, [{ file, from, to }]), 'without it').toBe(false);
    });
});

describe('sleeping and waking', () => {
  it('no wakeup is lost between producers and consumers', async () => {
    for (let s = 1; s <= 20; s++) {
      await fresh(s);
      for (let i = 0; i < 3; i++) k.spawn(i, 'producer', 20);
      for (let i = 3; i < 6; i++) k.spawn(i, 'consumer', 20);
      expect(k.schedule(), `seed ${s}`).toBe(true);
      expect(word('test_rounds'), `seed ${s}`).toBe(60);
    }
  });

  it('a timeout ends a sleep with EWOULDBLOCK, at its tick', () => {
    k.store32(k.address('test_preempt'), 0);
    k.spawn(0, 'timed', 5);
    k.spawn(1, 'ticker', 12);
    expect(k.schedule()).toBe(true);
    const [error, tick] = order();
    expect(error).toBe(35);
    expect(tick).toBeGreaterThanOrEqual(5);
    expect(tick).toBeLessThanOrEqual(6);
  });

  it('process of the best priority runs first, equals in order of arrival', () => {
    k.store32(k.address('test_preempt'), 0);
    k.store32(k.address('test_spread'), 4);
    for (const i of [5, 2, 9, 0, 7]) k.spawn(i, 'runner', 0);
    expect(k.schedule()).toBe(true);
    expect(order()).toEqual([1, 3, 6, 8, 10]);
  });
});

describe('priority propagation', () => {
  it('lends a priority along a chain of mutexes and takes it back', () => {
    k.store32(k.address('test_preempt'), 0);
    k.store32(k.address('test_spread'), 4);
    k.spawn(2, 'holder', 0);
    k.spawn(3, 'middleman', 0);
    k.spawn(0, 'waiter', 100);
    expect(k.schedule()).toBe(true);
    // the holder with the lent priority, then with its own; the middleman with the lent one; the waiter
    expect(order()).toEqual([100, 168, 100, 100]);
  });
});

describe('what is refused', () => {
  const dies = (name: string, args: number[], message: RegExp) => {
    k.spawn(0, name, ...args);
    expect(() => k.schedule()).toThrow(message);
  };
  it('recursion on a mutex that must not recurse', () => {
    dies('recurse', [0], /^panic: recurse/);
    expect(k.console()).toMatch(
      /recursed on non-recursive lock \(sleep mutex\) test 0 @ stubs\.ts:\d+\nfirst acquired @ stubs\.ts:\d+/,
    );
  });
  it('the same with WITNESS off', () => {
    k.store32(k.address('witness_watch'), 0);
    dies('recurse', [0], /mutex recursion on a non-recursive lock: test 0/);
  });
  it('but not on one that may', () => {
    k.spawn(0, 'recurse', 3);
    expect(k.schedule()).toBe(true);
  });
  it('releasing a mutex that is not ours', () =>
    dies('unlock_unowned', [], /panic: mutex test 0 not owned at stubs\.ts:\d+/));
  it('a sleep mutex under a spin mutex', () =>
    dies('spin_then_sleep', [], /panic: blockable sleep lock \(sleep mutex\) test 0 @ stubs\.ts:\d+/));
  it('sleeping with vm_mtx held', () => dies('sleep_with_vm', [], /panic: sleeping with vm_mtx held\./));
  it('vm_assert without the vm lock', () => dies('two_vm', [], /panic: mutex vm not owned at stubs\.ts:\d+/));
});

describe('WITNESS', () => {
  it('reports an order reversal with the chain by which the order was learnt', () => {
    k.store32(k.address('test_preempt'), 0);
    k.spawn(0, 'lock_two', 0, 1);
    k.schedule();
    k.spawn(1, 'lock_two', 1, 2);
    k.schedule();
    expect(k.console()).toBe('');
    k.spawn(2, 'lock_two', 2, 0);
    k.schedule();
    const lines = k.console().split('\n');
    expect(lines[0]).toBe('lock order reversal');
    const [first, second] = lockLines('lock_two');
    expect(lines[1]).toMatch(new RegExp(`^ 1st 0x[0-9a-f]+ test 2 \\(test 2\\) @ ${first}$`));
    expect(lines[2]).toMatch(new RegExp(`^ 2nd 0x[0-9a-f]+ test 0 \\(test 0\\) @ ${second}$`));
    expect(lines[3]).toBe(` test 0 @ ${first} before test 1 @ ${second} by process 1`);
    expect(lines[4]).toBe(` test 1 @ ${first} before test 2 @ ${second} by process 2`);
    expect(lines.length).toBe(6);
    // The report reader takes it as it is.
    const report = parseReport(k.console());
    expect(report.kind).toBe('lock-order-reversal');
    expect(report.locks.map((l) => `${l.name} ${l.type} ${l.at?.file}:${l.at?.line}`)).toEqual([
      `test 2 test 2 ${first}`,
      `test 0 test 0 ${second}`,
    ]);
  });
  it('reports the same reversal once', () => {
    k.store32(k.address('test_preempt'), 0);
    for (const [i, a] of [0, 1, 1, 1].entries()) {
      k.spawn(i, 'lock_two', a, 1 - a);
      k.schedule();
    }
    expect(k.console().match(/lock order reversal/g)?.length).toBe(1);
  });
  it('reports a sleep with a mutex held, but not with Giant', () => {
    k.store32(k.address('test_preempt'), 0);
    k.spawn(0, 'sleep_with', 0);
    expect(() => k.schedule()).not.toThrow();
    expect(k.console()).toMatch(/^\S+\.ts:\d+: sleeping with "test 0" locked from \S+\.ts:\d+$/m);
    expect(k.console()).not.toContain('"Giant"');
  });
  it('stores the place of an acquisition as an address in the text of the caller', () => {
    k.spawn(0, 'lock_two', 0, 1);
    k.schedule();
    const site = k.load32(k.address('test_mtx') + (k.image.structs.lock_object?.fields.lo_line?.offset ?? 0));
    const inside = k.image.symbols
      .filter((s) => s.address >>> 0 <= site)
      .sort((a, b) => (b.address >>> 0) - (a.address >>> 0))[0];
    expect(inside?.name).toBe('lock_two');
  });
});

describe('printf', () => {
  const f = (format: string, ...args: (number | string)[]): string => {
    const words = args.map((a) => (typeof a === 'string' ? k.string(a) : a) | 0);
    const n = k.call('fmt1', k.string(format), words[0] ?? 0, words[1] ?? 0, words[2] ?? 0, words[3] ?? 0);
    const s = k.text(k.address('test_buf'));
    expect(n).toBe(s.length);
    return s;
  };
  it('knows the formats of the kernel', () => {
    expect(f('%d %u %x %X %o', -1, -1, 0xbeef)).toBe('-1 4294967295 beef 0 0');
    expect(f('%#x %#x %#o %p', 255, 0, 8, 0)).toBe('0xff 0 010 0x0');
    expect(f('[%5d|%-5d|%05d|%+d]', 42, 42, -42, 42)).toBe('[   42|42   |-0042|+42]');
    expect(f('[%*d|%-*d]', 6, 7, 4, 7)).toBe('[     7|7   ]');
    expect(f('[%.3d|%8.4x|%.2s|%6s]', 7, 0xab, 'abcdef', 'abc')).toBe('[007|    00ab|ab|   abc]');
    expect(f('%s %c%%', 0, 65)).toBe('(null) A%');
    expect(f('%b', 3, '\x10\x01ONE\x02TWO\x03THREE')).toBe('3<ONE,TWO>');
    expect(f('%ld %lx %lu', -5, 0xabc, 5)).toBe('-5 abc 5');
    expect(f('%qd %llx', -2, -1, 0xdeadbeef, 0x1fff)).toBe('-2 1fffdeadbeef');
    expect(f('%6D', k.string('\x01\x02\x03\xfe\x05\x06'), ':')).toBe('01:02:03:fe:05:06');
    expect(f('%r %z', 255, -255)).toBe('255 -ff');
    expect(f('%! %')).toBe('%! %');
  });
  it('cuts at the size of the buffer and says how long it would be', () => {
    expect(k.call('fmt_small', 8)).toBe(11);
    expect(k.text(k.address('test_buf'))).toBe('hello w');
  });
});

describe('do the trace points tell who has a lock?', () => {
  const users = [
    ['mutex_user', 'HW_MTX'],
    ['sx_user', 'HW_SX'],
    ['lockmgr_user', 'HW_LOCKMGR'],
  ] as const;
  const CLASSES = ['KTR_LOCK', 'KTR_MTX', 'KTR_SPIN', 'KTR_PROC'];

  for (const [user, kind] of users)
    it(`${user}: what was told adds up to one holder at a time and none in the end`, async () => {
      for (let s = 1; s <= 5; s++) {
        await fresh(s);
        const c = k.image.constants;
        k.store32(
          k.address('ktr_mask'),
          CLASSES.reduce((mask, name) => mask | c[name]!, 0),
        );
        // Of equals, an interrupt lets another run.
        k.store32(k.address('test_spread'), 0);
        for (let i = 0; i < 6; i++) k.spawn(i, user, 25);
        expect(k.schedule()).toBe(true);
        /** Holders of each lock: -1 one exclusively, n shared. */
        const held = new Map<number, number>();
        const count = { acquired: 0, contested: 0 };
        for (const [what, lock, arg] of k.told) {
          const exclusive = (arg & c.HW_EXCLUSIVE!) !== 0;
          if (what === c.HW_SWITCH || (arg & ~c.HW_EXCLUSIVE!) !== c[kind]) continue;
          const before = held.get(lock) ?? 0;
          if (what === c.HW_ACQUIRED) {
            count.acquired++;
            expect(before, `seed ${s}: taken while it can be`).toBeGreaterThanOrEqual(0);
            if (exclusive) expect(before, `seed ${s}: taken exclusively while others have it`).toBe(0);
            held.set(lock, exclusive ? -1 : before + 1);
          } else if (what === c.HW_RELEASED) {
            if (exclusive) expect(before, `seed ${s}: given back by its holder`).toBe(-1);
            else expect(before, `seed ${s}: given back by one of several`).toBeGreaterThan(0);
            held.set(lock, exclusive ? 0 : before - 1);
          } else if (what === c.HW_CONTESTED) count.contested++;
        }
        expect([...held.values()].every((n) => n === 0)).toBe(true);
        expect(count.acquired).toBeGreaterThan(100);
        expect(count.contested).toBeGreaterThan(0);
      }
    });

  it('sleeps and wakeups are told with their channel, and nothing is told that nobody asked for', async () => {
    const c = k.image.constants;
    for (const mask of [c.KTR_PROC!, 0]) {
      await fresh(2);
      k.store32(k.address('ktr_mask'), mask);
      k.spawn(0, 'producer', 20);
      k.spawn(1, 'consumer', 20);
      expect(k.schedule()).toBe(true);
      const of = (kind: number) => k.told.filter((e) => e[0] === kind);
      const channel = k.address('test_chan');
      expect(of(c.HW_WAKEUP!).length).toBe(mask === 0 ? 0 : 40);
      expect(of(c.HW_WAKEUP!).every((e) => e[1] === channel)).toBe(true);
      expect(of(c.HW_SLEEP!).length > 0).toBe(mask !== 0);
      expect(of(c.HW_SLEEP!).every((e) => e[1] === channel)).toBe(true);
      expect(k.told.every((e) => e[0] === c.HW_WAKEUP || e[0] === c.HW_SLEEP)).toBe(true);
    }
  });
});
