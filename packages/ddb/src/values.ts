import { BadAddress, latin1Text, type Memory, type SymbolTable, typeText } from '@trap12/target';
import { hash } from './format.js';
import { formatTyped } from './variables.js';

type ImageType = ReturnType<SymbolTable['type']>;

/** Something of a type: in memory, or only its value. */
export interface Typed {
  name: string;
  /** Index into the image's types */
  type: number;
  /** Where it lies; undefined: in no memory */
  address: number | undefined;
  /** Its word, unsigned; of a struct or an array, the address; undefined: not known */
  value: number | undefined;
  /** How it is called in an expression */
  expression: string;
}

/** No more elements of an array are told at once. */
export const ELEMENTS_MAX = 4096;
const TEXT_MAX = 60;

/** Values of the kernel's types, in its memory. */
export class Values {
  constructor(private readonly memory: Memory) {}

  private type(index: number): ImageType {
    return this.memory.symbols.type(index);
  }

  /** Bytes that a value of a type takes in memory. */
  size(index: number): number {
    const type = this.type(index);
    if (type.kind === 'struct') return this.memory.symbols.struct(type.name).size;
    if (type.kind === 'array') return type.count * this.size(type.of);
    return type.kind === 'int' ? type.size : 4;
  }

  /** What lies at an address. */
  at(name: string, type: number, address: number, expression: string): Typed {
    let value: number | undefined;
    try {
      value = this.memory.value(address >>> 0, this.type(type));
    } catch (error) {
      if (!(error instanceof BadAddress)) throw error;
    }
    return { name, type, address: address >>> 0, value, expression };
  }

  /** A variable of the kernel's; undefined if there is none of that name. */
  global(name: string): Typed | undefined {
    const { symbols } = this.memory;
    if (!symbols.has(name)) return undefined;
    const symbol = symbols.symbol(name);
    if (symbol.kind === 'text') return undefined;
    return this.at(name, symbol.type, symbol.address, name);
  }

  /** The fields of a processor's struct pcpu, as variables (curproc); none before there is one. */
  ofProcessor(pcpu: number): Typed[] {
    if (pcpu === 0) return [];
    return this.fieldsOf('pcpu').map(([name, { offset, type }]) => this.at(name, type, pcpu + offset, name));
  }

  /** A value as a line of text. */
  text({ type: index, value, address }: Typed): string {
    const type = this.type(index);
    if (value === undefined) return address === undefined ? 'not kept' : `not mapped: ${hash(address)}`;
    if (type.kind === 'struct') return `${type.name} at ${hash(value)}`;
    if (type.kind !== 'array') return formatTyped(this.memory, index, value);
    const of = this.type(type.of);
    const text = of.kind === 'int' && of.size === 1 ? this.characters(value, type.count) : undefined;
    return text ?? `${typeText(this.memory.symbols, index)} at ${hash(value)}`;
  }

  /** A text of printable characters, if there is one. */
  private characters(at: number, count: number): string | undefined {
    const bytes = this.memory.target.read(at, Math.min(count, TEXT_MAX));
    const end = bytes.indexOf(0);
    const text = latin1Text(bytes.subarray(0, end < 0 ? bytes.length : end));
    return /^[\x20-\x7e]*$/.test(text) && (end >= 0 || bytes.length === count) ? `"${text}"` : undefined;
  }

  /** How many parts a value has; an array's are elements, all others' are named. */
  parts({ type: index, value }: Typed): { named: number; indexed: number } {
    const type = this.type(index);
    if (value === undefined) return { named: 0, indexed: 0 };
    if (type.kind === 'array') return { named: 0, indexed: type.count };
    if (type.kind === 'struct') return { named: this.fieldsOf(type.name).length, indexed: 0 };
    if (type.kind !== 'pointer' || value === 0) return { named: 0, indexed: 0 };
    const to = this.type(type.to);
    if (to.kind === 'struct') return { named: this.fieldsOf(to.name).length, indexed: 0 };
    return { named: to.kind === 'int' || to.kind === 'pointer' ? 1 : 0, indexed: 0 };
  }

  private fieldsOf(struct: string): [string, { offset: number; type: number }][] {
    return Object.entries(this.memory.symbols.struct(struct).fields);
  }

  /**
   * The parts of a value: fields, also of what a pointer leads to; elements; what another pointer leads to.
   */
  children(of: Typed, start = 0, count = ELEMENTS_MAX): Typed[] {
    const type = this.type(of.type);
    const { value } = of;
    if (value === undefined || (type.kind === 'pointer' && value === 0)) return [];
    if (type.kind === 'array') {
      const last = Math.min(type.count, start + Math.min(count, ELEMENTS_MAX));
      const size = this.size(type.of);
      const out: Typed[] = [];
      for (let i = start; i < last; i++)
        out.push(this.at(`[${i}]`, type.of, value + i * size, `${of.expression}[${i}]`));
      return out;
    }
    const name = this.memory.symbols.structBehind(type);
    if (name !== undefined)
      return this.fieldsOf(name).map(([field, info]) =>
        this.at(field, info.type, value + info.offset, `${of.expression}.${field}`),
      );
    if (type.kind !== 'pointer' || this.parts(of).named === 0) return [];
    return [this.at(`*${of.name}`, type.to, value, `${of.expression}[0]`)];
  }

  /**
   * One part, by the name of a field or the number of an element; of a pointer that leads to no struct, too.
   */
  part(of: Typed, name: string): Typed | undefined {
    const type = this.type(of.type);
    const { value } = of;
    if (value === undefined) return undefined;
    const index = /^\[(\d+)\]$/.exec(name)?.[1];
    if (index === undefined) return this.children(of).find((child) => child.name === name);
    const element = type.kind === 'array' ? type.of : type.kind === 'pointer' ? type.to : undefined;
    if (element === undefined) return undefined;
    return this.at(name, element, value + Number(index) * this.size(element), `${of.expression}${name}`);
  }

  /** A type as the source writes it. @param index into the image's types */
  typeText(index: number): string {
    return typeText(this.memory.symbols, index);
  }

  /** Is it a struct: does it have fields? */
  isStruct({ type }: Typed): boolean {
    return this.type(type).kind === 'struct';
  }

  /** Is its value a word: a number of up to four bytes, or a pointer? */
  isWord({ type: index }: Typed): boolean {
    const type = this.type(index);
    return type.kind === 'int' ? type.size <= 4 : !['struct', 'array'].includes(type.kind);
  }

  /** Is it a pointer: what it leads to is its value? */
  isPointer({ type }: Typed): boolean {
    return this.type(type).kind === 'pointer';
  }

  /** Can a person set it: a number or a pointer that lies in memory? */
  settable({ type, address }: Typed): boolean {
    return address !== undefined && ['int', 'bool', 'pointer'].includes(this.type(type).kind);
  }

  /** The bytes of a number as a value of that type has them; little-endian. */
  bytes(type: number, value: number): Uint8Array {
    const bytes = new Uint8Array(this.size(type));
    let low = BigInt(value);
    for (let i = 0; i < bytes.length; i++, low >>= 8n) bytes[i] = Number(low & 255n);
    return bytes;
  }
}
