import { describe, expect, it } from 'vitest';
import { SYS } from '../../userland/src/syscalls.js';
import { type Libc, runInKernel, type User } from './generators.js';

const PAGE = 4096;
const AT = 0x40000000;
const RW = 3;
const MAP_ANON_FIXED = 0x1012;
const MAP_SHARED_ANON_FIXED = 0x1011;
const MAP_SHARED_FIXED = 0x11;
const O_RDWR_CREAT_TRUNC = 0x602;
const O_RDWR = 2;
const REGIMES = ['giant', 'vm_mtx-20010519+swaplocks+vmspace-ref'];
const NO_PANIC = /panic|Fatal trap/;

/** Writes to `pages` pages again and again until all else is cached, clean, or on swap. */
function* squeeze(c: Libc, pages: number, times: number): User {
  for (let n = 0; n < times; n++) {
    expect(yield* c.sys(SYS.mmap, AT, pages * PAGE, RW, MAP_ANON_FIXED, -1, 0, 0, 0)).toBe(AT);
    for (let i = 0; i < pages; i++) yield* c.cpu.store32(AT + i * PAGE, i);
    expect(yield* c.sys(SYS.munmap, AT, pages * PAGE)).toBe(0);
  }
}

function* execute(c: Libc, path: string, args: readonly string[]): User<number> {
  const pid = yield* c.fork(function* (k) {
    yield* k.execve(path, [path, ...args], new Map());
    return 127;
  });
  return (yield* c.wait(pid))[1];
}

describe('files when memory is short', () => {
  for (const locking of REGIMES) {
    it(`can be written, appended to, cut and mapped although their pages are cached (${locking})`, async () => {
      let seen = '';
      const { console, why } = await runInKernel(
        function* (c) {
          const path = '/tmp/f';
          yield* c.sys(SYS.mkdir, yield* c.string('/tmp'), 0o777);
          const fd = yield* c.open(path, O_RDWR_CREAT_TRUNC);
          yield* c.puts(fd, 'first\n');
          yield* squeeze(c, 3000, 4);
          /* memfs_zero_tail and memfs_put on pages that the page daemon has written to swap and cached */
          yield* c.puts(fd, 'second\n');
          yield* squeeze(c, 3000, 4);
          yield* c.sys(SYS.ftruncate, fd, 0, 9, 0);
          /* and memfs_putpage on one, for a page of a shared mapping */
          const map = 0x30000000;
          expect(yield* c.sys(SYS.mmap, map, PAGE, RW, MAP_SHARED_FIXED, fd, 0, 0, 0)).toBe(map);
          yield* squeeze(c, 3000, 4);
          yield* c.cpu.store32(map, 0x52494621);
          yield* squeeze(c, 3000, 4);
          yield* c.sys(SYS.msync, map, PAGE, 0);
          yield* c.close(fd);
          seen = String(yield* c.slurp(path));
          const again = yield* c.open(path, O_RDWR);
          yield* c.close(again);
          return 0;
        },
        { ramBytes: 10 << 20, locking },
      );
      expect(console).not.toMatch(NO_PANIC);
      expect([why, seen]).toEqual(['halt', '!FIRt\nsec']);
    });
  }
});

describe('a shared address space', () => {
  for (const locking of REGIMES) {
    /* Of the kernel that slept in pmap_enter a quarter of such runs died. */
    for (const [ncpu, args] of [
      [1, ['8', '120', '512']],
      [2, ['12', '60', '512']],
    ] as const) {
      it(`holds what its threads write, with memory too short for page tables (${locking}, ${ncpu} CPUs)`, async () => {
        for (const seed of [1, 2, 3]) {
          let status = -1;
          const { console, why } = await runInKernel(
            function* (c) {
              status = yield* execute(c, '/bin/threads', args);
              return 0;
            },
            { ramBytes: 5 << 20, locking, ncpu, seed },
          );
          expect(console).not.toMatch(NO_PANIC);
          expect([seed, why, status]).toEqual([seed, 'halt', 0]);
        }
      });
    }
  }
});

describe('more mappings than pv entries', () => {
  const PAGES = 2000;
  const SHARERS = 60;
  /** Without swap, so that not even the last free page can become one of pv entries. */
  const MACHINE = { ramBytes: 16 << 20, swapBytes: 0 };
  /** By the page daemon, for want of memory. */
  const KILLED = 9;

  /** Many processes that all touch many pages of one shared mapping. */
  function* sharers(c: Libc): User {
    expect(yield* c.sys(SYS.mmap, AT, PAGES * PAGE, RW, MAP_SHARED_ANON_FIXED, -1, 0, 0, 0)).toBe(AT);
    for (let i = 0; i < PAGES; i++) yield* c.cpu.store32(AT + i * PAGE, ~i);
    const pids: number[] = [];
    for (let n = 0; n < SHARERS; n++) {
      const pid = yield* c.fork(function* (k) {
        for (let i = 0; i < PAGES; i++) if ((yield* k.cpu.load32(AT + i * PAGE)) !== ~i) return 1;
        yield* k.nanosleep(5);
        for (let i = 0; i < PAGES; i++) if ((yield* k.cpu.load32(AT + i * PAGE)) !== ~i) return 2;
        return 0;
      });
      expect(pid).toBeGreaterThan(0);
      pids.push(pid);
    }
    for (const pid of pids) {
      const [got, status] = yield* c.wait(pid);
      expect([got, status === KILLED ? 0 : status]).toEqual([pid, 0]);
    }
  }

  for (const locking of REGIMES) {
    it(`takes those of others, and nobody reads a wrong byte (${locking})`, async () => {
      let done = false;
      const { console, why, system } = await runInKernel(
        function* (c) {
          yield* sharers(c);
          done = true;
          return 0;
        },
        { ...MACHINE, locking },
      );
      expect(console).not.toMatch(NO_PANIC);
      expect([why, done]).toEqual(['halt', true]);
      expect(system.get('pv_reclaim_rover'), 'it came to that').toBeGreaterThan(0);
    });
  }

  it('is a panic without that, as it was in 2001', async () => {
    const { console } = await runInKernel(
      function* (c) {
        yield* sharers(c);
        return 0;
      },
      { ...MACHINE, locking: 'giant', prepare: (system) => system.set('pv_entry_reclaim', 0) },
    );
    expect(console).toContain('panic: get_pv_entry: no pv entries');
  });
});
