import { checkGiven, WANTED } from '../given.js';
import type { Report } from '../types.js';

/*
 * Prototypes, field layouts, the page directory and the trap frame are known of one kernel: FreeBSD
 * 5.0-CURRENT of the spring and summer of 2001 on i386. They are applied only where the text positively is of
 * such a kernel.
 */

/** A version line of that kernel: 5.0-CURRENT with its year, or the machine's own. */
const RELEASE = '5.0-CURRENT';
const YEAR = /\b2001\b/;

/** Whether the text is of the kernel whose layouts are known. */
export function isOurKernel(report: Report): boolean {
  checkGiven('isOurKernel', { report }, { report: WANTED.report });
  if (report.system !== 'FreeBSD' || report.arch !== 'i386') return false;
  const { kernel } = report;
  if (kernel?.release !== undefined)
    return kernel.release === RELEASE && (kernel.product === 'trap12' || YEAR.test(kernel.text));
  return kernel?.product === undefined && hasItsFunctions(report);
}

/**
 * Without a version line, the functions tell: vm_fault was a wrapper of vm_fault1 from May to July 2001 only,
 * while the vm system had a mutex of its own, and both show the same arguments.
 */
function hasItsFunctions(report: Report): boolean {
  const { frames } = report;
  return frames.some((frame, i) => {
    const outer = frames[i + 1];
    if (frame.function !== 'vm_fault1' || outer?.function !== 'vm_fault' || frame.args.length < 4)
      return false;
    return frame.args.slice(0, 4).every((arg, k) => arg === outer.args[k]);
  });
}
