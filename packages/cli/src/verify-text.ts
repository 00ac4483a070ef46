import { unfailedText, type Verdict } from '@trap12/explore';
import { count, diedText, percent, share } from './explore-text.js';
import type { JUnitSuite } from './junit.js';

/** Nothing failed, and it was looked at to the end. */
export const survives = ({ failed, died, interrupted }: Verdict): boolean =>
  failed === undefined && died.length === 0 && !interrupted;

/** Failing schedules that have not been replayed with the change: nothing is known of these. */
function unfinishedText({ replayed, interrupted }: Verdict, failing: number): string[] {
  const left = failing - replayed.length;
  if (left <= 0 || !interrupted) return [];
  return [`not replayed with the change, as it was interrupted: ${count(left, 'failing schedule')}`];
}

/** A verdict for people. @param failing how many schedules failed without the change */
export function verdictText(verdict: Verdict, failing: number, seconds: number): string[] {
  const { replayed, around, systematic, sampled, failed, moved } = verdict;
  const out: string[] = [];
  if (failing === 0) out.push('without the change no schedule failed, so there is nothing to replay');
  for (const { was, now, cut, made, choices } of replayed)
    out.push(
      `replayed: ${was}`,
      `    with the change: ${now ?? unfailedText(cut ? 'time' : 'done')} (${made} of ${choices} choices came by)`,
    );
  out.push(...unfinishedText(verdict, failing));
  if (around > 0) out.push(`near it: ${around} schedule${around === 1 ? '' : 's'}`);
  if (systematic !== undefined)
    out.push(`in order: ${systematic.covered ?? `${systematic.tries} schedules`}`);
  if (sampled !== undefined) {
    const { tries, distinct, singletons, estimate, half } = sampled;
    out.push(
      `by chance: ${tries} schedules, ${distinct} distinct orders of locks and wakeups, ${singletons} of them seen once:`,
      `    the next one shows a new order with a probability of ${share(estimate, tries)}`,
    );
    if (half !== undefined)
      out.push(
        `    (after half of them it was ${share(half.estimate, tries / 2)}, and ${percent(half.came)} of the others showed one)`,
      );
  }
  out.push('');
  out.push(...diedText(verdict.died));
  if (survives(verdict)) out.push(`survived (${seconds.toFixed(1)} s)`);
  else if (failed === undefined)
    out.push(`not known: ${verdict.interrupted ? 'interrupted' : 'workers died'} (${seconds.toFixed(1)} s)`);
  else {
    out.push(`failed: ${failed.failure!.title}`);
    if (moved) out.push('the change has only moved the window: it is the same failure by another schedule');
  }
  return out;
}

/** A verdict as a suite of JUnit's: a case a schedule that was to be cured, and one a kind of search. */
export function suiteOfVerdict(
  verdict: Verdict,
  what: string,
  schedule: string | undefined,
  seconds: number,
): JUnitSuite {
  const { replayed, around, systematic, sampled, failed, died, interrupted } = verdict;
  const text = [failed?.failure?.text ?? '', schedule ?? ''].join('\n');
  const cases: { name: string; ok: boolean; message?: string }[] = replayed.map(({ was, now }) => ({
    name: `replayed: ${was}`,
    ok: now === undefined,
  }));
  if (around > 0) cases.push({ name: `near it: ${around}`, ok: true });
  if (systematic !== undefined)
    cases.push({ name: `in order: ${systematic.covered ?? systematic.tries}`, ok: true });
  if (sampled !== undefined) cases.push({ name: `by chance: ${sampled.tries}`, ok: true });
  for (const { says } of died) cases.push({ name: 'a worker that died', ok: false, message: says });
  if (interrupted) cases.push({ name: 'interrupted', ok: false });
  // Of those above, it failed in the last.
  const last = cases.at(-1);
  if (failed !== undefined && last !== undefined) last.ok = false;
  return {
    name: `verify ${what}`,
    seconds,
    cases: cases.map(({ name, ok, message = failed?.failure?.title ?? name }) =>
      ok ? { name } : { name, failure: { message, text } },
    ),
  };
}
