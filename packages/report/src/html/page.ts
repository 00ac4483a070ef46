import { htmlEscape } from 'escape-goat';
import { checkGiven, checkOptions, WANTED } from '../given.js';
import { explain } from '../present/explanation.js';
import { LineIndex } from '../present/places.js';
import { printable } from '../present/wrap.js';
import type { Report } from '../types.js';
import { factsHtml } from './facts.js';
import { marksOf, numberFacts } from './marks.js';
import { originalHtml } from './original.js';
import { SCRIPT } from './script.js';
import { STYLE } from './style.js';

/**
 * What the page may do: its own style and script run, by their hashes, and nothing else does; nothing is
 * loaded. The text is a stranger's. (A test computes the hashes again.)
 */
export const POLICY = [
  "default-src 'none'",
  "style-src 'sha256-BSc6QGBcHFIaQbJycTAtZpoz1YwEQ6f8iKu82MhFY3g='",
  "script-src 'sha256-Ng4CnBO/XLJUvtgQq1moTpn77cBY9mcgMgzzliuswCY='",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** How a page is made. */
export interface PageOptions {
  /** What the page calls the text: a file's name. */
  name?: string;
}

/**
 * A page of its own: the text beside what was read from it, each fact with the places that it rests on.
 *
 * @param text the text that `report` was read from
 */
export function renderPage(report: Report, text: string, options: PageOptions = {}): string {
  const who = 'renderPage';
  checkGiven(
    who,
    { report, text, options },
    { report: WANTED.report, text: WANTED.text, options: WANTED.options },
  );
  checkOptions(who, options, { name: WANTED.mayBeText });
  const { title, system, inShort, sections } = explain(report);
  const index = new LineIndex(text);
  const numbered = numberFacts(sections);
  const escaped = (value: string): string => htmlEscape(printable(value));
  const name = options.name ?? 'The text';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${escaped(title)}</h1>
<div class="system">${escaped(system)}</div>
<p class="short">${escaped(inShort)}</p>
<p class="help">Point at a fact to see the places that it rests on, or at a place to see its facts; a click keeps them.
With the keyboard: <kbd>Tab</kbd> to the facts, <kbd>&uarr;</kbd> <kbd>&darr;</kbd> from one to the next,
<kbd>Esc</kbd> to let go. Nothing rests on the grey text.</p>
</header>
<main>
<section id="text" aria-label="${escaped(name)}" tabindex="0">
${originalHtml(text, index, marksOf(numbered))}
</section>
<section id="facts" aria-label="Facts">
${factsHtml(numbered, index)}
</section>
</main>
<footer>${escaped(name)}, read by trap12</footer>
<script>${SCRIPT}</script>
</body>
</html>
`;
}
