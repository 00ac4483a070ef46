import type { ImageType } from '@trap12/kcc/image.js';
import type { SymbolTable } from '@trap12/target';
import { ENCODING } from './constants.js';
import { Entry } from './unit.js';

/** The types of an image as entries of a unit: each once, in the order in which they are asked for. */
export class TypeEntries {
  private readonly known = new Map<number, Entry | undefined>();
  private readonly structs = new Map<string, Entry>();

  /** @param fileNumber number of a source file in the unit's line table, 0 if it is not there */
  constructor(
    private readonly unit: Entry,
    private readonly symbols: SymbolTable,
    private readonly fileNumber: (file: string) => number,
  ) {}

  /** The entry of a type by its index in the image; undefined for what C calls void. */
  entry(index: number): Entry | undefined {
    if (this.known.has(index)) return this.known.get(index);
    const type = this.symbols.type(index);
    // A struct is entered by name, because its fields may lead back to it; everything else leads on to
    // structs in the end.
    const made = type.kind === 'struct' ? this.struct(type.name) : this.make(type);
    this.known.set(index, made);
    return made;
  }

  /** Gives an entry the type of that index, unless it is void. */
  setType(entry: Entry, index: number): Entry {
    const type = this.entry(index);
    return type === undefined ? entry : entry.set('type', 'reference', type);
  }

  struct(name: string): Entry {
    let made = this.structs.get(name);
    if (made !== undefined) return made;
    const { size, file, line, fields } = this.symbols.struct(name);
    made = new Entry('struct').set('name', 'string', name).set('byteSize', 'unsigned', size);
    setDeclaration(made, this.fileNumber(file), line);
    this.structs.set(name, made);
    this.unit.add(made);
    for (const [field, { offset, type }] of Object.entries(fields)) {
      const member = new Entry('member').set('name', 'string', field);
      made.add(this.setType(member, type).set('memberLocation', 'unsigned', offset));
    }
    return made;
  }

  private make(type: ImageType): Entry | undefined {
    switch (type.kind) {
      case 'int':
        return this.unit.add(integer(type));
      case 'bool':
        return this.unit.add(
          new Entry('baseType')
            .set('name', 'string', 'boolean')
            .set('byteSize', 'unsigned', 4)
            .set('encoding', 'unsigned', ENCODING.boolean),
        );
      case 'pointer':
        return this.unit.add(this.setType(new Entry('pointer'), type.to).set('byteSize', 'unsigned', 4));
      case 'array': {
        const array = this.setType(new Entry('array'), type.of);
        array.add(new Entry('subrange').set('count', 'unsigned', type.count));
        return this.unit.add(array);
      }
      case 'function': {
        const made = this.setType(new Entry('subroutineType').set('prototyped', 'present'), type.returns);
        for (const param of type.params) this.addParameterType(made, param);
        return this.unit.add(made);
      }
      default:
        return undefined;
    }
  }

  private addParameterType(to: Entry, index: number): void {
    if (this.symbols.type(index).kind === 'va_list') to.add(new Entry('unspecifiedParameters'));
    else to.add(this.setType(new Entry('formalParameter'), index));
  }
}

function integer(type: { name: string; size: number; signed: boolean }): Entry {
  const byte = type.signed ? ENCODING.signedChar : ENCODING.unsignedChar;
  const word = type.signed ? ENCODING.signed : ENCODING.unsigned;
  return new Entry('baseType')
    .set('name', 'string', type.name)
    .set('byteSize', 'unsigned', type.size)
    .set('encoding', 'unsigned', type.size === 1 ? byte : word);
}

/** Says where something is declared, if that is in a file of the line table. */
export function setDeclaration(entry: Entry, file: number, line: number): Entry {
  return file === 0 ? entry : entry.set('declFile', 'unsigned', file).set('declLine', 'unsigned', line);
}
