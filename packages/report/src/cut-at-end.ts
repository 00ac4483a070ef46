import type { Builder } from './builder.js';
import { isStackBase } from './functions/index.js';
import type { Frame, PanicEvent, Register, Span } from './types.js';

/*
 * A text that does not end with the end of a line may have been cut anywhere: the last number or name in it
 * may lack its last characters. What cannot be told from a whole one is left out, or marked.
 */

/** Two CPUs can print at once: the text's end may be that of one of the latest events. */
const LAST_EVENTS = 4;

/** Registers that hold an address of the kernel, and its length in characters with the `0x` at least. */
const POINTERS = /^(?:[re][isb]p|pc|sp|fp|lr|elr|sepc|ra|srr0)$/;
const ADDRESS_MIN = 10;

function isShortPointer({ name, value }: Register): boolean {
  return POINTERS.test(name) && value.length < ADDRESS_MIN;
}

type IsCut = (each: { span: Span } | undefined) => boolean;

/** Leaves out, or marks, what ends with the last character of a text that was cut. */
export function dropCutAtEnd(b: Builder): void {
  const end = b.cutEnd;
  if (end < 0) return;
  const isCut: IsCut = (each) => each !== undefined && each.span[1] === end;
  for (const event of b.events.slice(-LAST_EVENTS)) {
    dropFields(event, isCut);
    event.registers = event.registers.filter((each) => !isCut(each) || !isShortPointer(each));
    for (const { frames } of event.otherTraces) markFrame(frames.at(-1), isCut);
  }
}

function dropFields(event: PanicEvent, isCut: IsCut): void {
  const { trap, stoppedAt } = event;
  if (trap !== undefined) {
    if (isCut(trap.ip)) delete trap.ip;
    if (isCut(trap.sp)) delete trap.sp;
    if (isCut(trap.fp)) delete trap.fp;
    if (isCut(trap.faultAddress)) delete trap.faultAddress;
    if (isCut(trap.cpuid)) delete trap.cpuid;
    if (isCut(trap.process) && trap.process!.value.name === undefined) delete trap.process;
  }
  if (isCut(event.process) && event.process!.value.name === undefined) delete event.process;
  if (isCut(event.cpu)) delete event.cpu;
  if (isCut(event.time)) delete event.time;
  // With its instruction, the place of a stop is whole.
  if (stoppedAt?.instruction === undefined && isCut(stoppedAt)) delete stoppedAt!.offset;
}

/** The place in the function can be cut as well; where a stack begins, the line is most likely whole. */
function markFrame(frame: Frame | undefined, isCut: IsCut): void {
  if (frame === undefined || !isCut(frame) || isStackBase(frame.function)) return;
  // What stands behind the place shows that the place is whole; of it, digits may be missing.
  if (frame.framePointer !== undefined) delete frame.framePointer;
  else if (frame.address !== undefined && frame.number === undefined) delete frame.address;
  else if (frame.offset !== undefined && frame.source === undefined) frame.cut = true;
}
