/** trap12 campaign: real units of a small scenario, in processes of their own. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { called, told } from './call.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const DIR = mkdtempSync(join(tmpdir(), 'trap12-campaign-'));
afterAll(() => rmSync(DIR, { recursive: true }));
const PATIENCE = { timeout: 200_000 };

function trap12(...args: string[]) {
  const result = spawnSync(process.execPath, [join(ROOT, 'packages/cli/bin/trap12.js'), ...args], {
    cwd: DIR,
    encoding: 'utf8',
    timeout: 150_000,
  });
  return { status: result.status, out: result.stdout, err: told(result.stderr) };
}

const scenario = readFileSync(join(ROOT, 'examples/scenarios/check-then-act.ts'), 'utf8');
const edit = (comment: string): void => writeFileSync(join(DIR, 'mine.ts'), `${scenario}${comment}\n`);
const withoutSeconds = (text: string): string => text.replace(/ in [\d.]+ s$/m, '');
const search = ['--strategy', 'random', 'mine.ts'];

describe('a campaign', PATIENCE, () => {
  edit('');
  const first = trap12('campaign', 'one', '--workers', '1', '--units', '2', '--html', 'page.html', ...search);

  test('is red with a failure, which can be replayed', () => {
    expect(first.status).toBe(1);
    // On a busy computer it says how far it is.
    expect(first.err).toMatch(/^(trap12: \d+ units?, .*\n)*$/);
    const [, line] = /^canary (.*)$/m.exec(first.out)!;
    expect(line).toMatch(/^examples\/scenarios\/ab-ba\.ts: 1 unit, 100 schedules, \d+ failed$/);
    expect(first.out).toMatch(/^mine\.ts: 1 unit, 100 schedules, \d+ failed\n {4}panic: /m);
    expect(first.out).toMatch(/\nred: mine\.ts fails\n$/);
    const [, schedule] = /trap12 replay (\S+)/.exec(first.out)!;
    const replayed = trap12('replay', schedule!);
    expect([replayed.status, replayed.err]).toEqual([0, '']);
    expect(replayed.out).toContain(': as recorded');
  });

  test('is the same with more workers, whatever it is called, and however often the scenario is', () => {
    const other = trap12('campaign', 'zwei ü', '--workers', '2', '--units', '2', ...search, './mine.ts');
    const [, path] = /trap12 replay '(zwei ü\/schedules\/mine-\w+\.txt)'/.exec(other.out)!;
    expect(readFileSync(join(DIR, path!), 'utf8')).toMatch(/^trap12 schedule /);
    const named = other.out.replace(`'${path}'`, path!).replaceAll('zwei ü', 'one');
    expect(withoutSeconds(named)).toBe(withoutSeconds(first.out));
  });

  test('is shown without a search, and goes on where it stood', () => {
    const { status, out } = trap12('campaign', 'one');
    expect(status).toBe(1);
    expect(withoutSeconds(out)).toBe(withoutSeconds(first.out));
    const page = readFileSync(join(DIR, 'page.html'), 'utf8');
    expect(page).toContain('<p class="red">mine.ts fails</p>');
    expect(page).toContain('<h2>Canary examples/scenarios/ab-ba.ts</h2>');
    expect(page).not.toContain('http-equiv="refresh"');
    expect(page).not.toMatch(/(?:src|href)=/);
  });

  test('goes through everything once, says so, and has each failure small', async () => {
    const trees = ['--strategy', 'bounded', '--strategy', 'reduced', '--workers', '1'];
    const { status, out } = await called(['campaign', join(DIR, 'trees'), ...trees, join(DIR, 'mine.ts')]);
    expect(status).toBe(1);
    expect(out).toMatch(
      /mine\.ts: 2 units, \d+ schedules, \d+ failed\n {4}bounded: all \d+ schedules that differ/,
    );
    expect(out).toMatch(/\n {4}reduced: all \d+ schedules that differ in the order of what depends/);
    const [, schedule] = /smallest: 1 choice \(bounded, .*\n {8}trap12 replay (\S+)/.exec(out)!;
    const replayed = await called(['replay', schedule!]);
    expect([replayed.status, replayed.out]).toEqual([0, expect.stringContaining(': as recorded')]);
  });

  test('begins with what failed in an older build', () => {
    cpSync(join(DIR, 'one'), join(DIR, 'newer'), { recursive: true });
    edit('// another build');
    const { out } = trap12('campaign', 'newer', '--workers', '1', '--units', '1', ...search);
    expect(out).toMatch(/^mine\.ts, build 2 of it: 1 unit, \d+ schedules, \d+ failed\n/m);
    expect(out).toMatch(/^ {8}\d+ times?, as in an older build\n {8}first: again, unit \d+, try \d+\n/m);
    edit('');
  });

  test('is red where the canary does not fail', () => {
    const quiet = ['--canary', 'examples/scenarios/counter.ts', '--units', '1'];
    const { status, out } = trap12('campaign', 'quiet', '--workers', '1', ...quiet, ...search);
    expect(status).toBe(1);
    expect(out).toMatch(
      /\nred: the canary examples\/scenarios\/counter\.ts did not fail; mine\.ts was not tried yet\n$/,
    );
  });

  test('of wrong words, files and directories says so in a line', async () => {
    const at = (name: string): string => join(DIR, name);
    writeFileSync(at('no-scenario.ts'), 'let a: int = 0;\n');
    const wrong: [string[], RegExp][] = [
      [[at('nowhere')], /^trap12: .*nowhere: there is no campaign$/],
      [[at('new'), at('nowhere.ts')], /^trap12: scenario .*nowhere\.ts: ENOENT: /],
      [[at('new'), at('no-scenario.ts')], /^trap12: .*no-scenario\.ts: it is no scenario/],
      [
        [at('new'), '--strategy', 'bound', at('mine.ts')],
        /no strategy "bound"; accepted: random, .*, bounded, /,
      ],
      [[at('new'), '--units', '0', at('mine.ts')], /accepted: 1 to /],
      [[DIR, at('mine.ts')], /^trap12: .*: it has .* in it and no campaign/],
      [[at('page.html'), at('mine.ts')], /^trap12: .*page\.html: it is no directory$/],
      [[at('new'), DIR], /^trap12: scenario [^:]*trap12-campaign-[^:]*: it is a directory$/],
      [
        [at('other'), at('mine.ts'), '--html', at('no/page.html')],
        /^trap12: --html .*page\.html: no such directory: /,
      ],
    ];
    for (const [args, says] of wrong) {
      const { status, out, err } = await called(['campaign', ...args]);
      expect([status, out], args.join(' ')).toEqual([2, '']);
      expect(err.split('\n')[0]).toMatch(says);
    }
    expect(readdirSync(DIR)).not.toContain('new');
  });
});
