import type { AtaDisk } from '@trap12/machine';
import { describe, expect, it } from 'vitest';
import { SYS } from '../../userland/src/syscalls.js';
import { type Libc, runInKernel, type User } from './generators.js';

const PAGE = 4096;
const AT = 0x40000000;
const ANON = 0x1012;
const RAM = 12 << 20;
/** More than RAM, less than RAM and swap. */
const PAGES = (20 << 20) / PAGE;
const REGIMES = ['giant', 'vm_mtx-20010519+swaplocks+vmspace-ref'];

const everywhere = { firstSector: 0, lastSector: 2 ** 31, times: Number.MAX_SAFE_INTEGER };

/** A disk that takes commands and does not answer any more. */
function hang(disk: AtaDisk): void {
  disk.command = () => {
    disk.doneAt = Number.MAX_SAFE_INTEGER;
  };
  disk.readStatus = () => 0x80;
}

/** Writes more than there is memory, in a child: its status. */
function* bigChild(c: Libc, pages: number): User<number> {
  const pid = yield* c.fork(function* (k) {
    if ((yield* k.sys(SYS.mmap, AT, pages * PAGE, 3, ANON, -1, 0, 0, 0)) !== AT) return 2;
    for (let i = 0; i < pages; i++) yield* k.cpu.store32(AT + i * PAGE, i);
    for (let i = 0; i < pages; i++) if ((yield* k.cpu.load32(AT + i * PAGE)) !== i) return 3;
    return 0;
  });
  return (yield* c.wait(pid))[1];
}

const KILLED = 9;
const OUT_OF_SWAP = /pid \d+ \(true\), uid 0, was killed: out of swap space/;

describe('a process that needs more memory than there is', () => {
  for (const locking of REGIMES) {
    it(`is killed if the disk refuses every write, and others can go on (${locking})`, async () => {
      const status: number[] = [];
      const { console, why, system } = await runInKernel(
        function* (c) {
          status.push(yield* bigChild(c, PAGES), yield* bigChild(c, 200));
          return 0;
        },
        {
          ramBytes: RAM,
          locking,
          prepare: ({ machine }) => machine.disk.faults.push({ op: 'write', ...everywhere }),
        },
      );
      expect(console).toContain('swap_pager: I/O error - pageout failed');
      expect(console).toMatch(OUT_OF_SWAP);
      expect([why, status]).toEqual(['halt', [KILLED, 0]]);
      /* All of swap but what was left when it came to that. */
      expect(system.get('nswapbad')).toBeGreaterThan(15_000);
    });

    it(`is killed if the disk is dead (${locking})`, async () => {
      const status: number[] = [];
      const { console, why } = await runInKernel(
        function* (c) {
          status.push(yield* bigChild(c, PAGES), yield* bigChild(c, 200));
          return 0;
        },
        { ramBytes: RAM, locking, prepare: ({ machine }) => hang(machine.disk) },
      );
      expect(console).toMatch(/ad0: WRITE command timeout - resetting\r?\nata0: resetting devices .. failed/);
      expect(console).toContain('ad0: removed from configuration');
      expect(console).toMatch(OUT_OF_SWAP);
      expect([why, status]).toEqual(['halt', [KILLED, 0]]);
    });
  }
});
