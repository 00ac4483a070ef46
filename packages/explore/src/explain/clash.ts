import { processes } from '@trap12/kernel';
import type { Stepper } from '@trap12/machine';
import { kernelConstants, type Site } from '@trap12/target';
import type { Lab, Onlooker } from '../lab.js';
import { type Doer, LOCK_FILES, type Place, runningStack } from '../places.js';
import { heldLockNames, whoAt } from '../processes.js';
import { StrictReplay } from '../record.js';
import type { ScheduledChoice } from '../schedule.js';
import { ClashLog, type Read, type Use } from './clash-log.js';

/** Who did something in the kernel, when, where, and with which locks. */
export interface Deed extends Doer {
  /** Names of the sleep locks that it held, as WITNESS knows */
  locks: string[];
}

/** Something that others changed between what a process had learnt and what it did with it. */
export interface Clash {
  address: number;
  /** `struct.field`, or as the source has it */
  what: string;
  /** The value when the wait began, and when it was used; undefined: nothing was mapped there */
  old: number | undefined;
  now: number | undefined;
  changed: Deed;
  used: Deed;
}

/** A process of which something was read. */
export interface Owner {
  process: string;
  pid: number;
  /** As it was read; undefined: it had none */
  parent: { process: string; pid: number } | undefined;
  /** Is it none any more, or a zombie, at the death? */
  hasEnded: boolean;
}

/** The pointer by which the process came to what others changed, read before it waited. */
export interface Learnt {
  what: string;
  value: number;
  /** What it points to */
  struct: string;
  /** Its field that counts who uses it, if it has one */
  counter: string | undefined;
  /** Of which process it is a field, if it is one of struct proc */
  owner: Owner | undefined;
  deed: Deed;
}

/** The two operations that met. */
export interface Clashes {
  /** The process that waited, as it began to */
  waits: Deed;
  untilNs: number;
  learnt: Learnt | undefined;
  /** Those in what `learnt` points to, and the last before the death, in the order in which they were used */
  clashes: Clash[];
  /** What else it used that others had changed */
  more: number;
  /** Did the process die with the last of them: nothing was mapped there, or the death came next? */
  died: Deed;
}

const K = kernelConstants('KERNBASE', 'SZOMB');
const STACK_DEPTH = 12;

/**
 * Finds what met in a run of a command in which a process was kept waiting and then died: what it used that
 * others had changed meanwhile. Everything is seen in the machine: each access of the run is looked at, in
 * the checked form of the kernel.
 * @param lab with the kernel in its checked form, whose tries begin before the wait (Lab.beginAs)
 * @param choices of the run
 * @returns undefined if there is no wait, another process died than the one that waited, or it used nothing
 * that others had changed
 */
export function findClashes(lab: Lab, choices: readonly ScheduledChoice[]): Clashes | undefined {
  const hold = choices.findLast((choice) => choice.kind === 'hold');
  if (hold === undefined) return undefined;
  const log = new ClashLog(lab, choices, hold);
  stepThrough(lab, log, log);
  const { deathStep, untilNs, uses, heldStep } = log;
  if (deathStep === undefined || untilNs === undefined || uses.length === 0) return undefined;
  const learnt = learntBefore(lab, log);
  const relevant = relevantUses(uses, learnt, lab);
  const steps = new Set([
    heldStep,
    deathStep,
    ...relevant.flatMap((use) => [use.changed.step, use.used.step]),
  ]);
  if (learnt !== undefined) steps.add(learnt.read.step);
  let parent: Owner['parent'];
  const deeds = deedsAt(lab, choices, steps, (step) => {
    if (step === learnt?.read.step && learnt.ofProcess !== undefined)
      parent = parentOf(lab, learnt.ofProcess);
  });
  const deed = (step: number): Deed => deeds.get(step)!;
  return {
    waits: { ...deed(heldStep), ns: log.fromNs! },
    untilNs,
    learnt: learnt === undefined ? undefined : learntOf(lab, learnt, deed(learnt.read.step), parent),
    clashes: relevant.map((use) => clashOf(lab, use, deed)),
    more: uses.length - relevant.length,
    died: deed(deathStep),
  };
}

/** So many are told of where it is not known what the process had learnt. */
const USES_MAX = 4;

function relevantUses(uses: readonly Use[], learnt: LearntRead | undefined, lab: Lab): Use[] {
  if (learnt === undefined) return uses.slice(-USES_MAX);
  const end = learnt.value + lab.system.symbols.struct(learnt.struct).size;
  return uses.filter(({ address }, i) => (address >= learnt.value && address < end) || i === uses.length - 1);
}

/** Makes the run, with somebody who is asked at each step. */
export function stepThrough(
  lab: Lab,
  decider: ConstructorParameters<typeof StrictReplay>[1] | ClashLog,
  stepper: Stepper,
  onlooker: Onlooker | null = null,
): void {
  const { steps } = lab.system.machine;
  lab.begin(decider instanceof ClashLog ? decider : new StrictReplay(lab, decider), onlooker);
  steps.askFrom(stepper);
  try {
    lab.runOn();
  } finally {
    steps.askFrom(null);
  }
}

/** Makes the run once more and looks closely at some of its steps: stacks and locks are costly. */
export function deedsAt(
  lab: Lab,
  choices: readonly ScheduledChoice[],
  wanted: ReadonlySet<number>,
  also: (step: number) => void = () => {},
): Map<number, Deed> {
  const out = new Map<number, Deed>();
  const { machine, memory, symbols } = lab.system;
  stepThrough(lab, choices, {
    step({ number, site: address }) {
      if (!wanted.has(number)) return false;
      also(number);
      const { context } = machine.cpu;
      const site = symbols.site(address);
      const own = site === undefined || LOCK_FILES.has(site.file) ? [] : [placeOf(site)];
      out.set(number, {
        ...whoAt(memory, context),
        ns: machine.now(),
        stack: [...own, ...runningStack(memory, STACK_DEPTH, LOCK_FILES)],
        locks: heldLockNames(memory, context),
      });
      return false;
    },
  });
  return out;
}

const placeOf = ({ function: { name }, file, line }: Site): Place => ({ function: name, file, line });

function clashOf(lab: Lab, { address, old, now, changed, used }: Use, deed: (step: number) => Deed): Clash {
  return {
    address,
    what: whatOf(lab.system.symbols.site(used.site)),
    old,
    now,
    changed: deed(changed.step),
    used: deed(used.step),
  };
}

function whatOf(site: Site | undefined): string {
  if (site === undefined) return 'memory';
  return site.field === '' ? site.lvalue : `${site.struct}.${site.field}`;
}

/** What fields are called that count references, in this kernel. */
const COUNTER = /_refcnt$|^ref_count$/;

/** @param lab stands at the death */
function learntOf(
  lab: Lab,
  { read: _, ofProcess: p, ...rest }: LearntRead,
  deed: Deed,
  parent: Owner['parent'],
): Learnt {
  if (p === undefined) return { ...rest, owner: undefined, deed };
  const { memory } = lab.system;
  const who = whoAt(lab.system.memory, p);
  const isAlive = [...processes(memory)].some(
    (q) => (q | 0) === (p | 0) && memory.field('proc', q, 'p_stat') !== K(memory).SZOMB,
  );
  return { ...rest, owner: { ...who, parent, hasEnded: !isAlive }, deed };
}

/** The parent of the process at an address. */
function parentOf(lab: Lab, p: number): Owner['parent'] {
  const parent = lab.system.memory.field('proc', p, 'p_pptr');
  return parent === 0 ? undefined : whoAt(lab.system.memory, parent);
}

interface LearntRead extends Omit<Learnt, 'deed' | 'owner'> {
  read: Read;
  /** Address of the process of which it is a field, if it is one of struct proc */
  ofProcess: number | undefined;
}

/** The latest pointer read before the wait to a struct in which something was changed that was used. */
function learntBefore(lab: Lab, { reads, uses }: ClashLog): LearntRead | undefined {
  const { symbols } = lab.system;
  const low = K(lab.system).KERNBASE >>> 0;
  const pointers = [...reads.values()]
    .filter(({ value }) => value >= low)
    .flatMap((read) => {
      const site = symbols.site(read.site);
      const type =
        site === undefined ? undefined : symbols.image.structs[site.struct]?.fields[site.field]?.type;
      const struct = type === undefined ? undefined : pointee(lab, type);
      return struct === undefined ? [] : [{ read, site: site!, struct, size: symbols.struct(struct).size }];
    });
  for (const { address } of uses) {
    const found = pointers
      .filter(({ read: { value }, size }) => value <= address && address < value + size)
      .sort((a, b) => b.read.step - a.read.step)[0];
    if (found === undefined) continue;
    const { read, site, struct } = found;
    const ofProcess = site.struct === 'proc' ? read.address - symbols.offset('proc', site.field) : undefined;
    const counter = Object.keys(symbols.struct(struct).fields).find((name) => COUNTER.test(name));
    return { what: whatOf(site), value: read.value, struct, counter, ofProcess, read };
  }
  return undefined;
}

/** Name of the struct that a pointer's type points to. */
function pointee(lab: Lab, type: number): string | undefined {
  const { symbols } = lab.system;
  const of = symbols.type(type);
  return of.kind === 'pointer' ? symbols.structBehind(of) : undefined;
}
