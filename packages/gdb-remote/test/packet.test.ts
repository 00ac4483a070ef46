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
