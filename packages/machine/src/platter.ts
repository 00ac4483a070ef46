/** Bytes of a chunk: what is copied when a shared one is written. */
export const PLATTER_CHUNK = 64 << 10;

/**
 * Contents as plain data: chunk number and bytes, those that were ever written. Snapshots share the bytes:
 * read only.
 */
export interface PlatterRecord {
  chunks: { number: number; bytes: Uint8Array }[];
}

interface Chunk {
  bytes: Uint8Array;
  /** A snapshot has it too: to be copied before it is written */
  shared: boolean;
}

/**
 * A large space of bytes, zero until written, of which only written chunks exist. save() copies nothing: it
 * shares them.
 */
export class Platter {
  private chunks = new Map<number, Chunk>();

  /** `length` bytes at `offset`, which lie in one chunk: a view to read, valid until the next write. */
  read(offset: number, length: number): Uint8Array {
    const chunk = this.chunks.get(Math.floor(offset / PLATTER_CHUNK));
    if (chunk === undefined) return new Uint8Array(length);
    return chunk.bytes.subarray(offset % PLATTER_CHUNK, (offset % PLATTER_CHUNK) + length);
  }

  /** Writes bytes that fall into one chunk. */
  write(offset: number, bytes: Uint8Array): void {
    const number = Math.floor(offset / PLATTER_CHUNK);
    let chunk = this.chunks.get(number);
    if (chunk === undefined) {
      chunk = { bytes: new Uint8Array(PLATTER_CHUNK), shared: false };
      this.chunks.set(number, chunk);
    } else if (chunk.shared) {
      chunk.bytes = chunk.bytes.slice();
      chunk.shared = false;
    }
    chunk.bytes.set(bytes, offset % PLATTER_CHUNK);
  }

  save(): PlatterRecord {
    const chunks = [...this.chunks].sort(([a], [b]) => a - b);
    for (const [, chunk] of chunks) chunk.shared = true;
    return { chunks: chunks.map(([number, { bytes }]) => ({ number, bytes })) };
  }

  restore(record: PlatterRecord): void {
    this.chunks = new Map(record.chunks.map(({ number, bytes }) => [number, { bytes, shared: true }]));
  }
}
