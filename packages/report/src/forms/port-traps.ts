import type { Builder } from '../builder.js';
import { beginDriverStop } from '../driver-said.js';
import { type Line, wordEndOf } from '../line.js';
import { canonHex, isHexDigit } from '../scan.js';
import { sparc64Code, sparc64Trap } from '../trap-names.js';
import type { FaultCode, Frame, PanicEvent, Trace, Trap } from '../types.js';
import type { Form, MessageClass } from './form.js';
import { POWERPC_NAMES } from './ports.js';

/*
 * Traps that OpenBSD prints on powerpc and mips64, and NetBSD and OpenBSD on sparc64, in lines of their own
 * before they panic or enter the debugger; and the layouts of traces of powerpc and m68k.
 */

const ID = 'port-traps';

/** The block that is being read, if it is of this form and nobody has panicked over it. */
function openTrap(b: Builder): { event: PanicEvent; trap: Trap } | null {
  const event = b.recentTrap();
  if (event?.forms[0] !== ID || event.message !== undefined || event.trap === undefined) return null;
  return { event, trap: event.trap };
}

/** OpenBSD: `kern dsi on addr 1c iar 2f0acc` */
const KERN_DSI = /^kern dsi on addr ([0-9a-f]{1,8}) iar ([0-9a-f]{1,8})$/;
function kernDsi(b: Builder): boolean {
  const m = KERN_DSI.exec(b.low);
  if (m === null) return false;
  b.closeTraps();
  b.sawArch('powerpc', 8);
  b.saw('OpenBSD', 3, true);
  const { trap } = b.beginTrap(ID);
  trap.name = b.fact(POWERPC_NAMES['300']!, 0, 8);
  trap.mode = b.fact('kernel', 0, 4);
  const [address, counter] = [m[1]!, m[2]!];
  trap.faultAddress = b.fact(canonHex(address), 17, 17 + address.length);
  trap.ip = b.fact({ address: canonHex(counter) }, b.low.length - counter.length);
  return true;
}

/** OpenBSD's powerpc before 2020: `zorp_start+0x6c fp e9035d60 nfp e9035dd0` */
const POWERPC_FRAME = /^([A-Za-z_][\w.$]*)\+(0x[0-9a-f]+) fp ([0-9a-f]{1,8}) nfp ([0-9a-f]{1,8})$/i;

function powerpcFrame(b: Builder): boolean {
  const m = POWERPC_FRAME.exec(b.line.text);
  if (m === null) return false;
  b.sawArch('powerpc', 4);
  const frame: Frame = {
    function: m[1]!,
    offset: Number.parseInt(m[2]!, 16),
    args: [],
    framePointer: canonHex(m[3]!),
    span: b.span(),
  };
  b.frame(frame, 'ddb', ID);
  if (/^0+$/.test(m[4]!) && b.trace !== null) b.trace.whole = true;
  return true;
}

/** Exceptions of mips by the code in the cause register. */
const MIPS_NAMES: readonly [name: string, access?: FaultCode['access']][] = [
  ['external interrupt'],
  ['TLB modification', 'write'],
  ['TLB miss (load or instr. fetch)', 'read'],
  ['TLB miss (store)', 'write'],
  ['address error (load or I-fetch)', 'read'],
  ['address error (store)', 'write'],
  ['bus error (I-fetch)', 'execute'],
  ['bus error (load or store)'],
  ['system call'],
  ['breakpoint'],
  ['reserved instruction'],
  ['coprocessor unusable'],
  ['arithmetic overflow'],
  ['trap'],
];
/** Of these the address register holds what was touched; of others it is a leftover. */
const MIPS_MEMORY = new Set([1, 2, 3, 4, 5]);
/** Added to the number of a trap that came from user code. */
const MIPS_USER = 32;
const MIPS_BREAKPOINT = 9;

/** OpenBSD's mips64: `Trap cause = 2 Frame 0x..`, then `Trap PC 0x.. RA 0x.. fault 0x10` */
const MIPS_CAUSE = /^trap cause = (\d{1,2}) frame 0x[0-9a-f]{1,16}$/;
const MIPS_PLACE = /^trap pc (0x[0-9a-f]{1,16}) ra 0x[0-9a-f]{1,16} fault (0x[0-9a-f]{1,16})$/;
/** The number of the trap whose lines are being read. */
const MIPS_CODES = new WeakMap<PanicEvent, number>();

function mips(b: Builder): boolean {
  const cause = MIPS_CAUSE.exec(b.low);
  if (cause !== null) {
    const type = Number(cause[1]);
    const code = type % MIPS_USER;
    b.closeTraps();
    b.sawArch('mips', 8);
    b.saw('OpenBSD', 3, true);
    // The way into the debugger.
    if (code === MIPS_BREAKPOINT && (b.current?.message !== undefined || beginDriverStop(b, ID))) return true;
    const { event, trap } = b.beginTrap(ID);
    MIPS_CODES.set(event, code);
    trap.name = b.fact(MIPS_NAMES[code]?.[0] ?? `exception ${code}`);
    trap.mode = b.fact(type >= MIPS_USER ? 'user' : 'kernel');
    return true;
  }
  const place = MIPS_PLACE.exec(b.low);
  const open = openTrap(b);
  const code = open === null ? undefined : MIPS_CODES.get(open.event);
  if (place === null || open === null || code === undefined) return false;
  const [ip, address] = [canonHex(place[1]!), canonHex(place[2]!)];
  open.trap.ip ??= b.fact({ address: ip }, 8, 8 + place[1]!.length);
  if (!MIPS_MEMORY.has(code)) return true;
  open.trap.faultAddress ??= b.fact(address, b.low.length - place[2]!.length);
  const access = MIPS_NAMES[code]![1]!;
  const by = open.trap.mode?.value === 'user' ? 'user' : 'supervisor';
  // One code stands for loads and for the fetch of an instruction.
  open.trap.faultCode ??= b.fact({ by, access: address === ip ? 'execute' : access, why: 'unknown' });
  return true;
}

/** Traps of sparc64 by their number; those that lead into the debugger are none to report. */
const SPARC_NAMES: Record<number, string> = {
  8: 'instruction access exception',
  9: 'instruction access mmu miss',
  10: 'instruction access error',
  16: 'illegal instruction',
  17: 'privileged opcode',
  32: 'fp disabled',
  40: 'division by zero',
  48: 'data access exception',
  49: 'data access mmu miss',
  50: 'data access error',
  51: 'data access protection',
  52: 'mem address not aligned',
  100: 'fast instruction access mmu miss',
  104: 'fast data access mmu miss',
  108: 'fast data access protection',
};
const SPARC_DEBUGGER = 0x100;

/** `trap type 0x34: cpu 0, pc=12391ac npc=12391b0 pstate=0x82000006<PRIV,IE>` */
const SPARC_TRAP =
  /^trap type (0x[0-9a-f]{1,3})(?: \(([^)]{3,60})\))?(?:: cpu (\d{1,3}),|[:,]) pc=(?:0x)?([0-9a-f]{1,16}) npc=(?:0x)?[0-9a-f]{1,16}(?: pstate=(\S{1,60}))?/;
/** FreeBSD's: `panic: trap: fast data access mmu miss (kernel)`, without the mode in old ones. */
function sparcPanic(text: string): MessageClass | null {
  const m = /^trap: ([a-z][a-z0-9 ]{5,40}?)(?: \((kernel|user)\))?$/.exec(text.toLowerCase());
  if (m === null || sparc64Trap(m[1]!) !== m[1]) return null;
  const name = m[1]!;
  const code = m[2] === 'user' ? undefined : sparc64Code(name);
  return {
    kind: 'trap',
    arch: 'sparc64',
    trap: { name, mode: m[2] === 'user' ? 'user' : 'kernel', ...(code === undefined ? {} : { code }) },
    stable: name,
  };
}

/** `kernel trap 34: mem address not aligned` of the debugger. */
const SPARC_NAMED = /^kernel trap ([0-9a-f]{1,3}): ([a-z][a-z ./-]{3,50})$/;

function sparc(b: Builder): boolean {
  const m = SPARC_TRAP.exec(b.low);
  if (m === null) return sparcNamed(b);
  const type = Number.parseInt(m[1]!, 16);
  b.closeTraps();
  b.sawArch('sparc64', 8);
  if (type >= SPARC_DEBUGGER) return true;
  const { event, trap } = b.beginTrap(ID);
  const name = m[2] ?? SPARC_NAMES[type];
  trap.name = b.fact(name ?? `trap type ${m[1]!}`, 0, 10 + m[1]!.length);
  const user = m[5]?.includes('<') === true && !/\bpriv\b/.test(m[5]);
  trap.mode = b.fact(user ? 'user' : 'kernel');
  const at = b.low.indexOf('pc=') + 3;
  trap.ip = b.fact({ address: canonHex(m[4]!) }, at);
  if (m[3] !== undefined) event.cpu ??= b.fact(Number(m[3]));
  return true;
}

/** The debugger's own line over the same trap, or over one that nothing else tells of. */
function sparcNamed(b: Builder): boolean {
  const m = SPARC_NAMED.exec(b.low);
  if (m === null) return false;
  if (Number.parseInt(m[1]!, 16) >= SPARC_DEBUGGER || b.current?.message !== undefined) return true;
  const open = openTrap(b);
  const { trap } = open ?? b.beginTrap(ID);
  trap.name = b.fact(m[2]!, b.low.length - m[2]!.length);
  trap.mode ??= b.fact('kernel', 0, 6);
  return true;
}

/**
 * `data fault: pc=10c4b54 rpc=10c4b2c addr=8` (sparc64), `data fault: pc=0xf00c4b18 addr=0x14 ser=0x80<..>`
 * (sparc): what the kernel says before `panic: kernel fault`.
 */
const SPARC_FAULT =
  /^(?:kernel )?((?:data|text|instruction)(?: access)? (?:fault|error)): pc=((?:0x)?[0-9a-f]{5,16})(?: (r)pc=(?:0x)?[0-9a-f]{1,16})?(?: (?:addr|va)=((?:0x)?[0-9a-f]{1,16}))?(?: (s(?:er|fsr))=(?:0x)?[0-9a-f]{1,8}(?:<[^>]{0,60}>)?)?$/;

/** `sfsr=126<PERR=0,LVL=1,AT=1,FT=1,FAV,OW>` below such a line. */
const SPARC_STATUS = /^s(?:er|fsr)=(?:0x)?[0-9a-f]{1,8}<[^>]{0,60}>$/;

function sparcStatus(b: Builder): boolean {
  if (!SPARC_STATUS.test(b.low)) return false;
  b.sawArch('sparc', 8);
  return true;
}

function sparcFault(b: Builder): boolean {
  const m = SPARC_FAULT.exec(b.low);
  if (m === null) return false;
  if (m[3] !== undefined) b.sawArch('sparc64', 8);
  if (m[5] !== undefined) b.sawArch('sparc', 8);
  b.closeTraps();
  const { trap } = b.beginTrap(ID);
  trap.name = b.fact(m[1]!, b.low.indexOf(m[1]!), b.low.indexOf(':'));
  trap.mode = b.fact('kernel');
  const at = b.low.indexOf('pc=') + 3;
  trap.ip = b.fact({ address: canonHex(m[2]!) }, at, at + m[2]!.length);
  if (m[4] === undefined) return true;
  const from = b.low.lastIndexOf(m[4], b.low.search(/ s(?:er|fsr)=|$/));
  trap.faultAddress = b.fact(canonHex(m[4]), from, from + m[4].length);
  return true;
}

/** `pc = 0xf00c4b18  args = (0x0, 0x9) fp = 0xf5cb4b40` below `Call traceback:`: sparc's, without names. */
const SPARC_FRAME =
  /^pc = (0x[0-9a-f]{7,16}) +args = \((0x[0-9a-f]{1,16}(?:, 0x[0-9a-f]{1,16}){0,5})\) +fp = (0x[0-9a-f]{7,16})$/;

function sparcFrame(b: Builder): boolean {
  const m = SPARC_FRAME.exec(b.low);
  if (m === null || b.current === null) return false;
  const args = m[2]!.split(', ').map((each) => canonHex(each));
  const [address, framePointer] = [canonHex(m[1]!), canonHex(m[3]!)];
  b.frame({ function: '??', address, args, framePointer, span: b.span() }, 'ddb', ID);
  return true;
}

/** NetBSD's and OpenBSD's m68k: `_zorp_intr(e5d800,ffff) + 3c` */
const M68K_FRAME = /^([A-Za-z_][\w.$]*)\(([0-9a-f]{1,8}(?:,[0-9a-f]{1,8}){0,19})?\) \+ ([0-9a-f]{1,6})$/;
/** The function that holds the address, where another one was called: that one is in the next line. */
const M68K_INSTEAD = /^([A-Za-z_][\w.$]*)\(\?\)$/;
/** Whether the last line of a trace was such a one; the offset of the next is of that function. */
const M68K_TRACES = new WeakMap<Trace, boolean>();

function m68kFrame(b: Builder): boolean {
  const { text } = b.line;
  const instead = text.endsWith('(?)') ? M68K_INSTEAD.exec(text) : null;
  const known = b.trace === null ? undefined : M68K_TRACES.get(b.trace);
  if (instead !== null) {
    if (b.trace === null || known === undefined) return false;
    b.frame({ function: instead[1]!, args: [], span: b.span() }, 'ddb', ID);
    M68K_TRACES.set(b.trace, true);
    return true;
  }
  const m = text.includes(') + ') ? M68K_FRAME.exec(text) : null;
  if (m === null) return false;
  b.sawArch('m68k', 2);
  const args = m[2] === undefined ? [] : m[2].split(',').map((each) => canonHex(each));
  const frame: Frame = { function: m[1]!, args, span: b.span() };
  if (known !== true) frame.offset = Number.parseInt(m[3]!, 16);
  b.frame(frame, 'ddb', ID);
  if (b.trace !== null) M68K_TRACES.set(b.trace, false);
  return true;
}

/** Traps of powerpc, mips64 and sparc64 in lines of their own, traces of powerpc and m68k. */
export const portTraps: Form = {
  id: ID,
  reads:
    'OpenBSD\u2019s traps of powerpc and mips64, NetBSD\u2019s and OpenBSD\u2019s of sparc64 and sparc, in lines before the panic; traces of powerpc, m68k and sparc',
  systems: 'OpenBSD, NetBSD',
  leads: [
    ...['kern dsi on', 'trap cause', 'trap pc ', 'trap type ', 'kernel trap '],
    ...[
      'sfsr=',
      'ser=',
      'data fault: pc=',
      'text fault: pc=',
      'data access fault: pc=',
      'text access fault: pc=',
    ],
  ],
  first: 'abcdefghijklmnopqrstuvwxyz_',
  line(_line: Line, b: Builder): boolean {
    const { low } = b;
    const c = low.charCodeAt(0);
    if ((c === 100 || c === 105 || c === 107 || c === 116) && low.includes(': pc='))
      return sparcFault(b) || (low.startsWith('trap ') && (mips(b) || sparc(b)));
    if (c === 115) return sparcStatus(b);
    if (c === 112 && low.startsWith('pc = 0x')) return sparcFrame(b);
    if (c === 116 && low.startsWith('trap ')) return mips(b) || sparc(b);
    if (c === 107 && low.startsWith('kern')) return kernDsi(b) || sparcNamed(b) || m68kFrame(b);
    if (isHexDigit(low.charCodeAt(low.length - 1)) && low.includes(' nfp ')) return powerpcFrame(b);
    // Its name stands at once before the parenthesis.
    return b.line.text.charCodeAt(wordEndOf(b.line)) === 40 && m68kFrame(b);
  },
  message: sparcPanic,
  joins(_text: string, _next: string, low: string): false | null {
    // The frame below it is no part of a line that is full.
    if (low.charCodeAt(0) !== 116 || !low.startsWith('trap ')) return null;
    return MIPS_PLACE.test(low) || MIPS_CAUSE.test(low) ? false : null;
  },
};
