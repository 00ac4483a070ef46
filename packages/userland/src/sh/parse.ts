/** The shell's grammar: pipelines, lists, and the compound commands if, while, until, for, case, { }, ( ) and functions. */
import { type HereDocument, ShellSyntaxError, type Token, tokenize, type Word } from './lex.js';

export { ShellSyntaxError, type Word } from './lex.js';

export interface Redirect {
  fd: number;
  op: '<' | '>' | '>>' | '>|' | '<>' | '<&' | '>&' | '<<';
  target: Word;
  here?: HereDocument;
}

export interface CaseItem {
  patterns: Word[];
  body: List;
}

export type SimpleCommand = {
  type: 'simple';
  assigns: { name: string; value: Word }[];
  words: Word[];
  redirects: Redirect[];
};

export type Command =
  | SimpleCommand
  | {
      type: 'if';
      clauses: { condition: List; body: List }[];
      otherwise: List | undefined;
      redirects: Redirect[];
    }
  | { type: 'while'; until: boolean; condition: List; body: List; redirects: Redirect[] }
  | { type: 'for'; name: string; words: Word[] | undefined; body: List; redirects: Redirect[] }
  | { type: 'case'; subject: Word; items: CaseItem[]; redirects: Redirect[] }
  | { type: 'group'; subshell: boolean; body: List; redirects: Redirect[] }
  | { type: 'function'; name: string; body: Command; redirects: Redirect[] };

export interface Pipeline {
  negate: boolean;
  commands: Command[];
  /** As it was written, for jobs */
  text: string;
}

/** Pipelines joined by && and ||, in the background or not. */
export interface AndOr {
  first: Pipeline;
  rest: { op: '&&' | '||'; pipeline: Pipeline }[];
  background: boolean;
  text: string;
  line: number;
}

export type List = AndOr[];

const RESERVED_END = new Set(['then', 'do', 'done', 'fi', 'else', 'elif', '}', 'esac']);
const NAME = /^[A-Za-z_]\w*$/;

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

  private peek(ahead = 0): Token {
    return this.tokens[Math.min(this.i + ahead, this.tokens.length - 1)]!;
  }

  private isOp(text: string, ahead = 0): boolean {
    const t = this.peek(ahead);
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

  private expectOp(text: string): void {
    if (!this.isOp(text)) throw this.unexpected(this.peek(), text);
    this.i++;
  }

  private unexpected(t: Token, wanted?: string): ShellSyntaxError {
    let what = t.kind === 'op' || RESERVED_END.has(t.text) ? `"${t.text}"` : 'word';
    if (t.text === '\n') what = 'newline';
    if (t.kind === 'end') what = 'end of file';
    const expecting = wanted === undefined ? '' : ` (expecting "${wanted}")`;
    return new ShellSyntaxError(`${what} unexpected${expecting}`, t.kind === 'end');
  }

  private newlines(): void {
    while (this.isOp('\n')) this.i++;
  }

  /** Commands up to a closing word, parenthesis, ;; or the end. */
  private list(): List {
    const out: List = [];
    for (;;) {
      this.newlines();
      const t = this.peek();
      if (t.kind === 'end' || (t.kind === 'op' && (t.text === ')' || t.text === ';;'))) return out;
      if (t.kind === 'word' && RESERVED_END.has(t.text)) return out;
      out.push(this.andOr());
      const before = this.tokens[this.i - 1]!.text;
      const next = this.peek();
      // Behind a compound command without a separator only a closing word may come.
      const opens = (next.kind === 'word' && !RESERVED_END.has(next.text)) || this.isOp('(');
      if (before !== ';' && before !== '&' && opens) throw this.unexpected(next);
    }
  }

  /** A list that must not be empty. */
  private body(): List {
    const list = this.list();
    if (list.length === 0) throw this.unexpected(this.peek());
    return list;
  }

  private andOr(): AndOr {
    const { at: from, line } = this.peek();
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
    } else if (this.isOp(';')) {
      this.i++;
    }
    return { first, rest, background, text, line };
  }

  private pipeline(): Pipeline {
    let negate = false;
    const from = this.peek().at;
    while (this.isWord('!')) {
      negate = !negate;
      this.i++;
    }
    const commands = [this.command()];
    while (this.isOp('|')) {
      this.i++;
      this.newlines();
      commands.push(this.command());
    }
    return { negate, commands, text: this.source.slice(from, this.peek().at).trim() };
  }

  private command(): Command {
    const t = this.peek();
    if (t.kind === 'op' && t.text === '(') {
      this.i++;
      const body = this.body();
      this.expectOp(')');
      return { type: 'group', subshell: true, body, redirects: this.redirects() };
    }
    if (t.kind !== 'word') {
      if (t.kind === 'op' && /[<>]/.test(t.text)) return this.simple();
      throw this.unexpected(t);
    }
    switch (t.text) {
      case '{': {
        this.i++;
        const body = this.body();
        this.expectWord('}');
        return { type: 'group', subshell: false, body, redirects: this.redirects() };
      }
      case 'if':
        return this.ifCommand();
      case 'while':
      case 'until': {
        this.i++;
        const condition = this.body();
        const body = this.doGroup();
        return { type: 'while', until: t.text === 'until', condition, body, redirects: this.redirects() };
      }
      case 'for':
        return this.forCommand();
      case 'case':
        return this.caseCommand();
    }
    if (RESERVED_END.has(t.text)) throw this.unexpected(t);
    if (NAME.test(t.text) && this.isOp('(', 1) && this.isOp(')', 2)) {
      this.i += 3;
      this.newlines();
      return { type: 'function', name: t.text, body: this.command(), redirects: [] };
    }
    return this.simple();
  }

  private doGroup(): List {
    this.expectWord('do');
    const body = this.body();
    this.expectWord('done');
    return body;
  }

  private ifCommand(): Command {
    const clauses: { condition: List; body: List }[] = [];
    let otherwise: List | undefined;
    this.i++;
    for (;;) {
      const condition = this.body();
      this.expectWord('then');
      clauses.push({ condition, body: this.body() });
      if (this.isWord('elif')) {
        this.i++;
        continue;
      }
      if (this.isWord('else')) {
        this.i++;
        otherwise = this.body();
      }
      this.expectWord('fi');
      return { type: 'if', clauses, otherwise, redirects: this.redirects() };
    }
  }

  private forCommand(): Command {
    this.i++;
    const name = this.peek();
    if (name.kind === 'end') throw this.unexpected(name);
    if (name.kind !== 'word' || !NAME.test(name.text)) throw new ShellSyntaxError('Bad for loop variable');
    this.i++;
    let words: Word[] | undefined;
    this.newlines();
    if (this.isWord('in')) {
      this.i++;
      words = [];
      while (this.peek().kind === 'word') words.push(this.tokens[this.i++]!.text);
      if (!this.isOp(';') && !this.isOp('\n')) throw this.unexpected(this.peek());
    }
    if (this.isOp(';')) this.i++;
    this.newlines();
    const body = this.doGroup();
    return { type: 'for', name: name.text, words, body, redirects: this.redirects() };
  }

  private caseCommand(): Command {
    this.i++;
    const subject = this.peek();
    if (subject.kind !== 'word') throw this.unexpected(subject);
    this.i++;
    this.newlines();
    this.expectWord('in');
    const items: CaseItem[] = [];
    for (;;) {
      this.newlines();
      if (this.isWord('esac')) break;
      if (this.isOp('(')) this.i++;
      const patterns: Word[] = [];
      for (;;) {
        const t = this.peek();
        if (t.kind !== 'word') throw this.unexpected(t);
        patterns.push(t.text);
        this.i++;
        if (!this.isOp('|')) break;
        this.i++;
      }
      this.expectOp(')');
      items.push({ patterns, body: this.list() });
      if (this.isOp(';;')) this.i++;
      else if (!this.isWord('esac')) throw this.unexpected(this.peek(), ';;');
    }
    this.expectWord('esac');
    return { type: 'case', subject: subject.text, items, redirects: this.redirects() };
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
    if (this.isOp('(')) throw this.unexpected(this.peek());
    return { type: 'simple', assigns, words, redirects };
  }

  private redirects(): Redirect[] {
    const out: Redirect[] = [];
    for (;;) {
      let t = this.peek();
      let fd = -1;
      const next = this.peek(1);
      const numbered =
        t.kind === 'word' && /^\d$/.test(t.text) && next.kind === 'op' && /^[<>]/.test(next.text);
      if (numbered && next.at === t.at + 1) {
        fd = Number(t.text);
        t = next;
        this.i++;
      }
      if (t.kind !== 'op' || !/^[<>]/.test(t.text)) return out;
      this.i++;
      const target = this.peek();
      if (target.kind !== 'word') throw this.unexpected(target);
      this.i++;
      const op = (t.text === '<<-' ? '<<' : t.text) as Redirect['op'];
      const redirect: Redirect = { fd: fd >= 0 ? fd : op.startsWith('<') ? 0 : 1, op, target: target.text };
      if (target.here !== undefined) redirect.here = target.here;
      out.push(redirect);
    }
  }
}

/** Parses a script, or with `final` false what may be its beginning. Throws ShellSyntaxError. */
export function parseShell(source: string, final = true): List {
  return new Parser(tokenize(source, final), source).program();
}
