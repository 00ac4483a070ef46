/**
 * each-frozen N ROUNDS: as refrozen, by N processes in one address space, each in its turn. While one of them makes the page read-only and
 * looks, ROUNDS times, all the others count in it, each in a word of its own. On N processors each of them is told of the change by each.
 */
const STACK = 0x4000;
const MOST = 16;
/** Cycles for which it is looked on. */
const LOOK = 4000;
/** So often it is waited, at most, until all others count. */
const PATIENCE = 100000;
/** Each counts in its word. */
let page: u32 = 0;
let everybody: u32 = 0;
let rounds: int = 0;
/** Whose turn it is; everybody: it is over. */
let turn: u32 = 0;
/** So often the page was read-only, and by so much the counts went on meanwhile. */
let times: int = 0;
let more: u32 = 0;
/** Somebody was waited for in vain. */
let stuck: boolean = false;
/** The counts before. */
let before: array<u32, 16>;

function trapped(sig: int): void {}

function count(who: u32): u32 {
  return $ld32(page + who * 4);
}

function remember(): void {
  for (let who: u32 = 0; who < everybody; who++) before[who] = count(who);
}

/** Do all the others count? False: one has not for a long time. */
function all_count(me: u32): boolean {
  remember();
  for (let who: u32 = 0; who < everybody; who++) {
    let i = 0;
    while (who !== me && count(who) === before[who]) {
      if (i++ === PATIENCE) return false;
      $work(100);
    }
  }
  return true;
}

/** The counts in a page that is read-only go on by so much. */
function frozen_for(): u32 {
  let by: u32 = 0;
  if (mprotect(page, PAGE_SIZE, PROT_READ) < 0) err(1, 'mprotect');
  remember();
  $work(LOOK);
  for (let who: u32 = 0; who < everybody; who++) by += count(who) - before[who];
  if (mprotect(page, PAGE_SIZE, PROT_READ | PROT_WRITE) < 0) err(1, 'mprotect');
  return by;
}

/** Counts until it is its turn, then has the page frozen, then counts again until all is over. */
function taker(me: u32): int {
  for (;;) {
    if (turn === everybody || stuck || more !== 0) _exit(0);
    if (turn !== me) {
      $st32(page + me * 4, count(me) + 1);
      continue;
    }
    for (let i = 0; i < rounds && more === 0 && !stuck; i++) {
      if (all_count(me)) {
        more = frozen_for();
        times++;
      } else stuck = true;
    }
    turn = me + 1;
  }
}

export function main(argc: int, argv: ptr<str>): int {
  everybody = argc > 1 ? atoi(argv[1]) : 2;
  rounds = argc > 2 ? atoi(argv[2]) : 1;
  if (everybody < 2 || everybody > MOST) errx(2, 'processes: 2 to %d', MOST);
  page = mmap(0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE, -1, 0);
  if (page === MAP_FAILED) err(1, 'mmap');
  signal(SIGBUS, $addr(trapped));
  for (let who: u32 = 0; who < everybody; who++) {
    const stack = mmap(0, STACK, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE, -1, 0);
    if (stack === MAP_FAILED) err(1, 'mmap');
    if (rfork_thread(RFPROC | RFMEM, stack + STACK, taker, who) < 0) err(1, 'rfork');
  }
  for (let who: u32 = 0; who < everybody; who++) wait(null);
  if (stuck) errx(1, 'round %d: a count does not go on', times);
  printf('read-only %d times, and still counted: %u\n', times, more);
  return more === 0 ? 0 : 1;
}
