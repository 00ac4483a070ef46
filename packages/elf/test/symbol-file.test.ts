import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imageBytes } from '@trap12/kcc/image.js';
import { loadImage, loadProgramImage } from '@trap12/system/node.js';
import { SymbolTable } from '@trap12/target';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ByteWriter, symbolFile } from '../src/index.js';

describe('numbers of variable length', () => {
  const bytes = (write: (out: ByteWriter) => void): number[] => {
    const out = new ByteWriter(1);
    write(out);
    return [...out.finish()];
  };

  // The examples of DWARF 4, figures 22 and 23.
  it.each([
    [2, [2]],
    [127, [127]],
    [128, [0x80, 1]],
    [129, [0x81, 1]],
    [12857, [0xb9, 0x64]],
    [0xffffffff, [0xff, 0xff, 0xff, 0xff, 0x0f]],
  ])('unsigned %d', (value, expected) => expect(bytes((out) => out.uleb(value))).toEqual(expected));

  it.each([
    [2, [2]],
    [-2, [0x7e]],
    [127, [0xff, 0]],
    [-127, [0x81, 0x7f]],
    [128, [0x80, 1]],
    [-128, [0x80, 0x7f]],
    [-129, [0xff, 0x7e]],
    [-0x80000000, [0x80, 0x80, 0x80, 0x80, 0x78]],
  ])('signed %d', (value, expected) => expect(bytes((out) => out.sleb(value))).toEqual(expected));
});

const there = spawnSync('readelf', ['--version']).status === 0;
if (!there) console.warn('\n*** readelf is not installed: the tests that it judges are SKIPPED ***\n');

(there ? describe : describe.skip)('readelf reads the symbol file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'trap12-elf-'));
  const path = join(directory, 'kernel.debug');
  const symbols = new SymbolTable(loadImage());
  beforeAll(() =>
    writeFileSync(path, symbolFile(symbols, { name: 'kernel', sources: '/src', producer: 'kcc' })),
  );
  afterAll(() => rmSync(directory, { recursive: true }));

  const readelf = (file: string, ...words: string[]): string => {
    const done = spawnSync('readelf', ['-W', ...words, file], { encoding: 'utf8', maxBuffer: 256 << 20 });
    expect(done.stderr).toBe('');
    return done.stdout;
  };

  it('without a warning, all of it', () => {
    expect(readelf(path, '-a', '--debug-dump').length).toBeGreaterThan(1_000_000);
  });

  it.each(['sh', 'dd', 'memcheck'])('of a program, too: %s', (name) => {
    const image = loadProgramImage(name)!;
    const options = { name, sources: '/src', producer: 'kcc' };
    writeFileSync(join(directory, name), symbolFile(new SymbolTable(image), options));
    const out = readelf(join(directory, name), '-s', '--debug-dump=info,loc,frames,decodedline');
    expect(out).toMatch(/ FUNC +GLOBAL DEFAULT +\d+ main\n/);
    expect(out).not.toContain('DW_OP_call4');
  });

  it('has every symbol where the image has it', () => {
    const rows = [
      ...readelf(path, '-s').matchAll(
        /^ *\d+: ([0-9a-f]{8}) +(\d+) (FUNC|OBJECT) +GLOBAL DEFAULT +\d+ (\S+)$/gm,
      ),
    ];
    const got = rows.map(([, address, size, type, name]) => [
      name,
      Number.parseInt(address!, 16),
      Number(size),
      type,
    ]);
    const expected = symbols.image.symbols.map((s) => [
      s.name,
      s.address >>> 0,
      s.size,
      s.kind === 'text' ? 'FUNC' : 'OBJECT',
    ]);
    expect(got).toEqual(expected);
  });

  it('has the bytes of the text, and the hash of the image', () => {
    const text = symbols.image.segments.find((s) => s.name === 'text')!;
    const dumped = execFileSync('readelf', ['-W', '-x', '.text', path], {
      encoding: 'utf8',
      maxBuffer: 64 << 20,
    });
    const hex = [...dumped.matchAll(/^ {2}0x[0-9a-f]{8} ((?:[0-9a-f]{2,8} ){1,4})/gm)]
      .map((m) => m[1]!.replaceAll(' ', ''))
      .join('');
    expect(hex).toBe(Buffer.from(imageBytes(symbols.image).subarray(0, text.size)).toString('hex'));
    expect(readelf(path, '-n')).toContain(`Build ID: ${symbols.image.hash}`);
  });
});

/** A Python that has pyelftools. */
const python = ['/usr/bin/python3', 'python3'].find(
  (each) => spawnSync(each, ['-c', 'import elftools']).status === 0,
);
if (python === undefined)
  console.warn('\n*** pyelftools is not installed: the tests that it judges are SKIPPED ***\n');

/** What pyelftools makes of a file: functions, fields and lines, as JSON. */
const READER = `
import json, sys
from elftools.elf.elffile import ELFFile
info = ELFFile(open(sys.argv[1], 'rb')).get_dwarf_info()
text = lambda die: die.attributes['DW_AT_name'].value.decode()
out = {'functions': [], 'fields': [], 'lines': []}
for unit in info.iter_CUs():
    for die in unit.iter_DIEs():
        if die.tag == 'DW_TAG_subprogram':
            low, size = (die.attributes[a].value for a in ('DW_AT_low_pc', 'DW_AT_high_pc'))
            given = [text(c) for c in die.iter_children() if c.tag == 'DW_TAG_formal_parameter']
            out['functions'].append([text(die), low, size, given])
        if die.tag == 'DW_TAG_structure_type':
            for c in die.iter_children():
                if c.tag == 'DW_TAG_member':
                    out['fields'].append([text(die), text(c), c.attributes['DW_AT_data_member_location'].value])
    program = info.line_program_for_CU(unit)
    names = [e.name.decode() for e in program['file_entry']]
    for entry in program.get_entries():
        if entry.state and not entry.state.end_sequence:
            out['lines'].append([entry.state.address, names[entry.state.file - 1], entry.state.line])
print(json.dumps(out))
`;

(python === undefined ? describe.skip : describe)('pyelftools reads the DWARF of the symbol file', () => {
  it('with functions, parameters, fields and lines as the image has them', () => {
    const directory = mkdtempSync(join(tmpdir(), 'trap12-elf-'));
    const symbols = new SymbolTable(loadImage());
    try {
      const path = join(directory, 'kernel.debug');
      writeFileSync(path, symbolFile(symbols, { name: 'kernel', sources: '/src', producer: 'kcc' }));
      const { functions, fields, lines } = JSON.parse(
        execFileSync(python!, ['-c', READER, path], { encoding: 'utf8', maxBuffer: 64 << 20 }),
      ) as {
        functions: [string, number, number, string[]][];
        fields: [string, string, number][];
        lines: [number, string, number][];
      };
      const texts = symbols.image.symbols.filter(({ kind }) => kind === 'text');
      const variadic = (type: number): boolean => symbols.type(type).kind === 'va_list';
      expect(functions).toEqual(
        texts.map(({ name, address, size, params = [] }) => [
          ...[name, address >>> 0, size],
          params.filter(({ type }) => !variadic(type)).map((each) => each.name),
        ]),
      );
      const wanted = Object.entries(symbols.image.structs).flatMap(([name, struct]) =>
        Object.entries(struct.fields).map(([field, { offset }]) => [name, field, offset].join()),
      );
      const rows = fields.map((row) => row.join());
      expect([...new Set(rows)].sort()).toEqual([...new Set(wanted)].sort());
      expect(lines.length).toBeGreaterThan(10_000);
      const wrong = lines.filter(([address, file, line]) => {
        const site = symbols.site(address);
        return site === undefined || site.line !== line || !`/${site.file}`.endsWith(`/${file}`);
      });
      expect(wrong).toEqual([]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
