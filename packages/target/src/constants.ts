import type { SymbolTable } from './symbols.js';

/** Whatever knows the kernel's symbols: a target, its memory, a system. */
interface HasSymbols {
  readonly symbols: SymbolTable;
}

/** Constants of the kernel's source by BSD's names, as the image has them. */
export type Constants<N extends string> = Readonly<Record<N, number>>;

/**
 * What all readers of kernel memory in this program ask for, so that a name that the kernel has not is found
 * at the start.
 */
const wanted = new Set<string>();

/**
 * Declares the constants that a reader of kernel memory needs: `const K = kernelConstants('SZOMB',
 * 'PS_INMEM')`, at the top of a module.
 * @returns gives their values in the kernel that is looked at: `K(memory).SZOMB`
 */
export function kernelConstants<N extends string>(...names: readonly N[]): (of: HasSymbols) => Constants<N> {
  return kernelFlags('', ...names);
}

/**
 * The same for constants that share a prefix: `kernelFlags('P_', 'KTHREAD', 'SYSTEM')` are P_KTHREAD and
 * P_SYSTEM.
 * @returns gives their values by the names without the prefix, in the order of the declaration
 */
export function kernelFlags<N extends string>(
  prefix: string,
  ...names: readonly N[]
): (of: HasSymbols) => Constants<N> {
  for (const name of names) wanted.add(prefix + name);
  const known = new WeakMap<SymbolTable, Constants<N>>();
  return ({ symbols }) => {
    let values = known.get(symbols);
    if (values === undefined) {
      const pairs = names.map((name) => [name, symbols.constant(prefix + name)]);
      values = Object.fromEntries(pairs) as Constants<N>;
      known.set(symbols, values);
    }
    return values;
  };
}

/**
 * @throws Error that names the constants which some reader in this program wants and the kernel does not have
 */
export function checkConstants(symbols: SymbolTable): void {
  const missing = [...wanted].filter((name) => !symbols.hasConstant(name));
  if (missing.length > 0) throw new Error(`the kernel has no constant ${missing.join(', ')}`);
}
