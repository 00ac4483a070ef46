/** Where a program begins (csu/i386/crt1.c). */
import { exit } from '../lib/libc/stdlib/exit.js';
import { strrchr } from '../lib/libc/string/strrchr.js';
import { _help } from './help.js';

/**
 * The name that the program was called by, without its directory: what warn(3) and getopt(3) begin their
 * lines with.
 */
export let __progname: str = '';
/** The environment: "name=value", the last one is null. */
export let environ: ptr<str> = null;

/** The program; it may take fewer arguments. */
let _main: (argc: int, argv: ptr<str>, envp: ptr<str>) => int = main;

/**
 * What lies at the stack pointer when a program starts: the count, the arguments, a zero, the environment, a
 * zero.
 * @lock k written by execve, then the program's own
 */
export interface ps_args extends struct {
  ps_argc: int; // (k) number of arguments
  ps_argv: array<str, 1>; // (k) the first of them
}

export function start(args: embed<ps_args>): never {
  const argc = args.ps_argc;
  const argv: ptr<str> = args.ps_argv;
  environ = $padd(argv, argc + 1);
  if (argc > 0 && argv[0] !== null) {
    const slash = strrchr(argv[0], $ch('/'));
    __progname = slash === null ? argv[0] : $padd(slash, 1);
  }
  _help(argc, argv, __progname);
  exit(_main(argc, argv, environ));
}
