import { isSymbol, skipBlanks } from './scan.js';
import type { RecipeCommand } from './types.js';

const MIB = 1024 * 1024;
const UNITS: Record<string, number> = {
  k: 1024,
  kb: 1024,
  m: MIB,
  mb: MIB,
  g: 1024 * MIB,
  gb: 1024 * MIB,
  b: 1,
};
for (const [unit, bytes] of Object.entries({
  kib: 1024,
  mib: MIB,
  gib: 1024 * MIB,
  bytes: 1,
  megabytes: MIB,
  megs: MIB,
}))
  UNITS[unit] = bytes;

/** How a text calls the size of memory. */
const RAM =
  '(?:the |your |total |physical |amount of |size of |available )*(?:memory size|memory|ram size|ram|physmem|hw\\.physmem)';

/** Where the command's variable gets its value: `where N is about 12MB less than the memory size`. */
const WHERE = [
  new RegExp(
    `(about |roughly |approximately |around |~ ?)?(\\d{1,9}) ?([kmg]i?b?|bytes|megs|megabytes)? (less|smaller|fewer|more|larger|bigger|greater) than ${RAM}`,
    'i',
  ),
  new RegExp(
    `(about |roughly |approximately |around |~ ?)?(?:${RAM}) ?(-|\\+|minus|plus|less) ?(?:about |~ ?)?(\\d{1,9}) ?([kmg]i?b?|bytes|megs|megabytes)?`,
    'i',
  ),
] as const;
const FACTOR = new RegExp(
  `(about |roughly |approximately |around )?(half|twice|double|\\d{1,2} times|a quarter of|the size of) (?:of )?${RAM}`,
  'i',
);
const FIXED = /^(about |roughly |approximately |around )?(\d{1,9}) ?([kmg]i?b?|bytes|megs|megabytes)?\b/i;

type Size = NonNullable<RecipeCommand['size']>;

function bytes(count: string, unit: string | undefined): number {
  return Number(count) * (UNITS[(unit ?? 'b').toLowerCase()] ?? 1);
}

/** Reads the value that follows `where N is`, `N is`, `N =`. */
export function sizeOf(variable: string, text: string): Size | undefined {
  for (let at = text.indexOf(variable); at >= 0; at = text.indexOf(variable, at + 1)) {
    if (at > 0 && isSymbol(text.charCodeAt(at - 1))) continue;
    const word = EQUALS.find((each) => text.startsWith(each, at + variable.length));
    if (word === undefined) continue;
    const from = skipBlanks(text, at + variable.length + word.length);
    const size = readSize(variable, text.slice(from, from + 120));
    if (size !== undefined) return size;
  }
  return undefined;
}

/** What stands between a variable and its value. */
const EQUALS = [' is ', ' = ', '=', ' equals ', ' being '];

function readSize(variable: string, value: string): Size | undefined {
  const less = WHERE[0].exec(value);
  if (less !== null && less.index < 3) {
    const sign = /^(?:less|smaller|fewer)$/i.test(less[4]!) ? -1 : 1;
    return {
      variable,
      relativeToRam: true,
      deltaBytes: sign * bytes(less[2]!, less[3]),
      ramFactor: 1,
      approximate: less[1] !== undefined,
    };
  }
  const minus = WHERE[1].exec(value);
  if (minus !== null && minus.index < 3) {
    const sign = minus[2] === '+' || minus[2]!.toLowerCase() === 'plus' ? 1 : -1;
    const approximate = minus[1] !== undefined || /about|~/.test(minus[0]);
    return {
      variable,
      relativeToRam: true,
      deltaBytes: sign * bytes(minus[3]!, minus[4]),
      ramFactor: 1,
      approximate,
    };
  }
  const factor = FACTOR.exec(value);
  if (factor !== null && factor.index < 3) {
    const word = factor[2]!.toLowerCase();
    const ramFactor =
      word === 'half'
        ? 0.5
        : word === 'a quarter of'
          ? 0.25
          : word === 'the size of'
            ? 1
            : /^\d/.test(word)
              ? Number.parseInt(word, 10)
              : 2;
    return { variable, relativeToRam: true, deltaBytes: 0, ramFactor, approximate: factor[1] !== undefined };
  }
  const fixed = FIXED.exec(value);
  if (fixed !== null)
    return {
      variable,
      relativeToRam: false,
      deltaBytes: bytes(fixed[2]!, fixed[3]),
      ramFactor: 0,
      approximate: fixed[1] !== undefined,
    };
  return undefined;
}
