/*
 * Writings of a right answer that mean the same in any question: in quotes, a small number as a word, with
 * words that the question itself uses, a file without its folder, a signal by name and number. What is taken
 * has the machine's answer in it, and nothing that says something else.
 */
import { isSignalName, withoutSeparators } from './also.js';
import { plain } from './outcome.js';

/** Is what somebody gives that answer, in another writing perhaps? */
export function isSame(given: string, right: string): boolean {
  return plain(given) === right;
}

/** Numbers as people write them who count few. */
const FEW = 'zero one two three four five six seven eight nine ten eleven twelve'.split(' ');

/** Quoted, with an article, as a word. */
export function writingsOf(given: string, right: string): string[] {
  const trimmed = given.trim();
  const bare = (/^(["'`])(.*)\1$/.exec(trimmed)?.[2] ?? trimmed).replace(/^the /i, '');
  if (!/^-?\d+$/.test(right)) return [given, bare];
  const few = FEW.indexOf(bare.toLowerCase());
  return [given, bare, withoutSeparators(bare), ...(few >= 0 ? [String(few)] : [])];
}

/** Words that make another number of the one beside them. */
const CHANGING =
  /^(?:not?|non|never|than|less|minus|plus|over|under|above|below|without|and|or|half|twice|times)$/i;

const isNumber = (word: string): boolean => /\d/.test(word) || FEW.includes(word.toLowerCase());

/** A word without what stands around it in a sentence. */
const bareWord = (word: string): string => word.replace(/^["'`(]+|["'`).,:;?!]+$/g, '').toLowerCase();

/** Words of a question, but for those behind a number: of `32 megabytes` no other number is asked. */
function wordsOf(ask: string): Set<string> {
  const words = ask.split(/\s+/).map(bareWord);
  return new Set(words.filter((word, i) => !isNumber(word) && !/^[\d.,]+$/.test(words[i - 1] ?? '')));
}

/** Is it the number, and nothing beside it but words of the question, as `nine processes` or `by 3`? */
export function isNumberWithWords(given: string, right: string, ask: string): boolean {
  if (!/^-?\d+$/.test(right)) return false;
  const words = given.trim().split(/\s+/);
  const numbers = words.filter(isNumber);
  if (words.length < 2 || numbers.length !== 1) return false;
  if (!writingsOf(numbers[0]!, right).some((text) => isSame(text, right))) return false;
  const asked = wordsOf(ask);
  return words.every((word) => isNumber(word) || (asked.has(bareWord(word)) && !CHANGING.test(word)));
}

/** Where the answer is the path of a file: the whole path of one that is given by its name, or after `in`. */
export function pathsOf(given: string, right: string): string[] {
  if (!/^[\w.-]+(?:\/[\w.-]+)*\/[\w-]+\.\w+$/.test(right)) return [];
  const bare = given.trim().replace(/^(?:in )?(?:the )?(?:file )?/i, '');
  const name = right.replace(/.*\//, '');
  const [, rest] = bare.startsWith(name) ? [name, bare.slice(name.length)] : [];
  return rest === undefined ? [bare] : [right + rest];
}

/** Is it a signal by its number or name, or by both, as `signal 15 (SIGTERM)`? */
export function isSignal(given: string, number: string, name: string): boolean {
  const words = given.trim().split(/[\s(),:=]+/);
  const said = words.filter((word) => word !== '' && !/^(?:signal|number|no\.?)$/i.test(word));
  const isOf = (word: string): boolean => word === number || isSignalName(word, name);
  return said.length > 0 && said.length <= 2 && new Set(said).size === said.length && said.every(isOf);
}

/** Is it the process of that id, with its name perhaps? */
export function isProcess(given: string, pid: string, name: string): boolean {
  const bare = given.trim().replace(/^process /i, '');
  return [
    pid,
    `pid ${pid}`,
    `${pid} (${name})`,
    `pid ${pid} (${name})`,
    `${name} (${pid})`,
    `${name} (pid ${pid})`,
  ].some((each) => each.toLowerCase() === bare.toLowerCase());
}
