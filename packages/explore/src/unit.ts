import { type Choice, replay } from '@trap12/machine';
import { unlessCut } from './cut.js';
import { examine, hasFailed } from './failure.js';
import { Kept } from './kept.js';
import type { Lab, Onlooker } from './lab.js';
import { Novelty } from './novelty.js';
import { CHANCES, fair, type Growth, TREES, type TreeWalk, type Unit, type Walk } from './walks/index.js';

/** A try that failed. */
export interface UnitFailure {
  /** Which of the unit's tries, from 0 */
  at: number;
  choices: Choice[];
  signature: string;
  title: string;
}

/** What came of a unit. */
export interface UnitResult {
  /** Fewer than the unit has: it was broken off, by a failure or by the host */
  tries: number;
  failures: UnitFailure[];
  growth: Growth[];
  turns: boolean;
  /** For each try, what Novelty tells it by; none if that was not wanted */
  prints: number[];
  /** The worker that was at it died, twice: its last words */
  died?: string;
}

export interface UnitOptions {
  /** Go on behind a failure */
  all: boolean;
  /** Tell tries apart */
  novelty: boolean;
}

/** What lets the host have its turn while a unit is worked off. */
export interface UnitHost {
  turn(): Promise<void>;
  stop?(): boolean;
  /** The same, asked in the middle of a try as well, which is given up then and does not count */
  cut?(): boolean;
  /** Seconds of the host's time */
  clock(): number;
}

/** The host has its turn this often. */
const TURN_SECONDS = 0.1;

/** Somebody who looks on at tries, one after the other. */
export interface TryOnlooker extends Onlooker {
  begins?(): void;
  told(): void;
}

/** Works off units in a lab. */
export class UnitRunner {
  private readonly novelty: Novelty;
  /** When the host had its turn, by its clock; undefined: nothing has been worked off yet */
  private turned: number | undefined;

  /** @param onlooker looks on at each try; begins() before it, told() after it */
  constructor(
    private readonly lab: Lab,
    private readonly host: UnitHost,
    private readonly onlooker?: TryOnlooker,
  ) {
    this.novelty = new Novelty(lab);
  }

  async run(unit: Unit, options: UnitOptions): Promise<UnitResult> {
    const { lab, host, novelty } = this;
    const result: UnitResult = { tries: 0, failures: [], growth: [], turns: false, prints: [] };
    this.turned ??= host.clock();
    while (result.tries < unit.count) {
      // Short tries, as those of threads are, go under one guard; others have their own.
      const some = (): boolean => this.batch(unit, options, result);
      const broken = unlessCut(host.cut?.bind(host), () =>
        lab.threads.length > 0 ? lab.guarded(some) : some(),
      );
      if (broken?.is !== false) break;
      // Not by the time of this unit: of many short ones none would come to a turn.
      if (host.clock() - this.turned < TURN_SECONDS) continue;
      await host.turn();
      this.turned = host.clock();
      if (host.stop?.() === true) break;
    }
    result.prints = novelty.take();
    return result;
  }

  /** Tries until the host has its turn, or the unit is over. @returns it is broken off, by a failure */
  private batch(unit: Unit, options: UnitOptions, result: UnitResult): boolean {
    const { lab, host, novelty } = this;
    const begun = host.clock();
    do {
      const walk = walkOf(lab, unit, result.tries);
      const at = result.tries;
      const decided = new Kept(walk);
      this.onlooker?.begins?.();
      const attempt = lab.attempt(decided, this.lookersAt(walk, options.novelty));
      result.tries++;
      if (options.novelty) novelty.told();
      this.onlooker?.told();
      if (isTree(walk)) {
        result.growth.push(walk.growth());
        result.turns ||= walk.turns;
      }
      if (hasFailed(lab, attempt)) {
        const { choices } = decided;
        // What has failed is told of, whatever comes meanwhile.
        const failed = unlessCut(undefined, () => examine(lab, replay(choices), undefined, false));
        const { signature, title } = failed!.is.failure!;
        result.failures.push({ at, choices, signature, title });
        if (!options.all) return true;
      }
    } while (result.tries < unit.count && host.clock() - begun < TURN_SECONDS);
    return false;
  }

  /** Everybody who wants to look on at a try, as one. */
  private lookersAt(walk: Walk, novel: boolean): Onlooker | null {
    const all: Partial<Onlooker>[] = [];
    if (walk.happened !== undefined) all.push(walk);
    if (novel) all.push(this.novelty);
    if (this.onlooker !== undefined) all.push(this.onlooker);
    if (all.length < 2) return all.length === 0 ? null : { classes: [], ...bound(all[0]!) };
    return {
      classes: all.flatMap((each) => each.classes ?? []),
      happened: (...told) => {
        for (const each of all) each.happened?.(...told);
      },
      decided: (...told) => {
        for (const each of all) each.decided?.(...told);
      },
    };
  }
}

/** The same as an object of its own. */
const bound = (looker: Partial<Onlooker>): Partial<Onlooker> => ({
  classes: looker.classes ?? [],
  happened: (...told) => looker.happened?.(...told),
  decided: (...told) => looker.decided?.(...told),
});

function walkOf(lab: Lab, { strategy, seed, first, prefixes }: Unit, at: number): Walk | TreeWalk {
  if (prefixes === undefined) {
    const walk = CHANCES[strategy]!(lab, seed, first + at);
    return lab.threads.length > 0 ? walk : fair(walk, lab);
  }
  return TREES[strategy]!.walk(lab, prefixes[at]!);
}

const isTree = (walk: Walk | TreeWalk): walk is TreeWalk => 'growth' in walk;
