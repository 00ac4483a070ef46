import { frameVariables, type Memory, type TraceItem } from '@trap12/target';
import { DdbError } from './errors.js';
import type { Typed, Values } from './values.js';

/** Something that the source has a name for, and the memory that it is in. */
export interface OfSource extends Typed {
  readonly values: Values;
}

/** `name`, then fields (`.x`, `->x`) and elements (`[3]`). */
const PATH = /^(?<name>[A-Za-z_]\w*)(?<rest>(?:\s*(?:\.|->)\s*[A-Za-z_]\w*|\s*\[\s*\d+\s*\])*)$/;
const PART = /(?:\.|->)\s*([A-Za-z_]\w*)|(\[\s*\d+\s*\])/g;

/**
 * What an expression of the source's kind means: one of the variables given, else one of the kernel, and
 * parts of it. Undefined if it is not of that kind, or nothing is called so.
 * @throws DdbError if it begins so and has no such part
 */
export function typedPath(values: Values, variables: readonly Typed[], text: string): Typed | undefined {
  const match = PATH.exec(text.trim())?.groups;
  if (match === undefined) return undefined;
  const name = match.name!;
  let value = variables.findLast((each) => each.name === name) ?? values.global(name);
  if (value === undefined) return undefined;
  for (const [, field, number] of match.rest!.matchAll(PART)) {
    const element = number?.replace(/\s/g, '');
    if (values.isPointer(value) && value.value === 0)
      throw new DdbError(`${value.expression} is NULL: there is no ${field ?? element} behind it`);
    const part = values.part(value, field ?? element!);
    if (part === undefined)
      throw new DdbError(`${value.expression}, ${values.text(value)}, has no part ${field ?? element}`);
    value = part;
  }
  return value;
}

/**
 * The parameters and locals of a frame that are alive, of a kernel in its checked form: what functions have
 * is in their frames while the machine stands. Only structs and arrays lie there all the time.
 */
export function frameValues(memory: Memory, item: TraceItem, exact: boolean): Typed[] {
  if (!('frame' in item)) return [];
  return frameVariables(memory, item.frame, true, exact).map(({ name, type, value }) => {
    const inPlace = ['struct', 'array'].includes(memory.symbols.type(type).kind);
    return { name, type, address: inPlace ? value : undefined, value, expression: name };
  });
}
