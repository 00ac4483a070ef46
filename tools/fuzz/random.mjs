/** A stream of numbers that its seed decides; each input of a part has a stream of its own. */
export class Random {
  /** @param key whatever tells this stream from others */
  constructor(key) {
    let h = 0x811c9dc5;
    for (const c of String(key)) h = Math.imul(h ^ c.charCodeAt(0), 0x01000193);
    this.state = h >>> 0;
  }

  /** 32 bits (mulberry32). */
  word() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** A number below n, n up to 2^32. */
  below(n) {
    return Math.floor((this.word() / 2 ** 32) * n);
  }

  /** Does what happens once in n times happen? */
  once(n) {
    return this.below(n) === 0;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /** Between low and high of what `make` makes. */
  list(low, high, make) {
    return Array.from({ length: low + this.below(high - low + 1) }, (_, i) => make(i));
  }

  /** Bytes of any value. */
  bytes(n) {
    return Uint8Array.from({ length: n }, () => this.word());
  }
}
