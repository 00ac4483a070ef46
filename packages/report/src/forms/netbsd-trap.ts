import type { Builder } from '../builder.js';
import { beginDriverStop } from '../driver-said.js';
import type { Line } from '../line.js';
import { canonHex, digitsEnd, hexDiff, numberEnd, skipBlanks, symbolEnd } from '../scan.js';
import type { Trap } from '../types.js';
import type { Form } from './form.js';
import { trapNameOf, trapNumber } from '../trap-names.js';
import { decodePageFault, setFaultCode } from './page-fault.js';

const ID = 'netbsd-trap';

const BREAKPOINT = 3;

/** A breakpoint after a panic is the way into the debugger and no trap to report. */
function afterPanic(b: Builder): boolean {
  return b.current !== null && b.current.kind !== 'trap' && b.current.message !== undefined;
}

/** `fatal page fault in supervisor mode` */
function head(b: Builder): boolean {
  const { low } = b;
  // OpenBSD's ports: `fatal protection fault (4) in supervisor mode`, or the parentheses at its end.
  const m = /^fatal ([a-z][a-z /-]{3,40}?)(?: \([^()]{1,60}\))?(?: in (supervisor|user) mode)?$/.exec(low);
  if (m === null || (m[2] === undefined && !low.endsWith(')'))) return false;
  const name = m[1]!;
  const at = 6 + name.length;
  const number = trapNumber(name);
  if (number === undefined) return false;
  if (number === BREAKPOINT && (afterPanic(b) || beginDriverStop(b, ID))) return true;
  // uvm_fault's line came first on OpenBSD and older NetBSD: the same fault.
  const recent = b.recentTrap();
  const same = recent?.trap?.number?.value === number && recent.trap.ip === undefined;
  b.closeTraps();
  const trap = (same ? recent.trap : b.beginTrap(ID).trap) as Trap;
  if (same && !recent.forms.includes(ID)) recent.forms.push(ID);
  trap.number ??= b.fact(number, 6, at);
  trap.name ??= b.fact(name, 6, at);
  if (m[2] !== undefined)
    trap.mode ??= b.fact(m[2] === 'supervisor' ? 'kernel' : 'user', low.lastIndexOf(m[2]));
  return true;
}

/**
 * `trap type 6 code 0 eip 0xc05 cs 0x8 eflags 0x10282 cr2 0x4 ilevel 0 esp 0xdb`: names and numbers to the
 * end.
 */
function values(b: Builder): boolean {
  const s = b.line.text;
  const { low } = b;
  b.sawArch(low.includes(' rip ') ? 'amd64' : 'i386', 4);
  if (/^trap type 1 /.test(low) && afterPanic(b)) return true;
  const trap = b.recentTrap()?.trap ?? b.beginTrap(ID).trap!;
  let i = 0;
  const isOld = OLD.test(low);
  while (i < low.length) {
    const end = symbolEnd(low, i);
    if (end === i) break;
    const name = low.slice(i, end);
    i = skipBlanks(low, end);
    // 386BSD and what came of it at first: some of them, and not all.
    if (low[i] === '=') i = skipBlanks(low, i + 1);
    if (name === 'trap') continue;
    const stop = numberEnd(low, i);
    if (stop === i) continue;
    take(b, trap, name, s.slice(i, stop), i, stop, isOld);
    i = skipBlanks(low, stop);
  }
  return true;
}

/** What 386BSD and 4.4BSD printed on the i386. */
const OLD = /^trap type \d{1,2} code = /;

/** Traps of 386BSD and 4.4BSD's i386 have the numbers that FreeBSD kept. */
function oldType(b: Builder, trap: Trap, number: number, i: number, j: number): void {
  trap.number ??= b.fact(number, i, j);
  const name = trapNameOf(number);
  if (name !== undefined) trap.name ??= b.fact(name, i, j);
}

function take(
  b: Builder,
  trap: Trap,
  name: string,
  text: string,
  i: number,
  j: number,
  isOld: boolean,
): void {
  const value = canonHex(text);
  switch (name) {
    case 'type':
      if (isOld) oldType(b, trap, Number.parseInt(text, 10), i, j);
      else trap.nativeType = b.fact(Number.parseInt(text, 10), i, j);
      break;
    case 'code':
      trap.errorCode = b.fact(Number.parseInt(text, 16), i, j);
      if (isPageFault(trap)) setFaultCode(trap, b.fact(decodePageFault(Number.parseInt(text, 16)), i, j));
      break;
    case 'eip':
    case 'rip':
      trap.ip = b.fact({ address: value }, i, j);
      break;
    case 'esp':
    case 'rsp':
      trap.sp = b.fact({ address: value }, i, j);
      break;
    case 'cs':
      if (trap.ip !== undefined) trap.ip.value.selector = value;
      break;
    case 'cr2':
      // Left over from an earlier fault, of any other trap.
      if ((trap.nativeType ?? trap.number) !== undefined && !isPageFault(trap)) break;
      // uvm_fault's line can give the page only; the register has all of the address.
      if (trap.faultAddress === undefined || samePage(trap.faultAddress.value, value)) {
        trap.faultAddress = b.fact(value, i, j);
        delete trap.pageOnly;
      }
      break;
    case 'eflags':
    case 'rflags':
      b.register({ name: name === 'eflags' ? 'efl' : 'rflags', value, span: b.span(i, j) }, ID);
      break;
    default:
      if (name === 'ilevel') b.saw('NetBSD');
      else if (name === 'cpl' && !isOld) b.saw('OpenBSD');
  }
}

const isPageFault = ({ nativeType, number }: Trap): boolean =>
  nativeType === undefined ? number?.value === 12 : nativeType.value === 6;

function samePage(page: string, address: string): boolean {
  return hexDiff(address, page) >= 0 && hexDiff(address, page) < 0x1000;
}

/** `curlwp 0xffffffff8188abc0 pid 0.0 lowest kstack 0xffffffff81d482c0` */
function curlwp(b: Builder): boolean {
  const { low } = b;
  const at = low.indexOf(' pid ');
  if (at < 0 || b.current === null) return false;
  const end = digitsEnd(low, at + 5);
  if (end === at + 5) return false;
  const pid = Number(low.slice(at + 5, end));
  const lwp = digitsEnd(low, end + 1);
  const process = lwp > end + 1 ? { pid, tid: Number(low.slice(end + 1, lwp)) } : { pid };
  b.current.process ??= b.fact(process, at + 5, Math.max(lwp, end));
  b.saw('NetBSD');
  return true;
}

/** NetBSD's trap block: the sentence, the line of values, the thread. */
export const netbsdTrap: Form = {
  id: ID,
  reads:
    "`fatal page fault in supervisor mode`, `trap type 6 code 0 eip ..`, 4.4BSD's `trap type 12 code = 0 eip = ..`, `curlwp ..`",
  systems: 'NetBSD, OpenBSD',
  leads: ['fatal ', 'trap type ', 'curlwp '],
  open: ['trap type ', 'curlwp '],
  line(_line: Line, b: Builder): boolean {
    const { low } = b;
    if (low.startsWith('fatal ')) return head(b);
    if (low.startsWith('trap type ')) return / [er]ip /.test(low) ? values(b) : false;
    return low.startsWith('curlwp ') ? curlwp(b) : false;
  },
  joins(text: string, next: string): string | false | null {
    if (/^trap type \d/.test(text))
      return /^(?:0x[0-9a-f]+ |[0-9a-f]+ )?(?:cs|[er]?flags|[er]flags|cr2|ilevel|cpl|[er]sp|gsbase|kgsbase) /.test(
        `${next} `,
      )
        ? ' '
        : null;
    if (/^curlwp /.test(text) && !text.includes(' pid ')) return /^pid \d/.test(next) ? ' ' : null;
    return /^fatal \w.* (?:in|in supervisor|in user)$/.test(text) ? ' ' : null;
  },
};
