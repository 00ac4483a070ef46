import { malloc } from '../stdlib/malloc.js';
import { memcpy } from './bcopy.js';
import { strlen } from './strlen.js';

/** strdup(3): a copy from malloc(3), or null. */
export function strdup(s: str): str {
  const len = strlen(s) + 1;
  const copy = malloc(len);
  if (copy === 0) return null;
  memcpy(copy, $addr(s), len);
  return $cast<str>(copy);
}
