import { strerror } from '../string/strerror.js';
import { stderr } from './findfp.js';
import { fprintf } from './printf.js';

/** perror(3): "s: what errno means" on the standard error output. */
export function perror(s: str): void {
  const text = strerror(errno);
  if (s !== null && s[0] !== 0) fprintf(stderr, '%s: %s\n', s, text);
  else fprintf(stderr, '%s\n', text);
}
