/** Expands tabs as a console does, so that the layout of kernel messages is that of a mailed report. */
export class TabExpander {
  private column = 0;

  get atLineStart(): boolean {
    return this.column === 0;
  }

  expand(text: string): string {
    let out = '';
    for (const c of text) {
      if (c === '\t') {
        const n = 8 - (this.column % 8);
        out += ' '.repeat(n);
        this.column += n;
      } else {
        out += c;
        this.column = c === '\n' || c === '\r' ? 0 : this.column + 1;
      }
    }
    return out;
  }
}

/** Writes to standard output; a reader that goes away ends the program quietly. */
export function write(text: string): void {
  process.stdout.write(text);
}

/** Writes what a machine's console showed: a character is a byte. */
export function writeConsole(text: string): void {
  process.stdout.write(text, 'latin1');
}

/** Prints lines with tabs expanded. */
export function printLines(lines: readonly string[]): void {
  const tabs = new TabExpander();
  write(lines.map((line) => `${tabs.expand(`${line}\n`)}`).join(''));
}

/** The end of a text that may be long: at least the last `limit` characters, at most twice as many. */
export class Tail {
  text = '';
  /** Characters that are gone from its beginning. */
  dropped = 0;

  constructor(private readonly limit: number) {}

  put(chunk: string): void {
    this.text += chunk;
    if (this.text.length <= 2 * this.limit) return;
    const excess = this.text.length - this.limit;
    this.text = this.text.slice(excess);
    this.dropped += excess;
  }
}
