/** Programs over text: wc, head, tail, tee, grep, sort, jot, seq, yes. */
import { IOBUF_ADDR, IOBUF_BYTES, type Libc, type Program, type User } from '../libc.js';
import { right } from '../lib/fmt.js';
import { EINTR, O_APPEND, O_CREAT, O_TRUNC, O_WRONLY } from '../syscalls.js';
import { options } from './files.js';

/** Calls `body` with the text of each file (standard input if there is none); complains about what cannot be read. */
function* eachFile(c: Libc, paths: string[], body: (text: string, path: string) => User): User<number> {
  let status = 0;
  for (const path of paths.length > 0 ? paths : ['-']) {
    const text = yield* c.slurp(path);
    if (typeof text === 'number') {
      yield* c.warn(`${path}: ${c.strerror(text)}`);
      status = 1;
    } else {
      yield* body(text, path);
    }
  }
  return status;
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines[lines.length - 1] === '') lines.pop();
  return lines;
}

const NEWLINE = 10;
/** What isspace(3) calls so, beside the blank: tab to carriage return. */
const isSpace = (byte: number): boolean => byte === 32 || (byte >= 9 && byte <= 13);

/** Lines, words and bytes of an open file, which need not be text; -errno if it cannot be read. */
function* countFile(c: Libc, fd: number): User<number[] | number> {
  let [lines, words, bytes] = [0, 0, 0];
  let inWord = false;
  for (;;) {
    const n = yield* c.read(fd, IOBUF_ADDR, IOBUF_BYTES);
    if (n === -EINTR) continue;
    if (n < 0) return n;
    if (n === 0) return [lines, words, bytes];
    bytes += n;
    for (const byte of yield* c.cpu.read(IOBUF_ADDR, n)) {
      if (byte === NEWLINE) lines++;
      const space = isSpace(byte);
      if (!space && !inWord) words++;
      inWord = !space;
    }
  }
}

/** wc(1) */
export const wc: Program = function* (c) {
  const { flags, rest } = yield* options(c, 'clw', 'wc [-clw] [file ...]');
  const has = (letter: string): boolean => flags.size === 0 || flags.has(letter);
  const total = [0, 0, 0];
  let status = 0;
  const show = (counts: number[], name: string): string => {
    const cells = ['l', 'w', 'c'].map((letter, i) => (has(letter) ? ` ${right(counts[i]!, 7)}` : ''));
    return `${cells.join('')}${name === '-' ? '' : ` ${name}`}\n`;
  };
  for (const path of rest.length > 0 ? rest : ['-']) {
    const fd = path === '-' ? 0 : yield* c.open(path, 0);
    const counts = fd < 0 ? fd : yield* countFile(c, fd);
    if (fd > 0) yield* c.close(fd);
    if (typeof counts === 'number') {
      yield* c.warn(`${path}: ${c.strerror(counts)}`);
      status = 1;
      continue;
    }
    counts.forEach((n, i) => {
      total[i]! += n;
    });
    yield* c.print(show(counts, path));
  }
  if (rest.length > 1) yield* c.print(show(total, 'total'));
  return status;
};

/** The number of head -n 5, head -5, tail -5. */
function* lineCount(c: Libc, usage: string): User<{ count: number; rest: string[] }> {
  const rest = c.argv.slice(1);
  let count = 10;
  const match = /^-(n?)(\d*)$/.exec(rest[0] ?? '');
  if (match !== null && rest[0] !== '-') {
    rest.shift();
    count = Number(match[2] === '' ? rest.shift() : match[2]);
  }
  if (!Number.isInteger(count)) return yield* c.usage(usage);
  return { count, rest };
}

/** head(1): stops reading when it has its lines. */
export const head: Program = function* (c) {
  const { count, rest } = yield* lineCount(c, 'head [-n lines] [file ...]');
  let status = 0;
  for (const path of rest.length > 0 ? rest : ['-']) {
    const fd = path === '-' ? 0 : yield* c.open(path, 0);
    if (fd < 0) {
      yield* c.warn(`${path}: ${c.strerror(fd)}`);
      status = 1;
      continue;
    }
    if (rest.length > 1) yield* c.print(`${path === rest[0] ? '' : '\n'}==> ${path} <==\n`);
    for (let left = count; left > 0; ) {
      const n = yield* c.read(fd, IOBUF_ADDR, IOBUF_BYTES);
      if (n === -EINTR) continue;
      if (n <= 0) break;
      const bytes = yield* c.cpu.read(IOBUF_ADDR, n);
      let end = 0;
      while (end < n && left > 0) if (bytes[end++] === 10) left--;
      yield* c.write(1, IOBUF_ADDR, end);
    }
    if (fd !== 0) yield* c.close(fd);
  }
  return status;
};

/** tail(1), from the end */
export const tail: Program = function* (c) {
  const { count, rest } = yield* lineCount(c, 'tail [-n lines] [file ...]');
  return yield* eachFile(c, rest, function* (text) {
    const lines = linesOf(text);
    yield* c.print(
      lines
        .slice(Math.max(0, lines.length - count))
        .map((l) => `${l}\n`)
        .join(''),
    );
  });
};

/** tee(1) */
export const tee: Program = function* (c) {
  const { flags, rest } = yield* options(c, 'a', 'tee [-a] [file ...]');
  const fds = [1];
  let status = 0;
  for (const path of rest) {
    const fd = yield* c.open(path, O_WRONLY | O_CREAT | (flags.has('a') ? O_APPEND : O_TRUNC), 0o666);
    if (fd >= 0) fds.push(fd);
    else {
      yield* c.warn(`${path}: ${c.strerror(fd)}`);
      status = 1;
    }
  }
  for (;;) {
    const n = yield* c.read(0, IOBUF_ADDR, IOBUF_BYTES);
    if (n === -EINTR) continue;
    if (n <= 0) return status;
    for (const fd of fds) yield* c.write(fd, IOBUF_ADDR, n);
  }
};

/** grep(1), with -c, -i, -q and -v; patterns are extended regular expressions. 0: found, 1: not, 2: trouble. */
export const grep: Program = function* (c) {
  const usage = 'grep [-ciqv] pattern [file ...]';
  const { flags, rest } = yield* options(c, 'ciqvE', usage);
  const pattern = rest.shift();
  if (pattern === undefined) return yield* c.usage(usage);
  let re: RegExp;
  try {
    re = new RegExp(pattern, flags.has('i') ? 'i' : '');
  } catch {
    return yield* c.fail(`${pattern}: invalid regular expression`, 2);
  }
  let found = false;
  const status = yield* eachFile(c, rest, function* (text, path) {
    const hits = linesOf(text).filter((line) => re.test(line) !== flags.has('v'));
    found ||= hits.length > 0;
    const prefix = rest.length > 1 ? `${path}:` : '';
    if (flags.has('q')) return;
    yield* c.print(
      flags.has('c') ? `${prefix}${hits.length}\n` : hits.map((h) => `${prefix}${h}\n`).join(''),
    );
  });
  return status !== 0 ? 2 : found ? 0 : 1;
};

/** sort(1), with -n, -r and -u */
export const sort: Program = function* (c) {
  const { flags, rest } = yield* options(c, 'nru', 'sort [-nru] [file ...]');
  let lines: string[] = [];
  // biome-ignore lint/correctness/useYield: eachFile wants a generator
  const status = yield* eachFile(c, rest, function* (text) {
    lines.push(...linesOf(text));
  });
  const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  const number = (s: string): number => Number.parseFloat(s) || 0;
  lines.sort(flags.has('n') ? (a, b) => number(a) - number(b) || byText(a, b) : byText);
  if (flags.has('r')) lines.reverse();
  if (flags.has('u')) lines = lines.filter((line, i) => line !== lines[i - 1]);
  yield* c.print(lines.map((l) => `${l}\n`).join(''));
  return status;
};

/** Prints first, first + step, ... up to last. */
function* sequence(c: Libc, first: number, last: number, step: number): User {
  let out = '';
  const places = Math.max(...[first, step].map((n) => (String(n).split('.')[1] ?? '').length));
  for (let i = 0; ; i++) {
    const value = first + i * step;
    if (step > 0 ? value > last : value < last) break;
    out += `${value.toFixed(places)}\n`;
    if (out.length > 4000) {
      if ((yield* c.puts(1, out)) < 0) return;
      out = '';
    }
  }
  yield* c.print(out);
}

/** jot(1), of numbers: jot [reps [begin [end [step]]]] */
export const jot: Program = function* (c) {
  const [reps = 100, begin = 1, end, step] = c.argv.slice(1).map(Number);
  if (c.argv.length > 5 || !(reps >= 0)) return yield* c.usage('jot [reps [begin [end [s]]]]');
  const by = step ?? (end === undefined || reps < 2 ? 1 : (end - begin) / (reps - 1));
  if (reps > 0) yield* sequence(c, begin, begin + (reps - 1) * by + by / 1e6, by);
  return 0;
};

/** seq(1): seq [first [step]] last. BSD of 2001 had jot; scripts of today have this. */
export const seq: Program = function* (c) {
  const n = c.argv.slice(1).map(Number);
  const [first, step, last] =
    n.length === 1 ? [1, 1, n[0]!] : n.length === 2 ? [n[0]!, 1, n[1]!] : [n[0]!, n[1]!, n[2]!];
  if (n.length < 1 || n.length > 3 || n.some(Number.isNaN) || step === 0)
    return yield* c.usage('seq [first [incr]] last');
  yield* sequence(c, first, last, step);
  return 0;
};

/** yes(1) */
export const yes: Program = function* (c) {
  const line = `${c.argv[1] ?? 'y'}\n`;
  const block = line.repeat(Math.max(1, Math.floor(1024 / line.length)));
  for (;;) if ((yield* c.puts(1, block)) < 0) return 1;
};
