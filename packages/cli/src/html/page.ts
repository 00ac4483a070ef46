import { createHash } from 'node:crypto';
import { type Place, placeText } from '@trap12/explore';
import { htmlEscape } from 'escape-goat';
import type { Step } from './steps.js';
import { wordsIn } from './words.js';

/** What a page tells of a failing run. */
export interface PageContent {
  title: string;
  /** How it was found, how small it is */
  summary: readonly string[];
  steps: readonly Step[];
  /** It is a run of the whole system, not of a scenario's threads */
  isSystem: boolean;
  /** From when on the text counts its times, ns since power-on; undefined: from the first step on */
  zeroNs?: number | undefined;
  /** What is said of it: the pair, the choices, the odds */
  text: readonly string[];
  /** What the machine printed when it died; nothing: it did not */
  printed: readonly string[];
  /** The schedule, as `trap12 replay` takes it */
  schedule: string;
  /** What else is to be read, each below a title */
  more?: readonly { title: string; lines: readonly string[] }[];
  /** The machine-readable whole, as JSON, for programs */
  json?: string;
  /** The text of a source file; undefined: it is not there */
  source(file: string): string | undefined;
}

const STYLE = `
:root { color-scheme: light dark; --ground: #fbfaf7; --panel: #fff; --ink: #1d1f21; --soft: #6a6f76; --edge: #dedbd3; --lit: #ffe08a; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ground: #15171a; --panel: #1c1f23; --ink: #e4e6e8; --soft: #969ca4; --edge: #33383e; --lit: #6b5200; --bad: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
header, footer { padding: 16px 24px; }
h1 { margin: 0 0 4px; font-size: 22px; color: var(--bad); overflow-wrap: anywhere; }
h2 { margin: 0 0 8px; font-size: 15px; }
p { margin: 2px 0; color: var(--soft); }
main { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 16px; padding: 0 24px 16px; }
.panel { background: var(--panel); border: 1px solid var(--edge); border-radius: 8px; padding: 12px 16px; overflow: auto; }
.lanes, .at { max-height: 80vh; }
table, pre { font: 12.5px/1.5 ui-monospace, Menlo, Consolas, monospace; }
table { border-collapse: collapse; }
th { position: sticky; top: -12px; background: var(--panel); text-align: left; }
th, td { padding: 1px 12px 1px 0; white-space: nowrap; vertical-align: top; }
td:first-child { text-align: right; color: var(--soft); }
td a { color: inherit; text-decoration: none; }
tr.lit td, tr:hover td, .src .lit { background: var(--lit); }
.choice { color: var(--bad); font-weight: 600; }
.told { font-weight: 700; }
.told a::before { content: '\\25CF  '; color: var(--bad); }
.said { margin: 0 24px 16px; }
dt { font-weight: 600; }
dd { margin: 0 0 4px 1.5em; color: var(--soft); }
.step { display: none; }
.step:target { display: block; }
.step a { margin-right: 1em; }
pre { margin: 4px 0 12px; }
.src span { display: block; }
details { margin: 0 24px 16px; }
summary { cursor: pointer; }
@media (max-width: 900px) { main { grid-template-columns: minmax(0, 1fr); padding: 0 8px; } }
`;

/** Arrow keys go from step to step; without it the links do. */
const SCRIPT = `
'use strict';
const rows = [...document.querySelectorAll('tr[data-step]')];
const show = () => {
  for (const row of rows) row.classList.toggle('lit', '#' + row.dataset.step === location.hash);
  document.querySelector('tr.lit')?.scrollIntoView({ block: 'nearest' });
};
addEventListener('hashchange', show);
addEventListener('keydown', (event) => {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by === undefined) return;
  event.preventDefault();
  const at = rows.findIndex((row) => row.classList.contains('lit'));
  const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
  if (next !== undefined) location.hash = next.dataset.step;
});
for (const row of rows) row.addEventListener('click', () => { location.hash = row.dataset.step; });
const first = rows.findLast((row) => row.querySelector('.told') !== null) ?? rows.at(-1);
if (location.hash === '' && first !== undefined) location.hash = first.dataset.step;
show();
`;

const hash = (part: string): string => `'sha256-${createHash('sha256').update(part).digest('base64')}'`;
/** Its own style and script run, by their hashes, and nothing else does; nothing is loaded. */
const POLICY = `default-src 'none'; style-src ${hash(STYLE)}; script-src ${hash(SCRIPT)}; base-uri 'none'; form-action 'none'`;

/** What is around a page's whole for programs; no tag begins in it, as each `<` is written as an escape. */
export const JSON_BEFORE = '<script type="application/json" id="whole">\n';
export const JSON_AFTER = '</script>\n';

/** A page of its own about a failing run: lanes whose steps can be clicked through. */
export function explainedPage(content: PageContent): string {
  const { title, summary, steps, text, printed, schedule, more = [], json } = content;
  const sources = new Sources(content.source);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${htmlEscape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${htmlEscape(title)}</h1>
${summary.map((line) => `<p>${htmlEscape(line)}</p>`).join('\n')}
<p>The same run again: save the schedule at the end of this page as a file, then <code>trap12 replay FILE</code>.</p>
</header>
<section class="panel said"><pre>${htmlEscape(text.join('\n'))}</pre></section>
<header>
<h2>Step by step</h2>
<p>A click on a step shows where it was done and who held what; the arrow keys go from one to the next.${steps.some(({ kind }) => kind === 'told') ? ' What the text above names has a dot.' : ''}</p>
</header>
<main>
<section class="panel lanes">
${lanes(content)}
</section>
<section class="panel at" aria-live="polite">
${steps.map((step, i) => stepHtml(step, i, steps.length, sources)).join('\n')}
</section>
</main>
${[...(printed.length === 0 ? [] : [{ title: 'What the machine printed', lines: printed }]), ...more].map(detailsHtml).join('')}${wordsHtml(content)}
<details><summary>The schedule, for trap12 replay</summary><pre>${htmlEscape(schedule)}</pre></details>
${json === undefined ? '' : JSON_BEFORE + json.replaceAll('<', '\\u003c') + JSON_AFTER}<script>${SCRIPT}</script>
</body>
</html>
`;
}

const detailsHtml = ({ title, lines }: { title: string; lines: readonly string[] }): string =>
  `<details open><summary>${htmlEscape(title)}</summary><pre>${htmlEscape(lines.join('\n'))}</pre></details>\n`;

/** What the words mean that are used, for whoever does not know kernels. */
function wordsHtml({ title, summary, text, schedule, steps, isSystem }: PageContent): string {
  const all = [title, ...summary, ...text, schedule, ...steps.map(({ does }) => does)].join('\n');
  const words = wordsIn(all, isSystem).map(
    ({ name, meaning }) => `<dt>${htmlEscape(name)}</dt><dd>${htmlEscape(meaning)}</dd>`,
  );
  return words.length === 0
    ? ''
    : `<details open><summary>What the words mean</summary><dl>\n${words.join('\n')}\n</dl></details>`;
}

const us = ({ ns }: Step, zeroNs: number): string => ((ns - zeroNs) / 1000).toFixed(2);

/** What processes are called in the heads of columns: with their pids, where two have the same name. */
function namesOf(steps: readonly Step[]): Map<number, string> {
  const names = new Map(steps.map(({ pid, process }) => [pid, process]));
  const times = (name: string): number => [...names.values()].filter((each) => each === name).length;
  return new Map([...names].map(([pid, name]) => [pid, times(name) > 1 ? `${name} (pid ${pid})` : name]));
}

/** A row a step, a column a process. */
function lanes({ steps, zeroNs }: PageContent): string {
  const names = namesOf(steps);
  const pids = [...names.keys()];
  // Those that the account names come first.
  const told = new Set(steps.filter(({ kind }) => kind === 'told').map(({ pid }) => pid));
  pids.sort((a, b) => Number(told.has(b)) - Number(told.has(a)));
  const [first] = steps;
  if (first === undefined) return '<p>Nothing happened that could be told of.</p>';
  const head = pids.map((pid) => `<th>${htmlEscape(names.get(pid)!)}</th>`).join('');
  const rows = steps.map((step, i) => {
    const cells = pids.map((pid) => {
      if (pid !== step.pid) return '<td></td>';
      const kind = step.kind === 'other' ? '' : ` class="${step.kind}"`;
      return `<td${kind}><a href="#s${i}">${htmlEscape(step.does)}</a></td>`;
    });
    return `<tr data-step="s${i}"><td>${us(step, zeroNs ?? first.ns)}</td>${cells.join('')}</tr>`;
  });
  return `<table><thead><tr><th>us</th>${head}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table>`;
}

function stepHtml(step: Step, i: number, count: number, sources: Sources): string {
  const { process, pid, does, stack, held, waiting } = step;
  const locks = held.map(({ lock, by }) => `${lock}: ${by.join(', ')}`);
  const waits = waiting.map(({ who, what }) => `${who} ${what}`);
  const links = [
    i > 0 ? `<a href="#s${i - 1}">before</a>` : '',
    i + 1 < count ? `<a href="#s${i + 1}">next</a>` : '',
  ];
  const block = (title: string, lines: readonly string[]): string =>
    `<h2>${title}</h2><pre>${htmlEscape(lines.length === 0 ? 'none' : lines.join('\n'))}</pre>`;
  const [top] = stack;
  return `<div class="step" id="s${i}">
<p>${links.join('')}</p>
<h2>${htmlEscape(`${process} (pid ${pid}) ${does}`)}</h2>
<pre>${htmlEscape(stack.map(placeText).join('\n') || 'where is not known')}</pre>
${top === undefined ? '' : sources.around(top)}
${block('Locks held', locks)}
${block('Waiting', waits)}
</div>`;
}

/** Lines before and after the one that is meant. */
const CONTEXT = 4;

class Sources {
  private readonly files = new Map<string, string[] | undefined>();

  constructor(private readonly read: (file: string) => string | undefined) {}

  around({ file, line }: Place): string {
    if (!this.files.has(file)) this.files.set(file, this.read(file)?.split('\n'));
    const lines = this.files.get(file);
    if (lines === undefined) return '';
    const from = Math.max(0, line - 1 - CONTEXT);
    const shown = lines.slice(from, line + CONTEXT).map((text, i) => {
      const number = from + i + 1;
      const words = htmlEscape(`${String(number).padStart(5)}  ${text}`);
      return `<span${number === line ? ' class="lit"' : ''}>${words}</span>`;
    });
    return `<pre class="src">${shown.join('')}</pre>`;
  }
}
