/** ulimit: the resource limits of the shell and what it starts. */
import type { User } from '../libc.js';
import { SYS } from '../syscalls.js';
import type { Shell } from './sh.js';

/** RLIM_INFINITY, as two words. */
const INFINITY_HIGH = 0x1fffff;
const TWO_32 = 2 ** 32;

const LIMITS: Record<string, { which: number; name: string; unit: number; unitName: string }> = {
  t: { which: 0, name: 'cpu time', unit: 1, unitName: 'seconds' },
  f: { which: 1, name: 'file size', unit: 512, unitName: '512-blocks' },
  d: { which: 2, name: 'data seg size', unit: 1024, unitName: 'kbytes' },
  s: { which: 3, name: 'stack size', unit: 1024, unitName: 'kbytes' },
  c: { which: 4, name: 'core file size', unit: 512, unitName: '512-blocks' },
  m: { which: 5, name: 'max memory size', unit: 1024, unitName: 'kbytes' },
  l: { which: 6, name: 'locked memory', unit: 1024, unitName: 'kbytes' },
  u: { which: 7, name: 'max user processes', unit: 1, unitName: '' },
  n: { which: 8, name: 'open files', unit: 1, unitName: '' },
};

function decode(words: Int32Array, at: number): number {
  if (words[at + 1]! >= INFINITY_HIGH) return Number.POSITIVE_INFINITY;
  return (words[at]! >>> 0) + words[at + 1]! * TWO_32;
}

function encode(value: number): [number, number] {
  return value === Number.POSITIVE_INFINITY ? [-1, INFINITY_HIGH] : [value | 0, Math.floor(value / TWO_32)];
}

function shown(value: number, unit: number): string {
  return value === Number.POSITIVE_INFINITY ? 'unlimited' : String(Math.floor(value / unit));
}

/** ulimit [-HSa] [-tfdscmlun [value]] */
export function* ulimit(shell: Shell, words: string[]): User<number> {
  const { c } = shell;
  const letters = words
    .slice(1)
    .filter((w) => w.startsWith('-'))
    .join('')
    .replaceAll('-', '');
  const value = words.slice(1).find((w) => !w.startsWith('-'));
  const hard = letters.includes('H');
  const which = letters.includes('a')
    ? Object.keys(LIMITS)
    : [...letters].filter((l) => l !== 'H' && l !== 'S');
  if (which.length === 0) which.push('f');
  for (const letter of which) {
    const limit = LIMITS[letter];
    if (limit === undefined) {
      yield* shell.warn(`ulimit: Illegal option -${letter}`);
      return 2;
    }
    const at = yield* c.words([0, 0, 0, 0]);
    yield* c.sys(SYS.getrlimit, limit.which, at);
    const now = yield* c.loadWords(at, 4);
    if (value === undefined) {
      const text = shown(decode(now, hard ? 2 : 0), limit.unit);
      const unit = limit.unitName === '' ? '' : `(${limit.unitName})`;
      yield* c.print(
        which.length === 1 ? `${text}\n` : `${limit.name.padEnd(18)} ${unit.padEnd(12)} ${text}\n`,
      );
      continue;
    }
    const bytes = value === 'unlimited' ? Number.POSITIVE_INFINITY : Number(value) * limit.unit;
    if (Number.isNaN(bytes)) {
      yield* shell.warn('ulimit: bad number');
      return 2;
    }
    const soft = letters.includes('S') ? encode(bytes) : hard ? [now[0]!, now[1]!] : encode(bytes);
    const top = letters.includes('S') ? [now[2]!, now[3]!] : encode(bytes);
    const error = yield* c.sys(SYS.setrlimit, limit.which, yield* c.words([...soft, ...top]));
    if (error < 0) {
      yield* shell.warn(`ulimit: bad limit: ${c.strerror(error)}`);
      return 2;
    }
  }
  return 0;
}
