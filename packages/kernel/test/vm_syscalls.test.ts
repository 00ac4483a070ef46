import { describe, expect, it } from 'vitest';
import { type Answer, runInKernel } from './boot.js';

const SIG = { BUS: 10, SEGV: 11 };
const E = { BADF: -9, NOMEM: -12, ACCES: -13, FAULT: -14, INVAL: -22, AGAIN: -35, OPNOTSUPP: -45 };
/** Where address space that nobody chose begins, at the least. */
const LOWEST = 0x20000000;

const PROGRAM = String.raw`
const RW = PROT_READ | PROT_WRITE;
/** There is no name of this call in libc, since it never works. */
const SYS_SSTK = 69;
/** Nothing is mapped here. */
const NOWHERE: u32 = 0x70000000;
/** What the child has read, so that the reading is of use. */
let seen: int = 0;

function sstk(incr: int): int {
  return $syscall(SYS_SSTK);
}
function map(addr: u32, len: u32, prot: int, flags: int, fd: int, pos: off_t): int {
  return got($i32(mmap(addr, len, prot, flags, fd, pos)));
}
function anon(pages: u32, flags: int): u32 {
  const at = map(0, pages * PAGE_SIZE, RW, MAP_ANON | flags, -1, 0);
  say('anon', at);
  return $u32(at);
}
/** What becomes of a child that reads a word there. */
function touch(at: u32): int {
  const pid = fork();
  if (pid !== 0) return fate(pid);
  seen = $i32($ld32(at));
  _exit(0);
}
/** What becomes of a child that writes one. */
function poke(at: u32, value: u32): int {
  const pid = fork();
  if (pid !== 0) return fate(pid);
  $st32(at, value);
  _exit(0);
}
function word(what: str, at: u32): void {
  say(what, $i32($ld32(at)));
}
function text(what: str, at: u32): void {
  printf('= %s %.9s\n', what, $cast<str>(at));
}

function test_mmap(): void {
  const at = anon(4, MAP_PRIVATE);
  word('fresh', at);
  $st32(at + PAGE_SIZE, 0x1234);
  say('munmap', got(munmap(at, 2 * PAGE_SIZE)));
  say('touch it', touch(at + PAGE_SIZE));
  say('touch the rest', touch(at + 2 * PAGE_SIZE));
  say('munmap hole', got(munmap(at, 4 * PAGE_SIZE)));
  say('no file', map(0, PAGE_SIZE, RW, MAP_PRIVATE, 77, 0));
  say('file and anon', map(0, PAGE_SIZE, RW, MAP_ANON | MAP_PRIVATE, 0, 0));
  say('unaligned', map(0x30000001, PAGE_SIZE, RW, MAP_ANON | MAP_FIXED, -1, 0));
  say('into the kernel', map(0xbfbff000, 2 * PAGE_SIZE, RW, MAP_ANON | MAP_FIXED, -1, 0));
  say('too long', map(0, -PAGE_SIZE, RW, MAP_ANON, -1, 0));
}

function test_fixed(): void {
  const at = anon(3, MAP_PRIVATE);
  for (let i: u32 = 0; i < 3; i++) $st32(at + i * PAGE_SIZE, i + 1);
  const second = at + PAGE_SIZE;
  say('moved by', map(second, PAGE_SIZE, RW, MAP_ANON | MAP_FIXED, -1, 0) - $i32(second));
  for (let i: u32 = 0; i < 3; i++) word('word', at + i * PAGE_SIZE);
}

function test_fork(): void {
  const shared = anon(1, MAP_SHARED);
  const own = anon(1, MAP_PRIVATE);
  $st32(own, 5);
  say('poke', poke(shared, 7));
  say('poke', poke(own, 7));
  word('shared', shared);
  word('own', own);
}

function test_file(): void {
  const fd = open('/etc/data', O_RDWR);
  say('open', fd);
  const shared = $u32(map(0, PAGE_SIZE, RW, MAP_SHARED, fd, 0));
  const own = $u32(map(0, PAGE_SIZE, RW, MAP_PRIVATE, fd, 0));
  text('shared', shared);
  $st8(own + 4, $ch('Q'));
  $st8(shared + 5, $ch('U'));
  text('own', own);
  say('msync', got(msync(shared, PAGE_SIZE, MS_SYNC)));
  const line = $local<array<char, 64>>();
  const fp = fopen('/etc/data', 'r');
  printf('= file %s', fgets(line, 64, fp));
  fclose(fp);
  say('munmap', got(munmap(shared, PAGE_SIZE)));
  close(fd);
  text('own', own);
  const ro = open('/etc/data', O_RDONLY);
  say('read-only', map(0, PAGE_SIZE, RW, MAP_SHARED, ro, 0));
}

function test_device(): void {
  const zero = open('/dev/zero', O_RDWR);
  const at = $u32(map(0, PAGE_SIZE, RW, MAP_PRIVATE, zero, 0));
  word('zero', at);
  $st32(at, 9);
  word('stored', at);
  const mem = open('/dev/mem', O_RDONLY);
  const phys = map(0, PAGE_SIZE, PROT_READ, MAP_SHARED, mem, 0x100000);
  say('mem at', phys);
  word('physical', $u32(phys));
  say('private', map(0, PAGE_SIZE, PROT_READ, MAP_PRIVATE, mem, 0));
}

function test_mprotect(): void {
  const at = anon(3, MAP_PRIVATE);
  const second = at + PAGE_SIZE;
  $st32(second, 1);
  say('mprotect', got(mprotect(second, PAGE_SIZE, PROT_READ)));
  say('poke it', poke(second, 2));
  say('poke another', poke(at, 2));
  say('touch it', touch(second));
  say('mprotect', got(mprotect(second, PAGE_SIZE, RW)));
  $st32(second, 3);
  word('word', second);
}

function test_minherit(): void {
  const at = anon(3, MAP_PRIVATE);
  for (let i: u32 = 0; i < 3; i++) $st32(at + i * PAGE_SIZE, 1);
  say('share', got(minherit(at, PAGE_SIZE, VM_INHERIT_SHARE)));
  say('none', got(minherit(at + 2 * PAGE_SIZE, PAGE_SIZE, VM_INHERIT_NONE)));
  say('nonsense', got(minherit(at, PAGE_SIZE, 3)));
  for (let i: u32 = 0; i < 2; i++) say('poke', poke(at + i * PAGE_SIZE, 7));
  say('touch none', touch(at + 2 * PAGE_SIZE));
  word('shared', at);
  word('copied', at + PAGE_SIZE);
}

function incore(at: u32): void {
  const vec = $local<array<char, 8>>();
  for (let i = 0; i < 5; i++) vec[i] = 0xff;
  say('mincore', got(mincore(at, 5 * PAGE_SIZE, vec)));
  for (let i = 0; i < 5; i++) say('page', vec[i]);
}

function test_mincore(): void {
  const at = anon(5, MAP_PRIVATE);
  $st32(at + PAGE_SIZE, 1);
  seen = $i32($ld32(at + 3 * PAGE_SIZE));
  incore(at);
  say('bad vec', got(mincore(at, PAGE_SIZE, $cast<str>(NOWHERE))));
  say('mlock', got(mlock(at, 5 * PAGE_SIZE)));
  incore(at);
  word('word', at + PAGE_SIZE);
  say('munlock', got(munlock(at, 5 * PAGE_SIZE)));
  say('mlock much', got(mlock(at, 0x8000000)));
  say('mlock nowhere', got(mlock(NOWHERE, PAGE_SIZE)));
  for (let advice = 0; advice < 10; advice++)
    if (advice !== MADV_FREE) say('madvise', got(madvise(at, 5 * PAGE_SIZE, advice)));
  word('word', at + PAGE_SIZE);
  say('nonsense', got(madvise(at, PAGE_SIZE, 10)));
  say('free', got(madvise(at, 5 * PAGE_SIZE, MADV_FREE)));
}

function test_wired(): void {
  const at = anon(2, MAP_PRIVATE);
  $st32(at, 42);
  say('mlock', got(mlock(at, 2 * PAGE_SIZE)));
  const pid = fork();
  if (pid === 0) {
    const had = $i32($ld32(at));
    $st32(at, 1);
    _exit(had);
  }
  say('child', fate(pid));
  word('word', at);
  say('munmap', got(munmap(at, 2 * PAGE_SIZE)));
}

/** Locks its page, writes to it, makes it read-only and writable again, and writes to it once more. */
function lock_and_protect(at: u32): void {
  if (mlock(at, PAGE_SIZE) !== 0) _exit(1);
  $st32(at, 1);
  if (mprotect(at, PAGE_SIZE, PROT_READ) !== 0 || mprotect(at, PAGE_SIZE, RW) !== 0) _exit(2);
  $st32(at, 2);
  _exit(0);
}

function test_locked(): void {
  for (let flags = MAP_SHARED; flags <= MAP_PRIVATE; flags++) {
    const at = anon(1, flags);
    /* From the fork on both have it copy-on-write, if it is private. */
    $st32(at, 7);
    const pid = fork();
    if (pid === 0) lock_and_protect(at);
    say(flags === MAP_SHARED ? 'shared' : 'private', fate(pid));
    word('word', at);
  }
}

function test_break(): void {
  /* Now stdout has its buffer: nothing else wants the heap from here on. */
  say('break', 0);
  const at = (sbrk(0) + PAGE_MASK) & ~PAGE_MASK;
  say('grow', got(brk(at + 3 * PAGE_SIZE)));
  $st32(at + 2 * PAGE_SIZE, 1);
  say('shrink', got(brk(at + PAGE_SIZE)));
  say('touch', touch(at + 2 * PAGE_SIZE));
  say('grow', got(brk(at + 3 * PAGE_SIZE)));
  word('word', at + 2 * PAGE_SIZE);
  say('into the text', got(__break(0x1000)));
  say('too far', got(__break(0x60000000)));
  say('sstk', got(sstk(4096)));
}

function test_stack(): void {
  const sp = $addr($var<int>());
  const deep = sp - 0x100000;
  $st32(deep, 3);
  word('deep', deep);
  say('too deep', touch(sp - 0x2000000));
}

function is(what: str, name: str): boolean {
  return strcmp(what, name) === 0;
}

export function main(argc: int, argv: ptr<str>): int {
  const what = argv[1];
  if (is(what, 'mmap')) test_mmap();
  else if (is(what, 'fixed')) test_fixed();
  else if (is(what, 'fork')) test_fork();
  else if (is(what, 'file')) test_file();
  else if (is(what, 'device')) test_device();
  else if (is(what, 'mprotect')) test_mprotect();
  else if (is(what, 'minherit')) test_minherit();
  else if (is(what, 'mincore')) test_mincore();
  else if (is(what, 'wired')) test_wired();
  else if (is(what, 'locked')) test_locked();
  else if (is(what, 'break')) test_break();
  else if (is(what, 'stack')) test_stack();
  say('done', 0);
  return 0;
}
`;

/** The number of a line that the program said. */
const number = (line: string): number => Number(/-?\d+$/.exec(line)?.[0]);

interface Found extends Answer {
  /** What it said besides where it got anonymous memory */
  lines: string[];
}

/** Runs the program in a fresh kernel, and sees that program and machine come to their ends in good order. */
async function ask(what: string): Promise<Found> {
  const answer = await runInKernel(PROGRAM, what);
  const { why, console, said } = answer;
  expect([why, said.at(-1), /panic|Fatal trap/.test(console) ? console : '']).toEqual(['halt', 'done 0', '']);
  for (const line of said.filter((l) => l.startsWith('anon '))) expect(number(line)).toBeGreaterThan(LOWEST);
  return { ...answer, lines: said.filter((l) => !l.startsWith('anon ')).slice(0, -1) };
}

describe('mmap', () => {
  it('gives zeroed memory, takes it away again, and says no to nonsense', async () => {
    expect((await ask('mmap')).lines).toEqual([
      'fresh 0',
      'munmap 0',
      `touch it ${128 + SIG.SEGV}`,
      'touch the rest 0',
      `munmap hole ${E.INVAL}`,
      `no file ${E.BADF}`,
      `file and anon ${E.INVAL}`,
      `unaligned ${E.INVAL}`,
      `into the kernel ${E.INVAL}`,
      `too long ${E.INVAL}`,
    ]);
  });

  it('puts a fixed mapping in place of what is there', async () => {
    expect((await ask('fixed')).lines).toEqual(['moved by 0', 'word 1', 'word 0', 'word 3']);
  });

  it('shares with children what is shared and copies what is private', async () => {
    expect((await ask('fork')).lines).toEqual(['poke 0', 'poke 0', 'shared 7', 'own 5']);
  });

  it('maps files: shared writes reach the file, private ones do not', async () => {
    const [opened, ...lines] = (await ask('file')).lines;
    expect(number(opened!)).toBeGreaterThan(2);
    expect(lines).toEqual([
      'shared The quick',
      expect.stringMatching(/^own The Q/),
      'msync 0',
      expect.stringMatching(/^file The qUick brown/),
      'munmap 0',
      /* The mapping keeps the file; its private page stays as it is. */
      expect.stringMatching(/^own The Q/),
      `read-only ${E.ACCES}`,
    ]);
  });

  it('takes /dev/zero for anonymous memory and maps physical memory through /dev/mem', async () => {
    const { lines, system } = await ask('device');
    expect(number(lines[2]!)).toBeGreaterThan(0);
    expect(lines.toSpliced(2, 1)).toEqual([
      'zero 0',
      'stored 9',
      `physical ${system.machine.ram.i32[0x100000 >> 2]}`,
      `private ${E.INVAL}`,
    ]);
  });
});

describe('mprotect and minherit', () => {
  it('take write access away and give it back', async () => {
    expect((await ask('mprotect')).lines).toEqual([
      'mprotect 0',
      `poke it ${128 + SIG.BUS}`,
      'poke another 0',
      'touch it 0',
      'mprotect 0',
      'word 3',
    ]);
  });

  it('decide what a child gets', async () => {
    expect((await ask('minherit')).lines).toEqual([
      'share 0',
      'none 0',
      `nonsense ${E.INVAL}`,
      'poke 0',
      'poke 0',
      `touch none ${128 + SIG.SEGV}`,
      'shared 7',
      'copied 1',
    ]);
  });
});

describe('mincore, madvise, mlock', () => {
  it('tell and change what is in memory', async () => {
    const { lines } = await ask('mincore');
    const pages = lines.filter((l) => l.startsWith('page ')).map(number);
    expect(pages.map((b) => b & 1)).toEqual([0, 1, 0, 1, 0, 1, 1, 1, 1, 1]);
    expect(pages[1]! & 4).toBe(4);
    expect(lines.filter((l) => !l.startsWith('page '))).toEqual([
      'mincore 0',
      `bad vec ${E.FAULT}`,
      'mlock 0',
      'mincore 0',
      'word 1',
      'munlock 0',
      `mlock much ${E.AGAIN}`,
      `mlock nowhere ${E.NOMEM}`,
      ...Array<string>(9).fill('madvise 0'),
      'word 1',
      `nonsense ${E.INVAL}`,
      'free 0',
    ]);
  });

  it('lock a child out of nothing: pages wired at fork are copied, and are not wired there', async () => {
    expect((await ask('wired')).lines).toEqual(['mlock 0', 'child 42', 'word 42', 'munmap 0']);
  });

  it('cannot give write access to locked copy-on-write memory back, as in 2001 (docs/fidelity.md)', async () => {
    expect((await ask('locked')).lines).toEqual(['shared 0', 'word 2', `private ${128 + SIG.BUS}`, 'word 7']);
  });
});

describe('the heap and the stack', () => {
  it('break grows, shrinks, and keeps its limits', async () => {
    expect((await ask('break')).lines).toEqual([
      'break 0',
      'grow 0',
      'shrink 0',
      `touch ${128 + SIG.SEGV}`,
      'grow 0',
      'word 0',
      `into the text ${E.INVAL}`,
      `too far ${E.NOMEM}`,
      `sstk ${E.OPNOTSUPP}`,
    ]);
  });

  it('the stack comes to where it is touched, within its limit', async () => {
    const { lines } = await ask('stack');
    expect(lines[0]).toBe('deep 3');
    expect(number(lines[1]!)).toBeGreaterThan(128);
  });
});
