import { latin1Bytes } from '@trap12/target';

/** Bytes that grow at the end, little-endian, with what ELF and DWARF write. */
export class ByteWriter {
  private buffer: Uint8Array;
  private view: DataView;
  private end = 0;

  constructor(room = 256) {
    this.buffer = new Uint8Array(room);
    this.view = new DataView(this.buffer.buffer);
  }

  get length(): number {
    return this.end;
  }

  u8(value: number): this {
    this.reserve(1);
    this.buffer[this.end++] = value;
    return this;
  }

  u16(value: number): this {
    this.reserve(2);
    this.view.setUint16(this.end, value, true);
    this.end += 2;
    return this;
  }

  u32(value: number): this {
    this.reserve(4);
    this.view.setUint32(this.end, value, true);
    this.end += 4;
    return this;
  }

  /** An unsigned LEB128 of a number up to 2^53. */
  uleb(value: number): this {
    let left = value;
    while (left >= 0x80) {
      this.u8((left % 0x80) | 0x80);
      left = Math.floor(left / 0x80);
    }
    return this.u8(left);
  }

  /** A signed LEB128 of an int32. */
  sleb(value: number): this {
    let left = value | 0;
    for (;;) {
      const low = left & 0x7f;
      left >>= 7;
      if ((left === 0 && low < 0x40) || (left === -1 && low >= 0x40)) return this.u8(low);
      this.u8(low | 0x80);
    }
  }

  bytes(bytes: Uint8Array | readonly number[]): this {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.end);
    this.end += bytes.length;
    return this;
  }

  /** A text of one byte a character, with a NUL behind it. */
  string(text: string): this {
    return this.bytes(latin1Bytes(text)).u8(0);
  }

  /** A text in a field of fixed length: cut short to leave room for a NUL, filled up with them. */
  field(text: string, length: number): this {
    const bytes = latin1Bytes(text).subarray(0, length - 1);
    return this.bytes(bytes).zeros(length - bytes.length);
  }

  zeros(count: number): this {
    this.reserve(count);
    this.end += count;
    return this;
  }

  /** Zeros up to a multiple of `to`. */
  align(to: number): this {
    return this.zeros((to - (this.end % to)) % to);
  }

  /** Writes a word over what is there already. */
  patch32(at: number, value: number): void {
    this.view.setUint32(at, value, true);
  }

  /** What has been written. */
  finish(): Uint8Array {
    return this.buffer.subarray(0, this.end);
  }

  private reserve(count: number): void {
    if (this.end + count <= this.buffer.length) return;
    const larger = new Uint8Array(Math.max(2 * this.buffer.length, this.end + count));
    larger.set(this.buffer.subarray(0, this.end));
    this.buffer = larger;
    this.view = new DataView(larger.buffer);
  }
}
