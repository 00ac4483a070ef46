import { fstatSync, statSync } from 'node:fs';
import { isatty } from 'node:tty';
import { refuseFolderInput, unreadableInput } from './stdin.js';

/** A person should know what is waited for. */
const PATIENCE_MS = 2000;
/** What the root file system takes, at most; its files lie in the machine's RAM. */
const MAX_BYTES = 64 << 20;

/** What standard input is: somebody gave something, or there is nothing, or nobody has said so. */
function kindOfInput(): 'given' | 'nothing' | 'unknown' {
  try {
    const stat = fstatSync(0);
    if (stat.isFile() || stat.isFIFO() || stat.isSocket()) return 'given';
    if (!stat.isCharacterDevice() || isatty(0)) return 'unknown';
    return stat.rdev === statSync('/dev/null').rdev ? 'nothing' : 'given';
  } catch {
    return 'unknown';
  }
}

/** Is standard input /dev/null? */
export const hasNoInput = (): boolean => kindOfInput() === 'nothing';

/**
 * Standard input to its end, unless it is a terminal: all of it, before the machine starts, so that a run
 * depends on what was given and not on when it came. Undefined for a terminal, for /dev/null and where there
 * is none: the machine is the same then.
 * @throws RangeError if it is more than a machine may be given; CommandError if it cannot be read
 */
export async function givenInput(): Promise<Uint8Array | undefined> {
  refuseFolderInput();
  if (kindOfInput() !== 'given') return undefined;
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
  } catch (error) {
    throw error instanceof RangeError ? error : unreadableInput(error);
  } finally {
    clearTimeout(warning);
  }
  return Buffer.concat(chunks);
}
