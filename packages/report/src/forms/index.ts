import { assertions } from './assertions.js';
import { ddbSession } from './ddb-session.js';
import { debuggerAnswers } from './debugger-answers.js';
import { deadlkres } from './deadlkres.js';
import { doubleFault } from './double-fault.js';
import { dump } from './dump.js';
import { exceptions } from './exceptions.js';
import type { Form } from './form.js';
import { gaps } from './gaps.js';
import { duplicateFree, modifiedAfterFree, zoneEntry } from './freed-memory.js';
import { freebsdTrap } from './freebsd-trap.js';
import { lldb } from './lldb.js';
import { kernelVersion } from './kernel-version.js';
import { netbsdLockdebug } from './netbsd-lockdebug.js';
import { netbsdTrap } from './netbsd-trap.js';
import { oldPorts } from './old-ports.js';
import { openbsdFault } from './openbsd-fault.js';
import { ports } from './ports.js';
import { portTraps } from './port-traps.js';
import { panicLine } from './panic-line.js';
import { ps } from './ps.js';
import { registers } from './registers.js';
import { saidBefore } from './said-before.js';
import { sanitizer } from './sanitizer.js';
import { spinLock } from './spin-lock.js';
import { symbols } from './symbols.js';
import { traceDdb } from './trace-ddb.js';
import { traceNumbered } from './trace-numbered.js';
import { kmemMap, vmFaultNofault } from './vm-messages.js';
import { witnessHeld } from './witness-held.js';
import { witnessOrder } from './witness-order.js';

/**
 * Every form of text that is understood. To add one, write its file, put it into this list, and give it a
 * row in docs/report-formats.md.
 */
export const FORMS: readonly Form[] = [
  gaps,
  debuggerAnswers,
  freebsdTrap,
  doubleFault,
  exceptions,
  ports,
  oldPorts,
  portTraps,
  netbsdTrap,
  openbsdFault,
  witnessOrder,
  witnessHeld,
  spinLock,
  modifiedAfterFree,
  duplicateFree,
  zoneEntry,
  vmFaultNofault,
  kmemMap,
  deadlkres,
  sanitizer,
  netbsdLockdebug,
  assertions,
  panicLine,
  saidBefore,
  dump,
  ddbSession,
  registers,
  traceDdb,
  traceNumbered,
  lldb,
  ps,
  symbols,
  kernelVersion,
];
