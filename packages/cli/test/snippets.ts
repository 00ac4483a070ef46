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
    if (line.startsWith('db> ')) last.input += `${line.slice(4)}\n`;
  }
  return typed;
}
