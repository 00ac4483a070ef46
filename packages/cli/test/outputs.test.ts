import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TraceLog } from '@trap12/explore';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { createSystem } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import { takeUnwritten } from '../src/exit.js';
import { tracerFor } from '../src/trace-file.js';
import { makeProgram } from '../src/main.js';
import { READ, READ_ARGUMENTS, replayLine, WRITTEN, WRITTEN_ARGUMENTS } from '../src/output.js';
import { called } from './call.js';

/*
 * Files that commands write: what cannot be written is said before the work, as far as that can be told, and
 * otherwise behind the result, which is worth more.
 */

const DIR = mkdtempSync(join(tmpdir(), 'trap12-outputs-'));
afterAll(() => rmSync(DIR, { recursive: true }));
const NOWHERE = join(DIR, 'no', 'file');
const FILE = join(DIR, 'file');
writeFileSync(FILE, '');
const pipeAt = (name: string): string => {
  execFileSync('mkfifo', [join(DIR, name)]);
  return join(DIR, name);
};
const REPORT = 'examples/vmdaemon-2001.txt';
const RACE = 'examples/scenarios/ab-ba.ts';

const OPTIONS: [command: string[], options: string[]][] = [
  [
    ['reproduce', REPORT],
    ['schedule', 'html', 'trace', 'core', 'certificate', 'dump'],
  ],
  [
    ['explore', RACE],
    ['schedule', 'html', 'certificate', 'junit'],
  ],
  [
    ['replay', FILE],
    ['trace', 'core', 'certificate'],
  ],
  [
    ['verify', RACE],
    ['schedule', 'certificate', 'junit'],
  ],
  [['certify', FILE], ['junit']],
  [
    ['run', 'ps'],
    ['trace', 'core', 'dump', 'disk'],
  ],
  [['resume', FILE], ['core']],
  [
    ['grade', FILE],
    ['results', 'junit', 'schedule'],
  ],
  [['learn', '1'], ['schedule']],
  [['crashinfo', FILE], ['textdump']],
  [['campaign', join(DIR, 'campaign'), RACE], ['html']],
];

describe('an output file that cannot be written', () => {
  for (const [command, options] of OPTIONS)
    it(`is refused by ${command[0]} before anything else`, async () => {
      for (const option of options) {
        const [name, ...rest] = command as [string, ...string[]];
        for (const [path, why] of [
          [NOWHERE, 'no such directory'],
          [join(FILE, 'below'), `${FILE} is not a directory`],
          [DIR, 'it is a directory'],
        ] as const) {
          const r = await called([name, `--${option}`, path, ...rest]);
          expect([option, path, r.status, r.out]).toEqual([option, path, 2, '']);
          expect(r.err).toMatch(/^trap12: [^\n]*\n$/);
          expect(r.err).toContain(`--${option} ${path}: ${why}`);
        }
      }
    });

  it('is refused by run where it is to be saved', async () => {
    const r = await called(['run', '--save-at', `1=${NOWHERE}`, 'ps']);
    expect([r.status, r.out, r.err]).toEqual([
      2,
      '',
      expect.stringMatching(/^trap12: --save-at \S+: no such directory/),
    ]);
  });
});

describe('an output file whose writing fails', () => {
  const explored = (...files: string[]) =>
    called(['explore', '--odds', '0', '--shrink', '0', ...files, RACE]);

  it('takes no result with it', async () => {
    // How long it took is another thing.
    const untimed = ({ out }: { out: string }) => out.replace(/ in [\d.]+ s \(.*\)$/m, '');
    const full = join(DIR, 'full');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(full, resolve));
    const kept = await explored('--schedule', join(DIR, 'kept'));
    const lost = await explored('--schedule', full);
    const page = await explored('--schedule', join(DIR, 'kept'), '--html', full);
    const sealed = await explored('--schedule', join(DIR, 'kept'), '--certificate', full);
    server.close();
    expect([kept.status, kept.err]).toEqual([1, '']);
    expect(kept.out).toContain('deadlock');
    expect([page.status, sealed.status, lost.status]).toEqual([2, 2, 2]);
    expect([untimed(page), untimed(sealed)]).toEqual([untimed(kept), untimed(kept)]);
    expect(page.err).toMatch(/^trap12: --html \S+full: ENXIO[^\n]*\n$/);
    expect(sealed.err).toMatch(/^trap12: --certificate \S+full: ENXIO[^\n]*\n$/);
    // The schedule, which is the half of it, goes where it can be read.
    expect(lost.err).toMatch(/^trap12: --schedule \S+full: ENXIO[^\n]*\n$/);
    expect(lost.out).toContain(readFileSync(join(DIR, 'kept'), 'utf8').trim());
  });

  it('nor those that are written in one step', async () => {
    // Who reads it goes away at once.
    const pipe = pipeAt('gone');
    const reader = spawn('sh', ['-c', ': < "$1"', 'sh', pipe]);
    const r = await called(['replay', '--core', pipe, join(DIR, 'kept')]);
    reader.kill();
    expect([r.status, r.err]).toEqual([2, expect.stringMatching(/^trap12: --core \S+gone: EPIPE[^\n]*\n$/)]);
    expect(r.out).toMatch(/: as recorded\n$/);
  });
});

describe('how a schedule is replayed', () => {
  it.each([
    [undefined, 'replay: trap12 replay - (the lines from "trap12 schedule" to "end")'],
    [FILE, `replay: trap12 replay ${FILE}`],
    [NOWHERE, `replay: trap12 replay ${NOWHERE}`],
    ['/dev/null', 'replay: not from /dev/null, which keeps nothing: give --schedule a file'],
  ])('is not said of a file that keeps nothing: %s', (path, line) => expect(replayLine(path)).toBe(line));
});

describe('a file that cannot be made, because something of ours is wrong,', () => {
  const wrong = (): never => {
    throw new Error('made to fail');
  };
  const trace = join(DIR, 'never.pftrace');
  const said = `trap12: --trace ${trace}: internal error: made to fail\n`;
  afterEach(() => vi.restoreAllMocks());

  it('does not end the run that it is about', async () => {
    vi.spyOn(TraceLog.prototype, 'happened').mockImplementation(wrong);
    const system = createSystem(await loadKernel(), { command: 'echo so' });
    const tracer = tracerFor(trace, system.target);
    system.observe(tracer.observer, tracer.observer.classes);
    expect(system.machine.run(20e9)).toBe('halt');
    tracer.write();
    expect(takeUnwritten().map(({ message, status }) => [message, status])).toEqual([
      [`--trace ${trace}: internal error: made to fail`, 4],
    ]);
  });

  it('is said behind the result of a replay, whose other files are made', async () => {
    vi.spyOn(TraceLog.prototype, 'finish').mockImplementation(wrong);
    const schedule = join(DIR, 'half');
    await called(['explore', '--odds', '0', '--shrink', '0', '--schedule', schedule, RACE]);
    const certificate = join(DIR, 'half.html');
    const r = await called(['replay', '--trace', trace, '--certificate', certificate, schedule]);
    expect(r.status).toBe(4);
    expect(r.out).toMatch(/: as recorded\n$/);
    expect(r.err).toBe(said);
    expect(readFileSync(certificate, 'utf8')).toContain('<html');
  });
});

describe('what stands where an output goes', () => {
  const symbols = async (path: string) =>
    expect(await called(['symbols', path])).toMatchObject({ status: 0 });
  const isElf = (bytes: Uint8Array) => expect([...bytes.subarray(0, 4)]).toEqual([0x7f, 0x45, 0x4c, 0x46]);

  it('is written into if it is a pipe, holes and all', async () => {
    await called(['explore', '--odds', '0', '--shrink', '0', '--schedule', join(DIR, 'held'), RACE]);
    const pipe = pipeAt('pipe');
    const core = join(DIR, 'held.core');
    await called(['replay', '--core', core, join(DIR, 'held')]);
    const reader = spawn('sh', ['-c', 'cat "$1" > "$2"', 'sh', pipe, join(DIR, 'through')]);
    const read = new Promise((resolve) => reader.on('exit', resolve));
    const r = await called(['replay', '--core', pipe, join(DIR, 'held')]);
    await read;
    expect([r.status, statSync(pipe).isFIFO()]).toEqual([0, true]);
    expect(readFileSync(join(DIR, 'through')).equals(readFileSync(core))).toBe(true);
  });

  it('stays a link, whose file is written, there or not', async () => {
    writeFileSync(join(DIR, 'linked'), 'old');
    chmodSync(join(DIR, 'linked'), 0o640);
    for (const [link, to] of [
      ['link', 'linked'],
      ['dangling', 'later'],
    ] as const) {
      symlinkSync(to, join(DIR, link));
      await symbols(join(DIR, link));
      expect(readlinkSync(join(DIR, link))).toBe(to);
      expect(lstatSync(join(DIR, to)).isFile()).toBe(true);
      isElf(readFileSync(join(DIR, to)));
    }
    expect(statSync(join(DIR, 'linked')).mode & 0o777).toBe(0o640);
  });

  it('is replaced in one step, and nothing beside it is touched', async () => {
    const [file, other, beside] = ['whole', 'other', 'whole.new'].map((name) => join(DIR, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(file, 'old');
    linkSync(file, other);
    writeFileSync(beside, 'mine');
    await symbols(file);
    isElf(readFileSync(file));
    // The old one was not written into: who has it open reads it to its end.
    expect([readFileSync(other, 'utf8'), readFileSync(beside, 'utf8')]).toEqual(['old', 'mine']);
    expect(readdirSync(DIR).filter((name) => name.startsWith('.trap12'))).toEqual([]);
  });

  it('goes behind what is there where standard output goes, too', () => {
    const [out, stdout] = [join(DIR, 'shared'), join(DIR, 'stdout')];
    // As /dev/stdout is one.
    symlinkSync('/proc/self/fd/1', stdout);
    const code = 'echo before; "$0" packages/cli/bin/trap12.js symbols "$2"; echo after';
    execFileSync('sh', ['-c', `{ ${code}; } > "$1"`, process.execPath, out, stdout]);
    const all = readFileSync(out);
    expect(all.subarray(0, 7).toString()).toBe('before\n');
    isElf(all.subarray(7));
    expect(all.subarray(-6).toString()).toBe('after\n');
  });
});

describe('an output', () => {
  it('is known as one, and so is each file that is read', async () => {
    const { commands } = await makeProgram();
    const known = [...WRITTEN, ...READ];
    const files = commands.flatMap((command) =>
      command.options
        .filter(({ flags }) => /[<[=](?:file|seconds=file)[>\]]/.test(flags))
        .map((option) => `${command.name()} ${option.attributeName()}`),
    );
    expect(files.length).toBeGreaterThan(20);
    expect(files.filter((each) => !known.includes(each.split(' ')[1]!))).toEqual([]);
    // What is none of the host's files, or comes with no output.
    const others = ['command', 'words', 'dir', 'shell', 'url', 'word', 'name'];
    const args = new Set(commands.flatMap((each) => each.registeredArguments.map((a) => a.name())));
    expect(
      [...args].filter((a) => ![...READ_ARGUMENTS, ...WRITTEN_ARGUMENTS, ...others].includes(a)),
    ).toEqual([]);
  });

  const own = (name: string, text: string): string => {
    writeFileSync(join(DIR, name), text);
    return join(DIR, name);
  };
  const report = own('mine.txt', readFileSync(REPORT, 'utf8'));
  const alias = join(DIR, 'alias');
  symlinkSync('mine.txt', alias);
  const scenario = own('own.ts', readFileSync(RACE, 'utf8'));
  const cure = own('own.cure.ts', readFileSync('examples/scenarios/ab-ba.cure.ts', 'utf8'));
  const named = own(
    'named.ts',
    readFileSync(RACE, 'utf8').replace('$scenario({', "$scenario({ patches: ['own.cure.ts'],"),
  );

  const INPUTS: [args: string[], read: string, by?: string][] = [
    [['reproduce', '--schedule', report, report], report],
    [['reproduce', '--html', alias, report], report],
    [['reproduce', '--trace', report, alias], report],
    [['reproduce', '--patch', cure, '--core', join(DIR, '.', 'own.cure.ts'), report], cure],
    [['explain-report', '--html', report, report], report],
    [['explain-report', '--html', report, join(DIR, 'min[e].txt')], report],
    [['explore', '--html', scenario, scenario], scenario],
    [['explore', '--html', cure, named], cure],
    [['verify', '--schedule', cure, '--patch', cure, scenario], cure],
    [['replay', '--certificate', alias, report], report],
    [['certify', '--junit', alias, report], report],
    [['resume', '--core', alias, report], report],
    [['resume', '--save-at', `9=${alias}`, report], report],
    [['grade', '--results', cure, cure], cure],
    [['grade', '--junit', report, '--task', alias, cure], report],
    [['run', '--trace', cure, '--patch', cure, 'ps'], cure],
    [['run', '--core', scenario, '--program', scenario, 'ps'], scenario],
    [['core', alias, report], report],
    [['savecore', report, alias], report],
    [['crashinfo', '--textdump', alias, report], report],
  ];
  it('is none of the files that the command reads', async () => {
    for (const [args, read] of INPUTS) {
      const before = readFileSync(read, 'utf8');
      const r = await called(args);
      expect([args, r.status, r.out]).toEqual([args, 2, '']);
      expect([args, r.err]).toEqual([
        args,
        expect.stringMatching(/^trap12: [^\n]* would overwrite [^\n]*, which the command reads\n$/),
      ]);
      expect(readFileSync(read, 'utf8')).toBe(before);
    }
  });

  it('may be called as a word of a command for the machine', async () => {
    const [trap12, echo] = ['packages/cli/bin/trap12.js', join(DIR, 'echo')];
    const args = ['run', '--quiet', '--trace', echo, '--', 'echo', echo];
    writeFileSync(echo, '');
    const said = execFileSync(process.execPath, [trap12, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    expect(said.toString()).toBe(`${echo}\n`);
    expect(statSync(echo).size).toBeGreaterThan(0);
  });

  it('is no other one', async () => {
    const [a, b] = [join(DIR, 'not-yet'), join(DIR, '.', 'not-yet')];
    symlinkSync('not-yet', join(DIR, 'to-not-yet'));
    const PAIRS: string[][] = [
      ['reproduce', '--schedule', a, '--certificate', b, report],
      ['reproduce', '--schedule', join(DIR, 'to-not-yet'), '--html', a, report],
      ['explore', '--junit', a, '--html', b, scenario],
      ['replay', '--core', a, '--trace', b, report],
      ['grade', '--results', a, '--junit', b, cure],
      ['run', '--save-at', `1=${a}`, '--save-at', `2=${b}`, 'ps'],
      ['run', '--disk', a, '--core', b, 'ps'],
    ];
    for (const args of PAIRS) {
      const r = await called(args);
      expect([args, r.status, r.out, r.err]).toEqual([
        args,
        2,
        '',
        expect.stringMatching(/^trap12: --\S+ \S+ and --\S+ \S+ are one file: each needs its own\n$/),
      ]);
    }
    const page = await called(['explain-report', '--html', '-', '--json', report]);
    expect([page.status, page.err]).toEqual([2, expect.stringMatching(/^trap12: --html - and --json both /)]);
  });
});
