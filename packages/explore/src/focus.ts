import type { Kernel } from '@trap12/system';

/**
 * The functions around a change of the kernel's: those that it replaces, and those of the files that they
 * come from. Whoever is in one of them may meet what the change does.
 * @param image the kernel without the change
 */
export function focusOf({ image: original }: Kernel, replaced: readonly string[]): Set<string> {
  const names = new Set(replaced);
  const files = new Set(original.symbols.filter(({ name }) => names.has(name)).map(({ file }) => file));
  const near = original.symbols.filter(({ file, kind }) => kind === 'text' && files.has(file));
  return new Set([...names, ...near.map(({ name }) => name)]);
}
