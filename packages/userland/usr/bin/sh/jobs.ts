/** Jobs (jobs.c): the processes that the shell has started and not yet seen to their end. */
import { EINTR } from '../../../../kernel/src/sys/errno.h.js';
import { O_RDONLY } from '../../../../kernel/src/sys/fcntl.h.js';
import type { rusage } from '../../../../kernel/src/sys/resource.h.js';
import { SIGCONT, SIGINT, SIGPIPE, SIGQUIT } from '../../../../kernel/src/sys/signal.h.js';
import type { pid_t } from '../../../../kernel/src/sys/types.h.js';
import { WEXITSTATUS, WNOHANG, WTERMSIG, WUNTRACED } from '../../../../kernel/src/sys/wait.h.js';
import { WCOREDUMP, WIFEXITED, WIFSTOPPED, WSTOPSIG } from '../../include/sys/wait.h.js';
import { strsignal } from '../../lib/libc/gen/siglist.js';
import { isatty, tcsetpgrp } from '../../lib/libc/gen/termios.js';
import { wait3 } from '../../lib/libc/gen/wait.js';
import { snprintf } from '../../lib/libc/stdio/printf.js';
import { atoi } from '../../lib/libc/stdlib/strtol.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { strerror } from '../../lib/libc/string/strerror.js';
import { strlcpy } from '../../lib/libc/string/strlcpy.js';
import { close, fork, getpid, kill, open, setpgid } from '../../lib/libc/sys/syscalls.js';
import { sh_warnx } from './error.js';
import { funcnest } from './eval.js';
import { curfile } from './input.js';
import { ckfree, ckmalloc, savestr } from './memalloc.js';
import { is_number, isprefix } from './mystring.js';
import { iflag, mflag, optval } from './options.js';
import { flushall, out1fmt, out2fmt, out2str } from './output.js';
import { cleartraps, ignoresig, pendingsig, pendingsigs, setinteractive } from './trap.js';

/** forkshell: in the foreground, in the background, for the shell itself. */
export const FORK_FG = 0;
export const FORK_BG = 1;
export const FORK_NOJOB = 2;

/** The status of a process that has not ended. */
const RUNNING = -1;
/** The status that is told of a process that the kernel knows nothing of. */
const LOST = 127 << 8;

/**
 * A process of a job.
 * @lock s the shell
 */
interface procstat extends struct {
  pid: pid_t; // (s) process id
  status: int; // (s) as wait4 told, or RUNNING
}

/**
 * A job.
 * @lock s the shell
 */
export interface job extends struct {
  next: job; // (s) the one started after it
  number: int; // (s) for people: %1
  nprocs: int; // (s) processes so far
  ps: procstat; // (s) they, from ckmalloc
  stopped: int; // (s) the signal that stopped one of them, 0: none
  jobctl: int; // (s) they are a process group of their own, which gets the terminal
  handled: int; // (s) one of them has handled a signal
  text: str; // (s) what was typed, from ckmalloc
}

/** Jobs are process groups, and the shell hands the terminal about. */
let jobctl: int = 0;
/** The jobs, oldest first. */
let joblist: job = null;
/** $! */
export let backgndpid: int = 0;
/** $$ */
export let rootpid: int = 0;
/** This is the shell itself and no child of it. */
export let rootshell: int = 1;

/** Notes who the shell is. */
export function initjobs(): void {
  rootpid = getpid();
}

/** Turns job control on or off. Only a shell that has a terminal can have it. */
export function setjobctl(on: int): void {
  if (!rootshell || !optval[iflag] || !isatty(2) || on === jobctl) return;
  jobctl = on;
  if (!on) return;
  setpgid(0, 0);
  tcsetpgrp(2, rootpid);
}

/**
 * Does a job in the foreground stay in the shell's own process group? Where the shell goes on by itself after
 * it, in a loop, a function or what is read of a file, Ctrl-C is for the shell as well, and it must not be
 * lost when the job is about to end: a group of which all processes are ending hears nothing.
 */
function sharesgroup(): boolean {
  return loopnest > 0 || funcnest > 0 || curfile.pf_prev !== null;
}

/** A new job of at most nprocs processes. */
export function makejob(nprocs: int, text: str, mode: int): job {
  const jp = $cast<job>(ckmalloc($sizeof<job>()));
  let last = $ref(joblist);
  let number = 1;
  for (; last[0] !== null; last = $ref(last[0].next)) number = last[0].number + 1;
  jp.next = null;
  jp.number = number;
  jp.nprocs = 0;
  jp.ps = $cast<procstat>(ckmalloc($u32(nprocs) * $sizeof<procstat>()));
  jp.stopped = 0;
  jp.handled = 0;
  jp.jobctl = mode === FORK_NOJOB || (mode === FORK_FG && sharesgroup()) ? 0 : jobctl;
  jp.text = savestr(text === null ? '' : text);
  last[0] = jp;
  return jp;
}

/** Forgets a job. */
export function deletejob(jp: job): void {
  let last = $ref(joblist);
  while (last[0] !== jp) last = $ref(last[0].next);
  last[0] = jp.next;
  ckfree($addr(jp.ps));
  ckfree($addr(jp.text));
  ckfree($addr(jp));
}

/** The process group of a job, 0 before it has a process. */
function jobpgrp(jp: job): pid_t {
  return jp.nprocs > 0 ? jp.ps.pid : 0;
}

/** Forks a shell for a job (null: for none). Its process id, 0 in the child, -1 after a complaint. */
export function forkshell(jp: job, mode: int): pid_t {
  flushall();
  const pid = fork();
  if (pid < 0) {
    sh_warnx('Cannot fork: %s', strerror(errno));
    exitstatus = 2;
    return -1;
  }
  if (pid === 0) {
    childshell(jp, mode);
    return 0;
  }
  if (mode === FORK_BG) backgndpid = pid;
  if (jp === null) return pid;
  /* The child does it, too: whoever comes first. */
  if (jp.jobctl) setpgid(pid, jp.nprocs > 0 ? jobpgrp(jp) : pid);
  const ps = $idx(jp.ps, jp.nprocs++);
  ps.pid = pid;
  ps.status = RUNNING;
  return pid;
}

/** What a child of the shell does first. */
function childshell(jp: job, mode: int): void {
  const ctl = jp === null ? 0 : jp.jobctl;
  const first = jp === null || jp.nprocs === 0;
  if (ctl) {
    const pgrp = jobpgrp(jp);
    setpgid(0, pgrp);
    if (mode === FORK_FG) tcsetpgrp(2, pgrp === 0 ? getpid() : pgrp);
  }
  const interactive = rootshell && optval[iflag];
  const inforeground = mode !== FORK_BG;
  rootshell = 0;
  jobctl = 0;
  joblist = null;
  loopnest = 0;
  mildnest = 0;
  optval[iflag] = 0;
  optval[mflag] = 0;
  cleartraps();
  if (interactive) setinteractive();
  /* It came before the child could die of it: the handler, still the shell's, has only taken a note. */
  if (intpending && inforeground) kill(getpid(), SIGINT);
  intpending = 0;
  if (inforeground || ctl) return;
  /* Nobody can type for it, and the keys that are meant for others must not reach it. */
  ignoresig(SIGINT);
  ignoresig(SIGQUIT);
  if (!first) return;
  close(0);
  open('/dev/null', O_RDONLY);
}

/** Have all processes of a job ended? */
function jobdone(jp: job): boolean {
  for (let i = 0; i < jp.nprocs; i++) if ($idx(jp.ps, i).status === RUNNING) return false;
  return true;
}

/** What wait4 told of the last process of a job. */
function laststatus(jp: job): int {
  return jp.nprocs === 0 ? 0 : $idx(jp.ps, jp.nprocs - 1).status;
}

/** What $? is after a job. */
export function jobstatus(jp: job): int {
  const status = laststatus(jp);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/** Waits for the end or the stop of any child, if `block`; 0 if nothing is to be told, -1 with errno. */
function dowait(block: boolean): pid_t {
  const status = $var<int>();
  const ru = $local<rusage>();
  const pid = wait3(status, block ? WUNTRACED : WUNTRACED | WNOHANG, ru);
  if (pid <= 0) return pid;
  for (let jp = joblist; jp !== null; jp = jp.next) {
    for (let i = 0; i < jp.nprocs; i++) {
      const ps = $idx(jp.ps, i);
      if (ps.pid !== pid || ps.status !== RUNNING) continue;
      if (WIFSTOPPED(status[0])) {
        jp.stopped = WSTOPSIG(status[0]);
        continue;
      }
      ps.status = status[0];
      if (ru.ru_nsignals > 0) jp.handled = 1;
    }
  }
  return pid;
}

/**
 * Waits until a job has ended or stopped. False if a signal that the shell has to look at comes first and
 * `intr`.
 */
export function waitforjob(jp: job, intr: boolean): boolean {
  while (!jobdone(jp) && !jp.stopped) {
    if (intr && (pendingsigs || intpending)) return false;
    if (dowait(true) >= 0 || errno === EINTR) continue;
    for (let i = 0; i < jp.nprocs; i++) if ($idx(jp.ps, i).status === RUNNING) $idx(jp.ps, i).status = LOST;
  }
  return true;
}

/** Has any process of a job died of SIGINT? The last one of a pipeline may have ended before it came. */
function diedofint(jp: job): boolean {
  for (let i = 0; i < jp.nprocs; i++) if (WTERMSIG($idx(jp.ps, i).status) === SIGINT) return true;
  return false;
}

/**
 * Waits for a job in the foreground, takes its status, and tells what is to be told. A job that has died of
 * the terminal's SIGINT takes with it what the shell was about to do, as if the shell, which may be in
 * another process group, had got it, too; one that has handled it does not, even if we have got it as well.
 */
export function foreground(jp: job): void {
  waitforjob(jp, false);
  /* Also from a job in our group: it may have been a shell, which had the terminal for a group of its own. */
  if (jobctl) tcsetpgrp(2, rootpid);
  if (jp.stopped) {
    exitstatus = 128 + jp.stopped;
    out2str('\n');
    showjob(jp, 2);
    return;
  }
  exitstatus = jobstatus(jp);
  if (jobctl && diedofint(jp)) kill(getpid(), SIGINT);
  else if (jobctl && !jp.jobctl && jp.handled) intpending = 0;
  epitaph(laststatus(jp));
  deletejob(jp);
}

/** Tells what signal ended a process, unless the reader has done that, or the way to the prompt does it. */
function epitaph(status: int): void {
  const sig = WTERMSIG(status);
  if (sig === 0 || sig === SIGPIPE) return;
  if (sig !== SIGINT) out2fmt('%s%s\n', strsignal(sig), WCOREDUMP(status) ? ' (core dumped)' : '');
  else if (optval[iflag] && !intpending) out2str('\n');
}

/** A line about a job, to standard output (1) or error. */
function showjob(jp: job, fd: int): void {
  const head = $local<array<char, 80>>();
  const n = snprintf(head, 80, '[%d] %d ', jp.number, jobpgrp(jp));
  const state = $padd<char>(head, n);
  const room = $u32(80 - n);
  const status = laststatus(jp);
  if (!jobdone(jp)) strlcpy(state, jp.stopped ? 'Suspended' : '', room);
  else if (!WIFEXITED(status))
    snprintf(state, room, '%s%s', strsignal(WTERMSIG(status)), WCOREDUMP(status) ? ' (core dumped)' : '');
  else if (WEXITSTATUS(status) !== 0) snprintf(state, room, 'Exit %d', WEXITSTATUS(status));
  else strlcpy(state, 'Done', room);
  if (fd === 1) out1fmt('%-30s%s\n', head, jp.text);
  else out2fmt('%-30s%s\n', head, jp.text);
}

/** Collects what has ended or stopped meanwhile. */
function collect(): void {
  while (joblist !== null && dowait(false) > 0);
}

/** Tells of the jobs that have ended, and forgets them. */
export function showchanged(): void {
  collect();
  let jp = joblist;
  while (jp !== null) {
    const next = jp.next;
    if (jobdone(jp)) {
      showjob(jp, 2);
      deletejob(jp);
    }
    jp = next;
  }
}

/** Tells of a job as jobs does, and forgets it if it has ended. */
function tellof(jp: job, pids: boolean): void {
  if (pids) out1fmt('%d\n', jobpgrp(jp));
  else showjob(jp, 1);
  if (jobdone(jp)) deletejob(jp);
}

/** jobs [-lp] [job ...] */
export function jobscmd(argc: int, argv: ptr<str>): int {
  let pids = false;
  let i = 1;
  for (; i < argc && argv[i][0] === $ch('-') && argv[i][1] !== 0; i++) {
    if (strcmp(argv[i], '-p') === 0) pids = true;
    else if (strcmp(argv[i], '-l') !== 0) {
      sh_warnx('jobs: illegal option %s', argv[i]);
      return 2;
    }
  }
  collect();
  if (i === argc) {
    let jp = joblist;
    while (jp !== null) {
      const next = jp.next;
      tellof(jp, pids);
      jp = next;
    }
    return 0;
  }
  let status = 0;
  for (; i < argc; i++) {
    const jp = namedjob(argv[0], argv[i]);
    if (jp !== null) tellof(jp, pids);
    else status = 2;
  }
  return status;
}

/** The `nth` newest of the jobs that have not ended, from 1. */
function unfinished(nth: int): job {
  let found: job = null;
  let count = 0;
  for (let jp = joblist; jp !== null; jp = jp.next) if (!jobdone(jp)) count++;
  for (let jp = joblist; jp !== null; jp = jp.next) {
    if (jobdone(jp)) continue;
    if (count-- === nth) found = jp;
  }
  return found;
}

/**
 * The job that a word means: %1, %%, %+, %-, %text, or a process id; null (the word): the newest. Null if
 * there is none.
 */
function getjob(name: str): job {
  if (name === null || strcmp(name, '%') === 0 || strcmp(name, '%%') === 0 || strcmp(name, '%+') === 0)
    return unfinished(1);
  if (strcmp(name, '%-') === 0) return unfinished(2);
  for (let jp = joblist; jp !== null; jp = jp.next) {
    if (name[0] !== $ch('%')) {
      if (!is_number(name)) return null;
      for (let i = 0; i < jp.nprocs; i++) if ($idx(jp.ps, i).pid === atoi(name)) return jp;
    } else if (is_number($padd(name, 1))) {
      if (jp.number === atoi($padd(name, 1))) return jp;
    } else if (isprefix($padd(name, 1), jp.text)) {
      return jp;
    }
  }
  return null;
}

/** The job that an argument of a builtin means; null after a complaint. */
function namedjob(builtin: str, name: str): job {
  const jp = getjob(name);
  if (jp === null) sh_warnx('%s: No such job: %s', builtin, name);
  return jp;
}

/** What kill(2) is to be given for a word that means a job; 0 if it means none. */
export function jobpid(name: str): pid_t {
  const jp = name[0] === $ch('%') ? getjob(name) : null;
  if (jp === null) return 0;
  return jp.jobctl ? -jobpgrp(jp) : jobpgrp(jp);
}

/** Finds the job that fg and bg are to let run on; null after a complaint. */
function resumable(argv: ptr<str>): job {
  if (!jobctl) {
    sh_warnx('%s: no job control', argv[0]);
    return null;
  }
  collect();
  if (argv[1] !== null) return namedjob(argv[0], argv[1]);
  const jp = getjob(null);
  if (jp === null) sh_warnx('%s: No current job', argv[0]);
  return jp;
}

/** Lets a job run on. What it has started itself is in its group, be that the shell's. */
function resume(jp: job): void {
  jp.stopped = 0;
  kill(jp.jobctl ? -jobpgrp(jp) : 0, SIGCONT);
}

export function fgcmd(argc: int, argv: ptr<str>): int {
  const jp = resumable(argv);
  if (jp === null) return 2;
  out1fmt('%s\n', jp.text);
  flushall();
  if (jp.jobctl) tcsetpgrp(2, jobpgrp(jp));
  resume(jp);
  foreground(jp);
  return exitstatus;
}

export function bgcmd(argc: int, argv: ptr<str>): int {
  const jp = resumable(argv);
  if (jp === null) return 2;
  out1fmt('[%d] %s\n', jp.number, jp.text);
  resume(jp);
  return 0;
}

/** The status of a wait that a signal has ended. */
function interrupted(): int {
  return 128 + (intpending ? SIGINT : pendingsig());
}

/**
 * Waits for a job as wait does: without job control a stop is not the end of it, and may have been undone
 * meanwhile, of which nobody tells.
 */
function awaitjob(jp: job): boolean {
  for (;;) {
    if (!jobctl) jp.stopped = 0;
    if (!waitforjob(jp, true)) return false;
    if (!jp.stopped || jobctl) return true;
  }
}

/** wait [job ...] */
export function waitcmd(argc: int, argv: ptr<str>): int {
  let status = 0;
  if (argc === 1) {
    let jp = joblist;
    while (jp !== null) {
      if (!awaitjob(jp)) return interrupted();
      const next = jp.next;
      if (!jp.stopped) deletejob(jp);
      jp = next;
    }
  }
  for (let i = 1; i < argc; i++) {
    /* A number is a process that may have been one of ours: of that the status says enough. */
    const jp = is_number(argv[i]) ? getjob(argv[i]) : namedjob(argv[0], argv[i]);
    status = 127;
    if (jp === null) continue;
    if (!awaitjob(jp)) return interrupted();
    status = jp.stopped ? 128 + jp.stopped : jobstatus(jp);
    if (!jp.stopped) deletejob(jp);
  }
  return status;
}
