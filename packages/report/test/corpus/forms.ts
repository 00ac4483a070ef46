import { expect } from 'vitest';
import type { Report } from '../../src/index.js';
import { canon, type Known } from './known.js';

/** A form of report text: how it is printed, and what must be read back. */
export interface CorpusForm {
  name: string;
  arch: 'i386' | 'amd64';
  render(k: Known): string[];
  expect(r: Report, k: Known): void;
}

const x = (value: string) => `0x${value}`;

function trapBlock(k: Known, era: 2001 | 2005 | 2020): string[] {
  const wide = k.arch === 'amd64';
  const data = era === 2020 ? ' data' : '';
  const cs = wide ? '0x20' : '0x8';
  const ss = wide ? '0x28' : '0x10';
  return [
    `Fatal trap ${k.trap}: ${k.trapName} while in kernel mode`,
    ...(era === 2001 ? [] : [`cpuid = ${k.cpu}; apic id = 0${k.cpu}`]),
    `fault virtual address\t= ${x(k.va)}`,
    `fault code\t\t= supervisor ${k.access}${data}, ${k.why}`,
    `instruction pointer\t= ${cs}:${x(k.ip)}`,
    `stack pointer\t        = ${ss}:${x(k.sp)}`,
    `frame pointer\t        = ${ss}:${x(k.fp)}`,
    'code segment\t\t= base 0x0, limit 0xfffff, type 0x1b',
    `\t\t\t= DPL 0, pres 1,${wide ? ' long 1, def32 0,' : ' def32 1,'} gran 1`,
    'processor eflags\t= interrupt enabled, resume, IOPL = 0',
    `current process\t\t= ${k.pid} (${k.process})`,
  ];
}

function boundaryLine(k: Known): string {
  const [a, b, c] = k.arch === 'i386' ? ['eip', 'esp', 'ebp'] : ['rip', 'rsp', 'rbp'];
  return `--- trap 0xc, ${a} = ${x(k.boundaryIp)}, ${b} = ${x(k.boundarySp)}, ${c} = ${x(k.boundaryFp)} ---`;
}

function ddbTrace(k: Known, style: 'args' | 'frame' | 'openbsd' | 'netbsd'): string[] {
  const out: string[] = [];
  k.frames.forEach((f, i) => {
    const args = style === 'frame' ? '' : f.args.join(',');
    const prefix = style === 'netbsd' ? 'netbsd:' : '';
    const tail =
      style === 'frame' ? `/frame ${x(f.frame)}` : style === 'openbsd' ? ` ${f.file.slice(9)}:${f.line}` : '';
    out.push(`${f.function}(${args}) at ${prefix}${f.function}+0x${f.offset.toString(16)}${tail}`);
    if (i === k.boundary) out.push(style === 'netbsd' ? '--- trap (number 6) ---' : boundaryLine(k));
  });
  return out;
}

function showRegisters(k: Known): string[] {
  return k.registers.map(
    ([name, value]) => `${name.padEnd(12)}${value === '0' ? '0'.padStart(10) : x(value).padStart(10)}`,
  );
}

function expectTrap(r: Report, k: Known, era: 2001 | 2005 | 2020): void {
  expect(r.kind).toBe('trap');
  expect(r.trap?.number?.value).toBe(k.trap);
  expect(r.trap?.name?.value).toBe(k.trapName);
  expect(r.trap?.mode?.value).toBe('kernel');
  expect(r.trap?.faultAddress?.value).toBe(canon(k.va));
  expect(r.trap?.faultCode?.value).toEqual({ by: 'supervisor', access: k.access, why: k.why });
  expect(r.trap?.ip?.value.address).toBe(canon(k.ip));
  expect(r.trap?.sp?.value.address).toBe(canon(k.sp));
  expect(r.trap?.fp?.value.address).toBe(canon(k.fp));
  expect(r.trap?.codeSegment?.value).toMatchObject({
    base: '0x0',
    limit: '0xfffff',
    type: '0x1b',
    dpl: 0,
    pres: 1,
    gran: 1,
  });
  expect(r.trap?.eflags?.value).toEqual({ flags: ['interrupt enabled', 'resume'], iopl: 0 });
  expect(r.trap?.process?.value).toEqual({ pid: k.pid, name: k.process });
  if (era !== 2001) expect(r.trap?.cpuid?.value).toBe(k.cpu);
}

function expectFrames(
  r: Report,
  k: Known,
  what: { args?: boolean; frame?: boolean; address?: boolean; source?: boolean; boundary?: boolean },
): void {
  expect(r.frames.map((f) => `${f.function}+${f.offset}`)).toEqual(
    k.frames.map((f) => `${f.function}+${f.offset}`),
  );
  if (what.args) expect(r.frames.map((f) => f.args)).toEqual(k.frames.map((f) => f.args.map(canon)));
  if (what.frame) expect(r.frames.map((f) => f.framePointer)).toEqual(k.frames.map((f) => canon(f.frame)));
  if (what.address) expect(r.frames.map((f) => f.address)).toEqual(k.frames.map((f) => canon(f.address)));
  if (what.source) expect(r.frames.map((f) => f.source?.line)).toEqual(k.frames.map((f) => f.line));
  if (what.boundary) {
    expect(r.boundaries).toHaveLength(1);
    expect(r.boundaries[0]).toMatchObject({
      after: k.boundary,
      what: 'trap',
      trap: 12,
      ip: canon(k.boundaryIp),
      sp: canon(k.boundarySp),
      fp: canon(k.boundaryFp),
    });
  }
}

function expectRegisters(r: Report, k: Known): void {
  expect(r.registers.map((each) => `${each.name}=${each.value}`)).toEqual(
    k.registers.map(([name, value]) => `${name}=${canon(value)}`),
  );
}

const stop = (k: Known) =>
  `Stopped at      ${k.frames[0]!.function}+0x${k.frames[0]!.offset.toString(16)}:\t${k.instruction}`;

function expectStop(r: Report, k: Known): void {
  expect(r.stoppedAt).toMatchObject({
    function: k.frames[0]!.function,
    offset: k.frames[0]!.offset,
    instruction: k.instruction,
  });
}

const kdbTrace = (k: Known) =>
  k.frames.map((f, i) => `#${i} ${x(f.address)} at ${f.function}+0x${f.offset.toString(16)}`);
const kdbFrameTrace = (k: Known) => ['KDB: stack backtrace:', ...ddbTrace(k, 'frame'), 'KDB: enter: panic'];

/** A panic that is a message and a backtrace. */
function messageForm(
  name: string,
  message: (k: Known) => string,
  kind: string,
  details: (k: Known) => Record<string, unknown>,
  before?: (k: Known) => string[],
): CorpusForm {
  return {
    name,
    arch: 'amd64',
    render: (k) => [
      ...(before?.(k) ?? []),
      `panic: ${message(k)}`,
      `cpuid = ${k.cpu}`,
      `time = ${k.number}`,
      ...kdbFrameTrace(k),
    ],
    expect: (r, k) => {
      expect(r.kind).toBe(kind);
      expect(r.others).toEqual([]);
      const found = Object.fromEntries(Object.entries(r.details).map(([key, fact]) => [key, fact.value]));
      expect(found).toMatchObject(details(k));
      expectFrames(r, k, { frame: true, boundary: true });
      expect(r.cpu?.value).toBe(k.cpu);
      expect(r.time?.value).toBe(k.number);
    },
  };
}

function orderForm(
  name: string,
  count: 2 | 3,
  lines: (k: Known) => string[],
  extra?: (r: Report, k: Known) => void,
): CorpusForm {
  return {
    name,
    arch: 'amd64',
    render: lines,
    expect: (r, k) => {
      expect(r.kind).toBe('lock-order-reversal');
      const locks = r.locks.filter((lock) => lock.nth !== undefined);
      expect(locks.map((lock) => lock.name)).toEqual(k.locks.slice(0, count).map((lock) => lock.name));
      expect(locks.map((lock) => lock.at)).toEqual(
        k.locks.slice(0, count).map((lock) => ({ file: lock.file, line: lock.line })),
      );
      extra?.(r, k);
    },
  };
}

const NTH = ['1st', '2nd', '3rd'];

export const CORPUS: readonly CorpusForm[] = [
  {
    name: 'FreeBSD 2001, DDB with arguments',
    arch: 'i386',
    render: (k) => [
      ...trapBlock(k, 2001),
      'kernel: type 12 trap, code=0',
      stop(k),
      'db> t',
      ...ddbTrace(k, 'args'),
      'db> sh r',
      ...showRegisters(k),
    ],
    expect: (r, k) => {
      expectTrap(r, k, 2001);
      expectStop(r, k);
      expectFrames(r, k, { args: true, boundary: true });
      expectRegisters(r, k);
      expect(r.commands.map((c) => c.value)).toEqual(['t', 'sh r']);
    },
  },
  {
    name: 'FreeBSD 2005, panic after the block',
    arch: 'i386',
    render: (k) => [
      ...trapBlock(k, 2005),
      `trap number\t\t= 12`,
      'panic: page fault',
      `cpuid = ${k.cpu}`,
      'KDB: stack backtrace:',
      ...ddbTrace(k, 'args'),
      'Uptime: 2h3m4s',
    ],
    expect: (r, k) => {
      expectTrap(r, k, 2005);
      expectFrames(r, k, { args: true, boundary: true });
      expect(r.message?.value).toBe('page fault');
      expect(r.others).toEqual([]);
    },
  },
  {
    name: 'FreeBSD amd64, numbered trace of KDB',
    arch: 'amd64',
    render: (k) => [
      ...trapBlock(k, 2020),
      'trap number\t\t= 12',
      'panic: page fault',
      `cpuid = ${k.cpu}`,
      `time = ${k.number}`,
      'KDB: stack backtrace:',
      ...kdbTrace(k),
    ],
    expect: (r, k) => {
      expectTrap(r, k, 2020);
      expectFrames(r, k, { address: true });
      expect(r.time?.value).toBe(k.number);
    },
  },
  {
    name: 'FreeBSD amd64, register block',
    arch: 'amd64',
    render: (k) => {
      const regs = k.registers
        .filter(([name]) => /^r(?:[a-d]x|[sd]i|bp|8|9|1[0-5])$/.test(name))
        .map(([name, value]) => `${name}: ${value.padStart(16, '0')}`);
      const rows: string[] = [];
      for (let i = 0; i < regs.length; i += 3) rows.push(regs.slice(i, i + 3).join(' '));
      return [
        ...trapBlock(k, 2020),
        ...rows,
        'trap number\t\t= 12',
        'panic: page fault',
        `cpuid = ${k.cpu}`,
        ...kdbFrameTrace(k),
      ];
    },
    expect: (r, k) => {
      expectTrap(r, k, 2020);
      expectFrames(r, k, { frame: true, boundary: true });
      const wanted = k.registers.filter(([name]) => /^r(?:[a-d]x|[sd]i|bp|8|9|1[0-5])$/.test(name));
      expect(r.registers.map((each) => `${each.name}=${each.value}`)).toEqual(
        wanted.map(([name, value]) => `${name}=${canon(value)}`),
      );
    },
  },
  {
    name: 'kgdb, bt',
    arch: 'i386',
    render: (k) => [
      '(kgdb) bt',
      ...k.frames.map(
        (f, i) =>
          `#${i}  ${x(f.address)} in ${f.function} (${f.args.map((a, n) => `arg${n}=${x(a)}`).join(', ')}) at ${f.file}:${f.line}`,
      ),
    ],
    expect: (r, k) => {
      expect(r.frames.map((f) => f.function)).toEqual(k.frames.map((f) => f.function));
      expect(r.frames.map((f) => f.args)).toEqual(k.frames.map((f) => f.args.map(canon)));
      expect(r.frames.map((f) => f.source)).toEqual(k.frames.map((f) => ({ file: f.file, line: f.line })));
      expect(r.frames.map((f) => f.address)).toEqual(k.frames.map((f) => canon(f.address)));
    },
  },
  {
    name: 'kgdb, bt full, after a panic',
    arch: 'amd64',
    render: (k) => [
      ...trapBlock(k, 2020),
      'trap number\t\t= 12',
      'panic: page fault',
      '(kgdb) bt full',
      ...k.frames.flatMap((f, i) => [
        `#${i}  ${x(f.address)} in ${f.function} (td=${x(f.frame)}) at ${f.file}:${f.line}`,
        `        count = ${f.line}`,
        '        res = <optimized out>',
      ]),
    ],
    expect: (r, k) => {
      expectTrap(r, k, 2020);
      expect(r.frames.map((f) => f.function)).toEqual(k.frames.map((f) => f.function));
      expect(r.frames.map((f) => f.source?.line)).toEqual(k.frames.map((f) => f.line));
    },
  },
  {
    name: 'OpenBSD, uvm_fault',
    arch: 'amd64',
    render: (k) => [
      `uvm_fault(0x${k.frames[0]!.frame}, ${x(k.va)}, 0, ${k.access === 'write' ? 2 : 1}) -> e`,
      'kernel: page fault trap, code=0',
      stop(k),
      '    TID    PID    UID     PRFLAGS     PFLAGS  CPU  COMMAND',
      `*${k.tid}  ${k.pid}      0     0x14000      0x200    1  softnet`,
      'ddb{0}> trace',
      ...ddbTrace(k, 'openbsd'),
      'end trace frame: 0x0, count: -9',
      'ddb{0}> show registers',
      ...showRegisters(k),
    ],
    expect: (r, k) => {
      expect(r.kind).toBe('trap');
      expect(r.trap?.faultAddress?.value).toBe(canon(k.va));
      expect(r.trap?.faultCode?.value.access).toBe(k.access);
      expect(r.process?.value).toMatchObject({ pid: k.pid, tid: k.tid, name: 'softnet' });
      expectStop(r, k);
      expectFrames(r, k, { args: true, source: true });
      expectRegisters(r, k);
      expect(r.system).toBe('OpenBSD');
    },
  },
  {
    name: 'NetBSD, fatal page fault',
    arch: 'amd64',
    render: (k) => [
      'fatal page fault in supervisor mode',
      `trap type 6 code ${k.access === 'write' ? '0x2' : '0'} rip ${x(k.ip)} cs 0x8 rflags 0x10282 cr2 ${x(k.va)} ilevel 0 rsp ${x(k.sp)}`,
      `curlwp ${x(k.fp)} pid ${k.pid}.${k.cpu + 1} lowest kstack ${x(k.boundarySp)}`,
      'panic: trap',
      `cpu${k.cpu === 0 ? 0 : 1}: Begin traceback...`,
      ...ddbTrace(k, 'netbsd'),
      `cpu${k.cpu === 0 ? 0 : 1}: End traceback...`,
    ],
    expect: (r, k) => {
      expect(r.kind).toBe('trap');
      // The text has no number of FreeBSD's.
      expect(r.trap?.number).toBeUndefined();
      expect(r.trap?.name?.value).toBe('page fault');
      expect(r.trap?.nativeType?.value).toBe(6);
      expect(r.trap?.faultAddress?.value).toBe(canon(k.va));
      expect(r.trap?.ip?.value.address).toBe(canon(k.ip));
      expect(r.trap?.sp?.value.address).toBe(canon(k.sp));
      expect(r.trap?.faultCode?.value.access).toBe(k.access);
      expect(r.process?.value).toEqual({ pid: k.pid, tid: k.cpu + 1 });
      expectFrames(r, k, { args: true });
      expect(r.system).toBe('NetBSD');
      expect(r.others).toEqual([]);
    },
  },
  {
    name: 'double fault, three lines',
    arch: 'i386',
    render: (k) => [
      'Fatal double fault:',
      `eip = ${x(k.ip)}`,
      `esp = ${x(k.sp)}`,
      `ebp = ${x(k.fp)}`,
      `cpuid = ${k.cpu}; apic id = 0${k.cpu}`,
      'panic: double fault',
      `cpuid = ${k.cpu}`,
      'KDB: stack backtrace:',
      ...ddbTrace(k, 'args'),
    ],
    expect: (r, k) => {
      expect(r.kind).toBe('double-fault');
      expect(r.registers.map((each) => each.value)).toEqual([canon(k.ip), canon(k.sp), canon(k.fp)]);
      expectFrames(r, k, { args: true, boundary: true });
      expect(r.others).toEqual([]);
    },
  },
  {
    name: 'double fault, register block',
    arch: 'amd64',
    render: (k) => {
      const regs = k.registers
        .filter(([name]) => name.startsWith('r'))
        .map(([name, value]) => `${name} ${x(value)}`);
      const rows: string[] = [];
      for (let i = 0; i < regs.length; i += 3) rows.push(regs.slice(i, i + 3).join(' '));
      return [
        'Fatal double fault',
        ...rows,
        `cpuid = ${k.cpu}; apic id = 0${k.cpu}`,
        'panic: double fault',
        `cpuid = ${k.cpu}`,
        ...kdbFrameTrace(k),
      ];
    },
    expect: (r, k) => {
      expect(r.kind).toBe('double-fault');
      const wanted = k.registers.filter(([name]) => name.startsWith('r'));
      expect(r.registers.map((each) => `${each.name}=${each.value}`)).toEqual(
        wanted.map(([name, value]) => `${name}=${canon(value)}`),
      );
      expectFrames(r, k, { frame: true, boundary: true });
    },
  },
  orderForm('lock order reversal, 2001', 2, (k) => [
    'lock order reversal',
    ` 1st ${k.locks[0]!.name} last acquired @ ${k.locks[0]!.file}:${k.locks[0]!.line}`,
    ` 2nd ${x(k.locks[1]!.address)} ${k.locks[1]!.name} @ ${k.locks[1]!.file}:${k.locks[1]!.line}`,
  ]),
  orderForm(
    'lock order reversal, 2003, three locks',
    3,
    (k) => [
      'lock order reversal',
      ...k.locks.map(
        (lock, i) => ` ${NTH[i]} ${x(lock.address)} ${lock.name} (${lock.type}) @ ${lock.file}:${lock.line}`,
      ),
      'Stack backtrace:',
      ...ddbTrace(k, 'args'),
    ],
    (r, k) => {
      expect(r.locks.map((lock) => lock.type)).toEqual(k.locks.map((lock) => lock.type));
      expect(r.locks.map((lock) => lock.address)).toEqual(k.locks.map((lock) => canon(lock.address)));
      expectFrames(r, k, { args: true });
    },
  ),
  orderForm(
    'lock order reversal, 2020, both orders',
    2,
    (k) => [
      'lock order reversal: (sleepable after non-sleepable)',
      ...k.locks
        .slice(0, 2)
        .map(
          (lock, i) =>
            ` ${NTH[i]} ${x(lock.address)} ${lock.name} (${lock.name}, ${lock.type}) @ ${lock.file}:${lock.line}`,
        ),
      `lock order ${k.locks[1]!.name} -> ${k.locks[0]!.name} established at:`,
      ...kdbTrace(k).slice(0, 3),
      `lock order ${k.locks[0]!.name} -> ${k.locks[1]!.name} attempted at:`,
      ...kdbTrace(k),
    ],
    (r, k) => {
      expect(r.locks.map((lock) => lock.class)).toEqual(k.locks.slice(0, 2).map((lock) => lock.type));
      expectFrames(r, k, { address: true });
      expect(r.otherTraces.map((trace) => [trace.purpose, trace.frames.length])).toEqual([
        ['established', 3],
      ]);
      expect(r.details.reason?.value).toBe('sleepable after non-sleepable');
    },
  ),
  {
    name: 'allocation with locks held',
    arch: 'amd64',
    render: (k) => [
      `uma_zalloc_arg: zone "malloc-16" with the following non-sleepable locks held:`,
      `exclusive sleep mutex ${k.locks[0]!.name} (${k.locks[0]!.type}) r = 0 (${x(k.locks[0]!.address)}) locked @ ${k.locks[0]!.file}:${k.locks[0]!.line}`,
      'stack backtrace:',
      ...kdbTrace(k),
    ],
    expect: (r, k) => {
      expect(r.kind).toBe('sleeping-with-locks');
      expect(r.details.on?.value).toBe('malloc-16');
      const lock = k.locks[0]!;
      expect(r.locks).toHaveLength(1);
      expect(r.locks[0]).toMatchObject({
        mode: 'exclusive',
        class: 'sleep mutex',
        name: lock.name,
        type: lock.type,
        address: canon(lock.address),
        at: { file: lock.file, line: lock.line },
      });
      expectFrames(r, k, { address: true });
    },
  },
  {
    name: 'sleeping thread',
    arch: 'amd64',
    render: (k) => [
      `Sleeping thread (tid ${k.tid}, pid ${k.pid}) owns a non-sleepable lock`,
      'KDB: stack backtrace of thread:',
      ...ddbTrace(k, 'frame'),
      'panic: sleeping thread',
      `cpuid = ${k.cpu}`,
    ],
    expect: (r, k) => {
      expect(r.kind).toBe('sleeping-thread');
      expect([r.details.tid?.value, r.details.pid?.value]).toEqual([k.tid, k.pid]);
      expectFrames(r, k, { frame: true, boundary: true });
    },
  },
  messageForm(
    'spin lock held too long',
    () => 'spin lock held too long',
    'spin-lock-timeout',
    (k) => ({ tid: k.tid, lock: 'sched lock 1' }),
    (k) => [`spin lock ${x(k.locks[0]!.address)} (sched lock 1) held by ${x(k.fp)} (tid ${k.tid}) too long`],
  ),
  messageForm(
    'nofault entry',
    (k) => `vm_fault: fault on nofault entry, addr: ${k.sp}`,
    'nofault-entry',
    (k) => ({ address: canon(k.sp) }),
  ),
  messageForm(
    'kmem_map too small',
    (k) => `kmem_malloc(4096): kmem_map too small: ${k.number} total allocated`,
    'kmem-map-too-small',
    (k) => ({ request: 4096, total: k.number }),
  ),
  messageForm(
    'memory modified after free, two lines',
    () => 'Most recently used by UFS dirhash',
    'modified-after-free',
    (k) => ({ item: canon(k.sp), size: 252, value: '0xdeadc0dd' }),
    (k) => [`Memory modified after free ${x(k.sp)}(252) val=deadc0dd @ ${x(k.sp)}`],
  ),
  messageForm(
    'memory modified after free, new',
    (k) => `Memory modified after free ${x(k.sp)} (1024, malloc-1024) + 16 = 0`,
    'modified-after-free',
    (k) => ({ item: canon(k.sp), zone: 'malloc-1024', offset: 16 }),
  ),
  messageForm(
    'duplicate free',
    (k) => `Duplicate free of ${x(k.sp)} from zone ${x(k.fp)}(mbuf) slab ${x(k.boundarySp)}(3)`,
    'duplicate-free',
    (k) => ({ item: canon(k.sp), zone: 'mbuf' }),
  ),
  messageForm(
    'duplicate alloc',
    (k) => `Duplicate alloc of ${x(k.sp)} from zone ${x(k.fp)}(mbuf) slab ${x(k.boundarySp)}(3)`,
    'duplicate-alloc',
    (k) => ({ item: canon(k.sp), zone: 'mbuf' }),
  ),
  messageForm(
    'zone entry',
    () => 'zone: entry not free',
    'zone-entry',
    () => ({ state: 'not free' }),
  ),
  messageForm(
    'deadlkres',
    (k) =>
      `deadlres_td_sleep_q: possible deadlock detected for ${x(k.sp)} (sh), blocked for ${k.number} ticks`,
    'possible-deadlock',
    (k) => ({ thread: canon(k.sp), name: 'sh', ticks: k.number }),
  ),
  messageForm(
    'KASAN',
    (k) => `ASan: Invalid access, 8-byte read at ${x(k.sp)}, UMAUseAfterFree(fd)`,
    'kasan',
    (k) => ({ size: 8, access: 'read', address: canon(k.sp), state: 'UMAUseAfterFree' }),
  ),
  messageForm(
    'lock assertion',
    (k) => `mutex Giant not owned at ${k.locks[0]!.file}:${k.locks[0]!.line}`,
    'lock-assertion',
    (k) => ({ lock: 'Giant', state: 'not owned', line: k.locks[0]!.line }),
  ),
  messageForm(
    'assertion',
    (k) => `Assertion size > 0 failed at ${k.locks[0]!.file}:${k.locks[0]!.line}`,
    'assertion',
    (k) => ({ assertion: 'size > 0', line: k.locks[0]!.line }),
  ),
];
