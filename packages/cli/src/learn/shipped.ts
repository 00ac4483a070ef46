import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * A file that comes with the command, by its path from the packages' folder or from the package: modules lie
 * in src/learn, dist/learn or, bundled, in dist/quick. Undefined if it does not come with it.
 */
export function shipped(...paths: string[]): string | undefined {
  return paths
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((place) => existsSync(place));
}

/**
 * `examples/FILE`, where there is none, is the one that comes with the command: at the root of the house, or
 * of the package that holds it.
 */
export function examplePath(word: string): string {
  if (!word.startsWith('examples/') || existsSync(word)) return word;
  return shipped(`../../../../${word}`, `../../../../../${word}`) ?? word;
}
