import { processName } from '@trap12/kernel';
import { BadAddress, kernelConstants, latin1Text, type Memory, type PastEvent } from '@trap12/target';
import { DdbError } from '../errors.js';
import { hash, hex, symbolic } from '../format.js';
import type { Session } from '../session.js';
import type { Command } from './command.js';
import { pastOf, REMEMBERED } from './made.js';

const K = kernelConstants(
  ...[
    'HW_ACQUIRED',
    'HW_RELEASED',
    'HW_CONTESTED',
    'HW_SLEEP',
    'HW_WAKEUP',
    'HW_SWITCH',
    'HW_INTR',
    'HW_TRAP',
  ],
  ...['HW_FORK', 'HW_EXIT', 'HW_MTX', 'HW_SPIN', 'HW_SX', 'HW_LOCKMGR', 'HW_EXCLUSIVE'],
);
/** Steps before and behind the one where the machine stands, if none are given. */
const BEFORE = 1000;
const BEHIND = 100;
/** The stretch is gone through twice, and each step asked. */
const STEPS_MAX = 200_000;
const NAME_MAX = 40;

export const events: Command = {
  name: 'events',
  aliases: ['ev'],
  usage: '[from [to]]',
  help: 'tells what happened around here, or between two steps: locks, switches, interrupts, traps, allocations',
  manual: [
    `Steps are decimal, or marks; without any, the ${BEFORE} steps before here and the ${BEHIND} behind. A stretch has at most ${STEPS_MAX} steps. Each line has the step that came last, the time, the processor and the process.`,
    'Told by the kernel at its trace points, and of allocators by the beginnings of their functions.',
    REMEMBERED,
  ],
  run(session, _modifiers, rest) {
    const past = pastOf(session);
    const words = rest
      .trim()
      .split(/\s+/)
      .filter((word) => word !== '');
    if (words.length > 2) throw new DdbError('events: [from [to]]');
    const [from, to] = words.map((word) => stepOf(session, word));
    const here = past.step + 1;
    const first = from ?? Math.max(1, here - BEFORE);
    const last = to ?? Math.min(past.end + 1, from === undefined ? here + BEHIND : from + BEFORE);
    if (last - first > STEPS_MAX) throw new DdbError(`${last - first} steps: accepted: up to ${STEPS_MAX}`);
    let found: PastEvent[];
    try {
      found = past.events(first, last);
    } catch (error) {
      if (error instanceof RangeError) throw new DdbError(error.message);
      throw error;
    }
    if (found.length === 0) session.print(`nothing between steps ${first} and ${last}`);
    for (const event of found) session.print(line(session.memory, event));
  },
};

function stepOf(session: Session, word: string): number {
  const step = /^\d{1,15}$/.test(word) ? Number(word) : session.marks.get(word)?.step;
  if (step === undefined) throw new DdbError(`events: ${word} is neither a step nor a mark`);
  return step;
}

function line(memory: Memory, event: PastEvent): string {
  const { step, nowNs, cpu, process } = event;
  return `${String(step).padStart(10)} ${(nowNs / 1e9).toFixed(9)} cpu${cpu} ${process.padEnd(20)} ${what(memory, event)}`;
}

function what(memory: Memory, { kind, object, arg, call }: PastEvent): string {
  if (call !== undefined) return `calls ${call.name}(${call.args?.map(hex).join(',') ?? 'not known'})`;
  const k = K(memory);
  const { symbols } = memory;
  const at = symbolic(symbols, object);
  switch (kind) {
    case k.HW_ACQUIRED:
      return `takes ${lock(memory, object, arg)}`;
    case k.HW_RELEASED:
      return `gives back ${lock(memory, object, arg)}`;
    case k.HW_CONTESTED:
      return `waits for ${lock(memory, object, arg)}`;
    case k.HW_SLEEP:
      return `sleeps on ${at}${arg === 0 ? '' : `, at most ${arg >>> 0} ticks`}`;
    case k.HW_WAKEUP:
      return `wakes ${at}`;
    case k.HW_SWITCH:
      return `switch to ${name(memory, 'proc', object)}`;
    case k.HW_INTR:
      return `interrupt ${object}`;
    case k.HW_TRAP:
      return `trap ${hash(object)} at ${symbolic(symbols, arg)}`;
    case k.HW_FORK:
      return `forks ${hash(object)}`;
    case k.HW_EXIT:
      return `exits with status ${arg}`;
    default:
      return `event ${kind} of ${at}, ${hash(arg)}`;
  }
}

/** A lock by its kind, its name as it is in memory now, and its address. */
function lock(memory: Memory, object: number, arg: number): string {
  const k = K(memory);
  const kind = arg & ~k.HW_EXCLUSIVE;
  const names: Record<number, [string, string]> = {
    [k.HW_MTX]: ['mutex', 'mtx'],
    [k.HW_SPIN]: ['spin mutex', 'mtx'],
    [k.HW_SX]: ['sx lock', 'sx'],
    [k.HW_LOCKMGR]: ['lockmgr lock', 'lock'],
  };
  const [word, struct] = names[kind] ?? [`lock of kind ${kind}`, ''];
  const shared =
    (kind === k.HW_SX || kind === k.HW_LOCKMGR) && (arg & k.HW_EXCLUSIVE) === 0 ? ', shared' : '';
  return `${word} ${name(memory, struct, object)} (${symbolic(memory.symbols, object)})${shared}`;
}

const NAMES: Readonly<Record<string, string>> = {
  mtx: 'mtx_object.lo_name',
  sx: 'sx_object.lo_name',
  lock: 'lk_wmesg',
};

/** What is called so in memory now; its address if it has no name there. */
function name(memory: Memory, struct: string, object: number): string {
  try {
    if (struct === 'proc') return processName(memory, object);
    const field = NAMES[struct];
    if (field !== undefined) return `"${printable(memory, memory.field(struct, object, field))}"`;
  } catch (error) {
    if (!(error instanceof BadAddress)) throw error;
  }
  return hash(object);
}

function printable(memory: Memory, at: number): string {
  const bytes = memory.target.read(at, NAME_MAX);
  const end = bytes.indexOf(0);
  return latin1Text(bytes.subarray(0, end < 0 ? bytes.length : end)).replace(/[^\x20-\x7e]/g, '?');
}
