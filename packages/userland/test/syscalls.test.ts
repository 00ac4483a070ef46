import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { program } from './boot.js';

const E = {
  PERM: -1,
  NOENT: -2,
  CHILD: -10,
  BADF: -9,
  NOMEM: -12,
  FAULT: -14,
  EXIST: -17,
  NOTDIR: -20,
  ISDIR: -21,
  INVAL: -22,
  MFILE: -24,
  NOTTY: -25,
  FBIG: -27,
  SPIPE: -29,
  NAMETOOLONG: -63,
  OPNOTSUPP: -45,
  NOSYS: -78,
};
const SIGSYS = 12;
const [BUS, SEGV] = [128 + 10, 128 + 11];

/**
 * Pointers that no program should pass: null, a little, the kernel, its page tables, the very end, unmapped
 * user memory.
 */
const RIDICULOUS = [0, 1, 0xc0100000, 0xbfc00000, 0xfffff000, 0xffffffff, 0x80000000, 0x60000000];

const HEADER = readFileSync(new URL('../../kernel/src/sys/syscall.h.ts', import.meta.url), 'utf8');
const TABLE = [...HEADER.matchAll(/^export const SYS_(\w+) = (\d+);/gm)];
const CALLS = TABLE.map((m) => m[1]!);
const NUMBERS = new Set(TABLE.map((m) => Number(m[2])));
/** The first number from `n` on that is no system call's. */
const free = (n: number): number => (NUMBERS.has(n) ? free(n + 1) : n);
/** Numbers that are no system call's. */
const NONE = [0x7fffffff, -1, free(500), free(198), free(8)];

/**
 * A function for each system call, which takes any words; libc's own have types, and other names here and
 * there.
 */
const RAW = [
  ...CALLS.map((c) => `function raw_${c}(...args: va_list): int { return $syscall(SYS_${c}); }`),
  ...NONE.map((n, i) => `function none_${i}(): int { return $syscall(${n}); }`),
].join('\n');

/**
 * Every call that takes a pointer, each of its pointers in turn the ridiculous \`p\`: what is asked, the
 * arguments, and the answers besides EFAULT that are the call's own to that pointer. A null pointer may mean
 * "not wanted".
 */
type Own = (p: number, got: number) => boolean;
const unlessNull: Own = (p, n) => p === 0 && n === 0;
/**
 * The pointer is one end of a range of addresses: what is not there can be told by other errors, or not
 * matter.
 */
const range: Own = (_p, n) => n === 0 || n === E.INVAL || n === E.NOMEM;
const POINTERS: [string, string, Own?][] = [
  ['open', 'p, 0, 0'],
  ['read', 'fd, p, 10'],
  ['write', 'to, p, 10'],
  ['unlink', 'p'],
  ['chdir', 'p'],
  ['mknod', 'p, 0x21b6, 0'],
  ['chmod', 'p, 0'],
  ['mkdir', 'p, 0x1ed'],
  ['rmdir', 'p'],
  ['access', 'p, 0'],
  ['swapon', 'p'],
  ['truncate', 'p, 0, 0, 0'],
  ['rename', 'p, file'],
  ['rename', 'file, p'],
  ['execve', 'p, 0, 0'],
  ['stat', 'p, room'],
  ['stat', 'file, p'],
  ['lstat', 'p, room'],
  ['lstat', 'file, p'],
  ['fstat', 'fd, p'],
  ['readv', 'fd, p, 1'],
  ['readv', 'fd, vector(p), 1'],
  ['writev', 'to, p, 1'],
  ['writev', 'to, vector(p), 1'],
  ['getdirentries', 'etc(dir), p, 512, 0'],
  ['getdirentries', 'etc(dir), room, 512, p', (p, n) => p === 0 && n >= 0],
  ['ioctl', '0, 0x402c7413, p'],
  ['ioctl', '0, 0x802c7414, p'],
  ['getrlimit', '0, p'],
  ['setrlimit', '8, p'],
  ['getrusage', '0, p'],
  ['gettimeofday', 'p, 0', unlessNull],
  ['gettimeofday', 'room, p', unlessNull],
  ['clock_gettime', '0, p'],
  ['nanosleep', 'p, 0'],
  // Nothing is left of a sleep that nobody disturbs.
  ['nanosleep', 'nothing(), p', (_p, n) => n === 0],
  ['setitimer', '0, p, 0', unlessNull],
  ['setitimer', '0, nothing(), p', unlessNull],
  ['getitimer', '0, p'],
  ['sigaction', '30, p, 0', unlessNull],
  ['sigaction', '30, 0, p', unlessNull],
  ['sigprocmask', '1, p, 0', unlessNull],
  ['sigprocmask', '1, 0, p', unlessNull],
  ['sigpending', 'p'],
  ['sigsuspend', 'p'],
  ['sigreturn', 'p'],
  // There is no alternate stack to have, whatever is asked.
  ['sigaltstack', 'p, 0', (_p, n) => n === E.OPNOTSUPP],
  ['sigaltstack', '0, p', (_p, n) => n === E.OPNOTSUPP],
  ['__sysctl', 'p, 2, 0, 0, 0, 0'],
  ['__sysctl', 'ostype(), 2, p, size(), 0, 0', unlessNull],
  ['__sysctl', 'ostype(), 2, room, p, 0, 0', unlessNull],
  ['__sysctl', 'ostype(), 2, 0, 0, p, 4', (p, n) => n === E.PERM || (p === 0 && n === 0)],
  ['wait4', '-1, p, 1, 0', (_p, n) => n === E.CHILD],
  ['wait4', '-1, 0, 1, p', (_p, n) => n === E.CHILD],
  ['mincore', 'room, 1, p'],
  ['mincore', 'p, 1, room', range],
  ['msync', 'p, 1, 0', range],
  ['munmap', 'p, 1', range],
  ['mprotect', 'p, 1, 1', range],
  ['madvise', 'p, 1, 0', range],
  ['minherit', 'p, 1, 1', range],
  ['mlock', 'p, 1', range],
  ['munlock', 'p, 1', range],
  ['break', 'p', range],
  // A place that cannot be had is no error: another one is found.
  ['mmap', 'p, 4096, 3, 0x1002, -1, 0, 0, 0', (_p, n) => (n & 4095) === 0 || n === E.NOMEM],
];
/** Those that take none. execve's other two are asked in processes.test.ts: null is an empty list there. */
const NO_POINTER =
  `exit fork close fchdir getpid setuid getuid geteuid sync kill getppid dup pipe getegid getgid reboot umask
  vfork sbrk getpgrp setpgid getdtablesize dup2 fcntl fsync setpriority getpriority setsid lseek ftruncate getpgid rfork
  issetugid getsid sched_yield`.split(/\s+/);

/** Calls on a descriptor, which is none. */
const ON_DESCRIPTOR: [string, string][] = [
  ['read', 'fd, room, 1'],
  ['write', 'fd, room, 1'],
  ['close', 'fd'],
  ['dup', 'fd'],
  ['fstat', 'fd, room'],
  ['lseek', 'fd, 0, 0, 0, 0'],
  ['fcntl', 'fd, 1, 0'],
  ['fsync', 'fd'],
  ['ioctl', 'fd, 0x402c7413, room'],
  ['dup2', 'fd, 5'],
  ['fchdir', 'fd'],
  ['getdirentries', 'fd, room, 128, 0'],
  ['ftruncate', 'fd, 0, 0, 0'],
  ['mmap', '0, 4096, 1, 2, fd, 0, 0, 0'],
  ['readv', 'fd, room, 1'],
  ['writev', 'fd, room, 1'],
];
const BAD_DESCRIPTORS = [3, 63, 99_999, -1, 0x7fffffff, -2147483648];

/** exit, fork, reboot, the calls that stop the child for good, and those that would wait for ever. */
const NOT_AT_RANDOM = `exit reboot sigsuspend wait4 nanosleep kill rfork fork vfork sigreturn`.split(' ');
/** Calls on a range of addresses: with any words they soon leave a program without its stack or its data. */
const ON_RANGE = 'msync munmap mprotect madvise mincore minherit mlock munlock break mmap'.split(' ');
const AT_RANDOM = [...ON_RANGE, ...CALLS.filter((c) => ![...NOT_AT_RANDOM, ...ON_RANGE].includes(c))];
const ROUNDS = 72;
const CALLS_A_ROUND = 400;

const ask = program(`${RAW}
const PAGE = 4096;
let ridiculous: array<u32, ${RIDICULOUS.length}> = $init([${RIDICULOUS.join(', ')}]);
let descriptors: array<int, ${BAD_DESCRIPTORS.length}> = $init([${BAD_DESCRIPTORS.join(', ')}]);
let room: array<u32, 256>;
let iov: embed<iovec>;
let zeros: array<int, 8>;
let mib: array<int, 2> = $init([CTL_KERN, KERN_OSTYPE]);
let length: int = 0;

/** The beginning of a directory. */
function etc(dir: int): int {
  lseek(dir, 0, SEEK_SET);
  return dir;
}

/** Pages of their own, with nothing mapped behind them: malloc has what it wants before. */
function pages(n: int): u32 {
  free(malloc(1));
  const at = mmap(0, $u32(n + 1) * PAGE, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE, -1, 0);
  munmap(at + $u32(n) * PAGE, PAGE);
  return at;
}
function vector(p: u32): u32 {
  iov.iov_base = p;
  iov.iov_len = 10;
  return $addr(iov);
}
function nothing(): u32 {
  return $addr(zeros);
}
function ostype(): u32 {
  return $addr(mib);
}
function size(): u32 {
  length = 16;
  return $addr($ref(length));
}
function told(what: int, p: u32, n: int): void {
  printf('%d %x %d\\n', what, p, n);
}

export function pointers(): void {
  const fds = $local<array<int, 2>>();
  const fd = open('/dev/zero', O_RDWR);
  const dir = open('/etc', O_RDONLY);
  const file = '/tmp/p';
  close(open(file, O_CREAT | O_RDWR, 0x1a4));
  pipe(fds);
  const to = fds[1];
  for (let i = 0; i < ${RIDICULOUS.length}; i++) {
    const p = ridiculous[i];
    ${POINTERS.map(([call, args], i) => `told(${i}, p, got(raw_${call}(${args.replace('room', '$addr(room)')})));`).join('\n')}
  }
}

export function edges(): void {
  const at = pages(1);
  const edge = at + PAGE;
  const zero = open('/dev/zero', O_RDWR);
  const fds = $local<array<int, 2>>();
  pipe(fds);
  say('read across', got(read(zero, edge - 8, 16)));
  say('read up to', got(read(zero, edge - 8, 8)));
  say('write across', got(write(fds[1], edge - 8, 16)));
  $st32(edge - 4, 0x706d742f);
  say('a path without an end', got(open($cast<str>(edge - 4), O_RDONLY)));
  memset(at, $ch('x'), 1501);
  $st8(at, $ch('/'));
  $st8(at + 1501, 0);
  say('a path that is too long', got(open($cast<str>(at), O_RDONLY)));
  // Read-only memory is not to be written into by the kernel either.
  mprotect(at, PAGE, PROT_READ);
  say('read into read-only memory', got(read(zero, at, 8)));
  say('stat into read-only memory', got(fstat(zero, $cast<struct_stat>(at))));
}

export function touch(): void {
  for (let i = 0; i < ${RIDICULOUS.length}; i++) {
    const pid = fork();
    if (pid === 0) _exit($ld8(ridiculous[i]) & 0);
    say('load', reap(pid));
  }
  for (let i = 0; i < ${RIDICULOUS.length}; i++) {
    const pid = fork();
    if (pid === 0) {
      $st32(ridiculous[i], 1);
      _exit(0);
    }
    say('store', reap(pid));
  }
}

/** A stack pointer that points nowhere. */
export function stackless(): void {
  for (let i = 0; i < ${RIDICULOUS.length}; i++) {
    const pid = fork();
    if (pid === 0) {
      const env = $local<jmp_buf>();
      if (_setjmp(env) === 0) {
        env.jb_esp = ridiculous[i];
        env.jb_ebp = ridiculous[i];
        _longjmp(env, 1);
      }
      getpid();
      _exit(0);
    }
    say('stack', reap(pid));
  }
}

export function closed(): void {
  for (let i = 0; i < ${BAD_DESCRIPTORS.length}; i++) {
    const fd = descriptors[i];
    ${ON_DESCRIPTOR.map(([call, args]) => `say('${call}', got(raw_${call}(${args.replace('room', '$addr(room)')})));`).join('\n')}
  }
  say('dup2 to nowhere', got(dup2(0, 99999)));
  say('dup2 to itself', got(dup2(1, 1)));
}

export function limited(): void {
  const fds = $local<array<int, 2>>();
  const limit = $local<rlimit>();
  const r = open('/etc/motd', O_RDONLY);
  const w = open('/tmp/w', O_CREAT | O_WRONLY, 0x1ff);
  say('write to a read-only one', got(write(r, $addr(room), 1)));
  say('read from a write-only one', got(read(w, $addr(room), 1)));
  say('write a directory', got(open('/tmp', O_WRONLY)));
  say('through a file', got(open('/etc/motd/x', O_RDONLY)));
  say('exclusively', got(open('/tmp/w', O_CREAT | O_EXCL | O_WRONLY, 0x1ff)));
  pipe(fds);
  say('seek in a pipe', got(raw_lseek(fds[0], 0, 0, 0, SEEK_SET)));
  say('seek before the start', got(raw_lseek(r, 0, -1, -1, SEEK_SET)));
  say('no terminal', got(ioctl(r, 0x402c7413, $addr(room))));
  limit.rlim_cur = 20;
  limit.rlim_max = 20;
  setrlimit(RLIMIT_NOFILE, limit);
  let last = 0;
  let n = 0;
  while ((last = got(dup(0))) >= 0 && n < 100) n++;
  say('one too many', last);
  say('descriptors', n);
  say('a pipe too many', got(pipe(fds)));
  close(r);
  say('the freed one comes first', dup(0) - r);
}

export function sizes(): void {
  const zero = open('/dev/zero', O_RDWR);
  const big = open('/tmp/big', O_CREAT | O_RDWR, 0x1ff);
  say('read -1', got(read(zero, $addr(room), 0xffffffff)));
  say('write -1', got(write(zero, $addr(room), 0xffffffff)));
  say('read 1 << 31', got(read(zero, $addr(room), 0x80000000)));
  say('write 1 << 31', got(write(zero, $addr(room), 0x80000000)));
  say('read of 2 GB into little memory', got(read(zero, pages(1), 0x7fffffff)));
  say('write of 2 GB to /dev/null', got(write(open('/dev/null', O_WRONLY), $addr(room), 0x7fffffff)));
  say('iovcnt', got(readv(zero, $cast<iovec>($addr(room)), 100000)));
  say('iovcnt -1', got(writev(zero, $cast<iovec>($addr(room)), -1)));
  say('a terabyte', got(raw_ftruncate(big, 0, 0, 256)));
  say('mmap of all', got(raw_mmap(0, -PAGE, 3, MAP_ANON | MAP_PRIVATE, -1, 0, 0, 0)) < 0 ? 1 : 0);
  say('sysctl of a name too long', got(__sysctl(room, 1000, 0, null, 0, 0)));
  say('getdirentries of 2 GB', got(getdirentries(open('/etc', O_RDONLY), $addr(room), -1, null)));
}

let nones: array<() => int, ${NONE.length}> = $init([${NONE.map((_, i) => `none_${i}`).join(', ')}]);
export function none(): void {
  for (let i = 0; i < ${NONE.length}; i++) {
    const pid = fork();
    if (pid === 0) {
      nones[i]();
      _exit(0);
    }
    say('status', reap(pid));
  }
  signal(SIGSYS, SIG_IGN);
  for (let i = 0; i < ${NONE.length}; i++) say('ignored', got(nones[i]()));
}

let state: u32 = 20010525;
function word(): u32 {
  state = state * 1664525 + 1013904223;
  return state;
}
let words: array<u32, 17> = $init([
  0, 1, 0xffffffff, 2, 8, 100, PAGE, 2 * PAGE, 0, 5, 0, 0x1000, 0x7fffffff, 0x80000000, 0xbfbff000, 0xc0000000, 0x20000000,
]);
function argument(): u32 {
  if ((word() & 3) === 0) return word();
  return words[(word() >> 8) % 17];
}
let any: array<(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32) => int, ${AT_RANDOM.length}> = $init([
  ${AT_RANDOM.map((c) => `any_${c}`).join(', ')},
]);
${AT_RANDOM.map((c) => `function any_${c}(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32): int { return $syscall(SYS_${c}); }`).join('\n')}

/**
 * It may close everything, and, if it is not careful, unmap itself: whatever becomes of it, the system stays.
 */
function storm(made: ptr<int>, careful: boolean): void {
  alarm(1);
  for (let i = 0; i < ${CALLS_A_ROUND}; i++) {
    let a = argument();
    let b = argument();
    if (a <= 2) a = 3;
    const n = (word() >> 8) % ${AT_RANDOM.length};
    if (careful && n < ${ON_RANGE.length}) {
      a = words[8] + (word() >> 16);
      b = word() >> 15;
    }
    const call = any[n];
    made[0]++;
    call(a, b, argument(), argument(), argument(), argument());
  }
}

/** Waits some seconds for a child, and then no more. */
function patience(pid: pid_t): int {
  const status = $var<int>();
  for (let i = 0; i < 50; i++) {
    if (waitpid(pid, status, WNOHANG) === pid) {
      return WIFSIGNALED(status[0]) ? 128 + WTERMSIG(status[0]) : WEXITSTATUS(status[0]);
    }
    usleep(100000);
  }
  kill(pid, SIGKILL);
  return reap(pid);
}

export function random(): void {
  const at = pages(16);
  words[8] = at;
  words[9] = at + 5;
  words[10] = at + 16 * PAGE - 2;
  const made = $cast<ptr<int>>(mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_ANON | MAP_SHARED, -1, 0));
  for (let round = 0; round < ${ROUNDS}; round++) {
    state = state + $u32(round) * 7919;
    const pid = fork();
    if (pid === 0) {
      storm(made, round % 6 === 0);
      _exit(0);
    }
    say('status', patience(pid));
  }
  say('calls', made[0]);
  say('alive', spawn('/bin/sh', '-c', 'memcheck 1m | grep -q " 0 errors"'));
}
`);

describe('ridiculous pointers', () => {
  it('are there for every call of the table that takes one', () => {
    const asked = new Set([...POINTERS.map(([call]) => call), ...NO_POINTER]);
    expect(
      CALLS.filter((c) => !asked.has(c)),
      'a new call: a row in POINTERS for each of its pointers, or its name in NO_POINTER',
    ).toEqual([]);
    expect(
      [...asked].filter((c) => !CALLS.includes(c)),
      'no call any more: take it out of POINTERS or NO_POINTER',
    ).toEqual([]);
  });

  it.each([
    1, 2,
  ])('in every call that takes one, %i CPUs: EFAULT, or an answer, and never a panic', async (ncpu) => {
    const { said: lines } = await ask('pointers', { ncpu });
    expect(
      lines.length,
      `the machine died, or a call ended the program or never came back, behind ${lines.at(-1)} (row of POINTERS, pointer, answer)`,
    ).toBe(RIDICULOUS.length * POINTERS.length);
    const strange = lines.filter((line) => {
      const [what, p, n] = line.split(' ') as [string, string, string];
      const own = POINTERS[Number(what)]![2];
      return Number(n) !== E.FAULT && !own?.(Number.parseInt(p, 16), Number(n));
    });
    const named = strange.map((line) =>
      line.replace(/^\d+/, (i) => POINTERS[Number(i)]!.slice(0, 2).join(' ')),
    );
    expect(named, 'neither EFAULT nor what the third column of its row in POINTERS allows').toEqual([]);
  });

  it('that begin well and end badly: at the edge of what is mapped', async () => {
    expect((await ask('edges')).said).toEqual([
      `read across ${E.FAULT}`,
      'read up to 8',
      `write across ${E.FAULT}`,
      `a path without an end ${E.FAULT}`,
      `a path that is too long ${E.NAMETOOLONG}`,
      `read into read-only memory ${E.FAULT}`,
      `stat into read-only memory ${E.FAULT}`,
    ]);
  });

  it.each([1, 2])('and in the memory that a program uses itself, %i CPUs: signals', async (ncpu) => {
    const { said: lines } = await ask('touch', { ncpu });
    expect(lines.length).toBe(2 * RIDICULOUS.length);
    for (const line of lines)
      expect([`load ${SEGV}`, `store ${SEGV}`, `load ${BUS}`, `store ${BUS}`]).toContain(line);
    const { said: stackless } = await ask('stackless', { ncpu });
    expect(stackless.length).toBe(RIDICULOUS.length);
    for (const line of stackless) expect([`stack ${SEGV}`, `stack ${BUS}`]).toContain(line);
  });
});

describe('descriptors', () => {
  it('that are not open: EBADF, everywhere', async () => {
    expect((await ask('closed')).said).toEqual([
      ...BAD_DESCRIPTORS.flatMap(() => ON_DESCRIPTOR.map(([call]) => `${call} ${E.BADF}`)),
      `dup2 to nowhere ${E.BADF}`,
      'dup2 to itself 1',
    ]);
  });

  it('opened for one thing do not do the other, and run out at the limit', async () => {
    const { said: lines } = await ask('limited');
    const n = lines.findIndex((line) => line.startsWith('descriptors '));
    expect(Number(lines.splice(n, 1)[0]!.split(' ')[1])).toBeLessThan(20);
    expect(lines).toEqual([
      `write to a read-only one ${E.BADF}`,
      `read from a write-only one ${E.BADF}`,
      `write a directory ${E.ISDIR}`,
      `through a file ${E.NOTDIR}`,
      `exclusively ${E.EXIST}`,
      `seek in a pipe ${E.SPIPE}`,
      `seek before the start ${E.INVAL}`,
      `no terminal ${E.NOTTY}`,
      `one too many ${E.MFILE}`,
      `a pipe too many ${E.MFILE}`,
      'the freed one comes first 0',
    ]);
  });

  it('with sizes beyond reason', async () => {
    expect((await ask('sizes')).said).toEqual([
      `read -1 ${E.INVAL}`,
      `write -1 ${E.INVAL}`,
      `read 1 << 31 ${E.INVAL}`,
      `write 1 << 31 ${E.INVAL}`,
      `read of 2 GB into little memory ${E.FAULT}`,
      `write of 2 GB to /dev/null ${0x7fffffff}`,
      `iovcnt ${E.INVAL}`,
      `iovcnt -1 ${E.INVAL}`,
      `a terabyte ${E.FBIG}`,
      'mmap of all 1',
      `sysctl of a name too long ${E.INVAL}`,
      `getdirentries of 2 GB ${E.INVAL}`,
    ]);
  });
});

describe('calls that are none', () => {
  it('get SIGSYS, or ENOSYS without it', async () => {
    expect((await ask('none')).said).toEqual([
      ...NONE.map(() => `status ${128 + SIGSYS}`),
      ...NONE.map(() => `ignored ${E.NOSYS}`),
    ]);
  });

  it.each([1, 2])('and any call with any words, %i CPUs: no panic', async (ncpu) => {
    const { said: lines } = await ask('random', { ncpu, seconds: 3600 });
    expect(
      lines.length,
      'not all rounds were made: a call that may end, stop or multiply its caller belongs to NOT_AT_RANDOM',
    ).toBe(ROUNDS + 2);
    expect(lines.pop()).toBe('alive 0');
    expect(
      Number(lines.pop()!.split(' ')[1]),
      'calls that were made: one that sleeps or ends its caller belongs to NOT_AT_RANDOM; one that the built kernel has not ends it, too',
    ).toBeGreaterThan(4000);
    const ends = [0, 9, 10, 11, 12, 13, 14, 24, 25].map((sig) =>
      sig === 0 ? 'status 0' : `status ${128 + sig}`,
    );
    for (const line of lines)
      expect(ends, 'how a program may end that makes any call with any words').toContain(line);
  });
});

describe('stress calls', () => {
  const text = readFileSync(new URL('../usr/usr.bin/stress/calls.ts', import.meta.url), 'utf8');
  /**
   * It has an alarm, which ends a wait4. Whoever lowers a limit of his cannot do what he is to do.
   */
  const leftOut = [...NOT_AT_RANDOM.filter((c) => c !== 'wait4'), 'setrlimit'].sort();
  const [, listed = ''] = /^let any_call: .* = \$init\(\[\n(.*?)^\]\);/ms.exec(text) ?? [];
  const chosen = [...listed.matchAll(/^ {2}do_(\w+),$/gm)].map((m) => m[1]!);

  it('has every system call of the table in its list, but those that would end the test', () => {
    const missing = CALLS.filter((c) => !leftOut.includes(c) && !chosen.includes(c));
    expect(missing, 'not in any_call of usr.bin/stress/calls.ts').toEqual([]);
    expect(chosen.filter((c) => leftOut.includes(c) || !CALLS.includes(c))).toEqual([]);
    expect(leftOut.filter((c) => !CALLS.includes(c))).toEqual([]);
  });

  it('chooses among all of its list, each once, each by its own number', () => {
    expect(new Set(chosen).size).toBe(chosen.length);
    expect(Number(/^const NCALLS = (\d+);$/m.exec(text)![1])).toBe(chosen.length);
    const made = [...text.matchAll(/^function do_(\w+)\(.*\{\n {2}return \$syscall\(SYS_(\w+)\);\n\}$/gm)];
    expect(made.map(([, name, number]) => [name, number])).toEqual(chosen.map((c) => [c, c]));
  });
});
