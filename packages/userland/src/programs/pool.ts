import type { Program } from '../libc.js';
import { SYS } from '../syscalls.js';

const PAGE = 4096;
const SIGTERM = 15;

/**
 * pool N LIFETIME-MS [pages]: a server that keeps N idle workers and replaces the oldest when it has lived long enough: it kills it
 * (SIGTERM), collects it and forks another, as servers with worker processes do.
 */
export const pool: Program = function* (c) {
  const count = Number(c.argv[1] ?? 16);
  const lifetime = Number(c.argv[2] ?? 3000) / 1000;
  const pages = Number(c.argv[3] ?? 16);
  if (!(count > 0 && lifetime > 0 && pages > 0))
    return yield* c.fail('usage: pool count lifetime-ms [pages]');
  const worker: Program = function* (child) {
    const memory = yield* child.malloc(pages * PAGE);
    if (memory > 0) yield* child.cpu.eachPage(memory, pages, true, 100, () => {});
    for (;;) yield* child.nanosleep(3600);
  };
  const workers: number[] = [];
  for (;;) {
    if (workers.length >= count) {
      const oldest = workers.shift()!;
      yield* c.sys(SYS.kill, oldest, SIGTERM);
      yield* c.wait(oldest);
    }
    const pid = yield* c.fork(worker);
    if (pid > 0) workers.push(pid);
    yield* c.nanosleep(lifetime / count);
  }
};
