import { newestOf } from './state.js';
import { type KeptSubject, type Lane, smallestOf, type Store } from './store.js';
import { AGAIN, type Task, type UnitName } from './types.js';

/** Tries of a unit that tries a schedule of an older build again. */
const AGAIN_TRIES = 32;
/** Units of a scenario before the next one has its turn: a worker that has made a machine is to use it. */
const BURST = 8;

/** A lane, and how many of its units are done or handed out. */
interface Line {
  lane: Lane;
  given: number;
  /** Units that it has; Infinity: it has no end */
  units: number;
  /** Tries of each */
  count: number;
}

/** A strategy that comes to an end: how many units it has, and how many tries each. */
export interface Finite {
  units: number;
  count: number;
}

/** A subject with its lanes, in the order of the strategies. */
interface Field {
  subject: KeptSubject;
  lines: Line[];
  /** Of all of them */
  given: number;
}

/**
 * Which unit is next: canaries first, a unit for each strategy; then what failed in older builds, by its
 * schedule and by its seed; then all scenarios in turn, the strategies in turn. Each unit is
 * handed out once, unless it is given back.
 */
export class Plan {
  private readonly out = new Set<string>();
  private readonly returned: Task[] = [];
  private readonly first: Task[] = [];
  private readonly fields: Field[];

  /** @param strategies of each subject, by its id */
  constructor(
    private readonly store: Store,
    subjects: readonly KeptSubject[],
    strategies: (subject: KeptSubject) => readonly string[],
    finite: (subject: KeptSubject, strategy: string) => Finite | undefined = () => undefined,
  ) {
    const fields = subjects.map((subject) => {
      const lines = strategies(subject).map((strategy): Line => {
        const lane = store.lane(subject.id, strategy);
        const endless = { units: Number.POSITIVE_INFINITY, count: subject.count };
        return { lane, given: lane.units, ...(finite(subject, strategy) ?? endless) };
      });
      return { subject, lines, given: lines.reduce((sum, { given }) => sum + given, 0) };
    });
    this.fields = fields.filter(({ subject }) => !subject.canary);
    for (const { subject, lines } of fields)
      if (subject.canary) this.first.push(...lines.map((line) => taskOf(subject, line, 0)));
    for (const field of this.fields) this.first.push(...this.failedBefore(field));
  }

  /** What failed in older builds of a scenario, and has not been tried in this one. */
  private failedBefore({ subject, lines }: Field): Task[] {
    const { store } = this;
    const older = store
      .allSubjects()
      .filter(({ id, name, canary }) => name === subject.name && !canary && id !== subject.id)
      .map(({ id }) => id);
    // Of a signature that came up in several builds, what the newest of them knows.
    const found = newestOf(store.failures().filter((each) => older.includes(each.subject)));
    if (found.some(({ seeds }) => seeds.length > 0)) store.lane(subject.id, AGAIN);
    const schedules = found.flatMap((failure): Task[] => {
      const seed = smallestOf(failure);
      if (seed === undefined) return [];
      const { schedule } = seed;
      return [{ subject, strategy: AGAIN, number: failure.id, count: AGAIN_TRIES, schedule }];
    });
    const seeds = found.flatMap((failure) =>
      failure.seeds.flatMap(({ strategy, number }) =>
        lines.filter(({ lane }) => lane.strategy === strategy).map((line) => taskOf(subject, line, number)),
      ),
    );
    return [...schedules, ...seeds];
  }

  /** The next unit that is neither done nor handed out; undefined: there is none. */
  next(): Task | undefined {
    for (;;) {
      const task = this.returned.shift() ?? this.first.shift() ?? this.inTurn();
      if (task === undefined) return undefined;
      const key = keyOf(task);
      if (this.out.has(key) || this.store.isDone(task)) continue;
      this.out.add(key);
      return task;
    }
  }

  /**
   * Who is next depends on what is done and handed out, and on nothing else: a campaign that was broken off
   * goes on as if it had not been.
   */
  private inTurn(): Task | undefined {
    const turns = ({ given }: Field): number => Math.floor(given / BURST);
    const isOpen = ({ given, units }: Line): boolean => given < units;
    for (;;) {
      const fields = this.fields.filter(({ lines }) => lines.some(isOpen));
      if (fields.length === 0) return undefined;
      const field = fields.reduce((least, each) => (turns(each) < turns(least) ? each : least));
      const line = field.lines
        .filter(isOpen)
        .reduce((least, each) => (each.given < least.given ? each : least));
      field.given++;
      line.given++;
      const { lane, units } = line;
      for (let number = lane.next; number < units; number++) {
        const task = taskOf(field.subject, line, number);
        if (!this.out.has(keyOf(task)) && !lane.ahead.has(number)) return task;
      }
      // Its last ones were handed out before it was their turn.
    }
  }

  /** It is done, and kept. */
  done(task: Task): void {
    this.out.delete(keyOf(task));
  }

  /** It was given up: it is the next one. */
  giveBack(task: Task): void {
    if (this.out.delete(keyOf(task))) this.returned.push(task);
  }
}

const taskOf = (subject: KeptSubject, { lane: { strategy }, count }: Line, number: number): Task => ({
  ...{ subject, strategy, number, count },
});

/** The name of a unit, as a text. */
export const keyOf = ({ subject, strategy, number }: UnitName): string =>
  `${subject.build}/${subject.canary ? 'canary' : 'search'}/${subject.name}/${strategy}/${number}`;
