import type { Builder } from './builder.js';
import { isStackBase } from './functions/index.js';
import type { Frame, PanicEvent, Register, Span, Trap } from './types.js';

/*
 * A text that does not end with the end of a line may have been cut anywhere: the last number or name in it
 * may lack its last characters. What cannot be told from a whole one is left out, or marked.
 */

/** Two CPUs can print at once: the text's end may be that of one of the latest events. */
const LAST_EVENTS = 4;

/** A value with all its digits, of 64 bits and of 32; small ones can be printed without zeros in front. */
const WHOLE_64 = /(?:^|[^0-9a-f])[0-9a-f]{16}$/i;
const WHOLE_32 = /(?:^|[^0-9a-f])[0-9a-f]{8}$/i;
/** Characters of a value, with its `0x`, that a machine of 32 bits has not. */
const LONG = 14;
/** What ends words that have an end of their own: a name in parentheses, an operand, a quotation. */
const CLOSED = /[)\]"'>]$/;

type IsCut = (each: { span: Span } | undefined) => boolean;

/** Leaves out, or marks, what ends with the last character of a text that was cut. */
export function dropCutAtEnd(b: Builder): void {
  const end = b.cutEnd;
  if (end < 0) return;
  const tail = b.cutTail;
  const isCut: IsCut = (each) => each !== undefined && each.span[1] === end;
  for (const event of b.events.slice(-LAST_EVENTS)) {
    if (event.trap !== undefined) dropOfTrap(event.trap, isCut, tail);
    dropFields(event, isCut, tail);
    dropDetails(event, isCut, tail);
    event.registers = event.registers.filter((each) => !isCut(each) || isWholeValue(each, event, tail));
    dropPlaceOfLock(event, isCut);
    for (const { frames } of event.otherTraces) {
      markPointer(frames, isCut);
      for (const frame of frames) if (isCut(frame)) markFrame(frame, frames, tail);
    }
  }
  dropOfMachine(b, isCut, tail);
}

/** Registers with which debuggers end their lists: what stands there as they write it is likely whole. */
const LISTED_LAST = /^(?:efl|[er]flags|ss)$/;

/** Whether the last register has all digits that one has. */
function isWholeValue({ name }: Register, { registers }: PanicEvent, tail: string): boolean {
  if (LISTED_LAST.test(name) && /\b(?:0x[0-9a-f]+|0)$/i.test(tail)) return true;
  if (registers.some(({ value }) => value.length >= LONG)) return WHOLE_64.test(tail);
  return WHOLE_32.test(tail);
}

/** What ends a trap's name in the line that says in which mode it came, as far as the line goes. */
const MODE_BEHIND = / w(?:h(?:i(?:l(?:e(?: [a-z0-9 ]*)?)?)?)?)?$/;

function dropOfTrap(trap: Trap, isCut: IsCut, tail: string): void {
  if (isCut(trap.ip)) delete trap.ip;
  if (isCut(trap.sp)) delete trap.sp;
  if (isCut(trap.fp)) delete trap.fp;
  if (isCut(trap.faultAddress)) delete trap.faultAddress;
  if (isCut(trap.cpuid)) delete trap.cpuid;
  if (isCut(trap.codeSegment)) delete trap.codeSegment;
  if (isCut(trap.process) && !dropCutName(trap.process!.value, tail)) delete trap.process;
  const { name } = trap;
  if (name === undefined || !isCut(name)) return;
  const behind = MODE_BEHIND.exec(name.value)?.[0].length ?? 0;
  if (behind > 0)
    trap.name = {
      ...name,
      value: name.value.slice(0, -behind),
      span: [name.span[0], name.span[1] - behind],
    };
}

/** Leaves out of a process what may be cut: its name, or of one without a name all. */
function dropCutName(process: { name?: string; pid?: number }, tail: string): boolean {
  if (process.name === undefined) return false;
  if (tail.endsWith(process.name)) delete process.name;
  return process.name !== undefined || process.pid !== undefined;
}

function dropFields(event: PanicEvent, isCut: IsCut, tail: string): void {
  const { stoppedAt: stop } = event;
  if (isCut(event.process) && !dropCutName(event.process!.value, tail)) delete event.process;
  if (isCut(event.cpu)) delete event.cpu;
  if (isCut(event.time)) delete event.time;
  if (stop === undefined || !isCut(stop)) return;
  // With its instruction, the place of a stop is whole; without a place its function may not be.
  if (stop.instruction !== undefined) {
    if (!CLOSED.test(tail)) delete stop.instruction;
  } else if (stop.offset !== undefined) delete stop.offset;
  else if (stop.debugger !== true) delete event.stoppedAt;
}

/** What was worked out of a number that is not whole. */
const WORKED_OUT: Record<string, string> = { at: 'offset' };

/** Leaves out the detail with which a text ends. */
function dropDetails({ details }: PanicEvent, isCut: IsCut, tail: string): void {
  for (const name of Object.keys(details)) {
    // It may have gone with the one that it was worked out of.
    if (details[name] === undefined) continue;
    const { value } = details[name];
    if (!isCut(details[name]) || (typeof value === 'string' && !/^(?:0x)?[0-9a-f]+$/i.test(value))) continue;
    if (!tail.toLowerCase().endsWith(String(value).toLowerCase())) continue;
    delete details[name];
    const of = WORKED_OUT[name];
    if (of !== undefined) delete details[of];
  }
}

/** Of the last lock the place where it was taken, or its address, is not whole. */
function dropPlaceOfLock({ locks }: PanicEvent, isCut: IsCut): void {
  for (const lock of locks) {
    if (!isCut(lock)) continue;
    if (lock.at?.line !== undefined) continue;
    if (lock.at !== undefined) delete lock.at;
    else delete lock.address;
  }
}

/** A place in a function, with which a line ends. */
const PLACE = /\+0x[0-9a-f]*$/i;

/** What a text has beside its events: rows of processes, the header of a dump, the kernel's version. */
function dropOfMachine(b: Builder, isCut: IsCut, tail: string): void {
  if (isCut(b.ps.at(-1))) b.ps.pop();
  const header = b.dump?.header;
  for (const name of Object.keys(header ?? {})) if (isCut(header![name])) delete header![name];
  const release = b.kernel?.release;
  if (isCut(b.kernel) && release !== undefined && tail.endsWith(release)) b.kernel = undefined;
}

/** A line that lacks of its frame pointer what the line above has is cut, wherever the stack begins. */
function markPointer(frames: readonly Frame[], isCut: IsCut): void {
  const [above, last] = [frames.at(-2)?.framePointer, frames.at(-1)];
  if (last === undefined || above === undefined || !isCut(last)) return;
  if ((last.framePointer ?? '').length < above.length) last.cut = true;
}

/** The place in the function can be cut as well; where a stack begins, the line is most likely whole. */
function markFrame(frame: Frame, frames: readonly Frame[], tail: string): void {
  dropShort(frame, frames, 'framePointer');
  dropShort(frame, frames, 'address');
  dropCutSource(frame);
  if (isStackBase(frame.function)) return;
  // A number of one digit may be the beginning of `0x`.
  if (frame.offset === 0 && frame.address === undefined) {
    delete frame.offset;
    frame.cut = true;
  }
  // Others of the trace have places: of a name without one the end may be missing.
  if (isNameAlone(frame) && frames.some(({ offset }) => offset !== undefined)) frame.cut = true;
  // What stands behind the place shows that the place is whole; of it, digits may be missing.
  if (frame.framePointer !== undefined && !PLACE.test(tail)) delete frame.framePointer;
  else if (frame.address !== undefined && frame.number === undefined) delete frame.address;
  else if (frame.offset !== undefined && frame.source === undefined) frame.cut = true;
}

const isNameAlone = ({ offset, source, address, args }: Frame): boolean =>
  offset === undefined && source === undefined && address === undefined && args.length === 0;

/** Leaves out an address that has fewer digits than those of the other lines. */
function dropShort(frame: Frame, frames: readonly Frame[], name: 'framePointer' | 'address'): void {
  const value = frame[name];
  if (value === undefined || frame.number !== undefined) return;
  if (frames.some((each) => (each[name]?.length ?? 0) > value.length)) delete frame[name];
}

/** A path without a line may end anywhere. */
function dropCutSource(frame: Frame): void {
  const { source } = frame;
  if (source === undefined) return;
  if (source.line !== undefined || /\.(?:[chSs]|cc|cpp)$/.test(source.file)) return;
  delete frame.source;
  frame.cut = true;
}
