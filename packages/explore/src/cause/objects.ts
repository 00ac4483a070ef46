import type { Site, SymbolTable } from '@trap12/target';

/** A struct of the kernel's in memory. */
export interface KernelObject {
  struct: string;
  /** Its address */
  base: number;
  size: number;
}

/** Which part of which object an instruction accesses. */
export interface Part {
  object: KernelObject;
  field: string;
}

/**
 * The object that an instruction accesses, as the image says; undefined: it is no field of a struct, or of
 * one that lies in several others. The head or a link of a list is the field that it is.
 */
export function partOf(
  symbols: SymbolTable,
  site: Pick<Site, 'struct' | 'field' | 'lvalue'>,
  address: number,
): Part | undefined {
  const { struct, field } = site;
  if (struct === '' || field === '') return undefined;
  if (!struct.includes('<'))
    return part(symbols, struct, field, (address >>> 0) - symbols.offset(struct, field));
  const inner = symbols.image.structs[struct]?.fields[field]?.offset ?? 0;
  const outer = site.lvalue.split('.').at(-2)?.replace(/\[.*$/, '') ?? '';
  const owners = Object.keys(symbols.image.structs).filter((name) => {
    const declared = symbols.image.structs[name]!.fields;
    return (
      Object.hasOwn(declared, outer) && symbols.structBehind(symbols.type(declared[outer]!.type)) === struct
    );
  });
  if (owners.length !== 1) return undefined;
  const owner = owners[0]!;
  return part(symbols, owner, outer, (address >>> 0) - inner - symbols.offset(owner, outer));
}

const part = (symbols: SymbolTable, struct: string, field: string, base: number): Part => ({
  object: { struct, base: base >>> 0, size: symbols.struct(struct).size },
  field,
});

export const isWithin = ({ base, size }: KernelObject, address: number): boolean =>
  address >>> 0 >= base && address >>> 0 < base + size;
