/**
 * A small deterministic generator (sfc32, Chris Doty-Humphrey, PractRand): the same seed gives the same stream on every
 * host. Used for what varies from run to run on hardware: disk latency, clock phase, the order of CPUs.
 */
export class Prng {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  /** @param seed any integer from 0 to 2^53 */
  constructor(seed: number) {
    this.a = seed >>> 0;
    this.b = Math.floor(seed / 0x1_0000_0000) >>> 0;
    this.c = 0x7472_6170;
    for (let i = 0; i < 12; i++) this.next();
  }

  /** The next 32 bits, as an unsigned integer. */
  next(): number {
    const t = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + t;
    this.c |= 0;
    return t >>> 0;
  }

  /** An integer in [0, n), n from 1 to 2^32; the bias below 2^-32 * n does not matter here. */
  below(n: number): number {
    return Math.floor((this.next() / 0x1_0000_0000) * n);
  }
}
