/** A piece of a document that stands for itself: a fence, or an indented block. */
export interface Snippet {
  file: string;
  /** Of its first line, from 1 */
  line: number;
  /** What the fence says it is; empty if nothing */
  lang: string;
  text: string;
}

/** The snippets of a document in Markdown, in order. */
export function snippetsOf(file: string, markdown: string): Snippet[] {
  const lines = markdown.split('\n');
  const found: Snippet[] = [];
  const take = (from: number, to: number, lang: string, indent: number): void => {
    const text = lines.slice(from, to).map((line) => line.slice(indent));
    found.push({ file, line: from + 1, lang, text: `${text.join('\n').trimEnd()}\n` });
  };
  for (let i = 0; i < lines.length; i++) {
    const fence = /^```(\w*)$/.exec(lines[i]!);
    if (fence !== null) {
      const end = lines.indexOf('```', i + 1);
      if (end < 0) throw new Error(`${file}:${i + 1}: a fence without an end`);
      take(i + 1, end, fence[1]!, 0);
      i = end;
    } else if (lines[i]!.startsWith('    ') && (i === 0 || lines[i - 1] === '')) {
      let end = i;
      while (end < lines.length && (lines[end]!.startsWith('    ') || lines[end] === '')) end++;
      take(i, end, '', 4);
      i = end - 1;
    }
  }
  return found;
}

/** A command of a transcript, what is shown of its output, and what is typed into it. */
export interface Typed {
  command: string;
  shown: string;
  input: string;
}

/**
 * Whether a command comes to a debugger that reads. What a panic types into it by itself is nobody's input:
 * of `run` that would be the machine's.
 */
const opensPrompt = (command: string): boolean =>
  !/^trap12 run /.test(command) || / --(?:ddb|debug|break|at)\b/.test(command);

/**
 * The commands of a transcript: lines with `$ ` before them; behind `db> ` stands what is typed into the
 * debugger.
 */
export function typedIn(text: string): Typed[] {
  const typed: Typed[] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    if (line.startsWith('$ ')) {
      typed.push({ command: line.slice(2).replace(/\s+#.*/, ''), shown: '', input: '' });
      continue;
    }
    const last = typed.at(-1);
    if (last === undefined) continue;
    last.shown += `${line}\n`;
    if (line.startsWith('db> ') && opensPrompt(last.command)) last.input += `${line.slice(4)}\n`;
  }
  return typed;
}

/** Numbers and the lengths of what is made of them are another build's; all the rest has to be there. */
export function plain(text: string): string {
  return text
    .replace(/\b(?:0x)?[\da-f]*\d[\da-f]*\b/gi, 'N')
    .replace(/\d+/g, 'N')
    .replace(/(?:N[ .,]?)*N/g, 'N')
    .replace(/#+/g, '#')
    .replace(/[ \t]+/g, ' ')
    .replace(/ $/gm, '')
    .trim();
}

/** Addresses in the kernel, and sums of a run's state. */
const OF_BUILD = /\b(?:0x)?(?:c[0-3][\da-f]{6}|[\da-f]{16,})\b/g;

/**
 * As `plain`, but with what of the numbers is the build's own: a document that has other ones is out of date.
 */
export function plainOfBuild(text: string): string {
  const letters = (word: string): string => word.replace(/\d/g, (digit) => 'ghijklmnop'[Number(digit)]!);
  return plain(text.replace(OF_BUILD, (word) => `_${letters(word)}_`));
}

const LEFT_OUT = '[...]';

/**
 * From the piece's first line to its last, where they are the same but for their numbers; [0, 0]: not there.
 */
function between(piece: readonly string[], fresh: readonly string[], from: number): [number, number] {
  const find = (line: string, after: number): number =>
    fresh.findIndex((each, i) => i >= after && plain(each) === plain(line));
  const first = find(piece[0]!, from);
  const last = first < 0 ? -1 : find(piece.at(-1)!, first);
  return last < 0 ? [0, 0] : [first, last + 1];
}

/**
 * What is shown of an output, as it is now: without `[...]` all of it, else the lines that are the same but
 * for their numbers, in order, or those between the first and the
 * last of a piece; one that is not there any more stays as it is.
 */
export function renewed(shown: string, out: string): string {
  const lines = shown.split('\n').slice(0, -1);
  const fresh = out.replace(/\n+$/, '').split('\n');
  if (!lines.includes(LEFT_OUT)) return `${fresh.join('\n')}\n`;
  const result: string[] = [];
  let from = 0;
  for (let i = 0; i < lines.length; ) {
    if (lines[i] === LEFT_OUT) {
      result.push(lines[i++]!);
      continue;
    }
    let end = lines.indexOf(LEFT_OUT, i);
    if (end < 0) end = lines.length;
    const piece = lines.slice(i, end);
    const wanted = plain(piece.join('\n'));
    let at = from;
    while (at < fresh.length && plain(fresh.slice(at, at + piece.length).join('\n')) !== wanted) at++;
    const [start, stop] = at < fresh.length ? [at, at + piece.length] : between(piece, fresh, from);
    result.push(...(stop === 0 ? piece : fresh.slice(start, stop)));
    from = Math.max(from, stop);
    i = end;
  }
  return `${result.join('\n')}\n`;
}
