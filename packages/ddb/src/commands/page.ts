/** A command as help shows it. */
export interface Page {
  name: string;
  aliases?: readonly string[];
  /** Arguments and modifiers: "[/format] [address][,count]" */
  usage: string;
  /** What it does, one line */
  help: string;
  /** More, for `help COMMAND`: paragraphs */
  manual?: readonly string[];
}

/**
 * What leaves the debugger. It is the prompt's and no command of a session, which may have none: gdb's
 * `monitor` and an editor's console have their own ways out.
 */
export const QUIT: Page = {
  name: 'quit',
  aliases: ['exit'],
  usage: '',
  help: 'leaves the debugger, and gives the machine up (at `db>`)',
  manual: [
    'So does the end of input (Ctrl-D). Ctrl-C on an empty line, twice, asks first. `continue` leaves the prompt, too, but has the machine go on, where it can.',
  ],
};
