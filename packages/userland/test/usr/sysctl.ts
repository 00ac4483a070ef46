import type { KernelImage } from '@trap12/kcc';

/** A node of the tree that sysctl(3) shows to an emulated program. */
export interface Oid {
  name: string;
  mib: number[];
  /** CTLTYPE_* | CTLFLAG_* */
  kind: number;
  format: string;
  value: Uint8Array;
}

const encoder = new TextEncoder();
const RD = 0x80000000 | 0;
const RW = 0xc0000000 | 0;
const WR = 0x40000000;
const [NODE, INT, STRING, OPAQUE] = [1, 2, 3, 5];

export const words = (...values: number[]): Uint8Array => new Uint8Array(Int32Array.from(values).buffer);
export const int = (name: string, mib: number[], value: number, writable = false): Oid => {
  return { name, mib, kind: INT | (writable ? RW : RD), format: 'I', value: words(value) };
};
export const string = (name: string, mib: number[], value: string, writable = false): Oid => {
  return { name, mib, kind: STRING | (writable ? RW : RD), format: 'A', value: encoder.encode(`${value}\0`) };
};
export const opaque = (name: string, mib: number[], format: string, value: Uint8Array): Oid => {
  return { name, mib, kind: OPAQUE | RD, format, value };
};
export const node = (name: string, mib: number[]): Oid => {
  return { name, mib, kind: NODE | RW, format: 'N', value: new Uint8Array() };
};

/** The bytes of a struct of the kernel with some of its fields set: numbers, or text. */
export function record(
  image: KernelImage,
  type: string,
  fields: Record<string, number | string>,
): Uint8Array {
  const s = image.structs[type];
  if (s === undefined) throw new Error(`no struct ${type}`);
  const bytes = new Uint8Array(s.size);
  const view = new DataView(bytes.buffer);
  for (const [name, value] of Object.entries(fields)) {
    const f = s.fields[name];
    if (f === undefined) throw new Error(`struct ${type} has no ${name}`);
    if (typeof value === 'string') bytes.set(encoder.encode(value), f.offset);
    else if (f.size === 8) view.setBigInt64(f.offset, BigInt(value), true);
    else if (f.size === 4) view.setInt32(f.offset, value, true);
    else if (f.size === 2) view.setInt16(f.offset, value, true);
    else view.setInt8(f.offset, value);
  }
  return bytes;
}

const same = (a: readonly number[], b: readonly number[]): boolean => a.join('.') === b.join('.');

/** Order of the tree: by the numbers, part by part. */
function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const d = (a[i] ?? -1) - (b[i] ?? -1);
    if (d !== 0) return d;
  }
  return 0;
}

/** What a question to the interface itself, {0, what, ...}, is answered. */
function question(oids: readonly Oid[], mib: readonly number[], text: string): Uint8Array | undefined {
  const rest = mib.slice(2);
  const found = oids.find((o) => same(o.mib, rest));
  switch (mib[1]) {
    case 1:
      return found === undefined ? undefined : encoder.encode(`${found.name}\0`);
    case 2: {
      const leaves = oids.filter((o) => (o.kind & 15) !== NODE && compare(o.mib, rest) > 0);
      const next = leaves.sort((a, b) => compare(a.mib, b.mib))[0];
      return next === undefined ? undefined : words(...next.mib);
    }
    case 3: {
      const named = oids.find((o) => o.name === text);
      return named === undefined ? undefined : words(...named.mib);
    }
    default:
      if (found === undefined) return undefined;
      return new Uint8Array([...words(found.kind), ...encoder.encode(`${found.format}\0`)]);
  }
}

/** The value that a number means; `set` is what it is set to. Throws the name of an errno. */
export function sysctl(oids: readonly Oid[], mib: readonly number[], set: Uint8Array): Uint8Array {
  if (mib[0] === 0) {
    const answer = question(oids, mib, new TextDecoder().decode(set));
    if (answer === undefined) throw 'ENOENT';
    return answer;
  }
  const oid = oids.find((o) => same(o.mib, mib));
  if (oid === undefined) throw 'ENOENT';
  const old = oid.value;
  if (set.length > 0) {
    if ((oid.kind & WR) === 0) throw 'EPERM';
    oid.value = set.slice();
  }
  return old;
}
