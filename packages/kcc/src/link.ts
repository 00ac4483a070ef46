import * as asm from './asm.js';
import type { Line, Local, SiteInsn, SiteKind } from './fn.js';
import { NO_META } from './fn.js';
import {
  IMAGE_VERSION,
  type ImageLocal,
  type ImageParameter,
  type ImageSegment,
  type ImageStruct,
  type ImageSymbol,
  type KernelImage,
  type SiteRow,
} from './image.js';
import { type Image, initialImage } from './init.js';
import type { Point } from './frames.js';
import type { LoweredFunction } from './lower.js';
import { type FuncSym, type Program, stringSymbol, type VarSym } from './program.js';
import { alignOf, alignUp, layout, sizeOf } from './resolve.js';
import { TypeTable } from './typetable.js';
import { type FnType, type Struct, type Type, wordsOf } from './types.js';
import { constNumber } from './val.js';

/**
 * Where the kernel's text begins, and a program's: behind the header of an executable file and what
 * identifies it (docs/kcc.md).
 */
export const KERNEL_TEXT = 0xc0100000;
export const USER_TEXT = 0x1000;
export const USER_HEADER = 64;
const PAGE = 4096;
const NOP = 0x90;
const SITE_KINDS: SiteKind[] = [
  'load',
  'store',
  'rmw',
  'call',
  'push',
  'cleanup',
  'prologue',
  'epilogue',
  'other',
];

interface PlacedFunction {
  name: string;
  func: FuncSym;
  address: number;
  size: number;
  insns: SiteInsn[];
  /** Addresses of the instructions; prologue first. */
  at: number[];
  prologue: number;
  lines: Line[];
  frame: number;
  locals: number;
  points: Point[];
  variables: Local[];
  switchInsn: number;
}

/** All addresses, decided. */
export interface Linked {
  functions: PlacedFunction[];
  addresses: Map<string, number>;
  image: KernelImage;
  /** Where the text begins. */
  base: number;
}

interface DataItem {
  name: string;
  address: number;
  size: number;
  sym: VarSym | null;
  image: Image | null;
}

function placeFunction(name: string, f: LoweredFunction, address: number): PlacedFunction {
  const insns = [...f.prologue, ...f.body];
  const at: number[] = [];
  let a = address;
  for (const i of insns) {
    at.push(a);
    a += i.bytes.length;
  }
  const { func, lines, frame, locals, points, variables, switchInsn } = f;
  const prologue = f.prologue.length;
  return {
    name,
    func,
    address,
    size: a - address,
    insns,
    at,
    prologue,
    lines,
    frame,
    locals,
    points,
    variables,
    switchInsn,
  };
}

/** Text stubs for the primitives that are called, so that they have addresses. */
function primitiveStub(f: FuncSym): LoweredFunction {
  const ret: SiteInsn = {
    ...asm.ret(),
    kind: 'epilogue',
    position: f.position,
    disp: 0,
    width: 0,
    meta: NO_META,
  };
  return {
    func: f,
    lines: [],
    prologue: [],
    body: [ret],
    frame: 0,
    locals: 0,
    scratch: 0,
    points: [],
    variables: [],
    switchInsn: -1,
  };
}

export function link(p: Program, lowered: LoweredFunction[]): Linked {
  const functions: PlacedFunction[] = [];
  const addresses = new Map<string, number>();
  const user = p.options.form === 'user';
  const base = user ? USER_TEXT : KERNEL_TEXT;
  let at = base + (user ? USER_HEADER : 0);
  const stubs = [...p.usedPrimitives].sort().map((n) => primitiveStub(p.syms.get(n) as FuncSym));
  for (const f of [...lowered, ...stubs]) {
    const placed = placeFunction(f.func.name, f, at);
    functions.push(placed);
    addresses.set(placed.name, at);
    at = alignUp(at + placed.size, 16);
  }
  const textEnd = at;
  addresses.set('btext', base);
  addresses.set('etext', textEnd);

  const vars = [...p.syms.values()].filter(
    (s): s is VarSym => s.kind === 'var' && (p.options.roots === undefined || p.reached.has(s)),
  );
  const images = new Map(vars.filter((v) => v.segment === 'data').map((v) => [v, initialImage(p, v)]));
  const places = user ? [] : acquisitions(p, functions);
  const rodata = placeStrings(p, alignUp(textEnd, PAGE), addresses);
  placePlaces(rodata, places, alignUp(textEnd, PAGE), addresses);
  const rodataEnd = endOf(rodata, alignUp(textEnd, PAGE));
  const dataStart = alignUp(rodataEnd, PAGE);
  const data = placeVars(p, vars, 'data', dataStart, addresses, images);
  const dataEnd = endOf(data, dataStart);
  addresses.set('edata', dataEnd);
  const bssStart = alignUp(dataEnd, PAGE);
  const bss = placeVars(p, vars, 'bss', bssStart, addresses, images);
  const end = alignUp(endOf(bss, bssStart), 4);
  addresses.set('end', end);

  const segments: ImageSegment[] = [
    segment('text', base, textBytes(functions, addresses, base, textEnd)),
    segment('rodata', alignUp(textEnd, PAGE), itemBytes(rodata, alignUp(textEnd, PAGE), addresses)),
    segment('data', dataStart, itemBytes(data, dataStart, addresses)),
    { name: 'bss', address: bssStart, size: end - bssStart, data: '' },
  ];
  const image = describe(p, functions, addresses, { rodata, data, bss }, segments, end);
  return { functions, addresses, image, base };
}

const endOf = (items: DataItem[], start: number): number => {
  const last = items.at(-1);
  return last === undefined ? start : last.address + last.size;
};

function placeStrings(p: Program, start: number, addresses: Map<string, number>): DataItem[] {
  const items: DataItem[] = [];
  let at = start;
  for (const [text, n] of p.strings) {
    const bytes = Uint8Array.from([...text, '\0'], (c) => c.charCodeAt(0));
    const name = stringSymbol(n);
    items.push({ name, address: at, size: bytes.length, sym: null, image: { bytes, relocs: [] } });
    addresses.set(name, at);
    at += bytes.length;
  }
  return items;
}

interface Place {
  returnAddress: number;
  /** Symbol of the file's name */
  file: string;
  line: number;
}

/** Where functions are called that ask for their return address: what the kernel finds file and line by. */
function acquisitions(p: Program, functions: PlacedFunction[]): Place[] {
  const places: Place[] = [];
  for (const f of functions) {
    f.insns.forEach((insn, n) => {
      const callee = insn.reloc?.symbol ? p.syms.get(insn.reloc.symbol) : undefined;
      if (insn.kind !== 'call' || callee?.kind !== 'func' || !callee.asksPlace) return;
      const { file, line } = insn.position;
      places.push({ returnAddress: (f.at[n] as number) + insn.bytes.length, file: p.intern(file), line });
    });
  }
  return places;
}

/**
 * The table of places behind the strings: rows of return address, file name and line, by address (`$places`).
 */
function placePlaces(
  rodata: DataItem[],
  places: Place[],
  start: number,
  addresses: Map<string, number>,
): void {
  const address = alignUp(endOf(rodata, start), 4);
  const bytes = new Uint8Array(places.length * 12);
  const relocs: Image['relocs'] = [];
  places.forEach((place, i) => {
    put32(bytes, i * 12, place.returnAddress);
    relocs.push({ at: i * 12 + 4, symbol: place.file, addend: 0 });
    put32(bytes, i * 12 + 8, place.line);
  });
  addresses.set('places', address);
  addresses.set('eplaces', address + bytes.length);
  if (places.length === 0) return;
  rodata.push({ name: 'places', address, size: bytes.length, sym: null, image: { bytes, relocs } });
}

function placeVars(
  p: Program,
  vars: VarSym[],
  which: 'data' | 'bss',
  start: number,
  addresses: Map<string, number>,
  images: Map<VarSym, Image>,
): DataItem[] {
  let at = start;
  const items: DataItem[] = [];
  for (const v of vars) {
    if (v.segment !== which) continue;
    const size = sizeOf(p, v.type);
    at = alignUp(at, Math.max(size >= 32 ? 32 : 4, alignOf(p, v.type)));
    items.push({ name: v.name, address: at, size, sym: v, image: images.get(v) ?? null });
    addresses.set(v.name, at);
    at += size;
  }
  return items;
}

function segment(name: ImageSegment['name'], address: number, bytes: Uint8Array): ImageSegment {
  return { name, address, size: bytes.length, data: Buffer.from(bytes).toString('base64') };
}

function put32(bytes: Uint8Array, at: number, n: number): void {
  bytes[at] = n;
  bytes[at + 1] = n >>> 8;
  bytes[at + 2] = n >>> 16;
  bytes[at + 3] = n >>> 24;
}

function textBytes(
  functions: PlacedFunction[],
  addresses: Map<string, number>,
  base: number,
  end: number,
): Uint8Array {
  const bytes = new Uint8Array(end - base).fill(NOP);
  for (const f of functions) {
    f.insns.forEach((insn, n) => {
      const a = f.at[n] as number;
      bytes.set(insn.bytes, a - base);
      const r = insn.reloc;
      if (r === null) return;
      const to = r.symbol !== null ? (addresses.get(r.symbol) ?? 0) : localTarget(f, r.local);
      const value = r.relative ? to + r.addend - (a + insn.bytes.length) : to + r.addend;
      put32(bytes, a - base + r.at, value | 0);
      if (r.symbol === null) insn.text = `jmp 0x${to.toString(16)}`;
    });
  }
  return bytes;
}

/** The address of instruction n of the body. */
const localTarget = (f: PlacedFunction, n: number): number => f.at[f.prologue + n] ?? f.address;

function itemBytes(items: DataItem[], start: number, addresses: Map<string, number>): Uint8Array {
  const bytes = new Uint8Array(endOf(items, start) - start);
  for (const i of items) {
    if (i.image === null) continue;
    bytes.set(i.image.bytes, i.address - start);
    for (const r of i.image.relocs) {
      put32(bytes, i.address - start + r.at, ((addresses.get(r.symbol) ?? 0) + r.addend) | 0);
    }
  }
  return bytes;
}

const functionType = (f: FuncSym): FnType =>
  f.type ?? {
    k: 'fn',
    params: f.params.map((q) => q.type),
    ret: f.ret,
    sleeps: f.sleeps,
    variadic: f.variadic,
  };

type Data = { rodata: DataItem[]; data: DataItem[]; bss: DataItem[] };

function describe(
  p: Program,
  functions: PlacedFunction[],
  addresses: Map<string, number>,
  items: Data,
  segments: ImageSegment[],
  end: number,
): KernelImage {
  const types = new TypeTable();
  const symbols: ImageSymbol[] = functions.map(
    (f): ImageSymbol => ({
      name: f.name,
      address: f.address,
      size: f.size,
      kind: 'text',
      file: f.func.position.file,
      line: f.func.position.line,
      type: types.index(functionType(f.func)),
      ...describeVariables(f, types),
      ...(p.options.form === 'user' ? { registers: describeRegisters(f, addresses) } : {}),
    }),
  );
  const entry = (kind: 'data' | 'bss', i: DataItem): ImageSymbol => {
    const { file, line } = i.sym?.position ?? { file: '', line: 0 };
    return {
      name: i.name,
      address: i.address,
      size: i.size,
      kind,
      file,
      line,
      type: types.indexOfValue(i.sym?.type as Type),
      ...(i.sym?.locks ? { locks: i.sym.locks } : {}),
    };
  };
  for (const i of items.data) symbols.push(entry('data', i));
  for (const i of items.bss) symbols.push(entry('bss', i));
  const files = p.files.map((f) => f.fileName).sort();
  const { strings, sites } = describeSites(functions, files, listedStrings(p));
  const structs = describeStructs(p, types);
  const typedefs = describeAliases(p, types);
  return {
    version: IMAGE_VERSION,
    hash: '',
    base: (segments[0] as ImageSegment).address,
    size: end - (segments[0] as ImageSegment).address,
    segments,
    files,
    symbols,
    strings,
    siteKinds: SITE_KINDS,
    sites,
    types: types.rows,
    typedefs,
    structs,
    indivisible: p.indivisible.sort(([a, m], [b, n]) => (a < b ? -1 : a > b ? 1 : m - n)),
    constants: describeConstants(p),
  };
}

/** Parameters and locals of a function with their places in its frame. */
function describeVariables(
  f: PlacedFunction,
  types: TypeTable,
): { params: ImageParameter[]; locals: ImageLocal[] } {
  const count = f.func.params.length;
  const params = f.func.params.map(({ name, type }, i): ImageParameter => {
    const slot = f.variables[i]?.slot ?? 0;
    return { name, type: types.indexOfValue(type), ...(slot > 0 ? { saved: -(f.frame + slot) } : {}) };
  });
  const at = (insn: number): number => f.at[f.prologue + insn] ?? f.address + f.size;
  const locals = f.variables
    .slice(count)
    .filter((v) => v.type.k !== 'valist' && v.type.k !== 'error' && v.from < v.to)
    .map((v): ImageLocal => {
      const { name, below } = v;
      const life = { block: at(v.block), from: at(v.from), to: at(v.to) };
      const place = below > 0 ? { address: -below } : { saved: -(f.frame + v.slot) };
      return { name, type: types.indexOfValue(v.type), ...life, ...place };
    });
  return { params, locals };
}

/**
 * What is in which register where a function of a program has left the host's stack (ImageSymbol.registers).
 */
function describeRegisters(f: PlacedFunction, addresses: Map<string, number>): number[][] {
  return f.points
    .filter((point) => point.inRegisters)
    .map(({ at, saved }) => [
      Number(resolveMarks(at, f, addresses)),
      ...saved.flatMap(({ type, slot }) => {
        const low = -(f.frame + slot);
        return wordsOf(type) === 2 ? [low, low + 4] : [low];
      }),
    ]);
}

/** Instructions as they are listed: C strings by their order in this program, not by their number. */
function listedStrings(p: Program): (text: string) => string {
  const names = new Map([...p.strings.values()].map((n, i) => [stringSymbol(n), stringSymbol(i)]));
  return (text) => text.replace(/\.LC\d+/, (symbol) => names.get(symbol) ?? symbol);
}

function describeSites(
  functions: PlacedFunction[],
  files: string[],
  listed: (text: string) => string,
): { strings: string[]; sites: SiteRow[] } {
  const index = new Map<string, number>([['', 0]]);
  const fileIndex = new Map(files.map((f, i) => [f, i]));
  const intern = (s: string): number => {
    let n = index.get(s);
    if (n === undefined) {
      n = index.size;
      index.set(s, n);
    }
    return n;
  };
  const sites: SiteRow[] = [];
  functions.forEach((f, symbol) => {
    f.insns.forEach((i, n) => {
      sites.push([
        f.at[n] as number,
        symbol,
        fileIndex.get(i.position.file) ?? 0,
        i.position.line,
        i.position.column,
        SITE_KINDS.indexOf(i.kind),
        i.bytes.length,
        i.disp,
        i.width,
        intern(listed(i.text)),
        intern(i.meta.text),
        intern(i.meta.struct),
        intern(i.meta.field),
      ]);
    });
  });
  return { strings: [...index.keys()], sites };
}

function describeStructs(p: Program, types: TypeTable): Record<string, ImageStruct> {
  const out: Record<string, ImageStruct> = {};
  const add = (s: Struct): void => {
    layout(p, s);
    const fields: ImageStruct['fields'] = {};
    for (const f of s.fields.values()) {
      const { offset, lock, comment } = f;
      fields[f.name] = { offset, size: sizeOf(p, f.type), type: types.indexOfValue(f.type), lock, comment };
    }
    const at =
      s.decl !== null && s.sf !== null
        ? s.sf.getLineAndCharacterOfPosition(s.decl.name.getStart(s.sf))
        : null;
    out[s.name] = {
      size: s.size,
      file: s.sf?.fileName ?? 'sys/queue.h',
      line: at === null ? 0 : at.line + 1,
      fields,
      locks: Object.fromEntries(s.locks),
    };
  };
  for (const s of p.structs.values()) add(s);
  for (const s of p.generics.values()) add(s);
  return out;
}

function describeAliases(p: Program, types: TypeTable): Record<string, number> {
  const out: Record<string, number> = {};
  for (const [name, { resolved }] of p.aliases)
    if (resolved !== null && resolved.k !== 'error') out[name] = types.indexOfValue(resolved);
  return out;
}

function describeConstants(p: Program): Record<string, number> {
  const out: Record<string, number> = {};
  for (const s of p.syms.values()) {
    if (s.kind === 'const' && s.value !== null && s.value.c !== undefined) out[s.name] = constNumber(s.value);
  }
  return out;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the marks are control characters on purpose
const MARK = /\u0001([A-Z])([^\u0002]*)\u0002/g;

/** Replaces the marks in a function's JavaScript by addresses. */
export function resolveMarks(text: string, f: PlacedFunction, addresses: Map<string, number>): string {
  return text.replace(MARK, (_, kind: string, arg: string) => {
    if (kind === 'F') return String(f.address | 0);
    if (kind === 'S') return String((f.at[f.prologue + Number(arg)] as number) | 0);
    if (kind === 'R') {
      const n = f.prologue + Number(arg);
      return String(((f.at[n] as number) + (f.insns[n] as SiteInsn).bytes.length) | 0);
    }
    if (kind === 'L') return String(f.frame + Number(arg));
    if (kind === 'Z') return String(f.locals);
    if (kind === 'W') return String((f.at[f.prologue + f.switchInsn] as number) | 0);
    const plus = arg.lastIndexOf('+');
    const a = ((addresses.get(arg.slice(0, plus)) ?? 0) + Number(arg.slice(plus + 1))) | 0;
    return String(kind === 'A' ? a : kind === 'P' ? a >>> 12 : a & 4095);
  });
}
