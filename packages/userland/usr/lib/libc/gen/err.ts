/** err(3): complaints that begin with the program's name; those with x say nothing of errno. */
import { __progname } from '../../../csu/crt0.js';
import { stderr } from '../stdio/findfp.js';
import { fprintf } from '../stdio/printf.js';
import { exit } from '../stdlib/exit.js';
import { strerror } from '../string/strerror.js';

/** "progname: text: what errno means" */
export function warn(fmt: str, ...args: va_list): void {
  warnc(errno, fmt, ...args);
}
export function warnc(code: int, fmt: str, ...args: va_list): void {
  fprintf(stderr, '%s: ', __progname);
  if (fmt !== null) {
    fprintf(stderr, fmt, ...args);
    fprintf(stderr, ': ');
  }
  fprintf(stderr, '%s\n', strerror(code));
}
export function warnx(fmt: str, ...args: va_list): void {
  fprintf(stderr, '%s: ', __progname);
  if (fmt !== null) fprintf(stderr, fmt, ...args);
  fprintf(stderr, '\n');
}
/** Complains and exits with status `eval_`. */
export function err(eval_: int, fmt: str, ...args: va_list): never {
  warnc(errno, fmt, ...args);
  exit(eval_);
}
export function errc(eval_: int, code: int, fmt: str, ...args: va_list): never {
  warnc(code, fmt, ...args);
  exit(eval_);
}
export function errx(eval_: int, fmt: str, ...args: va_list): never {
  warnx(fmt, ...args);
  exit(eval_);
}
