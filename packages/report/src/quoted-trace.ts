import type { Boundary, Frame, Trace } from './types.js';

/** A frame that says more than a name: a place in the function, in the text or in the source. */
export function isPlaced(frame: Frame): boolean {
  return frame.offset !== undefined || frame.address !== undefined || frame.source !== undefined;
}

/** What a line of a trace says, for telling whether another one says the same. */
function frameSaid({ function: name, offset, address, framePointer, args }: Frame): string {
  return `${name}+${offset} ${address} ${framePointer} ${args.join(',')}`;
}

function boundarySaid({ what, ip, sp, trap }: Boundary): string {
  return `-- ${what} ${trap} ${ip} ${sp}`;
}

/** The lines of a trace in their order, but for boundaries that no line gives. */
function linesSaid({ frames, boundaries }: Trace): string[] {
  const at = (after: number) =>
    boundaries.filter((each) => each.after === after && each.implied !== true).map(boundarySaid);
  return [...at(-1), ...frames.flatMap((frame, i) => [frameSaid(frame), ...at(i)])];
}

/**
 * Whether a trace is some lines of the main one, in the same order and with the same numbers: whoever answers
 * a report quotes them. A trace of another thread that is asked for is named as one.
 */
export function isQuotedFrom(trace: Trace, main: Trace | undefined): boolean {
  if (main === undefined || trace.purpose !== main.purpose || trace.process !== undefined) return false;
  if (trace.frames.length >= main.frames.length || !trace.frames.every(isPlaced)) return false;
  const all = linesSaid(main);
  let from = 0;
  return linesSaid(trace).every((line) => {
    const at = all.indexOf(line, from);
    from = at + 1;
    return at >= 0;
  });
}
