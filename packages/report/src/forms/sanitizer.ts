import { canonHex } from '../scan.js';
import type { Form, MessageClass } from './form.js';

const FREEBSD = /^ASan: Invalid access, (\d+)-byte (read|write) at (0x[0-9a-f]+), (\w+)(?:\(([0-9a-f]+)\))?/i;
const NETBSD =
  /^ASan: Unauthorized Access In (0x[0-9a-f]+): Addr (0x[0-9a-f]+) \[(\d+) bytes?, (read|write)(?:, (\w+))?\]/i;
const MSAN = /^MSan: Uninitialized (.{1,40}?) (?:from|in|memory)/i;

function kasan(text: string): MessageClass | null {
  const f = FREEBSD.exec(text);
  if (f !== null) {
    const details: Record<string, string | number> = {
      size: Number(f[1]),
      access: f[2]!,
      address: canonHex(f[3]!),
      state: f[4]!,
    };
    if (f[5] !== undefined) details.shadow = canonHex(f[5]);
    return { kind: 'kasan', details, stable: `${f[2]} of ${f[1]} bytes, ${f[4]}` };
  }
  const n = NETBSD.exec(text);
  if (n === null) return null;
  const details: Record<string, string | number> = {
    ip: canonHex(n[1]!),
    address: canonHex(n[2]!),
    size: Number(n[3]),
    access: n[4]!,
  };
  if (n[5] !== undefined) details.state = n[5];
  return { kind: 'kasan', details };
}

/** The kernel's address, memory and undefined-behaviour sanitizers. */
export const sanitizer: Form = {
  id: 'sanitizer',
  reads: 'KASAN, KMSAN and KUBSAN: the access, its size, the address and the state of the memory',
  systems: 'FreeBSD, NetBSD',
  message(text: string) {
    const found = kasan(text);
    if (found !== null) return found;
    if (/^ASan:/i.test(text)) return { kind: 'kasan' };
    const m = MSAN.exec(text);
    if (m !== null || /^MSan:/i.test(text))
      return m === null ? { kind: 'kmsan' } : { kind: 'kmsan', details: { memory: m[1]! } };
    return /^UBSan:/i.test(text) ? { kind: 'kubsan' } : null;
  },
};
