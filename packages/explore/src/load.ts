import type { RecipeCommand, Report } from '@trap12/report';
import { checkNeeds, NEED, type Need, optional } from '@trap12/target';
import { programsOf, SHELL_WORDS } from './coverage.js';
import { joined, type LeftOut, recipeLines } from './recipe-lines.js';

/** What runs on a machine beside the command that is to bring the panic on. */
export interface Background {
  summary: string;
  /** Shell commands that go on by themselves; empty for none. */
  command: string;
}

/**
 * Backgrounds by name. The first was made for the example: its processes are swapped out, come and go, and
 * need more memory than the recipe leaves.
 */
export const BACKGROUNDS: Readonly<Record<string, Background>> = {
  servers: {
    summary: 'a server whose idle workers are replaced now and then, and bursts of other work',
    command: 'pool 6 2600 1 & hog burst 14m 1000000 &',
  },
  forks: {
    summary:
      'the server, and short programs one after the other, which take up address spaces that others gave back',
    command: 'pool 6 2600 1 & while true; do hog seq 14m 1 > /dev/null; sleep 1; done &',
  },
  none: { summary: 'nothing else', command: '' },
};

export const DEFAULT_BACKGROUND = 'servers';

/** Data segments without limit, as a login class of the time has it. */
const LIMITS = 'ulimit -d unlimited;';

/** No machine could run this load. The message is one line for a person. */
export class LoadError extends RangeError {
  override readonly name = 'LoadError';
}

/** What a machine is made to do, and where that comes from. */
export interface Load {
  /** All of it, as the shell gets it */
  command: string;
  /** The command that is to bring the panic on, its size filled in */
  recipe: string;
  /** Whether the report names it or a person gave it */
  from: 'report' | 'given';
  background: { name: string; command: string };
  /** Commands of the report that are not run, and why; left out if there are none, or one was given */
  left?: LeftOut[];
}

export interface LoadChoice {
  /** A command in place of the report's */
  given?: string | undefined;
  /** Of BACKGROUNDS; DEFAULT_BACKGROUND if left out */
  background?: string | undefined;
  ramBytes: number;
  /** Names of the machine's programs; unchecked if left out */
  programs?: readonly string[];
  /** What whoever calls knows `given` and `ramBytes` by, for messages */
  names?: { load: string; ram: string };
}

/** @throws RangeError that lists the backgrounds, if there is none of that name */
export function backgroundNamed(name: string): Background {
  if (!Object.hasOwn(BACKGROUNDS, name))
    throw new RangeError(`no background load "${name}"; accepted: ${Object.keys(BACKGROUNDS).join(', ')}`);
  return BACKGROUNDS[name]!;
}

const RECIPE: Need = {
  is: (value) => Array.isArray((value as Partial<Report> | null | undefined)?.recipe),
  text: 'what parseReport() gives',
};

/** Of what is chosen. */
const CHOICE: Readonly<Record<keyof LoadChoice, Need>> = {
  given: optional(NEED.text),
  background: optional(NEED.text),
  ramBytes: NEED.count,
  programs: optional(NEED.texts),
  names: optional(NEED.record),
};

/**
 * The load of a search: the report's recipe with its size filled in for this RAM, or the command that was
 * given, beside a background.
 * @throws LoadError that says why it makes no sense on that machine
 */
export function loadOf(report: Pick<Report, 'recipe'>, choice: LoadChoice): Load {
  checkNeeds('loadOf', { report, choice }, { report: RECIPE, choice: NEED.record });
  checkNeeds('loadOf', choice, CHOICE);
  const { given, ramBytes, names = { load: 'given', ram: 'ramBytes' } } = choice;
  const name = choice.background ?? DEFAULT_BACKGROUND;
  const background = { name, command: backgroundNamed(name).command };
  const { programs } = choice;
  const told = given === undefined ? recipeOf(report, choice, names) : undefined;
  const recipe = told?.recipe ?? given!;
  if (recipe.trim() === '') throw new LoadError('the command to load the machine with is empty');
  if (given !== undefined) refuseLetters(given, report, ramBytes, names);
  const command = [LIMITS, background.command, recipe].filter((part) => part !== '').join(' ');
  const lacking = programs === undefined ? [] : lackingPrograms(command, programs);
  if (lacking.length > 0)
    throw new LoadError(
      `the machine has no program ${lacking.join(', ')} to run "${recipe}" with; \`trap12 run -- ls /bin /sbin\` lists its programs`,
    );
  const load: Load = { command, recipe, from: given === undefined ? 'report' : 'given', background };
  if (told !== undefined && told.left.length > 0) load.left = told.left;
  return load;
}

/** The programs that a command needs and that are not among these. */
export function lackingPrograms(command: string, programs: readonly string[]): string[] {
  const wanted = programsOf(command).filter((name) => !SHELL_WORDS.has(name));
  return [...new Set(wanted.filter((name) => !programs.includes(name)))];
}

type Names = NonNullable<LoadChoice['names']>;

const leftText = (left: readonly LeftOut[]): string =>
  left.map(({ text, because }) => `"${text}" (${because})`).join(', ');

/** The report's commands as the shell gets them, in their order, and those that are left out. */
function recipeOf(
  { recipe }: Pick<Report, 'recipe'>,
  { ramBytes, programs }: LoadChoice,
  names: Names,
): { recipe: string; left: LeftOut[] } {
  if (recipe[0] === undefined)
    throw new LoadError(`the report names no command to load the machine with; give one as ${names.load}`);
  const lacking = (text: string): string[] => (programs === undefined ? [] : lackingPrograms(text, programs));
  const { taken, left } = recipeLines(recipe, lacking);
  if (taken.length === 0)
    throw new LoadError(
      `the report names no command that loads this machine: ${leftText(left)}; give one as ${names.load}`,
    );
  return { recipe: joined(taken.map((each) => recipeCommand(each, ramBytes, names))), left };
}

const megabytes = (bytes: number): string => `${Math.round((bytes / (1 << 20)) * 10) / 10} MB`;

/**
 * The recipe as the shell gets it, the size in it filled in: its variable is worth as much as the report
 * says, rounded to bytes. What was run several times is run as often, in a loop without end if the report
 * does not say how often; what was run in several copies at once has them beside each other.
 */
function recipeCommand(recipe: RecipeCommand, ramBytes: number, names: Names): string {
  const once = sized(recipe, ramBytes, names);
  const { times, copies } = recipe;
  if (copies !== undefined) {
    const one = once.replace(/\s*&$/, '');
    // An ampersand puts only the last command of a list into the background.
    const alone = /[;&|]/.test(one) ? `( ${one} )` : one;
    return Array<string>(copies).fill(alone).join(' & ');
  }
  if (times === undefined || times === 1) return once;
  // An ampersand ends a command, too.
  const end = once.endsWith('&') ? '' : ';';
  return times === 0
    ? `while true; do ${once}${end} done`
    : `for i in $(jot ${times}); do ${once}${end} done`;
}

/** Operands that are numbers, with a name in capitals in their place. */
const OPERAND = /(?:^|\s)(?:[io]?bs|cbs|count|skip|seek)=([A-Z]\w{0,7})(?=[\s;&|(){}]|$)/;
/** The same, or a single capital by itself. */
const UNTOLD = new RegExp(`${OPERAND.source}|(?:^|\\s)([A-Z])(?=[\\s;&|]|$)`);

/** Programs whose operands are numbers, but for words in small letters. */
const NUMBERS =
  /(?:^|[\s;&|({])(?:memcheck|hog|pool|sleep|jot)(?: [^\s;&|(){}<>]+)*? ([A-Z][A-Z\d]{0,7})(?=[\s;&|(){}]|$)/;

/** @throws LoadError of a command with letters where a number is to stand, as a report has them */
function refuseLetters(given: string, report: Pick<Report, 'recipe'>, ramBytes: number, names: Names): void {
  // What is quoted may be anything.
  const text = given.replace(/'[^']*'|"[^"]*"/g, (quoted) => '_'.repeat(quoted.length));
  const [whole, operand] = OPERAND.exec(text) ?? [];
  const letters = operand ?? NUMBERS.exec(text)?.[1];
  if (letters === undefined) return;
  const told = report.recipe.find(({ size }) => size?.variable === letters);
  const where = operand === undefined ? letters : whole!.trim();
  const known =
    told === undefined
      ? 'a number, a size as 52m or 524288'
      : `a number; in the report it is ${bytesOf(told, ramBytes, names)} on this machine`;
  throw new LoadError(`"${where}" in the command "${given}": ${letters} stands for ${known}`);
}

function sized({ size, text }: RecipeCommand, ramBytes: number, names: Names): string {
  if (size === undefined) {
    const untold = UNTOLD.exec(text);
    if (untold === null) return text;
    throw new LoadError(
      `the report does not say what ${untold[1] ?? untold[2]} is in its command "${text}"; give the command as ${names.load}`,
    );
  }
  return text.replace(
    new RegExp(`(?<=^|[\\s=])${size.variable}(?=[\\s;&|]|$)`, 'g'),
    String(bytesOf({ size }, ramBytes, names)),
  );
}

/** What the variable of a recipe is worth. @throws LoadError if that is too little */
function bytesOf({ size }: Pick<RecipeCommand, 'size'>, ramBytes: number, names: Names): number {
  const { variable, relativeToRam, ramFactor, deltaBytes } = size!;
  const bytes = Math.round((relativeToRam ? ramFactor * ramBytes : 0) + deltaBytes);
  if (bytes < 4096)
    throw new LoadError(
      `the recipe's ${variable} is the size of memory ${deltaBytes < 0 ? 'less' : 'plus'} ${megabytes(Math.abs(deltaBytes))}, which leaves ${megabytes(bytes)} of ${megabytes(ramBytes)}; accepted: ${names.ram} above ${megabytes((4096 - deltaBytes) / (ramFactor || 1))}, or a command of your own as ${names.load}`,
    );
  return bytes;
}
