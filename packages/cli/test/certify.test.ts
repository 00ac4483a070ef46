/** trap12 certify: certificates that others wrote, in a folder that has nothing else. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type Certificate,
  certificateText,
  parseCertificate,
  scheduleText,
  type Verdict,
} from '@trap12/explore';
import { afterAll, describe, expect, test } from 'vitest';
import { cureDeparture, type Judge, readCertificateText } from '../src/certificate.js';
import { judgeOf } from '../src/verify.js';
import { called, told } from './call.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const DIR = mkdtempSync(join(tmpdir(), 'trap12-certify-'));
afterAll(() => rmSync(DIR, { recursive: true }));

/** @param cwd certificates are checked where no source is to be found */
function trap12(args: string[], cwd = DIR) {
  const result = spawnSync(process.execPath, [join(ROOT, 'packages/cli/bin/trap12.js'), ...args], {
    cwd,
    encoding: 'utf8',
    timeout: 100_000,
  });
  return { status: result.status, out: result.stdout, err: told(result.stderr) };
}

const SCENARIO = 'examples/scenarios/ab-ba.ts';
const CURE = 'examples/scenarios/ab-ba.cure.ts';
const PATIENCE = { timeout: 200_000 };

describe('a certificate', PATIENCE, () => {
  const at = (name: string): string => join(DIR, name);
  const explored = ['explore', SCENARIO, '--jobs', '1', '--odds', '0'];
  trap12([...explored, '--schedule', at('schedule.txt'), '--certificate', at('found.json')], ROOT);
  const judged = ['verify', at('schedule.txt'), '--jobs', '1', '--patch', CURE, '--schedules', '40'];
  trap12([...judged, '--certificate', at('cured.json')], ROOT);
  const read = (name: string): Certificate => parseCertificate(readFileSync(at(name), 'utf8'));
  /** Somebody has changed it, and put its sum right. */
  const changed = (name: string, change: Partial<Certificate>): string => {
    writeFileSync(at('changed.json'), certificateText({ ...read(name), ...change }));
    return at('changed.json');
  };

  test('says yes, away from the sources', () => {
    const { status, out, err } = trap12(['certify', 'found.json']);
    expect([status, err]).toEqual([0, '']);
    expect(out).toMatch(
      /^yes: deadlock: .*\n {4}kernel \w{32}, 1 choice, [\d.]+ virtual seconds, .*: as certified\n$/,
    );
  });

  test('says yes of a cure, and of how far it was tried', () => {
    const { status, out } = trap12(['certify', '--jobs', '1', 'cured.json']);
    expect(status).toBe(0);
    expect(out).toMatch(
      /\n {4}with the cure it ends in order; \d near it; in order all 12 schedules .*; 28 by chance: as certified\n$/,
    );
  });

  test('is not called wrong where Ctrl-C came before its cure was tried to the end', async () => {
    const certificate = read('cured.json');
    const cure = certificate.cure!;
    const verdict: Verdict = {
      ...{ replayed: [], around: 0, systematic: undefined, sampled: undefined },
      ...{ failed: undefined, moved: false, died: [], interrupted: true },
    };
    const judge = (each: Verdict): Judge => ({ ...judgeOf(cure, 1), verdict: async () => each });
    await expect(cureDeparture(certificate, cure, judge(verdict))).rejects.toThrow(
      'interrupted: its run is as certified; whether the cure is, is not known',
    );
    const died = { ...verdict, interrupted: false };
    expect(await cureDeparture(certificate, cure, judge(died))).toMatchObject({ certified: 'survived' });
  });

  test('refuses a tree that is none, though it need not be asked', async () => {
    const refused = async (tree: string, says: RegExp): Promise<void> => {
      const { status, out, err } = await called(['certify', at('found.json'), '--tree', tree]);
      expect([status, out, err]).toEqual([2, '', expect.stringMatching(says)]);
    };
    await refused(at('nosuch'), /^trap12: --tree \S+: there is no such directory\n$/);
    await refused(at('found.json'), /^trap12: --tree \S+: there is no such directory\n$/);
    const none = /^trap12: --tree \S+: it is no tree of trap12: .*\n$/;
    mkdirSync(at('empty'));
    await refused(at('empty'), none);
    spawnSync('git', ['init', '-q', at('empty')]);
    await refused(at('empty'), none);
    expect((await called(['certify', at('found.json'), '--tree', ROOT])).status).toBe(0);
  });

  test('is the same if replay has written it', () => {
    const { status } = trap12(['replay', at('schedule.txt'), '--certificate', at('replayed.json')], ROOT);
    expect(status).toBe(0);
    expect(readFileSync(at('replayed.json'), 'utf8')).toBe(readFileSync(at('found.json'), 'utf8'));
  });

  test('is a page, if it is called so, and says yes as well', () => {
    const { status } = trap12(['replay', at('schedule.txt'), '--certificate', at('found.html')], ROOT);
    expect(status).toBe(0);
    const page = readFileSync(at('found.html'), 'utf8');
    expect(page.length).toBeLessThan(100_000);
    // Lanes and steps, source lines, who held what, the pair, the odds, and what it was made by.
    for (const part of [
      /<a href="#s1">/,
      /<div class="step" id="s1">/,
      /<span class="lit"> +\d+ .*mtx_lock/,
      /<h2>Locks held<\/h2><pre>a: ab/,
      /One choice makes it fail:\n {2}1\. ab is interrupted after it takes a/,
      /How likely it was to fail so, [\s\S]* 100 % ####/,
      /trap12 [\d.]+ with kernel image \w{32} and programs \w{32}; a certificate of version 1 /,
      /kernel with what was put in: \w{32}\nmachine: /,
      /<pre>trap12 schedule 1\n/,
    ])
      expect(page).toMatch(part);
    expect(page).not.toMatch(/(?:src|href)="(?!#)/);
    expect(readCertificateText(page)).toEqual(read('found.json'));
    const certified = trap12(['certify', 'found.html']);
    expect([certified.status, certified.err]).toEqual([0, '']);
    expect(certified.out).toMatch(/^yes: deadlock: /);
  });

  test('that is a page is refused if it was edited or cut short, whatever was', () => {
    const page = readFileSync(at('found.html'), 'utf8');
    for (const [edited, says] of [
      [page.replace('deadlock', 'no deadlock'), /^it was edited: the page has the hash /],
      [page.replace('mtx_lock(a)', 'mtx_lock(b)'), /^it was edited: /],
      [page.slice(0, -5), /^it is a page that is no certificate; /],
      [page.slice(0, 300), /^it is a page that is no certificate; /],
      ['<!doctype html>\n', /^it is a page that is no certificate; /],
    ] as const)
      expect(() => readCertificateText(edited)).toThrow(says);
  });

  test('of another build says what is needed, and has that answer if it is there', async () => {
    const schedule = { ...read('found.json').schedule, image: '0'.repeat(32) };
    const made = read('found.json').made.replace(/programs \w+/, `programs ${'0'.repeat(32)}`);
    const path = changed('found.json', { made, schedule, scheduleText: scheduleText(schedule) });
    const { status, out } = await called(['certify', path]);
    expect(status).toBe(1);
    expect(out).toMatch(
      /\n {4}by trap12 [\d.]+ with kernel image \w{32} and programs \w{32}, of kernel 0{32}\n {4}needed: that program; /,
    );
    const none = await called(['certify', path, '--tree', at('nowhere')]);
    expect([none.status, none.err]).toEqual([
      2,
      expect.stringMatching(/^trap12: --tree .*nowhere: there is no /),
    ]);
    // A tree that says yes to everything.
    mkdirSync(at('tree/packages/cli/bin'), { recursive: true });
    writeFileSync(at('tree/package.json'), '{ "type": "module" }');
    writeFileSync(
      at('tree/packages/cli/bin/trap12.js'),
      "import { writeFileSync } from 'node:fs';\nwriteFileSync(new URL('asked', import.meta.url), process.argv.slice(2).join(' '));\nprocess.exit(0);\n",
    );
    const other = await called(['certify', path, '--tree', at('tree')]);
    expect([other.status, other.out]).toEqual([0, '']);
    expect(readFileSync(at('tree/packages/cli/bin/asked'), 'utf8')).toMatch(
      /^certify --jobs \d+ .*changed\.json$/,
    );
  });

  test('says no where the run ends in another state, in JUnit XML as well', () => {
    const schedule = { ...read('found.json').schedule, hash: '0123456789abcdef' };
    const path = changed('found.json', { schedule, scheduleText: scheduleText(schedule) });
    const { status, out } = trap12(['certify', path, '--junit', at('junit.xml')]);
    expect(status).toBe(1);
    expect(out).toMatch(
      /^no: the state at the end: certified 0123456789abcdef, found [0-9a-f]{16}\n {4}certified is: deadlock/,
    );
    expect(readFileSync(at('junit.xml'), 'utf8')).toMatch(
      /tests="1" failures="1"[\s\S]*<failure message="the state at the end: /,
    );
  });

  test('says no where a source has been changed', () => {
    const [file] = read('found.json').files;
    const files = [{ path: file!.path, text: `${file!.text}\nlet more: int = 0;\n` }];
    const { status, out } = trap12(['certify', changed('found.json', { files })]);
    expect(status).toBe(1);
    expect(out).toMatch(/^no: the kernel's image: certified \w{32}, found \w{32}\n/);
  });

  test('says no where a source is none', () => {
    const [file] = read('found.json').files;
    const files = [{ path: file!.path, text: 'panic: free\n' }];
    const { status, out } = trap12(['certify', changed('found.json', { files })]);
    expect(status).toBe(1);
    expect(out).toMatch(/^no: its sources: certified a kernel, found /);
  });

  test('says no where the cure was another one', () => {
    const { cure } = read('cured.json');
    const { status, out } = trap12(['certify', changed('cured.json', { cure: { ...cure!, image: '00' } })]);
    expect(status).toBe(1);
    expect(out).toMatch(/^no: the cured kernel's image: certified 00, found \w{32}\n/);
  });

  test('says no where more is claimed of the cure than was tried', () => {
    const { cure } = read('cured.json');
    const verdict = { ...cure!.verdict, around: 100 };
    const path = changed('cured.json', { cure: { ...cure!, verdict } });
    const { status, out } = trap12(['certify', '--jobs', '1', path]);
    expect(status).toBe(1);
    expect(out).toMatch(/^no: schedules near them: certified 100, found \d+\n/);
  });

  test('one line and exit 2 if it was damaged', () => {
    const text = readFileSync(at('cured.json'), 'utf8');
    writeFileSync(at('bad.json'), text.replace('mtx_lock(a)', 'mtx_lock(b)'));
    const { status, out, err } = trap12(['certify', 'bad.json']);
    expect([status, out]).toEqual([2, '']);
    expect(err).toMatch(/^trap12: bad\.json: it was edited: .*\n$/);
  });

  test('one line and exit 2 if there is none', () => {
    const { status, err } = trap12(['certify', 'none.json']);
    expect(status).toBe(2);
    expect(err).toMatch(/^trap12: cannot read none\.json: .*\n$/);
  });

  test('is not made of a cure by a regime', () => {
    const { status, err } = trap12([
      'verify',
      at('schedule.txt'),
      '--locking',
      'giant',
      '--certificate',
      'x',
    ]);
    expect(status).toBe(2);
    expect(err).toMatch(/^trap12: --certificate is of a cure by patches: leave --locking out\n$/);
  });
});
