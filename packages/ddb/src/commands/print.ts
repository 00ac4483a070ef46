import { DdbError } from '../errors.js';
import { formatChar } from '../format.js';
import type { Session } from '../session.js';
import type { Command } from './command.js';

/** A value in one of the formats of `print`. */
export function formatValue(session: Session, value: number, format: string): string {
  const v = value >>> 0;
  const signed = v | 0;
  switch (format) {
    case 'a':
      return session.symbol(v);
    case 'x':
      return v.toString(16).padStart(8);
    case 'z':
      return (signed < 0 ? `-${(-signed).toString(16)}` : signed.toString(16)).padStart(8);
    case 'd':
    case 'r':
      return format === 'r' ? signed.toString(session.radix).padStart(11) : String(signed).padStart(11);
    case 'u':
      return String(v).padStart(11);
    case 'o':
      return v.toString(8).padStart(16);
    case 'c':
      return formatChar(v & 0xff);
    default:
      throw new DdbError('Syntax error');
  }
}

/** The value of an expression. */
export const print: Command = {
  name: 'print',
  aliases: ['p'],
  usage: '[/axzrduoc] [expression]',
  help: 'prints the value of an expression',
  manual: [
    'Formats: a symbol and offset, x hexadecimal, z signed hexadecimal, r in the current radix, d signed decimal, u unsigned decimal, o octal, c character. The format stays for the next print.',
    'Numbers are hexadecimal unless they begin with 0t (decimal) or 0o (octal). *address is the word there; $eax a register; . the address last used, .. the one before, + the one behind. Operators: + - * / % # << >> & |, where a # b rounds a up to a multiple of b.',
  ],
  run(session, modifiers, rest) {
    const format = modifiers === '' ? session.printFormat : modifiers;
    const { address } = session.arguments(rest);
    const text = formatValue(session, address ?? session.dot, format);
    session.printFormat = format;
    session.print(text);
  },
};
