import type { Decider } from '@trap12/machine';
import { commandAt, whoAt } from '../processes.js';
import type { Lab } from '../lab.js';
import type { Mark } from '../places.js';
import { AccessLog, type LoggedAccess } from '../races/access-log.js';
import { exclude } from '../races/clocks.js';
import { type Access, HappensBefore, type Race } from '../races/happens-before.js';
import { type RaceReport, raceReport } from '../races/report.js';
import { indivisible, SiteDeeds } from '../races/site-deeds.js';

/**
 * Two accesses whose order is one in the run that fails and the other one in the run that passes. If nothing
 * orders them and no lock keeps them apart they race. If they are locked, `section` is what should have been
 * one section.
 */
export interface RacingPair {
  /** `first` came first in the failing run; for the words of both, and what is missing */
  report: RaceReport;
  races: boolean;
  /**
   * In the passing run: the other way round; or the first is not made at all. 'too late': the second is made
   * in the passing run only, and comes before the first there. 'not known': there is no passing run to
   * compare with.
   */
  otherwise: 'reversed' | 'not made' | 'too late' | 'not known';
  section: Section | undefined;
  /** These accesses, as they come in the failing run */
  marks: Mark[];
}

/** What should have been one section: somebody's two accesses of the memory, between which the other came. */
export interface Section {
  /**
   * Of whoever made the second access of the pair, its one before the first; or of whoever made the first,
   * its one behind the second
   */
  end: 'before' | 'behind';
  access: RaceReport['first'];
  /** Locks that it held at both, and so gave back in between */
  gaveBack: string[];
}

interface Candidate {
  first: LoggedAccess;
  second: LoggedAccess;
  otherwise: RacingPair['otherwise'];
  races: boolean;
  /** Of whoever made the second: its access before the first */
  since: LoggedAccess | undefined;
  /** Of whoever made the first: its access behind the second */
  until: LoggedAccess | undefined;
  /** Where in the failing run it made a difference */
  at: number;
}

/** Of a word with many accesses, those are looked at that are nearest to the end. */
const LOOKED_AT = 64;

/**
 * Looks for the pair of accesses that made the difference between a run that fails and one that passes: the
 * first in the failing run that the two runs have in different orders, races before others. The lab's kernel
 * is to be in its checked form.
 * @returns undefined: no two accesses that race come in different orders, and none of the scenario's own
 */
export function racingPair(lab: Lab, failing: () => Decider, passing: () => Decider): RacingPair | undefined {
  const deeds = new SiteDeeds(lab.system);
  const other = logged(lab, passing(), deeds);
  const log = logged(lab, failing(), deeds);
  const candidates = [...log.words].flatMap(([word, accesses]) =>
    differences(accesses.slice(-LOOKED_AT), (other.words.get(word) ?? []).slice(-LOOKED_AT)),
  );
  const isOwn = ({ first }: Candidate): boolean => /^(?:scenario|patch\/\d)/.test(first.deed.site.file);
  // Whatever is locked and not in the scenario's own hands is the kernel's business: it goes on in either
  // order.
  const wanted = candidates
    .map((c) => ({ ...c, report: reportOf(lab, log, c) }))
    .filter((c) => (c.races ? c.report.judgement === 'unprotected' : isOwn(c)));
  wanted.sort((a, b) => rank(a) - rank(b) || a.at - b.at);
  const best = wanted[0];
  if (best === undefined) return undefined;
  const { report, races, otherwise } = best;
  const section = races ? undefined : sectionOf(lab, log, best);
  return { report, races, otherwise, section, marks: marksOf(lab, best, section) };
}

/**
 * The race of a failing run that came last before its end; whether its order made the difference is not
 * known.
 */
export function nearestRace(lab: Lab, failing: () => Decider): RacingPair | undefined {
  const { system } = lab;
  const detector = new HappensBefore(system);
  system.machine.steps.askFrom(detector);
  try {
    lab.attempt(failing(), detector);
  } finally {
    system.machine.steps.askFrom(null);
  }
  const report = detector.races
    .map((each) => raceReport(system, detector.order, each))
    .filter((each) => each.judgement === 'unprotected')
    .sort((a, b) => b.second.step - a.second.step)[0];
  return report === undefined
    ? undefined
    : { report, races: true, otherwise: 'not known', section: undefined, marks: [] };
}

/** Races first, then sections that were broken up, then what has locks that leave the order open. */
const rank = ({ races, since, until }: Candidate): number =>
  races ? 0 : since !== undefined ? 1 : until !== undefined ? 2 : 3;

function logged(lab: Lab, decider: Decider, deeds: SiteDeeds): AccessLog {
  const { steps } = lab.system.machine;
  const log = new AccessLog(lab.system, lab.inScope, deeds);
  steps.askFrom(log);
  try {
    lab.attempt(decider, log);
  } finally {
    steps.askFrom(null);
  }
  return log;
}

const conflict = (a: LoggedAccess, b: LoggedAccess): boolean =>
  a.context !== b.context && (a.write || b.write);

/** Nothing orders the second, later one after the first, and no lock keeps them apart. */
const race = (first: LoggedAccess, second: LoggedAccess): boolean =>
  (second.knows[first.thread] ?? 0) < first.epoch &&
  !exclude(first.locks, second.locks) &&
  !indivisible(first.deed, second.deed);

/** Pairs of a word's accesses that the failing run has in an order that the passing one has not. */
function differences(failing: readonly LoggedAccess[], passing: readonly LoggedAccess[]): Candidate[] {
  const inPassing = new Map(passing.map((access, i) => [access.id, i]));
  const inFailing = new Set(failing.map((access) => access.id));
  const out: Candidate[] = [];
  failing.forEach((second, j) => {
    const mine = inPassing.get(second.id);
    if (mine === undefined) return;
    const before = failing.slice(0, j);
    for (const first of before) {
      if (!conflict(first, second)) continue;
      const theirs = inPassing.get(first.id);
      if (theirs !== undefined && theirs < mine) continue;
      const since = before.findLast((each) => each.context === second.context && each.index < first.index);
      const until = failing.find((each) => each.context === first.context && each.index > second.index);
      const otherwise = theirs === undefined ? 'not made' : 'reversed';
      out.push({ first, second, otherwise, races: race(first, second), since, until, at: second.index });
    }
    // What came before it in the passing run never came in this one.
    for (const never of passing.slice(0, mine)) {
      if (inFailing.has(never.id) || !conflict(never, second)) continue;
      const races = race(never, passing[mine]!);
      out.push({
        first: second,
        second: never,
        otherwise: 'too late',
        races,
        since: undefined,
        until: undefined,
        at: second.index,
      });
    }
  });
  return out;
}

const accessOf = ({ step, deed, context, write, locks }: LoggedAccess, lab: Lab): Access => ({
  step,
  site: deed.site.address,
  context,
  process: commandAt(lab.system.memory, context),
  write,
  locks,
});

function reportOf(
  lab: Lab,
  log: AccessLog,
  { first, second }: Pick<Candidate, 'first' | 'second'>,
): RaceReport {
  const pair: Race = {
    address: second.address,
    first: accessOf(first, lab),
    second: accessOf(second, lab),
    times: 1,
  };
  return raceReport(lab.system, log.order, pair);
}

function sectionOf(
  lab: Lab,
  log: AccessLog,
  { first, second, since, until }: Candidate,
): Section | undefined {
  const both = (a: LoggedAccess, b: LoggedAccess): Pick<RaceReport, 'first' | 'second'> =>
    reportOf(lab, log, { first: a, second: b });
  if (since !== undefined) {
    const { first: before, second: after } = both(since, second);
    return { end: 'before', access: before, gaveBack: common(before, after) };
  }
  if (until === undefined) return undefined;
  const { first: before, second: after } = both(first, until);
  const gaveBack = common(before, after);
  // With no lock at both of them it does not seem to be meant as a section.
  return gaveBack.length === 0 ? undefined : { end: 'behind', access: after, gaveBack };
}

const common = (a: RaceReport['first'], b: RaceReport['first']): string[] =>
  a.holds.filter((lock) => b.holds.includes(lock));

/** What the passing run alone has is none of the failing one's. */
function marksOf(
  lab: Lab,
  { first, second, since, until, otherwise, report }: Candidate & { report: RaceReport },
  section: Section | undefined,
): Mark[] {
  const third = section === undefined ? undefined : section.end === 'before' ? since : until;
  const { memory } = lab.system;
  return [first, ...(otherwise === 'too late' ? [] : [second]), ...(third === undefined ? [] : [third])]
    .sort((a, b) => a.index - b.index)
    .map(({ ns, context, write, deed: { site } }) => ({
      ...whoAt(memory, context),
      ns,
      does: `${write ? 'writes' : 'reads'} ${report.object}`,
      stack: [{ function: site.function.name, file: site.file, line: site.line }],
    }));
}
