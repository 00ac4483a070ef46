/**
 * calls: makes system calls 210 and 211, which the kernel does not have, and says what they give. `calls pages N` touches N pages between two calls of 210, and
 * ends with status 1 if what they give cannot be the number of its pages.
 */
/** A small program has no more pages than that before it asks for memory, and one or two of its own may come. */
const OWN_MAX = 60;
const MORE_MAX = 2;

function call210(): int {
  return $syscall(210);
}

function call211(): int {
  return $syscall(211);
}

export function main(argc: int, argv: ptr<str>): int {
  if (argc > 1 && strcmp(argv[1], '211') === 0) {
    printf('211 gives %d\n', call211());
    return 0;
  }
  const isJudged = argc > 2 && strcmp(argv[1], 'pages') === 0;
  const pages: int = isJudged ? atoi(argv[2]) : 10;
  const p = mmap(0, $u32(pages) * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE, -1, 0);
  if (p === MAP_FAILED) err(1, 'mmap');
  const before = call210();
  for (let i: u32 = 0; i < $u32(pages); i++) $st8(p + i * PAGE_SIZE, 1);
  const after = call210();
  if (before < 0 || after < 0) err(1, '210');
  if (isJudged) {
    const more = after - before;
    return before > 0 && before <= OWN_MAX && more >= pages && more <= pages + MORE_MAX ? 0 : 1;
  }
  printf('%d pages, then %d\n', before, after);
  return 0;
}
