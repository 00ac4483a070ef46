import { constants, gunzipSync } from 'node:zlib';
import { decodeText } from '@trap12/report';
import { type ParsedTarEntryWithData, unpackTar } from 'modern-tar';
import { fileKind, HEAD_BYTES } from './file-kinds.js';
import { InputError, SIZE_MAX, SIZE_MAX_TEXT } from './input-error.js';

/** What came out of a packed file. */
export interface Unpacked {
  text: string;
  /** What was wrong with the packing, a line each; the text is what could be read all the same. */
  notes: string[];
}

/** Compressed files within compressed files are opened this deep (`.tar.gz` is one). */
const DEPTH_MAX = 2;

/**
 * The members of a textdump(4) in the order in which a console would have shown them: the kernel's messages
 * up to the panic, then the debugger's. The panic's message stands in the first of them, too; without that it
 * comes first itself.
 */
const TEXTDUMP = ['msgbuf.txt', 'ddb.txt', 'panic.txt', 'version.txt', 'config.txt'];
const TEXTDUMP_WITHOUT_MSGBUF = ['panic.txt', 'ddb.txt', 'version.txt', 'config.txt'];

/**
 * The text in a file that `fileKind` calls packed.
 *
 * @throws InputError if there is none in it, or more than SIZE_MAX of it
 */
export async function unpack(bytes: Uint8Array, depth = 0): Promise<Unpacked> {
  const kind = fileKind(bytes.subarray(0, HEAD_BYTES));
  if (kind === null) return { text: decodeText(bytes), notes: [] };
  if (typeof kind === 'object') throw new InputError(kind.foreign);
  if (kind === 'tar') return textOfTar(bytes);
  if (depth === DEPTH_MAX) throw new InputError(`compressed more than ${DEPTH_MAX} times over`);
  const { data, cut } = await UNPACKERS[kind](bytes);
  const inner = await unpack(data, depth + 1);
  if (cut !== null) inner.notes.unshift(`the ${kind} data are damaged (${cut}); read as far as they go`);
  return inner;
}

interface Decompressed {
  data: Uint8Array;
  /** What ended the data early, or null. */
  cut: string | null;
}

function gunzip(bytes: Uint8Array): Decompressed {
  try {
    return { data: gunzipSync(bytes, { maxOutputLength: SIZE_MAX }), cut: null };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    if (code !== 'Z_BUF_ERROR') throw new InputError(`damaged gzip data: ${message}`);
    const data = gunzipSync(bytes, { maxOutputLength: SIZE_MAX, finishFlush: constants.Z_SYNC_FLUSH });
    return { data, cut: message };
  }
}

async function unxz(bytes: Uint8Array): Promise<Decompressed> {
  const { default: xz } = await import('xz-decompress');
  const packed = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
  const chunks: Uint8Array[] = [];
  let length = 0;
  let cut: string | null = null;
  const reader = new xz.XzReadableStream(packed).getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      chunks.push(next.value);
      length += next.value.length;
      if (length > SIZE_MAX) break;
    }
  } catch (error) {
    cut = error instanceof Error ? error.message : String(error);
  }
  if (length > SIZE_MAX) throw tooLarge();
  if (cut !== null && length === 0)
    throw new InputError('damaged xz data, or of a kind that is not read here; unpack it with `xz -d` first');
  return { data: Buffer.concat(chunks), cut };
}

/** What a decompressor hands out piece by piece, up to the limit. */
class Output {
  private readonly chunks: Uint8Array[] = [];
  private length = 0;

  add(chunk: Uint8Array): void {
    this.length += chunk.length;
    if (this.length > SIZE_MAX) throw tooLarge();
    this.chunks.push(chunk);
  }

  /** What came before `error`, which ended the data early; without anything there is nothing to read. */
  upTo(error: unknown, kind: string, command: string): Decompressed {
    if (error instanceof InputError) throw error;
    const cut = error instanceof Error ? error.message : String(error);
    if (this.length === 0)
      throw new InputError(
        `damaged ${kind} data, or of a kind that is not read here; unpack it with \`${command}\` first`,
      );
    return { data: this.joined(), cut };
  }

  joined(): Uint8Array {
    return Buffer.concat(this.chunks);
  }
}

async function unzstd(bytes: Uint8Array): Promise<Decompressed> {
  const { Decompress } = await import('fzstd');
  const out = new Output();
  // The decompressor goes on writing into its window.
  const stream = new Decompress((chunk) => out.add(chunk.slice()));
  try {
    stream.push(bytes, true);
  } catch (error) {
    return out.upTo(error, 'zstd', 'zstd -d');
  }
  return { data: out.joined(), cut: null };
}

/** Head and end of a file without a block. */
const BZIP2_MIN = 14;
/** Bytes that are collected before they are handed on. */
const PIECE = 1 << 16;

async function bunzip2(bytes: Uint8Array): Promise<Decompressed> {
  const { default: bunzip } = await import('seek-bzip');
  const out = new Output();
  let piece = new Uint8Array(PIECE);
  let used = 0;
  const handOn = (): void => {
    if (used > 0) out.add(piece.subarray(0, used));
    piece = new Uint8Array(PIECE);
    used = 0;
  };
  const writeByte = (byte: number): void => {
    piece[used++] = byte;
    if (used === PIECE) handOn();
  };
  try {
    if (bytes.length < BZIP2_MIN) throw new Error('it stops in its head');
    bunzip.decode(Buffer.from(bytes), { writeByte, flush: () => undefined }, true);
    handOn();
  } catch (error) {
    handOn();
    return out.upTo(error, 'bzip2', 'bzip2 -d');
  }
  return { data: out.joined(), cut: null };
}

const UNPACKERS: Record<
  'gzip' | 'xz' | 'zstd' | 'bzip2',
  (bytes: Uint8Array) => Decompressed | Promise<Decompressed>
> = { gzip: gunzip, xz: unxz, zstd: unzstd, bzip2: bunzip2 };

function tooLarge(): InputError {
  return new InputError(`unpacks to more than ${SIZE_MAX_TEXT}`);
}

async function textOfTar(bytes: Uint8Array): Promise<Unpacked> {
  const notes: string[] = [];
  let entries: ParsedTarEntryWithData[];
  try {
    entries = await unpackTar(bytes, { strict: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    notes.push(`the archive is damaged (${message.replace(/\.$/, '')}); read as far as it goes`);
    entries = await unpackTar(bytes).catch(() => []);
  }
  const members = entries.flatMap(({ header, data }) =>
    header.type === 'file' && data !== undefined && data.length > 0
      ? [{ name: memberName(header.name), data }]
      : [],
  );
  const order = members.some((each) => each.name === TEXTDUMP[0]) ? TEXTDUMP : TEXTDUMP_WITHOUT_MSGBUF;
  const dump = order.flatMap((name) => members.find((each) => each.name === name) ?? []);
  // Not a textdump: a folder of core.txt.N, info.N and such. Whatever in it is no text is left out.
  const texts =
    dump.length > 0
      ? dump
      : members.filter(({ data }) => fileKind(data.subarray(0, HEAD_BYTES)) === null && !data.includes(0));
  if (texts.length === 0) {
    const damage = notes.length > 0 ? `; ${notes[0]}` : '';
    throw new InputError(
      `a tar archive without a text in it (looked for ${TEXTDUMP.join(', ')}, then for any text)${damage}`,
    );
  }
  return { text: texts.map(memberText).join(''), notes };
}

/** The last part of a member's path; nothing is ever written, so the rest of the path does not matter. */
function memberName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A member under a heading. panic.txt holds the message alone, without the word that tells what it is. */
function memberText({ name, data }: { name: string; data: Uint8Array }): string {
  const text = decodeText(data).replace(/\s*$/, '');
  return `[${name}]\n${name === 'panic.txt' && !text.startsWith('panic:') ? 'panic: ' : ''}${text}\n\n`;
}
