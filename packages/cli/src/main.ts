import { Command, CommanderError, Help, InvalidArgumentError, type Option } from 'commander';
import { CommandError, EXIT, Interrupted, LoopError, SourceError, inOneLine, takeUnwritten } from './exit.js';
import { versionText } from './version.js';

type AddCommand = (program: Command, setStatus: (status: number) => void) => void;

/**
 * The commands, each in a module of its own that is loaded when it is wanted: half of the time that
 * `explain-report` takes would otherwise go into loading the kernel, the machine and the explorer.
 */
const COMMANDS: Record<string, () => Promise<AddCommand>> = {
  run: async () => (await import('./run.js')).addRun,
  resume: async () => (await import('./resume.js')).addResume,
  boot: async () => (await import('./boot.js')).addBoot,
  reproduce: async () => (await import('./reproduce.js')).addReproduce,
  explore: async () => (await import('./explore.js')).addExplore,
  replay: async () => (await import('./replay.js')).addReplay,
  gdbserver: async () => (await import('./gdbserver.js')).addGdbserver,
  verify: async () => (await import('./verify.js')).addVerify,
  certify: async () => (await import('./certify.js')).addCertify,
  campaign: async () => (await import('./campaign.js')).addCampaign,
  worker: async () => (await import('./queue-worker.js')).addWorker,
  'explain-report': async () => (await import('./explain-report.js')).addExplainReport,
  symbols: async () => (await import('./symbols.js')).addSymbols,
  core: async () => (await import('./core.js')).addCore,
  savecore: async () => (await import('./savecore.js')).addSavecore,
  crashinfo: async () => (await import('./crashinfo.js')).addCrashinfo,
  ddb: async () => (await import('./ddb.js')).addDdb,
  dap: async () => (await import('./dap.js')).addDap,
  configs: async () => (await import('./configs.js')).addConfigs,
  learn: async () => (await import('./learn.js')).addLearn,
  grade: async () => (await import('./grade.js')).addGrade,
  completion: async () => (await import('./completion.js')).addCompletion,
};

/**
 * The commands that a call needs: the one that it names, none for the version, or all of them for the help
 * and for a name that is none.
 */
function wantedCommands([name]: string[]): string[] {
  if (name === '--version' || name === '-V') return [];
  return name !== undefined && Object.hasOwn(COMMANDS, name) ? [name] : Object.keys(COMMANDS);
}

/** A default is told where it says something: not of a switch, nor of what may be repeated. */
function optionDescription(option: Option): string {
  const { defaultValue, description } = option;
  const silent = defaultValue === false || (Array.isArray(defaultValue) && defaultValue.length === 0);
  return silent ? description : new Help().optionDescription(option);
}

const FIRST_STEPS = `
Begin with:
  $ trap12 learn                                    lessons, the first of which takes a quarter of an hour
  $ trap12 run -- 'vmstat; ps'                      a command on the machine
  $ trap12 boot                                     a shell of it (\`ls /bin\`, \`/bin/NAME --help\`)
  $ trap12 reproduce examples/vmdaemon-2001.txt     the panic report of 2001, until its panic comes`;

/** Commands that take long: from their beginning on somebody says that Ctrl-C has ended them. */
const LONG = new Set(['explore', 'reproduce', 'verify', 'replay', 'certify', 'grade']);

/** The program with these commands, or with all of them. */
export async function makeProgram(
  names: readonly string[] = Object.keys(COMMANDS),
  setStatus: (status: number) => void = () => {},
  writeErr: (text: string) => void = (text) => process.stderr.write(text),
): Promise<Command> {
  const program = new Command('trap12');
  program
    .description(
      'A deterministic BSD virtual-memory kernel on a simulated i386 that you can crash on purpose.',
    )
    .version(versionText())
    .exitOverride()
    .configureOutput({ writeErr, outputError: (text, write) => write(parserError(text)) })
    .showHelpAfterError('(--help tells more)')
    .configureHelp({ optionDescription })
    .addHelpText('after', FIRST_STEPS)
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 not reproduced, 2 wrong usage or unreadable input, 3 the simulated kernel panicked, 4 internal error\n',
    );
  for (const name of names) (await COMMANDS[name]!())(program, setStatus);
  for (const command of program.commands) command.exitOverride();
  program.hook('preAction', async (_, command) => {
    // Its page is all that it does, and nothing is loaded for it in vain.
    if (command.name() === 'explain-report' && command.opts().html === undefined) return;
    const { checkOutputs } = await import('./output.js');
    checkOutputs(command);
    if (!LONG.has(command.name())) return;
    const { sentinel } = await import('./sentinel/sentinel.js');
    sentinel.start();
  });
  return program;
}

/** The parser's error in one line, whatever the words are that it quotes; a second one is its suggestion. */
function parserError(text: string): string {
  const [, error, suggestion = ''] = /^([\s\S]*?)(\n\(Did you mean [^\n]*\))?\n$/.exec(text) ?? ['', text];
  return `${inOneLine(error!)}${suggestion}\n`;
}

/**
 * What the parser has said, where an option is unknown that other commands have: they are named, instead of
 * one that is spelt alike.
 */
async function withOwners(said: string): Promise<string> {
  const [before, option] =
    /^error: unknown option '(--[a-z-]+)'\n(?:\(Did you mean [^\n]*\)\n)?/.exec(said) ?? [];
  if (before === undefined) return said;
  const { commands } = await makeProgram();
  const owners = commands.filter(({ options }) => options.some(({ long }) => long === option));
  if (owners.length === 0) return said;
  const names = owners.map((command) => command.name());
  const all = names.length === 1 ? `trap12 ${names[0]} has` : `${names.join(', ')} have`;
  return `error: unknown option '${option}'\n(${all} it)\n${said.slice(before.length)}`;
}

/** For a program (--json) what is wrong is one line; suggestions and where help is are for people. */
function forWhom(argv: readonly string[], said: string): string {
  const end = argv.indexOf('--');
  return argv.slice(0, end < 0 ? undefined : end).includes('--json')
    ? said.replace(/\n[\s\S]*$/, '\n')
    : said;
}

/** Says which files could not be written: the exit code then, or the command's own if there are none. */
function sayUnwritten(status: number): number {
  const errors = takeUnwritten();
  for (const { message } of errors) process.stderr.write(`trap12: ${inOneLine(message)}\n`);
  return errors[0]?.status ?? status;
}

let interrupted = false;

/**
 * Whether the last command line was ended by Ctrl-C before it knew its result. Its process is to die of the
 * signal then, so that a loop of the shell's around it ends as well.
 */
export const wasInterrupted = (): boolean => interrupted;

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
  let said = '';
  const program = await makeProgram(wantedCommands(argv), setStatus, (text) => {
    said += text;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return sayUnwritten(status);
  } catch (error) {
    sayUnwritten(status);
    // What is wrong with a value of an option commander has said; of a value in a file nobody has.
    if (error instanceof InvalidArgumentError) process.stderr.write(`trap12: ${inOneLine(error.message)}\n`);
    if (error instanceof CommanderError) process.stderr.write(forWhom(argv, await withOwners(said)));
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    interrupted = error instanceof Interrupted;
    // That is said below; the signal by which the process dies then is its own.
    if (interrupted) (await import('@trap12/system/interruption.js')).sayLast(() => {});
    if (error instanceof CommandError) {
      const isLines = error instanceof SourceError || error instanceof LoopError;
      const text = isLines ? error.message : inOneLine(error.message);
      process.stderr.write(`trap12: ${text}\n`);
      return error.status;
    }
    const message = inOneLine(error instanceof Error ? error.message : String(error));
    // By its name: a module of the system is loaded by the commands that need one.
    if (error instanceof RangeError || (error instanceof Error && error.name === 'NoKernelError')) {
      process.stderr.write(`trap12: ${message}\n`);
      return EXIT.usage;
    }
    process.stderr.write(`trap12: internal error: ${message}\n`);
    if (process.env.TRAP12_DEBUG !== undefined && error instanceof Error)
      process.stderr.write(`${error.stack}\n`);
    return EXIT.internal;
  }
}
