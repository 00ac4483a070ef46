import { describe, expect, it } from 'vitest';
import { output, program, run } from './boot.js';

const MB = 1 << 20;
const SIG = {
  HUP: 1,
  KILL: 9,
  SEGV: 11,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
  STOP: 17,
  CHLD: 20,
  USR1: 30,
  USR2: 31,
};
const ERR = {
  SRCH: -3,
  INTR: -4,
  NOENT: -2,
  TOOBIG: -7,
  NOEXEC: -8,
  CHILD: -10,
  ACCES: -13,
  FAULT: -14,
  INVAL: -22,
  PIPE: -32,
  AGAIN: -35,
  NOTDIR: -20,
};
/** Processes of the pipe test, and lines that each writes. */
const [WRITERS, LINES] = [12, 40];

const ask = program(`
const PAGE = 4096;
const BEYOND = 0xc0000000;

/** A child that sleeps. */
function sleeper(seconds: u_int): pid_t {
  const pid = fork();
  if (pid === 0) {
    sleep(seconds);
    _exit(0);
  }
  return pid;
}

/** Without SA_RESTART. */
function handle(sig: int, handler: u32): int {
  const sa = $local<sigaction_t>();
  sa.sa_handler = handler;
  sa.sa_flags = 0;
  sa.sa_mask = 0;
  return got(sigaction(sig, sa, null));
}

let caught: int = 0;
function note(sig: int): void {
  caught = caught * 100 + sig;
}

export function woken(): void {
  const want = $local<timespec>();
  const left = $local<timespec>();
  handle(SIGALRM, $addr(note));
  alarm(1);
  want.ts_sec = 10;
  want.ts_nsec = 0;
  say('nanosleep', got(nanosleep(want, left)));
  say('caught', caught);
  say('left', left.ts_sec);
}

let fatal: array<int, 4> = $init([SIGHUP, SIGKILL, SIGTERM, SIGSEGV]);
export function stopped(): void {
  const status = $var<int>();
  const begun = now();
  const pid = sleeper(3);
  sleep(1);
  say('stop', got(kill(pid, SIGSTOP)));
  say('stopped', waitpid(pid, status, WUNTRACED) === pid ? status[0] : -1);
  status[0] = 0;
  say('nothing new', waitpid(pid, status, WUNTRACED | WNOHANG));
  say('status', status[0]);
  kill(pid, SIGCONT);
  say('ended', reap(pid));
  say('seconds', (now() - begun + 500) / 1000);
  for (let i = 0; i < 4; i++) {
    const victim = sleeper(100);
    usleep(100000);
    kill(victim, fatal[i]);
    say('victim', reap(victim));
  }
  /* A stopped one can be killed, and only that. */
  const last = sleeper(100);
  kill(last, SIGSTOP);
  usleep(100000);
  kill(last, SIGTERM);
  sleep(1);
  say('still there', waitpid(last, status, WNOHANG));
  kill(last, SIGKILL);
  say('last', reap(last));
}

let none: array<int, 6> = $init([SIGKILL, SIGSTOP, 0, 32, 100, -1]);
export function blocked(): void {
  const both = $var<sigset_t>();
  const set = $var<sigset_t>();
  const self = getpid();
  handle(SIGUSR1, $addr(note));
  handle(SIGUSR2, $addr(note));
  sigemptyset(both);
  sigaddset(both, SIGUSR1);
  sigaddset(both, SIGUSR2);
  sigprocmask(SIG_BLOCK, both, null);
  kill(self, SIGUSR1);
  kill(self, SIGUSR1);
  kill(self, SIGUSR2);
  say('caught', caught);
  sigpending(set);
  say('pending', set[0] === both[0] ? 1 : 0);
  sigprocmask(SIG_UNBLOCK, both, null);
  say('caught', caught);
  for (let i = 0; i < 6; i++) say('sigaction', handle(none[i], SIG_IGN));
  say('kill 32', got(kill(self, 32)));
  say('kill nobody', got(kill(9999, 0)));
  say('kill 0', got(kill(self, 0)));
}

function outer(sig: int): void {
  note(1);
  kill(getpid(), SIGUSR2);
  note(3);
}
function inner(sig: int): void {
  note(2);
}
export function nested(): void {
  handle(SIGUSR2, $addr(inner));
  handle(SIGUSR1, $addr(outer));
  kill(getpid(), SIGUSR1);
  say('order', caught);
  caught = 0;
  const pid = fork();
  if (pid === 0) {
    kill(getpid(), SIGUSR1);
    _exit(caught === 10203 ? 0 : 1);
  }
  say('inherited', reap(pid));
  say('forgotten', spawn('/bin/sh', '-c', 'kill -USR1 $$; echo no'));
}

let area: u32 = 0;
let sum: int = 0;
function look(sig: int): void {
  for (let i = 0; i < 40; i++) if ($i32($ld32(area + $u32(i) * PAGE)) === i) sum++;
}
export function swapped(): void {
  const pids = $local<array<int, 6>>();
  for (let i = 0; i < 6; i++) {
    pids[i] = fork();
    if (pids[i] === 0) {
      area = sbrk(40 * PAGE);
      for (let n = 0; n < 40; n++) $st32(area + $u32(n) * PAGE, n);
      handle(SIGUSR1, $addr(look));
      sleep(1000);
      _exit(sum);
    }
  }
  sleep(12);
  say('pressure', spawn('/bin/sh', '-c', 'memcheck 24m > /dev/null'));
  for (let i = 0; i < 6; i++) {
    kill(pids[i], SIGUSR1);
    say('pages', reap(pids[i]));
  }
}

export function writers(): void {
  const fds = $local<array<int, 2>>();
  const text = $local<array<u8, 5000>>();
  pipe(fds);
  for (let w = 0; w < ${WRITERS}; w++) {
    if (fork() === 0) {
      close(fds[0]);
      memset($addr(text), $ch('A') + w, 99);
      text[99] = $ch('\\n');
      for (let i = 0; i < ${LINES}; i++) write(fds[1], $addr(text), 100);
      _exit(0);
    }
  }
  close(fds[1]);
  for (;;) {
    const n = read(fds[0], $addr(text), 5000);
    if (n <= 0) break;
    write(1, $addr(text), $u32(n));
  }
  while (wait(null) > 0);
}

export function broken(): void {
  const fds = $local<array<int, 2>>();
  pipe(fds);
  close(fds[0]);
  signal(SIGPIPE, SIG_IGN);
  say('write', got(write(fds[1], $addr(fds), 4)));
  signal(SIGPIPE, SIG_DFL);
  const pid = fork();
  if (pid === 0) {
    write(fds[1], $addr(fds), 4);
    _exit(0);
  }
  say('writer', reap(pid));
}

export function bomb(): void {
  const limit = $local<rlimit>();
  const pids = $local<array<int, 100>>();
  limit.rlim_cur = 30;
  limit.rlim_max = 30;
  setrlimit(RLIMIT_NPROC, limit);
  let n = 0;
  for (; n < 100; n++) {
    const pid = got(sleeper(100));
    if (pid < 0) {
      say('fork', pid);
      break;
    }
    pids[n] = pid;
  }
  for (let i = 0; i < n; i++) kill(pids[i], SIGKILL);
  let killed = 0;
  for (let i = 0; i < n; i++) if (reap(pids[i]) === 128 + SIGKILL) killed++;
  say('not killed', n - killed);
  say('wait', got(wait(null)));
}

function cell(i: int): u32 {
  return area + $u32(i) * PAGE;
}
function generation(depth: int): int {
  for (let i = depth; i < 8; i++) if ($i32($ld32(cell(i))) !== 100 + i) return 1;
  for (let i = 0; i <= depth; i++) $st32(cell(i), 200 + depth);
  if (depth < 6) {
    const pid = fork();
    if (pid === 0) _exit(generation(depth + 1));
    const below = reap(pid);
    if (below !== 0) return below;
  }
  for (let i = 0; i <= depth; i++) if ($i32($ld32(cell(i))) !== 200 + depth) return 2;
  return 0;
}
export function family(): void {
  area = sbrk(8 * PAGE);
  for (let i = 0; i < 8; i++) $st32(cell(i), 100 + i);
  const pid = fork();
  if (pid === 0) _exit(generation(0));
  say('family', reap(pid));
  let bad = 0;
  for (let i = 0; i < 8; i++) if ($i32($ld32(cell(i))) !== 100 + i) bad++;
  say('wrong', bad);
}

export function borrowed(): void {
  const word = $var<int>();
  word[0] = 1;
  let local = 5;
  const begun = now();
  const pid = vfork();
  if (pid === 0) {
    sleep(2);
    word[0] = 42;
    execl('/bin/sleep', 'sleep', '3', null);
    _exit(1);
  }
  local += 2;
  say('seconds', (now() - begun + 500) / 1000);
  say('word', word[0]);
  say('local', local);
  say('child', reap(pid));
  const exits = vfork();
  if (exits === 0) {
    word[0] = 43;
    _exit(7);
  }
  say('child', reap(exits));
  say('word', word[0]);
}

export function waits(): void {
  const status = $var<int>();
  say('no child', got(wait(null)));
  const a = sleeper(1);
  const b = sleeper(2);
  say('none yet', got(waitpid(-1, status, WNOHANG)));
  say('b', waitpid(b, status, 0) === b ? 1 : 0);
  say('b again', got(waitpid(b, status, 0)));
  say('options', got(waitpid(-1, status, 0xff00)));
  say('a', wait(status) === a ? 1 : 0);
  /* A bad place for the status loses nothing: the child is still there to wait for. */
  const d = sleeper(0);
  say('nowhere to tell it', got(wait4(d, $cast<ptr<int>>(BEYOND), 0, null)));
  say('still there', reap(d));
  /* Orphans go to init. */
  const pid = fork();
  if (pid === 0) {
    sleeper(1);
    _exit(0);
  }
  say('orphan', reap(pid));
}

/** A file of some bytes, n times. */
function make(path: str, bytes: u32, length: int, n: int): void {
  const fd = open(path, O_CREAT | O_WRONLY, 0x1ed);
  for (let i = 0; i < n; i++) write(fd, bytes, $u32(length));
  close(fd);
}
let nothings: array<str, 11> = $init([
  '/nosuch', '/etc/motd', '/tmp', '/bin', '/etc/motd/x', '', '/dev/zero', '/tmp/garbage', '/tmp/empty', '/tmp/short', '/tmp/self',
]);
export function nothing(): void {
  const argv = $local<array<str, 2>>();
  argv[0] = 'x';
  argv[1] = null;
  make('/tmp/garbage', $addr('\\x7fELF garbage'), 12, 400);
  make('/tmp/empty', 0, 0, 0);
  make('/tmp/short', $addr('\\xcc'), 1, 1);
  make('/tmp/self', $addr('#!/tmp/self\\n'), 12, 1);
  for (let i = 0; i < 11; i++) say(nothings[i], got(execve(nothings[i], argv, null)));
}

let headers: array<u32, 72> = $init([
  0x008600cc, 0x7fffffff, 4096, 0, 0, 0x1080, 0, 0, 0,
  0x008600cc, 16384, 0x7ffff000, 0, 0, 0x1080, 0, 0, 0,
  0x008600cc, 16384, 4096, 0xf0000000, 0, 0x1080, 0, 0, 0,
  0x008600cc, 16384, 4096, 65536, 0, 0xc0100000, 0, 0, 0,
  0x008600cc, 0, 0, 0, 0, 0, 0, 0, 0,
  0x008600cc, 16385, 4097, 1, 0xffffffff, 0x1080, 0xffffffff, 0xffffffff, 0,
  0x00860107, 16384, 4096, 65536, 0, 0x1080, 0, 0, 0,
  0x008600cc, 0xfffff000, 0xfffff000, 0xfffff000, 0, 0x1080, 0, 0, 0,
]);
let image: array<u32, 1008>;
export function liars(): void {
  const path = $local<array<u8, 16>>();
  const argv = $local<array<str, 2>>();
  argv[0] = 'x';
  argv[1] = null;
  for (let i = 0; i < 8; i++) {
    snprintf(path, 16, '/tmp/h%d', i);
    for (let n = 0; n < 1008; n++) image[n] = n < 8 ? headers[i * 9 + n] : 0x90909090;
    make(path, $addr(image), 4032, 5);
    const pid = fork();
    if (pid === 0) {
      execve(path, argv, null);
      _exit(errno);
    }
    say('status', reap(pid));
  }
}

export function arguments_(): void {
  const argv = $local<array<str, 110>>();
  const long = $cast<str>(malloc(30001));
  memset($addr(long), $ch('a'), 30000);
  long[30000] = 0;
  for (let i = 0; i < 3; i++) argv[i] = long;
  argv[3] = null;
  say('too long', got(execve('/bin/true', argv, null)));
  say('arguments nowhere', got(execve('/bin/true', $cast<ptr<str>>(BEYOND), null)));
  say('environment nowhere', got(execve('/bin/true', null, $cast<ptr<str>>(BEYOND))));
  argv[0] = $cast<str>(1);
  argv[1] = null;
  say('argument nowhere', got(execve('/bin/true', argv, null)));
  argv[0] = 'sh';
  argv[1] = '-c';
  argv[2] = '[ $# = 100 ] && [ "$1/$2" = "argument 0/argument 1" ] && [ "\${100}" = "argument 99" ]';
  argv[3] = 'sh';
  for (let i = 0; i < 100; i++) {
    argv[4 + i] = $cast<str>(malloc(16));
    snprintf(argv[4 + i], 16, 'argument %d', i);
  }
  argv[104] = null;
  const pid = fork();
  if (pid === 0) {
    execve('/bin/sh', argv, null);
    _exit(99);
  }
  say('sh', reap(pid));
}
`);

describe('signals', () => {
  it('wake a sleeper: the call gives EINTR, what was left is told, the handler has run', async () => {
    const { said } = await ask('woken');
    expect(said.slice(0, 2)).toEqual([`nanosleep ${ERR.INTR}`, `caught ${SIG.ALRM}`]);
    expect(['left 8', 'left 9']).toContain(said[2]);
  });

  it('kill, stop and continue others; a stopped sleeper sleeps its time out', async () => {
    expect((await ask('stopped')).said).toEqual([
      'stop 0',
      `stopped ${(SIG.STOP << 8) | 0x7f}`,
      'nothing new 0',
      'status 0',
      'ended 0',
      'seconds 3',
      ...[SIG.HUP, SIG.KILL, SIG.TERM, SIG.SEGV].map((sig) => `victim ${128 + sig}`),
      'still there 0',
      `last ${128 + SIG.KILL}`,
    ]);
  });

  it('can be blocked, are pending then, and come when they are let in; SIGKILL and SIGSTOP cannot', async () => {
    const { said } = await ask('blocked');
    // In whatever order, each of the two once.
    expect([3031, 3130].map((n) => `caught ${n}`)).toContain(said.splice(2, 1)[0]);
    expect(said).toEqual([
      'caught 0',
      'pending 1',
      ...new Array(6).fill(`sigaction ${ERR.INVAL}`),
      `kill 32 ${ERR.INVAL}`,
      `kill nobody ${ERR.SRCH}`,
      'kill 0 0',
    ]);
  });

  it('nest, survive a fork, and are forgotten by exec', async () => {
    expect((await ask('nested')).said).toEqual(['order 10203', 'inherited 0', `forgotten ${128 + SIG.USR1}`]);
  });

  it('reach a process that is swapped out', async () => {
    expect((await ask('swapped', { ramBytes: 12 * MB })).said).toEqual([
      'pressure 0',
      ...new Array(6).fill('pages 40'),
    ]);
  });
});

describe('pipes', () => {
  it('with many writers: nothing is lost, and no small write is torn', async () => {
    const { said } = await ask('writers');
    const counts = new Map<string, number>();
    for (const line of said) {
      expect(line).toMatch(/^(.)\1{98}$/);
      counts.set(line[0]!, (counts.get(line[0]!) ?? 0) + 1);
    }
    expect([...counts.values()]).toEqual(new Array(WRITERS).fill(LINES));
  });

  it('end: a reader gets 0 when the last writer has gone, a writer SIGPIPE or EPIPE when the last reader has', async () => {
    expect((await ask('broken')).said).toEqual([`write ${ERR.PIPE}`, `writer ${128 + SIG.PIPE}`]);
    expect(await output('yes | head -1; yes | true; echo $?; cat /dev/null | wc -c')).toBe(
      'y\n0\n       0\n',
    );
  });

  it('hold through a chain, with more than fits into any of them', async () => {
    expect(await output('dd if=/dev/zero bs=64k count=32 2>/dev/null | cat | cat | cat | wc -c')).toBe(
      ' 2097152\n',
    );
  });
});

describe('fork', () => {
  it('up to the limit and no further; the system survives a bomb', async () => {
    const { said } = await ask('bomb', { ramBytes: 16 * MB });
    // The super-user has only the system's limit in BSD; the process's own limit counts for others.
    if (said[0]!.startsWith('fork ')) expect(said.shift()).toBe(`fork ${ERR.AGAIN}`);
    expect(said).toEqual(['not killed 0', `wait ${ERR.CHILD}`]);
  });

  it.each([
    16, 64,
  ])('until there are no processes left (%i MB): EAGAIN, and all is well when they have gone', async (mb) => {
    const r = await run(
      'n=`sysctl -n kern.maxproc`; sleepers $n 1; sleep 1; kill -9 -1; sleep 5; ps ax | wc -l',
      { ramBytes: mb * MB, seconds: 3600 },
    );
    expect([r.why, /panic|Fatal/.test(r.console)]).toEqual(['halt', false]);
    expect(r.output).toMatch(/sleepers: fork: Resource temporarily unavailable\n +\d\d\n$/);
  });

  it('copies on write: neither sees what the other does, however deep the family', async () => {
    expect((await ask('family')).said).toEqual(['family 0', 'wrong 0']);
  });

  it('vfork: the parent waits, and sees what the child did to its memory', async () => {
    expect((await ask('borrowed')).said).toEqual([
      'seconds 2',
      'word 42',
      'local 7',
      'child 0',
      'child 7',
      'word 43',
    ]);
  });

  it('wait4: whom it waits for, and what it refuses', async () => {
    expect((await ask('waits')).said).toEqual([
      `no child ${ERR.CHILD}`,
      'none yet 0',
      'b 1',
      `b again ${ERR.CHILD}`,
      `options ${ERR.INVAL}`,
      'a 1',
      `nowhere to tell it ${ERR.FAULT}`,
      'still there 0',
      'orphan 0',
    ]);
  });
});

describe('exec', () => {
  it('of what is no program', async () => {
    const wanted: [string, number][] = [
      ['/nosuch', ERR.NOENT],
      ['/etc/motd', ERR.ACCES],
      ['/tmp', ERR.ACCES],
      ['/bin', ERR.ACCES],
      ['/etc/motd/x', ERR.NOTDIR],
      ['', ERR.NOENT],
      ['/dev/zero', ERR.ACCES],
      ['/tmp/garbage', ERR.NOEXEC],
      ['/tmp/empty', ERR.NOEXEC],
      ['/tmp/short', ERR.NOEXEC],
      ['/tmp/self', ERR.NOEXEC],
    ];
    expect((await ask('nothing')).said).toEqual(wanted.map(([path, error]) => `${path} ${error}`));
  });

  it('of an a.out whose header lies: refused or killed, never a panic', async () => {
    const { said } = await ask('liars');
    expect(said.length).toBe(8);
    for (const line of said) {
      const status = Number(line.split(' ')[1]);
      expect([line, [8, 12, 14, 22, 27].includes(status) || status > 128]).toEqual([line, true]);
    }
  });

  it('too many arguments: E2BIG; as many as fit arrive whole', async () => {
    expect((await ask('arguments_')).said).toEqual([
      `too long ${ERR.TOOBIG}`,
      `arguments nowhere ${ERR.FAULT}`,
      `environment nowhere ${ERR.FAULT}`,
      `argument nowhere ${ERR.FAULT}`,
      'sh 0',
    ]);
  });

  it('closes what is marked, keeps the rest, the directory and what is ignored', async () => {
    const text = await output(
      `cd /tmp; exec 5>/tmp/five; trap '' TERM; sh -c 'echo five >&5; pwd; kill $$; echo survived'; cat /tmp/five`,
    );
    expect(text).toBe('/tmp\nsurvived\nfive\n');
  });
});
