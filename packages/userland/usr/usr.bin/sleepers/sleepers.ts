import { err } from '../../lib/libc/gen/err.js';
import { stderr } from '../../lib/libc/stdio/findfp.js';
import { fprintf } from '../../lib/libc/stdio/printf.js';
import { count_operand, idle_child, wait_all } from '../../lib/libload/child.js';

/** sleepers [count [pages]]: idle processes that touched some memory once: something to swap out. Waits for them. */
export function main(argc: int, argv: ptr<str>): int {
  const count = count_operand(argc > 1 ? argv[1] : $cast<str>(0), 8);
  const pages = count_operand(argc > 2 ? argv[2] : $cast<str>(0), 16);
  if (count === 0 || pages === 0 || argc > 3) {
    fprintf(stderr, 'usage: sleepers [count [pages]]\n');
    return 1;
  }
  for (let i: u32 = 0; i < count; i++) if (idle_child(pages) < 0) err(1, 'fork');
  wait_all();
  return 0;
}
