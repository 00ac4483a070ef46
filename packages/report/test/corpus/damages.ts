import fc from 'fast-check';

/** What happens to a text between the console and us. A damage works on lines or on the whole text. */
export interface CorpusDamage {
  name: string;
  lines?(lines: string[], seed: number): string[];
  text?(text: string, seed: number): string;
}

/** A small generator, so that a damage is the same for the same seed. */
function rng(seed: number): () => number {
  let s = seed | 1;
  return () => {
    s = (Math.imul(s, 1103515245) + 12345) & 0x7fffffff;
    return s / 0x7fffffff;
  };
}

/** Wraps at blanks, as mailers do, and keeps the quote mark on the first part only. */
function mailWrap(line: string, width: number): string[] {
  const out: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const at = rest.lastIndexOf(' ', width);
    if (at <= 0 || rest.slice(0, at).trim() === '') break;
    out.push(rest.slice(0, at));
    rest = rest.slice(at + 1);
  }
  return [...out, rest];
}

export const DAMAGES: readonly CorpusDamage[] = [
  { name: 'quoted', lines: (ls) => ls.map((l) => `> ${l}`) },
  { name: 'quoted twice', lines: (ls) => ls.map((l) => `>> ${l}`) },
  { name: 'quoted with blanks', lines: (ls) => ls.map((l) => `> > ${l}`) },
  {
    name: 'syslog',
    lines: (ls) =>
      ls.map((l, i) => `Jan 12 03:04:${String(Math.floor(i / 20)).padStart(2, '0')} host kernel: ${l}`),
  },
  {
    name: 'uptime stamps',
    lines: (ls) => ls.map((l, i) => `[${383000 + i}.${String(i).padStart(6, '0')}] ${l}`),
  },
  { name: 'priority', lines: (ls) => ls.map((l) => `<118>${l}`) },
  { name: 'tabs to blanks', lines: (ls) => ls.map((l) => l.replace(/\t+/g, ' ').replace(/ {2,}/g, ' ')) },
  { name: 'mail wrap', lines: (ls) => ls.flatMap((l) => mailWrap(l, 72)) },
  {
    name: 'console wrap',
    lines: (ls) =>
      ls.flatMap((l) =>
        l.startsWith('#') || !l.includes('(') || l.includes('\t') ? [l] : (l.match(/.{1,80}/g) ?? [l]),
      ),
  },
  {
    name: 'html',
    lines: (ls) => [
      '<details><summary>panic</summary><pre>',
      ...ls.map((l) => l.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')),
      '</pre></details>',
    ],
  },
  {
    name: 'br tags',
    lines: (ls) =>
      ls.map((l) => `${l.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}<br/>`),
  },
  {
    name: 'textdump header',
    lines: (ls) => [`ddb.txt06000014000014745574025  7107 ustarrootwheel${ls[0]}`, ...ls.slice(1)],
  },
  {
    name: 'terminal padding',
    lines: (ls) => ls.map((l) => l.padEnd(100)),
    text: (t) => t.replaceAll('\n', '\r\n'),
  },
  {
    name: 'pager',
    lines: (ls, seed) => {
      const next = rng(seed);
      return ls.map((l) => (next() < 0.15 ? `--More--\r        \r${l}` : l));
    },
  },
  {
    name: 'newest first',
    lines: (ls) =>
      ls
        .map(
          (l, i) => `2024-01-09T09:02:${String(Math.floor(i / 3)).padStart(2, '0')}\tNotice\tkernel\t${l}\t`,
        )
        .reverse(),
  },
  {
    // MIME's, as mail archives keep it: no line is longer than 76, and an `=` at the end is a break to undo.
    name: 'quoted-printable',
    lines: (ls) =>
      ls.flatMap((l) => {
        const coded = l.replaceAll('=', '=3D').replaceAll('\t', '=09').replace(/ $/, '=20');
        return (coded.match(/(?:=[0-9A-F]{2}|[^=]){1,70}/g) ?? ['']).map((part, i, all) =>
          i + 1 < all.length ? `${part}=` : part,
        );
      }),
    text: (t) => `Content-Transfer-Encoding: quoted-printable\n\n${t}`,
  },
  { name: 'code fence', lines: (ls) => ['```text', ...ls, '```'] },
  { name: 'escape sequences', lines: (ls) => ls.map((l) => `\u001b[1;31m${l}\u001b[0m`) },
  {
    name: 'prose around',
    lines: (ls) => [
      'Hello all,',
      '',
      'my machine died last night while I was asleep:',
      '',
      ...ls,
      '',
      'Has anybody seen this?',
      'Regards',
    ],
  },
  { name: 'carriage returns', text: (t) => t.replaceAll('\n', '\r') },
  { name: 'blank lines', lines: (ls) => ls.flatMap((l) => [l, '']) },
  {
    name: 'hand-typed place',
    lines: (ls) => ls.map((l) => (l.startsWith('---') ? l : l.replace(/([a-z0-9])\+0x/g, '$1 + 0x'))),
  },
  { name: 'no final newline', text: (t) => t.trimEnd() },
];

/** Damages that cannot be undone together: the order of lines is lost, or a prefix would be cut apart. */
function compatible(names: readonly string[]): boolean {
  const has = (name: string) => names.includes(name);
  const wraps = has('mail wrap') || has('console wrap');
  if (
    has('newest first') &&
    (wraps ||
      has('syslog') ||
      has('uptime stamps') ||
      has('pager') ||
      has('carriage returns') ||
      has('prose around') ||
      has('textdump header'))
  )
    return false;
  if (has('mail wrap') && has('console wrap')) return false;
  // A wrap after another damage cuts that damage's marks; wraps are applied first below.
  if (has('hand-typed place') && wraps) return false;
  if (has('pager') && (has('html') || has('br tags') || has('quoted') || has('terminal padding')))
    return false;
  // A mailer would cut inside the tar header, and counts escape sequences as text.
  if (has('mail wrap') && (has('textdump header') || has('escape sequences'))) return false;
  // The coding is the mail's own, so that nothing that comes before it may cut its lines, and logs have none.
  if (
    has('quoted-printable') &&
    (has('newest first') || has('mail wrap') || has('textdump header') || has('html') || has('br tags'))
  )
    return false;
  return !(has('html') && has('br tags'));
}

/** The order in which damages befall a text: the console first, then logs, then mail and trackers. */
const ORDER = [
  'hand-typed place',
  'tabs to blanks',
  'console wrap',
  'escape sequences',
  'pager',
  'textdump header',
  'priority',
  'uptime stamps',
  'syslog',
  'newest first',
  'blank lines',
  'mail wrap',
  'code fence',
  'prose around',
  'quoted',
  'quoted twice',
  'quoted with blanks',
  'quoted-printable',
  'html',
  'br tags',
  'terminal padding',
  'carriage returns',
  'no final newline',
];

export const damageSets = fc
  .subarray(
    DAMAGES.map((d) => d.name),
    { minLength: 1, maxLength: 3 },
  )
  .filter((names) => compatible(names))
  .map((names) => [...names].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)));

export function applyDamages(lines: readonly string[], names: readonly string[], seed: number): string {
  const chosen = names.map((name) => DAMAGES.find((d) => d.name === name)!);
  let out = [...lines];
  for (const damage of chosen) if (damage.lines !== undefined) out = damage.lines(out, seed);
  let text = `${out.join('\n')}\n`;
  for (const damage of chosen) if (damage.text !== undefined) text = damage.text(text, seed);
  return text;
}
