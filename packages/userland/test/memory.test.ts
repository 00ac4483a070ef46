import { describe, expect, it } from 'vitest';
import { checkPages, fillPages, type Findings } from '../src/programs/pattern.js';
import { SYS } from '../src/syscalls.js';
import { ask, child, CURE, type Libc, output, reap, type User } from './boot.js';

const PAGE = 4096;
const MB = 1 << 20;
const PROT = { NONE: 0, READ: 1, RW: 3 };
const MAP = { SHARED: 1, PRIVATE: 2, FIXED: 0x10, ANON: 0x1000 };
const ERR = { NOMEM: -12, ACCES: -13, FAULT: -14, INVAL: -22, AGAIN: -35, PERM: -1 };
const SEGV = 128 + 11;
const BUS = 128 + 10;
const MADV = { DONTNEED: 4, FREE: 5, WILLNEED: 3, RANDOM: 1, SEQUENTIAL: 2 };

function* anonymous(c: Libc, pages: number, flags = MAP.PRIVATE): User<number> {
  return yield* c.sys(SYS.mmap, 0, pages * PAGE, PROT.RW, MAP.ANON | flags, -1, 0, 0, 0);
}

/** Bytes of mincore(2). */
function* resident(c: Libc, at: number, pages: number): User<number[]> {
  const vec = yield* c.bytes(new Uint8Array(pages));
  expect(yield* c.sys(SYS.mincore, at, pages * PAGE, vec)).toBe(0);
  return [...(yield* c.cpu.read(vec, pages))];
}

// biome-ignore lint/correctness/useYield: a program that does nothing
function* none(): User<number> {
  return 0;
}

function* tryStore(c: Libc, at: number): User<number> {
  return yield* child(c, function* (k) {
    yield* k.cpu.store32(at, 1);
    return 0;
  });
}

/** Fills and writes pages from the parent, so that memory is short. */
function* pressure(c: Libc, size: string): User {
  const pid = yield* c.fork(function* (k) {
    yield* k.execve('/bin/memcheck', ['memcheck', size, '99']);
    return 1;
  });
  expect(yield* reap(c, pid)).toBe(0);
}

const VERIFIED = (mb: number): string =>
  `memcheck: ${mb * MB} bytes in ${(mb * MB) / PAGE} pages verified, 0 errors\n`;

describe('memcheck: is every byte that was written there when it is read?', () => {
  const regimes = ['giant', CURE];
  const cases = regimes.flatMap((locking) =>
    [1, 4].flatMap((ncpu) => [[locking, ncpu, 2, 1] as const, [locking, ncpu, 4, 2] as const]),
  );
  it.each(cases)('%s, %i CPUs, %ix the memory, seed %i', async (locking, ncpu, times, seed) => {
    const mb = 8 * times;
    const o = { locking, ncpu, seed, ramBytes: 8 * MB, swapBytes: 64 * MB };
    expect(await output(`memcheck ${times === 2 ? '-r ' : ''}${mb}m ${seed}`, o)).toBe(VERIFIED(mb));
  });

  it.each([
    [CURE, 4, 3],
    [CURE, 1, 4],
    ['giant', 2, 5],
  ] as const)('%s, %i CPUs, seed %i: two at once, with a churn of processes', async (locking, ncpu, seed) => {
    const o = { locking, ncpu, seed, ramBytes: 12 * MB, swapBytes: 64 * MB };
    const text = await output('churn 20 5 50 & memcheck 12m 3 & memcheck 12m 4; wait; echo done', o);
    expect(text).toBe(`${VERIFIED(12)}${VERIFIED(12)}done\n`);
  });

  it('finds what is wrong: a page that somebody else changed', () =>
    ask(function* (c) {
      const at = yield* anonymous(c, 4);
      yield* fillPages(c, at, 4, 5);
      yield* c.cpu.store8(at + 5000, ((yield* c.cpu.load8(at + 5000)) + 1) & 0xff);
      const findings: Findings = { bytes: 0, errors: 0, first: [] };
      yield* checkPages(c, at, 4, 5, findings);
      expect([findings.bytes, findings.errors, findings.first[0]!.va]).toEqual([4 * PAGE, 1, at + 5000]);
    }));

  it('hogs: do copies stay apart, and does everybody get something done?', async () => {
    const o = { ramBytes: 12 * MB, ncpu: 2 };
    const text = await output(
      'hog fork 3m 0.3; hog seq 14m 2; hog rand 14m 2; hog loop 14m 2; hog fork 1m 0.3 & hog fork 2m 0.3; wait; hog; hog seq 0',
      o,
      1,
    );
    const lines = text.trimEnd().split('\n');
    expect(lines.slice(0, 6).map((l) => l.replace(/\d+(\.\d+)?/g, 'N'))).toEqual(
      ['fork', 'seq', 'rand', 'loop', 'fork', 'fork'].map(
        (p) => `hog: ${p}: N pages touched in N secs (N pages/sec), N errors`,
      ),
    );
    for (const line of lines.slice(0, 6)) expect(line).toMatch(/: [1-9]\d* pages .* 0 errors$/);
    expect(lines.slice(6)).toEqual([
      'usage: hog seq|rand|loop|fork|burst size [seconds]',
      'hog: 0: illegal size',
    ]);
  });

  it('says so when there is no memory, or no number', async () => {
    expect(await output('memcheck; memcheck x; memcheck 3g; memcheck 1m y; true')).toBe(
      'usage: memcheck [-r] size [seed]\nmemcheck: x: illegal size\nmemcheck: cannot allocate 3221225472 bytes: Cannot allocate memory\nmemcheck: y: illegal seed\n',
    );
  });

  it('without enough swap space somebody is killed, and the rest lives on', async () => {
    const text = await output('memcheck 40m; echo $?; memcheck 2m', { ramBytes: 8 * MB, swapBytes: 8 * MB });
    expect(text).toMatch(/137\nmemcheck: 2097152 bytes in 512 pages verified, 0 errors\n$/);
    expect(text).not.toMatch(/memcheck: 41943040/);
  });
});

describe('what the calls promise', () => {
  it('mincore tells what is in memory, and what is no more after a shortage', () =>
    ask(
      function* (c) {
        const at = yield* anonymous(c, 8);
        expect(yield* resident(c, at, 8)).toEqual(new Array(8).fill(0));
        for (let i = 0; i < 8; i += 2) yield* c.cpu.store32(at + i * PAGE, i);
        const now = yield* resident(c, at, 8);
        expect(now.map((b) => b & 1)).toEqual([1, 0, 1, 0, 1, 0, 1, 0]);
        yield* pressure(c, '16m');
        expect((yield* resident(c, at, 8)).some((b) => b === 0)).toBe(true);
        for (let i = 0; i < 8; i += 2) expect(yield* c.cpu.load32(at + i * PAGE)).toBe(i);
        expect(yield* c.sys(SYS.mincore, at, 8 * PAGE, 0xc0000000 | 0)).toBe(ERR.FAULT);
      },
      { ramBytes: 8 * MB },
    ));

  it('mlock keeps pages in memory through a shortage', () =>
    ask(
      function* (c) {
        const at = yield* anonymous(c, 16);
        for (let i = 0; i < 16; i++) yield* c.cpu.store32(at + i * PAGE, 1000 + i);
        expect(yield* c.sys(SYS.mlock, at, 8 * PAGE)).toBe(0);
        yield* pressure(c, '16m');
        const bytes = yield* resident(c, at, 16);
        expect(bytes.slice(0, 8).every((b) => (b & 1) === 1)).toBe(true);
        expect(bytes.slice(8).some((b) => b === 0)).toBe(true);
        for (let i = 0; i < 16; i++) expect(yield* c.cpu.load32(at + i * PAGE)).toBe(1000 + i);
        expect(yield* c.sys(SYS.munlock, at, 8 * PAGE)).toBe(0);
        expect(yield* c.sys(SYS.mlock, 0x60000000, PAGE)).toBe(ERR.NOMEM);
        expect([ERR.NOMEM, ERR.AGAIN]).toContain(
          yield* c.sys(SYS.mlock, yield* anonymous(c, 3000), 3000 * PAGE),
        );
      },
      { ramBytes: 8 * MB },
    ));

  it('mlock outlives a copy that a sharer of the memory makes, and the end of the other side of a fork', () =>
    ask(function* (c) {
      const at = yield* anonymous(c, 8);
      for (let i = 0; i < 8; i++) yield* c.cpu.store32(at + i * PAGE, i);
      /* A process that keeps the pages as they are now from becoming ours alone. */
      const other = yield* c.fork(function* (k) {
        yield* k.sys(SYS.nanosleep, yield* k.words([1000, 0]), 0);
        return 0;
      });
      yield* c.cpu.store32(at, 78);
      /* Read-only, shared with children to come, and wired: what is wired lies behind our own object. */
      expect(yield* c.sys(SYS.mprotect, at, 8 * PAGE, PROT.READ)).toBe(0);
      expect(yield* c.sys(SYS.minherit, at, 8 * PAGE, 0)).toBe(0);
      expect(yield* c.sys(SYS.mlock, at, 8 * PAGE)).toBe(0);
      const sharer = yield* child(c, function* (k) {
        expect(yield* k.sys(SYS.mprotect, at, 8 * PAGE, PROT.RW)).toBe(0);
        for (let i = 0; i < 4; i++) yield* k.cpu.store32(at + i * PAGE, i + 200);
        return 0;
      });
      expect(sharer).toBe(0);
      expect(yield* c.cpu.load32(at + PAGE)).toBe(201);
      yield* c.sys(SYS.kill, other, 9);
      yield* reap(c, other);
      expect(yield* child(c, none)).toBe(0);
      for (let i = 1; i < 8; i++) expect(yield* c.cpu.load32(at + i * PAGE)).toBe(i < 4 ? i + 200 : i);
      expect(yield* c.sys(SYS.munlock, at, 8 * PAGE)).toBe(0);
      expect(yield* c.sys(SYS.munmap, at, 8 * PAGE)).toBe(0);
    }));

  it('shared memory is shared through swap, private memory is not', () =>
    ask(
      function* (c) {
        const shared = yield* anonymous(c, 32, MAP.SHARED);
        const own = yield* anonymous(c, 32);
        for (let i = 0; i < 32; i++) {
          yield* c.cpu.store32(shared + i * PAGE, i);
          yield* c.cpu.store32(own + i * PAGE, i);
        }
        const pid = yield* c.fork(function* (k) {
          for (let i = 0; i < 32; i++) {
            yield* k.cpu.store32(shared + i * PAGE, 500 + i);
            yield* k.cpu.store32(own + i * PAGE, 600 + i);
          }
          yield* k.nanosleep(200);
          for (let i = 0; i < 32; i++) if ((yield* k.cpu.load32(own + i * PAGE)) !== 600 + i) return 1;
          return 0;
        });
        yield* c.nanosleep(1);
        yield* pressure(c, '16m');
        for (let i = 0; i < 32; i++)
          expect([yield* c.cpu.load32(shared + i * PAGE), yield* c.cpu.load32(own + i * PAGE)]).toEqual([
            500 + i,
            i,
          ]);
        expect(yield* reap(c, pid)).toBe(0);
      },
      { ramBytes: 8 * MB },
    ));

  it('files: written through a mapping, read through a descriptor, kept through a shortage', () =>
    ask(
      function* (c) {
        const fd = yield* c.open('/tmp/f', 0x202, 0o644);
        expect(yield* c.sys(SYS.ftruncate, fd, 0, 16 * PAGE, 0)).toBe(0);
        const at = yield* c.sys(SYS.mmap, 0, 16 * PAGE, PROT.RW, MAP.SHARED, fd, 0, 0, 0);
        for (let i = 0; i < 16; i++) yield* c.cpu.store32(at + i * PAGE, 7000 + i);
        expect(yield* c.sys(SYS.msync, at, 16 * PAGE, 0)).toBe(0);
        yield* pressure(c, '16m');
        const buffer = yield* c.words([0]);
        for (let i = 0; i < 16; i++) {
          yield* c.sys(SYS.lseek, fd, 0, i * PAGE, 0, 0);
          expect(yield* c.read(fd, buffer, 4)).toBe(4);
          expect(yield* c.cpu.load32(buffer)).toBe(7000 + i);
          expect(yield* c.cpu.load32(at + i * PAGE)).toBe(7000 + i);
        }
        // Behind the end of the file there is nothing to map.
        yield* c.sys(SYS.ftruncate, fd, 0, 4 * PAGE, 0);
        expect([SEGV, BUS]).toContain(yield* tryStore(c, at + 8 * PAGE));
        expect(yield* c.cpu.load32(at)).toBe(7000);
        expect(yield* c.sys(SYS.msync, at + 1, PAGE, 0)).toBeLessThanOrEqual(0);
        expect(yield* c.sys(SYS.msync, at, PAGE, 3)).toBe(ERR.INVAL);
      },
      { ramBytes: 8 * MB },
    ));

  it('mprotect and munmap: what is forbidden is a signal, what is gone is another', () =>
    ask(function* (c) {
      const at = yield* anonymous(c, 6);
      yield* c.cpu.store32(at + PAGE, 5);
      expect(yield* c.sys(SYS.mprotect, at, 6 * PAGE, PROT.READ)).toBe(0);
      expect([SEGV, BUS]).toContain(yield* tryStore(c, at + PAGE));
      expect(yield* c.cpu.load32(at + PAGE)).toBe(5);
      expect(yield* c.sys(SYS.mprotect, at + PAGE, PAGE, PROT.NONE)).toBe(0);
      expect([SEGV, BUS]).toContain(
        yield* child(c, function* (k) {
          return yield* k.cpu.load32(at + PAGE);
        }),
      );
      expect(yield* c.sys(SYS.mprotect, at, 6 * PAGE, PROT.RW)).toBe(0);
      expect([yield* tryStore(c, at + PAGE), yield* c.cpu.load32(at + PAGE)]).toEqual([0, 5]);
      expect(yield* c.sys(SYS.munmap, at + 2 * PAGE, PAGE)).toBe(0);
      expect([
        yield* tryStore(c, at + PAGE),
        yield* tryStore(c, at + 2 * PAGE),
        yield* tryStore(c, at + 3 * PAGE),
      ]).toEqual([0, SEGV, 0]);
      expect(yield* c.sys(SYS.munmap, at + 1, PAGE)).toBeLessThanOrEqual(0);
      expect(yield* c.sys(SYS.munmap, 0xc0000000 | 0, PAGE)).toBe(ERR.INVAL);
      // Beyond the end of user memory there is nothing to protect, and nothing becomes accessible.
      yield* c.sys(SYS.mprotect, 0xbfc00000 | 0, PAGE, PROT.RW);
      expect([SEGV, BUS]).toContain(yield* tryStore(c, 0xbfc00000 | 0));
    }));

  it('madvise: what is not needed may go, what is free may be zero, and advice that is none is refused', () =>
    ask(function* (c) {
      const at = yield* anonymous(c, 8);
      for (let i = 0; i < 8; i++) yield* c.cpu.store32(at + i * PAGE, i + 1);
      for (const advice of [0, MADV.RANDOM, MADV.SEQUENTIAL, MADV.WILLNEED, MADV.DONTNEED])
        expect(yield* c.sys(SYS.madvise, at, 8 * PAGE, advice)).toBe(0);
      for (let i = 0; i < 8; i++) expect(yield* c.cpu.load32(at + i * PAGE)).toBe(i + 1);
      expect(yield* c.sys(SYS.madvise, at, 4 * PAGE, MADV.FREE)).toBe(0);
      for (let i = 0; i < 4; i++) expect([0, i + 1]).toContain(yield* c.cpu.load32(at + i * PAGE));
      for (let i = 4; i < 8; i++) expect(yield* c.cpu.load32(at + i * PAGE)).toBe(i + 1);
      expect(yield* c.sys(SYS.madvise, at, PAGE, 77)).toBe(ERR.INVAL);
    }));

  it('minherit: shared, copied or not there at all', () =>
    ask(function* (c) {
      const at = yield* anonymous(c, 3);
      for (let i = 0; i < 3; i++) yield* c.cpu.store32(at + i * PAGE, 1);
      for (let i = 0; i < 3; i++) expect(yield* c.sys(SYS.minherit, at + i * PAGE, PAGE, i)).toBe(0);
      expect(yield* tryStore(c, at + 2 * PAGE)).toBe(SEGV);
      const status = yield* child(c, function* (k) {
        yield* k.cpu.store32(at, 2);
        yield* k.cpu.store32(at + PAGE, 2);
        return 0;
      });
      expect([
        status,
        yield* c.cpu.load32(at),
        yield* c.cpu.load32(at + PAGE),
        yield* c.cpu.load32(at + 2 * PAGE),
      ]).toEqual([0, 2, 1, 1]);
      expect(yield* c.sys(SYS.minherit, at, PAGE, 9)).toBe(ERR.INVAL);
    }));

  it('break: up, down and up again gives zeros; beyond the limit it stays', () =>
    ask(function* (c) {
      const at = yield* c.malloc(16 * PAGE);
      yield* c.cpu.store32(at + 15 * PAGE, 7);
      expect(yield* c.sys(SYS.break, at + PAGE)).toBe(0);
      expect(yield* tryStore(c, at + 15 * PAGE)).toBe(SEGV);
      expect(yield* c.sys(SYS.break, at + 16 * PAGE)).toBe(0);
      expect(yield* c.cpu.load32(at + 15 * PAGE)).toBe(0);
      yield* c.sys(SYS.setrlimit, 2, yield* c.words([1 << 20, 0, 1 << 20, 0]));
      expect(yield* c.sys(SYS.break, at + 2 * MB)).toBe(ERR.NOMEM);
      expect(yield* tryStore(c, at)).toBe(0);
      for (const wild of [0xc0000000 | 0, -1, 0xbfc00000 | 0])
        expect(yield* c.sys(SYS.break, wild)).toBeLessThan(0);
    }));

  it('the stack grows to where it is used, to its limit and no further', () =>
    ask(function* (c) {
      const grow = (bytes: number) =>
        child(c, function* (k) {
          k.cpu.esp = (k.cpu.esp - bytes) | 0;
          yield* k.cpu.store32(k.cpu.esp, 1);
          return 0;
        });
      expect([yield* grow(100 * 1024), yield* grow(4 * MB), yield* grow(7 * MB)]).toEqual([0, 0, 0]);
      expect(yield* grow(9 * MB)).toBe(SEGV);
      yield* c.sys(SYS.setrlimit, 3, yield* c.words([MB, 0, 64 * MB, 0]));
      expect([yield* grow(MB / 2), yield* grow(2 * MB)]).toEqual([0, SEGV]);
    }));

  it('limits: soft below hard, never up again but for the super-user, and none that is none', () =>
    ask(function* (c) {
      const set = (which: number, soft: number, hard: number): User<number> =>
        (function* () {
          return yield* c.sys(SYS.setrlimit, which, yield* c.words([soft, 0, hard, 0]));
        })();
      expect(yield* c.sys(SYS.getrlimit, 10, yield* c.words([0, 0, 0, 0]))).toBe(ERR.INVAL);
      expect(yield* set(99, 1, 1)).toBe(ERR.INVAL);
      expect(yield* set(0, 5, 10)).toBe(0);
      const at = yield* c.words([0, 0, 0, 0]);
      yield* c.sys(SYS.getrlimit, 0, at);
      expect([...(yield* c.loadWords(at, 4))]).toEqual([5, 0, 10, 0]);
      const status = yield* child(c, function* (k) {
        yield* k.sys(SYS.setrlimit, 0, yield* k.words([1, 0, 2, 0]));
        for (;;) yield* k.cpu.work(1_000_000);
      });
      expect([128 + 24, 128 + 9]).toContain(status);
      const file = yield* child(c, function* (k) {
        yield* k.sys(SYS.setrlimit, 1, yield* k.words([1000, 0, 1000, 0]));
        const fd = yield* k.open('/tmp/limited', 0x201);
        const page = yield* k.malloc(PAGE);
        return (yield* k.write(fd, page, PAGE)) === 1000 ? 0 : 1;
      });
      expect([0, 1, 128 + 25]).toContain(file);
    }));
});
