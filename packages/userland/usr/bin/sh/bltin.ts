/** Builtins that are programs as well; but for echo they are the same code. */
import { fflush } from '../../lib/libc/stdio/fflush.js';
import { stdout } from '../../lib/libc/stdio/findfp.js';
import { clearerr } from '../../lib/libc/stdio/fseek.js';
import { strcmp } from '../../lib/libc/string/strcmp.js';
import { killcmd } from '../../lib/libcmd/kill.js';
import { printfcmd } from '../../lib/libcmd/printf.js';
import { testcmd } from '../../lib/libcmd/test.js';
import { jobpid } from './jobs.js';
import { flushall, out1c, out1str, outerror } from './output.js';

/** Runs a command that writes to stdio's streams and complains in its program's name. */
function asprogram(func: (argc: int, argv: ptr<str>) => int, argc: int, argv: ptr<str>): int {
  const saved = __progname;
  flushall();
  __progname = argv[0];
  const status = func(argc, argv);
  __progname = saved;
  if (fflush(stdout) === 0) return status;
  clearerr(stdout);
  return 1;
}

function killjobs(argc: int, argv: ptr<str>): int {
  return killcmd(argc, argv, jobpid);
}

export function sh_killcmd(argc: int, argv: ptr<str>): int {
  return asprogram(killjobs, argc, argv);
}

export function sh_printfcmd(argc: int, argv: ptr<str>): int {
  return asprogram(printfcmd, argc, argv);
}

export function sh_testcmd(argc: int, argv: ptr<str>): int {
  return asprogram(testcmd, argc, argv);
}

/** echo [-n] [word ...] */
export function echocmd(argc: int, argv: ptr<str>): int {
  const quiet = argc > 1 && strcmp(argv[1], '-n') === 0;
  for (let i = quiet ? 2 : 1; i < argc; i++) {
    out1str(argv[i]);
    if (i + 1 < argc) out1c($ch(' '));
  }
  if (!quiet) out1c($ch('\n'));
  return outerror() !== 0 ? 1 : 0;
}
