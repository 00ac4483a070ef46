import type { Libc, Program, User } from '../libc.js';
import { SYS } from '../syscalls.js';
import { PAGE, patternWord } from './pattern.js';

const BASE = 0x50000000;
const SQUEEZE = 0x70000000;
const WORDS = PAGE / 4;

/** What torment knows of a page: what it wrote there (`seed` 0: nothing yet, so zeros), and what may become of it. */
interface P {
  seed: number;
  shared: boolean;
  ro: boolean;
  inherit: number;
  adv: boolean;
  file: boolean;
  kept?: number;
}
type Model = (P | undefined)[];

function rng(seed: number): (n: number) => number {
  let x = (Math.imul(seed | 0, 0x9e3779b1) ^ 0x5bd1e995) | 1;
  return (n) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % n;
  };
}

class Stats {
  pages = 0;
  bytes = 0;
  errors = 0;
  ops: Record<string, number> = {};
  first: string[] = [];
}

const word = (va: number, seed: number): number => (seed === 0 ? 0 : patternWord(va, seed));

function* check(c: Libc, va: number, p: P, st: Stats, what: string): User {
  const { ram } = c.cpu.machine;
  yield* c.cpu.eachPage(va, 1, false, 1024, (at, page) => {
    const { i32 } = ram;
    const from = at >>> 2;
    let bad = 0;
    for (let i = 0; i < WORDS; i++) if (i32[from + i] !== word((page + 4 * i) | 0, p.seed)) bad++;
    if (bad > 0 && p.adv) {
      /* after MADV_FREE the page may be zero */
      let z = 0;
      for (let i = 0; i < WORDS; i++) if (i32[from + i] !== 0) z++;
      if (z === 0) p.seed = 0;
      bad = 0;
    }
    st.pages++;
    st.bytes += PAGE;
    if (bad > 0) {
      st.errors++;
      if (st.first.length < 6)
        st.first.push(
          `${what}: va ${(page >>> 0).toString(16)} bad words ${bad} got ${(i32[from]! >>> 0).toString(16)} want ${(word(page, p.seed) >>> 0).toString(16)} seed ${p.seed} shared ${p.shared} file ${p.file} adv ${p.adv} ro ${p.ro} inh ${p.inherit}`,
        );
    }
  });
}
function* fill(c: Libc, va: number, seed: number): User {
  const { ram } = c.cpu.machine;
  yield* c.cpu.eachPage(va, 1, true, 1024, (at, page) => {
    const { i32 } = ram;
    const from = at >>> 2;
    for (let i = 0; i < WORDS; i++) i32[from + i] = word((page + 4 * i) | 0, seed);
  });
}
function* squeeze(c: Libc, pages: number): User {
  const at = yield* c.sys(SYS.mmap, SQUEEZE, pages * PAGE, 3, 0x1012, -1, 0, 0, 0);
  if (at < 0 && at > -200) return;
  yield* c.cpu.eachPage(at, pages, true, 300, (i) => {
    c.cpu.machine.ram.i32[i >>> 2] = i;
  });
  yield* c.sys(SYS.munmap, at, pages * PAGE);
}

/**
 * torment SEED STEPS [NPAGES] [SQUEEZE]: STEPS random operations on NPAGES pages (512): mmap, munmap, mprotect, madvise, minherit,
 * mlock, msync, fork, vfork, pipes and files, now and then with SQUEEZE pages (2000) written at once to make memory short. Every
 * byte is compared with a model. Exit status 0 if all were right, 1 otherwise.
 */
export const torment: Program = function* (c) {
  const seed = Number(c.argv[1] ?? 1);
  const steps = Number(c.argv[2] ?? 100);
  const N = Number(c.argv[3] ?? 512);
  const SQ = Number(c.argv[4] ?? 2000);
  const rnd = rng(seed);
  const st = new Stats();
  const model: Model = new Array(N).fill(undefined);
  const SH = 48; /* first SH pages: shared anon; next FI pages: shared file */
  const FI = 32;
  const path = `/tmp/torment.${seed}`;
  yield* c.sys(SYS.mkdir, yield* c.string('/tmp'), 0o777);
  const fd = yield* c.open(path, 0x602, 0o644);
  if (fd < 0) return yield* c.fail(`${path}: ${c.strerror(fd)}`);
  yield* c.sys(SYS.ftruncate, fd, 0, FI * PAGE, 0);
  let serial = 1;
  const kids: number[] = [];
  const op = (name: string): void => {
    st.ops[name] = (st.ops[name] ?? 0) + 1;
  };
  const unexpected = (what: string, r: number): void => {
    st.errors++;
    if (st.first.length < 6) st.first.push(`${what} returned ${r}`);
  };
  const verifyAll = function* (k: Libc, m: Model, s: Stats, what: string): User {
    for (let i = 0; i < N; i++) if (m[i] !== undefined) yield* check(k, BASE + i * PAGE, m[i]!, s, what);
  };
  const childBody = function* (k: Libc, m: Model, r: (n: number) => number, depth: number): User<number> {
    const s = new Stats();
    /* inherited? */
    for (let i = 0; i < N; i++) {
      const p = m[i];
      if (p === undefined) continue;
      if (p.inherit === 2) {
        m[i] = undefined;
        continue;
      }
      if (p.shared || p.file) {
        if (r(4) === 0) m[i] = undefined;
      }
    }
    for (let n = 0; n < 80; n++) {
      const i = r(N);
      const p = m[i];
      if (p === undefined || p.shared || p.file) continue;
      yield* check(k, BASE + i * PAGE, p, s, 'child');
      if (!p.ro && p.inherit !== 0) {
        p.seed = r(1 << 30) | 1;
        p.adv = false;
        yield* fill(k, BASE + i * PAGE, p.seed);
      }
    }
    if (depth > 0 && r(2) === 0) {
      const m2 = m.map((p) => (p === undefined ? undefined : { ...p }));
      const seed2 = r(1 << 30);
      const pid = yield* k.fork(function* (g) {
        return yield* childBody(g, m2, rng(seed2), depth - 1);
      });
      if (pid > 0) {
        for (let n = 0; n < 20; n++) {
          const i = r(N);
          const p = m[i];
          if (p === undefined || p.shared || p.file || p.ro || p.inherit === 0) continue;
          p.seed = r(1 << 30) | 1;
          p.adv = false;
          yield* fill(k, BASE + i * PAGE, p.seed);
        }
        for (;;) {
          const [got, status] = yield* k.wait(pid);
          if (got === -4) continue;
          if (got !== pid || status !== 0) {
            s.errors++;
            s.first.push(`grandchild ${got} status ${status}`);
          }
          break;
        }
      }
    }
    if (r(3) === 0) yield* squeeze(k, SQ >> 1);
    for (let i = 0; i < N; i++) {
      const p = m[i];
      if (p !== undefined && !p.shared && !p.file && p.inherit !== 0)
        yield* check(k, BASE + i * PAGE, p, s, 'child2');
    }
    if (s.errors > 0) {
      yield* k.warn(`child seed ${seed}: ${s.errors} errors: ${s.first.join('; ')}`);
      return 1;
    }
    st.pages += s.pages;
    st.bytes += s.bytes;
    if (r(6) === 0) {
      const e = yield* k.execve('/bin/true', ['true'], new Map());
      if (e < 0) return 3;
    }
    return 0;
  };
  const reapOne = function* (block: boolean): User {
    if (kids.length === 0) return;
    const [got, status] = yield* c.wait(-1, block ? 0 : 1);
    if (got > 0) {
      const at = kids.indexOf(got);
      if (at >= 0) kids.splice(at, 1);
      if (status !== 0 && status !== 9) {
        st.errors++;
        st.first.push(`child ${got} status ${status}`);
      }
    }
  };
  for (let step = 0; step < steps; step++) {
    const i = rnd(N);
    const n = Math.min(1 + rnd(64), N - i);
    const at = BASE + i * PAGE;
    switch (rnd(22)) {
      case 0:
      case 1: {
        op('mmap');
        if (i < SH) {
          const count = Math.min(n, SH - i);
          const r = yield* c.sys(SYS.mmap, at, count * PAGE, 3, 0x1011, -1, 0, 0, 0);
          if (r !== at) {
            unexpected('mmap shared', r);
            break;
          }
          for (let k = 0; k < count; k++)
            model[i + k] = { seed: 0, shared: true, ro: false, inherit: 0, adv: false, file: false };
        } else if (i < SH + FI) {
          const count = Math.min(n, SH + FI - i);
          const off = (i - SH) * PAGE;
          /* what is in the file now: read by read(2) and trusted later through the mapping */
          const r = yield* c.sys(SYS.mmap, at, count * PAGE, 3, 0x11, fd, 0, off, 0);
          if (r !== at) {
            unexpected('mmap file', r);
            break;
          }
          for (let k = 0; k < count; k++) {
            const s = ++serial * 7 + 1;
            model[i + k] = { seed: s, shared: false, ro: false, inherit: 0, adv: false, file: true };
            yield* fill(c, at + k * PAGE, s);
          }
        } else {
          const r = yield* c.sys(SYS.mmap, at, n * PAGE, 3, 0x1012, -1, 0, 0, 0);
          if (r !== at) {
            unexpected('mmap private', r);
            break;
          }
          for (let k = 0; k < n; k++)
            model[i + k] = { seed: 0, shared: false, ro: false, inherit: 1, adv: false, file: false };
        }
        break;
      }
      case 2: {
        op('munmap');
        const whole = model.slice(i, i + n).every((p) => p !== undefined);
        const r = yield* c.sys(SYS.munmap, at, n * PAGE);
        if (r !== (whole ? 0 : -22)) unexpected(`munmap whole ${whole}`, r);
        if (whole) model.fill(undefined, i, i + n);
        break;
      }
      case 3:
      case 4:
      case 5: {
        op('fill');
        for (let k = 0; k < n; k++) {
          const p = model[i + k];
          if (p === undefined || p.ro) continue;
          p.seed = (++serial * 2654435 + seed) | 1;
          p.adv = false;
          yield* fill(c, at + k * PAGE, p.seed);
        }
        break;
      }
      case 6:
      case 7: {
        op('check');
        for (let k = 0; k < n; k++)
          if (model[i + k] !== undefined) yield* check(c, at + k * PAGE, model[i + k]!, st, 'check');
        break;
      }
      case 8: {
        op('mprotect');
        const ro = rnd(2) === 0;
        const r = yield* c.sys(SYS.mprotect, at, n * PAGE, ro ? 1 : 3);
        if (r !== 0) unexpected('mprotect', r);
        for (let k = 0; k < n; k++) if (model[i + k] !== undefined) model[i + k]!.ro = ro;
        break;
      }
      case 9: {
        const advice = [0, 1, 2, 3, 4, 5, 3, 4][rnd(8)]!;
        op(`madvise${advice}`);
        const r = yield* c.sys(SYS.madvise, at, n * PAGE, advice);
        if (r !== 0) unexpected('madvise', r);
        if (advice === 5)
          for (let k = 0; k < n; k++) if (model[i + k] !== undefined) model[i + k]!.adv = true;
        break;
      }
      case 10: {
        op('minherit');
        const inh = [1, 2, 1][rnd(3)]!;
        if (i < SH + FI) break;
        const r = yield* c.sys(SYS.minherit, at, n * PAGE, inh);
        if (r !== 0) unexpected('minherit', r);
        for (let k = 0; k < n; k++) if (model[i + k] !== undefined) model[i + k]!.inherit = inh;
        break;
      }
      case 11: {
        op('mlock');
        const few = Math.min(n, 16);
        if (model.slice(i, i + few).every((p) => p !== undefined)) {
          const r = yield* c.sys(SYS.mlock, at, few * PAGE);
          if (r !== 0 && r !== -35 && r !== -12) unexpected('mlock', r);
          for (let k = 0; k < few; k++) yield* check(c, at + k * PAGE, model[i + k]!, st, 'locked');
          if (rnd(2) === 0)
            for (let k = 0; k < few; k++) {
              const p = model[i + k]!;
              if (!p.ro) {
                p.seed = (++serial * 77) | 1;
                p.adv = false;
                yield* fill(c, at + k * PAGE, p.seed);
              }
            }
          if (r === 0) {
            const u = yield* c.sys(SYS.munlock, at, few * PAGE);
            if (u !== 0) unexpected('munlock', u);
          }
        }
        break;
      }
      case 12: {
        op('msync');
        const whole = model.slice(i, i + n).every((p) => p !== undefined);
        const r = yield* c.sys(SYS.msync, at, n * PAGE, rnd(2));
        if (whole && r !== 0) unexpected('msync', r);
        break;
      }
      case 13:
      case 14:
      case 15: {
        op('fork');
        if (kids.length >= 3) {
          yield* reapOne(true);
          break;
        }
        const m = model.map((p) => (p === undefined ? undefined : { ...p }));
        const s2 = rnd(1 << 30);
        const pid = yield* c.fork(function* (k) {
          return yield* childBody(k, m, rng(s2), 2);
        });
        if (pid > 0) {
          kids.push(pid);
          if (rnd(12) === 0) yield* c.sys(SYS.kill, pid, 9);
        } else if (pid !== -35 && pid !== -12) unexpected('fork', pid);
        break;
      }
      case 16: {
        op('vfork');
        const pid = yield* c.vfork(function* (k) {
          const e = yield* k.execve('/bin/true', ['true'], new Map());
          return e < 0 ? 3 : 0;
        });
        if (pid > 0) {
          const [got, status] = yield* c.wait(pid);
          if (got !== pid || status !== 0) unexpected(`vfork wait ${got}`, status);
        }
        break;
      }
      case 17: {
        op('squeeze');
        yield* squeeze(c, SQ);
        break;
      }
      case 18: {
        /* pipe: child writes private pages into a pipe, we read them into other private pages */
        op('pipe');
        const j = SH + FI + rnd(N - SH - FI - 8);
        const cnt = Math.min(n, 6);
        if (i < SH + FI || i + cnt > N) break;
        if (!model.slice(i, i + cnt).every((p) => p !== undefined)) break;
        if (!model.slice(j, j + cnt).every((p) => p !== undefined && !p.ro)) break;
        if (Math.abs(i - j) < cnt) break;
        const fds = yield* c.words([0, 0]);
        const pr = yield* c.sys(SYS.pipe, fds);
        if (pr < 0) break;
        /* pipe(2) returns in registers */
        const rd = pr,
          wr = c.cpu.edx;
        const pid = yield* c.fork(function* (k) {
          yield* k.close(rd);
          const total = cnt * PAGE;
          for (let d = 0; d < total; ) {
            const w = yield* k.write(wr, at + d, total - d);
            if (w === -4) continue;
            if (w <= 0) return 5;
            d += w;
          }
          return 0;
        });
        yield* c.close(wr);
        if (pid > 0 && model.slice(i, i + cnt).every((p) => p!.inherit !== 2)) {
          const total = cnt * PAGE;
          let d = 0;
          while (d < total) {
            const r = yield* c.read(rd, BASE + j * PAGE + d, total - d);
            if (r === -4) continue;
            if (r <= 0) {
              unexpected('pipe read', r);
              break;
            }
            d += r;
          }
          if (d === total)
            for (let k = 0; k < cnt; k++) {
              const src = model[i + k]!;
              const dst = model[j + k]!;
              if (src.adv) {
                dst.seed = (++serial * 31) | 1;
                dst.adv = false;
                yield* fill(c, BASE + (j + k) * PAGE, dst.seed);
                continue;
              }
              const words = yield* c.loadWords(BASE + (j + k) * PAGE, WORDS);
              let bad = 0;
              for (let w = 0; w < WORDS; w++)
                if (words[w] !== word((at + k * PAGE + 4 * w) | 0, src.seed)) bad++;
              st.bytes += PAGE;
              st.pages++;
              if (bad > 0) {
                st.errors++;
                st.first.push(`pipe page bad ${bad}`);
              }
              dst.seed = (++serial * 31) | 1;
              dst.adv = false;
              yield* fill(c, BASE + (j + k) * PAGE, dst.seed);
            }
        }
        yield* c.close(rd);
        if (pid > 0) {
          const [got, status] = yield* c.wait(pid);
          if (got !== pid) {
            kids.splice(kids.indexOf(got), 1);
          } else if (status !== 0 && status !== 13 && status >> 8 !== 5) unexpected('pipe child', status);
        }
        break;
      }
      case 19: {
        /* file io: pwrite-like of a private page into the file at an unmapped place, read back into another */
        op('fileio');
        if (i < SH + FI || model[i] === undefined || model[i]!.adv) break;
        const p2 = `/tmp/torment.${seed}.x`;
        const f = yield* c.open(p2, 0x602, 0o644);
        if (f < 0) break;
        const w = yield* c.write(f, at, PAGE);
        if (w !== PAGE) {
          yield* c.close(f);
          if (w !== -28) unexpected('write', w);
          break;
        }
        yield* c.sys(SYS.lseek, f, 0, 0, 0, 0);
        const j = SH + FI + rnd(N - SH - FI);
        if (model[j] !== undefined && !model[j]!.ro && j !== i) {
          const r = yield* c.read(f, BASE + j * PAGE, PAGE);
          if (r !== PAGE) unexpected('read', r);
          const words = yield* c.loadWords(BASE + j * PAGE, WORDS);
          let bad = 0;
          for (let q = 0; q < WORDS; q++) if (words[q] !== word((at + 4 * q) | 0, model[i]!.seed)) bad++;
          st.bytes += PAGE;
          st.pages++;
          if (bad > 0) {
            st.errors++;
            st.first.push(`file page bad ${bad}`);
          }
          model[j]!.seed = (++serial * 37) | 1;
          model[j]!.adv = false;
          yield* fill(c, BASE + j * PAGE, model[j]!.seed);
        }
        yield* c.close(f);
        yield* c.sys(SYS.unlink, yield* c.string(p2));
        break;
      }
      case 20: {
        op('mincore');
        const vec = yield* c.bytes(new Uint8Array(64));
        yield* c.sys(SYS.mincore, at, n * PAGE, vec);
        break;
      }
      case 21: {
        yield* reapOne(false);
        break;
      }
    }
  }
  while (kids.length > 0) yield* reapOne(true);
  yield* verifyAll(c, model, st, 'final');
  /* the shared file holds what the mapping held */
  for (let k = 0; k < FI; k++) {
    const p = model[SH + k];
    if (p === undefined || !p.file || p.adv) continue;
    yield* c.sys(SYS.lseek, fd, 0, k * PAGE, 0, 0);
    const buf = yield* c.scratch(PAGE);
    const r = yield* c.read(fd, buf, PAGE);
    if (r !== PAGE) {
      unexpected('final read', r);
      continue;
    }
    const words = yield* c.loadWords(buf, WORDS);
    let bad = 0;
    for (let q = 0; q < WORDS; q++)
      if (words[q] !== word((BASE + (SH + k) * PAGE + 4 * q) | 0, p.seed)) bad++;
    st.bytes += PAGE;
    st.pages++;
    if (bad > 0) {
      st.errors++;
      st.first.push(`file vs mapping page ${k} bad ${bad}`);
    }
  }
  yield* c.close(fd);
  yield* c.sys(SYS.unlink, yield* c.string(path));
  yield* c.print(
    `torment: seed ${seed} ${st.bytes} bytes in ${st.pages} pages verified, ${st.errors} errors ${st.first.join(' | ')}\n`,
  );
  return st.errors === 0 ? 0 : 1;
};
