import { BadAddress, kernelConstants, type Memory, type SymbolTable } from '@trap12/target';

const K = kernelConstants('MAXCOMLEN');

/** Bare hexadecimal, as `%x` prints. */
export function hex(value: number): string {
  return (value >>> 0).toString(16);
}

/** `%p` of the kernel's printf. */
export function ptr(value: number): string {
  return `0x${hex(value)}`;
}

/** `%#lx`: a zero stands bare. */
export function alt(value: number): string {
  return value >>> 0 === 0 ? '0' : ptr(value);
}

/**
 * Names of the bits that are set, in the order of the table; what it does not name comes last as a number.
 */
export function bits(value: number, names: Readonly<Record<string, number>>): string {
  let left = value >>> 0;
  const out: string[] = [];
  for (const [name, bit] of Object.entries(names)) {
    if ((left & bit) === 0) continue;
    out.push(name);
    left = (left & ~bit) >>> 0;
  }
  if (left !== 0) out.push(ptr(left));
  return out.join(',');
}

/** The name whose value this is, or undefined. */
export function nameOf(value: number, names: Readonly<Record<string, number>>): string | undefined {
  return Object.keys(names).find((name) => names[name] === value);
}

/** A string for a message: what cannot be read or printed becomes '?'. */
export function text(memory: Memory, at: number, limit = 64): string {
  if (at >>> 0 === 0) return '(null)';
  try {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    return memory.string(at, limit).replace(/[\u0000-\u001f\u007f-\uffff]/g, '?');
  } catch (error) {
    if (error instanceof BadAddress) return '?';
    throw error;
  }
}

/** `symbol+0x12`, or the number where no symbol is. */
export function symbolic(symbols: SymbolTable, address: number): string {
  const near = symbols.nearest(address);
  if (near === undefined) return alt(address);
  return near.offset === 0 ? near.symbol.name : `${near.symbol.name}+${ptr(near.offset)}`;
}

/**
 * `file:line` of the call that returns to a text address, which is how this kernel notes where locks were
 * acquired.
 */
export function place(symbols: SymbolTable, returnAddress: number): string {
  if (returnAddress >>> 0 === 0) return '(nowhere)';
  return symbols.callPlace(returnAddress) ?? symbolic(symbols, returnAddress);
}

/** Command name of a process, as far as it can be printed. */
export function comm(memory: Memory, p: number): string {
  return text(memory, memory.address('proc', p, 'p_comm'), K(memory).MAXCOMLEN + 1);
}

/** `pid 3 "vmdaemon"` */
export function processName(memory: Memory, p: number): string {
  return `pid ${memory.field('proc', p, 'p_pid')} "${comm(memory, p)}"`;
}
