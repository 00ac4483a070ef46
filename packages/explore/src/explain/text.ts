import type { ScheduledChoice } from '../schedule.js';
import { deeds } from '../detect/deeds.js';
import type { LockEvent, LockLog } from '../detect/lock-log.js';
import { lockOrderCircles } from '../detect/lock-order.js';
import { type Place, placeText } from '../places.js';
import { folded } from './fold.js';
import { pairText } from './pair-text.js';
import type { Explanation } from './explain.js';

const WIDTH = 80;
const TIME_WIDTH = 8;
/** A lane that is narrower has no room for words. */
const LANE_MIN = 13;
/** Ctrl-C came before the accesses were looked at. */
const PAIR_CUT = ['What raced is not known: interrupted.', ''];
/** Rows of odds that are shown. */
const ODDS_ROWS = 12;
const BAR = 20;

/** An explanation for people: lines of at most 80 columns. */
export function explanationText(explanation: Explanation): string[] {
  return [
    ...stuckText(explanation),
    ...lostText(explanation),
    ...(explanation.pairCut ? PAIR_CUT : pairText(explanation.pair)),
    ...choicesText(explanation),
    ...lanesText(explanation),
    ...passingText(explanation),
    ...oddsText(explanation),
  ].flatMap(wrapped);
}

/** The circles in the order of locks of a run that went well; no lines if there are none. */
export function lockOrderText(log: LockLog): string[] {
  const out: string[] = [];
  for (const circle of lockOrderCircles(log)) {
    out.push('', 'The order of locks has a circle: where these meet, nobody can go on.');
    for (const { from, to, context, first, second } of circle)
      out.push(
        `  ${log.process(context)} takes ${log.name(to)} while it holds ${log.name(from)}`,
        `      in ${place(second)}`,
        `      held since ${place(first)}`,
      );
  }
  return out.flatMap(wrapped);
}

/** Lines that are too long go on in the next one, two columns further in. */
export function wrapped(line: string): string[] {
  if (line.length <= WIDTH) return [line];
  const indent = ' '.repeat(Math.min(8, /^ */.exec(line)![0].length + 2));
  const at = line.lastIndexOf(' ', WIDTH);
  if (at <= indent.length) return [line];
  return [line.slice(0, at), ...wrapped(indent + line.slice(at + 1))];
}

const us = (ns: number, from: number): string => ((ns - from) / 1000).toFixed(2);

function place(event: LockEvent | undefined): string {
  const first = event?.stack[0];
  return first === undefined ? 'a place that is not known' : placeText(first);
}

function stuckText({ stuck, log }: Explanation): string[] {
  if (stuck === undefined) return [];
  const cycle = stuck.cycle.length > 0;
  const out = [cycle ? 'Each waits for what the next one holds:' : 'Nobody can go on:'];
  for (const { context, wait } of cycle ? stuck.cycle : stuck.waiters) {
    const verb = wait.isLock ? 'waits for' : 'sleeps on';
    const how = wait.isLock && !wait.exclusive ? ', shared' : '';
    out.push(
      `  ${log.process(context)} ${verb} ${log.name(wait.object)}${how}`,
      `      in ${place(wait.since)}`,
    );
    for (const [lock, hold] of log.held.get(context) ?? [])
      out.push(
        `    and holds ${log.name(lock)}${hold.exclusive ? '' : ' shared'}`,
        `      since ${place(hold.since)}`,
      );
  }
  if (cycle) {
    const others = stuck.waiters.filter((w) => !stuck.cycle.includes(w));
    if (others.length > 0) out.push(`  behind them: ${others.map((w) => log.process(w.context)).join(', ')}`);
  }
  return [...out, ''];
}

function lostText({ lost, log }: Explanation): string[] {
  return lost.flatMap(({ sleeper, wakeup }) => {
    const who = log.process(sleeper.context);
    const channel = log.name(sleeper.wait.object);
    return [
      `A wakeup is lost: ${log.process(wakeup.context)} woke ${channel} when nobody slept there`,
      `      in ${place(wakeup)}`,
      `  ${who} went to sleep on it afterwards, and it was not woken again`,
      `      in ${place(sleeper.wait.since)}`,
      '',
    ];
  });
}

/** What a process did last before an event, and first after it. */
function around(log: LockLog, event: LockEvent): [LockEvent | undefined, LockEvent | undefined] {
  const own = deeds(log).filter((e) => e.context === event.context);
  return [own.findLast((e) => e.index < event.index), own.find((e) => e.index > event.index)];
}

function deedText(log: LockLog, { act, object, arg }: LockEvent): string {
  const name = object === 0 ? '' : ` ${log.name(object)}`;
  const shared =
    act === 'takes' || act === 'waits for' || act === 'gives back' ? (arg === 0 ? ' shared' : '') : '';
  const nobody = act === 'wakes' && arg === 0 ? ' (nobody slept there)' : '';
  return `${act}${name}${shared}${nobody}`;
}

/** A choice that is no thread's own doing. */
function otherText({ kind, number, choice }: ScheduledChoice): string {
  if (kind !== 'stall') return `decision ${kind} ${number} is ${choice}`;
  return `the processor stands for ${choice} ns before step ${number}, and others go on`;
}

/** So many choices are shown at least, where it is not known what each is good for. */
const CHOICES_LEAST = 10;

function choicesHead(choices: Explanation['choices']): string {
  if (choices.some(({ without }) => without === undefined))
    return `${choices.length === 1 ? 'One choice was' : `${choices.length} choices were`} made; whether it fails without some of them is not known:`;
  return choices.length === 1
    ? 'One choice makes it fail:'
    : `${choices.length} choices make it fail, and none of them can be spared:`;
}

function choicesText({ choices, log }: Explanation): string[] {
  if (choices.length === 0) return ['It fails without any choice: as the machine does by itself.', ''];
  const out = [choicesHead(choices)];
  const looked = choices.filter(({ without }) => without !== undefined).length;
  const shown = looked === choices.length ? looked : Math.max(looked, CHOICES_LEAST);
  choices.slice(0, shown).forEach(({ choice, event, without }, i) => {
    if (event === undefined) {
      out.push(`  ${i + 1}. ${otherText(choice)}`);
    } else if (event.act === 'is chosen') {
      const from = choice.process?.replace(/\/.*/, '');
      out.push(`  ${i + 1}. ${log.process(event.context)} runs next, when ${from} has left the processor`);
    } else {
      const [before, after] = around(log, event);
      out.push(
        `  ${i + 1}. ${log.process(event.context)} is interrupted${before === undefined ? '' : ` after it ${deedText(log, before)}`}`,
        `      in ${place(event)}`,
      );
      if (after !== undefined) out.push(`      before it ${deedText(log, after)}`);
      out.push(...meanwhile(log, event, after));
    }
    out.push(`      without this: ${without ?? 'not known'}`);
  });
  if (choices.length > shown) out.push(`  ... ${choices.length - shown} more`);
  return [...out, ''];
}

/** What others did while a process was kept waiting. */
function meanwhile(log: LockLog, event: LockEvent, after: LockEvent | undefined): string[] {
  const others = deeds(log).filter(
    (e) =>
      e.context !== event.context &&
      e.index > event.index &&
      e.index < (after?.index ?? Number.POSITIVE_INFINITY),
  );
  const byProcess = new Map<number, LockEvent[]>();
  for (const e of others) byProcess.set(e.context, [...(byProcess.get(e.context) ?? []), e]);
  return [...byProcess].map(([context, events]) => {
    const texts = events.slice(0, 8).map((e) => deedText(log, e));
    const more = events.length > 8 ? `, and ${events.length - 8} more` : '';
    return `      meanwhile ${log.process(context)} ${texts.join(', ')}${more}`;
  });
}

/** Words of a lane; the line follows where it fits. */
const SHORT: Record<LockEvent['act'], string> = {
  takes: '+',
  'gives back': '-',
  'waits for': '? ',
  'sleeps on': 'z ',
  wakes: '! ',
  begins: 'begins',
  ends: 'ends',
  'is made to wait': '>> waits',
  'is chosen': '<< runs',
};

function lanesText({ log, failing }: Explanation): string[] {
  const contexts = [...new Set(log.events.map((e) => e.context))];
  const lane = Math.floor((WIDTH - TIME_WIDTH) / Math.max(1, contexts.length));
  if (log.events.length === 0) return [];
  if (lane < LANE_MIN) return [...listText(log), ''];
  const files = new Set(log.events.flatMap((e) => (e.stack[0] === undefined ? [] : [e.stack[0].file])));
  const main = files.size === 1 ? [...files][0] : mostOften(log.events);
  const start = log.events[0]!.ns;
  const fit = (text: string): string => text.slice(0, lane - 1).padEnd(lane);
  const out = [
    `What happened (+ takes, - gives back, ? waits for, z sleeps on, ! wakes${main === undefined ? '' : `; :n is a line of ${main}`}):`,
    '',
    `${'us'.padStart(TIME_WIDTH - 2)}  ${contexts.map((c) => fit(log.process(c))).join('')}`.trimEnd(),
  ];
  const rows = log.events.map((e) => {
    const name = e.object === 0 ? '' : log.name(e.object);
    const [top] = e.stack;
    const line = top !== undefined && top.file === main ? ` :${top.line}` : '';
    const head = SHORT[e.act];
    const word = `${head}${name}`;
    const cell =
      word.length + line.length < lane ? `${word}${line}` : `${word.slice(0, lane - 1 - line.length)}${line}`;
    return contexts.map((c) => fit(c === e.context ? cell : '')).join('');
  });
  for (const { from, length, times } of folded(rows)) {
    for (let i = from; i < from + length; i++)
      out.push(`${us(log.events[i]!.ns, start).padStart(TIME_WIDTH - 2)}  ${rows[i]}`.trimEnd());
    if (times > 1) out.push(againText(length, times - 1));
  }
  // Where nobody can go on, the end is when that was noticed.
  const end = failing.attempt.ended === 'stuck' ? '' : us(failing.attempt.nowNs, start);
  out.push(`${end.padStart(TIME_WIDTH - 2)}  ${failing.failure?.title ?? ''}`);
  return [...out, ''];
}

/** What is said of lines that come again behind themselves. */
const againText = (lines: number, times: number): string =>
  `${' '.repeat(TIME_WIDTH)}(${lines === 1 ? 'that line' : `these ${lines} lines`} ${times} times more)`;

/** Without room for lanes: a line each. */
function listText(log: LockLog): string[] {
  const start = log.events[0]!.ns;
  return [
    'What happened:',
    ...log.events.map((e) => {
      const where = e.stack[0] === undefined ? '' : `  ${e.stack[0].function}:${e.stack[0].line}`;
      return `${us(e.ns, start).padStart(TIME_WIDTH - 2)}  ${log.process(e.context).padEnd(16)} ${deedText(log, e)}${where}`;
    }),
  ];
}

/** The file in which most was done. */
function mostOften(events: readonly LockEvent[]): string | undefined {
  const counts = new Map<string, number>();
  for (const [first] of events.map((e): readonly Place[] => e.stack))
    if (first !== undefined) counts.set(first.file, (counts.get(first.file) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}

const sameText = (common: number): string =>
  common === 0
    ? 'They differ from the beginning:'
    : `Both begin with the same ${common === 1 ? 'step' : `${common} steps`}; then`;

function passingText({ passing, log, choices }: Explanation): string[] {
  if (passing === undefined) return [];
  const isAll = choices.every(({ without }) => without !== undefined);
  const nearest = isAll
    ? 'The nearest run that passes'
    : 'Of the runs that were tried, the nearest that passes';
  const other = passing.run.log!;
  const [a, b] = [deeds(log).slice(passing.common), deeds(other).slice(passing.common)];
  const half = Math.floor(WIDTH / 2) - 1;
  const cell = (l: LockLog, e: LockEvent | undefined): string =>
    e === undefined ? '' : `${l.process(e.context)} ${deedText(l, e)}`.slice(0, half - 1);
  const rows = Math.min(10, Math.max(a.length, b.length));
  const out = [
    `${nearest} lacks choice ${passing.dropped + 1}. ${sameText(passing.common)}`,
    '',
    `  ${'this one fails:'.padEnd(half)}that one passes:`,
  ];
  for (let i = 0; i < rows; i++) out.push(`  ${cell(log, a[i]).padEnd(half)}${cell(other, b[i])}`.trimEnd());
  if (Math.max(a.length, b.length) > rows)
    out.push(
      `  ${(a.length > rows ? `... ${a.length - rows} more` : '').padEnd(half)}${b.length > rows ? `... ${b.length - rows} more` : ''}`.trimEnd(),
    );
  return [...out, ''];
}

function oddsText({ odds, oddsCut, jump, log }: Explanation): string[] {
  const cut = ['  (interrupted: how likely it was after that is not known)', ''];
  if (odds.length === 0) return oddsCut ? ['How likely it was is not known: interrupted.', ''] : [];
  const start = log.events[0]?.ns ?? 0;
  const out = [
    `How likely it was to fail so, had it gone on by chance (${odds[0]!.tries} runs from each moment):`,
    '',
  ];
  const step = Math.max(1, Math.ceil(odds.length / ODDS_ROWS));
  odds.forEach(({ failed, tries, events }, i) => {
    const shown = i % step === 0 || i === jump || i === odds.length - 1;
    if (!shown) return;
    const p = failed / tries;
    const last = log.events[events - 1];
    const when =
      last === undefined ? 'at the beginning' : `${log.process(last.context)} ${deedText(log, last)}`;
    const mark = i === jump && !oddsCut ? ' <- rises most' : '';
    const at = last === undefined ? '0.00' : us(last.ns, start);
    const bar = '#'.repeat(Math.round(p * BAR)).padEnd(BAR);
    const line = `${at.padStart(TIME_WIDTH - 2)}  ${`${Math.round(100 * p)} %`.padStart(5)} ${bar} ${when}`;
    out.push(line.slice(0, WIDTH - mark.length).trimEnd() + mark);
  });
  return [...out, ...(oddsCut ? cut : [''])];
}
