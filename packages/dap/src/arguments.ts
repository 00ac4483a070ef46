import { RequestError } from './debuggee.js';

/** The arguments of a request, as they came: nobody has looked at them. */
export class Arguments {
  private readonly values: Readonly<Record<string, unknown>>;

  constructor(
    private readonly command: string,
    values: unknown,
  ) {
    this.values = typeof values === 'object' && values !== null ? (values as Record<string, unknown>) : {};
  }

  get all(): Readonly<Record<string, unknown>> {
    return this.values;
  }

  private wrong(name: string, wanted: string): RequestError {
    return new RequestError(`${this.command}: ${name}: accepted: ${wanted}`);
  }

  maybeNumber(name: string): number | undefined {
    const value = this.values[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw this.wrong(name, 'an integer');
    return value;
  }

  number(name: string): number {
    const value = this.maybeNumber(name);
    if (value === undefined) throw this.wrong(name, 'an integer');
    return value;
  }

  /** A count or an offset that is not negative. */
  count(name: string, byDefault: number, most: number): number {
    const value = this.maybeNumber(name) ?? byDefault;
    if (value < 0 || value > most) throw this.wrong(name, `0 to ${most}`);
    return value;
  }

  maybeText(name: string): string | undefined {
    const value = this.values[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'string') throw this.wrong(name, 'a text');
    return value;
  }

  text(name: string): string {
    const value = this.maybeText(name);
    if (value === undefined) throw this.wrong(name, 'a text');
    return value;
  }

  flag(name: string): boolean {
    return this.values[name] === true;
  }

  /** The objects of a list, each as arguments; an absent list is empty. */
  list(name: string): Arguments[] {
    const value = this.values[name] ?? [];
    if (!Array.isArray(value)) throw this.wrong(name, 'a list');
    return value.map((each) => new Arguments(`${this.command}: ${name}`, each));
  }

  /** An object; an absent one is empty. */
  object(name: string): Arguments {
    return new Arguments(`${this.command}: ${name}`, this.values[name]);
  }

  /** A memory reference or the like: an address in hexadecimal with 0x, or a decimal number. */
  address(name: string): number {
    const text = this.text(name);
    const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
    if (!(value >= 0 && value <= 0xffff_ffff)) throw this.wrong(name, 'an address: 0x0 to 0xffffffff');
    return value;
  }
}
