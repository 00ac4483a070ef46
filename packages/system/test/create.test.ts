import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Ddb } from '@trap12/ddb';
import { parseReport } from '@trap12/report';
import { DEVICES } from '@trap12/userland';
import { describe, expect, test } from 'vitest';
import { CompileError, compileText } from '../src/compile.js';
import {
  accepted,
  createSystem,
  DEFAULT_OPTIONS,
  NCPU,
  oneAtATime,
  RAM_BYTES,
  SEED,
  SWAP_BYTES,
  type SystemOptions,
} from '../src/index.js';
import { loadKernel } from '../src/node.js';

const kernel = await loadKernel();
const SMALL = { ramBytes: 16 << 20, swapBytes: 0 };

describe('is every bad option refused by its name, with what is accepted?', () => {
  const bad: [Partial<Record<keyof SystemOptions | 'swap', unknown>>, RegExp][] = [
    [{ ramBytes: (4 << 20) - 4096 }, /^ramBytes 4190208: accepted: 4M to 2G, a multiple of 4K$/],
    [{ ramBytes: 2 ** 31 + 4096 }, /^ramBytes .*4M to 2G/],
    [{ ramBytes: (8 << 20) + 1 }, /^ramBytes .*multiple of 4K/],
    [{ ncpu: 0 }, /^ncpu 0: accepted: 1 to 8$/],
    [{ ncpu: 9 }, /^ncpu 9: /],
    [{ ncpu: 1.5 }, /^ncpu 1.5: /],
    [{ swapBytes: 4096 }, /^swapBytes 4096: accepted: 1M to 2G, or 0 for none, a multiple of 4K$/],
    [{ seed: -1 }, /^seed -1: accepted: 0 to 2\^53 - 1$/],
    [{ seed: Number.NaN }, /^seed NaN: /],
    [{ diskErrorRate: 1.5 }, /^diskErrorRate 1.5: accepted: 0 to 1$/],
    [{ packetsPerSecond: -1 }, /^packetsPerSecond -1: accepted: 0 to 1000000$/],
    // As a caller has them whose language does not look.
    [{ ramBytes: '64M' }, /^ramBytes "64M": accepted: 4M to 2G, a multiple of 4K$/],
    [{ diskErrorRate: '0.5' }, /^diskErrorRate "0.5": accepted: 0 to 1$/],
    [{ locking: 3 }, /^locking 3: accepted: a regime's name/],
    [{ command: 5 }, /^command 5: accepted: a string without NUL, or undefined for a shell$/],
    [{ command: 'echo a\0b' }, /^command "echo a\\u0000b": accepted: a string without NUL, or undefined/],
    [{ input: 3 }, /^input 3: accepted: a Uint8Array, or undefined for the console$/],
    [{ files: new Map([['/a', 'b']]) }, /^files \(an object\): accepted: an object of strings/],
    [{ files: 3 }, /^files 3: accepted: an object of strings and Uint8Arrays, by path$/],
    [{ files: { '/tmp/a': 3 } }, /^files \(an object\): accepted: /],
    ...['', '/', '../z', '/../z', 'a/../z', 'a//b', '//z', 'z/', './z', 'a/.', 'z\0y', 'n'.repeat(256)].map(
      (path): [object, RegExp] => [
        { files: { [path]: '' } },
        /^files ".*": accepted: a path from the root, as /,
      ],
    ),
    [
      { files: { [`${'n/'.repeat(512)}n`]: '' } },
      /^files "(n\/){30}\.\.\.": accepted: .* at most 1023 bytes/,
    ],
    [{ files: { bin: '' } }, /^files "bin": it is a directory$/],
    [{ files: { '/tmp': '' } }, /^files "\/tmp": it is a directory$/],
    [{ files: { dev: '' } }, /^files "dev": it is a directory$/],
    [{ files: { 'a/b': '', a: '' } }, /^files "a": it is a directory$/],
    [{ files: { a: '', 'a/b/c': '' } }, /^files "a\/b\/c": \/a is no directory$/],
    [{ files: { 'etc/motd/a': '' } }, /^files "etc\/motd\/a": \/etc\/motd is no directory$/],
    [{ files: { 'dev/null': '' } }, /^files "dev\/null": it is a device of the kernel$/],
    [{ files: { 'dev/null/a': '' } }, /^files "dev\/null\/a": \/dev\/null is no directory$/],
    [{ files: { z: '', '/z': '' } }, /^files "\/z": it is given twice$/],
    [{ command: 'ls', files: { 'etc/boot.command': '' } }, /^files "etc\/boot.command": it is given twice$/],
    [
      { input: new Uint8Array(), files: { '/etc/boot.input': '' } },
      /^files "\/etc\/boot.input": it is given twice$/,
    ],
    ...[
      [{ name: '../z' }, /^executables "bin\/\.\.\/z": accepted: a path from the root, as /],
      [{ directory: 'bin/p' }, /^executables "bin\/p\/p": \/bin\/p is no directory$/],
      [{}, /^executables "bin\/p": it is given twice$/],
    ].map(([changed, message]): [object, RegExp] => [
      {
        executables: [{}, changed].map((each) => ({
          ...{ name: 'p', directory: 'bin', file: new Uint8Array(40), code: () => '' },
          ...each,
        })),
      },
      message as RegExp,
    ]),
    [{ executables: [1] }, /^executables \(an array\): accepted: an array of what compileText\(\) or/],
    [{ debuggerOnPanic: 'no' }, /^debuggerOnPanic "no": accepted: true or false$/],
    [{ tunables: { ncpu: 'x' } }, /^tunables \(an object\): accepted: an object of whole numbers/],
    [{ locking: 'none' }, /^no locking regime "none"; accepted: giant, /],
    [{ tunables: { no_such: 1 } }, /^tunables: the kernel has no variable no_such$/],
    [{ tunables: { vm_fault: 1 } }, /^tunables: vm_fault is no variable of the kernel but a function$/],
    [{ tunables: { regime: 1 } }, /^tunables: regime is no variable of 32 bits$/],
    [{ tunables: { maxproc: 2 ** 32 } }, /^tunables: maxproc 4294967296: accepted: -2\^31 to 2\^32 - 1$/],
    [{ tunables: { maxproc: -(2 ** 31) - 1 } }, /^tunables: maxproc -2147483649: accepted: /],
    [{ tunables: { maxproc: 0.5 } }, /^tunables \(an object\): accepted: an object of whole numbers/],
    [{ swap: 1 }, /^no option swap; accepted: ramBytes, ncpu, swapBytes, /],
  ];
  for (const [given, message] of bad)
    test(JSON.stringify(given).slice(0, 80), () => {
      const create = () => createSystem(kernel, given as Partial<SystemOptions>);
      expect(create).toThrow(RangeError);
      expect(create).toThrow(message);
    });
});

describe('is what else is called with something else refused in one line?', () => {
  const wrong = <T>(value: unknown): T => value as T;
  const run = (...bounds: unknown[]) => createSystem(kernel, SMALL).machine.run(...wrong<number[]>(bounds));
  test.each<[string, () => unknown, RegExp]>([
    ['run', () => run('x'), /^run: untilNs "x": accepted: a number from 0 on, ns since power-on$/],
    ['run', () => run(Number.NaN), /^run: untilNs NaN: accepted: /],
    ['run', () => run(-5), /^run: untilNs -5: accepted: /],
    ['run', () => run(1, -1), /^run: untilPoll -1: accepted: a number from 0 on$/],
    [
      'compileText',
      () => compileText('../p', ''),
      /^compileText: name "\.\.\/p": accepted: up to 64 letters/,
    ],
    ['compileText', () => compileText('p', wrong(5)), /^compileText: text 5: accepted: a string$/],
    ['parseReport', () => parseReport(wrong(5)), /^a report is a string or a Uint8Array of its bytes$/],
    [
      'execute',
      () => new Ddb(createSystem(kernel, SMALL).target).execute(wrong(undefined)),
      /^execute: no line; accepted: a string$/,
    ],
  ])('%s (%#)', (_, call, message) => {
    expect(call).toThrow(RangeError);
    expect(call).toThrow(message);
  });
  test('loadKernel', async () => {
    const load = () => loadKernel(undefined, wrong('chekced'));
    await expect(load()).rejects.toThrow(/^loadKernel: form "chekced": accepted: fast, checked$/);
  });
});

describe('are files where their paths say, with or without a slash in front, in place of what was there?', () => {
  const text = (content: string): Uint8Array => new TextEncoder().encode(content);
  const run = (files: SystemOptions['files'], command: string, more: Partial<SystemOptions> = {}): string => {
    const system = createSystem(kernel, { ...SMALL, files, command, ...more });
    let console = '';
    system.machine.console.onOutput = (s) => {
      console += s;
    };
    expect(system.machine.run(60e9)).toBe('halt');
    expect(console).not.toContain('memfs: ');
    return console;
  };
  test('new ones, and the directories on the way', () => {
    const said = run(
      {
        '/z': 'one\n',
        'y/deep/er': text('two\n'),
        '/x/y': 'three\n',
        '/tmp/t': 'four\n',
        'bin/own': 'echo five\n',
      },
      'cat /z /y/deep/er /x/y /tmp/t; sh /bin/own; ls -ld /y/deep',
    );
    expect(said).toContain('one\ntwo\nthree\nfour\nfive\ndrwxr-xr-x ');
  });
  test('standard ones, which keep their modes', () => {
    const own = { 'etc/motd': 'mine\n', '/bin/ls': 'echo no ls\n', '/usr/share/misc/help': 'help\n' };
    const said = run(own, 'cat /etc/motd /usr/share/misc/help; sh /bin/ls; test -x /bin/ls && echo runs');
    expect(said).toContain('mine\nhelp\nno ls\nruns\n');
  });
  test('a command and its input, as files', () => {
    const boot = { '/etc/boot.command': 'cat', '/etc/boot.input': 'read\n' };
    expect(run(boot, '', { command: undefined })).toContain('read\n');
  });
  test('the devices are those that the kernel makes', () => {
    const made = readFileSync(new URL('../../kernel/src/fs/memfs_vfsops.ts', import.meta.url), 'utf8');
    const names = [...made.matchAll(/memfs_mkdev\(mp, '([^']+)'/g)].map(([, name]) => name);
    expect(DEVICES).toEqual(names);
    expect(names.length).toBeGreaterThan(5);
  });
});

test("are the ranges and defaults those of README's table?", () => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  const row = (flag: string) => new RegExp(`^\\| \`--${flag} .*$`, 'm').exec(readme)?.[0] ?? '';
  const mega = (bytes: number) => `| ${bytes >> 20}M |`;
  expect(row('ram')).toContain(`${RAM_BYTES.text}, multiples of 4K`);
  expect(row('ram')).toContain(mega(DEFAULT_OPTIONS.ramBytes));
  expect(row('ncpu')).toContain(`| ${NCPU.text} | ${DEFAULT_OPTIONS.ncpu} |`);
  expect(row('swap')).toContain(SWAP_BYTES.text.replace(' for none', ' for no disk'));
  expect(row('swap')).toContain(mega(DEFAULT_OPTIONS.swapBytes));
  expect(row('seed')).toContain(`| ${accepted(SEED)} | ${DEFAULT_OPTIONS.seed} |`);
  expect(row('locking')).toContain(`| \`${DEFAULT_OPTIONS.locking}\` |`);
});

const hashOf = (bytes: Uint8Array | Int32Array): string => createHash('sha256').update(bytes).digest('hex');

describe('is a machine that is used again as a new one is?', () => {
  const LOAD = 'echo x > /tmp/f; memcheck 12m & ps; wait; cat /tmp/f';
  const uses: Partial<SystemOptions>[] = [
    { seed: 1, locking: 'giant', command: LOAD, files: { '/tmp/left': new Uint8Array([1]) } },
    // It dies, with the kernel's functions on the host's stack.
    { seed: 2, locking: 'vm_mtx-20010519', command: LOAD, tunables: { vm_page_max_wired: 100 } },
    { seed: 3, locking: 'vm_mtx-20010519+swaplocks+vmspace-ref', command: 'ls /tmp' },
    // Of other hardware it is another one, and so is the next.
    { seed: 3, command: LOAD, ncpu: 2 },
    { seed: 3, command: LOAD },
  ];
  for (const form of ['fast', 'checked'] as const)
    test(form, async () => {
      const kernel = await loadKernel(undefined, form);
      const make = oneAtATime();
      let observed = 0;
      let seen = 0;
      const machines = new Set<unknown>();
      for (const options of uses) {
        const given = { ...SMALL, swapBytes: 32 << 20, debuggerOnPanic: true, ...options };
        const ends = [make(kernel, given), createSystem(kernel, given)].map((system, i) => {
          const { machine } = system;
          if (i === 0) machines.add(machine);
          let console = '';
          machine.console.onOutput = (text) => {
            console += text;
          };
          // Somebody looks on, who has to be forgotten; and there is a snapshot in between.
          const counts = i === 0 && options.seed === 1;
          system.observe(counts ? { happened: () => observed++ } : {}, ['KTR_PROC']);
          machine.run(1e8);
          if (options.seed !== 1) machine.restore(machine.save());
          const why = machine.run(8e8);
          const { board, disk, ...devices } = machine.saveDevices();
          const platter = disk.platter.chunks.map((chunk) => [chunk.number, hashOf(chunk.bytes)]);
          const tlb = hashOf(machine.mmu.snapshot());
          const state = { why, devices, drive: disk.drive, platter, board: { ...board, happenings: 0 }, tlb };
          return { console, state, ram: hashOf(machine.ram.u8) };
        });
        if (options.seed === 1) seen = observed;
        expect(ends[0]).toEqual(ends[1]);
      }
      expect(machines.size).toBe(3);
      expect(seen).toBeGreaterThan(0);
      expect(observed).toBe(seen);
    });
});

test('do tunables and the regime reach the kernel before it runs?', () => {
  const system = createSystem(kernel, {
    ...SMALL,
    locking: 'giant,vm_daemon_allproc=0',
    debuggerOnPanic: false,
    tunables: { physmem: 77 },
  });
  expect([system.get('physmem'), system.get('debugger_on_panic')]).toEqual([77, 0]);
  const regime = (name: string) => system.memory.field('regime_t', system.symbols.address('regime'), name);
  expect([regime('vm_mtx'), regime('vm_daemons_giant'), regime('vm_daemon_allproc')]).toEqual([0, 1, 0]);
});

test('does a program of a caller lie in /bin, and one in the place of another?', () => {
  const text = `
export function main(argc: int, argv: ptr<str>): int {
  printf('<%s', argv[0]);
  for (let i = 1; i < argc; i++) printf(' %s', argv[i]);
  printf('>\\n');
  return 7;
}
`;
  const command = 'probe one two; echo $?; /bin/true three';
  const executables = ['probe', 'true'].map((name) => compileText(name, text));
  const system = createSystem(kernel, { ...SMALL, command, executables });
  let console = '';
  system.machine.console.onOutput = (s) => {
    console += s;
  };
  expect(system.machine.run(60e9)).toBe('halt');
  expect(console).toContain('<probe one two>\n7\n</bin/true three>\n');
  expect(system.exitStatus).toBe(7);
});

test('is a program of the same text the same one, and one of another name, file or text another?', () => {
  const text = (status: number): string => `export function main(): int {\n  return ${status};\n}\n`;
  const first = compileText('probe', text(1));
  expect(compileText('probe', text(1))).toBe(first);
  const others = [
    compileText('probe', text(2)),
    compileText('other', text(1)),
    compileText('probe', text(1), 'dir/p.ts'),
  ];
  for (const each of others) expect(each).not.toBe(first);
  expect(others.map(({ name }) => name)).toEqual(['probe', 'other', 'probe']);
  expect(others[2]!.image!().files).toContain('dir/p.ts');
  expect(Buffer.from(others[0]!.file).equals(first.file)).toBe(false);
});

test('are image and programs that have not changed the same, each time that a kernel is loaded?', async () => {
  const again = await loadKernel();
  expect(again.image).toBe(kernel.image);
  expect(again.executables.length).toBeGreaterThan(50);
  for (const [i, each] of again.executables.entries()) expect(each).toBe(kernel.executables[i]);
});

test("errors of a program of one's own are of its file, and a main that is missing or odd is its own", () => {
  const errors = (text: string): string => {
    try {
      compileText('probe', text, 'dir/p.ts');
      return '';
    } catch (error) {
      expect(error).toBeInstanceOf(CompileError);
      return (error as Error).message;
    }
  };
  const main = 'export function main(): int {\n  return 0;\n}\n';
  expect(errors(`function f(): void {}\nfunction f(): void {}\n${main}`)).toBe(
    'dir/p.ts:2:10: duplicate global name f (also in dir/p.ts:1)',
  );
  expect(errors(`${main}function f(: void {}`)).toMatch(/^(dir\/p\.ts:4:\d+: syntax: .+\n?)+$/);
  const wanted = 'a program needs a function main(argc: int, argv: ptr<str>): int (it may take less)';
  expect(errors('')).toBe(`dir/p.ts:1:1: ${wanted}`);
  expect(errors('\nexport function main(name: str): void {\n  printf(name);\n}\n')).toBe(
    `dir/p.ts:2:1: ${wanted}`,
  );
  expect(errors('\nexport function* main(): Sleeps {}\n')).toBe(`dir/p.ts:2:1: ${wanted}`);
});
