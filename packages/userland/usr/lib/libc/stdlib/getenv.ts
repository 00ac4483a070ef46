/** getenv(3), setenv(3), putenv(3), unsetenv(3): the environment is an array of "name=value" that ends in null. */
import { EINVAL } from '../../../../../kernel/src/sys/errno.h.js';
import { memcpy } from '../string/bcopy.js';
import { strchr } from '../string/strchr.js';
import { strcpy } from '../string/strcpy.js';
import { strdup } from '../string/strdup.js';
import { strlen } from '../string/strlen.js';
import { strncmp } from '../string/strncmp.js';
import { strcspn } from '../string/strspn.js';
import { malloc, realloc } from './malloc.js';

/** The array is from malloc: it may be made longer. */
let _env_ours: int = 0;

/** The length of a name: what is before a `=`. */
function _namelen(name: str): u32 {
  return strcspn(name, '=');
}

/** The index of a variable, or -1. */
function _findenv(name: str): int {
  const len = _namelen(name);
  if (environ === null) return -1;
  for (let i = 0; environ[i] !== null; i++)
    if (strncmp(environ[i], name, len) === 0 && environ[i][len] === $ch('=')) return i;
  return -1;
}

/** A variable's value, or null. */
export function getenv(name: str): str {
  const i = _findenv(name);
  return i < 0 ? null : $padd(environ[i], _namelen(name) + 1);
}

/** Puts a string into the environment as it is. */
function _enterenv(text: str): int {
  const at = _findenv(text);
  if (at >= 0) {
    environ[at] = text;
    return 0;
  }
  let n: u32 = 0;
  if (environ !== null) while (environ[n] !== null) n++;
  const bytes = 4 * (n + 2);
  const room = _env_ours !== 0 ? realloc($addr(environ), bytes) : malloc(bytes);
  if (room === 0) return -1;
  if (_env_ours === 0 && n !== 0) memcpy(room, $addr(environ), 4 * n);
  _env_ours = 1;
  environ = $cast<ptr<str>>(room);
  environ[n] = text;
  environ[n + 1] = null;
  return 0;
}

export function setenv(name: str, value: str, overwrite: int): int {
  if (overwrite === 0 && _findenv(name) >= 0) return 0;
  const len = _namelen(name);
  const text = $cast<str>(malloc(len + strlen(value) + 2));
  if (text === null) return -1;
  memcpy($addr(text), $addr(name), len);
  text[len] = $ch('=');
  strcpy($padd(text, len + 1), value);
  return _enterenv(text);
}
/** A copy of "name=value"; -1 if there is no `=`. */
export function putenv(string: str): int {
  if (strchr(string, $ch('=')) === null) {
    errno = EINVAL;
    return -1;
  }
  const copy = strdup(string);
  return copy === null ? -1 : _enterenv(copy);
}
export function unsetenv(name: str): void {
  for (let at = _findenv(name); at >= 0; at = _findenv(name))
    for (let i = at; environ[i] !== null; i++) environ[i] = environ[i + 1];
}
