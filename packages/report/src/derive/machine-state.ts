import { isTrapName, trapNumber } from '../trap-names.js';
import { hexDiff, hexNumber, hexOf } from '../scan.js';
import type { Trap } from '../types.js';
import type { Context } from './context.js';

const EFLAGS: readonly [bit: number, name: string, text: string | null][] = [
  [0, 'CF', null],
  [2, 'PF', null],
  [4, 'AF', null],
  [6, 'ZF', null],
  [7, 'SF', null],
  [8, 'TF', 'trace trap'],
  [9, 'IF', 'interrupt enabled'],
  [10, 'DF', null],
  [11, 'OF', null],
  [14, 'NT', 'nested task'],
  [16, 'RF', 'resume'],
  [17, 'VM', 'vm86'],
  [18, 'AC', null],
  [19, 'VIF', null],
  [20, 'VIP', null],
  [21, 'ID', null],
];

/** The bits of the flags register, and whether the trap block names the same. */
export function eflags(c: Context): void {
  const register = c.register('efl', 'eflags', 'rfl', 'rflags');
  if (register === undefined || c.report.registersOf !== 'fault' || !isX86(c)) return;
  const value = hexNumber(register.value);
  // The flags are in the lower half of a register of 64 bits.
  const low = value % 0x1_0000_0000;
  const set = EFLAGS.filter(([bit]) => ((low >>> bit) & 1) === 1);
  const iopl = (low >>> 12) & 3;
  c.claim(
    'eflags',
    `flags ${register.value}: ${set.map((each) => each[1]).join(', ') || 'none'}, IOPL ${iopl}`,
    'bits 0 CF, 2 PF, 4 AF, 6 ZF, 7 SF, 8 TF, 9 IF, 10 DF, 11 OF, 12-13 IOPL, 14 NT, 16 RF, 17 VM; bit 1 is always set',
    { flags: set.map((each) => each[1]).join(' '), iopl },
    [register.span],
  );
  const printed = c.report.trap?.eflags;
  if (printed === undefined || c.report.trap?.ip?.value.address !== c.register('eip', 'rip')?.value) return;
  const expected = set.map((each) => each[2]).filter((each) => each !== null);
  const same =
    expected.length === printed.value.flags.length &&
    expected.every((each) => printed.value.flags.includes(each));
  c.check(
    'flags in words and in the register',
    same && (printed.value.iopl === undefined || printed.value.iopl === iopl),
    `the register says ${expected.join(', ')}, IOPL ${iopl}; the block says ${printed.value.flags.join(', ')}, IOPL ${printed.value.iopl ?? '?'}`,
    [register.span, printed.span],
  );
}

function isX86(c: Context): boolean {
  return c.report.arch === 'i386' || c.report.arch === 'amd64';
}

/** The fault code in words, as FreeBSD and DragonFly print it, as the error code that it was made of. */
export function errorCode(c: Context): void {
  const code = c.report.trap?.faultCode;
  if (code === undefined || code.value.why === 'unknown' || code.value.why === 'alignment') return;
  if (!isX86(c) || !c.report.forms.includes('freebsd-trap') || c.report.trap?.errorCode !== undefined) return;
  const { by, access, why } = code.value;
  const bits =
    (why === 'protection violation' ? 1 : 0) |
    (access === 'write' ? 2 : 0) |
    (by === 'user' ? 4 : 0) |
    (why === 'reserved bits' ? 9 : 0) |
    (access === 'execute' ? 16 : 0);
  const more = `${bits & 8 ? ', bit 3 reserved 1' : ''}${bits & 16 ? ', bit 4 instruction fetch 1' : ''}`;
  c.claim(
    'error-code',
    `the processor's error code was ${hexOf(bits)}`,
    `bit 0 present ${bits & 1}, bit 1 write ${(bits >> 1) & 1}, bit 2 user ${(bits >> 2) & 1}${more}, from "${by} ${access}, ${why}"`,
    { code: bits },
    [code.span],
  );
  const mode = c.report.trap?.mode;
  if (mode !== undefined && by === 'user') {
    c.check(
      'mode and fault code',
      mode.value !== 'kernel',
      `the fault code says ${by}, the head says ${mode.value} mode`,
      [mode.span, code.span],
    );
  }
}

/** What a syndrome register says: the class of the exception and the status of the access. */
export function syndrome(c: Context): void {
  const fact = c.report.trap?.syndrome;
  if (fact === undefined) return;
  const { register, value, what, status } = fact.value;
  c.claim(
    'syndrome',
    `${register} ${value}: ${what}${status === undefined ? '' : `, ${status}`}`,
    SYNDROME_BITS[register] ?? 'the register names the cause of the exception',
    { register, value, what, ...(status === undefined ? {} : { status }) },
    [fact.span],
  );
}

const SYNDROME_BITS: Record<string, string> = {
  esr: 'bits 26-31 are the class of the exception; of an abort, bits 0-5 are the status and bit 6 says that it was a write',
  dsisr:
    'bit 30 says that there was no translation, bit 27 that it was protected, bit 25 that it was a store',
};

/**
 * Segment selectors: index, table, privilege. In long mode they mean nothing, and NetBSD prints leftovers.
 */
export function segments(c: Context): void {
  if (c.report.arch !== 'i386' || c.report.system === 'NetBSD' || c.report.system === 'unknown') return;
  const found: string[] = [];
  const spans = [];
  for (const name of ['cs', 'ds', 'es', 'fs', 'gs', 'ss']) {
    const register = c.register(name);
    if (register === undefined || hexNumber(register.value) > 0xffff) continue;
    const value = hexNumber(register.value);
    found.push(`${name} entry ${value >> 3} of the ${(value & 4) === 0 ? 'GDT' : 'LDT'}, ring ${value & 3}`);
    spans.push(register.span);
  }
  if (found.length > 0)
    c.claim('segments', found.join('; '), 'a selector is index * 8 + table * 4 + ring', {}, spans);
  const cs = c.register('cs');
  const ip = c.report.trap?.ip;
  if (cs !== undefined && ip?.value.selector !== undefined) {
    c.check(
      'code selector',
      cs.value === ip.value.selector,
      `${ip.value.selector} in the block, ${cs.value} in the registers`,
      [ip.span, cs.span],
    );
  }
  const segment = c.report.trap?.codeSegment;
  if (segment?.value.pres === 0) {
    const detail =
      'pres 0 in the block, and no code runs in a segment that is not present: the selector is likely not what the trap had saved';
    c.check('code segment', false, detail, [segment.span]);
    return;
  }
  if (segment?.value.limit === undefined || segment.value.gran === undefined) return;
  const limit = (hexNumber(segment.value.limit) + 1) * (segment.value.gran === 1 ? 4096 : 1);
  c.claim(
    'code-segment',
    `the code segment is ${segment.value.dpl === 0 ? "the kernel's" : `one of ring ${segment.value.dpl ?? '?'}`}: base ${segment.value.base ?? '?'}, ${limit / 2 ** 30} GB`,
    `limit ${segment.value.limit} counts ${segment.value.gran === 1 ? 'pages (gran 1)' : 'bytes (gran 0)'}`,
    { bytes: limit },
    [segment.span],
  );
}

/** The same value in the trap block and among the registers. */
export function blockAgainstRegisters(c: Context): void {
  const { trap, stoppedAt, frames } = c.report;
  const pairs = [
    ['instruction pointer', trap?.ip, ['eip', 'rip']],
    ['stack pointer', trap?.sp, ['esp', 'rsp']],
    ['frame pointer', trap?.fp, ['ebp', 'rbp']],
  ] as const;
  // Registers read after the debugger stopped elsewhere (on a panic) are not those of the trap.
  if (c.report.registersOf !== 'fault' || stoppedAt?.debugger === true) return;
  for (const [name, fact, names] of pairs) {
    const register = c.register(...names);
    if (fact === undefined || register === undefined) continue;
    c.check(
      name,
      fact.value.address === register.value,
      `${fact.value.address} in the block, ${register.value} in ${register.name}`,
      [fact.span, register.span],
    );
  }
  const eip = c.register('eip', 'rip');
  // A symbol without an offset is the function's beginning, or the end of a text that was cut.
  const cut = eip?.symbol === stoppedAt?.function && eip === c.report.registers.at(-1);
  if (eip?.symbol !== undefined && stoppedAt?.offset !== undefined && !cut) {
    const where = `${stoppedAt.function}+0x${stoppedAt.offset.toString(16)}`;
    c.check('place of the stop', eip.symbol === where, `stopped at ${where}; ${eip.name} is ${eip.symbol}`, [
      stoppedAt.span,
      eip.span,
    ]);
  }
  if (stoppedAt?.offset !== undefined && frames[0]?.offset !== undefined) {
    const same = frames[0].function === stoppedAt.function && frames[0].offset === stoppedAt.offset;
    if (frames[0].function === stoppedAt.function) {
      c.check(
        'stop and innermost frame',
        same,
        `stopped at ${stoppedAt.function}+0x${stoppedAt.offset.toString(16)}, the trace starts at +0x${frames[0].offset.toString(16)}`,
        [stoppedAt.span, frames[0].span],
      );
    }
  }
}

/** A line of a trace has the number alone, and the name follows from it. */
const isNamedByNumber = ({ number, name }: Trap): boolean => number!.span[0] === name!.span[0];

/** The trap's number against its name, the message against both. */
export function trapName(c: Context): void {
  const { trap, message } = c.report;
  if (
    trap?.number !== undefined &&
    trap.name !== undefined &&
    trap.name.likely !== true &&
    !isNamedByNumber(trap)
  ) {
    const expected = trapNumber(trap.name.value.toLowerCase());
    if (expected !== undefined) {
      c.check(
        'trap number and name',
        expected === trap.number.value,
        `trap ${trap.number.value}, "${trap.name.value}"`,
        [trap.number.span, trap.name.span],
      );
    }
  }
  if (
    trap?.name !== undefined &&
    trap.name.likely !== true &&
    message !== undefined &&
    c.report.kind === 'trap' &&
    isTrapName(message.value)
  ) {
    const ok = message.value.toLowerCase() === trap.name.value.toLowerCase();
    c.check('panic message and trap', ok, `"${message.value}" after "${trap.name.value}"`, [
      trap.name.span,
      message.span,
    ]);
  }
}

/** How far the stack reaches, and whether the pointers lie on one stack. */
export function stack(c: Context): void {
  const { trap } = c.report;
  const sp = trap?.sp?.value.address;
  const fp = trap?.fp?.value.address;
  if (sp === undefined || fp === undefined || trap?.mode?.value === 'user') return;
  const depth = hexDiff(fp, sp);
  if (depth > 0 && depth < 0x4000) {
    c.claim(
      'frame-size',
      `the stack pointer stood ${hexOf(depth)} bytes below the frame pointer`,
      `${fp} - ${sp}`,
      { bytes: depth },
      [trap?.sp?.span, trap?.fp?.span],
    );
  }
  const boundary = c.kernelBoundary;
  if (boundary?.sp === undefined || !c.report.derived.some((each) => each.rule === 'nested-fault')) return;
  const used = hexDiff(boundary.sp, sp);
  if (used > 0 && used < 0x8000) {
    c.claim(
      'stack-use',
      `handling the first fault took ${hexOf(used)} bytes of the same kernel stack`,
      `${boundary.sp} - ${sp}`,
      { bytes: used },
      [boundary.span, trap?.sp?.span],
    );
  }
}

/** Where the path started: a system call, an interrupt, a kernel thread. */
export function origin(c: Context): void {
  const { boundaries, frames } = c.report;
  const last = boundaries[boundaries.length - 1];
  if (last?.what === 'syscall' && last.after >= 0) {
    const name =
      last.syscall?.name ??
      (last.syscall?.number === undefined ? undefined : `number ${last.syscall.number}`);
    c.claim(
      'origin',
      `the path started with a system call${name === undefined ? '' : `, ${name}`}`,
      'the outermost boundary of the trace',
      name === undefined ? {} : { syscall: name },
      [last.span],
    );
  } else if (boundaries.some((each) => each.what === 'interrupt')) {
    const at = boundaries.find((each) => each.what === 'interrupt')!;
    c.claim(
      'origin',
      `an interrupt came in while ${frames[at.after + 1]?.function ?? 'other code'} ran`,
      at.implied === true
        ? `${frames[at.after]?.function ?? 'the frame before it'} is entry code of interrupts`
        : 'an interrupt boundary in the trace',
      {},
      [at.span],
    );
  }
}
