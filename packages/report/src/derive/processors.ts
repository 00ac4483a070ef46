import { signsOf } from '../functions/index.js';
import { hexNumber } from '../scan.js';
import type { Trap } from '../types.js';
import type { Context } from './context.js';

/** Fields that stand right after the head of the block; with them there, no line was lost between. */
const FIRST: readonly (keyof Trap)[] = ['number', 'faultAddress', 'faultCode', 'ip', 'sp', 'fp'];
/** Traps whose block begins with the fault address; the others go on with the instruction pointer. */
const PAGE_FAULT = 12;

/**
 * Whether the kernel was built for several processors: trap_fatal of i386 prints a line with the CPU's number
 * only `#ifdef SMP`. Its absence says something where the block is whole and of the years in which it was
 * printed so.
 */
export function processors(c: Context): void {
  const { report } = c;
  const { trap } = report;
  if (trap === undefined || report.arch !== 'i386' || !report.forms.includes('freebsd-trap')) return;
  const named = trap.cpuid ?? trap.apicId ?? trap.mpLock;
  if (named !== undefined) {
    c.claim(
      'processors',
      'the kernel was built for several processors (SMP)',
      'on i386 only such kernels print the number of the CPU in the trap block',
      { smp: 1 },
      [named.span],
    );
    return;
  }
  const whole =
    trap.mode !== undefined &&
    FIRST.every(
      (field) =>
        trap[field] !== undefined ||
        (trap.number?.value !== PAGE_FAULT && (field === 'faultAddress' || field === 'faultCode')),
    );
  const mixed = report.damage.some((each) => each.kind === 'gap' || each.kind === 'interleaved');
  const era = ofTheYears(c);
  if (!whole || mixed || era === null) return;
  c.claim(
    'processors',
    'the kernel was most likely built for a single processor',
    `no line with the number of a CPU (cpuid, lapic.id, mp_lock) stands in the block, and kernels of those releases print one if they are built for SMP; ${era}`,
    { smp: 0 },
    [trap.number?.span, (trap.faultAddress ?? trap.ip)?.span],
    'likely',
  );
}

/** Whether the text says that it is of FreeBSD, or shows a function that no other system has. */
function isSurelyFreebsd({ report: { natures, frames } }: Context): boolean {
  return natures.system === 'quoted' || frames.some((each) => signsOf(each.function)?.system === 'FreeBSD');
}

/** What dates the block to the years of 4.x and 5.0, if anything does. */
function ofTheYears(c: Context): string | null {
  const { trap, system } = c.report;
  // DragonFly has counted its releases anew, and went on printing what FreeBSD had left out.
  if (system !== 'FreeBSD') return null;
  const release = c.report.kernel?.release;
  if (release !== undefined) return /^(?:3\.|4\.|5\.0)/.test(release) ? `the release is ${release}` : null;
  if (trap?.interruptMask !== undefined) return 'the interrupt mask is of 4.x or before';
  if (trap?.debuggerCode !== undefined && isSurelyFreebsd(c))
    return 'the line "kernel: type N trap, code=" is of 5.2 or before';
  const frame = c.frame('trap');
  return frame !== undefined &&
    frame.args.length >= 5 &&
    frame.args.slice(0, 3).every((each) => hexNumber(each) < 0x10000)
    ? 'trap() takes its frame by value, as in 6.x and before'
    : null;
}
