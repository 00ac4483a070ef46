import type { Decider } from '@trap12/machine';
import { type Examined, examine } from './failure.js';
import { placeName } from './hold.js';
import type { Lab } from './lab.js';
import { OwnCounts } from './record.js';
import type { ScheduledChoice } from './schedule.js';

/** A place of the process's own at which it was made to wait, or could have been. */
export interface Coming {
  place: string;
  nth: number;
  /** Virtual time without any wait, ns since power-on */
  ns: number;
}

/**
 * Where and when the process of a choice comes by a place at which it could be made to wait, if nobody makes
 * it.
 */
export function comings(lab: Lab, { process }: ScheduledChoice): { all: Coming[]; run: Examined } {
  const all: Coming[] = [];
  const pid = Number(process?.replace(/^.*\//, ''));
  const { places } = new OwnCounts(lab.ownCounts);
  const { system } = lab;
  const { machine, memory } = system;
  const decider: Decider = {
    decide({ kind, standard }) {
      const { context } = machine.cpu;
      if (kind !== 'preempt' || memory.field('proc', context, 'p_pid') !== pid) return standard;
      const place = placeName(system);
      all.push({ place, nth: places.next(context, place), ns: machine.now() });
      return standard;
    },
  };
  return { run: examine(lab, decider, undefined, false), all };
}
