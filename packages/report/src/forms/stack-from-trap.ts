import type { Builder } from '../builder.js';
import { isTrapName } from '../trap-names.js';
import type { Fact, Frame, Hex, PanicEvent } from '../types.js';

/*
 * A debugger that cannot walk past a trap by itself is told to begin anew at the registers that the trap has
 * saved: `frame frame->tf_ebp frame->tf_eip`. The frame that it answers with is the one that was interrupted,
 * and its address that of the fault.
 */

const FROM_TRAP = /^f(?:rame)? +\S{0,80}\btf_[er]bp,? +\S{0,80}\btf_[er]ip$/;

/** Where traps came in the kernel, as the argument of trap() has it: a frame at that address answers, too. */
const saved = new WeakMap<PanicEvent, Hex>();

/** Keeps the instruction pointer that a trap in the kernel has saved. */
export function noteSaved(event: PanicEvent | null, ip: Hex): void {
  if (event !== null) saved.set(event, ip);
}

const interrupted = new WeakMap<PanicEvent, Fact<{ address: Hex }>>();

/** Notes where a trap came, if this frame of a debugger's answers the question for it. */
export function noteInterrupted(b: Builder, { number, address, function: name, source, span }: Frame): void {
  if (number !== 0 || address === undefined || b.current === null || interrupted.has(b.current)) return;
  if (saved.get(b.current) !== address && !FROM_TRAP.test(b.commands.at(-1)?.value ?? '')) return;
  interrupted.set(b.current, { value: { address }, span, likely: true });
  if (!b.located.has(address))
    b.located.set(address, { function: name, ...(source === undefined ? {} : { source }), span });
}

/** Gives a trap of which no line has the address that of the frame at which the debugger began. */
export function giveInterrupted(event: PanicEvent): void {
  const ip = interrupted.get(event);
  if (ip === undefined) return;
  const { message } = event;
  // The panic is that of the trap whose name it has.
  if (event.kind === 'panic' && message !== undefined && isTrapName(message.value.toLowerCase())) {
    event.kind = 'trap';
    event.trap ??= { name: { ...message }, mode: { value: 'kernel', span: ip.span, likely: true } };
  }
  if (event.trap !== undefined) event.trap.ip ??= ip;
}
