import { strlen } from './strlen.js';
import { strncmp } from './strncmp.js';

/** strstr(3): where `little` is in `big`, or null. */
export function strstr(big: str, little: str): str {
  const len = strlen(little);
  for (let i = 0; ; i++) {
    if (strncmp($padd(big, i), little, len) === 0) return $padd(big, i);
    if (big[i] === 0) return null;
  }
}
