import { type KeptFailure, type KeptSeed, type KeptSubject, smallestOf, type Store } from './store.js';
import { AGAIN, NEVER_ENDS, WORKER_DIES } from './types.js';

/** A failure of a scenario, as this build and older ones have it. */
export interface FailureState {
  signature: string;
  title: string;
  /** Tries of this build that failed so; 0: it was one of an older build */
  times: number;
  /** Where it came up first in this build, or in the newest one that had it */
  seed: KeptSeed | undefined;
  /** The one with the smallest schedule */
  smallest: KeptSeed | undefined;
  /** Older builds had it, too */
  older: boolean;
}

/** A scenario in the build that it has now. */
export interface ScenarioState {
  name: string;
  canary: boolean;
  image: string;
  /** Builds of it that this campaign has searched, with this one */
  builds: number;
  units: number;
  tries: number;
  failed: number;
  failures: FailureState[];
  /** What strategies that go through everything have covered */
  covered: { strategy: string; covered: string }[];
}

/** What a campaign has come to. */
export interface CampaignState {
  id: string;
  /** Of all builds */
  units: number;
  tries: number;
  seconds: number;
  scenarios: ScenarioState[];
  /** Why it is red; empty: it is green */
  red: string[];
}

/**
 * What a campaign has come to.
 * @param current the subjects that are searched; undefined: the newest build of each scenario
 */
export function stateOf(store: Store, current?: readonly KeptSubject[]): CampaignState {
  const all = store.allSubjects();
  const key = ({ name, canary }: KeptSubject): string => `${canary} ${name}`;
  const shown = current ?? [...new Map(all.map((each) => [key(each), each])).values()];
  const failures = store.failures();
  const covers = store.covers();
  const lanes = store.allLanes();
  const searched = new Set(lanes.filter(({ units }) => units > 0).map((lane) => lane.subject));
  const scenarios = [...shown]
    .sort((a, b) => Number(b.canary) - Number(a.canary))
    .map((subject) => {
      const builds = all.filter((each) => key(each) === key(subject));
      const own = lanes.filter((lane) => lane.subject === subject.id);
      const total = (what: 'units' | 'tries' | 'failed'): number =>
        own.reduce((sum, lane) => sum + lane[what], 0);
      const ids = new Set(builds.filter(({ id }) => id !== subject.id).map(({ id }) => id));
      return {
        name: subject.name,
        canary: subject.canary,
        image: subject.image,
        builds: builds.filter(({ id }) => id === subject.id || searched.has(id)).length,
        units: total('units'),
        tries: total('tries'),
        failed: total('failed'),
        failures: failureStates(failures, subject.id, ids),
        covered: own.flatMap(({ id, strategy }) =>
          covers.filter(({ lane }) => lane === id).map(({ covered }) => ({ strategy, covered })),
        ),
      };
    });
  return {
    id: store.id,
    units: lanes.reduce((sum, { units }) => sum + units, 0),
    tries: lanes.reduce((sum, { tries }) => sum + tries, 0),
    seconds: store.seconds,
    scenarios,
    red: redOf(scenarios),
  };
}

/** Of each signature the failures of the newest build that has it: builds are numbered as they come. */
export function newestOf(failures: readonly KeptFailure[]): KeptFailure[] {
  const inOrder = [...failures].sort((a, b) => a.subject - b.subject);
  return [...new Map(inOrder.map((each) => [each.signature, each])).values()];
}

function failureStates(
  failures: readonly KeptFailure[],
  subject: number,
  olderSubjects: ReadonlySet<number>,
): FailureState[] {
  const own = failures.filter((each) => each.subject === subject);
  const older = failures.filter((each) => olderSubjects.has(each.subject));
  const lost = newestOf(older.filter(({ signature }) => !own.some((each) => each.signature === signature)));
  const state = (failure: KeptFailure): FailureState => {
    const { signature, title, times, seeds } = failure;
    // A seed says more than that an old schedule still fails.
    const seed = seeds.find(({ strategy }) => strategy !== AGAIN) ?? seeds[0];
    const known = older.some((each) => each.signature === signature);
    return { signature, title, times, seed, smallest: smallestOf(failure), older: known };
  };
  return [...own.map(state), ...lost.map((each) => ({ ...state(each), times: 0 }))];
}

function redOf(scenarios: readonly ScenarioState[]): string[] {
  const canaries = scenarios.filter(({ canary }) => canary);
  const isFound = ({ signature, times }: FailureState): boolean =>
    times > 0 && signature !== WORKER_DIES && signature !== NEVER_ENDS;
  const silent = canaries.filter(({ units, failures }) => units > 0 && !failures.some(isFound));
  const untried = scenarios.filter(({ units }) => units === 0);
  return [
    ...(canaries.length === 0 ? ['there is no canary'] : []),
    ...silent.map(({ name }) => `the canary ${name} did not fail`),
    ...untried.map(({ name, canary }) => `${canary ? 'the canary ' : ''}${name} was not tried yet`),
    ...scenarios.filter(({ canary, failed }) => !canary && failed > 0).map(({ name }) => `${name} fails`),
  ];
}
