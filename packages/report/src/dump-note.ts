import { type Line, spanOf } from './line.js';
import type { DumpState } from './types.js';

/**
 * A dump that hung or failed, as a reporter says it (`atadump() locked up`), where the console says nothing
 * of one.
 */
const DUMP_FAILED =
  /\b(?:dump(?:ing|s|ed)?|\w{1,12}dump(?:\(\))?)\b[^.]{0,80}\b(?:lock(?:s|ed) up|hangs?|hung|froze|fails?|failed|never worked)\b|\b(?:lock(?:s|ed) up|hangs?|hung|failed)\b[^.]{0,60}\bdump(?:ing)?\b/i;

/** What the prose says of the crash dump, if it says anything. */
export function findDumpNote(prose: readonly Line[]): DumpState | undefined {
  for (const line of prose) {
    if (!line.text.includes('ump')) continue;
    const m = DUMP_FAILED.exec(line.text);
    if (m !== null)
      return { state: 'failed', detail: m[0], span: spanOf(line, m.index, m.index + m[0].length) };
  }
  return undefined;
}
