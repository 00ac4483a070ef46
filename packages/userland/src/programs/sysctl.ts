import type { Libc, Program, User } from '../libc.js';
import { strftime } from '../lib/fmt.js';
import {
  CTL_SYSCTL,
  cText,
  nameToMib,
  SYSCTL_NAME,
  SYSCTL_NEXT,
  SYSCTL_OIDFMT,
  sysctl,
} from '../lib/sysctl.js';

const USAGE = 'sysctl [-bdeNnoqx] variable[=value] ...\n       sysctl [-bdeNnoqx] -a';
const CTLTYPE = 0xf;
const CTLTYPE_NODE = 1;
const CTLTYPE_INT = 2;
const CTLTYPE_STRING = 3;
const CTLTYPE_UINT = 6;
const CTLFLAG_WR = 0x40000000;
const FSCALE = 2048;
const KB_PER_PAGE = 4;

interface Flags {
  all: boolean;
  valuesOnly: boolean;
  namesOnly: boolean;
}

/** Kind and format of a node; undefined if it is not there. */
function* describe(c: Libc, mib: readonly number[]): User<{ kind: number; format: string } | undefined> {
  const raw = yield* sysctl(c, [CTL_SYSCTL, SYSCTL_OIDFMT, ...mib]);
  if (typeof raw === 'number') return undefined;
  return {
    kind: new DataView(raw.buffer, raw.byteOffset).getUint32(0, true),
    format: cText(raw.subarray(4)),
  };
}

function words(value: Uint8Array): number[] {
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  return Array.from({ length: value.length >> 2 }, (_, i) => view.getInt32(4 * i, true));
}

function vmTotals(value: Uint8Array): string {
  const v = new DataView(value.buffer, value.byteOffset, value.length);
  const short = (at: number): number => v.getInt16(at, true);
  const kb = (at: number): string => `${v.getInt32(at, true) * KB_PER_PAGE}K`;
  return (
    '\nSystem wide totals computed every five seconds: (values in kilobytes)\n' +
    '===============================================\n' +
    `Processes:\t\t(RUNQ: ${short(0)} Disk Wait: ${short(2)} Page Wait: ${short(4)} Sleep: ${short(6)})\n` +
    `Virtual Memory:\t\t(Total: ${kb(12)}, Active ${kb(16)})\n` +
    `Real Memory:\t\t(Total: ${kb(20)} Active ${kb(24)})\n` +
    `Shared Virtual Memory:\t(Total: ${kb(28)} Active: ${kb(32)})\n` +
    `Shared Real Memory:\t(Total: ${kb(36)} Active: ${kb(40)})\n` +
    `Free Memory Pages:\t${kb(44)}\n`
  );
}

/** A value as text by the node's format; undefined for what has no form to show. */
function render(kind: number, format: string, value: Uint8Array): string | undefined {
  const w = words(value);
  if (format === 'A' || (kind & CTLTYPE) === CTLTYPE_STRING) {
    // A buffer that has not been filled yet (kern.msgbuf) begins with NULs.
    const from = value.findIndex((byte) => byte !== 0);
    return cText(value.subarray(Math.max(0, from))).replace(/\n$/, '');
  }
  if (format === 'I' || format === 'L') return w.join(' ');
  if (format === 'IU' || format === 'LU') return w.map((n) => n >>> 0).join(' ');
  if (format === 'S,clockinfo')
    return `{ hz = ${w[0]}, tick = ${w[1]}, tickadj = ${w[2]}, profhz = ${w[4]}, stathz = ${w[3]} }`;
  if (format === 'S,timeval') return `{ sec = ${w[0]}, usec = ${w[1]} } ${strftime('%c', w[0]!)}`;
  if (format === 'S,loadavg')
    return `{ ${[0, 1, 2].map((i) => ((w[i]! >>> 0) / (w[3] ?? FSCALE)).toFixed(2)).join(' ')} }`;
  if (format === 'S,vmtotal') return vmTotals(value);
  return undefined;
}

/** Prints one variable; false if it cannot be shown. */
function* show(c: Libc, name: string, mib: readonly number[], flags: Flags): User<boolean> {
  const node = yield* describe(c, mib);
  if (node === undefined) return false;
  if (flags.namesOnly) {
    yield* c.print(`${name}\n`);
    return true;
  }
  const value = yield* sysctl(c, mib);
  const text = typeof value === 'number' ? undefined : render(node.kind, node.format, value);
  if (text === undefined) return false;
  yield* c.print(flags.valuesOnly ? `${text}\n` : `${name}: ${text}\n`);
  return true;
}

/** Prints every variable below a node, the whole tree below []. */
function* showTree(c: Libc, root: readonly number[], flags: Flags): User {
  // The leaves before CTL_KERN are the interface itself.
  let mib = root.length === 0 ? [1] : [...root];
  for (;;) {
    const next = yield* sysctl(c, [CTL_SYSCTL, SYSCTL_NEXT, ...mib]);
    if (typeof next === 'number') return;
    mib = words(next);
    if (root.some((n, i) => n !== mib[i])) return;
    const name = yield* sysctl(c, [CTL_SYSCTL, SYSCTL_NAME, ...mib]);
    if (typeof name !== 'number') yield* show(c, cText(name), mib, flags);
  }
}

function encodeValue(kind: number, text: string): Uint8Array | undefined {
  if ((kind & CTLTYPE) === CTLTYPE_STRING) return new TextEncoder().encode(`${text}\0`);
  if ((kind & CTLTYPE) !== CTLTYPE_INT && (kind & CTLTYPE) !== CTLTYPE_UINT) return undefined;
  if (!/^[-+]?(0[xX][0-9a-fA-F]+|\d+)$/.test(text)) return undefined;
  return new Uint8Array(Int32Array.of(Number(text)).buffer);
}

/** name=value: sets it and shows the old value and the new. */
function* assign(c: Libc, name: string, mib: readonly number[], text: string, flags: Flags): User<number> {
  const node = (yield* describe(c, mib))!;
  const old = yield* sysctl(c, mib);
  const value = encodeValue(node.kind, text);
  if (value === undefined) {
    yield* c.warn(`oid '${name}' is type ${node.format === '' ? 'node' : node.format}, cannot set '${text}'`);
    return 1;
  }
  if ((node.kind & CTLFLAG_WR) === 0) {
    yield* c.warn(`oid '${name}' is read only`);
    return 1;
  }
  const error = yield* sysctl(c, mib, value);
  if (typeof error === 'number') {
    yield* c.warn(`${name}: ${c.strerror(error)}`);
    return 1;
  }
  const now = yield* sysctl(c, mib);
  const shown = (v: Uint8Array | number): string =>
    typeof v === 'number' ? '' : (render(node.kind, node.format, v) ?? '');
  yield* c.print(
    flags.valuesOnly ? `${shown(old)} -> ${shown(now)}\n` : `${name}: ${shown(old)} -> ${shown(now)}\n`,
  );
  return 0;
}

function* operand(c: Libc, text: string, flags: Flags): User<number> {
  const eq = text.indexOf('=');
  const name = eq < 0 ? text : text.slice(0, eq);
  const mib = yield* nameToMib(c, name);
  if (mib === undefined) {
    yield* c.warn(`unknown oid '${name}'`);
    return 1;
  }
  if (eq >= 0) return yield* assign(c, name, mib, text.slice(eq + 1), flags);
  const node = yield* describe(c, mib);
  if (node !== undefined && (node.kind & CTLTYPE) === CTLTYPE_NODE) yield* showTree(c, mib, flags);
  else yield* show(c, name, mib, flags);
  return 0;
}

/** sysctl(8): -a, -n (values only), -N (names only), -w (as in 4.x, not needed). */
export const sysctlProgram: Program = function* (c) {
  const flags: Flags = { all: false, valuesOnly: false, namesOnly: false };
  const args = c.argv.slice(1);
  while (args[0]?.startsWith('-')) {
    for (const letter of args.shift()!.slice(1)) {
      if (letter === 'a' || letter === 'A') flags.all = true;
      else if (letter === 'n') flags.valuesOnly = true;
      else if (letter === 'N') flags.namesOnly = true;
      else if (letter !== 'w' && letter !== 'e') return yield* c.usage(USAGE);
    }
  }
  if (flags.all && args.length === 0) {
    yield* showTree(c, [], flags);
    return 0;
  }
  if (args.length === 0) return yield* c.usage(USAGE);
  let status = 0;
  for (const text of args) status |= yield* operand(c, text, flags);
  return status;
};
