/** The package's own version; here, as every command has this file: a bundle has it from its making. */
export const VERSION = '0.1.0';

/** Exit codes of every command. */
export const EXIT = {
  done: 0,
  notReproduced: 1,
  usage: 2,
  panicked: 3,
  internal: 4,
  /** As a shell says of who dies of SIGINT: neither right nor wrong */
  interrupted: 130,
} as const;

/** Ends a command with a one-line message. */
export class CommandError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

/** Wrong usage or unreadable input. */
export function usageError(message: string): CommandError {
  return new CommandError(message, EXIT.usage);
}

/** What a compiler says of a user's files: a line for each error, which stay lines. */
export class SourceError extends CommandError {
  constructor(message: string) {
    super(message, EXIT.usage);
  }
}

/** The kernel loops where it does not look at the time: what is said of it are lines, with its trace. */
export class LoopError extends CommandError {
  constructor(message: string) {
    super(message, EXIT.notReproduced);
  }
}

/** Ctrl-C has come before what was asked for was known. */
export class Interrupted extends CommandError {
  /** @param lost what is not known now */
  constructor(lost: string) {
    super(`interrupted: ${lost}`, EXIT.interrupted);
  }
}

/** What a work gives; undefined: Ctrl-C came before its end, and what is known is shown without it. */
export async function unlessInterrupted<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Interrupted) return undefined;
    throw error;
  }
}

/** Why a file cannot be read or written, for a person: of an error of Node's. */
export function whyNot(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'EISDIR' ? 'it is a directory' : message;
}

/** A text as one line: words that it quotes, names of files above all, may hold anything. */
export function inOneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be printed
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** What could not be written so far. */
let failures: CommandError[] = [];

/**
 * Notes that a file could not be written: the result is worth more than the file, and is to be shown first.
 * The command ends with the error behind it.
 */
export function unwritten(error: CommandError): void {
  failures.push(error);
}

/**
 * Makes a file about a result. Whatever goes wrong there is noted, as with unwritten(): the result is shown,
 * and the other files are made; so it is at Ctrl-C.
 * @param option what names the file, for messages
 */
export async function besides(option: string, file: string, make: () => void | Promise<void>): Promise<void> {
  try {
    await make();
  } catch (error) {
    if (error instanceof Interrupted)
      unwritten(new CommandError(`${option} ${file}: not written: ${error.message}`, error.status));
    else unwritten(error instanceof CommandError ? error : brokenFile(option, file, error));
  }
}

/** Something of ours is wrong: a file that was asked for cannot be made. */
export const brokenFile = (option: string, file: string, error: unknown): CommandError =>
  new CommandError(
    `${option} ${file}: internal error: ${error instanceof Error ? error.message : String(error)}`,
    EXIT.internal,
  );

/** What could not be written since the last call. */
export function takeUnwritten(): readonly CommandError[] {
  const taken = failures;
  failures = [];
  return taken;
}
