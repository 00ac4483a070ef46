import { createHash } from 'node:crypto';
import type { LockEvent, LockLog, Mark } from '@trap12/explore';
import { expect, test } from 'vitest';
import { explainedPage, type PageContent } from '../src/html/page.js';
import { type Step, stepsOf } from '../src/html/steps.js';

/** Two threads, one of them with a name that is no good in a page. */
const NAMES = ['', 'a<b>&"\'', 'other'];
const PLACE = { function: 'taker', file: 'scenario/x.ts', line: 3 };
let n = 0;
const event = (context: number, act: LockEvent['act'], object: number): LockEvent => ({
  ...{ index: n, ns: 1000 * n++, decisions: 0, cpu: 0, context, act, object, arg: 1 },
  stack: act === 'is chosen' ? [] : [PLACE],
});
const LOG = {
  events: [
    event(1, 'takes', 10),
    event(1, 'is made to wait', 0),
    event(2, 'is chosen', 0),
    event(2, 'waits for', 10),
    event(1, 'gives back', 10),
    event(2, 'takes', 10),
    event(2, 'sleeps on', 11),
  ],
  process: (context: number) => NAMES[context]!,
  pid: (context: number) => 40 + context,
  name: (object: number) => `lock ${object}`,
} as unknown as LockLog;

/** A page that says nothing. */
const NOTHING: PageContent = {
  ...{ title: '', summary: [], steps: [], text: [], printed: [], schedule: '', isSystem: true },
  source: () => undefined,
};

test('who holds what and who waits, at each step', () => {
  const steps = stepsOf(LOG);
  expect(steps.map(({ held }) => held.map(({ lock, by }) => `${lock}: ${by.join()}`).join())).toEqual([
    `lock 10: ${NAMES[1]}`,
    `lock 10: ${NAMES[1]}`,
    `lock 10: ${NAMES[1]}`,
    `lock 10: ${NAMES[1]}`,
    '',
    'lock 10: other',
    'lock 10: other',
  ]);
  expect(steps.map(({ waiting }) => waiting.map(({ who, what }) => `${who} ${what}`).join())).toEqual([
    '',
    '',
    '',
    'other waits for lock 10',
    'other waits for lock 10',
    '',
    'other sleeps on lock 11',
  ]);
  // What came before is followed and not shown.
  expect(stepsOf(LOG, 5000).map(({ held }) => held.length)).toEqual([1, 1]);
});

test('what the account names stands among the steps, with the locks of its time', () => {
  const mark = (ns: number, does: string): Mark => ({ process: 'other', pid: 42, ns, does, stack: [PLACE] });
  const steps = stepsOf(LOG, 5000, [mark(500, 'reads x'), mark(4500, 'writes x'), mark(9000, 'dies')]);
  expect(steps.map(({ does, kind }) => `${does}: ${kind}`)).toEqual([
    'reads x: told',
    'writes x: told',
    'takes lock 10: other',
    'sleeps on lock 11: other',
    'dies: told',
  ]);
  expect(steps.map(({ held }) => held.map(({ by }) => by.join()).join())).toEqual([
    NAMES[1],
    '',
    'other',
    'other',
    'other',
  ]);
  const html = explainedPage({ ...NOTHING, steps });
  const times = (page: string): (string | undefined)[] =>
    [...page.matchAll(/<tr data-step="s\d+"><td>([^<]*)</g)].map((m) => m[1]);
  expect(times(html)).toEqual(['0.00', '4.00', '4.50', '5.50', '8.50']);
  // As the text counts them.
  expect(times(explainedPage({ ...NOTHING, steps, zeroNs: 4500 }))[1]).toBe('0.00');
  expect(html.match(/class="told"/g)).toHaveLength(3);
  expect(html).toContain('What the text above names has a dot.');
  expect(explainedPage({ ...NOTHING, steps: stepsOf(LOG) })).not.toContain('has a dot');
});

test('two processes of one name are told apart, and those of the account come first', () => {
  const step = (pid: number, kind: Step['kind']): Step => ({
    ...{ process: 'pool', pid, ns: pid, does: 'x', kind, stack: [], held: [], waiting: [] },
  });
  const html = explainedPage({ ...NOTHING, steps: [step(7, 'other'), step(9, 'told')] });
  expect([...html.matchAll(/<th>([^<]*)<\/th>/g)].map((m) => m[1])).toEqual([
    'us',
    'pool (pid 9)',
    'pool (pid 7)',
  ]);
});

test('words of kernels that a page uses are explained on it, and no others', () => {
  const html = explainedPage({
    ...NOTHING,
    steps: stepsOf(LOG),
    text: ['reads proc.p_vmspace: struct vmspace'],
  });
  const words = [...html.matchAll(/<dt>([^<]*)<\/dt>/g)].map((m) => m[1]);
  expect(words).toEqual(['msleep, sleeps', 'preempt, is made to wait, kept waiting', 'vmspace']);
  expect(explainedPage({ ...NOTHING, steps: [] })).not.toContain('What the words mean');
  // A scenario's own swapper is not the system's, and a folder is no lock.
  const own = { ...NOTHING, text: ['swapper writes it', 'in f (vm/vm_map.ts:1)'] };
  expect(explainedPage(own)).toContain('<dt>swap, swapped out, swapper</dt>');
  expect(explainedPage(own)).not.toContain('<dt>vm</dt>');
  expect(explainedPage({ ...own, isSystem: false })).not.toContain('swapper</dt>');
});

test('does a page show all of it, escape what is strange, and load nothing?', () => {
  const html = explainedPage({
    title: 'panic: <script>alert(1)</script>',
    summary: ['found & shrunk'],
    steps: stepsOf(LOG),
    text: ['"quoted" <text>'],
    printed: ['Fatal <trap>'],
    schedule: 'trap12 schedule 1\nend 0\n',
    isSystem: true,
    source: (file) => (file === PLACE.file ? 'one\ntwo\nif (a < b) three\nfour\n' : undefined),
  });
  expect(html).not.toContain('<script>alert');
  expect(html).not.toContain('a<b>');
  expect(html.indexOf('Fatal &lt;trap&gt;')).toBeGreaterThan(html.indexOf('&quot;quoted&quot; &lt;text&gt;'));
  expect(html).toContain('panic: &lt;script&gt;alert(1)&lt;/script&gt;');
  expect(html).toContain('<span class="lit">    3  if (a &lt; b) three</span>');
  // Each step of each lane leads to what is said of it.
  const links = [...html.matchAll(/href="#(s\d+)"/g)].map((m) => m[1]!);
  expect(new Set(links).size).toBe(LOG.events.length);
  for (const id of links) expect(html).toContain(`<div class="step" id="${id}">`);
  expect(html.match(/<tr data-step/g)).toHaveLength(LOG.events.length);
  // Nothing of anybody else's runs or is loaded.
  expect(html).not.toMatch(/\b(?:src|href)="(?!#)|@import|url\(|https?:/);
  const script = /<script>([\s\S]*?)<\/script>/.exec(html)![1]!;
  const style = /<style>([\s\S]*?)<\/style>/.exec(html)![1]!;
  for (const part of [script, style])
    expect(html).toContain(`'sha256-${createHash('sha256').update(part).digest('base64')}'`);
  expect(html).toContain("default-src 'none'");
});
