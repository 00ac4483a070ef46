import type { LockEvent, LockLog } from './lock-log.js';

/** Has somebody done something, rather than somebody been chosen? */
export const isDeed = (e: LockEvent): boolean => e.act !== 'is made to wait' && e.act !== 'is chosen';

/** The deeds of a run, without choices. */
export const deeds = (log: LockLog): LockEvent[] => log.events.filter(isDeed);
