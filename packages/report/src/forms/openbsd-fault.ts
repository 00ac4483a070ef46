import type { Builder } from '../builder.js';
import type { Line } from '../line.js';
import { canonHex, digitsEnd, numberEnd, skipBlanks } from '../scan.js';
import { trapNumber } from '../trap-names.js';
import type { Form } from './form.js';
import { decodePageFault, setFaultCode } from './page-fault.js';

const ID = 'openbsd-fault';

/** `uvm_fault(0xfffffd80.., 0x4, 0, 1) -> e`: map, address, wired or fault type, access; the error is in hex. */
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
  b.saw(args.length === 4 ? 'OpenBSD' : 'NetBSD');
  const at = s.indexOf(',', open) + 1;
  const from = skipBlanks(s, at);
  trap.faultAddress = b.fact(canonHex(args[1]!), from, from + args[1]!.length);
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

/** `kernel: page fault trap, code=0` */
function kernelTrap(b: Builder): boolean {
  const { low } = b;
  const code = low.indexOf(' trap, code');
  if (code < 8) return false;
  const name = low.slice(8, code);
  const number = trapNumber(name);
  if (number === undefined) return false;
  const recent = b.recentTrap();
  const open =
    recent?.trap !== undefined && recent.trap.number?.value === number ? recent.trap : b.beginTrap(ID).trap;
  if (recent?.trap === undefined) b.saw('OpenBSD');
  open.number ??= b.fact(number, 8, code);
  open.name ??= b.fact(name, 8, code);
  open.mode ??= b.fact('kernel', 0, 6);
  const eq = skipBlanks(low, code + ' trap, code'.length);
  const v = skipBlanks(low, eq + 1);
  const end = numberEnd(low, v);
  if (low.charCodeAt(eq) === 61 && end > v) {
    open.errorCode = b.fact(Number.parseInt(low.slice(v, end), 16), v, end);
    if (number === 12) setFaultCode(open, b.fact(decodePageFault(open.errorCode.value), v, end));
  }
  b.closeTraps();
  return true;
}

/** A row of the thread table that OpenBSD prints on entry; the star marks the thread that stopped. */
function threadRow(b: Builder): boolean {
  const words = b.low.slice(1).split(' ').filter(Boolean);
  if (words.length < 6 || b.current === null) return false;
  if (digitsEnd(words[0]!, 0) !== words[0]!.length || digitsEnd(words[1]!, 0) !== words[1]!.length)
    return false;
  const original = b.line.text.slice(1).split(' ').filter(Boolean);
  const name = original.slice(6).join(' ') || original[original.length - 1]!;
  b.current.process ??= b.fact({ tid: Number(words[0]), pid: Number(words[1]), name });
  b.saw('OpenBSD');
  return true;
}

/** OpenBSD's page faults: the uvm_fault line, the trap line, the thread table. */
export const openbsdFault: Form = {
  id: ID,
  reads: '`uvm_fault(..) -> e`, `kernel: page fault trap, code=0`, the table of running threads',
  systems: 'OpenBSD, NetBSD',
  leads: ['uvm_fault(', '@uvm_fault(', 'kernel: ', '*', 'splassert:', 'attempt to'],
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
    return low.startsWith('*') ? threadRow(b) : false;
  },
  joins(text: string, next: string): string | false | null {
    if (!/^@?uvm_fault\(/.test(text)) return null;
    if (!text.includes(')')) return next.includes('->') ? ' ' : null;
    return !text.includes('->') && next.startsWith('->') ? ' ' : null;
  },
  message(text: string) {
    const low = text.toLowerCase();
    if (
      low.startsWith('pool_') &&
      (low.includes('free list modified') ||
        low.includes('page header missing') ||
        low.includes('double put'))
    )
      return { kind: low.includes('double put') ? 'duplicate-free' : 'modified-after-free' };
    const user = /^attempt to (execute|access) user address (0x[0-9a-f]+) in supervisor mode/i.exec(text);
    if (user !== null)
      return {
        kind: 'user-address',
        details: { access: user[1]!.toLowerCase(), address: canonHex(user[2]!) },
      };
    return null;
  },
};
