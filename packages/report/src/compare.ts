import { checkGiven, WANTED } from './given.js';
import { isFoundDamage } from './found-damage.js';
import { BUCKET_LEVELS, type BucketLevel, type Report } from './types.js';
import { processText, systemText } from './present/words.js';

/**
 * `perhaps`: the same fault in the same function, reached in another way; `untold`: one of them has no frame
 * to go by.
 */
export type Verdict = 'same' | 'perhaps' | 'different' | 'untold';

/** Two reports held against each other. */
export interface Comparison {
  verdict: Verdict;
  /** Why, in one sentence. */
  because: string;
  /** Names for counting that both have, coarse to fine. */
  shared: { level: BucketLevel; title: string }[];
  /** What is not alike, though it decides nothing: process, version ... */
  differences: { what: string; a: string; b: string }[];
}

/**
 * Tells whether two reports are of one bug, by the names under which they are counted.
 * @throws RangeError if one of them is none
 */
export function compareReports(a: Report, b: Report): Comparison {
  checkGiven('compareReports', { a, b }, { a: WANTED.report, b: WANTED.report });
  const keys = new Set(b.buckets.map((each) => each.key));
  const shared = a.buckets.filter((each) => keys.has(each.key));
  return {
    ...judge(a, b, shared.at(-1)),
    shared: shared.map(({ level, title }) => ({ level, title })),
    differences: differences(a, b),
  };
}

function judge(
  a: Report,
  b: Report,
  finest: Report['buckets'][number] | undefined,
): Pick<Comparison, 'verdict' | 'because'> {
  const [first, second] = [lacking(a), lacking(b)];
  if (first !== undefined || second !== undefined) {
    const which = first === undefined ? 'the second' : second === undefined ? 'the first' : 'either';
    return {
      verdict: 'untold',
      because: `${which} has nothing that tells its bug from others: ${first ?? second}`,
    };
  }
  if (finest?.level === 'frames') return { verdict: 'same', because: `both are "${finest.title}"` };
  if (finest?.level === 'culprit') {
    if (isFoundDamage(a))
      return {
        verdict: 'perhaps',
        because: `both are "${finest.title}", and neither text tells who spoilt the memory`,
      };
    const [shorter, longer] = a.ownFrames.length < b.ownFrames.length ? [a, b] : [b, a];
    // A trace that was cut short of the callers agrees as far as it goes.
    if (shorter.ownFrames.every((name, i) => longer.ownFrames[i] === name))
      return {
        verdict: 'same',
        because: `both are "${finest.title}", and one trace shows no more than that`,
      };
    return {
      verdict: 'perhaps',
      because: `both are "${finest.title}", but called in other ways: ${callers(a)}; ${callers(b)}`,
    };
  }
  const level = BUCKET_LEVELS[finest === undefined ? 0 : BUCKET_LEVELS.indexOf(finest.level) + 1];
  const title = (report: Report) => report.buckets.find((each) => each.level === level)?.title ?? 'none';
  return { verdict: 'different', because: `the ${level} differs: "${title(a)}" and "${title(b)}"` };
}

/** Why a report cannot be counted with others. */
function lacking(report: Report): string | undefined {
  if (report.unbucketed !== undefined) return report.unbucketed;
  if (report.buckets.some((each) => each.level === 'culprit')) return undefined;
  return 'its backtrace has no frame that is its own';
}

function callers({ ownFrames }: Report): string {
  return ownFrames.length < 2 ? 'no caller shown' : `by ${ownFrames.slice(1).join(' < ')}`;
}

function differences(a: Report, b: Report): Comparison['differences'] {
  const rows: [what: string, value: (report: Report) => string | undefined][] = [
    ['system', systemText],
    ['process', (each) => processText(each.process?.value)],
    ['fault address', (each) => each.trap?.faultAddress?.value],
    ['message', (each) => each.message?.value],
    ['own frames', (each) => each.ownFrames.join(' < ')],
    ['signature', (each) => each.signature],
  ];
  return rows.flatMap(([what, value]) => {
    const pair = { a: value(a) || 'not read', b: value(b) || 'not read' };
    return pair.a === pair.b ? [] : [{ what, ...pair }];
  });
}
