/**
 * remap rounds: two processes with one address space. One reads pages that have to come from swap; while it
 * waits for each, the other unmaps the page and maps a new one there, which must be zero then and later.
 * Ends with status 1 if a page was not.
 */
const REMAP_AT: u32 = 0x41000000;
const REMAP_PAGES: u32 = 96;
const REMAP_STEP: u32 = 8;
const SQUEEZE_AT: u32 = 0x70000000;
const SQUEEZE_PAGES: u32 = 1200;
const STACK_AT: u32 = 0x48000000;

let remap_pipe: array<int, 2>;
let remap_sum: u32 = 0;
let remap_wrong: int = 0;

/** A page is not mapped for a moment: the reader looks again. */
function remap_fault(sig: int): void {
  usleep(1000);
}

/** Reads the page that it is told, for ever. */
function remap_reader(arg: u32): int {
  const page = $var<u32>();
  signal(SIGSEGV, $addr(remap_fault));
  signal(SIGBUS, $addr(remap_fault));
  while (read(remap_pipe[0], $addr(page), 4) === 4) remap_sum += $ld32(page[0]);
  return 0;
}

function remap_map(at: u32, pages: u32, flags: int): void {
  const how = MAP_ANON | MAP_FIXED | flags;
  if (mmap(at, pages * PAGE_SIZE, PROT_READ | PROT_WRITE, how, -1, 0) !== at) err(1, 'mmap');
}

/** Takes more than there is, and gives it back: what others have goes to swap. */
function remap_squeeze(): void {
  remap_map(SQUEEZE_AT, SQUEEZE_PAGES, MAP_PRIVATE);
  for (let i: u32 = 0; i < SQUEEZE_PAGES; i++) $st32(SQUEEZE_AT + i * PAGE_SIZE, i);
  munmap(SQUEEZE_AT, SQUEEZE_PAGES * PAGE_SIZE);
}

function remap_check(page: u32): void {
  if ($ld32(page) === 0) return;
  if (remap_wrong++ === 0) printf('remap: the new page 0x%x has 0x%x\n', page, $ld32(page));
}

export function main(argc: int, argv: ptr<str>): int {
  const rounds: int = argc > 1 ? atoi(argv[1]) : 1;
  const page = $var<u32>();
  if (pipe($ref(remap_pipe[0])) !== 0) err(1, 'pipe');
  remap_map(STACK_AT, 4, MAP_PRIVATE);
  const reader = rfork_thread($i32(RFPROC | RFMEM), STACK_AT + 4 * PAGE_SIZE, remap_reader, 0);
  if (reader < 0) err(1, 'rfork');
  for (let n = 0; n < rounds; n++) {
    remap_map(REMAP_AT, REMAP_PAGES, MAP_SHARED);
    for (let i: u32 = 0; i < REMAP_PAGES; i++) $st32(REMAP_AT + i * PAGE_SIZE, i + 1);
    /* Somebody else has them, too: so they outlive their mapping here. */
    const other = fork();
    if (other === 0) for (;;) sleep(3600);
    remap_squeeze();
    for (let i: u32 = 0; i < REMAP_PAGES; i += REMAP_STEP) {
      page[0] = REMAP_AT + i * PAGE_SIZE;
      write(remap_pipe[1], $addr(page), 4);
      $work(500000);
      munmap(page[0], PAGE_SIZE);
      remap_map(page[0], 1, MAP_PRIVATE);
      usleep(20000);
      remap_check(page[0]);
    }
    kill(other, SIGKILL);
    waitpid(other, null, 0);
  }
  kill(reader, SIGKILL);
  printf('remap: %d pages wrong\n', remap_wrong);
  return remap_wrong === 0 ? 0 : 1;
}
