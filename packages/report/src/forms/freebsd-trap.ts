import type { Builder } from '../builder.js';
import type { Line } from '../line.js';
import { canonHex, digitsEnd, isHexDigit, isHexPrefix, numberEnd, skipBlanks, WIDE } from '../scan.js';
import type { CodeSegment, Fact, FaultCode, PanicEvent, ProcessFact, SegAddr, Trap } from '../types.js';
import type { Form } from './form.js';
import { OF_WRITER } from './panic-line.js';

const ID = 'freebsd-trap';

/** The fields in the order in which trap_fatal prints them. */
const RANKS: Record<string, number> = {
  cpuid: 1,
  mp_lock: 1,
  'apic id': 1,
  'fault virtual address': 2,
  'fault code': 3,
  'instruction pointer': 4,
  'stack pointer': 5,
  'frame pointer': 6,
  'code segment': 7,
  'processor eflags': 9,
  'current process': 10,
  'current thread': 10,
  'interrupt mask': 11,
  'trap number': 13,
};

const RANK = new Map(Object.entries(RANKS));
const NAMES = Object.keys(RANKS).filter((name) => name.length > 8);

/** Field name before the `=` at `eq`, blanks collapsed, or null if it is none of ours. */
function fieldName(low: string, eq: number): string | null {
  const said = low.slice(0, eq).trim();
  const raw = said.endsWith(':') ? said.slice(0, -1) : said;
  if (RANK.has(raw)) return raw;
  const name = raw.split(' ').filter(Boolean).join(' ');
  if (RANK.has(name)) return name;
  if (name === 'fault va' || name === 'fault virtual addr') return 'fault virtual address';
  if (name === 'processor flags' || name === 'processor rflags') return 'processor eflags';
  if (name === 'current proc') return 'current process';
  return null;
}

function readSegAddr(s: string): SegAddr | null {
  const first = numberEnd(s, 0);
  if (first === 0) return null;
  const colon = skipBlanks(s, first);
  if (s.charCodeAt(colon) !== 58) return { address: canonHex(s.slice(0, first)) };
  const start = skipBlanks(s, colon + 1);
  const end = numberEnd(s, start);
  if (end === start) return null;
  return { selector: canonHex(s.slice(0, first)), address: canonHex(s.slice(start, end)) };
}

/**
 * Whether a pointer of the block is one in part only: the selector alone where the others have an address as
 * well, or the beginning of a kernel's address.
 */
function isCutPointer({ selector, address }: SegAddr, { ip, sp }: Trap): boolean {
  const before = (sp ?? ip)?.value;
  if (before === undefined) return false;
  if (before.selector !== undefined && selector === undefined) return true;
  if (ip === undefined || ip.value.address.length < WIDE || address.length >= WIDE) return false;
  return address.startsWith('0xf');
}

function readFaultCode(low: string): FaultCode | null {
  const by = low.startsWith('supervisor') ? 'supervisor' : low.startsWith('user') ? 'user' : null;
  if (by === null) return null;
  const access = low.includes('instruction') ? 'execute' : low.includes('write') ? 'write' : 'read';
  if (access === 'read' && !low.includes('read')) return null;
  // Cut within `instruction`: what is left of it would make a read of the fetch.
  const last = low.slice(low.lastIndexOf(' ') + 1);
  if (access === 'read' && last !== '' && 'instruction'.startsWith(last)) return null;
  const why = low.includes('not present')
    ? 'page not present'
    : low.includes('protection')
      ? 'protection violation'
      : low.includes('reserved')
        ? 'reserved bits'
        : 'unknown';
  return { by, access, why };
}

/** A value that other characters cling to is none: `type 0x1b\\n"` of a program's text. */
const isValue = (value: string): boolean => value !== '' && numberEnd(value, 0) === value.length;

/** The names of what a code segment's lines give. */
const SEGMENT = ['base', 'limit', 'type', 'dpl', 'pres', 'long', 'def32', 'gran'] as const;
const NUMBERS = 3;

/**
 * Reads `name value` pairs separated by commas (`base 0x0, limit 0xfffff`, `dpl 0, pres 1`), in lower case.
 */
function readSegment(low: string, into: CodeSegment): void {
  const values: (string | undefined)[] = [];
  for (let from = 0, next = 0; next < low.length; from = next + 1) {
    next = low.indexOf(',', from);
    if (next < 0) next = low.length;
    const part = low.slice(from, next).trim();
    const end = part.indexOf(' ');
    if (end < 0) continue;
    const at = skipBlanks(part, end);
    const behind = part.indexOf(' ', at);
    const value = part.slice(at, behind < 0 ? part.length : behind);
    const which = SEGMENT.findIndex((name) => name.length === end && part.startsWith(name));
    if (which >= 0 && isValue(value)) values[which] = value;
  }
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === undefined) continue;
    const name = SEGMENT[i]!;
    if (i < NUMBERS) into[name as 'base'] = canonHex(value);
    else if (digitsEnd(value, 0) > 0) into[name as 'dpl'] = Number.parseInt(value, 10);
  }
}

/** All that trap_fatal prints of the flags, but for IOPL. */
const FLAG = /^(?:trace trap|interrupts? (?:enabled|disabled)|nested task|resume|vm86)$/;

/** @returns with `torn`, what is no flag: the rest of another line, over which this one was printed */
function readEflags(s: string): { flags: string[]; iopl?: number; torn?: string } | null {
  const flags: string[] = [];
  let iopl: number | undefined;
  let torn: string | undefined;
  for (const part of s.split(',')) {
    const word = part.trim();
    const low = word.toLowerCase();
    if (low.startsWith('iopl')) {
      const eq = low.indexOf('=');
      const at = skipBlanks(low, eq + 1);
      if (eq > 0 && digitsEnd(low, at) > at) iopl = Number.parseInt(low.slice(at), 10);
    } else if (FLAG.test(low)) flags.push(low);
    else if (word !== '') torn ??= word;
  }
  if (flags.length === 0 && iopl === undefined && torn === undefined) return null;
  return { flags, ...(iopl === undefined ? {} : { iopl }), ...(torn === undefined ? {} : { torn }) };
}

/** `zorpd`, `<pid> (zorpd)`: a writer has left the number out. */
const NAME_ALONE =
  /^(?:(?:<\w{1,12}>|[nx?]{1,8}|pid) ?\(([\w.:/ -]{1,40})\)|(?!(?:pid|process|pri|unknown|none|null|nil|not|n)\b)([a-z][\w.-]{0,30}))$/i;

function nameAlone(s: string): ProcessFact | null {
  const [, inside, alone] = NAME_ALONE.exec(s.trim()) ?? [];
  const name = inside ?? alone;
  return name === undefined ? null : { name };
}

/** `3 (vmdaemon)`, `12 (swi4: clock)`, `Idle` */
export function readProcess(s: string): ProcessFact | null {
  if (/^idle\b/i.test(s)) return { idle: true };
  const end = digitsEnd(s, 0);
  if (end === 0) return nameAlone(s);
  if (end > 10) return null;
  const pid = Number(s.slice(0, end));
  const open = skipBlanks(s, end);
  if (s.charCodeAt(open) !== 40) return { pid };
  const close = s.lastIndexOf(')');
  return { pid, name: s.slice(open + 1, close > open ? close : s.length) };
}

/** Puts a fact into the block; a second value that differs is a contradiction and is reported. */
function put<K extends keyof Trap>(b: Builder, trap: Trap, key: K, value: NonNullable<Trap[K]>): void {
  const old = trap[key] as Fact<unknown> | undefined;
  if (old === undefined) trap[key] = value;
  else if (
    old.value !== (value as Fact<unknown>).value &&
    JSON.stringify(old.value) !== JSON.stringify((value as Fact<unknown>).value)
  ) {
    b.damage.push({
      kind: 'contradictory',
      what: `trap field ${key}`,
      reason: 'the text gives it twice, with different values; the first is kept',
      span: (value as Fact<unknown>).span,
    });
  }
}

function head(b: Builder, at: number): boolean {
  const { low } = b;
  const text = b.line.text;
  const n = skipBlanks(low, at + 'fatal trap'.length);
  // A number that is none: the frame of the trap was overwritten.
  const wild = low.charCodeAt(n) === 45;
  const end = digitsEnd(low, wild ? n + 1 : n);
  if (end <= n + 1 && wild) return false;
  if (end === n || (end - n > 3 && !wild)) return false;
  // A heading that goes on in its writer's words: `Fatal trap 12: I get this on boot`.
  if (OF_WRITER.test(text.slice(end).replace(/^[: ]+/, ''))) return false;
  b.order(0);
  const { trap } = b.beginTrap(ID);
  if (!wild) trap.number = b.fact(Number(low.slice(n, end)), n, end);
  b.saw('FreeBSD');
  let i = skipBlanks(low, end);
  if (low.charCodeAt(i) === 58) i = skipBlanks(low, i + 1);
  const exact = low.indexOf(' while in ', i);
  // Typed from a screen: `protection fault mode in kernel mode`.
  const mode = exact < 0 ? low.search(/ (?:while |mode |when )?in (?:kernel|user|vm86) mode\b/) : exact;
  const nameEnd = mode < 0 ? low.length : mode;
  if (nameEnd > i) {
    const name = text.slice(i, nameEnd);
    trap.name = b.fact(name === 'UNKNOWN' ? 'trap of an unknown number' : name, i, nameEnd);
  }
  if (mode >= 0) {
    const m = exact < 0 ? low.indexOf(' in ', mode) + 4 : mode + ' while in '.length;
    if (low.startsWith('kernel', m)) trap.mode = b.fact('kernel', m, m + 6);
    else if (low.startsWith('user', m)) trap.mode = b.fact('user', m, m + 4);
    else if (low.startsWith('vm86', m)) {
      // Code of the BIOS, which the kernel ran: no other processor of theirs has such a mode.
      trap.mode = b.fact('vm86', m, m + 4);
      b.sawArch('i386', 6);
    }
  }
  return true;
}

/** The names of what a CPU line gives, and the fields of the trap block that they fill. */
const CPU_FIELDS: Record<string, 'cpuid' | 'apicId' | 'mpLock'> = {
  cpuid: 'cpuid',
  'apic id': 'apicId',
  'lapic.id': 'apicId',
  'lapic id': 'apicId',
  mp_lock: 'mpLock',
};

/** `cpuid = 1; apic id = 01`, `mp_lock = 01000003; cpuid = 1; lapic.id = 01000000` */
function cpuLine(b: Builder): boolean {
  const { low } = b;
  // The debugger answers about a CPU that somebody has named.
  if (b.cpuAsked !== null) return true;
  // The CPU on which the debugger was told to panic.
  if (b.isBelowSecondary()) return true;
  const recent = b.recentTrap();
  // After a panic's message the same line tells which CPU panicked.
  const panicked = recent === null || recent.message !== undefined;
  const owner = panicked ? b.cpuOwner() : null;
  if (panicked && owner === null) return false;
  if (low.includes('lapic id')) b.saw('DragonFly', 3, true);
  let trap: Trap | null = null;
  let i = 0;
  for (const part of low.split(';')) {
    const eq = part.indexOf('=');
    const key = eq > 0 ? CPU_FIELDS[part.slice(0, eq).trim()] : undefined;
    const v = i + skipBlanks(part, eq + 1);
    const end = hexRun(low, v);
    if (key !== undefined && end > v) {
      const number = b.fact(Number.parseInt(low.slice(v, end), 10), v, end);
      if (owner !== null) {
        if (key === 'cpuid') panickedOn(b, owner, number);
      } else {
        trap ??= b.trapFor(1, ID).trap;
        if (key === 'cpuid') put(b, trap, key, number);
        else put(b, trap, key, b.fact(low.slice(v, end), v, end));
      }
    }
    i += part.length + 1;
  }
  return trap !== null || owner !== null;
}

/**
 * The CPU of the panic whose message was just taken. Where two CPUs have trapped by one name, it says which
 * of the two blocks the message is of.
 */
function panickedOn(b: Builder, owner: PanicEvent, cpu: Fact<number>): void {
  const { message, trap } = owner;
  const isFresh =
    message !== undefined && b.messageLine?.fact === message && b.lineNumber - b.messageLine.number <= 1;
  const other =
    trap?.cpuid === undefined || trap.cpuid.value === cpu.value || !isFresh
      ? undefined
      : b.trapOn(cpu.value, trap.name?.value);
  if (other === undefined) {
    owner.cpu ??= cpu;
    return;
  }
  delete owner.message;
  other.message = message!;
  if (!other.forms.includes('panic')) other.forms.push('panic');
  other.cpu ??= cpu;
  b.resume(other);
}

function hexRun(s: string, i: number): number {
  if (isHexPrefix(s, i)) return numberEnd(s, i);
  while (i < s.length && isHexDigit(s.charCodeAt(i))) i++;
  return i;
}

/** Says that something else than flags stands in the line of the flags. */
function noteTorn(b: Builder, torn: string): void {
  b.damage.push({
    kind: 'garbled',
    what: 'trap field eflags',
    reason: `"${torn}" is no flag of the processor`,
    span: b.span(),
  });
}

function field(b: Builder, name: string, v: number): boolean {
  const { low } = b;
  const text = b.line.text;
  const rank = RANK.get(name)!;
  const value = text.slice(v);
  const open = () => {
    b.order(rank);
    return b.trapFor(rank, ID).trap;
  };
  switch (name) {
    case 'fault virtual address': {
      const end = numberEnd(text, v);
      if (end === v) return false;
      put(b, open(), 'faultAddress', b.fact(canonHex(text.slice(v, end)), v, end));
      return true;
    }
    case 'fault code': {
      const code = readFaultCode(low.slice(v));
      if (code === null) return false;
      put(b, open(), 'faultCode', b.fact(code, v));
      return true;
    }
    case 'instruction pointer':
    case 'stack pointer':
    case 'frame pointer': {
      const at = readSegAddr(value);
      if (at === null) return false;
      const trap = open();
      // A line that stops in its number has no value.
      if (isCutPointer(at, trap)) return true;
      put(
        b,
        trap,
        name === 'instruction pointer' ? 'ip' : name === 'stack pointer' ? 'sp' : 'fp',
        b.fact(at, v),
      );
      return true;
    }
    case 'code segment': {
      const segment: CodeSegment = {};
      readSegment(low.slice(v), segment);
      put(b, open(), 'codeSegment', b.fact(segment, v));
      return true;
    }
    case 'processor eflags': {
      const read = readEflags(value);
      if (read === null) return false;
      const { torn, ...flags } = read;
      const trap = open();
      if (torn !== undefined) noteTorn(b, torn);
      if (flags.flags.length === 0 && flags.iopl === undefined) return true;
      put(b, trap, 'eflags', b.fact(flags, v));
      if (flags.flags.includes('vm86')) {
        trap.mode ??= b.fact('vm86', v);
        b.sawArch('i386', 6);
      }
      return true;
    }
    case 'current process': {
      const process = readProcess(value);
      if (process === null) return false;
      put(b, open(), 'process', b.fact(process, v));
      return true;
    }
    case 'current thread':
      // DragonFly's block: the thread's priority.
      if (value.startsWith('pri ')) {
        b.saw('DragonFly', 3, true);
        open();
        return true;
      }
      return currentThread(b, open, v);
    case 'interrupt mask':
      put(b, open(), 'interruptMask', maskFact(b, value, v));
      return true;
    case 'trap number': {
      const end = digitsEnd(text, v);
      if (end === v) return false;
      const trap = open();
      // The line may stop in the number.
      const known = trap.number === undefined ? '' : String(trap.number.value);
      if (known.length > end - v && known.startsWith(text.slice(v, end))) return true;
      put(b, trap, 'number', b.fact(Number(text.slice(v, end)), v, end));
      return true;
    }
    default:
      return false;
  }
}

/** `current thread = 1763/100213 (zorpd/zorpd: worker)`: process and thread by number and by name. */
function currentThread(b: Builder, open: () => Trap, v: number): boolean {
  const m = /^(\d{1,9})\/(\d{1,9})(?: \(([^/()]{1,64})(?:\/[^)]{0,64})?\))?$/.exec(
    b.line.text.slice(v).trimEnd(),
  );
  if (m === null) return false;
  const process: ProcessFact = { pid: Number(m[1]), tid: Number(m[2]) };
  if (m[3] !== undefined) process.name = m[3];
  put(b, open(), 'process', b.fact(process, v));
  return true;
}

/** SMP kernels before 5.0 add a remark (`net tty  <- SMP: XXX`), which is no part of the mask. */
function maskFact(b: Builder, value: string, v: number): Fact<string> {
  const remark = value.indexOf('<-');
  const mask = (remark < 0 ? value : value.slice(0, remark)).trimEnd();
  return b.fact(mask, v, v + mask.length);
}

/** The second half of the code segment, on a line of its own: `= DPL 0, pres 1, def32 1, gran 1` */
function segmentRest(b: Builder): boolean {
  const at = skipBlanks(b.low, 1);
  if (!b.low.startsWith('dpl', at)) return false;
  b.order(8);
  const { trap } = b.trapFor(8, ID);
  trap.codeSegment ??= b.fact({});
  readSegment(b.low.slice(at), trap.codeSegment.value);
  trap.codeSegment.span = [
    Math.min(trap.codeSegment.span[0], b.span()[0]),
    Math.max(trap.codeSegment.span[1], b.span()[1]),
  ];
  return true;
}

/** `kernel: type 12 trap, code=0`, what DDB says on entry. */
function kernelType(b: Builder): boolean {
  const { low } = b;
  const n = 'kernel: type '.length;
  const end = digitsEnd(low, n);
  if (end === n || !low.startsWith(' trap, code', end)) return false;
  const number = Number(low.slice(n, end));
  const trap = (b.recentTrap()?.trap ?? b.beginTrap(ID).trap) as Trap;
  put(b, trap, 'number', b.fact(number, n, end));
  const eq = low.indexOf('=', end);
  const c = skipBlanks(low, eq + 1);
  if (eq > 0 && numberEnd(low, c) > c) trap.debuggerCode = b.fact(Number.parseInt(low.slice(c), 16), c);
  b.closeTraps();
  return true;
}

/** trap_fatal's block: `Fatal trap N`, its fields, and what DDB adds to it. */
/**
 * `NMI ISA 3d, EISA ff`, `NMI/cpu0 ... going to debugger`: the trap has no block where a debugger takes it.
 */
function nonMaskable(b: Builder): boolean {
  if (!/^nmi(?: isa [0-9a-f]{1,2}\b|(?:\/cpu\d+)? \.\.\. going to debugger)/.test(b.low)) return false;
  b.saw('FreeBSD', 1);
  if (b.recentTrap()?.trap?.number?.value === NMI) return true;
  b.closeTraps();
  const trap = b.beginTrap(ID).trap!;
  trap.number = b.fact(NMI, 0, 3);
  trap.name = b.fact('non-maskable interrupt trap', 0, 3);
  b.closeTraps();
  return true;
}

const NMI = 19;

export const freebsdTrap: Form = {
  id: ID,
  reads: 'Fatal trap 0-30 with every field that trap_fatal has printed since 1998',
  systems: 'FreeBSD, DragonFly',
  leads: [
    'fatal trap',
    'nmi isa',
    'nmi ...',
    'nmi/cpu',
    'kernel: type ',
    '= dpl',
    '=dpl',
    ...RANK.keys(),
    'fault va',
    'processor ',
    'current ',
  ],
  first: 'l',
  line(_line: Line, b: Builder): boolean {
    const { low } = b;
    const c = low.charCodeAt(0);
    if (c === 61) return segmentRest(b);
    const at = low.indexOf('fatal trap ');
    // People add the head to another line: `trap number = 12 (Fatal trap 12: page fault ..)`.
    if (at >= 0 && at < 40 && !low.startsWith('trap number')) return head(b, at);
    if (c === 110) return nonMaskable(b);
    if (c === 107) return kernelType(b);
    const eq = low.indexOf('=');
    // Pasted from a table, the names stand far from the signs.
    if (eq < 5 || eq > 120 || low.slice(0, eq).trimEnd().length > 40) return false;
    if (low.startsWith('cpuid') || low.startsWith('mp_lock')) return cpuLine(b);
    const name = fieldName(low, eq);
    if (name === null) return false;
    const v = skipBlanks(low, eq + 1);
    if (v >= low.length && name !== 'interrupt mask') return false;
    return field(b, name, v);
  },
  joins(_text: string, next: string, low: string): string | false | null {
    if (low.startsWith('fatal trap')) return /(?:while|while in|kernel|user|vm86|in)$/.test(low) ? ' ' : null;
    if (low.startsWith('cpuid')) return /;$|apic$|id$|=$/.test(low) ? ' ' : null;
    const eq = low.indexOf('=');
    if (eq < 0) return NAMES.includes(low.trim()) && next.startsWith('=') ? ' ' : null;
    const name = fieldName(low, eq);
    if (name === null) return low.startsWith('= dpl') ? false : null;
    if (next.includes('=') && !/^(?:iopl|esp|ebp)/i.test(next) && /^[a-z= ]+=/i.test(next)) return null;
    const value = low.slice(eq + 1).trim();
    if (value === '') return name === 'interrupt mask' ? null : ' ';
    switch (name) {
      case 'fault code':
        return /present|violation|pte/.test(value) ? null : ' ';
      case 'code segment':
        return /type 0x[0-9a-f]+/.test(value) ? null : ' ';
      case 'processor eflags':
        return /iopl = \d/.test(value) ? null : ' ';
      case 'current process':
        return value.includes(')') || !(next.startsWith('(') || value.includes('(')) ? null : ' ';
      case 'instruction pointer':
      case 'stack pointer':
      case 'frame pointer':
        return value.endsWith(':') ? '' : false;
      default:
        return false;
    }
  },
};
