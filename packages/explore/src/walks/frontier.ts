import type { Onlooker } from '../lab.js';
import type { Walk, WalkView } from './walk.js';

/** A thread that need not be chosen before something happens that has to do with what it does next. */
export interface Asleep {
  context: number;
  /** What its next stretch uses: locks and sleep channels; ANYTHING if that is not known */
  uses: number[];
}

/** What is to be done at the first decisions of a try; after them it is the walk's. */
export interface Prefix {
  /** A character a choice: its code is the choice */
  choices: string;
  preemptions: number;
  /** Of a reduced search: who need not run behind the last choice */
  asleep?: Asleep[];
  /** Of a reduced search: what else can be chosen instead of the last choice, once that is known */
  others?: number[];
}

/** What a try has shown of other tries: in place of its choice number `at` another one could be made. */
export interface Note {
  at: number;
  choice: number;
  preemptions: number;
  asleep?: Asleep[];
  others?: number[];
}

/** What is to be tried because of a try. */
export interface Growth {
  /** The try's own choices, as in Prefix */
  made: string;
  notes: Note[];
}

/** A try of a search that goes through everything. */
export interface TreeWalk extends Walk {
  /** To be asked at its end */
  growth(): Growth;
  /** Lengths of processors' turns were decided as well: then it is not everything */
  turns: boolean;
}

/** One file a search; TREES in index.ts lists them. */
export interface Tree {
  walk(view: WalkView, prefix: Prefix): TreeWalk & Partial<Onlooker>;
}

/** Bytes of the host that what waits to be tried may take. */
const ROOM = 256 << 20;
const NOTE_BYTES = 64;

/**
 * What waits to be tried: fewest preemptions first, and of these what was found last. Tries share the text of
 * the one that they branch off from. With more than a quarter of a gigabyte of them it takes no more, and
 * says so: then nothing is complete.
 */
export class Frontier {
  private readonly waiting: Growth[][] = [];
  private readonly running = new Map<number, number>();
  private bytes = 0;
  private tries = 0;
  private turns = false;
  private dropped = false;
  /** The fewest preemptions of what was dropped: with fewer nothing is missing */
  private cut = Number.POSITIVE_INFINITY;
  private beyond = false;

  /** @param limit no more preemptions than these @param room bytes that may wait */
  constructor(
    private readonly limit = Number.POSITIVE_INFINITY,
    private readonly room = ROOM,
  ) {
    this.add({ made: '', notes: [{ at: -1, choice: 0, preemptions: 0 }] });
  }

  /**
   * The next prefixes.
   * @returns 'wait': those that run now may have some that come before all that are known; undefined: there
   * are none
   */
  take(most: number): Prefix[] | 'wait' | undefined {
    const bound = this.waiting.findIndex((list) => list.length > 0);
    const before = Math.min(...this.running.keys());
    if (bound < 0) return this.running.size > 0 ? 'wait' : undefined;
    if (before < bound) return 'wait';
    const out: Prefix[] = [];
    const list = this.waiting[bound]!;
    while (out.length < most && list.length > 0) {
      const { made, notes } = list.at(-1)!;
      const { at, choice, ...rest } = notes.pop()!;
      this.bytes -= NOTE_BYTES;
      out.push({ ...rest, choices: at < 0 ? '' : made.slice(0, at) + String.fromCharCode(choice) });
      if (notes.length > 0) continue;
      list.pop();
      this.bytes -= made.length;
    }
    this.running.set(bound, (this.running.get(bound) ?? 0) + 1);
    return out;
  }

  /** Those that take() gave have been tried. */
  told(prefixes: readonly Prefix[], tries: number, growth: readonly Growth[], turns: boolean): void {
    const [first] = prefixes;
    const left = (this.running.get(first!.preemptions) ?? 1) - 1;
    if (left === 0) this.running.delete(first!.preemptions);
    else this.running.set(first!.preemptions, left);
    this.tries += tries;
    this.turns ||= turns;
    // They were broken off: what they would have shown is not known.
    if (tries < prefixes.length) this.drop(first!.preemptions);
    for (const each of growth) this.add(each);
  }

  private add({ made, notes }: Growth): void {
    // It was put together from characters: as long as nobody has read it, V8 keeps an object for each.
    made.charCodeAt(0);
    const bounds = new Map<number, Note[]>();
    for (const note of notes) {
      const { preemptions } = note;
      if (preemptions > this.limit) this.beyond = true;
      else if (bounds.has(preemptions)) bounds.get(preemptions)!.push(note);
      else bounds.set(preemptions, [note]);
    }
    for (const [preemptions, list] of bounds) {
      const bytes = made.length + NOTE_BYTES * list.length;
      if (this.bytes + bytes > this.room) {
        this.drop(preemptions);
        continue;
      }
      this.bytes += bytes;
      while (this.waiting.length <= preemptions) this.waiting.push([]);
      this.waiting[preemptions]!.push({ made, notes: list });
    }
  }

  private drop(preemptions: number): void {
    this.dropped = true;
    this.cut = Math.min(this.cut, preemptions);
  }

  /** The greatest bound up to which nothing waits, nothing runs and nothing was dropped. */
  private get done(): number {
    if (this.turns) return -1;
    const first = this.waiting.findIndex((list) => list.length > 0);
    const waiting = first < 0 ? Number.POSITIVE_INFINITY : first - 1;
    return Math.min(waiting, Math.min(...this.running.keys()) - 1, this.cut - 1, this.limit);
  }

  /** Has every schedule been tried? */
  get complete(): boolean {
    return this.tries > 0 && !this.beyond && !this.dropped && this.done >= this.limit;
  }

  /** Has every schedule been tried that has at most so many preemptions? */
  covers(preemptions: number): boolean {
    return this.tries > 0 && this.done >= preemptions;
  }

  /**
   * What has been covered, for people.
   * @param bounds is there more than one bound?
   * @param all what the schedules are, if it is all of them
   */
  covered(bounds: boolean, all: string): string {
    const { tries, done } = this;
    const count = `${tries} schedule${tries === 1 ? '' : 's'}`;
    const claim = bounds ? 'no bound is complete' : 'it is not complete';
    if (this.turns) return `${count} of processes; with several processors ${claim}`;
    if (this.dropped)
      return `${count}; what waits to be tried would take more than ${this.room >> 20} MB, or was broken off, so ${claim}`;
    if (this.complete) return `all ${count} ${all}`;
    if (!bounds) return `${count}, and there are more`;
    return done < 0
      ? `${count} without a preemption`
      : `all schedules with at most ${done} preemption${done === 1 ? '' : 's'} at locks and sleeps (${tries})`;
  }
}
