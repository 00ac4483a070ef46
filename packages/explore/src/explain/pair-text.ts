import { heldText, missingText } from '../races/text.js';
import type { AccessReport } from '../races/report.js';
import type { RacingPair } from './pair.js';

const placeText = ({ function: within, file, line }: AccessReport): string =>
  `in ${within} (${file}:${line})`;

/** The pair of accesses that made the difference, in lines; none if there is no such pair. */
export function pairText(pair: RacingPair | undefined): string[] {
  if (pair === undefined) return [];
  const { report, races, otherwise, section } = pair;
  const { first, second, object } = report;
  const declared = report.declared === null ? 'no lock is declared' : `declared: ${report.declared}`;
  const late = otherwise === 'too late';
  const out = [
    otherwise === 'not known'
      ? `The race nearest to the failure: two accesses to ${object} (${declared})`
      : `What must not meet: two accesses to ${object} (${declared})`,
    `  ${first.process} ${first.does} it ${heldText(first.holds)}`,
    `      ${placeText(first)}`,
    `  ${late ? 'before' : 'and then'} ${second.process} ${second.does} it ${heldText(second.holds)}`,
    `      ${placeText(second)}`,
    otherwiseText(pair),
  ];
  if (races) out.push('  nothing orders the two: they race', ...missingText(report));
  else if (section !== undefined) {
    const { end, access, gaveBack } = section;
    const which = gaveBack.length > 0 ? `, and gave ${gaveBack.join(', ')} back in between` : '';
    out.push(
      `  each was locked, but not for long enough: ${access.process} ${access.does} it ${end === 'before' ? 'before' : 'afterwards'}${which}`,
      `      ${placeText(access)}`,
      end === 'before'
        ? `  missing: one section from there to line ${second.line}`
        : `  missing: one section from line ${first.line} to there`,
    );
  } else out.push('  each has its locks, and these leave it open who comes first');
  return [...out, ''];
}

function otherwiseText({ otherwise, report: { first, second } }: RacingPair): string {
  if (otherwise === 'not known')
    return '  whether their order made the difference is not known: no run with the other one was seen';
  if (otherwise === 'not made') return `  in the run that passes ${first.process} does not do that before`;
  return `  in the run that passes ${second.process} comes first`;
}
