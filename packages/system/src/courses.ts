import { PAGE_SIZE, type Snapshot } from '@trap12/machine';
import type { Ending } from './run.js';
import type { Outside, PastHistory } from '@trap12/target';

/** What a snapshot takes besides pages that only it has: the table of them, devices and the TLB. */
const SNAPSHOT_BYTES = 300_000;
/** No more histories are kept: of more, the oldest is forgotten. */
const HISTORIES_MAX = 64;

/** The machine as it once was. */
export interface Kept {
  step: number;
  nowNs: number;
  snapshot: Snapshot;
  bytes: number;
  /** How many changes from outside had been made */
  changes: number;
}

/** Where a machine was when run() returned: at the end of virtual time, at a poll, or at a step. */
export type Place = { untilNs: number } | { untilPoll: number } | { step: number };

export function same(a: Place, b: Place): boolean {
  if ('untilNs' in a) return 'untilNs' in b && a.untilNs === b.untilNs;
  if ('untilPoll' in a) return 'untilPoll' in b && a.untilPoll === b.untilPoll;
  return 'step' in b && a.step === b.step;
}

/**
 * Something that came from outside: it comes again at the same place when the steps are gone through once
 * more.
 */
export interface Change {
  place: Place;
  /** The last step before it, and when it was made */
  step: number;
  nowNs: number;
  by: Outside;
  /** What was typed at the console, or the machine as the debugger has changed it */
  what: string | Snapshot;
}

/** As far as a machine has been, and how it came to stand there. */
export interface Farthest {
  step: number;
  nowNs: number;
  why: Ending;
}

/**
 * One course that the machine has taken: what came from outside makes it, with what the machine itself
 * decides. What two of them have in common they share.
 */
export interface Course {
  readonly number: number;
  /** The history that it has left, and what came from outside there; undefined: it began at power-on */
  readonly origin: { readonly history: number; readonly change: Change } | undefined;
  /** By step; the first is the machine at power-on */
  kept: Kept[];
  changes: Change[];
  farthest: Farthest;
}

/** The last step up to which two courses are one. */
export function commonStep(a: Course, b: Course): number {
  const [ours, theirs] = [a.changes, b.changes];
  let i = 0;
  while (i < ours.length && ours[i] === theirs[i]) i++;
  return Math.min(ours[i]?.step ?? a.farthest.step, theirs[i]?.step ?? b.farthest.step);
}

/** Bytes that a snapshot takes behind another one, with which it shares the pages that are alike. */
export function bytesBehind(snapshot: Snapshot, previous: Kept | undefined): number {
  const own = snapshot.pages.filter((p, i) => p !== null && p !== previous?.snapshot.pages[i]).length;
  return SNAPSHOT_BYTES + own * PAGE_SIZE;
}

/** Bytes of all snapshots: those to come back to, and those of a machine as a debugger has changed it. */
export function bytesOf(courses: readonly Course[]): number {
  const kept = new Set(courses.flatMap((c) => c.kept));
  const known = new Set([...kept].map((k) => k.snapshot));
  const changed = new Set(courses.flatMap((c) => c.changes.map((change) => change.what)));
  let bytes = 0;
  for (const k of kept) bytes += k.bytes;
  for (const what of changed) if (typeof what !== 'string' && !known.has(what)) bytes += SNAPSHOT_BYTES;
  return bytes;
}

/** Leaves some of the snapshots of a course; a page that only those had which went is now the next one's. */
function leave(course: Course, stays: (kept: Kept) => boolean): void {
  const { kept } = course;
  course.kept = kept.filter(stays);
  course.kept.forEach((k, i) => {
    if (i > 0 && kept[kept.indexOf(k) - 1] !== course.kept[i - 1])
      k.bytes = bytesBehind(k.snapshot, course.kept[i - 1]);
  });
}

const isText = (what: unknown): boolean => typeof what === 'string';

/** The courses that a machine has taken, and the one that is gone through. */
export class Courses {
  current: Course = {
    ...{ number: 1, origin: undefined, kept: [], changes: [] },
    farthest: { step: 0, nowNs: 0, why: 'time' },
  };
  private others: Course[] = [];

  list(): PastHistory[] {
    const all = [this.current, ...this.others].sort((a, b) => a.number - b.number);
    return all.map(({ number, origin, farthest }) => ({
      ...{ number, ...farthest },
      origin: origin && { ...origin.change, history: origin.history },
    }));
  }

  find(number: number): Course | undefined {
    return number === this.current.number ? this.current : this.others.find((c) => c.number === number);
  }

  /** From now on that course is gone through. */
  enter(course: Course): void {
    this.others = [...this.others, this.current].filter((c) => c !== course);
    this.current = course;
  }

  /**
   * Notes what has come from outside; in the past another course begins there.
   * @param done how many changes lie behind
   * @returns how many do now
   */
  note(change: Change, done: number): number {
    const { changes, farthest } = this.current;
    const { step, nowNs } = change;
    const last = changes.at(-1);
    if (done < changes.length || farthest.step > step) this.branch(change, done);
    else if (last !== undefined && ![last.what, change.what].some(isText) && same(last.place, change.place)) {
      // The debugger has changed it here before: both are one change.
      change.by = last.by;
      changes.pop();
    }
    const { current } = this;
    current.changes.push(change);
    current.farthest = { step, nowNs, why: 'step' };
    return current.changes.length;
  }

  /** What came after stays as it was. */
  private branch(change: Change, done: number): void {
    const left = this.current;
    const { step, nowNs } = change;
    const number = 1 + Math.max(...this.list().map((c) => c.number));
    this.enter({
      number,
      origin: { history: left.number, change },
      kept: left.kept.filter((k) => k.step <= step && k.changes <= done && k.nowNs <= nowNs),
      changes: left.changes.slice(0, done),
      farthest: left.farthest,
    });
    if (this.others.length >= HISTORIES_MAX) this.others.shift();
  }

  /** Keeps a snapshot, and no more bytes of them than allowed. @returns how often they were thinned out */
  keep(kept: Omit<Kept, 'bytes'>, most: number): number {
    const { current } = this;
    const { step, nowNs, changes } = kept;
    const others = current.kept.filter((k) => k.step !== step || k.nowNs !== nowNs || k.changes !== changes);
    const before = others.filter((k) => k.step <= step);
    const bytes = bytesBehind(kept.snapshot, before.at(-1));
    current.kept = others.toSpliced(before.length, 0, { ...kept, bytes });
    return this.thin(most);
  }

  /**
   * Takes snapshots away until the others fit. Those that only other courses have go first, every other one
   * at a time: what lies between is gone through again. Then every other one of the older half of this
   * course's; the first, of the machine at power-on, stays.
   */
  private thin(most: number): number {
    const { current, others } = this;
    const courses = [current, ...others];
    let times = 0;
    while (bytesOf(courses) > most) {
      const mine = new Set(current.kept);
      const theirs = [...new Set(others.flatMap((c) => c.kept))].filter((k) => !mine.has(k));
      if (theirs.length > 0) {
        const going = new Set(theirs.filter((_, i) => i % 2 === 0));
        for (const course of others) leave(course, (k) => !going.has(k));
      } else if (current.kept.length > 1) {
        const half = Math.max(2, current.kept.length >> 1);
        const going = new Set(current.kept.filter((_, i) => i < half && i % 2 === 1));
        for (const course of courses) leave(course, (k) => !going.has(k));
        times++;
      } else break;
    }
    return times;
  }
}
