import {
  type Boundary,
  type Frame,
  type Names,
  REGISTER_NAMES,
  type RegisterName,
  type Registers,
  type Site,
  type TraceItem,
} from '@trap12/target';

/** An offset from a symbol as large as this is no offset ($maxoff). */
export const DEFAULT_MAXOFF = 0x10000;

/** `%#lx` of the kernel's printf: 0 is bare. */
export function hash(value: number): string {
  const v = value >>> 0;
  return v === 0 ? '0' : `0x${v.toString(16)}`;
}

/** 32 bits as DDB prints them: lower case, without 0x. */
export function hex(value: number): string {
  return (value >>> 0).toString(16);
}

/** symbol+0xoffset, or the address where there is no symbol. */
export function symbolic(symbols: Names, address: number, maxoff = DEFAULT_MAXOFF): string {
  const near = symbols.nearest(address);
  if (near === undefined || near.offset >= maxoff) return hash(address);
  return near.offset === 0 ? near.symbol.name : `${near.symbol.name}+${hash(near.offset)}`;
}

/** `vm_fault1(c033bd0c,c38a5000,1,0,c325adc0) at vm_fault1+0x122` */
export function formatFrame(frame: Frame): string {
  const name = frame.function ?? hash(frame.pc);
  const at = frame.function === undefined || frame.offset === 0 ? name : `${name}+${hash(frame.offset)}`;
  return `${name}(${frame.args.map(hex).join(',')}) at ${at}`;
}

/** `--- trap 0xc, eip = 0xc02ac284, esp = 0xc35f0f24, ebp = 0xc35f0f24 ---` */
export function formatBoundary(b: Boundary): string {
  const what = b.kind === 'interrupt' ? 'interrupt' : `${b.kind} ${hash(b.trapno)}`;
  return `--- ${what}, eip = ${hash(b.eip)}, esp = ${hash(b.esp)}, ebp = ${hash(b.ebp)} ---`;
}

/** DDB's answer to an address that is not there. */
export function formatBadAddress(address: number): string {
  return `*** error reading from address ${hex(address)} ***`;
}

/** A line of a backtrace as DDB prints it. */
export function formatTraceItem(item: TraceItem): string {
  if ('frame' in item) return formatFrame(item.frame);
  if ('boundary' in item) return formatBoundary(item.boundary);
  return 'bad' in item ? formatBadAddress(item.bad) : `*** ${item.note} ***`;
}

const NOT_KEPT = 'not kept';

/**
 * The block of `show registers`: name padded to 12, value right-aligned in 10, a tab and the symbol if it is
 * one; `not kept` in its place where there is no value.
 */
export function formatRegisters(
  registers: Registers,
  kept: ReadonlySet<RegisterName>,
  symbols: Names,
): string[] {
  return REGISTER_NAMES.map((name) => {
    if (!kept.has(name)) return `${name.padEnd(12)}${NOT_KEPT.padStart(10)}`;
    const value = registers[name];
    const line = `${name.padEnd(12)}${hash(value).padStart(10)}`;
    return symbols.nearest(value) === undefined ? line : `${line}\t${symbolic(symbols, value)}`;
  });
}

/** `incw\t0x3a(%eax)`: mnemonic and operands as the disassembler sets them apart. */
export function formatInstruction(instruction: string): string {
  return instruction.trim().replace(/^(\S+)\s+/, '$1\t');
}

/**
 * `vm_fault1+0x122:        incw    0x3a(%eax)` for the instruction at an address; without one the place alone.
 */
export function formatLocation(symbols: Names, address: number): string {
  const site = symbols.site(address);
  const place = `${symbolic(symbols, address)}:`;
  return site === undefined ? place : `${place}\t${formatInstruction(site.instruction)}`;
}

/** `[vm/vm_fault.ts:123]` of a row of the listing, with what stands before and behind it; else nothing. */
export const formatSource = (site: Site | undefined, before = '', behind = ''): string =>
  site === undefined ? '' : `${before}[${site.file}:${site.line}]${behind}`;

/** A character as DDB prints it: itself, or backslash and three octal digits. */
export function formatChar(byte: number): string {
  return byte >= 0x20 && byte <= 0x7e ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
}
