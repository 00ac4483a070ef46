/** execl(3), execlp(3), execv(3), execvp(3): execve(2) in other forms. They come back only with -1 and errno. */
import { EACCES, ELOOP, ENOENT, ENOEXEC, ENOTDIR } from '../../../../../kernel/src/sys/errno.h.js';
import { MAXPATHLEN } from '../../../../../kernel/src/sys/param.h.js';
import { getenv } from '../stdlib/getenv.js';
import { free, malloc } from '../stdlib/malloc.js';
import { strchr } from '../string/strchr.js';
import { strlcat } from '../string/strlcat.js';
import { strlcpy } from '../string/strlcpy.js';
import { strlen } from '../string/strlen.js';
import { strcspn } from '../string/strspn.js';
import { execve } from '../sys/syscalls.js';

const _PATH_DEFPATH = '/bin:/sbin:/usr/bin:/usr/sbin';
const _PATH_BSHELL = '/bin/sh';

/** The arguments of execl as an array, from malloc. */
function _buildargv(arg: str, ...args: va_list): ptr<str> {
  const argv = $cast<ptr<str>>(malloc(4 * $u32($nva(args) + 2)));
  if (argv === null) return null;
  argv[0] = arg;
  let n = 0;
  for (; n < $nva(args) && $va(args, n) !== 0; n++) argv[n + 1] = $cast<str>($va(args, n));
  argv[n + 1] = null;
  return argv;
}

/** The arguments end with null. */
export function execl(path: str, arg: str, ...args: va_list): int {
  const argv = _buildargv(arg, ...args);
  return argv === null ? -1 : _afterwards(execve(path, argv, environ), $addr(argv));
}
export function execlp(file: str, arg: str, ...args: va_list): int {
  const argv = _buildargv(arg, ...args);
  return argv === null ? -1 : _afterwards(execvp(file, argv), $addr(argv));
}
/** Frees the array and keeps errno. */
function _afterwards(ret: int, argv: u32): int {
  const saved = errno;
  free(argv);
  errno = saved;
  return ret;
}

export function execv(path: str, argv: ptr<str>): int {
  return execve(path, argv, environ);
}

/** Looks along PATH, unless the name has a slash; what the system cannot execute is given to the shell. */
export function execvp(name: str, argv: ptr<str>): int {
  const path = $local<array<char, 1024>>();
  if (strchr(name, $ch('/')) !== null) return _tryexec(name, argv);
  if (name[0] === 0) {
    errno = ENOENT;
    return -1;
  }
  let dirs = getenv('PATH');
  if (dirs === null) dirs = _PATH_DEFPATH;
  let denied = false;
  for (;;) {
    const len = strcspn(dirs, ':');
    /* An empty part is the current directory. */
    if (len + strlen(name) + 2 <= MAXPATHLEN) {
      strlcpy(path, len === 0 ? '.' : dirs, len === 0 ? 2 : len + 1);
      strlcat(path, '/', MAXPATHLEN);
      strlcat(path, name, MAXPATHLEN);
      _tryexec(path, argv);
      if (errno === EACCES) denied = true;
      else if (errno !== ENOENT && errno !== ENOTDIR && errno !== ELOOP) return -1;
    }
    if (dirs[len] === 0) break;
    dirs = $padd(dirs, len + 1);
  }
  errno = denied ? EACCES : ENOENT;
  return -1;
}

/** execve(2); a file that is no program is a script. */
function _tryexec(path: str, argv: ptr<str>): int {
  execve(path, argv, environ);
  if (errno !== ENOEXEC) return -1;
  let argc = 0;
  while (argv[argc] !== null) argc++;
  const memp = $cast<ptr<str>>(malloc(4 * $u32(argc + 2)));
  if (memp === null) return -1;
  memp[0] = 'sh';
  memp[1] = path;
  for (let i = 1; i <= argc; i++) memp[i + 1] = argv[i];
  if (argc === 0) memp[2] = null;
  return _afterwards(execve(_PATH_BSHELL, memp, environ), $addr(memp));
}
