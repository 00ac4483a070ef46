import { canonHex, exactNumber } from '../scan.js';
import type { Form } from './form.js';

const STUCK =
  /^(\w{3,40}): possible deadlock detected for (0x[0-9a-f]+)(?: \(([^)]*)\))?, blocked for (\d+) ticks/i;

/** The deadlock resolver found a thread that has been blocked for too long. */
export const deadlkres: Form = {
  id: 'deadlkres',
  reads: 'deadlkres: the thread, its name where printed, and how long it was blocked',
  systems: 'FreeBSD',
  message(text: string) {
    const m = STUCK.exec(text);
    if (m === null) return null;
    const details: Record<string, string | number> = {
      by: m[1]!,
      thread: canonHex(m[2]!),
      ticks: exactNumber(m[4]!),
    };
    if (m[3] !== undefined) details.name = m[3];
    return { kind: 'possible-deadlock', details, stable: `${m[1]}: possible deadlock detected` };
  },
};
