import type { Program } from './types.js';

/** Programs that are looked for in one text, and how far one may reach. */
const PROGRAMS_MAX = 4;
const LENGTH_MAX = 64 * 1024;
/** Characters before the first include, its marks of quotation with them. */
const INDENT_MAX = 16;

const INCLUDE = /^[ \t>|+]{0,8}#[ \t]*include[ \t]*[<"][\w./-]{1,80}[>"]/m;
/** Marks of quotation before a line of a program. */
const QUOTE = /^(?:[>|] ?|\+)+/;
/** A line at the top level of a C file. */
const TOP_LEVEL =
  /^(?:\s*$|#|\/\/|\/\*|\s*\*|[{}]|(?:static|extern|const|volatile|unsigned|signed|int|void|char|long|short|struct|union|enum|typedef|inline|size_t|ssize_t|off_t|pid_t|u?int\d+_t|uint|u_int|u_char|__attribute__|pthread_t|FILE|main)\b|[\w]+\(.{0,120}\)\s*$|.{0,200};\s*$)/;

/** System calls, and library calls that are little else. */
const CALLS = new Set(
  (
    'accept accept4 access acct adjtime aio_read aio_write aio_suspend bind cap_enter chdir chflags chmod chown chroot close closefrom ' +
    'connect copy_file_range cpuset_setaffinity creat dup dup2 eventfd execl execve execvp extattr_get_file extattr_set_file faccessat ' +
    'fchdir fchmod fchown fcntl fexecve flock fork fspacectl fstat fstatfs fsync ftruncate futimes getdents getdirentries getpeername ' +
    'getrlimit getrusage getsockname getsockopt ioctl issetugid jail jail_attach jail_set kevent kill kldload kldunload kqueue ktrace ' +
    'link linkat lio_listio listen lockf lseek lstat madvise mincore minherit mkdir mkdirat mkfifo mknod mlock mlockall mmap mount ' +
    'mprotect mq_open msgctl msgget msgrcv msgsnd msync munlock munlockall munmap nanosleep nmount open openat pathconf pdfork pipe ' +
    'pipe2 poll posix_fadvise posix_fallocate posix_openpt ppoll pread preadv procctl pselect pthread_create ptrace pwrite pwritev ' +
    'quotactl read readlink readv reboot recv recvfrom recvmsg rename renameat rfork rmdir sbrk sched_setscheduler sctp_sendmsg select ' +
    'sem_open semctl semget semop send sendfile sendmsg sendto setgid setitimer setpgid setpriority setrlimit setsid setsockopt setuid ' +
    'shm_open shm_unlink shmat shmctl shmdt shmget shutdown sigaction sigaltstack signal sigprocmask sigqueue sigsuspend socket ' +
    'socketpair stat statfs swapoff swapon symlink sync syscall sysarch sysctl sysctlbyname thr_kill thr_new timer_create timer_settime ' +
    'truncate umtx_op undelete unlink unlinkat unmount usleep utimes utrace vfork wait wait3 wait4 waitid waitpid write writev ' +
    '__syscall _umtx_op kenv mac_syscall nfssvc bdflush unveil pledge swapctl lfs_markv fktrace modctl _lwp_create rump_sys_open'
  ).split(' '),
);

/** C programs in a text: from the first include to the last brace at the top level. */
export function findPrograms(text: string): Program[] {
  const out: Program[] = [];
  let from = 0;
  while (out.length < PROGRAMS_MAX) {
    const m = INCLUDE.exec(text.slice(from, from + (1 << 20)));
    if (m === null) break;
    const start = programStart(text, from + m.index, from);
    const end = programEnd(text, start);
    const source = text.slice(start, end);
    if (/\bmain\s*\(/.test(source) && source.includes('}'))
      out.push(programOf(text, start, end, source, from === 0));
    from = Math.max(end, start + m[0].length);
  }
  return out;
}

function programOf(text: string, start: number, end: number, source: string, first: boolean): Program {
  const calls: string[] = [];
  for (const m of source.matchAll(/\b([a-z_][a-z0-9_]{2,40})\s*\(/g)) {
    if (CALLS.has(m[1]!) && !calls.includes(m[1]!)) calls.push(m[1]!);
  }
  const program: Program = {
    language: 'c',
    lines: source.trimEnd().split('\n').length,
    calls,
    span: [start, end],
  };
  const name =
    nameAbove(text.slice(Math.max(0, start - ABOVE_MAX), start)) ??
    (OWN_COMMENT.exec(source) ?? (first ? OWN_COMMENT.exec(text) : null))?.[1];
  if (name !== undefined) program.name = name;
  return program;
}

/** Characters above a program in which its heading can stand. */
const ABOVE_MAX = 300;
const NAME = '([\\w-][\\w.-]{0,60}\\.c)';
/** Folders in front of a name; what stands behind a host's name is an address. */
const FOLDERS = '(?:[\\w.~-]{0,40}/){0,6}';
const HEADINGS = [
  // Of an attachment, or a file: the name and marks, and nothing else.
  `^[^\\w$]{0,12}(?:(?:file|filename|attachment|attached|program|source|listing)\\b[^\\w$/.]{0,6}(?:#?\\d{1,3}[^\\w$/.]{0,4})?)?${FOLDERS}${NAME}[^\\w$/([]{0,8}(?:[([][^()[\\]]{0,60}[)\\]]\\W{0,8})?$`,
  // Behind what else a mailer or an archive tells of one.
  `\\b(?:file)?name\\*?=["']?${FOLDERS}${NAME}\\b|^begin \\d{3} ${NAME}$`,
  // What a shell was told to write, or to show.
  `(?:>|^(?:[^\\s#$%]{0,40}[#$%] ?)?(?:cat|more|less)) ?["']?${FOLDERS}${NAME}["']?(?: ?<<.{0,30})?$`,
  // A sentence that calls it what it is.
  `\\b(?:programs?|attached|attachment|reproducer|test ?case|demo|exploit)(?: (?:is|as|called|named))?[,:]? [("'\`]{0,2}${FOLDERS}${NAME}(?![:/\\w])`,
  // A sentence that ends above what it is about.
  `(?<![\\w$./}-])${FOLDERS}${NAME}["'\`*]{0,3}\\)?:$`,
].map((each) => new RegExp(each, 'i'));

/** The name that the heading of a program gives it: the nearest line above it that is one. */
function nameAbove(above: string): string | undefined {
  for (const raw of above.split('\n').reverse()) {
    const line = raw.replace(QUOTE, '').trim();
    if (line.includes('://')) continue;
    for (const heading of HEADINGS) {
      const found = heading
        .exec(line)
        ?.slice(1)
        .find((each) => each !== undefined);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** A file that begins by saying what it is called: a program, or a text up to the first of its programs. */
const OWN_COMMENT = new RegExp(`^\\s*(?://|/\\*)[\\s*]{0,12}${NAME}(?=\\s|:|\\*/)`);

/** What stands before the first include of a program and is of it: definitions and comments. */
const BEFORE =
  /^(?:\s*#[ \t]*(?:define|undef|if|ifdef|ifndef|elif|else|endif|pragma|line|error)\b|\s*\/\/|\s*\/\*)/;
const CONDITION = /^\s*#[ \t]*(if|endif|el)/;
/** The inside of a comment, of which the beginning stands further up: elsewhere it is a list. */
const INSIDE = /^\s*\*(?:[ /]|$)/;
/** Lines before the first include that are looked at. */
const BEFORE_MAX = 64;

/** Where a program begins: at the first of the definitions and comments before its first include. */
function programStart(text: string, include: number, least: number): number {
  let start = include;
  /** Conditions that end above the include, or have another half there, and begin further up. */
  let open = 0;
  for (let at = include, n = 0; at > least && n < BEFORE_MAX; n++) {
    const line = text.lastIndexOf('\n', at - 2) + 1;
    if (line < least) break;
    const bare = text
      .slice(line, at - 1)
      .replace(/\r$/, '')
      .replace(QUOTE, '');
    if (BEFORE.test(bare)) {
      const condition = CONDITION.exec(bare)?.[1];
      if (condition === 'endif' || (condition === 'el' && open === 0)) open++;
      else if (condition === 'if') open = Math.max(0, open - 1);
      // The end of a condition that begins in what is no program was the writer's own.
      if (open === 0) start = line;
    } else if (bare.trim() !== '' && !INSIDE.test(bare)) break;
    at = line;
  }
  return start;
}

/** The end of the last closing brace at the top level before something that is no C. */
function programEnd(text: string, start: number): number {
  const limit = Math.min(text.length, start + LENGTH_MAX);
  let end = start;
  let depth = 0;
  // A program that is indented as a whole.
  const indent = /^[ \t]*/.exec(text.slice(start, start + INDENT_MAX).replace(QUOTE, ''))![0];
  for (let at = start; at < limit; ) {
    const newline = text.indexOf('\n', at);
    const stop = newline < 0 || newline > limit ? limit : newline;
    const bare = text.slice(at, stop).replace(/\r$/, '').replace(QUOTE, '');
    const line = bare.startsWith(indent) ? bare.slice(indent.length) : bare;
    if (depth === 0 && !TOP_LEVEL.test(line)) break;
    depth = Math.max(0, depth + braces(line));
    if (depth === 0 && line.includes('}')) end = stop;
    at = stop + 1;
  }
  return end === start ? Math.min(limit, start + 1) : end;
}

/** Opening minus closing braces of a line, without those in strings and characters. */
function braces(line: string): number {
  const code = line.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\/\/.*$/g, '');
  let n = 0;
  for (let i = 0; i < code.length; i++) {
    const c = code.charCodeAt(i);
    if (c === 123) n++;
    else if (c === 125) n--;
  }
  return n;
}
