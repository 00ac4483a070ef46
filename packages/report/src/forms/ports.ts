import type { Builder } from '../builder.js';
import { markPlaceless } from '../culprit.js';
import { type Line, spanOf } from '../line.js';
import { panicOfFrame } from '../panic-message.js';
import { canonHex } from '../scan.js';
import { isWayToDebugger } from '../trap-names.js';
import { decodeEsr, decodeScause } from '../syndrome.js';
import type { FaultCode, Frame, Trap } from '../types.js';
import type { Form, MessageClass } from './form.js';

/*
 * Traps of the ports of NetBSD and OpenBSD beyond x86, whose lines are those of one port alone: arm64 (the
 * sentence, the trap frame in the trace), alpha (the block), mips (the two lines), sparc64 (the message), and
 * the lines of their traces. What they share with FreeBSD's ports is read by `exceptions.ts`.
 */

const ID = 'ports';

/**
 * `Trap: Data Abort (EL1): Translation Fault L0 with read access for 0000000000000038: pc ffffc0000043a1b4:
 * opcode ..`
 */
const ARM64_SENTENCE =
  /^(?:fatal )?trap: (data|instruction) abort \(el(\d)\)(?:: ([\w ]{3,80}?)(?: l\d)?(?: with (read|write) access)? for ([0-9a-f]{16})(?:, [a-z0-9 ]{3,30}){0,3}: pc ([0-9a-f]{16}))?/;

function whyOf(text: string | undefined): FaultCode['why'] {
  if (text === undefined) return 'unknown';
  if (text.startsWith('translation')) return 'page not present';
  if (text.startsWith('permission')) return 'protection violation';
  return text.startsWith('alignment') ? 'alignment' : 'unknown';
}

/** What the sentence says of the trap. */
function arm64Sentence(low: string): MessageClass | null {
  const m = ARM64_SENTENCE.exec(low);
  if (m === null) return null;
  const instruction = m[1] === 'instruction';
  const access = instruction ? 'execute' : (m[4] as FaultCode['access'] | undefined);
  const code: FaultCode | undefined =
    access === undefined ? undefined : { by: 'supervisor', access, why: whyOf(m[3]) };
  return {
    kind: 'trap',
    trap: {
      name: `${m[1]} abort`,
      mode: m[2] === '0' ? 'user' : 'kernel',
      ...(m[5] === undefined ? {} : { address: canonHex(m[5]) }),
      ...(m[6] === undefined ? {} : { ip: canonHex(m[6]) }),
      ...(code === undefined ? {} : { code }),
    },
    stable: `${m[1]} abort`,
  };
}

function putTrap(b: Builder, trap: Trap, told: NonNullable<MessageClass['trap']>): void {
  trap.name ??= b.fact(told.name);
  if (told.mode !== undefined) trap.mode ??= b.fact(told.mode);
  if (told.address !== undefined) trap.faultAddress ??= b.fact(told.address);
  if (told.ip !== undefined) trap.ip ??= b.fact({ address: told.ip });
  if (told.code !== undefined) trap.faultCode ??= b.fact(told.code);
}

/** `trap: kernel read DSI trap @ 0x7c3042a6 by 0x3e4cf8 (DSISR 0x40000000, err=14), lr 0x377eac` */
const POWERPC_LINE =
  /^trap: (kernel|user) (?:(read|write|exec\w*) )?(dsi|isi|[a-z]{2,20}) trap(?: @ (0x[0-9a-f]{1,16}))? by (0x[0-9a-f]{1,16})/;
const POWERPC_ACCESS: Record<string, FaultCode['access']> = { read: 'read', write: 'write' };

function powerpcLine(b: Builder): boolean {
  const m = POWERPC_LINE.exec(b.low);
  if (m === null) return false;
  b.sawArch('powerpc', 8);
  b.saw('NetBSD', 3, true);
  b.closeTraps();
  const trap = b.beginTrap(ID).trap!;
  const user = m[1] === 'user';
  trap.name = b.fact(m[3] === 'isi' || m[3] === 'dsi' ? m[3].toUpperCase() : m[3]!);
  trap.mode = b.fact(user ? 'user' : 'kernel');
  trap.ip = b.fact({ address: canonHex(m[5]!) });
  if (m[4] !== undefined) trap.faultAddress = b.fact(canonHex(m[4]));
  const access = POWERPC_ACCESS[m[2] ?? ''];
  if (access !== undefined)
    trap.faultCode = b.fact({ by: user ? 'user' : 'supervisor', access, why: 'unknown' });
  return true;
}

/** The sentence on a line of its own, before the panic. */
function arm64Line(b: Builder): boolean {
  const told = arm64Sentence(b.low)?.trap;
  if (told === undefined) return false;
  b.sawArch('arm64', 8);
  b.saw('NetBSD', 3, true);
  b.closeTraps();
  putTrap(b, b.beginTrap(ID).trap!, told);
  return true;
}

/** `fp ffffc0004a1b2c50 vpanic() at ffffc000004fa1b4 netbsd:vpanic+0x174` */
const ARM64_FRAME =
  /^(?:fp|tf) ([0-9a-f]{16}) ([A-Za-z_][\w.$]*)\(\) at ([0-9a-f]{16})(?: (?:\w+:)?([A-Za-z_][\w.$]*)(?:\+(0x[0-9a-f]+))?)?$/;

/** riscv's lines have no address: `fp ffffffc0043a1c60 vpanic() at netbsd:vpanic+0x140`. */
const RISCV_FRAME =
  /^fp ([0-9a-f]{16}) ([A-Za-z_][\w.$]*)\(\) at netbsd:([A-Za-z_][\w.$]*)(?:\+(0x[0-9a-f]+))?$/;

function riscvFrame(b: Builder): boolean {
  // `trace fp ffffffc0043a1c20` is the heading.
  if (/^trace fp [0-9a-f]{16}$/.test(b.low)) {
    b.announce();
    return true;
  }
  const m = RISCV_FRAME.exec(b.line.text);
  if (m === null) return false;
  b.sawArch('riscv', 4);
  b.saw('NetBSD', 2, true);
  const frame: Frame = { function: m[2]!, args: [], framePointer: canonHex(m[1]!), span: b.span() };
  if (m[4] !== undefined) frame.offset = Number.parseInt(m[4], 16);
  b.frame(frame, 'netbsd', ID);
  return true;
}

/**
 * riscv's trap frame in NetBSD: `Trapframe @ 0xffffffc0043a1e40 (cause=13 (load page fault), status=0x120,
 * pc=0x.., va=0x..):`
 */
const RISCV_TRAP =
  /^trapframe @ 0x[0-9a-f]+ \(cause=(\d{1,2}) \([^)]{3,60}\), status=(0x[0-9a-f]+), pc=(0x[0-9a-f]+), va=(0x[0-9a-f]+)/;

function riscvTrap(b: Builder): boolean {
  const m = RISCV_TRAP.exec(b.low);
  if (m === null) return false;
  b.sawArch('riscv', 8);
  b.saw('NetBSD', 3, true);
  b.closeTraps();
  const { syndrome, name, code } = decodeScause(`0x${Number(m[1]).toString(16)}`);
  const told = panicOfFrame(b);
  if (told !== null && !told.forms.includes(ID)) told.forms.push(ID);
  const trap = told?.trap ?? b.beginTrap(ID).trap!;
  // Bit 8 of the status: the trap came from supervisor mode.
  const user = (Number(m[2]) & 0x100) === 0;
  trap.name = b.fact(name ?? 'exception');
  trap.mode = b.fact(user ? 'user' : 'kernel');
  trap.syndrome = b.fact(syndrome);
  trap.ip = b.fact({ address: canonHex(m[3]!) });
  if (code !== undefined) {
    trap.faultCode = b.fact({ ...code, by: user ? 'user' : 'supervisor' });
    trap.faultAddress = b.fact(canonHex(m[4]!));
  }
  return true;
}

/** ` ra =0xffffffc0004b1d7a  sp =0x..  gp =0x..`, `a0 =                 0`: the registers of such a frame. */
const RISCV_REGISTERS = /^(?:(?:ra|sp|gp|tp|[ast]\d{1,2}) ?= {0,20}(?:0x[0-9a-f]{1,16}|0)\b[ ,]*)+$/;

function riscvRegisters(b: Builder): boolean {
  const open = b.recentTrap();
  if (open === null || open.forms[0] !== ID || b.arches.riscv === undefined) return false;
  if (open.message !== undefined || !RISCV_REGISTERS.test(b.low)) return false;
  for (const m of b.low.matchAll(/\b([a-z]{1,2}\d{0,2}) ?= *(0x[0-9a-f]{1,16}|0)\b/g))
    b.register({ name: m[1]!, value: canonHex(m[2]!), span: b.span(m.index, m.index + m[0].length) }, ID);
  open.registersOf = 'fault';
  if (open.trap !== undefined) {
    const sp = open.registers.find((each) => each.name === 'sp');
    if (sp !== undefined) open.trap.sp ??= { value: { address: sp.value }, span: sp.span };
  }
  return true;
}

function arm64Frame(b: Builder): boolean {
  const m = ARM64_FRAME.exec(b.line.text);
  if (m === null) return false;
  // riscv prints the same; only where the kernel lies tells them apart.
  if (m[3]!.startsWith('ffffc')) b.sawArch('arm64', 4);
  b.saw('NetBSD', 2, true);
  const frame: Frame = { function: m[4] ?? m[2]!, args: [], address: canonHex(m[3]!), span: b.span() };
  if (m[5] !== undefined) frame.offset = Number.parseInt(m[5], 16);
  if (!/^0+$/.test(m[1]!)) frame.framePointer = canonHex(m[1]!);
  b.frame(frame, 'netbsd', ID);
  // The outermost frame of a kernel stack has no frame pointer.
  if (frame.framePointer === undefined && b.trace !== null) b.trace.whole = true;
  return true;
}

/** `pc=ffffc0000043a1b4,   spsr=0000000060000005`: the trap frame that stands within such a trace. */
function arm64TrapFrame(b: Builder): boolean {
  const { low, trace } = b;
  if (trace === null || trace.style !== 'netbsd') return false;
  const boundary = trace.boundaries.at(-1);
  if (boundary === undefined || boundary.what !== 'trap' || boundary.after !== trace.frames.length - 1)
    return false;
  let any = false;
  for (const m of low.matchAll(/\b(x\d{1,2}|pc|sp|lr|spsr|esr|far)=([0-9a-f]{16})\b/g)) {
    any = true;
    const j = m.index + m[0].length;
    const value = canonHex(m[2]!);
    b.register({ name: m[1]!, value, span: b.span(m.index, j) }, ID);
    if (m[1] === 'pc') boundary.ip = value;
    else if (m[1] === 'sp') boundary.sp = value;
    else if (m[1] === 'esr') {
      b.sawArch('arm64', 6);
      boundary.syndrome = decodeEsr(value).syndrome;
    } else if (m[1] === 'far' && b.current?.kind === 'trap' && b.current.trap !== undefined)
      b.current.trap.faultAddress ??= b.fact(value, j - 16, j);
  }
  if (any && b.current?.kind === 'trap') b.current.registersOf = 'fault';
  return any;
}

/** `0xb7a1bddc: netbsd:zmsc_attach+0x14`: arm's traces give the frame and the place. */
const ARM_FRAME = /^(0x[0-9a-f]{8}): (?:netbsd:)([A-Za-z_][\w.$]*)(?:\+(0x[0-9a-f]+))?$/;

function armFrame(b: Builder): boolean {
  const m = ARM_FRAME.exec(b.line.text);
  if (m === null) return false;
  b.saw('NetBSD', 2, true);
  const frame: Frame = { function: m[2]!, args: [], framePointer: canonHex(m[1]!), span: b.span() };
  // The first place is where the function's frame was made, not where it was left.
  if (m[3] !== undefined && b.trace !== null && b.trace.frames.length > 0)
    frame.offset = Number.parseInt(m[3], 16);
  b.frame(frame, 'netbsd', ID);
  return true;
}

/**
 * The same in older kernels, three lines a frame: `netbsd:zmsc_attach+0x14`, then `scp=0x.. rlv=0x..
 * (netbsd:f+0x1a8)`, `rsp=0x.. rfp=0x..`. The first is where the frame was made, the place in parentheses
 * where the caller goes on.
 */
const OLD_ARM = new WeakMap<Builder, { name: string; caller?: { name: string; offset: number } }>();
const OLD_ARM_HEAD = /^netbsd:([A-Za-z_][\w.$]*)(?:\+0x[0-9a-f]+)?$/;
const OLD_ARM_LINK =
  /^scp=0x[0-9a-f]{8} rlv=0x[0-9a-f]{8} \((?:netbsd:)?([A-Za-z_][\w.$]*)(?:\+(0x[0-9a-f]+))?\)/;

function oldArmFrame(b: Builder): boolean {
  const s = b.line.text;
  const known = OLD_ARM.get(b);
  const head = OLD_ARM_HEAD.exec(s);
  if (head !== null) {
    OLD_ARM.set(b, { ...known, name: head[1]! });
    return true;
  }
  if (s.startsWith('rsp=0x')) return known !== undefined && /^rsp=0x[0-9a-f]{8} rfp=0x/.test(s);
  const link = OLD_ARM_LINK.exec(s);
  if (link === null) return false;
  b.sawArch('arm', 6);
  const last = b.trace?.frames.at(-1);
  // FreeBSD's lines have the frame in a line of its own kind before this one.
  if (known === undefined) {
    if (last !== undefined) delete last.offset;
    return last !== undefined;
  }
  const frame: Frame = { function: known.name, args: [], span: b.span() };
  if (last !== undefined && known.caller?.name === known.name) frame.offset = known.caller.offset;
  b.frame(frame, 'netbsd', ID);
  OLD_ARM.set(b, {
    name: link[1]!,
    caller: { name: link[1]!, offset: Number.parseInt(link[2] ?? '0', 16) },
  });
  return true;
}

/**
 * OpenBSD's of arm: the place in a line of its own or in front, then `rlv=0x.. rfp=0x..`, or without signs.
 */
const ARM_LINK = /^(?:(\S.{0,200}?) +)?rlv[ =]0x[0-9a-f]{1,8} +rfp[ =](0x[0-9a-f]{1,8})$/;
const ARM_PLACE = /^(?:(0)|([A-Za-z_][\w.$]*)(?:\+(0x[0-9a-f]+))?)(?: \[([^\]\s]{1,200}):(\d+)\])?$/;

function armLink(b: Builder): boolean {
  const link = ARM_LINK.exec(b.line.text);
  if (link === null) return false;
  const above = link[1] === undefined ? b.unread : b.line;
  const place = ARM_PLACE.exec(link[1] ?? above?.text ?? '');
  b.unread = null;
  // The line above was not lost.
  b.skipped = null;
  if (place === null || above === null) return false;
  b.sawArch('arm', 6);
  b.saw('OpenBSD', 1);
  const frame: Frame = { function: place[2] ?? '??', args: [], span: spanOf(above) };
  if (place[1] !== undefined) frame.address = '0x0';
  if (place[3] !== undefined) frame.offset = Number.parseInt(place[3], 16);
  if (place[4] !== undefined) frame.source = { file: place[4], line: Number(place[5]) };
  b.frame(frame, 'openbsd', ID);
  return true;
}

/**
 * `---- Data Abort (EL1): trapframe 0xffffc0004a1b2e70 (304 bytes) ----`, older ones without the words
 * before.
 */
function arm64Boundary(b: Builder): boolean {
  const m = /^-{2,4} (?:([^:]{3,60}): )?trapframe 0x[0-9a-f]{8,16} \(/.exec(b.low);
  if (m === null) return false;
  const named = m[1] ?? '';
  const what = named === 'interrupt' ? 'interrupt' : /\(el0\)|^svc/.test(named) ? 'syscall' : 'trap';
  b.boundary({ what, span: b.span() }, 'netbsd', ID);
  return true;
}

/** alpha's block: `trap entry = 0x2 (memory management fault)`, with or without `CPU 0    ` before it. */
const ALPHA = /^(?:cpu \d+ +)?(trap entry|a[0-2]|pc|ra|pv|curlwp|curproc) *= (0x[0-9a-f]+)(?: \(([^)]*)\))?/;
const ALPHA_PROCESS = /^(?:cpu \d+ +)?pid = (\d+), comm = (\S.*)$/;
/** What was done, by the third argument of a memory management fault. */
const ALPHA_ACCESS: Record<string, FaultCode['access']> = {
  '0x0': 'read',
  '0x1': 'write',
  '0xffffffffffffffff': 'execute',
};

function alphaLine(b: Builder): boolean {
  const { low } = b;
  const m = ALPHA.exec(low);
  const open = b.recentTrap();
  if (m === null) {
    const of = ALPHA_PROCESS.exec(low);
    if (of === null || open === null || open.forms[0] !== ID) return false;
    open.process ??= b.fact({ pid: Number(of[1]), name: b.line.text.slice(low.length - of[2]!.length) });
    return true;
  }
  const at = low.indexOf('=') + 2;
  const value = canonHex(m[2]!);
  const fact = <T>(value_: T) => b.fact(value_, at, at + m[2]!.length);
  if (m[1] === 'trap entry') {
    b.closeTraps();
    b.sawArch('alpha', 8);
    const trap = b.beginTrap(ID).trap!;
    trap.name = b.fact(m[3] ?? 'trap', at);
    trap.mode = b.fact(b.powerpcUser ? 'user' : 'kernel');
    return true;
  }
  if (open === null || open.forms[0] !== ID || open.trap === undefined) return false;
  const { trap } = open;
  const memory = trap.name?.value.startsWith('memory management') === true;
  if (m[1] === 'pc') trap.ip ??= fact({ address: value });
  else if (m[1] === 'a0' && (memory || trap.name?.value.startsWith('unaligned') === true))
    trap.faultAddress ??= fact(value);
  else if (m[1] === 'a2' && memory) {
    const access = ALPHA_ACCESS[value];
    if (access !== undefined) trap.faultCode ??= fact({ by: 'supervisor' as const, access, why: 'unknown' });
  }
  // The first three are what the trap was told, in the registers of arguments: what those held is not there.
  if (/^(?:pc|ra|pv)$/.test(m[1]!)) b.register({ name: m[1]!, value, span: b.span() }, ID);
  return true;
}

/**
 * mips: `pid 0(system): trap: TLB miss (load or instr. fetch) in kernel mode`, then `status=.., epc=..,
 * vaddr=..`.
 */
const MIPS_HEAD =
  /^pid (\d+) ?\(([^)]*)\): trap: (?:cpu\d+, )?(.{3,50}) in (kernel|user) mode(?: \(\S+\))?$/i;

function mipsLine(b: Builder): boolean {
  const head = MIPS_HEAD.exec(b.line.text);
  if (head !== null) {
    if (isWayToDebugger(head[3]!, b.current?.message)) return true;
    b.closeTraps();
    b.sawArch('mips', 8);
    const { event, trap } = b.beginTrap(ID);
    trap.name = b.fact(head[3]!);
    trap.mode = b.fact(head[4]!.toLowerCase() as 'kernel' | 'user');
    event.process = b.fact({ pid: Number(head[1]), name: head[2]! });
    // A load and the fetch of an instruction have one cause.
    if (/\bstore\b/i.test(head[3]!))
      trap.faultCode = b.fact({ by: 'supervisor' as const, access: 'write' as const, why: 'unknown' });
    return true;
  }
  const open = b.recentTrap();
  if (open === null || open.forms[0] !== ID || !b.low.startsWith('status=')) return false;
  for (const m of b.low.matchAll(/\b(epc|vaddr)=(0x[0-9a-f]+)/g)) {
    const j = m.index + m[0].length;
    const i = j - m[2]!.length;
    if (m[1] === 'epc') open.trap!.ip ??= b.fact({ address: canonHex(m[2]!) }, i, j);
    else open.trap!.faultAddress ??= b.fact(canonHex(m[2]!), i, j);
  }
  return true;
}

/**
 * FreeBSD on mips: `Trap cause = 2 (TLB miss (load or instr. fetch) - kernel mode)`, then `badvaddr = .., pc
 * = ..`.
 */
const MIPS_CAUSE = /^(?:cpu:\d+-)?trap cause = \d+ \((.{3,60}) - (kernel|user) mode\)/i;
const MIPS_PLACE = /^badv?addr = (0x[0-9a-f]+|0), pc = (0x[0-9a-f]+)/i;

function freebsdMips(b: Builder): boolean {
  const head = MIPS_CAUSE.exec(b.line.text);
  if (head !== null) {
    if (isWayToDebugger(head[1]!, b.current?.message)) return true;
    b.closeTraps();
    b.sawArch('mips', 8);
    b.saw('FreeBSD', 3, true);
    const { trap } = b.beginTrap(ID);
    trap.name = b.fact(head[1]!);
    trap.mode = b.fact(head[2]!.toLowerCase() as 'kernel' | 'user');
    return true;
  }
  const place = MIPS_PLACE.exec(b.line.text);
  const open = b.recentTrap();
  if (place === null || open === null || open.forms[0] !== ID) return false;
  open.trap!.faultAddress ??= b.fact(canonHex(place[1]!));
  open.trap!.ip ??= b.fact({ address: canonHex(place[2]!) });
  return true;
}

/**
 * `zvi_intr+3c (98000000a1b2c000,0,1,0) ra ffffffff801c2d3e sz 48`, with or without `0x`; NetBSD's begins
 * with the stack pointer of the frame.
 */
const MIPS_FRAME =
  /^(?:0x[0-9a-f]{8,16}: )?([A-Za-z_][\w.$]*)(?:\+((?:0x)?[0-9a-f]+))? \(([0-9a-fox,?]*)\) +ra (?:0x)?([0-9a-foil]+)(?: sp \S+)? sz (\d+)/i;

function mipsFrame(b: Builder): boolean {
  const m = MIPS_FRAME.exec(b.line.text);
  if (m === null) return false;
  b.sawArch('mips', 4);
  const frame: Frame = { function: m[1]!, args: [], span: b.span() };
  // The debugger gives one even where it is 0.
  if (m[2] === undefined) markPlaceless(frame);
  else frame.offset = Number.parseInt(m[2], 16);
  // What stands there are the registers of the arguments as they are now, not as they were at the call.
  b.frame(frame, 'ddb', ID);
  if (/^0+$/.test(m[4]!) && b.trace !== null) b.trace.whole = true;
  return true;
}

/** `User-level: pid 28411` below such a trace: whose stack it was. */
function mipsUser(b: Builder): boolean {
  const m = /^user-level: (?:curproc null|pid (\d{1,9}))$/.exec(b.low);
  if (m === null || b.trace === null) return false;
  b.trace.whole = true;
  if (m[1] !== undefined && m[1] !== '0' && b.current !== null)
    b.userLevel.set(b.current, { ...b.fact({ pid: Number(m[1]) }), likely: true });
  return true;
}

/**
 * sparc64: `trap type 0x34 (mem address not aligned): pc=12b4f30 npc=..`, `data fault: pc=10b3c70 addr=0x0`.
 */
const SPARC =
  /^(?:kernel )?(?:trap type (0x[0-9a-f]+)(?: \(([^)]+)\))?|((?:kernel )?(?:data|text|instruction)(?: access)? (?:fault|error)))(?:: cpu \d+)?[:,] pc=(?:0x)?([0-9a-f]+)(?:.*?\baddr=(?:0x)?([0-9a-f]+))?/;

function sparcMessage(low: string): MessageClass | null {
  const m = SPARC.exec(low);
  if (m === null) return null;
  const name = m[2] ?? m[3]?.replace(/^kernel /, '') ?? `trap type ${m[1]!}`;
  return {
    kind: 'trap',
    arch: 'sparc64',
    trap: {
      name,
      mode: 'kernel',
      ip: canonHex(m[4]!),
      ...(m[5] === undefined ? {} : { address: canonHex(m[5]) }),
    },
    stable: name,
  };
}

/** `KERNEL_CHERI_EXCEPTION: pid 22 tid 100038 (rcorder), uid 0: CP2 fault (type 0x12)`: CheriBSD on mips. */
const CHERI_MIPS =
  /^KERNEL_CHERI_EXCEPTION: pid (\d{1,9})(?: tid (\d{1,9}))? \(([^)]{1,32})\), uid \d{1,9}: (.{3,40}?)(?: \(type (0x[0-9a-f]+)\))?(?: +Trapframe Register Dump:?)?$/;

function cheriMips(b: Builder): boolean {
  const m = CHERI_MIPS.exec(b.line.text);
  if (m === null) return false;
  b.closeTraps();
  b.saw('FreeBSD', 6, true);
  b.sawArch('mips', 8);
  const { event, trap } = b.beginTrap(ID);
  trap.name = b.fact(m[4]!);
  trap.mode = b.fact('kernel', 0, 6);
  event.process = b.fact({
    pid: Number(m[1]),
    ...(m[2] === undefined ? {} : { tid: Number(m[2]) }),
    name: m[3]!,
  });
  return true;
}

/**
 * OpenBSD's powerpc: `trap type 300 srr1 9032 at 3f4c58 lr 3f4c20`, in hexadecimal; from user code with a bit
 * more.
 */
const POWERPC_TRAP =
  /^trap type (?:0x)?(?:1?0)?([1-9a-f][08]0)(?: srr1 (?:0x)?([0-9a-f]{1,8}))? at (?:0x)?([0-9a-f]{1,8})(?: \([^)]{1,90}\))? lr (?:0x)?[0-9a-f]{1,8}\b/;
/** Exceptions of powerpc by the offset of their vector, as FreeBSD calls them. */
export const POWERPC_NAMES: Record<string, string> = {
  '100': 'system reset',
  '200': 'machine check',
  '300': 'data storage interrupt',
  '380': 'data segment interrupt',
  '400': 'instruction storage interrupt',
  '480': 'instruction segment interrupt',
  '600': 'alignment',
  '700': 'program',
  '800': 'floating-point unavailable',
  d00: 'trace',
};
/** The bit of srr1 that says that a process was running. */
const POWERPC_USER = 0x4000;

function powerpcMessage(low: string): MessageClass | null {
  const m = POWERPC_TRAP.exec(low);
  if (m === null) return null;
  const name = POWERPC_NAMES[m[1]!] ?? `trap type 0x${m[1]!}`;
  const user = (Number.parseInt(m[2] ?? '0', 16) & POWERPC_USER) !== 0;
  return {
    kind: 'trap',
    arch: 'powerpc',
    trap: { name, mode: user ? 'user' : 'kernel', ip: canonHex(m[3]!) },
    stable: name,
  };
}

/** The same on a line of its own: the trap went to the debugger without a panic. */
function powerpcTrap(b: Builder): boolean {
  const told = powerpcMessage(b.low)?.trap;
  if (told === undefined) return false;
  b.sawArch('powerpc', 8);
  b.saw('OpenBSD', 1);
  b.closeTraps();
  putTrap(b, b.beginTrap(ID).trap!, told);
  return true;
}

/** What stands in the middle of the lines that have no fixed beginning. */
const LINKS = / (?:sz |rlv[ =])/;

/** How lines of riscv's registers begin. */
const RISCV_LEADS = [
  ...['ra =', 'sp =', 'gp =', 'tp ='],
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((n) => [`s${n} =`, `t${n} =`, `a${n} =`]),
];

/** Traps and traces of arm, arm64, alpha, mips and sparc64 as NetBSD and OpenBSD print them. */
export const ports: Form = {
  id: ID,
  reads:
    'NetBSD\u2019s and OpenBSD\u2019s ports beyond x86: the sentence and the trap frame of arm64, the blocks of alpha and mips, messages of sparc64 and powerpc, traces of arm, arm64 and mips',
  systems: 'NetBSD, OpenBSD',
  leads: [
    ...[
      '---- ',
      'trap: ',
      'user-level: ',
      'trap type ',
      'fatal trap: ',
      'trap entry',
      'fp ffff',
      'tf ffff',
      'trace fp',
      'trapframe @',
      'fp 0000',
      'status=',
      'scp=',
      'rlv=',
      'rlv 0x',
    ],
    ...[
      'kernel_cheri_exception:',
      'trapframe register dump',
      'trap cause',
      'badvaddr',
      'pc=',
      'esr=',
      'sp=',
      'lr=',
    ],
    ...Array.from({ length: 31 }, (_, i) => `x${i}=`),
  ],
  also: [
    'cpu ',
    'a0 ',
    'a1 ',
    'a2 ',
    'pc ',
    'ra ',
    'pv ',
    'curl',
    'curp',
    'pid ',
    'rsp=',
    'netbsd:',
    'cpu:',
    ...RISCV_LEADS,
  ],
  first: '0',
  line(_line: Line, b: Builder): boolean {
    const { low } = b;
    const c = low.charCodeAt(0);
    if (c === 117) return mipsUser(b);
    if (c === 48) return armFrame(b) || (low.includes(' rlv') && armLink(b));
    if (low.startsWith('rlv')) return armLink(b);
    if (c === 45) return arm64Boundary(b);
    if (low.startsWith('fp ') || low.startsWith('tf ')) return arm64Frame(b) || riscvFrame(b);
    if (low.startsWith('trace fp')) return riscvFrame(b);
    if (low.startsWith('trapframe @')) return riscvTrap(b);
    if (low.includes('=') && riscvRegisters(b)) return true;
    if (low.startsWith('trap type ')) return powerpcTrap(b);
    if (low.startsWith('trap: ') || low.startsWith('fatal trap: ')) return arm64Line(b) || powerpcLine(b);
    if (/^(?:netbsd:|scp=|rsp=)/.test(low)) return oldArmFrame(b);
    if (low.includes('=') && (alphaLine(b) || arm64TrapFrame(b))) return true;
    if (c === 107) return cheriMips(b);
    if (low.startsWith('trap cause') || low.startsWith('badv') || low.startsWith('cpu:'))
      return freebsdMips(b);
    return (c === 112 || c === 115) && mipsLine(b);
  },
  joins(text: string, next: string, low: string): string | null {
    return low.startsWith('trapframe @') && text.endsWith(',') && /^\w{2,6}=/.test(next) ? ' ' : null;
  },
  rest(line: Line, b: Builder): boolean {
    return LINKS.test(line.text) && (armLink(b) || mipsFrame(b));
  },
  message(text: string) {
    const low = text.toLowerCase();
    const arm = arm64Sentence(low);
    return arm === null ? (powerpcMessage(low) ?? sparcMessage(low)) : { ...arm, arch: 'arm64' };
  },
};
