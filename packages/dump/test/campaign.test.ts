import { Ddb } from '@trap12/ddb';
import { Prng } from '@trap12/machine';
import { afterAll, describe, expect, it } from 'vitest';
import { openDump } from '../src/index.js';
import { deaths, dying } from './dying.js';

/*
 * Does a kernel that dies get its dump to the disk, whatever it died of and whatever the disk was doing? Each
 * machine runs a load that swaps; at random moments it is made to die, dumps, and is put back to live on.
 * TRAP12_DUMPS says how many dumps are wanted.
 */

const WANTED = Number(process.env.TRAP12_DUMPS ?? 24);
const SEED = Number(process.env.TRAP12_SEED ?? 1);
const PER_MACHINE = 12;
/** What the kernels died of, where, and what the disk did: of how many. */
const tally = new Map<string, number>();
const count = (...kinds: string[]): void => {
  for (const kind of kinds) tally.set(kind, (tally.get(kind) ?? 0) + 1);
};
const LOAD = 'memcheck 10m & memcheck 10m & memcheck 20m';

describe('dumps of kernels that die', () => {
  afterAll(() => {
    if (process.env.TRAP12_DUMPS !== undefined)
      console.log(
        [...tally]
          .sort()
          .map(([kind, n]) => `${String(n).padStart(4)}  ${kind}`)
          .join('\n'),
      );
  });

  const machines = Math.ceil(WANTED / PER_MACHINE);
  it.each(Array.from({ length: machines }, (_, i) => SEED + i))(
    'seed %d: each is complete, none hangs',
    { timeout: 300_000 },
    async (seed) => {
      const chance = new Prng(seed);
      const ncpu = [1, 1, 2, 4][chance.below(4)]!;
      const mini = chance.below(2);
      const m = await dying({
        ramBytes: 16 << 20,
        swapBytes: 40 << 20,
        seed,
        ncpu,
        command: LOAD,
        tunables: { do_minidump: mini, panic_reboot_wait: 0 },
      });
      const { machine, symbols, memory } = m.system;
      let at = 0;
      while (machine.disk.sectorsWritten < 64) expect(machine.run((at += 20_000_000))).toBe('time');
      let inFlight = 0;
      for (let i = 0; i < PER_MACHINE; i++) {
        at += 1 + chance.below(20_000_000);
        expect(machine.run(at)).toBe('time');
        // Half of the time while the disk works.
        const busy = chance.below(2) === 1;
        for (let n = 0; busy && machine.disk.doneAt < 0 && n < 1000; n++)
          expect(machine.run((at += 1_000_000))).toBe('time');
        const how = deaths[chance.below(deaths.length)]!;
        const errors = chance.below(4);
        if (machine.disk.doneAt >= 0) inFlight++;
        const disk = machine.disk.doneAt >= 0 ? 'a command in flight' : 'disk idle';
        const failing = machine.disk.faults.length > 0 ? ['failing sectors'] : [];
        count(how, `${ncpu} CPUs`, disk, mini === 1 ? 'minidump' : 'full dump', ...failing);
        const running = memory.string(
          memory.address('proc', memory.field('pcpu', machine.pcpu, 'curproc'), 'p_comm'),
        );
        const said = m.die(how);
        const place = `seed ${seed}, ${ncpu} processors, ${how} at ${at} ns in ${running}:\n${said}`;
        expect(said, place).toMatch(/^dump [\d ]+succeeded$/m);
        const { problems, memory: dumped, panic, target, kind } = openDump(m.dump(), symbols);
        expect(problems, place).toEqual([]);
        expect(kind).toBe(mini === 1 ? 'minidump' : 'full dump');
        expect(dumped.pages).toBeGreaterThan(mini === 1 ? 500 : 4095);
        const ddb = new Ddb(target);
        const trace = ddb.execute('t');
        expect(trace[0], place).toMatch(/^doadump\(/);
        expect(trace.join('\n'), place).toMatch(/^panic\(/m);
        expect(ddb.execute('p/d *mp_ncpus')[0]?.trim()).toBe(String(ncpu));
        if (how.startsWith('panic')) expect(panic).toBe(`${how}, on purpose`);
        m.back();
        // Errors that a drive gets over.
        machine.disk.faults.length = 0;
        if (errors === 3)
          machine.disk.faults.push({
            op: 'write',
            firstSector: 0,
            lastSector: 1e9,
            times: 1 + chance.below(3),
          });
      }
      expect(inFlight).toBeGreaterThan(0);
    },
  );
});
