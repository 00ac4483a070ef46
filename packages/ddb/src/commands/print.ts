import { DdbError } from '../errors.js';
import { formatChar } from '../format.js';
import type { OfSource } from '../path.js';
import type { Session } from '../session.js';
import type { Typed } from '../values.js';
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

/** A number or a pointer of the source's; what is larger than a word, or is not kept, as it is. */
function formatScalar(session: Session, { values, ...typed }: OfSource, format: string): string {
  const { value } = typed;
  const fits = value !== undefined && value >= -(2 ** 31) && value < 2 ** 32;
  return fits ? formatValue(session, value, format).trim() : values.text(typed);
}

/**
 * A struct or an array of the source's: its fields or the text that it holds, each as its type is read, or
 * the numbers in the format that was asked for.
 */
function printWhole(session: Session, source: OfSource, format: string | undefined): void {
  const { values } = source;
  const text = (typed: Typed): string =>
    format === undefined || !values.isWord(typed)
      ? values.text(typed)
      : formatScalar(session, { ...typed, values }, format);
  if (!values.isStruct(source)) {
    session.print(values.text(source));
    return;
  }
  if (source.address !== undefined) session.memory.u8(source.address);
  for (const part of values.children(source))
    session.print(`${part.name} = ${text(part)} (${values.typeText(part.type)})`);
}

/** The value of an expression. */
export const print: Command = {
  name: 'print',
  aliases: ['p'],
  usage: '[/axzrduoc] [expression]',
  help: 'prints the value of an expression',
  manual: [
    'Formats: a symbol and offset, x hexadecimal, z signed hexadecimal, r in the current radix, d signed decimal, u unsigned decimal, o octal, c character. The format stays for the next print.',
    'Of the source, as there: fields and elements (`curproc->p_pid`, `cnt.v_free_count`), parameters and locals of the function that stands, curproc and the like. `*curproc` shows a struct field by field, `&curproc->p_stat` is where a field lies. The name of a variable of the kernel alone is a symbol, and thus its address.',
    'Numbers are hexadecimal unless they begin with 0t (decimal) or 0o (octal). *address is the word there; $eax a register; . the address last used, .. the one before, + the one behind. Operators: + - * / % # << >> & |, where a # b rounds a up to a multiple of b.',
  ],
  run(session, modifiers, rest) {
    const format = modifiers === '' ? session.printFormat : modifiers;
    const { address, source } = session.arguments(rest, 'whole');
    if (source !== undefined && !source.values.isWord(source)) {
      if (modifiers !== '') formatValue(session, 0, format);
      printWhole(session, source, modifiers === '' ? undefined : format);
      return;
    }
    const text = formatValue(session, address ?? session.dot, format);
    session.printFormat = format;
    session.print(text);
  },
};
