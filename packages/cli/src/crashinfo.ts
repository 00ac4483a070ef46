import { crashInfo, textdump } from '@trap12/explore';
import type { Command } from 'commander';
import { TabExpander, write } from './console.js';
import { readMachine } from './dump-file.js';
import { EXIT } from './exit.js';
import { wholeFile, writeSparse } from './sparse-file.js';

/** trap12 crashinfo: what a dump tells, as text. */
export function addCrashinfo(program: Command, setStatus: (status: number) => void): void {
  program
    .command('crashinfo')
    .description(
      'tell what a crash dump, core or saved machine shows: panic, backtrace, ps, vmstat, locks, messages',
    )
    .argument('<file>', 'what run --dump, --core or --save-at wrote, or savecore')
    .option('--textdump <file>', 'write a textdump(4) archive instead, which explain-report reads')
    .addHelpText(
      'after',
      '\nExamples:\n  $ trap12 crashinfo vmcore > core.txt\n  $ trap12 crashinfo --textdump textdump.tar vmcore; trap12 explain-report textdump.tar\n',
    )
    .action(async (file: string, flags: { textdump?: string }) => {
      const target = await readMachine(file);
      if (flags.textdump === undefined) write(new TabExpander().expand(crashInfo(target, file)));
      else await writeTar(flags.textdump, textdump(target));
      setStatus(EXIT.done);
    });
}

async function writeTar(path: string, files: Readonly<Record<string, string>>): Promise<void> {
  const { packTar } = await import('modern-tar');
  const encoder = new TextEncoder();
  const bytes = await packTar(
    Object.entries(files).map(([name, text]) => {
      const body = encoder.encode(text);
      // No clock: the same dump gives the same archive.
      return { header: { name, size: body.length, mode: 0o600, mtime: new Date(0) }, body };
    }),
  );
  writeSparse('--textdump', path, wholeFile(bytes));
}
