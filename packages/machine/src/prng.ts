/** Where a generator stands. */
export interface PrngState {
  a: number;
  b: number;
  c: number;
  counter: number;
}

/** A generator at the beginning of the stream of two 32-bit words. */
export function seeded(low: number, high: number): PrngState {
  const state = { a: low >>> 0, b: high >>> 0, c: 0x7472_6170, counter: 1 };
  for (let i = 0; i < 12; i++) next32(state);
  return state;
}

/** The next 32 bits, as an unsigned integer. */
export function next32(state: PrngState): number {
  const { a, b, c } = state;
  const t = (((a + b) | 0) + state.counter) | 0;
  state.counter = (state.counter + 1) | 0;
  state.a = b ^ (b >>> 9);
  state.b = (c + (c << 3)) | 0;
  state.c = (((c << 21) | (c >>> 11)) + t) | 0;
  return t >>> 0;
}

/** An integer in [0, n), n from 1 to 2^32; the bias below 2^-32 * n does not matter here. */
export function below(state: PrngState, n: number): number {
  return Math.floor((next32(state) / 0x1_0000_0000) * n);
}

/**
 * A small deterministic generator (sfc32, Chris Doty-Humphrey, PractRand): the same seed gives the same
 * stream on every host. Used for what varies from run to run on hardware: disk latency, clock phase, the
 * order of CPUs.
 */
export class Prng {
  private state: PrngState;

  /** @param seed any integer from 0 to 2^53 */
  constructor(seed: number) {
    this.state = seeded(seed, Math.floor(seed / 0x1_0000_0000));
  }

  /** The next 32 bits, as an unsigned integer. */
  next(): number {
    return next32(this.state);
  }

  /** As the function of that name. */
  below(n: number): number {
    return below(this.state, n);
  }

  save(): PrngState {
    return { ...this.state };
  }

  restore(record: PrngState): void {
    this.state = { ...record };
  }
}
