import type { Builder } from '../builder.js';
import type { Line } from '../line.js';
import type { Form } from './form.js';

/** Both layouts: three lines `eip = 0x..`, and the full register block of later amd64 kernels. */
export const doubleFault: Form = {
  id: 'double-fault',
  reads: '`Fatal double fault` in both layouts (its registers are read by `registers`)',
  systems: 'FreeBSD',
  leads: ['fatal double fault'],
  line(_line: Line, b: Builder): boolean {
    if (!b.low.startsWith('fatal double fault')) return false;
    b.order(0);
    b.closeTraps();
    b.begin('double-fault', 'double-fault');
    b.saw('FreeBSD');
    return true;
  },
  message(text: string) {
    return text.toLowerCase() === 'double fault' ? { kind: 'double-fault' } : null;
  },
};
