import type { Builder } from '../builder.js';
import type { Line } from '../line.js';
import { doubtLatest, takePanic } from '../panic-message.js';
import { canonHex, exactNumber, hexDiff, hexNumber } from '../scan.js';
import type { PanicEvent, Span } from '../types.js';
import type { Form, MessageClass } from './form.js';

const NOFAULT = /^(\w{3,40}): fault on nofault entry,? addr: (?:0x)?([0-9a-f]+)/i;
/** The message and nothing else. */
const NOFAULT_ALONE = /^vm_fault(?:_lookup)?: fault on nofault entry,? addr: (?:0x)?[0-9a-f]{4,16}$/i;
const KMEM = /^kmem_\w{3,12}\((\d+)\): kmem_map too small: (\d+) total allocated/i;

/** Addresses below this are no code, in no kernel. */
const CODE_MIN = 0x1000;
const PAGE = 0x1000;

/**
 * The message names a page. What was to be touched in it, the handler of the fault was called with, and where
 * the processor was to execute, the line of the trap says.
 */
export function exactAddress(event: PanicEvent): { text: string; span: Span } | undefined {
  const { kind, frames, boundaries, details } = event;
  const page = details.address?.value;
  if (kind !== 'nofault-entry' || typeof page !== 'string') return undefined;
  const boundary = boundaries.find((each) => each.what === 'trap' && each.after >= 0);
  const ip = boundary?.ip;
  if (ip !== undefined && hexNumber(ip) < CODE_MIN && hexNumber(page) < PAGE) {
    const text = `the processor was to execute at ${ip}, where no code is: likely a jump through a bad pointer`;
    return { text, span: boundary!.span };
  }
  const handler = frames.find((each, i) => each.function === 'trap_pfault' && i <= (boundary?.after ?? -1));
  // The least numbers are flags that the handler was called with.
  const inPage = (handler?.args ?? []).filter((arg) => {
    const offset = arg.startsWith('0x') ? hexDiff(arg, page) : -1;
    return hexNumber(arg) > 1 && offset > 0 && offset < PAGE;
  });
  const [address] = inPage;
  // By the name of the argument it is told where the trap is.
  if (address === undefined || inPage.length > 1 || handler!.argNames !== undefined) return undefined;
  const text = `the address was likely ${address}, in the page that the message names`;
  return { text, span: handler!.span };
}

/** The kernel touched memory that it had promised not to fault on. */
export const vmFaultNofault: Form = {
  id: 'vm-fault-nofault',
  reads: 'vm_fault on an entry that must not fault, with the address',
  systems: 'FreeBSD',
  also: ['vm_fault'],
  line(line: Line, b: Builder): boolean {
    // Alone on its line it is the message, which a writer has copied without the word panic; once a panic is
    // told, its words come again.
    if (b.current !== null || !NOFAULT_ALONE.test(line.text)) return false;
    takePanic(b, line.text, 0, line.text.length);
    doubtLatest(b);
    return true;
  },
  message(text: string) {
    const m = NOFAULT.exec(text);
    if (m === null) return null;
    const found: MessageClass = {
      kind: 'nofault-entry',
      details: { by: m[1]!, address: canonHex(m[2]!) },
    };
    // Of the two that have the message FreeBSD alone has that function.
    if (m[1] === 'vm_fault_lookup') found.system = 'FreeBSD';
    return found;
  },
};

/** The kernel's memory map is full. */
export const kmemMap: Form = {
  id: 'kmem-map',
  reads: 'kmem_map (or another submap) too small, with the request and the total',
  systems: 'FreeBSD',
  message(text: string) {
    const m = KMEM.exec(text);
    if (m !== null)
      return {
        kind: 'kmem-map-too-small',
        details: { request: exactNumber(m[1]!), total: exactNumber(m[2]!) },
      };
    const map =
      /^(\w{1,20}): ?(\w{1,12}_map) too small/i.exec(text) ??
      /^(kmem_malloc): (mb_map) too small/i.exec(text);
    return map === null ? null : { kind: 'kmem-map-too-small', details: { map: map[2]! } };
  },
};
