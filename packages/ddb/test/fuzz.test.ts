import { showCommands } from '@trap12/kernel';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Ddb } from '../src/index.js';
import { garbage, plausible, poke, shows } from './fuzz-lines.js';
import { machine, runUntil, type Stopped, swappedOut } from './machines.js';

/** TRAP12_FUZZ=20 makes it twenty times as thorough; npm run acceptance, four times. */
const SCALE = Number(process.env.TRAP12_FUZZ ?? (process.env.TRAP12_FULL === undefined ? 1 : 4));

function check(lines: readonly string[]): void {
  for (const line of lines) {
    expect(line).not.toContain('internal error');
    expect(typeof line).toBe('string');
  }
}

describe('no input makes the debugger throw or hang', () => {
  let m: Stopped;
  let ram: Uint8Array;
  const restore = (): void => m.system.machine.ram.u8.set(ram);

  beforeAll(async () => {
    m = await machine({
      command: 'sleep 1000 & dd if=/dev/zero of=/dev/null bs=24m count=3; sleep 2000',
      ncpu: 2,
    });
    runUntil(m, () => swappedOut(m).length > 0, 100e6);
    ram = m.system.machine.ram.u8.slice();
  });

  const session = (lines: readonly string[]): void => {
    const ddb = new Ddb(m.target);
    check(ddb.banner());
    for (const line of lines) check(ddb.execute(line));
    check(ddb.execute(''));
    if (lines.some((l) => /^\s*w/.test(l))) restore();
  };

  it('random bytes', () => {
    fc.assert(
      fc.property(garbage, (line) => session([line])),
      { numRuns: 1000 * SCALE },
    );
  });

  it('lines of words that mean something', () => {
    fc.assert(fc.property(fc.array(plausible, { minLength: 1, maxLength: 3 }), session), {
      numRuns: 1000 * SCALE,
    });
  });

  it('show commands with any arguments', () => {
    fc.assert(
      fc.property(shows, (line) => check(new Ddb(m.target).execute(line))),
      { numRuns: 400 * SCALE },
    );
  });

  it('memory in any state: every show command over a kernel with random words in its data', () => {
    const change = poke(m.target.symbols.image.segments);
    const all = [
      ...showCommands.map((c) => `show ${c.name}`),
      't',
      'sh r',
      't 1',
      't 3',
      'show object kernel_object',
      'show map kernel_map',
      'show pmap 1',
      'show procvm 1',
      'show locks 7',
      'show lock Giant',
    ];
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 300 }), (pokes) => {
        const { u8 } = m.system.machine.ram;
        const view = new DataView(u8.buffer, u8.byteOffset);
        for (const [at, value] of pokes) view.setUint32((at >>> 0) - 0xc0000000, value >>> 0, true);
        const ddb = new Ddb(m.target);
        for (const line of all) check(ddb.execute(line));
        restore();
      }),
      { numRuns: 10 * SCALE },
    );
  });
});
