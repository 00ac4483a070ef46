import { poisonName } from '../poison.js';
import { NULL_PAGE } from '../signature.js';
import { hexAdd, hexNumber, hexOf, isHexDigit } from '../scan.js';
import type { Hex } from '../types.js';
import type { Context } from './context.js';

interface Operand {
  text: string;
  displacement: number;
  base?: string;
  index?: string;
  scale: number;
  /** Place among the operands; the last one is the destination in AT&T syntax. */
  last: boolean;
}

/** The memory operand of an instruction in AT&T syntax (`incw 0x3a(%eax)`, `movl %edx,4(%ebx,%ecx,8)`). */
export function memoryOperand(instruction: string): Operand | null {
  const open = instruction.indexOf('(');
  if (open < 0) return null;
  const close = instruction.indexOf(')', open);
  if (close < 0) return null;
  let start = open;
  while (start > 0 && (isHexDigit(instruction.charCodeAt(start - 1)) || instruction[start - 1] === 'x'))
    start--;
  let sign = 1;
  if (instruction[start - 1] === '-') {
    sign = -1;
    start--;
  }
  const digits = instruction.slice(sign < 0 ? start + 1 : start, open);
  const displacement = digits === '' ? 0 : sign * Number.parseInt(digits, 16);
  if (Number.isNaN(displacement)) return null;
  const parts = instruction
    .slice(open + 1, close)
    .split(',')
    .map((each) => each.trim().replace('%', ''));
  const operand: Operand = {
    text: instruction.slice(start, close + 1),
    displacement,
    scale: parts[2] === undefined ? 1 : Number(parts[2]) || 1,
    last: !instruction.slice(close + 1).includes(','),
  };
  if (parts[0]) operand.base = parts[0];
  if (parts[1]) operand.index = parts[1];
  return operand;
}

const WIDTHS: Record<string, number> = { b: 1, w: 2, l: 4, q: 8 };

/** How many bytes an instruction touches, by the suffix of its mnemonic. */
export function operandWidth(instruction: string): number | undefined {
  const word = instruction.split(' ')[0]!;
  if (/^(?:call|jmp|ret|leave|leal|leaq)/.test(word)) return undefined;
  const zero = /^mov[sz]([bw])[lwq]$/.exec(word);
  if (zero !== null) return WIDTHS[zero[1]!];
  return word.length > 3 || word === 'inc' ? WIDTHS[word[word.length - 1]!] : undefined;
}

const READS = /^(?:cmp|test|push|call|jmp|bt[lwq]?\b|mul|imul|div|idiv|fld|prefetch|lea)/;
const BOTH =
  /^(?:inc|dec|add|sub|and|or|xor|neg|not|sh[lr]|sa[lr]|ro[lr]|adc|sbb|xadd|xchg|cmpxchg|bts|btr|btc|lock)/;

/** Whether the instruction writes its memory operand; null where that cannot be told from the text. */
function writes(instruction: string, operand: Operand): boolean | null {
  if (READS.test(instruction)) return false;
  if (BOTH.test(instruction)) return operand.last;
  if (instruction.startsWith('mov') || instruction.startsWith('set') || instruction.startsWith('pop'))
    return operand.last;
  return null;
}

/** Registers + displacement of the faulting instruction against the fault address. */
export function faultingOperand(c: Context): void {
  const { trap, stoppedAt } = c.report;
  const instruction = stoppedAt?.instruction;
  if (instruction === undefined || stoppedAt === undefined) return;
  const operand = memoryOperand(instruction);
  if (operand === null) return;
  const base = operand.base === undefined ? undefined : c.register(operand.base);
  const index = operand.index === undefined ? undefined : c.register(operand.index);
  const known =
    (operand.base === undefined || base !== undefined) &&
    (operand.index === undefined || index !== undefined);
  const address = trap?.faultAddress?.value;
  if (known) {
    let effective: Hex = hexAdd(base?.value ?? '0x0', operand.displacement);
    if (index !== undefined) effective = hexAdd(effective, hexNumber(index.value) * operand.scale);
    const sum = `${operand.text} with ${[base, index]
      .filter((each) => each !== undefined)
      .map((each) => `${each.name} ${each.value}`)
      .join(' and ')}`;
    if (address !== undefined) {
      c.check(
        'operand and fault address',
        effective === address,
        `${sum} is ${effective}; the fault address is ${address}`,
        [stoppedAt.span, base?.span, trap?.faultAddress?.span],
      );
    }
    c.claim(
      'operand-address',
      `the instruction touched ${effective}`,
      sum,
      { address: effective, displacement: operand.displacement },
      [stoppedAt.span, base?.span],
    );
  }
  const access = trap?.faultCode?.value.access;
  const wrote = writes(instruction, operand);
  if (access !== undefined && wrote !== null && access !== 'execute') {
    c.check(
      'instruction and kind of access',
      wrote === (access === 'write'),
      `"${instruction}" ${wrote ? 'writes' : 'reads'} its operand; the fault code says ${access}`,
      [stoppedAt.span, trap?.faultCode?.span],
    );
  }
}

/** A fault near address 0 is a field of a structure whose pointer is null. */
export function nullField(c: Context): void {
  const { trap, stoppedAt } = c.report;
  const address = trap?.faultAddress?.value;
  if (address === undefined || hexNumber(address) >= NULL_PAGE) return;
  const instruction = stoppedAt?.instruction;
  const operand = instruction === undefined ? null : memoryOperand(instruction);
  const base = operand?.base === undefined ? undefined : c.register(operand.base);
  const zero = base?.value === '0x0' ? `, and ${base.name} is 0` : '';
  const width = instruction === undefined ? undefined : operandWidth(instruction);
  const field = hexOf(hexNumber(address));
  c.claim(
    'null-pointer-field',
    `a null pointer to a structure: the field at ${field}${width === undefined ? '' : `, ${width} bytes wide,`} was ${accessText(trap?.faultCode?.value.access)}`,
    `${address} is in the first page, which the kernel never maps${zero}`,
    width === undefined ? { offset: hexNumber(address) } : { offset: hexNumber(address), width },
    [trap?.faultAddress?.span, stoppedAt?.span, base?.span],
  );
  nameField(c, hexNumber(address), width);
}

function accessText(access: string | undefined): string {
  if (access === undefined) return 'touched';
  return access === 'write' ? 'written' : access === 'execute' ? 'executed' : 'read';
}

/** Looks the offset up in the struct layouts that were handed in. */
function nameField(c: Context, offset: number, width: number | undefined): void {
  const { layouts } = c.options;
  if (layouts === undefined) return;
  const found: string[] = [];
  for (const [struct, layout] of Object.entries(layouts.structs)) {
    for (const [name, field] of Object.entries(layout.fields)) {
      if (field.offset === offset && (width === undefined || field.size === width))
        found.push(`${struct}.${name}`);
    }
  }
  if (found.length === 0 || found.length > 12) return;
  c.claim(
    'null-pointer-struct',
    found.length === 1 ? `the field is ${found[0]}` : `the field is one of ${found.join(', ')}`,
    `fields at offset ${hexOf(offset)}${width === undefined ? '' : ` of ${width} bytes`} in the layouts "${layouts.version}"`,
    { candidates: found.join(' ') },
    [c.report.trap?.faultAddress?.span],
  );
}

/** Values that only freed memory holds. */
export function poison(c: Context): void {
  const { report } = c;
  const look = (value: Hex, what: string, span: readonly [number, number]) => {
    const name = poisonName(value);
    if (name === null) return;
    c.claim(
      'freed-memory',
      `${what} holds ${value}: it was read from memory that had been freed`,
      `it is ${name}`,
      { value },
      [span],
    );
  };
  if (report.trap?.faultAddress !== undefined)
    look(report.trap.faultAddress.value, 'the fault address', report.trap.faultAddress.span);
  for (const register of report.registers.slice(0, 64)) look(register.value, register.name, register.span);
  for (const frame of report.frames.slice(0, 64)) {
    frame.args.forEach((arg, i) => {
      look(arg, `argument ${i + 1} of ${frame.function}`, frame.span);
    });
  }
}
