import { SnapshotError, systemFromSnapshot } from '@trap12/system';
import { loadKernel, readSnapshot } from '@trap12/system/node.js';
import type { Command } from 'commander';
import { usageError, whyNot } from './exit.js';
import { virtualSeconds } from './options.js';
import { type EndFlags, runToItsEnd, saveAt } from './run.js';

/** trap12 resume: goes on with a machine that run --save-at has saved, as if it had never stopped. */
export function addResume(program: Command, setStatus: (status: number) => void): void {
  program
    .command('resume')
    .description('go on with a machine that `run --save-at` has saved, as if it had never stopped')
    .argument('<file>', 'the saved machine')
    .option('--ddb', 'stay in the debugger if the kernel panics (not with --json)', false)
    .option(
      '--seconds <n>',
      'virtual seconds since power-on at which it ends',
      virtualSeconds(1_000_000),
      3600,
    )
    .option('--save-at <seconds=file>', 'save it again, as run does', saveAt, [])
    .option(
      '--core <file>',
      'write an ELF core file for gdb of the machine that panicked, or stands when time is up',
    )
    .option('--json', 'print one JSON object at the end instead of the console (docs/json.md)', false)
    .action(async (file: string, flags: Omit<EndFlags, 'quiet'>) => setStatus(await resume(file, flags)));
}

async function resume(file: string, flags: Omit<EndFlags, 'quiet'>): Promise<number> {
  if (flags.json && flags.ddb) throw usageError('--ddb is a prompt and --json is one object: choose one');
  const { system, options } = await openSaved(file);
  return await runToItsEnd(system, options, { ...flags, quiet: false }, []);
}

/** The machine of a file. */
async function openSaved(file: string): Promise<ReturnType<typeof systemFromSnapshot>> {
  try {
    return systemFromSnapshot(await loadKernel(), readSnapshot(file));
  } catch (error) {
    if (error instanceof SnapshotError) throw usageError(`${file}: ${error.message}`);
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw usageError(`cannot read ${file}: ${whyNot(error)}`);
  }
}
