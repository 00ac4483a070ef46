import { ddbSession } from './ddb-session.js';
import { doubleFault } from './double-fault.js';
import type { Form } from './form.js';
import { freebsdTrap } from './freebsd-trap.js';
import { panicLine } from './panic-line.js';
import { registers } from './registers.js';
import { traceDdb } from './trace-ddb.js';
import { traceNumbered } from './trace-numbered.js';

/** Every form of text that is understood. To add one, write its file and put it into this list. */
export const FORMS: readonly Form[] = [
  freebsdTrap,
  doubleFault,
  panicLine,
  ddbSession,
  registers,
  traceDdb,
  traceNumbered,
];
