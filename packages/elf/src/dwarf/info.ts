import type { ImageLocal, ImageParameter, ImageSymbol } from '@trap12/kcc/image.js';
import type { SymbolTable } from '@trap12/target';
import { LANGUAGE_C99 } from './constants.js';
import { Expression, type Label } from './expression.js';
import { currentProcess, onRunningStack, stoppedCpu } from './running.js';
import { setDeclaration, TypeEntries } from './types.js';
import { Entry, LocationLists, StringSection, writeUnit } from './unit.js';

/** First argument of a function, from ebp. */
const ARGUMENTS = 8;
/**
 * What frames are described from: the end of what is the function's own, which is known before there is a
 * frame as well; from ebp.
 */
const FRAME_BASE = 8;
/** Whose caller's stack pointer .debug_frame does not tell, or tells of another stack. */
const NOT_CALLED = new Set(['dblfault_handler', 'fork_trampoline']);

export interface UnitOptions {
  /** Name of the program: the unit's */
  name: string;
  /** Directory that the sources' names are relative to */
  sources: string;
  producer: string;
}

export interface DebugSections {
  info: Uint8Array;
  abbrev: Uint8Array;
  strings: Uint8Array;
  locations: Uint8Array;
}

/** Writes what DWARF tells of a program's types, variables and functions, all of it from its image. */
export function debugInfo(symbols: SymbolTable, options: UnitOptions): DebugSections {
  return new UnitWriter(symbols, options).finish();
}

class UnitWriter {
  private readonly root = new Entry('compileUnit');
  private readonly files: Map<string, number>;
  private readonly types: TypeEntries;
  private readonly locations: LocationLists;
  /** Whether a frame lies on the stack that the kernel has stopped on; undefined for a program. */
  private readonly running: Entry | undefined;

  constructor(
    private readonly symbols: SymbolTable,
    options: UnitOptions,
  ) {
    const { image } = symbols;
    this.files = new Map(image.files.map((file, i) => [file, i + 1]));
    const text = image.segments.find((s) => s.name === 'text')!;
    this.locations = new LocationLists(text.address >>> 0);
    this.root
      .set('producer', 'string', options.producer)
      .set('language', 'unsigned', LANGUAGE_C99)
      .set('name', 'string', options.name)
      .set('compDir', 'string', options.sources)
      .set('lowPc', 'address', text.address)
      .set('highPc', 'word', text.size)
      .set('stmtList', 'offset', 0);
    this.types = new TypeEntries(this.root, symbols, (file) => this.files.get(file) ?? 0);
    if (!symbols.has('ddb_regs')) return;
    const stopped = this.root.add(stoppedCpu(symbols));
    this.running = this.root.add(onRunningStack(symbols, stopped));
    const curproc = new Entry('variable').set('name', 'string', 'curproc').set('external', 'present');
    const { type } = symbols.struct('pcpu').fields.curproc!;
    this.types.setType(this.root.add(curproc), type);
    curproc.set('location', 'expression', currentProcess(symbols, stopped));
  }

  finish(): DebugSections {
    const { image } = this.symbols;
    for (const name of Object.keys(image.structs)) this.types.struct(name);
    for (const [name, type] of Object.entries(image.typedefs))
      this.root.add(this.types.setType(new Entry('typedef').set('name', 'string', name), type));
    for (const symbol of image.symbols) this.root.add(this.symbol(symbol));
    this.constants(image.constants);
    const strings = new StringSection();
    const { info, abbrev } = writeUnit(this.root, strings);
    return { info, abbrev, strings: strings.finish(), locations: this.locations.finish() };
  }

  /** Constants of the source, as variables that have a value and no place. */
  private constants(constants: Record<string, number>): void {
    const integer = this.symbols.image.types.findIndex((t) => t.kind === 'int' && t.name === 'int');
    const unsigned = this.symbols.image.types.findIndex((t) => t.kind === 'int' && t.name === 'u32');
    for (const [name, value] of Object.entries(constants)) {
      const large = value > 0x7fffffff;
      if (!Number.isInteger(value) || value < -0x80000000 || value > 0xffffffff) continue;
      const entry = new Entry('variable').set('name', 'string', name);
      this.types.setType(entry, large ? unsigned : integer).set('external', 'present');
      this.root.add(entry.set('constValue', large ? 'unsigned' : 'signed', value));
    }
  }

  private symbol(symbol: ImageSymbol): Entry {
    const entry = new Entry(symbol.kind === 'text' ? 'subprogram' : 'variable');
    entry.set('name', 'string', symbol.name).set('external', 'present');
    setDeclaration(entry, this.files.get(symbol.file) ?? 0, symbol.line);
    if (symbol.kind !== 'text') {
      this.types.setType(entry, symbol.type);
      return entry.set('location', 'expression', new Expression().address(symbol.address));
    }
    const type = this.symbols.type(symbol.type);
    if (type.kind === 'function') this.types.setType(entry, type.returns);
    entry.set('prototyped', 'present').set('lowPc', 'address', symbol.address);
    entry.set('highPc', 'word', symbol.size);
    const base = new Expression();
    entry.set(
      'frameBase',
      'expression',
      NOT_CALLED.has(symbol.name) ? base.register('ebp', FRAME_BASE) : base.frameEnd(),
    );
    this.parameters(entry, symbol.params ?? []);
    this.locals(entry, symbol);
    return entry;
  }

  private parameters(to: Entry, parameters: readonly ImageParameter[]): void {
    let at = ARGUMENTS;
    for (const { name, type, saved } of parameters) {
      const { kind } = this.symbols.type(type);
      if (kind === 'va_list') {
        to.add(new Entry('unspecifiedParameters'));
        continue;
      }
      const place = saved === undefined ? this.valueAt(at, type) : this.savedAt(saved, type);
      const entry = this.types.setType(new Entry('formalParameter').set('name', 'string', name), type);
      to.add(entry.set('location', 'expression', place));
      at += this.bytes(type);
    }
  }

  /**
   * The locals of a function; those of inner blocks in blocks, which lie in each other as they do in the
   * source.
   */
  private locals(to: Entry, { address, size, locals = [] }: ImageSymbol): void {
    const end = address + size - EPILOGUE_BYTES;
    const sorted = locals.map((local, i) => ({ ...local, i }));
    sorted.sort((a, b) => a.block - b.block || b.to - a.to || a.i - b.i);
    const around: { entry: Entry; block: number; to: number }[] = [];
    for (const local of sorted) {
      while (around.length > 0 && local.to > around.at(-1)!.to) around.pop();
      const inner = around.at(-1);
      let entry = inner?.entry ?? to;
      const { block } = local;
      if (local.to < end && (inner?.block !== block || inner.to !== local.to)) {
        const made = new Entry('lexicalBlock').set('lowPc', 'address', block);
        entry = entry.add(made.set('highPc', 'word', local.to - block));
        around.push({ entry, block, to: local.to });
      }
      entry.add(this.local(local));
    }
  }

  private local(local: ImageLocal): Entry {
    const entry = this.types.setType(new Entry('variable').set('name', 'string', local.name), local.type);
    const { from, to, address, saved, type } = local;
    const expression = address === undefined ? this.savedAt(saved!, type) : this.room(address, type);
    return entry.set('location', 'offset', this.locations.add([{ from, to, expression }]));
  }

  /** A variable whose value is the address of room in the frame. Of an array it is the array. */
  private room(address: number, type: number): Expression {
    const place = new Expression().frameBase(address - FRAME_BASE);
    return this.symbols.type(type).kind === 'array' ? place : place.stackValue();
  }

  /** Where a value lies whose word or words are at a distance from ebp: an array's is its address. */
  private valueAt(offset: number, type: number): Expression {
    return this.indirect(new Expression().frameBase(offset - FRAME_BASE), type);
  }

  private indirect(place: Expression, type: number): Expression {
    return this.symbols.type(type).kind === 'array' ? place.op('deref') : place;
  }

  /**
   * The same for a local that its function leaves there when it is suspended. On the stack that the kernel
   * has stopped on nothing says which of its functions have been: there the local is in no memory.
   */
  private savedAt(offset: number, index: number): Expression {
    if (this.running === undefined) return this.valueAt(offset, index);
    const nowhere: Label = { at: 0 };
    const place = new Expression().frameBase(-FRAME_BASE).call(this.running).jump(nowhere, false);
    const type = this.symbols.type(index);
    const bytes = type.kind === 'array' ? this.size(index) : this.bytes(index);
    return this.indirect(place.frameBase(offset - FRAME_BASE), index)
      .landing(nowhere)
      .piece(bytes);
  }

  /** Size of a type in memory. */
  private size(index: number): number {
    const type = this.symbols.type(index);
    switch (type.kind) {
      case 'int':
        return type.size;
      case 'array':
        return type.count * this.size(type.of);
      case 'struct':
        return this.symbols.struct(type.name).size;
      default:
        return 4;
    }
  }

  /** Bytes that a value takes on the stack. */
  private bytes(index: number): number {
    const type = this.symbols.type(index);
    return type.kind === 'int' && type.size === 8 ? 8 : 4;
  }
}

/** leave, ret */
const EPILOGUE_BYTES = 2;
