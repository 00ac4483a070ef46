/** --help: what a program is and how it is called, from the one file that has it for all of them. */
import { O_RDONLY } from '../../../kernel/src/sys/fcntl.h.js';
import { strcmp } from '../lib/libc/string/strcmp.js';
import { strlen } from '../lib/libc/string/strlen.js';
import { _exit, close, open, read, write } from '../lib/libc/sys/syscalls.js';

/** A section for each program: a line `@ name ...`, then its text. */
const HELP_FILE = '/usr/share/misc/help';
const HELP_BUF = 512;
/** Names longer than this are nobody's. */
const HELP_NAME = 31;

/** Is the line, which begins with `@ `, the head of the section of that name? */
function help_names(line: ptr<char>, len: int, name: str): boolean {
  const n = $int(strlen(name));
  let i = 1;
  while (i < len) {
    while (i < len && line[i] === $ch(' ')) i++;
    let k = 0;
    while (i + k < len && k < n && line[i + k] === name[k]) k++;
    if (k === n && (i + k === len || line[i + k] === $ch(' '))) return true;
    while (i < len && line[i] !== $ch(' ')) i++;
  }
  return false;
}

/**
 * Writes the section of a program to standard output and ends it with status 0, if it was called with --help
 * and nothing else and has a section; otherwise comes back.
 */
export function _help(argc: int, argv: ptr<str>, name: str): void {
  if (argc !== 2 || strcmp(argv[1], '--help') !== 0 || strlen(name) > HELP_NAME) return;
  const fd = open(HELP_FILE, O_RDONLY);
  if (fd < 0) return;
  const buf = $local<array<char, 512>>();
  const line = $local<array<char, 128>>();
  let len = 0;
  let shown = false;
  let found = false;
  for (let n = read(fd, $addr(buf), HELP_BUF); n > 0; n = read(fd, $addr(buf), HELP_BUF)) {
    for (let i = 0; i < n; i++) {
      if (len < 127) line[len++] = buf[i];
      if (buf[i] !== $ch('\n')) continue;
      if (line[0] === $ch('@')) shown = help_names(line, len - 1, name);
      else if (shown) {
        found = true;
        write(1, $addr(line), $u32(len));
      }
      len = 0;
    }
  }
  close(fd);
  if (found) _exit(0);
}
