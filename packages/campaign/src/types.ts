/** What is searched: a scenario, in one build. */
export interface Subject {
  /** The scenario's file as it was given, and the patches' with it */
  name: string;
  /** Hash of all that decides what a unit comes to (image, machine, explorer): another, another subject */
  build: string;
  /** Hash of the kernel's image, as reports and schedules have it */
  image: string;
  /** It has to fail: a search that does not find this finds nothing */
  canary: boolean;
  /** What a worker makes the machine of; nobody here looks into it */
  record: string;
  /** Tries of a unit */
  count: number;
}

/** A piece of work: whoever has the same build comes to the same with it. */
export interface Task {
  subject: Omit<Subject, 'count'>;
  /** Of CHANCES of the explorer, or AGAIN */
  strategy: string;
  /** Which unit of its scenario and strategy, from 0; of AGAIN the failure that it is about */
  number: number;
  /** Tries */
  count: number;
  /** Of AGAIN: the schedule that failed in an older build */
  schedule?: string;
}

/** What tells units of a campaign apart. */
export interface UnitName {
  subject: Pick<Subject, 'name' | 'build' | 'canary'>;
  strategy: string;
  number: number;
}

/** The strategy that tries a schedule of an older build, and what is near it. */
export const AGAIN = 'again';

/** Signature of a unit that workers died of: nothing was found by it. */
export const WORKER_DIES = 'a worker dies';
/** Signature of one that was given out again and again. */
export const NEVER_ENDS = 'no worker comes to its end';

/** Tries of a unit that failed in one way. */
export interface OutcomeFailure {
  signature: string;
  title: string;
  /** How many of the unit's tries */
  times: number;
  /** The first of them, from 0 */
  at: number;
  /** Its schedule, made small, as `trap12 replay` takes it; empty where there is none */
  schedule: string;
  /** Choices of that schedule */
  size: number;
}

/** What came of a unit. */
export interface Outcome {
  tries: number;
  failures: OutcomeFailure[];
  /** Of a strategy that goes through everything: which schedules these were, for people */
  covered?: string;
}

/** What came of a task. */
export interface Result {
  task: Task;
  outcome: Outcome;
}
