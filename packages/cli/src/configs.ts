import { DEFAULT_REGIME, type RegimeInfo, regimeSwitches, regimes, type SwitchInfo } from '@trap12/kernel';
import { loadImage } from '@trap12/system/node.js';
import { SymbolTable } from '@trap12/target';
import type { Command } from 'commander';
import { write } from './console.js';

/** trap12 configs: the locking regimes and their switches. */
export function addConfigs(program: Command): void {
  program
    .command('configs')
    .description('list the locking regimes and what each of their switches is based on')
    .option('--json', 'as JSON (docs/json.md)', false)
    .addHelpText('after', '\nExamples:\n  $ trap12 configs\n')
    .action((flags: { json: boolean }) => {
      const symbols = new SymbolTable(loadImage());
      const known = { regimes: regimes(symbols), switches: regimeSwitches(symbols) };
      write(flags.json ? json(known) : text(known));
    });
}

interface Known {
  regimes: Record<string, RegimeInfo>;
  switches: Record<string, SwitchInfo>;
}

function json(known: Known): string {
  return `${JSON.stringify({ schema: 1, default: DEFAULT_REGIME, ...known }, null, 2)}\n`;
}

function text(known: Known): string {
  const lines: string[] = [];
  for (const [name, { summary, switches }] of Object.entries(known.regimes)) {
    lines.push(`${name}${name === DEFAULT_REGIME ? ' (default)' : ''}`, `    ${summary}`);
    lines.push(
      `    ${Object.entries(switches)
        .map(([key, value]) => `${key}=${value}`)
        .join(' ')}`,
      '',
    );
  }
  lines.push('switches:');
  for (const [name, { evidence, text: what }] of Object.entries(known.switches))
    lines.push(`    ${name} (${evidence})`, `        ${what}`);
  return `${lines.join('\n')}\n`;
}
