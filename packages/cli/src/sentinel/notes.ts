import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where a sentinel finds the file that it notes signals in. */
export const NOTES_FD = 3;

/** A signal as it is noted. @param ms when it came, by hostMs() */
export function notedSignal(ms: number): Buffer {
  const noted = Buffer.alloc(Float64Array.BYTES_PER_ELEMENT);
  noted.writeDoubleLE(ms);
  return noted;
}

/**
 * What a sentinel notes for a process that is busy: a file without a name, which both have open. To look into
 * it takes no turn of anybody's events.
 */
export class Notes {
  private at = 0;

  private constructor(readonly fd: number) {}

  /** @returns undefined: there is no place for such a file */
  static make(): Notes | undefined {
    let folder: string | undefined;
    try {
      folder = mkdtempSync(join(tmpdir(), 'trap12-'));
      return new Notes(openSync(join(folder, 'signals'), 'a+', 0o600));
    } catch {
      return undefined;
    } finally {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    }
  }

  /** The signals since it was asked last: when each came. */
  signals(): number[] {
    const { size } = fstatSync(this.fd);
    if (size <= this.at) return [];
    const noted = Buffer.alloc(size - this.at);
    const length = readSync(this.fd, noted, 0, noted.length, this.at);
    const each = Float64Array.BYTES_PER_ELEMENT;
    const whole = Math.floor(length / each);
    this.at += whole * each;
    return Array.from({ length: whole }, (_, i) => noted.readDoubleLE(i * each));
  }

  close(): void {
    closeSync(this.fd);
  }
}
