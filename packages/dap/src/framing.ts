import { Transform, type TransformCallback } from 'node:stream';

/** A header is a line or two. */
const HEADER_MAX = 4096;
/** No message of a client is longer: the memory that it writes at once is 1M, in base64. */
const MESSAGE_MAX = 4 << 20;
const END = Buffer.from('\r\n\r\n');

/**
 * Lets through what is framed as the protocol wants it, and fails where it is not: what comes behind a wrong
 * length could not be told from a message, and a length without end would be waited for.
 */
export class FrameGuard extends Transform {
  private header = Buffer.alloc(0);
  /** Bytes of the message that are still to come */
  private left = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.check(chunk);
      done(null, chunk);
    } catch (error) {
      done(error as Error);
    }
  }

  private check(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      const body = Math.min(this.left, rest.length);
      this.left -= body;
      rest = rest.subarray(body);
      if (rest.length === 0) return;
      const before = this.header.length;
      this.header = Buffer.concat([this.header, rest.subarray(0, HEADER_MAX)]);
      const end = this.header.indexOf(END);
      if (end < 0) {
        if (this.header.length >= HEADER_MAX) throw new Error('a header without an end');
        return;
      }
      this.left = lengthOf(this.header.toString('latin1', 0, end));
      rest = rest.subarray(end + END.length - before);
      this.header = Buffer.alloc(0);
    }
  }
}

function lengthOf(header: string): number {
  const text = /^Content-Length: *(\d{1,10})$/im.exec(header)?.[1];
  const length = Number(text);
  if (!(length <= MESSAGE_MAX))
    throw new Error(`a message of ${text ?? 'no'} bytes; accepted: up to ${MESSAGE_MAX}`);
  return length;
}
