import { coreFile } from '@trap12/dump';
import type { Command } from 'commander';
import { readMachine } from './dump-file.js';
import { EXIT } from './exit.js';
import { writeSparse } from './sparse-file.js';

/** trap12 core: an ELF core of a dump or a saved machine, for gdb. */
export function addCore(program: Command, setStatus: (status: number) => void): void {
  program
    .command('core')
    .description('write an ELF core file of a crash dump or a saved machine, for gdb')
    .argument('<out>', 'the core file')
    .argument('<file>', 'what run --dump or --save-at wrote, or savecore')
    .addHelpText(
      'after',
      '\nExample:\n  $ trap12 symbols kernel.debug; trap12 core kernel.core vmcore; gdb kernel.debug kernel.core\n',
    )
    .action(async (out: string, file: string) => {
      writeSparse(undefined, out, coreFile(await readMachine(file)));
      setStatus(EXIT.done);
    });
}
