import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseReport, type Report } from '../src/index.js';

fc.configureGlobal({ seed: Number(process.env.TRAP12_SEED ?? 20010523) });

interface Crash {
  own: string[];
  tail: string[];
  process: string;
  pid: number;
  address: string;
  access: string;
  /** Differs from build to build: addresses and offsets. */
  build: number;
  suffix: string;
  ddb: boolean;
}

const BASE: Crash = {
  own: ['zorp_find', 'zorp_detach', 'zorp_close'],
  tail: ['devfs_close', 'sys_close'],
  process: 'blatter',
  pid: 913,
  address: '0x28',
  access: 'read',
  build: 1,
  suffix: '',
  ddb: false,
};

/** A page fault as FreeBSD on amd64 prints it. */
function text(crash: Crash): string {
  const hex = (n: number) => n.toString(16);
  const ip = `0xffffffff80${hex(0x100000 + crash.build * 0x1234)}`;
  const stack = 0x11000000 + crash.build * 0x40000;
  const frame = (name: string, i: number) =>
    `${name}() at ${name}+0x${hex(0x10 + crash.build + i)}/frame 0xfffffe00${hex(stack + 0x60 * i)}`;
  const inner = ['trap_fatal', 'trap_pfault', 'trap', 'calltrap'];
  const outer = [...crash.own.map((name, i) => (i === 0 ? name + crash.suffix : name)), ...crash.tail];
  return [
    'Fatal trap 12: page fault while in kernel mode',
    'cpuid = 0; apic id = 00',
    `fault virtual address   = ${crash.address}`,
    `fault code              = supervisor ${crash.access} data, page not present`,
    `instruction pointer     = 0x20:${ip}`,
    `current process         = ${crash.pid} (${crash.process})`,
    'trap number             = 12',
    'panic: page fault',
    'KDB: stack backtrace:',
    ...['db_trace_self_wrapper', 'vpanic', 'panic', ...inner].map(frame),
    `--- trap 0xc, rip = ${ip}, rsp = 0xfffffe00${hex(stack + 0x300)}, rbp = 0xfffffe00${hex(stack + 0x360)} ---`,
    ...outer.map((name, i) => frame(name, i + 9)),
    ...['amd64_syscall', 'fast_syscall_common'].map((name, i) => frame(name, i + 20)),
    '--- syscall (6, FreeBSD ELF64, sys_close), rip = 0x8226a1caa, rsp = 0x8209d6d48, rbp = 0x8209d6d70 ---',
    ...(crash.ddb
      ? [
          'KDB: enter: panic',
          `[ thread pid ${crash.pid} tid 100202 ]`,
          'Stopped at      kdb_enter+0x37: movq    $0,0x9a1be6(%rip)',
          'db> bt',
          `Tracing pid ${crash.pid} tid 100202 td 0xfffff80003c1a000`,
          ...['kdb_enter', 'vpanic', 'panic', ...inner].map(frame),
          `--- trap 0xc, rip = ${ip}, rsp = 0xfffffe00${hex(stack + 0x300)}, rbp = 0xfffffe00${hex(stack + 0x360)} ---`,
          ...outer.map((name, i) => frame(name, i + 9)),
          'db> ',
        ]
      : []),
    '',
  ].join('\n');
}

const report = (change: Partial<Crash>): Report => parseReport(text({ ...BASE, ...change }));
const key = (each: Report): string => each.buckets.at(-1)!.key;

describe('what must join', () => {
  const cases: [what: string, change: Partial<Crash>][] = [
    ['another process', { process: 'gronk', pid: 41 }],
    ['another build', { build: 77 }],
    ['another tail of the system call', { tail: ['fdescfree', 'exit1', 'sys_exit'] }],
    ['a copy of the function that a compiler made', { suffix: '.isra.0' }],
    ['another field of the same null pointer', { address: '0x30' }],
    ['a session of the debugger after it', { ddb: true }],
  ];
  for (const [what, change] of cases) {
    it(what, () => {
      expect(key(report(change))).toBe(key(report({})));
      expect(report(change).buckets.map((each) => each.title)).toEqual(
        report({}).buckets.map((each) => each.title),
      );
    });
  }

  it('whatever build, process and tail', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4000 }),
        fc.stringMatching(/^[a-z]{3,12}$/),
        fc.integer({ min: 1, max: 99999 }),
        fc.subarray(['devfs_close', 'vn_close', 'fdrop', 'closef', 'sys_close', 'exit1']),
        (build, process, pid, tail) => key(report({ build, process, pid, tail })) === key(report({})),
      ),
    );
  });
});

describe('what must stay apart', () => {
  const cases: [what: string, change: Partial<Crash>][] = [
    ['another culprit', { own: ['zorp_drop', 'zorp_detach', 'zorp_close'] }],
    ['another caller', { own: ['zorp_find', 'zorp_attach', 'zorp_open'] }],
    ['a write instead of a read', { access: 'write' }],
    ['freed memory instead of a null pointer', { address: '0xdeadc0dedeadc0f6' }],
  ];
  for (const [what, change] of cases) {
    it(what, () => {
      const [a, b] = [report({}), report(change)];
      expect(key(a)).not.toBe(key(b));
      expect(a.buckets.at(-1)!.title).not.toBe(b.buckets.at(-1)!.title);
    });
  }

  it('a report without a culprit shares with none', () => {
    const bare = parseReport('panic: zorp: bad refcount\ncpuid = 0\n');
    expect(bare.unbucketed).toBe('no backtrace of it was read');
    expect(bare.buckets.map((each) => each.level)).toEqual(['kind', 'access']);
    expect(report({}).unbucketed).toBeUndefined();
  });
});

it('levels go from coarse to fine, each key beginning with the one before', () => {
  const { buckets } = report({});
  expect(buckets.map((each) => each.level)).toEqual(['kind', 'access', 'culprit', 'frames']);
  for (let i = 1; i < buckets.length; i++) expect(buckets[i]!.key.startsWith(buckets[i - 1]!.key)).toBe(true);
});

describe('verdicts', () => {
  it('a panic by hand is suppressed, a defect is not', () => {
    expect(parseReport('panic: kdb_sysctl_panic\ncpuid = 0\n').suppressed).toBe(
      'a person asked for the panic',
    );
    expect(
      parseReport('panic: kmem_malloc(4096): kmem_map too small: 335544320 total allocated\n').suppressed,
    ).toBe('out of memory');
    expect(report({}).suppressed).toBeUndefined();
  });
  it('a text without a trace is corrupted, a whole one is not', () => {
    expect(parseReport('panic: zorp: bad refcount\n').corrupted).toBe('no backtrace of it was read');
    expect(report({}).corrupted).toBeUndefined();
  });
});

describe('what a machine has of its own is no difference, and what a bug has is one', () => {
  const lastKey = (text: string): string => parseReport(text).buckets.at(-1)!.key;
  const userret = (taker: string, address: string): string =>
    [
      'witness: userret: returning with the following locks held:',
      `exclusive rrwlock inode r = 0 (${address})`,
      '#0  witness_lock+0x52e',
      '#1  rw_enter+0x46d',
      '#2  VOP_LOCK+0x4b',
      `#3  ${taker}+0x169`,
      '#4  sys_write+0x83',
      '#5  syscall+0x552',
      'panic: witness_warn',
      'Stopped at      db_enter+0x18:  addq    $0x8,%rsp',
      'db_enter() at db_enter+0x18',
      'panic() at panic+0x15c',
      'witness_warn(2,0,ffffffff82206990) at witness_warn+0x69e',
      'userret(ffff800020acec78) at userret+0x36a',
      'syscall(ffff800024f63420) at syscall+0x44a',
      'Xsyscall(6,5,c,0,3,c0eb2625010) at Xsyscall+0x128',
      'end of kernel',
      '',
    ].join('\n');
  it('locks held at the way out: by who took them', () => {
    expect(lastKey(userret('zorp_write', '0xfffffd8068a43e68'))).toBe(
      lastKey(userret('zorp_write', '0xfffffd80123456f8')),
    );
    expect(lastKey(userret('zorp_write', '0xfffffd8068a43e68'))).not.toBe(
      lastKey(userret('zorp_read', '0xfffffd8068a43e68')),
    );
  });

  it('a damaged file system: wherever it was mounted, whatever the inode', () => {
    const dirbad = (path: string, inode: number): string =>
      `panic: ufs_dirbad: ${path}: bad dir ino ${inode} at offset 512: mangled entry\ncpuid = 0\nKDB: stack backtrace:\n` +
      'vpanic() at vpanic+0x132/frame 0xfffffe00a1b2c150\nufs_lookup_ino() at ufs_lookup_ino+0xd3b/frame 0xfffffe00a1b2c200\n' +
      'fork_exit() at fork_exit+0x7e/frame 0xfffffe00a1b2c300\nfork_trampoline() at fork_trampoline+0xe/frame 0xfffffe00a1b2c300\n';
    expect(lastKey(dirbad('/var', 81234))).toBe(lastKey(dirbad('/usr/home', 5)));
    expect(lastKey(dirbad('/var', 81234))).not.toBe(
      lastKey(dirbad('/var', 81234).replace('mangled entry', 'inode out of range')),
    );
  });

  it('a trap of NetBSD whose trace leaves the function out: by the caller', () => {
    const head = (ip: string): string =>
      `fatal page fault in supervisor mode\ntrap type 6 code 0 rip ${ip} cs 0x8 rflags 0x10246 cr2 0x18 ilevel 0 rsp 0xffff98816dabfd40\n` +
      'curlwp 0xffff98800de018a0 pid 0.5 lowest kstack 0xffff98816dab82c0\npanic: trap\ncpu0: Begin traceback...\nvpanic() at netbsd:vpanic+0x214\n';
    const tail =
      'zorp_poll() at netbsd:zorp_poll+0x237\nlwp_trampoline() at netbsd:lwp_trampoline+0x17\ncpu0: End traceback...\n';
    const skipped = (ip: string): string => `${head(ip)}alltraps() at netbsd:alltraps+0xb2\n${tail}`;
    const marked = `${head('0xffffffff80ee4614')}trap() at netbsd:trap+0x31a\n--- trap (number 6) ---\n${tail}`;
    expect(lastKey(skipped('0xffffffff80ee4614'))).toBe(lastKey(skipped('0xffffffff80aa0b24')));
    const [a, b] = [parseReport(skipped('0xffffffff80ee4614')), parseReport(marked)];
    expect(a.faultPlace).toMatchObject({ caller: { function: 'zorp_poll', offset: 0x237 } });
    expect(a.faultPlace?.function).toBeUndefined();
    expect(b.faultPlace).toMatchObject({ function: 'zorp_poll', offset: 0x237 });
  });
});
