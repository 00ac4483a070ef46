import type { Builder } from '../builder.js';
import { cutLine, dropFirst, type Line } from '../line.js';
import { canonHex, numberEnd, skipBlanks, symbolEnd } from '../scan.js';
import { type Decoded, decodeDsisr, decodeEsr, decodeScause } from '../syndrome.js';
import type { Arch, PanicEvent, Trap } from '../types.js';
import type { Form } from './form.js';

const ID = 'exceptions';

/** Registers of the blocks that arm64 and riscv kernels print before they panic, with their common names. */
const ARM64 = /^(?:x(?:[0-9]|[12][0-9]|30)|sp|lr|elr|spsr|far|esr)$/;
const RISCV = /^(?:[ast]\[\d{1,2}\]|ra|sp|gp|tp|sepc|sstatus|stval|scause)$/;

/** The block that is being read, begun by its first register or its heading. */
function openBlock(b: Builder, arch: Exclude<Arch, 'unknown'>): { event: PanicEvent; trap: Trap } {
  const { current } = b;
  if (
    current !== null &&
    current.forms[0] === ID &&
    current.message === undefined &&
    current.otherTraces.length === 0
  )
    return { event: current, trap: current.trap! };
  b.sawArch(arch, 8);
  const { event, trap } = b.beginTrap(ID);
  event.registersOf = 'fault';
  return { event, trap };
}

/** Puts into the trap what a syndrome says. */
function takeSyndrome(b: Builder, trap: Trap, decoded: Decoded, i: number, j: number): void {
  trap.syndrome ??= b.fact(decoded.syndrome, i, j);
  if (decoded.name !== null) trap.name ??= b.fact(decoded.name, i, j);
  if (decoded.mode !== undefined) trap.mode ??= b.fact(decoded.mode, i, j);
  if (decoded.code !== undefined) trap.faultCode ??= b.fact(decoded.code, i, j);
}

/**
 * ` x0: ffffa00000a11000`, `sepc == 0xffffffc0002f1b2c`, with the symbol that newer kernels print behind the
 * value.
 */
function registerLine(b: Builder): boolean {
  const { low } = b;
  // A writer has put two in a line: `far: 0x1      esr: 0x96000004   (read)`.
  const second =
    /^(?:far|lr ?|elr|sp): ?(?:0x)?[0-9a-f]{1,16}\s+(?=(?:esr|spsr|elr|far): ?(?:0x)?[0-9a-f]{5,16}\b)/.exec(
      low,
    );
  if (second !== null) {
    const { line } = b;
    const rest = dropFirst(line, second[0].length);
    const first = cutLine(line, second[0].length);
    first.text = first.text.trimEnd();
    b.setLine(rest);
    const read = registerLine(b);
    b.setLine(first);
    return registerLine(b) || read;
  }
  const s = b.line.text;
  const mark = low.indexOf(':');
  // CheriBSD prints one sign, and behind the value what the capability covers.
  const equals = low.indexOf(' == ') >= 0 ? low.indexOf(' == ') : cheriRegister(low);
  const sign = low.startsWith(' == ', equals) ? 4 : 3;
  // Since FreeBSD 14, riscv prints a colon as arm64 does.
  const colon = mark > 0 && mark <= 7;
  if (!colon && (equals <= 0 || equals > 8)) return false;
  const name = low.slice(0, colon ? mark : equals).trim();
  const riscv = RISCV.test(name) && (!colon || name !== 'sp' || b.arches.riscv !== undefined);
  const arch = riscv ? 'riscv' : colon && ARM64.test(name) ? 'arm64' : null;
  if (arch === null) return false;
  const v = skipBlanks(low, colon ? mark + 1 : equals + sign);
  const end = numberEnd(low, v);
  if (name === 'elr' && symbolPlace(b, v)) return true;
  if (end === v) return false;
  const value = canonHex(s.slice(v, end));
  // An unnamed block is told by its first register, so that a line of prose begins none.
  const open = b.current?.forms[0] === ID;
  const bounds = /^ ?\[[\w,-]*\](?: \((?:invalid|sealed|sentry)[,\w]{0,16}\))?/.exec(s.slice(end, end + 80));
  if (!open && bounds === null && !/^(?:x[0-9]{1,2}|[ast]\[\d|sepc|elr|esr)/.test(name)) return false;
  const { event, trap } = openBlock(b, arch);
  const rest = skipBlanks(s, end + (bounds === null ? 0 : bounds[0].length));
  const symbol = symbolAfter(s, rest);
  b.register(
    { name, value, ...(symbol === null ? {} : { symbol: symbol.text }), span: b.span(0, symbol?.end ?? end) },
    ID,
  );
  const fact = <T>(value_: T) => b.fact(value_, v, end);
  if (name === 'elr' || name === 'sepc') trap.ip ??= fact({ address: value });
  else if (name === 'spsr' && arch === 'arm64')
    // Its last four bits are the exception level that was left, and which stack it used.
    trap.mode ??= fact((Number.parseInt(value.slice(-1), 16) & 0xc) === 0 ? 'user' : 'kernel');
  // The bit says which mode the exception came from.
  else if (name === 'sstatus')
    trap.mode ??= fact((Number.parseInt(value.slice(-3), 16) & 0x100) === 0 ? 'user' : 'kernel');
  else if (name === 'sp') trap.sp ??= fact({ address: value });
  else if (name === 'far' || name === 'stval') trap.faultAddress ??= fact(value);
  else if (name === 'esr') takeSyndrome(b, trap, decodeEsr(value), v, end);
  else if (name === 'scause') takeSyndrome(b, trap, decodeScause(value), v, end);
  if (!event.forms.includes('registers')) event.forms.push('registers');
  return true;
}

/** `elr: zorp_get + 0x4c` below the head of an abort: a writer has left the address out. */
function symbolPlace(b: Builder, at: number): boolean {
  const event = b.current;
  if (event?.forms[0] !== ID || event.trap?.ip !== undefined || event.message !== undefined) return false;
  const m = /^([A-Za-z_][\w.$]*) ?\+ ?(0x[0-9a-f]{1,6})\b/.exec(b.line.text.slice(at));
  if (m === null) return false;
  event.faultPlace = { function: m[1]!, offset: Number.parseInt(m[2]!, 16), evidence: [b.span()] };
  event.span = [Math.min(event.span[0], b.span()[0]), Math.max(event.span[1], b.span()[1])];
  return true;
}

/** `t[0] = 0xffffffc085a7ed60 [rwxRW,..]`; a value that is no capability stands alone. */
const CHERI =
  /^(?:[ast]\[\d{1,2}\]|ra|sp|gp|tp|sepc|sstatus|stval|scause)(?= = 0x[0-9a-f]{16}(?: ?\[(?!\w*\+)|$))/;

/** Where ` = ` stands in such a line; -1 elsewhere. */
function cheriRegister(low: string): number {
  const m = CHERI.exec(low);
  return m === null ? -1 : m[0].length;
}

/** `(symbol + 0x12)` or `symbol+0x12` behind a value. */
function symbolAfter(s: string, i: number): { text: string; end: number } | null {
  const open = s.charCodeAt(i) === 40 ? 1 : 0;
  const end = symbolEnd(s, i + open);
  if (end === i + open) return null;
  const m = /^ ?\+ ?(?:0x)?([0-9a-f]+)/.exec(s.slice(end, end + 24));
  return m === null ? null : { text: `${s.slice(i + open, end)}+0x${m[1]!}`, end: end + m[0].length + open };
}

const HEADS =
  /^fatal (data|instruction) abort|^fatal kernel mode (data|prefetch) abort(?:: '([^']*)'(?: on (read|write))?)?/;

/** The fault that uvm_fault's line has begun: the abort is that fault. */
function faultBegun(b: Builder): { event: PanicEvent; trap: Trap } | null {
  const event = b.recentTrap();
  if (event === null || event.forms[0] !== 'openbsd-fault' || event.trap?.ip !== undefined) return null;
  if (event.trap === undefined || event.stoppedAt !== undefined || event.otherTraces.length > 0) return null;
  event.forms.unshift(ID);
  // The number is x86's.
  delete event.trap.number;
  return { event, trap: event.trap };
}

/**
 * `Fatal data abort:` (arm64), `Fatal kernel mode data abort: 'Translation Fault (L1)' on read` (32-bit arm).
 */
function heading(b: Builder): boolean {
  const m = HEADS.exec(b.low);
  if (m === null) return false;
  const arm = m[2] !== undefined;
  // NetBSD and OpenBSD on arm have the same words, without what was done.
  if (!arm || m[4] !== undefined) b.saw('FreeBSD', 3, true);
  const { event, trap } = faultBegun(b) ?? b.beginTrap(ID);
  b.closeTraps();
  b.sawArch(arm ? 'arm' : 'arm64', 8);
  event.registersOf = 'fault';
  const instruction = m[1] === 'instruction' || m[2] === 'prefetch';
  trap.name = b.fact(instruction ? 'instruction abort' : 'data abort', 6);
  trap.mode = b.fact('kernel', 0, 5);
  if (m[3] !== undefined) {
    const why = /permission/.test(m[3])
      ? 'protection violation'
      : /translation/.test(m[3])
        ? 'page not present'
        : /alignment/.test(m[3])
          ? 'alignment'
          : 'unknown';
    const access = (m[4] as 'read' | 'write' | undefined) ?? trap.faultCode?.value.access;
    if (access !== undefined) trap.faultCode = b.fact({ by: 'supervisor', access, why });
  }
  return true;
}

/** `FSR=00000005, FAR=00000010, spsr=60000013` (or `DFSR`, `DFAR`) and the registers of 32-bit arm. */
function arm32(b: Builder): boolean {
  const { low } = b;
  const recent = b.recentTrap();
  if (recent === null || recent.forms[0] !== ID) return false;
  // A line of arm64's backtrace.
  if (low.startsWith('pc = 0x')) return false;
  const far = /\bd?far=([0-9a-f]{8})\b/.exec(low);
  if (far !== null && (recent.trap!.faultAddress === undefined || recent.trap!.pageOnly !== undefined)) {
    recent.trap!.faultAddress = b.fact(
      canonHex(far[1]!),
      far.index + far[0].length - 8,
      far.index + far[0].length,
    );
    delete recent.trap!.pageOnly;
  }
  for (const m of low.matchAll(/\b(r\d{1,2}|ssp|slr|pc|usp|ulr|spsr)\s*=\s*([0-9a-f]{8})\b/g)) {
    const at = m.index + m[0].length - 8;
    const name = m[1] === 'ssp' ? 'sp' : m[1] === 'slr' ? 'lr' : m[1]!;
    b.register({ name, value: canonHex(m[2]!), span: b.span(m.index, at + 8) }, ID);
    if (name === 'pc') recent.trap!.ip ??= b.fact({ address: canonHex(m[2]!) }, at, at + 8);
    if (name === 'sp') recent.trap!.sp ??= b.fact({ address: canonHex(m[2]!) }, at, at + 8);
  }
  return far !== null || /^(?:r\d|r1\d|pc|ssp|trapframe)/.test(low);
}

/**
 * powerpc's block: `exception = 0x300 (data storage interrupt)`, `virtual address = 0x10`, `dsisr`, `srr0`,
 * `lr`.
 */
function powerpcField(b: Builder): boolean {
  const { low } = b;
  const eq = low.indexOf('=');
  if (eq < 2 || eq > 40) return false;
  const name = low.slice(0, eq).trim();
  const v = skipBlanks(low, eq + 1);
  const end = numberEnd(low, v);
  if (!POWERPC.has(name) || end === v) return false;
  const value = canonHex(b.line.text.slice(v, end));
  if (name === 'exception') {
    const m = /\(([^)]+)\)/.exec(low.slice(end));
    if (m === null) return false;
    b.sawArch('powerpc', 8);
    b.saw('FreeBSD', 3);
    const { event, trap } = b.beginTrap(ID);
    event.registersOf = 'fault';
    trap.name = b.fact(m[1]!, end);
    trap.mode = b.fact(b.powerpcUser ? 'user' : 'kernel');
    return true;
  }
  const recent = b.recentTrap();
  if (recent === null || recent.forms[0] !== ID) return false;
  const trap = recent.trap!;
  if (name === 'virtual address' || name === 'dar') trap.faultAddress ??= b.fact(value, v, end);
  else if (name === 'srr0') {
    trap.ip ??= b.fact({ address: value }, v, end);
    b.register({ name, value, span: b.span(0, end) }, ID);
  } else if (name === 'dsisr') {
    // Of other exceptions the register says something else, or is left over.
    if (!/data storage|dsi\b/i.test(trap.name?.value ?? '')) return true;
    const decoded = decodeDsisr(value);
    trap.syndrome ??= b.fact(decoded.syndrome, v, end);
    if (decoded.code !== undefined) trap.faultCode ??= b.fact(decoded.code, v, end);
  } else b.register({ name, value, span: b.span(0, end) }, ID);
  return true;
}

const POWERPC = new Set(['exception', 'virtual address', 'dar', 'dsisr', 'srr0', 'srr1', 'lr']);

/** `pid = 1, comm = init` in powerpc's block. */
function powerpcProcess(b: Builder): boolean {
  const m = /^pid = (\d{1,9}), comm = (\S.*)$/.exec(b.line.text);
  if (m === null || b.current === null) return false;
  b.current.process ??= b.fact({ pid: Number(m[1]), name: m[2]! });
  return true;
}

/** `with far=0x7a6f6e6b00000010`: what a writer adds of an abort whose block is not there. */
function farSaid(b: Builder): boolean {
  const trap = b.current?.trap;
  if (trap === undefined || trap.faultAddress !== undefined || !/ abort$/.test(trap.name?.value ?? ''))
    return false;
  const m = /(?:^|[ `(])far ?[=:] ?`?(0x[0-9a-f]{1,16})\b/.exec(b.low);
  if (m === null) return false;
  const end = m.index + m[0].length;
  trap.faultAddress = { ...b.fact(canonHex(m[1]!), end - m[1]!.length, end), likely: true };
  return false;
}

/**
 * vm_fault failed: elr and error; page faults of riscv with address and place; aborts that no handler takes.
 */
const FAILED =
  /^(?:vm_fault|uvm_fault) failed: (?:0x)?([0-9a-f]{6,16})(?: error (\d+))?(?: esr (?:0x)?([0-9a-f]+) far (?:0x)?([0-9a-f]+))?/i;
const RISCV_FAULT = /^Fatal page fault at (0x[0-9a-f]+): (0x[0-9a-f]+)/i;
const UNHANDLED =
  /^(?:Unhandled EL1 (data|instruction) abort|Unknown kernel exception|Unhandled exception|unhandled EL\d exception)\b/i;

/**
 * Traps of arm64, riscv, powerpc and 32-bit arm, which have no numbers: blocks of registers with a syndrome.
 */
export const exceptions: Form = {
  id: ID,
  reads:
    'aborts and exceptions of arm64 (esr and far decoded), riscv, powerpc and 32-bit arm: register blocks, headings, messages',
  systems: 'FreeBSD, OpenBSD',
  leads: [
    'fatal data abort',
    'fatal instruction abort',
    'fatal kernel mode',
    'fatal kernel trap',
    'fatal user trap',
  ],
  also: [
    ...Array.from({ length: 31 }, (_, i) => `x${i}:`),
    ...[
      'sp:',
      'lr:',
      'elr:',
      'spsr',
      'far:',
      'esr:',
      't[',
      's[',
      'ra:',
      'gp:',
      'tp:',
      'a[',
      'ra =',
      'sp =',
      'gp =',
      'tp =',
      'sepc',
      'ssta',
    ],
    ...[
      'stva',
      'scau',
      'fsr=',
      'dfsr',
      'far=',
      'r0',
      'r1',
      'r2',
      'r3',
      'r4',
      'r5',
      'r6',
      'r7',
      'r8',
      'r9',
      'ssp',
      'usp',
      'pc =',
    ],
    ...['trapf', 'pid =', 'exception', 'virtual address', 'dsisr', 'dar', 'srr', 'lr '],
  ],
  line(_line: Line, b: Builder): boolean {
    const { low } = b;
    if (low.startsWith('fatal ')) {
      if (low.startsWith('fatal kernel trap:') || low.startsWith('fatal user trap:')) {
        b.powerpcUser = low.startsWith('fatal user');
        return true;
      }
      return heading(b);
    }
    const c = low.charCodeAt(0);
    if (registerLine(b)) return true;
    if (low.includes('=')) {
      if (c === 112 && powerpcProcess(b)) return true;
      return arm32(b) || powerpcField(b);
    }
    return false;
  },
  rest(_line: Line, b: Builder): boolean {
    return b.low.includes('far') && farSaid(b);
  },
  message(text: string) {
    const riscv = RISCV_FAULT.exec(text);
    if (riscv !== null)
      return {
        kind: 'trap',
        trap: {
          name: 'page fault',
          mode: 'kernel',
          ip: canonHex(riscv[1]!),
          address: canonHex(riscv[2]!),
        },
        stable: 'page fault',
      };
    const failed = FAILED.exec(text);
    if (failed !== null) {
      const decoded = failed[3] === undefined ? undefined : decodeEsr(canonHex(failed[3]));
      return {
        kind: 'trap',
        trap: {
          name: decoded?.name ?? 'data abort',
          mode: 'kernel',
          ip: canonHex(failed[1]!),
          ...(failed[4] === undefined ? {} : { address: canonHex(failed[4]) }),
          ...(decoded === undefined ? {} : { decoded }),
        },
        stable: 'vm_fault failed',
      };
    }
    const unhandled = UNHANDLED.exec(text);
    if (unhandled === null) return null;
    const esr = /esr(?:_el1)? (?:0x)?([0-9a-f]+)/i.exec(text);
    const decoded = esr === null ? undefined : decodeEsr(canonHex(esr[1]!));
    return {
      kind: 'trap',
      trap: {
        name:
          decoded?.name ?? (unhandled[1] === undefined ? 'exception' : `${unhandled[1].toLowerCase()} abort`),
        ...(decoded === undefined ? {} : { decoded }),
      },
      stable: unhandled[0],
    };
  },
};
