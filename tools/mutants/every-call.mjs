/**
 * A program that makes each system call, so that it ends well and so that it does not, and then has itself
 * woken in every way in which a process can be, from another one. It says how many whole ticks of the clock
 * each waking took, from just before what another process does, to when the woken one runs: none.
 */
export const EVERY_CALL = String.raw`
let handled: int = 0;
/** Shared by parent and child: when the event was, and a second one. */
let when: ptr<int> = null;
let bytes: u32 = 0;

function say(what: str, n: int): void {
  printf('= %s %d\n', what, n);
}
function now(): int {
  const tv = $local<timeval>();
  gettimeofday(tv, 0);
  return (tv.tv_sec % 1000) * 1000000 + tv.tv_usec;
}
function nap(ms: int): void {
  usleep($u32(1000 * ms));
}
/** How long ago an event was, ticks of 10 ms. */
function since(what: str, event: int): void {
  say(what, (now() - when[event]) / 10000);
}
function on_signal(sig: int): void {
  handled++;
}
function handle(sig: int, flags: int): void {
  const act = $local<sigaction_t>();
  bzero($addr(act), $sizeof<sigaction_t>());
  act.sa_handler = $addr(on_signal);
  act.sa_flags = flags;
  sigaction(sig, act, null);
}
function reap(pid: pid_t, options: int): void {
  const status = $var<int>();
  waitpid(pid, status, options);
}
function exec(path: str, word: str): void {
  const args = $local<array<str, 3>>();
  args[0] = path;
  args[1] = word;
  args[2] = null;
  execve(path, args, environ);
}

function files(): void {
  const st = $local<struct_stat>();
  const iov = $local<array<embed<iovec>, 1>>();
  const base = $var<int>();
  const fd = open('/tmp/every', O_CREAT | O_RDWR, 0o644);
  open('/nonexistent/x', O_RDWR, 0);
  iov[0].iov_base = bytes;
  iov[0].iov_len = 10;
  write(fd, bytes, 100);
  write(77, bytes, 1);
  writev(fd, iov[0], 1);
  writev(77, iov[0], 1);
  lseek(fd, $i64(0), SEEK_SET);
  lseek(77, $i64(0), SEEK_SET);
  read(fd, bytes, 100);
  read(fd, 16, 10);
  lseek(fd, $i64(0), SEEK_SET);
  readv(fd, iov[0], 1);
  readv(77, iov[0], 1);
  fstat(fd, st);
  fstat(77, st);
  fcntl(fd, F_GETFL, 0);
  fcntl(fd, F_SETFL, O_RDWR);
  fcntl(77, F_GETFL, 0);
  ioctl(1, TIOCGPGRP, bytes);
  ioctl(fd, TIOCGPGRP, bytes);
  ftruncate(fd, $i64(10));
  ftruncate(77, $i64(10));
  truncate('/tmp/every', $i64(5));
  truncate('/nonexistent', $i64(5));
  truncate('/bin/every', $i64(5));
  fsync(fd);
  fsync(77);
  close(dup(fd));
  dup(77);
  dup2(fd, 20);
  dup2(77, 20);
  close(20);
  close(77);
  stat('/tmp/every', st);
  stat('/nonexistent', st);
  lstat('/tmp/every', st);
  lstat('/nonexistent', st);
  access('/tmp/every', R_OK);
  access('/nonexistent', R_OK);
  chmod('/tmp/every', 0o600);
  chmod('/nonexistent', 0o600);
  mkdir('/tmp/everydir', 0o755);
  mkdir('/tmp/everydir', 0o755);
  const dir = open('/tmp', O_RDONLY, 0);
  getdirentries(dir, bytes, 512, base);
  getdirentries(77, bytes, 512, base);
  fchdir(dir);
  fchdir(77);
  chdir('/');
  chdir('/nonexistent');
  rename('/tmp/every', '/tmp/everyone');
  rename('/nonexistent', '/tmp/x');
  rmdir('/tmp/everydir');
  rmdir('/tmp/everydir');
  unlink('/tmp/everyone');
  unlink('/tmp/everyone');
  mknod('/tmp/null', 0o20666, 0x202);
  mknod('/tmp/null', 0o20666, 0x202);
  unlink('/tmp/null');
  umask(0o22);
  sync();
  close(dir);
  close(fd);
}

function memory(): void {
  const at = $u32(mmap(0, 4 * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE, -1, 0));
  mmap(0, PAGE_SIZE, PROT_READ, MAP_PRIVATE, 77, 0);
  $st32(at, 1);
  mprotect(at, PAGE_SIZE, PROT_READ);
  mprotect(at + 0x1000, 0xfffff000, PROT_READ);
  madvise(at, PAGE_SIZE, MADV_WILLNEED);
  madvise(at, PAGE_SIZE, 999);
  mincore(at, PAGE_SIZE, $cast<str>(bytes));
  mincore(at, PAGE_SIZE, $cast<str>(16));
  minherit(at, PAGE_SIZE, 0);
  minherit(at, PAGE_SIZE, 77);
  mlock(at, PAGE_SIZE);
  mlock(0xbfff0000, 0x7ff00000);
  munlock(at, PAGE_SIZE);
  munlock(0xbfff0000, 0x7ff00000);
  msync(at, PAGE_SIZE, MS_SYNC);
  msync(at, PAGE_SIZE, MS_ASYNC | MS_INVALIDATE);
  msync(at + 1, PAGE_SIZE, 0x7f);
  munmap(at, 4 * PAGE_SIZE);
  munmap(at + 1, 0x7fffffff);
  sbrk(0);
}

function self(): void {
  const it = $local<itimerval>();
  const rl = $local<rlimit>();
  const ru = $local<rusage>();
  const ts = $local<timespec>();
  const set = $var<sigset_t>();
  const size = $var<u32>();
  getpid();
  getppid();
  getuid();
  getgid();
  getpgrp();
  issetugid();
  getdtablesize();
  sched_yield();
  getpgid(1);
  getpgid(9999);
  getsid(1);
  getsid(9999);
  getpriority(PRIO_PROCESS, 0);
  getpriority(77, 0);
  getpriority(PRIO_PROCESS, 9999);
  setpriority(PRIO_PROCESS, 0, 0);
  setpriority(PRIO_PROCESS, 9999, 0);
  getrlimit(RLIMIT_NOFILE, rl);
  setrlimit(RLIMIT_NOFILE, rl);
  getrlimit(77, rl);
  setrlimit(77, rl);
  getrusage(RUSAGE_SELF, ru);
  getrusage(77, ru);
  clock_gettime(0, ts);
  clock_gettime(77, ts);
  gettimeofday($cast<timeval>(16), 0);
  bzero($addr(it), $sizeof<itimerval>());
  setitimer(ITIMER_REAL, it, null);
  setitimer(77, it, null);
  getitimer(ITIMER_REAL, it);
  getitimer(77, it);
  sigpending(set);
  sigpending($cast<ptr<sigset_t>>(16));
  sigemptyset(set);
  sigprocmask(SIG_SETMASK, set, null);
  sigprocmask(77, set, null);
  sigaction(77, null, null);
  sigaltstack(0, bytes);
  sigaltstack(16, 0);
  size[0] = 4;
  sysctlbyname('kern.nothing', bytes, size, 0, 0);
  sysctlbyname('kern.maxproc', bytes, size, 0, 0);
  ts.ts_sec = 0;
  ts.ts_nsec = 1000000;
  nanosleep(ts, null);
  ts.ts_nsec = -1;
  nanosleep(ts, null);
  kill(getpid(), 0);
  kill(9999, SIGTERM);
  swapon('/nonexistent');
  exec('/nonexistent', null);
  reap(9999, 0);
  kill(getpid(), 99);
  setuid(0);
}

/** Groups of others: of a child, of one that has executed a program, of none, of a leader, and the group. */
function groups(): void {
  const kid = fork();
  if (kid === 0) for (;;) sleep(100);
  setpgid(kid, 0);
  setpgid(kid, kid);
  setpgid(kid, 9999);
  setpgid(kid, -1);
  setpgid(9999, 0);
  setpgid(1, 0);
  const other = fork();
  if (other === 0) {
    setpgid(0, 0);
    setpgid(getppid(), 0);
    for (;;) sleep(100);
  }
  nap(20);
  setpgid(other, kid);
  setpriority(PRIO_PROCESS, kid, 1);
  getpriority(PRIO_PROCESS, kid);
  setpriority(PRIO_PGRP, kid, 1);
  setpriority(PRIO_USER, 0, 0);
  getpriority(PRIO_USER, 0);
  getpgid(kid);
  getsid(kid);
  kill(-kid, SIGCONT);
  kill(-9999, SIGCONT);
  kill(kid, SIGKILL);
  kill(other, SIGKILL);
  reap(kid, 0);
  reap(other, 0);
  const plain = fork();
  if (plain === 0) {
    setuid(100);
    setuid(0);
    kill(1, SIGTERM);
    swapon('/dev/ad0s1b');
    reboot(0);
    setpriority(PRIO_PROCESS, 0, -5);
    setsid();
    setsid();
    mlock(0x54000000, 4096);
    _exit(0);
  }
  reap(plain, 0);
  const dead = fork();
  if (dead === 0) _exit(0);
  nap(30);
  kill(dead, SIGTERM);
  reap(dead, 0);
  const runs = fork();
  if (runs === 0) {
    exec('/bin/sleep', '1');
    _exit(1);
  }
  nap(30);
  setpgid(runs, 0);
  kill(runs, SIGKILL);
  reap(runs, 0);
}

/** Handlers that run, once only, and those of a process that executes a program. */
function handlers(): void {
  const set = $var<sigset_t>();
  handle(SIGUSR1, SA_RESETHAND);
  kill(getpid(), SIGUSR1);
  handle(SIGUSR2, SA_NODEFER);
  kill(getpid(), SIGUSR2);
  sigemptyset(set);
  sigaddset(set, SIGUSR2);
  sigprocmask(SIG_BLOCK, set, null);
  kill(getpid(), SIGUSR2);
  sigprocmask(SIG_UNBLOCK, set, null);
  const kid = fork();
  if (kid === 0) {
    handle(SIGSEGV, SA_RESETHAND);
    sigprocmask(SIG_BLOCK, set, null);
    kill(getpid(), SIGUSR2);
    signal(SIGHUP, SIG_IGN);
    $st32(16, 1);
    _exit(1);
  }
  reap(kid, 0);
  const other = fork();
  if (other === 0) {
    sigprocmask(SIG_BLOCK, set, null);
    kill(getpid(), SIGUSR2);
    signal(SIGUSR2, SIG_IGN);
    exec('/bin/true', null);
    _exit(1);
  }
  reap(other, 0);
  /* A fault that is blocked; and what is ignored unless it is caught. */
  const faulter = fork();
  if (faulter === 0) {
    sigaddset(set, SIGSEGV);
    sigprocmask(SIG_BLOCK, set, null);
    $st32(16, 1);
    _exit(1);
  }
  reap(faulter, 0);
  const ignorer = fork();
  if (ignorer === 0) {
    handle(SIGCHLD, SA_RESETHAND);
    kill(getpid(), SIGCHLD);
    handle(SIGCHLD, 0);
    exec('/bin/true', null);
    _exit(1);
  }
  reap(ignorer, 0);
  const bad = fork();
  if (bad === 0) {
    sigreturn(16);
    _exit(0);
  }
  reap(bad, 0);
  say('handled', handled);
}

/** Pipes: to a reader that waits, to a writer that waits, and their ends. */
function pipes(): void {
  const to = $local<array<int, 2>>();
  const from = $local<array<int, 2>>();
  pipe($ref(to[0]));
  pipe($ref(from[0]));
  let kid = fork();
  if (kid === 0) {
    close(to[1]);
    read(to[0], bytes, 1);
    since('a line for a reader', 0);
    nap(30);
    when[0] = now();
    write(from[1], bytes, 1);
    $work(30000000);
    read(to[0], bytes, 1);
    since('the end for a reader', 0);
    _exit(0);
  }
  close(to[0]);
  nap(30);
  when[0] = now();
  write(to[1], bytes, 1);
  read(from[0], bytes, 1);
  since('a line from one that goes on', 0);
  nap(60);
  when[0] = now();
  close(to[1]);
  reap(kid, 0);

  pipe($ref(to[0]));
  kid = fork();
  if (kid === 0) {
    close(to[0]);
    signal(SIGPIPE, SIG_IGN);
    write(to[1], bytes, 20000);
    since('room for a writer', 0);
    while (write(to[1], bytes, 4096) > 0);
    since('the end for a writer', 1);
    _exit(0);
  }
  close(to[1]);
  nap(30);
  when[0] = now();
  read(to[0], bytes, 16384);
  nap(30);
  when[1] = now();
  close(to[0]);
  reap(kid, 0);
  close(from[0]);
  close(from[1]);
}

/** There and back again: how long for fifty times. */
function rounds(): void {
  const to = $local<array<int, 2>>();
  const from = $local<array<int, 2>>();
  pipe($ref(to[0]));
  pipe($ref(from[0]));
  const kid = fork();
  if (kid === 0) {
    for (let i = 0; i < 50; i++) {
      read(to[0], bytes, 1);
      write(from[1], bytes, 1);
    }
    _exit(0);
  }
  nap(20);
  when[0] = now();
  for (let i = 0; i < 50; i++) {
    write(to[1], bytes, 1);
    read(from[0], bytes, 1);
  }
  since('fifty rounds', 0);
  reap(kid, 0);
}

function ends(): void {
  let kid = fork();
  if (kid === 0) {
    nap(30);
    when[0] = now();
    _exit(3);
  }
  reap(kid, 0);
  since('the end of a child', 0);
  kid = fork();
  if (kid === 0) {
    nap(30);
    when[0] = now();
    kill(getpid(), SIGSTOP);
    since('going on', 0);
    _exit(3);
  }
  reap(kid, WUNTRACED);
  since('the stop of a child', 0);
  nap(30);
  when[0] = now();
  kill(kid, SIGCONT);
  reap(kid, 0);
  kid = vfork();
  if (kid === 0) {
    nap(30);
    when[0] = now();
    /* It does not end soon: that would wake the parent, too. */
    exec('/bin/sleep', '1');
    _exit(1);
  }
  since('an exec after vfork', 0);
  reap(kid, 0);
  kid = vfork();
  if (kid === 0) {
    nap(30);
    when[0] = now();
    _exit(1);
  }
  since('an end after vfork', 0);
  reap(kid, 0);
}

function signals(): void {
  const none = $var<sigset_t>();
  const ts = $local<timespec>();
  sigemptyset(none);
  handle(SIGUSR1, 0);
  for (let i = 0; i < 3; i++) {
    const me = getpid();
    const to = $local<array<int, 2>>();
    pipe($ref(to[0]));
    const kid = fork();
    if (kid === 0) {
      nap(30);
      when[0] = now();
      kill(me, SIGUSR1);
      nap(1000);
      _exit(0);
    }
    if (i === 0) {
      sigsuspend(none);
      since('a signal for one that waits for it', 0);
    } else if (i === 1) {
      ts.ts_sec = 1;
      ts.ts_nsec = 0;
      nanosleep(ts, null);
      since('a signal for one that sleeps', 0);
    } else {
      read(to[0], bytes, 1);
      since('a signal for a reader', 0);
    }
    kill(kid, SIGKILL);
    reap(kid, 0);
    close(to[0]);
    close(to[1]);
  }
}

export function main(): int {
  bytes = $u32(mmap(0, 8 * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE, -1, 0));
  when = $cast<ptr<int>>(mmap(0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANON | MAP_SHARED, -1, 0));
  files();
  memory();
  self();
  groups();
  handlers();
  pipes();
  rounds();
  ends();
  signals();
  say('through', 1);
  return 0;
}
`;
