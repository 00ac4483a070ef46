/** A small i386 assembler for the instructions of the listing: bytes and AT&T text. */

export interface Reloc {
  /** Where in the bytes the 32-bit field lies (always the last four or followed by an immediate). */
  at: number;
  /** A symbol, or an instruction of the same function for a jump. */
  symbol: string | null;
  local: number;
  addend: number;
  relative: boolean;
}

export interface Insn {
  bytes: number[];
  text: string;
  reloc: Reloc | null;
}

/** A memory operand: disp(%eax), or an absolute address (a symbol plus disp, or disp alone). */
export interface Operand {
  symbol: string | null;
  absolute: boolean;
  disp: number;
}

export const hex = (n: number): string => (n < 0 ? `-0x${(-n).toString(16)}` : `0x${n.toString(16)}`);
const uhex = (n: number): string => `0x${(n >>> 0).toString(16)}`;
const le32 = (n: number): number[] => [n & 255, (n >> 8) & 255, (n >> 16) & 255, (n >> 24) & 255];
const le16 = (n: number): number[] => [n & 255, (n >> 8) & 255];
const fits8 = (n: number): boolean => n >= -128 && n <= 127;

export function operandText(m: Operand): string {
  if (m.symbol !== null) return m.disp === 0 ? m.symbol : `${m.symbol}+${hex(m.disp)}`;
  if (m.absolute) return uhex(m.disp);
  return m.disp === 0 ? '(%eax)' : `${hex(m.disp)}(%eax)`;
}

/** Opcode bytes, then ModRM with `reg`, displacement and immediate. */
function withOperand(opcode: number[], reg: number, m: Operand, imm: number[], text: string): Insn {
  const r = reg << 3;
  if (m.absolute) {
    const at = opcode.length + 1;
    const reloc: Reloc | null =
      m.symbol === null ? null : { at, symbol: m.symbol, local: -1, addend: m.disp, relative: false };
    return { bytes: [...opcode, 0x05 | r, ...le32(m.symbol === null ? m.disp : 0), ...imm], text, reloc };
  }
  if (m.disp === 0) return { bytes: [...opcode, r, ...imm], text, reloc: null };
  if (fits8(m.disp)) return { bytes: [...opcode, 0x40 | r, m.disp & 255, ...imm], text, reloc: null };
  return { bytes: [...opcode, 0x80 | r, ...le32(m.disp), ...imm], text, reloc: null };
}

const plain = (text: string, ...bytes: number[]): Insn => ({ bytes, text, reloc: null });

export function load(size: number, signed: boolean, m: Operand): Insn {
  const t = operandText(m);
  if (size === 1) {
    return signed
      ? withOperand([0x0f, 0xbe], 0, m, [], `movsbl ${t},%eax`)
      : withOperand([0x0f, 0xb6], 0, m, [], `movzbl ${t},%eax`);
  }
  if (size === 2) {
    return signed
      ? withOperand([0x0f, 0xbf], 0, m, [], `movswl ${t},%eax`)
      : withOperand([0x0f, 0xb7], 0, m, [], `movzwl ${t},%eax`);
  }
  return withOperand([0x8b], 0, m, [], `movl ${t},%eax`);
}

/** The return address of the function, from its frame. */
export const loadReturnAddress = (): Insn => plain('movl 0x4(%ebp),%eax', 0x8b, 0x45, 0x04);

const SUFFIX: Record<number, string> = { 1: 'b', 2: 'w', 4: 'l' };
const EDX: Record<number, string> = { 1: '%dl', 2: '%dx', 4: '%edx' };

/** mov to memory, of an immediate or (imm null) of %edx. */
export function store(size: number, imm: number | null, m: Operand): Insn {
  const t = operandText(m);
  const prefix = size === 2 ? [0x66] : [];
  const text = `mov${SUFFIX[size]} ${imm === null ? EDX[size] : `$${immText(size, imm)}`},${t}`;
  if (imm === null) return withOperand([...prefix, size === 1 ? 0x88 : 0x89], 2, m, [], text);
  return withOperand([...prefix, size === 1 ? 0xc6 : 0xc7], 0, m, immBytes(size, imm), text);
}

const immBytes = (size: number, n: number): number[] =>
  size === 1 ? [n & 255] : size === 2 ? le16(n) : le32(n);
const immText = (size: number, n: number): string =>
  size === 1 ? uhex(n & 255) : size === 2 ? uhex(n & 65535) : uhex(n);

/** A store of the address of a symbol. */
export function storeSymbol(symbol: string, addend: number, m: Operand): Insn {
  const insn = withOperand([0xc7], 0, m, le32(0), '');
  const text = `movl $${addend === 0 ? symbol : `${symbol}+${hex(addend)}`},${operandText(m)}`;
  if (insn.reloc !== null) return store(4, null, m);
  return {
    bytes: insn.bytes,
    text,
    reloc: { at: insn.bytes.length - 4, symbol, local: -1, addend, relative: false },
  };
}

const ALU: Record<string, { name: string; ext: number; op: number }> = {
  '+': { name: 'add', ext: 0, op: 0x00 },
  '|': { name: 'or', ext: 1, op: 0x08 },
  '&': { name: 'and', ext: 4, op: 0x20 },
  '-': { name: 'sub', ext: 5, op: 0x28 },
  '^': { name: 'xor', ext: 6, op: 0x30 },
};

/** A read-modify-write: inc, dec, or op with an immediate or (imm null) with %edx. */
export function modify(op: string, size: number, imm: number | null, m: Operand): Insn {
  const alu = ALU[op] as { name: string; ext: number; op: number };
  const t = operandText(m);
  const prefix = size === 2 ? [0x66] : [];
  const wide = size === 1 ? 0 : 1;
  if (imm === 1 && (op === '+' || op === '-')) {
    const dec = op === '-' ? 1 : 0;
    return withOperand([...prefix, 0xfe | wide], dec, m, [], `${dec ? 'dec' : 'inc'}${SUFFIX[size]} ${t}`);
  }
  if (imm === null) {
    return withOperand([...prefix, alu.op | wide], 2, m, [], `${alu.name}${SUFFIX[size]} ${EDX[size]},${t}`);
  }
  const signed = size === 1 ? (imm << 24) >> 24 : size === 2 ? (imm << 16) >> 16 : imm;
  const text = `${alu.name}${SUFFIX[size]} $${immText(size, imm)},${t}`;
  if (size === 1) return withOperand([0x80], alu.ext, m, [imm & 255], text);
  if (fits8(signed)) return withOperand([...prefix, 0x83], alu.ext, m, [signed & 255], text);
  return withOperand([...prefix, 0x81], alu.ext, m, immBytes(size, imm), text);
}

export const pushImm = (n: number): Insn =>
  fits8(n) ? plain(`pushl $${uhex(n)}`, 0x6a, n & 255) : plain(`pushl $${uhex(n)}`, 0x68, ...le32(n));
export const pushSymbol = (symbol: string, addend: number): Insn => ({
  bytes: [0x68, 0, 0, 0, 0],
  text: `pushl $${addend === 0 ? symbol : `${symbol}+${hex(addend)}`}`,
  reloc: { at: 1, symbol, local: -1, addend, relative: false },
});
export const pushEax = (): Insn => plain('pushl %eax', 0x50);
export const call = (symbol: string): Insn => ({
  bytes: [0xe8, 0, 0, 0, 0],
  text: `call ${symbol}`,
  reloc: { at: 1, symbol, local: -1, addend: 0, relative: true },
});
export const callEax = (): Insn => plain('call *%eax', 0xff, 0xd0);
export const jump = (local: number): Insn => ({
  bytes: [0xe9, 0, 0, 0, 0],
  text: 'jmp',
  reloc: { at: 1, symbol: null, local, addend: 0, relative: true },
});
export const jumpEax = (): Insn => plain('jmp *%eax', 0xff, 0xe0);
export const int80 = (): Insn => plain('int $0x80', 0xcd, 0x80);
export const divide = (signed: boolean): Insn =>
  signed ? plain('idivl %ecx', 0xf7, 0xf9) : plain('divl %ecx', 0xf7, 0xf1);
export const repMovs = (): Insn => plain('repz movsl (%esi),%es:(%edi)', 0xf3, 0xa5);

/** What the caller does at the return address to drop n argument words. */
export function cleanup(n: number): Insn | null {
  if (n === 0) return null;
  if (n === 1) return plain('popl %ecx', 0x59);
  return 4 * n <= 127
    ? plain(`addl $${uhex(4 * n)},%esp`, 0x83, 0xc4, 4 * n)
    : plain(`addl $${uhex(4 * n)},%esp`, 0x81, 0xc4, ...le32(4 * n));
}

export function prologue(locals: number): Insn[] {
  const list = [plain('pushl %ebp', 0x55), plain('movl %esp,%ebp', 0x89, 0xe5)];
  if (locals > 127) list.push(plain(`subl $${uhex(locals)},%esp`, 0x81, 0xec, ...le32(locals)));
  else if (locals > 0) list.push(plain(`subl $${uhex(locals)},%esp`, 0x83, 0xec, locals));
  return list;
}

export const epilogue = (): Insn[] => [plain('leave', 0xc9), plain('ret', 0xc3)];
/** Where an interrupt may be taken without an instruction of the source. */
export const nop = (): Insn => plain('nop', 0x90);
export const ret = (): Insn => plain('ret', 0xc3);

/** Primitives of the machine that are one instruction; all others are listed as a call of a stub. */
export const PRIMITIVE_INSNS = new Map<string, Insn>([
  ['cli', plain('cli', 0xfa)],
  ['disable_intr', plain('cli', 0xfa)],
  ['sti', plain('sti', 0xfb)],
  ['enable_intr', plain('sti', 0xfb)],
  ['hlt', plain('hlt', 0xf4)],
  ['invlpg', plain('invlpg (%eax)', 0x0f, 0x01, 0x38)],
  ['load_cr3', plain('movl %eax,%cr3', 0x0f, 0x22, 0xd8)],
  ['lcr3', plain('movl %eax,%cr3', 0x0f, 0x22, 0xd8)],
  ['rcr2', plain('movl %cr2,%eax', 0x0f, 0x20, 0xd0)],
  ['rcr3', plain('movl %cr3,%eax', 0x0f, 0x20, 0xd8)],
  ['inb', plain('inb (%dx),%al', 0xec)],
  ['inw', plain('inw (%dx),%ax', 0x66, 0xed)],
  ['inl', plain('inl (%dx),%eax', 0xed)],
  ['outb', plain('outb %al,(%dx)', 0xee)],
  ['outw', plain('outw %ax,(%dx)', 0x66, 0xef)],
  ['outl', plain('outl %eax,(%dx)', 0xef)],
]);
