import type { Builder } from '../builder.js';
import type { Line } from '../line.js';
import { canonHex, hexNumber } from '../scan.js';
import { isWayToDebugger } from '../trap-names.js';
import type { FaultCode, PanicEvent } from '../types.js';
import type { Form, MessageClass } from './form.js';

/*
 * Traps of NetBSD's and OpenBSD's ports to m68k, vax, sh3 and hppa: what their trap handlers print, each in
 * words of its own.
 */

const ID = 'old-ports';

/** Exceptions of the 68000 family as their kernels number and name them. */
const M68K_NAMES = [
  'bus error',
  'address error',
  'illegal instruction',
  'zero divide',
  'CHK instruction',
  'TRAPV instruction',
  'privilege violation',
  'trace trap',
  'MMU fault',
  'SSIR trap',
  'format error',
  '68881 exception',
  'coprocessor violation',
  'async system trap',
] as const;
/** Of these the third number is the address that was touched. */
const M68K_MEMORY = new Set([0, 1, 8]);
/** The supervisor's bit of the status register. */
const M68K_SUPERVISOR = 0x2000;

const M68K_HEAD = /^trap type (\d{1,3}), code = (?:0x)?([0-9a-f]{1,8}), v ?= ?(?:0x)?([0-9a-f]{1,8})$/;
const M68K_ACCESS = /^trap: bad kernel (read|write) access at 0x([0-9a-f]{1,8})$/;
const M68K_COUNTER = /^kernel program counter = 0x([0-9a-f]{1,8})$/;
const M68K_STATE = /^pid = (-?\d{1,6}),?(?: lid = (\d{1,6}),)? pc = ([0-9a-f]{8}), ps = ([0-9a-f]{4}),/;
const M68K_REGISTERS = /^([da])reg: ([0-9a-f]{8}(?: [0-9a-f]{8}){0,7})$/;

/** The block that is being read. */
function block(b: Builder): PanicEvent | null {
  const open = b.recentTrap();
  return open?.forms[0] === ID && open.message === undefined ? open : null;
}

function m68kHead(b: Builder, m: RegExpExecArray): boolean {
  const type = Number(m[1]);
  if (isWayToDebugger(M68K_NAMES[type] ?? '', b.current?.message)) return true;
  b.closeTraps();
  b.sawArch('m68k', 8);
  const told = M68K_NOTES.get(b);
  const { event, trap } = b.beginTrap(ID);
  event.registersOf = 'fault';
  trap.nativeType = b.fact(type);
  trap.name = b.fact(M68K_NAMES[type] ?? `trap type ${type}`);
  // The handler prints the block of traps in the kernel only; the status register says it again.
  trap.mode = b.fact('kernel');
  if (!M68K_MEMORY.has(type)) return true;
  const at = b.line.text.lastIndexOf(m[3]!);
  const address = canonHex(m[3]!);
  trap.faultAddress = b.fact(address, at);
  if (told !== undefined && told.address === address)
    trap.faultCode = b.fact({ by: 'supervisor' as const, access: told.access, why: 'unknown' as const });
  return true;
}

/** What the line before the block says of the access. */
const M68K_NOTES = new WeakMap<Builder, { address: string; access: FaultCode['access'] }>();

function m68k(b: Builder): boolean {
  const { low } = b;
  const head = M68K_HEAD.exec(low);
  if (head !== null) return m68kHead(b, head);
  const access = M68K_ACCESS.exec(low);
  if (access !== null) {
    M68K_NOTES.set(b, { access: access[1] as FaultCode['access'], address: canonHex(access[2]!) });
    return true;
  }
  const open = block(b);
  if (open?.trap === undefined) return false;
  const counter = M68K_COUNTER.exec(low);
  if (counter !== null) {
    open.trap.ip ??= b.fact({ address: canonHex(counter[1]!) }, low.length - counter[1]!.length);
    return true;
  }
  const state = M68K_STATE.exec(low);
  if (state !== null) {
    // No process has a negative number: it was the idle loop, or the machine was starting.
    const thread = state[2] === undefined ? {} : { tid: Number(state[2]) };
    if (!state[1]!.startsWith('-')) open.process ??= b.fact({ pid: Number(state[1]), ...thread });
    open.trap.ip ??= b.fact({ address: canonHex(state[3]!) });
    if ((Number.parseInt(state[4]!, 16) & M68K_SUPERVISOR) === 0) open.trap.mode = b.fact('user');
    return true;
  }
  const values = M68K_REGISTERS.exec(low);
  if (values === null) return low === 'registers:';
  values[2]!.split(' ').forEach((value, i) => {
    b.register({ name: `${values[1]!}${i}`, value: canonHex(value), span: b.span() }, ID);
  });
  return true;
}

/** Traps of the vax, in the order of their numbers. */
const VAX_NAMES = [
  'reserved addressing fault',
  'privileged instruction fault',
  'reserved operand fault',
  'breakpoint instruction',
  'XFC instruction',
  'system call',
  'arithmetic trap',
  'asynchronous system trap',
  'page table length fault',
  'translation violation fault',
  'trace trap',
  'compatibility mode fault',
  'access violation fault',
] as const;
const VAX_MEMORY = new Set([8, 9, 12]);
const VAX_HEAD =
  /^trap: type ([0-9a-f]{1,3}), code ([0-9a-f]{1,8}), pc ([0-9a-f]{1,8}), psl ([0-9a-f]{1,8})$/;
/** Both bits of the processor's current mode: user. */
const VAX_USER = 0x03000000;

function vax(b: Builder): boolean {
  const m = VAX_HEAD.exec(b.low);
  if (m === null) return false;
  const type = Number.parseInt(m[1]!, 16);
  if (isWayToDebugger(VAX_NAMES[type] ?? '', b.current?.message)) return true;
  b.closeTraps();
  b.sawArch('vax', 8);
  const { trap } = b.beginTrap(ID);
  trap.nativeType = b.fact(type);
  trap.name = b.fact(VAX_NAMES[type] ?? `trap type 0x${type.toString(16)}`);
  trap.ip = b.fact({ address: canonHex(m[3]!) });
  trap.mode = b.fact((hexNumber(canonHex(m[4]!)) & VAX_USER) === VAX_USER ? 'user' : 'kernel');
  if (VAX_MEMORY.has(type)) trap.faultAddress = b.fact(canonHex(m[2]!));
  return true;
}

const SH3_HEAD =
  /^fatal ((?:tlb miss\/invalid|tlb protection violation|address error) \((?:load|store)\)|initial page write|fpu|unconditional trap \(trapa\)|(?:reserved instruction code|illegal slot instruction) exception|user break point trap) in (user|kernel) mode$/;
const SH3_STATE = /^spc ([0-9a-f]{1,8}) ssr [0-9a-f]{1,8}$/;

function sh3(b: Builder): boolean {
  const head = SH3_HEAD.exec(b.low);
  if (head !== null) {
    if (isWayToDebugger(head[1]!, b.current?.message)) return true;
    b.closeTraps();
    b.sawArch('sh3', 8);
    const { trap } = b.beginTrap(ID);
    trap.name = b.fact(b.line.text.slice(6, 6 + head[1]!.length), 6, 6 + head[1]!.length);
    trap.mode = b.fact(head[2] as 'user' | 'kernel');
    const access = /\((load|store)\)/.exec(head[1]!)?.[1];
    if (access !== undefined)
      trap.faultCode = b.fact({
        by: head[2] === 'user' ? 'user' : 'supervisor',
        access: access === 'load' ? 'read' : 'write',
        why: 'unknown',
      });
    return true;
  }
  const state = SH3_STATE.exec(b.low);
  const open = block(b);
  if (state === null || open?.trap === undefined) return false;
  open.trap.ip ??= b.fact({ address: canonHex(state[1]!) }, 4, 4 + state[1]!.length);
  return true;
}

const ACCESSES: Record<string, FaultCode['access']> = { '1': 'read', '2': 'write', '4': 'execute' };

/** Messages of panics that are traps: vax's and sh3's of faults, hppa's of every kind. */
function oldMessage(text: string): MessageClass | null {
  const low = text.toLowerCase();
  const segv = /^segv in kernel mode: pc (?:0x)?([0-9a-f]{1,8}) addr (?:0x)?([0-9a-f]{1,8})$/.exec(low);
  if (segv !== null) return told('memory fault', 'vax', { ip: segv[1], address: segv[2] });
  const tlb = /^tlb_handler: (.{3,70}?) va=0x([0-9a-f]{8}), ssr=0x[0-9a-f]{8}, spc=0x([0-9a-f]{8})/.exec(low);
  if (tlb !== null) return told('TLB exception', 'sh3', { ip: tlb[3], address: tlb[2], detail: tlb[1]! });
  const fault = /^trap: uvm_fault\((?:0x)?[0-9a-f]+, (?:0x)?([0-9a-f]+), \d+, (\d+)\): -?\d+$/.exec(low);
  if (fault !== null) {
    const access = ACCESSES[fault[2]!];
    return told('memory fault', 'hppa', { address: fault[1], access });
  }
  const miss =
    /^trap: ([\w ,/-]{4,40}) @ 0x[0-9a-f]+:0x([0-9a-f]+) for 0x[0-9a-f]+:0x([0-9a-f]+) irr 0x[0-9a-f]+$/.exec(
      low,
    );
  if (miss !== null) return told(miss[1]!, 'hppa', { ip: miss[2], address: miss[3] });
  const named =
    /^trap: (?:no debugger for "([^"]{3,40})"|unimplemented '([^']{3,40})') \(\d{1,3}\)$/.exec(low) ??
    /^trap: (data protection\/rights\/alignment|data protection|unaligned data ref) at 0x([0-9a-f]+)$/.exec(
      low,
    );
  if (named === null) return null;
  const at = named[0].includes(' at 0x') ? named[2] : undefined;
  return told(named[1] ?? named[2]!, 'hppa', { address: at });
}

function told(
  name: string,
  arch: 'vax' | 'sh3' | 'hppa',
  of: {
    ip?: string | undefined;
    address?: string | undefined;
    access?: FaultCode['access'] | undefined;
    detail?: string;
  },
): MessageClass {
  return {
    kind: 'trap',
    arch,
    trap: {
      name,
      mode: 'kernel',
      ...(of.ip === undefined ? {} : { ip: canonHex(of.ip) }),
      ...(of.address === undefined ? {} : { address: canonHex(of.address) }),
      ...(of.access === undefined ? {} : { code: { by: 'supervisor', access: of.access, why: 'unknown' } }),
    },
    stable: of.detail === undefined ? name : `${name}: ${of.detail}`,
  };
}

/** Traps of m68k, vax, sh3 and hppa as NetBSD and OpenBSD print them. */
export const oldPorts: Form = {
  id: ID,
  reads:
    'NetBSD\u2019s and OpenBSD\u2019s ports to m68k, vax, sh3 and hppa: their blocks and messages of traps',
  systems: 'NetBSD, OpenBSD',
  leads: ['trap type ', 'trap: ', 'kernel program counter', 'fatal ', 'dreg:', 'areg:'],
  also: ['pid =', 'regi', 'spc '],
  line(_line: Line, b: Builder): boolean {
    const c = b.low.charCodeAt(0);
    if (c === 116) return m68k(b) || vax(b);
    if (c === 102 || c === 115) return sh3(b);
    return m68k(b);
  },
  message: oldMessage,
};
