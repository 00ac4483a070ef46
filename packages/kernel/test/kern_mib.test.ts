import { describe, expect, it } from 'vitest';
import { sysctlText } from '../../userland/src/lib/sysctl.js';
import { parseRegime, REGIMES, type Regime, SWITCHES } from '../host/regime.js';
import type { System } from '../host/system.js';
import { runInKernel } from './generators.js';

const SECOND = 1;

/** Sets the kernel's switches behind the back of the regime that it was made with. */
function setSwitches(system: System, regime: Regime): void {
  for (const [name, value] of Object.entries(regime))
    system.poke32(system.symbols.address('regime') + system.symbols.offset('regime_t', name), value);
}

describe('kern.locking', () => {
  /** What it says under a regime. */
  async function locking(text: string): Promise<string> {
    let said = '';
    const { why } = await runInKernel(
      function* (c) {
        said = yield* sysctlText(c, 'kern.locking');
        return 0;
      },
      { prepare: (system) => setSwitches(system, parseRegime(text)) },
    );
    expect(why).toBe('halt');
    return said;
  }

  it('is what --locking takes for the same kernel', async () => {
    for (const name of Object.keys(REGIMES)) expect(await locking(name)).toBe(name);
    for (const text of [
      'giant,vm_daemon_allproc=0',
      'vm_mtx-20010519+swaplocks,vmspace_zfree_now=1',
      'vm_mtx-20010519+swaplocks+vmspace-ref,swapout_vmspace_ref=0,vmspace_zfree_now=0',
    ])
      expect(await locking(text)).toBe(text);
  });

  it('knows every switch', async () => {
    for (const name of Object.keys(SWITCHES) as (keyof Regime)[]) {
      if (name === 'vm_mtx') continue; // without it, this one could not boot
      const giant = REGIMES.giant!.switches;
      const text = `giant,${name}=${1 - giant[name]}`;
      expect(parseRegime(await locking(text))).toEqual(parseRegime(text));
    }
  });
});

describe('vm.idlezero_enable', () => {
  for (const regime of ['giant', 'vm_mtx-20010519+swaplocks+vmspace-ref'])
    it(`zeroes pages ahead under the vm lock of the regime, no other (${regime})`, async () => {
      const { why, console, system } = await runInKernel(
        function* (c) {
          yield* c.nanosleep(SECOND);
          return 0;
        },
        { locking: regime, prepare: (s) => s.set('idlezero_enable', 1) },
      );
      expect([why, /panic/.test(console)]).toEqual(['halt', false]);
      expect(system.get('vm_page_zero_count')).toBeGreaterThan(100);
      const object = system.symbols.offset('mtx', 'mtx_object');
      const line = system.symbols.offset('lock_object', 'lo_line');
      const lastTaken = system.peek32(system.symbols.address('vm_mtx') + object + line);
      expect(lastTaken !== 0, 'was vm_mtx ever taken?').toBe(regime !== 'giant');
    });
});

describe('the thresholds of the page daemon', () => {
  it('can be set, within the number of pages', async () => {
    const { console, why } = await runInKernel(
      function* (c) {
        const pid = yield* c.fork(function* (k) {
          return yield* k.execve('/bin/sh', [
            'sh',
            '-c',
            'sysctl vm.v_free_min=200; sysctl -n vm.stats.vm.v_free_min; sysctl vm.v_free_target=1000000; sysctl vm.v_cache_max=0; sysctl -N vm | grep v_',
          ]);
        });
        yield* c.wait(pid);
        return 0;
      },
      { ramBytes: 64 << 20 },
    );
    expect(why).toBe('halt');
    expect(console).toMatch(/vm\.v_free_min: \d+ -> 200\r?\n200\r?\n/);
    expect(console).toMatch(/vm\.v_free_target: .*Invalid argument/);
    expect(console).toMatch(/vm\.v_cache_max: \d+ -> 0/);
    const names = ['free_min', 'free_target', 'free_reserved', 'inactive_target', 'cache_min', 'cache_max'];
    for (const name of [...names, 'pageout_free_min', 'free_severe'])
      expect(console).toContain(`\nvm.v_${name}`);
  });
});
