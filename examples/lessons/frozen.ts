/**
 * frozen: two processes in one address space. One counts in a page, as fast as it can. The other makes that page read-only, and looks by how
 * much the count goes on.
 */
const STACK = 0x4000;
let page: u32 = 0;

function counter(arg: u32): int {
  for (;;) $st32(page, $ld32(page) + 1);
}

export function main(argc: int, argv: ptr<str>): int {
  const status = $var<int>();
  page = mmap(0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE, -1, 0);
  const stack = mmap(0, STACK, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE, -1, 0);
  if (page === MAP_FAILED || stack === MAP_FAILED) err(1, 'mmap');
  const pid = rfork_thread(RFPROC | RFMEM, stack + STACK, counter, 0);
  if (pid < 0) err(1, 'rfork');
  usleep(10000);
  if (mprotect(page, PAGE_SIZE, PROT_READ) < 0) err(1, 'mprotect');
  const before = $ld32(page);
  usleep(10000);
  const after = $ld32(page);
  kill(pid, SIGTERM);
  waitpid(pid, status, 0);
  printf('read-only, and still counted: %u\n', after - before);
  const signal = WTERMSIG(status[0]);
  printf('the counter ended by signal %d\n', signal);
  return after === before ? 0 : 1;
}
