/** For each thread, by its number, up to where what it did is known. */
export type Clock = number[];

/** Makes `clock` know what `other` knows. */
export function join(clock: Clock, other: Clock | undefined): void {
  if (other === undefined) return;
  for (let i = clock.length; i < other.length; i++) clock.push(0);
  for (let i = 0; i < other.length; i++) if (other[i]! > clock[i]!) clock[i] = other[i]!;
}

/** Locks that a thread held at a moment, each with how it held it. Sets that are alike are one object. */
export interface LockSet {
  readonly id: number;
  readonly locks: ReadonlyMap<number, 'exclusive' | 'shared'>;
}

/** Gives each set of locks a number. */
export class LockSets {
  private readonly byKey = new Map<string, LockSet>();
  private readonly all: LockSet[] = [];
  readonly none = this.of(new Map());

  get(id: number): LockSet {
    return this.all[id]!;
  }

  of(locks: ReadonlyMap<number, 'exclusive' | 'shared'>): LockSet {
    const key = [...locks].map(([lock, how]) => `${lock}${how === 'shared' ? 's' : ''}`).join(' ');
    let set = this.byKey.get(key);
    if (set === undefined) {
      set = { id: this.all.length, locks: new Map(locks) };
      this.all.push(set);
      this.byKey.set(key, set);
    }
    return set;
  }
}

/** Do two sets have a lock in common that keeps the two apart: one of them exclusively? */
export function exclude(a: LockSet, b: LockSet): boolean {
  for (const [lock, how] of a.locks) {
    const other = b.locks.get(lock);
    if (other !== undefined && (how === 'exclusive' || other === 'exclusive')) return true;
  }
  return false;
}
