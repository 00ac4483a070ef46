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
  /** The first name that an object has twice, as it is written, and where */
  twice: { name: string; at: number } | undefined;

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
    if (this.take((token) => token === '{')) {
      const names = new Set<string>();
      return this.rest('}', () => this.member(names));
    }
    if (this.take((token) => token === '[')) return this.rest(']', () => this.value());
    return this.take((token) => !/^[{}[\],:]$/.test(token));
  }

  private member(names: Set<string>): boolean {
    const { next = '', at } = this;
    const name = next.startsWith('"') ? (JSON.parse(next) as string) : undefined;
    if (name !== undefined && names.has(name)) this.twice ??= { name, at };
    if (name !== undefined) names.add(name);
    return this.take((token) => token.startsWith('"')) && this.take((token) => token === ':') && this.value();
  }

  private rest(end: string, part: () => boolean): boolean {
    if (this.take((token) => token === end)) return true;
    do if (!part()) return false;
    while (this.take((token) => token === ','));
    return this.take((token) => token === end);
  }
}

interface Place {
  line: number;
  column: number;
}

function placeOf(text: string, at: number): Place {
  const before = text.slice(0, at).split('\n');
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

/** Line and column, from 1, of the first thing in a text that makes it no JSON; undefined: it is JSON. */
export function jsonFault(text: string): Place | undefined {
  const reader = new Reader(text);
  return reader.value() && reader.at === text.length ? undefined : placeOf(text, reader.at);
}

/** The first name that an object of a JSON text has twice: of the two the engine drops one without a word. */
export function nameTwice(text: string): (Place & { name: string }) | undefined {
  const reader = new Reader(text);
  reader.value();
  const { twice } = reader;
  return twice && { name: twice.name, ...placeOf(text, twice.at) };
}
