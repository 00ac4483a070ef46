/**
 * together rounds readers: processes that share pages look at the same one at the same time, when it has to
 * come from swap. Nobody looks at the next one before all have seen this one.
 * Ends with status 1 if one was not as it was written.
 */
const TOGETHER_AT: u32 = 0x41000000;
const TOGETHER_PAGES: u32 = 96;
const TOGETHER_STEP: u32 = 8;
const SQUEEZE_AT: u32 = 0x70000000;
const SQUEEZE_PAGES: u32 = 1200;
const READERS_MAX = 16;

let together_ask: array<array<int, 2>, 16>;
let together_told: array<int, 2>;

function together_map(at: u32, pages: u32, flags: int): void {
  const how = MAP_ANON | MAP_FIXED | flags;
  if (mmap(at, pages * PAGE_SIZE, PROT_READ | PROT_WRITE, how, -1, 0) !== at) err(1, 'mmap');
}

/** Takes more than there is, and gives it back: what others have goes to swap. */
function together_squeeze(): void {
  together_map(SQUEEZE_AT, SQUEEZE_PAGES, MAP_PRIVATE);
  for (let i: u32 = 0; i < SQUEEZE_PAGES; i++) $st32(SQUEEZE_AT + i * PAGE_SIZE, i);
  munmap(SQUEEZE_AT, SQUEEZE_PAGES * PAGE_SIZE);
}

/** Says what is in each page that it is asked for, until nobody asks any more. */
function together_reader(ask: int): never {
  const page = $var<u32>();
  while (read(ask, $addr(page), 4) === 4) {
    page[0] = $ld32(page[0]);
    write(together_told[1], $addr(page), 4);
  }
  _exit(0);
}

export function main(argc: int, argv: ptr<str>): int {
  const rounds: int = argc > 1 ? atoi(argv[1]) : 1;
  const readers: int = argc > 2 ? atoi(argv[2]) : 3;
  const page = $var<u32>();
  let wrong = 0;
  if (readers < 1 || readers > READERS_MAX) errx(1, 'readers: 1 to %d', READERS_MAX);
  if (pipe($ref(together_told[0])) !== 0) err(1, 'pipe');
  together_map(TOGETHER_AT, TOGETHER_PAGES, MAP_SHARED);
  for (let r = 0; r < readers; r++) {
    if (pipe($ref(together_ask[r][0])) !== 0) err(1, 'pipe');
    const pid = fork();
    if (pid < 0) err(1, 'fork');
    if (pid === 0) {
      for (let k = 0; k <= r; k++) close(together_ask[k][1]);
      together_reader(together_ask[r][0]);
    }
  }
  for (let n = 0; n < rounds; n++) {
    for (let i: u32 = 0; i < TOGETHER_PAGES; i++) $st32(TOGETHER_AT + i * PAGE_SIZE, $u32(n) + i);
    together_squeeze();
    for (let i: u32 = 0; i < TOGETHER_PAGES; i += TOGETHER_STEP) {
      for (let r = 0; r < readers; r++) {
        page[0] = TOGETHER_AT + i * PAGE_SIZE;
        write(together_ask[r][1], $addr(page), 4);
      }
      for (let r = 0; r < readers; r++) {
        read(together_told[0], $addr(page), 4);
        if (page[0] !== $u32(n) + i) wrong++;
      }
    }
  }
  for (let r = 0; r < readers; r++) close(together_ask[r][1]);
  for (let r = 0; r < readers; r++) wait(null);
  printf('together: %d words wrong\n', wrong);
  return wrong === 0 ? 0 : 1;
}
