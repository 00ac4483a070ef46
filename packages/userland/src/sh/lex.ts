/** The shell's tokens: words as written (quotes and all), operators, here-documents. */

/** A word before expansion: the text as written. */
export type Word = string;

/** A syntax error; `incomplete` if more input could mend it. */
export class ShellSyntaxError extends Error {
  constructor(
    message: string,
    readonly incomplete = false,
  ) {
    super(message);
  }
}

/** The body of a here-document. */
export interface HereDocument {
  body: string;
  /** The delimiter was quoted: the body is taken as it is. */
  literal: boolean;
}

export interface Token {
  kind: 'word' | 'op' | 'end';
  text: string;
  at: number;
  line: number;
  /** Of the word behind << */
  here?: HereDocument;
}

const OPERATORS = [
  '<<-',
  '&&',
  '||',
  ';;',
  '<<',
  '<&',
  '<>',
  '>&',
  '>>',
  '>|',
  '<',
  '>',
  '|',
  '&',
  ';',
  '(',
  ')',
  '\n',
];

class Lexer {
  readonly tokens: Token[] = [];
  private i = 0;
  private line = 1;
  private readonly pending: { token: Token; strip: boolean }[] = [];
  private hereOp = '';

  constructor(
    private readonly source: string,
    private readonly final: boolean,
  ) {}

  run(): Token[] {
    const { source } = this;
    while (this.i < source.length) this.next();
    if (this.pending.length > 0) this.hereDocuments();
    this.push('end', 'end of file');
    return this.tokens;
  }

  private push(kind: Token['kind'], text: string): Token {
    const token: Token = { kind, text, at: this.i, line: this.line };
    this.tokens.push(token);
    return token;
  }

  private next(): void {
    const { source } = this;
    const c = source[this.i]!;
    if (c === ' ' || c === '\t' || c === '\r') {
      this.i++;
      return;
    }
    if (c === '\\' && source[this.i + 1] === '\n') {
      this.i += 2;
      this.line++;
      if (this.i >= source.length && !this.final) throw new ShellSyntaxError('end of file unexpected', true);
      return;
    }
    if (c === '#') {
      while (this.i < source.length && source[this.i] !== '\n') this.i++;
      return;
    }
    const op = OPERATORS.find((o) => source.startsWith(o, this.i));
    if (op === undefined) this.word();
    else this.operator(op);
  }

  private operator(op: string): void {
    this.push('op', op);
    this.i += op.length;
    this.hereOp = op === '<<' || op === '<<-' ? op : '';
    if (op !== '\n') return;
    this.line++;
    if (this.pending.length > 0) this.hereDocuments();
  }

  private word(): void {
    const end = wordEnd(this.source, this.i);
    const text = this.source.slice(this.i, end);
    const token = this.push('word', text);
    if (this.hereOp !== '') this.pending.push({ token, strip: this.hereOp === '<<-' });
    this.hereOp = '';
    this.line += text.split('\n').length - 1;
    this.i = end;
  }

  /** Reads the bodies of the here-documents that the line just ended has announced. */
  private hereDocuments(): void {
    for (const { token, strip } of this.pending.splice(0)) {
      const literal = /['"\\]/.test(token.text);
      const delimiter = token.text.replace(/['"\\]/g, '');
      let body = '';
      for (;;) {
        if (this.i >= this.source.length) {
          if (!this.final) throw new ShellSyntaxError('here-document not ended', true);
          break;
        }
        const newline = this.source.indexOf('\n', this.i);
        const end = newline < 0 ? this.source.length : newline;
        let text = this.source.slice(this.i, end);
        this.i = end + 1;
        this.line++;
        if (strip) text = text.replace(/^\t+/, '');
        if (text === delimiter) break;
        body += `${text}\n`;
      }
      token.here = { body, literal };
    }
    this.i = Math.min(this.i, this.source.length);
  }
}

/** Splits a script into tokens. If it is not `final`, what has not ended yet is an incomplete syntax error. */
export function tokenize(source: string, final: boolean): Token[] {
  return new Lexer(source, final).run();
}

/** Where the word that begins at `i` ends, quotes and substitutions counted in. */
function wordEnd(source: string, i: number): number {
  while (i < source.length && !/[\s;&|<>()]/.test(source[i]!)) {
    const next = skipQuoted(source, i);
    i = next === i ? i + 1 : next;
  }
  return Math.min(i, source.length);
}

/** Behind the quotation or substitution that begins at `i`; `i` itself if none does. */
export function skipQuoted(source: string, i: number): number {
  const c = source[i];
  if (c === '\\') {
    if (i + 1 >= source.length) throw new ShellSyntaxError('Unterminated quoted string', true);
    return i + 2;
  }
  if (c === "'") return closingQuote(source, i + 1);
  if (c === '"') return closingDouble(source, i + 1);
  if (c === '`') return closingBackquote(source, i + 1);
  if (source.startsWith('$(', i)) return closing(source, i + 2, '(', ')');
  if (source.startsWith('${', i)) return closing(source, i + 2, '{', '}');
  return i;
}

function closingQuote(source: string, i: number): number {
  const end = source.indexOf("'", i);
  if (end < 0) throw new ShellSyntaxError('Unterminated quoted string', true);
  return end + 1;
}

function closingDouble(source: string, i: number): number {
  while (i < source.length) {
    if (source[i] === '"') return i + 1;
    if (source[i] === '\\') i += 2;
    else {
      const next = source[i] === "'" ? i : skipQuoted(source, i);
      i = next === i ? i + 1 : next;
    }
  }
  throw new ShellSyntaxError('Unterminated quoted string', true);
}

function closingBackquote(source: string, i: number): number {
  for (; i < source.length; i++) {
    if (source[i] === '\\') i++;
    else if (source[i] === '`') return i + 1;
  }
  throw new ShellSyntaxError('EOF in backquote substitution', true);
}

/** Behind the bracket that closes the one before `i`. */
function closing(source: string, i: number, open: string, close: string): number {
  let depth = 1;
  while (i < source.length) {
    const c = source[i]!;
    if (c === close && --depth === 0) return i + 1;
    if (c === open) depth++;
    const next = c === open || c === close ? i : skipQuoted(source, i);
    i = next === i ? i + 1 : next;
  }
  throw new ShellSyntaxError(`Missing '${close}'`, true);
}
