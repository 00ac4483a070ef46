/** A file with holes: whatever no piece covers is zeroes. */
export interface SparseFile {
  size: number;
  /** In ascending order, none over another */
  pieces: Iterable<{ offset: number; bytes: Uint8Array }>;
}

const CHUNK = 1 << 20;
const PAGE = 4096;

/** What is not zero of `length` bytes, as pieces for a file from `offset` on; read by chunks. */
export function* piecesOf(
  read: (at: number, length: number) => Uint8Array,
  length: number,
  offset: number,
): Generator<{ offset: number; bytes: Uint8Array }> {
  for (let at = 0; at < length; at += CHUNK) {
    const chunk = read(at, Math.min(CHUNK, length - at));
    let from = -1;
    for (let page = 0; page < chunk.length; page += PAGE) {
      const empty = isZero(chunk, page, Math.min(page + PAGE, chunk.length));
      if (!empty && from < 0) from = page;
      if (empty && from >= 0) {
        yield { offset: offset + at + from, bytes: chunk.subarray(from, page) };
        from = -1;
      }
    }
    if (from >= 0) yield { offset: offset + at + from, bytes: chunk.subarray(from) };
  }
}

function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** All of a sparse file in memory. */
export function sparseBytes({ size, pieces }: SparseFile): Uint8Array {
  const out = new Uint8Array(size);
  for (const { offset, bytes } of pieces) out.set(bytes, offset);
  return out;
}
