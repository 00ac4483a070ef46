import type { Command } from 'commander';
import { usageError } from './exit.js';
import { integer } from './options.js';
import { refuseFolderInput, unreadableInput } from './stdin.js';

/** trap12 dap: the debugger for editors. */
export function addDap(program: Command, setStatus: (status: number) => void): void {
  program
    .command('dap')
    .description(
      'the debugger for editors, by the Debug Adapter Protocol, over standard input and output (docs/editors.md)',
    )
    .option(
      '--port <n>',
      "listen at a port of this computer's own address instead, for any number of clients; 0: a free one",
      integer(0, 65535),
    )
    .action(async (flags: { port?: number }) => setStatus(await dap(flags.port)));
}

async function dap(port: number | undefined): Promise<number> {
  const [{ listen, serveStreams }, { launcher }, { SOURCES }] = await Promise.all([
    import('@trap12/dap'),
    import('./dap-launch.js'),
    import('@trap12/system/node.js'),
  ]);
  const complain = (line: string): void => {
    process.stderr.write(`trap12: ${line}\n`);
  };
  const options = { launcher, sources: SOURCES, complain };
  if (port === undefined) {
    refuseFolderInput();
    let failure: Error | undefined;
    process.stdin.once('error', (error) => {
      failure = error;
    });
    await serveStreams(process.stdin, process.stdout, options);
    process.stdin.destroy();
    if (failure !== undefined) throw unreadableInput(failure);
    return 0;
  }
  const server = await listen(port, options).catch((error: NodeJS.ErrnoException) => {
    const why =
      error.code === 'EADDRINUSE'
        ? 'it is in use'
        : error.code === 'EACCES'
          ? 'it is privileged'
          : error.message;
    throw usageError(`dap: port ${port}: ${why}; accepted: a free one, 0 finds one`);
  });
  const { port: own } = server.address() as { port: number };
  complain(`dap: listening at 127.0.0.1:${own}`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  process.exit(0);
}
