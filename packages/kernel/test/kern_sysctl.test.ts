import { beforeAll, describe, expect, it } from 'vitest';
import { type Unit, unit } from './unit.js';

const ENOENT = 2;
const EPERM = 1;
const EINVAL = 22;
const EISDIR = 21;
const ENOMEM = 12;
const OLD = 0xc0600000;
const NEW = 0xc0601000;
const NAME = 0xc0602000;
const RET = 0xc0603000;

/** A tree of three branches; kern.proc has a handler, which gives the rest of its name back. */
const STUBS = `
export let Giant: embed<mtx>;
export let M_SYSCTLOID: embed<malloc_type>;
export let M_TEMP: embed<malloc_type>;
export let test_user: embed<proc>;
export let test_int: int = 42;
export let test_string: array<char, 16> = $init('hello');
let heap: u32 = 0xc0400000;
export function panic(fmt: str, ...args: va_list): never {
  machine_stop($i32($addr(fmt)));
}
export function snprintf(buf: u32, size: int, fmt: str, ...args: va_list): int {
  $st8(buf, 48 + $va(args, 0));
  return 1;
}
export function suser(p: proc): int {
  return p.p_ucred_uid === 0 ? 0 : EPERM;
}
export function sx_init(s: sx, name: str): void {}
export function* sx_xlock(s: sx): Sleeps {}
export function sx_xunlock(s: sx): void {}
export function bzero(p: u32, len: u32): void {
  hw_bzero(p, len);
}
export function bcopy(src: u32, dst: u32, len: u32): void {
  hw_bcopy(src, dst, len);
}
export function* malloc(size: u32, type: malloc_type, flags: int): Sleeps<u32> {
  const a = heap;
  heap += (size + 31) & ~31;
  bzero(a, size);
  return a;
}
function* test_rest(oidp: sysctl_oid, arg1: u32, arg2: int, req: sysctl_req): Sleeps<int> {
  return SYSCTL_OUT(req, arg1, $u32(arg2) * 4);
}
export function* test_tree(): Sleeps {
  yield* sysctl_init(0);
  const vm = yield* SYSCTL_ADD_NODE(null, CTL_VM, 'vm');
  const kern = yield* SYSCTL_ADD_NODE(null, CTL_KERN, 'kern');
  yield* SYSCTL_ADD_INT(kern, 7, 'value', CTLFLAG_RW, $ref(test_int));
  yield* SYSCTL_ADD_CONST(kern, 3, 'fixed', 4096);
  yield* SYSCTL_ADD_STRING(kern, OID_AUTO, 'text', CTLFLAG_RW, $addr(test_string), 16);
  yield* SYSCTL_ADD_PROC(kern, 5, 'rest', CTLTYPE_NODE | CTLFLAG_RD, test_rest, '');
  yield* SYSCTL_ADD_INT(vm, OID_AUTO, 'deep', CTLFLAG_RD, $ref(test_int));
  test_user.p_ucred_uid = 100;
}
export function* test_sysctl(user: int, n: int, oldlen: u32, newlen: u32): Sleeps<int> {
  const p: proc = user !== 0 ? test_user : null;
  const name = $cast<ptr<int>>(0xc0602000);
  const newp: u32 = newlen !== 0 ? 0xc0601000 : 0;
  return yield* kernel_sysctl(p, name, n, 0xc0600000, oldlen, newp, newlen, $cast<ptr<u32>>(0xc0603000));
}
`;

let u: Unit;
beforeAll(async () => {
  u = await unit(['kern/kern_sysctl.ts', 'kern/libkern.ts'], STUBS);
  u.run('test_tree');
});

interface Answer {
  error: number;
  length: number;
  words: number[];
  text: string;
}

/** Asks for `name`; a new value may be words or a string. */
const sysctl = (name: number[], value: number[] | string = [], room = 256, user = false): Answer => {
  name.forEach((n, i) => {
    u.store32(NAME + 4 * i, n);
  });
  const words = typeof value === 'string' ? pack(value) : value;
  words.forEach((w, i) => {
    u.store32(NEW + 4 * i, w);
  });
  const newlen = typeof value === 'string' ? value.length : 4 * value.length;
  const error = u.run('test_sysctl', user ? 1 : 0, name.length, room, newlen);
  const length = u.load32(RET);
  const out = Array.from({ length: length >> 2 }, (_, i) => u.load32(OLD + 4 * i));
  let text = '';
  for (let i = 0; i < length - 1; i++)
    text += String.fromCharCode((u.load32(OLD + (i & ~3)) >>> (8 * (i & 3))) & 255);
  return { error, length, words: out, text };
};

const pack = (s: string): number[] =>
  Array.from({ length: (s.length + 4) >> 2 }, (_, i) =>
    [0, 1, 2, 3].reduce((w, k) => w | ((s.charCodeAt(4 * i + k) || 0) << (8 * k)), 0),
  );

describe('sysctl by number', () => {
  it('gives integers, constants and strings', () => {
    expect(sysctl([1, 7])).toMatchObject({ error: 0, length: 4, words: [42] });
    expect(sysctl([1, 3]).words).toEqual([4096]);
    expect(sysctl([1, 0x100])).toMatchObject({ error: 0, length: 6, text: 'hello' });
  });

  it('sets what may be set, by whom it may be set', () => {
    expect(sysctl([1, 7], [43]).error).toBe(0);
    expect(sysctl([1, 7]).words).toEqual([43]);
    expect(sysctl([1, 3], [1]).error).toBe(EPERM);
    expect(sysctl([1, 7], [44], 256, true).error).toBe(EPERM);
    expect(sysctl([1, 7], [44, 45]).error).toBe(EINVAL);
    expect(sysctl([1, 7]).words).toEqual([43]);
    expect(sysctl([1, 0x100], 'trap').error).toBe(0);
    expect(sysctl([1, 0x100]).text).toBe('trap');
    expect(sysctl([1, 0x100], 'much too long for it').error).not.toBe(0);
  });

  it('tells a missing node from an inner one, and gives a handler the rest of the name', () => {
    expect(sysctl([1, 99]).error).toBe(ENOENT);
    expect(sysctl([9, 1]).error).toBe(ENOENT);
    expect(sysctl([1]).error).toBe(EISDIR);
    expect(sysctl([1, 5, 8, 9]).words).toEqual([8, 9]);
  });

  it('gives no more than the value, however much room there is', () => {
    u.store32(OLD + 4, 0x12345678);
    expect(sysctl([1, 7]).error).toBe(0);
    expect(u.load32(OLD + 4)).toBe(0x12345678);
  });

  it('cuts a value that does not fit and says ENOMEM', () => {
    expect(sysctl([1, 0x100], [], 2)).toMatchObject({ error: ENOMEM, length: 2 });
  });
});

describe('sysctl by name', () => {
  it('finds numbers, for anybody', () => {
    expect(sysctl([0, 3], 'kern.value', 256, true).words).toEqual([1, 7]);
    expect(sysctl([0, 3], 'vm.deep').words).toEqual([2, 0x101]);
    expect(sysctl([0, 3], 'kern').words).toEqual([1]);
    expect(sysctl([0, 3], 'kern.nothing').error).toBe(ENOENT);
    expect(sysctl([0, 3], 'kern.value.deeper').error).toBe(ENOENT);
  });

  it('finds names, with digits for what has none', () => {
    expect(sysctl([0, 1, 2, 0x101]).text).toBe('vm.deep');
    expect(sysctl([0, 1, 1, 5, 8]).text).toBe('kern.rest.8');
  });

  it('walks all leaves in order of number', () => {
    const seen: string[] = [];
    let name: number[] = [1];
    for (;;) {
      const next = sysctl([0, 2, ...name]);
      if (next.error === ENOENT) break;
      expect(next.error).toBe(0);
      name = next.words;
      seen.push(sysctl([0, 1, ...name]).text);
    }
    expect(seen).toEqual(['kern.fixed', 'kern.rest', 'kern.value', 'kern.text', 'vm.deep']);
  });
});
