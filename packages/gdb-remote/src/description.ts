import type { RegisterName } from '@trap12/target';
import { hexWord } from './hex.js';
import type { KnownRegisters, Threads } from './threads.js';

/** A register as gdb numbers them. */
export interface DescribedRegister {
  readonly name: string;
  /** By the debugger's name; undefined: this machine has none like it, and its value is not known */
  readonly register: RegisterName | undefined;
  readonly type: string;
  readonly bits: number;
}

const word = (name: string, register: RegisterName | undefined, type = 'int'): DescribedRegister => ({
  ...{ name, register, type, bits: 32 },
});

const GENERAL = ['eax', 'ecx', 'edx', 'ebx'] as const;
const SEGMENTS = ['cs', 'ss', 'ds', 'es', 'fs'] as const;
/** gdb takes no i386 without the registers for floating point, which this one has not. */
const FLOATING = ['fctrl', 'fstat', 'ftag', 'fiseg', 'fioff', 'foseg', 'fooff', 'fop'];

/** The registers of an i386 in gdb's order, by gdb's names. */
export const REGISTERS: readonly DescribedRegister[] = [
  ...GENERAL.map((name) => word(name, name)),
  word('esp', 'esp', 'data_ptr'),
  word('ebp', 'ebp', 'data_ptr'),
  word('esi', 'esi'),
  word('edi', 'edi'),
  word('eip', 'eip', 'code_ptr'),
  word('eflags', 'efl'),
  ...SEGMENTS.map((name) => word(name, name)),
  word('gs', undefined),
  ...FLOATING.map((_, i) => ({ name: `st${i}`, register: undefined, type: 'i387_ext', bits: 80 })),
  ...FLOATING.map((name) => word(name, undefined)),
];

/** What gdb wants to know of the processor: target.xml. */
export function targetDescription(): string {
  const rows = REGISTERS.map(
    ({ name, type, bits }, i) => `<reg name="${name}" bitsize="${bits}" type="${type}" regnum="${i}"/>`,
  );
  return [
    '<?xml version="1.0"?>',
    '<!DOCTYPE target SYSTEM "gdb-target.dtd">',
    '<target version="1.0"><architecture>i386</architecture>',
    '<feature name="org.gnu.gdb.i386.core">',
    ...rows,
    '</feature></target>',
  ].join('\n');
}

/** A text as contents or attribute of XML. */
const xmlText = (text: string): string =>
  text.replace(/[^ !#-%'-;=?-~]/g, (c) => `&#${c.charCodeAt(0) < 32 ? 63 : c.charCodeAt(0)};`);

/** A register in gdb's form: `x` where its value is not known. */
export function registerText({ register, bits }: DescribedRegister, known: KnownRegisters): string {
  const value = register && known[register];
  return value === undefined ? 'xx'.repeat(bits / 8) : hexWord(value);
}

/** What gdb wants to know of the threads: names, states, and what they wait for. */
export function threadList(threads: Threads): string {
  const rows = threads.all().map((thread) => {
    const [name, state] = [threads.name(thread), threads.state(thread)].map(xmlText);
    return `<thread id="${thread.id.toString(16)}" name="${name}">${state}</thread>`;
  });
  return `<?xml version="1.0"?>\n<threads>\n${rows.join('\n')}\n</threads>\n`;
}
