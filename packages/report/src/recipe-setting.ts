/*
 * Builtins of a shell that set it up for what comes behind them: the directory, limits, variables, options.
 * By themselves they do nothing; before a command they are of its way to the panic, on its line or on lines
 * of their own above it.
 */

const NAME = '[A-Za-z_]\\w{0,40}';
const VALUE = '(?:"[^"]{0,120}"|\'[^\']{0,120}\'|[^\\s;&|<>"\'`()]{0,120})';
/** What a limit is set to: of `ulimit -a` nothing is set. */
const LIMIT = '(?:\\d{1,12}[kmgKMG]?[bB]?|unlimited|hard|soft)';
const RESOURCE =
  '(?:cputime|filesize|datasize|stacksize|coredumpsize|memoryuse|memorylocked|maxproc|openfiles|descriptors|vmemoryuse|sbsize|swapsize)';

/** Each with its operands to the last: the same words begin sentences (`limit the size`, `set a mark`). */
const SETTING = `(?:${[
  'cd(?: -P)?(?: (?:-(?=[\\s;&]|$)|[~\\w./$][^\\s;&|"\'`:,]{0,120}))?',
  `ulimit(?: -[A-Za-z])*(?: -[A-Za-z] ?${LIMIT}| ${LIMIT})`,
  `limit(?: -h)? ${RESOURCE} ${LIMIT}`,
  `unlimit(?: -h)?(?: ${RESOURCE})?`,
  `(?:export|readonly) ${NAME}(?:=${VALUE})?(?: (?:[A-Z_][A-Z\\d_]{0,40}|${NAME}=${VALUE})){0,6}`,
  `setenv ${NAME} ${VALUE}`,
  `(?:unset|unsetenv) ${NAME}`,
  'set [-+](?:[a-zA-Z]{1,6}|o [a-z]{4,10})',
  `set ${NAME} ?= ?${VALUE}`,
  'umask [0-7]{1,4}',
  `${NAME}=${VALUE}`,
].join('|')})`;
/** Several on one line, up to the command; a variable can be given to that one alone. */
const SEVERAL = `(?:${SETTING} ?(?:;|&&) ?|[A-Z_][A-Z\\d_]{0,30}=${VALUE} (?=\\S))+`;

const ALONE = new RegExp(`^(?:${SETTING} ?(?:;|&&) ?)*${SETTING};?$`);
const BEFORE = new RegExp(`^${SEVERAL}(?=\\S)`);
const BEHIND = new RegExp(`(?:^|[\\s"'\`:])((?:${SETTING} ?(?:;|&&) ?)+)$`);
/** Characters before a command of a sentence that are looked at. */
const REACH = 200;
/** The first letters of those that are words, as recipe-words.ts looks at them. */
export const SETTING_BEGINNINGS = 'cd uli lim unl exp rea set uns uma';
/** One that gives a variable. */
export const GIVES_VARIABLE = /^[A-Za-z_]\w{0,40}=/;

/** Is a line nothing but settings of the shell's? */
export const isSetting = (text: string): boolean => ALONE.test(text);

/** Characters of the settings that a command begins with; 0 where there are none, or nothing else. */
export const settingsLength = (text: string): number =>
  isSetting(text) ? 0 : (BEFORE.exec(text)?.[0].length ?? 0);

/** A command without the settings in front of it. */
export const withoutSettings = (text: string): string => text.slice(settingsLength(text));

/** The settings that stand at once before a place in a line. */
export function settingsBefore(text: string, at: number): string {
  const before = text.slice(Math.max(0, at - REACH), at);
  // Most commands stand behind a word.
  return /[;&] ?$/.test(before) ? (BEHIND.exec(before)?.[1] ?? '') : '';
}
