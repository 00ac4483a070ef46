/**
 * refrozen N: as frozen, N times one after the other. Two processes in one address space: one counts in a page as fast as it can, the other makes
 * that page read-only, looks whether the count goes on, and lets it go on. The store that traps is made again until it is let.
 */
const STACK = 0x4000;
/** Cycles for which it is looked on. */
const LOOK = 4000;
/** So often it is waited, at most, until the count goes on. */
const PATIENCE = 100000;
let page: u32 = 0;
/** Stores that have trapped. */
let traps: int = 0;

function trapped(sig: int): void {
  traps++;
}

function counter(arg: u32): int {
  for (;;) $st32(page, $ld32(page) + 1);
}

/** Does it count? False: it has not for a long time. */
function counts(): boolean {
  const before = $ld32(page);
  for (let i = 0; i < PATIENCE; i++) {
    if ($ld32(page) !== before) return true;
    $work(100);
  }
  return false;
}

/** The count of a page that is read-only goes on by so much. */
function frozen_for(): u32 {
  if (mprotect(page, PAGE_SIZE, PROT_READ) < 0) err(1, 'mprotect');
  const before = $ld32(page);
  $work(LOOK);
  const more = $ld32(page) - before;
  if (mprotect(page, PAGE_SIZE, PROT_READ | PROT_WRITE) < 0) err(1, 'mprotect');
  return more;
}

export function main(argc: int, argv: ptr<str>): int {
  const rounds = argc > 1 ? atoi(argv[1]) : 1;
  page = mmap(0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE, -1, 0);
  const stack = mmap(0, STACK, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE, -1, 0);
  if (page === MAP_FAILED || stack === MAP_FAILED) err(1, 'mmap');
  signal(SIGBUS, $addr(trapped));
  const pid = rfork_thread(RFPROC | RFMEM, stack + STACK, counter, 0);
  if (pid < 0) err(1, 'rfork');
  let more: u32 = 0;
  let round: int = 0;
  for (; round < rounds && more === 0; round++) {
    if (!counts()) errx(1, 'round %d: the count does not go on', round);
    more = frozen_for();
  }
  kill(pid, SIGKILL);
  waitpid(pid, null, 0);
  printf('read-only %d times, and still counted: %u (%d stores have trapped)\n', round, more, traps);
  return more === 0 ? 0 : 1;
}
