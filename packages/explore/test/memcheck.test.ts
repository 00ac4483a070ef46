import { describe, expect, test } from 'vitest';
// @ts-expect-error a script without declarations
import { runAndHash } from '../../../tools/state-hash.mjs';

const RAM_MB = 16;

describe('is memory what was written to it, with RAM over-committed?', () => {
  for (const locking of ['giant', 'vm_mtx-20010519+swaplocks+vmspace-ref']) {
    for (const ncpu of [1, 4]) {
      for (const times of [2, 4]) {
        test(`${times} times, ${locking}, ${ncpu} CPU`, async () => {
          const seed = 100 * times + ncpu;
          const command = `memcheck ${times * RAM_MB}m ${seed}`;
          const setup = { ramBytes: RAM_MB << 20, swapBytes: 128 << 20, ncpu, locking, seed, command };
          const { text, why } = (await runAndHash(setup, 300)) as { text: string; why: string };
          const replay = `trap12 run --ram ${RAM_MB}M --swap 128M --ncpu ${ncpu} --locking ${locking} --seed ${seed} -- ${command}`;
          const bytes = (times * RAM_MB) << 20;
          expect(text, replay).toContain(
            `memcheck: ${bytes} bytes in ${bytes / 4096} pages verified, 0 errors`,
          );
          expect(why, replay).toBe('halt');
        });
      }
    }
  }
});
