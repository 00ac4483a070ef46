import { Command, CommanderError } from 'commander';
import { addBoot } from './boot.js';
import { addConfigs } from './configs.js';
import { CommandError, EXIT } from './exit.js';
import { addExplainReport } from './explain-report.js';
import { addReproduce } from './reproduce.js';
import { addResume } from './resume.js';
import { addRun } from './run.js';

/** Runs the command line; its exit code. Never throws and never prints a stack trace of ours. */
export async function main(argv: string[]): Promise<number> {
  let status: number = EXIT.done;
  const setStatus = (s: number): void => {
    status = s;
  };
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(status);
    process.stderr.write(`trap12: cannot write to standard output: ${error.message}\n`);
    process.exit(EXIT.usage);
  });
  process.stderr.on('error', () => {});
  const program = new Command('trap12');
  program
    .description(
      'A deterministic BSD virtual-memory kernel on a simulated i386 that you can crash on purpose.',
    )
    .version('0.1.0')
    .exitOverride()
    .showHelpAfterError('(--help tells more)')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 not reproduced, 2 wrong usage or unreadable input, 3 the simulated kernel panicked, 4 internal error\n',
    );
  addRun(program, setStatus);
  addResume(program, setStatus);
  addBoot(program, setStatus);
  addReproduce(program, setStatus);
  addExplainReport(program, setStatus);
  addConfigs(program);
  for (const command of program.commands) command.exitOverride();
  try {
    await program.parseAsync(argv, { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (error instanceof CommandError) {
      process.stderr.write(`trap12: ${error.message}\n`);
      return error.status;
    }
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof RangeError) {
      process.stderr.write(`trap12: ${message}\n`);
      return EXIT.usage;
    }
    process.stderr.write(`trap12: internal error: ${message}\n`);
    if (process.env.TRAP12_DEBUG !== undefined && error instanceof Error)
      process.stderr.write(`${error.stack}\n`);
    return EXIT.internal;
  }
}
