import { ByteWriter } from '../bytes.js';
import { AT, FORM, TAG } from './constants.js';
import type { Expression } from './expression.js';

const DWARF_VERSION = 4;
const ADDRESS_BYTES = 4;

type AttributeName = keyof typeof AT;
type Form = keyof typeof FORM;
type Value = number | string | Entry | Expression;

/** A debugging information entry. */
export class Entry {
  /** From the beginning of its unit; known once the unit has been laid out */
  offset = 0;
  readonly attributes: { name: number; form: Form; value: Value }[] = [];
  readonly children: Entry[] = [];

  readonly tag: number;

  constructor(tag: keyof typeof TAG) {
    this.tag = TAG[tag];
  }

  set(name: AttributeName, form: Form, value: Value = 0): this {
    this.attributes.push({ name: AT[name], form, value });
    return this;
  }

  add(child: Entry): Entry {
    this.children.push(child);
    return child;
  }
}

/** The section .debug_str: each text once. */
export class StringSection {
  private readonly known = new Map<string, number>();
  private readonly out = new ByteWriter();

  offset(text: string): number {
    let at = this.known.get(text);
    if (at === undefined) {
      at = this.out.length;
      this.known.set(text, at);
      this.out.string(text);
    }
    return at;
  }

  finish(): Uint8Array {
    return this.out.finish();
  }
}

interface Range {
  from: number;
  to: number;
  expression: Expression;
}

/** The section .debug_loc: where variables are, by text address. */
export class LocationLists {
  private readonly lists: (readonly Range[])[] = [];
  private length = 0;

  /** @param base address that the unit's addresses count from */
  constructor(private readonly base: number) {}

  /** Adds a list; its place in the section. */
  add(list: readonly Range[]): number {
    const at = this.length;
    this.lists.push(list);
    for (const { expression } of list) this.length += 10 + expression.finish().length;
    this.length += 8;
    return at;
  }

  finish(): Uint8Array {
    const out = new ByteWriter(this.length);
    for (const list of this.lists) {
      for (const { from, to, expression } of list) {
        const bytes = expression.finish();
        out.u32(from - this.base).u32(to - this.base);
        out.u16(bytes.length).bytes(bytes);
      }
      out.zeros(8);
    }
    return out.finish();
  }
}

/** The abbreviations that entries are written with. */
class Abbreviations {
  private readonly codes = new Map<string, number>();
  private readonly out = new ByteWriter();

  code(entry: Entry): number {
    const key = `${entry.tag} ${entry.children.length > 0} ${entry.attributes.map((a) => `${a.name}:${a.form}`)}`;
    let code = this.codes.get(key);
    if (code === undefined) {
      code = this.codes.size + 1;
      this.codes.set(key, code);
      this.out
        .uleb(code)
        .uleb(entry.tag)
        .u8(entry.children.length > 0 ? 1 : 0);
      for (const { name, form } of entry.attributes) this.out.uleb(name).uleb(FORM[form]);
      this.out.u16(0);
    }
    return code;
  }

  finish(): Uint8Array {
    return this.out.u8(0).finish();
  }
}

function put(out: ByteWriter, form: Form, value: Value, strings: StringSection): void {
  switch (form) {
    case 'string':
      out.u32(strings.offset(value as string));
      break;
    case 'reference':
      out.u32((value as Entry).offset);
      break;
    case 'expression': {
      const bytes = (value as Expression).finish();
      out.uleb(bytes.length).bytes(bytes);
      break;
    }
    case 'unsigned':
      out.uleb(value as number);
      break;
    case 'signed':
      out.sleb(value as number);
      break;
    case 'present':
      break;
    default:
      out.u32(value as number);
  }
}

/**
 * Writes the unit below `root`: sections .debug_info and .debug_abbrev. The entries get their offsets, which
 * is why it is written twice: lengths do not depend on them.
 */
export function writeUnit(root: Entry, strings: StringSection): { info: Uint8Array; abbrev: Uint8Array } {
  const abbreviations = new Abbreviations();
  const write = (): ByteWriter => {
    const out = new ByteWriter(1 << 20);
    out.u32(0).u16(DWARF_VERSION).u32(0).u8(ADDRESS_BYTES);
    const entry = (e: Entry): void => {
      e.offset = out.length;
      out.uleb(abbreviations.code(e));
      for (const { form, value } of e.attributes) put(out, form, value, strings);
      if (e.children.length === 0) return;
      for (const child of e.children) entry(child);
      out.u8(0);
    };
    entry(root);
    out.patch32(0, out.length - 4);
    return out;
  };
  write();
  return { info: write().finish(), abbrev: abbreviations.finish() };
}
