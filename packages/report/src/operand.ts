/* Memory operands of x86 instructions in AT&T syntax, as debuggers print them. */

/** The memory operand of an instruction. */
export interface Operand {
  text: string;
  displacement: bigint;
  base?: string;
  index?: string;
  scale: bigint;
  /** Place among the operands; the last one is the destination in AT&T syntax. */
  last: boolean;
}

/** What may stand before the parenthesis for the displacement to be a number and all of the address. */
const DISPLACEMENT = /(?:^|[\s,*])(-?(?:0x)?[0-9a-f]*)$/i;

/**
 * The memory operand of an instruction in AT&T syntax (`incw 0x3a(%eax)`, `movl %edx,4(%ebx,%ecx,8)`); null
 * where there is none or where its address needs more than registers: a symbol, a segment, the next
 * instruction's address.
 */
export function memoryOperand(instruction: string): Operand | null {
  // The rules ask for the one instruction of a fault several times.
  if (instruction !== latest.instruction) latest = { instruction, operand: readOperand(instruction) };
  return latest.operand;
}

let latest: { instruction: string; operand: Operand | null } = { instruction: '', operand: null };

function readOperand(instruction: string): Operand | null {
  const open = instruction.indexOf('(');
  if (open < 0) return null;
  const close = instruction.indexOf(')', open);
  if (close < 0) return null;
  const before = DISPLACEMENT.exec(instruction.slice(0, open));
  if (before === null) return null;
  const digits = before[1]!;
  const parts = instruction
    .slice(open + 1, close)
    .split(',')
    .map((each) => each.trim());
  if (parts.length > 3 || parts.slice(0, 2).some((each) => each !== '' && !/^%[a-z0-9]+$/.test(each)))
    return null;
  if (/^%[er]ip$/.test(parts[0]!)) return null;
  const operand: Operand = {
    text: instruction.slice(open - digits.length, close + 1),
    displacement: displacementOf(digits),
    scale: /^[1248]$/.test(parts[2] ?? '') ? BigInt(parts[2]!) : 1n,
    last: !instruction.slice(close + 1).includes(','),
  };
  if (parts[0]) operand.base = parts[0].slice(1);
  if (parts[1]) operand.index = parts[1].slice(1);
  return operand.base === undefined && operand.index === undefined ? null : operand;
}

function displacementOf(digits: string): bigint {
  const sign = digits.startsWith('-') ? -1n : 1n;
  const bare = digits.replace(/^-/, '').replace(/^0x/i, '');
  return bare === '' ? 0n : sign * BigInt(`0x${bare}`);
}

const WIDTHS: Record<string, number> = { b: 1, w: 2, l: 4, q: 8 };

/** Instructions whose last letter is the width of their operand; of many others it is part of the name. */
const SUFFIXED =
  /^(?:mov|add|adc|sub|sbb|and|or|xor|not|neg|inc|dec|cmp|test|xchg|xadd|cmpxchg|sh[lr]|sa[lr]|r[oc][lr]|i?mul|i?div)([bwlq])$/;
/** Those that widen what they read: the first letter is the width of that. */
const WIDENING = /^mov(?:[sz]([bw])[lwq]|s(l)q)$/;

/** How many bytes an instruction touches, by the suffix of its mnemonic. */
export function operandWidth(instruction: string): number | undefined {
  const [first, second] = instruction.split(/\s+/);
  const word = first === 'lock' ? (second ?? '') : first!;
  const m = WIDENING.exec(word) ?? SUFFIXED.exec(word);
  return m === null ? undefined : WIDTHS[m[1] ?? m[2]!];
}

const READS =
  /^(?:cmp[bwlq]?|test[bwlq]?|push\w*|call\w*|jmp\w*|i?mul[bwlq]?|i?div[bwlq]?|fld\w*|prefetch\w*|lea\w*)(?:\s|$)/;
const BOTH = /^(?:inc|dec|add|sub|and|or|xor|neg|not|sh[lr]|sa[lr]|ro[lr]|adc|sbb)[bwlq]?(?:\s|$)/;
/** They write their operand in memory, wherever it stands among the two. */
const ALWAYS = /^(?:lock\s|xadd|xchg|cmpxchg)/;

/** Whether the instruction writes its memory operand; null where that cannot be told from the text. */
export function writes(instruction: string, operand: Operand): boolean | null {
  if (ALWAYS.test(instruction)) return true;
  if (READS.test(instruction)) return false;
  if (BOTH.test(instruction)) return operand.last;
  if (/^(?:mov|set|pop)/.test(instruction)) return operand.last;
  return null;
}

/**
 * Instructions that compute an address and touch nothing there, touch more than their operand, or (the tests
 * of a bit, by a register) a word that many bytes from it.
 */
const ELSEWHERE =
  /^(?:lea|nop|prefetch|rep|movs[bwlq]?\s|stos|lods|ins[bwl]\s|outs|cmps[bwlq]?\s|scas|push|pop|call|ret|xsave|xrstor|fxsave|fxrstor|cmpxchg16b|invlpg|clflush|(?:lock\s+)?bt[src]?[wlq]?\s)/;

/** Whether the fault of an instruction need not be at its memory operand. */
export function touchesElsewhere(instruction: string): boolean {
  return ELSEWHERE.test(instruction);
}

/** A displacement beyond this is a table's address and no field of a structure. */
const FIELD_MAX = 0x10000n;

/** The displacement of an instruction's memory operand as a small signed number; null where it has none. */
export function fieldOffset(instruction: string | undefined): number | null {
  if (instruction === undefined || touchesElsewhere(instruction)) return null;
  const operand = memoryOperand(instruction);
  // Of an element of an array, the displacement is no field of what the pointer points to.
  if (operand === null || operand.index !== undefined) return null;
  const { displacement } = operand;
  const signed =
    displacement >= 0x80000000n && displacement <= 0xffffffffn
      ? BigInt.asIntN(32, displacement)
      : BigInt.asIntN(64, displacement);
  return signed > -FIELD_MAX && signed < FIELD_MAX ? Number(signed) : null;
}
