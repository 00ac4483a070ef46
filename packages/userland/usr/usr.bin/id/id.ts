/** id(1): who the user is. There are no supplementary groups. */
import { group_from_gid, user_from_uid } from '../../lib/libc/gen/pwcache.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf, printf } from '../../lib/libc/stdio/printf.js';
import { exit } from '../../lib/libc/stdlib/exit.js';
import { getopt, optind } from '../../lib/libc/stdlib/getopt.js';
import { getegid, geteuid } from '../../lib/libc/sys/syscalls.js';

function usage(): never {
  fprintf(stderr, 'usage: id [-n] [-gGu]\n');
  exit(1);
}

export function main(argc: int, argv: ptr<str>): int {
  let names = false;
  let group = false;
  let user = false;
  for (let ch = getopt(argc, argv, 'Ggnru'); ch !== -1; ch = getopt(argc, argv, 'Ggnru')) {
    if (ch === $ch('G') || ch === $ch('g')) group = true;
    else if (ch === $ch('u')) user = true;
    else if (ch === $ch('n')) names = true;
    else if (ch !== $ch('r')) usage();
  }
  if (optind < argc || (group && user)) usage();
  const uname = user_from_uid(geteuid(), 0);
  const gname = group_from_gid(getegid(), 0);
  if (user && names) printf('%s\n', uname);
  else if (user) printf('%u\n', geteuid());
  else if (group && names) printf('%s\n', gname);
  else if (group) printf('%u\n', getegid());
  else printf('uid=%u(%s) gid=%u(%s) groups=%u(%s)\n', geteuid(), uname, getegid(), gname, getegid(), gname);
  return 0;
}
