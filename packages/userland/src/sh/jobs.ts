/** Jobs: process groups that the shell has started and not yet seen to their end. */
import type { Libc, User } from '../libc.js';
import { EINTR, SYS, WNOHANG, WUNTRACED } from '../syscalls.js';

const SIGCONT = 19;
const TIOCSPGRP = 0x80047476;

/** Texts for the signals that ended a process; SIGINT and SIGPIPE end one without comment. */
export const SIGNAL_TEXTS: Record<number, string> = {
  1: 'Hangup',
  2: 'Interrupt',
  3: 'Quit',
  4: 'Illegal instruction',
  5: 'Trace/BPT trap',
  6: 'Abort trap',
  7: 'EMT trap',
  8: 'Floating point exception',
  9: 'Killed',
  10: 'Bus error',
  11: 'Segmentation fault',
  12: 'Bad system call',
  13: 'Broken pipe',
  14: 'Alarm clock',
  15: 'Terminated',
  17: 'Suspended (signal)',
  18: 'Suspended',
  19: 'Continued',
  21: 'Stopped (tty input)',
  22: 'Stopped (tty output)',
  24: 'Cputime limit exceeded',
  25: 'Filesize limit exceeded',
  26: 'Virtual timer expired',
  27: 'Profiling timer expired',
  30: 'User defined signal 1',
  31: 'User defined signal 2',
};

export interface Job {
  number: number;
  pids: number[];
  /** Raw wait status of each process, undefined while it runs. */
  status: Map<number, number>;
  stopped: boolean;
  text: string;
  /** Its end has been told. */
  told: boolean;
}

/** What $? is after a raw wait status. */
export function exitStatus(raw: number): number {
  if ((raw & 0xff) === 0x7f) return 128 + ((raw >> 8) & 0xff);
  const sig = raw & 0x7f;
  return sig === 0 ? (raw >> 8) & 0xff : 128 + sig;
}

/** The table of one shell. */
export class Jobs {
  readonly list: Job[] = [];
  /** The shell makes each job a process group of its own and hands it the terminal. */
  control = false;

  constructor(private readonly c: Libc) {}

  add(pids: number[], text: string): Job {
    const number = this.list.reduce((max, j) => Math.max(max, j.number), 0) + 1;
    const job: Job = { number, pids, status: new Map(), stopped: false, text, told: false };
    this.list.push(job);
    return job;
  }

  done(job: Job): boolean {
    return job.status.size === job.pids.length;
  }

  /** Status of the job's last process. */
  statusOf(job: Job): number {
    return exitStatus(job.status.get(job.pids[job.pids.length - 1]!) ?? 0);
  }

  remove(job: Job): void {
    const i = this.list.indexOf(job);
    if (i >= 0) this.list.splice(i, 1);
  }

  byPid(pid: number): Job | undefined {
    return this.list.find((j) => j.pids.includes(pid));
  }

  /** The job that %1, %%, %+, %-, %name means; without an argument the newest. */
  find(name = '%%'): Job | undefined {
    const unfinished = this.list.filter((j) => !this.done(j));
    if (name === '%%' || name === '%+' || name === '%') return unfinished[unfinished.length - 1];
    if (name === '%-') return unfinished[unfinished.length - 2];
    if (/^%\d+$/.test(name)) return this.list.find((j) => j.number === Number(name.slice(1)));
    if (name.startsWith('%')) return this.list.find((j) => j.text.startsWith(name.slice(1)));
    return this.byPid(Number(name));
  }

  /** Notes what wait4 has said. */
  private note(pid: number, raw: number): void {
    const job = this.byPid(pid);
    if (job === undefined) return;
    if ((raw & 0xff) === 0x7f) {
      job.stopped = true;
      return;
    }
    job.status.set(pid, raw);
  }

  /** Collects without waiting whatever has ended or stopped. */
  *poll(): User {
    while (this.list.some((j) => !this.done(j))) {
      const [pid, raw] = yield* this.c.wait(-1, WNOHANG | WUNTRACED);
      if (pid <= 0) return;
      this.note(pid, raw);
    }
  }

  /** Waits for a job's end or stop. False if a signal came first and `interruptible`. */
  *waitFor(job: Job, interruptible = false): User<boolean> {
    while (!this.done(job) && !job.stopped) {
      const next = job.pids.find((p) => !job.status.has(p))!;
      const [pid, raw] = yield* this.c.wait(next, WUNTRACED);
      if (pid === -EINTR) {
        if (interruptible) return false;
      } else if (pid < 0) {
        for (const p of job.pids) if (!job.status.has(p)) job.status.set(p, 127 << 8);
      } else {
        this.note(pid, raw);
      }
    }
    return true;
  }

  /** Gives the terminal to a process group. */
  *terminalTo(pgid: number): User {
    if (!this.control) return;
    yield* this.c.sys(SYS.ioctl, 2, TIOCSPGRP, yield* this.c.words([pgid]));
  }

  /** Lets a stopped job run on. */
  *resume(job: Job): User {
    job.stopped = false;
    yield* this.c.sys(SYS.kill, -job.pids[0]!, SIGCONT);
  }

  /** What is said of a foreground job that a signal ended: nothing if that was the reader's own doing. */
  epitaph(job: Job, interactive: boolean): string {
    const raw = job.status.get(job.pids[job.pids.length - 1]!)!;
    const sig = raw & 0x7f;
    if (sig === 0 || sig === 13) return '';
    if (sig === 2) return interactive ? '\n' : '';
    return `${SIGNAL_TEXTS[sig] ?? `Signal ${sig}`}${(raw & 0x80) !== 0 ? ' (core dumped)' : ''}\n`;
  }

  /** One line of jobs(1). */
  describe(job: Job): string {
    const head = `[${job.number}] ${job.pids[0]} `;
    let state = '';
    if (this.done(job)) {
      const raw = job.status.get(job.pids[job.pids.length - 1]!)!;
      const sig = raw & 0x7f;
      if (sig !== 0)
        state = `${SIGNAL_TEXTS[sig] ?? `Signal ${sig}`}${(raw & 0x80) !== 0 ? ' (core dumped)' : ''}`;
      else state = raw === 0 ? 'Done' : `Exit ${raw >> 8}`;
    } else if (job.stopped) {
      state = 'Suspended';
    }
    return `${`${head}${state}`.padEnd(30)}${job.text}\n`;
  }
}
