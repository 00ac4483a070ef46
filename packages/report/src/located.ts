import { canonHex, hexDiff } from './scan.js';
import type { Hex, PanicEvent, Span } from './types.js';

/* Which functions the addresses of faults are in, where a text has that beside its backtraces. */

/** What somebody looked up in the symbols, by address. */
export type Located = ReadonlyMap<
  Hex,
  { function: string; offset?: number; source?: { file: string; line?: number }; span: Span }
>;

/** Functions of a kernel are shorter. */
export const FUNCTION_MAX = 0x10000;

/**
 * Finds in rows of a symbol table the functions of the faults. The row before an address names its function
 * only if the rows go on past the address: else the table may have been cut between.
 */
export function locateBySymbols(
  rows: readonly { address: Hex; function: string; span: Span }[],
  events: readonly PanicEvent[],
  located: Map<Hex, { function: string; offset?: number; span: Span }>,
): void {
  if (rows.length < 2) return;
  for (const event of events) {
    const ip = event.trap?.ip?.value.address;
    if (ip === undefined || located.has(ip)) continue;
    let best: { row: (typeof rows)[number]; offset: number } | undefined;
    let past = false;
    for (const row of rows) {
      if (row.address.length !== ip.length) continue;
      const offset = hexDiff(ip, row.address);
      if (offset < 0) past ||= -offset < FUNCTION_MAX;
      else if (offset < FUNCTION_MAX && (best === undefined || offset < best.offset)) best = { row, offset };
    }
    if (past && best !== undefined)
      located.set(ip, { function: best.row.function, offset: best.offset, span: best.row.span });
  }
}

/** `at 4b6a2c (zorp_get+0x6c)`: the name that the kernel itself gives an address in its message. */
const NAMED_IN_MESSAGE = /\b(?:0x)?([0-9a-f]{5,16}) \((?:\w+:)?([A-Za-z_][\w.$]*)\+(0x[0-9a-f]{1,6})\)/i;

/** Finds the function of the fault in the panic's own message, where that gives the address with its name. */
export function locateByMessage(
  { message, trap }: PanicEvent,
  located: Map<Hex, { function: string; offset?: number; span: Span }>,
): void {
  const ip = trap?.ip?.value.address;
  const m = ip === undefined || message === undefined ? null : NAMED_IN_MESSAGE.exec(message.value);
  if (m === null || canonHex(m[1]!) !== ip || located.has(ip)) return;
  located.set(ip, { function: m[2]!, offset: Number.parseInt(m[3]!, 16), span: message!.span });
}
