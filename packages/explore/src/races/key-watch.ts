import type { Stepper, StepView } from '@trap12/machine';
import type { System } from '@trap12/system';
import { kernelConstants } from '@trap12/target';
import { commandAt } from '../processes.js';
import { type Place, placeText, runningStack, WAIT_FILES } from '../places.js';
import { type LockKey, lockAddress, lockNameText } from './lock-keys.js';
import type { Order } from './order.js';
import { lockNames } from './report.js';
import type { SiteDeeds } from './site-deeds.js';

/** Accesses to a field without the lock that it declares, all at one place. */
export interface KeyReport {
  /** struct.field */
  object: string;
  /** The key, as it is declared */
  declared: string;
  /** The lock that was not held */
  missing: string;
  process: string;
  does: 'reads' | 'writes';
  stack: Place[];
  holds: string[];
  times: number;
  /** How often the field was accessed with that lock */
  locked: number;
}

interface Tally {
  with: number;
  without: Map<string, KeyReport>;
}

const STACK_DEPTH = 4;
/**
 * A field of which more than this share is accessed without its lock is not kept by it, whatever it declares.
 */
const RARE = 1 / 3;
/** And fewer accesses than so many say nothing. */
const ENOUGH = 20;
/** So many steps before its lock is made an object may be written to by whoever makes it. */
const MAKING_STEPS = 5000;
/** What a lock is called is written when it is made, and never again. */
const NAMES: readonly (readonly [struct: string, field: string])[] = [
  ['lock', 'lk_wmesg'],
  ['lock_object', 'lo_name'],
];
const K = kernelConstants('HW_ACQUIRED');

/**
 * Lock sets against the locks that fields declare: each write to a field of a struct whose key names a lock
 * in that struct, made without it. Other locks may keep the accesses apart (the vm lock is held nearly
 * everywhere), so that nothing races; what sleeps in between is then no section any more. It counts only
 * where another process has taken that lock since it was made: as long as an object is being made, nobody
 * else knows it. And of a field most accesses must have the lock.
 *
 * S. Savage et al., "Eraser: a dynamic data race detector for multithreaded programs" (TOCS 1997).
 * Deviations: the lock is not guessed, it is the declared one, and its users say whether an object is shared;
 * the share of accesses without it says whether a field is kept by its lock at all.
 */
export class KeyWatch implements Stepper {
  private readonly tallies = new Map<string, Tally>();
  /** Who has taken a lock since it was made */
  private readonly users = new Map<number, Set<number>>();
  /** Accesses without it that may turn out to be of whoever makes the lock */
  private recent: { lock: number; context: number; step: number; report: KeyReport }[] = [];
  private readonly acquired: number;
  private readonly makes = new Map<number, number | null>();

  constructor(
    private readonly system: System,
    private readonly order: () => Order,
    private readonly deeds: SiteDeeds,
  ) {
    this.acquired = K(system).HW_ACQUIRED;
  }

  /** A try begins: locks and processes are those of its first state again. */
  begins(): void {
    this.users.clear();
    this.recent = [];
  }

  happened(kind: number, lock: number, context: number): void {
    if (kind !== this.acquired) return;
    const users = this.users.get(lock);
    if (users === undefined) this.users.set(lock, new Set([context]));
    else users.add(context);
  }

  /** Fields that are kept by their locks nearly always, and where they were not. */
  get found(): KeyReport[] {
    return [...this.tallies.values()].flatMap((tally) => {
      const without = [...tally.without.values()];
      const times = without.reduce((sum, each) => sum + each.times, 0);
      if (times === 0 || tally.with < ENOUGH || times > RARE * (times + tally.with)) return [];

      return without.filter((each) => each.times > 0).map((each) => ({ ...each, locked: tally.with }));
    });
  }

  step({ address, site, bytes, number }: StepView): boolean {
    if (address >= 0 || bytes > 0) return false;
    const named = this.namedAt(site);
    if (named !== null) this.made((address - named) | 0, number);
    const deed = this.deeds.at(site);
    if (deed === null || !deed.writes || deed.key?.kind !== 'locks') return false;
    const { key } = deed;
    const own = key.locks.find((lock) => 'field' in lock);
    if (own === undefined) return false;
    const at = lockAddress(this.system, key, own, address >>> 0);
    if (at === undefined) return false;
    const { context } = this.system.machine.cpu;
    const users = this.users.get(at);
    if (users === undefined || users.size < (users.has(context) ? 2 : 1)) return false;
    const { held } = this.order().thread(context);
    const name = `${key.struct}.${key.field}`;
    let tally = this.tallies.get(name);
    if (tally === undefined) this.tallies.set(name, (tally = { with: 0, without: new Map() }));
    // Held shared, it keeps those out who change what matters: hints may be written then.
    if (held.locks.has(at)) tally.with++;
    else
      this.recent.push({
        lock: at,
        context,
        step: number,
        report: this.without(tally, key, lockNameText(key, own)),
      });
    return false;
  }

  /** A lock is made: nobody has taken it, and who makes it has not lacked it. */
  private made(lock: number, step: number): void {
    this.users.delete(lock);
    const { context } = this.system.machine.cpu;
    this.recent = this.recent.filter((each) => each.step > step - MAKING_STEPS);
    for (const each of this.recent) if (each.lock === lock && each.context === context) each.report.times--;
    this.recent = this.recent.filter((each) => each.lock !== lock || each.context !== context);
  }

  /** Offset of the field in a lock's name that an instruction stores to; null: it does not. */
  private namedAt(address: number): number | null {
    let offset = this.makes.get(address);
    if (offset === undefined) {
      const { symbols } = this.system;
      const site = symbols.site(address);
      const name = NAMES.find(
        ([struct, field]) => site?.kind === 'store' && site.struct === struct && site.field === field,
      );
      offset = name === undefined ? null : symbols.offset(...name);
      this.makes.set(address, offset);
    }
    return offset;
  }

  private without(tally: Tally, key: LockKey, missing: string): KeyReport {
    const { memory, machine } = this.system;
    const stack = runningStack(memory, STACK_DEPTH, WAIT_FILES);
    const place = stack.map(({ function: name, line }) => `${name}:${line}`).join();
    const before = tally.without.get(place);
    if (before !== undefined) {
      before.times++;
      return before;
    }
    const { context } = machine.cpu;
    const report: KeyReport = {
      object: `${key.struct}.${key.field}`,
      declared: key.text,
      missing,
      process: commandAt(memory, context),
      does: 'writes',
      stack,
      holds: lockNames(this.system, this.order(), this.order().thread(context).held),
      times: 1,
      locked: 0,
    };
    tally.without.set(place, report);
    return report;
  }
}

/** In lines: those of one field without the same lock together. */
export function keysText(reports: readonly KeyReport[]): string[] {
  const groups = new Map<string, KeyReport[]>();
  for (const report of reports) {
    const [top] = report.stack;
    const key = `${report.missing} ${top?.function}:${top?.line}`;
    groups.set(key, [...(groups.get(key) ?? []), report]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const { object, missing, process, does, stack, holds, locked, declared } = first!;
    const times = group.reduce((sum, each) => sum + each.times, 0);
    const held = holds.length === 0 ? 'no lock' : holds.join(', ');
    return [
      `without its lock: ${object}, ${times} times (with it ${locked} times); declared: ${declared}`,
      `  ${process} ${does} it, holding ${held}, not ${missing}`,
      `      in ${stack.map(placeText).join(', called from ')}`,
      '',
    ];
  });
}
