import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_PACKET, PacketReader, packet } from '../src/index.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('the packet reader', () => {
  it('reads acknowledgements, Ctrl-C and packets, and refuses wrong checksums', () => {
    const kinds = new PacketReader().push(bytes('+-\x03$g#67$g#68$g#zz')).map(({ kind }) => kind);
    expect(kinds).toEqual(['ack', 'nak', 'interrupt', 'packet', 'bad', 'bad']);
    expect(new PacketReader(false).push(bytes('$g#68'))).toEqual([{ kind: 'packet', data: bytes('g') }]);
  });

  it('refuses a packet that is too long, and reads the next', () => {
    const reader = new PacketReader();
    expect(reader.push(packet(new Uint8Array(MAX_PACKET + 1)))).toEqual([{ kind: 'bad' }]);
    expect(reader.push(packet(bytes('g')))).toEqual([{ kind: 'packet', data: bytes('g') }]);
  });

  it('ends with a packet after any of 100,000 inputs', () => {
    // xorshift: the same inputs each time.
    let seed = 0x2545f491;
    const next = (): number => {
      seed ^= seed << 13;
      seed ^= seed >>> 17;
      seed ^= seed << 5;
      return seed >>> 0;
    };
    const alphabet = bytes('$#}*+-\x03g0aZm,:;');
    const good = packet(bytes('vCont?'));
    const reader = new PacketReader();
    let packets = 0;
    for (let i = 0; i < 100_000; i++) {
      const input = Uint8Array.from({ length: next() % 24 }, () =>
        next() % 8 === 0 ? next() & 255 : alphabet[next() % alphabet.length]!,
      );
      const got = reader.push(input);
      packets += got.filter(({ kind }) => kind === 'packet').length;
      // What it may still be within ends here.
      reader.push(bytes('#00'));
      if (i % 16 === 0) expect(reader.push(good)).toEqual([{ kind: 'packet', data: bytes('vCont?') }]);
    }
    expect(packets).toBeGreaterThan(0);
  });

  it('gets back what was sent, cut anywhere, behind any garbage', () => {
    const data = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(data, data, fc.nat(), (garbage, sent, cut) => {
        const reader = new PacketReader();
        reader.push(garbage);
        reader.push(bytes('#00'));
        const wire = packet(sent);
        const at = cut % wire.length;
        const got = [...reader.push(wire.subarray(0, at)), ...reader.push(wire.subarray(at))];
        expect(got.at(-1)).toEqual({ kind: 'packet', data: sent });
      }),
      { numRuns: 5000 },
    );
  });
});
