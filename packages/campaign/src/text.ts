import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { CampaignState, FailureState, ScenarioState } from './state.js';
import type { KeptSeed } from './store.js';

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

/** Which try of which unit. */
export const seedText = ({ strategy, number, at }: KeptSeed): string =>
  `${strategy}, unit ${number}, try ${at}`;

/** Where the schedule of a failure lies, from the campaign's directory. */
export function schedulePath({ name }: ScenarioState, { signature }: FailureState): string {
  const hash = createHash('sha256').update(`${name}\0${signature}`).digest('hex').slice(0, 8);
  // Behind it may be patches; what comes before them is for people.
  const [file] = basename(name.split('.ts')[0]!).match(/[\p{L}\p{N}_-]{1,60}/u) ?? ['scenario'];
  return join('schedules', `${file}-${hash}.txt`);
}

/** How small a schedule has become, and of which try it is. */
export const smallestText = (seed: KeptSeed): string => `${count(seed.size, 'choice')} (${seedText(seed)})`;

/** How much was done, in a line. */
export const totals = ({ units, tries, seconds }: CampaignState): string =>
  `${count(units, 'unit')}, ${count(tries, 'schedule')} in ${seconds.toFixed(1)} s`;

/** What is said of a scenario, without its failures. */
export function scenarioText({ name, canary, units, tries, failed, builds }: ScenarioState): string {
  const of = builds > 1 ? `, build ${builds} of it` : '';
  const how = failed === 0 ? 'none failed' : `${failed} failed`;
  const word = canary ? 'canary ' : '';
  return `${word}${name}${of}: ${count(units, 'unit')}, ${count(tries, 'schedule')}, ${how}`;
}

/** How a failure stands. */
export function standing({ times, older }: FailureState): string {
  if (times === 0) return 'not in this build so far; an older one had it';
  return `${count(times, 'time')}${older ? ', as in an older build' : ''}`;
}

/**
 * What a campaign has come to, in lines.
 * @param dir its directory, as the user names it
 * @param word a word as the user's shell takes it
 */
export function campaignText(state: CampaignState, dir: string, word: (text: string) => string): string[] {
  const lines = [`campaign ${dir}: ${totals(state)}`];
  for (const scenario of state.scenarios) {
    lines.push(scenarioText(scenario));
    for (const { strategy, covered } of scenario.covered) lines.push(`    ${strategy}: ${covered}`);
    for (const failure of scenario.failures) {
      lines.push(`    ${failure.title}`, `        ${standing(failure)}`);
      if (failure.seed === undefined || scenario.canary) continue;
      lines.push(`        first: ${seedText(failure.seed)}`);
      if (failure.smallest === undefined || failure.times === 0) continue;
      lines.push(`        smallest: ${smallestText(failure.smallest)}`);
      lines.push(`        trap12 replay ${word(join(dir, schedulePath(scenario, failure)))}`);
    }
  }
  lines.push(state.red.length === 0 ? 'green' : `red: ${state.red.join('; ')}`);
  // What a queue brings is not to move the cursor.
  return lines.map((line) => line.replace(/\p{Cc}/gu, '?'));
}

/** Lays the schedules of the failures down beside the database, from which they can be had again. */
export function writeSchedules(state: CampaignState, dir: string): void {
  for (const scenario of state.scenarios)
    for (const failure of scenario.failures) {
      const text = failure.smallest?.schedule ?? '';
      if (text === '') continue;
      const path = join(dir, schedulePath(scenario, failure));
      if (textIn(path) === text) continue;
      mkdirSync(join(dir, 'schedules'), { recursive: true });
      writeFileSync(`${path}.new`, text);
      renameSync(`${path}.new`, path);
    }
}

function textIn(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
