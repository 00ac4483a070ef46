// biome-ignore-all lint/correctness/useYield: handlers and checks are generators, whether they wait or not
import { describe, expect, it } from 'vitest';
import { SYS, WNOHANG, WUNTRACED } from '../src/syscalls.js';
import { ask, child, type Libc, output, reap, run, type User } from './boot.js';

const PAGE = 4096;
const MB = 1 << 20;
const SIG = {
  HUP: 1,
  INT: 2,
  KILL: 9,
  SEGV: 11,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
  STOP: 17,
  CONT: 19,
  CHLD: 20,
  USR1: 30,
  USR2: 31,
};
const ERR = {
  SRCH: -3,
  INTR: -4,
  NOENT: -2,
  TOOBIG: -7,
  NOEXEC: -8,
  CHILD: -10,
  ACCES: -13,
  FAULT: -14,
  INVAL: -22,
  PIPE: -32,
  AGAIN: -35,
  ISDIR: -21,
  NOTDIR: -20,
};

function* sleepFor(k: Libc, seconds: number): User<number> {
  return yield* k.nanosleep(seconds);
}

describe('signals', () => {
  it('wake a sleeper: the call gives EINTR, what was left is told, the handler has run', () =>
    ask(function* (c) {
      const status = yield* child(c, function* (k) {
        let caught = 0;
        yield* k.signal(SIG.ALRM, function* (sig) {
          caught = sig;
        });
        yield* k.sys(SYS.setitimer, 0, yield* k.words([0, 0, 1, 0]), 0);
        const left = yield* k.words([0, 0]);
        const error = yield* k.sys(SYS.nanosleep, yield* k.words([10, 0]), left);
        const [seconds] = yield* k.loadWords(left, 2);
        return error === ERR.INTR && caught === SIG.ALRM && seconds! >= 8 && seconds! <= 9 ? 0 : 1;
      });
      expect(status).toBe(0);
    }));

  it('kill, stop and continue others; a stopped sleeper sleeps its time out', () =>
    ask(function* (c) {
      const start = yield* c.now();
      const pid = yield* c.fork((k) => sleepFor(k, 3));
      yield* c.nanosleep(1);
      expect(yield* c.sys(SYS.kill, pid, SIG.STOP)).toBe(0);
      expect((yield* c.wait(pid, WUNTRACED))[1]).toBe((SIG.STOP << 8) | 0x7f);
      expect(yield* c.wait(pid, WUNTRACED | WNOHANG)).toEqual([0, 0]);
      yield* c.sys(SYS.kill, pid, SIG.CONT);
      expect(yield* reap(c, pid)).toBe(0);
      expect(Math.round(((yield* c.now()) - start) / 1e6)).toBe(3);
      for (const sig of [SIG.HUP, SIG.KILL, SIG.TERM, SIG.SEGV]) {
        const victim = yield* c.fork((k) => sleepFor(k, 100));
        yield* c.nanosleep(0.1);
        yield* c.sys(SYS.kill, victim, sig);
        expect(yield* reap(c, victim)).toBe(128 + sig);
      }
      // A stopped one can be killed, and only that.
      const stopped = yield* c.fork((k) => sleepFor(k, 100));
      yield* c.sys(SYS.kill, stopped, SIG.STOP);
      yield* c.nanosleep(0.1);
      yield* c.sys(SYS.kill, stopped, SIG.TERM);
      yield* c.nanosleep(1);
      expect((yield* c.wait(stopped, WNOHANG))[0]).toBe(0);
      yield* c.sys(SYS.kill, stopped, SIG.KILL);
      expect(yield* reap(c, stopped)).toBe(128 + SIG.KILL);
    }));

  it('can be blocked, are pending then, and come when they are let in; SIGKILL and SIGSTOP cannot', () =>
    ask(function* (c) {
      const caught: number[] = [];
      const note = function* (sig: number): User {
        caught.push(sig);
      };
      yield* c.signal(SIG.USR1, note);
      yield* c.signal(SIG.USR2, note);
      const self = yield* c.sys(SYS.getpid);
      const both = (1 << (SIG.USR1 - 1)) | (1 << (SIG.USR2 - 1));
      yield* c.sys(SYS.sigprocmask, 1, yield* c.words([both]), 0);
      yield* c.sys(SYS.kill, self, SIG.USR1);
      yield* c.sys(SYS.kill, self, SIG.USR1);
      yield* c.sys(SYS.kill, self, SIG.USR2);
      expect(caught).toEqual([]);
      const pending = yield* c.words([0]);
      yield* c.sys(SYS.sigpending, pending);
      expect(yield* c.cpu.load32(pending)).toBe(both);
      yield* c.sys(SYS.sigprocmask, 2, yield* c.words([both]), 0);
      expect(caught.sort()).toEqual([SIG.USR1, SIG.USR2]);
      for (const sig of [SIG.KILL, SIG.STOP]) expect(yield* c.signal(sig, 'ignore')).toBe(ERR.INVAL);
      for (const sig of [0, 32, 100, -1]) expect(yield* c.signal(sig, 'ignore')).toBe(ERR.INVAL);
      expect(yield* c.sys(SYS.kill, self, 32)).toBe(ERR.INVAL);
      expect(yield* c.sys(SYS.kill, 9999, 0)).toBe(ERR.SRCH);
      expect(yield* c.sys(SYS.kill, self, 0)).toBe(0);
    }));

  it('nest, survive a fork, and are forgotten by exec', () =>
    ask(function* (c) {
      const order: string[] = [];
      const self = yield* c.sys(SYS.getpid);
      yield* c.signal(SIG.USR2, function* () {
        order.push('inner');
      });
      yield* c.signal(SIG.USR1, function* (_sig, k) {
        order.push('outer');
        yield* k.sys(SYS.kill, yield* k.sys(SYS.getpid), SIG.USR2);
        order.push('end');
      });
      yield* c.sys(SYS.kill, self, SIG.USR1);
      expect(order).toEqual(['outer', 'inner', 'end']);
      order.length = 0;
      const inherited = yield* child(c, function* (k) {
        yield* k.sys(SYS.kill, yield* k.sys(SYS.getpid), SIG.USR1);
        return order.length;
      });
      expect(inherited).toBe(3);
      const forgotten = yield* child(c, function* (k) {
        yield* k.execve('/bin/sh', ['sh', '-c', 'kill -USR1 $$; echo no']);
        return 1;
      });
      expect(forgotten).toBe(128 + SIG.USR1);
    }));

  it('reach a process that is swapped out', () =>
    ask(
      function* (c) {
        const pids: number[] = [];
        for (let i = 0; i < 6; i++) {
          pids.push(
            yield* c.fork(function* (k) {
              const at = yield* k.malloc(40 * PAGE);
              yield* k.cpu.eachPage(at, 40, true, 100, () => {});
              let sum = 0;
              yield* k.signal(SIG.USR1, function* (_sig, own) {
                yield* own.cpu.eachPage(at, 40, false, 100, () => void sum++);
              });
              yield* k.nanosleep(1000);
              return sum;
            }),
          );
        }
        yield* c.nanosleep(12);
        const hog = yield* c.fork(function* (k) {
          yield* k.execve('/bin/memcheck', ['memcheck', '24m']);
          return 1;
        });
        expect(yield* reap(c, hog)).toBe(0);
        for (const pid of pids) {
          yield* c.sys(SYS.kill, pid, SIG.USR1);
          expect(yield* reap(c, pid)).toBe(40);
        }
      },
      { ramBytes: 12 * MB },
    ));
});

describe('pipes', () => {
  it('with many writers: nothing is lost, and no small write is torn', () =>
    ask(function* (c) {
      const WRITERS = 12;
      const LINES = 40;
      const read = yield* c.sys(SYS.pipe);
      const write = c.cpu.edx;
      for (let w = 0; w < WRITERS; w++) {
        const pid = yield* c.fork(function* (k) {
          yield* k.close(read);
          for (let i = 0; i < LINES; i++) yield* k.puts(write, `${String.fromCharCode(65 + w).repeat(99)}\n`);
          return 0;
        });
        expect(pid).toBeGreaterThan(0);
      }
      yield* c.close(write);
      let text = '';
      const at = yield* c.malloc(2 * PAGE);
      for (;;) {
        const n = yield* c.read(read, at, 5000);
        if (n <= 0) break;
        text += new TextDecoder().decode(yield* c.cpu.read(at, n));
      }
      const counts = new Map<string, number>();
      for (const line of text.trimEnd().split('\n')) {
        expect(line).toMatch(/^(.)\1{98}$/);
        counts.set(line[0]!, (counts.get(line[0]!) ?? 0) + 1);
      }
      expect([...counts.values()]).toEqual(new Array(WRITERS).fill(LINES));
      for (let w = 0; w < WRITERS; w++) yield* c.wait();
    }));

  it('end: a reader gets 0 when the last writer has gone, a writer SIGPIPE or EPIPE when the last reader has', async () => {
    await ask(function* (c) {
      const read = yield* c.sys(SYS.pipe);
      const write = c.cpu.edx;
      const at = yield* c.words([1]);
      yield* c.close(read);
      yield* c.signal(SIG.PIPE, 'ignore');
      expect(yield* c.write(write, at, 4)).toBe(ERR.PIPE);
      yield* c.signal(SIG.PIPE, 'default');
      const status = yield* child(c, function* (k) {
        yield* k.write(write, at, 4);
        return 0;
      });
      expect(status).toBe(128 + SIG.PIPE);
    });
    expect(await output('yes | head -1; yes | true; echo $?; cat /dev/null | wc -c')).toBe(
      'y\n0\n       0\n',
    );
  });

  it('hold through a chain, with more than fits into any of them', async () => {
    expect(await output('dd if=/dev/zero bs=64k count=32 2>/dev/null | cat | cat | cat | wc -c')).toBe(
      ' 2097152\n',
    );
  });
});

describe('fork', () => {
  it('up to the limit and no further; the system survives a bomb', () =>
    ask(
      function* (c) {
        yield* c.sys(SYS.setrlimit, 7, yield* c.words([30, 0, 30, 0]));
        const pids: number[] = [];
        let last = 0;
        for (let i = 0; i < 100; i++) {
          last = yield* c.fork((k) => sleepFor(k, 100));
          if (last < 0) break;
          pids.push(last);
        }
        // The super-user has only the system's limit in BSD; the process's own limit counts for others.
        if (last < 0) expect(last).toBe(ERR.AGAIN);
        for (const pid of pids) yield* c.sys(SYS.kill, pid, SIG.KILL);
        for (const pid of pids) expect(yield* reap(c, pid)).toBe(128 + SIG.KILL);
        expect((yield* c.wait())[0]).toBe(ERR.CHILD);
      },
      { ramBytes: 16 * MB },
    ));

  it.each([
    16, 64,
  ])('until there are no processes left (%i MB): EAGAIN, and all is well when they have gone', async (mb) => {
    const r = await run(
      'n=`sysctl -n kern.maxproc`; sleepers $n 1; sleep 1; kill -9 -1; sleep 1; ps ax | wc -l',
      { ramBytes: mb * MB, seconds: 3600 },
    );
    expect([r.why, /panic|Fatal/.test(r.console)]).toEqual(['halt', false]);
    expect(r.output).toMatch(/sleepers: fork: Resource temporarily unavailable\n +\d\d\n$/);
  });

  it('copies on write: neither sees what the other does, however deep the family', () =>
    ask(function* (c) {
      const at = yield* c.malloc(8 * PAGE);
      for (let i = 0; i < 8; i++) yield* c.cpu.store32(at + i * PAGE, 100 + i);
      const generation = function* (k: Libc, depth: number): User<number> {
        for (let i = 0; i < 8; i++) {
          const expected = i < depth ? 200 + depth - 1 : 100 + i;
          const got = yield* k.cpu.load32(at + i * PAGE);
          if (got !== expected && i >= depth) return 1;
        }
        for (let i = 0; i <= depth; i++) yield* k.cpu.store32(at + i * PAGE, 200 + depth);
        if (depth < 6) {
          const below = yield* reap(k, yield* k.fork((next) => generation(next, depth + 1)));
          if (below !== 0) return below;
        }
        for (let i = 0; i <= depth; i++) if ((yield* k.cpu.load32(at + i * PAGE)) !== 200 + depth) return 2;
        return 0;
      };
      expect(yield* child(c, (k) => generation(k, 0))).toBe(0);
      for (let i = 0; i < 8; i++) expect(yield* c.cpu.load32(at + i * PAGE)).toBe(100 + i);
    }));

  it('vfork: the parent waits, and sees what the child did to its memory', () =>
    ask(function* (c) {
      const at = yield* c.words([1]);
      const start = yield* c.now();
      const pid = yield* c.vfork(function* (k) {
        yield* k.nanosleep(2);
        yield* k.cpu.store32(at, 42);
        yield* k.execve('/bin/sleep', ['sleep', '3']);
        return 1;
      });
      const resumed = ((yield* c.now()) - start) / 1e6;
      expect([Math.round(resumed), yield* c.cpu.load32(at)]).toEqual([2, 42]);
      expect(yield* reap(c, pid)).toBe(0);
      const exits = yield* c.vfork(function* (k) {
        yield* k.cpu.store32(at, 43);
        return 7;
      });
      expect([yield* reap(c, exits), yield* c.cpu.load32(at)]).toEqual([7, 43]);
    }));

  it('wait4: whom it waits for, and what it refuses', () =>
    ask(function* (c) {
      expect((yield* c.wait())[0]).toBe(ERR.CHILD);
      const [a, b] = [yield* c.fork((k) => sleepFor(k, 1)), yield* c.fork((k) => sleepFor(k, 2))];
      expect((yield* c.wait(-1, WNOHANG))[0]).toBe(0);
      expect((yield* c.wait(b))[0]).toBe(b);
      expect((yield* c.wait(b))[0]).toBe(ERR.CHILD);
      expect((yield* c.wait(-1, 0xff00))[0]).toBe(ERR.INVAL);
      expect((yield* c.wait())[0]).toBe(a);
      // A bad place for the status loses the status only.
      const d = yield* c.fork((k) => sleepFor(k, 0));
      expect(yield* c.sys(SYS.wait4, d, 0xc0000000 | 0, 0, 0)).toBe(ERR.FAULT);
      // Orphans go to init.
      const orphan = yield* child(c, function* (k) {
        yield* k.fork((o) => sleepFor(o, 1));
        return 0;
      });
      expect(orphan).toBe(0);
    }));
});

describe('exec', () => {
  it('of what is no program', () =>
    ask(
      function* (c) {
        const tell: [string, number][] = [
          ['/nosuch', ERR.NOENT],
          ['/etc/motd', ERR.ACCES],
          ['/tmp', ERR.ACCES],
          ['/bin', ERR.ACCES],
          ['/etc/motd/x', ERR.NOTDIR],
          ['', ERR.NOENT],
          ['/dev/zero', ERR.ACCES],
          ['/tmp/garbage', ERR.NOEXEC],
          ['/tmp/empty', ERR.NOEXEC],
          ['/tmp/short', ERR.NOEXEC],
          ['/tmp/self', ERR.NOEXEC],
        ];
        for (const [name, text] of [
          ['garbage', '\x7fELF garbage'.repeat(400)],
          ['empty', ''],
          ['short', '\xcc'],
          ['self', '#!/tmp/self\n'],
        ]) {
          const fd = yield* c.open(`/tmp/${name}`, 0x201, 0o755);
          yield* c.puts(fd, text!);
          yield* c.close(fd);
        }
        for (const [path, error] of tell) {
          const got = yield* c.execve(path, ['x']);
          expect([path, got]).toEqual([path, error]);
        }
      },
      { files: {} },
    ));

  it('of an a.out whose header lies: refused or killed, never a panic', () =>
    ask(function* (c) {
      const headers = [
        [0x008600cc, 0x7fffffff, 4096, 0, 0, 0x1080, 0, 0],
        [0x008600cc, 16384, 0x7ffff000, 0, 0, 0x1080, 0, 0],
        [0x008600cc, 16384, 4096, 0xf0000000 | 0, 0, 0x1080, 0, 0],
        [0x008600cc, 16384, 4096, 65536, 0, 0xc0100000 | 0, 0, 0],
        [0x008600cc, 0, 0, 0, 0, 0, 0, 0],
        [0x008600cc, 16385, 4097, 1, -1, 0x1080, -1, -1],
        [0x00860107, 16384, 4096, 65536, 0, 0x1080, 0, 0],
        [0x008600cc, -4096, -4096, -4096, 0, 0x1080, 0, 0],
      ];
      for (const [i, header] of headers.entries()) {
        const fd = yield* c.open(`/tmp/h${i}`, 0x201, 0o755);
        const at = yield* c.words([...header, ...new Array<number>(1000).fill(0x90909090 | 0)]);
        for (let n = 0; n < 5; n++) yield* c.write(fd, at, 4032);
        yield* c.close(fd);
        const status = yield* child(c, function* (k) {
          const error = yield* k.execve(`/tmp/h${i}`, ['x']);
          return error < 0 ? -error : 0;
        });
        expect([i, [8, 12, 14, 22, 27].includes(status) || status > 128]).toEqual([i, true]);
      }
    }));

  it('too many arguments: E2BIG; as many as fit arrive whole', () =>
    ask(function* (c) {
      const page = yield* c.malloc(64 * 1024);
      yield* c.cpu.write(page, new TextEncoder().encode(`${'a'.repeat(30_000)}\0`));
      const pointers = yield* c.words([page, page, page, 0]);
      const path = yield* c.string('/bin/true');
      expect(yield* c.sys(SYS.execve, path, pointers, 0)).toBe(ERR.TOOBIG);
      expect(yield* c.sys(SYS.execve, path, 0xc0000000 | 0, 0)).toBe(ERR.FAULT);
      expect(yield* c.sys(SYS.execve, path, yield* c.words([1, 0]), 0)).toBe(ERR.FAULT);
      const status = yield* child(c, function* (k) {
        yield* k.execve('/bin/sh', [
          'sh',
          '-c',
          '[ $# = 100 ]',
          'sh',
          ...Array.from({ length: 100 }, (_, i) => `argument ${i}`),
        ]);
        return 99;
      });
      expect(status).toBe(0);
    }));

  it('closes what is marked, keeps the rest, the directory and what is ignored', async () => {
    const text = await output(
      `cd /tmp; exec 5>/tmp/five; trap '' TERM; sh -c 'echo five >&5; pwd; kill $$; echo survived'; cat /tmp/five`,
    );
    expect(text).toBe('/tmp\nsurvived\nfive\n');
  });
});
