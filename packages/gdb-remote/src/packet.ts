/**
 * What arrives from gdb: a packet's contents, one with a wrong checksum or too long, an acknowledgement,
 * Ctrl-C.
 */
export type Arrival =
  | { readonly kind: 'packet'; readonly data: Uint8Array }
  | { readonly kind: 'bad' }
  | { readonly kind: 'ack' }
  | { readonly kind: 'nak' }
  | { readonly kind: 'interrupt' };

/** Bytes that a packet may have, as they come over the wire between `$` and `#`. */
export const MAX_PACKET = 0x4000;

const [START, END, ESCAPE, REPEAT, FLIP] = [0x24, 0x23, 0x7d, 0x2a, 0x20];

/** Reads the stream of a connection, cut anywhere; keeps no more than one packet. */
export class PacketReader {
  private body: number[] | undefined;
  private length = 0;
  private sum = 0;
  /** Digits of the checksum that have come; undefined within the contents */
  private digits: string | undefined;

  /**
   * @param checks false once gdb and server have agreed on QStartNoAckMode: checksums are then not looked at
   */
  constructor(public checks = true) {}

  /** What these bytes have completed, in order. Never throws. */
  push(bytes: Uint8Array): Arrival[] {
    const out: Arrival[] = [];
    for (const byte of bytes) {
      const arrival = this.byte(byte);
      if (arrival !== undefined) out.push(arrival);
    }
    return out;
  }

  private byte(byte: number): Arrival | undefined {
    if (this.body === undefined) return this.between(byte);
    if (this.digits !== undefined) {
      this.digits += String.fromCharCode(byte);
      return this.digits.length < 2 ? undefined : this.finish(this.body, this.digits);
    }
    if (byte === START) this.begin();
    else if (byte === END) this.digits = '';
    else {
      this.sum = (this.sum + byte) & 0xff;
      if (++this.length <= MAX_PACKET) this.body.push(byte);
    }
    return undefined;
  }

  private between(byte: number): Arrival | undefined {
    if (byte === START) this.begin();
    else if (byte === 0x2b) return { kind: 'ack' };
    else if (byte === 0x2d) return { kind: 'nak' };
    else if (byte === 0x03) return { kind: 'interrupt' };
    return undefined;
  }

  private begin(): void {
    this.body = [];
    this.length = 0;
    this.sum = 0;
    this.digits = undefined;
  }

  private finish(body: number[], digits: string): Arrival {
    this.body = undefined;
    this.digits = undefined;
    const right = /^[0-9a-f]{2}$/i.test(digits) && Number.parseInt(digits, 16) === this.sum;
    if (this.length > MAX_PACKET || (this.checks && !right)) return { kind: 'bad' };
    return { kind: 'packet', data: unescaped(body) };
  }
}

function unescaped(body: readonly number[]): Uint8Array {
  const out: number[] = [];
  for (let i = 0; i < body.length; i++) {
    if (body[i] !== ESCAPE) out.push(body[i]!);
    else if (++i < body.length) out.push(body[i]! ^ FLIP);
  }
  return Uint8Array.from(out);
}

/** A packet as it goes over the wire: escaped, with its checksum. */
export function packet(data: Uint8Array): Uint8Array {
  const out = [START];
  let sum = 0;
  const put = (byte: number): void => {
    out.push(byte);
    sum = (sum + byte) & 0xff;
  };
  for (const byte of data) {
    if (byte === START || byte === END || byte === ESCAPE || byte === REPEAT) {
      put(ESCAPE);
      put(byte ^ FLIP);
    } else put(byte);
  }
  const digits = sum.toString(16).padStart(2, '0');
  return Uint8Array.from([...out, END, digits.charCodeAt(0), digits.charCodeAt(1)]);
}
