import { isReached, type SymbolTable } from '@trap12/target';
import { ByteWriter } from '../bytes.js';

const LINE_VERSION = 4;
const SET_ADDRESS = 2;
const END_SEQUENCE = 1;
const COPY = 1;
const ADVANCE_PC = 2;
const ADVANCE_LINE = 3;
const SET_FILE = 4;
const SET_COLUMN = 5;
const NEGATE_STATEMENT = 6;
/** Operands that each of the nine standard opcodes takes. */
const STANDARD_LENGTHS = [0, 1, 1, 1, 1, 0, 0, 0, 1];

/**
 * The section .debug_line: which place of the sources each address of the text belongs to. File n of the
 * image has number n + 1. A statement begins, for a debugger that sets breakpoints, at the first instruction
 * of a line that a machine can be shown to have come to.
 */
export function lineSection(symbols: SymbolTable): Uint8Array {
  const { image } = symbols;
  const out = new ByteWriter(1 << 16).u32(0).u16(LINE_VERSION).u32(0);
  const head = out.length;
  // Shortest instruction, operations in one, default of is_stmt, range of the special opcodes, of which none
  // is used.
  out.u8(1).u8(1).u8(1).u8(0).u8(1);
  out.u8(STANDARD_LENGTHS.length + 1).bytes(STANDARD_LENGTHS);
  out.u8(0);
  for (const file of image.files) out.string(file).u8(0).u8(0).u8(0);
  out.u8(0);
  out.patch32(head - 4, out.length - head);
  program(out, symbols);
  out.patch32(0, out.length - 4);
  return out.finish();
}

function program(out: ByteWriter, symbols: SymbolTable): void {
  const { sites } = symbols.image;
  const state = { address: 0, file: 1, line: 1, column: 0, symbol: -1, statement: true };
  /** Has such an instruction come since the line began? */
  let stood = false;
  for (const row of sites) {
    const [address, symbol, file, line, column] = row;
    const number = file + 1;
    const begins = state.symbol !== symbol || state.file !== number || state.line !== line;
    const statement: boolean = (begins || !stood) && isReached(symbols, symbols.site(address)!);
    if (begins) stood = false;
    stood ||= statement;
    if (!begins && !statement) continue;
    if (state.symbol < 0) out.u8(0).uleb(5).u8(SET_ADDRESS).u32(address);
    else out.u8(ADVANCE_PC).uleb(address - state.address);
    if (state.file !== number) out.u8(SET_FILE).uleb(number);
    if (state.column !== column) out.u8(SET_COLUMN).uleb(column);
    if (state.line !== line) out.u8(ADVANCE_LINE).sleb(line - state.line);
    if (state.statement !== statement) out.u8(NEGATE_STATEMENT);
    out.u8(COPY);
    Object.assign(state, { address, file: number, line, column, symbol, statement });
  }
  const last = sites.at(-1);
  if (last !== undefined) out.u8(ADVANCE_PC).uleb(last[0] + last[6] - state.address);
  out.u8(0).uleb(1).u8(END_SEQUENCE);
}
