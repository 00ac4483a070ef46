/** The shell's grammar: words, pipelines, lists, and the compound commands if, while, until, for and { }. */

/** A word before expansion: the text as written, quotes and all. */
export type Word = string;

export interface Redirect {
  fd: number;
  op: '<' | '>' | '>>' | '>&';
  target: Word;
}

export type Command =
  | { type: 'simple'; assigns: { name: string; value: Word }[]; words: Word[]; redirects: Redirect[] }
  | {
      type: 'if';
      clauses: { condition: List; body: List }[];
      otherwise: List | undefined;
      redirects: Redirect[];
    }
  | { type: 'while'; until: boolean; condition: List; body: List; redirects: Redirect[] }
  | { type: 'for'; name: string; words: Word[]; body: List; redirects: Redirect[] }
  | { type: 'group'; subshell: boolean; body: List; redirects: Redirect[] };

export interface Pipeline {
  negate: boolean;
  commands: Command[];
}

/** Pipelines joined by && and ||, in the background or not. */
export interface AndOr {
  first: Pipeline;
  rest: { op: '&&' | '||'; pipeline: Pipeline }[];
  background: boolean;
  text: string;
}

export type List = AndOr[];

/** A syntax error; `incomplete` if more input could mend it. */
export class ShellSyntaxError extends Error {
  constructor(
    message: string,
    readonly incomplete = false,
  ) {
    super(message);
  }
}

interface Token {
  kind: 'word' | 'op' | 'end';
  text: string;
  at: number;
}

const OPERATORS = ['&&', '||', '>>', '>&', '<', '>', '|', '&', ';', '(', ')', '\n'];
const RESERVED_END = new Set(['then', 'do', 'done', 'fi', 'else', 'elif', '}']);

function tokenize(source: string): Token[] {
  const out: Token[] = [];
  let i = 0;
  while (i < source.length) {
    const c = source[i]!;
    if (c === ' ' || c === '\t') {
      i++;
    } else if (c === '\\' && source[i + 1] === '\n') {
      i += 2;
    } else if (c === '#') {
      while (i < source.length && source[i] !== '\n') i++;
    } else {
      const op = OPERATORS.find((o) => source.startsWith(o, i));
      if (op !== undefined) {
        out.push({ kind: 'op', text: op, at: i });
        i += op.length;
      } else {
        const end = wordEnd(source, i);
        out.push({ kind: 'word', text: source.slice(i, end), at: i });
        i = end;
      }
    }
  }
  out.push({ kind: 'end', text: 'end of file', at: source.length });
  return out;
}

/** Where the word that begins at `i` ends, quotes and substitutions counted in. */
function wordEnd(source: string, i: number): number {
  while (i < source.length && !/[\s;&|<>()]/.test(source[i]!)) {
    const c = source[i]!;
    if (c === '\\') i += 2;
    else if (c === "'") i = closing(source, i + 1, "'");
    else if (c === '"') i = closing(source, i + 1, '"');
    else if (source.startsWith('$(', i)) i = closingParen(source, i + 2);
    else i++;
  }
  return Math.min(i, source.length);
}

function closing(source: string, i: number, quote: string): number {
  for (; i < source.length; i++) {
    if (quote === '"' && source[i] === '\\') i++;
    else if (source[i] === quote) return i + 1;
  }
  throw new ShellSyntaxError('Unterminated quoted string', true);
}

function closingParen(source: string, i: number): number {
  let depth = 1;
  for (; i < source.length; i++) {
    if (source[i] === '(') depth++;
    else if (source[i] === ')' && --depth === 0) return i + 1;
  }
  throw new ShellSyntaxError('Missing )', true);
}

class Parser {
  private i = 0;
  constructor(
    private readonly tokens: Token[],
    private readonly source: string,
  ) {}

  program(): List {
    const list = this.list();
    const t = this.peek();
    if (t.kind !== 'end') throw this.unexpected(t);
    return list;
  }

  private peek(): Token {
    return this.tokens[this.i]!;
  }

  private isOp(text: string): boolean {
    const t = this.peek();
    return t.kind === 'op' && t.text === text;
  }

  private isWord(text: string): boolean {
    const t = this.peek();
    return t.kind === 'word' && t.text === text;
  }

  private expectWord(text: string): void {
    if (!this.isWord(text)) throw this.unexpected(this.peek(), text);
    this.i++;
  }

  private unexpected(t: Token, wanted?: string): ShellSyntaxError {
    const what = t.text === '\n' ? 'newline' : `"${t.text}"`;
    return new ShellSyntaxError(
      `${t.kind === 'end' ? 'end of file' : what} unexpected${wanted === undefined ? '' : ` (expecting "${wanted}")`}`,
      t.kind === 'end',
    );
  }

  private newlines(): void {
    while (this.isOp('\n')) this.i++;
  }

  /** Commands up to a closing word, parenthesis or the end. */
  private list(): List {
    const out: List = [];
    for (;;) {
      while (this.isOp('\n') || this.isOp(';')) this.i++;
      const t = this.peek();
      if (t.kind === 'end' || (t.kind === 'op' && t.text === ')')) return out;
      if (t.kind === 'word' && RESERVED_END.has(t.text)) return out;
      out.push(this.andOr());
    }
  }

  private andOr(): AndOr {
    const from = this.peek().at;
    const first = this.pipeline();
    const rest: AndOr['rest'] = [];
    while (this.isOp('&&') || this.isOp('||')) {
      const op = this.peek().text as '&&' | '||';
      this.i++;
      this.newlines();
      rest.push({ op, pipeline: this.pipeline() });
    }
    const text = this.source.slice(from, this.peek().at).trim();
    let background = false;
    if (this.isOp('&')) {
      background = true;
      this.i++;
    } else if (this.isOp(';') || this.isOp('\n')) {
      this.i++;
    }
    return { first, rest, background, text };
  }

  private pipeline(): Pipeline {
    let negate = false;
    if (this.isWord('!')) {
      negate = true;
      this.i++;
    }
    const commands = [this.command()];
    while (this.isOp('|')) {
      this.i++;
      this.newlines();
      commands.push(this.command());
    }
    return { negate, commands };
  }

  private command(): Command {
    const t = this.peek();
    if (t.kind === 'op' && t.text === '(') {
      this.i++;
      const body = this.list();
      if (!this.isOp(')')) throw this.unexpected(this.peek(), ')');
      this.i++;
      return { type: 'group', subshell: true, body, redirects: this.redirects() };
    }
    if (t.kind !== 'word') {
      if (t.kind === 'op' && /[<>]/.test(t.text)) return this.simple();
      throw this.unexpected(t);
    }
    switch (t.text) {
      case '{': {
        this.i++;
        const body = this.list();
        this.expectWord('}');
        return { type: 'group', subshell: false, body, redirects: this.redirects() };
      }
      case 'if':
        return this.ifCommand();
      case 'while':
      case 'until': {
        this.i++;
        const condition = this.list();
        this.expectWord('do');
        const body = this.list();
        this.expectWord('done');
        return { type: 'while', until: t.text === 'until', condition, body, redirects: this.redirects() };
      }
      case 'for':
        return this.forCommand();
      default:
        return this.simple();
    }
  }

  private ifCommand(): Command {
    const clauses: { condition: List; body: List }[] = [];
    let otherwise: List | undefined;
    this.i++;
    for (;;) {
      const condition = this.list();
      this.expectWord('then');
      clauses.push({ condition, body: this.list() });
      if (this.isWord('elif')) {
        this.i++;
        continue;
      }
      if (this.isWord('else')) {
        this.i++;
        otherwise = this.list();
      }
      this.expectWord('fi');
      return { type: 'if', clauses, otherwise, redirects: this.redirects() };
    }
  }

  private forCommand(): Command {
    this.i++;
    const name = this.peek();
    if (name.kind !== 'word' || !/^[A-Za-z_]\w*$/.test(name.text))
      throw new ShellSyntaxError('Bad for loop variable');
    this.i++;
    const words: Word[] = [];
    this.newlines();
    if (this.isWord('in')) {
      this.i++;
      while (this.peek().kind === 'word') words.push(this.tokens[this.i++]!.text);
    }
    while (this.isOp(';') || this.isOp('\n')) this.i++;
    this.expectWord('do');
    const body = this.list();
    this.expectWord('done');
    return { type: 'for', name: name.text, words, body, redirects: this.redirects() };
  }

  private simple(): Command {
    const assigns: { name: string; value: Word }[] = [];
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    for (;;) {
      redirects.push(...this.redirects());
      const t = this.peek();
      if (t.kind !== 'word') break;
      const assign = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(t.text);
      if (assign !== null && words.length === 0) assigns.push({ name: assign[1]!, value: assign[2]! });
      else words.push(t.text);
      this.i++;
    }
    return { type: 'simple', assigns, words, redirects };
  }

  private redirects(): Redirect[] {
    const out: Redirect[] = [];
    for (;;) {
      let t = this.peek();
      let fd = -1;
      const next = this.tokens[this.i + 1];
      if (
        t.kind === 'word' &&
        /^\d$/.test(t.text) &&
        next?.kind === 'op' &&
        /[<>]/.test(next.text) &&
        next.at === t.at + 1
      ) {
        fd = Number(t.text);
        t = next;
        this.i++;
      }
      if (t.kind !== 'op' || !/^[<>]/.test(t.text)) return out;
      this.i++;
      const target = this.peek();
      if (target.kind !== 'word') throw this.unexpected(target);
      this.i++;
      out.push({
        fd: fd >= 0 ? fd : t.text === '<' ? 0 : 1,
        op: t.text as Redirect['op'],
        target: target.text,
      });
    }
  }
}

/** Parses a script. Throws ShellSyntaxError. */
export function parseShell(source: string): List {
  return new Parser(tokenize(source), source).program();
}
