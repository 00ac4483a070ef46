import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { completionScript } from '../src/completion.js';
import { makeProgram } from '../src/main.js';
import { manualPage } from '../src/manual.js';
import { versionText } from '../src/version.js';

const program = await makeProgram();
const NAMES = program.commands.map((command) => command.name());

/** What bash would offer for the last of these words. */
function offered(...words: string[]): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'trap12-completion-'));
  const file = join(dir, 'script');
  writeFileSync(file, completionScript('bash', program));
  const code = `. ${file}; COMP_WORDS=(${words.map((w) => `'${w}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _trap12; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = spawnSync('bash', ['-c', code], { encoding: 'utf8', cwd: dir });
  rmSync(dir, { recursive: true });
  return stdout.split('\n').filter((word) => word !== '');
}

describe('what does bash offer?', () => {
  test('commands', () => {
    expect(offered('trap12', '')).toEqual([...NAMES, 'help', '--help', '--version']);
    expect(offered('trap12', 'repr')).toEqual(['reproduce']);
  });
  test('options of the command, and words that an option accepts', () => {
    expect(offered('trap12', 'reproduce', '--ba')).toEqual(['--background', '--batch']);
    expect(offered('trap12', 'configs', '--')).toEqual(['--json', '--help']);
    expect(offered('trap12', 'reproduce', '--background', '')).toEqual(['servers', 'forks', 'none']);
  });
  test('no words of what a description says of the default', () => {
    for (const [command, option] of program.commands.flatMap((each) =>
      each.options.map((option) => [each.name(), option] as const),
    )) {
      if (option.long == null || !/\(default/.test(option.description)) continue;
      const words = offered('trap12', command, option.long, '');
      expect([option.long, words.filter((word) => /^(?:\d|or$)/.test(word))]).toEqual([option.long, []]);
    }
    expect(offered('trap12', 'reproduce', '--looks', '')).not.toContain('4 or');
  });
  test('locking regimes, of which a list may have several', () => {
    const names = ['giant', 'vm_mtx-20010519', 'vm_mtx-20010519+swaplocks'];
    const all = [...names, 'vm_mtx-20010519+swaplocks+vmspace-ref'];
    for (const command of ['run', 'boot', 'reproduce', 'verify'])
      expect(offered('trap12', command, '--locking', '')).toEqual(all);
    expect(offered('trap12', 'run', '--locking', 'gi')).toEqual(['giant']);
    expect(offered('trap12', 'reproduce', '--regimes', '')).toEqual(['all', ...all]);
    expect(offered('trap12', 'reproduce', '--regimes', 'giant,vm')).toEqual(
      all.slice(1).map((name) => `giant,${name}`),
    );
    for (const shell of ['zsh', 'fish'])
      expect(completionScript(shell, program)).toContain(['all', ...all].join(' '));
  });
  test('what an argument may be, where it is one of a few words', () => {
    expect(offered('trap12', 'completion', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(offered('trap12', 'completion', 'z')).toEqual(['zsh']);
    expect(offered('trap12', 'help', '')).toEqual(NAMES);
    expect(offered('trap12', 'help', 'repr')).toEqual(['reproduce']);
    expect(offered('trap12', 'completion', '--')).toEqual(['--help']);
    expect(completionScript('zsh', program)).toContain("'1:value:(bash zsh fish)'");
    expect(completionScript('fish', program)).toContain(
      "'__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'",
    );
  });
  test('files', () => expect(offered('trap12', 'reproduce', 'scr')).toEqual(['script']));
});

test('do the scripts of the other shells name every command and option?', () => {
  for (const shell of ['zsh', 'fish']) {
    const script = completionScript(shell, program);
    for (const command of program.commands) {
      expect(script).toContain(command.name());
      for (const option of command.options) expect(script).toContain(option.long!.slice(2));
    }
  }
  expect(() => completionScript('csh', program)).toThrow(/accepted: bash, zsh, fish/);
});

test('does the manual page tell of every command and option?', () => {
  const page = manualPage(program, '1').replaceAll('\\-', '-');
  for (const command of program.commands) {
    expect(page).toContain(`.SS trap12 ${command.name()}`);
    for (const option of command.options) expect(page).toContain(option.long);
  }
  // No line may be taken for a request that is none.
  for (const line of page.split('\n'))
    if (line.startsWith('.')) expect(line).toMatch(/^\.(?:TH|SH|SS|TP|PP|BR?|I|br)\b/);
});

/** What a call with --help prints. */
function help(command: (typeof program.commands)[number]): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

describe('--help', () => {
  test('has examples that call commands and options which are there', () => {
    let seen = 0;
    for (const command of [program, ...program.commands])
      for (const [, name, words] of help(command).matchAll(/(?<=[$;(] )trap12 ([\w-]+)([^;\n]*)/g)) {
        const called = program.commands.find((each) => each.name() === name);
        expect(called, `${command.name()}: trap12 ${name}`).toBeDefined();
        const known = ['--help', ...called!.options.map((option) => option.long)];
        for (const [option] of words!.replace(/ -- .*/, '').matchAll(/(?<= )--[\w-]+/g))
          expect(known, `${command.name()}: trap12 ${name}${words}`).toContain(option);
        seen++;
      }
    expect(seen).toBeGreaterThan(30);
  });
  test('tells a default once, and none that says nothing', () => {
    for (const command of program.commands) {
      // Between the name of an option and the next one.
      const options = help(command)
        .split(/\n {2}(?=-)/)
        .slice(1);
      expect(options.length).toBe(command.options.length + 1);
      for (const text of options) {
        expect(text, command.name()).not.toMatch(/default:\s+(?:false|\[\])/);
        expect((text.match(/default:/g) ?? []).length, `${command.name()} ${text}`).toBeLessThan(2);
      }
    }
  });
});

test('is the version that of the packages?', () => {
  for (const path of ['../package.json', '../../../package.json']) {
    const { version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
    expect(versionText()).toMatch(new RegExp(`^trap12 ${version}, kernel image [0-9a-f]{12}, Node v\\d+`));
  }
});
