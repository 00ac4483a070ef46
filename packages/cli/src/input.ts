import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';

/** A person should know what is waited for. */
const PATIENCE_MS = 2000;
/** What the root file system takes, at most; its files lie in the machine's RAM. */
const MAX_BYTES = 64 << 20;

/** Is there input that somebody gave: a file, a pipe or a device such as /dev/null, and no terminal? */
function isGiven(): boolean {
  try {
    const stat = fstatSync(0);
    return stat.isFile() || stat.isFIFO() || stat.isSocket() || (stat.isCharacterDevice() && !isatty(0));
  } catch {
    return false;
  }
}

/**
 * Standard input to its end, unless it is a terminal: all of it, before the machine starts, so that a run
 * depends on what was given and not on when it came; of /dev/null that is nothing. Undefined for a terminal
 * and where there is none.
 * @throws RangeError if it is more than a machine may be given
 */
export async function givenInput(): Promise<Uint8Array | undefined> {
  if (!isGiven()) return undefined;
  const warning = setTimeout(() => {
    process.stderr.write('trap12: waiting for the end of standard input (< /dev/null if there is none)\n');
  }, PATIENCE_MS);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES)
        throw new RangeError(`standard input is too long; accepted: up to ${MAX_BYTES >> 20}M`);
      chunks.push(chunk);
    }
  } finally {
    clearTimeout(warning);
  }
  return Buffer.concat(chunks);
}
