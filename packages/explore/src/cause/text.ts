import { placeText } from '../places.js';
import { whoText } from '../processes.js';
import type { Deed } from '../explain/clash.js';
import type { Cause, ObjectHistory, Turn } from './cause.js';
import type { MissedWakeup, Stretch } from './waits.js';

export const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;
/** Callers are told up to here. */
const CALLERS = 2;

/** Where something was done, by whose call, and with which locks, in lines. */
export function deedText({ stack, locks }: Deed, indent: string): string[] {
  const places = stack.slice(0, 1 + CALLERS).map(placeText);
  const held = locks.length === 0 ? 'holding no lock' : `holding ${locks.join(', ')}`;
  return [
    `${indent}in ${places.length === 0 ? 'a place that is not known' : places.join(', called from ')}, ${held}`,
  ];
}

/** What a run died over, in lines. */
export function causeText(cause: Cause | undefined): string[] {
  if (cause === undefined) return [];
  return ['What it died over:', ...cause.histories.flatMap((history) => historyText(history, cause))];
}

function historyText(
  { struct, base, field, value, read, written, turns }: ObjectHistory,
  cause: Cause,
): string[] {
  const out = [
    struct === ''
      ? `  ${whoText(read)} uses ${field} at ${hex(base)}, and may not`
      : `  ${whoText(read)} reads ${field} of ${struct} ${hex(base)}: ${hex(value)}`,
    ...deedText(read, '      '),
  ];
  for (const { deed, old, now } of written)
    out.push(`    ${whoText(deed)} made it ${hex(now)} from ${hex(old)}`, ...deedText(deed, '        '));
  out.push(`    what was done with this ${struct === '' ? 'word' : struct} before, in us before the end:`);
  out.push(...turns.map((turn) => turnText(turn, cause.ns)), '');
  return out;
}

const stretchText = ({ function: name, file, line, lastLine }: Stretch): string =>
  `${name} (${file}:${line === lastLine ? line : `${line}-${lastLine}`})`;

function turnText(turn: Turn, endNs: number): string {
  const { firstLine: line, ns, reads, writes } = turn;
  const deeds = [
    ...(reads.length > 0 ? [`reads ${reads.join(', ')}`] : []),
    ...(writes.length > 0 ? [`writes ${writes.join(', ')}`] : []),
  ];
  const at = ((ns - endNs) / 1000).toFixed(2).padStart(12);
  return `    ${at}  ${whoText(turn)} in ${stretchText({ ...turn, line })} ${deeds.join('; ')}`;
}

/** Wakeups that were lost, in lines. */
export function missedWakeupsText(missed: readonly MissedWakeup[]): string[] {
  return missed.flatMap((each) => {
    const { process, pid, message, channel, slept, struct, field, base, value, changed, after } = each;
    const ms = ((each.endNs - slept.ns) / 1e6).toFixed(3);
    return [
      `A wakeup is lost: ${whoText({ process, pid })} sleeps on ${hex(channel)} ("${message}") since ${ms} ms`,
      `  it had read ${field} of ${struct} ${hex(base)}: ${hex(value)}`,
      ...deedText(slept, '      '),
      `  ${whoText(changed.deed)} made that ${hex(changed.now)} from ${hex(changed.old)}, and nobody woke it after that`,
      ...deedText(changed.deed, '      '),
      ...after.map((place) => `      and went on with this ${struct} in ${stretchText(place)}`),
      '',
    ];
  });
}
