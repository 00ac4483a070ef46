import type { RecipeCommand } from '@trap12/report';

/*
 * Which of a report's commands are run, and in which order: lines that stand one below the other are of one
 * script, of which the last may be of no use without the first.
 */

/** A command of the report that is not run, and why. */
export interface LeftOut {
  text: string;
  because: string;
}

/** What of a recipe is run, one after the other in one shell, and what is not. */
export interface RecipeLines {
  taken: RecipeCommand[];
  left: LeftOut[];
}

/** What sets up a shell, and does nothing else. */
const SETS =
  /^(?:ulimit|limits?|unlimit|cd|export|setenv|umask|set|unset|readonly|alias|echo|sleep|true|:|pwd|exit|\w+=\S*$)(?=\s|$)/;
/** What makes a machine ready for the line behind it; alone it may be what kills it. */
const PREPARES = /^(?:swapon|sysctl|mkdir|mknod|touch|chmod|chown|ln|rm|rmdir|sync|kldload)(?=\s|$)/;

const isSetting = ({ text }: RecipeCommand): boolean => SETS.test(text);
const isPreparing = (each: RecipeCommand): boolean => isSetting(each) || PREPARES.test(each.text);

/** A loop that only ends with the machine, and keeps the shell. */
const isEndless = ({ text, times, copies }: RecipeCommand): boolean =>
  !/&$/.test(text) &&
  ((times === 0 && copies === undefined) ||
    /^(?:while|until) (?:true|:|\[ 1 \]|\(?false\)?|! false)\s*;/.test(text) ||
    /^yes\b[^|]*$/.test(text));

/** Lines of one script; what only prepares is of the script behind it. */
function scriptsOf(recipe: readonly RecipeCommand[]): RecipeCommand[][] {
  const out: RecipeCommand[][] = [];
  for (const each of recipe) {
    const last = out.at(-1);
    if (last !== undefined && (each.follows === true || last.every(isPreparing))) last.push(each);
    else out.push([each]);
  }
  return out;
}

/**
 * The first script of a report that does anything here: its commands in their order.
 * @param lacking the programs of a command that the machine has not
 * @returns nothing taken: none of it can be run, or only what prepares for something that cannot
 */
export function recipeLines(
  recipe: readonly RecipeCommand[],
  lacking: (text: string) => readonly string[],
): RecipeLines {
  const isHere = ({ text }: RecipeCommand): boolean => lacking(text).length === 0;
  const scripts = scriptsOf(recipe);
  const script =
    scripts.find((lines) => lines.some((each) => isHere(each) && !isPreparing(each))) ??
    scripts.find((lines) => lines.every(isHere) && !lines.every(isSetting));
  const taken: RecipeCommand[] = [];
  const left: LeftOut[] = [];
  let endless: string | undefined;
  for (const each of recipe) {
    const leave = (because: string): unknown => left.push({ text: each.text, because });
    const absent = lacking(each.text);
    if (absent.length > 0) leave(`not on this machine: ${[...new Set(absent)].join(', ')}`);
    else if (script === undefined) leave('by itself it only prepares something');
    else if (!script.includes(each)) leave('the text does not say that it goes with what is run');
    else if (endless !== undefined) leave(`"${endless}" before it goes on without end`);
    else {
      taken.push(each);
      if (isEndless(each)) endless = each.text;
    }
  }
  return { taken, left };
}

/** Commands as one line of a shell; an ampersand ends a command, too. */
export const joined = (commands: readonly string[]): string =>
  commands.map((each, i) => each + (i === commands.length - 1 ? '' : /&$/.test(each) ? ' ' : '; ')).join('');
