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
      expect(status, path).toBe('0');
      expect(text, path).toMatch(/^usage: .+\n/);
      expect(
        text!
          .split('\n')
          .some((line) => ['usage:', '      '].some((head) => line.startsWith(`${head} ${name}`))),
        `${path}: ${text}`,
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

test('are its lines short enough for the reader in crt0?', () => {
  for (const line of HELP.split('\n')) expect(line.length, line).toBeLessThanOrEqual(120);
});
