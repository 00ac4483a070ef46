/** getopt(3): the options of a command line, one by one. */
import { __progname } from '../../../csu/crt0.js';
import { stderr } from '../stdio/findfp.js';
import { fprintf } from '../stdio/printf.js';
import { strchr } from '../string/strchr.js';

export let opterr: int = 1; // complain
export let optind: int = 1; // index of the next argument
export let optopt: int = 0; // the letter that was wrong
export let optreset: int = 0; // begin again
export let optarg: str = null; // the argument of an option
/** What is left of the word in hand. */
let _place: str = '';

const _BADCH = 63; // ?
const _BADARG = 58; // :

/** The next option's letter, -1 at their end, `?` for one that is not in `ostr` or lacks its argument (`:` if ostr begins so). */
export function getopt(nargc: int, nargv: ptr<str>, ostr: str): int {
  if (optreset !== 0 || _place[0] === 0) {
    optreset = 0;
    _place = '';
    if (optind >= nargc || nargv[optind][0] !== $ch('-')) return -1;
    if (nargv[optind][1] === 0) return -1;
    _place = $padd(nargv[optind], 1);
    if (_place[0] === $ch('-') && _place[1] === 0) {
      optind++;
      _place = '';
      return -1;
    }
  }
  optopt = _place[0];
  _place = $padd(_place, 1);
  const oli = optopt === $ch(':') ? null : strchr(ostr, optopt);
  if (oli === null) {
    if (_place[0] === 0) optind++;
    if (opterr !== 0 && ostr[0] !== $ch(':'))
      fprintf(stderr, '%s: illegal option -- %c\n', __progname, optopt);
    return _BADCH;
  }
  if (oli[1] !== $ch(':')) {
    optarg = null;
    if (_place[0] === 0) optind++;
    return optopt;
  }
  if (_place[0] !== 0) {
    optarg = _place;
  } else {
    optind++;
    if (optind >= nargc) {
      _place = '';
      if (ostr[0] === $ch(':')) return _BADARG;
      if (opterr !== 0) fprintf(stderr, '%s: option requires an argument -- %c\n', __progname, optopt);
      return _BADCH;
    }
    optarg = nargv[optind];
  }
  _place = '';
  optind++;
  return optopt;
}
