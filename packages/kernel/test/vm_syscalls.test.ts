import { describe, expect, it } from 'vitest';
import { SYS } from '../../userland/src/syscalls.js';
import { type Libc, type Program, runInKernel, type User } from './boot.js';

const PAGE = 4096;
const PROT = { NONE: 0, READ: 1, WRITE: 2, RW: 3 };
const MAP = { SHARED: 1, PRIVATE: 2, FIXED: 0x10, STACK: 0x400, ANON: 0x1000 };
const SIG = { BUS: 10, SEGV: 11 };
const E = { BADF: -9, NOMEM: -12, ACCES: -13, FAULT: -14, INVAL: -22, AGAIN: -35, OPNOTSUPP: -45 };

function* mmap(
  c: Libc,
  addr: number,
  len: number,
  prot: number,
  flags: number,
  fd = -1,
  pos = 0,
): User<number> {
  return yield* c.sys(SYS.mmap, addr, len, prot, flags, fd, 0, pos, 0);
}

function* anon(c: Libc, pages: number, flags = MAP.PRIVATE): User<number> {
  const at = yield* mmap(c, 0, pages * PAGE, PROT.RW, MAP.ANON | flags);
  expect(at).toBeGreaterThan(0x20000000);
  return at;
}

/** What becomes of a child that does this: its exit status, or 128 + the signal that ended it. */
function* child(c: Libc, body: Program): User<number> {
  const pid = yield* c.fork(body);
  expect(pid).toBeGreaterThan(0);
  const [, status] = yield* c.wait(pid);
  return (status & 0x7f) !== 0 ? 128 + (status & 0x7f) : status >> 8;
}

function* touch(c: Libc, at: number): User<number> {
  return yield* child(c, function* (k) {
    yield* k.cpu.load32(at);
    return 0;
  });
}

function* poke(c: Libc, at: number, value: number): User<number> {
  return yield* child(c, function* (k) {
    yield* k.cpu.store32(at, value);
    return 0;
  });
}

/** Runs a program in a fresh kernel; its expectations are the test. */
async function ask(program: (c: Libc) => User): Promise<void> {
  let done = false;
  const { why, console } = await runInKernel(function* (c) {
    yield* program(c);
    done = true;
    return 0;
  });
  expect([why, done, /panic|Fatal trap/.test(console) ? console : '']).toEqual(['halt', true, '']);
}

describe('mmap', () => {
  it('gives zeroed memory, takes it away again, and says no to nonsense', () =>
    ask(function* (c) {
      const at = yield* anon(c, 4);
      expect(yield* c.cpu.load32(at)).toBe(0);
      yield* c.cpu.store32(at + PAGE, 0x1234);
      expect(yield* c.sys(SYS.munmap, at, 2 * PAGE)).toBe(0);
      expect(yield* touch(c, at + PAGE)).toBe(128 + SIG.SEGV);
      expect(yield* touch(c, at + 2 * PAGE)).toBe(0);
      expect(yield* c.sys(SYS.munmap, at, 4 * PAGE)).toBe(E.INVAL);

      expect(yield* mmap(c, 0, PAGE, PROT.RW, MAP.PRIVATE, 77)).toBe(E.BADF);
      expect(yield* mmap(c, 0, PAGE, PROT.RW, MAP.ANON | MAP.PRIVATE, 0)).toBe(E.INVAL);
      expect(yield* mmap(c, 0x30000001, PAGE, PROT.RW, MAP.ANON | MAP.FIXED)).toBe(E.INVAL);
      expect(yield* mmap(c, 0xbfbff000 | 0, 2 * PAGE, PROT.RW, MAP.ANON | MAP.FIXED)).toBe(E.INVAL);
      expect(yield* mmap(c, 0, -PAGE, PROT.RW, MAP.ANON)).toBe(E.INVAL);
    }));

  it('puts a fixed mapping in place of what is there', () =>
    ask(function* (c) {
      const at = yield* anon(c, 3);
      for (let i = 0; i < 3; i++) yield* c.cpu.store32(at + i * PAGE, i + 1);
      expect(yield* mmap(c, at + PAGE, PAGE, PROT.RW, MAP.ANON | MAP.FIXED)).toBe(at + PAGE);
      const seen: number[] = [];
      for (let i = 0; i < 3; i++) seen.push(yield* c.cpu.load32(at + i * PAGE));
      expect(seen).toEqual([1, 0, 3]);
    }));

  it('shares with children what is shared and copies what is private', () =>
    ask(function* (c) {
      const shared = yield* anon(c, 1, MAP.SHARED);
      const own = yield* anon(c, 1);
      yield* c.cpu.store32(own, 5);
      expect(yield* poke(c, shared, 7)).toBe(0);
      expect(yield* poke(c, own, 7)).toBe(0);
      expect([yield* c.cpu.load32(shared), yield* c.cpu.load32(own)]).toEqual([7, 5]);
    }));

  it('maps files: shared writes reach the file, private ones do not', () =>
    ask(function* (c) {
      const fd = yield* c.open('/etc/data', 2);
      expect(fd).toBeGreaterThan(2);
      const shared = yield* mmap(c, 0, PAGE, PROT.RW, MAP.SHARED, fd);
      const own = yield* mmap(c, 0, PAGE, PROT.RW, MAP.PRIVATE, fd);
      const text = (at: number) =>
        (function* () {
          return new TextDecoder().decode(yield* c.cpu.read(at, 9));
        })();
      expect(yield* text(shared)).toBe('The quick');
      yield* c.cpu.store8(own + 4, 0x51);
      yield* c.cpu.store8(shared + 5, 0x55);
      expect(yield* text(own)).toMatch(/^The Q/);
      expect(yield* c.sys(SYS.msync, shared, PAGE, 0)).toBe(0);
      expect(yield* c.slurp('/etc/data')).toMatch(/^The qUick brown/);
      expect(yield* c.sys(SYS.munmap, shared, PAGE)).toBe(0);
      yield* c.close(fd);
      /* The mapping keeps the file; its private page stays as it is. */
      expect(yield* text(own)).toMatch(/^The Q/);

      const ro = yield* c.open('/etc/data', 0);
      expect(yield* mmap(c, 0, PAGE, PROT.RW, MAP.SHARED, ro)).toBe(E.ACCES);
    }));

  it('takes /dev/zero for anonymous memory and maps physical memory through /dev/mem', () =>
    ask(function* (c) {
      const zero = yield* c.open('/dev/zero', 2);
      const at = yield* mmap(c, 0, PAGE, PROT.RW, MAP.PRIVATE, zero);
      expect(yield* c.cpu.load32(at)).toBe(0);
      yield* c.cpu.store32(at, 9);
      expect(yield* c.cpu.load32(at)).toBe(9);

      const mem = yield* c.open('/dev/mem', 0);
      const phys = yield* mmap(c, 0, PAGE, PROT.READ, MAP.SHARED, mem, 0x100000);
      expect(phys).toBeGreaterThan(0);
      expect(yield* c.cpu.load32(phys)).toBe(c.cpu.machine.ram.i32[0x100000 >> 2]);
      expect(yield* mmap(c, 0, PAGE, PROT.READ, MAP.PRIVATE, mem, 0)).toBe(E.INVAL);
    }));
});

describe('mprotect and minherit', () => {
  it('take write access away and give it back', () =>
    ask(function* (c) {
      const at = yield* anon(c, 3);
      yield* c.cpu.store32(at + PAGE, 1);
      expect(yield* c.sys(SYS.mprotect, at + PAGE, PAGE, PROT.READ)).toBe(0);
      expect(yield* poke(c, at + PAGE, 2)).toBe(128 + SIG.BUS);
      expect(yield* poke(c, at, 2)).toBe(0);
      expect(yield* touch(c, at + PAGE)).toBe(0);
      expect(yield* c.sys(SYS.mprotect, at + PAGE, PAGE, PROT.RW)).toBe(0);
      yield* c.cpu.store32(at + PAGE, 3);
      expect(yield* c.cpu.load32(at + PAGE)).toBe(3);
    }));

  it('decide what a child gets', () =>
    ask(function* (c) {
      const at = yield* anon(c, 3);
      for (let i = 0; i < 3; i++) yield* c.cpu.store32(at + i * PAGE, 1);
      expect(yield* c.sys(SYS.minherit, at, PAGE, 0)).toBe(0);
      expect(yield* c.sys(SYS.minherit, at + 2 * PAGE, PAGE, 2)).toBe(0);
      expect(yield* c.sys(SYS.minherit, at, PAGE, 3)).toBe(E.INVAL);
      for (let i = 0; i < 2; i++) expect(yield* poke(c, at + i * PAGE, 7)).toBe(0);
      expect(yield* touch(c, at + 2 * PAGE)).toBe(128 + SIG.SEGV);
      expect([yield* c.cpu.load32(at), yield* c.cpu.load32(at + PAGE)]).toEqual([7, 1]);
    }));
});

describe('mincore, madvise, mlock', () => {
  it('tell and change what is in memory', () =>
    ask(function* (c) {
      const at = yield* anon(c, 5);
      const vec = yield* anon(c, 1);
      yield* c.cpu.store32(at + PAGE, 1);
      yield* c.cpu.load32(at + 3 * PAGE);
      const incore = () =>
        (function* () {
          expect(yield* c.sys(SYS.mincore, at, 5 * PAGE, vec)).toBe(0);
          return [...(yield* c.cpu.read(vec, 5))];
        })();
      const first = yield* incore();
      expect(first.map((b) => b & 1)).toEqual([0, 1, 0, 1, 0]);
      expect(first[1]! & 4).toBe(4);
      expect(yield* c.sys(SYS.mincore, at, PAGE, 0x70000000)).toBe(E.FAULT);

      expect(yield* c.sys(SYS.mlock, at, 5 * PAGE)).toBe(0);
      expect((yield* incore()).map((b) => b & 1)).toEqual([1, 1, 1, 1, 1]);
      expect(yield* c.cpu.load32(at + PAGE)).toBe(1);
      expect(yield* c.sys(SYS.munlock, at, 5 * PAGE)).toBe(0);
      expect(yield* c.sys(SYS.mlock, at, 0x8000000)).toBe(E.AGAIN);
      expect(yield* c.sys(SYS.mlock, 0x70000000, PAGE)).toBe(E.NOMEM);

      for (let advice = 0; advice < 10; advice++) {
        if (advice !== 5) expect(yield* c.sys(SYS.madvise, at, 5 * PAGE, advice)).toBe(0);
      }
      expect(yield* c.cpu.load32(at + PAGE)).toBe(1);
      expect(yield* c.sys(SYS.madvise, at, PAGE, 10)).toBe(E.INVAL);
      expect(yield* c.sys(SYS.madvise, at, 5 * PAGE, 5)).toBe(0);
    }));

  it('lock a child out of nothing: pages wired at fork are copied, and are not wired there', () =>
    ask(function* (c) {
      const at = yield* anon(c, 2);
      yield* c.cpu.store32(at, 42);
      expect(yield* c.sys(SYS.mlock, at, 2 * PAGE)).toBe(0);
      expect(
        yield* child(c, function* (k) {
          const got = yield* k.cpu.load32(at);
          yield* k.cpu.store32(at, 1);
          return got;
        }),
      ).toBe(42);
      expect(yield* c.cpu.load32(at)).toBe(42);
      expect(yield* c.sys(SYS.munmap, at, 2 * PAGE)).toBe(0);
    }));
});

describe('the heap and the stack', () => {
  it('break grows, shrinks, and keeps its limits', () =>
    ask(function* (c) {
      const at = yield* c.malloc(3 * PAGE);
      yield* c.cpu.store32(at + 2 * PAGE, 1);
      expect(yield* c.sys(SYS.break, at + PAGE)).toBe(0);
      expect(yield* touch(c, at + 2 * PAGE)).toBe(128 + SIG.SEGV);
      expect(yield* c.sys(SYS.break, at + 3 * PAGE)).toBe(0);
      expect(yield* c.cpu.load32(at + 2 * PAGE)).toBe(0);
      expect(yield* c.sys(SYS.break, 0x1000)).toBe(E.INVAL);
      expect(yield* c.sys(SYS.break, 0x60000000)).toBe(E.NOMEM);
      expect(yield* c.sys(69, 4096)).toBe(E.OPNOTSUPP);
    }));

  it('the stack comes to where it is touched, within its limit', () =>
    ask(function* (c) {
      const deep = (c.cpu.esp - (1 << 20)) & ~3;
      yield* c.cpu.store32(deep, 3);
      expect(yield* c.cpu.load32(deep)).toBe(3);
      expect(yield* touch(c, (c.cpu.esp - (32 << 20)) & ~3)).toBeGreaterThan(128);
    }));
});
