import type { Builder } from '../builder.js';
import type { Line } from '../line.js';
import { canonHex, exactNumber, hexDiff } from '../scan.js';
import { sourcePath } from '../source-path.js';
import type { Fact, PanicEvent } from '../types.js';
import type { Form, MessageClass } from './form.js';

const ID = 'sanitizer';

const ASAN_FREEBSD =
  /^ASan: Invalid access,? (\d+)-byte (read|write) at (0x[0-9a-f]+), (\w+)(?:\(([0-9a-f]+)\))?/i;
const ASAN_NETBSD =
  /^ASan: Unauthorized Access In (0x[0-9a-f]+|[\w.]+(?:\+0x[0-9a-f]+)?): Addr (0x[0-9a-f]+) \[(\d+) bytes?, (read|write)(?:, (\w+))?\]/i;
/**
 * OpenBSD's: `Caught invalid memory access at ffff8000352e42e0 size 8 op 0`, and what `show kasan` says of
 * it.
 */
const ASAN_OPENBSD = /^Caught invalid memory access at (?:0x)?([0-9a-f]+) size (\d+) op ([01])/i;
const SHOW_KASAN =
  /^KASAN: invalid (read|write) of (\d+) bytes? at (0x[0-9a-f]+)(?: from pc (0x[0-9a-f]+))?/i;
const KASAN_STATE = /^KASAN: first bad byte at 0x[0-9a-f]+ .*\(([a-z -]{3,40})\)$/i;
/** `KASAN: 0x.. is 3 bytes inside the 16-byte malloc slot [0x..0..0x..10)` */
const KASAN_SLOT =
  /^KASAN: 0x[0-9a-f]{1,16} is \d{1,9} bytes? \w{2,10} the (\d{1,9})-byte (\w{2,20} slot|slot) \[(0x[0-9a-f]{1,16})\.\.(0x[0-9a-f]{1,16})\)/i;
const KASAN_STACK = /^KASAN: (?:last )?(allocated|freed|call trace)(?: at)?:/i;

/** How OpenBSD's lines begin; what a writer says of KASAN begins otherwise. */
const KASAN_LINE =
  /^KASAN: (?:invalid (?:read|write) of |first bad byte |0x[0-9a-f]{4,16} is |(?:last )?(?:allocated|freed|call trace)\b|pc: |shadow (?:of|memory)\b|legend: )/i;
/** How the kernels' findings begin, whatever has become of the rest of the line. */
const FINDING =
  /^k?(?:ASan: (?:Invalid access|Unauthorized Access)\b|MSan: Uninitialized\b|CSan: Racy Access\b|UBSan: Undefined Behavior\b)/i;

const MSAN = /^MSan: Uninitialized (.{1,40}?)(?: memory)?(?: (from|in)\b(?: (\S+))?|$| memory)/i;
const CSAN = /^CSan: Racy Access/i;
const CSAN_SIDE =
  /\[Cpu(\d+) (read|write|atomic read|atomic write)[^\]]*?(?:(\d+) bytes?)?[^\]]*?Addr=(0x[0-9a-f]+)[^\]]*?(?:PC=<?([^\s\]>]+)>?)?[^\]]*\]/gi;
const UBSAN = /^(?:k?UBSan|KUBSan): Undefined Behavior in (\S+?):(\d+)(?::\d+)?, (.+)$/i;
const CSAN_FREEBSD = /^kcsan_access: \[.*racy/i;

/** Headings under which a sanitizer or an allocator lists where memory came from and went. */
const STACKS: readonly [head: RegExp, purpose: string][] = [
  [/^(?:memory )?(?:was )?(?:last )?allocated (?:at|by|from|here|in)\b.*:?$/i, 'allocated'],
  [/^(?:allocation|alloc) (?:stack|backtrace|trace)\b/i, 'allocated'],
  [/^(?:memory )?(?:was )?(?:last |previously )?freed (?:at|by|from|here|in)\b.*:?$/i, 'freed'],
  [/^(?:deallocation|free) (?:stack|backtrace|trace)\b/i, 'freed'],
];

function kasan(text: string): MessageClass | null {
  const f = ASAN_FREEBSD.exec(text);
  if (f !== null) {
    const details: Record<string, string | number> = {
      size: exactNumber(f[1]!),
      access: f[2]!,
      address: canonHex(f[3]!),
      state: f[4]!,
    };
    if (f[5] !== undefined) details.shadow = canonHex(f[5]);
    return { kind: 'kasan', details, stable: `ASan: invalid ${f[2]} of ${f[1]} bytes, ${f[4]}` };
  }
  const o = ASAN_OPENBSD.exec(text);
  if (o !== null) {
    const access = o[3] === '1' ? 'write' : 'read';
    return {
      kind: 'kasan',
      details: { size: exactNumber(o[2]!), access, address: canonHex(o[1]!) },
      stable: `KASAN: invalid ${access} of ${o[2]} bytes`,
    };
  }
  const k = SHOW_KASAN.exec(text);
  if (k !== null) {
    const access = k[1]!.toLowerCase();
    return {
      kind: 'kasan',
      details: {
        size: exactNumber(k[2]!),
        access,
        address: canonHex(k[3]!),
        ...(k[4] === undefined ? {} : { ip: canonHex(k[4]) }),
      },
      stable: `KASAN: invalid ${access} of ${k[2]} bytes`,
    };
  }
  const n = ASAN_NETBSD.exec(text);
  if (n === null) return null;
  const details: Record<string, string | number> = {
    ...(n[1]!.startsWith('0x') ? { ip: canonHex(n[1]!) } : { in: n[1]! }),
    address: canonHex(n[2]!),
    size: exactNumber(n[3]!),
    access: n[4]!,
  };
  if (n[5] !== undefined) details.state = n[5];
  const state = n[5] === undefined ? '' : `, ${n[5]}`;
  return { kind: 'kasan', details, stable: `ASan: invalid ${n[4]!.toLowerCase()} of ${n[3]} bytes${state}` };
}

function kcsan(text: string): MessageClass | null {
  if (!CSAN.test(text) && !CSAN_FREEBSD.test(text)) return null;
  const details: Record<string, string | number> = {};
  const sides: string[] = [];
  for (const side of text.matchAll(CSAN_SIDE)) {
    const n = sides.length + 1;
    if (n > 2) break;
    sides.push(side[2]!.toLowerCase());
    details[`access ${n}`] = side[2]!.toLowerCase();
    details[`address ${n}`] = canonHex(side[4]!);
    if (side[5] !== undefined) details[`place ${n}`] = side[5];
  }
  return {
    kind: 'kcsan',
    details,
    stable: `CSan: racy access${sides.length === 2 ? `, ${sides.sort().join(' and ')}` : ''}`,
  };
}

function kubsan(text: string): MessageClass | null {
  const m = UBSAN.exec(text);
  if (m === null) return /^k?UBSan:/i.test(text) ? { kind: 'kubsan' } : null;
  const file = m[1]!;
  const what = m[3]!.trim();
  return {
    kind: 'kubsan',
    details: { file, line: Number(m[2]), behaviour: what },
    stable: `UBSan: ${stableBehaviour(what)} at ${sourcePath(file)}:${m[2]}`,
  };
}

/** What was undefined, without the values. */
function stableBehaviour(text: string): string {
  return text
    .replace(/0x[0-9a-f]+/gi, 'N')
    .replace(/(^|\s)-?\d+(?=\s|$|,)/g, '$1N')
    .replace(/-bit/g, '-bit')
    .slice(0, 120);
}

function kmsan(text: string): MessageClass | null {
  const m = MSAN.exec(text);
  if (m === null) return /^MSan:/i.test(text) ? { kind: 'kmsan' } : null;
  const details: Record<string, string | number> = { memory: m[1]! };
  if (m[3] !== undefined && m[2]?.toLowerCase() === 'from') details.origin = m[3].replace(/[,.]$/, '');
  // `.. in copyout():support.S, offset 20/64, addr 0x.., from zif_create+0x5e`
  const where = /, offset (\d{1,9})\/(\d{1,9})\b/.exec(text);
  if (where !== null) Object.assign(details, { offset: Number(where[1]), size: Number(where[2]) });
  const address = /, addr (0x[0-9a-f]{1,16})\b/i.exec(text);
  if (address !== null) details.address = canonHex(address[1]!);
  const origin = /, from ([A-Za-z_][\w.]*\+0x[0-9a-f]+)/i.exec(text);
  if (origin !== null) details.origin ??= origin[1]!;
  return { kind: 'kmsan', details, stable: `MSan: uninitialized ${m[1]}` };
}

/** The kernel's sanitizers: address, memory, concurrency, undefined behaviour; with panic or as a warning. */
export const sanitizer: Form = {
  id: ID,
  reads:
    'KASAN, KMSAN, KCSAN and KUBSAN: the access, its size, the address, the state of the memory, both sides of a race, stacks of allocation and release',
  systems: 'FreeBSD, NetBSD, OpenBSD',
  leads: ['asan:', 'msan:', 'csan:', 'ubsan:', 'kubsan:', 'kasan:', 'kmsan:', 'kcsan:'],
  also: ['allocat', 'alloc ', 'memory ', 'freed', 'free ', 'last ', 'previously', 'deallocation', 'was '],
  line(line: Line, b: Builder): boolean {
    const { text } = line;
    const { low } = b;
    if (low.startsWith('kasan: ') && b.current?.kind === 'kasan') return showKasan(b, text);
    if (/^k?(?:asan|msan|csan|ubsan): /.test(low)) return warning(b, text);
    if (b.current === null || text.length > 80 || !/(?:alloc|free)/.test(low)) return false;
    const purpose = STACKS.find(([head]) => head.test(text))?.[1];
    if (purpose === undefined) return false;
    b.announce({ purpose });
    return true;
  },
  explain: pastSlot,
  message(text: string) {
    const bare = text.replace(/^k(?=[amcu]b?san:)/i, '');
    return (
      kasan(bare) ??
      (SHOW_KASAN.test(text) ? kasan(text) : null) ??
      kmsan(bare) ??
      kcsan(bare) ??
      kubsan(bare) ??
      (/^ASan:/i.test(bare) ? { kind: 'kasan' } : null)
    );
  },
};

/** OpenBSD's `show kasan`: the access again, the state of the memory, who allocated and who freed it. */
function showKasan(b: Builder, text: string): boolean {
  if (!KASAN_LINE.test(text)) return false;
  b.saw('OpenBSD', 3, true);
  const stack = KASAN_STACK.exec(text);
  if (stack !== null) {
    const what = stack[1]!.toLowerCase();
    b.announce({ purpose: what === 'call trace' ? 'access' : what });
    return true;
  }
  const event = b.event(ID);
  const again = SHOW_KASAN.exec(text);
  if (again?.[4] !== undefined) b.detail(event, 'ip', canonHex(again[4]));
  const state = KASAN_STATE.exec(text);
  if (state !== null) b.detail(event, 'state', state[1]!);
  const slot = KASAN_SLOT.exec(text);
  if (slot !== null) {
    b.detail(event, 'slot', `${slot[1]}-byte ${slot[2]}`);
    b.detail(event, 'slot begins', canonHex(slot[3]!));
    b.detail(event, 'slot ends', canonHex(slot[4]!));
  }
  return true;
}

/** How far an access reaches past the end of the slot that it begins in, where the numbers are all there. */
function pastSlot({ kind, details }: PanicEvent): { text: string; evidence?: Fact<unknown> }[] {
  const { address, size, slot } = details;
  const [from, to] = [details['slot begins']?.value, details['slot ends']?.value];
  if (kind !== 'kasan' || slot === undefined || typeof address?.value !== 'string') return [];
  if (typeof size?.value !== 'number' || typeof from !== 'string' || typeof to !== 'string') return [];
  const [into, past] = [hexDiff(address.value, from), hexDiff(address.value, to) + size.value];
  if (into < 0 || past <= 0 || past >= size.value) return [];
  const text = `the ${size.value} bytes begin ${into} bytes into the ${slot.value} at ${from}, and ${past} of them lie past its end`;
  return [{ text, evidence: slot }];
}

/** A finding that did not panic. */
function warning(b: Builder, text: string): boolean {
  // A heading, or a sentence, can begin with the sanitizer's name.
  const shown = KASAN_LINE.test(text);
  const found = shown || FINDING.test(text) ? b.classify(text) : null;
  if (found === null) return false;
  if (shown) b.saw('OpenBSD', 3, true);
  b.closeTraps();
  const event = b.begin(found.kind, ID);
  event.message = b.fact(text);
  for (const [name, value] of Object.entries(found.details ?? {})) b.detail(event, name, value);
  if (found.stable !== undefined) b.detail(event, 'stable', found.stable);
  // NetBSD's trace follows without more than its frame of lines.
  b.announce();
  return true;
}
