import type { ImageType } from '@trap12/kcc/image.js';
import { latin1Text } from './latin1.js';
import { checkNeeds, NEED, shown } from './needs.js';
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
    return this.all(va, 1)[0]!;
  }

  /** Little-endian, unsigned */
  u16(va: number): number {
    const b = this.all(va, 2);
    return b[0]! | (b[1]! << 8);
  }

  /** Little-endian, unsigned */
  u32(va: number): number {
    const word = this.target.word?.(va);
    if (word !== undefined) return word;
    const b = this.all(va, 4);
    return (b[0]! | (b[1]! << 8) | (b[2]! << 16) | (b[3]! << 24)) >>> 0;
  }

  /** A word, unsigned; undefined where it is not all mapped. @throws RangeError if that is no address */
  wordAt(va: number): number | undefined {
    const word = this.target.word?.(va);
    if (word !== undefined) return word;
    if (this.target.read(va, 4).length >= 4) return this.u32(va);
    checkAddress('wordAt', 'va', va);
    return undefined;
  }

  /** Little-endian, signed */
  i32(va: number): number {
    return this.u32(va) | 0;
  }

  /**
   * The bytes, all of them or BadAddress.
   * @throws RangeError if that is no address, or no length
   */
  bytes(va: number, length: number): Uint8Array {
    checkAddress('bytes', 'va', va);
    checkNeeds('bytes', { length }, { length: NEED.length });
    return this.all(va, length);
  }

  private all(va: number, length: number): Uint8Array {
    const b = this.target.read(va, length);
    if (b.length >= length) return b;
    // Looked at only here: what is no number has no memory.
    checkAddress('memory', 'va', va);
    throw new BadAddress(va + b.length);
  }

  /** A NUL-terminated string of at most `limit` bytes. @throws RangeError as bytes() does */
  string(va: number, limit = 256): string {
    checkAddress('string', 'va', va);
    checkNeeds('string', { limit }, { limit: NEED.length });
    const bytes = this.target.read(va, limit);
    const end = bytes.indexOf(0);
    if (end < 0 && bytes.length < limit) throw new BadAddress(va + bytes.length);
    return latin1Text(end < 0 ? bytes : bytes.subarray(0, end));
  }

  /**
   * Value of a scalar or pointer field; for structs in place and arrays, their address. A path goes through
   * structs in place and through pointers: `field('proc', p, 'p_vmspace.vm_refcnt')`.
   * @throws RangeError if the base is no address
   */
  field(struct: string, base: number, path: string): number {
    const { symbols } = this;
    if (!Number.isSafeInteger(base)) checkAddress('field', 'base', base);
    const known = symbols.struct(struct).fields[path];
    if (known !== undefined) return this.valueAt((base + known.offset) >>> 0, symbols.type(known.type));
    checkNeeds('field', { path }, { path: NEED.text });
    let at = base >>> 0;
    let inside: string | undefined = struct;
    let value = at;
    for (const name of path.split('.')) {
      if (inside === undefined) throw new Error(`${path} of struct ${struct}: no struct before ${name}`);
      const info = symbols.struct(inside).fields[name];
      if (info === undefined) throw new Error(`struct ${inside} has no field ${name}`);
      at = (value + info.offset) >>> 0;
      const type = symbols.type(info.type);
      value = this.valueAt(at, type);
      inside = symbols.structBehind(type);
    }
    return value;
  }

  /** Address of a field. @throws RangeError if the base is none */
  address(struct: string, base: number, field: string): number {
    if (!Number.isSafeInteger(base)) checkAddress('address', 'base', base);
    return (base + this.symbols.offset(struct, field)) >>> 0;
  }

  /** Value of a one-word global variable. */
  global(name: string): number {
    return this.u32(this.symbols.address(name));
  }

  /**
   * The value of a type at an address: numbers with their sign, pointers unsigned; of a struct or an array,
   * the address.
   * @throws RangeError if that is no address, or no type
   */
  value(at: number, type: ImageType): number {
    checkAddress('value', 'at', at);
    if (typeof (type as ImageType | undefined)?.kind !== 'string')
      throw new RangeError(
        `value: type ${shown(type)}: accepted: a type of the image, as SymbolTable.type()`,
      );
    return this.valueAt(at, type);
  }

  private valueAt(at: number, type: ImageType): number {
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

/** Of a caller whose language does not check it. */
function checkAddress(who: string, name: string, value: unknown): void {
  if (Number.isSafeInteger(value)) return;
  throw new RangeError(`${who}: ${name} ${shown(value)}: accepted: an address, a whole number`);
}
