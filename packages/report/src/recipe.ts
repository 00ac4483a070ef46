import { cutLine, joinLines, type Line, spanOf } from './line.js';
import {
  followsOn,
  isBelow,
  isPromptAlone,
  linesBetween,
  type Place,
  placeOf,
  toldAbove,
} from './recipe-place.js';
import {
  BANNER,
  COMMAND,
  commandIn,
  type Found,
  isCommandLine,
  isKnown,
  isLook,
  isOwn,
  KNOWN,
  lookingAt,
  loopOf,
  NO_COMMAND,
  OPERAND,
  PROMPT,
  promptedCommand,
  isRunBefore,
  isSettingLine,
  isStarted,
  quotedCommands,
  SHELL,
  splitCommand,
  variableOf,
  wholeCommand,
} from './recipe-command.js';
import {
  bringsIt,
  diesBelow,
  doneBehind,
  endsDoing,
  followsAtOnce,
  goesOn,
  isAnswered,
  isBlamed,
  isBlamedAbove,
  isDenied,
  isDoing,
  isMending,
  isOnlyWith,
  isThenDied,
  lastSentence,
  leadIn,
  MAY_BLAME,
  OTHER_WINDOW,
  ranThen,
  repeatedBy,
  saidAgainst,
  tellsLoop,
  tellsNext,
  tellsOfDeath,
  tellsOfDoing,
  wentWellBefore,
} from './recipe-said.js';
import { BEFORE_STEP } from './recipe-note.js';
import { isOfAnotherSection, isTiedToPanic } from './recipe-section.js';
import { sizeOf } from './recipe-size.js';
import { behindCommand, RECIPES_MAX, type Recipes, Taker } from './recipe-taker.js';
import {
  AFTER,
  BAR,
  BLAMES,
  COLON,
  DIES,
  hasAll,
  hasAny,
  LEADS,
  PROGRAMS,
  mayPrompt,
  mayTell,
  MEANWHILE,
  QUOTE,
  REPEATS,
  waysDone,
} from './recipe-words.js';
import { windowCommands } from './recipe-windows.js';
import { commentsOf } from './program-comments.js';
import type { Span } from './types.js';

/** A sentence that goes on behind a colon. */
const BEFORE_COLON = /^([^:]{5,100}:)\s+(?=\S)/;

/** Lines that one sentence can stretch over. */
const SENTENCE_LINES = 4;
/** A line end lies between two lines of one paragraph, and nothing else. */
const LINE_END = 2;

/** Does a line begin with a prompt? */
const isPrompted = (line: Line): boolean => mayPrompt(line) && PROMPT.test(line.text);

/** What stands behind the prompt of a line, or all of it. */
const withoutPrompt = (line: Line): string => (mayPrompt(line) ? line.text.replace(PROMPT, '') : line.text);

/** Can a line say that what stands below it brings the panic on? */
const mayBring = (line: Line): boolean => hasAny(line, DIES | REPEATS);

/** Can the paragraph from the line at `i` on have one of these words? */
function hasAnyOf(lines: readonly Line[], i: number, words: number): boolean {
  for (let n = i; n < i + SENTENCE_LINES && n < lines.length; n++) if (hasAny(lines[n]!, words)) return true;
  return false;
}

/** A paragraph from the line at `i` on. */
function paragraph(lines: readonly Line[], i: number): Line {
  let out = lines[i]!;
  for (let n = 1; n < SENTENCE_LINES && i + n < lines.length; n++) {
    const next = lines[i + n]!;
    if (next.afterBlank || next.row - out.endRow > 1 || next.from < out.from) break;
    // What a shell was told, and what it answered, is no sentence.
    if (isPrompted(next)) break;
    // A command on a line of its own ends there; below the heading of a section it is none of its words.
    const above = lines[i + n - 1]!.text;
    if (isCommandLine(above) || (n === 1 && SECTION.test(above) && isCommandLine(next.text))) break;
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
  /^(?:>?\s*(?:fix|audit|description|environment|category|synopsis|expected|actual|workaround|notes?|kgdb|backtrace)\b[^:]{0,30}:|#{1,6} (?!.*repro)|\*\*(?!.*repro)[A-Z][^*]{2,60}\*\*\s*$)/i;
/** What people write where they know of no way to the panic. */
const NO_WAY =
  /^(?:unknown|not known|none|n\/a|no idea|unsure|not sure|(?:i )?(?:do not|don't) know|unclear|(?:i )?(?:can ?not|can't|could not|couldn't)|\?+|-+)(?=[\s.,;!?]|$)/i;
/** Lines after a word such as `reproduce` in which a prompt still belongs to it. */
const LEAD_REACH = 8;
/**
 * Finds the commands that a text names as the way to its panic.
 * @param prose the lines that no form has read
 * @param text the whole text
 * @param span where the panic stands; a command at a prompt right above it is taken
 * @param programs where programs stand: what their comments say is about them
 */
export function findRecipe(
  prose: readonly Line[],
  text = '',
  span: Span = [0, 0],
  programs: readonly Span[] = [],
): Recipes {
  prose = text.includes('`') ? prose.map((line) => withTicks(line, text)) : prose;
  const panic = placeOf(text, span);
  const taker = new Taker(prose, panic.ends);
  const programText = [...programs, ...commentsOf(prose)];
  const inProgram = ({ from, end }: Line): boolean =>
    programText.some(([i, j]) => from >= i && end <= j + LINE_END);
  // Where a program to reproduce it stands, the text tells how that is built and run.
  const hasProgram = text.includes('#include');
  const isTied = (i: number): boolean => hasProgram || isTiedToPanic(prose, i, panic);
  let section = false;
  let begun = false;
  let led = -LEAD_REACH - 1;
  /** The line that stands behind a sentence which says that it brings the panic on */
  let told = -1;
  /** The latest line with a prompt, or a number, whose command was taken */
  let item = -2;
  /** The line below a sentence that goes on with it: `While removing an old image` */
  let doing = -2;
  for (let i = 0; i < prose.length && taker.recipe.length < RECIPES_MAX; i++) {
    const line = prose[i]!;
    const { text } = line;
    // Most lines are the machine's, and nobody has said that the way is told below.
    // The console of the panic lies between: what is at a prompt behind it was done afterwards.
    if (led >= 0 && !section && prose[led]!.end <= panic.begins && line.from >= panic.ends)
      led = -LEAD_REACH - 1;
    const isAsked = section || begun || i - led <= LEAD_REACH || told === i || doing === i || item === i - 1;
    if (!isAsked && !mayTell(line) && !quotesAbove(line, panic)) continue;
    // What stands in a table is a list of something.
    if (inProgram(line) || (hasAny(line, BAR) && / \| .* \|$/.test(text))) continue;
    taker.at = i;
    taker.section = section;
    // What was to come after a command that the machine did not survive.
    if (taker.last === i - 1 && followsOn(prose, i) && isCommandLine(text)) {
      taker.last = i;
      continue;
    }
    // It is taken with the command behind it, of which the same is said.
    if (isSettingLine(text)) {
      if (told === i) told = i + 1;
      if (doing === i) doing = i + 1;
      if (item === i - 1) item = i;
      if (isAsked) taker.addSetting(line);
      continue;
    }
    const found = hasAny(line, LEADS) ? leadIn(text) : null;
    const isAfter = tellsOfDoing(found, text) && taker.isAfter(line, text);
    const merely = tellsOfDoing(found, text) && !section;
    const tied = !merely || (isTied(i) && !isOfAnotherSection(prose, i, panic));
    const lead = isAfter || !tied ? null : found;
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
    const windows = windowCommands(prose, i, taker);
    if (windows > i) {
      i = windows - 1;
      continue;
    }
    const loop = scriptLoop(prose, i, section || i - led <= LEAD_REACH, taker);
    if (loop > i) {
      i = loop - 1;
      continue;
    }
    // A list of which a command was taken is one: its others are as well.
    const listed = item === i - 1 && followsOn(prose, i);
    const reached = section || i - led <= LEAD_REACH || lead !== null || listed;
    const named = told === i && line.indent > prose[i - 1]!.indent;
    const prompted =
      named || (reached && (section || mayPrompt(line))) ? promptedCommand(text, section || named) : null;
    const brings = mayBring(line) && bringsIt(text);
    if ((lead !== null && prompted === null) || brings) led = i;
    // A command of its own paragraph stands at once behind the sentence that names it.
    if (brings || (told === i && isPromptAlone(text)) || (!isAfter && tied && endsDoing(text))) told = i + 1;
    if (hasAny(line, MEANWHILE) && isDoing(text)) doing = i + 1;
    if (prompted !== null) {
      const { found, whole, last } = inBackground(prose, i, prompted);
      taker.addLine(found, whole);
      i = last;
      if (PROMPT.test(text)) item = i;
      if (section) i = blockCommands(prose, i, taker);
      continue;
    }
    const step = section && hasAll(line, QUOTE | COLON) ? stepOf(text) : undefined;
    if (step !== undefined && taker.addSaid(step, line)) continue;
    if (isOnConsole(prose, i, panic)) {
      promptsAbove(prose, i, taker);
      taker.add((promptedCommand(text, false) ?? lookingAt(text))!, line);
      continue;
    }
    const alone = ownLine(prose, i, panic, taker);
    if (alone !== null && (section || isTied(Math.max(0, i - 1)))) {
      const { found, whole, last } = inBackground(prose, i, alone);
      taker.add(found, whole);
      i = blockCommands(prose, last, taker);
      continue;
    }
    const colon = hasAny(line, COLON) && mayBring(line) ? BEFORE_COLON.exec(text) : null;
    if (colon !== null && bringsIt(colon[1]!))
      sentenceCommands(sentence(paragraph(prose, i), colon[0].length), colon[0].length, taker);
    else if (lead !== null && !(begun && loopBegins(prose[i + 1])))
      ledCommands(paragraph(prose, i), lead.index, text.length, taker);
    const ways = waysDone(line);
    const behind = ways === 0 || isOfAnotherSection(prose, i, panic) ? -1 : doneBehind(text, ways);
    const done = behind >= 0 && isTied(i) ? behind : -1;
    if (!saidOtherwise(prose, i, done, taker)) saidAbovePanic(prose, i, panic, taker);
    if (reached || (done >= 0 && tellsOfDeath(text))) {
      if (hasAnyOf(prose, i, PROGRAMS)) taker.addWords(paragraph(prose, i));
    }
  }
  const recipe = taker.half ? [] : taker.recipe;
  const { inWords, alone } = taker;
  const doubts = recipe.length === 0 ? [...taker.doubts, ...inWords, ...alone] : taker.doubts;
  return {
    // A sentence may give the last of what a line gives in full.
    recipe: recipe.filter(
      (each) => !recipe.some((other) => other !== each && `${other.text};`.includes(` ${each.text};`)),
    ),
    doubts,
  };
}

/** A line with the back-ticks that it begins and ends with, if others inside it make them quotation marks. */
function withTicks(line: Line, text: string): Line {
  if (!line.text.includes('`') || text.charCodeAt(line.at - 1) !== 96) return line;
  const [, end] = spanOf(line);
  const last = text.charCodeAt(end) === 96 ? '`' : '';
  const map = line.map?.map((place, k) => (k % 2 === 0 ? place + 1 : place)) ?? null;
  if (map !== null) map.unshift(0, line.at - 1);
  return {
    ...line,
    text: `\`${line.text}${last}`,
    at: line.at - 1,
    map,
    low: '',
    beginning: null,
    words: -1,
    wordEnd: -1,
  };
}

/** `     (N = RAM size - 12 MB)` at the end of a command's line. */
const VALUE_ASIDE = /\s+\((?:(?:where|with) )?[A-Z][A-Z\d]{0,7}(?: is| =|=| being| equals) [^()]{1,80}\)$/;

/** A command on a line of its own, without a prompt, of which the lines about it say that it was run. */
function ownLine(prose: readonly Line[], i: number, panic: Place, taker: Taker): Found | null {
  const line = prose[i]!;
  const below = prose[i + 1];
  const prompt = line.text.length - withoutPrompt(line).length;
  const written = line.text.slice(prompt);
  const aside = written.endsWith(')') ? VALUE_ASIDE.exec(written) : null;
  const bare = aside === null ? written : written.slice(0, aside.index);
  // Most lines are none, whatever stands around them.
  const own = wholeCommand(bare);
  const isLine = isCommandLine(bare);
  if (own === null && !isLine) return null;
  const said = toldAbove(prose, i);
  // Somebody does what stands below, in a paragraph of its own.
  const ends = below === undefined || linesBetween(panic.text, line.end, panic.begins) <= CONSOLE_LINES;
  const told = below !== undefined && isBelow(below, line) ? below.text : '';
  const meanwhile = isDoing(sentenceAbove(prose, i)) && (ends || diesBelow(told)) && !isMending(said, told);
  const done = (endsDoing(said) || meanwhile) && isLine && !isLook(bare);
  const command = own ?? (done ? { text: bare, at: 0 } : null);
  if (command === null || isDenied(said)) return null;
  const found = { text: command.text, at: prompt };
  const behind = below !== undefined && isBelow(below, line) ? below.text : '';
  if (saidAgainst(behind) !== 'nothing') return null;
  if (!isBlamed(behind) && (taker.isAfter(line, said, i - 1) || isOfAnotherSection(prose, i, panic)))
    return null;
  if (
    tellsNext(said) ||
    (SHELL.test(found.text) && (tellsLoop(said) || tellsNext(sentenceAbove(prose, i)))) ||
    isBlamed(behind) ||
    done ||
    (goesOn(said) && diesBelow(behind))
  )
    return found;
  // `(N = ...)` beside it, `where N is ...` below it: somebody is told what to run.
  const variable = variableOf(splitCommand(found.text));
  if (variable === undefined) return null;
  if (aside !== null && sizeOf(variable, aside[0]) !== undefined) return found;
  const isWhere = /^(?:where|with|for)\b/i.test(behind);
  return isWhere && sizeOf(variable, behind) !== undefined ? found : null;
}

/** Programs that are run to load a machine; of others nobody knows whether they put it right again. */
const LOADS =
  /^(?:dd .*if=\/dev\/(?:zero|random|urandom|null)|cat \/dev\/zero|stress2?|fsx|postmark|bonnie|dbench|iperf|sh|perl|python|\.\/)(?=\W|$)|^while /;
const isLoad = (command: string): boolean => LOADS.test(command) || isOwn(command);

/** Does a script's loop begin on a line, which is taken when its turn comes? */
const loopBegins = (line: Line | undefined): boolean => line !== undefined && SHELL.test(withoutPrompt(line));

/** Lines of a script that are looked at for the end of a loop. */
const LOOP_LINES = 12;

/**
 * Takes a loop over several lines.
 * @param reached a section or a sentence before it says that it is the way
 * @returns the index of the first line behind it, or `i`
 */
function scriptLoop(prose: readonly Line[], i: number, reached: boolean, taker: Taker): number {
  const first = prose[i]!;
  if (!loopBegins(first)) return i;
  const said = toldAbove(prose, i);
  if (!reached && !tellsNext(said) && !tellsLoop(said) && !tellsNext(sentenceAbove(prose, i))) return i;
  let whole = first;
  const lines = [withoutPrompt(first)];
  for (let n = i + 1; n < prose.length && n - i < LOOP_LINES; n++) {
    if (prose[n]!.afterBlank || prose[n]!.row - prose[n - 1]!.endRow > 1) break;
    lines.push(prose[n]!.text);
  }
  const loop = loopOf(lines);
  if (loop === undefined) return i;
  for (let n = i + 1; n < i + loop.lines; n++) whole = joinLines(whole, prose[n]!, ' ');
  taker.addAll(loop.text, whole, [first.text.length - lines[0]!.length, whole.text.length]);
  return i + loop.lines;
}

/** The sentence above a line, where it begins on a line further up. */
function sentenceAbove(prose: readonly Line[], i: number): string {
  const said = toldAbove(prose, i);
  const [before, above] = [prose[i - 2], prose[i - 1]];
  if (before === undefined || above === undefined || above.text !== said || above.afterBlank) return said;
  return above.from - before.end <= LINE_END ? `${before.text} ${said}` : said;
}

/** What a console shows above a prompt: the system's name, who logged in. */
const CONSOLE_SAID =
  /^(?:(?:Free|Net|Open|DragonFly|Mid|Ghost)?BSD\b[^.]{0,20} \d|\w{1,20} \d{1,2}\.\d\S{0,12}-(?:RELEASE|STABLE|CURRENT|BETA|RC)|\S{0,40}\s?login:|Last login:|Password:)/;
/** Lines of drivers between a command and the panic, and how they begin: `wm0: `, `sd0 at scsibus0`. */
const DRIVER_LINES = 6;
const DRIVER_SAID = /^[a-z][a-z_]{1,14}\d{1,3}[a-z]?(?:: \S| at [a-z]+\d|[\w.]*: \S)/;
/** Lines from a command to the first that the kernel prints, blank ones between them. */
const CONSOLE_LINES = 4;
/** Lines from the last of a panic to one that is left behind it. */
const BEHIND_LINES = 2;

/**
 * Is a line a prompt and its command on the console that shows the panic, right above it? A sentence that
 * goes on with the line, or denies it, is none of the console's.
 */
function isOnConsole(prose: readonly Line[], i: number, panic: Place): boolean {
  const { begins, ends } = panic;
  const line = prose[i]!;
  if (!isPrompted(line) || (line.indent > panic.indent && !standsAlone(prose, i, panic))) return false;
  // Behind the panic the one line that is left, if it is no repair.
  if (i === prose.length - 1 && linesBetween(panic.text, ends, line.from) <= BEHIND_LINES)
    return isLoad(line.text.replace(PROMPT, '')) && promptedCommand(line.text, false) !== null;
  if (line.end > begins) return false;
  const above = prose[i - 1];
  let last = line;
  for (let n = i + 1; n < prose.length && prose[n]!.from < panic.from; n++) {
    // What drivers said of it before the kernel died.
    if (n - i > DRIVER_LINES || prose[n]!.row - last.endRow > 1 || !DRIVER_SAID.test(prose[n]!.text))
      return false;
    last = prose[n]!;
  }
  if (linesBetween(panic.text, last.end, begins) > CONSOLE_LINES) return false;
  const isLooking = last === line && lookingAt(line.text) !== null;
  if (promptedCommand(line.text, false) === null && !isLooking) return false;
  if (above === undefined || !isBelow(line, above) || PROMPT.test(above.text)) return true;
  if (isDenied(above.text)) return false;
  if (/[.!,:]$/.test(above.text.trim()) || CONSOLE_SAID.test(above.text)) return true;
  // A paragraph of its own, as a greeting is, without its full stop.
  return line.afterBlank && !goesOn(above.text) && !wentWellBefore(above.text);
}

/** Is a line that is further in than the panic a paragraph of its own right above it, and of no sentence? */
function standsAlone(prose: readonly Line[], i: number, { text, begins }: Place): boolean {
  const [above, line] = [prose[i - 1], prose[i]!];
  if (linesBetween(text, line.end, begins) > BEHIND_LINES) return false;
  if (above === undefined || !isBelow(line, above)) return true;
  return line.afterBlank && /(?:[.:]|, but)$/.test(above.text.trim());
}

/** An item of a list, up to the mark behind which it gives its command: `2. in the guest: ` */
const STEP = /^(?:\d{1,2}[.)]|[-*\u2022]) +[^"'`:]{2,60}: ["'`]$/;

/** What a step of the way gives in quotation marks, behind the words that say where or what for. */
const stepOf = (text: string): Found | undefined =>
  quotedCommands(text).find(({ at }) => STEP.test(text.slice(0, at)));

/** `After "..." this:`, with the panic below; of the words in quotes an option makes a command. */
export const AFTER_IT =
  /\bafter (?:running |an? |the )?(["'`])([^"'`]{2,160})\1,? (?:(?:I|we|it) (?:get|got|see|saw|says?|said) )?(?:this|the following)\b[^.]{0,30}:\s*$/i;

/** The command of a line that says so, if it does. */
function afterIt(text: string): Found | undefined {
  const m = AFTER_IT.exec(text);
  if (m === null || isDenied(text.slice(0, m.index))) return undefined;
  const [, quote, command] = m;
  if (!COMMAND.test(command!) || !(isKnown(command!) || / --?\w/.test(command!))) return undefined;
  return { text: command!, at: text.indexOf(quote!, m.index) + 1 };
}

/** Takes the commands at the prompts that stand at once above one. */
function promptsAbove(prose: readonly Line[], i: number, taker: Taker): void {
  let first = i;
  while (first > 0 && followsOn(prose, first) && PROMPT.test(prose[first - 1]!.text)) first--;
  for (let n = first; n < i; n++) {
    taker.at = n;
    const found = promptedCommand(prose[n]!.text, false);
    if (found !== null) taker.add(found, prose[n]!);
  }
  taker.at = i;
}

/**
 * A command that a sentence blames, or tells to have been done, in other words than those of leadIn.
 *
 * @param done what `doneBehind` says of the line
 * @returns whether there was one
 */
function saidOtherwise(prose: readonly Line[], i: number, done: number, taker: Taker): boolean {
  const line = prose[i]!;
  const { text } = line;
  const after = hasAll(line, AFTER | QUOTE | COLON) ? afterIt(text) : undefined;
  if (after !== undefined) {
    taker.addSaid(after, prose[i]!);
    return true;
  }
  if (done < 0 && !(hasAny(line, BLAMES | QUOTE) && MAY_BLAME.test(text))) return false;
  const whole = paragraph(prose, i);
  if (done >= 0) {
    const found = commandIn(whole.text, done);
    const quoted = found !== null && /["'`]/.test(whole.text[found.at - 1] ?? '');
    const above = i > 0 && isBelow(prose[i]!, prose[i - 1]!) ? prose[i - 1]!.text : '';
    const dies = tellsOfDeath(whole.text) || tellsOfDeath(lastSentence(above));
    const setOff = quoted && (OPERAND.test(found.text) || (dies && isStarted(found, whole.text)));
    if (
      found !== null &&
      (setOff || isKnown(found.text)) &&
      followsAtOnce(whole.text.slice(done, found.at)) &&
      !isAnswered(behindCommand(found, whole))
    ) {
      taker.addSaid(found, whole);
      return true;
    }
  }
  // Most lines quote nothing.
  for (const each of hasAny(line, QUOTE) ? quotedCommands(whole.text) : []) {
    if (each.at >= text.length) break;
    const [before, behind] = [whole.text.slice(0, each.at), behindCommand(each, whole)];
    const isOf = isBlamed(behind) || ranThen(before, behind) || isOnlyWith(before);
    if (isOf && !isDenied(before) && taker.addSaid(each, whole)) return true;
  }
  // Of two that are set against each other, the first may be the one that does nothing.
  for (let from = 0, n = 0; n < TOLD_MAX; n++) {
    const found = commandIn(whole.text, from);
    if (found === null || found.at >= text.length || !isKnown(found.text)) return false;
    if (isBlamedFor(found, whole)) {
      taker.addSaid(found, whole);
      return true;
    }
    from = found.at + found.text.length;
    if (!SET_AGAINST.test(whole.text.slice(from))) return false;
  }
  return false;
}

/** What parts the half of a sentence that denies from the half that tells. */
const SET_AGAINST = /; |,? but |, only /;

/** Commands of one line that are looked at for the one that is blamed. */
const TOLD_MAX = 3;

/** Whether the words around a command say that it was that. */
function isBlamedFor(found: Found, whole: Line): boolean {
  const before = whole.text.slice(0, found.at);
  const behind = behindCommand(found, whole);
  const alone = /^["'`]?$/.test(before.trim()) && repeatedBy(behind) !== undefined;
  // `With ... it panics`
  const withIt = /\bwith (?:an? |the )?["'`]?$/i.test(before) && diesBelow(behind);
  return (alone || withIt || isBlamed(behind) || isOnlyWith(before)) && !isDenied(before);
}

/** Characters that the lines of drivers may take between a sentence and the panic that it is about. */
const ABOVE_PANIC = 200;
/** Characters of a paragraph above a panic. */
const PARAGRAPH_MAX = 600;

/** Is a line near enough above the panic to be of the sentence that leads to it, and is something quoted? */
const quotesAbove = (line: Line, { begins }: Place): boolean =>
  line.end <= begins && begins - line.end <= PARAGRAPH_MAX && hasAny(line, QUOTE);

/** `During "make -j16 buildworld":`, above the panic: what is quoted there as run was on its way to it. */
function saidAbovePanic(prose: readonly Line[], i: number, panic: Place, taker: Taker): void {
  const { begins } = panic;
  if (!quotesAbove(prose[i]!, panic)) return;
  const whole = paragraph(prose, i);
  if (!whole.text.endsWith(':') || whole.end > begins || begins - whole.end > ABOVE_PANIC) return;
  const found = quotedCommands(whole.text).find((each) => {
    const [before, behind] = [whole.text.slice(0, each.at - 1), behindCommand(each, whole)];
    if (isDenied(before)) return false;
    // `just "camcontrol rescan all" with a card in it:`
    if (/^(?:just |simply |only )?$/i.test(before) && isKnown(each.text) && !isAnswered(behind)) return true;
    return isRunBefore(before) || isThenDied(before, each.text, behind) || isBlamedAbove(behind);
  });
  if (found !== undefined) taker.addSaid(found, whole);
}

/**
 * A command that goes on in the background is of no use without the one on the next line.
 * @returns the two (or more) as one, and the last line
 */
function inBackground(
  prose: readonly Line[],
  from: number,
  command: Found,
): { found: Found; whole: Line; last: number } {
  let whole = prose[from]!;
  let last = from;
  let { text } = command;
  const prompted = PROMPT.test(whole.text);
  while (/&$/.test(text) && last + 1 < prose.length) {
    const next = prose[last + 1]!;
    if (next.afterBlank || next.indent !== whole.indent) break;
    const prompt = PROMPT.exec(next.text)?.[0] ?? '';
    if ((prompt !== '') !== prompted) break;
    const more = next.text.slice(prompt.length).trim();
    if (next.row - whole.endRow > 1 || !COMMAND.test(more) || NO_COMMAND.test(more)) break;
    // `in one terminal, and in another`, which the command on the next line is for.
    const isSaid = OTHER_WINDOW.test(more) && !isKnown(more);
    whole = joinLines(whole, next, ' ');
    if (!isSaid) text = `${text} ${more}`;
    last++;
  }
  return { found: { text, at: command.at }, whole, last };
}

/**
 * The lines that follow a command at once and as far to the right are of the same script. The last of them.
 */
function blockCommands(prose: readonly Line[], from: number, taker: Taker): number {
  let i = from;
  while (i + 1 < prose.length) {
    const [line, next] = [prose[i]!, prose[i + 1]!];
    if (next.afterBlank || next.row - line.endRow > 1 || next.indent !== line.indent) break;
    if (isSettingLine(next.text)) {
      if (taker.last === i) taker.last++;
      i++;
      continue;
    }
    const command = next.text.trim();
    const first = command.replace(/^(?:[#$%] )?/, '');
    if (!SHELL.test(first) && (NO_COMMAND.test(first) || !COMMAND.test(first))) break;
    if (!SHELL.test(first) && !/[-/=|&>]/.test(first) && !KNOWN.test(` ${first}`) && !isOwn(first)) break;
    if (taker.last === i) {
      taker.last = ++i;
      continue;
    }
    taker.at = i + 1;
    taker.addLine({ text: first, at: next.text.length - first.length }, next);
    i++;
  }
  return i;
}

/**
 * The commands of the first sentence that has some, of those that a word in a line leads to: `I am running
 * 5.0. Run ...` leads twice.
 *
 * @param end where the line ends in its paragraph
 */
function ledCommands(whole: Line, from: number, end: number, taker: Taker): void {
  for (let at = from; at < end; ) {
    const one = sentence(whole, at);
    const before = taker.recipe.length;
    sentenceCommands(one, at, taker);
    if (taker.recipe.length > before) return;
    const next = leadIn(whole.text.slice(one.text.length, end));
    if (next === null) return;
    at = one.text.length + next.index;
  }
}

/** The commands of a sentence that stand behind the word at `from`. */
function sentenceCommands(whole: Line, from: number, taker: Taker): void {
  const found = commandIn(whole.text, from);
  if (found === null || !taker.addSaid(found, whole)) return;
  // Further commands in the same sentence: `... or "..."`.
  for (let last = found, n = 0; n < 4; n++) {
    const end = last.at + last.text.length;
    const more = commandIn(whole.text, end + 1);
    if (more === null || !BEFORE_STEP.test(whole.text.slice(end, more.at))) return;
    taker.add(more, whole, undefined, undefined, !/\bor\b/.test(whole.text.slice(end, more.at)));
    last = more;
  }
}
