import { Libc, type Program, type User, runProgram } from '../libc.js';
import { SYS } from '../syscalls.js';
import { PAGE, patternWord } from './pattern.js';

const WORDS = PAGE / 4;
const word = (va: number, seed: number): number => (seed === 0 ? 0 : patternWord(va, seed));

/**
 * threads N STEPS PAGES: N processes that share one address space (rfork), each of which maps, fills, verifies and unmaps PAGES
 * pages of its own in runs of 16, STEPS times one of them. The runs lie among each other, so that they share page tables. Exit
 * status 0 if every byte was right, 1 otherwise.
 */
export const threads: Program = function* (c) {
  const n = Number(c.argv[1] ?? 4);
  const steps = Number(c.argv[2] ?? 50);
  const pages = Number(c.argv[3] ?? 128);
  const BASE = 0x50000000;
  let total = 0,
    errors = 0;
  const first: string[] = [];
  const body = function* (k: Libc, id: number): User<number> {
    /* interleaved: page p of slot s of thread t at BASE + ((s*n + t) * 16 pages) */
    let x = (id * 2654435761) | 1;
    const rnd = (m: number): number => {
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      return (x >>> 0) % m;
    };
    const slots = Math.ceil(pages / 16);
    const seeds: (number[] | undefined)[] = new Array(slots).fill(undefined);
    const { ram } = k.cpu.machine;
    const va = (s: number): number => BASE + (s * n + id) * 16 * PAGE;
    for (let step = 0; step < steps; step++) {
      const s = rnd(slots);
      if (seeds[s] === undefined) {
        const r = yield* k.cpu.syscall(SYS.mmap, va(s), 16 * PAGE, 3, 0x1012, -1, 0, 0, 0);
        if (r !== va(s)) {
          errors++;
          first.push(`mmap ${r}`);
          continue;
        }
        seeds[s] = new Array(16).fill(0);
      }
      const what = rnd(5);
      for (let p = 0; p < 16; p++) {
        if (what < 2) {
          const seed = rnd(1 << 30) | 1;
          seeds[s]![p] = seed;
          yield* k.cpu.eachPage(va(s) + p * PAGE, 1, true, 1000, (at, page) => {
            for (let i = 0; i < WORDS; i++) ram.i32[(at >>> 2) + i] = word((page + 4 * i) | 0, seed);
          });
        } else {
          const seed = seeds[s]![p]!;
          yield* k.cpu.eachPage(va(s) + p * PAGE, 1, false, 1000, (at, page) => {
            let bad = 0;
            for (let i = 0; i < WORDS; i++)
              if (ram.i32[(at >>> 2) + i] !== word((page + 4 * i) | 0, seed)) bad++;
            total++;
            if (bad > 0) {
              errors++;
              if (first.length < 5)
                first.push(
                  `thread ${id} va ${page.toString(16)} bad ${bad} got ${(ram.i32[at >>> 2]! >>> 0).toString(16)}`,
                );
            }
          });
        }
      }
      if (what === 4) {
        const r = yield* k.cpu.syscall(SYS.munmap, va(s), 16 * PAGE);
        if (r !== 0) {
          errors++;
          first.push(`munmap ${r}`);
        }
        seeds[s] = undefined;
      }
      if (what === 3 && rnd(3) === 0) {
        yield* k.cpu.syscall(SYS.mprotect, va(s), 16 * PAGE, 1);
        yield* k.cpu.syscall(SYS.mprotect, va(s), 16 * PAGE, 3);
      }
    }
    return 0;
  };
  const pids: number[] = [];
  for (let t = 1; t < n; t++) {
    const stack = yield* c.sys(SYS.mmap, 0x48000000 + t * 0x10000, 0x4000, 3, 0x1012, -1, 0, 0, 0);
    if (stack < 0 && stack > -200) return yield* c.fail(`stack ${stack}`);
    const pid = yield* c.cpu.forkTo(
      SYS.rfork,
      function* (cpu) {
        cpu.esp = stack + 0x4000 - 64;
        yield* runProgram(
          function* (k) {
            return yield* body(k, t);
          },
          new Libc(cpu, ['threads'], new Map()),
        );
      },
      0x10 | 0x20,
    );
    if (pid < 0) {
      yield* c.warn(`rfork ${c.strerror(pid)}`);
      break;
    }
    pids.push(pid);
  }
  yield* body(c, 0);
  for (const pid of pids) {
    const [got, status] = yield* c.wait(pid);
    if (got !== pid || status !== 0) {
      errors++;
      first.push(`thread ${got} status ${status}`);
    }
  }
  yield* c.print(`threads: ${total} pages verified, ${errors} errors ${first.join(' | ')}\n`);
  return errors === 0 ? 0 : 1;
};
