/** The classes of characters by name, for [:name:] in a set. Compare wctype(3). */
import { strncmp } from '../string/strncmp.js';
import {
  isalnum,
  isalpha,
  isblank,
  iscntrl,
  isdigit,
  isgraph,
  islower,
  isprint,
  ispunct,
  isspace,
  isupper,
  isxdigit,
} from './isctype.js';

/**
 * A class of characters.
 * @lock c constant
 */
export interface _ctypeclass extends struct {
  cc_name: str; // (c) its name
  cc_is: (c: int) => boolean; // (c) what belongs to it
}

const _NCLASSES = 12;
let _ctypeclasses: array<embed<_ctypeclass>, 12> = $init([
  { cc_name: 'alnum', cc_is: isalnum },
  { cc_name: 'alpha', cc_is: isalpha },
  { cc_name: 'blank', cc_is: isblank },
  { cc_name: 'cntrl', cc_is: iscntrl },
  { cc_name: 'digit', cc_is: isdigit },
  { cc_name: 'graph', cc_is: isgraph },
  { cc_name: 'lower', cc_is: islower },
  { cc_name: 'print', cc_is: isprint },
  { cc_name: 'punct', cc_is: ispunct },
  { cc_name: 'space', cc_is: isspace },
  { cc_name: 'upper', cc_is: isupper },
  { cc_name: 'xdigit', cc_is: isxdigit },
]);

/** The class that the `len` characters at `word` name, or null. */
export function _ctype_class(word: str, len: u32): _ctypeclass {
  for (let k = 0; k < _NCLASSES; k++) {
    const entry = _ctypeclasses[k];
    if (strncmp(entry.cc_name, word, len) === 0 && entry.cc_name[len] === 0) return entry;
  }
  return null;
}
