/** The package's own version; here, as every command has this file: a bundle has it from its making. */
export const VERSION = '0.1.0';

/** Exit codes of every command. */
export const EXIT = {
  done: 0,
  notReproduced: 1,
  usage: 2,
  panicked: 3,
  internal: 4,
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
