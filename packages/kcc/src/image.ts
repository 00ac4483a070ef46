import { readFileSync } from 'node:fs';

/** The kernel's image and everything a debugger wants to know about it: kernel.json. docs/kcc.md explains it. */
export interface KernelImage {
  version: 1;
  /** Hash of what the image was made from. */
  hash: string;
  /** Where the image starts, and its length up to the end of bss. */
  base: number;
  size: number;
  segments: ImageSegment[];
  files: string[];
  /** Sorted by address. */
  symbols: ImageSymbol[];
  strings: string[];
  siteKinds: string[];
  /** Sorted by address. */
  sites: SiteRow[];
  structs: Record<string, ImageStruct>;
  constants: Record<string, number>;
}

export interface ImageSegment {
  name: 'text' | 'rodata' | 'data' | 'bss';
  address: number;
  size: number;
  /** Contents, base64; empty for bss. */
  data: string;
}

export interface ImageSymbol {
  name: string;
  address: number;
  size: number;
  kind: 'text' | 'data' | 'bss' | 'rodata';
  file: string;
  line: number;
  /** Type as written in kernel TypeScript. */
  type: string;
  /** Functions only. */
  sleeps?: boolean;
  params?: { name: string; type: string }[];
  variadic?: boolean;
}

export interface ImageField {
  offset: number;
  size: number;
  type: string;
  lock: string[];
  comment: string;
}

export interface ImageStruct {
  size: number;
  file: string;
  line: number;
  fields: Record<string, ImageField>;
  locks: Record<string, string>;
}

/**
 * address, index of the function's symbol, index of the file, line, column, index of the kind, length in bytes,
 * displacement, operand width, then indexes into `strings`: instruction, lvalue, struct, field (of '' if none).
 */
export type SiteRow = [
  address: number,
  symbol: number,
  file: number,
  line: number,
  column: number,
  kind: number,
  length: number,
  disp: number,
  width: number,
  text: number,
  lvalue: number,
  struct: number,
  field: number,
];

/** One listed instruction. */
export interface Site {
  address: number;
  function: string;
  functionAddress: number;
  file: string;
  line: number;
  column: number;
  kind: string;
  length: number;
  disp: number;
  width: number;
  text: string;
  lvalue: string;
  struct: string;
  field: string;
}

export function loadImage(path: string): KernelImage {
  const image = JSON.parse(readFileSync(path, 'utf8')) as KernelImage;
  if (image.version !== 1)
    throw new Error(`${path}: image version ${image.version}, not 1; build the kernel again`);
  return image;
}

/** Index of the last entry whose key is at most n, or -1. */
function lastAtMost<T>(list: readonly T[], n: number, key: (t: T) => number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const mid = (low + high) >>> 1;
    if (key(list[mid] as T) <= n) low = mid + 1;
    else high = mid;
  }
  return low - 1;
}

/** The listed instruction at an address (which may be given signed), or null. */
export function siteAt(image: KernelImage, address: number): Site | null {
  const a = address >>> 0;
  const row = image.sites[lastAtMost(image.sites, a, (r) => r[0])];
  return row !== undefined && row[0] === a ? expandSite(image, row) : null;
}

export function expandSite(image: KernelImage, row: SiteRow): Site {
  const f = image.symbols[row[1]] as ImageSymbol;
  const string = (i: number): string => image.strings[i] as string;
  return {
    address: row[0],
    function: f.name,
    functionAddress: f.address,
    file: image.files[row[2]] as string,
    line: row[3],
    column: row[4],
    kind: image.siteKinds[row[5]] as string,
    length: row[6],
    disp: row[7],
    width: row[8],
    text: string(row[9]),
    lvalue: string(row[10]),
    struct: string(row[11]),
    field: string(row[12]),
  };
}

/** The symbol that an address lies in, or null. */
export function symbolAt(image: KernelImage, address: number): ImageSymbol | null {
  const a = address >>> 0;
  const s = image.symbols[lastAtMost(image.symbols, a, (t) => t.address)];
  return s !== undefined && a < s.address + Math.max(1, s.size) ? s : null;
}

export function symbolNamed(image: KernelImage, name: string): ImageSymbol | null {
  return image.symbols.find((s) => s.name === name) ?? null;
}

/** The contents of the image from its base up to the end of data (what the loader copies; bss is zero). */
export function imageBytes(image: KernelImage): Uint8Array {
  const loaded = image.segments.filter((s) => s.name !== 'bss');
  const end = Math.max(...loaded.map((s) => s.address + s.size));
  const bytes = new Uint8Array(end - image.base);
  for (const s of loaded) bytes.set(Buffer.from(s.data, 'base64'), s.address - image.base);
  return bytes;
}
