import type { System } from '@trap12/system';
import { loadImage } from '@trap12/system/node.js';
import { SymbolTable } from '@trap12/target';
import { describe, expect, it } from 'vitest';
import { runPrograms } from '../../userland/test/compiled.js';
import { parseRegime, type Regime, regimes } from '../host/regime.js';

const symbols = new SymbolTable(loadImage());
const REGIMES = regimes(symbols);

/** Sets the kernel's switches behind the back of the regime that it was made with. */
function setSwitches(system: System, regime: Regime): void {
  for (const [name, value] of Object.entries(regime))
    system.target.write(
      system.memory.address('regime_t', system.symbols.address('regime'), name),
      Uint8Array.of(value, 0, 0, 0),
    );
}

describe('kern.locking', () => {
  /** What it says under a regime. */
  async function locking(text: string): Promise<string> {
    const prepare = (system: System): void => setSwitches(system, parseRegime(text, symbols));
    const { console, why } = await runPrograms({}, 'sysctl kern.locking', { prepare });
    expect(why).toBe('halt');
    return /^kern\.locking: (.*?)\r?$/m.exec(console)?.[1] ?? console;
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
    const giant = REGIMES.giant!.switches;
    for (const name of Object.keys(giant)) {
      if (name === 'vm_mtx') continue; // without it, this one could not boot
      const text = `giant,${name}=${1 - giant[name]!}`;
      expect(parseRegime(await locking(text), symbols)).toEqual(parseRegime(text, symbols));
    }
  });
});

describe('vm.idlezero_enable', () => {
  for (const regime of ['giant', 'vm_mtx-20010519+swaplocks+vmspace-ref'])
    it(`zeroes pages ahead under the vm lock of the regime, no other (${regime})`, async () => {
      const { why, console, system } = await runPrograms({}, 'sleep 1', {
        locking: regime,
        prepare: (s) => s.set('idlezero_enable', 1),
      });
      expect([why, /panic/.test(console)]).toEqual(['halt', false]);
      expect(system.get('vm_page_zero_count')).toBeGreaterThan(100);
      const object = system.symbols.offset('mtx', 'mtx_object');
      const line = system.symbols.offset('lock_object', 'lo_line');
      const lastTaken = system.memory.u32(system.symbols.address('vm_mtx') + object + line);
      expect(lastTaken !== 0, 'was vm_mtx ever taken?').toBe(regime !== 'giant');
    });
});

describe('the thresholds of the page daemon', () => {
  it('can be set, within the number of pages', async () => {
    const { console, why } = await runPrograms(
      {},
      'sysctl vm.v_free_min=200; sysctl -n vm.stats.vm.v_free_min; sysctl vm.v_free_target=1000000; sysctl vm.v_cache_max=0; sysctl -N vm | grep v_',
      { ramBytes: 64 << 20 },
    );
    expect(why).toBe('halt');
    expect(console).toMatch(/vm\.v_free_min: \d+ -> 200\r?\n200\r?\n/);
    expect(console).toMatch(/vm\.v_free_target: 1000000: Invalid argument; it is \d+\r?\n/);
    expect(console).toMatch(/vm\.v_cache_max: \d+ -> 0/);
    const names = ['free_min', 'free_target', 'free_reserved', 'inactive_target', 'cache_min', 'cache_max'];
    for (const name of [...names, 'pageout_free_min', 'free_severe'])
      expect(console).toContain(`\nvm.v_${name}`);
  });
});
