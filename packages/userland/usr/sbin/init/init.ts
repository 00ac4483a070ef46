/**
 * init(8): opens the console, turns swapping on, runs the command that the loader has left (or a shell on the
 * console), collects orphans, and halts the machine with the command's status.
 */
import { EINTR, ENXIO } from '../../../../kernel/src/sys/errno.h.js';
import { O_RDONLY, O_RDWR } from '../../../../kernel/src/sys/fcntl.h.js';
import { RB_HALT } from '../../../../kernel/src/sys/systm.h.js';
import type { pid_t } from '../../../../kernel/src/sys/types.h.js';
import { WEXITSTATUS, WTERMSIG, W_EXITCODE } from '../../../../kernel/src/sys/wait.h.js';
import type { struct_stat } from '../../include/sys/stat.h.js';
import { WIFSIGNALED } from '../../include/sys/wait.h.js';
import { warn } from '../../lib/libc/gen/err.js';
import { wait } from '../../lib/libc/gen/wait.js';
import { malloc } from '../../lib/libc/stdlib/malloc.js';
import {
  _exit,
  close,
  dup2,
  execve,
  fork,
  fstat,
  open,
  read,
  reboot,
  setpgid,
  swapon,
  sync,
} from '../../lib/libc/sys/syscalls.js';
import { setexitstatus } from '../../lib/libutil/exitstatus.js';

/** Where the loader leaves a command for the shell; without it the console gets an interactive one. */
const BOOT_COMMAND = '/etc/boot.command';
/** Where it leaves what the command reads; without it that is the console. */
const BOOT_INPUT = '/etc/boot.input';
const SHELL = '/bin/sh';
const SWAPDEV = '/dev/ad0b';

let environment: array<str, 4> = $init(['PATH=/bin:/sbin:/usr/bin:/usr/sbin', 'HOME=/', 'BLOCKSIZE=K', null]);

/** The console is standard input, output and error. */
function setctty(): boolean {
  if (open('/dev/console', O_RDWR) !== 0) return false;
  dup2(0, 1);
  dup2(0, 2);
  return true;
}

/** Turns swapping on, if there is a device for it. */
function startswap(): void {
  if (swapon(SWAPDEV) < 0 && errno !== ENXIO) warn('%s', SWAPDEV);
}

/** The boot command, from malloc; null if there is none. */
function bootcommand(): str {
  const sb = $local<struct_stat>();
  const fd = open(BOOT_COMMAND, O_RDONLY);
  if (fd < 0) return null;
  const size = fstat(fd, sb) < 0 ? 0 : $i32(sb.st_size);
  const text = $cast<str>(malloc($u32(size) + 1));
  let got = 0;
  while (text !== null && got < size) {
    const n = read(fd, $addr(text) + $u32(got), $u32(size - got));
    if (n <= 0) break;
    got += n;
  }
  close(fd);
  if (text !== null) text[got] = 0;
  return text;
}

/** Puts the boot command's input in the place of the console. */
function setinput(): void {
  const fd = open(BOOT_INPUT, O_RDONLY);
  if (fd < 0) return;
  dup2(fd, 0);
  close(fd);
}

/** Becomes the shell, in a process group of its own. */
function execshell(command: str): never {
  if (command !== null) setinput();
  const argv = $local<array<str, 4>>();
  argv[0] = 'sh';
  argv[1] = command === null ? '-i' : '-c';
  argv[2] = command;
  argv[3] = null;
  setpgid(0, 0);
  execve(SHELL, argv, environment);
  warn('%s', SHELL);
  _exit(127);
}

/** Collects children until the shell has ended: its status. */
function collect(shell: pid_t): int {
  const status = $var<int>();
  for (;;) {
    const pid = wait(status);
    if (pid === shell) return status[0];
    if (pid < 0 && errno !== EINTR) return W_EXITCODE(1, 0);
  }
}

export function main(argc: int, argv: ptr<str>): int {
  if (!setctty()) return 1;
  startswap();
  const command = bootcommand();
  const shell = fork();
  if (shell === 0) execshell(command);
  const status = shell < 0 ? W_EXITCODE(1, 0) : collect(shell);
  setexitstatus(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), false);
  sync();
  reboot(RB_HALT);
  return 1;
}
