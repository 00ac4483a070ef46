import type { RunHost } from '@trap12/system';
import { type Examined, examine, hasFailed } from './failure.js';
import { Kept } from './kept.js';
import type { Lab, Onlooker } from './lab.js';
import { fair, type SearcherMaker } from './walks/index.js';

export interface SearchOptions {
  searcher: SearcherMaker;
  seed: number;
  /** At most so many tries */
  schedules: number;
  /** And not longer than this, by clock(); undefined: as long as it takes */
  seconds: number | undefined;
  /** Seconds of the host's time */
  clock(): number;
  host: RunHost;
  onProgress?(progress: Progress): void;
  /** Looks on at each try; told() after it */
  onlooker?: Onlooker & { told(): void };
}

export interface Progress {
  tries: number;
  seconds: number;
}

export interface SearchResult extends Progress {
  /** The first failure, replayed with everything on record; undefined if there was none */
  found: Examined | undefined;
  /** Nothing is left that could be tried */
  exhausted: boolean;
  /** What was covered, as the strategy says */
  covered: string | undefined;
  /** Ctrl-C */
  interrupted: boolean;
}

/** The host has its turn this often. */
const TURN_SECONDS = 0.1;

/** Tries schedules until one fails, the strategy has nothing left, or it has been long enough. */
export async function search(lab: Lab, options: SearchOptions): Promise<SearchResult> {
  const { clock, host } = options;
  const searcher = options.searcher(lab, options.seed);
  const begun = clock();
  let turned = begun;
  const result: SearchResult = {
    tries: 0,
    seconds: 0,
    found: undefined,
    exhausted: false,
    covered: undefined,
    interrupted: false,
  };
  while (result.tries < options.schedules) {
    const next = searcher.next();
    if (next === undefined) {
      result.exhausted = true;
      break;
    }
    const walk = lab.threads.length > 0 ? next : fair(next, lab);
    const decided = new Kept(walk);
    const attempt = lab.attempt(decided, walk.happened === undefined ? (options.onlooker ?? null) : walk);
    result.tries++;
    options.onlooker?.told();
    searcher.ended?.();
    if (hasFailed(lab, attempt)) {
      result.found = examine(lab, decided.again());
      break;
    }
    const now = clock();
    if (now - turned < TURN_SECONDS) continue;
    turned = now;
    result.seconds = now - begun;
    options.onProgress?.(result);
    await host.turn();
    if (host.stop?.() === true) {
      result.interrupted = true;
      break;
    }
    if (options.seconds !== undefined && now - begun >= options.seconds) break;
  }
  result.seconds = clock() - begun;
  result.covered = searcher.covered?.();
  return result;
}
