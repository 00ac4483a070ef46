/** What the first bytes of a file say that it is, where that is no text. */
export type FileKind = 'gzip' | 'xz' | 'zstd' | 'bzip2' | 'tar' | { foreign: string };

/** Bytes that `fileKind` wants to see. */
export const HEAD_BYTES = 512;

/** Where ustar headers, and GNU's, have their mark. */
const TAR_MARK_AT = 257;

/** Marks at the beginning of files, and what to say of them; the first that fits counts. */
const MARKS: readonly [mark: string, kind: FileKind][] = [
  ['\x1f\x8b', 'gzip'],
  ['\xfd7zXZ\0', 'xz'],
  ['\x28\xb5\x2f\xfd', 'zstd'],
  ['BZh', 'bzip2'],
  ['PK\x03\x04', { foreign: 'a zip archive; unpack it first' }],
  ['7z\xbc\xaf\x27\x1c', { foreign: 'a 7z archive; unpack it first' }],
  ['minidump FreeBSD/', { foreign: 'a crash dump, no text; `crashinfo` or `kgdb` makes a text of it' }],
  [
    '\x7fELF',
    { foreign: 'an ELF file (a program or a core), no text; `crashinfo` or `kgdb` makes a text of it' },
  ],
  ['\x89PNG', { foreign: 'a picture (PNG); the words in it have to be typed' }],
  ['\xff\xd8\xff', { foreign: 'a picture (JPEG); the words in it have to be typed' }],
  ['GIF8', { foreign: 'a picture (GIF); the words in it have to be typed' }],
  ['%PDF-', { foreign: 'a PDF; save its text first' }],
  ['SQLite format 3\0', { foreign: 'a database, no text' }],
];

/** Tells what kind of file begins with `head`; null for what may be text. */
export function fileKind(head: Uint8Array): FileKind | null {
  for (const [mark, kind] of MARKS) if (standsAt(head, mark, 0)) return kind;
  return standsAt(head, 'ustar', TAR_MARK_AT) ? 'tar' : null;
}

function standsAt(bytes: Uint8Array, mark: string, at: number): boolean {
  if (bytes.length < at + mark.length) return false;
  for (let i = 0; i < mark.length; i++) if (bytes[at + i] !== mark.charCodeAt(i)) return false;
  return true;
}
