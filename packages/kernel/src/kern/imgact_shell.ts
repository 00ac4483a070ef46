/**
 * The activator of scripts (kern/imgact_shell.c): "#!" and the interpreter's name, then words that it gets as
 * arguments, all on the first MAXSHELLCMDLEN bytes of the file. The script's own name follows them.
 */
import { bcopy } from '../i386/support.js';
import { E2BIG, ENAMETOOLONG, ENOEXEC } from '../sys/errno.h.js';
import type { image_params } from '../sys/imgact.h.js';
import { MAXSHELLCMDLEN, SHELLMAGIC } from '../sys/imgact.h.js';

const CH_NL = 10;
const CH_TAB = 9;
const CH_SPACE = 32;
const CH_HASH = 35;

/** Is the byte a blank? Locks: none. @inline */
function isblank(c: u8): boolean {
  return c === CH_SPACE || c === CH_TAB;
}

/** Executes a script's interpreter; -1 if the file is none. Locks: Giant. Does not sleep. */
export function* exec_shell_imgact(imgp: image_params): Sleeps<int> {
  const header: u32 = imgp.ip_image_header;
  if (imgp.ip_size < 3 || $ld16(header) !== SHELLMAGIC || imgp.ip_interpreted !== 0) return -1;
  let end: u32 = header + 2;
  while ($ld8(end) !== CH_NL && $ld8(end) !== CH_HASH) {
    if (end >= header + MAXSHELLCMDLEN || $i64(end - header) >= imgp.ip_size) return ENAMETOOLONG;
    end++;
  }
  return shell_words(imgp, header + 2, end);
}

/** Splits the line into the interpreter's name and arguments. Locks: none. Does not sleep. */
function shell_words(imgp: image_params, cp: u32, end: u32): int {
  let first = true;
  for (;;) {
    while (cp < end && isblank($ld8(cp))) cp++;
    if (cp >= end) break;
    const start: u32 = cp;
    while (cp < end && !isblank($ld8(cp))) cp++;
    const len: u32 = cp - start;
    if (first) {
      bcopy(start, $addr(imgp.ip_interpreter_name), len);
      $st8($addr(imgp.ip_interpreter_name) + len, 0);
      first = false;
    }
    if ($i32(len) + 1 > imgp.ip_stringspace) return E2BIG;
    bcopy(start, imgp.ip_stringp, len);
    $st8(imgp.ip_stringp + len, 0);
    imgp.ip_stringp += len + 1;
    imgp.ip_stringspace -= $i32(len) + 1;
    imgp.ip_argc++;
  }
  /* A line without a word names no interpreter. */
  if (first) return ENOEXEC;
  imgp.ip_interpreted = 1;
  imgp.ip_argv0 = imgp.ip_fname;
  return 0;
}
