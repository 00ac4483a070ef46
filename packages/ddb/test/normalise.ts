/**
 * Makes transcripts the same for every build of the kernel: addresses become names by order of appearance, of
 * the same width.
 */
export class Normaliser {
  private readonly names = new Map<string, string>();

  /** @param numbers true: every decimal number becomes #, for counts that depend on the kernel's size */
  lines(lines: readonly string[], numbers: boolean): string[] {
    return lines.map((line) => this.line(line, numbers).trimEnd());
  }

  private line(line: string, numbers: boolean): string {
    let text = line
      // A frame's arguments: as many dots.
      .replace(
        /^(\w+)\(([0-9a-f,]*)\) at /,
        (_, name: string, args: string) =>
          `${name}(${
            args === ''
              ? ''
              : args
                  .split(',')
                  .map(() => '.')
                  .join(',')
          }) at `,
      )
      .replace(
        /\b(0x)?([c-f][0-9a-f]{7})\b/g,
        (_, mark: string | undefined, digits: string) => `${mark ?? ''}${this.name(digits)}`,
      )
      .replace(/\b([A-Za-z_]\w*)\+0x[0-9a-f]+/g, '$1+N')
      .replace(/\b(\w+\/\w+\.ts):\d+/g, '$1:N');
    if (numbers)
      text = text
        .replace(/\b0x(?!addr)[0-9a-f]{5,}\b/g, '0x*')
        .replace(/\b\d+(\.\d+)?(K?)\b/g, '#$2')
        .replace(/ +#/g, ' #');
    return text;
  }

  private name(digits: string): string {
    let name = this.names.get(digits);
    if (name === undefined) {
      name = `addr${String(this.names.size + 1).padStart(4, '0')}`;
      this.names.set(digits, name);
    }
    return name;
  }
}
