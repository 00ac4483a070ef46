import type { Lab } from '../lab.js';
import type { ScheduledChoice } from '../schedule.js';
import { type Deed, deedsAt, stepThrough } from '../explain/clash.js';
import { type Death, DeathLog, type Fatal, fatalReads } from './death.js';
import { partOf } from './objects.js';
import { peek, type Touch, Trail } from './trail.js';

/** A store to the word that a process died over. */
export interface Written {
  deed: Deed;
  old: number;
  now: number;
}

/** What one process did with an object in one function, without another in between. */
export interface Turn {
  process: string;
  pid: number;
  function: string;
  file: string;
  firstLine: number;
  lastLine: number;
  ns: number;
  reads: string[];
  writes: string[];
}

/** What came before a death, of one object that the process looked at as it died. */
export interface ObjectHistory {
  struct: string;
  base: number;
  /** What was read of it last, and where */
  field: string;
  value: number;
  read: Deed;
  /** The last stores to that word, latest last */
  written: Written[];
  /** What was done with the object before, latest last */
  turns: Turn[];
}

/** How a process came to die: what it had looked at, and who had made that so. */
export interface Cause {
  process: string;
  pid: number;
  ns: number;
  stack: Death['stack'];
  histories: ObjectHistory[];
}

const WRITTEN_MAX = 2;
/** Of what was done with an object the last, and what led to the last store of the word. */
const TURNS_LAST = 6;
const TURNS_LEADING = 6;

/**
 * What a failing run died over: everything is read from the run itself, made again with each access looked
 * at. The objects are those that the innermost functions of the dying process had read last; of each, who
 * stored to that word last, and who did what with the object before.
 * @param lab with the kernel in its checked form
 * @returns undefined: no process died in the kernel, or it had read no field of a struct
 */
export function causeOf(lab: Lab, choices: readonly ScheduledChoice[]): Cause | undefined {
  const log = new DeathLog(lab);
  stepThrough(lab, choices, log);
  const { death } = log;
  if (death === undefined) return undefined;
  const fatal = fatalReads(lab, death);
  if (fatal.length === 0) return undefined;
  const trail = new Trail(
    lab,
    fatal.map((each) => each.part.object),
  );
  stepThrough(lab, choices, trail);
  const parts = fatal.map((each) => ({ each, ...touchesOf(lab, each, trail.of(each.part.object), death) }));
  const steps = new Set([
    death.step,
    ...parts.flatMap(({ each, written, turns }) => [
      each.read.step,
      ...written.map(({ touch }) => touch.step),
      ...turns.map((turn) => turn[0]!.step),
    ]),
  ]);
  const deeds = deedsAt(lab, choices, steps);
  const { process, pid, ns } = deeds.get(death.step)!;
  const histories = parts.map(({ each, written, turns, value }) => ({
    struct: each.part.object.struct,
    base: each.part.object.base,
    field: each.part.field,
    value,
    read: deeds.get(each.read.step)!,
    written: written.map(({ touch, now }) => ({ deed: deeds.get(touch.step)!, old: touch.old, now })),
    turns: turns.map((turn) => turnOf(lab, turn, deeds.get(turn[0]!.step)!)),
  }));
  return { process, pid, ns, stack: death.stack, histories };
}

interface Touches {
  value: number;
  written: { touch: Touch; now: number }[];
  turns: Touch[][];
}

function touchesOf(lab: Lab, { address, read }: Fatal, all: readonly Touch[], death: Death): Touches {
  const before = all.filter(({ step }) => step < death.step);
  const word = address & ~3;
  const ofWord = before.filter((touch) => (touch.address & ~3) === word);
  const value = ofWord.findLast(({ step }) => step <= read.step)?.old ?? 0;
  const written = ofWord
    .map((touch, i) => ({ touch, now: ofWord[i + 1]?.old ?? peek(lab.system.memory, word) }))
    .filter(({ touch, now }) => touch.write && touch.step < read.step && touch.old !== now);
  const turns = turnsToTell(turnsOf(before), written.at(-1)?.touch.step);
  return { value, written: written.slice(-WRITTEN_MAX), turns };
}

/** The last turns, and those up to the one in which that step was: why was it done? */
function turnsToTell(turns: readonly Touch[][], step: number | undefined): Touch[][] {
  const storing = step === undefined ? -1 : turns.findIndex((turn) => turn.at(-1)!.step >= step);
  const last = Math.max(0, turns.length - TURNS_LAST);
  return turns.filter((_, i) => i >= last || (i <= storing && i > storing - TURNS_LEADING));
}

/** Accesses one after the other by the same process in the same function are one turn. */
function turnsOf(touches: readonly Touch[]): Touch[][] {
  const out: Touch[][] = [];
  for (const touch of touches) {
    const last = out.at(-1)?.[0];
    if (last?.context === touch.context && last.site.function.name === touch.site.function.name)
      out.at(-1)!.push(touch);
    else out.push([touch]);
  }
  return out;
}

function turnOf(lab: Lab, turn: readonly Touch[], { process, pid }: Deed): Turn {
  const { symbols } = lab.system;
  const { site, ns } = turn[0]!;
  const own = turn.filter((touch) => touch.site.file === site.file).map((touch) => touch.site.line);
  const named = (write: boolean): string[] => [
    ...new Set(
      turn
        .filter((touch) => touch.write === write)
        .map((touch) => partOf(symbols, touch.site, touch.address)?.field ?? touch.site.lvalue),
    ),
  ];
  const [firstLine, lastLine] = [Math.min(...own), Math.max(...own)];
  return {
    process,
    pid,
    function: site.function.name,
    file: site.file,
    firstLine,
    lastLine,
    ns,
    reads: named(false),
    writes: named(true),
  };
}
