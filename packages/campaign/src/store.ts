import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  cell,
  type Cell,
  checkDirectory,
  type Database,
  databaseError,
  openDatabase,
  rows,
  sumOf,
} from './database.js';
import { CampaignError } from './error.js';
import { takeDirectory } from './lock.js';
import type { Outcome, OutcomeFailure, Result, Subject, UnitName } from './types.js';

/** Units of one subject by one strategy: which of them are done. */
export interface Lane {
  readonly id: number;
  readonly subject: number;
  readonly strategy: string;
  /** All units below this one are done, and it is not */
  next: number;
  /** Done ones above it */
  readonly ahead: Set<number>;
  units: number;
  tries: number;
  failed: number;
}

/** A subject as it is kept. */
export interface KeptSubject extends Subject {
  readonly id: number;
}

/** A failing try that is kept, so that it can be made again. */
export interface KeptSeed {
  strategy: string;
  number: number;
  at: number;
  schedule: string;
  /** Choices of the schedule */
  size: number;
}

/** Failures of one signature. */
export interface KeptFailure {
  readonly id: number;
  subject: number;
  signature: string;
  title: string;
  times: number;
  /**
   * The first ones, by lane and number, and the one with the smallest schedule: which they are does not
   * depend on who was done first
   */
  seeds: KeptSeed[];
}

/** The seed with the smallest schedule, of several the first. Undefined: none has one. */
export function smallestOf({ seeds }: Pick<KeptFailure, 'seeds'>): KeptSeed | undefined {
  const known = seeds.filter(({ schedule }) => schedule !== '');
  return known.length === 0 ? undefined : known.reduce((a, b) => (b.size < a.size ? b : a));
}

/** So many seeds of a failure are kept. */
const SEEDS_MAX = 3;
/** Which is the smallest stays so, whatever comes between: what is forgotten now is never missed. */
const FORGET_SQL = `DELETE FROM seed WHERE failure = ?
  AND (lane, number) NOT IN (SELECT lane, number FROM seed WHERE failure = ? ORDER BY lane, number LIMIT ?)
  AND (lane, number) NOT IN (SELECT lane, number FROM seed WHERE failure = ? AND schedule <> ''
    ORDER BY size, lane, number LIMIT 1)`;

/**
 * A campaign's directory. A unit is there as a whole or not at all, once: commit() puts what came of it, what
 * is counted, and the failures into one transaction.
 */
export class Store {
  readonly id: string;
  private readonly lanes = new Map<string, Lane>();
  private readonly statements = new Map<string, ReturnType<Database['prepare']>>();
  private readonly subjects = new Map<string, KeptSubject>();

  private constructor(
    readonly dir: string,
    private readonly db: Database,
    private readonly letGo: () => void,
  ) {
    this.id = String(cell(db, 'SELECT id FROM campaign'));
    this.load();
  }

  /**
   * @param create where there is none, begin one
   * @throws CampaignError: another process has it; it is none, of another form, damaged or edited
   */
  static open(dir: string, create: boolean): Store {
    checkDirectory(dir, create);
    const letGo = takeDirectory(dir);
    let db: Database | undefined;
    try {
      db = openDatabase(dir, create ? randomUUID : undefined);
      return new Store(dir, db, letGo);
    } catch (error) {
      db?.close();
      letGo();
      throw databaseError(dir, error);
    }
  }

  private load(): void {
    const { db, dir } = this;
    for (const row of rows<Record<string, Cell>>(db, 'SELECT * FROM subject ORDER BY id')) {
      const { id, name, build, image, canary, record, count, sum } = row;
      if (sumOf(id!, name!, build!, image!, canary!, record!, count!) !== sum)
        throw edited(dir, 'a scenario');
      const subject = { ...(row as unknown as KeptSubject), canary: canary === 1 };
      this.subjects.set(subjectKey(subject), subject);
    }
    let all = 0;
    for (const row of rows<Lane & { sum: string }>(db, 'SELECT * FROM lane ORDER BY id')) {
      const { units, tries, failed, last } = this.counted(row.id);
      all += units;
      const { sum, ...lane } = row;
      if (sum !== laneSum(row) || units !== row.units || tries !== row.tries || failed !== row.failed)
        throw edited(dir, 'units');
      const ahead = last < row.next ? [] : this.doneAbove(row.id, row.next);
      this.lanes.set(laneKey(row), { ...lane, ahead: new Set(ahead) });
    }
    if (cell(db, 'SELECT count(*) FROM unit') !== all) throw edited(dir, 'units');
    const failures = cell(db, 'SELECT coalesce(sum(times), 0) FROM failure');
    if (failures !== cell(db, 'SELECT coalesce(sum(failed), 0) FROM lane')) throw edited(dir, 'failures');
    this.failures();
    this.covers();
  }

  /** What is there of a lane. One query a lane: all lanes in one take the library five times as long. */
  private counted(lane: number): Record<'units' | 'tries' | 'failed' | 'last', number> {
    const sql =
      'SELECT count(*) units, coalesce(sum(tries), 0) tries, coalesce(sum(failed), 0) failed FROM unit WHERE lane = ?';
    const [row] = rows<Record<'units' | 'tries' | 'failed', number>>(this.db, sql, [lane]);
    const sqlLast = 'SELECT coalesce(max(number), -1) last FROM unit WHERE lane = ?';
    const [{ last }] = rows<{ last: number }>(this.db, sqlLast, [lane]) as [{ last: number }];
    return { ...row!, last };
  }

  private doneAbove(lane: number, next: number): number[] {
    const sql = 'SELECT number FROM unit WHERE lane = ? AND number > ?';
    return rows<{ number: number }>(this.db, sql, [lane, next]).map(({ number }) => number);
  }

  /** A subject, which is entered if it is new. */
  subject(wanted: Subject): KeptSubject {
    const known = this.subjects.get(subjectKey(wanted));
    if (known !== undefined) return known;
    const { name, build, image, canary, record, count } = wanted;
    const id = 1 + Number(cell(this.db, 'SELECT coalesce(max(id), 0) FROM subject'));
    const cells = [id, name, build, image, canary ? 1 : 0, record, count];
    this.change(() =>
      this.db.run('INSERT INTO subject VALUES (?, ?, ?, ?, ?, ?, ?, ?)', [...cells, sumOf(...cells)]),
    );
    const kept = { id, name, build, image, canary, record, count };
    this.subjects.set(subjectKey(kept), kept);
    return kept;
  }

  /** The lane of a subject by a strategy, which is entered if it is new. */
  lane(subject: number, strategy: string): Lane {
    const key = laneKey({ subject, strategy });
    const known = this.lanes.get(key);
    if (known !== undefined) return known;
    const id = 1 + Number(cell(this.db, 'SELECT coalesce(max(id), 0) FROM lane'));
    const lane = { id, subject, strategy, next: 0, units: 0, tries: 0, failed: 0, ahead: new Set<number>() };
    this.change(() =>
      this.db.run('INSERT INTO lane VALUES (?, ?, ?, 0, 0, 0, 0, ?)', [id, subject, strategy, laneSum(lane)]),
    );
    this.lanes.set(key, lane);
    return lane;
  }

  allSubjects(): KeptSubject[] {
    return [...this.subjects.values()];
  }

  allLanes(): Lane[] {
    return [...this.lanes.values()];
  }

  /** All failures, by where they came up first: not by when, as that depends on who was done first. */
  failures(): KeptFailure[] {
    const { db, dir } = this;
    const all = rows<Omit<KeptFailure, 'seeds'> & { sum: string }>(db, 'SELECT * FROM failure ORDER BY id');
    const byId = new Map(
      all.map(({ sum, ...row }) => {
        if (sum !== sumOf(row.subject, row.signature, row.title)) throw edited(dir, 'a failure');
        return [row.id, { ...row, seeds: [] as KeptSeed[] }];
      }),
    );
    const strategies = new Map(this.allLanes().map(({ id, strategy }) => [id, strategy]));
    const out = new Set<KeptFailure>();
    const sql = 'SELECT * FROM seed ORDER BY lane, number, at';
    for (const { failure, lane, number, at, schedule, size, sum } of rows<Record<string, Cell>>(db, sql)) {
      const [kept, strategy] = [byId.get(Number(failure)), strategies.get(Number(lane))];
      if (kept === undefined || strategy === undefined) throw edited(dir, 'a failing seed');
      if (sumOf(failure!, lane!, number!, at!, schedule!, size!) !== sum) throw edited(dir, 'a failing seed');
      const numbers = { number: Number(number), at: Number(at), size: Number(size) };
      kept.seeds.push({ strategy, ...numbers, schedule: String(schedule) });
      out.add(kept);
    }
    // Each has its first seed.
    if (out.size !== byId.size) throw edited(dir, 'failing seeds');
    return [...out];
  }

  /** What units of strategies that go through everything have covered, by lane and number. */
  covers(): { lane: number; covered: string }[] {
    const sql = 'SELECT * FROM cover ORDER BY lane, number';
    return rows<Record<string, Cell>>(this.db, sql).map(({ lane, number, covered, sum }) => {
      if (sumOf(lane!, number!, covered!) !== sum) throw edited(this.dir, 'what was covered');
      return { lane: Number(lane), covered: String(covered) };
    });
  }

  /** Seconds that were spent in it. */
  get seconds(): number {
    return Number(cell(this.db, 'SELECT seconds FROM campaign'));
  }

  /** Is a unit done, and kept? */
  isDone({ subject, strategy, number }: UnitName): boolean {
    const kept = this.subjects.get(subjectKey(subject));
    const lane = kept === undefined ? undefined : this.lanes.get(laneKey({ subject: kept.id, strategy }));
    return lane !== undefined && (number < lane.next || lane.ahead.has(number));
  }

  /**
   * Keeps what came of some units, all of it or nothing. What is there already stays as it is.
   * @param seconds that were spent since the last time
   * @returns those that are new
   * @throws CampaignError: the disk is full, or cannot be written
   */
  commit(results: readonly Result[], seconds: number): Result[] {
    const fresh = new Map<string, Result>();
    const changed = new Map<Lane, Change>();
    for (const result of results) {
      const { subject, strategy, number } = result.task;
      const kept = this.subjects.get(subjectKey(subject));
      // One of no scenario of this campaign's: somebody has made it up.
      if (kept === undefined || this.isDone(result.task)) continue;
      const lane = this.lane(kept.id, strategy);
      if (fresh.has(`${lane.id} ${number}`)) continue;
      fresh.set(`${lane.id} ${number}`, result);
      const change = changed.get(lane) ?? new Change(lane);
      changed.set(lane, change);
      change.add(number, result.outcome);
    }
    this.change(() => {
      for (const change of changed.values()) this.write(change);
      this.run('UPDATE campaign SET seconds = seconds + ?', [seconds]);
    });
    for (const change of changed.values()) change.apply();
    return [...fresh.values()];
  }

  private write(change: Change): void {
    const { lane } = change;
    for (const [number, outcome] of change.outcomes) {
      this.run('INSERT INTO unit VALUES (?, ?, ?, ?)', [lane.id, number, outcome.tries, failedOf(outcome)]);
      for (const failure of outcome.failures) this.keep(lane, number, failure);
      const { covered } = outcome;
      if (covered === undefined) continue;
      const cells = [lane.id, number, covered];
      this.run('INSERT INTO cover VALUES (?, ?, ?, ?)', [...cells, sumOf(...cells)]);
    }
    const now = change.after();
    const { id, next, units, tries, failed } = now;
    const sql = 'UPDATE lane SET next = ?, units = ?, tries = ?, failed = ?, sum = ? WHERE id = ?';
    this.run(sql, [next, units, tries, failed, laneSum(now), id]);
  }

  private keep(lane: Lane, number: number, failure: OutcomeFailure): void {
    const { signature, title, times, at, schedule, size } = failure;
    this.run(
      'INSERT INTO failure (subject, signature, title, times, sum) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET times = times + excluded.times',
      [lane.subject, signature, title, times, sumOf(lane.subject, signature, title)],
    );
    const which = 'SELECT id FROM failure WHERE subject = ? AND signature = ?';
    const id = Number(this.db.get(which, [lane.subject, signature])!.id);
    const cells = [id, lane.id, number, at, schedule, size];
    this.run('INSERT INTO seed VALUES (?, ?, ?, ?, ?, ?, ?)', [...cells, sumOf(...cells)]);
    this.run(FORGET_SQL, [id, id, SEEDS_MAX, id]);
  }

  private run(sql: string, values: Cell[]): void {
    this.prepared(sql).run(values);
  }

  private prepared(sql: string): ReturnType<Database['prepare']> {
    const known = this.statements.get(sql);
    if (known !== undefined) return known;
    const made = this.db.prepare(sql);
    this.statements.set(sql, made);
    return made;
  }

  private change(work: () => void): void {
    const { db } = this;
    try {
      db.exec('BEGIN');
      work();
      db.exec('COMMIT');
    } catch (error) {
      if (db.inTransaction) db.exec('ROLLBACK');
      throw databaseError(join(this.dir, 'campaign.db'), error);
    }
  }

  close(): void {
    for (const statement of this.statements.values()) statement.finalize();
    this.db.close();
    this.letGo();
  }
}

const subjectKey = ({ name, build, canary }: Pick<Subject, 'name' | 'build' | 'canary'>): string =>
  `${build} ${canary} ${name}`;
const laneKey = ({ subject, strategy }: Pick<Lane, 'subject' | 'strategy'>): string =>
  `${subject} ${strategy}`;
const laneSum = ({ id, subject, strategy, next, units, tries, failed }: Omit<Lane, 'ahead'>): string =>
  sumOf(id, subject, strategy, next, units, tries, failed);

const edited = (dir: string, what: string): CampaignError =>
  new CampaignError(`${dir}: ${what} in it do not fit what is said of them: it is damaged or was edited`);

const failedOf = ({ failures }: Outcome): number => failures.reduce((sum, { times }) => sum + times, 0);

/** Units that come to a lane; it has them when they are kept. */
class Change {
  readonly outcomes = new Map<number, Outcome>();
  private tries = 0;
  private failed = 0;

  constructor(readonly lane: Lane) {}

  add(number: number, outcome: Outcome): void {
    this.outcomes.set(number, outcome);
    this.tries += outcome.tries;
    this.failed += failedOf(outcome);
  }

  /** The lane as it is then, but for those ahead. */
  after(): Omit<Lane, 'ahead'> {
    const { lane, outcomes } = this;
    let { next } = lane;
    while (lane.ahead.has(next) || outcomes.has(next)) next++;
    return {
      ...{ id: lane.id, subject: lane.subject, strategy: lane.strategy, next },
      units: lane.units + outcomes.size,
      tries: lane.tries + this.tries,
      failed: lane.failed + this.failed,
    };
  }

  apply(): void {
    const { lane } = this;
    Object.assign(lane, this.after());
    for (const number of this.outcomes.keys()) lane.ahead.add(number);
    for (const number of lane.ahead) if (number < lane.next) lane.ahead.delete(number);
  }
}
