import type { Builder } from '../builder.js';
import type { Line } from '../line.js';
import { digitsEnd, skipBlanks } from '../scan.js';
import { PANIC_FORM, takePanic } from '../panic-message.js';
import type { Form } from './form.js';

/** Panics that the debugger itself raises, long after the one that matters. */
const SECONDARY = ['from debugger', 'sync', 'user kernel panic'];

/** `panic: message`, at the start of a line or after what the console had on it (`login: panic: ...`). */
export const panicLine: Form = {
  id: PANIC_FORM,
  reads: '`panic:` messages, with the CPU and time lines after them; the message decides the kind',
  systems: 'all',
  leads: ['panic', 'login: panic', 'syslogd: panic', 'savecore: ', 'time =', 'wheelpanic', '--- panic'],
  line(line: Line, b: Builder): boolean {
    const { low } = b;
    if (low.startsWith('time =')) {
      const at = skipBlanks(low, 6);
      const end = digitsEnd(low, at);
      if (end === at || b.current === null) return false;
      b.current.time ??= b.fact(Number(low.slice(at, end)), at, end);
      return true;
    }
    const at = low.indexOf('panic:');
    if (at < 0 || at > 40) {
      // NetBSD and old kernels name the CPU: `panic (cpu 0): message`
      if (!low.startsWith('panic (cpu') && !low.startsWith('panic(cpu')) return false;
      const colon = low.indexOf(':');
      if (colon < 0) return false;
      takePanic(b, line.text.slice(colon + 1).trim(), colon + 1, line.text.length);
      return true;
    }
    if (
      at > 0 &&
      !/^(?:login: |syslogd: |wheel|savecore: |savecore: reboot after |--- )$/.test(low.slice(0, at))
    )
      return false;
    const i = skipBlanks(low, at + 6);
    const message = line.text.slice(i).trim();
    if (message === '' || SECONDARY.includes(message.toLowerCase())) return true;
    takePanic(b, message, i, i + message.length);
    return true;
  },
  joins(text: string, next: string, low: string): string | false | null {
    if (!low.startsWith('panic:')) return low.startsWith('time =') ? false : null;
    if (
      /^(?:#\d|[a-z_]\w*\([^)]*\) at |cpuid|kdb:|stopped|time|uptime|syncing|db|---|debugger|fatal|dump)/i.test(
        next,
      )
    ) {
      return false;
    }
    return /[@,:(]$/.test(text) || / (?:at|of|in|with|from|to|on)$/.test(low) ? ' ' : null;
  },
};
