/** Every program of the machine with options and arguments of any kind. */
import { HELP } from '@trap12/userland/help.js';
import { FILES } from './machine.mjs';
import { runInputs } from './in-machine.mjs';
import { damaged, script } from './scripts.mjs';

/** Those that are left out, and why: what they are for is to end the machine, or each other. */
const LEFT_OUT = new Set(['init', 'reboot', 'halt', 'savecore']);
/** Loads: without an operand they begin one that takes long; what they say of memory is not asked here. */
const LOADS = new Set([
  'churn',
  'hog',
  'memcheck',
  'pool',
  'respawn',
  'sleepers',
  'stress',
  'threads',
  'torment',
  'yes',
]);

/** The programs with the options that their usage names, and whether each has an argument. */
const PROGRAMS = [...HELP.matchAll(/^@ (.*)\n((?:(?!@ ).*\n?)*)/gm)].flatMap(([, names, text]) => {
  const usage = text
    .split('\n')
    .filter((line, i) => i === 0 || /^ {7}/.test(line))
    .join(' ');
  const letters = new Set([...usage.matchAll(/-([A-Za-z0-9]+)/g)].flatMap((m) => [...m[1]]));
  return names
    .split(' ')
    .filter((name) => !LEFT_OUT.has(name))
    .map((name) => ({ name, letters: [...letters] }));
});

const NUMBERS = [
  '0',
  '1',
  '-1',
  '-0',
  '+1',
  '00',
  '1.5',
  '.',
  '0x10',
  '1e9',
  '127',
  '128',
  '255',
  '256',
  '65535',
  '65536',
  '1048576',
  '2147483647',
  '2147483648',
  '-2147483648',
  '-2147483649',
  '4294967295',
  '4294967296',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775808',
  '99999999999999999999999',
  '1k',
  '1M',
  '99999g',
  '-5k',
  '1b',
  '0w',
  '1,2',
  '3-1',
  '1-',
  '-3',
  ',',
  '1,,2',
  '2,4-',
  '4096',
  '511',
];
const PATHS = [
  ...Object.keys(FILES).map((f) => `/${f}`),
  'f',
  './f',
  '/',
  '.',
  '..',
  '/tmp/w',
  '/dev/null',
  '/dev/zero',
  '/dev/tty',
  '/dev/console',
  '/dev/mem',
  '/bin/sh',
  '/etc',
  '/none',
  'new',
  'd',
  'd/e/f',
  '/etc/lines/x',
  '//',
  'a//b',
  './',
  '-',
  '--',
  '',
];
const WORDS = [
  'a',
  'u+x',
  'go-rwxst',
  '=',
  '7777',
  '99999',
  'a=u',
  '+x',
  '[[:alpha:]]',
  '[a-',
  '[z-a]',
  'a\\{1,2\\}',
  '\\(a\\)\\1',
  '(((',
  'x*',
  '**',
  '^*$',
  '\\',
  '[[.a.]]',
  '[[=b=]]',
  '\\{',
  'a{70000}',
  'a{2,1}',
  '()',
  '%s',
  '%n',
  '%d%d',
  '%',
  '%-0+ #*.*d',
  '%.2147483648s',
  '%lld',
  '\\0777',
  '\\x',
  '\\c',
  '%b',
  '%c',
  '+%Y',
  '+%',
  '+%E',
  'if=/etc/lines',
  'of=out',
  'bs=0',
  'bs=1',
  'bs=99999999999',
  'cbs=10',
  'conv=block',
  'conv=unblock',
  'conv=swab,ucase',
  'conv=',
  'count=2',
  'count=-1',
  'skip=5',
  'seek=9999999',
  'ibs=3',
  'obs=7',
  'status=none',
  '=',
  'a=',
  '=b',
  'A=B',
  'kern',
  'kern.ostype',
  'vm.',
  'hw.physmem=1',
  'kern.proc',
  'debug',
  'a-z',
  'z-a',
  '[:upper:]',
  '[:lower:]',
  '[=a=]',
  '[a*5]',
  '\\n',
  '\\400',
  '-l',
  '-s',
  'KILL',
  'SIGTERM',
  '-SIGNONE',
  '%1',
  '(',
  ')',
  '!',
  '-a',
  '-o',
  '-eq',
  '-lt',
  '|',
  '&',
  '+',
  '*',
  '/',
  ':',
  '<',
  '>=',
  '-f',
  '-nt',
  '-k1',
  '-k2,1',
  '1.5b',
  '-t',
  'pid,comm',
  'pid=x',
  '-p',
  ',',
  'b',
  'c',
  'sleep',
  'echo',
  'sh',
  './f',
  '-n',
];

/** An argument that no program can like. */
function wild(r) {
  switch (r.below(5)) {
    case 0:
      return String.fromCharCode(...r.bytes(r.below(40)).map((b) => b || 1));
    case 1:
      return r
        .pick(['x', '9', '/', '-', '\\', '[', '(', '*', '%', 'a ', '\xff'])
        .repeat(r.pick([100, 255, 256, 1023, 1024, 4096, 10_000]));
    case 2:
      return damaged(r.pick(WORDS), r, ['[', '\\', '(', ')', '*', '%', '-', '{', '}', ',', '.', '9', '\x80']);
    default:
      return damaged(r.pick(NUMBERS), r, ['0', '9', '-', ',', '.', 'k', 'x', 'e']);
  }
}

const argument = (r) => {
  const n = r.below(10);
  if (n < 3) return r.pick(NUMBERS);
  if (n < 6) return r.pick(PATHS);
  return n < 9 ? r.pick(WORDS) : wild(r);
};

/** Options, mostly those that the program has. */
function options(r, letters) {
  return r
    .list(0, 3, () => {
      const letter =
        letters.length === 0 || r.once(8) ? String.fromCharCode(33 + r.below(94)) : r.pick(letters);
      const more = r.list(0, r.once(3) ? 3 : 0, () => (letters.length > 0 ? r.pick(letters) : 'x')).join('');
      return [`-${letter}${more}${r.once(4) ? argument(r) : ''}`, ...(r.once(3) ? [argument(r)] : [])];
    })
    .flat();
}

function stdin(r) {
  switch (r.below(6)) {
    case 0:
      return '';
    case 1:
      return r.bytes(r.below(5000));
    case 2:
      return 'y'.repeat(r.pick([1, 1023, 1024, 1025, 70_000]));
    case 3:
      return script(r);
    default:
      return FILES['etc/lines'].slice(0, r.below(6000));
  }
}

function input(r) {
  let program = r.pick(PROGRAMS);
  if (LOADS.has(program.name) && !r.once(6)) program = r.pick(PROGRAMS);
  const { name, letters } = program;
  const rest = r.list(0, r.once(30) ? 200 : 4, () => argument(r));
  return {
    argv: [name, ...options(r, letters), ...rest],
    stdin: stdin(r),
    file: r.once(2) ? 'b 2\na 1\na 1\n\nlast' : r.bytes(r.below(3000)),
    closed: r.once(12) ? r.below(8) : 0,
    ms: 60,
  };
}

export const programs = {
  name: 'programs',
  what: 'programs of the machine with options and arguments',
  batch: 200,
  weight: 3,
  run: (seed, from, count) => runInputs('programs', seed, from, count, input),
};
