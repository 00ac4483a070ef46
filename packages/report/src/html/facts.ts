import { htmlEscape } from 'escape-goat';
import type { SectionStyle } from '../present/explanation.js';
import { type LineIndex, linesText } from '../present/places.js';
import { printable } from '../present/wrap.js';
import type { Fact, FactSection } from './marks.js';

/** Sections that are open when the page is opened: what a reader wants first. */
const OPEN = new Set(['happened', 'known', 'unclear', 'recipe', 'facts', 'backtrace']);

/** The facts as lists; each names its lines by links, so that they lead there without a script, too. */
export function factsHtml(sections: readonly FactSection[], index: LineIndex): string {
  return sections.map((each) => sectionHtml(each, index)).join('\n');
}

function sectionHtml({ section, facts }: FactSection, index: LineIndex): string {
  const { id, title, style, note, items } = section;
  const list = style === 'steps' ? 'ol' : 'ul';
  return [
    `<details id="section-${id}"${OPEN.has(id) ? ' open' : ''}>`,
    `<summary><h2>${escaped(title)}</h2> <span class="count">${items.length}</span></summary>`,
    note === undefined ? '' : `<p class="note">${escaped(note)}</p>`,
    `<${list} class="${style}">`,
    ...facts.map((each) => factHtml(each, style, index)),
    `</${list}>`,
    '</details>',
  ]
    .filter((each) => each !== '')
    .join('\n');
}

function factHtml({ id, item }: Fact, style: SectionStyle, index: LineIndex): string {
  const { name, text, because, sure, mark, spans } = item;
  const parts = [
    name === undefined ? '' : `<span class="name">${escaped(name)}</span>`,
    `<span class="text">${escaped(text)}${sure === undefined ? '' : ` <em class="sure ${sure}">${sure}</em>`}`,
    style === 'listing' ? '' : placeHtml(index.linesOf(spans)),
    because === undefined ? '' : `<span class="because">because ${escaped(because)}</span>`,
    '</span>',
  ];
  const classes = ['fact', ...(mark === undefined ? [] : [mark])].join(' ');
  return `<li class="${classes}" data-fact="${id}" tabindex="-1">${parts.join('')}</li>`;
}

function placeHtml(lines: readonly number[]): string {
  if (lines.length === 0) return '';
  return ` <a class="place" href="#L${lines[0]}" tabindex="-1">${linesText(lines)}</a>`;
}

function escaped(text: string): string {
  return htmlEscape(printable(text));
}
