import { Ddb } from '@trap12/ddb';
import type { Command } from 'commander';
import { printLines } from './console.js';
import { ddbPrompt } from './ddb-prompt.js';
import { readMachine } from './dump-file.js';
import { EXIT } from './exit.js';

/** trap12 ddb: the debugger over a crash dump, a core or a saved machine. */
export function addDdb(program: Command, setStatus: (status: number) => void): void {
  program
    .command('ddb')
    .description('look at a crash dump, a core file or a saved machine with the debugger')
    .argument('<file>', 'what run --dump, --core or --save-at wrote, or savecore')
    .addHelpText('after', '\nExample:\n  $ trap12 run --dump vmcore -- COMMAND; trap12 ddb vmcore\n')
    .action(async (file: string) => {
      const target = await readMachine(file);
      printLines(new Ddb(target).banner());
      await ddbPrompt(target);
      setStatus(EXIT.done);
    });
}
