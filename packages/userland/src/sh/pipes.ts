/** Pipes between the shell's processes. */
import { IOBUF_ADDR, type Libc, type User } from '../libc.js';
import { EINTR, SYS } from '../syscalls.js';
import { ExpansionError } from './expand.js';
import { exitStatus } from './jobs.js';

/** Makes a pipe's ends the standard input and output of a child: `from` is the pipe before it, `next` and `to` the one behind. */
export function* connect(c: Libc, from: number, next: number, to: number): User {
  if (from >= 0) {
    yield* c.sys(SYS.dup2, from, 0);
    yield* c.close(from);
  }
  if (to >= 0) {
    if (to !== 1) {
      yield* c.sys(SYS.dup2, to, 1);
      yield* c.close(to);
    }
    if (next > 1) yield* c.close(next);
  }
}

/**
 * What a child writes to a pipe until all ends of it are closed, and the child's status.
 * @param start makes the child, whose standard output is to be `write`: its pid, or -errno
 */
export function* captureOutput(
  c: Libc,
  start: (read: number, write: number) => User<number>,
): User<{ text: string; status: number }> {
  const read = yield* c.sys(SYS.pipe);
  if (read < 0) throw new ExpansionError(`Pipe call failed: ${c.strerror(read)}`);
  const write = c.cpu.edx;
  const pid = yield* start(read, write);
  yield* c.close(write);
  let text = '';
  const decoder = new TextDecoder();
  for (;;) {
    const n = yield* c.read(read, IOBUF_ADDR, 4096);
    if (n === -EINTR) continue;
    if (n <= 0) break;
    text += decoder.decode(yield* c.cpu.read(IOBUF_ADDR, n), { stream: true });
  }
  yield* c.close(read);
  if (pid < 0) return { text, status: 2 };
  for (;;) {
    const [got, raw] = yield* c.wait(pid);
    if (got !== -EINTR) return { text, status: got < 0 ? 127 : exitStatus(raw) };
  }
}
