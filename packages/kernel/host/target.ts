import type { SymbolTable } from './symbols.js';
import type { System } from './system.js';

/** An access to an address that is not mapped. */
export class BadAddress extends Error {
  constructor(readonly address: number) {
    super(`address 0x${(address >>> 0).toString(16)} is not mapped`);
  }
}

/**
 * A stopped machine, or the dump of one: memory by kernel virtual address, and the facts of the kernel's build. Everything that a
 * debugger shows comes from here.
 */
export interface Target {
  readonly symbols: SymbolTable;
  /** Bytes of memory, fewer than asked for where the mapping ends; none if `va` is not mapped. */
  read(va: number, length: number): Uint8Array;
  write(va: number, bytes: Uint8Array): void;
  /** Physical memory, for the walks of page tables */
  readPhysical(pa: number, length: number): Uint8Array;
  /** Page directory of the CPU that stopped */
  readonly cr3: number;
  readonly ramBytes: number;
}

/** A machine in this process. */
export class SystemTarget implements Target {
  readonly symbols: SymbolTable;
  constructor(readonly system: System) {
    this.symbols = system.symbols;
  }

  get cr3(): number {
    return this.system.machine.mmu.cr3;
  }

  get ramBytes(): number {
    return this.system.machine.ram.bytes;
  }

  read(va: number, length: number): Uint8Array {
    const out = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const at = (va + done) >>> 0;
      const pa = this.system.physical(at);
      if (pa < 0) break;
      const n = Math.min(length - done, 4096 - (at & 4095));
      out.set(this.system.machine.ram.u8.subarray(pa, pa + n), done);
      done += n;
    }
    return out.subarray(0, done);
  }

  write(va: number, bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) {
      const pa = this.system.physical((va + i) >>> 0);
      if (pa < 0) throw new BadAddress(va + i);
      this.system.machine.ram.u8[pa] = bytes[i]!;
    }
  }

  readPhysical(pa: number, length: number): Uint8Array {
    return this.system.machine.ram.u8.slice(pa, pa + length);
  }
}

/** Typed reads of a target: words, strings, struct fields by name. */
export class Memory {
  constructor(readonly target: Target) {}

  u8(va: number): number {
    return this.bytes(va, 1)[0]!;
  }

  u16(va: number): number {
    const b = this.bytes(va, 2);
    return b[0]! | (b[1]! << 8);
  }

  u32(va: number): number {
    const b = this.bytes(va, 4);
    return (b[0]! | (b[1]! << 8) | (b[2]! << 16) | (b[3]! << 24)) >>> 0;
  }

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
    let text = '';
    for (let i = 0; i < limit; i++) {
      const c = this.u8(va + i);
      if (c === 0) break;
      text += String.fromCharCode(c);
    }
    return text;
  }

  /** Value of a scalar or pointer field; for embedded structs and arrays, their address. */
  field(struct: string, base: number, path: string): number {
    const { symbols } = this.target;
    let at = base >>> 0;
    let current = struct;
    const names = path.split('.');
    for (const [i, name] of names.entries()) {
      const info = symbols.struct(current).fields[name];
      if (info === undefined) throw new Error(`struct ${current} has no field ${name}`);
      at = (at + info.offset) >>> 0;
      const embedded = /^embed<(\w+)/.exec(info.type);
      if (embedded !== null) current = embedded[1]!;
      else if (i === names.length - 1) return this.scalar(at, info.size, info.type);
      else {
        at = this.u32(at);
        current = info.type;
      }
    }
    return at;
  }

  /** Address of a field. */
  address(struct: string, base: number, field: string): number {
    return (base + this.target.symbols.offset(struct, field)) >>> 0;
  }

  /** Value of a one-word global variable. */
  global(name: string): number {
    return this.u32(this.target.symbols.address(name));
  }

  private scalar(at: number, size: number, type: string): number {
    if (type.startsWith('array<')) return at;
    switch (size) {
      case 1:
        return type === 'i8' ? (this.u8(at) << 24) >> 24 : this.u8(at);
      case 2:
        return type === 'i16' ? (this.u16(at) << 16) >> 16 : this.u16(at);
      case 8:
        return this.u32(at) + this.i32(at + 4) * 0x1_0000_0000;
      default:
        return SIGNED.has(type) ? this.i32(at) : this.u32(at);
    }
  }
}

const SIGNED = new Set(['int', 'i32', 'pid_t', 'daddr_t', 'swblk_t', 'register_t', 'segsz_t']);
