import type { System } from '@trap12/system';
import type { Site, SymbolTable } from '@trap12/target';

/**
 * What a struct declares about one of its fields, by the letters in the field's comment and the text that its
 * `@lock` gives them, or the doc comment of a variable after "Locks:". 'locks': locks that the text names;
 * 'none': it says that none is needed; 'atomic': changed by atomic operations only; 'constant': not changed
 * once others can see it; 'cpu': a processor's own; 'owner': somebody else's own; 'words': it names no lock
 * that could be looked up.
 */
export interface LockKey {
  readonly kind: 'locks' | 'none' | 'atomic' | 'constant' | 'cpu' | 'owner' | 'words';
  /** As it was written: `(V) vm lock (Giant or vm_mtx, by regime)` */
  readonly text: string;
  readonly locks: readonly LockName[];
  /** The locks are for writing: its text says that anybody reads. */
  readonly readable: boolean;
  /** '': it is of a variable, whose name `field` is */
  readonly struct: string;
  readonly field: string;
}

/**
 * A lock that a key names: a variable, or a field of the struct that the field is in, or a pointer there to
 * one.
 */
export type LockName =
  | { readonly variable: string; readonly pointer: boolean }
  | { readonly field: string; readonly offset: number; readonly pointer: boolean };

type Fields = ReturnType<SymbolTable['struct']>['fields'];

/** How a key says that its locks are for writing only. */
const ANYBODY = /\banybody reads\b/;

/** Structs that are locks. */
const LOCKS: ReadonlySet<string> = new Set(['mtx', 'sx', 'lock']);

/**
 * The key of what an instruction accesses; undefined: it is no variable, and no field of a struct, that
 * declares any. The head and the links of a list have the key of the field that they are.
 */
export function lockKeyOf(symbols: SymbolTable, { struct, field, lvalue }: Site): LockKey | undefined {
  if (struct === '') return variableKey(symbols, /^\w+/.exec(lvalue)?.[0] ?? '');
  if (!struct.includes('<')) return fieldKey(symbols, struct, field);
  const outer = lvalue.split('.').at(-2)?.replace(/\[.*$/, '') ?? '';
  const owners = Object.keys(symbols.image.structs).filter((name) => {
    const declared = symbols.image.structs[name]!.fields;
    return (
      Object.hasOwn(declared, outer) && symbols.structBehind(symbols.type(declared[outer]!.type)) === struct
    );
  });
  return owners.length === 1 ? fieldKey(symbols, owners[0]!, outer) : undefined;
}

function variableKey(symbols: SymbolTable, name: string): LockKey | undefined {
  const text = symbols.has(name) ? symbols.symbol(name).locks : undefined;
  if (text === undefined) return undefined;
  const locks = namedLocks(symbols, {}, text);
  return { kind: kindOf(text, locks), text, locks, readable: ANYBODY.test(text), struct: '', field: name };
}

function fieldKey(symbols: SymbolTable, struct: string, field: string): LockKey | undefined {
  const info = struct === '' ? undefined : symbols.image.structs[struct];
  const declared = info?.fields[field];
  if (info === undefined || declared === undefined || declared.lock.length === 0) return undefined;
  const texts = declared.lock.map((letter) => info.locks[letter] ?? '');
  const text = declared.lock.map((letter, i) => `(${letter}) ${texts[i]}`).join(', ');
  const { fields } = symbols.struct(struct);
  const locks = texts.flatMap((each) => namedLocks(symbols, fields, each));
  const readable = texts.some((each) => ANYBODY.test(each));
  return { kind: kindOf(texts.join('; '), locks), text, locks, readable, struct, field };
}

function kindOf(text: string, locks: readonly LockName[]): LockKey['kind'] {
  if (/\bnone\b/.test(text)) return 'none';
  if (/\batomic operations\b/.test(text)) return 'atomic';
  if (/\b(?:constant|never changes)\b/.test(text)) return 'constant';
  if (locks.length > 0) return 'locks';
  if (/\bonly the CPU itself\b/.test(text)) return 'cpu';
  if (/\b(?:process|owner|whoever)\b/.test(text)) return 'owner';
  return 'words';
}

/** The words of a key's text that are locks: of the struct itself, else of the kernel. */
function namedLocks(symbols: SymbolTable, fields: Fields, text: string): LockName[] {
  const out: LockName[] = [];
  for (const word of new Set(text.match(/\w+/g) ?? [])) {
    const field = Object.hasOwn(fields, word) ? fields[word] : undefined;
    const type = field?.type ?? (symbols.has(word) ? symbols.symbol(word).type : undefined);
    if (type === undefined) continue;
    const shape = symbols.type(type);
    const behind = symbols.structBehind(shape);
    if (behind === undefined || !LOCKS.has(behind)) continue;
    const pointer = shape.kind === 'pointer';
    out.push(
      field === undefined ? { variable: word, pointer } : { field: word, offset: field.offset, pointer },
    );
  }
  return out;
}

/** What a declared lock is called: as a variable is, or struct.field. */
export const lockNameText = (key: LockKey, lock: LockName): string =>
  'variable' in lock ? lock.variable : `${key.struct}.${lock.field}`;

/**
 * Where a declared lock lies, for the object whose field is at an address; undefined: its pointer cannot be
 * read.
 */
export function lockAddress(
  { symbols, memory }: System,
  key: LockKey,
  lock: LockName,
  fieldAddress: number,
): number | undefined {
  const at =
    'variable' in lock
      ? symbols.address(lock.variable)
      : (fieldAddress - symbols.offset(key.struct, key.field) + lock.offset) >>> 0;
  if (!lock.pointer) return at | 0;
  const bytes = memory.target.read(at, 4);
  return bytes.length < 4 ? undefined : memory.u32(at) | 0;
}
