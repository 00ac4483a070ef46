import { readFileSync } from 'node:fs';
import { PLANS, STRATEGIES } from '@trap12/explore';
import { expect, test } from 'vitest';

interface Named {
  name: () => string;
}

/* Tables of the documentation that are kept by hand: a row for everything that there is, and no other. */

const ROOT = new URL('../../../', import.meta.url);
const doc = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

/** The names in the first column of the table below a heading. */
function names(path: string, heading: string): string[] {
  const [, section] = doc(path).split(`\n${heading}\n`);
  expect(section, `${path}: ${heading}`).toBeDefined();
  const [own] = section!.split(/^#+ /m);
  const rows = own!.split('\n').filter((line) => /^\| `/.test(line));
  return rows.flatMap((row) =>
    [...row.split(/(?<!\\)\|/)[1]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!),
  );
}

test('docs/report-formats.md has every form of the reader', async () => {
  // The list is the reader's own, which it does not export.
  const path = new URL('packages/report/dist/forms/index.js', ROOT).href;
  const { FORMS } = (await import(path)) as { FORMS: readonly { id: string }[] };
  expect(FORMS.length).toBeGreaterThan(20);
  expect(names('docs/report-formats.md', '## Forms').sort()).toEqual(FORMS.map(({ id }) => id).sort());
});

test('the README has every command', async () => {
  // The list of the program, which exports nothing.
  const path = new URL('packages/cli/dist/main.js', ROOT).href;
  const { makeProgram } = (await import(path)) as { makeProgram: () => Promise<{ commands: Named[] }> };
  const listed = names('README.md', '## Commands').flatMap(
    (name) => /^(?:trap12 )?([a-z][a-z-]*)/.exec(name)?.[1] ?? [],
  );
  const { commands } = await makeProgram();
  expect(commands.length).toBeGreaterThan(20);
  expect(
    commands.map((command) => command.name()).filter((name) => !listed.includes(name)),
    'a row in the table of README.md, *Commands*, for each',
  ).toEqual([]);
});

test('docs/scenarios.md has every strategy of explore', () => {
  expect(names('docs/scenarios.md', '## Strategies').sort()).toEqual(Object.keys(PLANS).sort());
});

test('the README and docs/reproduce.md have every strategy of reproduce', () => {
  const option = /`--strategy NAME` how the schedule is disturbed: ([^;]*);/.exec(doc('README.md'))![1]!;
  expect([...option.matchAll(/`([^`]+)`/g)].map(([, name]) => name).sort()).toEqual(
    Object.keys(STRATEGIES).sort(),
  );
  for (const name of Object.keys(STRATEGIES)) expect(doc('docs/reproduce.md')).toContain(`\`${name}\``);
});
