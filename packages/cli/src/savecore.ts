import { openSync, readSync, fstatSync, closeSync } from 'node:fs';
import { DumpError, readHeader, savecore } from '@trap12/dump';
import { loadImage } from '@trap12/system/node.js';
import { SymbolTable } from '@trap12/target';
import type { Command } from 'commander';
import { printLines } from './console.js';
import { CommandError, EXIT, usageError, whyNot } from './exit.js';
import { wholeFile, writeSparse } from './sparse-file.js';

const SECTOR = 512;

/** trap12 savecore: takes the dump of a kernel that died off the disk that run --disk left. */
export function addSavecore(program: Command, setStatus: (status: number) => void): void {
  program
    .command('savecore')
    .description('take the crash dump of a kernel off a disk that `run --disk` has kept')
    .argument('<disk>', 'the disk')
    .argument('<out>', 'the dump')
    .addHelpText(
      'after',
      '\nExample:\n  $ trap12 run --dump --disk ad0 -- COMMAND; trap12 savecore ad0 vmcore\n',
    )
    .action((disk: string, out: string) => setStatus(save(disk, out)));
}

function save(path: string, out: string): number {
  const symbols = new SymbolTable(loadImage());
  let fd = -1;
  try {
    fd = openSync(path, 'r');
    if (fstatSync(fd).isDirectory()) throw usageError(`cannot read ${path}: it is a directory`);
    const read = (sector: number): Uint8Array => {
      const bytes = new Uint8Array(SECTOR);
      readSync(fd, bytes, 0, SECTOR, sector * SECTOR);
      return bytes;
    };
    const bytes = savecore(read, Math.floor(fstatSync(fd).size / SECTOR), symbols);
    printLines(headerLines(bytes, symbols));
    writeSparse(undefined, out, wholeFile(bytes));
    return EXIT.done;
  } catch (error) {
    if (error instanceof CommandError) throw error;
    if (error instanceof DumpError) throw usageError(`${path}: ${error.message}`);
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw usageError(`cannot read ${path}: ${whyNot(error)}`);
  } finally {
    if (fd >= 0) closeSync(fd);
  }
}

/** What a dump's header tells, as savecore(8) logs it. */
export function headerLines(bytes: Uint8Array, symbols: SymbolTable): string[] {
  const { panic, release, form, count, state } = readHeader(bytes.subarray(0, SECTOR), symbols);
  const how = state === 'started' ? ', not finished' : '';
  return [
    panic === '' ? 'dumped from the debugger, without a panic' : `reboot after panic: ${panic}`,
    `dump of ${release}: ${form === 'full' ? 'all of memory' : 'mapped kernel pages'}, ${count / 2} KB${how}`,
  ];
}
