import type { System } from '@trap12/system';

/** What tells onlookers apart from nobody: the only word of a machine that they write. */
const ONLOOKERS = 'ktr_mask';

/**
 * A hash of everything that a machine is: RAM, processors, devices, the disk's contents. Two runs with the
 * same hash ended in the same state. Who looked on does not count. 16 hexadecimal digits; no cryptographic
 * one, so that it is the same code on every host.
 */
export function stateHash(system: System): string {
  const { machine } = system;
  const mask = system.get(ONLOOKERS);
  system.set(ONLOOKERS, 0);
  const hash = new Hash();
  hash.words(machine.ram.i32);
  system.set(ONLOOKERS, mask);
  const { board, disk, ...devices } = machine.saveDevices();
  for (const { number, bytes } of disk.platter.chunks) {
    hash.text(String(number));
    hash.bytes(bytes);
  }
  hash.text(JSON.stringify([devices, disk.drive, { ...board, happenings: 0 }]));
  return hash.digest();
}

/** Two multiplicative hashes of 32 bits side by side, each finished as MurmurHash3 does. */
class Hash {
  private a = 0x9e37_79b9;
  private b = 0x85eb_ca6b;

  private word(w: number): void {
    this.a = Math.imul(this.a ^ w, 0x0100_0193);
    this.b = Math.imul((this.b << 5) | (this.b >>> 27), 0xcc9e_2d51) ^ w;
  }

  words(words: Int32Array): void {
    for (let i = 0; i < words.length; i++) this.word(words[i]!);
  }

  bytes(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) this.word(bytes[i]!);
  }

  text(text: string): void {
    for (let i = 0; i < text.length; i++) this.word(text.charCodeAt(i));
  }

  digest(): string {
    return [this.a, this.b].map((h) => (finished(h) >>> 0).toString(16).padStart(8, '0')).join('');
  }
}

function finished(h: number): number {
  let x = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2_ae35);
  return x ^ (x >>> 16);
}

/** The hash of a text alone. */
export function textHash(text: string): string {
  const hash = new Hash();
  hash.text(text);
  return hash.digest();
}
