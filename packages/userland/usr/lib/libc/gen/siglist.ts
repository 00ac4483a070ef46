/** Signals by name (sys_signame) and in words (sys_siglist, strsignal(3)). */
import { NSIG } from '../../../../../kernel/src/sys/signal.h.js';
import { snprintf } from '../stdio/printf.js';

export let sys_signame: array<str, 32> = $init([
  'Signal 0',
  'hup',
  'int',
  'quit',
  'ill',
  'trap',
  'abrt',
  'emt',
  'fpe',
  'kill',
  'bus',
  'segv',
  'sys',
  'pipe',
  'alrm',
  'term',
  'urg',
  'stop',
  'tstp',
  'cont',
  'chld',
  'ttin',
  'ttou',
  'io',
  'xcpu',
  'xfsz',
  'vtalrm',
  'prof',
  'winch',
  'info',
  'usr1',
  'usr2',
]);

export let sys_siglist: array<str, 32> = $init([
  'Signal 0',
  'Hangup',
  'Interrupt',
  'Quit',
  'Illegal instruction',
  'Trace/BPT trap',
  'Abort trap',
  'EMT trap',
  'Floating point exception',
  'Killed',
  'Bus error',
  'Segmentation fault',
  'Bad system call',
  'Broken pipe',
  'Alarm clock',
  'Terminated',
  'Urgent I/O condition',
  'Suspended (signal)',
  'Suspended',
  'Continued',
  'Child exited',
  'Stopped (tty input)',
  'Stopped (tty output)',
  'I/O possible',
  'Cputime limit exceeded',
  'Filesize limit exceeded',
  'Virtual timer expired',
  'Profiling timer expired',
  'Window size changes',
  'Information request',
  'User defined signal 1',
  'User defined signal 2',
]);

let _sigbuf: array<char, 32>;

export function strsignal(num: int): str {
  if (num >= 0 && num < NSIG) return sys_siglist[num];
  snprintf(_sigbuf, 32, 'Unknown signal: %d', num);
  return _sigbuf;
}
