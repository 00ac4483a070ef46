import { sourcePath } from './source-path.js';
import type { PanicEvent } from './types.js';

/**
 * The place that a message names by itself, of a report that has no backtrace and lacks none: what a
 * sanitizer of undefined behaviour prints is one line, unless it panics.
 */
export function placeSaid({
  kind,
  forms,
  frames,
  otherTraces,
  details,
}: Pick<PanicEvent, 'kind' | 'forms' | 'frames' | 'otherTraces' | 'details'>): string | undefined {
  if (kind !== 'kubsan' || forms.includes('panic') || frames.length > 0 || otherTraces.length > 0)
    return undefined;
  const { file, line } = details;
  if (file === undefined || line === undefined) return undefined;
  return `${sourcePath(String(file.value))}:${line.value}`;
}
