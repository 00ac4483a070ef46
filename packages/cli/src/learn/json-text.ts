/*
 * Where a text is no JSON: the engine's own message has no place in most cases, and another text in each
 * release.
 */

/** A token of JSON, at a place: punctuation, a string, or a value without parts. */
const TOKEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a string must not have
  /[{}[\],:]|"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)\b/y;
const BLANKS = /[ \t\r\n]*/y;

/** Reads a text token after token; `at` is where it stands, behind blanks. */
class Reader {
  at = 0;

  constructor(private readonly text: string) {
    this.skip();
  }

  private skip(): void {
    BLANKS.lastIndex = this.at;
    this.at += BLANKS.exec(this.text)![0].length;
  }

  /** The token here, which stays; undefined: none, or the end. */
  private get next(): string | undefined {
    TOKEN.lastIndex = this.at;
    return TOKEN.exec(this.text)?.[0];
  }

  /** Goes on behind the token here, if that is so. */
  private take(isWanted: (token: string) => boolean): boolean {
    const token = this.next;
    if (token === undefined || !isWanted(token)) return false;
    this.at += token.length;
    this.skip();
    return true;
  }

  /** Goes on behind a value; false: it ends, or is none, here. */
  value(): boolean {
    if (this.take((token) => token === '{')) return this.rest('}', () => this.member());
    if (this.take((token) => token === '[')) return this.rest(']', () => this.value());
    return this.take((token) => !/^[{}[\],:]$/.test(token));
  }

  private member(): boolean {
    return this.take((token) => token.startsWith('"')) && this.take((token) => token === ':') && this.value();
  }

  private rest(end: string, part: () => boolean): boolean {
    if (this.take((token) => token === end)) return true;
    do if (!part()) return false;
    while (this.take((token) => token === ','));
    return this.take((token) => token === end);
  }
}

/** Line and column, from 1, of the first thing in a text that makes it no JSON; undefined: it is JSON. */
export function jsonFault(text: string): { line: number; column: number } | undefined {
  const reader = new Reader(text);
  if (reader.value() && reader.at === text.length) return undefined;
  const before = text.slice(0, reader.at).split('\n');
  return { line: before.length, column: before.at(-1)!.length + 1 };
}
