/**
 * calls: makes system calls 210 and 211, which the kernel does not have, and says what they give. `calls pages N` touches N pages, and up to fifteen more by the
 * clock, between two calls of 210, and ends with status 1 if what they give is not what the kernel counts for its process. `calls often` makes the call again
 * and again. `calls memory` says how many pages of memory are free.
 */
/** One or two pages of its own may come while it touches others. */
const MORE_MAX = 2;
/** So often it is asked, at most, until the kernel counts the same before and after the call. */
const TRIES_MAX = 10;
const TIMES_OFTEN = 2000;

function call210(): int {
  return $syscall(210);
}

function call211(): int {
  return $syscall(211);
}

/** How many pages the kernel counts for this process, by sysctl(3); its kernel stack, which is counted there, is none of them. */
function counted(): int {
  const mib = $local<array<int, 4>>();
  const kp = $local<kinfo_proc>();
  const len = $var<u32>();
  mib[0] = CTL_KERN;
  mib[1] = KERN_PROC;
  mib[2] = KERN_PROC_PID;
  mib[3] = getpid();
  len[0] = KINFO_PROC_SIZE;
  if (sysctl(mib, 4, $addr(kp), len, 0, 0) !== 0) err(1, 'sysctl');
  return $i32(kp.ki_rssize) - UPAGES;
}

/** What the call gives; ends the program if that is not what the kernel counts before it, and still counts after it. */
function judged(): int {
  for (let i: int = 0; i < TRIES_MAX; i++) {
    const before = counted();
    const got = call210();
    const after = counted();
    if (got < 0) err(1, '210');
    if (before !== after) continue;
    if (got !== after) errx(1, '210 gives %d pages, and the kernel counts %d for this process', got, after);
    return got;
  }
  errx(1, 'what the kernel counts for this process does not stay the same while it calls 210');
  return -1;
}

function free_pages(): u32 {
  const free = $var<u32>();
  const len = $var<u32>();
  len[0] = 4;
  if (sysctlbyname('vm.stats.vm.v_free_count', $addr(free), len, 0, 0) !== 0) err(1, 'sysctl');
  return free[0];
}

function touch(pages: int): void {
  const p = mmap(0, $u32(pages) * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE, -1, 0);
  if (p === MAP_FAILED) err(1, 'mmap');
  for (let i: u32 = 0; i < $u32(pages); i++) $st8(p + i * PAGE_SIZE, 1);
}

/** Nobody knows before how many it will be. */
function by_the_clock(): int {
  const now = $local<timeval>();
  if (gettimeofday(now, 0) !== 0) err(1, 'gettimeofday');
  return $i32(now.tv_usec) & 15;
}

function judge(least: int): int {
  const pages = least + by_the_clock();
  const before = judged();
  touch(pages);
  const more = judged() - before;
  if (more < pages || more > pages + MORE_MAX) errx(1, '210 gives %d pages more after %d were touched', more, pages);
  return 0;
}

export function main(argc: int, argv: ptr<str>): int {
  if (argc > 1 && strcmp(argv[1], '211') === 0) {
    printf('211 gives %d\n', call211());
    return 0;
  }
  if (argc > 1 && strcmp(argv[1], 'often') === 0) {
    for (let i: int = 0; i < TIMES_OFTEN; i++) if (call210() < 0) err(1, '210');
    return 0;
  }
  if (argc > 1 && strcmp(argv[1], 'memory') === 0) {
    printf('%u pages are free\n', free_pages());
    return 0;
  }
  if (argc > 2 && strcmp(argv[1], 'pages') === 0) return judge(atoi(argv[2]));
  const before = call210();
  touch(10);
  const after = call210();
  if (before < 0 || after < 0) err(1, '210');
  printf('%d pages, then %d\n', before, after);
  return 0;
}
