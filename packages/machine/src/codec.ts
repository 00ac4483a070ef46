/*
 * Plain data (state.ts) as bytes: each value is a tag and its contents, numbers are doubles or int32,
 * little-endian whatever the host.
 */

const [NULL, UNDEFINED, FALSE, TRUE, INT, DOUBLE, STRING, ARRAY, RECORD, BYTES, INTS, DOUBLES] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
] as const;

/** Bytes that are not what encode() made: cut, or of something else. */
export class DecodeError extends Error {}

class Writer {
  private bytes = new Uint8Array(1 << 16);
  private view = new DataView(this.bytes.buffer);
  private at = 0;

  get result(): Uint8Array {
    return this.bytes.slice(0, this.at);
  }

  /** Makes room for so many bytes, in an array that may be another one then; returns where they go. */
  private room(count: number): number {
    const { at } = this;
    this.at += count;
    if (this.at > this.bytes.length) {
      const grown = new Uint8Array(Math.max(2 * this.bytes.length, this.at));
      grown.set(this.bytes.subarray(0, at));
      this.bytes = grown;
      this.view = new DataView(grown.buffer);
    }
    return at;
  }

  byte(n: number): void {
    const at = this.room(1);
    this.bytes[at] = n;
  }

  int(n: number): void {
    const at = this.room(4);
    this.view.setInt32(at, n, true);
  }

  double(n: number): void {
    const at = this.room(8);
    this.view.setFloat64(at, n, true);
  }

  raw(bytes: Uint8Array): void {
    const at = this.room(bytes.length);
    this.bytes.set(bytes, at);
  }

  /** UTF-16, as a string is. */
  text(s: string): void {
    this.int(s.length);
    const at = this.room(2 * s.length);
    for (let i = 0; i < s.length; i++) this.view.setUint16(at + 2 * i, s.charCodeAt(i), true);
  }
}

function put(w: Writer, value: unknown): void {
  if (value === null) w.byte(NULL);
  else if (value === undefined) w.byte(UNDEFINED);
  else if (typeof value === 'boolean') w.byte(value ? TRUE : FALSE);
  else if (typeof value === 'number') putNumber(w, value);
  else if (typeof value === 'string') {
    w.byte(STRING);
    w.text(value);
  } else if (Array.isArray(value)) {
    w.byte(ARRAY);
    w.int(value.length);
    for (const item of value) put(w, item);
  } else if (ArrayBuffer.isView(value)) putTyped(w, value as Uint8Array | Int32Array | Float64Array);
  else {
    const fields = Object.entries(value as object);
    w.byte(RECORD);
    w.int(fields.length);
    for (const [name, item] of fields) {
      w.text(name);
      put(w, item);
    }
  }
}

function putNumber(w: Writer, n: number): void {
  if ((n | 0) === n && !Object.is(n, -0)) {
    w.byte(INT);
    w.int(n);
  } else {
    w.byte(DOUBLE);
    w.double(n);
  }
}

function putTyped(w: Writer, array: Uint8Array | Int32Array | Float64Array): void {
  w.byte(array instanceof Uint8Array ? BYTES : array instanceof Int32Array ? INTS : DOUBLES);
  w.int(array.length);
  if (array instanceof Uint8Array) w.raw(array);
  else if (array instanceof Int32Array) for (const n of array) w.int(n);
  else for (const n of array) w.double(n);
}

/** Plain data as bytes. */
export function encode(value: unknown): Uint8Array {
  const w = new Writer();
  put(w, value);
  return w.result;
}

class Reader {
  private readonly view: DataView;
  at = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  private take(count: number): number {
    if (count < 0 || count > this.left) throw new DecodeError('it ends too early');
    const { at } = this;
    this.at += count;
    return at;
  }

  byte(): number {
    return this.bytes[this.take(1)]!;
  }

  int(): number {
    return this.view.getInt32(this.take(4), true);
  }

  double(): number {
    return this.view.getFloat64(this.take(8), true);
  }

  /** A number of things that take at least `size` bytes each. */
  count(size: number): number {
    const n = this.int();
    if (n < 0 || n * size > this.left) throw new DecodeError('it ends too early');
    return n;
  }

  raw(count: number): Uint8Array {
    const at = this.take(count);
    return this.bytes.slice(at, at + count);
  }

  text(): string {
    const n = this.count(2);
    let s = '';
    for (let i = 0; i < n; i++) s += String.fromCharCode(this.view.getUint16(this.take(2), true));
    return s;
  }
}

function get(r: Reader, depth: number): unknown {
  if (depth > 100) throw new DecodeError('it is nested too deeply');
  const tag = r.byte();
  switch (tag) {
    case NULL:
      return null;
    case UNDEFINED:
      return undefined;
    case FALSE:
      return false;
    case TRUE:
      return true;
    case INT:
      return r.int();
    case DOUBLE:
      return r.double();
    case STRING:
      return r.text();
    case ARRAY:
      return Array.from({ length: r.count(1) }, () => get(r, depth + 1));
    case RECORD: {
      const fields = Array.from({ length: r.count(5) }, () => [r.text(), get(r, depth + 1)] as const);
      return Object.fromEntries(fields);
    }
    case BYTES:
      return r.raw(r.count(1));
    case INTS:
      return Int32Array.from({ length: r.count(4) }, () => r.int());
    case DOUBLES:
      return Float64Array.from({ length: r.count(8) }, () => r.double());
    default:
      throw new DecodeError(`a value of unknown kind ${tag}`);
  }
}

/**
 * What encode() made bytes of.
 * @throws DecodeError
 */
export function decode(bytes: Uint8Array): unknown {
  const r = new Reader(bytes);
  const value = get(r, 0);
  if (r.left !== 0) throw new DecodeError(`${r.left} bytes too many`);
  return value;
}
