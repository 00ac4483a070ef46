/** calls: makes system calls 210 and 211, which the kernel does not have, and says what they give. */
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
  const p = mmap(0, 10 * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE, -1, 0);
  if (p === MAP_FAILED) err(1, 'mmap');
  const before = call210();
  for (let i: u32 = 0; i < 10; i++) $st8(p + i * PAGE_SIZE, 1);
  const after = call210();
  if (before < 0 || after < 0) err(1, '210');
  printf('%d pages, then %d\n', before, after);
  return 0;
}
