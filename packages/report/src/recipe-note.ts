/*
 * What the writer of a list of commands has noted behind one of them.
 */

/** An arrow to a command, and what is said there: `ifconfig zorp0 -port wm1     <-- here`. */
const NOTE = /\s{1,60}(?:<-{1,4}(?=\s|$)|<={1,3}(?=\s|$)|\u2190)\s*(.*)$/;
/** Of such a note, that the machine did not survive the command: nothing was run after it. */
const LAST =
  /^(?:here|this one|there)\b|\b(?:panic|crash|boom|bang|dies|died|dead|hang|hung|freez|froze|reboot)/i;

/** A comment of the shell's behind a command, or what is left of one. */
const COMMENT = /\s{1,60}#(?:\s+([^"'`]*))?$/;

/** A command without the note behind it, and whether the note says that it was the last. */
export function withoutNote(text: string): { text: string; last: boolean } {
  const arrow = text.includes('<') || text.includes('\u2190') ? NOTE.exec(text) : null;
  const m = arrow ?? (text.includes(' #') || text.includes('\t#') ? COMMENT.exec(text) : null);
  if (m === null) return { text, last: false };
  return { text: text.slice(0, m.index), last: LAST.test(m[1] ?? '') };
}

/** A variable of a shell's script, and the places where its value is given. */
const VARIABLE = /\$\{?([A-Za-z_]\w*)/g;
/** Those that every shell has. */
const OF_SHELLS = new Set([
  'HOME',
  'PATH',
  'PWD',
  'USER',
  'LOGNAME',
  'SHELL',
  'TMPDIR',
  'HOSTNAME',
  'RANDOM',
]);

/**
 * A variable that a command takes from the script that it was cut out of, where no command of the script
 * gives it: the command alone is half a way.
 */
export function unsetVariable(text: string, others: readonly string[]): string | undefined {
  if (!text.includes('$')) return undefined;
  // In such quotation marks it is another language's.
  const own = text.replace(/'[^']*'/g, '');
  for (const [, name] of own.matchAll(VARIABLE)) {
    const given = new RegExp(`\\b(?:${name}=|for ${name}\\b|read (?:-\\w )?${name}\\b)`);
    if (!OF_SHELLS.has(name!) && ![text, ...others].some((each) => given.test(each))) return name;
  }
  return undefined;
}

/** `and then shut zorpd down`, behind a command: a further step, and not what came of the command. */
const THEN =
  /^,? (?:(?:and )?then|and (?:after that|afterwards?)|followed by)[, ]+(?!(?:it|the|this|that|everything|you|we|I|a|an|my|your|immediately|suddenly|boom|bang|finally|just|wait(?:s|ed|ing)?|panics?|panicked|crash\w*|hangs?|hung|dies|died|reboots?|rebooted)\b)([a-z]\w{1,14}(?: (?!and\b)[\w./-]{2,20}){0,2})/i;

/** `and then run "..."`: the step is a command, which stands there. */
export const BEFORE_STEP =
  /^["'`]*,? *(?:or|(?:and )?then|and|;|,)(?: (?:run|type|do|start|execute|issue|enter))? *["'`]*$/;

/** The words of a further step that the sentence tells behind a command, and what stands before them. */
export function stepBehind(behind: string): { words: string; before: number } | undefined {
  const quotes = /^[`"']*/.exec(behind)![0].length;
  const m = THEN.exec(behind.slice(quotes));
  return m === null ? undefined : { words: m[1]!, before: quotes + m[0].length - m[1]!.length };
}
