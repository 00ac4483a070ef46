/** The shell's own commands. */
import { testWords } from '../programs/expr.js';
import { killWords, signalNumber, SIGNALS } from '../programs/system.js';
import { echoText } from '../programs/basic.js';
import type { User } from '../libc.js';
import { EINTR, SYS } from '../syscalls.js';
import { exitStatus } from './jobs.js';
import { parseShell } from './parse.js';
import { Leave } from './leave.js';
import type { Shell } from './sh.js';
import { ulimit } from './ulimit.js';

export type Builtin = (shell: Shell, words: string[]) => User<number>;

/** Those whose assignments last. */
export const SPECIAL_BUILTINS = new Set([
  ':',
  '.',
  'break',
  'continue',
  'eval',
  'exec',
  'exit',
  'export',
  'readonly',
  'return',
  'set',
  'shift',
  'times',
  'trap',
  'unset',
]);
const NAME = /^[A-Za-z_]\w*$/;

const leave = (what: 'break' | 'continue'): Builtin =>
  // biome-ignore lint/correctness/useYield: a builtin is a generator
  function* (_shell, words) {
    throw new Leave(what, Math.max(1, Number(words[1] ?? 1)));
  };

function* echo(shell: Shell, words: string[]): User<number> {
  const error = yield* shell.c.puts(1, echoText(words.slice(1)));
  return error < 0 ? 1 : 0;
}

function* cd(shell: Shell, words: string[]): User<number> {
  let dir = words[1] ?? shell.c.env.get('HOME') ?? '/';
  const back = dir === '-';
  if (back) dir = shell.c.env.get('OLDPWD') ?? '/';
  const old = yield* shell.directory();
  const error = yield* shell.c.sys(SYS.chdir, yield* shell.c.string(dir));
  if (error < 0) {
    yield* shell.warn(`cd: can't cd to ${dir}`);
    return 2;
  }
  shell.c.env.set('OLDPWD', old);
  shell.c.env.set('PWD', yield* shell.directory());
  if (back) yield* shell.c.print(`${shell.c.env.get('PWD')}\n`);
  return 0;
}

function* wait(shell: Shell, words: string[]): User<number> {
  const { jobs } = shell;
  if (words.length === 1) {
    for (const job of [...jobs.list]) {
      if (job.stopped) continue;
      if (!(yield* jobs.waitFor(job, true))) return 128 + 2;
      jobs.remove(job);
    }
    return 0;
  }
  let status = 0;
  for (const word of words.slice(1)) {
    const job = jobs.find(word);
    if (job === undefined) {
      status = 127;
      continue;
    }
    if (!(yield* jobs.waitFor(job, true))) return 128 + 2;
    status = jobs.statusOf(job);
    jobs.remove(job);
  }
  return status;
}

function* exportNames(shell: Shell, words: string[]): User<number> {
  if (words.length === 1 || words[1] === '-p') {
    for (const name of [...shell.exported].sort())
      yield* shell.c.print(`export ${name}=${quote(shell.c.env.get(name) ?? '')}\n`);
    return 0;
  }
  for (const word of words.slice(1)) {
    const eq = word.indexOf('=');
    const name = eq < 0 ? word : word.slice(0, eq);
    if (!NAME.test(name)) {
      yield* shell.warn(`${name}: bad variable name`);
      return 2;
    }
    if (eq >= 0) shell.set(name, word.slice(eq + 1));
    shell.exported.add(name);
  }
  return 0;
}

function* readonlyNames(shell: Shell, words: string[]): User<number> {
  for (const word of words.slice(1)) {
    const eq = word.indexOf('=');
    if (eq >= 0) shell.set(word.slice(0, eq), word.slice(eq + 1));
    shell.readonlyNames.add(eq < 0 ? word : word.slice(0, eq));
  }
  if (words.length === 1) for (const name of shell.readonlyNames) yield* shell.c.print(`readonly ${name}\n`);
  return 0;
}

function* exec(shell: Shell, words: string[]): User<number> {
  if (words.length < 2) return 0;
  shell.status = yield* shell.become(words.slice(1));
  throw new Leave('exit');
}

// biome-ignore lint/correctness/useYield: a builtin is a generator
function* exit(shell: Shell, words: string[]): User<number> {
  if (words[1] !== undefined) shell.status = Number(words[1]) & 0xff;
  throw new Leave('exit');
}

// biome-ignore lint/correctness/useYield: a builtin is a generator
function* returnFrom(shell: Shell, words: string[]): User<number> {
  if (words[1] !== undefined) shell.status = Number(words[1]) & 0xff;
  throw new Leave('return');
}

function* jobsList(shell: Shell, words: string[]): User<number> {
  const { jobs } = shell;
  yield* jobs.poll();
  for (const job of [...jobs.list]) {
    yield* shell.c.print(words[1] === '-p' ? `${job.pids[0]}\n` : jobs.describe(job));
    if (jobs.done(job)) jobs.remove(job);
  }
  return 0;
}

const resume = (foreground: boolean): Builtin =>
  function* (shell, words) {
    const { jobs } = shell;
    if (!jobs.control) {
      yield* shell.warn(`${words[0]}: no job control`);
      return 2;
    }
    yield* jobs.poll();
    const job = jobs.find(words[1]);
    if (job === undefined) {
      yield* shell.warn(`${words[0]}: No current job`);
      return 2;
    }
    yield* shell.c.print(foreground ? `${job.text}\n` : `[${job.number}] ${job.text}\n`);
    if (foreground) yield* jobs.terminalTo(job.pids[0]!);
    yield* jobs.resume(job);
    if (foreground) yield* shell.foreground(job);
    return foreground ? shell.status : 0;
  };

function* readLine(shell: Shell, words: string[]): User<number> {
  const { c } = shell;
  const raw = words[1] === '-r';
  const names = words.slice(raw ? 2 : 1);
  const bytes: number[] = [];
  let ended = false;
  const at = yield* c.words([0]);
  for (;;) {
    const n = yield* c.read(0, at, 1);
    if (n === -EINTR) {
      yield* shell.checkSignals();
      continue;
    }
    const byte = n === 1 ? yield* c.cpu.load8(at) : 0;
    if (n !== 1 || (byte === 10 && (raw || bytes[bytes.length - 1] !== 92))) {
      ended = n === 1;
      break;
    }
    if (byte === 10) bytes.pop();
    else bytes.push(byte);
  }
  let text = new TextDecoder().decode(Uint8Array.from(bytes));
  if (!raw) text = text.replace(/\\([\s\S])/g, '$1');
  const set = (c.env.get('IFS') ?? ' \t\n').replace(/[\]\\^-]/g, '\\$&');
  let rest = set === '' ? text : text.replace(new RegExp(`^[${set}]+|[${set}]+$`, 'g'), '');
  names.forEach((name, i) => {
    const gap = i < names.length - 1 && set !== '' ? rest.search(new RegExp(`[${set}]`)) : -1;
    shell.set(name, gap < 0 ? rest : rest.slice(0, gap));
    rest = gap < 0 ? '' : rest.slice(gap).replace(new RegExp(`^[${set}]+`), '');
  });
  return ended ? 0 : 1;
}

const LONG_OPTIONS: Record<string, string> = {
  allexport: 'a',
  errexit: 'e',
  noglob: 'f',
  noexec: 'n',
  nounset: 'u',
  verbose: 'v',
  xtrace: 'x',
  monitor: 'm',
  interactive: 'i',
};

/** An argument as it can be read back. */
function quote(text: string): string {
  return `'${text.replace(/'/g, "'\\''")}'`;
}

function* set(shell: Shell, words: string[]): User<number> {
  if (words.length === 1) {
    for (const [name, value] of [...shell.c.env].sort())
      if (NAME.test(name)) yield* shell.c.print(`${name}=${quote(value)}\n`);
    return 0;
  }
  let i = 1;
  for (; i < words.length && /^[-+]./.test(words[i]!); i++) {
    const word = words[i]!;
    if (word === '--') {
      i++;
      break;
    }
    const letters = word.slice(1) === 'o' ? (LONG_OPTIONS[words[++i] ?? ''] ?? '?') : word.slice(1);
    for (const letter of letters) {
      if (!'aefnuvxmi'.includes(letter)) {
        yield* shell.warn(`set: illegal option ${word}`);
        return 2;
      }
      if (word.startsWith('-')) shell.options.add(letter);
      else shell.options.delete(letter);
    }
  }
  if (i < words.length || words[i - 1] === '--') shell.positional = words.slice(i);
  return 0;
}

function* shift(shell: Shell, words: string[]): User<number> {
  const n = Number(words[1] ?? 1);
  if (!(n >= 0 && n <= shell.positional.length)) {
    yield* shell.warn("shift: can't shift that many");
    return 2;
  }
  shell.positional = shell.positional.slice(n);
  return 0;
}

function* trap(shell: Shell, words: string[]): User<number> {
  if (words.length === 1) {
    for (const [sig, action] of shell.traps)
      yield* shell.c.print(`trap -- ${quote(action)} ${sig === 0 ? 'EXIT' : SIGNALS[sig]}\n`);
    return 0;
  }
  const args = words.slice(words[1] === '--' ? 2 : 1);
  const reset = args.length === 1 || args[0] === '-' || signalNumber(args[0]!) >= 0;
  const action = reset ? '' : args[0]!;
  const names = reset && args[0] !== '-' ? args : args.slice(1);
  for (const name of names) {
    const sig = name === 'EXIT' ? 0 : signalNumber(name);
    if (sig < 0) {
      yield* shell.warn(`trap: bad signal ${name}`);
      return 1;
    }
    if (reset) shell.traps.delete(sig);
    else shell.traps.set(sig, action);
    if (sig === 0) continue;
    if (reset && !(sig === 2 && shell.options.has('i'))) yield* shell.c.signal(sig, 'default');
    else if (!reset && action === '') yield* shell.c.signal(sig, 'ignore');
    else yield* shell.catchSignal(sig);
  }
  return 0;
}

function* unset(shell: Shell, words: string[]): User<number> {
  const functions = words[1] === '-f';
  for (const name of words.slice(functions || words[1] === '-v' ? 2 : 1)) {
    if (shell.readonlyNames.has(name)) {
      yield* shell.warn(`${name}: is read only`);
      return 2;
    }
    if (functions) shell.functions.delete(name);
    else {
      shell.c.env.delete(name);
      shell.exported.delete(name);
    }
  }
  return 0;
}

// biome-ignore lint/correctness/useYield: a builtin is a generator
function* local(shell: Shell, words: string[]): User<number> {
  for (const word of words.slice(1)) {
    const eq = word.indexOf('=');
    const name = eq < 0 ? word : word.slice(0, eq);
    shell.hide(name, eq < 0 ? (shell.c.env.get(name) ?? '') : word.slice(eq + 1));
  }
  return 0;
}

/** `.`: runs a file in this shell. */
function* dot(shell: Shell, words: string[]): User<number> {
  const path = words[1] ?? '';
  const text = yield* shell.c.slurp(path);
  if (typeof text === 'number') {
    yield* shell.warn(`.: can't open ${path}: ${shell.c.strerror(text)}`);
    return 2;
  }
  shell.status = 0;
  yield* shell.run(parseShell(text));
  return shell.status;
}

function* type(shell: Shell, words: string[]): User<number> {
  let status = 0;
  for (const name of words.slice(1)) {
    if (shell.functions.has(name)) yield* shell.c.print(`${name} is a shell function\n`);
    else if (BUILTINS[name] !== undefined) yield* shell.c.print(`${name} is a shell builtin\n`);
    else {
      const path = yield* findProgram(shell, name);
      if (path === undefined) status = 127;
      yield* shell.c.print(path === undefined ? `${name}: not found\n` : `${name} is ${path}\n`);
    }
  }
  return status;
}

function* findProgram(shell: Shell, name: string): User<string | undefined> {
  const dirs = name.includes('/') ? [''] : (shell.c.env.get('PATH') ?? '').split(':').map((d) => `${d}/`);
  for (const dir of dirs) {
    if ((yield* shell.c.sys(SYS.access, yield* shell.c.string(dir + name), 1)) === 0) return dir + name;
  }
  return undefined;
}

/** command: a builtin or a program, but no function; -v tells which. */
function* command(shell: Shell, words: string[]): User<number> {
  if (words[1] === '-v') {
    const name = words[2] ?? '';
    const known = shell.functions.has(name) || BUILTINS[name] !== undefined;
    const path = known ? name : yield* findProgram(shell, name);
    if (path === undefined) return 127;
    yield* shell.c.print(`${path}\n`);
    return 0;
  }
  if (words.length < 2) return 0;
  const rest = words.slice(1);
  const builtin = BUILTINS[rest[0]!];
  if (builtin !== undefined) return yield* builtin(shell, rest);
  const pid = yield* shell.c.fork((child) => shell.inProgram(child, rest));
  if (pid < 0) return 2;
  for (;;) {
    const [got, raw] = yield* shell.c.wait(pid);
    if (got !== -EINTR) return exitStatus(raw);
  }
}

function* umask(shell: Shell, words: string[]): User<number> {
  if (words[1] !== undefined) {
    if (!/^[0-7]+$/.test(words[1])) {
      yield* shell.warn(`umask: Illegal number: ${words[1]}`);
      return 2;
    }
    yield* shell.c.sys(SYS.umask, Number.parseInt(words[1], 8));
    return 0;
  }
  const mask = yield* shell.c.sys(SYS.umask, 0);
  yield* shell.c.sys(SYS.umask, mask);
  yield* shell.c.print(`${mask.toString(8).padStart(4, '0')}\n`);
  return 0;
}

/** The shell's own and its children's user and system time. */
function* times(shell: Shell): User<number> {
  const { c } = shell;
  const at = yield* c.bytes(new Uint8Array(72));
  for (const who of [0, -1]) {
    yield* c.sys(SYS.getrusage, who, at);
    const w = yield* c.loadWords(at, 4);
    const show = (seconds: number): string => `${Math.floor(seconds / 60)}m${(seconds % 60).toFixed(2)}s`;
    yield* c.print(`${show(w[0]! + w[1]! / 1e6)} ${show(w[2]! + w[3]! / 1e6)}\n`);
  }
  return 0;
}

function* evaluate(shell: Shell, words: string[]): User<number> {
  shell.status = 0;
  yield* shell.runText(words.slice(1).join(' '));
  return shell.status;
}

const constant = (value: number): Builtin =>
  // biome-ignore lint/correctness/useYield: a builtin is a generator
  function* () {
    return value;
  };

const test: Builtin = (shell, words) =>
  testWords(shell.c, words, (text) => shell.warn(`${words[0]}: ${text}`));

const kill: Builtin = (shell, words) =>
  killWords(
    shell.c,
    words.slice(1),
    (text) => shell.warn(`kill: ${text}`),
    (word) => {
      const job = shell.jobs.find(word);
      return job === undefined ? undefined : shell.jobs.control ? -job.pids[0]! : job.pids[0]!;
    },
  );

function* pwd(shell: Shell): User<number> {
  yield* shell.c.print(`${yield* shell.directory()}\n`);
  return 0;
}

export const BUILTINS: Record<string, Builtin | undefined> = Object.assign(Object.create(null), {
  ':': constant(0),
  '.': dot,
  '[': test,
  bg: resume(false),
  break: leave('break'),
  cd,
  command,
  continue: leave('continue'),
  echo,
  eval: evaluate,
  exec,
  exit,
  export: exportNames,
  false: constant(1),
  fg: resume(true),
  hash: constant(0),
  jobs: jobsList,
  kill,
  local,
  pwd,
  read: readLine,
  readonly: readonlyNames,
  return: returnFrom,
  set,
  shift,
  test,
  times,
  trap,
  true: constant(0),
  type,
  ulimit,
  umask,
  unset,
  wait,
});
