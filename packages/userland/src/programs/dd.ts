import type { Libc, Program, User } from '../libc.js';
import { EINTR, O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY } from '../syscalls.js';

const UNITS: Record<string, number> = { '': 1, b: 512, k: 1024, m: 1 << 20, g: 1 << 30, w: 4 };

/** A number with the multipliers of dd(1): b, k, m, g, w and products with x. -1 if it is none. */
export function ddSize(text: string): number {
  if (!/^(?:(?:0[xX][0-9a-fA-F]+|\d+)[bkmgwBKMGW]?(?:x|$))+$/.test(text) || text.endsWith('x')) return -1;
  let product = 1;
  for (const [, number, letter] of text.matchAll(/(0[xX][0-9a-fA-F]+|\d+)([bkmgwBKMGW]?)(?:x|$)/g)) {
    product *= Number(number) * UNITS[letter!.toLowerCase()]!;
  }
  return product;
}

interface Operands {
  input: string;
  output: string;
  block: number;
  count: number;
  skip: number;
}

function* operands(c: Libc): User<Operands> {
  const o: Operands = { input: '', output: '', block: 512, count: Number.POSITIVE_INFINITY, skip: 0 };
  for (const arg of c.argv.slice(1)) {
    const eq = arg.indexOf('=');
    const name = arg.slice(0, eq);
    const value = arg.slice(eq + 1);
    if (eq < 0) yield* c.fail(`unknown operand ${arg}`);
    const size = ddSize(value);
    if (name !== 'if' && name !== 'of' && size < 0) yield* c.fail(`${name}: illegal numeric value`);
    if (name === 'if') o.input = value;
    else if (name === 'of') o.output = value;
    else if (name === 'bs' || name === 'ibs' || name === 'obs') o.block = size;
    else if (name === 'count') o.count = size;
    else if (name === 'skip' || name === 'iseek') o.skip = size;
    else yield* c.fail(`unknown operand ${name}`);
  }
  if (o.block === 0 || o.block > 0x7fffffff) yield* c.fail(`bs must be between 1 and ${0x7fffffff}`);
  return o;
}

/** dd(1), with if, of, bs, count and skip. */
export const dd: Program = function* (c) {
  const o = yield* operands(c);
  const input = o.input === '' ? 0 : yield* c.open(o.input, O_RDONLY);
  if (input < 0) return yield* c.fail(`${o.input}: ${c.strerror(input)}`);
  const output = o.output === '' ? 1 : yield* c.open(o.output, O_WRONLY | O_CREAT | O_TRUNC);
  if (output < 0) return yield* c.fail(`${o.output}: ${c.strerror(output)}`);
  const buffer = yield* c.malloc(o.block);
  if (buffer < 0) return yield* c.fail(`input buffer: ${c.strerror(buffer)}`);
  const tally = { inFull: 0, inPart: 0, outFull: 0, outPart: 0, bytes: 0 };
  const start = yield* c.now();
  let status = 0;
  for (let i = 0; i < o.count + o.skip; ) {
    const n = yield* c.read(input, buffer, o.block);
    if (n === -EINTR) continue;
    if (n < 0) {
      yield* c.warn(`${o.input === '' ? 'stdin' : o.input}: ${c.strerror(n)}`);
      status = 1;
    }
    if (n <= 0) break;
    i++;
    if (i <= o.skip) continue;
    if (n === o.block) tally.inFull++;
    else tally.inPart++;
    let sent = 0;
    while (sent < n) {
      const w = yield* c.write(output, buffer + sent, n - sent);
      if (w === -EINTR) continue;
      if (w < 0) {
        yield* c.warn(`${o.output === '' ? 'stdout' : o.output}: ${c.strerror(w)}`);
        status = 1;
        break;
      }
      sent += w;
    }
    tally.bytes += sent;
    if (sent === o.block) tally.outFull++;
    else if (sent > 0) tally.outPart++;
    if (status !== 0) break;
  }
  const seconds = Math.max(((yield* c.now()) - start) / 1e6, 0.000001);
  yield* c.puts(
    2,
    `${tally.inFull}+${tally.inPart} records in\n${tally.outFull}+${tally.outPart} records out\n` +
      `${tally.bytes} bytes transferred in ${seconds.toFixed(6)} secs (${Math.floor(tally.bytes / seconds)} bytes/sec)\n`,
  );
  return status;
};
