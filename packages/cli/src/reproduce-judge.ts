import {
  type Coming,
  type Found,
  type FoundSetup,
  judge,
  type JudgeOptions,
  type Judged,
  type SmallFound,
} from '@trap12/explore';
import { regimeSwitches, regimes } from '@trap12/kernel';
import type { SymbolTable } from '@trap12/target';

/** What has become of a regime. */
export interface Verdict {
  locking: string;
  judged: Judged;
}

/** The regimes that the failure should not come in: Giant over all, and each with a cure in it. */
export function cures(symbols: SymbolTable): string[] {
  const switches = regimeSwitches(symbols);
  return Object.entries(regimes(symbols))
    .filter(
      ([name, { switches: on }]) =>
        name === 'giant' ||
        Object.entries(on).some(([key, value]) => value === 1 && switches[key]?.evidence === 'cure'),
    )
    .map(([name]) => name);
}

/** Judges each of some regimes by what was found; ends early where the options say so. */
export async function judgeRegimes(
  small: SmallFound,
  found: Found,
  setup: FoundSetup,
  list: readonly string[],
  options: JudgeOptions & { onRegime?(locking: string): void },
): Promise<Verdict[]> {
  const out: Verdict[] = [];
  for (const locking of list) {
    if (options.stop?.() === true) break;
    options.onRegime?.(locking);
    const changed = { ...setup, setup: { ...setup.setup, locking } };
    const judged = await judge(small, found, changed, options);
    if (judged !== undefined) out.push({ locking, judged });
  }
  return out;
}

const seconds = (ns: number): string => (ns / 1e9).toFixed(2);
const times = (n: number): string => (n === 1 ? 'once' : `${n} times`);
const at = (coming: Coming | undefined): string =>
  coming === undefined
    ? 'without any wait'
    : `after a wait at ${coming.place}, at ${(coming.ns / 1e9).toFixed(6)} s`;

/** Verdicts for people. */
export function verdictLines(verdicts: readonly Verdict[], small: SmallFound): string[] {
  const choice = small.shrunk.examined.choices.findLast(({ hold }) => hold !== undefined);
  const [first] = verdicts;
  if (choice?.hold === undefined || first === undefined) return [];
  const { place, forNs } = choice.hold;
  const who = choice.process?.replace(/\/(\d+)$/, ' (pid $1)');
  const long = forNs === undefined ? 'for good' : `for ${forNs / 1e6} ms`;
  const { fromNs, toNs } = first.judged;
  const out = [
    'Judged by the same load, in which',
    `  ${who} is made to wait ${long} at its places`,
    `  between ${seconds(fromNs)} and ${seconds(toNs)} virtual seconds, at one in each run:`,
  ];
  for (const { locking, judged } of verdicts) {
    const { same, other, failed, complete } = judged;
    const how =
      failed === undefined
        ? complete
          ? 'survived'
          : 'not judged to the end'
        : failed.isSame
          ? 'fails in the same way'
          : `fails: ${failed.failure.title}`;
    out.push(`  ${locking}: ${how}`);
    if (failed !== undefined) out.push(`      ${at(failed.coming)}`);
    out.push(
      same.comings === 0
        ? `      it does not come by ${place}`
        : `      it came by ${place} ${times(same.comings)}, and waited there ${times(same.tried)}`,
      `      it came by other places ${times(other.comings)}, and waited there ${times(other.tried)}`,
    );
  }
  return [...out, ''];
}

/** The same as plain data. */
export function verdictsJson(verdicts: readonly Verdict[]): object[] {
  return verdicts.map(({ locking, judged }) => {
    const { failed, ...rest } = judged;
    const { failure, isSame, coming } = failed ?? {};
    const how = failed === undefined ? null : { title: failure!.title, same: isSame, coming: coming ?? null };
    return { locking, survived: failed === undefined && judged.complete, ...rest, failed: how };
  });
}
