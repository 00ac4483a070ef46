// biome-ignore-all lint/correctness/useYield: handlers and checks are generators, whether they wait or not
import { describe, expect, it } from 'vitest';
import { SYS } from '../src/syscalls.js';
import { ask, child, type Libc, reap, type User } from './boot.js';

const E = {
  PERM: -1,
  NOENT: -2,
  SRCH: -3,
  INTR: -4,
  IO: -5,
  TOOBIG: -7,
  NOEXEC: -8,
  BADF: -9,
  CHILD: -10,
  NOMEM: -12,
  ACCES: -13,
  FAULT: -14,
  EXIST: -17,
  NOTDIR: -20,
  ISDIR: -21,
  INVAL: -22,
  MFILE: -24,
  NOTTY: -25,
  FBIG: -27,
  SPIPE: -29,
  PIPE: -32,
  AGAIN: -35,
  NAMETOOLONG: -63,
  NOSYS: -78,
};
/** Pointers that no program should pass: null, a little, the kernel, its page tables, the very end, unmapped user memory. */
const RIDICULOUS = [0, 1, 0xc0100000, 0xbfc00000, 0xfffff000, 0xffffffff, 0x80000000, 0x60000000].map(
  (p) => p | 0,
);
const PAGE = 4096;

function* number(name: string, got: number, wanted: number): User {
  expect([name, got]).toEqual([name, wanted]);
}

describe('ridiculous pointers', () => {
  it('in every call that takes one: EFAULT, or an answer, and never a panic', () =>
    ask(function* (c) {
      const fd = yield* c.open('/etc/motd', 0);
      const fds = yield* c.sys(SYS.pipe);
      const write = c.cpu.edx;
      const path = yield* c.string('/tmp/p');
      for (const p of RIDICULOUS) {
        const calls: [string, number, ...number[]][] = [
          ['open', SYS.open, p, 0, 0],
          ['read', SYS.read, fd, p, 10],
          ['write', SYS.write, write, p, 10],
          ['unlink', SYS.unlink, p],
          ['chdir', SYS.chdir, p],
          ['mkdir', SYS.mkdir, p, 0o755],
          ['rmdir', SYS.rmdir, p],
          ['access', SYS.access, p, 0],
          ['stat p', SYS.stat, p, path],
          ['rename', SYS.rename, p, path],
          ['execve', SYS.execve, p, 0, 0],
          ['swapon', SYS.swapon, p],
          ['truncate', SYS.truncate, p, 0, 0, 0],
          ['chmod', SYS.chmod, p, 0],
        ];
        for (const [name, ...args] of calls)
          yield* number(`${name} ${(p >>> 0).toString(16)}`, yield* c.sys(...args), E.FAULT);
        const [zero, motd] = [yield* c.string('/dev/zero'), yield* c.string('/etc/motd')];
        const outs: [string, number, ...number[]][] = [
          ['stat', SYS.stat, motd, p],
          ['fstat', SYS.fstat, fd, p],
          ['getrlimit', SYS.getrlimit, 0, p],
          ['gettimeofday', SYS.gettimeofday, p, 0],
          ['getrusage', SYS.getrusage, 0, p],
          ['nanosleep', SYS.nanosleep, p, 0],
          ['setrlimit', SYS.setrlimit, 8, p],
          ['sigaction', SYS.sigaction, 30, p, 0],
          ['sigprocmask', SYS.sigprocmask, 1, p, 0],
          ['setitimer', SYS.setitimer, 0, p, 0],
          ['getitimer', SYS.getitimer, 0, p],
          ['readv', SYS.readv, fd, p, 1],
          ['writev', SYS.writev, 1, p, 1],
          ['clock_gettime', SYS.clock_gettime, 0, p],
          ['sysctl', SYS.__sysctl, p, 2, 0, 0, 0, 0],
          ['sigpending', SYS.sigpending, p],
          ['getdirentries', SYS.getdirentries, yield* c.open('/etc', 0), p, 512, 0],
        ];
        for (const [name, ...args] of outs) {
          // A null pointer means "not wanted" to some.
          if (p === 0 && ['gettimeofday', 'sigaction', 'sigprocmask', 'setitimer'].includes(name)) continue;
          yield* number(`${name} ${(p >>> 0).toString(16)}`, yield* c.sys(...args), E.FAULT);
        }
        void zero;
      }
      expect(fds).toBeGreaterThan(0);
    }));

  it('that begin well and end badly: at the edge of what is mapped', () =>
    ask(function* (c) {
      const heap = yield* c.malloc(PAGE);
      const end = heap + PAGE;
      const zero = yield* c.open('/dev/zero', 2);
      yield* number('read across', yield* c.read(zero, end - 8, 16), E.FAULT);
      yield* number('read up to', yield* c.read(zero, end - 8, 8), 8);
      const pipe = yield* c.sys(SYS.pipe);
      const to = c.cpu.edx;
      yield* number('write across', yield* c.write(to, end - 8, 16), E.FAULT);
      expect(pipe).toBeGreaterThan(0);
      yield* c.cpu.write(end - 4, new Uint8Array([47, 116, 109, 112]));
      yield* number('a path without an end', yield* c.sys(SYS.open, end - 4, 0, 0), E.FAULT);
      yield* c.cpu.write(heap, new TextEncoder().encode(`/${'x'.repeat(1500)}\0`));
      yield* number('a path that is too long', yield* c.sys(SYS.open, heap, 0, 0), E.NAMETOOLONG);
      // Read-only memory is not to be written into by the kernel either.
      yield* c.sys(SYS.mprotect, heap, PAGE, 1);
      yield* number('read into read-only memory', yield* c.read(zero, heap, 8), E.FAULT);
      yield* number('stat into read-only memory', yield* c.sys(SYS.fstat, zero, heap), E.FAULT);
    }));

  it('and in the memory that a program uses itself: signals', () =>
    ask(function* (c) {
      for (const p of RIDICULOUS) {
        const status = yield* child(c, function* (k) {
          yield* k.cpu.load8(p);
          return 0;
        });
        expect([p >>> 0, [128 + 10, 128 + 11].includes(status)]).toEqual([p >>> 0, true]);
      }
      const status = yield* child(c, function* (k) {
        k.cpu.esp = 0x1000;
        yield* k.sys(SYS.getpid);
        return 0;
      });
      expect(status).toBeGreaterThan(128);
    }));
});

describe('descriptors', () => {
  it('that are not open: EBADF, everywhere', () =>
    ask(function* (c) {
      const at = yield* c.words(new Array<number>(32).fill(0));
      for (const fd of [3, 63, 99_999, -1, 0x7fffffff, -2147483648]) {
        const calls: [string, number, ...number[]][] = [
          ['read', SYS.read, fd, at, 1],
          ['write', SYS.write, fd, at, 1],
          ['close', SYS.close, fd],
          ['dup', SYS.dup, fd],
          ['fstat', SYS.fstat, fd, at],
          ['lseek', SYS.lseek, fd, 0, 0, 0, 0],
          ['fcntl', SYS.fcntl, fd, 1, 0],
          ['fsync', SYS.fsync, fd],
          ['ioctl', SYS.ioctl, fd, 0x402c7413, at],
          ['dup2', SYS.dup2, fd, 5],
          ['fchdir', SYS.fchdir, fd],
          ['getdirentries', SYS.getdirentries, fd, at, 128, 0],
          ['ftruncate', SYS.ftruncate, fd, 0, 0, 0],
          ['mmap', SYS.mmap, 0, PAGE, 1, 2, fd, 0, 0, 0],
          ['readv', SYS.readv, fd, at, 1],
        ];
        for (const [name, ...args] of calls) yield* number(`${name} ${fd}`, yield* c.sys(...args), E.BADF);
      }
      yield* number('dup2 to nowhere', yield* c.sys(SYS.dup2, 0, 99_999), E.BADF);
      yield* number('dup2 to itself', yield* c.sys(SYS.dup2, 1, 1), 1);
    }));

  it('opened for one thing do not do the other, and run out at the limit', () =>
    ask(function* (c) {
      const at = yield* c.words([1]);
      const [r, w] = [yield* c.open('/etc/motd', 0), yield* c.open('/tmp/w', 0x201)];
      yield* number('write to a read-only one', yield* c.write(r, at, 1), E.BADF);
      yield* number('read from a write-only one', yield* c.read(w, at, 1), E.BADF);
      yield* number('write a directory', yield* c.open('/tmp', 1), E.ISDIR);
      yield* number('through a file', yield* c.open('/etc/motd/x', 0), E.NOTDIR);
      yield* number('exclusively', yield* c.open('/tmp/w', 0xa01), E.EXIST);
      yield* number('seek in a pipe', yield* c.sys(SYS.lseek, yield* c.sys(SYS.pipe), 0, 0, 0, 0), E.SPIPE);
      yield* number('seek before the start', yield* c.sys(SYS.lseek, r, 0, -1, -1, 0), E.INVAL);
      yield* number('no terminal', yield* c.sys(SYS.ioctl, r, 0x402c7413, at), E.NOTTY);
      yield* c.sys(SYS.setrlimit, 8, yield* c.words([20, 0, 20, 0]));
      let last = 0;
      let n = 0;
      while ((last = yield* c.sys(SYS.dup, 0)) >= 0 && n < 100) n++;
      yield* number('one too many', last, E.MFILE);
      expect(n).toBeLessThan(20);
      yield* number('a pipe too many', yield* c.sys(SYS.pipe), E.MFILE);
      yield* c.close(r);
      yield* number('the freed one comes first', yield* c.sys(SYS.dup, 0), r);
    }));

  it('with sizes beyond reason', () =>
    ask(function* (c) {
      const at = yield* c.words(new Array<number>(8).fill(0));
      const zero = yield* c.open('/dev/zero', 2);
      const big = [-1, -2147483648];
      for (const n of big) {
        yield* number(`read ${n}`, yield* c.read(zero, at, n), E.INVAL);
        yield* number(`write ${n}`, yield* c.write(zero, at, n), E.INVAL);
      }
      yield* number('read of 2 GB into little memory', yield* c.read(zero, at, 0x7fffffff), E.FAULT);
      yield* number(
        'write of 2 GB to /dev/null',
        yield* c.write(yield* c.open('/dev/null', 1), at, 0x7fffffff),
        0x7fffffff,
      );
      yield* number('iovcnt', yield* c.sys(SYS.readv, zero, at, 100_000), E.INVAL);
      yield* number('iovcnt -1', yield* c.sys(SYS.writev, zero, at, -1), E.INVAL);
      const file = yield* c.open('/tmp/big', 0x202);
      yield* number('a terabyte', yield* c.sys(SYS.ftruncate, file, 0, 0, 256), E.FBIG);
      expect(yield* c.sys(SYS.mmap, 0, -PAGE, 3, 0x1002, -1, 0, 0, 0)).toBeLessThan(0);
      yield* number('sysctl of a name too long', yield* c.sys(SYS.__sysctl, at, 1000, 0, 0, 0, 0), E.INVAL);
      yield* number(
        'getdirentries of 2 GB',
        yield* c.sys(SYS.getdirentries, yield* c.open('/etc', 0), at, -1, 0),
        E.INVAL,
      );
    }));
});

describe('calls that are none', () => {
  it('get SIGSYS, or ENOSYS without it', () =>
    ask(function* (c) {
      for (const code of [0x7fffffff, -1, 500, 198, 8]) {
        const status = yield* child(c, function* (k) {
          yield* k.sys(code);
          return 0;
        });
        expect([code, status]).toEqual([code, 128 + 12]);
      }
      yield* c.signal(12, 'ignore');
      yield* number('ignored', yield* c.sys(500), E.NOSYS);
    }));

  it('and any call with any words: no panic', () =>
    ask(
      function* (c) {
        let x = 20_010_525;
        const random = (): number => {
          x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0;
          return x;
        };
        // exit, fork, reboot, the calls that stop the child for good, and those that would wait for ever.
        const not = new Set<number>([
          SYS.exit,
          SYS.reboot,
          SYS.sigsuspend,
          SYS.wait4,
          SYS.nanosleep,
          SYS.kill,
          SYS.rfork,
          SYS.fork,
          SYS.vfork,
          SYS.sigreturn,
        ]);
        const calls = Object.values(SYS).filter((n) => !not.has(n));
        const heap = yield* c.malloc(16 * PAGE);
        const words = [
          0,
          1,
          -1,
          2,
          8,
          100,
          PAGE,
          2 * PAGE,
          heap,
          heap + 5,
          heap + 16 * PAGE - 2,
          0x1000,
          0x7fffffff,
          -2147483648,
          0xbfbff000 | 0,
          0xc0000000 | 0,
          0x20000000,
        ];
        for (let round = 0; round < 12; round++) {
          const pid = yield* c.fork(function* (k) {
            // It may close everything and unmap itself: whatever becomes of it, the system stays.
            yield* k.sys(SYS.setitimer, 0, yield* k.words([0, 0, 1, 0]), 0);
            for (let i = 0; i < 400; i++) {
              const args = Array.from({ length: 6 }, () =>
                random() % 4 === 0 ? random() : words[(random() >>> 8) % words.length]!,
              );
              if (args[0] === 0 || args[0] === 1 || args[0] === 2) args[0] = 3;
              yield* k.sys(calls[(random() >>> 8) % calls.length]!, ...args);
            }
            return 0;
          });
          const status = yield* reap(c, pid);
          expect([
            0,
            128 + 9,
            128 + 10,
            128 + 11,
            128 + 12,
            128 + 13,
            128 + 14,
            128 + 24,
            128 + 25,
          ]).toContain(status);
        }
        yield* alive(c);
      },
      { seconds: 3600 },
    ));
});

/** Does the system still do what it is there for? */
function* alive(c: Libc): User {
  const status = yield* child(c, function* (k) {
    yield* k.execve(
      '/bin/sh',
      ['sh', '-c', 'memcheck 1m | grep -q " 0 errors"'],
      new Map([['PATH', '/bin:/sbin']]),
    );
    return 99;
  });
  expect(status).toBe(0);
}
