import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { COMMANDS, QUIT, SHOWS } from '../src/index.js';

const DOC = fileURLToPath(new URL('../../../docs/ddb.md', import.meta.url));
const BEGIN = /<!-- commands:.*-->\n/;
const END = '<!-- end -->';

interface Entry {
  name: string;
  aliases?: readonly string[];
  usage: string;
  help: string;
}

function row(prefix: string, entry: Entry): string {
  const joint = entry.usage === '' || entry.usage.startsWith('[/') ? '' : ' ';
  const names = entry.aliases === undefined ? '' : entry.aliases.join(' ');
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  return `| \`${cell(`${prefix}${entry.name}${joint}${entry.usage}`)}\` | ${names} | ${cell(entry.help)} |`;
}

function table(): string {
  const rows = [...[...COMMANDS, QUIT].map((c) => row('', c)), ...SHOWS.map((s) => row('show ', s))];
  return ['| command | also | what it does |', '| --- | --- | --- |', ...rows].join('\n');
}

it('docs/ddb.md lists every command as it is', () => {
  const text = readFileSync(DOC, 'utf8');
  const begin = BEGIN.exec(text);
  expect(begin).not.toBeNull();
  const from = begin!.index + begin![0].length;
  const to = text.indexOf(END);
  const wanted = `${table()}\n`;
  if (process.env.TRAP12_UPDATE_DOCS === '1')
    writeFileSync(DOC, text.slice(0, from) + wanted + text.slice(to));
  else {
    const how = 'write it anew: TRAP12_UPDATE_DOCS=1 npx vitest run packages/ddb/test/docs.test.ts';
    expect(text.slice(from, to), how).toBe(wanted);
  }
});
