import { cameOf } from '../came-of.js';
import { culpritIndex, isApart } from '../culprit.js';
import {
  culpritName,
  faultFrame,
  isAsleep,
  isWayOut,
  lacksInnerEnd,
  blockedTrace,
  sleepersTrace,
  takersTrace as traceOfTaker,
} from '../fault-place.js';
import { checkGiven, WANTED } from '../given.js';
import { LOCKS_HELD } from '../forms/witness-held.js';
import { plainName } from '../functions/index.js';
import { signatureParts, titleOf } from '../signature.js';
import {
  type Boundary,
  type Confidence,
  CONFIDENCES,
  type Frame,
  type PanicEvent,
  type Register,
  type Report,
  type Trace,
} from '../types.js';
import { facts } from './facts.js';
import { inShort } from './in-short.js';
import { type Item, item } from './item.js';
import { steps } from './steps.js';
import { unclear } from './unclear.js';
import {
  boundaryText,
  frameText,
  lockText,
  processText,
  programText,
  recipeSizeText,
  systemLine,
} from './words.js';

/** How the items of a section are set: numbered, as a table, as lines of a listing, or plain. */
export type SectionStyle = 'steps' | 'table' | 'listing' | 'list';

/** A part of an explanation, with its heading. */
export interface Section {
  id: string;
  title: string;
  style: SectionStyle;
  /** What has to be known to read the items. */
  note?: string;
  items: Item[];
}

/** A report put into words: what every view (text, page) shows, in the order of what a reader wants first. */
export interface Explanation {
  title: string;
  /** `FreeBSD 5.0-CURRENT, i386` */
  system: string;
  /** One paragraph. */
  inShort: string;
  /** Sections that have something to say. */
  sections: Section[];
}

/** Further backtraces of a report, and other panics with their backtraces, that are shown. */
const TRACES_SHOWN = 8;
const OTHERS_SHOWN = 4;
/**
 * Items of a section that are shown of its beginning and of its end; a stack can hold one function a thousand
 * times.
 */
const HEAD_SHOWN = 100;
const TAIL_SHOWN = 50;

const ORDER_NOTE = 'the backtrace from its outer end; between two of its lines others may be left out';

/** Puts a report into words. @throws RangeError if it is none */
export function explain(report: Report): Explanation {
  checkGiven('explain', { report }, { report: WANTED.report });
  const sections: Section[] = [
    {
      id: 'happened',
      title: 'What happened',
      style: 'steps',
      ...(report.frames.length > 1 ? { note: ORDER_NOTE } : {}),
      items: steps(report),
    },
    known(report),
    { id: 'unclear', title: 'What is unclear', style: 'list', items: unclear(report) },
    {
      id: 'recipe',
      title: 'To reproduce (likely: what the text seems to give as the way to it)',
      style: 'list',
      items: recipe(report),
    },
    { id: 'facts', title: 'Facts', style: 'table', items: facts(report) },
    {
      id: 'backtrace',
      title: `Backtrace, innermost first${culpritFrame(report) < 0 ? '' : ` (* ${starSays(report)})`}`,
      style: 'listing',
      items: mainTrace(report),
    },
    ...otherTraces(report),
    {
      id: 'registers',
      title: registersTitle(report),
      style: 'listing',
      items: report.registers.map(registerItem),
    },
    {
      id: 'locks',
      title: 'Locks',
      style: 'list',
      items: report.locks.map((lock) => item(lockText(lock), lock.span)),
    },
    { id: 'dump', title: 'Dump', style: 'list', items: dump(report) },
    { id: 'processes', title: 'Processes', style: 'listing', items: processes(report) },
    checks(report),
    ...others(report),
    { id: 'names', title: 'Names for counting, coarse to fine', style: 'table', items: names(report) },
  ];
  return {
    title: report.title,
    system: systemLine(report),
    inShort: inShort(report),
    sections: sections
      .filter((each) => each.items.length > 0)
      .map((each) => ({ ...each, items: shortened(each.items) })),
  };
}

function shortened(items: Item[]): Item[] {
  const left = items.length - HEAD_SHOWN - TAIL_SHOWN;
  if (left <= 1) return items;
  return [...items.slice(0, HEAD_SHOWN), item(`[${left} more]`), ...items.slice(-TAIL_SHOWN)];
}

const CONFIDENCE_NOTE: Record<Exclude<Confidence, 'certain'>, string> = {
  follows: '(follows) from the printed text by a rule of this kernel',
  likely: '(likely) where other explanations are possible',
};

function known({ derived }: Report): Section {
  const used = CONFIDENCES.flatMap((each) =>
    each !== 'certain' && derived.some(({ confidence }) => confidence === each) ? CONFIDENCE_NOTE[each] : [],
  );
  return {
    id: 'known',
    title: 'What is known',
    style: 'list',
    ...(used.length === 0 ? {} : { note: `certain by arithmetic unless marked: ${used.join('; ')}` }),
    items: derived.map(({ claim, because, evidence, confidence }) => ({
      text: claim,
      because,
      spans: evidence,
      ...(confidence === 'certain' ? {} : { sure: confidence }),
    })),
  };
}

function recipe({ recipe, programs }: Report): Item[] {
  return [
    ...recipe.map((each) => item(`${each.text}${recipeSizeText(each)}`, each.span)),
    ...programs.map((each) => item(programText(each), each.span)),
  ];
}

function mainTrace(event: PanicEvent): Item[] {
  return trace(event.frames, event.boundaries, culpritFrame(event));
}

/** Index of the frame to look at; -1 where the trace lacks it: the debugger or an address has named it. */
function culpritFrame(event: PanicEvent): number {
  const { kind, frames, boundaries } = event;
  if (isAsleep(event) || lacksInnerEnd(event)) return -1;
  const at = culpritIndex(frames, boundaries, faultFrame(event));
  if (at >= 0 && isWayOut(event, frames[at]!)) return -1;
  const name = culpritName(event);
  // Of a lock that was kept another trace has it: the star of this one says so.
  if (LOCKS_HELD.has(kind)) return at;
  if (name === undefined) return -1;
  return frames.some((frame) => plainName(frame.function) === plainName(name)) ? at : -1;
}

/** Of a lock that was kept: the trace of whoever took it, if the event's names come from there. */
function takersTrace(report: Report): Trace | undefined {
  const [culprit] = report.ownFrames;
  if (!LOCKS_HELD.has(report.kind) || culprit === undefined) return undefined;
  if (report.frames.some((frame) => plainName(frame.function) === culprit)) return undefined;
  return traceOfTaker(report);
}

function trace(frames: readonly Frame[], boundaries: readonly Boundary[], culprit = -1): Item[] {
  const out: Item[] = [];
  const crossings = (after: number): Item[] =>
    boundaries.filter((each) => each.after === after).map((each) => item(boundaryText(each), each.span));
  out.push(...crossings(-1));
  frames.forEach((frame, i) => {
    if (isApart(frames, boundaries, i)) out.push(item('...'));
    out.push({ ...item(frameText(frame), frame.span), ...(i === culprit ? { mark: 'culprit' } : {}) });
    out.push(...crossings(i));
  });
  return out;
}

const PURPOSES: Record<string, string> = {
  established: 'Backtrace of where the lock order was established',
  attempted: 'Backtrace of where the lock order was reversed',
  order: 'Backtrace of where one of the two lock orders was first seen',
  acquired: 'Backtrace of where a lock was taken',
  allocated: 'Backtrace of where the memory was allocated',
  freed: 'Backtrace of where the memory was freed',
  access: 'Backtrace of the access itself, as the sanitizer kept it',
  slept: 'Backtrace of the thread that slept with the lock',
  thread: "Another backtrace, likely another thread's",
};

function traceTitle({ purpose, process, cpu }: Trace): string {
  const title =
    purpose === undefined ? 'Another backtrace' : (PURPOSES[purpose] ?? `Another backtrace (${purpose})`);
  const named = processText(process);
  const who = named === '' && purpose === 'thread' && cpu !== undefined ? `cpu ${cpu}` : named;
  return who === '' ? title : `${title}: ${who}`;
}

function registersTitle({ registersOf, registersCpu: cpu }: Report): string {
  if (cpu !== undefined) return `Registers (of cpu ${cpu}, where the debugger was)`;
  return `Registers${registersOf === 'debugger' ? " (likely at the debugger's entry, not at the fault)" : ''}`;
}

function otherTraces(report: Report): Section[] {
  const taker = sleepersTrace(report) ?? blockedTrace(report) ?? takersTrace(report);
  return report.otherTraces.slice(0, TRACES_SHOWN).map((each, i) => ({
    id: `trace-${i + 1}`,
    title: traceTitle(each),
    style: 'listing',
    items: trace(
      each.frames,
      each.boundaries,
      each === taker ? culpritIndex(each.frames, each.boundaries) : -1,
    ),
  }));
}

function registerItem({ name, value, symbol, span }: Register): Item {
  return item(`${name.padEnd(8)} ${value.padStart(18)}${symbol === undefined ? '' : `  ${symbol}`}`, span);
}

function dump({ dump }: Report): Item[] {
  if (dump === undefined) return [];
  const { state, detail } = dump;
  const more = detail === undefined || detail.toLowerCase() === state ? '' : `: ${detail}`;
  return [item(`${state}${more}`, dump.header?.status?.span ?? dump.span)];
}

function processes({ ps }: Report): Item[] {
  return ps.map(({ pid, tid, name, wmesg, span }) => {
    const thread = tid === undefined ? '' : `, thread ${tid}`;
    return item(
      `${String(pid).padStart(6)} ${name}${thread}${wmesg === undefined ? '' : ` (${wmesg})`}`,
      span,
    );
  });
}

function checks({ checks }: Report): Section {
  const hold = checks.filter((each) => each.ok).length;
  return {
    id: 'checks',
    title: `Checks of facts against each other: ${hold} of ${checks.length} hold`,
    style: 'list',
    items: checks.map(({ name, ok, detail, evidence }) => ({
      text: `${ok ? 'ok  ' : 'FAIL'} ${name}: ${detail}`,
      spans: evidence,
      mark: ok ? 'holds' : 'fails',
    })),
  };
}

/** What the star in front of a frame says. */
function starSays(report: Report): string {
  const { bystander, natures } = report;
  if (bystander !== undefined) return 'the frame that met it, likely a bystander';
  if (takersTrace(report) !== undefined) return 'where the lock was found to be held still';
  return `the frame to look at${natures.culprit === 'likely' ? ', likely' : ''}`;
}

/** What the report is counted under, and why it should not be. */
function names({ buckets, signature, unbucketed, suppressed, corrupted }: Report): Item[] {
  const row = (name: string, text: string | undefined): Item[] =>
    text === undefined ? [] : [{ name, text, spans: [] }];
  return [
    ...buckets.map(({ level, title }) => ({ name: level, text: title, spans: [] })),
    ...row('signature', signature),
    ...row('shares no bucket', unbucketed),
    ...row('likely set aside', suppressed),
    ...row('not to be trusted', corrupted),
  ];
}

function cameText({ consequence }: PanicEvent): string {
  return consequence === undefined ? '' : `; likely it came of what was before, as ${consequence.value}`;
}

/** Another CPU's panic is told apart from one that came later. */
function onCpu({ cpu }: PanicEvent, { cpu: first }: PanicEvent): string {
  return cpu === undefined || first === undefined || cpu.value === first.value ? '' : `, on cpu ${cpu.value}`;
}

function others(report: Report): Section[] {
  const named = report.others.map((event) => ({ event, title: titleOf(signatureParts(event), event) }));
  const allCame = cameOf(report, report.others).length === named.length;
  return [
    {
      id: 'others',
      title: `Also in the text, ${allCame ? 'likely what came of it' : 'likely events of their own'}`,
      style: 'list',
      items: named.map(({ event, title }) =>
        item(`${title}${onCpu(event, report)}${cameText(event)}`, event.span, event.consequence?.span),
      ),
    },
    ...named.slice(0, OTHERS_SHOWN).map(
      ({ event, title }, i): Section => ({
        id: `other-${i + 1}`,
        title: `Backtrace of: ${title}`,
        style: 'listing',
        items: mainTrace(event),
      }),
    ),
  ];
}
