import { describe, expect, it } from 'vitest';
import type { System } from '@trap12/system';
import { runInKernel } from './boot.js';

const NPAGES = 1024;
/** Pages from the first on that are shared if they are mapped. */
const NSHARED = 64;
const MAP_SHARED = 1;
const MAP_PRIVATE = 2;
const PROT_READ = 1;
const PROT_RW = 3;
const EINVAL = -22;

/** Does what a plan says, step by step, and tells what came of each. */
const PROGRAM = String.raw`
const BASE: u32 = 0x40000000;
const ELSEWHERE: u32 = 0x60000000;
const RW = PROT_READ | PROT_WRITE;

/**
 * One thing to do.
 * @lock c constant
 */
interface step extends struct {
  s_op: int; // (c) a letter
  s_page: int; // (c) the first page
  s_count: int; // (c) pages; of a fork: the step that the parent goes on with
  s_value: int; // (c) what the first page gets, flags or protection
}

/** What mmap gave, as a distance from what it should give. */
function map(at: u32, pages: int, flags: int): void {
  const got_at = mmap(at, $u32(pages) * PAGE_SIZE, RW, MAP_ANON | MAP_FIXED | flags, -1, 0);
  if (got_at === MAP_FAILED) say('map', -errno);
  else say('map', $i32(got_at - at));
}
/** Writes a page at two places. */
function fill(at: u32, value: int): void {
  $st32(at, $u32(value));
  $st32(at + PAGE_SIZE - 4, $u32(value));
}
/** Touches more memory than there is, so that everything else goes to swap. */
function squeeze(pages: int): void {
  map(ELSEWHERE, pages, MAP_PRIVATE);
  for (let i = 0; i < pages; i++) $st32(ELSEWHERE + $u32(i) * PAGE_SIZE, $u32(i));
  for (let i = 0; i < pages; i += 97) say('squeezed', $i32($ld32(ELSEWHERE + $u32(i) * PAGE_SIZE)));
  say('unmap', got(munmap(ELSEWHERE, $u32(pages) * PAGE_SIZE)));
}
/** The step to go on with. */
function family(next: int, behind: int): int {
  const pid = fork();
  if (pid === 0) return next;
  say('child', pid < 0 ? -errno : fate(pid));
  return behind;
}

function go(s: step): void {
  const at = BASE + $u32(s.s_page) * PAGE_SIZE;
  const bytes = $u32(s.s_count) * PAGE_SIZE;
  switch (s.s_op) {
    case $ch('m'):
      map(at, s.s_count, s.s_value);
      break;
    case $ch('u'):
      say('unmap', got(munmap(at, bytes)));
      break;
    case $ch('w'):
      for (let i = 0; i < s.s_count; i++) fill(at + $u32(i) * PAGE_SIZE, s.s_value + i);
      break;
    case $ch('r'):
      for (let i: u32 = 0; i < bytes; i += PAGE_SIZE) {
        const page = $i32(i / PAGE_SIZE) + s.s_page;
        printf('= page %d %d %d\n', page, $ld32(at + i), $ld32(at + i + PAGE_SIZE - 4));
      }
      break;
    case $ch('s'):
      squeeze(s.s_count);
      break;
    case $ch('p'):
      say('protect', got(mprotect(at, bytes, s.s_value)));
      break;
    case $ch('l'):
      say('lock', got(mlock(at, bytes)));
      break;
    case $ch('k'):
      say('unlock', got(munlock(at, bytes)));
      break;
    case $ch('x'):
      _exit(0);
    default:
      errx(1, 'no step %d', s.s_op);
  }
}

export function main(argc: int, argv: ptr<str>): int {
  const sb = $local<struct_stat>();
  const fd = open('/etc/plan', O_RDONLY);
  if (fd < 0 || fstat(fd, sb) !== 0) err(1, 'plan');
  const bytes = $i32(sb.st_size);
  const plan = $cast<step>(malloc($u32(bytes)));
  if (read(fd, $addr(plan), $u32(bytes)) !== bytes) err(1, 'plan');
  for (let i = 0; i < bytes / $i32($sizeof<step>()); ) {
    const s = $idx(plan, i);
    if (s.s_op === $ch('f')) {
      i = family(i + 1, s.s_count);
    } else {
      go(s);
      i++;
    }
  }
  say('done', 0);
  return 0;
}
`;

/** A small generator of our own, so that a seed means the same everywhere. */
function random(seed: number): (n: number) => number {
  let x = (seed * 2654435761) | 1;
  return (n) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % n;
  };
}

interface Place {
  value: number;
  shared: boolean;
}

/** What the program is to do, and, by a model of memory, what it has to tell. */
class Plan {
  readonly expected: string[] = [];
  private readonly steps: [op: string, page: number, count: number, value: number][] = [];
  private model: (Place | undefined)[] = Array.from({ length: NPAGES }, () => undefined);

  constructor(seed: number, steps: number) {
    const rnd = random(seed);
    for (let step = 0; step < steps; step++) this.draw(rnd, (seed * 7919 + step * 4096) | 0);
    this.verify(0, NPAGES);
    this.expected.push('done 0');
  }

  /** As the program reads it. */
  bytes(): Uint8Array {
    const words = this.steps.flatMap(([op, ...rest]) => [op.charCodeAt(0), ...rest]);
    return new Uint8Array(Int32Array.from(words).buffer);
  }

  private draw(rnd: (n: number) => number, value: number): void {
    const i = rnd(NPAGES);
    const n = Math.min(1 + rnd(100), NPAGES - i);
    switch (rnd(9)) {
      case 0:
      case 1:
        this.map(i, n);
        break;
      case 2:
        this.unmap(i, n);
        break;
      case 3:
      case 4:
        for (const [from, count] of this.runs(i, n)) this.write(from, count, value + from - i);
        break;
      case 5:
        this.verify(i, n);
        break;
      case 6:
        this.family(rnd);
        break;
      case 7:
        this.squeeze(2600);
        break;
      case 8:
        this.protect(i, n, rnd);
        break;
    }
  }

  private add(op: string, page: number, count: number, value: number, ...expected: string[]): void {
    this.steps.push([op, page, count, value]);
    this.expected.push(...expected);
  }

  /** The mapped pages among some, as runs: where each begins and how long it is. */
  private runs(i: number, n: number): [number, number][] {
    const out: [number, number][] = [];
    for (let k = i; k < i + n; k++) {
      if (this.model[k] === undefined) continue;
      if (this.model[k - 1] === undefined || out.length === 0) out.push([k, 0]);
      out.at(-1)![1]++;
    }
    return out;
  }

  private map(i: number, n: number): void {
    const shared = i < NSHARED;
    const count = shared ? Math.min(n, NSHARED - i) : n;
    for (let k = i; k < i + count; k++) this.model[k] = { value: 0, shared };
    this.add('m', i, count, shared ? MAP_SHARED : MAP_PRIVATE, 'map 0');
  }

  private unmap(i: number, n: number): void {
    const whole = this.model.slice(i, i + n).every((p) => p !== undefined);
    if (whole) this.model.fill(undefined, i, i + n);
    this.add('u', i, n, 0, `unmap ${whole ? 0 : EINVAL}`);
  }

  private write(i: number, count: number, value: number): void {
    for (let k = 0; k < count; k++) this.model[i + k]!.value = (value + k) | 0;
    this.add('w', i, count, value | 0);
  }

  private verify(i: number, n: number): void {
    for (const [from, count] of this.runs(i, n)) {
      const values = this.model.slice(from, from + count).map((p) => p!.value);
      this.add('r', from, count, 0, ...values.map((v, k) => `page ${from + k} ${v} ${v}`));
    }
  }

  private squeeze(pages: number): void {
    const seen = Array.from({ length: Math.ceil(pages / 97) }, (_, k) => `squeezed ${97 * k}`);
    this.add('s', 0, pages, 0, 'map 0', ...seen, 'unmap 0');
  }

  /**
   * A child looks at the parent's memory, scribbles on it and takes some away; only shared pages may show
   * that.
   */
  private family(rnd: (n: number) => number): void {
    const seed = rnd(1 << 30) + 1;
    const r = random(seed);
    const parent = this.model;
    const fork = this.steps.length;
    this.add('f', 0, 0, 0);
    // A shared page is one place for both.
    this.model = parent.map((p) => (p === undefined || p.shared ? p : { ...p }));
    const seen = new Set<number>();
    for (let n = 0; n < 60; n++) {
      const i = r(NPAGES);
      const p = this.model[i];
      if (p === undefined || p.shared || seen.has(i)) continue;
      seen.add(i);
      this.verify(i, 1);
      this.write(i, 1, ~p.value);
    }
    this.unmap(NSHARED, 16);
    if (r(2) === 0) this.squeeze(2000);
    for (let n = 0; n < 10; n++) {
      const i = r(NSHARED);
      if (this.model[i] !== undefined) this.write(i, 1, (seed + i) | 0);
    }
    this.add('x', 0, 0, 0);
    this.model = parent;
    this.steps[fork]![2] = this.steps.length;
    this.expected.push('child 0');
  }

  /** Takes write access away and gives it back; wires a little and lets go. */
  private protect(i: number, n: number, rnd: (n: number) => number): void {
    this.add('p', i, n, PROT_READ, 'protect 0');
    this.add('p', i, n, PROT_RW, 'protect 0');
    const few = Math.min(n, 20);
    if (this.model[i] === undefined) return;
    this.add('l', i, few, 0, 'lock 0');
    if (rnd(2) === 0) this.family(rnd);
    this.add('k', i, few, 0, 'unlock 0');
  }
}

/** Every page is in exactly one state: the counts add up to all there are. */
function accounted(system: System): void {
  const cnt = system.symbols.address('cnt');
  const count = (name: string): number => system.memory.field('vmmeter', cnt, name);
  const states = ['v_free_count', 'v_cache_count', 'v_inactive_count', 'v_active_count', 'v_wire_count'];
  expect(states.reduce((n, name) => n + count(name), 0)).toBe(count('v_page_count'));
}

describe('memory under pressure', () => {
  for (const [locking, ncpu, seed] of [
    ['giant', 1, 1],
    ['vm_mtx-20010519+swaplocks+vmspace-ref', 1, 2],
    ['vm_mtx-20010519+swaplocks+vmspace-ref', 1, 3],
  ] as const) {
    it(`is what was written to it, whatever is mapped, unmapped, forked and swapped (${locking}, ${ncpu} CPU)`, async () => {
      const plan = new Plan(seed, Number(process.env.STEPS ?? 40));
      const { console, why, said, system } = await runInKernel(PROGRAM, '', {
        files: { 'etc/plan': plan.bytes() },
        ramBytes: 10 << 20,
        swapBytes: 48 << 20,
        ncpu,
        seed,
        locking,
      });
      expect(said).toEqual(plan.expected);
      accounted(system);
      expect([why, /panic|Fatal trap/.test(console) ? console : '']).toEqual(['halt', '']);
    });
  }
});
