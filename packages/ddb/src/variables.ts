import { BadAddress, type FrameVariable, type Memory, typeText } from '@trap12/target';
import { formatChar, hash, symbolic } from './format.js';

/** No more of a string is shown. */
const STRING_MAX = 60;

/** `map = 0xc013ddec kernel_map_store (vm_map)` */
export function formatVariable(memory: Memory, variable: FrameVariable): string {
  const { name, type, value } = variable;
  const shown = value === undefined ? 'not kept' : formatTyped(memory, type, value);
  return `${name} = ${shown} (${typeText(memory.symbols, type)})`;
}

/** A value as its type is read: its word, unsigned; of what lies in place, the address. */
export function formatTyped(memory: Memory, index: number, value: number): string {
  const type = memory.symbols.type(index);
  if (type.kind === 'bool') return value === 0 ? 'false' : 'true';
  if (type.kind === 'int') return formatInteger(type.size, type.signed, value);
  if (value === 0) return 'NULL';
  const text = typeText(memory.symbols, index) === 'str' ? stringAt(memory, value) : undefined;
  if (text !== undefined) return `${hash(value)} ${text}`;
  const near = memory.symbols.nearest(value);
  return near === undefined ? hash(value) : `${hash(value)} ${symbolic(memory.symbols, value)}`;
}

function formatInteger(size: number, signed: boolean, value: number): string {
  if (size === 8) return String(value);
  const bits = 32 - 8 * size;
  const narrowed = signed ? (value << bits) >> bits : ((value << bits) >>> bits) >>> 0;
  return signed ? String(narrowed) : hash(narrowed);
}

function stringAt(memory: Memory, at: number): string | undefined {
  try {
    let out = '';
    for (let i = 0; i < STRING_MAX; i++) {
      const byte = memory.target.read(at + i, 1)[0];
      if (byte === undefined) return undefined;
      if (byte === 0) return `"${out}"`;
      out += formatChar(byte);
    }
    return `"${out}"...`;
  } catch (error) {
    if (error instanceof BadAddress) return undefined;
    throw error;
  }
}
