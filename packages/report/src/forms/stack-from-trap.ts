import type { Builder } from '../builder.js';
import type { Fact, Frame, Hex, PanicEvent } from '../types.js';

/*
 * A debugger that cannot walk past a trap by itself is told to begin anew at the registers that the trap has
 * saved: `frame frame->tf_ebp frame->tf_eip`. The frame that it answers with is the one that was interrupted,
 * and its address that of the fault.
 */

const FROM_TRAP = /^f(?:rame)? +\S{0,80}\btf_[er]bp,? +\S{0,80}\btf_[er]ip$/;

const interrupted = new WeakMap<PanicEvent, Fact<{ address: Hex }>>();

/** Notes where a trap came, if this frame of a debugger's answers the question for it. */
export function noteInterrupted(b: Builder, { number, address, function: name, source, span }: Frame): void {
  const asked = b.commands.at(-1)?.value;
  if (number !== 0 || address === undefined || asked === undefined || b.current === null) return;
  if (!FROM_TRAP.test(asked) || interrupted.has(b.current)) return;
  interrupted.set(b.current, { value: { address }, span, likely: true });
  if (!b.located.has(address))
    b.located.set(address, { function: name, ...(source === undefined ? {} : { source }), span });
}

/** Gives a trap of which no line has the address that of the frame at which the debugger began. */
export function giveInterrupted(event: PanicEvent): void {
  const ip = interrupted.get(event);
  if (ip !== undefined && event.trap !== undefined) event.trap.ip ??= ip;
}
