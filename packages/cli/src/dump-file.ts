import { type Dump, DumpError, isDump, openDump } from '@trap12/dump';
import { SnapshotError, systemFromSnapshot } from '@trap12/system';
import { isSnapshot, loadImage, loadKernel, SAVED_MAX, snapshotIn } from '@trap12/system/node.js';
import { readWhole } from '@trap12/system/read-file.js';
import { SymbolTable, type Target } from '@trap12/target';
import { usageError, whyNot } from './exit.js';

/**
 * Reads a dump or core, or a saved machine, for a debugger. What is missing of it goes to standard error.
 * @throws CommandError that says why it cannot be used
 */
export async function readMachine(path: string): Promise<Target> {
  try {
    const symbols = new SymbolTable(loadImage());
    const bytes = readWhole(path, SAVED_MAX, (head) => {
      // What is neither may have no end: nothing more is read of it.
      if (!isSnapshot(head) && !isDump(head, symbols)) openDump(head, symbols);
    });
    if (isSnapshot(bytes)) return systemFromSnapshot(await loadKernel(), snapshotIn(bytes)).system.target;
    const dump = openDump(bytes, symbols);
    for (const line of describe(dump)) process.stderr.write(`trap12: ${path}: ${line}\n`);
    return dump.target;
  } catch (error) {
    if (error instanceof DumpError || error instanceof SnapshotError)
      throw usageError(`${path}: ${error.message}`);
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw usageError(`cannot read ${path}: ${whyNot(error)}`);
  }
}

function describe({ kind, problems, memory }: Dump): string[] {
  const megabytes = (bytes: number): string => `${(bytes / (1 << 20)).toFixed(1)} MB`;
  const all = memory.pages * 4096 === memory.ram.bytes;
  const what = all
    ? []
    : [`${kind}: ${megabytes(memory.pages * 4096)} of ${megabytes(memory.ram.bytes)} of memory`];
  return [...what, ...problems];
}
