import { InternalError } from './stop.js';

type TypedArray = Uint8Array | Int32Array | Float64Array;

/**
 * A copy of plain data, so deep that neither side sees what the other does later: numbers, strings, booleans,
 * null, undefined, typed arrays that own their buffer or not, and arrays and records of those. Everything
 * else (a function, an object of a class) could not be written to a file, and is a defect of whoever keeps it
 * in a state.
 * @throws InternalError that says where in the record it stands
 */
export function copyState<T>(value: T, path = 'state'): T {
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint')
    throw new InternalError(`${path} is no plain data: a ${typeof value}`);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item, i) => copyState(item, `${path}[${i}]`)) as T;
  if (isTypedArray(value)) return value.slice() as T;
  if (Object.getPrototypeOf(value) !== Object.prototype)
    throw new InternalError(`${path} is no plain data: an object of class ${value.constructor?.name}`);
  const out: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) out[name] = copyState(item, `${path}.${name}`);
  return out as T;
}

function isTypedArray(value: object): value is TypedArray {
  return value instanceof Uint8Array || value instanceof Int32Array || value instanceof Float64Array;
}

/** A part of a machine whose whole state is one plain record; what else it holds are wires to other parts. */
export abstract class Stateful<S extends object> {
  protected abstract state: S;

  /** The state as it is now, as plain data of its own. */
  save(): S {
    return copyState(this.state);
  }

  /** Goes on from what save() gave, of this or another object of the class. */
  restore(record: S): void {
    this.state = copyState(record);
  }
}
