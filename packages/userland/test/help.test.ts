import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createSystem } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import { expect, test } from 'vitest';
import { HELP } from '../src/help.js';

/** What a machine says on its console while it runs a command. */
async function said(command: string): Promise<string> {
  const system = createSystem(await loadKernel(), { command });
  let out = '';
  system.machine.console.onOutput = (text) => {
    out += text.replaceAll('\r', '');
  };
  system.machine.run(200e9);
  return out;
}

test(
  'does every program tell of itself by --help, with its usage, and end well?',
  { timeout: 120_000 },
  async () => {
    const out = await said('for p in /bin/* /sbin/*; do echo "== $p"; $p --help; echo "-- $?"; done');
    const shown = [...out.matchAll(/^== (\S+)\n([\s\S]*?)^-- (\d+)\n/gm)];
    expect(shown.length).toBeGreaterThan(60);
    for (const [, path, text, status] of shown) {
      const name = path!.replace(/.*\//, '');
      const place = `${path}: is there a section \`@ ${name}\` in packages/userland/src/help.ts?`;
      expect(status, `${place} ${text!.trim()}`).toBe('0');
      expect(text, place).toMatch(/^usage: .+\n/);
      expect(
        text!
          .split('\n')
          .some((line) => ['usage:', '      '].some((head) => line.startsWith(`${head} ${name}`))),
        `${path}: no line of its usage begins with its name: ${text}`,
      ).toBe(true);
    }
  },
);

test(
  'and is its usage the one that it prints when it is called in a wrong way?',
  { timeout: 120_000 },
  async () => {
    const sections = [...HELP.matchAll(/^@ (.+)\n([\s\S]*?)(?=^@ |$(?![\s\S]))/gm)];
    expect(sections.length).toBeGreaterThan(55);
    // An option that nobody has. Some programs take any word for an operand.
    const names = sections
      .flatMap(([, all]) => all!.split(' '))
      .filter((name) => !/^(?:halt|reboot|init|yes)$/.test(name));
    const out = await said(`for p in ${names.join(' ')}; do echo; echo "== $p"; env $p -@ < /dev/null; done`);
    let compared = 0;
    for (const [, name, text] of out.matchAll(/^== (\S+)\n([\s\S]*?)(?=^== |^Waiting)/gm)) {
      const usage = text!.split('\n').filter((line) => /^(?:usage:| {7})/.test(line));
      if (usage.length === 0) continue;
      compared++;
      const section = sections.find(([, all]) => all!.split(' ').includes(name!))![2];
      for (const line of usage) expect(section, name).toContain(line.replace(/^(?:usage:| {6})/, ''));
    }
    expect(compared).toBeGreaterThan(35);
  },
);

const SOURCES = fileURLToPath(new URL('../usr/usr.bin', import.meta.url));
const section = (name: string): string => new RegExp(`^@ ${name}\\n([^@]*)`, 'm').exec(HELP)![1]!;

test('does it name every load of stress, and what torment takes at least?', () => {
  const stress = readFileSync(`${SOURCES}/stress/stress.ts`, 'utf8');
  const loads = [...stress.matchAll(/\bl_name: '(\w+)'/g)].map(([, name]) => name!);
  expect(loads.length).toBeGreaterThan(10);
  expect(section('stress')).toContain(`\n  ${loads.join(' ')}\n`);
  const model = readFileSync(`${SOURCES}/torment/model.ts`, 'utf8');
  const of = (name: string): number => Number(new RegExp(`\\b${name} = (\\d+);`).exec(model)![1]);
  expect(section('torment')).toContain(`more than ${of('SHARED_PAGES') + of('FILE_PAGES') + 8}\n`);
});

/** Values just outside of what the sections say, and some inside. */
test('are the ranges that it tells those of the programs?', { timeout: 120_000 }, async () => {
  const refused = [
    'churn 0',
    'churn 1 0',
    'churn 1 1 -1',
    'hog seq 1m 0',
    'pool 0',
    'pool 1 0',
    'pool 1 1 0',
    'respawn 0',
    'respawn 1 -1',
    'sleepers 0',
    'sleepers 1 0',
    'stress calls 0',
    'stress calls 1 0',
    'threads 0',
    'threads 1 0',
    'threads 1 1 0',
    'torment 1 0',
    'torment 1 1 88 1',
    'torment 1 1 89 0',
    'hog seq 3073m',
    'memcheck 3073m',
    'memcheck 0',
    'top -s 0',
    'vmstat -w 0',
    'vmstat -c 0',
    'printenv -@',
  ];
  const taken = [
    'churn 100 0.01 0',
    'hog seq 1b 0.01',
    'memcheck 1w -7',
    'stress calls 1 1',
    'threads 1 1 1',
    'torment -5 1 89 1',
    'top -b -s 1 0',
    'vmstat 1 1',
  ];
  const run = (line: string): string => `${line} > /dev/null 2>&1 < /dev/null; echo "$? ${line}"`;
  const out = await said([...refused, ...taken].map(run).join('\n'));
  const status = new Map([...out.matchAll(/^(\d+) (\w.*)$/gm)].map(([, n, line]) => [line!, n!]));
  for (const line of refused) expect(status.get(line), line).toBe('1');
  for (const line of taken) expect(status.get(line), line).toBe('0');
});

test('are its lines short enough for the reader in crt0?', () => {
  for (const line of HELP.split('\n')) expect(line.length, line).toBeLessThanOrEqual(120);
});
