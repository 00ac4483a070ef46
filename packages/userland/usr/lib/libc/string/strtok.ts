/** strtok(3): the next word of the string given first, null after the last. */
import { strsep } from './strsep.js';
import { strspn } from './strspn.js';

let _strtok_last: str = null;

export function strtok(s: str, sep: str): str {
  const from = s === null ? _strtok_last : s;
  if (from === null) return null;
  const word = $padd(from, strspn(from, sep));
  if (word[0] === 0) {
    _strtok_last = null;
    return null;
  }
  _strtok_last = word;
  return strsep($ref(_strtok_last), sep);
}
