/** fnmatch(3): does a name match a pattern of the shell? 0, or FNM_NOMATCH. */
import { tolower } from '../locale/isctype.js';

export const FNM_NOMATCH = 1;
export const FNM_NOESCAPE = 0x01; // a backslash is a character
export const FNM_PATHNAME = 0x02; // a slash is matched by a slash only
export const FNM_PERIOD = 0x04; // a leading period is matched by a period only
export const FNM_LEADING_DIR = 0x08; // what is behind a matched directory does not matter
export const FNM_CASEFOLD = 0x10; // without regard to case

const _RANGE_MATCH = 1;
const _RANGE_NOMATCH = 0;
const _RANGE_ERROR = -1;

/** A period at the start of the string, or of a name in it. */
function _leadingperiod(string: str, at: int, flags: int): boolean {
  if (string[at] !== 46 || (flags & FNM_PERIOD) === 0) return false;
  return at === 0 || (flags & FNM_PATHNAME && string[at - 1] === 47);
}

export function fnmatch(pattern: str, string: str, flags: int): int {
  return _matches(pattern, string, 0, flags) ? 0 : FNM_NOMATCH;
}

function _fold(c: int, flags: int): int {
  return flags & FNM_CASEFOLD ? tolower(c) : c;
}

/** Does the pattern match the string from `at` on? */
function _matches(pattern: str, string: str, from: int, flags: int): boolean {
  let p = 0;
  let at = from;
  const end = $var<int>();
  for (;;) {
    let c: int = pattern[p++];
    switch (c) {
      case 0:
        return string[at] === 0 || (flags & FNM_LEADING_DIR && string[at] === 47);
      case 63: // ?
        if (string[at] === 0 || (string[at] === 47 && flags & FNM_PATHNAME)) return false;
        if (_leadingperiod(string, at, flags)) return false;
        at++;
        break;
      case 42: // *
        return _star($padd(pattern, p), string, at, flags);
      case 91: // [
        if (string[at] === 0 || (string[at] === 47 && flags & FNM_PATHNAME)) return false;
        if (_leadingperiod(string, at, flags)) return false;
        end[0] = p;
        switch (_rangematch(pattern, string[at], flags, end)) {
          case _RANGE_NOMATCH:
            return false;
          case _RANGE_MATCH:
            p = end[0];
            break;
          default:
            /* No closing bracket: an ordinary character. */
            if (string[at] !== 91) return false;
            break;
        }
        at++;
        break;
      default:
        if (c === 92 && (flags & FNM_NOESCAPE) === 0 && pattern[p] !== 0) c = pattern[p++];
        if (_fold(c, flags) !== _fold(string[at], flags)) return false;
        at++;
        break;
    }
  }
}

/** What is behind a `*`, at every place that it may have reached. */
function _star(rest: str, string: str, from: int, flags: int): boolean {
  if (_leadingperiod(string, from, flags)) return false;
  let p = 0;
  while (rest[p] === 42) p++;
  if (rest[p] === 0 && (flags & FNM_PATHNAME) === 0) return true;
  for (let at = from; ; at++) {
    if (_matches($padd(rest, p), string, at, flags & ~FNM_PERIOD)) return true;
    if (string[at] === 0 || (string[at] === 47 && flags & FNM_PATHNAME)) return false;
  }
}

/** A set of characters, of which `*endp` is the first; on a match it becomes what is behind it. */
function _rangematch(pattern: str, test: int, flags: int, endp: ptr<int>): int {
  let p = endp[0];
  const negate = pattern[p] === 33 || pattern[p] === 94;
  if (negate) p++;
  const ch = _fold(test, flags);
  let ok = false;
  for (let first = true; first || pattern[p] !== 93; first = false) {
    let c: int = pattern[p++];
    if (c === 92 && (flags & FNM_NOESCAPE) === 0) c = pattern[p++];
    if (c === 0) return _RANGE_ERROR;
    if (c === 47 && flags & FNM_PATHNAME) return _RANGE_NOMATCH;
    c = _fold(c, flags);
    let c2 = c;
    if (pattern[p] === 45 && pattern[p + 1] !== 0 && pattern[p + 1] !== 93) {
      c2 = pattern[p + 1];
      p += 2;
      if (c2 === 92 && (flags & FNM_NOESCAPE) === 0) c2 = pattern[p++];
      if (c2 === 0) return _RANGE_ERROR;
      c2 = _fold(c2, flags);
    }
    if (c <= ch && ch <= c2) ok = true;
  }
  endp[0] = p + 1;
  return ok === negate ? _RANGE_NOMATCH : _RANGE_MATCH;
}
