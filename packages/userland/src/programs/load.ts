import type { Program } from '../libc.js';
import { SYS } from '../syscalls.js';

const PAGE = 4096;

/** sleepers N [pages]: N idle processes that touched some memory once: something to swap out. Waits for them. */
export const sleepers: Program = function* (c) {
  const count = Number(c.argv[1] ?? 8);
  const pages = Number(c.argv[2] ?? 16);
  if (!(count > 0 && pages > 0)) return yield* c.usage('sleepers count [pages]');
  for (let i = 0; i < count; i++) {
    const pid = yield* c.fork(function* (child) {
      const memory = yield* child.malloc(pages * PAGE);
      if (memory > 0) yield* child.cpu.eachPage(memory, pages, true, 100, () => {});
      for (;;) yield* child.nanosleep(3600);
    });
    if (pid < 0) return yield* c.fail(`fork: ${c.strerror(pid)}`);
  }
  for (;;) {
    const [pid] = yield* c.wait();
    if (pid < 0) return 0;
  }
};

/**
 * churn RATE [seconds [lifetime-ms]]: starts RATE processes a second, each of which executes sleep(1) for its lifetime and is collected, as
 * cron jobs and mail deliveries come and go.
 */
export const churn: Program = function* (c) {
  const rate = Number(c.argv[1] ?? 10);
  const seconds = Number(c.argv[2] ?? Number.POSITIVE_INFINITY);
  const lifetime = Number(c.argv[3] ?? 500) / 1000;
  if (!(rate > 0 && seconds > 0 && lifetime >= 0))
    return yield* c.usage('churn rate [seconds [lifetime-ms]]');
  const end = (yield* c.now()) + seconds * 1e6;
  let alive = 0;
  while ((yield* c.now()) < end) {
    const pid = yield* c.fork(function* (child) {
      const error = yield* child.execve('/bin/sleep', ['sleep', String(lifetime)]);
      return error < 0 ? 1 : 0;
    });
    if (pid > 0) alive++;
    yield* c.nanosleep(1 / rate);
    while (alive > 0) {
      const status = yield* c.words([0]);
      const done = yield* c.sys(SYS.wait4, -1, status, 1, 0);
      if (done <= 0) break;
      alive--;
    }
  }
  while (alive-- > 0) yield* c.wait();
  return 0;
};

/**
 * respawn N SECONDS: N supervisors, each of which runs sleep(1) for that long by vfork(2) and execve(2), collects it and runs it again,
 * as scripts do that look at something from time to time. While memory is short, execve waits in the middle of making an address space.
 */
export const respawn: Program = function* (c) {
  const count = Number(c.argv[1] ?? 8);
  const seconds = Number(c.argv[2] ?? 3);
  if (!(count > 0 && seconds >= 0)) return yield* c.usage('respawn count seconds');
  const supervisor: Program = function* (own) {
    for (;;) {
      const pid = yield* own.vfork(function* (child) {
        const error = yield* child.execve('/bin/sleep', ['sleep', String(seconds)]);
        return error < 0 ? 1 : 0;
      });
      if (pid < 0) yield* own.nanosleep(1);
      else yield* own.wait(pid);
    }
  };
  for (let i = 0; i < count; i++) {
    const pid = yield* c.fork(supervisor);
    if (pid < 0) return yield* c.fail(`fork: ${c.strerror(pid)}`);
    yield* c.nanosleep(seconds / count);
  }
  for (;;) {
    const [pid] = yield* c.wait();
    if (pid < 0) return 0;
  }
};
