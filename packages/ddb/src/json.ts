import {
  type Memory,
  type Names,
  REGISTER_NAMES,
  type RegisterName,
  type Registers,
  type SymbolTable,
  type TraceItem,
  walkFrom,
} from '@trap12/target';
import { symbolic } from './format.js';

/** Addresses and values are strings of hexadecimal digits with 0x, as in the text forms. */
export type JsonTraceItem =
  | {
      kind: 'frame';
      function: string | null;
      offset: number;
      pc: string;
      fp: string;
      args: string[];
      /** Source of the call, or of the instruction in the first frame */
      file: string | null;
      line: number | null;
      instruction: string | null;
    }
  | {
      kind: 'trap' | 'syscall' | 'interrupt';
      number: number;
      eip: string;
      esp: string;
      ebp: string;
      frame: string;
      user: boolean;
    }
  | { kind: 'bad'; address: string }
  | { kind: 'note'; text: string };

/** `value` null: not kept. */
export type JsonRegister = { name: string; value: string | null; symbol: string | null };

const address = (value: number): string => `0x${(value >>> 0).toString(16)}`;

/**
 * @param exact the pc is that of an instruction; else it is a return address, and the call before it is meant
 */
function itemJson(symbols: SymbolTable, item: TraceItem, exact: boolean): JsonTraceItem {
  if ('bad' in item) return { kind: 'bad', address: address(item.bad) };
  if ('note' in item) return { kind: 'note', text: item.note };
  if ('boundary' in item) {
    const b = item.boundary;
    return {
      kind: b.kind,
      number: b.trapno,
      eip: address(b.eip),
      esp: address(b.esp),
      ebp: address(b.ebp),
      frame: address(b.frame),
      user: b.user,
    };
  }
  const { frame } = item;
  const site = symbols.site(exact ? frame.pc : frame.pc - 1);
  return {
    kind: 'frame',
    function: frame.function ?? null,
    offset: frame.offset,
    pc: address(frame.pc),
    fp: address(frame.fp),
    args: frame.args.map(address),
    file: site?.file ?? null,
    line: site?.line ?? null,
    instruction: site?.instruction ?? null,
  };
}

/** The backtrace for programs: the same items as the lines of `trace`. */
export function traceJson(memory: Memory, registers: Registers, limit?: number): JsonTraceItem[] {
  const items: JsonTraceItem[] = [];
  let exact = true;
  for (const item of walkFrom(memory, registers, limit)) {
    items.push(itemJson(memory.target.symbols, item, exact));
    exact = 'boundary' in item;
  }
  return items;
}

/** The registers for programs, in the order of `show registers`. */
export function registersJson(
  registers: Registers,
  kept: ReadonlySet<RegisterName>,
  symbols: Names,
): JsonRegister[] {
  return REGISTER_NAMES.map((name) => {
    if (!kept.has(name)) return { name, value: null, symbol: null };
    const value = registers[name];
    const symbol = symbols.nearest(value) === undefined ? null : symbolic(symbols, value);
    return { name, value: address(value), symbol };
  });
}
