import type { Builder } from './builder.js';
import { isHelper, plainName } from './functions/index.js';
import { type Line, spanOf } from './line.js';
import { BRACKET, hasAny } from './recipe-words.js';
import type { Fact, Report } from './types.js';

/*
 * Where a writer says the bug is, who knows more than the console: only in a plain sentence that names the
 * kind of the bug and a function of the backtrace.
 */

const BUGS =
  'use[- ]after[- ]free|double[- ]free|null[- ]pointer dereference|buffer over(?:flow|run)|out[- ]of[- ]bounds (?:read|write|access)|off[- ]by[- ]one|(?:reference|refcount|memory) leak';
const SAID = new RegExp(
  `\\b(${BUGS}) (?:is |was )?(?:in|inside|within) (?:the (?:[\\w-]{1,20} ){1,5}(?:of|in) )?([A-Za-z_]\\w{2,60})\\(\\)`,
  'gi',
);
/** One of these stands in whatever the expression finds. */
const WORDS = /free|dereference|buffer|bounds|off|leak/i;
/** What makes a guess or another bug of such a sentence. */
const UNSURE =
  /\b(?:not|no|never|maybe|may|might|could|perhaps|possibly|probably|likely|unlikely|suspect\w*|think|guess|seems?|looks?|like|unlike|similar|another|other|earlier|previous\w*|fixed|if|whether|or)\b|n't\b|\?/i;

/** The bug and its function in the writer's words; undefined where he says none, or several. */
export function blamedBy({ prose }: Builder, { frames, ownFrames }: Report): Fact<string> | undefined {
  if (frames.length === 0) return undefined;
  let found: Fact<string> | undefined;
  // Of two, also where one is a guess, neither is taken.
  const said = new Set<string>();
  for (let i = 0; i < prose.length; i++) {
    const line = prose[i]!;
    if (line.text === '--') break;
    // The brackets behind its name stand in this line or in the next.
    const next = prose[i + 1];
    if (!hasAny(line, BRACKET) && (next === undefined || !hasAny(next, BRACKET))) continue;
    if (!WORDS.test(line.text)) continue;
    const text = `${plainText(line)} ${follows(line, next) ? plainText(next!) : ''}`;
    if (!text.includes('()')) continue;
    SAID.lastIndex = 0;
    for (let m = SAID.exec(text); m !== null; m = SAID.exec(text)) {
      if (m.index >= line.text.length) break;
      const value = `${m[1]!.toLowerCase()} in ${m[2]!}`;
      said.add(value);
      const known = !isHelper(m[2]!) && frames.some((frame) => plainName(frame.function) === m[2]);
      if (known && !UNSURE.test(sentenceAt(text, m.index)))
        found ??= { value, span: spanOf(line, 0, line.text.length) };
    }
  }
  if (said.size > 1) return undefined;
  return found === undefined || found.value.endsWith(` in ${ownFrames[0] ?? ''}`) ? undefined : found;
}

/** The sentence around a place. */
function sentenceAt(text: string, at: number): string {
  const from = Math.max(...['. ', '; ', '! '].map((stop) => text.lastIndexOf(stop, at)));
  const to = /[.;!?](?: |$)/.exec(text.slice(at));
  return text.slice(from + 1, to === null ? text.length : at + to.index + 1);
}

/** A line without the marks of a page. */
function plainText({ text }: Line): string {
  return text.replace(/[*`]/g, '');
}

/** Whether a line goes on in the next. */
function follows(line: Line, next: Line | undefined): boolean {
  return next !== undefined && !next.afterBlank && next.row === line.endRow + 1;
}
