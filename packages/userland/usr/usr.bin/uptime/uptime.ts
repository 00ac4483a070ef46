/** uptime(1): how long the system has been up, and how busy it is. */
import type { timeval } from '../../../../kernel/src/sys/time.h.js';
import { time } from '../../lib/libc/gen/time.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf, printf } from '../../lib/libc/stdio/printf.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';
import { localtime } from '../../lib/libc/stdtime/localtime.js';
import { strftime } from '../../lib/libc/stdtime/strftime.js';
import { loadavgstr } from '../../lib/libutil/fixpt.js';
import { getsysctl } from '../../lib/libutil/sysctlbuf.js';

function plural(n: int): str {
  return n === 1 ? '' : 's';
}

/** " 1 day,  2:02," */
function pruptime(uptime: int): void {
  const days = uptime / 86400;
  const hrs = (uptime % 86400) / 3600;
  const mins = (uptime % 3600) / 60;
  const secs = uptime % 60;
  if (days > 0) printf(' %d day%s,', days, plural(days));
  if (hrs > 0 && mins > 0) printf(' %2d:%02d,', hrs, mins);
  else if (hrs > 0) printf(' %d hr%s,', hrs, plural(hrs));
  else if (mins > 0) printf(' %d min%s,', mins, plural(mins));
  else printf(' %d sec%s,', secs, plural(secs));
}

export function main(argc: int, argv: ptr<str>): int {
  const now = $var<int>();
  const boottime = $local<timeval>();
  const buf = $local<array<char, 64>>();
  if (getopt(argc, argv, '') !== -1 || optind !== argc) {
    fprintf(stderr, 'usage: uptime\n');
    return 1;
  }
  time(now);
  getsysctl('kern.boottime', $addr(boottime), $sizeof<timeval>());
  const uptime = now[0] - boottime.tv_sec;
  strftime(buf, 64, '%l:%M%p', localtime(now));
  printf('%s  up', buf);
  pruptime(uptime > 0 ? uptime : 0);
  printf(' 0 users, load averages: %s\n', loadavgstr(buf, 64, 0));
  return 0;
}
