/**
 * Host time between two lines where nobody sees a line change in place, and between two changes of it where
 * somebody does.
 */
const LINE_MS = 10_000;
const CHANGE_MS = 200;
/** Of less than so much of a run nothing is concluded: starting takes the host longer than going on. */
const RUNS_MIN = 0.1;
/** Nor, before a run is done, of less of the host's time: code is slow as long as it is not compiled. */
const GROUND_MS = 10_000;

/** What a search of many seeds is doing. */
export interface SearchState {
  /** Seeds that are done, and how many there are to be */
  done: number;
  total: number;
  seed: number;
  /** Virtual seconds of the run at hand, and how many it may take */
  seconds: number;
  limit: number;
  /** What is around the seed's run is looked at, it is not run itself */
  look: boolean;
  /** Virtual seconds of those that others run at the same time, in all */
  beside: number;
  /** How the last one ended */
  last: string;
}

/** A duration for people. */
export function durationText(ms: number): string {
  const s = Math.round(ms / 1000);
  if (s < 90) return `${s} s`;
  if (s < 5400) return `${Math.round(s / 60)} min`;
  return `${Math.round(s / 360) / 10} h`;
}

/**
 * One line on how far a search is: rate, seeds, virtual time, what is left.
 * @param elapsedMs host time that the runs have taken; looks are none
 */
export function progressText(state: SearchState, elapsedMs: number): string {
  const { done, total, seed, seconds, limit, look, beside, last } = state;
  const before = last === '' ? '' : `; before: ${last}`;
  if (look) return `looking around seed ${seed}, at ${seconds.toFixed(1)} virtual seconds${before}`;
  // The part of a run that is done counts: the first one may take minutes.
  const runs = done + (done < total ? Math.min(seconds / limit, 1) + beside / limit : 0);
  const isGround = done > 0 || (runs >= RUNS_MIN && elapsedMs >= GROUND_MS);
  const perRun = isGround ? elapsedMs / runs : 0;
  const rate = perRun === 0 ? '' : `, ${(1000 / perRun).toFixed(2)} seeds/s`;
  const left = perRun === 0 ? '' : `, at most ${durationText(perRun * (total - runs))} left`;
  return `seed ${seed}, ${done} of ${total} done, ${seconds.toFixed(1)} of ${limit} virtual seconds${rate}${left}${before}`;
}

/** Shows how far a search is on standard error: in place on a terminal, otherwise a line now and then. */
export class Progress {
  /** When the runs began; what was looked at before is none of them */
  private started = Date.now();
  private shown = Date.now();
  private inPlace = false;

  constructor(private readonly prefix = '') {}

  show(state: SearchState): void {
    if (state.look) this.started = Date.now();
    this.line(progressText(state, Date.now() - this.started));
  }

  /** Shows a line, if it is time for one. */
  line(what: string): void {
    const now = Date.now();
    const terminal = process.stderr.isTTY === true;
    if (now - this.shown < (terminal ? CHANGE_MS : LINE_MS)) return;
    this.shown = now;
    const text = `${this.prefix}${what}`;
    if (!terminal) process.stderr.write(`trap12: ${text}\n`);
    else process.stderr.write(`\r\x1b[K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`);
    this.inPlace = terminal;
  }

  /** A line that stays, at once. */
  note(what: string): void {
    this.end();
    process.stderr.write(`trap12: ${this.prefix}${what}\n`);
  }

  /** Takes the line away. */
  end(): void {
    if (this.inPlace) process.stderr.write('\r\x1b[K');
    this.inPlace = false;
  }
}
