/** Expands tabs as a console does, so that the layout of kernel messages is that of a mailed report. */
export class TabExpander {
  private column = 0;

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

/** Prints lines with tabs expanded. */
export function printLines(lines: readonly string[]): void {
  const tabs = new TabExpander();
  write(lines.map((line) => `${tabs.expand(`${line}\n`)}`).join(''));
}
