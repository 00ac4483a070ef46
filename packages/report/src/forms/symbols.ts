import type { Builder } from '../builder.js';
import type { Line } from '../line.js';
import { canonHex, hexDiff, hexEnd, isSymbolStart, symbolEnd } from '../scan.js';
import type { Hex } from '../types.js';
import type { Form } from './form.js';

const ID = 'symbols';
/** Letters of nm for what stands in the text of a kernel. */
const TEXT = 'TtWw';
/** Rows that are kept. */
const ROWS_MAX = 5000;

/** `ffffffff80fd18a0 <zorp_get>:` and the rows below it, as objdump and gdb print a function. */
const HEAD = /^(?:0x)?([0-9a-f]{8,16}) <([A-Za-z_][\w.$]*)>:$/i;
const ROW = /^(?:0x)?([0-9a-f]{8,16}):\s+(?:[0-9a-f]{2} ){1,15}/i;
/** The function whose instructions are listed. */
const LISTED = new WeakMap<Builder, { start: Hex; function: string; rows: number }>();
const LISTED_MAX = 4000;

/** An instruction of a listed function: where its address is the fault's, that was in the function. */
function disassembly(b: Builder, s: string): boolean {
  const head = HEAD.exec(s);
  if (head !== null) {
    LISTED.set(b, { start: canonHex(head[1]!), function: head[2]!, rows: 0 });
    return true;
  }
  const listed = LISTED.get(b);
  const row = listed === undefined ? null : ROW.exec(s);
  if (listed === undefined || row === null || listed.rows++ > LISTED_MAX) return false;
  const address = canonHex(row[1]!);
  const offset = hexDiff(address, listed.start);
  if (offset < 0 || offset >= 0x10000) return false;
  if (!b.located.has(address)) b.located.set(address, { function: listed.function, offset, span: b.span() });
  return true;
}

/**
 * What `nm -n kernel | grep c01a2b` prints, which is how the FAQ of FreeBSD told people to find the function.
 */
export const symbols: Form = {
  id: ID,
  reads:
    'symbol tables of nm(1) around the address of a fault: `c01a2b10 T function`; functions that a disassembler lists',
  systems: 'all',
  first: '0123456789abcdef',
  line(line: Line, b: Builder): boolean {
    const s = line.text;
    if ((s.endsWith('>:') || (LISTED.has(b) && s.includes(': '))) && disassembly(b, s)) return true;
    const from = s.startsWith('0x') ? 2 : 0;
    const at = from + (s.charCodeAt(from + 8) === 32 ? 8 : 16);
    if (s.charCodeAt(at) !== 32 || s.charCodeAt(at + 2) !== 32 || !TEXT.includes(s[at + 1]!)) return false;
    if (hexEnd(s, from) !== at || !isSymbolStart(s.charCodeAt(at + 3))) return false;
    if (symbolEnd(s, at + 3) !== s.length) return false;
    if (b.symbols.length < ROWS_MAX)
      b.symbols.push({ address: canonHex(s.slice(from, at)), function: s.slice(at + 3), span: b.span() });
    return true;
  },
};
