import type { Builder } from './builder.js';
import type { PanicEvent } from './types.js';

/** The form that panic messages count as, wherever they stand. */
export const PANIC_FORM = 'panic';

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
    if (!current.forms.includes(PANIC_FORM)) current.forms.push(PANIC_FORM);
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
  nameEvent(b, b.begin('panic', PANIC_FORM), message, i, j);
}

/** Gives an event its message, and what the message says it is. */
export function nameEvent(b: Builder, event: PanicEvent, message: string, i: number, j: number): void {
  const known = b.classify(message);
  event.kind = known?.kind ?? 'panic';
  event.message = b.fact(message, i, j);
  if (!event.forms.includes(PANIC_FORM)) event.forms.push(PANIC_FORM);
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
