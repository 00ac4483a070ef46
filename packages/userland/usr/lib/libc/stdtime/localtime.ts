/** gmtime(3), localtime(3), timegm(3), mktime(3), asctime(3) and ctime(3) (localtime.c, asctime.c), in UTC. */
import type { tm } from '../../../include/time.h.js';
import { strftime } from './strftime.js';

const _SECSPERDAY = 86400;
/** Days of 400, 100 and 4 years of the calendar. */
const _DAYS400 = 146097;
const _DAYS100 = 36524;
const _DAYS4 = 1461;
/** Days from 1 March of the year 0 to 1 January 1970. */
const _EPOCH = 719468;

let _tmbuf: embed<tm>;
let _asctime_buf: array<char, 26>;

/** Days from 1 January to the first of each month, from March on as a year that begins there. */
function _monthdays(march: int): int {
  return (153 * march + 2) / 5;
}

function _isleap(year: int): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

export function gmtime_r(clock: ptr<int>, t: tm): tm {
  let days = clock[0] / _SECSPERDAY;
  let rem = clock[0] % _SECSPERDAY;
  if (rem < 0) {
    rem += _SECSPERDAY;
    days--;
  }
  t.tm_hour = rem / 3600;
  t.tm_min = (rem % 3600) / 60;
  t.tm_sec = rem % 60;
  t.tm_wday = (days + 4 + 7 * 100000) % 7;
  /* The year is counted from March, so that the odd day is its last. */
  const day = days + _EPOCH;
  const era = day / _DAYS400;
  const doe = day % _DAYS400;
  const yoe = (doe - doe / (_DAYS4 - 1) + doe / _DAYS100 - doe / (_DAYS400 - 1)) / 365;
  const doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const mp = (5 * doy + 2) / 153;
  t.tm_mday = doy - _monthdays(mp) + 1;
  t.tm_mon = mp < 10 ? mp + 2 : mp - 10;
  const year = 400 * era + yoe + (t.tm_mon < 2 ? 1 : 0);
  t.tm_year = year - 1900;
  t.tm_yday = t.tm_mon < 2 ? doy - 306 : doy + 59 + (_isleap(year) ? 1 : 0);
  t.tm_isdst = 0;
  return t;
}
export function gmtime(clock: ptr<int>): tm {
  return gmtime_r(clock, _tmbuf);
}
export function localtime(clock: ptr<int>): tm {
  return gmtime_r(clock, _tmbuf);
}

/** The seconds of a time by the calendar, whose fields may lie outside of their bounds and are put right. */
export function timegm(t: tm): int {
  const clock = $var<int>();
  const months = t.tm_mon + 12 * (t.tm_year + 1900) - 2;
  const year = months / 12;
  const era = year / 400;
  const yoe = year % 400;
  const doy = _monthdays(months % 12) + t.tm_mday - 1;
  const days = era * _DAYS400 + 365 * yoe + yoe / 4 - yoe / 100 + doy - _EPOCH;
  clock[0] = days * _SECSPERDAY + t.tm_hour * 3600 + t.tm_min * 60 + t.tm_sec;
  gmtime_r(clock, t);
  return clock[0];
}
export function mktime(t: tm): int {
  return timegm(t);
}

/** "Sat May 19 12:00:00 2001\n" */
export function asctime(t: tm): str {
  strftime(_asctime_buf, 26, '%a %b %e %H:%M:%S %Y\n', t);
  return _asctime_buf;
}
export function ctime(clock: ptr<int>): str {
  return asctime(localtime(clock));
}
