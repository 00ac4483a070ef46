import type { Builder } from '../builder.js';
import type { Line } from '../line.js';
import { canonHex } from '../scan.js';
import type { PanicEvent } from '../types.js';
import type { Form } from './form.js';

const HELD = /^spin lock (0x[0-9a-f]+) \((.{0,60}?)\) held by (0x[0-9a-f]+) \(tid (\d+)\) too long/i;
const OLD = /^spin lock (.{1,40}?) held by (0x[0-9a-f]+) for > (\d+) seconds/i;

interface Held {
  lock: string;
  address?: string;
  owner: string;
  /** What the line says beside that */
  more: [name: string, value: number];
}

function timedOut(b: Builder, { lock, address, owner, more }: Held): void {
  b.closeTraps();
  const event = b.begin('spin-lock-timeout', 'spin-lock');
  b.saw('FreeBSD');
  b.detail(event, 'lock', lock);
  b.detail(event, 'owner', canonHex(owner));
  b.detail(event, ...more);
  const where = address === undefined ? {} : { address: canonHex(address) };
  event.locks.push({ name: lock, class: 'spin mutex', ...where, span: b.span() });
}

/** The line that FreeBSD 5 to 7 print before they panic: before 5 it is the panic's message itself. */
function oldLine(line: Line, b: Builder): boolean {
  const m = OLD.exec(line.text);
  if (m === null) return false;
  timedOut(b, { lock: m[1]!, owner: m[2]!, more: ['seconds', Number(m[3])] });
  return true;
}

/** A spin lock whose owner does not let go. */
export const spinLock: Form = {
  id: 'spin-lock',
  reads: 'spin lock held too long, with the lock, its owner and the owner\u2019s thread',
  systems: 'FreeBSD',
  leads: ['spin lock'],
  line(line: Line, b: Builder): boolean {
    const m = HELD.exec(line.text);
    if (m === null) return oldLine(line, b);
    timedOut(b, { lock: m[2]!, address: m[1]!, owner: m[3]!, more: ['tid', Number(m[4])] });
    return true;
  },
  joins(text: string, next: string): string | false | null {
    return /^spin lock 0x/i.test(text) && !/too long$/.test(text) && /(?:too long|long)$/.test(next)
      ? ' '
      : null;
  },
  explain({ kind, details: { lock, owner } }: PanicEvent) {
    if (kind !== 'spin-lock-timeout' || lock === undefined || owner === undefined) return [];
    const text = `the spin lock "${lock.value}" was held too long, as the text has it by thread ${owner.value}`;
    return [{ text, evidence: lock }];
  },
  message(text: string) {
    if (/^spin lock held too long/i.test(text)) return { kind: 'spin-lock-timeout' };
    const m = OLD.exec(text);
    if (m === null) return null;
    return {
      kind: 'spin-lock-timeout',
      details: { lock: m[1]!, owner: canonHex(m[2]!), seconds: Number(m[3]) },
    };
  },
};
