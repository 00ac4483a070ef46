/**
 * Where in the source a text address lies, for messages: what kernels with INVARIANTS print by __FILE__ and __LINE__, which
 * their macros pass along. Here only the return address is passed, and the listing says what it means.
 */
import { hw_place } from '../i386/cpufunc.h.js';

/** As long as the longest name of a source file with its line may be. */
const PLACE_SIZE = 64;

let place_text: array<char, 64>;

/**
 * `file:line` of the call that returns to `site`; the address itself where the listing does not have it. The text holds until
 * the next call. Locks: any; only a kernel that reports an error calls it. Does not sleep.
 */
export function text_place(site: u32): str {
  hw_place(site, $addr(place_text), PLACE_SIZE);
  return $cast<str>($addr(place_text));
}
