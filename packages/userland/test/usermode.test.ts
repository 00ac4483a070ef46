import { describe, expect, it } from 'vitest';
import { compileText } from '@trap12/system/compile.js';
import { program, run } from './boot.js';

const [ILL, FPE, BUS, SEGV, ALRM, TERM] = [4, 8, 10, 11, 14, 15].map((sig) => 128 + sig);
/** Contexts of handlers that are spoilt. */
const SPOILT = 150;

/** What a program does to itself, and what of it the kernel and its own handlers make. */
const ask = program(`
const PAGE = 4096;

function handle(sig: int, handler: u32, flags: int): void {
  const sa = $local<sigaction_t>();
  sa.sa_handler = handler;
  sa.sa_flags = flags;
  sa.sa_mask = 0;
  sigaction(sig, sa, null);
}

/** A clock that goes off every so many microseconds. */
function clock(usec: int): void {
  const it = $local<itimerval>();
  it.it_interval.tv_sec = 0;
  it.it_interval.tv_usec = usec;
  it.it_value.tv_sec = 0;
  it.it_value.tv_usec = usec;
  setitimer(ITIMER_REAL, it, null);
}

let forks: int = 0;
function forked(): int {
  forks++;
  return fork();
}
/** fork in the middle of an expression, in a loop, with locals of all kinds around it. */
function twice(a: int, wide: i64): int {
  const list = $local<array<int, 8>>();
  let s: i8 = -3;
  let flag = a > 2;
  for (let i = 0; i < 8; i++) list[i] = a * i;
  let pid = 0;
  let sum = 0;
  for (let i = 0; i < 3; i++) {
    sum += list[i] * (i + a + (0 * (pid = forked()))) + s;
    if (pid === 0) {
      list[i] = 1000;
      s += 100;
      wide += 0x100000000;
      flag = false;
      return sum * 10 + list[i] - 1000 + (wide === 0x300000002 && s === 97 && !flag && list[7] === 7 * a ? i : 9);
    }
    say('child', reap(pid));
  }
  return wide === 0x200000002 && s === -3 && flag && list[2] === 2 * a && forks === 3 ? sum : -1;
}
export function forking(): void {
  const self = getpid();
  const r = twice(5, 0x200000002);
  if (getpid() !== self) _exit(r & 0xff);
  say('parent', r);
  /* A child's child, as deep as eight, each the child of who was child before. */
  let depth = 0;
  let pid = 0;
  while (depth < 8 && (pid = fork()) === 0) depth++;
  const below = pid > 0 ? reap(pid) : 0;
  if (depth > 0) _exit(below + 1);
  say('deep', below);
}

let fp: u32 = 0;
let seen: array<int, 4>;
function witness(sig: int, code: int, scp: u32): void {
  const here = $var<int>();
  here[0] = sig;
  fp = $addr(here);
  seen[0] = sig;
  seen[1] = $i32($ld32(scp + 4));
  errno = 0;
}
/** On the stack of who was interrupted, below it, and back again with everything as it was. */
export function handled(): void {
  const here = $var<int>();
  here[0] = 77;
  handle(SIGUSR1, $addr(witness), 0);
  errno = EBUSY;
  const r = kill(getpid(), SIGUSR1);
  say('kill', r);
  say('signal', seen[0]);
  say('blocked before', seen[1]);
  say('on the stack below', fp < $addr(here) && $addr(here) - fp < 4096 ? 1 : 0);
  say('local', here[0]);
  const set = $var<sigset_t>();
  sigprocmask(SIG_BLOCK, null, set);
  say('mask', $i32(set[0]));
}

let ticks: int = 0;
function tick(sig: int): void {
  const room = $local<array<int, 64>>();
  for (let i = 0; i < 64; i++) room[i] = -ticks;
  ticks++;
}
function mix(n: int, wide: i64, ...args: va_list): i64 {
  let s = wide % 1000003;
  for (let i = 0; i < $nva(args); i++) {
    s = (s * 31 + $va(args, i) + n) % 1000003;
    $work(30000);
  }
  return s;
}
function compute(rounds: int): int {
  const list = $local<array<int, 32>>();
  let s: i64 = 1;
  let h: u32 = 17;
  for (let i = 0; i < 32; i++) list[i] = i * i;
  for (let i = 0; i < rounds; i++) {
    h = h * 31 + $u32(list[(h >> 3) & 31]) + (h / 7) % 13;
    s = mix(i, s + h, i, list[i & 31]--, $i32(h), ticks & 0);
    list[$i32(s) & 31] += $i32(h & 15);
    $work(10000);
    if ((i & 255) === 0) qsort($addr(list), 32, 4, order);
  }
  return $i32(s) ^ $i32(h & 0x7fffffff);
}
function order(a: u32, b: u32): int {
  $work(20000);
  return $i32($ld32(a)) - $i32($ld32(b));
}
/** A handler comes wherever it will: nothing of it is to be seen. */
export function interrupted(): void {
  const alone = compute(2000);
  handle(SIGALRM, $addr(tick), SA_RESTART);
  clock(10000);
  const together = compute(2000);
  clock(0);
  say('same', alone === together ? 1 : 0);
  say('ticks', ticks);
}

let back: embed<jmp_buf>;
function leave(sig: int): void {
  longjmp(back, sig);
}
function leave_masked(sig: int): void {
  _longjmp(back, sig);
}
export function jumping(): void {
  let i = 0;
  const count = $var<int>();
  const set = $var<sigset_t>();
  count[0] = 0;
  handle(SIGUSR1, $addr(leave), 0);
  handle(SIGSEGV, $addr(leave), 0);
  handle(SIGFPE, $addr(leave), 0);
  while (count[0] < 1000) {
    const sig = setjmp(back);
    if (sig !== 0) {
      count[0]++;
      if (sig !== (count[0] % 2 === 1 ? SIGSEGV : SIGUSR1)) say('strange', sig);
      continue;
    }
    if (count[0] % 2 === 0) $st32(0x60000000, 1);
    else kill(getpid(), SIGUSR1);
    say('not reached', i);
  }
  say('jumps', count[0]);
  if (setjmp(back) === 0) say('not reached', 1 / i);
  sigprocmask(SIG_BLOCK, null, set);
  say('mask', $i32(set[0]));
  /* Without the mask the signal stays blocked, as handlers have it. */
  handle(SIGUSR1, $addr(leave_masked), 0);
  if (_setjmp(back) === 0) kill(getpid(), SIGUSR1);
  sigprocmask(SIG_BLOCK, null, set);
  say('mask', set[0] === 1 << (SIGUSR1 - 1) ? 1 : 0);
  /* Out of something that never ends. */
  handle(SIGALRM, $addr(leave), 0);
  alarm(1);
  const begun = now();
  if (setjmp(back) === 0) for (;;) i++;
  say('seconds', (now() - begun + 500) / 1000);
}

let missing: u32 = 0;
let mended: int = 0;
function mend(sig: int, code: int, scp: u32): void {
  mended++;
  mmap(missing, PAGE, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE | MAP_FIXED, -1, 0);
}
function open_up(sig: int, code: int, scp: u32): void {
  mended++;
  mprotect(missing, PAGE, PROT_READ | PROT_WRITE);
}
/** The access is tried again when the handler has returned. */
export function mending(): void {
  missing = mmap(0, PAGE, PROT_READ, MAP_ANON | MAP_PRIVATE, -1, 0);
  handle(SIGSEGV, $addr(open_up), 0);
  handle(SIGBUS, $addr(open_up), 0);
  $st32(missing, 123);
  say('word', $i32($ld32(missing)) + mended * 1000);
  munmap(missing, PAGE);
  handle(SIGSEGV, $addr(mend), 0);
  say('word', $i32($ld32(missing)) + mended * 1000);
}

/* How a program may end. */
function nowhere(at: u32): void {
  const f = $cast<() => void>(at);
  f();
}
let code: array<u32, 4> = $init([0xffffffff, 0x90909090, 0, 0]);
/** Where on the stack the address of 'code' lies when it is jumped to is not known: one of these finds it. */
export function itself(): void {
  for (let n = 4; n < 100; n += 4) {
    const pid = fork();
    if (pid === 0) {
      clock(5000);
      /* call *n(%esp) */
      code[0] = 0x002454ff | ($u32(n) << 24);
      nowhere($addr(code));
      _exit(0);
    }
    say('end', reap(pid));
  }
}
function deep(n: int): int {
  return deep(n + 1) + 1;
}
function ping(n: int): int {
  const room = $local<array<int, 100>>();
  room[3] = n;
  return pong(n + 1) + room[3];
}
function pong(n: int): int {
  return n === 0 ? 0 : ping(n - n + 5) + 1;
}
function many(n: int, ...args: va_list): int {
  return many(n + 1, ...args) + many(n, n, ...args);
}
function endless(sig: int): void {}
function jump_about(): void {
  _setjmp(back);
  _longjmp(back, 1);
}
function zero(): int {
  return environ === null ? 1 : 0;
}
function no_room(): void {
  handle(SIGSEGV, $addr(endless), 0);
  deep(0);
}
function spoil_text(): void {
  mprotect(PAGE, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
  memset(PAGE, 0, PAGE);
}
function lose_text(): void {
  munmap(PAGE, PAGE);
}
function lose_stack(): void {
  const here = $var<int>();
  munmap($addr(here) & ~(PAGE - 1), PAGE);
}
function end(way: int): void {
  const wide: i64 = zero();
  switch (way) {
    case 0: $st32(0, 1); break;
    case 1: $st32($ld32(0x60000000), 1); break;
    case 2: $st8($addr('text'), 1); break;
    case 3: strcpy($cast<str>(0xc0100000), 'kernel'); break;
    case 10: nowhere(0); break;
    case 11: nowhere(0x60000000); break;
    case 12: nowhere(0xc0100000); break;
    case 13: nowhere(0xffffffff); break;
    case 14: nowhere($addr(code)); break;
    case 15: nowhere($addr(deep) + 1); break;
    case 20: say('', 1 / zero()); break;
    case 21: say('', 1 % zero()); break;
    case 22: say('', $i32($u32(1) / $u32(zero()))); break;
    case 23: say('', $i32($u32(1) % $u32(zero()))); break;
    case 24: say('', $i32(5 / wide)); break;
    case 25: say('', $i32(5 % wide)); break;
    case 30: deep(0); break;
    case 31: ping(1); break;
    case 32: many(1); break;
    case 33: no_room(); break;
    case 40: clock(20000); for (;;) {}
    case 41: clock(20000); for (;;) getpid();
    case 42: clock(20000); jump_about(); break;
    case 43: clock(20000); handle(SIGSEGV, $addr(endless), 0); $st32(0, 1); break;
    case 44: clock(20000); handle(SIGFPE, $addr(endless), 0); say('', 1 / zero()); break;
    case 45: clock(20000); for (;;) $work(5); break;
    case 50: for (;;) {}
    case 51: jump_about(); break;
    case 60: clock(20000); spoil_text(); for (;;) getpid();
    case 61: clock(20000); lose_text(); for (;;) getpid();
    case 62: lose_stack(); break;
  }
}
let ways: array<int, 32> = $init([
  0, 1, 2, 3, 10, 11, 12, 13, 14, 15, 20, 21, 22, 23, 24, 25, 30, 31, 32, 33, 40, 41, 42, 43, 44, 45, 50, 51, 60, 61, 62, -1,
]);
export function ending(): void {
  for (let i = 0; ways[i] >= 0; i++) {
    const pid = fork();
    if (pid === 0) {
      end(ways[i]);
      _exit(0);
    }
    if (ways[i] === 50 || ways[i] === 51) {
      usleep(50000);
      kill(pid, SIGTERM);
    }
    say('end', ways[i] * 1000 + reap(pid));
  }
}
let mib: array<int, 4> = $init([CTL_KERN, KERN_PROC, KERN_PROC_PID, 0]);
let seed: u32 = 12345;
function spoil(sig: int, code: int, scp: u32): void {
  for (let i = 0; i < 3; i++) {
    seed = seed * 1664525 + 1013904223;
    const at = scp + ((seed >> 8) % 32) * 4;
    seed = seed * 1664525 + 1013904223;
    $st32(at, (seed & 0x300) === 0 ? $ld32(at) + ((seed >> 12) & 31) : (seed & 0x100) === 0 ? seed : 0xbfbfe000 + ((seed >> 12) & 0xffc));
  }
}
/** Has it become a zombie? It stays one until it is waited for. */
function ended(pid: pid_t): boolean {
  const info = $local<kinfo_proc>();
  const size = $var<u32>();
  mib[3] = pid;
  size[0] = $sizeof<kinfo_proc>();
  return __sysctl(mib, 4, $addr(info), size, 0, 0) < 0 || size[0] === 0 || info.ki_stat === SZOMB;
}
/** A handler may write what it likes into the context that it will return to. */
export function spoilt(): void {
  handle(SIGUSR1, $addr(spoil), 0);
  handle(SIGALRM, $addr(spoil), 0);
  for (let i = 0; i < ${SPOILT}; i++) {
    seed += 7919;
    const pid = fork();
    if (pid === 0) {
      if ((i & 1) === 0) kill(getpid(), SIGUSR1);
      else {
        clock(10000);
        compute(200);
      }
      signal(SIGALRM, SIG_DFL);
      alarm(1);
      compute(20);
      _exit(0);
    }
    for (let n = 0; n < 20 && !ended(pid); n++) usleep(100000);
    kill(pid, SIGKILL);
    say('status', reap(pid));
  }
}

function count(...args: va_list): int {
  let s = 0;
  for (let i = 0; i < $nva(args); i++) s += $va(args, i);
  return s;
}
/** Calls with so many words that they hardly fit anywhere, on a stack that is not there yet. */
function tower(n: int, ...args: va_list): int {
  return n === 0 ? count(...args) : tower(n - 1, ...args);
}
function grow(n: int, ...args: va_list): int {
  return n === 0 ? count(...args) : grow(n - 1, 1, ...args);
}
export function variadic(): void {
  say('sum', tower(400, ${Array.from({ length: 100 }, (_, i) => i).join(', ')}));
  say('ones', grow(100));
}
export function growing(): void {
  for (let n = 50; n < 1000; n += 100) {
    const pid = fork();
    if (pid === 0) {
      say('ones', grow(n));
      _exit(0);
    }
    say('status', reap(pid));
  }
}
`);

const CPUS = [1, 2];
/** How a child of `ending` ends, by the number of the way. */
const ENDINGS: Record<number, number> = {
  0: SEGV,
  1: SEGV,
  // Text is there, but not to be written.
  2: BUS,
  3: SEGV,
  10: SEGV,
  11: SEGV,
  12: SEGV,
  13: SEGV,
  // What can be read there is no instruction.
  14: ILL,
  15: ILL,
  20: FPE,
  21: FPE,
  22: FPE,
  23: FPE,
  24: FPE,
  25: FPE,
  30: SEGV,
  31: SEGV,
  32: SEGV,
  // There is no room on the stack for the handler.
  33: ILL,
  40: ALRM,
  41: ALRM,
  42: ALRM,
  43: ALRM,
  44: ALRM,
  45: ALRM,
  50: TERM,
  51: TERM,
  60: ILL,
  61: SEGV,
  62: SEGV,
};

describe('fork', () => {
  it.each(
    CPUS,
  )('returns twice, in the midst of an expression, with all locals on both sides, %i CPUs', async (ncpu) => {
    const { said } = await ask('forking', { ncpu });
    const sums = [-3, 24, 91];
    expect(said).toEqual([...sums.map((sum, i) => `child ${(sum * 10 + i) & 0xff}`), 'parent 91', 'deep 8']);
  });
});

describe('a handler', () => {
  it('runs on the stack of what it interrupts, and returns to it', async () => {
    expect((await ask('handled')).said).toEqual([
      'kill 0',
      'signal 30',
      'blocked before 0',
      'on the stack below 1',
      'local 77',
      'mask 0',
    ]);
  });

  it.each(CPUS)('leaves no trace wherever it comes, %i CPUs', async (ncpu) => {
    const { said } = await ask('interrupted', { ncpu });
    expect(said[0]).toBe('same 1');
    expect(Number(said[1]!.split(' ')[1])).toBeGreaterThan(9);
  });

  it.each(CPUS)('may jump away, %i CPUs', async (ncpu) => {
    expect((await ask('jumping', { ncpu })).said).toEqual(['jumps 1000', 'mask 0', 'mask 1', 'seconds 1']);
  });

  it('may mend what was wrong: the access is tried again', async () => {
    expect((await ask('mending')).said).toEqual(['word 1123', 'word 2000']);
  });

  it.each(CPUS)('may spoil the context that it returns to, %i CPUs', async (ncpu) => {
    const { said } = await ask('spoilt', { ncpu, seconds: 3600 });
    expect(said.length).toBe(SPOILT);
    for (const line of said) expect(line).toMatch(/^status (0|1(29|3\d|4[0-2]))$/);
    expect(said).toContain(`status ${SEGV}`);
    expect(said).toContain(`status ${ILL}`);
  });
});

describe('a program that goes wrong', () => {
  it.each(CPUS)('ends by a signal, of which the kernel tells, %i CPUs', async (ncpu) => {
    const { said, kernel } = await ask('ending', { ncpu });
    expect(said).toEqual(
      Object.entries(ENDINGS).map(([way, status]) => `end ${Number(way) * 1000 + status}`),
    );
    // Of those that leave a core file, as these signals do.
    const told = Object.values(ENDINGS).filter((status) => status !== ALRM && status !== TERM);
    expect(kernel.map((line) => line.replace(/^pid \d+/, 'pid N'))).toEqual(
      told.map((status) => `pid N (probe), uid 0: exited on signal ${status - 128}`),
    );
  });

  it('calls itself in an instruction that nobody compiled: it can be ended', async () => {
    const { said } = await ask('itself');
    expect(said).toContain(`end ${ALRM}`);
    // What else lies there may be an address to go on at, and the child comes to its end.
    for (const line of said) expect([ALRM, SEGV, ILL, 0].map((status) => `end ${status}`)).toContain(line);
  });

  it('and never ends: virtual time does', async () => {
    const text = `export function main(): int { for (;;) {} return 0; }`;
    const r = await run('endless', { executables: [compileText('endless', text)], seconds: 0.1 });
    expect([r.why, r.output]).toEqual(['time', '']);
  });

  it('calls with more and more words: until there are more than a frame has room for, and no panic', async () => {
    expect((await ask('variadic')).said).toEqual(['sum 4950', 'ones 100']);
    const most = Array.from({ length: 10 }, (_, i) => 50 + 100 * i);
    expect((await ask('growing')).said).toEqual(
      most.flatMap((n) => (n === 50 ? ['ones 50', 'status 0'] : [`status ${BUS}`])),
    );
    const many = `export function main(): int { return printf('', ${'1, '.repeat(150)} 1); }`;
    expect(() => compileText('many', many)).toThrow(/at most 119 words of arguments, not 152/);
  });
});
