import { symbolFile } from '@trap12/elf';
import { loadImage, loadProgramImage, PROGRAM_SOURCES, SOURCES } from '@trap12/system/node.js';
import { SymbolTable } from '@trap12/target';
import type { Command } from 'commander';
import { EXIT, usageError } from './exit.js';
import { wholeFile, writeSparse } from './sparse-file.js';

/** trap12 symbols: writes what gdb wants to know of the kernel. */
export function addSymbols(program: Command, setStatus: (status: number) => void): void {
  program
    .command('symbols')
    .description('write a symbol file of the kernel (or a program) for gdb: ELF with text, symbols and DWARF')
    .argument('<out>', 'the file; gdb expects that it is called kernel.debug')
    .option('--program <name>', 'of a program of the machine instead, for add-symbol-file')
    .option('--sources <directory>', 'where gdb is to look for the sources (default: where they are)')
    .addHelpText('after', '\nExample:\n  $ trap12 symbols kernel.debug && gdb kernel.debug kernel.core\n')
    .action((out: string, flags: { program?: string; sources?: string }) => {
      const { program: name } = flags;
      const image = name === undefined ? loadImage() : loadProgramImage(name);
      if (image === undefined) throw usageError(`--program ${name}: the machine has no such program`);
      const sources = flags.sources ?? (name === undefined ? SOURCES : PROGRAM_SOURCES);
      const options = { name: name ?? 'kernel', sources, producer: 'kcc' };
      const bytes = symbolFile(new SymbolTable(image), options);
      writeSparse(undefined, out, wholeFile(bytes));
      setStatus(EXIT.done);
    });
}
