/**
 * fuzzrun file: executes what `file` lists, one after another, each in a process without privileges (or
 * with), with the standard input, the file ./f and the arguments that the list has for it; ends what is left
 * of it when its time is over; and says how each ended: `@number status`, or `@number late`.
 *
 * The list: for each, words of 32 bits (user id, milliseconds, number of arguments, bytes of arguments, of
 * standard input, of the file, the file's mode, closed descriptors as bits), then the arguments, each ended
 * by a zero, the input and the file, each filled up to a multiple of four. A user id of 2^32 - 1 ends it.
 */

const HEAD = 32;
const TICK_US = 20000;
const END = 0xffffffff;

function caught(sig: int): void {}

/** The bytes of a file. */
function whole(path: str): u32 {
  const sb = $local<struct_stat>();
  const fd = open(path, O_RDONLY);
  if (fd < 0 || fstat(fd, sb) < 0) err(1, '%s', path);
  const at = mmap(0, $u32(sb.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
  if (at === MAP_FAILED) err(1, 'mmap');
  close(fd);
  return at;
}

function write_file(path: str, at: u32, size: u32, mode: int): void {
  unlink(path);
  let fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, mode);
  if (fd < 0) {
    /* The one before has taken the directory away, or put another in the file's place. */
    clean();
    fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, mode);
  }
  if (fd < 0) err(1, '%s', path);
  if (size > 0 && write(fd, at, size) !== $i32(size)) err(1, '%s: write', path);
  close(fd);
}

function up(n: u32): u32 {
  return (n + 3) & ~3;
}

/** Waits for a child until it ends or `ms` are over: its status, or -1. */
function wait_until(pid: pid_t, ms: u32): int {
  const status = $var<int>();
  let left: int = $i32(ms) * 1000;
  for (;;) {
    if (wait4(pid, status, 0, null) === pid) return status[0];
    if (errno !== EINTR) err(1, 'wait4');
    left -= TICK_US;
    if (left <= 0) return -1;
  }
}

/** Ends every process but ours and init; waits for the child, unless it has been waited for. */
function kill_all(pid: pid_t): void {
  kill(-1, SIGKILL);
  if (pid > 0) while (wait4(pid, null, 0, null) < 0 && errno === EINTR);
}

/** The child's part: becomes the program. */
function become(at: u32, argv: ptr<str>): never {
  const closed = $ld32(at + 28);
  for (let fd = 0; fd < 3; fd++) {
    close(fd);
    if (fd === 0) open('/etc/in', O_RDONLY);
    else if (fd === 1) open('/etc/out', O_CREAT | O_TRUNC | O_WRONLY | O_APPEND, 0o666);
    else dup2(1, 2);
  }
  for (let fd = 0; fd < 3; fd++) if ((closed & (1 << fd)) !== 0) close(fd);
  const limit = $local<rlimit>();
  limit.rlim_cur = $i64(40);
  limit.rlim_max = $i64(40);
  setrlimit(RLIMIT_NPROC, limit);
  limit.rlim_cur = $i64(262144);
  limit.rlim_max = $i64(262144);
  setrlimit(RLIMIT_FSIZE, limit);
  limit.rlim_cur = $i64(4194304);
  limit.rlim_max = $i64(4194304);
  setrlimit(RLIMIT_DATA, limit);
  chdir('/tmp/w');
  setpgid(0, 0);
  if ($ld32(at) !== 0) setuid($ld32(at));
  if (argv[0][0] === $ch('.')) execv(argv[0], argv);
  else execvp(argv[0], argv);
  _exit(120 + (errno === ENOEXEC ? 1 : errno === ENOENT ? 2 : errno === ENOMEM ? 3 : 0));
}

/** Runs a program to its end: its status, or 128 + signal, -1 if it was too late. */
function run_one(path: str, argv: ptr<str>): int {
  const pid = fork();
  if (pid < 0) err(1, 'fork');
  if (pid === 0) {
    execv(path, argv);
    _exit(127);
  }
  const how = wait_until(pid, 20000);
  if (how < 0) kill_all(pid);
  return how;
}

/** An empty directory for the next. */
function clean(): void {
  const argv = $local<array<str, 4>>();
  argv[0] = 'rm';
  argv[1] = '-rf';
  argv[2] = '/tmp/w';
  argv[3] = null;
  if (run_one('/bin/rm', argv) !== 0) printf('@ rm failed\n');
  mkdir('/tmp/w', 0o777);
  chmod('/tmp/w', 0o777);
}

/** Does the shell still answer? */
function ask(): void {
  const argv = $local<array<str, 4>>();
  argv[0] = 'sh';
  argv[1] = '-c';
  argv[2] = 'echo; echo @ alive';
  argv[3] = null;
  fflush(stdout);
  run_one('/bin/sh', argv);
}

export function main(argc: int, argv: ptr<str>): int {
  const it = $local<itimerval>();
  const sa = $local<sigaction_t>();
  const vector = $cast<ptr<str>>(malloc(4 * 258));
  let at = whole(argv[1]);
  sa.sa_handler = $addr(caught);
  sa.sa_flags = 0;
  sigemptyset($ref(sa.sa_mask));
  sigaction(SIGALRM, sa, null);
  it.it_value.tv_sec = 0;
  it.it_value.tv_usec = TICK_US;
  it.it_interval.tv_sec = 0;
  it.it_interval.tv_usec = TICK_US;
  setitimer(ITIMER_REAL, it, null);
  umask(0);
  for (let number = 0; $ld32(at) !== END; number++) {
    if (number % 16 === 0) clean();
    const nargs = $i32($ld32(at + 8));
    const args = at + HEAD;
    const input = args + up($ld32(at + 12));
    const file = input + up($ld32(at + 16));
    let p = args;
    for (let i = 0; i < nargs; i++) {
      vector[i] = $cast<str>(p);
      p += strlen(vector[i]) + 1;
    }
    vector[nargs] = null;
    write_file('/etc/in', input, $ld32(at + 16), 0o644);
    write_file('/tmp/w/f', file, $ld32(at + 20), $i32($ld32(at + 24)));
    fflush(stdout);
    const pid = fork();
    if (pid < 0) err(1, 'fork');
    if (pid === 0) become(at, vector);
    const how = wait_until(pid, $ld32(at + 4));
    kill_all(how < 0 ? pid : 0);
    if (how < 0) printf('\n@%d late\n', number);
    else printf('\n@%d %d\n', number, how);
    if (number % 16 === 15) ask();
    at = file + up($ld32(at + 20));
  }
  clean();
  ask();
  /* init collects those that had no parent left. */
  kill(-1, SIGKILL);
  sleep(1);
  unlink('/etc/in');
  unlink('/etc/out');
  rmdir('/tmp/w');
  return 0;
}
