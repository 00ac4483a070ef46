import type { Libc, Program, User } from '../libc.js';
import { SYS } from '../syscalls.js';
import {
  allocate,
  checkPages,
  type Findings,
  fillPages,
  mapAnonymous,
  pagesOperand,
  PAGE,
  scattered,
} from './pattern.js';

const USAGE = 'hog seq|rand|loop|fork|burst size [seconds]';
/** Pages between two looks at the clock. */
const STRETCH = 64;
const CYCLES_PER_PAGE = 500;
const CHILDREN = 2;
/** A burst of work, and the rest after it, microseconds. */
const BURST_US = 1e6;

/** What a hog goes by. */
interface Hog {
  c: Libc;
  pages: number;
  /** When to stop, microseconds of the system's clock. */
  end: number;
  touched: number;
  errors: number;
}

function* over(hog: Hog): User<boolean> {
  return (yield* hog.c.now()) >= hog.end;
}

/** Reads or writes a word in each of some pages. */
function* touch(hog: Hog, at: number, pages: number, write: boolean): User {
  const { cpu } = hog.c;
  const { ram } = cpu.machine;
  yield* cpu.eachPage(at, pages, write, CYCLES_PER_PAGE, (index, va) => {
    if (write) ram.i32[index >>> 2] = va ^ hog.touched;
  });
  hog.touched += pages;
}

/** Fresh memory from one end to the other, given back, and again: a program that streams. */
function* sequential(hog: Hog): User {
  const { c, pages } = hog;
  while (!(yield* over(hog))) {
    const at = yield* mapAnonymous(c, pages);
    if (at < 0 && at > -100) return yield* c.fail(`mmap: ${c.strerror(at)}`);
    for (let i = 0; i < pages && !(yield* over(hog)); i += STRETCH)
      yield* touch(hog, (at + i * PAGE) | 0, Math.min(STRETCH, pages - i), true);
    yield* c.sys(SYS.munmap, at, pages * PAGE);
  }
}

/** Streams for a second with fresh memory, rests for one, and again: what compilers and mail deliveries do to a machine. */
function* bursts(hog: Hog): User {
  const { end } = hog;
  while ((yield* hog.c.now()) < end) {
    hog.end = Math.min((yield* hog.c.now()) + BURST_US, end);
    yield* sequential(hog);
    yield* hog.c.nanosleep(BURST_US / 1e6);
  }
}

/** The same memory in a scattered order, every other page written: a program with a large hash table. */
function* random(hog: Hog): User {
  const at = yield* allocate(hog.c, hog.pages);
  for (let pass = 1; ; pass++) {
    let n = 0;
    for (const page of scattered(hog.pages, pass)) {
      if (n % STRETCH === 0 && (yield* over(hog))) return;
      yield* touch(hog, (at + page * PAGE) | 0, 1, n % 2 === 0);
      n++;
    }
  }
}

/** The same memory in order, over and over, written the first time: the worst case of a queue of least recently used pages. */
function* looping(hog: Hog): User {
  const at = yield* allocate(hog.c, hog.pages);
  for (let pass = 0; ; pass++) {
    for (let i = 0; i < hog.pages; i += STRETCH) {
      if (yield* over(hog)) return;
      yield* touch(hog, (at + i * PAGE) | 0, Math.min(STRETCH, hog.pages - i), pass === 0);
    }
  }
}

/** Children that write all over the memory that they share with their parent; each looks whether it and the parent keep their own. */
function* forking(hog: Hog): User {
  const { c, pages } = hog;
  const at = yield* allocate(c, pages);
  const findings: Findings = { bytes: 0, errors: 0, first: [] };
  yield* fillPages(c, at, pages, 0);
  for (let round = 1; !(yield* over(hog)); round++) {
    for (let i = 1; i <= CHILDREN; i++) {
      const pid = yield* c.fork(function* (child) {
        const own: Findings = { bytes: 0, errors: 0, first: [] };
        yield* checkPages(child, at, pages, 0, own);
        yield* fillPages(child, at, pages, round * CHILDREN + i);
        yield* checkPages(child, at, pages, round * CHILDREN + i, own);
        return own.errors === 0 ? 0 : 1;
      });
      if (pid < 0) return yield* c.fail(`fork: ${c.strerror(pid)}`);
    }
    for (let i = 1; i <= CHILDREN; i++) {
      const [, status] = yield* c.wait();
      if (status !== 0) hog.errors++;
    }
    yield* checkPages(c, at, pages, 0, findings);
    hog.touched += 2 * CHILDREN * pages;
  }
  hog.errors += findings.errors;
}

const PATTERNS: Record<string, (hog: Hog) => User> = {
  seq: sequential,
  rand: random,
  loop: looping,
  fork: forking,
  burst: bursts,
};

/**
 * hog seq|rand|loop|fork|burst SIZE [seconds]: uses SIZE bytes of memory for that time (10 s), by a pattern of access. Ends with status 1
 * if a copy-on-write child or its parent saw what the other wrote.
 */
export const hog: Program = function* (c) {
  const pattern = PATTERNS[c.argv[1] ?? ''];
  if (pattern === undefined || c.argv.length > 4) return yield* c.usage(USAGE);
  const pages = yield* pagesOperand(c, c.argv[2], USAGE);
  const seconds = Number(c.argv[3] ?? 10);
  if (!(seconds > 0)) return yield* c.usage(USAGE);
  const start = yield* c.now();
  const state: Hog = { c, pages, end: start + seconds * 1e6, touched: 0, errors: 0 };
  yield* pattern(state);
  const took = ((yield* c.now()) - start) / 1e6;
  const rate = Math.floor(state.touched / took);
  yield* c.print(
    `hog: ${c.argv[1]}: ${state.touched} pages touched in ${took.toFixed(2)} secs (${rate} pages/sec), ${state.errors} errors\n`,
  );
  return state.errors === 0 ? 0 : 1;
};
