import { describe, expect, it } from 'vitest';
import { parseReport, signatureParts, titleOf } from '../src/index.js';

/*
 * A kernel that dies of a trap can meet another while it handles that one: one backtrace then crosses both.
 * The first is told, and the later as what came of it. The texts are made up.
 */

const others = (report: ReturnType<typeof parseReport>) =>
  report.others.map((event) => [titleOf(signatureParts(event), event), event.consequence?.value]);
const CAME = 'it came while that one was handled';

const NETBSD_BLOCK = (
  ip: string,
  cr2: string,
) => `uvm_fault(0xffffffff8112a9c0, ${cr2.length > 4 ? '0xdead0000' : '0x0'}, 1) -> e
fatal page fault in supervisor mode
trap type 6 code 0x0 rip ${ip} cs 0x8 rflags 0x10246 cr2 ${cr2} ilevel 0 rsp 0xffffd0007a7cdd80
curlwp 0xffffe4003fb6e0a0 pid 212.1 lowest kstack 0xffffd0007a7ca2c0
`;
const NETBSD_OUTER = `zorp_read() at netbsd:zorp_read+0x4d
VOP_READ() at netbsd:VOP_READ+0x31
sys_read() at netbsd:sys_read+0x62
syscall() at netbsd:syscall+0x1a3
--- syscall (number 3) ---
cpu0: End traceback...
`;
const NETBSD_INNER = `cpu0: Begin traceback...
vpanic() at netbsd:vpanic+0x173
panic() at netbsd:panic+0x3c
trap() at netbsd:trap+0xb51
--- trap (number 6) ---
`;
const DDB = `db_read_bytes() at netbsd:db_read_bytes+0x22
db_stack_trace_print() at netbsd:db_stack_trace_print+0x99
db_panic() at netbsd:db_panic+0x3d
vpanic() at netbsd:vpanic+0x173
panic() at netbsd:panic+0x3c
trap() at netbsd:trap+0xb51
--- trap (number 6) ---
`;

describe('two traps in one backtrace of NetBSD', () => {
  const first = NETBSD_BLOCK('0xffffffff8061c23d', '0x28');
  const second = NETBSD_BLOCK('0xffffffff80211122', '0xdead0010');

  it('with the block of each', () => {
    for (const blocks of [first + second, `${first}panic: trap\n${second}`]) {
      const report = parseReport(`${blocks}panic: trap\n${NETBSD_INNER}${DDB}${NETBSD_OUTER}`);
      expect(report.title).toBe('page fault in zorp_read (kernel read null+0x28)');
      expect(report.buckets.at(-1)!.key).toBe('page fault; kernel read near null; zorp_read < VOP_READ');
      expect(report.frames.some((each) => each.function === 'db_read_bytes')).toBe(false);
      expect(others(report)).toEqual([['page fault in db_read_bytes (kernel read)', CAME]]);
    }
  });

  it('met by the handler itself', () => {
    const report = parseReport(
      `${first}panic: trap\n${NETBSD_INNER}trap() at netbsd:trap+0x865\n--- trap (number 6) ---\n${NETBSD_OUTER}`,
    );
    expect(report.title).toBe('page fault in zorp_read (kernel read null+0x28)');
    expect(others(report)).toEqual([['page fault (kernel)', CAME]]);
  });

  it('of which the first is only served is a fault of its own', () => {
    const served = `zorp_getpage() at netbsd:zorp_getpage+0x22
uvm_fault_internal() at netbsd:uvm_fault_internal+0x99
trap() at netbsd:trap+0x3d1
--- trap (number 6) ---
copyin() at netbsd:copyin+0x32
`;
    const report = parseReport(`${first}panic: trap\n${NETBSD_INNER}${served}${NETBSD_OUTER}`);
    expect(report.title).toBe('page fault in zorp_getpage (kernel read null+0x28)');
    expect(others(report)).toEqual([]);
  });
});

const FREEBSD_BLOCK = (ip: string, address: string) => `Fatal trap 12: page fault while in kernel mode
cpuid = 1; apic id = 01
fault virtual address   = ${address}
fault code              = supervisor read data, page not present
instruction pointer     = 0x20:${ip}
stack pointer           = 0x28:0xfffffe00b1a5a8c0
frame pointer           = 0x28:0xfffffe00b1a5a8f0
code segment            = base 0x0, limit 0xfffff, type 0x1b
                        = DPL 0, pres 1, long 1, def32 0, gran 1
processor eflags        = interrupt enabled, resume, IOPL = 0
current process         = 913 (blatter)
trap number             = 12
`;
const ZORP = `--- trap 0xc, rip = 0xffffffff80f1a2b3, rsp = 0xfffffe00b1a5a400, rbp = 0xfffffe00b1a5a420 ---
zorp_find() at zorp_find+0x13/frame 0xfffffe00b1a5a420
zorp_detach() at zorp_detach+0x104/frame 0xfffffe00b1a5a500
fork_exit() at fork_exit+0x80/frame 0xfffffe00b1a5aab0
`;
const FATAL = `trap_fatal() at trap_fatal+0x9f/frame 0xfffffe00b1a5a100
trap() at trap+0x29e/frame 0xfffffe00b1a5a200
calltrap() at calltrap+0x8/frame 0xfffffe00b1a5a300
`;
const STOP = `Stopped at zprint+0x1d: movq (%rax),%rbx
db> bt
`;

describe('two traps in one backtrace of FreeBSD', () => {
  const inner = FREEBSD_BLOCK('0xffffffff80411111', '0x10');
  const zprint = 'zprint() at zprint+0x1d/frame 0xfffffe00b1a5a000\n';
  const entered = `kdb_enter() at kdb_enter+0x3b/frame 0xfffffe00b1a59000
vpanic() at vpanic+0x19c/frame 0xfffffe00b1a59050
panic() at panic+0x43/frame 0xfffffe00b1a59100
trap_fatal() at trap_fatal+0x38f/frame 0xfffffe00b1a59200
calltrap() at calltrap+0x8/frame 0xfffffe00b1a59400
--- trap 0xc, rip = 0xffffffff80411111, rsp = 0xfffffe00b1a59500, rbp = 0xfffffe00b1a59520 ---
`;

  it('with the block of the later', () => {
    for (const trace of [zprint, entered + zprint]) {
      const report = parseReport(`${inner}${STOP}${trace}${FATAL}${ZORP}`);
      expect(report.title).toBe('page fault in zorp_find (kernel)');
      expect(report.trap?.ip?.value.address).toBe('0xffffffff80f1a2b3');
      expect(report.trap?.faultAddress).toBeUndefined();
      expect(report.process?.value).toMatchObject({ pid: 913, name: 'blatter' });
      expect(report.damage).toEqual([]);
      expect(others(report)).toEqual([['page fault in zprint (kernel read null+0x10)', CAME]]);
    }
  });

  it('with the block of the first', () => {
    const report = parseReport(
      `${FREEBSD_BLOCK('0xffffffff80f1a2b3', '0x28')}db> bt\n${entered}${zprint}${FATAL}${ZORP}`,
    );
    expect(report.title).toBe('page fault in zorp_find (kernel read null+0x28)');
    expect(others(report)).toEqual([['page fault in zprint (kernel)', CAME]]);
  });

  it('without a line for either, by the entry code', () => {
    const frames = ['kdb_backtrace', 'vpanic', 'panic', 'trap_fatal', 'trap_pfault', 'calltrap', 'zprint']
      .concat(['kdb_trap', 'trap_fatal', 'calltrap', 'zorp_find', 'zorp_detach', 'fork_exit'])
      .map((name, i) => `#${i} 0xffffffff80c5${1000 + i} at ${name}+0x65\n`);
    const report = parseReport(
      `${FREEBSD_BLOCK('0xffffffff80c51010', '0x28')}panic: page fault\nKDB: stack backtrace:\n${frames.join('')}`,
    );
    expect(report.buckets.at(-1)!.key).toBe('page fault; kernel read near null; zorp_find < zorp_detach');
    expect(others(report)).toHaveLength(1);
  });

  it('is one fault where a page was only to be fetched', () => {
    const served = `zorp_getpages() at zorp_getpages+0x1d/frame 0xfffffe00b1a5a000
vm_fault() at vm_fault+0x1565/frame 0xfffffe00b1a5a050
trap_pfault() at trap_pfault+0x29e/frame 0xfffffe00b1a5a100
trap() at trap+0x29e/frame 0xfffffe00b1a5a200
calltrap() at calltrap+0x8/frame 0xfffffe00b1a5a300
`;
    const report = parseReport(`${inner}${entered}${served}${ZORP}`);
    expect(report.title).toBe('page fault in zorp_getpages (kernel read null+0x10)');
    expect(others(report)).toEqual([]);
  });
});

describe('two traps in one backtrace of OpenBSD', () => {
  const outer = (number: number) => `--- trap (number ${number}) ---
zorp_input(fffffd80,1) at zorp_input+0x44
if_input_process(fffffd80,1) at if_input_process+0x6f
taskq_thread(ffffffff82) at taskq_thread+0x81
end trace frame: 0x0, count: -7
`;
  const kerntrap = (offset: string) => `kerntrap(ffff80002239a0) at kerntrap+${offset}
alltraps_kern_meltdown() at alltraps_kern_meltdown+0x7b
`;

  it('of which the debugger stopped for the later', () => {
    const report = parseReport(`uvm_fault(0xffffffff8238d5f8, 0x17, 0, 1) -> e
kernel: page fault trap, code=0
Stopped at      db_read_bytes+0x22:  movzbl 0(%rdi),%eax
ddb{1}> trace
db_read_bytes(17) at db_read_bytes+0x22
db_ktrap(6,0,ffff80002239a0) at db_ktrap+0x2c
${kerntrap('0x91')}${outer(4)}`);
    expect(report.title).toBe('protection fault in zorp_input (kernel)');
    expect(others(report)).toEqual([['page fault in db_read_bytes (kernel read null+0x17)', CAME]]);
  });

  it('of which the handler met the later', () => {
    const report = parseReport(`kernel: page fault trap, code=0
Stopped at      zinner+0x22:  movzbl 0(%rdi),%eax
ddb{1}> trace
zinner(17) at zinner+0x22
${kerntrap('0x91')}--- trap (number 6) ---
${kerntrap('0x51')}${outer(4)}`);
    expect(report.title).toBe('protection fault in zorp_input (kernel)');
    expect(others(report)[0]![1]).toBe(CAME);
  });
});
