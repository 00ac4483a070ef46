import { joinLines, type Line, spanOf } from './line.js';
import { commandIn, type Found, wholeCommand } from './recipe-command.js';
import { isBelow } from './recipe-place.js';
import {
  isDenied,
  ONE_WINDOW,
  OTHER_WINDOW,
  repeatedBefore,
  repeatedBy,
  saidAgainst,
} from './recipe-said.js';
import { behindCommand, looped, type Taker } from './recipe-taker.js';
import { hasAll, IN, PLACE } from './recipe-words.js';

/** Lines that what is run in two windows may stretch over. */
const WINDOW_LINES = 8;

/**
 * `In one window A, in another B`: A in the background, and B. If only one command can be read, neither is
 * taken.
 * @returns the index of the first line behind, or `i` if the line says nothing of that
 */
export function windowCommands(prose: readonly Line[], i: number, taker: Taker): number {
  const one = hasAll(prose[i]!, IN | PLACE) ? ONE_WINDOW.exec(prose[i]!.text) : null;
  if (one === null) return i;
  let whole = prose[i]!;
  let last = i;
  let other = OTHER_WINDOW.exec(whole.text.slice(one.index + one[0].length));
  const behind = (): number => one.index + one[0].length + other!.index + other![0].length;
  while (last + 1 < prose.length && last - i < WINDOW_LINES) {
    if (other !== null && commandIn(whole.text, behind()) !== null) break;
    const next = prose[last + 1]!;
    if (!isBelow(next, prose[last]!)) break;
    // A command on a line of its own ends there.
    const apart =
      next.afterBlank || wholeCommand(next.text) !== null || wholeCommand(prose[last]!.text) !== null;
    whole = joinLines(whole, next, apart ? '  ' : ' ');
    last++;
    other = OTHER_WINDOW.exec(whole.text.slice(one.index + one[0].length));
  }
  if (other === null) return i;
  const from = one.index + one[0].length;
  const commands = [
    commandIn(whole.text.slice(0, one.index), 0),
    commandIn(whole.text.slice(0, from + other.index), from),
    commandIn(whole.text, behind()),
  ];
  // `From two windows: A in the first, B in the second`
  const [, early] = commands;
  if (early && commands[2] === null)
    commands[2] = commandIn(whole.text.slice(0, from + other.index), early.at + early.text.length);
  if (commands.every((each) => each === null)) return i;
  const begins = whole.text.slice(0, one.index);
  if (isDenied(begins) || saidAgainst(whole.text.slice(behind())) === 'denied') return last + 1;
  // `A in one window, B in another`, or `in one window A, in another B`
  const [first, second] = commands[0] === null ? commands.slice(1) : commands;
  if (!first || !second || commands.every((each) => each !== null))
    taker.doubt(
      `one of two commands that are to run in two windows cannot be read, beside "${commands.find((each) => each !== null)!.text}"`,
      spanOf(whole, one.index),
    );
  else {
    const often = (each: Found): string =>
      looped(
        each.text.replace(/ ?&$/, ''),
        repeatedBy(behindCommand(each, whole))?.times ?? repeatedBefore(whole.text.slice(0, each.at)),
      );
    const text = `${often(first)} & ${often(second)}`;
    taker.addAll(text, whole, [first.at, second.at + second.text.length]);
  }
  return last + 1;
}
