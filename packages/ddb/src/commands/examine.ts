import { formatChar, formatInstruction, formatSource } from '../format.js';
import type { Session } from '../session.js';
import type { Command } from './command.js';
import { isSize, readValue, type Size } from './size.js';

const SIZES: Record<string, Size> = { b: 1, h: 2, l: 4 };
const FORMATS = 'aAxXzrduocsmSiI';
/** Bytes of a line of a dump (m). */
const DUMP_BYTES = 16;
/** A string without an end is shown so far. */
const STRING_MAX = 4096;
const NOP = 0x90;

/** Characters on their way out, with the column, as DDB's own printing keeps it. */
class Columns {
  private line = '';

  constructor(private readonly session: Session) {}

  get position(): number {
    const tab = this.session.settings.tabstops!;
    let column = 0;
    for (const c of this.line) column += c === '\t' ? tab - (column % tab) : 1;
    return column;
  }

  put(text: string): void {
    this.line += text;
  }

  newline(): void {
    this.session.print(this.line.trimEnd());
    this.line = '';
  }

  /** A new line if this one is full. */
  endLine(): void {
    if (this.position >= this.session.settings.maxwidth!) this.newline();
  }

  flush(): void {
    if (this.line !== '') this.newline();
  }
}

/**
 * One instruction of the listing, and the address behind it. Between the listed ones nothing is known but
 * bytes.
 */
export function disassemble(session: Session, at: number): { text: string; next: number } {
  const site = session.names.site(at);
  if (site !== undefined && site.address === at)
    return { text: formatInstruction(site.instruction), next: (at + site.length) >>> 0 };
  const byte = session.memory.u8(at);
  return { text: byte === NOP ? 'nop' : `.byte\t0x${byte.toString(16)}`, next: (at + 1) >>> 0 };
}

/** A number in a column as wide as its size needs. */
function numeral(session: Session, at: number, size: Size, format: string): string {
  const value = readValue(session.memory, at, size, 'zrd'.includes(format));
  const radix =
    format === 'o' ? 8 : format === 'd' || format === 'u' ? 10 : format === 'r' ? session.radix : 16;
  return value.toString(radix).padEnd(size * 4);
}

/** Examines memory by a format, count times. Leaves prev and next behind. */
class Examiner {
  private readonly out: Columns;
  private at: number;
  private size: Size = 4;

  constructor(
    private readonly session: Session,
    address: number,
  ) {
    this.out = new Columns(session);
    this.at = address;
  }

  run(format: string, count: number): void {
    try {
      for (let i = 0; i < count; i++) {
        this.size = 4;
        for (const letter of format) this.item(letter);
      }
    } finally {
      this.out.flush();
      this.session.next = this.at;
    }
  }

  private item(letter: string): void {
    if (isSize(letter)) {
      this.size = SIZES[letter]!;
      return;
    }
    const { out, session } = this;
    if (letter === 'a' || letter === 'A') {
      out.flush();
      this.address();
      if (letter === 'A') out.put(formatSource(session.names.site(this.at), '', '\t'));
      return;
    }
    if (letter === 'm') {
      out.flush();
      this.dump();
      return;
    }
    if (out.position === 0) this.address();
    switch (letter) {
      case 'c':
        out.put(formatChar(session.memory.u8(this.at)));
        this.at = (this.at + 1) >>> 0;
        break;
      case 's':
        this.string();
        break;
      case 'S':
        out.put(session.symbol(session.memory.u32(this.at)));
        this.at = (this.at + 4) >>> 0;
        break;
      case 'i':
      case 'I':
        this.instruction();
        return;
      default:
        out.put(numeral(session, this.at, this.size, letter.toLowerCase()));
        this.at = (this.at + this.size) >>> 0;
    }
    out.endLine();
  }

  private address(): void {
    this.out.put(`${this.session.symbol(this.at)}:\t`);
    this.session.prev = this.at;
  }

  /** One line: the address, the bytes in hexadecimal by size, the bytes as characters. */
  private dump(): void {
    const { memory } = this.session;
    const bytes = Array.from({ length: DUMP_BYTES }, (_, i) => memory.u8((this.at + i) >>> 0));
    const units: string[] = [];
    for (let i = 0; i < DUMP_BYTES; i += this.size)
      units.push(
        readValue(memory, (this.at + i) >>> 0, this.size, false)
          .toString(16)
          .padStart(2 * this.size, '0'),
      );
    const characters = bytes.map((b) => (b >= 0x20 && b <= 0x7e ? String.fromCharCode(b) : '.')).join('');
    this.out.put(`${this.at.toString(16).padStart(8)}: ${units.join(' ')}  ${characters}`);
    this.out.newline();
    this.session.prev = this.at;
    this.at = (this.at + DUMP_BYTES) >>> 0;
  }

  private string(): void {
    for (let n = 0; n < STRING_MAX; n++) {
      const byte = this.session.memory.u8(this.at);
      this.at = (this.at + 1) >>> 0;
      if (byte === 0) return;
      this.out.put(formatChar(byte));
      this.out.endLine();
    }
  }

  private instruction(): void {
    const { session } = this;
    const { text, next } = disassemble(session, this.at);
    const line = session.settings.srclines === 0 ? '' : formatSource(session.names.site(this.at), '\t');
    this.out.put(`${text}${line}`);
    this.out.newline();
    this.at = next;
  }
}

function examineFrom(session: Session, address: number, count: number): void {
  session.continuation = () => examineFrom(session, session.next, 1);
  new Examiner(session, address).run(session.examineFormat, count);
  session.dot = session.prev;
}

/** Memory in a format. */
export const examine: Command = {
  name: 'examine',
  aliases: ['x'],
  usage: '[/bhl aAxzrduocsmSi] [address][,count]',
  letters: `bhl${FORMATS}`,
  help: 'shows memory in a format; an empty line goes on behind it',
  manual: [
    'Formats: x (or X) hexadecimal, z signed hexadecimal, d signed decimal, u unsigned decimal, o octal, r in the current radix, c character, s string, S the symbol that a word points to, a the address alone, A with the line of the source, m a dump with characters beside it, i instruction. They may be combined: x/aS.',
    'Sizes for the numbers: b one byte, h two, l four. Format and size stay for the next examine. Instructions come from the listing of the kernel: what lies between them is shown as bytes.',
  ],
  run(session, modifiers, rest) {
    const { address, count } = session.arguments(rest, 'place');
    const sizes = [...modifiers].filter(isSize);
    if (modifiers !== '')
      session.examineFormat = sizes.length === modifiers.length ? `${modifiers}x` : modifiers;
    examineFrom(session, address ?? session.dot, count ?? 1);
  },
};
