import type { ImageType } from './image.js';
import type { FnType, Type } from './types.js';

/** The types that an image tells of, each once. */
export class TypeTable {
  readonly rows: ImageType[] = [];
  private readonly known = new Map<string, number>();

  /** Index of the type of what lies in memory: a variable of function type holds a pointer. */
  indexOfValue(t: Type): number {
    return t.k === 'fn' ? this.enter({ kind: 'pointer', to: this.index(t) }) : this.index(t);
  }

  /** Index of a type; that of a function is the function itself. */
  index(t: Type): number {
    switch (t.k) {
      case 'int':
        return this.enter({ kind: 'int', name: t.name, size: t.size, signed: t.signed });
      case 'sp':
        return this.enter({ kind: 'pointer', to: this.enter({ kind: 'struct', name: t.s.name }) });
      case 'embed':
        return this.enter({ kind: 'struct', name: t.s.name });
      case 'array':
        return this.enter({ kind: 'array', of: this.indexOfValue(t.elem), count: t.n });
      case 'ptr':
        return this.enter({ kind: 'pointer', to: this.indexOfValue(t.elem) });
      case 'fn':
        return this.enter(this.functionType(t));
      case 'valist':
        return this.enter({ kind: 'va_list' });
      case 'bool':
      case 'void':
      case 'never':
        return this.enter({ kind: t.k });
      default:
        return this.enter({ kind: 'unknown' });
    }
  }

  private functionType(t: FnType): ImageType {
    return {
      kind: 'function',
      params: t.params.map((p) => this.indexOfValue(p)),
      returns: this.indexOfValue(t.ret),
      sleeps: t.sleeps,
      variadic: t.variadic,
    };
  }

  private enter(row: ImageType): number {
    const key = JSON.stringify(row);
    let index = this.known.get(key);
    if (index === undefined) {
      index = this.rows.push(row) - 1;
      this.known.set(key, index);
    }
    return index;
  }
}
