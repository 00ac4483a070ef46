/** Version of kernel.json: goes up whenever a reader of the one before would misread it. */
export const IMAGE_VERSION = 3;

/**
 * The kernel's image and everything a debugger wants to know about it: kernel.json. docs/kcc.md explains it.
 */
export interface KernelImage {
  version: typeof IMAGE_VERSION;
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
  /** Each type once. The types of symbols, parameters, fields and of types themselves are indexes into it. */
  types: ImageType[];
  /** What the source calls types beside their own names, with their indexes. */
  typedefs: Record<string, number>;
  structs: Record<string, ImageStruct>;
  /**
   * File, first and last line of each function that says `@indivisible`: between two of its accesses nothing
   * comes in, on whatever form of the kernel; on a real machine it is a locked instruction, or has a lock
   * that is not modelled.
   */
  indivisible: [file: string, first: number, last: number][];
  constants: Record<string, number>;
}

export interface ImageSegment {
  name: 'text' | 'rodata' | 'data' | 'bss';
  address: number;
  size: number;
  /** Contents, base64; empty for bss. */
  data: string;
}

/**
 * A type, in C's terms: a pointer to a struct is a pointer, a struct lies in place, and what a variable of
 * function type holds is a pointer to a function. Numbers are indexes into `types`.
 */
export type ImageType =
  | { kind: 'int'; name: string; size: number; signed: boolean }
  | { kind: 'bool' | 'void' | 'never' | 'va_list' | 'unknown' }
  | { kind: 'pointer'; to: number }
  | { kind: 'struct'; name: string }
  | { kind: 'array'; of: number; count: number }
  | { kind: 'function'; params: number[]; returns: number; sleeps: boolean; variadic: boolean };

export interface ImageSymbol {
  name: string;
  address: number;
  size: number;
  kind: 'text' | 'data' | 'bss' | 'rodata';
  file: string;
  line: number;
  /** Index into `types`; a function's is the function itself. */
  type: number;
  /** Variables only: the locks that guard it, as its doc comment says after "Locks:", if it does. */
  locks?: string;
  /** Functions only: their names and, as in the function's type, their types. */
  params?: ImageParameter[];
  /** Functions only: the variables in it, those of expanded macros too, in the order of their declaration. */
  locals?: ImageLocal[];
  /**
   * Functions of user programs: a row for each place where the kernel may be entered. Its text address, then
   * for each register in use (struct xregs) where in the frame, from ebp, its word lies at places where it is
   * not in one: `saved` of the variable that it is of.
   */
  registers?: number[][];
}

export interface ImageParameter {
  name: string;
  type: number;
  /**
   * Given if it is assigned to: then its value at a place where the function is suspended lies at this
   * distance from ebp, and what lies where it was passed is only what it was at first.
   */
  saved?: number;
}

/**
 * A local variable. While the function runs, the values of most are in no memory; while it is suspended, all
 * of them are.
 */
export interface ImageLocal {
  name: string;
  type: number;
  /** Text addresses: where its block begins, where its life does, and where both end. */
  block: number;
  from: number;
  to: number;
  /** Where its value lies while the function is suspended, from ebp. */
  saved?: number;
  /** Or: its value is always ebp and this: the address of room in the frame. */
  address?: number;
}

export interface ImageField {
  offset: number;
  size: number;
  /** Index into `types`. */
  type: number;
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
 * address, index of the function's symbol, index of the file, line, column, index of the kind, length in
 * bytes, displacement, operand width, then indexes into `strings`: instruction, lvalue, struct, field (of ''
 * if none).
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

/**
 * Reads a kernel.json.
 * @param name what the text came from, for the message
 * @throws Error if it is of another version
 */
export function parseImage(text: string, name: string): KernelImage {
  const image = JSON.parse(text) as KernelImage;
  if (image.version !== IMAGE_VERSION)
    throw new Error(`${name}: image version ${image.version}, not ${IMAGE_VERSION}; build the kernel again`);
  return image;
}

/** The contents of the image from its base up to the end of data (what the loader copies; bss is zero). */
export function imageBytes(image: KernelImage): Uint8Array {
  const loaded = image.segments.filter((s) => s.name !== 'bss');
  const end = Math.max(...loaded.map((s) => s.address + s.size));
  const bytes = new Uint8Array(end - image.base);
  for (const s of loaded) decodeBase64(s.data, bytes.subarray(s.address - image.base));
  return bytes;
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * Decodes base64 (padded, without blanks, as kcc writes it) to the beginning of `out`. No host's own decoder
 * is on every host.
 */
function decodeBase64(text: string, out: Uint8Array): void {
  const digits = new Uint8Array(128);
  for (let i = 0; i < BASE64.length; i++) digits[BASE64.charCodeAt(i)] = i;
  const length = (text.length / 4) * 3 - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0);
  let at = 0;
  for (let i = 0; i < text.length; i += 4) {
    let word = 0;
    for (let k = 0; k < 4; k++) word = (word << 6) | digits[text.charCodeAt(i + k) & 127]!;
    for (let shift = 16; shift >= 0 && at < length; shift -= 8) out[at++] = word >>> shift;
  }
}

/** A program in the root file system: programs.json has one for each name. */
export interface ProgramName {
  /** bin or sbin */
  directory: string;
  /** Name of the compiled program */
  program: string;
}

/** The checked form of a lowered program, from the text of its module: there its steps are comments. */
export const checkedProgram = (js: string): string => js.replaceAll('/*?', '').replaceAll('?*/', '');
