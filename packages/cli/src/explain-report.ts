import { explainReportCommand } from '@trap12/report/cli.js';
import type { StructLayouts } from '@trap12/report';
import { loadImage } from '@trap12/system/node.js';
import { SymbolTable, typeText } from '@trap12/target';
import type { Command } from 'commander';
import { write } from './console.js';
import { usageError } from './exit.js';

interface ExplainFlags {
  json: boolean;
  title: boolean;
  bucket?: string;
}

/** trap12 explain-report: what a panic text says, what follows from it, and what is missing. */
export function addExplainReport(program: Command, setStatus: (status: number) => void): void {
  program
    .command('explain-report')
    .description('read a panic report: its facts, what follows from them, its signature, its damage')
    .argument('[report]', 'text of the report, or - for standard input')
    .option('--json', 'as JSON (docs/report-formats.md)', false)
    .option('--title', 'only the one-line title', false)
    .option('--bucket <dir>', 'a table by signature over all reports in a directory')
    .addHelpText(
      'after',
      '\nExamples:\n  $ trap12 explain-report examples/vmdaemon-2001.txt\n  $ dmesg | trap12 explain-report --title -\n',
    )
    .action(async (input: string | undefined, flags: ExplainFlags) => {
      if (input === undefined && flags.bucket === undefined)
        throw usageError('a report or --bucket DIR is needed');
      const layouts = kernelLayouts();
      const status = await explainReportCommand(
        { input: input ?? '-', ...flags, ...(layouts === undefined ? {} : { layouts }) },
        {
          stdout: write,
          stderr: (text) => void process.stderr.write(text),
          terminal: process.stderr.isTTY === true,
        },
      );
      setStatus(status);
    });
}

function structLayouts(symbols: SymbolTable): StructLayouts['structs'] {
  const out: StructLayouts['structs'] = {};
  for (const [name, { size, fields }] of Object.entries(symbols.image.structs)) {
    const described = Object.entries(fields).map(([field, { offset, size: bytes, type }]) => [
      field,
      { offset, size: bytes, type: typeText(symbols, type) },
    ]);
    out[name] = { size, fields: Object.fromEntries(described) };
  }
  return out;
}

/** The struct layouts of our own kernel, for naming fields of null pointers; without a built kernel, none. */
function kernelLayouts(): StructLayouts | undefined {
  try {
    const image = loadImage();
    return { version: `trap12 ${image.hash.slice(0, 12)}`, structs: structLayouts(new SymbolTable(image)) };
  } catch {
    return undefined;
  }
}
