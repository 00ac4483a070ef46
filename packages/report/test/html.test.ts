import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { POLICY, renderPage } from '../src/html/page.js';
import { SCRIPT } from '../src/html/script.js';
import { STYLE } from '../src/html/style.js';
import { parseReport } from '../src/index.js';
import { TEXTS } from './texts/index.js';

const EXAMPLE = readFileSync(new URL('../../../examples/vmdaemon-2001.txt', import.meta.url), 'utf8');

function page(text: string): string {
  return renderPage(parseReport(text), text, { name: 'a "name" & <more>' });
}

/** Text of a piece of the page as a browser shows it. */
function unescaped(html: string): string {
  return html
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}

/** A line with its tabs as a terminal sets them. */
function expanded(line: string): string {
  let out = '';
  for (const c of line) {
    do out += c === '\t' ? ' ' : c;
    while (c === '\t' && out.length % 8 !== 0);
  }
  return out;
}

/** The text pane's lines by number. */
function shownLines(html: string): Map<number, string> {
  const lines = html.matchAll(/<div class="line" id="L(\d+)" data-n="\d+">(.*?)<\/div>/g);
  return new Map([...lines].map(([, n, content]) => [Number(n), unescaped(content!)]));
}

describe('is the original there?', () => {
  for (const [name, text] of Object.entries({ ...TEXTS, example: EXAMPLE })) {
    it(name, () => {
      const lines = shownLines(page(text));
      text.split(/\r\n|\n|\r/).forEach((line, i) => {
        expect(lines.get(i + 1)).toBe(expanded(line));
      });
    });
  }
});

it('tabs end where a terminal ends them, in pieces of a line, too', () => {
  const text = 'fault code\t\t= supervisor write, page not present\npanic: zorp\nab\tc\t\td\n';
  const lines = shownLines(page(`Fatal trap 12: page fault while in kernel mode\n${text}`));
  expect(lines.get(2)).toBe('fault code              = supervisor write, page not present');
  expect(lines.get(4)).toBe('ab      c               d');
});

describe('does each fact light its places?', () => {
  it('all, and only those', () => {
    const html = page(EXAMPLE);
    const marked = new Map<string, string>();
    for (const [, facts, content] of html.matchAll(/<mark data-facts="([\d ]+)">(.*?)<\/mark>/g))
      for (const id of facts!.split(' ')) marked.set(id, (marked.get(id) ?? '') + unescaped(content!));
    const fact = (words: string): string =>
      new RegExp(`data-fact="(\\d+)"[^>]*>(?:(?!</li>).)*${words}`).exec(html)![1]!;
    expect(marked.get(fact('<span class="name">fault address</span><span class="text">0x3a'))).toBe('0x3a');
    expect(marked.get(fact('fork_exit.0xc0287834'))).toMatch(/^fork_exit\(c0287834.*fork_exit\+0x50$/);
    // Two places in two lines: the pieces of both, in the order of the text.
    expect(marked.get(fact('two faults, one inside'))).toMatch(
      /^0x8:0xc027a13e--- trap 0xc, eip = 0xc02ac284/,
    );
    const facts = [...html.matchAll(/data-fact="(\d+)"/g)].map((each) => each[1]!);
    expect(facts).toEqual(facts.map((_, i) => String(i)));
    for (const id of marked.keys()) expect(facts).toContain(id);
  });

  it('by links to lines that exist, where there is no script', () => {
    const html = page(EXAMPLE);
    const targets = new Set([...html.matchAll(/ id="(L\d+)"/g)].map((each) => each[1]));
    const links = [...html.matchAll(/href="#([^"]+)"/g)].map((each) => each[1]);
    expect(links.length).toBeGreaterThan(30);
    for (const link of links) expect(targets).toContain(link);
  });
});

describe('can a hostile text do anything?', () => {
  const text = `panic: </section><script>alert(1)</script> "onmouseover="x" 'y' & <img src=x onerror=alert(2)>\u0007\u202e
evil<b>() at evil<b>+0x1
`;

  it('its markup is shown, not obeyed', () => {
    const html = page(text);
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).not.toMatch(/<img|<b>|<section><script| onmouseover="x"/);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).toContain('\\x07\\u202e');
    expect(html).toContain('a &quot;name&quot; &amp; &lt;more&gt;');
  });

  it('nothing runs but the page’s own style and script, and nothing is loaded', () => {
    const hash = (part: string): string => `'sha256-${createHash('sha256').update(part).digest('base64')}'`;
    expect(POLICY).toContain(`style-src ${hash(STYLE)}`);
    expect(POLICY).toContain(`script-src ${hash(SCRIPT)}`);
    expect(POLICY).toContain("default-src 'none'");
    const html = page(EXAMPLE);
    expect(html).toContain(`content="${POLICY}"`);
    expect(html).toContain(`<style>${STYLE}</style>`);
    expect(html).toContain(`<script>${SCRIPT}</script>`);
    expect(html).not.toMatch(/https?:|src=|@import|url\(| style=| on\w+="/);
  });
});

it('every place of the page has a name of its own', () => {
  const ids = [...page(EXAMPLE).matchAll(/ id="([^"]+)"/g)].map((each) => each[1]);
  expect(new Set(ids).size).toBe(ids.length);
});

describe('how large does a page get?', () => {
  it('of a long text, what stands around the marks', () => {
    const noise = 'ad0: this line says nothing of a panic\n'.repeat(50_000);
    const text = `${noise}${EXAMPLE}${noise}`;
    const html = page(text);
    expect(html.length).toBeLessThan(200_000);
    expect(html).toMatch(/<div class="gap">[0-9]+ lines left out<\/div>/);
    const first = text.split('\n').findIndex((each) => each.startsWith('Fatal trap')) + 1;
    expect(shownLines(html).get(first)).toContain('Fatal trap 12');
  });

  it('of a long line, its beginning', () => {
    const html = page(`${EXAMPLE}${'x'.repeat(100_000)}\n`);
    expect(html).toContain('99000 characters left out');
    expect(html.length).toBeLessThan(100_000);
  });
});
