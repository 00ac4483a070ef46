import type { Memory } from './target.js';

/** What a `show` command gets: memory, its arguments as addresses, modifiers (`show map/f` has "f"), and a place to print. */
export interface ShowContext {
  memory: Memory;
  /** Values of the expressions on the command line */
  args: number[];
  /** The first argument as it was typed, for names */
  text: string;
  modifiers: string;
  print(line: string): void;
}

/** One `show` command. It lives beside its subsystem, in src/.../db_*.ts, and is listed in showCommands. */
export interface ShowCommand {
  name: string;
  /** Shortest unambiguous form is found by the debugger; these are other names */
  aliases?: string[];
  /** One line for `help` */
  help: string;
  run(context: ShowContext): void;
}
