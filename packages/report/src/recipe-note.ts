/*
 * What the writer of a list of commands has noted behind one of them.
 */

/** An arrow to a command, and what is said there: `ifconfig zorp0 -port wm1     <-- here`. */
const NOTE = /\s{1,60}(?:<-{1,4}(?=\s|$)|<={1,3}(?=\s|$)|\u2190)\s*(.*)$/;
/** Of such a note, that the machine did not survive the command: nothing was run after it. */
const LAST =
  /^(?:here|this one|there)\b|\b(?:panic|crash|boom|bang|dies|died|dead|hang|hung|freez|froze|reboot)/i;

/** A command without the note behind it, and whether the note says that it was the last. */
export function withoutNote(text: string): { text: string; last: boolean } {
  const m = text.includes('<') || text.includes('\u2190') ? NOTE.exec(text) : null;
  if (m === null) return { text, last: false };
  return { text: text.slice(0, m.index), last: LAST.test(m[1]!) };
}
