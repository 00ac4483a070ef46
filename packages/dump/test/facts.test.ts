import { createSystem } from '@trap12/system';
import { loadKernel } from '@trap12/system/node.js';
import { expect, it } from 'vitest';
import { decodeFacts, encodeFacts, factsOf } from '../src/facts.js';

it('a file has all that the processors of a standing machine hold, eip too', async () => {
  const system = createSystem(await loadKernel(undefined, 'checked'), { ramBytes: 16 << 20, ncpu: 2 });
  const at = system.symbols.address('vm_map_lookup');
  system.target.execution!.break(at, 1, true);
  expect(system.machine.run(5e9)).toBe('step');
  const facts = factsOf(system.target);
  expect(facts.cpus[0]!.registers!.eip).toBe(at >>> 0);
  expect(decodeFacts(encodeFacts(facts))).toEqual(facts);
});
