import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { called } from './call.js';

/*
 * Files that commands write: what cannot be written is said before the work, as far as that can be told, and
 * otherwise behind the result, which is worth more.
 */

const DIR = mkdtempSync(join(tmpdir(), 'trap12-outputs-'));
afterAll(() => rmSync(DIR, { recursive: true }));
const NOWHERE = join(DIR, 'no', 'file');
const FILE = join(DIR, 'file');
writeFileSync(FILE, '');
const REPORT = 'examples/vmdaemon-2001.txt';
const RACE = 'examples/scenarios/ab-ba.ts';

const OPTIONS: [command: string[], options: string[]][] = [
  [
    ['reproduce', REPORT],
    ['schedule', 'html', 'trace', 'core', 'certificate', 'dump'],
  ],
  [
    ['explore', RACE],
    ['schedule', 'html', 'certificate', 'junit'],
  ],
  [
    ['replay', FILE],
    ['trace', 'core', 'certificate'],
  ],
  [
    ['verify', RACE],
    ['schedule', 'certificate', 'junit'],
  ],
  [['certify', FILE], ['junit']],
  [
    ['run', 'ps'],
    ['trace', 'core', 'dump', 'disk'],
  ],
  [['resume', FILE], ['core']],
  [
    ['grade', FILE],
    ['results', 'junit', 'schedule'],
  ],
  [['learn', '1'], ['schedule']],
  [['crashinfo', FILE], ['textdump']],
  [['campaign', join(DIR, 'campaign'), RACE], ['html']],
];

describe('an output file that cannot be written', () => {
  for (const [command, options] of OPTIONS)
    it(`is refused by ${command[0]} before anything else`, async () => {
      for (const option of options) {
        const [name, ...rest] = command as [string, ...string[]];
        for (const [path, why] of [
          [NOWHERE, 'no such directory'],
          [join(FILE, 'below'), `${FILE} is not a directory`],
          [DIR, 'it is a directory'],
        ] as const) {
          const r = await called([name, `--${option}`, path, ...rest]);
          expect([option, path, r.status, r.out]).toEqual([option, path, 2, '']);
          expect(r.err).toMatch(/^trap12: [^\n]*\n$/);
          expect(r.err).toContain(`${path}: ${why}`);
        }
      }
    });

  it('is refused by run where it is to be saved', async () => {
    const r = await called(['run', '--save-at', `1=${NOWHERE}`, 'ps']);
    expect([r.status, r.out, r.err]).toEqual([
      2,
      '',
      expect.stringMatching(/^trap12: cannot write .*no such directory/),
    ]);
  });
});

describe('an output file whose writing fails', () => {
  const explored = (...files: string[]) =>
    called(['explore', '--odds', '0', '--shrink', '0', ...files, RACE]);

  it('takes no result with it', async () => {
    // How long it took is another thing.
    const untimed = ({ out }: { out: string }) => out.replace(/ in [\d.]+ s \(.*\)$/m, '');
    const kept = await explored('--schedule', join(DIR, 'kept'));
    const lost = await explored('--schedule', '/dev/full');
    const page = await explored('--schedule', join(DIR, 'kept'), '--html', '/dev/full');
    const sealed = await explored('--schedule', join(DIR, 'kept'), '--certificate', '/dev/full');
    expect([kept.status, kept.err]).toEqual([1, '']);
    expect(kept.out).toContain('deadlock');
    expect([page.status, sealed.status, lost.status]).toEqual([2, 2, 2]);
    expect([untimed(page), untimed(sealed)]).toEqual([untimed(kept), untimed(kept)]);
    expect(page.err).toMatch(/^trap12: --html \/dev\/full: ENOSPC[^\n]*\n$/);
    expect(sealed.err).toMatch(/^trap12: --certificate \/dev\/full: ENOSPC[^\n]*\n$/);
    // The schedule, which is the half of it, goes where it can be read.
    expect(lost.err).toMatch(/^trap12: --schedule \/dev\/full: ENOSPC[^\n]*\n$/);
    expect(lost.out).toContain(readFileSync(join(DIR, 'kept'), 'utf8').trim());
  });

  it('nor those that are written in one step', async () => {
    mkdirSync(join(DIR, 'core.new'));
    const schedule = join(DIR, 'kept');
    const args = ['replay', '--core', join(DIR, 'core'), schedule];
    const r = await called(args);
    expect([r.status, r.err]).toEqual([2, expect.stringMatching(/^trap12: cannot write \S+core: [^\n]*\n$/)]);
    expect(r.out).toMatch(/: as recorded\n$/);
  });
});
