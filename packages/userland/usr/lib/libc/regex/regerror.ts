/** regerror(3): what an error of regcomp or regexec means, as far as it fits; the room that it wants. */
import type { regex_t } from '../../../include/regex.h.js';
import { REG_EMPTY } from '../../../include/regex.h.js';
import { strlcpy } from '../string/strlcpy.js';

let _reerrors: array<str, 15> = $init([
  'no errors detected',
  'regexec() failed to match',
  'invalid regular expression',
  'invalid collating element',
  'invalid character class',
  'trailing backslash (\\)',
  'invalid backreference number',
  'brackets ([ ]) not balanced',
  'parentheses not balanced',
  'braces not balanced',
  'invalid repetition count(s)',
  'invalid character range',
  'out of memory',
  'repetition-operator operand invalid',
  'empty (sub)expression',
]);

export function regerror(errcode: int, preg: regex_t, errbuf: str, errbuf_size: u32): u32 {
  const text =
    errcode >= 0 && errcode <= REG_EMPTY ? _reerrors[errcode] : '*** unknown regexp error code ***';
  return strlcpy(errbuf, text, errbuf_size) + 1;
}
