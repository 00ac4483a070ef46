import { DECISION_KINDS, type DecisionKind } from '@trap12/machine';
import { completeOptions, type ScenarioMachine } from '@trap12/system';
import { checkNeeds, NEED } from '@trap12/target';
import type { Hold } from './hold.js';
import { textHash } from './state-hash.js';

/*
 * A schedule is the text form of one run: which machine, what ran, and every decision that was not the
 * standard one. With it anybody who has the same build gets the same run, to the last byte. It is made to be
 * mailed, so it is lines of plain text, and it says of itself whether it is whole: the last line has a hash
 * of all before it.
 */

const FIRST = 'trap12 schedule';
/**
 * Changes with the form; all up to the newest are read. 2 has holds: a schedule without any is written as 1,
 * as it always was.
 */
const VERSION = 2;
const WITHOUT_HOLDS = 1;

/** Virtual seconds that a run may take, and choices that a file may have: far more than any. */
const SECONDS_MAX = 1e9;
const CHOICES_MAX = 1e8;

/** A decision that was not the standard one. */
export interface ScheduledChoice {
  kind: DecisionKind | 'hold';
  /**
   * Among those of its kind since power-on, from 0; a hold is one of the kind `preempt`; of `stall` the step
   */
  number: number;
  /** `name/pid` of the running process, where the decision is about processes */
  process: string | undefined;
  /** Which decision of this kind it was for that process, since the beginning; 0 without a process */
  own: number;
  choice: number;
  /** Of `run`: who was chosen, undefined for nobody */
  chosen: string | undefined;
  /** Of `hold` */
  hold?: Hold;
}

/** Of which kind the machine's decision is that a choice is made at. */
export const decisionKind = ({ kind }: ScheduledChoice): DecisionKind => (kind === 'hold' ? 'preempt' : kind);

export interface Schedule {
  /** Hash of the kernel's image */
  image: string;
  /** File of the scenario, undefined without one */
  scenario: string | undefined;
  /** Files of patches, besides those of the scenario */
  patches: string[];
  /** The shell's command, undefined if a scenario says what runs */
  command: string | undefined;
  machine: ScenarioMachine;
  /** Virtual seconds that it may take from its beginning */
  seconds: number;
  /** Where decisions and what is counted of them begin: at power-on, or where a try begins */
  from: 'power-on' | 'start';
  choices: ScheduledChoice[];
  /** How it ended, by signature */
  ended: string;
  /** Virtual time of the end, ns since power-on */
  endedNs: number;
  /** stateHash() at the end */
  hash: string;
}

/** The form of the kernel that its run can be made again with: only the checked one has steps to stand at. */
export const formOf = ({ choices }: Pick<Schedule, 'choices'>): 'fast' | 'checked' =>
  choices.some(({ kind }) => kind === 'stall') ? 'checked' : 'fast';

/** A text is no schedule that can be replayed; the message says why, in one line. */
export class ScheduleError extends Error {
  constructor(message: string) {
    // What it quotes of the text may hold anything.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what makes more lines of one
    super(message.replace(/[\x00-\x1f]/g, (c) => JSON.stringify(c).slice(1, -1)));
  }
}

/** Names of processes have blanks ("irq14: ata0"); in a schedule they have none. */
export const scheduledName = (name: string, pid: number): string => `${name.replace(/\s+/g, '_')}/${pid}`;

function choiceText({ kind, number, process, own, choice, chosen, hold }: ScheduledChoice): string {
  const who = process === undefined ? '-' : `${process}#${own}`;
  if (hold !== undefined)
    return [kind, number, who, `${hold.place}#${hold.nth}`, hold.forNs ?? 'end'].join(' ');
  const words = [kind, number, who, choice];
  if (kind === 'run') words.push(chosen ?? 'nobody');
  return words.join(' ');
}

export function scheduleText(schedule: Schedule): string {
  const { image, scenario, patches, command, machine, seconds, from, choices } = schedule;
  const lines = [
    `${FIRST} ${choices.some(({ hold }) => hold !== undefined) ? VERSION : WITHOUT_HOLDS}`,
    `image ${image}`,
    ...(scenario === undefined ? [] : [`scenario ${JSON.stringify(scenario)}`]),
    ...patches.map((file) => `patch ${JSON.stringify(file)}`),
    ...(command === undefined ? [] : [`command ${JSON.stringify(command)}`]),
    `machine ${JSON.stringify(machine)}`,
    `seconds ${seconds}`,
    `from ${from}`,
    `choices ${choices.length}`,
    ...choices.map(choiceText),
    `ended ${JSON.stringify(schedule.ended)}`,
    `at ${schedule.endedNs}`,
    `hash ${schedule.hash}`,
  ];
  const text = `${lines.join('\n')}\n`;
  return `${text}end ${textHash(text)}\n`;
}

/** Reads the lines of a schedule, one after the other. */
class Lines {
  private at = 0;

  constructor(private readonly lines: readonly string[]) {}

  /** The rest of the next line if it begins with that word. */
  maybe(word: string): string | undefined {
    const line = this.lines[this.at];
    if (line?.startsWith(`${word} `) !== true) return undefined;
    this.at++;
    return line.slice(word.length + 1);
  }

  one(word: string): string {
    const rest = this.maybe(word);
    if (rest === undefined) throw this.wrong(`expected "${word} ..."`);
    return rest;
  }

  next(): string {
    const line = this.lines[this.at];
    if (line === undefined) throw this.wrong('it ends too early');
    this.at++;
    return line;
  }

  json(word: string, text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw this.wrong(`${word}: not what was written there`);
    }
  }

  /** A text that was written as JSON. */
  text(word: string, json: string): string {
    const value = this.json(word, json);
    if (typeof value !== 'string') throw this.wrong(`${word}: expected a text`);
    return value;
  }

  /** A number as it is written, from `low` to `high`. */
  number(word: string, low: number, high: number): number {
    const text = this.one(word);
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= low && value <= high))
      throw this.wrong(`${word}: ${JSON.stringify(text)}; accepted: ${low} to ${high}`);
    return value;
  }

  /** What every decision's numbers must be: those that a run can have. */
  counts(...numbers: readonly number[]): void {
    const wrong = numbers.find((n) => !Number.isSafeInteger(n));
    if (wrong !== undefined)
      throw this.wrong(`${wrong} is no number of a decision; accepted: up to 2^53 - 1`);
  }

  wrong(what: string): ScheduleError {
    return new ScheduleError(`line ${this.at + 1}: ${what}`);
  }
}

/** `hold NUMBER PROCESS#COUNT PLACE#COUNT NS`, the last `end` for a hold without an end. */
function parseHold(lines: Lines, line: string): ScheduledChoice {
  const match = /^hold (\d+) (\S+)#(\d+) (\S+)#(\d+) (\d+|end)$/.exec(line);
  if (match === null)
    throw lines.wrong(`no hold: "${line}"; expected hold NUMBER PROCESS#COUNT PLACE#COUNT NS, or end for NS`);
  const [, number, process, own, place, nth, forNs] = match as unknown as string[];
  const hold = { forNs: forNs === 'end' ? undefined : Number(forNs), place: place!, nth: Number(nth) };
  const decision = { number: Number(number), process, own: Number(own), choice: 1, chosen: undefined };
  lines.counts(decision.number, decision.own, hold.nth, hold.forNs ?? 0);
  return { kind: 'hold', ...decision, hold };
}

function parseChoice(lines: Lines, version: number): ScheduledChoice {
  const line = lines.next();
  if (version > WITHOUT_HOLDS && line.startsWith('hold ')) return parseHold(lines, line);
  const match = /^(\w+) (\d+) (-|(\S+)#(\d+)) (\d+)(?: (\S+))?$/.exec(line);
  const kind = DECISION_KINDS.find((each) => each === match?.[1]);
  if (match === null || kind === undefined)
    throw lines.wrong(
      `no decision: "${line}"; expected KIND NUMBER PROCESS#COUNT CHOICE, KIND one of ${DECISION_KINDS.join(', ')}`,
    );
  const [number, own, choice] = [Number(match[2]), Number(match[5] ?? 0), Number(match[6])];
  lines.counts(number, own, choice);
  return {
    kind,
    number,
    process: match[4],
    own,
    choice,
    chosen: match[7] === 'nobody' ? undefined : match[7],
  };
}

/**
 * Reads a schedule.
 * @throws ScheduleError: it is none, of another version, cut short, or edited
 */
export function parseSchedule(text: string): Schedule {
  checkNeeds('parseSchedule', { text }, { text: NEED.text });
  const whole = text.replaceAll('\r\n', '\n');
  const [first = ''] = whole.split('\n', 1);
  if (!first.startsWith(`${FIRST} `))
    throw new ScheduleError(
      `it is no schedule: its first line is not "${FIRST}" and a version from 1 to ${VERSION}`,
    );
  const version = first.slice(FIRST.length + 1);
  if (!/^\d+$/.test(version) || Number(version) < 1 || Number(version) > VERSION)
    throw new ScheduleError(
      `it is of version ${version} of the form; this program knows versions 1 to ${VERSION}`,
    );
  const end = /^([\s\S]*\n)end ([0-9a-f]{16})\n*$/.exec(whole);
  if (end === null) throw new ScheduleError('it is cut short: its last line is not "end ..."');
  const [, body, sum] = end as unknown as [string, string, string];
  const found = textHash(body);
  if (found !== sum)
    throw new ScheduleError(`it was edited: its lines have the hash ${found}, its last line says ${sum}`);
  return readBody(new Lines(body.split('\n').slice(1)), Number(version));
}

/** What a schedule says of its machine, and the kinds of the values. */
const MACHINE: Record<keyof ScenarioMachine, (value: unknown) => boolean> = {
  ramBytes: isNumber,
  ncpu: isNumber,
  swapBytes: isNumber,
  seed: isNumber,
  packetsPerSecond: isNumber,
  diskErrorRate: isNumber,
  locking: (value) => typeof value === 'string' && PRINTABLE.test(value),
  tunables: (value) => isRecord(value) && Object.values(value).every(isNumber),
};
const PRINTABLE = /^[\x20-\x7e]*$/;

function isNumber(value: unknown): boolean {
  return typeof value === 'number';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The machine that ran. */
function readMachine(lines: Lines): ScenarioMachine {
  const machine = lines.json('machine', lines.one('machine'));
  if (!isRecord(machine)) throw lines.wrong('machine: expected the options of a machine');
  for (const [name, value] of Object.entries(machine))
    if (!Object.hasOwn(MACHINE, name) || !MACHINE[name as keyof ScenarioMachine](value))
      throw lines.wrong(`machine: ${JSON.stringify(name)} is no option of a machine, or not of its kind`);
  try {
    completeOptions(machine as Partial<ScenarioMachine>);
  } catch (error) {
    if (error instanceof RangeError) throw lines.wrong(`machine: ${error.message}`);
    throw error;
  }
  return machine as unknown as ScenarioMachine;
}

function readBody(lines: Lines, version: number): Schedule {
  const image = lines.one('image');
  const scenario = lines.maybe('scenario');
  const patches: string[] = [];
  for (let p = lines.maybe('patch'); p !== undefined; p = lines.maybe('patch'))
    patches.push(lines.text('patch', p));
  const command = lines.maybe('command');
  const machine = readMachine(lines);
  const seconds = lines.number('seconds', 0, SECONDS_MAX);
  const from = lines.one('from') === 'start' ? 'start' : 'power-on';
  const count = lines.number('choices', 0, CHOICES_MAX);
  const choices: ScheduledChoice[] = [];
  while (choices.length < count) choices.push(parseChoice(lines, version));
  return {
    image,
    scenario: scenario === undefined ? undefined : lines.text('scenario', scenario),
    patches,
    command: command === undefined ? undefined : lines.text('command', command),
    machine,
    seconds,
    from,
    choices,
    ended: lines.text('ended', lines.one('ended')),
    endedNs: lines.number('at', 0, Number.MAX_SAFE_INTEGER),
    hash: lines.one('hash'),
  };
}
