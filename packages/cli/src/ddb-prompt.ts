import { createInterface } from 'node:readline/promises';
import { Ddb } from '@trap12/ddb';
import type { Target } from '@trap12/target';
import { printLines } from './console.js';

/** Lets a person (or a pipe) work in the debugger until `quit`, the end of input, or Ctrl-C. */
export async function ddbPrompt(target: Target): Promise<void> {
  const ddb = new Ddb(target);
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
    lines.prompt();
  }
  lines.close();
}
