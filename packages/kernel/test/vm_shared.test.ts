import { describe, expect, it } from 'vitest';
import { type Answer, type RunOptions, runInKernel } from './boot.js';

const REGIMES = ['giant', 'vm_mtx-20010519+swaplocks+vmspace-ref'];
const NO_PANIC = /panic|Fatal trap/;
/** How `fate` tells of SIGKILL. */
const KILLED = 128 + 9;
const SHARERS = 60;

const PROGRAM = String.raw`
const AT: u32 = 0x40000000;
const MAP: u32 = 0x30000000;
const RW = PROT_READ | PROT_WRITE;
const SHARED = 2000; // pages of the shared mapping

function map(at: u32, pages: u32, flags: int, fd: int): void {
  if (mmap(at, pages * PAGE_SIZE, RW, MAP_FIXED | flags, fd, 0) !== at) err(1, 'mmap');
}

/** Writes to many pages again and again until all else is cached, clean, or on swap. */
function squeeze(): void {
  const pages: u32 = 3000;
  for (let n = 0; n < 4; n++) {
    map(AT, pages, MAP_ANON | MAP_PRIVATE, -1);
    for (let i: u32 = 0; i < pages; i++) $st32(AT + i * PAGE_SIZE, i);
    if (munmap(AT, pages * PAGE_SIZE) !== 0) err(1, 'munmap');
  }
}

function put(fd: int, text: str): void {
  if (write(fd, $addr(text), strlen(text)) !== $i32(strlen(text))) err(1, 'write');
}

function test_files(): void {
  const path = '/tmp/f';
  mkdir('/tmp', 0o777);
  const fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o644);
  put(fd, 'first\n');
  squeeze();
  /* memfs_zero_tail and memfs_put on pages that the page daemon has written to swap and cached */
  put(fd, 'second\n');
  squeeze();
  ftruncate(fd, 9);
  /* and memfs_putpage on one, for a page of a shared mapping */
  map(MAP, 1, MAP_SHARED, fd);
  squeeze();
  $st32(MAP, 0x52494621);
  squeeze();
  msync(MAP, PAGE_SIZE, MS_SYNC);
  close(fd);
  const fp = fopen(path, 'r');
  for (let c = getc(fp); c !== EOF; c = getc(fp)) say('byte', c);
  fclose(fp);
  say('open', open(path, O_RDWR) < 0 ? 0 : 1);
}

/** Is each page of the shared mapping as it was written? */
function intact(): boolean {
  for (let i: u32 = 0; i < SHARED; i++) if ($ld32(AT + i * PAGE_SIZE) !== ~i) return false;
  return true;
}

/** Many processes that all touch many pages of one shared mapping. */
function test_sharers(): void {
  const pids = $local<array<int, ${SHARERS}>>();
  map(AT, SHARED, MAP_ANON | MAP_SHARED, -1);
  for (let i: u32 = 0; i < SHARED; i++) $st32(AT + i * PAGE_SIZE, ~i);
  for (let n = 0; n < ${SHARERS}; n++) {
    pids[n] = fork();
    if (pids[n] < 0) err(1, 'fork');
    if (pids[n] !== 0) continue;
    if (!intact()) _exit(1);
    sleep(5);
    _exit(intact() ? 0 : 2);
  }
  for (let n = 0; n < ${SHARERS}; n++) say('child', fate(pids[n]));
}

/** What becomes of a program with arguments. */
function test_run(argv: ptr<str>): void {
  const pid = fork();
  if (pid === 0) {
    execve(argv[0], argv, environ);
    _exit(127);
  }
  say('status', fate(pid));
}

export function main(argc: int, argv: ptr<str>): int {
  const what = argv[1];
  if (strcmp(what, 'files') === 0) test_files();
  else if (strcmp(what, 'sharers') === 0) test_sharers();
  else test_run($padd(argv, 1));
  say('done', 0);
  return 0;
}
`;

const ask = (words: string, options: RunOptions): Promise<Answer> => runInKernel(PROGRAM, words, options);

/** The numbers said of one thing. */
const numbers = (answer: Answer, what: string): number[] =>
  answer.said.filter((l) => l.startsWith(`${what} `)).map((l) => Number(l.slice(what.length + 1)));

describe('files when memory is short', () => {
  for (const locking of REGIMES) {
    it(`can be written, appended to, cut and mapped although their pages are cached (${locking})`, async () => {
      const answer = await ask('files', { ramBytes: 10 << 20, locking });
      const { console, why, said } = answer;
      expect(console).not.toMatch(NO_PANIC);
      const seen = String.fromCharCode(...numbers(answer, 'byte'));
      expect(said.slice(-2)).toEqual(['open 1', 'done 0']);
      expect([why, seen]).toEqual(['halt', '!FIRt\nsec']);
    });
  }
});

/** A third one: npm run acceptance. */
const SEEDS = process.env.TRAP12_FULL === undefined ? [1, 2] : [1, 2, 3];

describe('a shared address space', () => {
  for (const locking of REGIMES) {
    /* Of the kernel that slept in pmap_enter a quarter of such runs died. */
    for (const [ncpu, args] of [
      [1, '8 120 512'],
      [2, '12 60 512'],
    ] as const) {
      it(`holds what its threads write, with memory too short for page tables (${locking}, ${ncpu} CPUs)`, async () => {
        for (const seed of SEEDS) {
          const answer = await ask(`/bin/threads ${args}`, { ramBytes: 5 << 20, locking, ncpu, seed });
          const { console, why } = answer;
          const [status] = numbers(answer, 'status');
          expect(console).not.toMatch(NO_PANIC);
          expect([seed, why, status]).toEqual([seed, 'halt', 0]);
        }
      });
    }
  }
});

describe('more mappings than pv entries', () => {
  /**
   * So few that they run out, with the page daemon as if it had been told already: it does not collect
   * before.
   */
  const SHPGPERPROC = 10;
  const few = (system: { set(name: string, value: number): void }): void => {
    system.set('pmap_shpgperproc', SHPGPERPROC);
    system.set('pmap_pagedaemon_waken', 1);
  };
  const MACHINE = { ramBytes: 24 << 20, prepare: few };
  for (const locking of REGIMES) {
    it(`takes those of others, and nobody reads a wrong byte (${locking})`, async () => {
      const answer = await ask('sharers', { ...MACHINE, locking });
      const { console, why, said, system } = answer;
      expect(console).not.toMatch(NO_PANIC);
      expect([why, said.at(-1)]).toEqual(['halt', 'done 0']);
      /* The page daemon may have killed some for want of memory. */
      const fates = numbers(answer, 'child').map((f) => (f === KILLED ? 0 : f));
      expect(fates).toEqual(Array<number>(SHARERS).fill(0));
      expect(system.get('pv_reclaim_rover'), 'it came to that').toBeGreaterThan(0);
    });
  }

  it('is a panic without that, as it was in 2001', async () => {
    const { console } = await ask('sharers', {
      ...MACHINE,
      locking: 'giant',
      prepare: (system) => {
        few(system);
        system.set('pv_entry_reclaim', 0);
      },
    });
    expect(console).toContain('panic: get_pv_entry: no pv entries');
  });
});
