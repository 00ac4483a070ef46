import { isFormat } from '../forms/lldb.js';
import { plainName } from '../functions/index.js';
import { leftOf } from '../signature.js';
import type { Derivation, PanicEvent, Report } from '../types.js';
import { trapSentence } from './steps.js';
import { counted, listed, processText } from './words.js';

/** Rules whose findings change what a reader looks for, the weightiest first. */
const WEIGHTY = [
  'nested-fault',
  'freed-memory',
  'non-canonical',
  'null-pointer-field',
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
    ...weighty(report.derived),
    report.recipe.length === 0 ? '' : `The text names a load: ${report.recipe[0]!.text}`,
    report.suppressed === undefined ? '' : `To be set aside: ${report.suppressed}`,
    report.corrupted === undefined ? '' : `Title and frames are not to be trusted: ${report.corrupted}`,
    lacks(report),
  ]
    .filter((each) => each !== '')
    .map(sentence)
    .join(' ');
}

/** A capital letter in front, a full stop behind; names of functions and registers keep their letters. */
function sentence(text: string): string {
  const first = /^(?:a|an|it|no|not|the|there|to|two) /i.test(text)
    ? text[0]!.toUpperCase() + text.slice(1)
    : text;
  return /[.!?]$/.test(first) ? first : `${first}.`;
}

function withArticle(text: string): string {
  return `${/^(?:[aeiou]|MMU |SSIR |FPU |XFC |NMI)/.test(text) ? 'an' : 'a'} ${text}`;
}

function headline(report: Report): string {
  const { trap, kind, message, others } = report;
  const more = others.length === 0 ? '' : `; ${counted(others.length, 'further event')} in the text`;
  if (kind === 'trap' && trap !== undefined)
    return `the kernel died of ${withArticle(trapSentence(report, trap))}${more}`;
  if (kind === 'double-fault') return `the kernel died of a double fault${more}`;
  if (kind === 'unknown') return `The text has ${LEFT[leftOf(report)]}, but not what happened${more}`;
  if (message !== undefined && isFormat(message.value))
    return `the kernel's message has the form "${message.value}"${more}`;
  if (message !== undefined) return `the kernel said "${message.value}"${more}`;
  return `the kernel reported: ${report.title}${more}`;
}

function whoText(event: PanicEvent): string {
  const who = processText(event.process?.value);
  const cpu = event.trap?.cpuid ?? event.cpu;
  if (who === '') return cpu === undefined ? '' : `It was on cpu ${cpu.value}`;
  return `It was running ${who}${cpu === undefined ? '' : ` on cpu ${cpu.value}`}`;
}

function whereText({ ownFrames, faultPlace, frames, corrupted, kind }: Report): string {
  if (faultPlace?.jump !== undefined && faultPlace.caller !== undefined)
    return `${faultPlace.caller.function} called through a ${faultPlace.jump} function pointer`;
  const [culprit, ...callers] = ownFrames;
  if (culprit !== undefined) {
    if (kind === 'sleeping-with-locks' && !frames.some((frame) => plainName(frame.function) === culprit))
      return `the frame to look at is ${culprit}, which took the lock`;
    const by = callers.length === 0 ? '' : `, called by ${listed(callers.slice(0, 2))}`;
    return `the frame to look at is ${culprit}${by}`;
  }
  // The verdict says it with the reason.
  if (corrupted !== undefined) return '';
  return frames.length === 0
    ? 'no backtrace of the event was read'
    : "the backtrace has no function that is the event's own";
}

/** The weightiest findings in their own words, with how sure they are. */
function weighty(derived: readonly Derivation[]): string[] {
  return WEIGHTY.flatMap((rule) => derived.find((each) => each.rule === rule) ?? [])
    .slice(0, WEIGHTY_SHOWN)
    .map(({ claim, confidence }) => (confidence === 'certain' ? claim : `${claim} (${confidence})`));
}

function lacks({ damage, absent, kind }: Report): string {
  const parts = [
    absent.includes('version') ? 'a line with the version' : '',
    kind === 'trap' && absent.includes('registers') ? 'the registers' : '',
  ].filter(Boolean);
  const missing = parts.length === 0 ? '' : `not in the text: ${listed(parts)}`;
  const damaged = damage.length === 0 ? '' : 'the text is damaged or incomplete';
  return [missing, damaged].filter(Boolean).join('; ');
}
