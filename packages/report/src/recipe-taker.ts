import { type Line, spanOf } from './line.js';
import { followsOn, isBelow, toldAbove } from './recipe-place.js';
import {
  bareIn,
  commandIn,
  NOT_WHOLE,
  type Found,
  isSettingLine,
  PROMPT,
  SHELL,
  splitCommand,
  variableOf,
  withoutDangling,
} from './recipe-command.js';
import {
  alsoAt,
  besideAt,
  copiesOf,
  isAftermath,
  isAtWork,
  isBlamed,
  isMending,
  isTogether,
  repeatedBefore,
  repeatedBy,
  saidAgainst,
  toldInWords,
  wentWellBefore,
} from './recipe-said.js';
import { BEFORE_STEP, stepBehind, unsetVariable, withoutNote } from './recipe-note.js';
import { GIVES_VARIABLE } from './recipe-setting.js';
import { sizeOf } from './recipe-size.js';
import { type Damage, RECIPE_DOUBT, type RecipeCommand, type Span } from './types.js';

/*
 * The commands that are taken of one text, and what is noted of each: where it stands, how often it was run,
 * what its variable is.
 */

/** Commands that are kept of one text. */
export const RECIPES_MAX = 20;
/** Lines behind a command in which its variable may be told. */
const SIZE_LINES = 3;
/** Lines of a paragraph that are looked at for what it tells of. */
const PARAGRAPH_LINES = 6;
/** Characters between two commands of one script: ends of lines, a short answer. */
const BELOW = 60;

/** `Any of the following does it:`, above a list of commands. */
const isEither = (said: string): boolean =>
  /\b(?:either|any(?: one)?|one|each) of (?:the following|these|those|them|this)\b|\beither\b[^.]{0,40}:\s*$/i.test(
    said,
  );

/** What a text says of the way to its panic, and what it says too unclearly to be taken. */
export interface Recipes {
  recipe: RecipeCommand[];
  doubts: Damage[];
}

/** `, where N is ...`, `, N being ...` behind a command. */
const VALUE_BEHIND = /^[,;]? ?(?:(?:where|with) )?[A-Z][A-Z\d]{0,7}(?: is| =|=| being| equals) /;

const spanOfFound = ({ at, text }: Found, whole: Line): Span => spanOf(whole, at, at + text.length);

/** How often a command was run: one time after the other, or at once. */
interface Often {
  times?: number | undefined;
  copies?: number | undefined;
}

/** Takes the commands of one text. */
export class Taker {
  readonly recipe: RecipeCommand[] = [];
  readonly doubts: Damage[] = [];
  /** What is told in words, which is of no use beside a command */
  readonly inWords: Damage[] = [];
  /** Settings of the shell's, which are of no use without a command */
  readonly alone: Damage[] = [];
  private readonly seen = new Set<string>();
  /** Index of the line that is looked at */
  at = 0;
  /** Index of a line whose note says that the machine did not survive it, or of one that follows on it */
  last = -2;

  /** Whether the line is of a section that tells the way to the panic. */
  section = false;
  /** A command of a script could not be taken: the others of it are of no use alone. */
  half = false;
  /** The list that is read is one of which each does by itself */
  private either = false;

  /** @param ends where the panic ends: what is told behind it may have been done about it */
  constructor(
    private readonly prose: readonly Line[],
    private readonly ends = Number.POSITIVE_INFINITY,
  ) {}

  /** Does the text tell, before a place that is behind the panic, of what was done about that? */
  isAfter(whole: Line, before: string, at = this.at): boolean {
    if (whole.from < this.ends || this.section) return false;
    let said = before;
    for (let n = at; n > 0 && at - n < PARAGRAPH_LINES; n--) {
      const [above, line] = [this.prose[n - 1]!, this.prose[n]!];
      if (line.afterBlank || line.row - above.endRow > 1 || above.from < this.ends) break;
      said = `${above.text} ${said}`;
    }
    return isAftermath(said);
  }

  /**
   * @param often as in RecipeCommand
   * @param span where it stands, if that is more than its words
   * @param follows the text says that it comes behind the one before it
   */
  add(told: Found, whole: Line, often: Often = {}, place?: Span, follows = false): void {
    const noted = { ...told, text: withoutDangling(withoutStop(told, whole.text)) };
    const span = place ?? spanOfFound(noted, whole);
    const note = withoutNote(noted.text);
    if (note.last) this.last = this.at;
    const found = { ...noted, text: note.text };
    const command = splitCommand(found.text);
    const key = command.join(' ');
    if (command.length === 0 || this.seen.has(key) || isLogged(whole.text) || isMisread(command)) return;
    if (NOT_WHOLE.test(key)) return;
    this.seen.add(key);
    const settings = this.settingsAbove(whole);
    const unset = unsetVariable(
      found.text,
      [...this.recipe, ...settings].map((each) => each.text),
    );
    if (unset !== undefined) {
      this.doubt(`"${found.text}" is of a script, and where that sets $${unset} was not read`, span);
      this.half = true;
      return;
    }
    const recipe: RecipeCommand = { command, text: found.text, span };
    const variable = variableOf(command);
    const size = variable === undefined ? undefined : this.sizeNear(variable, whole);
    if (size !== undefined) recipe.size = size;
    const { copies } = often;
    const times = often.times ?? this.timesAround(whole);
    if (copies !== undefined) recipe.copies = copies;
    else if (times !== undefined && times !== 1 && !SHELL.test(found.text)) recipe.times = times;
    const before = this.recipe.at(-1)?.span[1];
    const from = settings[0]?.span[0] ?? whole.from;
    const below = before !== undefined && from >= before && from - before <= BELOW;
    if (!below) this.either = isEither(toldAbove(this.prose, this.at));
    const [first, ...others] = [...settings, recipe];
    if ((below && !this.either && !this.isOr(before)) || follows) first!.follows = true;
    for (const each of others) each.follows = true;
    if (this.recipe.length + others.length < RECIPES_MAX) this.recipe.push(first!, ...others);
  }

  /** `Run this 20 times:` above the line of a command alone, or `twice in a row.` below it. */
  private timesAround(whole: Line): number | undefined {
    const { prose, at } = this;
    const [above, below] = [prose[at - 1], prose[at + 1]];
    if (whole.from !== prose[at]?.from) return undefined;
    // Of several commands below the heading the first alone is not what it tells of.
    const isLast = below === undefined || below.afterBlank || !isBelow(below, prose[at]!);
    const heading = above?.text.endsWith(':') === true && isBelow(prose[at]!, above);
    const told = heading && isLast ? repeatedBefore(above.text) : undefined;
    if (told !== undefined || isLast) return told;
    const behind = repeatedBy(` ${below.text}`);
    const rest = ` ${below.text}`.slice(behind?.length);
    return /^(?: in a row)?[.!]?$/.test(rest) ? behind?.times : undefined;
  }

  /** The settings of the shell on lines of their own above the one that is taken, as far in as that. */
  private settingsAbove(whole: Line): RecipeCommand[] {
    const out: RecipeCommand[] = [];
    const { prose } = this;
    const prompted = PROMPT.test(whole.text);
    if (whole.from !== prose[this.at]?.from) return out;
    for (let n = this.at; n > 0 && followsOn(prose, n); n--) {
      const above = prose[n - 1]!;
      const prompt = PROMPT.exec(above.text)?.[0].length ?? 0;
      if (prompt > 0 !== prompted || !isSettingLine(above.text)) break;
      const text = above.text.slice(prompt);
      out.unshift({ command: splitCommand(text), text, span: spanOf(above, prompt) });
    }
    return out;
  }

  /** Does a line between a command that ends at `before` and this one say that this is another way? */
  private isOr(before: number): boolean {
    for (let i = this.at - 1; i >= 0 && this.prose[i]!.from >= before; i--)
      if (/^(?:or\b|alternatively\b)/i.test(this.prose[i]!.text)) return true;
    return false;
  }

  /** The value of a variable in the command's own sentence, or in the lines from it on. */
  private sizeNear(variable: string, whole: Line): RecipeCommand['size'] {
    const own = sizeOf(variable, whole.text);
    if (own !== undefined) return own;
    for (let n = 0; n <= SIZE_LINES && this.at + n < this.prose.length; n++) {
      const size = sizeOf(variable, this.prose[this.at + n]!.text);
      if (size !== undefined) return size;
    }
    return undefined;
  }

  /** Takes several commands, or lines, as one; [from, to) is where they stand. */
  addAll(text: string, whole: Line, [from, to]: Span): void {
    this.add({ text, at: from }, whole, undefined, spanOf(whole, from, to));
  }

  doubt(reason: string, span: Span): void {
    const again = this.doubts.some((each) => each.span?.[0] === span[0] && each.reason === reason);
    if (!again && this.doubts.length < RECIPES_MAX)
      this.doubts.push({ kind: 'unread', what: RECIPE_DOUBT, reason, span });
  }

  /** Notes a program whose operands a sentence tells in words: nobody knows what command that was. */
  addWords(whole: Line): void {
    const told = toldInWords(whole.text);
    if (told === undefined || this.inWords.length > 0) return;
    const { program, words, at } = told;
    const reason = `"${words}" tells in words how ${program} was run; the command itself is missing`;
    const span = spanOf(whole, at, at + words.length);
    this.inWords.push({ kind: 'unread', what: RECIPE_DOUBT, reason, span });
  }

  /** Notes a setting of the shell's, for the case that no command behind it is read. */
  addSetting(line: Line): void {
    // A program prints lines of the same look as those that give a variable.
    if (this.alone.length > 0 || GIVES_VARIABLE.test(line.text)) return;
    const at = PROMPT.exec(line.text)?.[0].length ?? 0;
    const reason = `"${line.text.slice(at)}" only sets up the shell; no command behind it was read`;
    this.alone.push({ kind: 'unread', what: RECIPE_DOUBT, reason, span: spanOf(line, at) });
  }

  /** Takes a command of a line of its own, without what the line says of it behind it. */
  addLine(found: Found, whole: Line): void {
    const bare = bareIn(found.text, 0);
    const behind = bare?.at === 0 ? found.text.slice(bare.text.length).replace(/^ *\(/, ' ') : '';
    if (saidAgainst(behind) !== 'nothing') return;
    const times = repeatedBy(behind)?.times;
    const copies = copiesOf(
      whole.from === this.prose[this.at]?.from ? toldAbove(this.prose, this.at) : '',
      behind,
    );
    const isSaid =
      times !== undefined || copies !== undefined || isBlamed(behind) || VALUE_BEHIND.test(behind);
    this.add(isSaid ? { text: bare!.text, at: found.at } : found, whole, { times, copies });
  }

  /** Takes a command of a sentence, unless the sentence says that it does not bring the panic on. */
  addSaid(found: Found, whole: Line): boolean {
    const behind = behindCommand(found, whole);
    const before = whole.text.slice(0, found.at);
    if (wentWellBefore(before) || isMending(before, behind)) return false;
    if (!isBlamed(behind) && this.isAfter(whole, before)) return false;
    const against = saidAgainst(behind);
    if (against === 'both')
      this.doubt(
        `the sentence says of "${found.text}" both that it brings the panic on and that it does not`,
        spanOfFound(found, whole),
      );
    if (against !== 'nothing') return false;
    const step = stepBehind(behind);
    const next = step === undefined ? null : commandIn(behind, step.before - 1);
    if (step !== undefined && (next === null || !BEFORE_STEP.test(behind.slice(0, next.at)))) {
      this.doubt(
        `behind "${found.text}" the sentence tells of a further step ("${step.words}"), which is no command`,
        spanOfFound(found, whole),
      );
      return false;
    }
    const times = repeatedBy(behind)?.times ?? repeatedBefore(before);
    const beside = besideOf(found, whole);
    if (beside !== null) {
      const text = `${looped(beside.text, beside.times)} & ${looped(found.text, times)}`;
      this.addAll(text, whole, [found.at, beside.end]);
      return true;
    }
    const other = togetherWith(found, whole);
    if (other !== null) {
      this.addAll(`${found.text} & ${other.text}`, whole, [found.at, other.at + other.text.length]);
      return true;
    }
    // Where it is said in brackets, too.
    const rest = whole.text.slice(found.at + found.text.length).replace(/^["'`]/, '');
    this.add(found, whole, { times, copies: copiesOf(before, rest) });
    const also = alsoWith(found, whole);
    if (also !== null) this.addSaid(also, whole);
    return true;
  }
}

/** A line in which a script or a fuzzer says what it does: how it ran that is in the script. */
const LOGGED =
  /^(?:\[[*+!-]\] |\W{0,3}(?:(?:mon|tue|wed|thu|fri|sat|sun) )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec) {1,2}\d{1,2} \d\d:\d\d:\d\d (?:[a-z]{3,5} )?\d{4}\b|\W{0,3}\d{4}-\d\d-\d\d[ t]\d\d:\d\d:\d\d\b)/i;

const isLogged = (text: string): boolean => LOGGED.test(text);

/**
 * Operands with a dash of printers' inside a word, as a machine or a page makes one of a hyphen; a command
 * that goes on in the next line is half a one.
 */
const isMisread = (command: readonly string[]): boolean =>
  command.at(-1) === '\\' || command.some((word) => /[\w/.][\u2012-\u2015][\w/.]/.test(word));

/** What ends a sentence or parts its halves, behind a word: `cp -R . ..` ends with names. */
const STOPS = /(?<=[\w)\]}])[.,;!]+$/;
/** A shell's prompt: what stands behind one is as it was typed. */
const TYPED = /^\S{0,40} ?[#$%] /;

/** A command without the mark that ends its sentence. */
function withoutStop({ text }: Found, line: string): string {
  const m = STOPS.exec(text);
  return m === null || TYPED.test(line) ? text : text.slice(0, m.index);
}

/** `A`, as often as the text says, as one command of the shell's. */
export function looped(command: string, times: number | undefined): string {
  if (times === undefined || times === 1) return command;
  const end = command.endsWith('&') ? '' : ';';
  if (times === 0) return `while true; do ${command}${end} done`;
  const counts =
    times > COUNTED_MAX ? `$(jot ${times})` : Array.from({ length: times }, (_, i) => i + 1).join(' ');
  return `for i in ${counts}; do ${command}${end} done`;
}

/** Rounds of a loop whose numbers are written out. */
const COUNTED_MAX = 10;

/** `A, but only if B is running in another window`: B, how often it ran, and where it ends; or null. */
function besideOf(
  found: Found,
  whole: Line,
): { text: string; times: number | undefined; end: number } | null {
  const end = found.at + found.text.length;
  const at = besideAt(whole.text.slice(end));
  if (at < 0) return null;
  const other = commandIn(whole.text, end + at - 1);
  // It follows at once, in quotation marks or without.
  if (other === null || other.at > end + at + 1) return null;
  const behind = behindCommand(other, whole);
  if (!isAtWork(behind)) return null;
  const loop = /\bin an? (?:\w+ )?loop\b/i.exec(behind.slice(0, LOOP_REACH));
  return { text: other.text, times: loop === null ? undefined : 0, end: other.at + other.text.length };
}

/** `A. Sometimes also with B`: B, or null. */
function alsoWith(found: Found, whole: Line): Found | null {
  const end = found.at + found.text.length;
  const at = alsoAt(whole.text.slice(end));
  const other = at < 0 ? null : commandIn(whole.text, end + at - 1);
  return other === null || other.at > end + at + 1 ? null : other;
}

/** `A and B at the same time`: B, or null. */
function togetherWith(found: Found, whole: Line): Found | null {
  const end = found.at + found.text.length;
  const other = commandIn(whole.text, end + 1);
  if (other === null || !/^["'`]? (?:and|with) ["'`]?$/.test(whole.text.slice(end, other.at))) return null;
  return isTogether(whole.text.slice(other.at + other.text.length)) ? other : null;
}

/** Characters behind a command in which it is told that it ran in a loop. */
const LOOP_REACH = 40;

/** What a line says behind a command, its closing quotation mark left out. */
export const behindCommand = ({ text, at }: Found, whole: Line): string =>
  whole.text.slice(at + text.length).replace(/^["'`]?(?: \([^)]*\))?/, '');
