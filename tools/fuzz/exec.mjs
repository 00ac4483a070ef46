/**
 * Executable files: damaged headers, cut and changed text, scripts with odd first lines. What execve says of
 * an a.out file is held against what the format says of it, and one without damage must run.
 */
import { loadExecutables } from '@trap12/system/node.js';
import { runInputs } from './in-machine.mjs';
import { damaged } from './scripts.mjs';

/** The header (sys/imgact.h): a_midmag, a_text, a_data, a_bss, a_syms, a_entry, a_trsize, a_drsize. */
const HEADER_WORDS = 8;
const [MIDMAG, TEXT, DATA, BSS, ENTRY] = [0, 1, 2, 3, 5];
const IDENTITY_AT = 32;

/** Programs that are short, and one with more than a page of data. */
const ORIGINALS = new Map();
function original(r) {
  if (ORIGINALS.size === 0)
    for (const e of loadExecutables())
      if (['true', 'echo', 'pwd', 'sleep', 'env', 'cat', 'sh'].includes(e.name))
        ORIGINALS.set(e.name, e.file);
  return Uint8Array.from(r.pick([...ORIGINALS.values()]));
}

/** Numbers at which something ends, or begins. */
const BOUNDS = [
  0, 1, 31, 32, 0xfff, 0x1000, 0x1001, 0x2000, 0x8000, 0x10000, 0x100000, 0x1000000, 0x1000001, 0x8000000,
  0x8001000, 0x10000000, 0x7fffffff, 0x7ffff000, 0x80000000, 0xbfbff000, 0xbfc00000, 0xc0000000, 0xfffff000,
  0xffffe000, 0xffffffff, 0x107, 0x10b, 0x008600cc, 0x008700cc, 0xfc8600cc,
];

function header(r) {
  const file = original(r);
  const words = new DataView(file.buffer);
  for (let n = 1 + r.below(3); n > 0; n--) {
    const which = r.pick([MIDMAG, TEXT, DATA, BSS, ENTRY, ENTRY, TEXT, DATA, BSS, r.below(HEADER_WORDS)]);
    const old = words.getUint32(4 * which, true);
    const now = r.pick([
      () => r.pick(BOUNDS),
      () => old ^ (1 << r.below(32)),
      () => old + r.pick([-4096, 4096, -1, 1, -4, 4, 8192, 0x100000]),
      () => r.word(),
      () => r.pick(BOUNDS) + old,
    ])();
    words.setUint32(4 * which, now >>> 0, true);
  }
  return file;
}

function body(r) {
  const file = original(r);
  for (let n = 1 + r.below(40); n > 0; n--) {
    const at = r.once(3) ? r.below(64) : r.below(file.length);
    file[at] = r.once(2) ? r.word() : file[at] ^ (1 << r.below(8));
  }
  return file;
}

function cut(r) {
  const file = r.once(3) ? header(r) : original(r);
  return file.subarray(0, r.pick([0, 1, 2, 3, 31, 32, 33, 40, 4095, 4096, 4097, r.below(file.length)]));
}

/** The identity of one program on top of another's header and data. */
function mixed(r) {
  const file = original(r);
  file.set(original(r).subarray(IDENTITY_AT, IDENTITY_AT + 8), IDENTITY_AT);
  return r.once(2) ? file.subarray(0, r.below(file.length)) : file;
}

const LINES = [
  '#!/bin/sh\necho x\n',
  '#!\n',
  '#!',
  '#! \t\n',
  '#!/bin/echo a b c\n',
  '#!./f\n',
  '#!/bin/cat',
  '#!/bin/sh -c',
  '#!/none\n',
  '#!/etc\n',
  `#!/bin/echo ${'x'.repeat(70)}\n`,
  `#!${' '.repeat(61)}\n`,
  `#!${' '.repeat(62)}\n`,
  `#!/bin/echo ${'y'.repeat(49)}\n`,
  `#!/bin/echo ${'y'.repeat(50)}\n`,
  '#!/bin/echo#c\n',
  '#!/bin/echo \0 b\n',
  '#!\0\n',
  '#!/bin/env ./f\n',
];

/** How the child ends if execve refuses its file (fuzzrun.ts). */
const REFUSED = { ENOEXEC: 121, ENOMEM: 123, EFAULT: 120 };
const REFUSALS = [120, 121, 122, 123];
const PAGE = 4096;
const [FIRST_ADDRESS, TEXT_MOST, DATA_MOST] = [0x1000, 0x8000000, 0x20000000];
/** What fuzzrun.ts allows a process. */
const DATA_LIMIT = 4 << 20;
const SCRIPT = 0x2123;

/** Why a file is not executed (packages/kernel/src/sys/imgact.h.ts), '' if it is; undefined of scripts. */
export function refusal(bytes) {
  if (bytes.length === 0) return 'ENOEXEC';
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length >= 3 && view.getUint16(0, true) === SCRIPT) return undefined;
  if (bytes.length < 4 * HEADER_WORDS) return 'ENOEXEC';
  const word = (n) => view.getUint32(4 * n, true);
  const [text, data, bss, entry] = [TEXT, DATA, BSS, ENTRY].map(word);
  if (word(MIDMAG) % 0x4000000 !== 0x8600cc) return 'ENOEXEC';
  if (entry < FIRST_ADDRESS || entry >= FIRST_ADDRESS + text) return 'ENOEXEC';
  if (text % PAGE !== 0 || data % PAGE !== 0) return 'ENOEXEC';
  if (text > TEXT_MOST || data > DATA_MOST || bss > DATA_MOST) return 'ENOMEM';
  if (text + data > bytes.length) return 'EFAULT';
  return data + Math.ceil(bss / PAGE) * PAGE > DATA_LIMIT ? 'ENOMEM' : '';
}

/** What is wrong with how the process of an input ended (wait(2)'s status; -1: too late), '' if nothing. */
export function wrongEnd({ file, mode, whole }, status) {
  if (mode !== USUAL_MODE) return '';
  const why = refusal(typeof file === 'string' ? Buffer.from(file, 'latin1') : file);
  if (why === undefined) return '';
  const code = status >= 0 && (status & 0x7f) === 0 ? status >>> 8 : -1;
  if (why !== '') return code === REFUSED[why] ? '' : `ended with ${status}, not refused by ${why}`;
  if (REFUSALS.includes(code)) return `refused with ${code}, and nothing is wrong with it`;
  return whole && (status & 0x7f) !== 0 && status >= 0 ? `ended by signal ${status & 0x7f}, undamaged` : '';
}

const USUAL_MODE = 0o755;

function file(r) {
  switch (r.below(8)) {
    case 0:
      return body(r);
    case 1:
      return cut(r);
    case 2:
      return mixed(r);
    case 3:
      return r.once(3)
        ? r.pick(LINES)
        : damaged(r.pick(LINES), r, ['#', '!', '\n', ' ', '\0', '/', 'x'.repeat(60), '\t']);
    case 4:
      return r.bytes(r.pick([0, 1, 2, 32, 100, 4096, 5000]));
    default:
      return header(r);
  }
}

function input(r) {
  const argv = ['./f', ...r.list(0, 2, () => r.pick(['', 'x', '0', 'y'.repeat(3000)]))];
  const whole = r.once(12);
  return {
    argv,
    file: whole ? original(r) : file(r),
    whole,
    ms: 40,
    mode: r.once(10) ? r.below(0o10000) : USUAL_MODE,
    uid: r.once(2) ? 0 : 1000,
  };
}

export const exec = {
  name: 'exec',
  what: 'executable files with damage',
  batch: 250,
  weight: 2,
  // What is executed is damaged: a signal is a good answer.
  run: (seed, from, count) => runInputs('exec', seed, from, count, input, () => true, wrongEnd),
};
