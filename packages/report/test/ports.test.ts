import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseReport, type Report } from '../src/index.js';
import { applyDamages } from './corpus/damages.js';

/*
 * Traps of the ports beyond x86 and sessions of lldb, by construction: a panic is drawn of which everything
 * is known, printed as the port prints it, with and without what mailers and loggers do to lines, and every
 * fact is looked for in what is read back. `TRAP12_SEED=n` tries others.
 */
fc.configureGlobal({ seed: Number(process.env.TRAP12_SEED ?? 20010523) });

interface Drawn {
  /** From the function of the fault outwards. */
  frames: { name: string; offset: number; fp: bigint }[];
  start: bigint;
  fault: bigint;
  sp: bigint;
  write: boolean;
  /** Page not present, or a protection violation. */
  present: boolean;
  registers: bigint[];
  pid: number;
  tid: number;
  process: string;
  file: string;
  line: number;
}

const name = fc
  .tuple(
    fc.constantFrom('gizmo', 'sprocket', 'cogfs', 'zap', 'ratchet'),
    fc.constantFrom('get', 'put', 'rx', 'find'),
  )
  .chain(([a, b]) => fc.nat(999).map((n) => `${a}_${b}${n}`));

/** An address of kernel code or data: what stands at the top of it says the port. */
const within = (top: bigint) => fc.bigInt({ min: 0x10000n, max: 0xffffffn }).map((n) => top + n * 16n);

function drawn(top: bigint): fc.Arbitrary<Drawn> {
  return fc
    .record({
      names: fc.uniqueArray(name, { minLength: 2, maxLength: 6 }),
      offsets: fc.array(fc.integer({ min: 4, max: 0xff0 }), { minLength: 6, maxLength: 6 }),
      start: within(top),
      fault: fc.oneof(fc.bigInt({ min: 1n, max: 0xfffn }), within(top)),
      sp: within(top),
      write: fc.boolean(),
      present: fc.boolean(),
      registers: fc.array(within(top), { minLength: 29, maxLength: 29 }),
      pid: fc.integer({ min: 1, max: 99999 }),
      tid: fc.integer({ min: 100000, max: 199999 }),
      process: fc.constantFrom('gizmod', 'sh', 'usb0'),
      file: fc.constantFrom('/usr/src/sys/kern/gizmo.c', '/usr/src/sys/dev/zap/zap.c'),
      line: fc.integer({ min: 1, max: 9999 }),
    })
    .map(({ names, offsets, ...rest }) => ({
      ...rest,
      frames: names.map((each, i) => ({
        name: each,
        // Instructions of these machines are aligned.
        offset: offsets[i]! & ~3,
        fp: rest.sp + BigInt(16 + 48 * i),
      })),
    }));
}

const hex = (n: bigint | number, digits = 0) => n.toString(16).padStart(digits, '0');
const canon = (n: bigint | number) => `0x${hex(n)}`;
const ipOf = (d: Drawn) => d.start + BigInt(d.frames[0]!.offset);
/** esr of a data abort in the kernel: translation or permission fault at level 3, read or write. */
const esrOf = (d: Drawn) => 0x96000000n | (d.write ? 0x40n : 0n) | (d.present ? 0xfn : 0x7n);
const plus = (n: number) => (n === 0 ? '' : `+0x${hex(n)}`);

interface Port {
  name: string;
  top: bigint;
  arch: Report['arch'];
  system: Report['system'];
  render(d: Drawn): string[];
  trap?: string;
  /** What the port does not print. */
  lacks?: readonly ('access' | 'why' | 'process' | 'registers')[];
  registers?(d: Drawn): [name: string, value: bigint][];
  /** Functions that the text has inside that of the fault, and outside the last. */
  inner: readonly string[];
  outer: readonly string[];
}

const freebsdTrace = (d: Drawn, inner: readonly string[], boundary: string, outer: readonly string[]) => [
  'KDB: stack backtrace:',
  ...inner.map((each) => `${each}() at ${each}+0x3c`),
  boundary,
  ...d.frames.map((f) => `${f.name}() at ${f.name}${plus(f.offset)}`),
  ...outer.map((each) => `${each}() at ${each}+0x48`),
];

const ARM64_INNER = ['db_trace_self_wrapper', 'vpanic', 'panic', 'data_abort', 'handle_el1h_sync'];
const RISCV_INNER = ['db_trace_self_wrapper', 'vpanic', 'panic', 'page_fault_handler', 'do_trap_supervisor'];
const NETBSD_ARM64_INNER = ['vpanic', 'panic', 'data_abort_handler', 'el1_trap'];
const ALPHA_INNER = ['cpu_Debugger', 'panic', 'trap', 'XentMM'];

const PORTS: readonly Port[] = [
  {
    name: 'FreeBSD on arm64',
    top: 0xffff000000000000n,
    arch: 'arm64',
    system: 'FreeBSD',
    trap: 'data abort',
    lacks: ['process'],
    registers: (d) => d.registers.slice(0, 29).map((value, i) => [`x${i}`, value]),
    inner: ARM64_INNER,
    outer: ['fork_exit', 'fork_trampoline'],
    render: (d) => [
      'Fatal data abort:',
      ...d.registers.map((value, i) => `${`x${i}`.padStart(3)}: 0x${hex(value, 16)}`),
      `  sp: 0x${hex(d.sp, 16)}`,
      ` elr: 0x${hex(ipOf(d), 16)} (${d.frames[0]!.name} + 0x${hex(d.frames[0]!.offset)})`,
      'spsr: 0x0000000060000045',
      ` far: 0x${hex(d.fault, 16)}`,
      ` esr: 0x${hex(esrOf(d), 16)}`,
      `panic: vm_fault failed: 0x${hex(ipOf(d))} error 1`,
      'cpuid = 2',
      ...freebsdTrace(d, ARM64_INNER, `--- exception, esr 0x${hex(esrOf(d))}`, [
        'fork_exit',
        'fork_trampoline',
      ]),
    ],
  },
  {
    name: 'FreeBSD on riscv',
    top: 0xffffffc000000000n,
    arch: 'riscv',
    system: 'FreeBSD',
    trap: 'page fault',
    lacks: ['why', 'process'],
    registers: (d) => d.registers.slice(0, 7).map((value, i) => [`t[${i}]`, value]),
    inner: [...RISCV_INNER, 'cpu_exception_handler_supervisor'],
    outer: ['do_trap_user', 'cpu_exception_handler_user'],
    render: (d) => [
      ...d.registers.slice(0, 7).map((value, i) => `t[${i}] == 0x${hex(value, 16)}`),
      `sp == 0x${hex(d.sp, 16)}`,
      `sepc == 0x${hex(ipOf(d), 16)}`,
      'sstatus == 0x8000000200006120',
      `stval == 0x${hex(d.fault, 16)}`,
      `scause == 0x${hex(d.write ? 15 : 13, 16)}`,
      `panic: Fatal page fault at 0x${hex(ipOf(d))}: 0x${hex(d.fault)}`,
      'cpuid = 1',
      ...freebsdTrace(
        d,
        [...RISCV_INNER, 'cpu_exception_handler_supervisor'],
        `--- exception ${d.write ? 15 : 13}, tval = 0x${hex(d.fault)}`,
        ['do_trap_user', 'cpu_exception_handler_user'],
      ),
      '--- exception 8, tval = 0',
    ],
  },
  {
    name: 'NetBSD on arm64',
    top: 0xffffc00000000000n,
    arch: 'arm64',
    system: 'NetBSD',
    trap: 'data abort',
    lacks: ['process'],
    registers: (d) => d.registers.slice(0, 28).map((value, i) => [`x${i}`, value]),
    inner: NETBSD_ARM64_INNER,
    outer: [],
    render: (d) => [
      `panic: Trap: Data Abort (EL1): ${d.present ? 'Permission' : 'Translation'} Fault L3 with ${d.write ? 'write' : 'read'} access for ${hex(d.fault, 16)}: pc ${hex(ipOf(d), 16)}: opcode f9401c01: ldr x1, [x0, #56]`,
      'cpu2: Begin traceback...',
      `trace fp ${hex(d.sp - 256n, 16)}`,
      ...NETBSD_ARM64_INNER.map(
        (each, i) =>
          `${each === 'el1_trap' ? 'tf' : 'fp'} ${hex(d.sp - 128n + BigInt(16 * i), 16)} ${each}() at ${hex(d.start - 4096n, 16)} netbsd:${each}+0x44`,
      ),
      `---- Data Abort (EL1): trapframe 0x${hex(d.sp - 64n, 16)} (304 bytes) ----`,
      `    pc=${hex(ipOf(d), 16)},   spsr=0000000060000005`,
      `   esr=${hex(esrOf(d), 16)},    far=${hex(d.fault, 16)}`,
      ...Array.from(
        { length: 14 },
        (_, i) =>
          `${`x${2 * i}`.padStart(6)}=${hex(d.registers[2 * i]!, 16)}, ${`x${2 * i + 1}`.padStart(6)}=${hex(d.registers[2 * i + 1]!, 16)}`,
      ),
      '------------------------------------------------',
      ...d.frames.map(
        (f, i) =>
          `fp ${hex(f.fp, 16)} ${f.name}() at ${hex(i === 0 ? ipOf(d) : d.start + BigInt(65536 * i + f.offset), 16)} netbsd:${f.name}${plus(f.offset)}`,
      ),
      'cpu2: End traceback...',
    ],
  },
  {
    name: 'NetBSD on alpha',
    top: 0xfffffc0000000000n,
    arch: 'alpha',
    system: 'NetBSD',
    trap: 'memory management fault',
    lacks: ['why'],
    registers: (d) => [['ra', d.registers[0]!]],
    inner: ALPHA_INNER,
    outer: ['syscall_plain', 'XentSys'],
    render: (d) => [
      'CPU 0: fatal kernel trap:',
      'CPU 0    trap entry = 0x2 (memory management fault)',
      `CPU 0    a0         = 0x${hex(d.fault)}`,
      `CPU 0    a1         = 0x${d.present ? 1 : 0}`,
      `CPU 0    a2         = 0x${d.write ? 1 : 0}`,
      `CPU 0    pc         = 0x${hex(ipOf(d))}`,
      `CPU 0    ra         = 0x${hex(d.registers[0]!)}`,
      `CPU 0    pv         = 0x${hex(d.start)}`,
      `CPU 0    curlwp    = 0x${hex(d.registers[1]!)}`,
      `CPU 0        pid = ${d.pid}, comm = ${d.process}`,
      'panic: trap',
      `Stopped in pid ${d.pid}.1 (${d.process}) at netbsd:cpu_Debugger+0x4:        ret     zero,(ra)`,
      'db{0}> bt',
      ...ALPHA_INNER.map((each) => `${each}() at netbsd:${each}+0x20`),
      '--- memory management fault (from ipl 0) ---',
      ...d.frames.map((f) => `${f.name}() at netbsd:${f.name}${plus(f.offset)}`),
      'syscall_plain() at netbsd:syscall_plain+0x130',
      'XentSys() at netbsd:XentSys+0x5c',
      '--- syscall (5, netbsd.sys_open) ---',
      '--- user mode ---',
    ],
  },
  {
    name: 'NetBSD on mips',
    top: 0xffffffff80000000n,
    arch: 'mips',
    system: 'NetBSD',
    lacks: ['access', 'why', 'registers'],
    inner: [],
    outer: [],
    render: (d) => [
      `pid ${d.pid}(${d.process}): trap: TLB miss (load or instr. fetch) in kernel mode`,
      `status=0xe043<UX,SX,KX,EXL,IE>, cause=0x8, epc=0x${hex(ipOf(d))}, vaddr=0x${hex(d.fault)}`,
      `Stopped in pid ${d.pid}.9 (${d.process}) at  netbsd:${d.frames[0]!.name}${plus(d.frames[0]!.offset)}:   lw      v0,48(s0)`,
      'db> bt',
      ...d.frames.map(
        (f, i) =>
          `${f.name}+${hex(f.offset)} (${hex(d.registers[i]!)},0,1,0) ra ${i === d.frames.length - 1 ? '0' : hex(d.registers[i + 1]!)} sz 48`,
      ),
    ],
    trap: 'TLB miss (load or instr. fetch)',
  },
  {
    name: 'NetBSD on arm',
    top: 0x80000000n,
    arch: 'arm',
    system: 'NetBSD',
    trap: 'data abort',
    registers: (d) => d.registers.slice(0, 13).map((value, i) => [`r${i}`, value & 0xffffffffn]),
    inner: [],
    outer: [],
    render: (d) => [
      `uvm_fault(0x80a1b2c0, 0x${hex(d.fault & ~0xfffn)}, ${d.write ? 2 : 1}) -> e`,
      `Fatal kernel mode data abort: '${d.present ? 'Permission' : 'Translation'} Fault (S)'`,
      'trapframe: 0xb7a1bd38',
      `FSR=00000005, FAR=${hex(d.fault, 8)}, spsr=60000013`,
      ...[0, 4, 8].map((from) =>
        [0, 1, 2, 3]
          .map((i) => `${`r${from + i}`.padEnd(3)}=${hex(d.registers[from + i]! & 0xffffffffn, 8)}`)
          .join(', '),
      ),
      `r12=${hex(d.registers[12]! & 0xffffffffn, 8)}, ssp=${hex(d.sp, 8)}, slr=8021a4f0, pc =${hex(ipOf(d), 8)}`,
      `Stopped in pid ${d.pid}.41 (${d.process}) at netbsd:${d.frames[0]!.name}${plus(d.frames[0]!.offset)}:     ldr     r3, [r0, #0x024]`,
      'db{0}> bt',
      ...d.frames.map((f, i) => `0x${hex(f.fp, 8)}: netbsd:${f.name}${i === 0 ? '+0x14' : plus(f.offset)}`),
    ],
  },
];

function holds(r: Report, d: Drawn, port: Port): void {
  const lacks = new Set(port.lacks);
  const top = d.frames[0]!;
  expect([r.kind, r.system, r.arch, r.trap?.name?.value]).toEqual([
    'trap',
    port.system,
    port.arch,
    port.trap,
  ]);
  expect(r.others).toEqual([]);
  expect(r.trap?.ip?.value.address).toBe(canon(ipOf(d)));
  expect(r.trap?.faultAddress?.value).toBe(canon(d.fault));
  expect(r.trap?.mode?.value).toBe('kernel');
  if (!lacks.has('access')) expect(r.trap?.faultCode?.value.access).toBe(d.write ? 'write' : 'read');
  if (!lacks.has('why'))
    expect(r.trap?.faultCode?.value.why).toBe(d.present ? 'protection violation' : 'page not present');
  if (!lacks.has('process')) expect(r.process?.value).toMatchObject({ pid: d.pid, name: d.process });
  expect(r.faultPlace).toMatchObject({ function: top.name, offset: top.offset, address: canon(ipOf(d)) });
  expect(r.frames.map((f) => f.function)).toEqual([
    ...port.inner,
    ...d.frames.map((f) => f.name),
    ...port.outer,
  ]);
  const own = r.frames.slice(port.inner.length + 1, port.inner.length + d.frames.length);
  expect(own.map((f) => f.offset)).toEqual(d.frames.slice(1).map((f) => f.offset));
  expect(r.ownFrames[0]).toBe(top.name);
  for (const [register, value] of port.registers?.(d) ?? [])
    expect(r.registers.find((each) => each.name === register)?.value).toBe(canon(value));
  // A function's start, where it is told, is the start that was drawn.
  for (const { claim } of r.derived)
    if (claim.startsWith(`${top.name} starts at`))
      expect(claim).toBe(`${top.name} starts at ${canon(d.start)}`);
}

describe('traps of ports beyond x86, everything checked back', () => {
  for (const port of PORTS) {
    it(port.name, () => {
      fc.assert(
        fc.property(drawn(port.top), (d) => holds(parseReport(`${port.render(d).join('\n')}\n`), d, port)),
        { numRuns: 60 },
      );
    });
    for (const damage of [
      'quoted',
      'uptime stamps',
      'syslog',
      'html',
      'blank lines',
      'carriage returns',
      'prose around',
    ])
      it(`${port.name}: ${damage}`, () => {
        fc.assert(
          fc.property(drawn(port.top), fc.nat(), (d, seed) =>
            holds(parseReport(applyDamages(port.render(d), [damage], seed)), d, port),
          ),
          { numRuns: 8 },
        );
      });
  }
});

describe('sessions of lldb, everything checked back', () => {
  it('threads with arguments and source', () => {
    fc.assert(
      fc.property(drawn(0xffffffff80000000n), (d) => {
        const frame = (i: number, at: bigint, what: string, file: string, line: number) =>
          `${i === 0 ? '  * ' : '    '}frame #${i}: 0x${hex(at, 16)} kernel\`${what} at ${file}:${line}:2`;
        const inner = ['sched_switch', 'kern_reboot', 'vpanic', 'panic'];
        const text = [
          '(lldb) bt',
          `* thread #1, name = '(pid ${d.pid}) ${d.process}'`,
          ...inner.map((each, i) =>
            frame(
              i,
              d.start - BigInt(4096 * (i + 1)),
              each === 'vpanic' ? `vpanic(fmt="gizmo: bad count", ap=0x${hex(d.sp)})` : `${each}(flags=260)`,
              'kern_shutdown.c',
              400 + i,
            ),
          ),
          ...d.frames.map((f, i) =>
            frame(
              inner.length + i,
              d.start + BigInt(65536 * i),
              `${f.name}(sc=0x${hex(d.registers[i]!)})`,
              d.file,
              d.line + i,
            ),
          ),
        ];
        const r = parseReport(text.join('\n'));
        expect(r.frames.map((f) => f.function)).toEqual([...inner, ...d.frames.map((f) => f.name)]);
        expect(r.frames.slice(inner.length).map((f) => f.source)).toEqual(
          d.frames.map((_, i) => ({ file: d.file, line: d.line + i })),
        );
        expect(r.message?.value).toBe('gizmo: bad count');
        expect(r.ownFrames[0]).toBe(d.frames[0]!.name);
      }),
      { numRuns: 60 },
    );
  });
});

it('the CPU that panicked is the one that begins the traceback', () => {
  const text = (cpu: string) =>
    `panic: zorp: bad length\n${cpu}: Begin traceback...\nvpanic() at netbsd:vpanic+0x194\nzorp_put() at netbsd:zorp_put+0xb4\n${cpu}: End traceback...\n`;
  expect(parseReport(text('cpu3')).cpu).toMatchObject({ value: 3, span: [27, 28] });
  expect(parseReport(text('cpu12')).cpu?.value).toBe(12);
});

it('what alpha told its trap in the registers of arguments is not what those held', () => {
  const block = (memory: boolean) =>
    [
      'CPU 1: fatal kernel trap:',
      `CPU 1    trap entry = ${memory ? '0x2 (memory management fault)' : '0x3 (instruction fault)'}`,
      'CPU 1    a0         = 0x38',
      'CPU 1    a1         = 0x1',
      'CPU 1    a2         = 0x1',
      'CPU 1    pc         = 0xfffffc0000a1b2c4',
      'CPU 1    ra         = 0xfffffc0000a1b200',
      'CPU 1    pv         = 0xfffffc0000a1b000',
      'panic: trap',
    ].join('\n');
  for (const memory of [true, false]) {
    const { registers, trap } = parseReport(block(memory));
    expect(registers.map((each) => each.name)).toEqual(['pc', 'ra', 'pv']);
    expect(trap?.faultAddress?.value).toBe(memory ? '0x38' : undefined);
    expect(trap?.faultCode?.value.access).toBe(memory ? 'write' : undefined);
  }
});

it('the name of an option that NetBSD was built with is no place of a stop', () => {
  const stop = (name: string) =>
    parseReport(
      `panic: trap\nStopped in pid 211.1 (zorkd) at netbsd:${name}+0x104:        addb    %al,0(%eax)\n`,
    ).stoppedAt;
  expect(stop('_KERNEL_OPT_NZORK')).toMatchObject({ function: '??' });
  expect(stop('_KERNEL_OPT_NZORK')?.offset).toBeUndefined();
  expect(stop('zorp_call')).toMatchObject({ function: 'zorp_call', offset: 0x104 });
});
