import type { Outside, Past, PastHistory, SymbolTable } from '@trap12/target';
import { DdbError } from '../errors.js';
import { symbolic } from '../format.js';
import type { Command } from './command.js';
import { pastOf, REMEMBERED, shown } from './made.js';

/** No more of what was typed is shown. */
const TYPED_MAX = 20;

function outsideText(symbols: SymbolTable, by: Outside): string {
  if ('written' in by) return `${symbolic(symbols, by.written)} written`;
  if ('called' in by) return `${by.called} called`;
  const { typed } = by;
  return `${JSON.stringify(typed.length > TYPED_MAX ? `${typed.slice(0, TYPED_MAX)}...` : typed)} typed`;
}

const ENDS: Record<PastHistory['why'], string> = {
  ...{ step: '', time: '', panic: ', a panic', debugger: ', in the debugger' },
  ...{ halt: ', it halts', reboot: ', it reboots' },
};

const seconds = (ns: number): string => `${(ns / 1e9).toFixed(9)} s`;

/** One line of the list. Steps are those before which the machine stood. */
function historyLine(symbols: SymbolTable, past: Past, h: PastHistory): string {
  const here = h.number === past.history ? '*' : ' ';
  const from =
    h.origin === undefined
      ? 'from power-on;'
      : `from ${h.origin.history} at step ${h.origin.step + 1}, ${seconds(h.origin.nowNs)}: ${outsideText(symbols, h.origin.by)};`;
  return `${here}${String(h.number).padStart(3)}  ${from} to step ${h.step + 1}, ${seconds(h.nowNs)}${ENDS[h.why]}`;
}

/** What is said when another history has begun; empty if none has. @param before newestHistory() before */
export function branchLines(past: Past | undefined, before: number): string[] {
  const newest = newestHistory(past);
  if (past === undefined || newest === before) return [];
  const { origin } = past.histories.at(-1)!;
  const left = past.histories.find((h) => h.number === origin?.history);
  const whither =
    left === undefined ? '' : `: 'history ${left.number}' goes to its end, step ${left.step + 1}`;
  return [`history ${newest} begins at step ${(origin?.step ?? 0) + 1}; what came after stays${whither}`];
}

/** Number of the history that was made last. */
export function newestHistory(past: Past | undefined): number {
  return past?.histories.at(-1)?.number ?? 0;
}

export const history: Command = {
  name: 'history',
  aliases: ['histories'],
  usage: '[number [step]]',
  help: 'has the machine stand at the end of another history, or at a step of it; alone, lists them',
  manual: [
    'Whoever changes the machine in the past makes another history: what came after stays as it was, under its number. In the list: where it left which other one, by what, and how far it goes; * is the one that the machine goes through. Numbers are decimal.',
    'Of more than 64 the oldest is forgotten.',
    REMEMBERED,
  ],
  run(session, _modifiers, rest) {
    const past = pastOf(session);
    const { symbols } = session.memory.target;
    if (rest === '') {
      for (const h of past.histories) session.print(historyLine(symbols, past, h));
      return;
    }
    const [, number, step] = /^(\d{1,9})(?:\s+(\d{1,15}))?$/.exec(rest) ?? [];
    if (number === undefined) throw new DdbError('history: [number [step]]');
    const wanted = past.histories.find((h) => h.number === Number(number));
    if (wanted === undefined) {
      const known = past.histories.map((h) => h.number).join(', ');
      throw new DdbError(`history ${number}: accepted: ${known}`);
    }
    const there =
      step === undefined ? past.goToHistory(wanted.number) : past.goTo(Number(step), wanted.number);
    if (!there) throw new DdbError(`step ${step}: accepted: 1 to ${wanted.step + 1}`);
    shown(session);
  },
};
