import {
  type Coming,
  type Examined,
  type Found,
  type FoundSetup,
  judge,
  type JudgeOptions,
  type Judged,
  type SmallFound,
  wrapped,
} from '@trap12/explore';
import { regimeSwitches, regimes } from '@trap12/kernel';
import type { Kernel, SystemMaker, SystemOptions } from '@trap12/system';
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

/** A run that was found, for who makes its machine again: a plain record. */
export interface FoundRecord {
  found: Pick<Found, 'seed' | 'command'>;
  setup: Omit<SystemOptions, 'executables'>;
  seconds: number;
}

/** A regime to be judged by what was found: a plain record. */
export interface JudgeTask extends FoundRecord {
  locking: string;
  small: Pick<Examined, 'choices' | 'failure' | 'firstNs'>;
  /** Places at which the process is made to wait, at most */
  tries: number;
}

/** Judges a regime. @param make composes its machine @returns undefined: there is nothing to go by */
export function judgeRegime(
  kernel: Kernel,
  { locking, small, found, setup, seconds, tries }: JudgeTask,
  host: Omit<JudgeOptions, 'tries'> = {},
  make?: SystemMaker,
  onSlice?: FoundSetup['onSlice'],
): Promise<Judged | undefined> {
  const changed = { kernel, setup: { ...setup, locking }, seconds, make, onSlice };
  return judge(small, found, changed, { ...host, tries });
}

const seconds = (ns: number): string => (ns / 1e9).toFixed(2);
const times = (n: number): string => (n === 1 ? 'once' : `${n} times`);
const at = (coming: Coming | undefined): string =>
  coming === undefined
    ? 'without any wait'
    : `after a wait at ${coming.place}, at ${(coming.ns / 1e9).toFixed(6)} s`;

/** In a few words how a regime has fared. Where nobody came by the place, nothing is said for it. */
function outcome({ same, failed, complete }: Judged): string {
  if (failed !== undefined) return failed.isSame ? 'fails in the same way' : `fails: ${failed.failure.title}`;
  if (!complete) return 'not judged to the end';
  return same.comings === 0 ? 'the place was not reached; nothing failed elsewhere' : 'survived';
}

/** How far judging is. @param left regimes that are not judged yet */
export function judgingText(of: number, left: readonly string[], waitedMs: number): string {
  const done = `judging: ${of - left.length} of ${of} done`;
  return left.length === 0
    ? done
    : `${done}, waiting for ${left.join(', ')} since ${(waitedMs / 1000).toFixed(0)} s`;
}

/** What was to be judged, of which some may have been left out: Ctrl-C came before. */
export interface Verdicts {
  verdicts: readonly Verdict[];
  unjudged: readonly string[];
}

/** Verdicts for people. @param failing the regime of the failing run */
export function verdictLines(
  { verdicts, unjudged }: Verdicts,
  small: Pick<SmallFound, 'shrunk'>,
  symbols: SymbolTable,
  failing: string,
): string[] {
  const choice = small.shrunk.examined.choices.findLast(({ hold }) => hold !== undefined);
  const [first] = verdicts;
  if (first === undefined && unjudged.length === 0) return [];
  if (choice?.hold === undefined)
    return wrapped(
      'Whether other regimes fail so is not known: they are judged by who waits, and nobody is kept waiting ' +
        'in this run (--regimes all searches them).',
    );
  const left = unjudged.map((locking) => `  ${locking}: not judged (interrupted)`);
  if (first === undefined) return ['Whether others fail so is not known:', ...left, ''];
  const { place, forNs } = choice.hold;
  const who = choice.process?.replace(/\/(\d+)$/, ' (pid $1)');
  const long = forNs === undefined ? 'for good' : `for ${forNs / 1e6} ms`;
  const { fromNs, toNs } = first.judged;
  const meaning = (locking: string): string[] => {
    const meant = regimes(symbols)[locking]?.summary;
    return meant === undefined ? [] : wrapped(`      (${meant})`);
  };
  const out = [
    ...wrapped(`The kernel that failed so: ${failing}`),
    ...meaning(failing),
    'Others are judged by the same load, in which',
    `  ${who} is made to wait ${long} at one of its places`,
    `  in each run, between ${seconds(fromNs)} and ${seconds(toNs)} virtual seconds:`,
  ];
  for (const { locking, judged } of verdicts) {
    const { same, other, failed } = judged;
    out.push(`  ${locking}: ${outcome(judged)}`);
    out.push(...meaning(locking));
    if (failed !== undefined) out.push(`      ${at(failed.coming)}`);
    out.push(
      same.comings === 0
        ? `      it does not come by ${place}`
        : `      it came by ${place} ${times(same.comings)}; runs in which it waited there: ${same.tried}`,
      `      it came by other places ${times(other.comings)}; runs in which it waited there: ${other.tried}`,
    );
  }
  return [...out, ...left, ''];
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
