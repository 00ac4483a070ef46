/** sysctl(3). */
import type { Libc, User } from '../libc.js';
import { ENOMEM, SYS } from '../syscalls.js';

const decoder = new TextDecoder();
const encoder = new TextEncoder();
/** Room for the longest number, and what a value grows by between the question for its size and the one for it. */
const CTL_MAXNAME = 12;
const SLACK = 1024;
export const CTL_SYSCTL = 0;
export const SYSCTL_NAME = 1;
export const SYSCTL_NEXT = 2;
const SYSCTL_NAME2OID = 3;
export const SYSCTL_OIDFMT = 4;

/** The value of a node by its number, or -errno; with `value`, sets it. */
export function* sysctl(c: Libc, mib: readonly number[], value?: Uint8Array): User<Uint8Array | number> {
  const newp = value === undefined ? 0 : yield* c.bytes(value);
  const name = yield* c.words([...mib]);
  const length = yield* c.words([0]);
  if (value === undefined) {
    const error = yield* c.sys(SYS.__sysctl, name, mib.length, 0, length, 0, 0);
    if (error < 0) return error;
  } else {
    yield* c.cpu.store32(length, SLACK);
  }
  for (;;) {
    const room = (yield* c.cpu.load32(length)) + SLACK;
    const at = yield* c.scratch(room);
    if (at < 0) return at;
    yield* c.cpu.store32(length, room);
    const error = yield* c.sys(SYS.__sysctl, name, mib.length, at, length, newp, value?.length ?? 0);
    if (error === 0) return yield* c.cpu.read(at, yield* c.cpu.load32(length));
    if (error !== -ENOMEM) return error;
    yield* c.cpu.store32(length, 2 * room);
  }
}

/** The number of a node by its name; undefined if there is none. */
export function* nameToMib(c: Libc, name: string): User<number[] | undefined> {
  const text = yield* c.bytes(encoder.encode(`${name}\0`));
  const query = yield* c.words([CTL_SYSCTL, SYSCTL_NAME2OID]);
  const length = yield* c.words([4 * CTL_MAXNAME]);
  const at = yield* c.words(new Array<number>(CTL_MAXNAME).fill(0));
  const error = yield* c.sys(SYS.__sysctl, query, 2, at, length, text, encoder.encode(name).length);
  if (error < 0) return undefined;
  return [...(yield* c.loadWords(at, (yield* c.cpu.load32(length)) >> 2))];
}

/** The value of a node by its name, or -errno. */
export function* sysctlByName(c: Libc, name: string): User<Uint8Array | number> {
  const mib = yield* nameToMib(c, name);
  return mib === undefined ? -2 : yield* sysctl(c, mib);
}

/** The value of a node that must be there, as a view of its bytes. */
export function* sysctlView(c: Libc, name: string): User<DataView> {
  const value = yield* sysctlByName(c, name);
  if (typeof value === 'number') return yield* c.fail(`sysctl ${name}: ${c.strerror(value)}`);
  return new DataView(value.buffer, value.byteOffset, value.length);
}

/** The value of an int node that must be there. */
export function* sysctlInt(c: Libc, name: string): User<number> {
  return (yield* sysctlView(c, name)).getInt32(0, true);
}

/** The value of a string node that must be there. */
export function* sysctlText(c: Libc, name: string): User<string> {
  const view = yield* sysctlView(c, name);
  return cText(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
}

/** Bytes up to the first NUL as text. */
export function cText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
}
