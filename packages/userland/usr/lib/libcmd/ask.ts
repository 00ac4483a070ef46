/** What cp(1), mv(1) and rm(1) ask before they destroy something. */
import { EOF } from '../../include/stdio.h.js';
import type { struct_stat } from '../../include/sys/stat.h.js';
import { group_from_gid, user_from_uid } from '../libc/gen/pwcache.js';
import { stderr } from '../libc/stdio/findfp.js';
import { getchar } from '../libc/stdio/getc.js';
import { fprintf } from '../libc/stdio/printf.js';
import { strmode } from '../libc/string/strmode.js';

/** The question for a file that the user may not write to, whose status is `sb`. */
export function ask_override(path: str, sb: struct_stat, choices: str): void {
  const modep = $local<array<char, 12>>();
  strmode(sb.st_mode, modep);
  fprintf(
    stderr,
    'override %s%s%s/%s for %s? %s',
    $padd(modep, 1),
    modep[9] === 32 ? '' : ' ',
    user_from_uid(sb.st_uid, 0),
    group_from_gid(sb.st_gid, 0),
    path,
    choices,
  );
}

/** Reads a line: does it begin with a y? */
export function answered_yes(): boolean {
  const first = getchar();
  for (let ch = first; ch !== $ch('\n') && ch !== EOF; ) ch = getchar();
  return first === $ch('y') || first === $ch('Y');
}
