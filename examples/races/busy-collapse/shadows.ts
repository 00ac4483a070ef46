/**
 * shadows rounds: forks again and again, writes a little between two forks, and has the children end at once,
 * while memory is short: shadow objects are merged while their pages are being written to swap.
 * Ends with status 1 if a page is not as it was written.
 */
const SHADOWS_AT: u32 = 0x41000000;
const SHADOWS_PAGES: u32 = 256;
const PRESSURE_AT: u32 = 0x70000000;
const PRESSURE_PAGES: u32 = 900;
const CHILDREN = 4;

let shadows_value: array<u32, 256>;

function shadows_map(at: u32, pages: u32): void {
  const how = MAP_ANON | MAP_FIXED | MAP_PRIVATE;
  if (mmap(at, pages * PAGE_SIZE, PROT_READ | PROT_WRITE, how, -1, 0) !== at) err(1, 'mmap');
}

/** Needs more memory than is left, for ever. */
function shadows_pressure(): never {
  shadows_map(PRESSURE_AT, PRESSURE_PAGES);
  for (let n: u32 = 0; ; n++) {
    for (let i: u32 = 0; i < PRESSURE_PAGES; i++) $st32(PRESSURE_AT + i * PAGE_SIZE, n);
    usleep(1);
  }
}

export function main(argc: int, argv: ptr<str>): int {
  const rounds: int = argc > 1 ? atoi(argv[1]) : 1;
  let wrong = 0;
  let next: u32 = 0;
  shadows_map(SHADOWS_AT, SHADOWS_PAGES);
  const pressure = fork();
  if (pressure === 0) shadows_pressure();
  for (let n = 0; n < rounds; n++) {
    /* All that is written now goes to swap sooner or later. */
    for (let i: u32 = 0; i < SHADOWS_PAGES; i++) {
      shadows_value[i] = (n << 16) | i | 1;
      $st32(SHADOWS_AT + i * PAGE_SIZE, shadows_value[i]);
    }
    for (let k = 0; k < CHILDREN; k++) {
      const pid = fork();
      if (pid === 0) _exit(0);
      for (let i = 0; i < 8; i++) {
        next = (next + 37) % SHADOWS_PAGES;
        shadows_value[next]++;
        $st32(SHADOWS_AT + next * PAGE_SIZE, shadows_value[next]);
      }
    }
    for (let k = 0; k < CHILDREN; k++) wait(null);
    for (let i: u32 = 0; i < SHADOWS_PAGES; i++)
      if ($ld32(SHADOWS_AT + i * PAGE_SIZE) !== shadows_value[i]) wrong++;
  }
  kill(pressure, SIGKILL);
  printf('shadows: %d words wrong\n', wrong);
  return wrong === 0 ? 0 : 1;
}
