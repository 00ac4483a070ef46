import { joinLines, type Line, spanOf } from './line.js';
import { isSymbol, skipBlanks } from './scan.js';
import type { DumpState, RecipeCommand } from './types.js';

/** Words that a reporter puts before the command that brings the panic on. */
const LEAD =
  /\b(?:duplicate|reproduce|reproduced|repeat|recipe|trigger|triggered|provoke|recreate|how-to-repeat|try|run|running|ran|type|typing|execute|doing|issue)\b/i;

/** Commands that are taken for one where they stand after such a word without quotes. */
const KNOWN =
  /(?:^|[\s"'`:])((?:\.?\/[\w./-]+|dd|cp|mv|rm|cat|tar|make|find|ls|sh|mount|umount|mdconfig|mkfs|newfs|fsck|fsx|stress|stress2|ifconfig|kldload|kldunload|sysctl|ping|route|nmap|swapon|swapoff|gcc|cc|postmark|bonnie|dbench|truss|ktrace|gdb|swapinfo|camcontrol|gmirror|zpool|zfs|ipfw|pfctl|jail|ngctl|mkdir|touch|tail|perl|python|tcpdump|iperf)(?:\s+[^\s"'`,;.]\S*)+)/;

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
function sizeOf(variable: string, text: string): Size | undefined {
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

/** Splits a command at blanks; quotes hold words together. */
export function splitCommand(text: string): string[] {
  const out: string[] = [];
  let word = '';
  let quote = '';
  let open = false;
  for (const ch of text) {
    if (quote !== '') {
      if (ch === quote) quote = '';
      else word += ch;
    } else if (ch === '"' || ch === "'") {
      quote = ch;
      open = true;
    } else if (ch === ' ') {
      if (word !== '' || open) out.push(word);
      word = '';
      open = false;
    } else word += ch;
  }
  if (word !== '' || open) out.push(word);
  return out;
}

/** A variable of the command: a capital letter or word in the place of a number (`bs=N`). */
function variableOf(command: readonly string[]): string | undefined {
  for (const word of command) {
    const m = /(?:^|=)([A-Z][A-Z0-9]{0,7})$/.exec(word);
    if (m !== null) return m[1]!;
  }
  return undefined;
}

/** The command in a piece of prose, quoted or bare, and where it stands in it. */
function commandIn(text: string, from: number): { text: string; at: number } | null {
  const quoted = /["`]([^"`']{3,200})["`']/.exec(text.slice(from));
  const bare = KNOWN.exec(text.slice(from));
  if (quoted !== null && /^[\w./][\w./-]*(?: |$)/.test(quoted[1]!) && quoted[1]!.includes(' ')) {
    if (bare === null || quoted.index <= bare.index) return { text: quoted[1]!, at: from + quoted.index + 1 };
  }
  if (bare === null) return null;
  let found = bare[1]!;
  // Prose goes on after the command: two blanks, or a word that introduces a clause.
  const stop = /\s{2,}| (?:where|with|so that|and|until|while|which|then|on|as|for|to|from|in) /.exec(
    found.slice(2),
  );
  if (stop !== null) found = found.slice(0, stop.index + 2);
  found = found.trim();
  return found.includes(' ') ? { text: found, at: from + bare.index + bare[0].indexOf(bare[1]!) } : null;
}

/** A paragraph from the line at `i` on: what one sentence can stretch over. */
function paragraph(lines: readonly Line[], i: number): Line {
  let out = lines[i]!;
  for (let n = 1; n < 4 && i + n < lines.length; n++) {
    const next = lines[i + n]!;
    if (next.at - out.end > 120) break;
    out = joinLines(out, next, ' ');
  }
  return out;
}

/** Finds the commands that a text names as the way to its panic. */
export function findRecipe(prose: readonly Line[]): RecipeCommand[] {
  const out: RecipeCommand[] = [];
  const seen = new Set<string>();
  const add = (found: { text: string; at: number }, whole: Line) => {
    const command = splitCommand(found.text);
    const key = command.join(' ');
    if (command.length === 0 || seen.has(key)) return;
    seen.add(key);
    const recipe: RecipeCommand = {
      command,
      text: found.text,
      span: spanOf(whole, found.at, found.at + found.text.length),
    };
    const variable = variableOf(command);
    const size = variable === undefined ? undefined : sizeOf(variable, whole.text);
    if (size !== undefined) recipe.size = size;
    out.push(recipe);
  };
  for (let i = 0; i < prose.length && out.length < 20; i++) {
    const line = prose[i]!;
    const shell = /^(?:[#$%]|[\w.@~-]{1,30}[#$%]) +(?=[a-z./])/.exec(line.text);
    const lead = shell === null ? LEAD.exec(line.text) : null;
    if (shell === null && lead === null) continue;
    const whole = paragraph(prose, i);
    const found =
      shell !== null
        ? { text: line.text.slice(shell[0].length).trim(), at: shell[0].length }
        : commandIn(whole.text, lead!.index);
    if (found === null || (shell !== null && !KNOWN.test(` ${found.text}`))) continue;
    add(found, whole);
    // Further commands in the same sentence: `... or "..."`.
    for (let last = found, n = 0; lead !== null && n < 4; n++) {
      const end = last.at + last.text.length;
      const more = commandIn(whole.text, end + 1);
      if (more === null || !/^["`']?,? *(?:or|and|then|;|,) *["`]?$/.test(whole.text.slice(end, more.at)))
        break;
      add(more, whole);
      last = more;
    }
  }
  return out;
}

/** A dump that hung or failed, as a reporter says it (`atadump() locked up`), where the console says nothing of one. */
const DUMP_FAILED =
  /\b(?:dump(?:ing|s|ed)?|\w{1,12}dump(?:\(\))?)\b[^.]{0,80}\b(?:lock(?:s|ed) up|hangs?|hung|froze|fails?|failed|never worked)\b|\b(?:lock(?:s|ed) up|hangs?|hung|failed)\b[^.]{0,60}\bdump(?:ing)?\b/i;

/** What the prose says of the crash dump, if it says anything. */
export function findDumpNote(prose: readonly Line[]): DumpState | undefined {
  for (const line of prose) {
    if (!line.text.includes('ump')) continue;
    const m = DUMP_FAILED.exec(line.text);
    if (m !== null)
      return { state: 'failed', detail: m[0], span: spanOf(line, m.index, m.index + m[0].length) };
  }
  return undefined;
}
