import { ByteWriter } from '../bytes.js';
import { OP, REGISTER } from './constants.js';

/** A label of an expression: a place that branches lead to. */
export interface Label {
  at: number;
}

/** A location expression, built operation by operation. */
export class Expression {
  private readonly out = new ByteWriter(32);
  private readonly calls: { at: number; procedure: { offset: number } }[] = [];
  private readonly branches: { at: number; to: Label }[] = [];

  op(name: 'deref' | 'dup' | 'drop' | 'over' | 'swap' | 'and' | 'minus' | 'or' | 'plus' | 'less'): this {
    this.out.u8(OP[name]);
    return this;
  }

  multiply(by: number): this {
    this.constant(by).out.u8(OP.multiply);
    return this;
  }

  shiftRight(bits: number): this {
    this.constant(bits).out.u8(OP.shiftRight);
    return this;
  }

  /**
   * Here is the label of a branch that is passed over by what comes before. gdb 13 gives up on an expression
   * in which a branch and what follows it meet at the branch's own label.
   */
  landing(label: Label): this {
    const past: Label = { at: 0 };
    this.jump(past).label(label).out.u8(OP.nop);
    return this.label(past);
  }

  constant(value: number): this {
    if (value < 32) this.out.u8(OP.literal + value);
    else this.out.u8(OP.constant).uleb(value);
    return this;
  }

  address(value: number): this {
    this.out.u8(OP.address).u32(value);
    return this;
  }

  plusConstant(value: number): this {
    this.out.u8(OP.plusConstant).uleb(value);
    return this;
  }

  pick(index: number): this {
    this.out.u8(OP.pick).u8(index);
    return this;
  }

  /** The value of a register, and that much more. */
  register(name: keyof typeof REGISTER, offset: number): this {
    this.out.u8(OP.register + REGISTER[name]).sleb(offset);
    return this;
  }

  /** Where the caller's stack pointer was before the call, by what .debug_frame says. */
  frameEnd(): this {
    this.out.u8(OP.frameEnd);
    return this;
  }

  frameBase(offset: number): this {
    this.out.u8(OP.frameBase).sleb(offset);
    return this;
  }

  piece(bytes: number): this {
    this.out.u8(OP.piece).uleb(bytes);
    return this;
  }

  stackValue(): this {
    this.out.u8(OP.stackValue);
    return this;
  }

  /** Goes on in a procedure of the same unit, and comes back. */
  call(procedure: { offset: number }): this {
    this.out.u8(OP.call).u32(0);
    this.calls.push({ at: this.out.length - 4, procedure });
    return this;
  }

  /** Goes to a label: always, or if the topmost value, which is taken away, is not 0. */
  jump(to: Label, always = true): this {
    this.out.u8(always ? OP.skip : OP.branch).u16(0);
    this.branches.push({ at: this.out.length, to });
    return this;
  }

  /** Here is the label. */
  label(label: Label): this {
    label.at = this.out.length;
    return this;
  }

  /** The bytes, by the places that the entries of the unit have now. */
  finish(): Uint8Array {
    for (const { at, procedure } of this.calls) this.out.patch32(at, procedure.offset);
    const bytes = this.out.finish();
    for (const { at, to } of this.branches) {
      const distance = to.at - at;
      bytes[at - 2] = distance;
      bytes[at - 1] = distance >> 8;
    }
    return bytes;
  }
}
