import { around, type Decider } from '@trap12/machine';
import type { System } from '@trap12/system';
import { type Examined, examine } from './failure.js';
import { Held } from './hold.js';
import type { Lab } from './lab.js';
import { type Divergence, nextStalls, StrictReplay } from './record.js';
import { decisionKind, type Schedule, type ScheduledChoice } from './schedule.js';

export interface Replayed {
  examined: Examined;
  /** Where the run departed from the schedule; undefined: nowhere */
  divergence: Divergence | undefined;
}

/** Makes the run of a schedule again, choice by choice. The lab is to be of the schedule's subject. */
export function replaySchedule(lab: Lab, schedule: Schedule): Replayed {
  const decider = new StrictReplay(lab, schedule.choices);
  const examined = examine(lab, decider);
  decider.finish(`the run ended (${examined.failure?.title ?? 'in order'})`);
  return { examined, divergence: decider.divergence };
}

/**
 * Makes the run of a schedule up to where its first `count` choices have been made: the machine then stands
 * at the next poll for interrupts, and can go on.
 * @returns where the run departed from the schedule before that
 */
export function replayUpTo(lab: Lab, schedule: Schedule, count: number): Divergence | undefined {
  const first = new StrictReplay(lab, schedule.choices);
  let polls = Number.POSITIVE_INFINITY;
  const counting = around(first, (decision) => {
    const before = first.made;
    const choice = first.decide(decision);
    if (first.made > before && first.made === count) polls = lab.system.machine.step.polls + 1;
    return choice;
  });
  lab.attempt(counting);
  first.finish('the run ended');
  if (first.divergence !== undefined && first.divergence.index < count) return first.divergence;
  lab.begin(new StrictReplay(lab, schedule.choices));
  lab.inPieces(Number.POSITIVE_INFINITY, polls);
  return undefined;
}

/**
 * Makes choices by their numbers alone. It knows no past, so the machine may be taken back and go through its
 * run again.
 */
export function choicesAgain({ machine }: System, choices: readonly ScheduledChoice[]): Decider {
  const byNumber = new Map(choices.map((c) => [`${decisionKind(c)} ${c.number}`, c]));
  const held = new Held();
  return {
    nextStall: nextStalls(choices),
    decide({ kind, number, standard, objects }) {
      const wanted = byNumber.get(`${kind} ${number}`);
      if (wanted === undefined) return kind === 'run' ? held.firstFree(objects, machine.now()) : standard;
      if (wanted.hold !== undefined) held.begin(machine.cpu.context, machine.now(), wanted.hold.forNs);
      return wanted.choice;
    },
  };
}
