import type { Builder } from '../builder.js';
import type { Line } from '../line.js';
import { canonHex, hexEnd, isSymbolStart, symbolEnd } from '../scan.js';
import type { Form } from './form.js';

const ID = 'symbols';
/** Letters of nm for what stands in the text of a kernel. */
const TEXT = 'TtWw';
/** Rows that are kept. */
const ROWS_MAX = 5000;

/**
 * What `nm -n kernel | grep c01a2b` prints, which is how the FAQ of FreeBSD told people to find the function.
 */
export const symbols: Form = {
  id: ID,
  reads: 'symbol tables of nm(1) around the address of a fault: `c01a2b10 T function`',
  systems: 'all',
  first: '0123456789abcdef',
  line(line: Line, b: Builder): boolean {
    const s = line.text;
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
