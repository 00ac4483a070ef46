import { symbolFile } from '@trap12/elf';
import { loadImage, SOURCES } from '@trap12/system/node.js';
import { SymbolTable } from '@trap12/target';
import type { Command } from 'commander';
import { EXIT } from './exit.js';
import { writeSparse } from './sparse-file.js';

/** trap12 symbols: writes what gdb wants to know of the kernel. */
export function addSymbols(program: Command, setStatus: (status: number) => void): void {
  program
    .command('symbols')
    .description('write a symbol file of the kernel for gdb: ELF with text, symbols and DWARF')
    .argument('<out>', 'the file; gdb expects that it is called kernel.debug')
    .option('--sources <directory>', 'where gdb is to look for the sources', SOURCES)
    .addHelpText('after', '\nExample:\n  $ trap12 symbols kernel.debug && gdb kernel.debug kernel.core\n')
    .action((out: string, flags: { sources: string }) => {
      const options = { name: 'kernel', sources: flags.sources, producer: 'kcc' };
      const bytes = symbolFile(new SymbolTable(loadImage()), options);
      writeSparse(out, { size: bytes.length, pieces: [{ offset: 0, bytes }] });
      setStatus(EXIT.done);
    });
}
