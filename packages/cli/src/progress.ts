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
/** By how much of itself an estimate may go up and down without anything being the matter. */
const SLACK = 0.1;

/** What a search of many seeds is doing. */
export interface SearchState {
  /** Seeds that are done, and how many there are to be */
  done: number;
  total: number;
  /** Virtual seconds that those that are done have taken, in all; many a run ends before its limit */
  past: number;
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

/** Runs so far; the part of one that is done counts: the first one may take minutes. */
const runsOf = ({ done, total, seconds, limit, beside }: SearchState): number =>
  done + (done < total ? Math.min(seconds / limit, 1) + beside / limit : 0);

/** Is there ground for an estimate? */
const isGround = (state: SearchState, elapsedMs: number): boolean =>
  state.done > 0 || (runsOf(state) >= RUNS_MIN && elapsedMs >= GROUND_MS);

/**
 * Host time that is left if each run takes as long as it may, and a virtual second what it has taken so far.
 * @returns ms; undefined: there is no ground for it
 */
export function mostLeft(state: SearchState, elapsedMs: number): number | undefined {
  const { done, total, past, seconds, limit, beside } = state;
  const underWay = done < total ? Math.min(seconds, limit) + beside : 0;
  const virtual = past + underWay;
  // Runs that died right after their start took the host longer to begin than to go on.
  if (!isGround(state, elapsedMs) || virtual < RUNS_MIN * limit) return undefined;
  return (elapsedMs / virtual) * Math.max(0, limit * (total - done) - underWay);
}

/**
 * One line on how far a search is: rate, seeds, virtual time, what is left.
 * @param elapsedMs host time that the runs have taken; looks are none
 * @param leftMs host time that is left at most, undefined: that is not known
 * @param more that is more than was said before
 */
export function progressText(
  state: SearchState,
  elapsedMs: number,
  leftMs: number | undefined,
  more = false,
): string {
  const { done, total, seed, seconds, limit, look, last } = state;
  const before = last === '' ? '' : `; before: ${last}`;
  if (look) return `looking around seed ${seed}, at ${seconds.toFixed(1)} virtual seconds${before}`;
  const perRun = isGround(state, elapsedMs) ? elapsedMs / runsOf(state) : 0;
  const rate = perRun === 0 ? '' : `, ${(1000 / perRun).toFixed(2)} seeds/s`;
  const left =
    leftMs === undefined
      ? ''
      : `, at most ${durationText(leftMs)} left${more ? ', more than it seemed' : ''}`;
  return `seed ${seed}, ${done} of ${total} done, ${seconds.toFixed(1)} of ${limit} virtual seconds${rate}${left}${before}`;
}

/** Shows how far a search is on standard error: in place on a terminal, otherwise a line now and then. */
export class Progress {
  /** When the runs began; what was looked at before is none of them */
  private started = Date.now();
  private shown = Date.now();
  private inPlace = false;
  /** When it is over at the latest, by what was said */
  private until = Number.POSITIVE_INFINITY;

  /** @param after what has shown lines before: the next one is due by when its last one was */
  constructor(
    private readonly prefix = '',
    after?: Progress,
  ) {
    if (after !== undefined) this.shown = after.shown;
  }

  show(state: SearchState): void {
    const now = Date.now();
    if (state.look) this.started = now;
    const elapsed = now - this.started;
    const left = mostLeft(state, elapsed);
    if (left === undefined) {
      this.line(progressText(state, elapsed, left));
      return;
    }
    // Each run counts with all that it may take: only a host that has become slower makes it more.
    const more = now + left > this.until + SLACK * left;
    if (this.isDue(now)) this.until = more ? now + left : Math.min(this.until, now + left);
    this.line(
      progressText(state, elapsed, more ? left : Math.max(0, Math.min(this.until - now, left)), more),
    );
  }

  private isDue(now: number): boolean {
    return now - this.shown >= (process.stderr.isTTY === true ? CHANGE_MS : LINE_MS);
  }

  /** Shows a line, if it is time for one. @param what asked only then, if it is a function */
  line(what: string | (() => string)): void {
    if (this.isDue(Date.now())) this.now(what);
  }

  /** Shows a line at once. */
  now(what: string | (() => string)): void {
    const terminal = process.stderr.isTTY === true;
    this.shown = Date.now();
    const text = `${this.prefix}${typeof what === 'string' ? what : what()}`;
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

/** How often it is looked whether a line is due. */
const LOOK_MS = 1000;

/**
 * Says what work is at that goes on for long, by a line whenever one is due: by a clock where the host's
 * events have their turn, and by who works where they have not.
 */
export class Stage {
  private what: (() => string) | undefined;
  private readonly clock: NodeJS.Timeout;

  constructor(private readonly progress: Progress) {
    this.clock = setInterval(this.look, LOOK_MS);
  }

  /** @param what it is at from now on, and how far; asked whenever a line is due */
  at(what: () => string): void {
    this.what = what;
    this.look();
  }

  /** Shows the line, if it is time for one. */
  readonly look = (): void => {
    if (this.what !== undefined) this.progress.line(this.what);
  };

  end(): void {
    clearInterval(this.clock);
    this.progress.end();
  }
}

/**
 * Says how far something is that shows a text of its own, while that has shown nothing for long. Lines of it
 * that are not at their end are left alone.
 */
export class Silence {
  private heard = Date.now();
  private atLine = true;
  private readonly clock: NodeJS.Timeout;

  constructor(
    private readonly progress: Progress,
    private readonly what: () => string,
  ) {
    this.clock = setInterval(this.look, LOOK_MS);
  }

  private readonly look = (): void => {
    if (this.atLine && Date.now() - this.heard >= LINE_MS) this.progress.line(this.what);
  };

  /** Makes room for a text that is shown next. */
  before(text: string): void {
    this.progress.end();
    this.heard = Date.now();
    this.atLine = text.endsWith('\n');
  }

  end(): void {
    clearInterval(this.clock);
    this.progress.end();
  }
}

/** How much of its time something has had, for people. @param beganMs and now: by performance.now() */
export const timeText = (beganMs: number, seconds: number): string =>
  `${((performance.now() - beganMs) / 1000).toFixed(0)} of at most ${seconds} s`;
