/** popen(3) and pclose(3): a command of the shell at the other end of a pipe. */
import { EINTR, EINVAL } from '../../../../../kernel/src/sys/errno.h.js';
import type { pid_t } from '../../../../../kernel/src/sys/types.h.js';
import type { FILE } from '../../../include/stdio.h.js';
import { fileno } from '../../../include/stdio.h.js';
import { fclose } from '../stdio/fclose.js';
import { fdopen } from '../stdio/fopen.js';
import { free, malloc } from '../stdlib/malloc.js';
import { _exit, close, dup2, fork, pipe, wait4 } from '../sys/syscalls.js';
import { execl } from './exec.js';

/**
 * One that is open.
 * @lock p the program
 */
interface _pid_list extends struct {
  pl_next: _pid_list; // (p) the next
  pl_fp: FILE; // (p) our end
  pl_pid: pid_t; // (p) the shell
}

let _pidlist: _pid_list = null;

/** `type` is "r" to read what the command writes, "w" to write what it reads. */
export function popen(command: str, type: str): FILE {
  const pdes = $local<array<int, 2>>();
  const reads = type[0] === $ch('r');
  if ((!reads && type[0] !== $ch('w')) || type[1] !== 0) {
    errno = EINVAL;
    return null;
  }
  const cur = $cast<_pid_list>(malloc($sizeof<_pid_list>()));
  if (cur === null) return null;
  if (pipe(pdes) < 0) {
    free($addr(cur));
    return null;
  }
  const ours = reads ? pdes[0] : pdes[1];
  const theirs = reads ? pdes[1] : pdes[0];
  const pid = fork();
  if (pid === 0) {
    for (let p = _pidlist; p !== null; p = p.pl_next) close(fileno(p.pl_fp));
    close(ours);
    if (theirs !== (reads ? 1 : 0)) {
      dup2(theirs, reads ? 1 : 0);
      close(theirs);
    }
    execl('/bin/sh', 'sh', '-c', command, null);
    _exit(127);
  }
  close(theirs);
  if (pid < 0) {
    close(ours);
    free($addr(cur));
    return null;
  }
  cur.pl_fp = fdopen(ours, type);
  cur.pl_pid = pid;
  cur.pl_next = _pidlist;
  _pidlist = cur;
  return cur.pl_fp;
}

/** The wait status of the command, or -1. */
export function pclose(iop: FILE): int {
  const pstat = $var<int>();
  let last: _pid_list = null;
  let cur = _pidlist;
  for (; cur !== null && cur.pl_fp !== iop; cur = cur.pl_next) last = cur;
  if (cur === null) return -1;
  fclose(iop);
  let pid = 0;
  do pid = wait4(cur.pl_pid, pstat, 0, null);
  while (pid === -1 && errno === EINTR);
  if (last === null) _pidlist = cur.pl_next;
  else last.pl_next = cur.pl_next;
  free($addr(cur));
  return pid === -1 ? -1 : pstat[0];
}
