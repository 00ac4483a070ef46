import { checkNeeds, NEED } from './needs.js';
import type { ImageStruct, ImageSymbol, ImageType, KernelImage, SiteRow } from '@trap12/kcc/image.js';

/** Kinds of rows of the listing whose instruction accesses memory, by an operand of its own. */
const ACCESSES = ['load', 'store', 'rmw'];
const OTHER_PLACES = /^(repz?|i?divl|int\s+\$0x80)\b/;

/** One row of the text listing, unpacked. */
export interface Site {
  address: number;
  function: ImageSymbol;
  file: string;
  line: number;
  column: number;
  kind: string;
  length: number;
  /** Displacement of the memory operand */
  disp: number;
  width: number;
  instruction: string;
  lvalue: string;
  struct: string;
  field: string;
}

/** So many answers are kept: more than a kernel has calls. */
const ASKED_MAX = 1 << 16;
/** No file has more lines. */
const LINES_MAX = 2 ** 20;

/**
 * Look-ups in the kernel's image: symbols by name and address, sites by address, struct layouts, types,
 * constants. Addresses are unsigned.
 */
export class SymbolTable {
  private readonly byName = new Map<string, ImageSymbol>();
  private readonly sorted: ImageSymbol[];
  /** Answers of nearest(): walks of stacks ask for the same return addresses again and again */
  private readonly asked = new Map<number, ReturnType<SymbolTable['nearest']>>();

  /** Answers of callBefore() */
  private readonly calls = new Map<number, Site | undefined>();

  /** @throws RangeError if that is no image */
  constructor(readonly image: KernelImage) {
    checkNeeds('SymbolTable', { image }, { image: NEED.image });
    this.sorted = [...image.symbols].sort((a, b) => (a.address >>> 0) - (b.address >>> 0));
    for (const symbol of image.symbols) this.byName.set(symbol.name, symbol);
  }

  /** Is there a function or variable of that name? */
  has(name: string): boolean {
    return this.byName.has(name);
  }

  /** @throws Error if there is none */
  symbol(name: string): ImageSymbol {
    const symbol = this.byName.get(name);
    if (symbol === undefined) throw new Error(`no kernel symbol ${name}`);
    return symbol;
  }

  /** Is it in the text of a function between whose accesses nothing comes in (`@indivisible`)? */
  isIndivisible({ file, line }: Site): boolean {
    return this.image.indivisible.some(
      ([name, first, last]) => name === file && first <= line && line <= last,
    );
  }

  /** Address of a symbol, unsigned. */
  address(name: string): number {
    return this.symbol(name).address >>> 0;
  }

  /** The symbol that an address lies in, with the offset, or undefined. */
  nearest(address: number): { readonly symbol: ImageSymbol; readonly offset: number } | undefined {
    const at = address >>> 0;
    const known = this.asked.get(at);
    if (known !== undefined || this.asked.has(at)) return known;
    if (this.asked.size >= ASKED_MAX) this.asked.clear();
    const found = this.seek(at);
    this.asked.set(at, found);
    return found;
  }

  private seek(at: number): ReturnType<SymbolTable['nearest']> {
    let lo = 0;
    let hi = this.sorted.length;
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if (this.sorted[mid]!.address >>> 0 <= at) lo = mid + 1;
      else hi = mid;
    }
    const symbol = this.sorted[lo - 1];
    if (symbol === undefined) return undefined;
    const offset = at - (symbol.address >>> 0);
    return offset < Math.max(symbol.size, 1) ? { symbol, offset } : undefined;
  }

  /** The listing's row at or before an address, within the same function. */
  site(address: number): Site | undefined {
    const row = this.siteRow(address);
    return row === undefined ? undefined : this.unpack(row);
  }

  /**
   * A number for the line of the source that an address comes from: that of another address of the line is
   * the same.
   */
  line(address: number): number | undefined {
    const row = this.siteRow(address);
    return row === undefined ? undefined : row[2] * LINES_MAX + row[3];
  }

  /** The call that returns to a text address; undefined where none does. */
  callBefore(returnAddress: number): Site | undefined {
    const at = returnAddress >>> 0;
    const known = this.calls.get(at);
    if (known !== undefined || this.calls.has(at)) return known;
    const site = this.site(at - 1);
    const call = site?.kind === 'call' && site.address + site.length === at ? site : undefined;
    if (this.calls.size >= ASKED_MAX) this.calls.clear();
    this.calls.set(at, call);
    return call;
  }

  /** `file:line` of the call that returns to a text address; undefined where the listing has none. */
  callPlace(returnAddress: number): string | undefined {
    const site = this.site(returnAddress - 1) ?? this.site(returnAddress);
    return site === undefined ? undefined : `${site.file}:${site.line}`;
  }

  /** Displacement of the memory operand of the instruction exactly at `address`, 0 if it is none. */
  displacement(address: number): number {
    const row = this.siteRow(address);
    return row !== undefined && row[0] >>> 0 === address >>> 0 ? row[7] : 0;
  }

  /**
   * Can a machine with the kernel in its checked form stand before the instruction at this text address?
   * Before what accesses memory, copies or divides, before a system call, and where a function begins; in the
   * kernel, where one with a fixed number of arguments does.
   */
  isPlace(address: number): boolean {
    const row = this.siteRow(address);
    if (row === undefined || row[0] >>> 0 !== address >>> 0) return false;
    const { image } = this;
    const symbol = image.symbols[row[1]]!;
    const kind = image.siteKinds[row[5]]!;
    if (ACCESSES.includes(kind)) return true;
    if (kind === 'prologue' && row[0] === symbol.address) {
      const type = this.type(symbol.type);
      return type.kind === 'function' && (!type.variadic || symbol.registers !== undefined);
    }
    return kind === 'other' && OTHER_PLACES.test(image.strings[row[9]]!);
  }

  /** The first of those places, by whoever knows them, at or behind an address in the same function. */
  placeBehind(address: number, isPlace = (at: number) => this.isPlace(at)): number | undefined {
    const near = this.nearest(address);
    const end = near === undefined ? 0 : (near.symbol.address >>> 0) + near.symbol.size;
    for (let at = address >>> 0; at < end; at++) if (isPlace(at)) return at;
    return undefined;
  }

  /** The layout of a struct. @throws Error if there is none */
  struct(name: string): ImageStruct {
    const struct = this.image.structs[name];
    if (struct === undefined) throw new Error(`no kernel struct ${name}`);
    return struct;
  }

  /** Offset of a field in bytes. */
  offset(struct: string, field: string): number {
    const f = this.struct(struct).fields[field];
    if (f === undefined) throw new Error(`struct ${struct} has no field ${field}`);
    return f.offset;
  }

  /** The type that a symbol, parameter, field or other type refers to. */
  type(index: number): ImageType {
    const type = this.image.types[index];
    if (type === undefined) throw new Error(`no type number ${index} in the kernel's image`);
    return type;
  }

  /** Is this the type of a pointer to struct `name`? */
  isPointerTo(index: number, name: string): boolean {
    const type = this.type(index);
    return type.kind === 'pointer' && this.isStruct(type.to, name);
  }

  /** Is this the type of a struct `name` in place? */
  isStruct(index: number, name: string): boolean {
    const type = this.type(index);
    return type.kind === 'struct' && type.name === name;
  }

  /** Name of the struct that a field of this type leads into: it lies in place, or the field points to it. */
  structBehind(type: ImageType): string | undefined {
    const reached = type.kind === 'pointer' ? this.type(type.to) : type;
    return reached.kind === 'struct' ? reached.name : undefined;
  }

  /** Has the kernel's source such a constant? */
  hasConstant(name: string): boolean {
    return Object.hasOwn(this.image.constants, name);
  }

  /** Value of a constant of the kernel's source. */
  constant(name: string): number {
    const value = this.hasConstant(name) ? this.image.constants[name] : undefined;
    if (value === undefined) throw new Error(`no kernel constant ${name}`);
    return value;
  }

  private siteRow(address: number): SiteRow | undefined {
    const rows = this.image.sites;
    const at = address >>> 0;
    let lo = 0;
    let hi = rows.length;
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if (rows[mid]![0] >>> 0 <= at) lo = mid + 1;
      else hi = mid;
    }
    const row = rows[lo - 1];
    return row !== undefined && at - (row[0] >>> 0) < Math.max(row[6], 1) ? row : undefined;
  }

  private unpack(row: SiteRow): Site {
    const { image } = this;
    return {
      address: row[0] >>> 0,
      function: image.symbols[row[1]]!,
      file: image.files[row[2]]!,
      line: row[3],
      column: row[4],
      kind: image.siteKinds[row[5]]!,
      length: row[6],
      disp: row[7],
      width: row[8],
      instruction: image.strings[row[9]]!,
      lvalue: image.strings[row[10]]!,
      struct: image.strings[row[11]]!,
      field: image.strings[row[12]]!,
    };
  }
}
