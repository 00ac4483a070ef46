import type { Builder } from '../builder.js';
import type { Line } from '../normalise.js';
import { digitsEnd, skipBlanks } from '../text.js';
import type { PanicEvent } from '../types.js';
import { classifyMessage } from './classify.js';
import type { Form } from './form.js';

const ID = 'panic';

/** Panics that the debugger itself raises, long after the one that matters. */
const SECONDARY = ['from debugger', 'sync', 'user kernel panic'];

/** The names that trap_fatal hands to panic() after its block. */
const TRAP_NAMES = new Set([
  'page fault',
  'general protection fault',
  'privileged instruction fault',
  'breakpoint instruction fault',
  'arithmetic trap',
  'trace trap',
  'alignment fault',
  'integer divide fault',
  'non-maskable interrupt trap',
  'overflow trap',
  'fpu bounds check fault',
  'fpu device not available',
  'double fault',
  'fpu operand fetch fault',
  'invalid tss fault',
  'segment not present fault',
  'stack fault',
  'machine check trap',
  'simd floating-point exception',
  'reserved (unknown) fault',
  'unknown/reserved trap',
]);

/** Whether a panic message is the name of a trap, which trap_fatal hands on. */
export function isTrapName(message: string): boolean {
  return TRAP_NAMES.has(message.toLowerCase());
}

function sameMessage(event: PanicEvent, message: string): boolean {
  return (
    event.message !== undefined &&
    (event.message.value === message || event.message.value.startsWith(message))
  );
}

/**
 * A panic message. It belongs to the trap block before it if it names that trap; a repetition of a message (kgdb
 * prints it again, and so does the dump header) is the same panic.
 */
export function takePanic(b: Builder, message: string, i: number, j: number): void {
  b.order(20);
  b.closeTraps();
  const fact = b.fact(message, i, j);
  const low = message.toLowerCase();
  // Where two CPUs have printed their blocks, the message names one of the traps.
  const named = b.current?.trap?.name?.value.toLowerCase() === low ? undefined : b.trapNamed(low);
  const current = named ?? b.current;
  b.current = current;
  if (
    current !== null &&
    closes(current, low) &&
    (current.message === undefined || current.kind !== 'trap')
  ) {
    current.message ??= fact;
    if (!current.forms.includes(ID)) current.forms.push(ID);
    current.span = [Math.min(current.span[0], b.span()[0]), Math.max(current.span[1], b.span()[1])];
    return;
  }
  for (let k = b.events.length - 1, n = 0; k >= 0 && n < 20; k--, n++) {
    const event = b.events[k]!;
    const again =
      sameMessage(event, message) || (event.kind === 'trap' && event.trap?.name?.value === message);
    if (!again) continue;
    event.message ??= fact;
    b.current = event;
    return;
  }
  nameEvent(b, b.begin('panic', ID), message, i, j);
}

/** Gives an event its message, and what the message says it is. */
export function nameEvent(b: Builder, event: PanicEvent, message: string, i: number, j: number): void {
  const known = classifyMessage(message);
  event.kind = known?.kind ?? 'panic';
  event.message = b.fact(message, i, j);
  if (!event.forms.includes(ID)) event.forms.push(ID);
  if (known?.details !== undefined) {
    for (const [name, value] of Object.entries(known.details)) b.detail(event, name, value, i, j);
  }
}

/** Whether this message ends the block that is being read rather than starting another panic. */
function closes(event: PanicEvent, low: string): boolean {
  if (event.kind === 'trap') return TRAP_NAMES.has(low) || low === 'trap' || low.startsWith('trap type');
  if (event.kind === 'double-fault') return low === 'double fault';
  if (event.kind === 'sleeping-thread') return low.startsWith('sleeping thread');
  if (event.kind === 'spin-lock-timeout') return low.startsWith('spin lock');
  if (event.kind === 'modified-after-free') return low.startsWith('most recently used by');
  if (event.kind === 'lock-error') return low.startsWith('lockdebug') || low.startsWith('lock error');
  if (event.kind === 'sleeping-with-locks')
    return low.startsWith('witness_warn') || low.startsWith('sleeping');
  return false;
}

/** `panic: message`, at the start of a line or after what the console had on it (`login: panic: ...`). */
export const panicLine: Form = {
  id: ID,
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
