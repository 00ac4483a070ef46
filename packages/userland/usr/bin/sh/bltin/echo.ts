import { strcmp } from '../../../lib/libc/string/strcmp.js';
import { out1c, out1str, outerror } from '../output.js';

/** echo [-n] [word ...] */
export function echocmd(argc: int, argv: ptr<str>): int {
  const quiet = argc > 1 && strcmp(argv[1], '-n') === 0;
  for (let i = quiet ? 2 : 1; i < argc; i++) {
    out1str(argv[i]);
    if (i + 1 < argc) out1c($ch(' '));
  }
  if (!quiet) out1c($ch('\n'));
  return outerror() !== 0 ? 1 : 0;
}
