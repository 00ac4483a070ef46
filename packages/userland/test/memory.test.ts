import { describe, expect, it } from 'vitest';
import { CURE, makeSystem, output, program } from './boot.js';

const PAGE = 4096;
const MB = 1 << 20;
const [NOMEM, FAULT, INVAL, AGAIN] = [-12, -14, -22, -35];
const [BUS, SEGV] = [128 + 10, 128 + 11];

const VERIFIED = (mb: number): string =>
  `memcheck: ${mb * MB} bytes in ${(mb * MB) / PAGE} pages verified, 0 errors\n`;

describe('memcheck: is every byte that was written there when it is read?', () => {
  // Half of them; npm run acceptance asks all.
  const regimes = ['giant', CURE];
  const cases = regimes
    .flatMap((locking) =>
      [1, 4].flatMap((ncpu) => [[locking, ncpu, 2, 1] as const, [locking, ncpu, 4, 2] as const]),
    )
    .filter((_, i) => process.env.TRAP12_FULL !== undefined || [0, 3, 5, 6].includes(i));
  it.each(cases)('%s, %i CPUs, %ix the memory, seed %i', async (locking, ncpu, times, seed) => {
    const mb = 8 * times;
    const o = { locking, ncpu, seed, ramBytes: 8 * MB, swapBytes: 64 * MB };
    expect(await output(`memcheck ${times === 2 ? '-r ' : ''}${mb}m ${seed}`, o)).toBe(VERIFIED(mb));
  });

  it.each([
    [CURE, 4, 3],
    [CURE, 1, 4],
    ['giant', 2, 5],
  ] as const)('%s, %i CPUs, seed %i: two at once, with a churn of processes', async (locking, ncpu, seed) => {
    const o = { locking, ncpu, seed, ramBytes: 12 * MB, swapBytes: 64 * MB };
    const text = await output('churn 20 5 50 & memcheck 12m 3 & memcheck 12m 4; wait; echo done', o);
    expect(text).toBe(`${VERIFIED(12)}${VERIFIED(12)}done\n`);
  });

  it('finds what is wrong: a byte that somebody else changed while it lay in swap space', async () => {
    const { machine } = await makeSystem({
      command: 'memcheck 24m 5; echo $?',
      ramBytes: 8 * MB,
      swapBytes: 64 * MB,
    });
    let text = '';
    machine.console.onOutput = (s) => {
      text += s;
    };
    // Half of it is there: what was written last is memcheck's, and has not been read again.
    for (let seconds = 0.1; machine.disk.sectorsWritten * 512 < 12 * MB; seconds += 0.1)
      expect(machine.run(seconds * 1e9)).toBe('time');
    const { drive, platter } = machine.disk.save();
    const chunks = platter.chunks.map(({ number, bytes }) => ({ number, bytes: bytes.slice() }));
    chunks.findLast(({ bytes }) => bytes[0] !== 0)!.bytes[0]! ^= 1;
    machine.disk.restore({ drive, platter: { chunks } });
    expect(machine.run(600e9)).toBe('halt');
    machine.console.flush();
    expect(text).toMatch(/^memcheck: 0x[0-9a-f]{8}: read 0x[0-9a-f]{8}, expected 0x[0-9a-f]{8}$/m);
    expect(text).toMatch(/^memcheck: 25165824 bytes in 6144 pages verified, 1 errors\n1$/m);
  });

  it('hogs: do copies stay apart, and does everybody get something done?', async () => {
    const o = { ramBytes: 12 * MB, ncpu: 2 };
    const text = await output(
      'hog fork 3m 0.3; hog seq 14m 2; hog rand 14m 2; hog loop 14m 2; hog fork 1m 0.3 & hog fork 2m 0.3; wait; hog; hog seq 0',
      o,
      1,
    );
    const lines = text.trimEnd().split('\n');
    expect(lines.slice(0, 6).map((l) => l.replace(/\d+(\.\d+)?/g, 'N'))).toEqual(
      ['fork', 'seq', 'rand', 'loop', 'fork', 'fork'].map(
        (p) => `hog: ${p}: N pages touched in N secs (N pages/sec), N errors`,
      ),
    );
    for (const line of lines.slice(0, 6)) expect(line).toMatch(/: [1-9]\d* pages .* 0 errors$/);
    expect(lines.slice(6)).toEqual([
      'usage: hog seq|rand|loop|fork|burst size [seconds]',
      'hog: 0: illegal size',
    ]);
  });

  it('says so when there is no memory, or no number', async () => {
    expect(await output('memcheck; memcheck x; memcheck 3g; memcheck 1m y; true')).toBe(
      'usage: memcheck [-r] size [seed]\nmemcheck: x: illegal size\nmemcheck: cannot allocate 3221225472 bytes: Cannot allocate memory\nmemcheck: y: illegal seed\n',
    );
  });

  it('without enough swap space somebody is killed, and the rest lives on', async () => {
    const text = await output('memcheck 40m; echo $?; memcheck 2m', { ramBytes: 8 * MB, swapBytes: 8 * MB });
    expect(text).toMatch(/137\nmemcheck: 2097152 bytes in 512 pages verified, 0 errors\n$/);
    expect(text).not.toMatch(/memcheck: 41943040/);
  });
});

const ask = program(`
const PAGE = 4096;
const MB = 1048576;
const BEYOND = 0xc0000000;

function anonymous(n: int, flags: int): u32 {
  return mmap(0, $u32(n) * PAGE, PROT_READ | PROT_WRITE, MAP_ANON | flags, -1, 0);
}

/** Page n of those at an address. */
function page(at: u32, n: int): u32 {
  return at + $u32(n) * PAGE;
}

/** Writes first, first + 1 ... to pages. */
function fill(at: u32, n: int, first: int): void {
  for (let i = 0; i < n; i++) $st32(page(at, i), first + i);
}

/** In how many pages does something else stand? */
function wrong(at: u32, n: int, first: int): int {
  let count = 0;
  for (let i = 0; i < n; i++) if ($i32($ld32(page(at, i))) !== first + i) count++;
  return count;
}

let vec: array<u8, 64>;
/** Bytes of mincore(2). */
function resident(what: str, at: u32, n: int): void {
  say('mincore', got(mincore(at, $u32(n) * PAGE, vec)));
  printf('%s', what);
  for (let i = 0; i < n; i++) printf(' %d', vec[i]);
  printf('\\n');
}

/** What becomes of a child that stores there. */
function store(at: u32): int {
  const pid = fork();
  if (pid === 0) {
    $st32(at, 1);
    _exit(0);
  }
  return reap(pid);
}
function load(at: u32): int {
  const pid = fork();
  if (pid === 0) _exit($i32($ld32(at)));
  return reap(pid);
}

/** Makes memory short. */
function pressure(): void {
  say('pressure', spawn('/bin/sh', '-c', 'memcheck 16m 99 > /dev/null'));
}

export function incore(): void {
  const at = anonymous(8, MAP_PRIVATE);
  resident('untouched', at, 8);
  for (let i = 0; i < 8; i += 2) $st32(page(at, i), i);
  resident('written', at, 8);
  pressure();
  resident('short', at, 8);
  let bad = 0;
  for (let i = 0; i < 8; i += 2) if ($i32($ld32(page(at, i))) !== i) bad++;
  say('wrong', bad);
  say('nowhere to tell it', got(mincore(at, 8 * PAGE, $cast<str>(BEYOND))));
}

export function locked(): void {
  const at = anonymous(16, MAP_PRIVATE);
  fill(at, 16, 1000);
  say('mlock', got(mlock(at, 8 * PAGE)));
  pressure();
  resident('short', at, 16);
  say('wrong', wrong(at, 16, 1000));
  say('munlock', got(munlock(at, 8 * PAGE)));
  say('mlock of nothing', got(mlock(0x60000000, PAGE)));
  say('mlock of too much', got(mlock(anonymous(3000, MAP_PRIVATE), 3000 * PAGE)));
}

export function outlived(): void {
  const at = anonymous(8, MAP_PRIVATE);
  fill(at, 8, 0);
  /* A process that keeps the pages as they are now from becoming ours alone. */
  const other = fork();
  if (other === 0) {
    sleep(1000);
    _exit(0);
  }
  $st32(at, 78);
  /* Read-only, shared with children to come, and wired: what is wired lies behind our own object. */
  say('mprotect', got(mprotect(at, 8 * PAGE, PROT_READ)));
  say('minherit', got(minherit(at, 8 * PAGE, 0)));
  say('mlock', got(mlock(at, 8 * PAGE)));
  const sharer = fork();
  if (sharer === 0) {
    if (mprotect(at, 8 * PAGE, PROT_READ | PROT_WRITE) !== 0) _exit(1);
    fill(at, 4, 200);
    _exit(0);
  }
  say('sharer', reap(sharer));
  say('second page', $i32($ld32(at + PAGE)));
  kill(other, SIGKILL);
  say('other', reap(other));
  const none = fork();
  if (none === 0) _exit(0);
  say('none', reap(none));
  say('wrong', wrong(at + PAGE, 3, 201) + wrong(at + 4 * PAGE, 4, 4));
  say('munlock', got(munlock(at, 8 * PAGE)));
  say('munmap', got(munmap(at, 8 * PAGE)));
}

export function shared(): void {
  const ours = anonymous(32, MAP_SHARED);
  const own = anonymous(32, MAP_PRIVATE);
  fill(ours, 32, 0);
  fill(own, 32, 0);
  const pid = fork();
  if (pid === 0) {
    fill(ours, 32, 500);
    fill(own, 32, 600);
    sleep(200);
    _exit(wrong(own, 32, 600) + wrong(ours, 32, 500));
  }
  sleep(1);
  pressure();
  say('wrong', wrong(ours, 32, 500) + wrong(own, 32, 0));
  say('child', reap(pid));
}

export function file(): void {
  const fd = open('/tmp/f', O_CREAT | O_RDWR, 0x1a4);
  say('ftruncate', got(ftruncate(fd, 16 * PAGE)));
  const at = mmap(0, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  fill(at, 16, 7000);
  say('msync', got(msync(at, 16 * PAGE, MS_SYNC)));
  pressure();
  const buffer = $var<int>();
  let bad = 0;
  for (let i = 0; i < 16; i++) {
    lseek(fd, i * PAGE, SEEK_SET);
    if (read(fd, $addr(buffer), 4) !== 4 || buffer[0] !== 7000 + i) bad++;
  }
  say('wrong', bad + wrong(at, 16, 7000));
  /* Behind the end of the file there is nothing to map. */
  ftruncate(fd, 4 * PAGE);
  say('store behind the end', store(at + 8 * PAGE));
  say('wrong', wrong(at, 4, 7000));
  say('msync beside a page', got(msync(at + 1, PAGE, 0)));
  say('msync both ways', got(msync(at, PAGE, 3)));
}

export function forbidden(): void {
  const at = anonymous(6, MAP_PRIVATE);
  $st32(at + PAGE, 5);
  say('mprotect', got(mprotect(at, 6 * PAGE, PROT_READ)));
  say('store', store(at + PAGE));
  say('load', load(at + PAGE));
  say('mprotect', got(mprotect(at + PAGE, PAGE, PROT_NONE)));
  say('load', load(at + PAGE));
  say('mprotect', got(mprotect(at, 6 * PAGE, PROT_READ | PROT_WRITE)));
  say('store', store(at + PAGE));
  say('load', load(at + PAGE));
  say('munmap', got(munmap(at + 2 * PAGE, PAGE)));
  for (let i = 1; i < 4; i++) say('store', store(page(at, i)));
  say('munmap beside a page', got(munmap(at + 1, PAGE)));
  say('munmap of the kernel', got(munmap(BEYOND, PAGE)));
  /* Beyond the end of user memory there is nothing to protect, and nothing becomes accessible. */
  mprotect(0xbfc00000, PAGE, PROT_READ | PROT_WRITE);
  say('store', store(0xbfc00000));
}

export function advice(): void {
  const at = anonymous(8, MAP_PRIVATE);
  fill(at, 8, 1);
  say('normal', got(madvise(at, 8 * PAGE, MADV_NORMAL)));
  say('random', got(madvise(at, 8 * PAGE, MADV_RANDOM)));
  say('sequential', got(madvise(at, 8 * PAGE, MADV_SEQUENTIAL)));
  say('willneed', got(madvise(at, 8 * PAGE, MADV_WILLNEED)));
  say('dontneed', got(madvise(at, 8 * PAGE, MADV_DONTNEED)));
  say('wrong', wrong(at, 8, 1));
  say('free', got(madvise(at, 4 * PAGE, MADV_FREE)));
  let bad = 0;
  for (let i = 0; i < 4; i++) {
    const word = $i32($ld32(page(at, i)));
    if (word !== 0 && word !== i + 1) bad++;
  }
  say('wrong', bad + wrong(at + 4 * PAGE, 4, 5));
  say('77', got(madvise(at, PAGE, 77)));
}

export function inherited(): void {
  const at = anonymous(3, MAP_PRIVATE);
  for (let i = 0; i < 3; i++) $st32(page(at, i), 1);
  for (let i = 0; i < 3; i++) say('minherit', got(minherit(page(at, i), PAGE, i)));
  say('store', store(at + 2 * PAGE));
  const pid = fork();
  if (pid === 0) {
    $st32(at, 2);
    $st32(at + PAGE, 2);
    _exit(0);
  }
  say('child', reap(pid));
  for (let i = 0; i < 3; i++) say('page', $i32($ld32(page(at, i))));
  say('9', got(minherit(at, PAGE, 9)));
}

let wild: array<u32, 3> = $init([0xc0000000, 0xffffffff, 0xbfc00000]);
export function ends(): void {
  const limit = $local<rlimit>();
  /* Before it says anything it has no buffer, which would come to lie behind. */
  say('getrlimit', got(getrlimit(RLIMIT_DATA, limit)));
  const at = (sbrk(0) + PAGE - 1) & ~(PAGE - 1);
  say('up', got(__break(at + 16 * PAGE)));
  $st32(at + 15 * PAGE, 7);
  say('down', got(__break(at + PAGE)));
  say('store', store(at + 15 * PAGE));
  say('up', got(__break(at + 16 * PAGE)));
  say('word', $i32($ld32(at + 15 * PAGE)));
  limit.rlim_cur = MB;
  limit.rlim_max = MB;
  setrlimit(RLIMIT_DATA, limit);
  say('beyond the limit', got(__break(at + 2 * MB)));
  say('store', store(at));
  for (let i = 0; i < 3; i++) say('wild', got(__break(wild[i])) < 0 ? 1 : 0);
}

function touch(a: u32): int {
  $st32(a, 1);
  return 0;
}
function stack100k(): int {
  return touch($addr($local<array<u8, 102400>>()));
}
function stack512k(): int {
  return touch($addr($local<array<u8, 524288>>()));
}
function stack2m(): int {
  return touch($addr($local<array<u8, 2097152>>()));
}
function stack4m(): int {
  return touch($addr($local<array<u8, 4194304>>()));
}
function stack7m(): int {
  return touch($addr($local<array<u8, 7340032>>()));
}
function stack9m(): int {
  return touch($addr($local<array<u8, 9437184>>()));
}
function grown(by: () => int): int {
  const pid = fork();
  if (pid === 0) _exit(by());
  return reap(pid);
}
export function stacks(): void {
  const limit = $local<rlimit>();
  say('100K', grown(stack100k));
  say('4M', grown(stack4m));
  say('7M', grown(stack7m));
  say('9M', grown(stack9m));
  limit.rlim_cur = MB;
  limit.rlim_max = 64 * MB;
  say('setrlimit', got(setrlimit(RLIMIT_STACK, limit)));
  say('512K', grown(stack512k));
  say('2M', grown(stack2m));
}

function set(which: int, soft: int, hard: int): int {
  const limit = $local<rlimit>();
  limit.rlim_cur = soft;
  limit.rlim_max = hard;
  return got(setrlimit(which, limit));
}
export function limits(): void {
  const limit = $local<rlimit>();
  say('getrlimit 10', got(getrlimit(10, limit)));
  say('setrlimit 99', set(99, 1, 1));
  say('setrlimit', set(RLIMIT_CPU, 5, 10));
  getrlimit(RLIMIT_CPU, limit);
  say('soft', $i32(limit.rlim_cur));
  say('hard', $i32(limit.rlim_max));
  let pid = fork();
  if (pid === 0) {
    set(RLIMIT_CPU, 1, 2);
    for (;;) $work(1000000);
  }
  say('busy', reap(pid));
  pid = fork();
  if (pid === 0) {
    set(RLIMIT_FSIZE, 1000, 1000);
    const fd = open('/tmp/limited', O_CREAT | O_WRONLY, 0x1a4);
    _exit(write(fd, anonymous(1, MAP_PRIVATE), PAGE) === 1000 ? 0 : 1);
  }
  say('file', reap(pid));
}
`);

const SMALL = { ramBytes: 8 * MB };

/** Bytes of mincore(2) as a program said them. */
const bytes = (line: string | undefined): number[] => line!.split(' ').slice(1).map(Number);
const MINCORE_INCORE = 1;

describe('what the calls promise', () => {
  it('mincore tells what is in memory, and what is no more after a shortage', async () => {
    const { said } = await ask('incore', SMALL);
    const [untouched, written, short] = [1, 2, 4].map((i) => bytes(said.splice(i, 1)[0]));
    expect(said).toEqual([
      'mincore 0',
      'mincore 0',
      'pressure 0',
      'mincore 0',
      'wrong 0',
      `nowhere to tell it ${FAULT}`,
    ]);
    expect(untouched).toEqual(new Array(8).fill(0));
    expect(written!.map((b) => b & MINCORE_INCORE)).toEqual([1, 0, 1, 0, 1, 0, 1, 0]);
    expect(short!.length).toBe(8);
    // Of those that were in memory: the others are 0 anyway.
    expect(short!.filter((b, i) => i % 2 === 0 && b === 0).length).toBeGreaterThan(0);
  });

  it('mlock keeps pages in memory through a shortage', async () => {
    const { said } = await ask('locked', SMALL);
    const short = bytes(said.splice(3, 1)[0]);
    expect(short.slice(0, 8).map((b) => b & MINCORE_INCORE)).toEqual(new Array(8).fill(1));
    expect(short.slice(8).some((b) => b === 0)).toBe(true);
    const tooMuch = said.pop();
    expect(said).toEqual([
      'mlock 0',
      'pressure 0',
      'mincore 0',
      'wrong 0',
      'munlock 0',
      `mlock of nothing ${NOMEM}`,
    ]);
    expect([`mlock of too much ${NOMEM}`, `mlock of too much ${AGAIN}`]).toContain(tooMuch);
  });

  it('mlock outlives a copy that a sharer of the memory makes, and the end of the other side of a fork', async () => {
    expect((await ask('outlived')).said).toEqual([
      'mprotect 0',
      'minherit 0',
      'mlock 0',
      'sharer 0',
      'second page 201',
      'other 137',
      'none 0',
      'wrong 0',
      'munlock 0',
      'munmap 0',
    ]);
  });

  it('shared memory is shared through swap, private memory is not', async () => {
    expect((await ask('shared', SMALL)).said).toEqual(['pressure 0', 'wrong 0', 'child 0']);
  });

  it('files: written through a mapping, read through a descriptor, kept through a shortage', async () => {
    const { said } = await ask('file', SMALL);
    const [behind] = said.splice(4, 1);
    expect([`store behind the end ${SEGV}`, `store behind the end ${BUS}`]).toContain(behind);
    const [beside] = said.splice(5, 1);
    expect(Number(/^msync beside a page (-?\d+)$/.exec(beside!)?.[1])).toBeLessThanOrEqual(0);
    expect(said).toEqual([
      'ftruncate 0',
      'msync 0',
      'pressure 0',
      'wrong 0',
      'wrong 0',
      `msync both ways ${INVAL}`,
    ]);
  });

  it('mprotect and munmap: what is forbidden is a signal, what is gone is another', async () => {
    const { said } = await ask('forbidden');
    const signals = [1, 4, said.length - 1];
    for (const i of signals) expect([SEGV, BUS]).toContain(Number(said[i]!.split(' ')[1]));
    const [beside] = said.splice(12, 1);
    expect(Number(/^munmap beside a page (-?\d+)$/.exec(beside!)?.[1])).toBeLessThanOrEqual(0);
    expect(said.filter((_, i) => !signals.includes(i < 12 ? i : i + 1))).toEqual([
      'mprotect 0',
      'load 5',
      'mprotect 0',
      'mprotect 0',
      'store 0',
      'load 5',
      'munmap 0',
      'store 0',
      `store ${SEGV}`,
      'store 0',
      `munmap of the kernel ${INVAL}`,
    ]);
  });

  it('madvise: what is not needed may go, what is free may be zero, and advice that is none is refused', async () => {
    expect((await ask('advice')).said).toEqual([
      'normal 0',
      'random 0',
      'sequential 0',
      'willneed 0',
      'dontneed 0',
      'wrong 0',
      'free 0',
      'wrong 0',
      `77 ${INVAL}`,
    ]);
  });

  it('minherit: shared, copied or not there at all', async () => {
    expect((await ask('inherited')).said).toEqual([
      'minherit 0',
      'minherit 0',
      'minherit 0',
      `store ${SEGV}`,
      'child 0',
      'page 2',
      'page 1',
      'page 1',
      `9 ${INVAL}`,
    ]);
  });

  it('break: up, down and up again gives zeros; beyond the limit it stays', async () => {
    expect((await ask('ends')).said).toEqual([
      'getrlimit 0',
      'up 0',
      'down 0',
      `store ${SEGV}`,
      'up 0',
      'word 0',
      `beyond the limit ${NOMEM}`,
      'store 0',
      'wild 1',
      'wild 1',
      'wild 1',
    ]);
  });

  it('the stack grows to where it is used, to its limit and no further', async () => {
    expect((await ask('stacks')).said).toEqual([
      '100K 0',
      '4M 0',
      '7M 0',
      `9M ${SEGV}`,
      'setrlimit 0',
      '512K 0',
      `2M ${SEGV}`,
    ]);
  });

  it('limits: soft below hard, never up again but for the super-user, and none that is none', async () => {
    const { said } = await ask('limits');
    expect([`file 0`, 'file 1', `file ${128 + 25}`]).toContain(said.pop());
    expect([`busy ${128 + 24}`, `busy ${128 + 9}`]).toContain(said.pop());
    expect(said).toEqual([
      `getrlimit 10 ${INVAL}`,
      `setrlimit 99 ${INVAL}`,
      'setrlimit 0',
      'soft 5',
      'hard 10',
    ]);
  });
});
