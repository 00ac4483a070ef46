import { roleOf } from '../functions/index.js';
import { hexAdd, hexNumber, hexOf } from '../scan.js';
import type { Boundary, Frame } from '../types.js';
import type { Context } from './context.js';

/**
 * i386: words of a trap frame below the stack pointer that the trap found; in kernel mode nothing is pushed
 * above.
 */
const I386_FRAME_BYTES = 0x40;
/** Order of the first words of an i386 trap frame. */
const I386_WORDS = ['fs', 'es', 'ds', 'edi', 'esi', 'ebp', 'isp', 'ebx', 'edx', 'ecx', 'eax'];

/**
 * One fault inside another: the trap block tells of the inner one, the boundary in the trace of the outer
 * one.
 */
export function nestedFault(c: Context): void {
  const { report } = c;
  const boundary = c.kernelBoundary;
  if (boundary?.ip === undefined || report.trap?.ip === undefined) return;
  const top = report.frames[0];
  const interrupted = report.frames[boundary.after + 1]!;
  const inner = report.trap.ip.value.address;
  const stop = report.stoppedAt;
  if (
    inner === boundary.ip ||
    top === undefined ||
    stop?.debugger === true ||
    stop?.function !== top.function
  )
    return;
  // The fault handler of the vm system is what runs while a fault is handled.
  if (!report.frames.slice(0, boundary.after + 1).some((frame) => roleOf(frame.function) === 'trap')) return;
  c.claim(
    'nested-fault',
    `two faults, one inside the other: ${place(interrupted)} faulted first, and ${place(top)} faulted while the first was being handled`,
    `the instruction pointer of the trap block is ${inner}, that of the trap frame in the trace is ${boundary.ip}`,
    { inner, outer: boundary.ip, outerFunction: interrupted.function, innerFunction: top.function },
    [report.trap.ip.span, boundary.span],
  );
}

/** What the arguments of the trap handler say of the outer fault. */
export function outerFault(c: Context): void {
  const boundary = c.kernelBoundary;
  if (boundary === undefined || !c.report.derived.some((each) => each.rule === 'nested-fault')) return;
  outerAddress(c, boundary, c.report.frames[boundary.after + 1]!);
}

function place(frame: Frame): string {
  return frame.offset === undefined ? frame.function : `${frame.function}+0x${frame.offset.toString(16)}`;
}

/** The outer fault's address is an argument of trap_pfault. */
function outerAddress(c: Context, boundary: Boundary, interrupted: Frame): void {
  const pfault = c.frame('trap_pfault');
  const eva = c.argument(pfault, 'eva');
  if (pfault === undefined || eva === undefined) return;
  const user = c.argument(pfault, 'usermode');
  c.claim(
    'outer-fault-address',
    `the first fault was at ${eva}${user === '0x0' ? ', from kernel mode' : ''}`,
    'trap_pfault takes the trap frame, whether it came from user mode, and the address',
    { address: eva, function: interrupted.function },
    [pfault.span, boundary.span],
  );
  const fault = c.frame('vm_fault', 'vm_fault1', 'vm_fault_hold');
  const vaddr = c.argument(fault, 'vaddr');
  if (fault === undefined || vaddr === undefined) return;
  const page = hexOf(hexNumber(eva) - (hexNumber(eva) % 0x1000));
  c.check(
    'vm_fault gets the page of the address',
    page === vaddr,
    `${eva} lies in page ${page}; ${fault.function} got ${vaddr}`,
    [pfault.span, fault.span],
  );
}

/**
 * trap() took its frame by value until 2006, so that its arguments, as DDB prints them, are the frame's
 * words.
 */
export function trapArguments(c: Context): void {
  const trap = c.frame('trap');
  if (trap === undefined || trap.args.length < 5) return;
  // A pointer in the first place means a later kernel, which passes the frame by reference.
  if (trap.args.slice(0, 3).some((each) => hexNumber(each) > 0xffff)) return;
  const values: Record<string, string> = {};
  trap.args.slice(0, I386_WORDS.length).forEach((each, i) => {
    values[I386_WORDS[i]!] = each;
  });
  c.claim(
    'trap-frame-arguments',
    `the arguments of trap() are the trap frame itself: ${Object.entries(values)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`,
    'trap() takes the frame by value, so its first words stand where DDB looks for arguments',
    values,
    [trap.span],
  );
  for (const name of ['fs', 'es', 'ds']) {
    const now = c.register(name);
    if (now === undefined) continue;
    c.check(
      `${name} in the trap frame and in the registers`,
      now.value === values[name],
      `${values[name]} then, ${now.value} now`,
      [trap.span, now.span],
    );
  }
}

/** Where the trap frame lies: below the stack pointer that it recorded, by the size of what a trap pushes. */
export function trapFramePlace(c: Context): void {
  const tf = c.argument(c.frame('trap_pfault'), 'frame') ?? c.argument(c.frame('trap_fatal'), 'frame');
  const boundary = c.kernelBoundary;
  if (tf === undefined || boundary?.sp === undefined) return;
  const end = hexAdd(tf, I386_FRAME_BYTES);
  const holder = c.frame('trap_pfault') ?? c.frame('trap_fatal');
  const ok = end === boundary.sp;
  c.check(
    'trap frame and stack pointer',
    ok,
    `${tf} + 0x40 is ${end}; the trap frame gives esp ${boundary.sp}`,
    [holder?.span, boundary.span],
  );
  if (!ok) return;
  c.claim(
    'trap-frame-place',
    `the trap frame lies at ${tf} and ends at ${end}, the stack pointer of the interrupted frame`,
    `${tf} + 0x40 = ${end}: sixteen words from fs to eflags, and a trap in kernel mode pushes no esp and ss`,
    { frame: tf, end },
    [holder?.span, boundary.span],
  );
  if (boundary.fp === boundary.sp) {
    c.claim(
      'no-locals-yet',
      `the interrupted function had pushed its frame pointer and nothing else`,
      `esp and ebp of the trap frame are both ${boundary.sp}`,
      { sp: boundary.sp },
      [boundary.span],
    );
  }
}

const PAGE_FAULT = 12;

/** The trap numbers of block and boundary. */
export function trapNumbers(c: Context): void {
  const { trap } = c.report;
  const boundary = c.kernelBoundary;
  if (trap?.number === undefined || boundary?.trap === undefined || c.report.system !== 'FreeBSD') return;
  if (trap.ip === undefined || boundary.ip === undefined) return;
  if (boundary.ip === trap.ip.value.address) {
    // A text without the block has both from the trace.
    if (trap.number.span[0] === boundary.span[0]) return;
    c.check(
      'trap number in block and trace',
      boundary.trap === trap.number.value,
      `${trap.number.value} and ${boundary.trap}`,
      [trap.number.span, boundary.span],
    );
    return;
  }
  if (!c.report.derived.some((each) => each.rule === 'nested-fault')) return;
  c.claim(
    'outer-trap',
    `the interrupted code was stopped by trap ${boundary.trap}${boundary.trap === PAGE_FAULT ? `, a page fault${trap.number.value === PAGE_FAULT ? ' too' : ''}` : ''}`,
    'the boundary in the trace names it',
    { trap: boundary.trap },
    [boundary.span],
  );
}
