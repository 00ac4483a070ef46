import { FORMS } from './index.js';
import type { MessageClass } from './form.js';

/** Asks every form in turn what a panic message is. */
export function classifyMessage(message: string): MessageClass | null {
  for (const form of FORMS) {
    const found = form.message?.(message);
    if (found !== undefined && found !== null) return found;
  }
  return null;
}
