import type { System } from '@trap12/system';
import type { Site } from '@trap12/target';
import { WAIT_FILES } from '../places.js';
import { type LockKey, lockKeyOf } from './lock-keys.js';

/** What the instruction at a text address does to memory, as the image says. */
export interface SiteDeed {
  readonly site: Site;
  readonly reads: boolean;
  readonly writes: boolean;
  /**
   * It cannot be divided, and gives order: it is of i386/atomic.ts, or its field's key says that it is
   * changed by atomic operations.
   */
  readonly atomic: boolean;
  /** One instruction that reads and writes: in this machine nothing comes in between. */
  readonly single: boolean;
  /** What its field declares; undefined: it accesses no field of a struct */
  readonly key: LockKey | undefined;
}

/** Files whose accesses are the synchronisation itself: what they do is told by the kernel's trace points. */
const SYNCHRONISING: ReadonlySet<string> = new Set([
  ...WAIT_FILES,
  'i386/locore.ts',
  'kern/kern_switch.ts',
  // What starts and ends a scenario's threads: HappensBefore knows its counter.
  'patch/kern_scenario.ts',
]);

/** Do two instructions never come in between one another, and mean to be without a lock? */
export const indivisible = (a: SiteDeed, b: SiteDeed): boolean =>
  (a.single && b.single) || (a.atomic && b.atomic);

/** The deeds of a kernel's sites, each looked up once. */
export class SiteDeeds {
  private readonly known = new Map<number, SiteDeed | null>();

  constructor(private readonly system: System) {}

  /** @returns null: it accesses no data that could race */
  at(address: number): SiteDeed | null {
    let deed = this.known.get(address);
    if (deed === undefined) {
      deed = this.look(address);
      this.known.set(address, deed);
    }
    return deed;
  }

  private look(address: number): SiteDeed | null {
    const { symbols } = this.system;
    const site = symbols.site(address);
    if (site === undefined || site.kind === 'call' || SYNCHRONISING.has(site.file)) return null;
    const key = lockKeyOf(symbols, site);
    const single = site.kind === 'rmw';
    const atomic = key?.kind === 'atomic' || /^atomic_/.test(site.function.name);
    return {
      site,
      reads: site.kind !== 'store',
      writes: single || site.kind === 'store',
      atomic,
      single,
      key,
    };
  }
}
