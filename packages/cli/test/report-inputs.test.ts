import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { afterAll, describe, expect, it } from 'vitest';
import { expandNames } from '../src/reports/glob.js';
import { filesOf, InputError, readInput } from '../src/reports/input.js';

const folder = mkdtempSync(join(tmpdir(), 'trap12-inputs-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);

/** Writes a file; its path. */
function file(name: string, content: string | Uint8Array): string {
  writeFileSync(path(name), content);
  return path(name);
}

async function refusal(name: string): Promise<string> {
  const error = await readInput(name).then(
    () => expect.fail('it was read'),
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(InputError);
  const { message } = error as InputError;
  expect(message).not.toContain('\n');
  return message;
}

type Members = Record<string, string | Uint8Array>;

function tar(members: Members): Promise<Uint8Array> {
  return packTar(
    Object.entries(members).map(([name, body]) => ({
      header: { name, size: Buffer.byteLength(body), type: 'file' as const, mtime: new Date(0) },
      body,
    })),
  );
}

const TEXTDUMP: Members = {
  'config.txt': 'ident GENERIC\n',
  'ddb.txt': 'db:0:kdb.enter.panic> bt\nzorp_rele() at zorp_rele+0x2c\n',
  'msgbuf.txt': 'FreeBSD 14.1-RELEASE GENERIC\npanic: zorp: bad refcount\n',
  'panic.txt': 'zorp: bad refcount\n',
  'version.txt': 'FreeBSD 14.1-RELEASE GENERIC\n',
};

/** A textdump of a panic.txt, packed by xz: with its common check, and with one that is not read here. */
const XZ = Buffer.from(
  '/Td6WFoAAAFpIt42AgAhARwAAAAQz1jM4Cf/AHJdADgYSiFjH3W5N+vMQ8tfVcJioZH6gVWh9g0vMPicuZa/hiCBGU0lBukccmXgSbpaw8BSrhcj' +
    'etmQmv0DgOA17rLX1Pc1Uh9qpOB4KAxfGXW/JSKDwHKqsG/7J4CKDgnX0YRgeTSO7YYdaJIPh6sAjBJWAAAAANRzoRYAAYoBgFAAAFhS+8A+MA2L' +
    'AgAAAAABWVo=',
  'base64',
);
/** One line, packed by bzip2 and by zstd. */
const LINE = 'panic: zorp: bad refcount\n';
const BZIP2 = Buffer.from(
  'QlpoOTFBWSZTWUXxZq4AAApZgAAQQAAAED8h1hAgADFDTTAAUxDJtTCSilDMagPPoSrHKe2I/i7kinChIIvizVw=',
  'base64',
);
const ZSTD = Buffer.from('KLUv/SQa0QAAcGFuaWM6IHpvcnA6IGJhZCByZWZjb3VudApzGhnq', 'base64');
const XZ_SHA256 = Buffer.concat([Buffer.from('/Td6WFoAAArh+wyh', 'base64'), XZ.subarray(12)]);

describe('what comes out of an archive?', () => {
  it('a textdump: its members as a console would have shown them, whatever their order in it', async () => {
    const expected =
      '[msgbuf.txt]\nFreeBSD 14.1-RELEASE GENERIC\npanic: zorp: bad refcount\n\n' +
      '[ddb.txt]\ndb:0:kdb.enter.panic> bt\nzorp_rele() at zorp_rele+0x2c\n\n' +
      '[panic.txt]\npanic: zorp: bad refcount\n\n' +
      '[version.txt]\nFreeBSD 14.1-RELEASE GENERIC\n\n[config.txt]\nident GENERIC\n\n';
    const reversed = Object.fromEntries(Object.entries(TEXTDUMP).reverse());
    for (const members of [TEXTDUMP, reversed])
      expect((await readInput(file('dump.tar', await tar(members)))).text).toBe(expected);
  });

  it('without a message buffer the panic comes first', async () => {
    const { 'msgbuf.txt': _, ...rest } = TEXTDUMP;
    const { text } = await readInput(file('no-msgbuf.tar', await tar(rest)));
    expect(text).toMatch(/^\[panic.txt\]\npanic: zorp: bad refcount\n\n\[ddb.txt\]/);
  });

  it('the same of one packed by gzip, once or twice, or xz, and of a text packed by gzip', async () => {
    const plain = await tar(TEXTDUMP);
    const { text } = await readInput(file('plain.tar', plain));
    const packed = gzipSync(plain);
    expect(await readInput(file('dump.tar.gz', packed))).toMatchObject({ text, notes: [] });
    expect((await readInput(file('twice.gz', gzipSync(packed)))).text).toBe(text);
    expect(await readInput(file('dump.tar.xz', XZ))).toMatchObject({
      text: '[panic.txt]\npanic: zorp: bad refcount\n\n',
      notes: [],
    });
    expect((await readInput(file('core.txt.0.gz', gzipSync('panic: zorp\n')))).text).toBe('panic: zorp\n');
  });

  it('a text packed by bzip2 or zstd, in one piece or two', async () => {
    for (const [name, packed] of [
      ['log.bz2', BZIP2],
      ['log.zst', ZSTD],
    ] as const) {
      expect(await readInput(file(name, packed))).toMatchObject({ text: LINE, notes: [] });
      const two = await readInput(file(`two-${name}`, Buffer.concat([packed, packed])));
      expect(two).toMatchObject({ text: LINE + LINE, notes: [] });
      // What comes before the damage is read.
      const cut = await readInput(file(`cut-${name}`, Buffer.concat([packed, packed.subarray(0, 20)])));
      expect(cut.text).toBe(LINE);
      expect(cut.notes.join('\n')).toMatch(/^the (?:bzip2|zstd) data are damaged/);
    }
  });

  it('in a folder of it, and under paths that lead out of it', async () => {
    for (const name of ['crash/panic.txt', '../../etc/panic.txt', '/panic.txt', './panic.txt'])
      expect((await readInput(file('path.tar', await tar({ [name]: 'zorp' })))).text).toContain(
        'panic: zorp\n',
      );
  });

  it('no textdump: whatever is text in it', async () => {
    const members = {
      'vmcore.0': new Uint8Array(600),
      'core.txt.0': 'panic: zorp\n',
      picture: Buffer.from('\x89PNG....', 'latin1'),
    };
    const { text } = await readInput(file('crash.tar', await tar(members)));
    expect(text).toBe('[core.txt.0]\npanic: zorp\n\n');
  });
});

describe('what is made of a damaged archive?', () => {
  it('what can be read of it is read, and the damage told', async () => {
    const plain = await tar({ 'panic.txt': 'zorp', 'ddb.txt': 'db> bt\n'.repeat(1000) });
    const whole = gzipSync(plain, { level: 0 });
    for (const [name, bytes, note] of [
      ['cut.tar', plain.subarray(0, 4000), /the archive is damaged \(.*truncated\); read as far as it goes/],
      ['cut.tar.gz', whole.subarray(0, 4000), /the gzip data are damaged \(unexpected end of file\)/],
    ] as const) {
      const input = await readInput(file(name, bytes));
      expect(input.text).toMatch(/^\[panic.txt\]\npanic: zorp\n\n\[ddb.txt\]\ndb> bt\n/);
      expect(input.notes.join('\n')).toMatch(note);
    }
  });

  it('a header that promises more than there is takes no memory', async () => {
    const bytes = Buffer.from(await tar({ 'panic.txt': 'zorp' }));
    bytes.write('77777777777\0', 124, 'latin1');
    bytes.fill(' ', 148, 156);
    const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    const { text, notes } = await readInput(file('promise.tar', bytes));
    expect(text).toContain('panic: zorp');
    expect(notes).toHaveLength(1);
  });

  it('nothing readable in it is one line', async () => {
    expect(await refusal(file('empty.tar', await tar({ 'panic.txt': '' })))).toMatch(
      /^a tar archive without a text/,
    );
    expect(await refusal(file('bad.gz', Buffer.from('1f8b0000ffffffff', 'hex')))).toMatch(
      /^damaged gzip data: /,
    );
    expect(await refusal(file('bad.xz', XZ.subarray(0, 20)))).toMatch(/^damaged xz data, .*`xz -d`/);
    expect(await refusal(file('sha.xz', XZ_SHA256))).toMatch(/^damaged xz data, .*`xz -d`/);
    const onion = gzipSync(gzipSync(gzipSync('panic: zorp')));
    expect(await refusal(file('onion.gz', onion))).toBe('compressed more than 2 times over');
  });

  it('a bomb is refused at the limit', async () => {
    const bomb = gzipSync(new Uint8Array(65 * 1024 * 1024), { level: 9 });
    expect(bomb.length).toBeLessThan(100_000);
    expect(await refusal(file('bomb.gz', bomb))).toBe('unpacks to more than 64 MB');
    // 65 frames of zstd, each of eight blocks that are one byte 131,072 times over.
    const frame = Buffer.from(`28b52ffda000001000${'02001000'.repeat(7)}03001000`, 'hex');
    const zstd = Buffer.concat(Array.from({ length: 65 }, () => frame));
    expect(await refusal(file('bomb.zst', zstd))).toBe('unpacks to more than 64 MB');
  });
});

describe('what else is refused, and how?', () => {
  it('files that are no text, by what they are', async () => {
    const kinds: [name: string, head: string, message: RegExp][] = [
      ['vmcore.0', '\x7fELF\x02', /^an ELF file .*crashinfo/],
      ['minidump', 'minidump FreeBSD/amd64', /^a crash dump, .*kgdb/],
      ['panic.png', '\x89PNG\r\n', /^a picture \(PNG\)/],
      ['panic.jpg', '\xff\xd8\xff\xe0', /^a picture \(JPEG\)/],
      ['textdump.tar.0.zst', '\x28\xb5\x2f\xfd', /^damaged zstd data, .*`zstd -d`/],
      ['log.bz2', 'BZh9', /^damaged bzip2 data, .*`bzip2 -d`/],
      ['log.zip', 'PK\x03\x04', /^a zip archive/],
    ];
    for (const [name, head, message] of kinds)
      expect(await refusal(file(name, Buffer.from(head, 'latin1')))).toMatch(message);
  });

  it('a directory, a file that is not there', async () => {
    expect(await refusal(folder)).toBe('is a directory');
    expect(await refusal(path('none'))).toBe('ENOENT: no such file or directory');
  });

  it('a file that must not be read', async () => {
    const name = file('secret', 'panic: zorp\n');
    chmodSync(name, 0);
    // To root, and on Windows, nothing is forbidden.
    if (process.getuid?.() === 0 || process.platform === 'win32') return;
    expect(await refusal(name)).toBe('EACCES: permission denied');
  });

  it('more than 64 MB: of a file by its size, of a stream as soon as they have come', async () => {
    const chunk = new Uint8Array(1024 * 1024);
    let given = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        given++;
        yield chunk;
      }
    }
    await expect(readInput('-', endless())).rejects.toThrow('more than 64 MB; no more is read');
    expect(given).toBe(65);
    const large = file('large', '');
    truncateSync(large, 64 * 1024 * 1024 + 1);
    expect(await refusal(large)).toBe('67108865 bytes are too many; up to 64 MB are read');
  });
});

describe('which files does a name stand for?', () => {
  const names = (...from: string[]): string[] =>
    [...filesOf(from)].map((each) => each.file.replace(`${folder}/tree`, 'tree'));

  it('a folder for all files below it, sorted; a link to a folder, or a loop, is not followed', () => {
    mkdirSync(path('tree/b/c'), { recursive: true });
    for (const name of ['tree/z', 'tree/a', 'tree/b/x', 'tree/b/c/y']) file(name, '');
    symlinkSync(path('tree'), path('tree/b/loop'));
    symlinkSync(path('tree/a'), path('tree/link'));
    symlinkSync(path('gone'), path('tree/dangling'));
    expect(names(path('tree'))).toEqual(['tree/a', 'tree/b/c/y', 'tree/b/x', 'tree/link', 'tree/z']);
  });

  it('a pattern that the shell left alone for what fits it, sorted', () => {
    mkdirSync(path('glob/b/c'), { recursive: true });
    for (const name of ['2.txt', '1.txt', '.hidden.txt', 'b/x1.log', 'b/x2.txt', 'b/c/y.txt', 'what?.txt'])
      file(`glob/${name}`, '');
    const of = (pattern: string): string[] =>
      expandNames([path(`glob/${pattern}`)]).map((each) => each.replace(`${folder}/glob/`, ''));
    expect(of('*.txt')).toEqual(['1.txt', '2.txt', 'what?.txt']);
    expect(of('[!1].txt')).toEqual(['2.txt']);
    expect(of('[0-9].t?t')).toEqual(['1.txt', '2.txt']);
    expect(of('*/x[12].*')).toEqual(['b/x1.log', 'b/x2.txt']);
    expect(of('**/*.txt')).toEqual(['1.txt', '2.txt', 'what?.txt', 'b/x2.txt', 'b/c/y.txt']);
    expect(of('.h*')).toEqual(['.hidden.txt']);
    // A file of that very name, a pattern that nothing fits, and none.
    expect(of('what?.txt')).toEqual(['what?.txt']);
    expect(of('*.gz')).toEqual(['*.gz']);
    expect(of('[z-a]*')).toEqual(['[z-a]*']);
    expect(expandNames(['-', 'a.txt'])).toEqual(['-', 'a.txt']);
  });

  it('anything else for itself, in the order given', () => {
    expect(names('-', '/nonexistent', path('tree/b/c'))).toEqual(['-', '/nonexistent', 'tree/b/c/y']);
  });
});
