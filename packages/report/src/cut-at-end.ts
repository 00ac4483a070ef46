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
/** The same of a machine of 64 bits, which its other registers show. */
const ADDRESS_MIN_64 = 14;

function isShortPointer({ name, value }: Register, least: number): boolean {
  return POINTERS.test(name) && value.length < least;
}

type IsCut = (each: { span: Span } | undefined) => boolean;

/** Leaves out, or marks, what ends with the last character of a text that was cut. */
export function dropCutAtEnd(b: Builder): void {
  const end = b.cutEnd;
  if (end < 0) return;
  const isCut: IsCut = (each) => each !== undefined && each.span[1] === end;
  for (const event of b.events.slice(-LAST_EVENTS)) {
    dropFields(event, isCut);
    if (isCut(event.registers.at(-1))) {
      const isLong = event.registers.some(({ value }) => value.length >= ADDRESS_MIN_64);
      const least = isLong ? ADDRESS_MIN_64 : ADDRESS_MIN;
      event.registers = event.registers.filter((each) => !isCut(each) || !isShortPointer(each, least));
    }
    for (const { frames } of event.otherTraces) {
      markPointer(frames, isCut);
      markFrame(frames.at(-1), isCut);
    }
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

/** A line that lacks of its frame pointer what the line above has is cut, wherever the stack begins. */
function markPointer(frames: readonly Frame[], isCut: IsCut): void {
  const [above, last] = [frames.at(-2)?.framePointer, frames.at(-1)];
  if (last === undefined || above === undefined || !isCut(last)) return;
  if ((last.framePointer ?? '').length < above.length) last.cut = true;
}

/** The place in the function can be cut as well; where a stack begins, the line is most likely whole. */
function markFrame(frame: Frame | undefined, isCut: IsCut): void {
  if (frame === undefined || !isCut(frame) || isStackBase(frame.function)) return;
  // A number of one digit may be the beginning of `0x`.
  if (frame.offset === 0 && frame.address === undefined) {
    delete frame.offset;
    frame.cut = true;
  }
  // What stands behind the place shows that the place is whole; of it, digits may be missing.
  if (frame.framePointer !== undefined) delete frame.framePointer;
  else if (frame.address !== undefined && frame.number === undefined) delete frame.address;
  else if (frame.offset !== undefined && frame.source === undefined) frame.cut = true;
}
