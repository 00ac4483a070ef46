/**
 * What Node's compiler made of the kernel and of programs, kept beside their files: to read megabytes of
 * JavaScript anew takes half a second at each start. What is kept is used only for the text that it was made
 * from, and V8 itself refuses what another version of it has made; without it all works as well.
 */
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Script } from 'node:vm';

/** At the beginning of a file stands the SHA-256 of the text. */
const HASH_BYTES = 32;

interface Evaluated {
  value: unknown;
  script: Script;
  hash: Buffer;
  /** What is kept is of this text and this Node. */
  isKept: boolean;
}

/** One module of a text for all machines of a process: what the compiler has learnt serves the next. */
const evaluated = new Map<string, Evaluated>();

/** What is kept for the text; undefined if there is nothing, or it is of another text. */
function keptFor(path: string, hash: Buffer): Buffer | undefined {
  let file: Buffer;
  try {
    file = readFileSync(path);
  } catch {
    return undefined;
  }
  return hash.equals(file.subarray(0, HASH_BYTES)) ? file.subarray(HASH_BYTES) : undefined;
}

/**
 * The value of a script.
 * @param kept the file in which its compiled code may be
 * @param name how stack traces and tools call the script
 */
export function evaluateKept(kept: string, name: string, text: string): unknown {
  const hash = createHash('sha256').update(text).digest();
  const known = evaluated.get(kept);
  if (known?.hash.equals(hash)) return known.value;
  const cachedData = keptFor(kept, hash);
  const script = new Script(text, { filename: name, ...(cachedData === undefined ? {} : { cachedData }) });
  const isKept = cachedData !== undefined && script.cachedDataRejected === false;
  const value: unknown = script.runInThisContext();
  evaluated.set(kept, { value, script, hash, isKept });
  return value;
}

/** Has something been evaluated of which nothing that serves is kept yet? */
export const isCodeMissing = (): boolean => [...evaluated.values()].some(({ isKept }) => !isKept);

/**
 * Keeps what Node has compiled until now of all that has been evaluated: the functions that were called.
 * @throws what writing a file throws
 */
export function keepCode(): void {
  for (const [path, { script, hash, isKept }] of evaluated) {
    if (isKept) continue;
    const made = `${path}.${process.pid}`;
    writeFileSync(made, Buffer.concat([hash, script.createCachedData()]));
    renameSync(made, path);
  }
}
