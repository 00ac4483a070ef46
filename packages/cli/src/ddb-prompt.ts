import { createInterface } from 'node:readline/promises';
import { Ddb } from '@trap12/ddb';
import type { Target } from '@trap12/target';
import { printLines } from './console.js';

/**
 * Lets a person (or a pipe) work in the debugger until `quit`, the end of input, or Ctrl-C.
 * @param live the machine can go on: then `continue` ends the session, too, and the result is true
 */
export async function ddbPrompt(target: Target, live = false): Promise<boolean> {
  let goesOn = false;
  const resume = (how: string): boolean => {
    goesOn = how === 'continue';
    return goesOn;
  };
  const ddb = new Ddb(target, live ? resume : undefined);
  const interactive = process.stdin.isTTY === true;
  const lines = createInterface({
    input: process.stdin,
    ...(interactive ? { output: process.stdout } : {}),
    terminal: interactive,
  });
  lines.setPrompt('db> ');
  lines.on('SIGINT', () => lines.close());
  lines.prompt();
  for await (const line of lines) {
    const text = line.trim();
    if (!interactive) process.stdout.write(`db> ${text}\n`);
    if (text === 'quit' || text === 'exit') break;
    printLines(ddb.execute(text));
    if (goesOn) break;
    lines.prompt();
  }
  lines.close();
  return goesOn;
}
