import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WriteStream } from 'node:tty';
import { fileURLToPath } from 'node:url';
import type { Report } from '@trap12/report';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { explainBuckets } from '../src/reports/buckets.js';
import { terminalStyle } from '../src/reports/colour.js';
import { explainMany } from '../src/reports/many.js';
import { explainOne } from '../src/reports/one.js';
import { explainSame } from '../src/reports/same.js';
import type { ReportIo } from '../src/reports/session.js';
import { TEXTS } from '../../report/test/texts/index.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const EXAMPLE = join(ROOT, 'examples/vmdaemon-2001.txt');
const TITLE = 'page fault in get_ptbase (kernel write null+0x3a, met in vm_fault1)';
const BIN = join(ROOT, 'packages/cli/bin/trap12.js');

const folder = mkdtempSync(join(tmpdir(), 'trap12-explain-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Runs a view with its output kept. */
async function kept(run: (io: ReportIo) => Promise<number>, stdin = '', terminal = false) {
  let out = '';
  let err = '';
  const status = await run({
    stdout: (text) => {
      out += text;
    },
    stderr: (text) => {
      err += text;
    },
    stdin: (async function* () {
      yield Buffer.from(stdin);
    })(),
    terminal,
  });
  return { status, out, err };
}

/** Runs the command itself. */
function trap12(args: string[], options: { input?: string; env?: NodeJS.ProcessEnv } = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, 'explain-report', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    ...(options.input === undefined ? {} : { input: options.input }),
    env: { ...process.env, ...options.env },
  });
  return { status, out: stdout, err: stderr };
}

/** A folder with all hand-made texts, one of them twice with other numbers, and files that are none. */
const corpus = join(folder, 'corpus');
mkdirSync(join(corpus, 'more'), { recursive: true });
for (const [name, text] of Object.entries(TEXTS)) writeFileSync(join(corpus, `${name}.txt`), text);
writeFileSync(
  join(corpus, 'more/again.txt'),
  TEXTS['kmem-map']!.replaceAll('c145', 'd166').replace('335544320', '402653184'),
);
writeFileSync(join(corpus, 'letter.txt'), 'no panic here\n');
writeFileSync(join(corpus, 'panic.png'), Buffer.from('\x89PNG\r\n', 'latin1'));
const COUNT = Object.keys(TEXTS).length + 1;

describe('one report', () => {
  it('is explained, shortened, named, given as JSON', async () => {
    const text = await kept((io) => explainOne(EXAMPLE, {}, io));
    expect(text).toMatchObject({ status: 0, err: '' });
    for (const words of [
      'What happened',
      'two faults, one inside',
      'dd if=/dev/zero of=/dev/null bs=N',
      '[line 7]',
    ])
      expect(text.out).toContain(words);
    const brief = await kept((io) => explainOne(EXAMPLE, { brief: true }, io));
    expect(text.out.startsWith(brief.out)).toBe(true);
    expect(brief.out.split('\n').length).toBeLessThan(20);
    expect((await kept((io) => explainOne(EXAMPLE, { title: true }, io))).out).toBe(`${TITLE}\n`);
    const json = await kept((io) => explainOne('-', { json: true }, io), readFileSync(EXAMPLE, 'utf8'));
    const report = JSON.parse(json.out) as Report;
    expect(report).toMatchObject({ schema: 2, system: 'FreeBSD', arch: 'i386', title: TITLE });
    expect(report.buckets.map((each) => each.level)).toEqual(['kind', 'access', 'culprit', 'frames']);
    expect(report.derived.every((each) => ['certain', 'follows', 'likely'].includes(each.confidence))).toBe(
      true,
    );
  });

  it('is given as a page, to a file or to standard output', async () => {
    const page = join(folder, 'page.html');
    expect(await kept((io) => explainOne(EXAMPLE, { html: page }, io))).toEqual({
      status: 0,
      out: '',
      err: '',
    });
    const html = readFileSync(page, 'utf8');
    expect(html).toMatch(/^<!doctype html>/);
    expect((await kept((io) => explainOne(EXAMPLE, { html: '-' }, io))).out).toBe(html);
    await expect(kept((io) => explainOne(EXAMPLE, { html: join(folder, 'no/page') }, io))).rejects.toThrow(
      /^--html .*ENOENT/,
    );
  });

  it('and what is none is one line that says what was looked for', async () => {
    for (const text of ['', 'Dear all,\nthe weather is fine today.\n', 'panic\n']) {
      const { status, out, err } = await kept((io) => explainOne('-', {}, io), text);
      expect(status).toBe(2);
      expect(out).toBe('');
      expect(err).toMatch(/^-: not read as a panic report: .*a panic, a trap.*\n$/);
    }
    const { status, err } = await kept((io) => explainOne(join(folder, 'none'), {}, io));
    expect(status).toBe(2);
    expect(err).toMatch(/none: ENOENT: no such file or directory\n$/);
  });

  it('of a damaged archive is explained, and the damage told', async () => {
    const cut = file(
      'cut.tar.gz',
      execFileSync('gzip', ['-c'], { input: readFileSync(EXAMPLE) }).subarray(0, -20),
    );
    const { status, out, err } = await kept((io) => explainOne(cut, { title: true }, io));
    expect(status).toBe(0);
    expect(out).toBe(`${TITLE}\n`);
    expect(err).toMatch(/cut\.tar\.gz: the gzip data are damaged .*\n$/);
  });
});

describe('many reports', () => {
  it('get a few lines each, and a summary that names what is none', async () => {
    const { status, out, err } = await kept((io) => explainMany([corpus, EXAMPLE], {}, io));
    expect(status).toBe(0);
    expect(err).toBe('');
    expect(out).toContain(`${EXAMPLE}\n    ${TITLE}\n    FreeBSD, i386; vmdaemon (pid 3)\n`);
    expect(out).toContain(`${COUNT + 3} files: ${COUNT + 1} reports, 2 not read\n`);
    expect(out).toMatch(
      /\nnot read:\n +\S*letter\.txt: not read as a panic report[\s\S]*panic\.png: a\s+picture/,
    );
    for (const line of out.split('\n'))
      if (!line.startsWith('/')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('each in short', async () => {
    const { out } = await kept((io) => explainMany([EXAMPLE, EXAMPLE], { brief: true }, io));
    expect(out.split('\nIn short\n')).toHaveLength(3);
  });

  it('a line each, as grep would print it', async () => {
    const { out, err } = await kept((io) => explainMany([corpus, EXAMPLE], { title: true }, io));
    expect(out.trimEnd().split('\n')).toHaveLength(COUNT + 1);
    expect(out).toContain(`${EXAMPLE}: ${TITLE}\n`);
    expect(err.trimEnd().split('\n')).toHaveLength(2);
  });

  it('as one JSON object', async () => {
    for (const names of [[corpus], [join(corpus, 'letter.txt'), '/nonexistent'], [EXAMPLE, EXAMPLE]]) {
      const { out } = await kept((io) => explainMany(names, { json: true }, io));
      const all = JSON.parse(out) as {
        schema: number;
        reports: { file: string; report: Report }[];
        unread: unknown[];
      };
      expect(all.schema).toBe(2);
      if (names[0] !== corpus) continue;
      expect(all.reports).toHaveLength(COUNT);
      expect(all.unread).toHaveLength(2);
      expect(all.reports[0]!.report.schema).toBe(2);
    }
  });

  it('none of them readable: still named, and exit status 2', async () => {
    const { status, out } = await kept((io) =>
      explainMany(['/nonexistent', join(corpus, 'letter.txt')], {}, io),
    );
    expect(status).toBe(2);
    expect(out).toMatch(/^2 files: 0 reports, 2 not read\nnot read:\n {4}\/nonexistent: ENOENT/);
  });

  it('a folder that must not be looked into is named', async () => {
    const locked = join(folder, 'locked');
    mkdirSync(locked);
    chmodSync(locked, 0);
    const { status, out } = await kept((io) => explainMany([locked, EXAMPLE], {}, io));
    chmodSync(locked, 0o700);
    expect(status).toBe(0);
    if (process.getuid?.() !== 0 && process.platform !== 'win32')
      expect(out).toContain('EACCES: permission denied');
  });
});

describe('buckets', () => {
  it('are a tree with counts, the most frequent first', async () => {
    const { status, out, err } = await kept((io) => explainBuckets([corpus], {}, io), '', true);
    expect(status).toBe(0);
    expect(out).toMatch(new RegExp(`^${COUNT} reports, \\d+ buckets\n`));
    expect(out).toMatch(/\n {5}2 {2}kmem map too small: kmem_malloc[\s\S]*?kmem-map\.txt\s+\S*again\.txt\n/);
    const counts = [...out.matchAll(/^ {0,5}(\d+) {2}\S/gm)].map((each) => Number(each[1]));
    expect(counts.length).toBeGreaterThan(3);
    expect(out).toContain('not read:\n');
    expect(err).toContain(`/${COUNT + 2}`);
    for (const line of out.split('\n'))
      if (!line.includes(folder)) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('as JSON hold every file once', async () => {
    const { out } = await kept((io) => explainBuckets([corpus], { json: true }, io));
    const tree = JSON.parse(out);
    expect(tree).toMatchObject({ schema: 2, reports: COUNT });
    const files: string[] = tree.apart.map((each: { file: string }) => each.file);
    const visit = (node: { files: string[]; children: never[] }): void => {
      files.push(...node.files);
      node.children.forEach(visit);
    };
    tree.nodes.forEach(visit);
    expect(new Set(files).size).toBe(COUNT);
    expect(files).toHaveLength(COUNT);
  });
});

describe('are two texts the same bug?', () => {
  const again = file('again.txt', readFileSync(EXAMPLE, 'utf8').replaceAll('vmdaemon', 'cron'));
  const other = join(corpus, 'kmem-map.txt');

  it('0 yes, 1 no, 2 not to be read; and why', async () => {
    const yes = await kept((io) => explainSame(EXAMPLE, again, {}, io));
    expect(yes).toMatchObject({ status: 0, err: '' });
    expect(yes.out).toMatch(/^one bug: both are\s+"page fault in get_ptbase < pmap_remove/);
    expect(yes.out).toMatch(/\nprocess differs\n {2}A vmdaemon \(pid 3\)\n {2}B cron \(pid 3\)\n/);
    const no = await kept((io) => explainSame(EXAMPLE, other, {}, io));
    expect(no.status).toBe(1);
    expect(no.out).toMatch(/^not one bug: the kind differs: "page fault" and\s/);
    const lone = file('lone.txt', 'panic: page fault\ncpuid = 1\n');
    const untold = await kept((io) => explainSame(EXAMPLE, lone, {}, io));
    expect(untold.status).toBe(1);
    expect(untold.out).toMatch(/^cannot be told: the second has nothing that tells its bug from others: \S/);
    const bad = await kept((io) => explainSame(EXAMPLE, join(corpus, 'letter.txt'), {}, io));
    expect(bad).toMatchObject({ status: 2, out: '' });
    expect(bad.err).toMatch(/letter\.txt: not read as a panic report.*\n$/);
  });

  it('as JSON', async () => {
    const { out } = await kept((io) => explainSame(EXAMPLE, again, { json: true }, io));
    expect(JSON.parse(out)).toMatchObject({ schema: 2, verdict: 'same', shared: { length: 4 } });
  });
});

describe('when is there colour?', () => {
  const stream = (isTTY: boolean, colours: boolean): NodeJS.WriteStream =>
    ({ isTTY, hasColors: () => colours }) as unknown as NodeJS.WriteStream;

  it('on a terminal that has some, which none has where NO_COLOR is set', () => {
    expect(terminalStyle(stream(true, true))?.('title', 'zorp')).toBe('\u001b[1mzorp\u001b[22m');
    expect(terminalStyle(stream(true, false))).toBeUndefined();
    const terminal = WriteStream.prototype;
    expect(terminal.hasColors({ TERM: 'xterm-256color' })).toBe(true);
    expect(terminal.hasColors({ TERM: 'xterm-256color', NO_COLOR: '1' })).toBe(false);
  });
  it('where NO_COLOR is empty, too, whatever the terminal makes of that', () => {
    const strict = { isTTY: true, hasColors: (env: NodeJS.ProcessEnv) => env.NO_COLOR === undefined };
    const styled = (value: string) => {
      vi.stubEnv('NO_COLOR', value);
      const style = terminalStyle(strict as unknown as NodeJS.WriteStream);
      vi.unstubAllEnvs();
      return style !== undefined;
    };
    expect([styled(''), styled('1')]).toEqual([true, false]);
  });
  it('never elsewhere', () => {
    expect(terminalStyle(stream(false, true))).toBeUndefined();
  });
});

describe('the command', () => {
  const wrong: [what: string, args: string[], message: RegExp][] = [
    ['nothing to read', [], /needs a file, a folder, or - for standard input/],
    ['--same with one', ['--same', EXAMPLE], /--same takes two reports, not 1/],
    ['--same with three', ['--same', EXAMPLE, EXAMPLE, EXAMPLE], /--same takes two reports, not 3/],
    ['a page of two', ['--html', '-', EXAMPLE, EXAMPLE], /--html takes one report/],
    ['a page of a folder', ['--html', '-', 'examples'], /--html takes one report/],
    [
      'a page that cannot be written',
      ['--html', '/nonexistent/page', EXAMPLE],
      /--html \/nonexistent\/page: no such directory/,
    ],
    ['two forms at once', ['--title', '--json', EXAMPLE], /'--title' cannot be used with option '--json'/],
    ['buckets in short', ['--bucket', '--brief', EXAMPLE], /cannot be used with option/],
  ];
  for (const [what, args, message] of wrong) {
    it(`${what}: one line and exit status 2`, () => {
      const { status, out, err } = trap12(args);
      expect(status).toBe(2);
      expect(out).toBe('');
      expect(err).toMatch(message);
      expect(err).not.toMatch(/\n\s+at /);
    });
  }

  it('of an empty folder there are no titles, which is said', () => {
    const folder = mkdtempSync(join(tmpdir(), 'trap12-'));
    expect(trap12(['--title', folder])).toMatchObject({ status: 2, out: '', err: 'no files to read\n' });
    rmSync(folder, { recursive: true });
  });

  it('looks through a folder, and reads standard input', () => {
    const folder = mkdtempSync(join(tmpdir(), 'trap12-'));
    cpSync(EXAMPLE, join(folder, 'report.txt'));
    expect(trap12([folder]).out).toContain('1 file: 1 report, 0 not read');
    rmSync(folder, { recursive: true });
    expect(trap12(['--title', '-'], { input: readFileSync(EXAMPLE, 'utf8') }).out).toBe(`${TITLE}\n`);
  });

  it('has no colours where there is no terminal, whatever the environment says', () => {
    const { out } = trap12([EXAMPLE], { env: { FORCE_COLOR: '3', CI: '1' } });
    expect(out).not.toContain('\u001b');
  });

  it('ends quietly when its reader goes away', () => {
    for (const args of [EXAMPLE, `--json ${EXAMPLE}`, corpus]) {
      const shell = `"$0" "$1" explain-report ${args} | head -1; echo "\${PIPESTATUS[0]}"`;
      const { stdout, stderr } = spawnSync('bash', ['-c', shell, process.execPath, BIN], {
        encoding: 'utf8',
      });
      expect(stdout).toMatch(/^.+\n0\n$/);
      expect(stderr).toBe('');
    }
  });

  it('prints what README.md says that it prints', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const transcript = /\n\$ trap12 explain-report (examples\S+)\n([\s\S]*?)```/.exec(readme)!;
    const { out } = trap12([transcript[1]!]);
    const pieces = transcript[2]!.split('[...]\n').map((piece) => piece.trim());
    expect(pieces.length).toBeGreaterThan(2);
    for (const piece of pieces) expect(out).toContain(piece);
  });

  it('tells in its help what is read, what is printed, how it ends', () => {
    const { status, out } = trap12(['--help']);
    expect(status).toBe(0);
    for (const words of [
      'What is read:',
      'What is printed:',
      'Exit status:',
      'Examples:',
      '--same',
      '--bucket',
    ])
      expect(out).toContain(words);
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe('whatever it is given, it answers in few lines', () => {
  const text = readFileSync(EXAMPLE, 'utf8');
  const read: [what: string, content: string | Uint8Array][] = [
    ['CR for line ends', text.replaceAll('\n', '\r')],
    ['CR LF', text.replaceAll('\n', '\r\n')],
    ['UTF-16', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['NULs in between', text.replaceAll('e', 'e\0')],
    ['an HTML page', `<html><body><pre>${text.replaceAll('<', '&lt;')}</pre></body></html>`],
    ['a long line before it', `${'x'.repeat(5_000_000)}\n${text}`],
    ['a million empty lines before it', '\n'.repeat(1_000_000) + text],
  ];
  for (const [what, content] of read) {
    it(`${what}: the report`, async () => {
      const { status, out } = await kept((io) => explainOne(file('read', content), { title: true }, io));
      expect(status).toBe(0);
      expect(out).toBe(`${TITLE}\n`);
    });
  }
  const refused: [what: string, content: string | Uint8Array][] = [
    ['nothing', ''],
    ['NULs', Buffer.alloc(100_000)],
    ['every byte', Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * i + (i >> 8)) & 0xff))],
  ];
  for (const [what, content] of refused) {
    it(`${what}: one line`, async () => {
      const { status, out, err } = await kept((io) => explainOne(file('refused', content), {}, io));
      expect(status).toBe(2);
      expect(out).toBe('');
      expect(err.trimEnd().split('\n')).toHaveLength(1);
    });
  }
});
