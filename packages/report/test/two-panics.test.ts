import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseReport, type Report } from '../src/index.js';
import { chainScore } from '../src/interleave/chains.js';

/*
 * Two crashes in one text, the second with or without a word of what happened: each keeps its own backtrace,
 * its own trap and its own message.
 */

const chain = (report: { frames: readonly { function: string }[] }): string =>
  report.frames.map((frame) => frame.function).join(' ');

/** The console of a page fault, its debugger and its backtrace. */
const CONSOLE = `Fatal trap 12: page fault while in kernel mode
cpuid = 3; apic id = 03
fault virtual address	= 0x28
fault code		= supervisor read data, page not present
instruction pointer	= 0x20:0xffffffff80a1b3c4
stack pointer	        = 0x28:0xfffffe0085f0b9c0
frame pointer	        = 0x28:0xfffffe0085f0ba10
current process		= 1402 (zorpd)
trap number		= 12
panic: page fault
cpuid = 3
KDB: stack backtrace:
db_trace_self_wrapper() at db_trace_self_wrapper+0x2b
vpanic() at vpanic+0x182
panic() at panic+0x43
trap_fatal() at trap_fatal+0x35f
trap_pfault() at trap_pfault+0x49
trap() at trap+0x2c7
calltrap() at calltrap+0x8
--- trap 0xc, rip = 0xffffffff80a1b3c4, rsp = 0xfffffe0085f0b9c0, rbp = 0xfffffe0085f0ba10 ---
zorp_dequeue() at zorp_dequeue+0x1c4
zorp_send() at zorp_send+0x1c6
zorp_task() at zorp_task+0x2a9
taskqueue_run_locked() at taskqueue_run_locked+0xa7
fork_exit() at fork_exit+0x80
fork_trampoline() at fork_trampoline+0xe
--- trap 0, rip = 0, rsp = 0, rbp = 0 ---
KDB: enter: panic
`;
/** Another machine's panic. */
const OTHER = `panic: gnat_release: still held
cpuid = 0
KDB: stack backtrace:
vpanic() at vpanic+0x182
panic() at panic+0x43
gnat_release() at gnat_release+0x24
gnat_purge() at gnat_purge+0x91
gnat_ioctl() at gnat_ioctl+0x33
amd64_syscall() at amd64_syscall+0x111
fast_syscall_common() at fast_syscall_common+0xf8
`;
/** A debugger's session on the dump of another one. */
const SESSION = `(kgdb) bt
#0  doadump (textdump=1) at pcpu.h:222
#1  0xffffffff80a2b4d5 in kern_reboot (howto=260) at ../../../kern/kern_shutdown.c:366
#2  0xffffffff80a2baf8 in vpanic (fmt=<value optimized out>) at ../../../kern/kern_shutdown.c:759
#3  0xffffffff80a2b933 in panic (fmt=0x0) at ../../../kern/kern_shutdown.c:688
#4  0xffffffff80c1d2e1 in gnat_release (gn=0xfffff80003d1a000) at ../../../net/gnat.c:411
#5  0xffffffff80c1c0b4 in gnat_purge (gn=0xfffff80003d1a000) at ../../../net/gnat.c:188
#6  0xffffffff80c1e6aa in gnat_ioctl (cmd=0) at ../../../net/gnat.c:702
#7  0xffffffff80e0c2a4 in amd64_syscall (td=0xfffff80003b1c000, traced=0) at subr_syscall.c:141
`;

describe('the debugger on the dump of another crash, below a console', () => {
  for (const between of ['\n', '\nAnd this is what the other machine has left:\n\n', '\n\n--\nZ. Orp\n\n']) {
    const report = parseReport(`${CONSOLE}${between}${SESSION}`);

    it(`is an event of its own, behind ${JSON.stringify(between)}`, () => {
      expect(report.title).toBe('page fault in zorp_dequeue (kernel read null+0x28)');
      expect(chain(report)).toMatch(/^db_trace_self_wrapper .* fork_trampoline$/);
      expect(report.otherTraces).toEqual([]);
      expect(report.others.map((each) => [each.kind, each.message?.value, chain(each)])).toEqual([
        [
          'panic',
          undefined,
          'doadump kern_reboot vpanic panic gnat_release gnat_purge gnat_ioctl amd64_syscall',
        ],
      ]);
      expect(report.damage.filter((each) => each.kind === 'interleaved')).toEqual([]);
    });
  }

  it('of the same crash is another backtrace of it', () => {
    const same = SESSION.replace('gnat_release', 'zorp_dequeue')
      .replace('gnat_purge', 'zorp_send')
      .replace('gnat_ioctl', 'zorp_task');
    const { others, otherTraces } = parseReport(`${CONSOLE}\n${same}`);
    expect(others).toEqual([]);
    expect(otherTraces).toHaveLength(1);
  });

  it('that shows helpers alone is none', () => {
    const few = SESSION.split('\n').slice(0, 5).join('\n').replace('gnat_release', '_mtx_assert');
    expect(parseReport(`${CONSOLE}\n${few}\n`).others).toEqual([]);
  });
});

it('a session without its message does not take that of a console below', () => {
  const report = parseReport(`${SESSION}\n${CONSOLE}`);
  const all = [report, ...report.others];
  expect(all).toHaveLength(2);
  const fault = all.find((each) => each.kind === 'trap')!;
  expect(chain(fault)).toContain('zorp_dequeue');
  const session = all.find((each) => each !== fault)!;
  expect(session.message).toBeUndefined();
  expect(chain(session)).toContain('gnat_release');
});

it('a textdump of another crash keeps its backtrace, which stands before its block', () => {
  const [block, trace] = [
    CONSOLE.slice(0, CONSOLE.indexOf('KDB: stack')),
    CONSOLE.slice(CONSOLE.indexOf('db_trace_self'), CONSOLE.indexOf('KDB: enter')),
  ];
  const report = parseReport(`${OTHER}\ndb:0:kdb.enter.default>  bt\n${trace}\n${block}`);
  expect(report.title).toBe('panic: gnat_release: still held in gnat_release');
  expect(report.others.map((each) => [each.kind, chain(each).includes('zorp_dequeue')])).toEqual([
    ['trap', true],
  ]);
});

it('another trap on a console is not what the panic over the one before says', () => {
  const report = parseReport(`kernel: integer divide fault trap, code=0
Stopped at      zorp_mount+0x62e:      idivl    %ecx,%eax
ddb> trace
zorp_mount() at zorp_mount+0x62e
sys_mount() at sys_mount+0x271
syscall() at syscall+0x197
end of kernel
ddb>
panic: uvm_fault failed: ffffff8000a0c3d4 esr 96000006 far 1c
Stopped at      panic+0x160:    cmp     w21, #0x0
db_enter() at panic+0x15c
panic() at kdata_abort+0x178
kdata_abort() at handle_el1h_sync+0x68
handle_el1h_sync() at gnat_event_cb+0x58
gnat_event_cb() at gnat_async+0xe0
gnat_async() at taskq_thread+0x80
taskq_thread() at proc_trampoline+0xc
`);
  expect(report.title).toBe('integer divide fault in zorp_mount (kernel)');
  expect(report.trap?.faultAddress).toBeUndefined();
  expect(report.others.map((each) => each.trap?.faultAddress?.value)).toEqual(['0x1c']);
});

describe('two consoles of this folder, one after the other', () => {
  const folder = new URL('./claims/', import.meta.url);
  const whole: { name: string; text: string; report: Report }[] = [];
  for (const file of readdirSync(folder).filter((each) => each.endsWith('.txt'))) {
    // A text that ends with its last line may have been cut there.
    const text = `${readFileSync(new URL(file, folder), 'utf8')}\n\nAnd this is what I got on the other machine:\n\n`;
    let report: Report;
    try {
      report = parseReport(text);
    } catch {
      continue;
    }
    const { kind, frames, others, damage, traceEnd } = report;
    const told = (kind === 'trap' || kind === 'panic') && !/not read|not known/.test(report.title);
    if (told && frames.length >= 4 && others.length + damage.length === 0 && traceEnd === 'whole')
      whole.push({ name: file.slice(0, -4), text, report });
  }

  it('are two events, and the first is the first', () => {
    const wrong: string[] = [];
    let tried = 0;
    whole.forEach((a, i) => {
      // Every one with a few others, by a step that is prime to any such number.
      for (const step of [7, 31, 61]) {
        const b = whole[(i + step) % whole.length]!;
        if (a === b || a.report.title === b.report.title) continue;
        tried++;
        const report = parseReport(`${a.text}${b.text}`);
        if (report.title !== a.report.title || chain(report) !== chain(a.report))
          wrong.push(`${a.name} before ${b.name}: ${report.title}`);
      }
    });
    expect(tried).toBeGreaterThan(60);
    expect(wrong).toEqual([]);
  });
});

describe('a console that an answer quotes whole, below itself', () => {
  const reversal = `lock order reversal:
 1st 0xfffff80003d1a068 zorp (zorp) @ /usr/src/sys/kern/zorp.c:1212
 2nd 0xfffff80003d1b0b0 gnat (gnat) @ /usr/src/sys/kern/gnat.c:311
stack backtrace:
#0 0xffffffff80a1b3c4 at witness_debugger+0x73
#1 0xffffffff80a1b3c5 at witness_checkorder+0xe02
#2 0xffffffff80a1b3c6 at gnat_get+0x41
#3 0xffffffff80a1b3c7 at zorp_ioctl+0x22
`;
  const assertion = CONSOLE.slice(CONSOLE.indexOf('panic: page fault')).replace('page fault', 'zorp is busy');

  it('is told once', () => {
    for (const text of [reversal, assertion, CONSOLE]) {
      const quoted = `On Mon, A. B. wrote:\n${text.replace(/^/gm, '> ')}`;
      expect([text.slice(0, 20), parseReport(`${text}\n\n${quoted}`).others]).toEqual([
        text.slice(0, 20),
        [],
      ]);
    }
  });

  it('is another crash where a pointer, a second or a process differs', () => {
    for (const [a, b] of [
      ['0xfffff80003d1b0b0', '0xfffff80003d1b0c0'],
      ['gnat_get+0x41', 'gnat_get+0x45'],
    ] as const)
      expect([a, parseReport(`${reversal}\n\n${reversal.replace(a, b)}`).others.length]).toEqual([a, 1]);
  });
});

it('who was running is told with the session that tells it', () => {
  const trace = CONSOLE.slice(CONSOLE.indexOf('db_trace_self'), CONSOLE.indexOf('KDB: enter'));
  const report = parseReport(`${OTHER}
db:0:kdb.enter.default>  show pcpu
cpuid        = 2
curthread    = 0xfffffe00119f4ac0: pid 7 tid 100037 critnest 1 "zorp_tqg_2"
idlethread   = 0xfffffe00116a61e0: tid 100005 "idle: cpu2"
db:0:kdb.enter.default>  bt
${trace}`);
  expect(report.process).toBeUndefined();
  expect(report.others.map((each) => each.process?.value.name)).toEqual(['zorp_tqg_2']);
});

it('panics of other CPUs that the debugger lists are told once each', () => {
  const { others } = parseReport(`panic: zorp is busy
Stopped at      db_enter+0x14:  popq    %rbp
    TID    PID    UID     PRFLAGS     PFLAGS  CPU  COMMAND
*186432  19240      0        0x10          0    0K zorpd
 422570  88214      0     0x14000      0x200    1  gnatd
db_enter() at db_enter+0x14
panic(ffffffff81f0a0b4) at panic+0xbf
zorp_get(0) at zorp_get+0x27
zorp_ioctl(0) at zorp_ioctl+0x12
syscall(ffff800020c2ac10) at syscall+0x3a4
end of kernel
ddb{0}> show panic
*cpu0: zorp is busy
 cpu1: gnat is gone
ddb{0}> mach ddbcpu 1
Stopped at      x86_ipi_db+0x12:        leave
ddb{1}> trace
x86_ipi_db(ffff800020c1fff0) at x86_ipi_db+0x12
panic(ffffffff81f0a0b4) at panic+0xbf
gnat_get(0) at gnat_get+0x27
gnat_ioctl(0) at gnat_ioctl+0x12
taskq_thread(ffff800000023080) at taskq_thread+0x100
end of kernel
`);
  expect(others.map((each) => each.message?.value)).toEqual(['gnat is gone']);
});

it('functions that newer kernels and other ports have beside each other can stand so', () => {
  for (const [inner, outer] of [
    ['db_trace_self_wrapper', 'vpanic'],
    ['trap_pfault', 'calltrap'],
    ['trap', 'XentUna'],
    ['vpanic', 'spl_panic'],
  ] as const)
    expect([inner, outer, chainScore(inner, outer) >= 0]).toEqual([inner, outer, true]);
  expect(chainScore('panic', 'witness_checkorder')).toBe(0);
  expect(chainScore('trap_pfault', 'zorp_get')).toBeLessThan(0);
  expect(chainScore('db_trace_self_wrapper', 'zorp_get')).toBeLessThan(0);
});

it('a backtrace without a word about it, quoted below itself, is one', () => {
  const trace = `panic(c088cd33,deadc000,c0943aa0,0,c08753e1) at panic+0x14b
vm_fault(c1060000,deadc000,1,0,c54de480) at vm_fault+0x1e0
trap_pfault(e76728b8,0,deadc112) at trap_pfault+0x137
trap(8,c0870028,28,deadc0de,deadc0de) at trap+0x355
calltrap() at calltrap+0x5
--- trap 0xc, eip = 0xc060bcfb, esp = 0xe76728f8, ebp = 0xe767291c ---
zorp_request(c53ff7bc,c5051d40,d8c72408,c54ca110,e7672950) at zorp_request+0x5f
`;
  const twice = parseReport(`${trace}\numount /mnt\nmdconfig -d -u 1\nwait\n\n${trace}`);
  const once = parseReport(`${trace}\numount /mnt\n`);
  expect([twice.title, chain(twice), twice.others]).toEqual([once.title, chain(once), []]);
});
