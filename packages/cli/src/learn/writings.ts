/*
 * Writings of a right answer that mean the same in any question: in quotes, a small number as a word, with
 * words that the question itself uses, a file without its folder, a signal by name and number. What is taken
 * has the machine's answer in it, and nothing that says something else.
 */
import { isSignalName, signalWords, withoutSeparators } from './also.js';
import { plain } from './outcome.js';

/** Is what somebody gives that answer, in another writing perhaps? */
export function isSame(given: string, right: string): boolean {
  return plain(given) === right;
}

/** Numbers as people write them who count few. */
const FEW = 'zero one two three four five six seven eight nine ten eleven twelve'.split(' ');

/** Quoted, with an article, as a word, as a call. */
export function writingsOf(given: string, right: string): string[] {
  const trimmed = given.trim();
  const bare = (/^(["'`])(.*)\1$/.exec(trimmed)?.[2] ?? trimmed).replace(/^the /i, '');
  // `f()+0x24` is a place in f.
  if (!/^-?\d+$/.test(right)) return [given, bare, bare.replace(/^(\w+)\(\)(?=\+0x)/, '$1')];
  return [given, bare, withoutSeparators(withoutBlanks(bare)), inDigits(bare)];
}

/**
 * A number without the blanks between its groups of three digits, as `30 006`, perhaps with words behind it;
 * of other digits beside each other nobody knows whether they are one.
 */
const withoutBlanks = (text: string): string =>
  text.replace(/^[1-9]\d{0,2}(?:[ \u00a0\u2009\u202f]\d{3})+(?=$| *[a-z]+$)/i, (number) =>
    number.replace(/\D/g, ''),
  );

/** The only number of a text in digits, where it is a word. */
function inDigits(text: string): string {
  const words = text.split(' ');
  if (words.filter(isNumber).length !== 1) return text;
  return words.map((word) => (isFew(word) ? String(FEW.indexOf(word.toLowerCase())) : word)).join(' ');
}

/** Words that make another number of the one beside them. */
const CHANGING =
  /^(?:not?|non|never|than|less|minus|plus|over|under|above|below|without|and|or|half|twice|times)$/i;

const isFew = (word: string): boolean => FEW.includes(word.toLowerCase());

const isNumber = (word: string): boolean => /\d/.test(word) || isFew(word);

/** A word without what stands around it in a sentence. */
const bareWord = (word: string): string => word.replace(/^["'`(]+|["'`).,:;?!]+$/g, '').toLowerCase();

/**
 * Words of a question, but for those behind a number: of `32 megabytes` no other number is asked. Of a name
 * of several parts the last one is one, too, as `v_forks`.
 */
function wordsOf(ask: string): Set<string> {
  const words = ask.split(/\s+/).map(bareWord);
  const asked = words.filter((word, i) => !isNumber(word) && !/^[\d.,]+$/.test(words[i - 1] ?? ''));
  return new Set(
    asked.flatMap((word) => (/^\w+(?:\.\w+)+$/.test(word) ? [word, /\w+$/.exec(word)![0]] : [word])),
  );
}

/** Does a question have the word, or the verb of which it is a form, as `goes` of `go`? */
const isAsked = (asked: ReadonlySet<string>, word: string): boolean =>
  (asked.has(word) || asked.has(word.replace(/(?<=[^aeiu])e?s$/, ''))) && !CHANGING.test(word);

/** Is it the number, and nothing beside it but words of the question, as `nine processes` or `by 3`? */
export function isNumberWithWords(given: string, right: string, ask: string): boolean {
  if (!/^-?\d+$/.test(right)) return false;
  const words = withoutBlanks(given.trim()).split(/\s+/);
  const numbers = words.filter(isNumber);
  if (words.length < 2 || numbers.length !== 1) return false;
  if (!writingsOf(numbers[0]!, right).some((text) => isSame(text, right))) return false;
  const asked = wordsOf(ask);
  return words.every((word) => isNumber(word) || isAsked(asked, bareWord(word)));
}

/** Does it say that there are none, as `none`, or `no processes` where the question has the word? */
export function isNone(given: string, ask: string): boolean {
  const words = given.trim().split(/\s+/).map(bareWord);
  if (words.length === 1) return words[0] === 'none';
  const asked = wordsOf(ask);
  return words[0] === 'no' && words.slice(1).every((word) => word !== '' && isAsked(asked, word));
}

/** What a question asks for. */
const KIND_ASKED = /\b(?:which|what) (lock|mutex|process|function|program|file|counter|thread|command)\b/i;

/** Is it the name, and beside it no more than an article and what is asked for, as `the drawer lock`? */
export function isNameWithKind(given: string, right: string, ask: string): boolean {
  if (!/^[a-z_]\w*$/i.test(right)) return false;
  const words = given
    .trim()
    .replace(/^(?:the|a|an) /i, '')
    .split(/\s+/)
    .map((word) => bareWord(word.replace(/\(\)$/, '')));
  const asked = KIND_ASKED.exec(ask)?.[1];
  const [first, second] = words[0] === right ? words : words.toReversed();
  return words.length === 2 && first === right && asked === second;
}

/** Where the answer is the path of a file: the whole path of one that is given by its name, or after `in`. */
export function pathsOf(given: string, right: string): string[] {
  if (!/^[\w.-]+(?:\/[\w.-]+)*\/[\w-]+\.\w+$/.test(right)) return [];
  const bare = given.trim().replace(/^(?:in )?(?:the )?(?:file )?/i, '');
  const name = right.replace(/.*\//, '');
  const [, rest] = bare.startsWith(name) ? [name, bare.slice(name.length)] : [];
  return rest === undefined ? [bare] : [right + rest];
}

/**
 * Is it a signal by its number, its name or what the shell says of whom it has ended, or by more than one of
 * them, as `signal 15 (SIGTERM)`? Each may be there once.
 */
export function isSignal(given: string, number: string, name: string): boolean {
  const said = signalWords(number)!.toLowerCase();
  // A process that left its memory behind has that said of it.
  const whole = given
    .trim()
    .toLowerCase()
    .replace(/ \(core dumped\)$/, '');
  const rest = whole.replace(said, ' ');
  const words = rest
    .replace(/(?:\bsignal no|\bno\.) ?(?=\d)/, '')
    .split(/[\s(),:=]+/)
    .filter((word) => word !== '' && word !== 'signal' && word !== 'number');
  const isOf = (word: string): boolean => word === number || isSignalName(word, name);
  const hasSaid = rest !== whole;
  return (
    (hasSaid || words.length > 0) &&
    words.length <= 2 &&
    new Set(words).size === words.length &&
    words.every(isOf)
  );
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
