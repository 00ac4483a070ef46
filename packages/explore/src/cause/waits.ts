import type { MachineView, Stepper, StepView } from '@trap12/machine';
import { kernelConstants } from '@trap12/target';
import { ifMapped, whoAt } from '../processes.js';
import { type Deed, deedsAt, stepThrough } from '../explain/clash.js';
import type { Lab, Onlooker } from '../lab.js';
import { type Place, runningStack, WAIT_FILES } from '../places.js';
import type { ScheduledChoice } from '../schedule.js';
import { DeathLog, type ReadStep, sameObject } from './death.js';
import { isWithin, type KernelObject, type Part, partOf } from './objects.js';
import type { Written } from './cause.js';
import { type Touch, Trail } from './trail.js';

/** Lines of a function, from the first that did something to the last. */
export interface Stretch extends Place {
  lastLine: number;
}

/** A process that sleeps at the end of a run, though what it had looked at before has changed since. */
export interface MissedWakeup {
  process: string;
  pid: number;
  /** What it sleeps on, and what it calls that (wmesg) */
  channel: number;
  message: string;
  /** Where it went to sleep */
  slept: Deed;
  /** What it had looked at: a field, and what it was */
  struct: string;
  field: string;
  base: number;
  value: number;
  /** Who changed that since, the last time of all; nobody has woken the channel after that */
  changed: Written;
  /**
   * Where whoever changed it went on with the same object: the wakeup belongs there, or to the change
   * itself
   */
  after: Stretch[];
  /** When the run ended, ns */
  endNs: number;
}

const K = kernelConstants('HW_SLEEP', 'HW_WAKEUP', 'P_SYSTEM', 'SSLEEP');
const STACK_DEPTH = 3;
/** Of what was read before a sleep only so much can be its reason. */
const REASON_READS = 256;
const MESSAGE_MAX = 16;
const AFTER_MAX = 3;

interface Asleep {
  step: number;
  channel: number;
  stack: Place[];
  reads: ReadStep[];
}

/** Who sleeps on what since when, and when each channel was woken last. */
class SleepLog implements Onlooker, Stepper {
  readonly classes = ['KTR_PROC'];
  readonly asleep = new Map<number, Asleep>();
  readonly woken = new Map<number, number>();
  private readonly reads: DeathLog;

  constructor(private readonly lab: Lab) {
    this.reads = new DeathLog(lab);
  }

  step(view: StepView): boolean {
    return this.reads.step(view);
  }

  happened(kind: number, object: number, _arg: number, { context }: MachineView): void {
    const { machine, memory } = this.lab.system;
    const { HW_SLEEP, HW_WAKEUP } = K(this.lab.system);
    if (kind === HW_WAKEUP) this.woken.set(object, machine.steps.number);
    if (kind !== HW_SLEEP) return;
    const stack = runningStack(memory, STACK_DEPTH, WAIT_FILES);
    const reads = this.reads.readsOf(context).slice(-REASON_READS);
    this.asleep.set(context, { step: machine.steps.number, channel: object, stack, reads });
  }
}

/**
 * Wakeups that were lost in a run that does not end: of each process that sleeps at its end, what it had read
 * before in the functions that went to sleep, if others have changed that since, and nobody has woken the
 * channel after the last of these changes.
 * @param lab with the kernel in its checked form
 */
export function missedWakeups(lab: Lab, choices: readonly ScheduledChoice[]): MissedWakeup[] {
  const log = new SleepLog(lab);
  stepThrough(lab, choices, log, log);
  const { memory, machine } = lab.system;
  const { SSLEEP, P_SYSTEM } = K(lab.system);
  const isAsleep = (p: number, { channel }: Asleep): boolean =>
    memory.field('proc', p, 'p_stat') === SSLEEP &&
    (memory.field('proc', p, 'p_wchan') | 0) === (channel | 0) &&
    (lab.threads.length > 0 ? lab.threads.includes(p) : (memory.field('proc', p, 'p_flag') & P_SYSTEM) === 0);
  const sleepers = [...log.asleep].filter(([p, asleep]) => ifMapped(() => isAsleep(p, asleep)) === true);
  const endNs = machine.now();
  const out = sleepers.map(([p, asleep]) => {
    const message = ifMapped(() => memory.string(memory.field('proc', p, 'p_wmesg'), MESSAGE_MAX)) ?? '?';
    return { p, asleep, who: { ...whoAt(memory, p), message } };
  });
  return out.flatMap(({ p, asleep, who }) => {
    const lost = reasonChanged(lab, choices, p, asleep, log.woken.get(asleep.channel) ?? 0);
    return lost === undefined ? [] : [{ ...who, channel: asleep.channel, ...lost, endNs }];
  });
}

/** What a sleeper had read that is another by now, the last change first. */
function reasonChanged(
  lab: Lab,
  choices: readonly ScheduledChoice[],
  sleeper: number,
  { step, channel, stack, reads }: Asleep,
  wokenAt: number,
): Pick<MissedWakeup, 'slept' | 'struct' | 'field' | 'base' | 'value' | 'changed' | 'after'> | undefined {
  const { symbols, memory } = lab.system;
  const within = new Set(stack.map((place) => place.function));
  const objects: KernelObject[] = [];
  const words = new Map<number, { read: ReadStep; part: Part }>();
  for (const read of reads) {
    const site = symbols.site(read.site);
    if (site === undefined || !within.has(site.function.name)) continue;
    // What it waits for is a word of what it sleeps on: of the page, the buffer, the process.
    const part = partOf(symbols, site, read.address);
    if (part === undefined || !isWithin(part.object, channel)) continue;
    const object = objects.find((each) => sameObject(each, part.object)) ?? part.object;
    if (!objects.includes(object)) objects.push(object);
    words.set((read.address & ~3) >>> 0, { read, part: { ...part, object } });
  }
  if (words.size === 0) return undefined;
  const trail = new Trail(lab, objects);
  stepThrough(lab, choices, trail);
  const changes = [...words].flatMap(([word, { read, part }]) => {
    const all = trail.of(part.object).filter((touch) => (touch.address & ~3) >>> 0 === word);
    const value = all.find((touch) => touch.step >= step)?.old;
    return all
      .map((touch, i) => ({ read, part, touch, value, now: all[i + 1]?.old ?? memory.u32(word) }))
      .filter(({ touch, now }) => touch.write && touch.context !== sleeper && touch.old !== now)
      .filter(({ touch }) => touch.step > step && touch.step > wokenAt);
  });
  changes.sort((a, b) => a.touch.step - b.touch.step);
  const last = changes.at(-1);
  if (last === undefined) return undefined;
  const { read, part, touch, now, value } = last;
  const after = trail
    .of(part.object)
    .filter((each) => each.context === touch.context && each.step > touch.step);
  const deeds = deedsAt(lab, choices, new Set([read.step, touch.step]));
  return {
    slept: deeds.get(read.step)!,
    struct: part.object.struct,
    field: part.field,
    base: part.object.base,
    value: value ?? touch.old,
    changed: { deed: deeds.get(touch.step)!, old: touch.old, now },
    after: placesOf(after, touch.site.function.name),
  };
}

/** Functions in which something was done, each once, in order, and up to which line. */
function placesOf(touches: readonly Touch[], but: string): Stretch[] {
  const out = new Map<string, Stretch>();
  for (const { site } of touches) {
    const { name } = site.function;
    if (name === but) continue;
    const { file, line } = site;
    const known = out.get(name);
    if (known === undefined) out.set(name, { function: name, file, line, lastLine: line });
    else if (known.file === file) known.lastLine = Math.max(known.lastLine, line);
  }
  return [...out.values()].slice(0, AFTER_MAX);
}
