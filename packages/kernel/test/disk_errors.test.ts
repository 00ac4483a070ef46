import type { AtaDisk } from '@trap12/machine';
import { describe, expect, it } from 'vitest';
import { runInKernel } from './boot.js';

const RAM = 12 << 20;
const REGIMES = ['giant', 'vm_mtx-20010519+swaplocks+vmspace-ref'];

const everywhere = { firstSector: 0, lastSector: 2 ** 31, times: Number.MAX_SAFE_INTEGER };

/** A disk that takes commands and does not answer any more. */
function hang(disk: AtaDisk): void {
  disk.command = () => {
    Object.defineProperty(disk, 'doneAt', { value: Number.MAX_SAFE_INTEGER });
  };
  disk.readStatus = () => 0x80;
}

/**
 * Has a child write more than there is memory, then another that needs little, and tells what became of them.
 */
const PROGRAM = `
/** More than RAM, less than RAM and swap. */
const MANY: u32 = (20 << 20) / PAGE_SIZE;
const FEW: u32 = 200;

function use(pages: u32): int {
  const at = mmap(0, pages * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANON | MAP_PRIVATE, -1, 0);
  if (at === MAP_FAILED) return 2;
  for (let i: u32 = 0; i < pages; i++) $st32(at + i * PAGE_SIZE, i);
  for (let i: u32 = 0; i < pages; i++) if ($ld32(at + i * PAGE_SIZE) !== i) return 3;
  return 0;
}
function child(pages: u32): int {
  const pid = fork();
  if (pid === 0) _exit(use(pages));
  return fate(pid);
}

export function main(): int {
  say('many', child(MANY));
  say('few', child(FEW));
  return 0;
}
`;

const SIGKILL = 9;
const FATES = [`many ${128 + SIGKILL}`, 'few 0'];
const OUT_OF_SWAP = /pid \d+ \(probe\), uid 0, was killed: out of swap space/;

describe('a process that needs more memory than there is', () => {
  for (const locking of REGIMES) {
    it(`is killed if the disk refuses every write, and others can go on (${locking})`, async () => {
      const { console, why, system, said } = await runInKernel(PROGRAM, '', {
        ramBytes: RAM,
        locking,
        prepare: ({ machine }) => machine.disk.faults.push({ op: 'write', ...everywhere }),
      });
      expect(console).toContain('swap_pager: I/O error - pageout failed');
      expect(console).toMatch(OUT_OF_SWAP);
      expect([why, said]).toEqual(['halt', FATES]);
      /* All of swap but what was left when it came to that. */
      expect(system.get('nswapbad')).toBeGreaterThan(15_000);
    });

    it(`is killed if the disk is dead (${locking})`, async () => {
      const { console, why, said } = await runInKernel(PROGRAM, '', {
        ramBytes: RAM,
        locking,
        prepare: ({ machine }) => hang(machine.disk),
      });
      expect(console).toMatch(/ad0: WRITE command timeout - resetting\r?\nata0: resetting devices .. failed/);
      expect(console).toContain('ad0: removed from configuration');
      expect(console).toMatch(OUT_OF_SWAP);
      expect([why, said]).toEqual(['halt', FATES]);
    });
  }
});
