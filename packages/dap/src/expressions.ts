import {
  DdbError,
  type Ddb,
  evaluate,
  type Scope,
  type Session,
  type Typed,
  typedPath,
  type Values,
} from '@trap12/ddb';
import { BadAddress } from '@trap12/target';
import { RequestError } from './debuggee.js';
import type { StackFrame, Stand } from './stand.js';

/** Something of a type, and the memory that it is in. */
export interface Found {
  readonly typed: Typed;
  readonly values: Values;
}

/**
 * What an expression of the source's kind means: a variable of the frame, of its program, else of the kernel,
 * and parts of it. Undefined if it is not of that kind, or nothing is called so.
 * @throws RequestError if it begins so and has no such part
 */
export function typedValue(stand: Stand, frame: StackFrame | undefined, text: string): Found | undefined {
  try {
    const variables = frame === undefined ? [] : stand.variablesOf(frame);
    const values = stand.valuesOf(frame);
    const typed = typedPath(values, variables, text);
    if (typed !== undefined) return { typed, values };
    const other = values === stand.values ? undefined : typedPath(stand.values, [], text);
    return other && { typed: other, values: stand.values };
  } catch (error) {
    if (error instanceof DdbError) throw new RequestError(error.message);
    throw error;
  }
}

/** Where the machine stands, and the debugger there. */
interface Where {
  readonly stand: Stand;
  readonly ddb: Ddb;
}

/**
 * What names mean to the debugger, those of the source's to a frame, which need not be the innermost one.
 * @param typed undefined: no frame is asked for
 */
function scopeOf(session: Session, typed: ((name: string) => Found | undefined) | undefined): Scope {
  if (typed === undefined) return session;
  const { memory, radix, dot, prev, next, last, user } = session;
  return {
    ...{ memory, radix, dot, prev, next, last, user },
    variable: (name) => session.variable(name),
    typed(name) {
      const found = memory.symbols.has(name) ? undefined : typed(name);
      return found && { ...found.typed, values: found.values };
    },
  };
}

/**
 * The value of a constant of the source, or of an expression of the debugger's, unsigned. @throws
 * RequestError in DDB's words
 */
export function ddbValue({ stand, ddb }: Where, frame: StackFrame | undefined, text: string): number {
  const { session } = ddb;
  const { symbols } = session.memory;
  if (symbols.hasConstant(text.trim())) return symbols.constant(text.trim()) >>> 0;
  try {
    return evaluate(text, scopeOf(session, frame && ((name) => typedValue(stand, frame, name))));
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
  const found = typedValue(stand, frame, text);
  if (found === undefined) return { address: ddbValue({ stand, ddb }, frame, text), bytes: 4 };
  const { typed, values } = found;
  if (typed.address === undefined || values !== stand.values) return undefined;
  return { address: typed.address, bytes: stand.values.size(typed.type) };
}
