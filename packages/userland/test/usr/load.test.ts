import { describe, expect, it } from 'vitest';
import { type Outcome, Process, program, type Setting, source } from './run.js';

const said = (o: Outcome): [number, string, string] => [o.status, o.stdout, o.stderr];

/** Runs a program, for at most some virtual seconds. */
async function go(line: string, seconds = 1000, setting: Partial<Setting> = {}): Promise<Outcome> {
  const argv = line.split(' ').filter((w) => w !== '');
  const p = new Process(await program(`usr.bin/${argv[0]}`), setting);
  p.calls.until = p.calls.clock + seconds * 1e6;
  return p.run(argv);
}

describe('memcheck', () => {
  it('fills, reads, reads again', async () => {
    expect(said(await go('memcheck 1m'))).toEqual([
      0,
      'memcheck: 1048576 bytes in 256 pages verified, 0 errors\n',
      '',
    ]);
    expect((await go('memcheck -r 5000 7')).stdout).toBe(
      'memcheck: 8192 bytes in 2 pages verified, 0 errors\n',
    );
  });
  it('takes memory from mmap where the heap has none, and says if nobody has', async () => {
    const text = 'memcheck: 4194304 bytes in 1024 pages verified, 0 errors\n';
    expect(said(await go('memcheck 4m', 1000, { dataLimit: 1 << 20 }))).toEqual([0, text, '']);
    const error = 'memcheck: cannot allocate 4194304 bytes: Cannot allocate memory\n';
    expect(said(await go('memcheck 4m', 1000, { memory: 3 << 20 }))).toEqual([1, '', error]);
  });
  it.each([
    ['', 'usage: memcheck [-r] size [seed]\n'],
    ['0', 'memcheck: 0: illegal size\n'],
    ['4g', 'memcheck: 4g: illegal size\n'],
    ['1k x', 'memcheck: x: illegal seed\n'],
  ])('refuses %j', async (args, text) => {
    expect(said(await go(`memcheck ${args}`))).toEqual([1, '', text]);
  });
  it('sees a wrong byte', async () => {
    const p = new Process(
      await source(`
export function probe(): int {
  const f = $local<findings>();
  bzero($addr(f), $sizeof<findings>());
  const at = allocate(2);
  fill_pages(at, 2, 9);
  $st8(at + 4099, $ld8(at + 4099) ^ 1);
  check_pages(at, 2, 9, f);
  return f.f_errors;
}
`),
    );
    expect(p.call('probe')).toBe(1);
    expect(p.calls.err.join('')).toMatch(/^: 0x[0-9a-f]{8}: read 0x[0-9a-f]{8}, expected 0x[0-9a-f]{8}\n$/);
  });
});

describe('hog', () => {
  it.each([
    ['seq', 0.05],
    ['rand', 0.05],
    ['loop', 0.05],
    ['burst', 0.05],
    ['fork', 0.0005],
  ])('%s works for its time', async (pattern, seconds) => {
    const o = await go(`hog ${pattern} 100k ${seconds}`);
    expect([o.status, o.stderr]).toEqual([0, '']);
    const said = /^hog: \w+: (\d+) pages touched in (\d+\.\d\d) secs \((\d+) pages\/sec\), 0 errors\n$/.exec(
      o.stdout,
    )!;
    const [pages, secs, rate] = said.slice(1).map(Number) as [number, number, number];
    expect(pages).toBeGreaterThan(100);
    expect(secs).toBeGreaterThanOrEqual(seconds - 0.005);
    expect(rate).toBeGreaterThan(100);
  });
  it.each(['', 'seq', 'foo 1m', 'seq 1m 0', 'seq 1m x', 'seq 1m 1 1'])('refuses %j', async (args) => {
    expect(said(await go(`hog ${args}`))).toEqual([
      1,
      '',
      'usage: hog seq|rand|loop|fork|burst size [seconds]\n',
    ]);
  });
  it('walks through each page once', async () => {
    const p = new Process(
      await source(`
export function walk(s: u32, count: u32, seed: u32): void {
  scatter_init($cast<scatter>(s), count, seed);
}
export function step(s: u32): u32 {
  return scatter_next($cast<scatter>(s));
}
`),
    );
    for (const n of [1, 2, 7, 100, 1000]) {
      const s = p.push(new Uint8Array(12));
      p.call('walk', s, n, 5);
      const pages = Array.from({ length: n }, () => p.call('step', s));
      expect(pages.sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
    }
  });
});

describe('programs that fork', () => {
  it('sleepers has as many children as it is asked for', async () => {
    const o = await go('sleepers 5 2');
    expect([o.status, o.calls.forked]).toEqual([0, 5]);
  });
  it('churn starts its rate', async () => {
    const o = await go('churn 20 3 100');
    expect([o.status, o.calls.forked]).toEqual([0, 60]);
    expect((await go('churn 2.5', 10)).calls.forked).toBe(25);
  });
  it('respawn has its supervisors', async () => {
    expect((await go('respawn 4 2')).calls.forked).toBe(4);
  });
  it('pool replaces its workers', async () => {
    const o = await go('pool 3 1000', 2.5);
    expect([o.status, o.calls.forked, o.calls.killed]).toEqual([
      128 + 15,
      9,
      [43, 44, 45, 46, 47, 48].map((pid) => [pid, 15]),
    ]);
  });
  it.each([
    ['sleepers 0', 'usage: sleepers [count [pages]]\n'],
    ['churn 0', 'usage: churn [rate [seconds [lifetime-ms]]]\n'],
    ['churn 1 x', 'usage: churn [rate [seconds [lifetime-ms]]]\n'],
    ['respawn 0 1', 'usage: respawn [count [seconds]]\n'],
    ['pool 1 0', 'usage: pool [count [lifetime-ms [pages]]]\n'],
  ])('%s: refuses', async (line, text) => {
    expect(said(await go(line))).toEqual([1, '', text]);
  });
});
