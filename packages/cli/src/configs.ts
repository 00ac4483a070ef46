import { DEFAULT_REGIME, REGIMES, SWITCHES } from '@trap12/kernel';
import type { Command } from 'commander';
import { write } from './console.js';

/** trap12 configs: the locking regimes and their switches. */
export function addConfigs(program: Command): void {
  program
    .command('configs')
    .description('list the locking regimes and what each of their switches is based on')
    .option('--json', 'as JSON (docs/json.md)', false)
    .addHelpText('after', '\nExamples:\n  $ trap12 configs\n')
    .action((flags: { json: boolean }) => write(flags.json ? json() : text()));
}

function json(): string {
  return `${JSON.stringify({ schema: 1, default: DEFAULT_REGIME, regimes: REGIMES, switches: SWITCHES }, null, 2)}\n`;
}

function text(): string {
  const lines: string[] = [];
  for (const [name, { summary, switches }] of Object.entries(REGIMES)) {
    lines.push(`${name}${name === DEFAULT_REGIME ? ' (default)' : ''}`, `    ${summary}`);
    lines.push(
      `    ${Object.entries(switches)
        .map(([key, value]) => `${key}=${value}`)
        .join(' ')}`,
      '',
    );
  }
  lines.push('switches:');
  for (const [name, { evidence, text: what }] of Object.entries(SWITCHES))
    lines.push(`    ${name} (${evidence})`, `        ${what}`);
  return `${lines.join('\n')}\n`;
}
