import { DdbError, type Ddb, evaluate } from '@trap12/ddb';
import { BadAddress } from '@trap12/target';
import { RequestError } from './debuggee.js';
import type { StackFrame, Stand } from './stand.js';
import type { Typed } from './values.js';

/** `name`, then fields (`.x`, `->x`) and elements (`[3]`). */
const PATH = /^(?<name>[A-Za-z_]\w*)(?<rest>(?:\s*(?:\.|->)\s*[A-Za-z_]\w*|\s*\[\d+\])*)$/;
const PART = /(?:\.|->)\s*([A-Za-z_]\w*)|(\[\d+\])/g;

/**
 * What an expression of the source's kind means: a variable of the frame, else of the kernel, and parts of
 * it. Undefined if it is not of that kind, or nothing is called so.
 * @throws RequestError if it begins so and has no such part
 */
export function typedValue(stand: Stand, frame: StackFrame | undefined, text: string): Typed | undefined {
  const match = PATH.exec(text.trim())?.groups;
  if (match === undefined) return undefined;
  const name = match.name!;
  const locals = frame === undefined ? [] : stand.variablesOf(frame);
  let value = locals.findLast((each) => each.name === name) ?? stand.values.global(name);
  if (value === undefined) return undefined;
  for (const [, field, element] of match.rest!.matchAll(PART)) {
    const part = stand.values.part(value, field ?? element!);
    if (part === undefined)
      throw new RequestError(
        `${value.expression}, ${stand.values.text(value)}, has no part ${field ?? element}`,
      );
    value = part;
  }
  return value;
}

/**
 * The value of a constant of the source, or of an expression of the debugger's, unsigned. @throws
 * RequestError in DDB's words
 */
export function ddbValue(ddb: Ddb, text: string): number {
  const { symbols } = ddb.session.memory;
  if (symbols.hasConstant(text.trim())) return symbols.constant(text.trim()) >>> 0;
  try {
    return evaluate(text, ddb.session);
  } catch (error) {
    if (error instanceof DdbError || error instanceof BadAddress) throw new RequestError(error.message);
    throw error;
  }
}

/** What is meant by something to be watched: where it lies, and how long it is. */
export function area(
  stand: Stand,
  ddb: Ddb,
  frame: StackFrame | undefined,
  text: string,
): { address: number; bytes: number } | undefined {
  const typed = typedValue(stand, frame, text);
  if (typed === undefined) return { address: ddbValue(ddb, text), bytes: 4 };
  if (typed.address === undefined) return undefined;
  return { address: typed.address, bytes: stand.values.size(typed.type) };
}
