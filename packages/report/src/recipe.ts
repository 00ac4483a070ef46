import { cutLine, joinLines, type Line, spanOf } from './line.js';
import { isSymbol, skipBlanks } from './scan.js';
import type { DumpState, RecipeCommand } from './types.js';

/** Words that a reporter puts before the command that brings the panic on. */
const LEAD =
  /\b(?:duplicate|reproduce|reproduced|repeat|recipe|trigger|triggered|provoke|recreate|how-to-repeat|reproducer|reproducing|reproduction|test ?case|steps|try|run|running|ran|type|typing|execute|doing|issue|compile|compiled)\b/i;

/**
 * What a sentence says that brings the panic on, where the command stands on a line of its own behind a
 * prompt: `I can make it panic every time with`, `it crashes when I do`.
 */
const BRINGS =
  /\b(?:panic(?:s|ked|king)?|crash(?:es|ed|ing)?|dies|hangs?)\b[^.!?]{0,60}\b(?:with|by|when|whenever|if|as follows|like this)\b[^.!?]{0,40}:?\s*$/i;

/** The same in the shortest: `This crashes the machine:`, `It is reproducible with the following:`. */
const BRINGS_THIS =
  /\b(?:this|that|the following|it)\b[^.!?]{0,30}\b(?:panic|crash|hang|kill)(?:s|es)\b[^.!?]{0,40}:\s*$|\b(?:reproducible|repeatable|(?:easily|readily|reliably|always) (?:repeated|reproduced|triggered))\b[^.!?]{0,60}:\s*$/i;

/** What is said not to bring it on. */
const NOT_SO = /\b(?:not|never|cannot|no longer|unable|without)\b|n't\b/i;

/** A sentence that goes on behind a colon. */
const COLON = /^([^:]{5,100}:)\s+(?=\S)/;

/** Does the sentence at the end of a line say that what stands below it brings the panic on? */
function bringsIt(text: string): boolean {
  const brings = BRINGS.exec(text) ?? BRINGS_THIS.exec(text);
  if (brings === null) return false;
  const from = Math.max(...['. ', '! ', '? '].map((end) => text.lastIndexOf(end, brings.index)));
  return !NOT_SO.test(text.slice(from + 1));
}

/** What stands between a denial and the word that it denies: `not been able to`, `not reproducible by`. */
const DENIED =
  /(?:\b(?:not|never|cannot|unable|failed|no longer)|n't)(?: (?:been|be|able|to|yet|ever|even|easily|reliably|always|reproducible|repeatable|by|with|when))*\s*$/i;

/** What is said behind a command of it: `does not panic`, `didn't crash it`. */
const DENIED_BEHIND =
  /^["'`]?\s*(?:as root |here |alone |by itself )?(?:do|does|did|will|would|has|have)(?: not|n't| never)\b/i;

/** The first word of a line that a command may stand behind, and that is not denied. */
function leadIn(text: string): RegExpExecArray | null {
  for (let from = 0; ; ) {
    const lead = LEAD.exec(text.slice(from));
    if (lead === null) return null;
    lead.index += from;
    if (!DENIED.test(text.slice(0, lead.index))) return lead;
    from = lead.index + lead[0].length;
  }
}

/** Commands that are taken for one where they stand after such a word without quotes. */
const KNOWN =
  /(?:^|[\s"'`:])((?:\.?\/(?!\/)[\w./-]+|dd|cp|mv|rm|cat|tar|make|find|ls|sh|mount|umount|mdconfig|mkfs|newfs|fsck|fsx|stress|stress2|ifconfig|kldload|kldunload|sysctl|ping|route|nmap|swapon|swapoff|gcc|cc|postmark|bonnie|dbench|truss|ktrace|gdb|swapinfo|camcontrol|gmirror|zpool|zfs|ipfw|pfctl|jail|ngctl|mkdir|touch|tail|perl|python|tcpdump|iperf)(?:\s+[^\s"'`,;.]\S*)+)/;

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

/** Quoted in any of the ways in which people quote commands; an apostrophe is no quote. */
const QUOTED = /"([^"]{3,200})"|`([^`']{3,200})[`']|(?<![\w'])'([^']{3,200})'(?![\w'])/;
/** What a shell takes: a program by name or path, then words. */
const COMMAND = /^(?:[\w.~]?[./][\w./-]+|[a-z][\w.+-]{0,30})(?: \S.*)?$/;
/** Commands of debuggers, and of people who look at a crash: no way to a panic. */
const NO_RECIPE =
  /^(?:show|help|info|list|print|x|bt|where|trace|apropos|frame|up|down|thread|set|call|continue|step|next|quit|ps|mach|examine|break|disassemble|ptype|source|symbol-file|add-symbol-file|file|target|type|k?gdb\S*|lldb|uname|dmesg|crashinfo|savecore|less|more|vi|vim|ed|grep|egrep|top|nm|objdump|addr2line|strings|ident|svn|git|cvs|pkg|pkg_info|pciconf|usbdevs|devinfo|reboot|shutdown|halt|exit|man|which|whereis|tail -f|ls|cd|pwd|date|id|who|w|history)\b/i;
/** What gdb prints when it starts. */
const BANNER =
  /^(?:GNU gdb|Copyright|GDB is free|welcome to change|Type "|There is (?:absolutely )?no warranty|This GDB was|For help, type|For bug reporting|Find the GDB|License GPL|This is free software|RUN AT LEAST|IF RUNNING SMP|Reading symbols|Loaded symbols|<http)/i;

/**
 * What a bare command in a sentence must have to be told from prose: an option, a path, a number, a known
 * target.
 */
const PLAUSIBLE =
  /\s\S*[-/=|&>\d]|\s\S+\.\w|^make (?:build|install|world|universe|release|kernel|index|clean)|^kld(?:un)?load \w+$/;

/** What comes after such a word in a sentence was done at another time, or is not to be done. */
const ASIDE = /\b(?:whose|which|after|before|since|instead of|rather than|unlike|without|not)\b/i;

/** `mount an NFS server, ...`: what a person does, in words. */
const SPOKEN = /^\S+ (?:an?|the|my|your|its|this|that|some|any|all|it|them|again)\b/i;

/** The command in a piece of prose, quoted or bare, and where it stands in it. */
function commandIn(text: string, from: number): { text: string; at: number } | null {
  const rest = text.slice(from);
  const quoted = QUOTED.exec(rest);
  const bare = KNOWN.exec(rest);
  if (quoted !== null && ASIDE.test(rest.slice(0, quoted.index))) {
    const end = quoted.index + quoted[0].length;
    // What is quoted there is an aside however it is read; what stands before it is none.
    if (bare === null || bare.index + bare[0].length > quoted.index) return commandIn(text, from + end);
    return bareCommand(bare, from);
  }
  if (quoted !== null) {
    const inner = (quoted[1] ?? quoted[2] ?? quoted[3])!;
    const known = KNOWN.test(` ${inner}`) || /^\.?\//.test(inner);
    if (COMMAND.test(inner) && (known || inner.includes(' ')) && !NO_RECIPE.test(inner)) {
      if (bare === null || quoted.index <= bare.index) return { text: inner, at: from + quoted.index + 1 };
    }
  }
  return bareCommand(bare, from);
}

/** A known command without quotes, up to where the prose goes on. */
function bareCommand(bare: RegExpExecArray | null, from: number): { text: string; at: number } | null {
  if (bare === null || NO_RECIPE.test(bare[1]!)) return null;
  let found = bare[1]!;
  // Prose goes on after the command: two blanks, or a word that introduces a clause.
  const stop =
    /\s{2,}| \(|:? (?:where|with|so that|and|until|while|which|then|does|did|do|will|would|panics|crashes|hangs|kills|causes|brings|on|as|for|to|from|in) /.exec(
      found.slice(2),
    );
  if (stop !== null) found = found.slice(0, stop.index + 2);
  found = found.trim();
  // `mount the image below`, `make traffic`: sentences that begin like a command.
  if (!PLAUSIBLE.test(found) || SPOKEN.test(found) || !found.includes(' ')) return null;
  const at = bare.index + bare[0].indexOf(bare[1]!);
  const beside = BESIDE.exec(bare.input.slice(0, at))?.[1] ?? '';
  return { text: `${beside}${found}`, at: from + at - beside.length };
}

/** Programs of the simulated machine that make a load, with a number: the names alone are words of prose. */
const LOADS = '(?:memcheck|hog|pool|churn|sleepers|stress|threads|torment|respawn)(?: [a-z]+)? \\d\\w*\\b';
const OWN = new RegExp(`^${LOADS}`);
/** Such a one, or several, put into the background before the command that follows. */
const BESIDE = new RegExp(`(?:^|[\\s"'\`:])((?:${LOADS}(?: \\d\\w*)* & ?)+)$`);

/** Lines that one sentence can stretch over. */
const SENTENCE_LINES = 4;
/** A line end lies between two lines of one paragraph, and nothing else. */
const LINE_END = 2;

/** A paragraph from the line at `i` on. */
function paragraph(lines: readonly Line[], i: number): Line {
  let out = lines[i]!;
  for (let n = 1; n < SENTENCE_LINES && i + n < lines.length; n++) {
    const next = lines[i + n]!;
    if (next.afterBlank || next.from - out.end > LINE_END || next.from < out.from) break;
    // What a shell was told, and what it answered, is no sentence.
    if (PROMPT.test(next.text)) break;
    // A heading of a tracker's form, a row of a table.
    if (/^(?:#{1,6} |[-*] |\||[A-Z][\w-]{1,20}:(?: |$))/.test(next.text)) break;
    out = joinLines(out, next, ' ');
  }
  return out;
}

/** The paragraph up to the end of the sentence that the word at `from` stands in. */
function sentence(whole: Line, from: number): Line {
  const end = /[.!?](?= |$)/.exec(whole.text.slice(from));
  if (end === null) return whole;
  return cutLine(whole, from + end.index + 1);
}

/** The heading of the section that tells how to get there, and headings that end it. */
const SECTION =
  /^>?\s*(?:#{1,6} )?(?:\*\*)?(?:(?:describe )?how[- ]?to[- ]?(?:repeat|reproduce)|(?:steps )?to reproduce|reproduc(?:er|tion|ing)|recipe|test ?case)\b[^:]{0,40}:?(?:\*\*)?\s*$/i;
const SECTION_INLINE =
  /^>?\s*(?:how[- ]?to[- ]?(?:repeat|reproduce)|(?:steps )?to reproduce|recipe)\b[^:]{0,40}:\s*(?=\S)/i;
const HEADING =
  /^(?:>?\s*(?:fix|audit|description|environment|category|synopsis|expected|actual|workaround|notes?|kgdb|backtrace)\b[^:]{0,30}:|#{1,6} (?!.*repro))/i;
/** What people write where they know of no way to the panic. */
const NO_WAY =
  /^(?:unknown|not known|none|n\/a|no idea|unsure|not sure|(?:i )?(?:do not|don't) know|unclear|(?:i )?(?:can ?not|can't|could not|couldn't)|\?+|-+)(?=[\s.,;!?]|$)/i;
/** A prompt of a shell before a command. */
const PROMPT =
  /^(?:[#$%]|[\w.@~-]{1,30}[#$%]|[\w.-]{1,20}@[\w.-]{1,40}:\S{1,40} ?[#$%]|\d{1,2}[.)]) +(?=[a-z./])/;
/** Lines after a word such as `reproduce` in which a prompt still belongs to it. */
const LEAD_REACH = 8;

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
  let section = false;
  let begun = false;
  let led = -LEAD_REACH - 1;
  /** The line that stands behind a sentence which says that it brings the panic on */
  let told = -1;
  for (let i = 0; i < prose.length && out.length < 20; i++) {
    const line = prose[i]!;
    const { text } = line;
    const lead = leadIn(text);
    if (lead !== null) {
      if (BANNER.test(text)) continue;
      const inline = SECTION_INLINE.exec(text);
      begun = inline === null && SECTION.test(text);
      if (inline !== null && NO_WAY.test(text.slice(inline[0].length))) {
        led = i - LEAD_REACH - 1;
        section = false;
        continue;
      }
      if (inline !== null || begun) section = true;
    } else if (begun) {
      begun = false;
      // The section says that there is no way known: what comes after it is something else.
      if (NO_WAY.test(text)) {
        led = i - LEAD_REACH - 1;
        section = false;
      }
    }
    if ((section || i - led <= LEAD_REACH) && HEADING.test(text)) {
      section = false;
      // A line with a hash may be a prompt and its command.
      if (lead === null && text.charCodeAt(0) !== 35) led = i - LEAD_REACH - 1;
    }
    const reached = section || i - led <= LEAD_REACH || lead !== null;
    const named = told === i && line.indent > prose[i - 1]!.indent;
    const prompted = reached || named ? promptedCommand(text, section || named) : null;
    if ((lead !== null && prompted === null) || bringsIt(text)) led = i;
    // A command of its own paragraph stands at once behind the sentence that names it.
    if (bringsIt(text)) told = i + 1;
    if (prompted !== null) {
      const script = section || named ? inBackground(prose, i, prompted) : undefined;
      add(script?.found ?? prompted, script?.whole ?? line);
      if (script !== undefined) i = script.last;
      if (section) i = blockCommands(prose, i, add);
      continue;
    }
    const colon = COLON.exec(text);
    if (colon !== null && bringsIt(colon[1]!))
      sentenceCommands(sentence(paragraph(prose, i), colon[0].length), colon[0].length, add);
    else if (lead !== null) sentenceCommands(sentence(paragraph(prose, i), lead.index), lead.index, add);
  }
  // A sentence may give the last of what a line gives in full.
  return out.filter((each) => !out.some((other) => other !== each && other.text.endsWith(` ${each.text}`)));
}

/** Words of the shell that begin a line of a script. */
const SHELL = /^(?:for|while|until|if|do|done|then|fi|\(|\{|\})(?=[\s(;&]|$)/;

/**
 * A command that goes on in the background is of no use without the one on the next line.
 * @returns the two (or more) as one, and the last line
 */
function inBackground(
  prose: readonly Line[],
  from: number,
  command: { text: string; at: number },
): { found: { text: string; at: number }; whole: Line; last: number } {
  let whole = prose[from]!;
  let last = from;
  let { text } = command;
  while (/&$/.test(text) && last + 1 < prose.length) {
    const next = prose[last + 1]!;
    if (next.afterBlank || next.indent !== whole.indent || PROMPT.test(next.text)) break;
    if (next.from - whole.end > LINE_END || !COMMAND.test(next.text.trim())) break;
    whole = joinLines(whole, next, ' ');
    text = whole.text.slice(command.at).trim();
    last++;
  }
  return { found: { text, at: command.at }, whole, last };
}

/**
 * The lines that follow a command at once and as far to the right are of the same script. The last of them.
 */
function blockCommands(
  prose: readonly Line[],
  from: number,
  add: (found: { text: string; at: number }, whole: Line) => void,
): number {
  let i = from;
  while (i + 1 < prose.length) {
    const [line, next] = [prose[i]!, prose[i + 1]!];
    if (next.afterBlank || next.from - line.end > LINE_END || next.indent !== line.indent) break;
    const command = next.text.trim();
    const first = command.replace(/^(?:[#$%] )?/, '');
    if (!SHELL.test(first) && (NO_COMMAND.test(first) || !COMMAND.test(first))) break;
    if (!SHELL.test(first) && !/[-/=|&>]/.test(first) && !KNOWN.test(` ${first}`)) break;
    add({ text: first, at: next.text.length - first.length }, next);
    i++;
  }
  return i;
}

/** Debuggers and what only looks: of a script, the rest belongs to it (`cd`, `ls`, `date`). */
const NO_COMMAND = /^(?:k?gdb\S*|lldb|show|bt|trace|crashinfo|savecore|dmesg|uname)\b/i;

/** Commands by which people show what a system is like: after a prompt, no way to a panic. */
const LOOKS =
  /^(?:sudo |doas )?(?:zfs (?:get|list|version|holds|diff|userspace|--version)|zpool (?:status|list|get|history|iostat|version|events|--version)|sysctl (?!.*[=])|pkg\b|kldstat|freebsd-version|gpart (?:show|list)|camcontrol (?:devlist|identify|inquiry)|geom \w+ (?:list|status)|g\w+ (?:list|status)|mount(?: -[pv])?$|df\b|du\b|vmstat|netstat|sockstat|procstat|fstat|swapinfo|ifconfig(?: -?\w+)?$|pfctl -s|ipfw (?:show|list)|route (?:get|-n get|show)|cat (?!\/dev\/)[^|<>]*$|(?:tail|head|sort|diff|wc|find|gdb) )/;

/**
 * `# dd if=/dev/zero of=/dev/null` where somebody says to run it; in a How-To-Repeat section, a line of its
 * own.
 */
function promptedCommand(text: string, section: boolean): { text: string; at: number } | null {
  const prompt = PROMPT.exec(text);
  if (prompt === null && !section) return null;
  const at = prompt === null ? 0 : prompt[0].length;
  const command = text.slice(at).trim();
  // Where it is to be run stands before it: `cd /usr/src/tools; ./all.sh`.
  const run = command.replace(/^cd \S+ ?(?:;|&&) ?/, '');
  if (NO_RECIPE.test(run) || LOOKS.test(run) || !COMMAND.test(run)) return null;
  const known = KNOWN.exec(` ${run}`);
  const begins = known !== null && known.index <= 1;
  if (!begins && !isOwn(run) && !/^\.{0,2}\/[\w./-]+$/.test(run)) return null;
  // Without a prompt, a sentence can begin like a command: `find the box dead`.
  if (prompt === null && !isOwn(run) && !/[-/=|&>]/.test(run)) return null;
  // The kernel's words stand on what the console had of the command: `/sbin/mount -uKernel FPU trap.`
  if (/[a-z\d][A-Z][a-z]+ .*\.$/.test(run)) return null;
  return { text: command, at };
}

/** Does it begin with a program of the machine's own, alone or with others beside it? */
const isOwn = (run: string): boolean => OWN.test(run) && !/^\S+(?: \w+)? \d\w* [a-z]{2,} /.test(run);

function sentenceCommands(
  whole: Line,
  from: number,
  add: (found: { text: string; at: number }, whole: Line) => void,
): void {
  const found = commandIn(whole.text, from);
  if (found === null || DENIED_BEHIND.test(whole.text.slice(found.at + found.text.length))) return;
  add(found, whole);
  // Further commands in the same sentence: `... or "..."`.
  for (let last = found, n = 0; n < 4; n++) {
    const end = last.at + last.text.length;
    const more = commandIn(whole.text, end + 1);
    if (more === null || !/^["`']?,? *(?:or|and|then|;|,) *["`']?$/.test(whole.text.slice(end, more.at)))
      return;
    add(more, whole);
    last = more;
  }
}

/**
 * A dump that hung or failed, as a reporter says it (`atadump() locked up`), where the console says nothing
 * of one.
 */
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
