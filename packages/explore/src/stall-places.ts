import type { Decider, Stepper } from '@trap12/machine';
import type { System } from '@trap12/system';
import { type KnownProgram, kernelConstants, type Site } from '@trap12/target';
import type { Lab } from './lab.js';
import { LooseReplay, nameOf, StrictReplay } from './record.js';
import type { ScheduledChoice } from './schedule.js';

/*
 * A stall is made before a step, and steps have other numbers in a kernel with a change. Where it stood is
 * said by the place then: the process, the instruction, and how often the process had come by there.
 */

/** Where a processor stood before a step. */
export interface StallPlace {
  /** `name/pid` of the running process */
  process: string;
  /** Name of the program whose instruction it was; undefined: the kernel's */
  program: string | undefined;
  site: Site;
  /** How often the process had come by the same line and column, and by what does the same in the function */
  nth: number;
  nthAlike: number;
}

const K = kernelConstants('KERNBASE');

/** Whose instructions lie at a text address; undefined: the kernel's, or nobody knows them. */
const programAt = (system: System, address: number): KnownProgram | undefined =>
  address >>> 0 < K(system).KERNBASE >>> 0 ? system.program : undefined;

/** The same instruction of the same source. */
const sameKey = ({ function: { name }, file, line, column, kind }: Site): string =>
  `${name} ${file}:${line}:${column} ${kind}`;

/** What does the same in a function whose source is another. */
const alikeKey = ({ function: { name }, kind, lvalue }: Site): string => `${name} ${kind} ${lvalue}`;

/** Counts for each context how often it comes by the places of some kind. */
class Passings {
  /** By address, for the kernel and each program: programs lie at the same addresses. */
  private readonly keys = new Map<string | undefined, Map<number, string>>();
  private readonly counts = new Map<number, Map<string, number>>();

  constructor(
    private readonly system: System,
    private readonly keyOf: (site: Site) => string,
  ) {}

  key(address: number): string {
    const program = programAt(this.system, address);
    const keys = this.keys.get(program?.name) ?? new Map<number, string>();
    this.keys.set(program?.name, keys);
    let key = keys.get(address);
    if (key === undefined) {
      const site = (program ?? this.system).symbols.site(address);
      key = site === undefined ? '' : this.in(program?.name, site);
      keys.set(address, key);
    }
    return key;
  }

  /** The key of an instruction of the kernel or of a program. */
  in(program: string | undefined, site: Site): string {
    return program === undefined ? this.keyOf(site) : `${program}: ${this.keyOf(site)}`;
  }

  count(context: number, key: string): number {
    return this.counts.get(context)?.get(key) ?? 0;
  }

  pass(context: number, key: string): void {
    const counts = this.counts.get(context) ?? new Map<string, number>();
    this.counts.set(context, counts);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
}

/** Makes a run, with somebody who is asked at each step, the programs' too. */
function run(lab: Lab, decider: Decider, step: Stepper['step']): void {
  const { steps } = lab.system.machine;
  lab.begin(decider);
  steps.askFrom({ step, programs: true });
  try {
    lab.runOn();
  } finally {
    steps.askFrom(null);
  }
}

/**
 * Where the processor stood at each stall of a schedule, by the index of the choice.
 * @param lab of the schedule's own kernel, in its checked form
 */
export function stallPlaces(lab: Lab, choices: readonly ScheduledChoice[]): Map<number, StallPlace> {
  const out = new Map<number, StallPlace>();
  const { system } = lab;
  const [same, alike] = [new Passings(system, sameKey), new Passings(system, alikeKey)];
  const inner = new StrictReplay(lab, choices);
  const decider: Decider = {
    nextStall: (from) => inner.nextStall(from),
    decide(decision) {
      const { kind, number, objects } = decision;
      const index = kind === 'stall' ? choices.findIndex((c) => c.kind === kind && c.number === number) : -1;
      const [context, address] = objects as readonly [number, number];
      const program = index < 0 ? undefined : programAt(system, address);
      const site = index < 0 ? undefined : (program ?? system).symbols.site(address);
      if (site !== undefined)
        out.set(index, {
          process: nameOf(system, context),
          program: program?.name,
          site,
          nth: same.count(context, same.key(address)),
          nthAlike: alike.count(context, alike.key(address)),
        });
      return inner.decide(decision);
    },
  };
  run(lab, decider, ({ site }) => {
    const { context } = system.machine.cpu;
    same.pass(context, same.key(site));
    alike.pass(context, alike.key(site));
    return false;
  });
  return out;
}

/**
 * The choices of a schedule with its stalls where the places are in another kernel; those whose place does
 * not come by there are left out.
 * @param lab of the kernel with the change, in its checked form
 * @param places of the stalls (stallPlaces)
 */
export function stallsIn(
  lab: Lab,
  choices: readonly ScheduledChoice[],
  places: ReadonlyMap<number, StallPlace>,
): ScheduledChoice[] {
  let placed = choices.filter(({ kind }) => kind !== 'stall');
  const stalls = [...places].sort(([a], [b]) => choices[a]!.number - choices[b]!.number);
  for (const [index, place] of stalls) {
    const number = stepOf(lab, placed, place);
    if (number !== undefined) placed = [...placed, { ...choices[index]!, number }];
  }
  return placed;
}

/** The step at which a place comes by in the run of these choices; undefined: it does not. */
function stepOf(
  lab: Lab,
  choices: readonly ScheduledChoice[],
  { process, program, site, nth, nthAlike }: StallPlace,
): number | undefined {
  const { machine, symbols } = lab.system;
  // A function that the change replaces has another file; it replaces none of a program's.
  const kept =
    program !== undefined ||
    symbols.image.symbols.find(({ name }) => name === site.function.name)?.file === site.file;
  const [keyOf, wanted] = kept ? [sameKey, nth] : [alikeKey, nthAlike];
  const passings = new Passings(lab.system, keyOf);
  const key = passings.in(program, site);
  let found: number | undefined;
  run(lab, new LooseReplay(lab, choices), ({ site: address, number }) => {
    if (passings.key(address) !== key) return false;
    const { context } = machine.cpu;
    if (passings.count(context, key) === wanted && nameOf(lab.system, context) === process) {
      found = number;
      return true;
    }
    passings.pass(context, key);
    return false;
  });
  return found;
}
