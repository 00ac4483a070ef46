import { IOBUF_ADDR, IOBUF_BYTES, type Program } from '../libc.js';
import { EINTR } from '../syscalls.js';

/** true(1) */
// biome-ignore lint/correctness/useYield: a program is a generator
export const trueProgram: Program = function* () {
  return 0;
};

/** false(1) */
// biome-ignore lint/correctness/useYield: a program is a generator
export const falseProgram: Program = function* () {
  return 1;
};

/** What echo(1) writes for its operands: -n leaves the newline out. */
export function echoText(operands: readonly string[]): string {
  return operands[0] === '-n' ? operands.slice(1).join(' ') : `${operands.join(' ')}\n`;
}

/** echo(1) */
export const echo: Program = function* (c) {
  yield* c.print(echoText(c.argv.slice(1)));
  return 0;
};

/** cat(1) */
export const cat: Program = function* (c) {
  let status = 0;
  for (const path of c.argv.length > 1 ? c.argv.slice(1) : ['-']) {
    const fd = path === '-' ? 0 : yield* c.open(path, 0);
    if (fd < 0) {
      yield* c.warn(`${path}: ${c.strerror(fd)}`);
      status = 1;
      continue;
    }
    for (;;) {
      const n = yield* c.read(fd, IOBUF_ADDR, IOBUF_BYTES);
      if (n === -EINTR) continue;
      if (n < 0) {
        yield* c.warn(`${path}: ${c.strerror(n)}`);
        status = 1;
      }
      if (n <= 0) break;
      yield* c.write(1, IOBUF_ADDR, n);
    }
    if (fd !== 0) yield* c.close(fd);
  }
  return status;
};

/** sleep(1) */
export const sleep: Program = function* (c) {
  const seconds = Number(c.argv[1]);
  if (c.argv.length !== 2 || !(seconds >= 0)) return yield* c.usage('sleep seconds');
  yield* c.nanosleep(seconds);
  return 0;
};
