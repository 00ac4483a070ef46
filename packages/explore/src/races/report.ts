import type { System } from '@trap12/system';
import type { Site } from '@trap12/target';
import { lockName } from '../detect/lock-log.js';
import type { LockSet } from './clocks.js';
import { type Access, NO_INTERRUPTS, type Race } from './happens-before.js';
import { type LockKey, lockAddress, lockKeyOf, lockNameText } from './lock-keys.js';
import type { Order } from './order.js';

/** An access in words, everything read from memory and the image. */
export interface AccessReport {
  process: string;
  does: 'reads' | 'writes';
  function: string;
  file: string;
  line: number;
  instruction: string;
  /** Number of the step since power-on */
  step: number;
  /** Names of the locks that it held */
  holds: string[];
}

/** A lock that should have kept the two apart. */
export interface MissingLock {
  lock: string;
  /** Who held it: 'first' and 'second' access */
  held: ('first' | 'second')[];
}

/**
 * What the declaration makes of a race. 'unprotected': a lock, or that it is constant or somebody's own, is
 * declared and does not hold, or it is data of a scenario or without a name, for which nothing can be
 * declared. 'by design': the declared key says that no lock is needed, or none to read. 'undeclared': a
 * variable of the kernel for which nothing is declared; whether it needs a lock is not known.
 */
export type Judgement = 'unprotected' | 'by design' | 'undeclared';

export interface RaceReport {
  /** struct.field, a variable, or how the source writes it */
  object: string;
  address: number;
  /** The lock key as it is declared; null: none is */
  declared: string | null;
  judgement: Judgement;
  first: AccessReport;
  second: AccessReport;
  /**
   * Locks that the key names and that were not held by both; empty: it names none, so what is missing is not
   * known
   */
  missing: MissingLock[];
  /** How often the pair of instructions raced */
  times: number;
}

/** Puts a race into words while the machine stands where the run ended. */
export function raceReport(system: System, order: Order, race: Race): RaceReport {
  const { symbols } = system;
  const { first, second, address, times } = race;
  const sites = [symbols.site(second.site)!, symbols.site(first.site)!];
  const key = sites.map((site) => lockKeyOf(symbols, site)).find((each) => each !== undefined);
  return {
    object: objectName(system, sites, address),
    address,
    declared: key?.text ?? null,
    judgement: judge(system, sites, key, race),
    first: accessReport(system, order, first),
    second: accessReport(system, order, second),
    missing: key === undefined ? [] : missingLocks(system, key, race),
    times,
  };
}

/** Files that are compiled into the kernel for a scenario: nobody has declared anything there. */
const OWN = /^(?:scenario|patch)\//;

function judge(
  { symbols }: System,
  sites: readonly Site[],
  key: LockKey | undefined,
  { address, first, second }: Race,
): Judgement {
  if (key !== undefined) {
    const declaredFree = key.kind === 'none' || (key.readable && !(first.write && second.write));
    return declaredFree ? 'by design' : 'unprotected';
  }
  const near = symbols.nearest(address);
  if (near === undefined || OWN.test(near.symbol.file) || sites.some(({ file }) => OWN.test(file)))
    return 'unprotected';
  return 'undeclared';
}

export function objectName({ symbols }: System, sites: readonly Site[], address: number): string {
  for (const { struct, field, lvalue } of sites) {
    if (struct === '') continue;
    // The head or a link of a list is known by the field that it is.
    return struct.includes('<') ? lvalue : `${struct}.${field}`;
  }
  const near = symbols.nearest(address);
  if (near !== undefined && near.offset < near.symbol.size)
    return near.offset === 0 ? near.symbol.name : `${near.symbol.name}+0x${near.offset.toString(16)}`;
  return sites.find((site) => site.lvalue !== '')?.lvalue ?? 'memory';
}

export function accessReport(system: System, order: Order, access: Access): AccessReport {
  const { function: within, file, line, instruction } = system.symbols.site(access.site)!;
  return {
    process: access.process,
    does: access.write ? 'writes' : 'reads',
    function: within.name,
    file,
    line,
    instruction,
    step: access.step,
    holds: lockNames(system, order, access.locks),
  };
}

/** A variable's name, else what the lock was called when it was made. */
export function lockNames(system: System, order: Order, { locks }: LockSet): string[] {
  return [...locks].map(([lock, how]) => {
    if (lock === NO_INTERRUPTS) return 'interrupts off';
    const near = system.symbols.nearest(lock);
    const kind = order.kinds.get(lock) ?? 0;
    const name =
      near !== undefined && near.offset === 0 ? near.symbol.name : lockName(system.memory, lock, kind);
    return how === 'shared' ? `${name} shared` : name;
  });
}

/** Of the locks that a key names, those that somebody lacked. */
function missingLocks(system: System, key: LockKey, { address, first, second }: Race): MissingLock[] {
  return key.locks.flatMap((lock) => {
    const at = lockAddress(system, key, lock, address);
    if (at === undefined) return [];
    const held: MissingLock['held'] = [];
    if (first.locks.locks.has(at)) held.push('first');
    if (second.locks.locks.has(at)) held.push('second');
    return held.length === 2 ? [] : [{ lock: lockNameText(key, lock), held }];
  });
}
