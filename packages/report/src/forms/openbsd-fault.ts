import type { Builder } from '../builder.js';
import { beginDriverStop } from '../driver-said.js';
import type { Line } from '../line.js';
import { canonHex, digitsEnd, hexNumber, numberEnd, skipBlanks } from '../scan.js';
import { isWayToDebugger, trapNumber } from '../trap-names.js';
import type { Trap } from '../types.js';
import type { Form } from './form.js';

const ID = 'openbsd-fault';

/**
 * `uvm_fault(0xfffffd80.., 0x4, 0, 1) -> e`: map, address, wired or fault type, access; the error is in hex.
 */
function uvmFault(b: Builder): boolean {
  const s = b.line.text;
  const { low } = b;
  const open = low.indexOf('(');
  const close = low.indexOf(')', open);
  const arrow = low.indexOf('->', close);
  if (close < 0 || arrow < 0) return false;
  const args = low
    .slice(open + 1, close)
    .split(',')
    .map((each) => each.trim());
  if (args.length < 3 || args.some((each) => numberEnd(each, 0) !== each.length || each === '')) return false;
  b.closeTraps();
  const { event, trap } = b.beginTrap(ID);
  b.saw(args.length === 4 ? 'OpenBSD' : 'NetBSD', 1);
  const at = s.indexOf(',', open) + 1;
  const from = skipBlanks(s, at);
  trap.faultAddress = b.fact(canonHex(args[1]!), from, from + args[1]!.length);
  if (hexNumber(trap.faultAddress.value) % 0x1000 === 0)
    trap.pageOnly = { value: true, span: trap.faultAddress.span };
  trap.number = b.fact(12, 0, open);
  trap.name = b.fact('page fault', 0, open);
  trap.mode = b.fact('kernel', 0, open);
  const access = Number.parseInt(args[args.length - 1]!, 16);
  if (access === 1 || access === 2 || access === 4) {
    const what = access === 2 ? 'write' : access === 4 ? 'execute' : 'read';
    trap.faultCode = b.fact({ by: 'supervisor', access: what, why: 'unknown' }, open);
  }
  b.detail(event, 'map', canonHex(args[0]!));
  const error = skipBlanks(low, arrow + 2);
  const end = numberEnd(low, error);
  if (end > error) b.detail(event, 'error', canonHex(low.slice(error, end)), error, end);
  return true;
}

/** `kernel: page fault trap, code=0`; NetBSD says `kernel: supervisor trap page fault, code=0`. */
function kernelTrap(b: Builder): boolean {
  const { low } = b;
  const m = /^kernel: (?:(supervisor|user) trap )?([a-z/ -]{4,40}?)(?: trap)?, code ?= ?([0-9a-f]+)/.exec(
    low,
  );
  if (m === null) return bareTrap(b);
  const name = m[2]!;
  const at = low.indexOf(name, 8);
  const number = trapNumber(name);
  if (number === undefined) return false;
  b.saw(m[1] === undefined ? 'OpenBSD' : 'NetBSD', 3, true);
  const recent = b.recentTrap();
  // One that the debugger has been asked about is over.
  const begun = recent !== null && recent.otherTraces.length === 0 && recent.stoppedAt === undefined;
  const open = begun && recent.trap?.number?.value === number ? recent.trap : b.beginTrap(ID).trap;
  open.number ??= b.fact(number, at, at + name.length);
  open.name ??= b.fact(name, at, at + name.length);
  open.mode ??= b.fact(m[1] === 'user' ? 'user' : 'kernel', 0, 6);
  const v = m[0].length - m[3]!.length;
  open.debuggerCode ??= b.fact(Number.parseInt(m[3]!, 16), v, v + m[3]!.length);
  if (m[1] === undefined) whyByCode(open, number);
  b.closeTraps();
  return true;
}

/**
 * OpenBSD's kernels of x86 hand the debugger the processor's error code, and old ones a 0: any other number
 * whose access is that of the line before says why the page could not be touched.
 */
function whyByCode({ faultCode, debuggerCode }: Trap, number: number): void {
  const code = debuggerCode?.value ?? 0;
  if (number !== 12 || faultCode === undefined || faultCode.value.why !== 'unknown') return;
  if (code < 1 || code > 0x1f || (code & USER) !== 0) return;
  const access = (code & FETCH) !== 0 ? 'execute' : (code & WRITE) !== 0 ? 'write' : 'read';
  if (access !== faultCode.value.access || (code & RESERVED) !== 0) return;
  const why = (code & PRESENT) === 0 ? 'page not present' : 'protection violation';
  faultCode.value = { ...faultCode.value, why };
}

/** Bits of that code. */
const PRESENT = 1;
const WRITE = 2;
const USER = 4;
const RESERVED = 8;
const FETCH = 16;

/**
 * `kernel: breakpoint trap`, as NetBSD's mips kernels say it; after a panic it is the way into the debugger.
 */
function bareTrap(b: Builder): boolean {
  const m = /^kernel: ([a-z/ -]{4,40} trap)$/.exec(b.low);
  const name = m?.[1];
  const number = name === undefined ? undefined : trapNumber(name);
  if (number === undefined || name === undefined) return false;
  const { current } = b;
  if (current !== null && !b.isLater(current) && current.message !== undefined) return true;
  b.saw('NetBSD', 1);
  if (isWayToDebugger(name, true) && beginDriverStop(b, ID)) return true;
  const { trap } = b.beginTrap(ID);
  trap.number = b.fact(number, 8);
  trap.name = b.fact(name, 8);
  trap.mode = b.fact('kernel', 0, 6);
  b.closeTraps();
  return true;
}

/** Rows of that table that are kept. */
const CPUS_MAX = 256;

/** A row of the thread table that OpenBSD prints on entry; the star marks the thread that stopped. */
function threadRow(b: Builder, starred: boolean): boolean {
  const text = starred ? b.line.text.slice(1) : b.line.text;
  const words = text.split(' ').filter(Boolean);
  const [tid, pid, uid, prflags, pflags, cpu] = words;
  if (cpu === undefined || b.current === null || !b.threadTable) return false;
  if (!isNumber(tid!) || !isNumber(pid!) || !isNumber(uid!)) return false;
  if (!isFlags(prflags!) || !isFlags(pflags!) || !/^\d{1,3}[A-Z]*$/.test(cpu)) return false;
  const name = words.slice(6).join(' ');
  const told = { tid: Number(tid), pid: Number(pid), ...(name === '' ? {} : { name }) };
  if (starred) {
    const process = b.current.process?.value;
    const isOwn = !b.stopsAside.has(b.current);
    if (isOwn && (process === undefined || process.name === undefined))
      b.current.process = b.fact({ ...process, ...told });
    else if (isOwn) b.addThread(b.current, Number(pid), Number(tid));
    b.saw('OpenBSD', 3, true);
  }
  const rows = b.running.get(b.current) ?? [];
  if (rows.length < CPUS_MAX) rows.push({ cpu: Number.parseInt(cpu, 10), process: b.fact(told), starred });
  b.running.set(b.current, rows);
  return true;
}

const COLUMNS = ['TID', 'PID', 'UID', 'PRFLAGS', 'PFLAGS', 'CPU', 'COMMAND'];

/** The table's head behind a stop is wider than a console, which breaks it anywhere. */
function restOfHead(text: string, next: string): string | null {
  for (const between of ['', ' ']) {
    const words = `${text}${between}${next}`.split(' ').filter(Boolean);
    if (words.length === COLUMNS.length && words.every((word, i) => word === COLUMNS[i])) return between;
  }
  return null;
}

function isNumber(word: string): boolean {
  return digitsEnd(word, 0) === word.length && word !== '';
}

function isFlags(word: string): boolean {
  return word === '0' || /^0x[0-9a-f]+$/i.test(word);
}

/** What stands behind the star of a running thread's row. */
const STARRED = [...' 0123456789'].map((c) => `*${c}`);

/** What pools say of their items and pages (subr_pool.c). Of a page it is not known who has spoilt it. */
const POOL = [
  ['double put', 'duplicate-free'],
  ['free list modified', 'modified-after-free'],
  ['page header missing', 'bad-free'],
  ['page inconsistency', 'memory-corruption'],
] as const;

/** OpenBSD's page faults: the uvm_fault line, the trap line, the thread table. */
export const openbsdFault: Form = {
  id: ID,
  reads: '`uvm_fault(..) -> e`, `kernel: page fault trap, code=0`, the table of running threads',
  systems: 'OpenBSD, NetBSD',
  leads: ['uvm_fault(', '@uvm_fault(', 'kernel: ', '*cpu', ...STARRED, 'splassert:', 'attempt to', 'tid  '],
  first: '0123456789*t',
  line(_line: Line, b: Builder): boolean {
    const { low } = b;
    if (low.startsWith('uvm_fault(') || low.startsWith('@uvm_fault(')) return uvmFault(b);
    if (low.startsWith('kernel: ')) return kernelTrap(b);
    if (low.startsWith('splassert: ')) {
      const event = b.begin('splassert', ID);
      b.saw('OpenBSD');
      event.message = b.fact(b.line.text);
      return true;
    }
    if (low.startsWith('tid ')) {
      b.threadTable = /^tid +pid +uid +prflags +pflags +cpu +command/.test(low);
      return b.threadTable;
    }
    if (!b.threadTable) return false;
    if (threadRow(b, low.startsWith('*'))) return true;
    b.threadTable = false;
    return false;
  },
  joins(text: string, next: string): string | false | null {
    if (text.startsWith('TID ')) return restOfHead(text, next);
    if (!/^@?uvm_fault\(/.test(text)) return null;
    if (!text.includes(')')) return next.includes('->') ? ' ' : null;
    return !text.includes('->') && next.startsWith('->') ? ' ' : null;
  },
  message(text: string) {
    const low = text.toLowerCase();
    const kind = /^pool[_(]/.test(low) ? POOL.find(([words]) => low.includes(words))?.[1] : undefined;
    if (kind !== undefined) return { kind };
    const user =
      /^attempt to (execute|access) user address (0x[0-9a-f]+) (?:in supervisor mode|from EL1)/i.exec(text);
    const execute = /^execute$/i.test(user?.[1] ?? '');
    const arm = /from EL1/i.test(user?.[0] ?? '');
    if (user !== null)
      return {
        kind: 'user-address',
        details: {
          ...(execute ? { access: 'execute' } : {}),
          address: canonHex(user[2]!),
        },
        trap: {
          // Exception levels are arm64's.
          name: !arm ? 'page fault' : execute ? 'instruction abort' : 'data abort',
          address: canonHex(user[2]!),
          ...(execute ? { code: { by: 'supervisor', access: 'execute', why: 'unknown' } as const } : {}),
        },
      };
    return null;
  },
};
