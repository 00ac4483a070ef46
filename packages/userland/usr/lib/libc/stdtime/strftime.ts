/** strftime(3): a time by a format, in the C locale. */
import type { FILE } from '../../../include/stdio.h.js';
import { __SSTR, __SWR } from '../../../include/stdio.h.js';
import type { tm } from '../../../include/time.h.js';
import { fprintf } from '../stdio/printf.js';
import { putc } from '../stdio/putc.js';
import { bzero } from '../string/memset.js';
import { timegm } from './localtime.js';

let _wday_name: array<str, 7> = $init([
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
]);
let _month_name: array<str, 12> = $init([
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]);

/** The length without the NUL; 0 if it does not fit into `maxsize` bytes. */
export function strftime(s: str, maxsize: u32, format: str, t: tm): u32 {
  const f = $local<FILE>();
  bzero($addr(f), $sizeof<FILE>());
  f._flags = __SWR | __SSTR;
  f._file = -1;
  f._bf = $addr(s);
  f._p = f._bf;
  f._w = $i32(maxsize);
  _fmt(f, format, t);
  putc(0, f);
  return f._w === 0 && (maxsize === 0 || s[maxsize - 1] !== 0) ? 0 : f._p - $addr(s) - 1;
}

/** Weeks of the year: of its days, those from the first `first` on (0 Sunday, 1 Monday). */
function _week(t: tm, first: int): int {
  return (t.tm_yday + 7 - ((t.tm_wday + 7 - first) % 7)) / 7;
}

/** The week of ISO 8601 and, if `year` is not null, the year that it belongs to. */
function _isoweek(t: tm, year: ptr<int>): int {
  let y = t.tm_year + 1900;
  let yday = t.tm_yday;
  for (;;) {
    const len = _isleapyear(y) ? 366 : 365;
    /* The day of the week of a year's Thursday decides. */
    const bot = ((yday + 11 - t.tm_wday) % 7) - 3;
    let top = bot - (len % 7);
    if (top < -3) top += 7;
    top += len;
    if (yday >= top) {
      year[0] = y + 1;
      return 1;
    }
    if (yday >= bot) {
      year[0] = y;
      return 1 + (yday - bot) / 7;
    }
    y--;
    yday += _isleapyear(y) ? 366 : 365;
  }
}

function _isleapyear(y: int): boolean {
  return y % 4 === 0 && (y % 100 !== 0 || y % 400 === 0);
}

function _hour12(t: tm): int {
  return t.tm_hour % 12 === 0 ? 12 : t.tm_hour % 12;
}

function _fmt(f: FILE, format: str, t: tm): void {
  for (let p = format; p[0] !== 0; p = $padd(p, 1)) {
    if (p[0] !== 37 || p[1] === 0) {
      putc(p[0], f);
      continue;
    }
    p = $padd(p, 1);
    /* %E and %O ask for another locale's forms. */
    while ((p[0] === $ch('E') || p[0] === $ch('O')) && p[1] !== 0) p = $padd(p, 1);
    if (!_datefmt(f, p[0], t) && !_timefmt(f, p[0], t)) putc(p[0], f);
  }
}

/** Conversions of days, months and years. */
function _datefmt(f: FILE, letter: int, t: tm): boolean {
  const year = $var<int>();
  switch (letter) {
    case $ch('A'):
      fprintf(f, '%s', _wday_name[t.tm_wday]);
      return true;
    case $ch('a'):
      fprintf(f, '%.3s', _wday_name[t.tm_wday]);
      return true;
    case $ch('B'):
      fprintf(f, '%s', _month_name[t.tm_mon]);
      return true;
    case $ch('b'):
    case $ch('h'):
      fprintf(f, '%.3s', _month_name[t.tm_mon]);
      return true;
    case $ch('C'):
      fprintf(f, '%02d', (t.tm_year + 1900) / 100);
      return true;
    case $ch('d'):
      fprintf(f, '%02d', t.tm_mday);
      return true;
    case $ch('e'):
      fprintf(f, '%2d', t.tm_mday);
      return true;
    case $ch('G'):
      _isoweek(t, year);
      fprintf(f, '%d', year[0]);
      return true;
    case $ch('g'):
      _isoweek(t, year);
      fprintf(f, '%02d', year[0] % 100);
      return true;
    case $ch('V'):
      fprintf(f, '%02d', _isoweek(t, year));
      return true;
    case $ch('j'):
      fprintf(f, '%03d', t.tm_yday + 1);
      return true;
    case $ch('m'):
      fprintf(f, '%02d', t.tm_mon + 1);
      return true;
    case $ch('U'):
      fprintf(f, '%02d', _week(t, 0));
      return true;
    case $ch('W'):
      fprintf(f, '%02d', _week(t, 1));
      return true;
    case $ch('u'):
      fprintf(f, '%d', t.tm_wday === 0 ? 7 : t.tm_wday);
      return true;
    case $ch('w'):
      fprintf(f, '%d', t.tm_wday);
      return true;
    case $ch('Y'):
      fprintf(f, '%d', t.tm_year + 1900);
      return true;
    case $ch('y'):
      fprintf(f, '%02d', (t.tm_year + 1900) % 100);
      return true;
    case $ch('D'):
    case $ch('x'):
      _fmt(f, '%m/%d/%y', t);
      return true;
    case $ch('F'):
      _fmt(f, '%Y-%m-%d', t);
      return true;
    case $ch('v'):
      _fmt(f, '%e-%b-%Y', t);
      return true;
    default:
      return false;
  }
}

/** Those of hours and less, and of both. */
function _timefmt(f: FILE, letter: int, t: tm): boolean {
  switch (letter) {
    case $ch('c'):
      _fmt(f, '%a %b %e %H:%M:%S %Y', t);
      return true;
    case $ch('+'):
      _fmt(f, '%a %b %e %H:%M:%S %Z %Y', t);
      return true;
    case $ch('H'):
      fprintf(f, '%02d', t.tm_hour);
      return true;
    case $ch('I'):
      fprintf(f, '%02d', _hour12(t));
      return true;
    case $ch('k'):
      fprintf(f, '%2d', t.tm_hour);
      return true;
    case $ch('l'):
      fprintf(f, '%2d', _hour12(t));
      return true;
    case $ch('M'):
      fprintf(f, '%02d', t.tm_min);
      return true;
    case $ch('n'):
      putc(10, f);
      return true;
    case $ch('t'):
      putc(9, f);
      return true;
    case $ch('p'):
      fprintf(f, '%s', t.tm_hour >= 12 ? 'PM' : 'AM');
      return true;
    case $ch('R'):
      _fmt(f, '%H:%M', t);
      return true;
    case $ch('r'):
      _fmt(f, '%I:%M:%S %p', t);
      return true;
    case $ch('S'):
      fprintf(f, '%02d', t.tm_sec);
      return true;
    case $ch('s'):
      fprintf(f, '%d', timegm(t));
      return true;
    case $ch('T'):
    case $ch('X'):
      _fmt(f, '%H:%M:%S', t);
      return true;
    case $ch('Z'):
      fprintf(f, 'UTC');
      return true;
    case $ch('z'):
      fprintf(f, '+0000');
      return true;
    case $ch('%'):
      putc(37, f);
      return true;
    default:
      return false;
  }
}
