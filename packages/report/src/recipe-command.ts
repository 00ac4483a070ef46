import { withoutNote } from './recipe-note.js';
import { PROGRAM_NAMES } from './recipe-programs.js';
import { isSetting, settingsBefore, settingsLength, withoutSettings } from './recipe-setting.js';
import { mayBePrompted, mayCommand } from './recipe-words.js';

/** Commands that are taken for one where they stand after such a word without quotes. */
export const KNOWN = new RegExp(
  String.raw`(?:^|[\s"'\`:])((?:\.?\/(?!\/)[\w./-]+|${PROGRAM_NAMES})(?:\s+(?:"[^"]{1,200}"|'[^']{1,200}'(?![\w'])|[^\s"'\`,;.]\S*|\.{1,2}\/[\w.]\S*|;(?=\s+\.{1,2}\/\w)))+)`,
);

/** Takes off what waits at a command's end for another one that is not there: `cc -o zorp zorp.c &&`. */
export const withoutDangling = (text: string): string => text.replace(/(?:\s*(?:&&|\|\|?|(?<!\\);))+$/, '');

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
export function variableOf(command: readonly string[]): string | undefined {
  for (const word of command) {
    const m = /(?:^|=)([A-Z][A-Z0-9]{0,7})$/.exec(word);
    if (m !== null) return m[1]!;
  }
  return undefined;
}

/** Quoted in any of the ways in which people quote commands; an apostrophe is no quote. */
const QUOTED = /"([^"]{3,200})"|`([^`']{3,200})[`']|(?<![\w'])'([^']{3,200})'(?![\w'])/;
/** What a shell takes: a program by name or path, then words. */
export const COMMAND = /^(?:[\w.~]?[./][\w./-]+|[a-z][\w.+-]{0,30})(?: \S.*)?$/;
/** Commands of debuggers, and of people who look at a crash: no way to a panic. */
const NO_RECIPE =
  /^(?:show|help|info|list|print|x|bt|where|trace|apropos|frame|up|down|thread|set|call|continue|step|next|quit|ps|mach|examine|break|disassemble|ptype|source|symbol-file|add-symbol-file|file|target|type|k?gdb\S*|lldb|uname|dmesg|crashinfo|savecore|less|more|vi|vim|ed|grep|egrep|top|nm|objdump|addr2line|strings|ident|svn|git|cvs|pkg|pkg_info|pciconf|usbdevs|devinfo|reboot|shutdown|halt|exit|man|which|whereis|tail -f|ls(?! -[A-Za-z]*R)|cd|pwd|date|id|who|w|history|options?|device|maxusers|makeoptions)\b/i;
/** What gdb prints when it starts. */
export const BANNER =
  /^(?:GNU gdb|Copyright|GDB is free|welcome to change|Type "|There is (?:absolutely )?no warranty|This GDB was|For help, type|For bug reporting|Find the GDB|License GPL|This is free software|RUN AT LEAST|IF RUNNING SMP|Reading symbols|Loaded symbols|<http)/i;

/**
 * What a bare command in a sentence must have to be told from prose: an option, a path, a number, a known
 * target.
 */
const PLAUSIBLE =
  /\s\S*[-/=|&>\d]|\s\S+\.\w|^make (?:build|install|world|universe|release|kernel|index|clean)|^kld(?:un)?load \w+$|^service [\w-]+ (?:one|force)?(?:start|stop|restart|reload)(?: [\w.-]+)*$/;

/** Of the commands without an option, a path or a number, those that no sentence begins like. */
const UNMISTAKEN =
  /^(?:service [\w-]+ (?:one|force)?(?:start|stop|restart|reload)(?: [\w.-]+)*|(?:dhcpcd|dhclient) [a-z]+\d+)$/;

/** What somebody is asked to do next: no way that led to the panic. */
const ASKED =
  /\b(?:(?:can|could|would|will|did|have) you|you (?:can|could|may|might|should|want to)) (?:please |also |perhaps |maybe |then |just |at least )*(?:try|tried|test|tested|check|checked|run|show|post|give|paste|attach)\b[^.!?]{0,60}$/i;

/** What comes after such a word in a sentence was done at another time, or is not to be done. */
const ASIDE = /\b(?:whose|which|after|before|since|instead of|rather than|unlike|without|not)\b/i;

/** `mount an NFS server, ...`: what a person does, in words. */
const SPOKEN = /^\S+ (?:an?|the|my|your|its|this|that|some|any|all|it|them|again)\b/i;

/** `zfs encounters VERIFY3`: programs that take a word of theirs first, and another word behind them. */
const NO_SUBCOMMAND =
  /^(?:zfs (?!-|create|destroy|snap|rollback|clone|promote|rename|list|get|set|inherit|upgrade|(?:un)?mount|share|unshare|send|receive|recv|allow|unallow|hold|holds|release|diff|jail|unjail|bookmark|program|load-key|unload-key|change-key|userspace|groupspace|redact|wait)|zpool (?!-|create|destroy|add|remove|list|iostat|status|online|offline|clear|attach|detach|replace|split|scrub|import|export|upgrade|history|get|set|labelclear|checkpoint|initialize|trim|resilver|reguid|reopen|sync|wait|events))/;

/** A command, and where it stands in the text. */
export interface Found {
  text: string;
  at: number;
}

/** The command in a piece of prose, quoted or bare, and where it stands in it. */
export function commandIn(text: string, from: number): Found | null {
  const loop = loopIn(text, from);
  const found = simpleCommand(text, from);
  if (loop === null || (found !== null && found.at < loop.at)) return withThose(found, text);
  return ASIDE.test(text.slice(from, loop.at)) ? null : withThose(loop, text);
}

/** A command with the settings of the shell's that stand at once before it: `ulimit -m 1000; dd ...`. */
function withThose(found: Found | null, text: string): Found | null {
  // A path behind `cd` is no program, but where that of the same line is run.
  if (
    found !== null &&
    /(?:^|[\s"'`(])cd $/.test(text.slice(0, found.at)) &&
    / ?(?:&&|;) ?\S/.test(found.text)
  )
    return { text: `cd ${found.text}`, at: found.at - 3 };
  const set = found === null ? '' : settingsBefore(text, found.at);
  return set === '' ? found : { text: `${set}${found!.text}`, at: found!.at - set.length };
}

/** A known command, or a program of the machine's own with its numbers, without quotes. */
function bareWord(rest: string): RegExpExecArray | null {
  const known = KNOWN.exec(rest);
  const own = OWN_BARE.exec(rest);
  if (known === null || own === null) return known ?? own;
  // What goes on in the background belongs to the command behind it.
  const at = known.index + known[0].indexOf(known[1]!);
  return known.index <= own.index || BESIDE.test(rest.slice(0, at)) ? known : own;
}

/** A command without quotes, from `from` on: its text ends where prose goes on. */
export const bareIn = (text: string, from: number): Found | null =>
  bareCommand(bareWord(text.slice(from)), from, text);

/** Words in front of a quotation that say of what is quoted that it was run. */
const RUN_BEFORE =
  /\b(?:runs?|ran|running|exec\w*|start\w*|launch\w*|do|does|did|doing|type[ds]?|typing|try|tries|tried|trying|issu(?:e[ds]?|ing)|enter\w*|commands?|invok\w+|call\w*|repeat\w*|reproduce\w*|trigger\w*|via|with|using|during|while|by)(?: (?:an?|the|my|this|simple|plain|single|of|is|was|it|them|as|root|following))*[:,]? ?$/i;
/** An option, a path or a value among the words of a command. */
export const OPERAND = /\s(?:-{1,2}[A-Za-z]|\.{0,2}\/\S|[\w.-]+=\S)/;
/** Files that nobody runs. */
const NO_PROGRAM =
  /^\/(?:var\/(?:log|crash|run|db)|etc|dev|boot|proc|sys)\b|\.(?:log|txt|conf|[chsS]|core|ko|today)$/;

/**
 * Is what a sentence quotes a command? A known one is; of a path alone, and of words that begin with a
 * program nobody knows, the sentence must say that they were run, or they must be such as only commands have.
 */
function isQuotedCommand(inner: string, before: string): boolean {
  const first = withoutSettings(inner);
  if (!COMMAND.test(first) || NO_RECIPE.test(first) || NOT_WHOLE.test(first) || ASKED.test(before))
    return false;
  const isRun = RUN_BEFORE.test(before);
  if (!inner.includes(' '))
    return /^\.?\//.test(inner) && !NO_PROGRAM.test(inner) && (isRun || inner[0] === '.');
  if (KNOWN.test(` ${inner}`) || /^\.?\//.test(inner)) return true;
  return (isRun || OPERAND.test(inner)) && !inner.split(' ').some((word) => PROSE.test(word));
}

/** A value, a path, a file or a number among the words of a command. */
export const VALUE = /\s\S*(?:[-/=:@]|\d|\w\.\w)/;

/**
 * The commands that a text quotes, in their order: of a program that is known, or with an operand of which
 * sentences have none; what only looks is none.
 */
export function quotedCommands(text: string): Found[] {
  const out: Found[] = [];
  for (let from = 0; out.length < QUOTED_MAX; ) {
    const quoted = QUOTED.exec(text.slice(from));
    if (quoted === null) break;
    const at = from + quoted.index;
    const inner = (quoted[1] ?? quoted[2] ?? quoted[3])!;
    from = at + quoted[0].length;
    const prompt = /^[#$%] +/.exec(inner)?.[0].length ?? 0;
    const command = inner.slice(prompt);
    const before = text.slice(0, at);
    // `as "..." does it` is of something else.
    if (ASKED.test(before) || /\b(?:as|like|than|what|how|which|the way) $/i.test(before)) continue;
    const isSetOff = isQuotedCommand(command, '') && (isKnown(command) || VALUE.test(command));
    const isRun = RUN_BEFORE.test(before) && isQuotedCommand(command, before);
    const isWhole = isSetOff || isRun || (quoted[2] !== undefined && hasValue(command));
    if (isWhole && !LOOKS.test(command) && !NOT_WHOLE.test(command))
      out.push({ text: command, at: at + 1 + prompt });
  }
  return out;
}

/** Quotations of one paragraph that are looked at. */
const QUOTED_MAX = 8;

/** `xl create web.cfg`, of a program nobody knows: in the marks in which code is set off. */
const hasValue = (command: string): boolean =>
  COMMAND.test(command) &&
  !NO_RECIPE.test(command) &&
  /^[a-z][\w+-]*(?: \S+)+$/.test(command) &&
  VALUE.test(command) &&
  !command.split(' ').some((word) => PROSE.test(word));

/** Do the words in front of a quotation say of it that it was run? */
export const isRunBefore = (before: string): boolean => RUN_BEFORE.test(before);

function simpleCommand(text: string, from: number): Found | null {
  const rest = text.slice(from);
  const quoted = QUOTED.exec(rest);
  const bare = bareWord(rest);
  if (quoted !== null && ASIDE.test(rest.slice(0, quoted.index))) {
    const end = quoted.index + quoted[0].length;
    // What is quoted there is an aside however it is read; what stands before it is none.
    if (bare === null || bare.index + bare[0].length > quoted.index) return simpleCommand(text, from + end);
    return bareCommand(bare, from, text);
  }
  if (quoted !== null) {
    const inner = (quoted[1] ?? quoted[2] ?? quoted[3])!;
    // With the prompt that it was given at.
    const prompt = /^[#$%] +/.exec(inner)?.[0].length ?? 0;
    const command = inner.slice(prompt);
    if (isQuotedCommand(command, text.slice(0, from + quoted.index))) {
      if (bare === null || quoted.index <= bare.index)
        return { text: command, at: from + quoted.index + 1 + prompt };
    }
  }
  return bareCommand(bare, from, text);
}

/** Programs that must be told what to do it with, and the options that they take without. */
export const NOT_WHOLE =
  /^(?:sudo |doas )?(?:umount(?: -[fvn]+)*|mount(?: -[fruvw]+| -t \S+| -o \S+)+|kld(?:un)?load(?: -[fnqv]+)*|kill(?: -\w+)*|rm(?: -\w+)*|kldunload -[in]|newfs(?: -\S+)*)$/;

/** Words by which prose goes on behind a command without quotes, and the arrow to what came of it. */
const GOES_ON =
  /\s{2,}| \(| (?:-{1,2}>|={1,2}>|[\u2192\u21d2])(?= |$)|[,:] |[,:]? (?:where|with|so|so that|and|or|until|while|which|then|without|never|not|caused|does|do|did|done|\w+n't|works?|worked|runs|ran|finish(?:es|ed)|survive[sd]?|goes|went|ends|ended|needs|leads|led|reboots|rebooted|seems|appears|will|would|can|could|may|should|is|was|has|panics?|panicked|crash(?:es|ed)?|hangs?|hung|kills?|killed|dies|died|freezes|takes|brings|triggers?|makes|gives|causes?|on|as|for|to|from|in|at|by|if|when|whenever|because|since|before|after|it|this|that|the|an?|my|your|we|I|he|they|here|just|alone|enough|once|twice|thrice|again|repeatedly|continuously|over and|several|many|multiple|some|about|around|maybe|at least|(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,6}) times|reliably|always|easily|usually|often|sometimes|immediately|instantly|every|each|as root|instead|over|under|against|across|during)(?=[ .,;:!?]|$)/i;

/** dd's operands all have a value; up to what is none, where no other command follows. */
const DD_OPERANDS = /^dd(?:\s+\w+=[^\s;&|]+)+(?=\s+[A-Za-z]+(?:[\s.,]|$))/;

/** What was found, up to the quotation mark that closes what opens right before it. */
function withinQuote(bare: RegExpExecArray): string {
  const found = bare[1]!;
  const open = bare.input[bare.index + bare[0].indexOf(found) - 1] ?? '';
  const close = open === '`' ? /[`']/ : open === '"' ? /"/ : null;
  const end = close === null ? -1 : found.search(close);
  return end < 0 ? found : found.slice(0, end);
}

const OPTION_BEFORE = /(?:^|\s)--?\w[\w-]{0,20}\s+$/;

/** A known command without quotes, up to where the prose goes on. */
function bareCommand(bare: RegExpExecArray | null, from: number, text: string): Found | null {
  if (bare === null || NO_RECIPE.test(bare[1]!) || (/^virsh\b/.test(bare[1]!) && LOOKS.test(bare[1]!)))
    return null;
  // A path behind an option is the option's.
  const path = bare.index + bare[0].indexOf(bare[1]!);
  const before = text.slice(0, from + path);
  if ((/^[./]/.test(bare[1]!) && OPTION_BEFORE.test(before)) || ASKED.test(before)) return null;
  let found = withinQuote(bare);
  // A word in quotes is of the command, whatever it says.
  const outside = found.replace(/(?<!\S)(?:"[^"]*"|'[^']*')/g, (word) => '_'.repeat(word.length));
  const stop = GOES_ON.exec(outside.slice(2));
  if (stop !== null) found = found.slice(0, stop.index + 2);
  found = (DD_OPERANDS.exec(found)?.[0] ?? found).trim().replace(/(?<!\\)[.,:;!]+$/, '');
  // Of an aside, or of a part of the shell's in parentheses, the end is left.
  if (found.endsWith(')') && !found.includes('(')) found = found.slice(0, -1);
  // `mount the image below`, `make traffic`: sentences that begin like a command.
  if ((!PLAUSIBLE.test(found) && !isOwn(found)) || SPOKEN.test(bare[1]!) || !found.includes(' ')) return null;
  if (NO_SUBCOMMAND.test(found) || NOT_WHOLE.test(found)) return null;
  found = withoutDangling(found);
  // Of a quotation that begins the line nothing but the second mark is left: `zorp -x' does it.
  if (bare.index === 0 && /^[^'`]*['`]$/.test(found)) found = found.slice(0, -1);
  const at = bare.index + bare[0].indexOf(bare[1]!);
  const beside = BESIDE.exec(bare.input.slice(0, at))?.[1] ?? '';
  return { text: `${beside}${found}`, at: from + at - beside.length };
}

/** A loop of the shell's on one line; what stands in it is for the shell to judge. */
const LOOP =
  /(?:^|[\s"'`:])((?:while|until) (?:true|:|false|!|\[|test|sleep|\S+ [^;]{1,60})[^;]{0,60}; ?do |for \w+ in [^;]{1,80}; ?do )/;

/** The beginning of a loop whose end is on another line. */
const LOOP_LINE = /^(?:while|until|for)\s[^"`]{1,200}$/;

/** A loop of a script over several lines, as one; undefined: it is none, or does not end in these. */
export function loopOf(lines: readonly string[]): { text: string; lines: number } | undefined {
  const [first] = lines;
  if (first === undefined || !LOOP_LINE.test(first.trim()) || /\bdone\b/.test(first)) return undefined;
  let text = '';
  for (const [i, each] of lines.entries()) {
    const line = each.trim();
    text += text === '' || /(?:\bdo|[;&|])$/.test(text) ? ` ${line}` : `; ${line}`;
    const found = /\bdone\b/.test(line) ? loopIn(text.trim(), 0) : null;
    if (found !== null && found.at === 0) return { text: found.text, lines: i + 1 };
  }
  return undefined;
}

/** Up to the `done` of the loop that begins here, and an ampersand behind it; undefined: it does not end. */
function wholeLoop(text: string): string | undefined {
  let depth = 0;
  for (const m of text.slice(0, 400).matchAll(/(^|[;&|({\s])(do|done)(?=[\s;&|).,]|$)/g)) {
    // Without a mark in front it is no end, but a word, or the lines of a script were not put together.
    if (m[2] === 'done' && !/[;&)}]\s*$/.test(text.slice(0, m.index + m[1]!.length))) return undefined;
    depth += m[2] === 'do' ? 1 : -1;
    const end = m.index + m[0].length;
    if (depth === 0)
      return text.slice(0, end) + (/^(?: ?&(?=\s|$)|; ?wait\b)/.exec(text.slice(end))?.[0] ?? '');
  }
  return undefined;
}

/** The first loop of the shell's in a text. */
function loopIn(text: string, from: number): Found | null {
  // Its head ends in front of a semicolon.
  const m = text.includes(';', from) ? LOOP.exec(text.slice(from)) : null;
  if (m === null) return null;
  const at = from + m.index + m[0].indexOf(m[1]!);
  const loop = wholeLoop(text.slice(at));
  return loop === undefined ? null : { text: loop, at };
}

/** Does a text begin with a program that is known, or with the shell's grammar? */
export const isKnown = (text: string): boolean => isKnownAlone(withoutSettings(text));
const isKnownAlone = (text: string): boolean =>
  KNOWN.exec(` ${text}`)?.index === 0 || isOwn(text) || SHELL.test(text) || /^\.?\//.test(text);

/** Is a line a command from its first letter to its last, and no sentence? */
export function wholeCommand(text: string): Found | null {
  if (!mayCommand(text)) return null;
  // Where it is to be run, and under which limits: `cd /usr/src/regress/zorp && make`.
  const set = settingsLength(text);
  if (set > 0) {
    const run = text.slice(set);
    return run === 'make' || wholeCommand(run) !== null ? { text, at: 0 } : null;
  }
  const found = loopIn(text, 0) ?? bareIn(text, 0);
  if (found === null || found.at !== 0 || LOOKS.test(found.text)) return null;
  return text.slice(found.text.length).trim() === '' ? found : null;
}

/** Programs of the simulated machine that make a load, with a number: the names alone are words of prose. */
const LOADS =
  '(?:memcheck|hog|pool|churn|sleepers|stress|threads|torment|respawn)(?: [a-z]+)? (?:\\d\\w*|[B-HJ-Z])\\b';
const OWN = new RegExp(`^${LOADS}`);
/** Of these the ones that are no words of prose, in a sentence. */
const OWN_NAMES = '(?:memcheck|hog|churn|sleepers|torment|respawn)';
const NUMBERS = '(?: (?:\\d\\w*|[B-HJ-Z])\\b(?! times))+';
const OWN_BARE = new RegExp(
  `(?:^|[\\s"'\`:])(${OWN_NAMES}(?: [a-z]+)?${NUMBERS}(?: ?& (?:${OWN_NAMES}|pool)(?: [a-z]+)?${NUMBERS})*(?: ?&(?=$|\\s))?)`,
);
/** Such a one, or several, put into the background before the command that follows. */
const BESIDE = new RegExp(`(?:^|[\\s"'\`:])((?:${LOADS}(?: \\d\\w*)* & ?)+)$`);

/** Words of the shell that begin a line of a script. */
export const SHELL = /^(?:for|while|until|if|do|done|then|fi|\(|\{|\})(?=[\s(;&]|$)/;

/** A prompt of a shell before a command. */
export const PROMPT =
  /^(?:(?:\d{1,2}[.)]|[-*\u2022]) +(?=[#$%] ))?(?:[#$%]|[\w.@~-]{1,30}[#$%]|\[[\w.@~/: -]{1,60}\] ?[#$%]|[\w.-]{1,20}@[\w.-]{1,40}:\S{1,40} ?[#$%]|[\w.-]{1,20}(?:@[\w.-]{1,40})?[: ][~/]\S{0,40} ?[#$%]|[\w.-]{1,20}@[\w.-]{1,40} [#$%]|[~/]\S{0,40} ?[#$%]|\d{1,2}[.)]) +(?=`?(?:[a-z./]|[A-Z_]\w*=))/;
/** Debuggers and what only looks: of a script, the rest belongs to it (`cd`, `ls`, `date`). */
export const NO_COMMAND = /^(?:k?gdb\S*|lldb|show|bt|trace|crashinfo|savecore|dmesg|uname)\b/i;

/** Commands by which people show what a system is like: after a prompt, no way to a panic. */
const LOOKS =
  /^(?:sudo |doas )?(?:zfs (?:get|list|version|holds|diff|userspace|--version)|zpool (?:status|list|get|history|iostat|version|events|--version)|sysctl (?!.*[=])|pkg\b|kldstat|freebsd-version|gpart (?:show|list)|camcontrol (?:devlist|identify|inquiry)|geom \w+ (?:list|status)|g\w+ (?:list|status)|mount(?: -[pv])?$|df\b|du\b|vmstat|netstat|sockstat|procstat|fstat|swapinfo|ifconfig(?: -?\w+)?$|pfctl -s|ipfw (?:show|list)|route (?:get|-n get|show)|cat (?!\/dev\/)[^|<>]*$|virsh(?: -{1,2}\S+| \S+:\S+)* (?:console|list|dom\w*(?:info|stat\w*)|dumpxml)\b|(?:tail|head|sort|diff|wc|find|gdb) )/;

/** `newfs -f 1024 md0c on a file system of 64 MB`: how, or where, in words. */
const IN_PROSE = /(?<!\bin) (?:on|in|with|for|from|of) (?:an?|the|my|this|our) [A-Za-z\d].*$/;

/** `iperf3 -c 10.0.0.2 over ue0`: words by which a line goes on where a command of it has ended. */
const WORDS_BEHIND =
  /(?<![;&|({]) (?:over|under|against|across|during|repeatedly|continuously|several times|(?:a )?few times|twice|in a loop)(?= |$)/;

/** A line up to where its words begin; what is in quotation marks is the command's. */
function withoutProse(text: string): string {
  const outside = text.replace(/"[^"]*"|'[^']*'/g, (word) => '_'.repeat(word.length));
  const words = WORDS_BEHIND.exec(outside);
  return (words === null ? text : text.slice(0, words.index)).trim();
}

/** An option, and none of the words by which people call a branch: `running -current`. */
const OPTION = / -(?!(?:current|stable|release|head|beta\d?|rc\d?)\b)-?[A-Za-z]/i;
/** What a person is told to do, which has options and paths behind it as commands have. */
const VERB =
  /^(?:\w+ing|boot|use|set|see|open|edit|build|compile|install|run|start|stop|do|add|put|press|plug|unplug|connect|wait|log|play|load|configure|enable|disable|create|have|get|go|then|with|on|in|any|just|please|kernel|system|machine)\b/i;

/** `zorplog -F & zorpd daily` */
const BESIDE_EACH_OTHER = /^[a-z][\w.+-]{2,}(?: -\w+)*(?: [\w./=-]+)* & ?[a-z][\w.+-]{2,}(?: [\w./=-]+)*$/;

/** What a command without a prompt, or a command in its marks, begins with: most sentences do not. */
export const MAY_BEGIN = /^\s*(?:`|[\w.~]?[./]|[a-z][\w.+-]{0,30}(?:\s|$))/;

/**
 * `# dd if=/dev/zero of=/dev/null` where somebody says to run it; in a How-To-Repeat section, a line of its
 * own.
 */
export function promptedCommand(text: string, section: boolean): Found | null {
  const prompt = mayBePrompted(text) ? PROMPT.exec(text) : null;
  if (prompt === null && !(section && MAY_BEGIN.test(text))) return null;
  return commandBehind(text, prompt, section);
}

/** The same, the prompt already found, or none. */
export function commandBehind(text: string, prompt: RegExpExecArray | null, section: boolean): Found | null {
  const shown = prompt === null ? 0 : prompt[0].length;
  // Who runs it is not of the command.
  let at = shown + (/^\s*(?:sudo|doas) (?!-)/.exec(text.slice(shown))?.[0].length ?? 0);
  const loop = promptedLoop(text, at);
  if (loop !== null) return loop;
  // The item of a list can have its command set off, with words of where or how it was run behind it.
  const setOff = /^`([^`]{3,200})(?:`?$|`(?=[ ,;(]))/.exec(withoutNote(text.slice(at).trim()).text);
  if (setOff !== null) at++;
  const command = (setOff === null ? withoutProse(text.slice(at)) : setOff[1]!).replace(IN_PROSE, '').trim();
  // Where it is to be run, and under which limits, stands before it: `cd /usr/src/tools; ./all.sh`.
  const run = withoutSettings(command);
  if (NO_RECIPE.test(run) || LOOKS.test(run) || NO_SUBCOMMAND.test(run) || !COMMAND.test(run)) return null;
  const known = KNOWN.exec(` ${run}`);
  // `cd /usr/src/regress/zorp && make`: what is made stands there.
  const makes = run === 'make' && run !== command;
  // Below the heading of the section two programs that nobody knows are told by the sign between them.
  const unknown = BESIDE_EACH_OTHER.test(run) || (OPTION.test(run) && !VERB.test(run));
  // Behind a number a sentence can stand as well.
  const isItem = prompt === null || setOff !== null || (/^\d/.test(text) && !/[:,;] /.test(run));
  const listed = section && isItem && unknown;
  const begins = makes || (known !== null && known.index <= 1) || (listed && isCommandLine(run));
  if (!begins && !isOwn(run) && !/^\.{0,2}\/[\w./-]+$/.test(run)) return null;
  // Without a prompt, a sentence can begin like a command: `find the box dead`.
  const isCommand = makes || isOwn(run) || UNMISTAKEN.test(run) || /[-/=|&>]/.test(run);
  if (prompt === null && !isCommand) return null;
  // The kernel's words stand on what the console had of the command: `/sbin/mount -uKernel FPU trap.`
  if (/[a-z\d][A-Z][a-z]+ .*\.$/.test(run)) return null;
  return { text: command, at };
}

/** A loop of the shell's on one line, at `at`, that does more than look. */
function promptedLoop(text: string, at: number): Found | null {
  const line = text.slice(at);
  const loop = loopIn(line, 0);
  if (loop === null || loop.at !== settingsLength(line)) return null;
  const inner = loop.text.replace(/^.*?; ?do +/, '');
  return isLook(inner) ? null : { text: line.slice(0, loop.at) + loop.text, at };
}

/** Does a command only look, or belong to a debugger? */
export function isLook(text: string): boolean {
  const first = withoutSettings(text);
  return NO_RECIPE.test(first) || LOOKS.test(first);
}

/** What only looks, at a path of its own: alone above a panic it is what the kernel did last. */
const LOOKS_AT =
  /^(?:ls|stat|find|du|df)(?: -\S+)* \/(?!var\/(?:crash|log)|boot|dev\/|usr\/src|usr\/obj)\S+$/;
/** A command at a prompt that only looks at a path; null: it is none. */
export function lookingAt(text: string): Found | null {
  const at = PROMPT.exec(text)?.[0].length;
  if (at === undefined || !LOOKS_AT.test(text.slice(at).trim())) return null;
  return { text: text.slice(at).trim(), at };
}

/** Is a line, behind its prompt if it has one, nothing but settings of the shell's? */
export function isSettingLine(text: string): boolean {
  const bare = mayBePrompted(text) ? text.replace(PROMPT, '') : text;
  return mayCommand(bare) && isSetting(bare);
}

/** Words of sentences, which stand in no command. */
const PROSE =
  /^(?:an?|the|and|or|to|of|in|on|with|for|from|is|are|was|were|then|it|this|that|my|your|when|while|if|into|by|as|at|be|do|not|i|you|we|using|via|every|each|again)$/i;

/** Can a line begin with a program that nobody knows, an option, a path or a value behind it? */
function mayBeUnknown(text: string): boolean {
  const c = text.charCodeAt(0);
  return c >= 97 && c <= 122 && (text.includes('-') || text.includes('/') || text.includes('='));
}

/** Whether a line is a command and nothing else, of a known program or of one with paths or options. */
export function isCommandLine(line: string): boolean {
  const bare = mayBePrompted(line) ? line.replace(PROMPT, '') : line;
  const may = mayCommand(bare);
  if (!may && !mayBeUnknown(bare)) return false;
  const { text } = withoutNote(bare);
  // It goes on in the next line.
  if (/[\\|&]$/.test(text)) return false;
  if (may && (wholeCommand(text) !== null || isSetting(text))) return true;
  if (/[.,:;!?]$/.test(text) || !/^(?:\.{0,2}\/)?[a-z][\w.+-]*(?:\/[\w.+-]+)*(?: \S+)+$/.test(text))
    return false;
  if (!/ (?:--?\w|\.{0,2}\/\S|\w+=\S)/.test(text)) return false;
  return !text
    .split(' ')
    .slice(1)
    .some((word) => PROSE.test(word));
}

/** Does it begin with a program of the machine's own, alone or with others beside it? */
export const isOwn = (run: string): boolean => OWN.test(run) && !/^\S+(?: \w+)? \d\w* [a-z]{2,} /.test(run);

/** `I did "vinum start raid.p0.s2" and it rebooted`: quoted as run, of a program that nobody knows. */
export function isStarted({ text, at }: Found, line: string): boolean {
  return VALUE.test(text) && isRunBefore(line.slice(0, at - 1));
}
