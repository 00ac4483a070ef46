/**
 * The command lines of trap12, in this process. What the parser refuses is run as it is; what it accepts is
 * run if the command reads files that are none, and only parsed if a machine would run.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main, makeProgram } from '@trap12/cli/main.js';
import { scheduleText } from '@trap12/explore';
import { DEFAULT_OPTIONS } from '@trap12/system';
import { Random } from './random.mjs';
import { damaged } from './scripts.mjs';

/** These end soon whatever they are given, if no file is what they want. */
const LIGHT = new Set([
  'explain-report',
  'configs',
  'completion',
  'replay',
  'certify',
  'resume',
  'core',
  'savecore',
  'crashinfo',
  'ddb',
  'grade',
  'learn',
  'campaign',
]);
/** With these a light command has more to do: it works at something, waits for somebody, opens a port. */
const HEAVY_OPTIONS = /^--(?:url|queue|port|listen|jobs|exec)$/;

const FILES = {
  garbage: '\x00\x01garbage\n',
  empty: '',
  'report.txt': 'panic: vm_page_free: freeing busy page\n',
  'text.txt': 'hello\nworld\n',
  'schedule.txt': scheduleText({
    ...{
      image: '0',
      scenario: undefined,
      patches: [],
      command: 'true',
      machine: DEFAULT_OPTIONS,
      seconds: 1,
    },
    ...{ from: 'power-on', choices: [], ended: 'x', endedNs: 1, hash: '0' },
  }),
  'certificate.json': '{"form":"trap12 certificate","version":1}',
  'page.html': '<!doctype html><p>x',
  'lesson.json': '{}',
  'a.ts': 'export const x = ;\n',
  vmcore: '\x7fELF\x01\x01',
  'snapshot.gz': '\x1f\x8b\x08',
  'with space': '',
};
const WORDS = [
  ...Object.keys(FILES),
  'none',
  'dir',
  '.',
  '/',
  '',
  '-',
  '--',
  '/dev/null',
  'none/x',
  'x\ny',
  '\u00e9',
  '*',
  '=',
  ',',
  'x'.repeat(5000),
  '__proto__',
  'constructor',
  'toString',
];
const VALUES = [
  '0',
  '1',
  '-1',
  '2',
  '3',
  '8',
  '9',
  '1.5',
  '.5',
  '1e3',
  '1e400',
  '0x10',
  '0x',
  ' 1',
  '1 ',
  '',
  'NaN',
  'Infinity',
  '4M',
  '3M',
  '4097',
  '4G',
  '64m',
  '1K',
  '1B',
  '99999999999999999999',
  '9007199254740993',
  '1=x',
  '1=',
  '=x',
  '0=x',
  '0.001=x',
  '1000001=x',
  'giant',
  'giant,x=1',
  'giant,vm_mtx=0',
  'lock-gap',
  'random',
  'bash',
  'all',
  'true',
  'null',
  '1-3',
  '1,2',
];

const folder = mkdtempSync(join(tmpdir(), 'trap12-fuzz-cli-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, 'dir'));
for (const [name, content] of Object.entries(FILES))
  writeFileSync(join(folder, name), Buffer.from(content, 'latin1'));

/** Every command with the flags of its options. */
let commands;
async function commandsOnce() {
  if (commands !== undefined) return commands;
  const all = [];
  const walk = (command, words) => {
    all.push({
      words,
      options: command.options.map(({ long, short, required, optional }) => ({
        flag: long ?? short,
        takes: required || optional,
      })),
    });
    for (const each of command.commands) walk(each, [...words, each.name()]);
  };
  const program = await makeProgram();
  for (const each of program.commands) walk(each, [each.name()]);
  commands = all;
  return commands;
}

const word = (r) =>
  r.once(6)
    ? damaged(r.pick([...WORDS, ...VALUES]), r, ['-', '=', ' ', '9', '.', '/', '\n', '\0'])
    : r.pick(r.once(3) ? VALUES : WORDS);

function option(r, options) {
  if (options.length === 0 || r.once(10))
    return [
      r.pick([
        '--nope',
        '-x',
        '--',
        '--ra',
        '--help',
        '-h',
        '--version',
        '-V',
        '--no-json',
        '--json=1',
        '---',
        '-',
      ]),
    ];
  const { flag, takes } = r.pick(options);
  if (!takes && !r.once(10)) return [flag];
  const value = word(r);
  return r.once(3) ? [`${flag}=${value}`] : r.once(20) ? [flag] : [flag, value];
}

async function line(r) {
  const { words, options } = r.pick(await commandsOnce());
  const name = r.once(25) ? [word(r)] : words;
  const parts = r.list(0, 4, () => (r.once(2) ? option(r, options) : [word(r)]));
  return (r.once(20) ? [...parts.flat(), ...name] : [...name, ...parts.flat()]).filter(
    (w) => !w.includes('\0'),
  );
}

/** What a call writes and ends with. */
async function called(call) {
  const { stdout, stderr } = process;
  const before = [stdout, stderr].map((stream) => ({
    stream,
    write: stream.write,
    listeners: stream.listeners('error'),
  }));
  const written = { out: '', err: '' };
  const take = (where) => (chunk) => {
    written[where] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    return true;
  };
  const place = process.cwd();
  process.chdir(folder);
  stdout.write = take('out');
  stderr.write = take('err');
  try {
    return { status: await call(), ...written };
  } finally {
    process.chdir(place);
    for (const { stream, write, listeners } of before) {
      stream.write = write;
      for (const listener of stream.listeners('error'))
        if (!listeners.includes(listener)) stream.off('error', listener);
    }
  }
}

/** Does the parser accept it? The name of the command, or undefined. */
async function accepted(args) {
  let name;
  const program = await makeProgram();
  const silence = (command) => {
    command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} });
    if (command.commands.length === 0)
      command.action(() => {
        name = command.name();
      });
    for (const each of command.commands) silence(each);
  };
  silence(program);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    // An error of the parser's own, or one for which main has a line.
    if (
      !/^Commander|^InvalidArg/.test(error.constructor.name) &&
      error.constructor !== RangeError &&
      error.constructor.name !== 'CommandError'
    )
      throw error;
  }
  return name;
}

/** May an accepted line be run here? */
const mayRun = (name, args) =>
  LIGHT.has(name) &&
  !args.some((a) => HEAVY_OPTIONS.test(a.split('=')[0])) &&
  !args.includes('-') &&
  // Of this computer only what is made for it is read: some commands go through folders.
  !args.some((a) => /(?:^|[=/])(?:\/|\.\.)/.test(a)) &&
  (name !== 'learn' || !args.some((a) => /^\d+$/.test(a))) &&
  (name !== 'campaign' || !args.some((a) => a.endsWith('.ts')));

/** Host time that a line may take: what is run here ends at once. */
const PATIENCE_MS = 30_000;

/** What comes of a call, or undefined when it has taken too long. */
function inTime(call) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS);
  });
  return Promise.race([call, late]).finally(() => clearTimeout(timer));
}

const HINT = /^\((?:--help tells more|Did you mean .*\?|[\w, -]+ (?:has|have) it)\)$/;

function problemOf({ status, out, err }, args) {
  if (![0, 1, 2, 3].includes(status)) return `status ${status}: ${err.slice(0, 300)}`;
  const all = `${out}\n${err}`;
  if (/^ {4}at .*:\d+/m.test(all) || /^trap12: internal error/m.test(all))
    return `an exception shows: ${all.slice(0, 500)}`;
  if (status !== 2) return '';
  const lines = err.split('\n').filter((l) => l !== '' && !HINT.test(l));
  // explain-report has a line for each file that it has not read, or a list of them in what it writes.
  const many = args[0] === 'explain-report';
  const told = lines.length > 0 || (many && out !== '');
  if ((told && lines.length <= (many ? args.length : 1)) || /^Usage: trap12/m.test(err)) return '';
  return `${lines.length} lines of error: ${JSON.stringify(err.slice(0, 500))}`;
}

async function tryLine(args) {
  const name = await accepted(args);
  if (name !== undefined && !mayRun(name, args)) return '';
  const outcome = await inTime(called(() => main(args)));
  return outcome === undefined ? `it takes more than ${PATIENCE_MS / 1000} s` : problemOf(outcome, args);
}

async function run(seed, from, count) {
  const failures = [];
  for (let at = from; at < from + count; at++) {
    const args = await line(new Random(`cli ${seed} ${at}`));
    let what;
    try {
      what = await tryLine(args);
    } catch (error) {
      what = `${error.stack ?? error}`;
    }
    if (what !== '')
      failures.push({ at, from: at, what, input: JSON.stringify(args.map((a) => a.slice(0, 200))) });
  }
  return { failures, late: 0 };
}

export const cli = { name: 'cli', what: 'command lines of trap12', batch: 500, weight: 2, run };
