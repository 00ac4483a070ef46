import { type Mark, placeText } from '../places.js';
import type { Clash, Clashes, Deed } from './clash.js';
import { wrapped } from './text.js';
import { whoText } from '../processes.js';

const WIDTH = 80;
const TIME_WIDTH = 11;
/** Of a process that used much only the first and the last are shown. */
const CLASHES_MAX = 6;

/** What raced, for people: lines of at most 80 columns. */
export function clashesText(clashes: Clashes): string[] {
  return ['What raced:', ...story(clashes), '', ...lanes(clashes), '', ...missing(clashes), ''].flatMap(
    wrapped,
  );
}

const hex = (value: number | undefined): string =>
  value === undefined ? 'unmapped' : `0x${value.toString(16)}`;
const list = (names: readonly string[]): string => (names.length === 0 ? 'no lock' : names.join(', '));
const distinct = (names: readonly string[]): string[] => [...new Set(names)];

/** Two to four sentences: what was read, that it waited, what others did, what became of it. */
function story({ waits, untilNs, learnt, clashes, died }: Clashes): string[] {
  const ms = ((untilNs - waits.ns) / 1e6).toFixed(3);
  const last = clashes.at(-1)!;
  const others = distinct(clashes.map(({ changed }) => whoText(changed)));
  const owner = learnt?.owner;
  const child = owner?.parent === undefined ? '' : `, a child of ${whoText(owner.parent)}`;
  const of = owner === undefined ? '' : ` of ${whoText(owner)}${child}`;
  const out = [];
  if (learnt !== undefined)
    out.push(
      `  ${whoText(waits)} reads ${learnt.what}${of}: struct ${learnt.struct} at ${hex(learnt.value)}.`,
      `      in ${placesText(learnt.deed)}, holding ${list(learnt.deed.locks)}`,
    );
  out.push(
    `  Then it does not run for ${ms} ms, holding ${list(waits.locks)}.`,
    `      in ${placesText(waits)}`,
    `  Meanwhile ${others.join(' and ')} change${others.length === 1 ? 's' : ''} ${learnt === undefined ? 'what it uses next' : 'what is there'}. The last of it that ${waits.process} uses: ${whoText(last.changed)} ${changeText(last)}.`,
    `      in ${placesText(last.changed)}, holding ${list(last.changed.locks)}`,
    ...wayText(last.changed),
    ...(owner?.hasEnded === true
      ? [`      ${whoText(owner)} has ended by the time that ${waits.process} dies.`]
      : []),
    `  ${waits.process} goes on with what it knew, uses ${last.what} at ${hex(last.address)}${last.now === undefined ? ', where nothing is mapped any more' : ''}, and dies.`,
    `      in ${placesText(last.used)}, holding ${list(last.used.locks)}`,
    `      ${us(died.ns - untilNs)} us after it went on`,
  );
  return out;
}

/** So many functions of a stack are named with their lines. */
const NEAREST = 2;

const placesText = ({ stack }: Deed): string =>
  stack.length === 0
    ? 'a place that is not known'
    : stack.slice(0, NEAREST).map(placeText).join(', called from ');

/** By which functions it came there, the outermost first; those of placesText() are left out. */
function wayText({ stack }: Deed): string[] {
  const way = stack.slice(NEAREST).map((place) => place.function);
  return way.length === 0 ? [] : [`      on its way through ${way.reverse().join(', ')}`];
}

const us = (ns: number): string => (ns / 1000).toFixed(2);

interface Row {
  ns: number;
  /** It is the waiting process's */
  mine: boolean;
  what: string;
  deed: Deed | undefined;
}

function lanes({ waits, untilNs, learnt, clashes, more, died }: Clashes): string[] {
  const shown =
    clashes.length > CLASHES_MAX ? [...clashes.slice(0, CLASHES_MAX - 1), clashes.at(-1)!] : clashes;
  const rows: Row[] = [
    { ns: waits.ns, mine: true, what: 'waits', deed: waits },
    { ns: untilNs, mine: true, what: 'goes on', deed: undefined },
    ...shown.map((c) => ({
      ns: c.changed.ns,
      mine: false,
      what: `${c.changed.process}/${c.changed.pid} ${changeText(c)}`,
      deed: c.changed,
    })),
    ...shown.map((c) => ({ ns: c.used.ns, mine: true, what: `uses ${c.what}`, deed: c.used })),
    { ns: died.ns, mine: true, what: 'dies', deed: undefined },
  ];
  if (learnt !== undefined)
    rows.push({ ns: learnt.deed.ns, mine: true, what: `reads ${learnt.what}`, deed: learnt.deed });
  rows.sort((a, b) => a.ns - b.ns);
  const lane = Math.floor((WIDTH - TIME_WIDTH) / 2);
  const inLane = (mine: boolean, text: string): string[] =>
    folded(text, lane - 1).map((line) => (mine ? line : `${' '.repeat(lane)}${line}`));
  const head = `${'us'.padStart(TIME_WIDTH - 2)}  `;
  const out = [`${head}${whoText(waits).padEnd(lane)}others`];
  for (const { ns, mine, what, deed } of rows) {
    const [top] = deed?.stack ?? [];
    const where = top === undefined ? [] : inLane(mine, `  in ${top.function}:${top.line}`);
    const lines = [...inLane(mine, what), ...where];
    const time = `${us(ns - waits.ns).padStart(TIME_WIDTH - 2)}  `;
    out.push(...lines.map((line, i) => `${i === 0 ? time : ' '.repeat(TIME_WIDTH)}${line}`));
  }
  const rest = more + clashes.length - shown.length;
  if (rest > 0) out.push(`  It used ${rest} more that others had changed.`);
  return out;
}

/** In lines of a width, at a blank where there is one; what goes on is indented. */
function folded(text: string, width: number): string[] {
  if (text.length <= width) return [text];
  const indent = '  '.padEnd(text.search(/\S/) + 2);
  const blank = text.lastIndexOf(' ', width);
  const at = blank > indent.length ? blank : width;
  return [text.slice(0, at), ...folded(indent + text.slice(at).trimStart(), width)];
}

/** What the account names, for a picture of the run; the death is its own event there. */
export function clashMarks({ waits, untilNs, learnt, clashes }: Clashes): Mark[] {
  const mark = ({ process, pid, ns, stack }: Deed, does: string): Mark => ({ process, pid, ns, stack, does });
  return [
    ...(learnt === undefined ? [] : [mark(learnt.deed, `reads ${learnt.what}`)]),
    mark(waits, 'is kept waiting'),
    mark({ ...waits, ns: untilNs }, 'goes on'),
    ...clashes.flatMap(({ what, now, changed, used }) => [
      mark(changed, changeText({ what, now })),
      mark(used, `uses ${what}`),
    ]),
  ].sort((a, b) => a.ns - b.ns);
}

const changeText = ({ what, now }: Pick<Clash, 'what' | 'now'>): string =>
  `${now === undefined ? 'unmaps' : 'sets'} ${what}`;

/**
 * What the locks tell. They are known at the read, at the wait and at the uses only: a lock that is held at
 * all of these may have been given back and taken again in between, one that is not was not held throughout.
 */
function missing({ waits, learnt, clashes }: Clashes): string[] {
  const both = clashes.map(({ changed, used }) => used.locks.filter((lock) => changed.locks.includes(lock)));
  const common = both[0]!.filter(
    (lock) => both.every((locks) => locks.includes(lock)) && !waits.locks.includes(lock),
  );
  const ends = [...(learnt === undefined ? [] : [learnt.deed]), clashes.at(-1)!.used];
  const throughout = waits.locks.filter((lock) => ends.every(({ locks }) => locks.includes(lock)));
  const first = learnt === undefined ? 'its wait' : `its read of ${learnt.what}`;
  const object = learnt === undefined ? 'what it used' : `the ${learnt.struct}`;
  const out = ['What is missing:'];
  if (common.length > 0)
    out.push(
      `  Each change and each use was made with ${list(common)} held, but that was not held during the wait.`,
    );
  else
    out.push(
      ...clashes
        .filter((_, i) => both[i]!.length === 0)
        .map(
          ({ what, changed, used }) =>
            `  ${what} was changed with ${list(changed.locks)} held, and used with ${list(used.locks)}: none is the same.`,
        ),
    );
  out.push(
    throughout.length === 0
      ? `  From ${first} to its use ${waits.process} held no lock all the way, so none kept others from changing ${object}.`
      : `  ${waits.process} held ${list(throughout)} at ${learnt === undefined ? '' : `${first}, at `}the wait and at its use; that did not keep others from changing ${object}.`,
  );
  const given = (learnt?.deed.locks ?? []).filter((lock) => !waits.locks.includes(lock));
  if (given.length > 0) out.push(`  ${list(given)}, held at the read, had been given back before the wait.`);
  if (learnt?.counter !== undefined && throughout.length === 0)
    out.push(
      `  A struct ${learnt.struct} counts who uses it (${learnt.counter}): one reference more, from the read to the use, would likely have kept it.`,
    );
  return out;
}
