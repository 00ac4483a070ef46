import { cameOf } from '../came-of.js';
import { LOCKS_HELD } from '../forms/witness-held.js';
import { farFrom } from '../far-place.js';
import { blockedTrace, sleepersTrace, unnamedFrames } from '../fault-place.js';
import { plainName } from '../functions/index.js';
import { leftOf } from '../signature.js';
import type { Derivation, PanicEvent, RecipeCommand, Report } from '../types.js';
import { trapSentence } from './steps.js';
import { counted, doubt, listed, messageSaid, processText } from './words.js';

/** Rules whose findings change what a reader looks for, the weightiest first. */
const WEIGHTY = [
  'nested-fault',
  'freed-memory',
  'non-canonical',
  'null-pointer-field',
  'recursion',
  'page-directory-slot',
];
const WEIGHTY_SHOWN = 2;

const LEFT: Record<string, string> = {
  backtrace: 'a backtrace',
  registers: 'registers',
  stop: 'a stop of the debugger',
};

/** The report in one paragraph: what happened, to whom, where to look, what weighs, what the text lacks. */
export function inShort(report: Report): string {
  return [
    headline(report),
    whoText(report),
    whereText(report),
    report.details.blamed === undefined ? '' : `the text itself says: ${report.details.blamed.value}`,
    ...weighty(report.derived),
    report.recipe.length === 0 ? '' : wayTo(report),
    report.suppressed === undefined ? '' : `Likely to be set aside: ${report.suppressed}`,
    report.corrupted === undefined ? '' : `Title and frames are not to be trusted: ${report.corrupted}`,
    lacks(report),
  ]
    .filter((each) => each !== '')
    .map(sentence)
    .join(' ');
}

/** Characters between two commands of one sentence: quotation marks and a word. */
const BETWEEN = 16;
/** Commands of a script that are short enough to be given here. */
const SCRIPT_MAX = 120;
/** What runs the program that is named behind it. */
const RUNNERS = new Set(['sudo', 'doas', 'nohup', 'time', 'nice', 'exec', 'sh', 'env']);

/** The program that a command runs, without its path. */
function programOf({ command }: RecipeCommand): string {
  const word = command.find((each) => !RUNNERS.has(each)) ?? '';
  return word.slice(word.lastIndexOf('/') + 1);
}

/**
 * The commands that the text gives. Of several, the last that runs the program of the process, since that one
 * was at work; else all of them, if they stand together: none alone is the way.
 */
function wayTo({ recipe, process }: Report): string {
  const doing = recipe.filter((each) => !/^(?:cc|c99|gcc|clang|cd)\b/.test(each.text));
  const steps = doing.length === 0 ? recipe : doing;
  if (steps.length < 2) return `likely a way to it: ${steps[0]?.text ?? ''}`;
  const name = process?.value.name;
  const own = name === undefined ? undefined : steps.findLast((each) => programOf(each) === name);
  if (own !== undefined) {
    const at = steps.indexOf(own);
    const before =
      at === 0 ? '' : `, behind ${counted(at, 'command')} that stand${at === 1 ? 's' : ''} below`;
    return `likely a way to it: ${own.text}${before}`;
  }
  const [first, ...others] = steps;
  const gap = (i: number): number => others[i]!.span[0] - steps[i]!.span[1];
  // `... or ...`: one of a sentence is as good as another.
  if (others.every((each, i) => each.follows !== true && gap(i) <= BETWEEN))
    return `likely a way to it: ${first!.text}`;
  const apart = others.some((each) => each.follows !== true);
  const script = steps.map((each) => each.text).join('; ');
  // Whether commands of several places are one way or several, nothing says.
  if (apart) return `there are ${steps.length} commands below that may be of a way to it`;
  if (script.length > SCRIPT_MAX) return `likely a way to it: the ${steps.length} commands below`;
  return `likely a way to it: ${script}`;
}

/** A capital letter in front, a full stop behind; names of functions and registers keep their letters. */
function sentence(text: string): string {
  const first = /^(?:a|an|it|likely|no|not|somebody|the|there|to|two|what|which) /i.test(text)
    ? text[0]!.toUpperCase() + text.slice(1)
    : text;
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

function withArticle(text: string): string {
  return `${/^(?:[aeiou]|MMU |SSIR |FPU |XFC |NMI)/.test(text) ? 'an' : 'a'} ${text}`;
}

/** How many events the text has besides, and whether they came of this one. */
function furtherText(report: Report): string {
  const { others } = report;
  const came = cameOf(report, others).length;
  const further = counted(others.length, 'further event');
  if (came === 0) return `likely ${further} in the text`;
  if (came === others.length) return `${further} in the text likely came of it`;
  return `likely ${further} in the text, ${came} of which likely came of it`;
}

function headline(report: Report): string {
  const { trap, kind, message, others, natures } = report;
  const more = others.length === 0 ? '' : `; ${furtherText(report)}`;
  if (kind === 'trap' && trap !== undefined)
    return `the text tells of ${withArticle(trapSentence(report, trap))}${doubt(natures.kind)}${more}`;
  if (kind === 'double-fault') return `the text tells of a double fault${doubt(natures.kind)}${more}`;
  const { entry } = report.details;
  if (kind === 'unknown' && entry !== undefined)
    return `somebody entered the debugger by hand ("${entry.value}"); what for was not read${more}`;
  if (kind === 'unknown')
    return `what was read is ${LEFT[leftOf(report)]}, and no line that says what happened${more}`;
  if (message !== undefined)
    return `the message ${messageSaid(message.value, message.cut)} "${message.value}"${doubt(natures.message)}${more}`;
  return `the text tells of: ${report.title}${more}`;
}

function whoText(event: PanicEvent): string {
  const who = processText(event.process?.value);
  const cpu = event.trap?.cpuid ?? event.cpu;
  const on = cpu === undefined ? '' : `cpu ${cpu.value}${cpu.likely === true ? ' (likely)' : ''}`;
  if (who === '') return on === '' ? '' : `On ${on}`;
  return `Process: ${who}${event.process?.likely === true ? ' (likely)' : ''}${on === '' ? '' : `, on ${on}`}`;
}

function whereText(report: Report): string {
  const { ownFrames, faultPlace, frames, corrupted, kind, natures, bystander } = report;
  if (faultPlace?.jump !== undefined && faultPlace.caller !== undefined)
    return `likely ${faultPlace.caller.function} called through a ${faultPlace.jump} function pointer`;
  const [culprit, ...callers] = ownFrames;
  if (culprit !== undefined) {
    if (report.kind === 'trap' && unnamedFrames(report) > 1)
      return `what faulted has no name in the backtrace; the innermost function that has one is ${culprit}`;
    if (sleepersTrace(report) !== undefined)
      return `the frame to look at is likely ${culprit}, in the backtrace of the thread that slept with the lock`;
    if (blockedTrace(report) !== undefined)
      return `the frame to look at is likely ${culprit}, in the backtrace of the thread that was blocked`;
    if (LOCKS_HELD.has(kind) && !frames.some((frame) => plainName(frame.function) === culprit))
      return `the frame to look at is likely ${culprit}, in the backtrace of who took the lock`;
    if (bystander !== undefined)
      return `the frame that met it, ${culprit}, is likely a bystander: ${bystander}`;
    const by = callers.length === 0 ? '' : `; then in the backtrace: ${listed(callers.slice(0, 2))}`;
    return `the frame to look at is ${natures.culprit === 'likely' ? 'likely ' : ''}${culprit}${by}`;
  }
  const far = farText(report);
  if (far !== undefined) return far;
  // The verdict says it with the reason.
  if (corrupted !== undefined) return '';
  return frames.length === 0
    ? 'no backtrace of the event was read'
    : "no function in the backtrace is known to be the event's own";
}

/** That a place so far behind its symbol may be in any function. */
function farText(report: Report): string | undefined {
  const far = farFrom(report);
  const symbol = (report.faultPlace ?? report.stoppedAt)?.function;
  if (far === undefined || symbol === undefined) return undefined;
  return `which function it was is not known: ${symbol} is the symbol below the place, 0x${far.toString(16)} before it`;
}

/** The weightiest findings in their own words, with how sure they are. */
function weighty(derived: readonly Derivation[]): string[] {
  return WEIGHTY.flatMap((rule) => derived.find((each) => each.rule === rule) ?? [])
    .slice(0, WEIGHTY_SHOWN)
    .map(({ claim, confidence }) => (confidence === 'certain' ? claim : `${claim} (${confidence})`));
}

function lacks({ damage, unread, kind }: Report): string {
  const parts = [
    unread.includes('version') ? 'a line with the version' : '',
    kind === 'trap' && unread.includes('registers') ? 'registers' : '',
  ].filter(Boolean);
  const missing = parts.length === 0 ? '' : `not read: ${listed(parts)}`;
  const damaged = damage.length === 0 ? '' : 'what is unclear stands below';
  return [missing, damaged].filter(Boolean).join('; ');
}
