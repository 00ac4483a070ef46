/** Programs about the system and its processes: date, uptime, dmesg, uname, hostname, env, kill, time, sync, swapon, reboot, halt. */
import type { Libc, Program, User } from '../libc.js';
import { right, strftime } from '../lib/fmt.js';
import { bootTime, loadAverages } from '../lib/kinfo.js';
import { sysctlText, sysctlView } from '../lib/sysctl.js';
import { ENOENT, RB_AUTOBOOT, RB_HALT, RB_NOSYNC, SYS } from '../syscalls.js';
import { options } from './files.js';

/** date(1): now in virtual time, or with +FORMAT as strftime(3) has it. */
export const date: Program = function* (c) {
  const format = c.argv.slice(1).find((a) => a !== '-u');
  if (format !== undefined && !format.startsWith('+')) return yield* c.usage('date [-u] [+format]');
  const now = (yield* c.now()) / 1e6;
  yield* c.print(`${strftime(format === undefined ? '%a %b %e %H:%M:%S %Z %Y' : format.slice(1), now)}\n`);
  return 0;
};

/** How long, as uptime(1) says it. */
export function upFor(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds / 3600) % 24);
  const minutes = Math.floor((seconds / 60) % 60);
  let text = days > 0 ? ` ${days} day${days > 1 ? 's' : ''},` : '';
  if (hours > 0 && minutes > 0) text += ` ${right(hours, 2)}:${String(minutes).padStart(2, '0')},`;
  else if (hours > 0) text += ` ${hours} hr${hours > 1 ? 's' : ''},`;
  else if (minutes > 0) text += ` ${minutes} min${minutes > 1 ? 's' : ''},`;
  else text += ` ${Math.floor(seconds % 60)} sec${Math.floor(seconds % 60) === 1 ? '' : 's'},`;
  return text;
}

/** uptime(1) */
export const uptime: Program = function* (c) {
  const now = (yield* c.now()) / 1e6;
  const up = upFor(Math.max(0, now - (yield* bootTime(c))));
  const load = (yield* loadAverages(c)).map((l) => l.toFixed(2)).join(', ');
  yield* c.print(`${strftime('%l:%M%p', now)}  up${up} 0 users, load averages: ${load}\n`);
  return 0;
};

/** dmesg(8): what the kernel has said. */
export const dmesg: Program = function* (c) {
  const view = yield* sysctlView(c, 'kern.msgbuf');
  const text = new TextDecoder()
    .decode(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))
    .replaceAll('\0', '');
  yield* c.print(text.endsWith('\n') || text === '' ? text : `${text}\n`);
  return 0;
};

/** uname(1) */
export const uname: Program = function* (c) {
  const { flags } = yield* options(c, 'amnrsv', 'uname [-amnrsv]');
  const all = flags.has('a');
  const parts: string[] = [];
  const names = {
    s: 'kern.ostype',
    n: 'kern.hostname',
    r: 'kern.osrelease',
    v: 'kern.version',
    m: 'hw.machine',
  };
  for (const [letter, node] of Object.entries(names)) {
    if (all || flags.has(letter) || (flags.size === 0 && letter === 's'))
      parts.push((yield* sysctlText(c, node)).trim());
  }
  yield* c.print(`${parts.join(' ')}\n`);
  return 0;
};

/** hostname(1) */
export const hostname: Program = function* (c) {
  yield* c.print(`${yield* sysctlText(c, 'kern.hostname')}\n`);
  return 0;
};

/** env(1) and printenv(1) */
export const env: Program = function* (c) {
  const args = c.argv.slice(1);
  while (args[0]?.includes('=')) {
    const word = args.shift()!;
    c.env.set(word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1));
  }
  if (args.length > 0) return yield* become(c, args);
  yield* c.print([...c.env].map(([name, value]) => `${name}=${value}\n`).join(''));
  return 0;
};

/** Executes a program in this process; the status if it cannot. */
function* become(c: Libc, argv: string[]): User<number> {
  const error = yield* c.execvp(argv[0]!, argv);
  yield* c.warn(`${argv[0]}: ${c.strerror(error)}`);
  return error === -ENOENT ? 127 : 126;
}

/** nice(1) */
export const nice: Program = function* (c) {
  const args = c.argv.slice(1);
  let increment = 10;
  const short = /^-(-?\d+)$/.exec(args[0] ?? '');
  if (args[0] === '-n') increment = Number(args.splice(0, 2)[1]);
  else if (short !== null) increment = Number(args.shift()!.slice(1));
  if (args.length === 0 || !Number.isInteger(increment))
    return yield* c.usage('nice [-n incr] utility [argument ...]');
  const error = yield* c.sys(SYS.setpriority, 0, 0, increment);
  if (error < 0) yield* c.warn(`setpriority: ${c.strerror(error)}`);
  return yield* become(c, args);
};

/** Signals by number. */
export const SIGNALS = [
  '',
  'HUP',
  'INT',
  'QUIT',
  'ILL',
  'TRAP',
  'ABRT',
  'EMT',
  'FPE',
  'KILL',
  'BUS',
  'SEGV',
  'SYS',
  'PIPE',
  'ALRM',
  'TERM',
  'URG',
  'STOP',
  'TSTP',
  'CONT',
  'CHLD',
  'TTIN',
  'TTOU',
  'IO',
  'XCPU',
  'XFSZ',
  'VTALRM',
  'PROF',
  'WINCH',
  'INFO',
  'USR1',
  'USR2',
];

/** The number of a signal by name (with SIG or without) or digits; -1 if it is none. */
export function signalNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text) < SIGNALS.length ? Number(text) : -1;
  const name = text.toUpperCase().replace(/^SIG/, '');
  return name === '' ? -1 : SIGNALS.indexOf(name);
}

/** The list of kill -l: two lines, as in 2001. */
const SIGNAL_LIST = `${SIGNALS.slice(1, 17).join(' ').toLowerCase()}\n${SIGNALS.slice(17).join(' ').toLowerCase()}\n`;

/** kill -l: all signals, or the name of the one that an exit status means. */
function* listSignals(c: Libc, word: string | undefined, warn: (text: string) => User): User<number> {
  if (word === undefined) {
    yield* c.print(SIGNAL_LIST);
    return 0;
  }
  const status = /^\d+$/.test(word) ? Number(word) : 0;
  const name = SIGNALS[status >= 128 ? status - 128 : status];
  if (status > 0 && name !== undefined && status !== 128) {
    yield* c.print(`${name.toLowerCase()}\n`);
    return 0;
  }
  yield* warn(`unknown signal ${word}; valid signals:`);
  yield* c.puts(2, SIGNAL_LIST);
  return 1;
}

/** kill(1) of the words behind its name; `pidOf` finds what is no number (the shell's %1). */
export function* killWords(
  c: Libc,
  args: string[],
  warn: (text: string) => User,
  pidOf: (text: string) => number | undefined,
): User<number> {
  let sig = 15;
  const first = args[0] ?? '';
  if (first === '-l') return yield* listSignals(c, args[1], warn);
  if (first === '-s' || (first.startsWith('-') && first !== '--')) {
    const name = first === '-s' ? (args[1] ?? '') : first.slice(1);
    sig = signalNumber(name);
    if (sig < 0) {
      yield* warn(`unknown signal ${name}; valid signals:`);
      yield* c.puts(2, SIGNAL_LIST);
      return 1;
    }
    args = args.slice(first === '-s' ? 2 : 1);
  }
  if (args[0] === '--') args = args.slice(1);
  if (args.length === 0) {
    yield* c.puts(
      2,
      'usage: kill [-s signal_name] pid ...\n       kill -l [exit_status]\n       kill -signal_name pid ...\n',
    );
    return 1;
  }
  let status = 0;
  for (const word of args) {
    const pid = /^-?\d+$/.test(word) ? Number(word) : pidOf(word);
    if (pid === undefined || pid !== (pid | 0)) {
      yield* warn(`illegal process id: ${word}`);
      status = 1;
      continue;
    }
    const error = yield* c.sys(SYS.kill, pid, sig);
    if (error < 0) {
      yield* warn(`${word}: ${c.strerror(error)}`);
      status = 1;
    }
  }
  return status;
}

/** kill(1) */
export const kill: Program = function* (c) {
  return yield* killWords(
    c,
    c.argv.slice(1),
    (text) => c.warn(text),
    () => undefined,
  );
};

const RUSAGE_BYTES = 72;
/** time -l: what getrusage(2) tells, in its order and words. */
const RUSAGE_WORDS: [number, string][] = [
  [16, 'maximum resident set size'],
  [20, 'average shared memory size'],
  [24, 'average unshared data size'],
  [28, 'average unshared stack size'],
  [32, 'page reclaims'],
  [36, 'page faults'],
  [40, 'swaps'],
  [44, 'block input operations'],
  [48, 'block output operations'],
  [52, 'messages sent'],
  [56, 'messages received'],
  [60, 'signals received'],
  [64, 'voluntary context switches'],
  [68, 'involuntary context switches'],
];

/** time(1): real, user and system time of a command; -l all that is known of it, -p in the form of POSIX. */
export const time: Program = function* (c) {
  const args = c.argv.slice(1);
  const flags = new Set<string>();
  while (/^-[lp]+$/.test(args[0] ?? '')) for (const letter of args.shift()!.slice(1)) flags.add(letter);
  if (args.length === 0) return yield* c.usage('time [-lp] command');
  const start = yield* c.now();
  const pid = yield* c.fork((child) => become(child, args));
  if (pid < 0) return yield* c.fail(`fork: ${c.strerror(pid)}`);
  const at = yield* c.bytes(new Uint8Array(4 + RUSAGE_BYTES));
  yield* c.sys(SYS.wait4, pid, at, 0, at + 4);
  const raw = yield* c.loadWords(at, 1 + RUSAGE_BYTES / 4);
  const real = ((yield* c.now()) - start) / 1e6;
  const user = raw[1]! + raw[2]! / 1e6;
  const system = raw[3]! + raw[4]! / 1e6;
  const cell = (seconds: number, name: string): string => `${right(seconds.toFixed(2), 9)} ${name} `;
  if (flags.has('p'))
    yield* c.puts(2, `real ${real.toFixed(2)}\nuser ${user.toFixed(2)}\nsys ${system.toFixed(2)}\n`);
  else yield* c.puts(2, `${cell(real, 'real')}${cell(user, 'user')}${cell(system, 'sys').trimEnd()}\n`);
  if (flags.has('l'))
    yield* c.puts(
      2,
      RUSAGE_WORDS.map(([byte, text]) => `${right(raw[1 + byte / 4]!, 10)}  ${text}\n`).join(''),
    );
  const status = raw[0]!;
  return (status & 0x7f) !== 0 ? 128 + (status & 0x7f) : (status >> 8) & 0xff;
};

/** sync(8) */
export const sync: Program = function* (c) {
  yield* c.sys(SYS.sync);
  return 0;
};

/** swapon(8) */
export const swapon: Program = function* (c) {
  if (c.argv.length < 2) return yield* c.usage('swapon special_file ...');
  let status = 0;
  for (const path of c.argv.slice(1)) {
    const error = yield* c.sys(SYS.swapon, yield* c.string(path));
    if (error === 0) continue;
    yield* c.warn(`${path}: ${c.strerror(error)}`);
    status = 1;
  }
  return status;
};

/** reboot(8) and halt(8): at once, after a sync unless -n. */
function down(howto: number): Program {
  return function* (c) {
    const { flags } = yield* options(c, 'dlnpq', `${c.progname} [-dlnpq]`);
    c.cpu.machine.exitStatus ??= 0;
    const error = yield* c.sys(SYS.reboot, howto | (flags.has('n') ? RB_NOSYNC : 0));
    return yield* c.fail(`${c.strerror(error)}`);
  };
}

export const reboot = down(RB_AUTOBOOT);
export const halt = down(RB_HALT);
