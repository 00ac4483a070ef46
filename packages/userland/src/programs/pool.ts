import type { Program } from '../libc.js';
import { SYS } from '../syscalls.js';

const PAGE = 4096;
const SIGTERM = 15;

/**
 * pool N LIFETIME-MS [pages]: a server with N idle workers that replaces them all when they have lived long enough: it forks the new
 * ones, then ends the old ones (SIGTERM) and collects them, as servers do when they are told to begin anew.
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
  let workers: number[] = [];
  for (;;) {
    const old = workers;
    workers = [];
    for (let i = 0; i < count; i++) {
      const pid = yield* c.fork(worker);
      if (pid > 0) workers.push(pid);
    }
    for (const pid of old) yield* c.sys(SYS.kill, pid, SIGTERM);
    for (const pid of old) yield* c.wait(pid);
    yield* c.nanosleep(lifetime);
  }
};
