import type { ImageType } from '@trap12/kcc/image.js';
import { latin1Text } from './latin1.js';
import type { SymbolTable } from './symbols.js';
import { BadAddress, type Target } from './target.js';

/** Typed reads of a target: words, strings, struct fields by name. */
export class Memory {
  constructor(readonly target: Target) {}

  get symbols(): SymbolTable {
    return this.target.symbols;
  }

  /** @throws BadAddress, as all that read */
  u8(va: number): number {
    return this.bytes(va, 1)[0]!;
  }

  /** Little-endian, unsigned */
  u16(va: number): number {
    const b = this.bytes(va, 2);
    return b[0]! | (b[1]! << 8);
  }

  /** Little-endian, unsigned */
  u32(va: number): number {
    const word = this.target.word?.(va);
    if (word !== undefined) return word;
    const b = this.bytes(va, 4);
    return (b[0]! | (b[1]! << 8) | (b[2]! << 16) | (b[3]! << 24)) >>> 0;
  }

  /** A word, unsigned; undefined where it is not all mapped. */
  wordAt(va: number): number | undefined {
    const word = this.target.word?.(va);
    if (word !== undefined) return word;
    return this.target.read(va, 4).length < 4 ? undefined : this.u32(va);
  }

  /** Little-endian, signed */
  i32(va: number): number {
    return this.u32(va) | 0;
  }

  /** The bytes, all of them or BadAddress. */
  bytes(va: number, length: number): Uint8Array {
    const b = this.target.read(va, length);
    if (b.length < length) throw new BadAddress(va + b.length);
    return b;
  }

  /** A NUL-terminated string of at most `limit` bytes. */
  string(va: number, limit = 256): string {
    const bytes = this.target.read(va, limit);
    const end = bytes.indexOf(0);
    if (end < 0 && bytes.length < limit) throw new BadAddress(va + bytes.length);
    return latin1Text(end < 0 ? bytes : bytes.subarray(0, end));
  }

  /**
   * Value of a scalar or pointer field; for structs in place and arrays, their address. A path goes through
   * structs in place and through pointers: `field('proc', p, 'p_vmspace.vm_refcnt')`.
   */
  field(struct: string, base: number, path: string): number {
    const { symbols } = this;
    const known = symbols.struct(struct).fields[path];
    if (known !== undefined) return this.value((base + known.offset) >>> 0, symbols.type(known.type));
    let at = base >>> 0;
    let inside: string | undefined = struct;
    let value = at;
    for (const name of path.split('.')) {
      if (inside === undefined) throw new Error(`${path} of struct ${struct}: no struct before ${name}`);
      const info = symbols.struct(inside).fields[name];
      if (info === undefined) throw new Error(`struct ${inside} has no field ${name}`);
      at = (value + info.offset) >>> 0;
      const type = symbols.type(info.type);
      value = this.value(at, type);
      inside = symbols.structBehind(type);
    }
    return value;
  }

  /** Address of a field. */
  address(struct: string, base: number, field: string): number {
    return (base + this.symbols.offset(struct, field)) >>> 0;
  }

  /** Value of a one-word global variable. */
  global(name: string): number {
    return this.u32(this.symbols.address(name));
  }

  /**
   * The value of a type at an address: numbers with their sign, pointers unsigned; of a struct or an array,
   * the address.
   */
  value(at: number, type: ImageType): number {
    if (type.kind === 'struct' || type.kind === 'array') return at;
    if (type.kind !== 'int') return this.u32(at);
    switch (type.size) {
      case 1:
        return type.signed ? (this.u8(at) << 24) >> 24 : this.u8(at);
      case 2:
        return type.signed ? (this.u16(at) << 16) >> 16 : this.u16(at);
      case 8:
        return this.u32(at) + (type.signed ? this.i32(at + 4) : this.u32(at + 4)) * 0x1_0000_0000;
      default:
        return type.signed ? this.i32(at) : this.u32(at);
    }
  }
}
